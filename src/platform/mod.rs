//! The adapters: pure descriptions of what each platform speaks. No I/O, no clock, no async.
//!
//! An adapter turns an operation into the parts of a call, signs parts, credentials and time into
//! bytes, and says what an answer means. Everything that takes time is done by the pipeline.

mod ask;
mod call;
mod campaign;
mod capability;
#[cfg(any(test, feature = "test-util"))]
pub mod conformance;
mod content;
mod decrypt;
pub(crate) mod digest;
pub mod doudian;
pub mod douyin;
#[cfg(any(test, feature = "test-util"))]
pub mod fake;
pub mod jd;
pub(crate) mod lenient;
mod listing;
mod market;
pub(crate) mod multipart;
mod notice;
pub mod pinduoduo;
mod said;
pub mod taobao;
mod token;
mod write;

pub use call::{
    ApiCall, AuthorizeRequest, BadRecord, CallParts, Credentials, Decode, DecodeError, Fault, GrantTimes,
    ListPage, MaskedForm, Method, OrderQuery, Parsed, Place, PlainReceiver, ProductDetail, ProductQuery,
    Reading, RefreshWindow, RemoteOrder, RemoteShop, Repeat, ShopFacts, SignedRequest, TokenSet, TokenUse,
    Verdict,
};
pub use campaign::{CampaignCall, CampaignLookUp, CampaignWork};
use capability::lacking;
pub(crate) use capability::unsupported;
pub use capability::{Capability, FullList, PageOrder, Quota, WindowRules};
pub use content::{
    PlacedFile, Post, PostKind, PostLookUp, PostRef, PostSeen, Posted, Share, ShareLink, Upload, UploadShape,
};
pub use decrypt::{
    BuyerKeys, DecryptAnswer, DecryptAsk, DecryptCall, Decryption, KeyService, OpenedFact, SealedOrder,
    Voucher, opened,
};
pub use listing::{
    Facts, LookUp, PictureRules, Publication, Published, Question, ReviewSeen, Step, UnderReview, Uploaded,
    check_draft,
};
pub use market::{GoodsQuery, LinkOrderQuery, LinkWish, ListShape, MarketPage, Turn};
pub use notice::{Heard, Pushed};
pub use token::{AppToken, RenewalRules, RenewedToken};
pub use write::{KnownProduct, Shipment, StockChange, WriteClass, write_call};

use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AppField, Campaign, CampaignDraft, Category, CategoryRules, Company, Coupon, DayFigures, Fen, FilePart,
    LinkGoods, LinkOrder, MediaRules, MediaSlot, PlatformId, ProductRecord, ProductStatus, PromotionDraft,
    PromotionLink, RefundRecord, ShopKind, SkuRecord, UtcMillis, Wanted,
};
use crate::secret::Secret;

/// One platform's protocol. Object-safe; every method is pure: same input, same answer.
pub trait Platform: Send + Sync {
    /// Which one.
    fn id(&self) -> PlatformId;
    /// Its name for people.
    fn name(&self) -> &'static str;
    /// What this adapter offers.
    fn capabilities(&self) -> &'static [Capability];
    /// What an app on it needs.
    fn app_fields(&self) -> &'static [AppField];
    /// Base URL of its API, without a slash at the end.
    fn api_base(&self) -> &'static str;
    /// Base URL of its token calls where they are no calls of the API: unsigned forms with the AppSecret in
    /// their body (RFC 6749, 2.3.1), which go nowhere else.
    fn token_base(&self) -> Option<&'static str> {
        None
    }
    /// Whether requests are signed, and so differ with the time they are sent at.
    fn signs(&self) -> bool {
        true
    }
    /// Hosts that are always allowed for it.
    fn hosts(&self) -> &'static [&'static str];
    /// How fast it may be called when the platform granted nothing else.
    fn quota(&self) -> Quota;
    /// Calls a second of one shop to the methods of a group, where the platform limits them by themselves.
    fn group_quota(&self, group: &str) -> Option<u32> {
        let _ = group;
        None
    }

    /// Turns parts, credentials, token and time into the bytes to send.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the parameters are not a JSON object or hold a key twice.
    fn sign(
        &self,
        parts: &CallParts,
        credentials: &Credentials,
        token: Option<&Secret<String>>,
        now: UtcMillis,
    ) -> Result<SignedRequest>;

    /// Says what the body of an answer to `api` is. Refusals that the platform hides inside an answer that
    /// looks good are found here too, and become faults. HTTP status, redirects and content types are the
    /// pipeline's work.
    fn read(&self, api: &str, body: &[u8]) -> Reading;

    /// Where a merchant authorises.
    fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Result<String> {
        let _ = request;
        Err(unsupported(self.id(), Capability::ConnectTool))
    }
    /// Buys tokens with the code of a callback.
    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        let _ = code;
        Err(unsupported(self.id(), Capability::ConnectTool))
    }
    /// The calls that say which shop a new token is for, in this order; none where the token answer says it.
    fn identify(&self) -> Vec<ApiCall<ShopFacts>> {
        Vec::new()
    }
    /// The call that says more of a shop whose token answer names it by its id alone; none where that is all, or
    /// where [`identify`](Self::identify) says it.
    fn introduce(&self, platform_shop_id: &str) -> Option<ApiCall<ShopFacts>> {
        let _ = platform_shop_id;
        None
    }
    /// Makes tokens for a shop of the company's own, without a person.
    fn self_grant(&self, platform_shop_id: &str) -> Result<ApiCall<TokenSet>> {
        let _ = platform_shop_id;
        Err(unsupported(self.id(), Capability::ConnectSelfUse))
    }
    /// Buys the next token set.
    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let _ = refresh_token;
        Err(unsupported(self.id(), Capability::RefreshGrant))
    }
    /// When a refresh is useful; `None` when the platform offers none.
    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        let _ = times;
        None
    }

    /// Whether a refresh keeps the access token's text and moves its end. One whose answer was lost has moved it too.
    fn refresh_keeps_access(&self) -> bool {
        false
    }

    /// When and how often a refresh token is renewed apart from the access token; `None` where a refresh does both.
    fn renewal_rules(&self) -> Option<RenewalRules> {
        None
    }
    /// Buys the next refresh token. The old one is dead then.
    fn renew_refresh_token(&self, refresh_token: &Secret<String>) -> Result<ApiCall<RenewedToken>> {
        let _ = refresh_token;
        Err(unsupported(self.id(), Capability::RefreshGrant))
    }
    /// Buys the token of the app itself, for calls of [`TokenUse::App`].
    fn app_token(&self) -> Result<ApiCall<AppToken>> {
        Err(Error::internal("calls of this platform carry no token of an app"))
    }
    /// What kind of account a shop is.
    fn shop_kind(&self) -> ShopKind {
        ShopKind::Store
    }
    /// What it takes in a slot for images or videos; `None` where it has no such slot, or where nothing is documented.
    fn media_rules(&self, slot: MediaSlot) -> Option<MediaRules> {
        let _ = slot;
        None
    }

    /// How changed orders are read.
    fn order_rules(&self) -> Option<WindowRules> {
        None
    }
    /// One page of changed orders.
    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        let _ = query;
        Err(unsupported(self.id(), Capability::ListOrders))
    }
    /// Whether the list leaves out parts of an order, so that each new or changed one is read by itself
    /// before it is stored.
    fn orders_need_detail(&self) -> bool {
        false
    }
    /// The masked form of a method that reads orders; `None` where there is none.
    fn masked_form(&self, api: &str) -> Option<MaskedForm> {
        let _ = api;
        None
    }
    /// One order.
    fn get_order(&self, platform_order_id: &str) -> Result<ApiCall<RemoteOrder>> {
        let _ = platform_order_id;
        Err(unsupported(self.id(), Capability::GetOrder))
    }

    /// How changed refunds are read.
    fn refund_rules(&self) -> Option<WindowRules> {
        None
    }
    /// One page of changed refunds of a shop, which some platforms want named beside its token. The query's
    /// times and pages mean what they mean for orders.
    fn list_refunds(
        &self,
        platform_shop_id: &str,
        query: &OrderQuery,
    ) -> Result<ApiCall<ListPage<RefundRecord>>> {
        let _ = (platform_shop_id, query);
        Err(unsupported(self.id(), Capability::ListRefunds))
    }
    /// One refund. Some platforms want its order's id too.
    fn get_refund(&self, platform_refund_id: &str, platform_order_id: &str) -> Result<ApiCall<RefundRecord>> {
        let _ = (platform_refund_id, platform_order_id);
        Err(unsupported(self.id(), Capability::GetRefund))
    }

    /// How the list of all products is read.
    fn product_list(&self) -> Option<FullList> {
        None
    }
    /// How changed products are read.
    fn product_rules(&self) -> Option<WindowRules> {
        None
    }
    /// One page of products.
    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
        let _ = query;
        Err(unsupported(self.id(), Capability::ListProducts))
    }
    /// Whether the list leaves out parts of a product (its images, its description), so that the stage that
    /// reads SKUs reads the whole product.
    fn products_need_detail(&self) -> bool {
        false
    }
    /// The SKUs of one product; the first page of them where they come in pages.
    fn list_skus(&self, platform_product_id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
        let _ = platform_product_id;
        Err(unsupported(self.id(), Capability::ListSkus))
    }
    /// The call for a further page of SKUs, after this many pages of which the last held this many records; none
    /// where it was the last one.
    fn more_skus(
        &self,
        platform_product_id: &str,
        pages: u32,
        last: usize,
    ) -> Result<Option<ApiCall<Vec<Parsed<SkuRecord>>>>> {
        let _ = (platform_product_id, pages, last);
        Ok(None)
    }
    /// One product with its details.
    fn get_product(&self, platform_product_id: &str) -> Result<ApiCall<ProductDetail>> {
        let _ = platform_product_id;
        Err(unsupported(self.id(), Capability::GetProduct))
    }
    /// Whether [`get_product`](Self::get_product) brings the SKUs along; elsewhere
    /// [`list_skus`](Self::list_skus) has to be called beside it.
    fn product_has_skus(&self) -> bool {
        true
    }
    /// The categories below `parent`; the top ones when absent.
    fn list_categories(&self, parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
        let _ = parent;
        Err(unsupported(self.id(), Capability::ListCategories))
    }

    /// Puts a product on sale, or takes it down.
    fn set_online(&self, platform_product_id: &str, online: bool) -> Result<ApiCall<()>> {
        let _ = (platform_product_id, online);
        Err(unsupported(self.id(), Capability::SetOnline))
    }
    /// Sets the price of a SKU.
    fn set_price(&self, platform_product_id: &str, platform_sku_id: &str, price: Fen) -> Result<ApiCall<()>> {
        let _ = (platform_product_id, platform_sku_id, price);
        Err(unsupported(self.id(), Capability::SetPrice))
    }
    /// Sets the stock of a SKU, or adds to it.
    fn set_stock(
        &self,
        platform_product_id: &str,
        platform_sku_id: &str,
        change: StockChange<'_>,
    ) -> Result<ApiCall<()>> {
        let _ = (platform_product_id, platform_sku_id, change);
        Err(unsupported(self.id(), Capability::SetStock))
    }
    /// Ships an order.
    fn ship_order(&self, shipment: &Shipment<'_>) -> Result<ApiCall<()>> {
        let _ = shipment;
        Err(unsupported(self.id(), Capability::ShipOrder))
    }
    /// How buyer data of orders is opened.
    fn decryption(&self) -> Result<Decryption> {
        Err(unsupported(self.id(), Capability::DecryptOrders))
    }
    /// Whether a method opens buyer data, or gives keys to it: calling it by hand goes past the day's budget.
    fn opens_buyer_data(&self, api: &str) -> bool {
        let _ = api;
        false
    }
    /// Whether the call of a wish wants more than ids: what is stored of its product is then read first, and
    /// [`write_product`](Self::write_product) makes the call.
    fn write_wants_product(&self, wanted: &Wanted) -> bool {
        let _ = wanted;
        false
    }
    /// The call of a wish, by its product as we know it. `key` is the wish's idempotency key.
    fn write_product(&self, wanted: &Wanted, key: Option<&str>, known: &KnownProduct) -> Result<ApiCall<()>> {
        let _ = (wanted, key, known);
        Err(Error::internal("an adapter that wants the product makes the call"))
    }
    /// The carriers that orders can be shipped with.
    fn list_companies(&self) -> Result<ApiCall<Vec<Company>>> {
        Err(unsupported(self.id(), Capability::ListCompanies))
    }
    /// What pictures it takes for products; `None` where products are not published.
    fn picture_rules(&self) -> Option<PictureRules> {
        None
    }
    /// Gives an image to the platform, in the name of a shop. Doing it twice costs room and nothing else.
    fn upload_picture(&self, file: &FilePart) -> Result<ApiCall<Uploaded>> {
        let _ = file;
        Err(unsupported(self.id(), Capability::PublishProduct))
    }
    /// Asks about an image that has no address yet.
    fn picture_state(&self, id: &str) -> Result<ApiCall<Uploaded>> {
        let _ = id;
        Err(unsupported(self.id(), Capability::PublishProduct))
    }
    /// What a category asks of its products, for a shop of this type.
    fn category_rules(
        &self,
        category: &str,
        shop_type: Option<&str>,
        facts: &Facts,
    ) -> Result<Step<CategoryRules>> {
        let _ = (category, shop_type, facts);
        Err(unsupported(self.id(), Capability::CategoryRules))
    }
    /// Makes the call that publishes a draft, or changes a published product. The draft keeps the rules of its
    /// category.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for what the platform surely refuses, naming what to change.
    fn publish_plan(&self, what: &Publication<'_>, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
        let _ = facts;
        let capability =
            if what.product.is_some() { Capability::UpdateProduct } else { Capability::PublishProduct };
        Err(unsupported(self.id(), capability))
    }
    /// Looks for a product by the merchant's own id, among those in review and drafts too.
    fn find_plan(&self, what: &LookUp<'_>, facts: &Facts) -> Result<Step<Option<Published>>> {
        let _ = (what, facts);
        Err(unsupported(self.id(), Capability::PublishProduct))
    }
    /// Asks what became of a product that was sent.
    fn review_plan(&self, what: &UnderReview<'_>, facts: &Facts) -> Result<Step<ReviewSeen>> {
        let _ = (what, facts);
        Err(unsupported(self.id(), Capability::PublishProduct))
    }
    /// How a file of this size is handed over; `None` where the platform takes none for this.
    fn upload_shape(&self, upload: &Upload<'_>) -> Option<UploadShape> {
        let _ = upload;
        None
    }
    /// Hands a whole file over.
    fn upload_file(&self, upload: &Upload<'_>, bytes: Vec<u8>) -> Result<ApiCall<PlacedFile>> {
        let _ = (upload, bytes);
        Err(unsupported(self.id(), Capability::PostVideo))
    }
    /// Begins to hand a file over in parts; the answer is the upload's id.
    fn begin_upload(&self, upload: &Upload<'_>) -> Result<ApiCall<String>> {
        let _ = upload;
        Err(unsupported(self.id(), Capability::PostVideo))
    }
    /// Hands one part over, counted from 1. The same part again is the same part.
    fn upload_part(&self, upload: &Upload<'_>, id: &str, part: u32, bytes: Vec<u8>) -> Result<ApiCall<()>> {
        let _ = (upload, id, part, bytes);
        Err(unsupported(self.id(), Capability::PostVideo))
    }
    /// Ends an upload whose parts are all there.
    fn end_upload(&self, upload: &Upload<'_>, id: &str) -> Result<ApiCall<PlacedFile>> {
        let _ = (upload, id);
        Err(unsupported(self.id(), Capability::PostVideo))
    }
    /// Whether a file that was handed over serves one post only, so that another post needs it anew.
    fn files_serve_once(&self, slot: MediaSlot) -> bool {
        let _ = slot;
        false
    }
    /// Refuses a draft that the platform surely refuses, by what can be told before its files are there.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, naming what to change; `UNSUPPORTED`.
    fn check_post(&self, kind: PostKind, draft: &PromotionDraft) -> Result<()> {
        let _ = draft;
        Err(lacking(self, kind.capability()))
    }
    /// Publishes a post. Never sent again blindly.
    fn create_post(&self, post: &Post<'_>) -> Result<ApiCall<Posted>> {
        Err(lacking(self, post.kind.capability()))
    }
    /// Looks for a post among all that the account has, those in review too: every match.
    fn find_post(&self, what: &PostLookUp<'_>, facts: &Facts) -> Result<Step<Vec<Posted>>> {
        let _ = facts;
        Err(unsupported(self.id(), what.post.kind.capability()))
    }
    /// Asks what became of a post.
    fn post_state(&self, what: &PostRef<'_>, facts: &Facts) -> Result<Step<PostSeen>> {
        let _ = facts;
        Err(unsupported(self.id(), what.kind.capability()))
    }
    /// Asks for the figures of a post, day by day.
    fn post_figures(&self, what: &PostRef<'_>, facts: &Facts) -> Result<Step<Vec<DayFigures>>> {
        let _ = (what, facts);
        Err(lacking(self, Capability::PostFigures))
    }
    /// Makes a link by which a person posts in the platform's app.
    fn share_link(&self, share: &Share<'_>, facts: &Facts) -> Result<Step<ShareLink>> {
        let _ = (share, facts);
        Err(lacking(self, Capability::ShareLink))
    }
    /// What may follow when nobody knows whether the platform did it; the worst where nothing is said.
    fn write_class(&self, wanted: &Wanted) -> WriteClass {
        let _ = wanted;
        WriteClass::AskPerson
    }
    /// Whether this code answers a write that the platform has seen before and done then.
    fn says_done_before(&self, platform_code: &str) -> bool {
        let _ = platform_code;
        false
    }
    /// Whether a product is on sale or on its way there; `None` when it is neither that nor taken down.
    fn shows_online(&self, record: &ProductRecord) -> Option<bool> {
        match record.status {
            ProductStatus::OnSale | ProductStatus::UnderReview | ProductStatus::Scheduled => Some(true),
            ProductStatus::OffSale => Some(false),
            _ => None,
        }
    }
    /// The function of the hub that a method belongs to, when calling it by hand could cross a change that
    /// is under way.
    fn typed_write(&self, api: &str) -> Option<&'static str> {
        let _ = api;
        None
    }

    /// How the promotions of a shop are listed.
    fn campaign_list(&self) -> Option<ListShape> {
        None
    }
    /// One page of them.
    fn list_campaigns(&self, turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Campaign>>> {
        let _ = turn;
        Err(lacking(self, Capability::ListCampaigns))
    }
    /// Refuses a draft of a promotion that the platform surely refuses now, with every problem at once.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, naming what to change; `UNSUPPORTED`.
    fn check_campaign(&self, draft: &CampaignDraft, now: UtcMillis) -> Result<()> {
        let _ = (draft, now);
        Err(lacking(self, Capability::CreateCampaigns))
    }
    /// The next call that creates a promotion.
    fn campaign_call(&self, work: &CampaignWork<'_>) -> Result<CampaignCall> {
        let _ = work;
        Err(lacking(self, Capability::CreateCampaigns))
    }
    /// Looks for a promotion that counts: its id.
    fn find_campaign(&self, what: &CampaignLookUp<'_>, facts: &Facts) -> Result<Step<Option<String>>> {
        let _ = (what, facts);
        Err(lacking(self, Capability::CreateCampaigns))
    }
    /// How the coupons of a shop are listed.
    fn coupon_list(&self) -> Option<ListShape> {
        None
    }
    /// One page of them.
    fn list_coupons(&self, turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Coupon>>> {
        let _ = turn;
        Err(lacking(self, Capability::ListCoupons))
    }
    /// Makes a link that earns a commission. This and the two below are calls of a promoter's app, without a
    /// shop's token.
    fn create_link(&self, wish: &LinkWish<'_>) -> Result<ApiCall<PromotionLink>> {
        let _ = wish;
        Err(lacking(self, Capability::CreateLinks))
    }
    /// A placement as orders tell it: some places have a longer form as well.
    fn placement<'a>(&self, given: &'a str) -> &'a str {
        given
    }
    /// How goods for links are listed.
    fn goods_search(&self) -> Option<ListShape> {
        None
    }
    /// One page of goods for links.
    fn search_goods(&self, query: &GoodsQuery<'_>) -> Result<ApiCall<MarketPage<LinkGoods>>> {
        let _ = query;
        Err(lacking(self, Capability::SearchGoods))
    }
    /// How orders of links that changed are listed.
    fn link_order_rules(&self) -> Option<WindowRules> {
        None
    }
    /// One page of them.
    fn list_link_orders(&self, query: &LinkOrderQuery<'_>) -> Result<ApiCall<MarketPage<LinkOrder>>> {
        let _ = query;
        Err(lacking(self, Capability::ListLinkOrders))
    }
    /// The key of the app that a push is for, as the push itself says; `None` when it says none.
    ///
    /// # Errors
    /// `UNSUPPORTED` where nothing is pushed that is understood here.
    fn notice_app(&self, pushed: &Pushed<'_>) -> Result<Option<String>> {
        let _ = pushed;
        let message = format!("notices of {} are not read here: changes are found by syncs", self.id());
        Err(Error::new(ErrorKind::Unsupported, message))
    }
    /// What a push says.
    ///
    /// # Errors
    /// `FORBIDDEN` when it is not from the platform; `DECODE` when it cannot be read.
    fn hear(&self, credentials: &Credentials, pushed: &Pushed<'_>) -> Result<Heard> {
        let _ = credentials;
        self.notice_app(pushed).map(|_| Heard::Other)
    }
    /// Why the platform has no such operation, where its documents tell.
    fn why_not(&self, capability: Capability) -> Option<&'static str> {
        let _ = capability;
        None
    }

    /// Any method. `params` is the text of a JSON object; the answer is unwrapped from the envelope.
    /// The parts say whether the adapter knows the method as a read.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the name cannot be a method's name or `params` is not a JSON object.
    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>>;
    /// The same in the name of an app, with no shop's token.
    ///
    /// # Errors
    /// As `raw`; `INVALID_REQUEST` for a method that needs a shop's token.
    fn raw_of_app(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let call = self.raw(api, params)?;
        if call.parts.token == TokenUse::Shop {
            return Err(Error::invalid(format!("{api} needs a shop's token: name the shop, not the app")));
        }
        Ok(call)
    }
    /// Writes the shop's id on the platform into a call that was made by hand, where the platform wants it in each call
    /// beside the token and the caller left it out.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the parameters are not a JSON object.
    fn name_account(&self, parts: &mut CallParts, account: &str) -> Result<()> {
        let _ = (parts, account);
        Ok(())
    }
}

/// The adapter of a platform.
pub fn adapter(id: PlatformId) -> &'static dyn Platform {
    match id {
        PlatformId::Doudian => &doudian::Doudian,
        PlatformId::Douyin => &douyin::Douyin,
        PlatformId::Taobao => &taobao::Taobao,
        PlatformId::Jd => &jd::Jd,
        PlatformId::Pinduoduo => &pinduoduo::Pinduoduo,
        #[cfg(any(test, feature = "test-util"))]
        PlatformId::Fake => &fake::Fake,
    }
}

/// Every adapter.
pub fn adapters() -> impl Iterator<Item = &'static dyn Platform> {
    PlatformId::ALL.iter().copied().map(adapter)
}
