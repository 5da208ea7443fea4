//! Checks that every adapter must pass, ours and those of our users' tests. Pure: nothing is sent.
//!
//! Claimed capabilities are exercised, unclaimed ones must say `UNSUPPORTED`. What only one platform
//! knows (its numbers, its faults) is tested beside its adapter.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::{
    ApiCall, AuthorizeRequest, BuyerKeys, CallParts, CampaignCall, CampaignLookUp, CampaignWork, Capability,
    Credentials, DecryptAnswer, DecryptAsk, DecryptCall, Decryption, Facts, GoodsQuery, GrantTimes,
    KnownProduct, LinkOrderQuery, LinkWish, LookUp, OrderQuery, Place, PlacedFile, Platform, Post, PostKind,
    PostRef, ProductQuery, Publication, Reading, Repeat, SealedOrder, Share, Step, TokenUse, Turn,
    UnderReview, Upload, Voucher, WindowRules, WriteClass, opened, write_call,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    BuyerPart, CampaignDraft, CampaignOffer, CampaignSku, DecryptPurpose, DraftSku, Fen, ListingDraft,
    MediaId, Picture, ProductRecord, ProductStatus, PromotionDraft, PromotionKind, SkuRecord, UtcMillis,
    Wanted,
};
use crate::secret::Secret;

const SECRET: &str = "canary-secret-5f1d";
const TOKEN: &str = "canary-token-77aa";
const CODE: &str = "canary-code-31c0";
/// What is not signed where [`Platform::token_base`] says so.
const TOKEN_CALLS: [&str; 2] = ["oauth.tool", "oauth.refresh"];
const NOW: UtcMillis = UtcMillis(1_700_000_000_000);

/// What an adapter breaks, one sentence each; empty when it keeps every rule.
pub fn breaches(adapter: &dyn Platform) -> Vec<String> {
    let mut report = Report { adapter, found: Vec::new() };
    report.description();
    report.capabilities();
    report.rules();
    report.authorization();
    report.tokens();
    report.reading();
    report.raw();
    report.writes();
    report.marketing();
    report.campaigns();
    report.blank_ids();
    report.decryption();
    report.found
}

/// The parts that an operation of this capability gives; `None` when it gives a value instead.
fn probe(adapter: &dyn Platform, capability: Capability) -> Result<Option<CallParts>> {
    fn parts<T>(call: ApiCall<T>) -> Option<CallParts> {
        Some(call.parts)
    }
    match capability {
        Capability::ConnectTool => {
            adapter.authorize_url(&authorize_request())?;
            adapter.exchange_code(CODE).map(parts)
        }
        Capability::ConnectSelfUse => adapter.self_grant("1000001").map(parts),
        Capability::RefreshGrant => adapter.refresh_grant(&Secret::from(TOKEN)).map(parts),
        Capability::ListProducts => adapter.list_products(&product_query(adapter, 0)).map(parts),
        Capability::ListSkus => adapter.list_skus("3539925204033339668").map(parts),
        Capability::GetProduct => adapter.get_product("3539925204033339668").map(parts),
        Capability::ListOrders => adapter.list_orders(&order_query(0)).map(parts),
        Capability::GetOrder => adapter.get_order("4781320682406083640").map(parts),
        Capability::ListRefunds => adapter.list_refunds(SHOP, &order_query(0)).map(parts),
        Capability::GetRefund => adapter.get_refund("87654321", "4781320682406083640").map(parts),
        Capability::ListCategories => adapter.list_categories(None).map(parts),
        Capability::SetOnline => {
            write(adapter, &online(PRODUCT, false))?;
            write(adapter, &online(PRODUCT, true)).map(parts)
        }
        Capability::SetPrice => write(adapter, &price(SKU, 1)).map(parts),
        Capability::SetStock => {
            write(adapter, &add_stock())?;
            write(adapter, &stock(PRODUCT, 0)).map(parts)
        }
        Capability::CategoryRules => asked(adapter.category_rules(CATEGORY, None, &Facts::default())),
        Capability::PublishProduct => {
            asked(adapter.find_plan(&look_up(), &Facts::default()))?;
            asked(adapter.review_plan(&under_review(), &Facts::default()))?;
            planned(adapter, None)
        }
        Capability::UpdateProduct => planned(adapter, Some(PRODUCT)),
        Capability::ShipOrder => write(adapter, &ship("SF1")).map(parts),
        Capability::DecryptOrders => decrypt(adapter),
        Capability::ListCompanies => adapter.list_companies().map(parts),
        Capability::ListCampaigns => adapter.list_campaigns(&turn(0)).map(parts),
        Capability::CreateCampaigns => begun(adapter),
        Capability::ListCoupons => adapter.list_coupons(&turn(0)).map(parts),
        Capability::CreateLinks => adapter.create_link(&link_wish(TARGET)).map(parts),
        Capability::SearchGoods => adapter.search_goods(&goods_query("茶", 0)).map(parts),
        Capability::ListLinkOrders => adapter.list_link_orders(&link_orders(0)).map(parts),
        Capability::PostVideo => posted(adapter, PostKind::Video),
        Capability::PostImages => posted(adapter, PostKind::Images),
        Capability::PostShopVideo => posted(adapter, PostKind::ShopVideo),
        Capability::ShareLink => asked(adapter.share_link(&share(&promotion()), &Facts::default())),
        Capability::PostFigures => asked(adapter.post_figures(&post_ref(PostKind::Video), &Facts::default())),
        Capability::Raw => adapter.raw("some.method", "{\"b\":1,\"a\":2}").map(parts),
    }
}

/// What a plan asks first: without facts it has to ask.
fn asked<T>(step: Result<Step<T>>) -> Result<Option<CallParts>> {
    match step? {
        Step::Ask(question) => Ok(Some(question.call.parts)),
        Step::Done(_) => Err(Error::internal("it is done without having asked")),
    }
}

/// The first call of a promotion that is created. It can be looked for.
fn begun(adapter: &dyn Platform) -> Result<Option<CallParts>> {
    let draft = campaign();
    adapter.check_campaign(&draft, NOW)?;
    asked(adapter.find_campaign(&CampaignLookUp { draft: &draft, id: None, since: NOW }, &Facts::default()))?;
    let prices = shop_prices(&draft);
    let work = CampaignWork { draft: &draft, prices: &prices, id: None, answered: 0 };
    match adapter.campaign_call(&work)? {
        CampaignCall::Begin(call) => Ok(Some(call.parts)),
        _ => Err(Error::internal("it does not begin")),
    }
}

/// More SKUs than a platform may take in one call.
fn campaign() -> CampaignDraft {
    let minute = 60_000;
    let from = UtcMillis(NOW.0 / minute * minute + 60 * minute);
    let sku = |id: u32| CampaignSku { product: PRODUCT.into(), sku: id.to_string(), price: Some(Fen(990)) };
    CampaignDraft {
        name: "秋季".into(),
        from,
        to: UtcMillis(from.0 + 24 * 60 * minute),
        offer: CampaignOffer::ItemPrices,
        skus: (1..=250).map(sku).collect(),
        slogan: None,
        comment: None,
    }
}

fn shop_prices(draft: &CampaignDraft) -> BTreeMap<String, Fen> {
    draft.skus.iter().map(|sku| (sku.sku.clone(), Fen(1_990))).collect()
}

/// What publishing asks or sends first. That the draft lacks something of the platform's own is fine.
fn planned(adapter: &dyn Platform, product: Option<&str>) -> Result<Option<CallParts>> {
    let draft = draft();
    let what = Publication { draft: &draft, product, platform_shop_id: SHOP, shop_type: None };
    match adapter.publish_plan(&what, &Facts::default()) {
        Ok(Step::Ask(question)) => Ok(Some(question.call.parts)),
        Ok(Step::Done(call)) => Ok(Some(call.parts)),
        Err(error) if error.kind() == ErrorKind::InvalidRequest => Ok(None),
        Err(error) => Err(error),
    }
}

/// What posting sends, after what it asks about the post was asked.
fn posted(adapter: &dyn Platform, kind: PostKind) -> Result<Option<CallParts>> {
    let (mut draft, files) = (promotion(), [PlacedFile("@9VwPj/a+b==".to_owned())]);
    // A video in a store's list has a picture that stands for it.
    let cover = files.first().filter(|_| kind == PostKind::ShopVideo);
    draft.cover = cover.map(|_| MediaId(1));
    let post = Post { account: ACCOUNT, kind, draft: &draft, files: &files, cover };
    adapter.check_post(kind, &draft)?;
    let upload = Upload { account: ACCOUNT, slot: kind.slot(), content_type: "video/mp4", bytes: 1 << 20 };
    if adapter.upload_shape(&upload).is_none() {
        return Err(Error::internal("it takes no file"));
    }
    asked(adapter.post_state(&post_ref(kind), &Facts::default()))?;
    adapter.create_post(&post).map(|call| Some(call.parts))
}

const ACCOUNT: &str = "a1b2-c3";

fn promotion() -> PromotionDraft {
    PromotionDraft {
        media_urls: vec!["https://media.example/1.mp4".to_owned()],
        target: Some(PRODUCT.to_owned()),
        ..PromotionDraft::new(PromotionKind::Video, "茶", "新茶 #上新")
    }
}

const fn post_ref(kind: PostKind) -> PostRef<'static> {
    let published_at = UtcMillis(NOW.0 - 86_400_000);
    PostRef { account: ACCOUNT, kind, platform_post_id: "@9VwPj/a+b==", published_at, now: NOW }
}

const fn share(draft: &PromotionDraft) -> Share<'_> {
    Share { app_key: "aw1", draft, nonce: "n0nce", now: NOW }
}

const CATEGORY: &str = "20219";

fn draft() -> ListingDraft {
    ListingDraft {
        outer_id: "TEA-1".to_owned(),
        title: "茶".to_owned(),
        category_id: CATEGORY.to_owned(),
        images: vec![Picture::At("https://img.example/1.png".to_owned())],
        detail_images: Vec::new(),
        description: None,
        skus: vec![DraftSku {
            outer_id: None,
            price: Fen(1990),
            stock: 3,
            options: Vec::new(),
            image: None,
            attributes: None,
        }],
        attributes: "{}".to_owned(),
    }
}

fn look_up() -> LookUp<'static> {
    LookUp { outer_id: "TEA-1", since: NOW, until: NOW.plus(Duration::from_secs(60)) }
}

fn under_review() -> UnderReview<'static> {
    UnderReview { product: PRODUCT, review_id: Some("1") }
}

const TARGET: &str = "https://item.example/3539925204033339668";
/// The calls of promoters' apps, which no shop authorises.
const OF_APPS: [Capability; 3] =
    [Capability::CreateLinks, Capability::SearchGoods, Capability::ListLinkOrders];

fn turn(page: u32) -> Turn<'static> {
    Turn { section: 0, page, size: 20, cursor: (page > 0).then_some("next") }
}

/// Each platform takes it: an ad zone's, a site's or a promoter's.
const PLACEMENT: Option<&str> = Some("60005_612");

fn link_wish(target: &str) -> LinkWish<'_> {
    LinkWish { placement: PLACEMENT, target }
}

fn goods_query(keyword: &str, page: u32) -> GoodsQuery<'_> {
    GoodsQuery { placement: PLACEMENT, keyword, turn: turn(page) }
}

/// The parameters of a call about promotions.
fn market_params(
    adapter: &dyn Platform,
    capability: Capability,
    page: u32,
    placement: Option<&str>,
) -> Result<String> {
    match capability {
        Capability::ListCampaigns => adapter.list_campaigns(&turn(page)).map(|call| call.parts.params),
        Capability::ListCoupons => adapter.list_coupons(&turn(page)).map(|call| call.parts.params),
        Capability::CreateLinks => {
            let wish = LinkWish { placement, ..link_wish(TARGET) };
            adapter.create_link(&wish).map(|call| call.parts.params)
        }
        Capability::SearchGoods => {
            let query = GoodsQuery { placement, ..goods_query("茶", page) };
            adapter.search_goods(&query).map(|call| call.parts.params)
        }
        _ => adapter.list_link_orders(&link_orders(page)).map(|call| call.parts.params),
    }
}

fn link_orders(page: u32) -> LinkOrderQuery<'static> {
    LinkOrderQuery { from: NOW.minus(Duration::from_secs(60)), to: NOW, turn: turn(page) }
}

const SHOP: &str = "1000001";
const PRODUCT: &str = "3539925204033339668";
const SKU: &str = "1736502463777799";

/// Ciphertext of a buyer, and a key to ask for more keys with.
const CIPHERTEXT: &str = "canary-cipher-9c3e";
const VOUCHER_KEY: &str = "Y2FuYXJ5LWtleS00ZDIx";

fn sealed() -> SealedOrder {
    let parts = BuyerPart::ALL.iter().map(|part| (*part, format!("{CIPHERTEXT}-{part}"))).collect();
    SealedOrder { platform_order_id: "4781320682406083640".to_owned(), parts }
}

/// The call that opens buyer data, or the one that gives the keys to it.
fn decrypt(adapter: &dyn Platform) -> Result<Option<CallParts>> {
    match adapter.decryption()? {
        Decryption::ByCall(call) => {
            let ask = DecryptAsk { purpose: DecryptPurpose::Ship, actor: "u1" };
            call.call(&[sealed()], &ask).map(|call| Some(call.parts))
        }
        Decryption::ByKeys(service) => {
            service.voucher()?;
            service.receiver("4781320682406083640")?;
            let voucher = Voucher { id: "v-1".to_owned(), key: Secret::from(VOUCHER_KEY) };
            service.keys(&voucher, NOW).map(|call| Some(call.parts))
        }
    }
}

fn write(adapter: &dyn Platform, wanted: &Wanted) -> Result<ApiCall<()>> {
    write_call(adapter, wanted, Some("k-1"), Some(&known()))
}

/// A product on sale with one SKU, as it would be stored.
fn known() -> KnownProduct {
    KnownProduct {
        shop_type: None,
        record: ProductRecord {
            platform_product_id: PRODUCT.to_owned(),
            name: "茶".to_owned(),
            status: ProductStatus::OnSale,
            platform_status: String::new(),
            outer_id: None,
            category_id: None,
            description: None,
            images: Vec::new(),
            platform_created_at: None,
            platform_updated_at: None,
            extra: None,
        },
        skus: vec![SkuRecord {
            platform_sku_id: SKU.to_owned(),
            outer_id: None,
            code: None,
            price: Fen(2),
            stock: 3,
            specs: Vec::new(),
            extra: Some("{\"properties\":\"1627207:28341\"}".to_owned()),
        }],
    }
}

fn online(product: &str, online: bool) -> Wanted {
    Wanted::Online { product: product.to_owned(), online }
}

fn price(sku: &str, fen: i64) -> Wanted {
    Wanted::Price { product: PRODUCT.to_owned(), sku: sku.to_owned(), fen }
}

fn stock(product: &str, stock: i64) -> Wanted {
    Wanted::Stock { product: product.to_owned(), sku: SKU.to_owned(), stock }
}

fn add_stock() -> Wanted {
    Wanted::AddStock { product: PRODUCT.to_owned(), sku: SKU.to_owned(), delta: -1 }
}

fn ship(tracking: &str) -> Wanted {
    Wanted::Ship { order: "4781320682406083640".into(), company: "115".into(), tracking: tracking.into() }
}

/// A wish of each kind.
fn wishes() -> [Wanted; 6] {
    [
        online(PRODUCT, true),
        online(PRODUCT, false),
        price(SKU, 1),
        stock(PRODUCT, 0),
        add_stock(),
        ship("SF1"),
    ]
}

fn authorize_request() -> AuthorizeRequest<'static> {
    AuthorizeRequest {
        app_key: "7000000000000000001",
        service_id: Some("12345"),
        redirect_uri: Some("https://oa.example/callback"),
        endpoint: None,
        state: "canary-state",
    }
}

fn order_query(page: u32) -> OrderQuery {
    OrderQuery { from: NOW.minus(Duration::from_secs(60)), to: NOW, page, size: 50, section: 0 }
}

/// Both kinds of place are asked for in turn: page 0 by a cursor where the platform has one.
fn product_query(adapter: &dyn Platform, page: u32) -> ProductQuery {
    let cursor = page == 0 && adapter.product_list() == Some(super::FullList::Cursor);
    let place = if cursor { Place::Cursor(None) } else { Place::Page(page) };
    let by_change = page > 0 && adapter.product_rules().is_some();
    ProductQuery { updated: by_change.then_some((NOW, NOW)), place, size: 50, section: 0 }
}

fn credentials(adapter: &dyn Platform) -> Credentials {
    Credentials {
        app_key: "7000000000000000001".to_owned(),
        app_secret: Secret::from(SECRET),
        api_base: adapter.api_base().to_owned(),
        token_base: None,
        upload_base: None,
    }
}

struct Report<'a> {
    adapter: &'a dyn Platform,
    found: Vec<String>,
}

impl Report<'_> {
    fn expect(&mut self, holds: bool, rule: impl Into<String>) {
        if !holds {
            self.found.push(rule.into());
        }
    }

    fn description(&mut self) {
        let adapter = self.adapter;
        let base = url::Url::parse(adapter.api_base());
        let host = base.as_ref().ok().and_then(|base| base.host_str()).unwrap_or_default();
        self.expect(!adapter.name().is_empty(), "it has a name");
        self.expect(base.as_ref().is_ok_and(|base| base.scheme() == "https"), "its base is https");
        self.expect(!adapter.api_base().ends_with('/'), "its base ends without a slash");
        self.expect(adapter.hosts().contains(&host), "the host of its base is allowed");
        let fields: BTreeSet<_> = adapter.app_fields().iter().map(|field| field.name).collect();
        self.expect(!fields.is_empty(), "it says what an app needs");
        self.expect(fields.len() == adapter.app_fields().len(), "no app field is named twice");
        let quota = adapter.quota();
        let zero = quota.app_per_second == 0 || quota.shop_per_second == 0 || quota.in_flight == 0;
        self.expect(!zero, "its quota lets calls through");
    }

    fn capabilities(&mut self) {
        let adapter = self.adapter;
        let claimed: BTreeSet<_> = adapter.capabilities().iter().copied().collect();
        self.expect(claimed.len() == adapter.capabilities().len(), "no capability is claimed twice");
        self.expect(claimed.contains(&Capability::Raw), "any method can be called");
        for capability in Capability::ALL {
            let word = capability.as_str();
            match (claimed.contains(&capability), probe(adapter, capability)) {
                (true, Ok(Some(parts))) => self.call(word, &parts),
                (true, Ok(None)) => {}
                (true, Err(error)) => self.expect(false, format!("{word} is claimed but fails: {error}")),
                (false, outcome) => {
                    let kind = outcome.err().map(|error| error.kind());
                    let says_so = kind == Some(ErrorKind::Unsupported);
                    self.expect(says_so, format!("{word} is not claimed, so it is UNSUPPORTED"));
                }
            }
        }
    }

    fn call(&mut self, word: &str, parts: &CallParts) {
        let adapter = self.adapter;
        let credentials = credentials(adapter);
        let token = Secret::from(TOKEN);
        let token = (parts.token != TokenUse::None).then_some(&token);
        let sign = |now| adapter.sign(parts, &credentials, token, now);
        let (Ok(one), Ok(same), Ok(later)) = (sign(NOW), sign(NOW), sign(NOW.plus(Duration::from_secs(1))))
        else {
            self.expect(false, format!("{word} can be signed"));
            return;
        };
        let url = one.url.expose().as_str();
        let body = String::from_utf8_lossy(&one.body);
        let equal = url == same.url.expose() && one.body == same.body && one.headers == same.headers;
        self.expect(equal, format!("{word} signs the same way twice"));
        let sent = format!("{url} {body} {:?}", one.headers);
        match adapter.token_base().filter(|_| TOKEN_CALLS.contains(&word)) {
            Some(base) => self.token_call(word, base, url, &format!("{:?}", one.headers)),
            None => {
                let moves =
                    url != later.url.expose() || one.body != later.body || one.headers != later.headers;
                self.expect(moves || !adapter.signs(), format!("{word} is signed for its time"));
                self.expect(url.starts_with(adapter.api_base()), format!("{word} goes to the base"));
                self.expect(!sent.contains(SECRET), format!("{word} does not send the secret"));
            }
        }
        if parts.token != TokenUse::None {
            self.expect(sent.contains(TOKEN), format!("{word} carries the token"));
            let without = adapter.sign(parts, &credentials, None, NOW);
            self.expect(without.is_err(), format!("{word} is not signed without its token"));
            let blank = serde_json::from_str(&parts.params).map_or(true, |params| holds_blank(&params));
            self.expect(!blank, format!("{word} sends no blank parameter"));
        }
        let shown = format!("{one:?} {parts:?} {credentials:?}");
        let leaks = [SECRET, TOKEN, CODE].iter().any(|canary| shown.contains(canary));
        self.expect(!leaks, format!("{word} shows no secret in Debug"));
    }

    /// The one exception: a form with the secret in its body, to the token host over https. Where the API has
    /// another address and nobody names that of the token calls, the secret stays here.
    fn token_call(&mut self, word: &str, base: &str, url: &str, headers: &str) {
        let adapter = self.adapter;
        self.expect(base.starts_with("https://"), format!("{word} is made over https"));
        self.expect(url.starts_with(base), format!("{word} goes to the token host"));
        let outside = format!("{url} {headers}");
        self.expect(!outside.contains(SECRET), format!("{word} sends the secret in its body only"));
        let elsewhere = Credentials { api_base: "https://other.example".to_owned(), ..credentials(adapter) };
        let capability = Capability::ALL.into_iter().find(|capability| capability.as_str() == word);
        let parts = capability.and_then(|capability| probe(adapter, capability).ok().flatten());
        let kept = parts.is_some_and(|parts| match adapter.sign(&parts, &elsewhere, None, NOW) {
            Ok(request) => !request.url.expose().starts_with(base),
            Err(error) => error.kind() == ErrorKind::ConfigInvalid,
        });
        self.expect(kept, format!("{word} of an API elsewhere does not go to the token host"));
    }

    fn rules(&mut self) {
        let adapter = self.adapter;
        let claims = |capability| adapter.capabilities().contains(&capability);
        let (orders, products) = (adapter.order_rules(), adapter.product_rules());
        self.expect(
            orders.is_some() == claims(Capability::ListOrders),
            "orders have rules exactly when they are listed",
        );
        self.expect(
            adapter.product_list().is_some() == claims(Capability::ListProducts),
            "products say how all are listed exactly when they are listed",
        );
        for (what, rules) in [("orders", orders), ("products", products)] {
            if let Some(rules) = rules {
                self.window(what, &rules);
            }
        }
        if claims(Capability::ListOrders) {
            let pages =
                [0, 1].map(|page| adapter.list_orders(&order_query(page)).map(|call| call.parts.params));
            let differ = matches!(&pages, [Ok(first), Ok(second)] if first != second);
            self.expect(differ, "two pages of orders are asked for differently");
            let backwards = OrderQuery { from: NOW.plus(Duration::from_secs(1)), ..order_query(0) };
            self.expect(
                adapter.list_orders(&backwards).is_err(),
                "a window that ends before it starts is refused",
            );
            self.masked_forms();
        }
        if claims(Capability::ListProducts) {
            let pages = [1, 2].map(|page| adapter.list_products(&product_query(adapter, page)));
            let differ = matches!(&pages, [Ok(one), Ok(two)] if one.parts.params != two.parts.params);
            self.expect(differ, "two pages of products are asked for differently");
        }
    }

    /// What reads orders masked is another method, and only reads.
    fn masked_forms(&mut self) {
        let adapter = self.adapter;
        let plain = [Capability::ListOrders, Capability::GetOrder].into_iter();
        for parts in plain.filter_map(|capability| probe(adapter, capability).ok().flatten()) {
            let Some(form) = adapter.masked_form(&parts.api) else { continue };
            let reads = adapter.raw(form.api, "{}").is_ok_and(|call| call.parts.repeat == Repeat::Safe);
            self.expect(reads, format!("{} only reads", form.api));
            self.expect(
                adapter.masked_form(form.api).is_none(),
                format!("{} has no form of its own", form.api),
            );
        }
    }

    /// Buyer data is never opened twice by ourselves, by nobody who does not mean to, and shows nowhere.
    fn decryption(&mut self) {
        let adapter = self.adapter;
        let Ok(Some(parts)) = decrypt(adapter) else { return };
        self.expect(
            parts.repeat == Repeat::Never,
            "what opens buyer data is counted, so it is never repeated",
        );
        self.expect(adapter.opens_buyer_data(&parts.api), "its method is known to open buyer data");
        let upper = parts.api.to_ascii_uppercase();
        self.expect(adapter.opens_buyer_data(&upper), "its method is known in any case of letters");
        let leaks = [CIPHERTEXT, VOUCHER_KEY].iter().any(|canary| format!("{parts:?}").contains(canary));
        self.expect(!leaks, "what opens buyer data shows nothing in Debug");
        self.expect(!parts.params.contains(VOUCHER_KEY), "a voucher's key is not sent");
        match adapter.decryption() {
            Ok(Decryption::ByCall(call)) => self.answers(call),
            Ok(Decryption::ByKeys(service)) => {
                let keys = BuyerKeys(Vec::new());
                let error = service.open(&keys, CIPHERTEXT).err().map(|error| error.to_string());
                let is_silent = error.is_some_and(|error| !error.contains(CIPHERTEXT));
                self.expect(is_silent, "ciphertext without a key is an error that does not show it");
            }
            Err(_) => {}
        }
    }

    /// An answer is brought to its order and part by what was asked, and what it leaves out has failed.
    fn answers(&mut self, call: &dyn DecryptCall) {
        self.expect(call.most_orders() > 0, "a call opens an order");
        self.expect(!call.without_ciphertext().is_empty(), "it says why ciphertext may be missing");
        let empty = DecryptAnswer { facts: Vec::new(), refused: None };
        let silent = opened(&[sealed()], &empty);
        let failed = silent.iter().flat_map(|order| &order.failures).count();
        self.expect(failed == BuyerPart::ALL.len(), "a part that is not answered has failed");
    }

    fn window(&mut self, what: &str, rules: &WindowRules) {
        self.expect(rules.page_size > 0, format!("a page of {what} holds something"));
        let fits = rules.max_records.is_none_or(|most| most >= u64::from(rules.page_size));
        self.expect(fits, format!("a window of {what} holds a page"));
        self.expect(rules.overlap >= 2 * rules.lag, format!("windows of {what} overlap by twice the lag"));
        self.expect(
            rules.max_window > rules.overlap,
            format!("a window of {what} is wider than the overlap"),
        );
    }

    fn authorization(&mut self) {
        let adapter = self.adapter;
        let week = Duration::from_secs(7 * 24 * 3600);
        let times = GrantTimes {
            obtained_at: NOW,
            expires_at: NOW.plus(week),
            refresh_expires_at: Some(NOW.plus(2 * week)),
        };
        let claims = |capability| adapter.capabilities().contains(&capability);
        let window = adapter.refresh_window(&times);
        self.expect(
            window.is_some() == claims(Capability::RefreshGrant),
            "a refresh has a window exactly when there is one",
        );
        if let Some(window) = window {
            let sane = NOW <= window.opens_at
                && window.opens_at < window.closes_at
                && window.closes_at < times.expires_at;
            self.expect(sane, "a refresh happens while the token lives");
        }
        if claims(Capability::ConnectTool) {
            let url = adapter.authorize_url(&authorize_request()).unwrap_or_default();
            self.expect(url.starts_with("https://"), "merchants authorise over https");
            self.expect(url.contains("canary-state"), "the authorise URL carries the state");
        }
    }

    /// The secret goes into the body of the calls that buy tokens, and a refresh token is renewed by rules where it is
    /// renewed at all.
    fn tokens(&mut self) {
        let adapter = self.adapter;
        if let Ok(call) = adapter.app_token() {
            let signed = adapter.sign(&call.parts, &credentials(adapter), None, NOW);
            let outside = signed.map(|one| format!("{} {:?}", one.url.expose(), one.headers));
            let kept = outside.is_ok_and(|outside| !outside.contains(SECRET));
            self.expect(kept, "the app's token is asked for with the secret in the body only");
            self.expect(call.parts.token == TokenUse::None, "the app's token is asked for without a token");
        }
        let renewal = adapter.renew_refresh_token(&Secret::from(TOKEN));
        let has_rules = adapter.renewal_rules().is_some();
        self.expect(has_rules == renewal.is_ok(), "refresh tokens have rules exactly when they are renewed");
        let repeat = renewal.ok().map(|call| call.parts.repeat);
        self.expect(repeat != Some(Repeat::Safe), "a refresh token is never renewed twice by itself");
    }

    fn reading(&mut self) {
        let foreign: [&[u8]; 8] =
            [b"", b"<html>", b"{}", b"[]", b"null", b"{\"code\":", b"\xff\xfe", b"{\"code\":10000} {}"];
        for body in foreign {
            let is_foreign = self.adapter.read("some.method", body) == Reading::Foreign;
            self.expect(is_foreign, format!("{:?} is not its answer", String::from_utf8_lossy(body)));
        }
    }

    fn raw(&mut self) {
        let adapter = self.adapter;
        for name in ["", ".", "a..b", "a.b/../c", "a.b?x=1", "a b.c", "https://evil.example"] {
            let refused = refuses(adapter.raw(name, "{}"));
            self.expect(refused, format!("{name:?} is no method"));
        }
        for params in ["", "[]", "null", "{", "{\"a\":1,\"a\":2}", "{} {}"] {
            let refused = refuses(adapter.raw("some.method", params));
            self.expect(refused, format!("{params:?} are no parameters"));
        }
        let repeat = adapter.raw("some.unknown.method", "{}").map(|call| call.parts.repeat);
        self.expect(repeat.is_ok_and(|repeat| repeat == Repeat::Never), "an unknown method is not repeated");
    }

    /// A write goes out once by itself, is guarded against calls by hand, and what may be repeated differs
    /// with its value.
    fn writes(&mut self) {
        let adapter = self.adapter;
        for wanted in wishes() {
            let word = wanted.operation().as_str();
            if !adapter.capabilities().iter().any(|capability| capability.as_str() == word) {
                continue;
            }
            let Ok(call) = write(adapter, &wanted) else {
                self.expect(false, format!("{word} is claimed but fails"));
                continue;
            };
            self.expect(call.parts.repeat == Repeat::Never, format!("{word} is never repeated by itself"));
            let guarded = adapter.typed_write(&call.parts.api).is_some();
            self.expect(guarded, format!("{word} is not called by hand"));
            let class = adapter.write_class(&wanted);
            self.expect(
                class != WriteClass::Repeat || wanted.is_absolute(),
                format!("{word} is only repeated where it sets a value"),
            );
            // Platforms want keys in forms of their own, so that only its effect can be checked.
            let keyed = class == WriteClass::RepeatWithKey;
            let sent = |key| {
                write_call(adapter, &wanted, Some(key), Some(&known())).map(|call| call.parts.params).ok()
            };
            let told_apart = sent("k-1") == sent("k-1") && sent("k-1") != sent("k-2");
            self.expect(!keyed || told_apart, format!("{word} carries its key"));
        }
    }

    /// Promotion lists say how they are read exactly when they are offered; pages differ; calls of apps carry no
    /// shop's token and nothing blank, as for an option that was left out.
    fn marketing(&mut self) {
        let adapter = self.adapter;
        let claims = |capability| adapter.capabilities().contains(&capability);
        let shapes = [
            (Capability::ListCampaigns, adapter.campaign_list()),
            (Capability::ListCoupons, adapter.coupon_list()),
            (Capability::SearchGoods, adapter.goods_search()),
        ];
        for (capability, shape) in shapes {
            let word = capability.as_str();
            let sane = shape.is_none_or(|shape| shape.sections > 0 && shape.page_size > 0);
            self.expect(
                sane && shape.is_some() == claims(capability),
                format!("{word} says how it is listed exactly when it is"),
            );
        }
        let rules = adapter.link_order_rules();
        let is_exact = rules.is_some() == claims(Capability::ListLinkOrders);
        self.expect(is_exact, "orders of links have rules exactly when they are listed");
        if let Some(rules) = rules {
            self.window("orders of links", &rules);
            let backwards = LinkOrderQuery { from: NOW.plus(Duration::from_secs(1)), ..link_orders(0) };
            let refused = refuses(adapter.list_link_orders(&backwards));
            self.expect(refused, "a window of orders of links that ends before it starts is refused");
        }
        for capability in OF_APPS.into_iter().filter(|capability| claims(*capability)) {
            let parts = probe(adapter, capability).ok().flatten();
            let is_of_app = parts.is_some_and(|parts| parts.token == TokenUse::None);
            self.expect(is_of_app, format!("{} goes without a shop's token", capability.as_str()));
        }
        for capability in [Capability::ListCampaigns, Capability::ListCoupons]
            .into_iter()
            .chain(OF_APPS)
            .filter(|capability| claims(*capability))
        {
            let word = capability.as_str();
            let [first, second] = [0, 1].map(|page| market_params(adapter, capability, page, PLACEMENT));
            let pages = capability != Capability::CreateLinks;
            let differ = matches!((&first, &second), (Ok(first), Ok(second)) if first != second);
            self.expect(!pages || differ, format!("{word} asks for two pages differently"));
            let mut sent = [first, market_params(adapter, capability, 0, None)].into_iter().flatten();
            let is_blank =
                |params: String| serde_json::from_str(&params).map_or(true, |params| holds_blank(&params));
            self.expect(!sent.any(is_blank), format!("{word} sends nothing blank"));
        }
    }

    /// A promotion is begun once, added to, and committed by one call that is the last; each goes out once by itself and
    /// is guarded against calls by hand, and what follows the first names what it began.
    fn campaigns(&mut self) {
        let adapter = self.adapter;
        if !adapter.capabilities().contains(&Capability::CreateCampaigns) {
            return;
        }
        let (draft, id) = (campaign(), "700100200");
        let prices = shop_prices(&draft);
        let work = |answered| CampaignWork {
            draft: &draft,
            prices: &prices,
            id: (answered > 0).then_some(id),
            answered,
        };
        let (mut taken, mut commits) = (0, 0);
        for answered in 0..20 {
            let (parts, is_last) = match adapter.campaign_call(&work(answered)) {
                Ok(CampaignCall::Begin(call)) => (call.parts, false),
                Ok(CampaignCall::Add { call, parts }) => {
                    taken += parts;
                    (call.parts, false)
                }
                Ok(CampaignCall::Commit(call)) => (call.parts, true),
                Err(error) => return self.expect(false, format!("a promotion's call {answered}: {error}")),
            };
            self.expect(parts.repeat == Repeat::Never, "no call of a promotion is repeated by itself");
            let guarded = adapter.typed_write(&parts.api).is_some();
            self.expect(guarded, format!("{} is not called by hand", parts.api));
            let named = answered == 0 || parts.params.contains(id);
            self.expect(named, format!("{} names the promotion", parts.api));
            if is_last {
                commits = 1;
                break;
            }
        }
        self.expect(commits == 1, "a promotion is committed in the end");
        self.expect(taken == draft.skus.len(), "all SKUs of a promotion are handed over");
        let wanted =
            Wanted::Campaign {
                name: "秋季".into(), from: draft.from, to: draft.to, fingerprint: "f".into()
            };
        let resumes = adapter.write_class(&wanted) == WriteClass::Resume;
        self.expect(resumes, "a promotion goes on where it stopped");
        let nameless = CampaignDraft { name: " ".into(), ..draft.clone() };
        self.expect(refuses(adapter.check_campaign(&nameless, NOW)), "a promotion wants a name");
    }

    fn blank_ids(&mut self) {
        let adapter = self.adapter;
        let asked = [
            (Capability::ConnectTool, refuses(adapter.exchange_code(" "))),
            (Capability::ConnectSelfUse, refuses(adapter.self_grant(""))),
            (Capability::GetOrder, refuses(adapter.get_order(""))),
            (Capability::GetProduct, refuses(adapter.get_product(""))),
            (Capability::ListSkus, refuses(adapter.list_skus(" "))),
            (Capability::SetOnline, refuses(write(adapter, &online(" ", true)))),
            (Capability::SetPrice, refuses(write(adapter, &price("", 1)))),
            (Capability::SetPrice, refuses(write(adapter, &price(SKU, -1)))),
            (Capability::SetStock, refuses(write(adapter, &stock("", 1)))),
            (Capability::SetStock, refuses(write(adapter, &stock(PRODUCT, -1)))),
            (Capability::ShipOrder, refuses(write(adapter, &ship(" ")))),
            (Capability::CreateLinks, refuses(adapter.create_link(&link_wish(" ")))),
            (Capability::SearchGoods, refuses(adapter.search_goods(&goods_query(" ", 0)))),
        ];
        for (capability, refused) in asked {
            let claimed = adapter.capabilities().contains(&capability);
            self.expect(!claimed || refused, format!("{} wants an id", capability.as_str()));
        }
    }
}

fn refuses<T>(outcome: Result<T>) -> bool {
    outcome.err().is_some_and(|error| error.kind() == ErrorKind::InvalidRequest)
}

fn holds_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().any(holds_blank),
        Value::Object(members) => members.values().any(holds_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::model::{AppField, PlatformId};
    use crate::platform::{Method, Quota, SignedRequest, TokenSet, adapters};

    #[test]
    fn every_adapter_keeps_the_rules() {
        for adapter in adapters() {
            assert_eq!(breaches(adapter), Vec::<String>::new(), "{}", adapter.id());
        }
    }

    /// Does wrong whatever can be done wrong.
    struct Careless;

    impl Platform for Careless {
        fn id(&self) -> PlatformId {
            PlatformId::Doudian
        }
        fn name(&self) -> &'static str {
            ""
        }
        fn capabilities(&self) -> &'static [Capability] {
            &[
                Capability::ListOrders,
                Capability::ListOrders,
                Capability::ListSkus,
                Capability::RefreshGrant,
                Capability::SearchGoods,
            ]
        }
        fn token_base(&self) -> Option<&'static str> {
            Some("http://token.example")
        }
        fn refresh_grant(&self, _: &Secret<String>) -> Result<ApiCall<TokenSet>> {
            let parts = CallParts::new("token.refresh", "{}", Repeat::Never, TokenUse::None);
            let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
            Ok(ApiCall { parts, decode })
        }
        fn app_token(&self) -> Result<ApiCall<crate::platform::AppToken>> {
            let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
            Ok(ApiCall { parts: parts("app.token", "{}".to_owned()), decode })
        }
        fn renew_refresh_token(&self, _: &Secret<String>) -> Result<ApiCall<crate::platform::RenewedToken>> {
            let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
            Ok(ApiCall { parts: parts("token.renew", "{}".to_owned()), decode })
        }
        fn app_fields(&self) -> &'static [AppField] {
            &[]
        }
        fn api_base(&self) -> &'static str {
            "http://api.example/"
        }
        fn hosts(&self) -> &'static [&'static str] {
            &[]
        }
        fn quota(&self) -> Quota {
            Quota { app_per_second: 0, shop_per_second: 1, in_flight: 1 }
        }
        fn sign(
            &self,
            parts: &CallParts,
            credentials: &Credentials,
            _: Option<&Secret<String>>,
            _: UtcMillis,
        ) -> Result<SignedRequest> {
            let url = format!("http://other.example/?secret={}", credentials.app_secret.expose());
            let body = parts.params.clone().into();
            Ok(SignedRequest { method: Method::Post, url: url.into(), headers: Vec::new(), body })
        }
        fn read(&self, _: &str, _: &[u8]) -> Reading {
            Reading::Success { request_id: None }
        }
        fn list_skus(
            &self,
            id: &str,
        ) -> Result<ApiCall<Vec<crate::platform::Parsed<crate::model::SkuRecord>>>> {
            let params = format!("{{\"product_id\":\"{id}\",\"page\":null}}");
            Ok(ApiCall { parts: parts("sku.list", params), decode: |_| Ok(Vec::new()) })
        }
        fn search_goods(
            &self,
            query: &GoodsQuery<'_>,
        ) -> Result<ApiCall<crate::platform::MarketPage<crate::model::LinkGoods>>> {
            let params = format!("{{\"q\":\"{}\",\"pid\":\"\"}}", query.keyword);
            let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
            Ok(ApiCall { parts: parts("goods.search", params), decode })
        }
        fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
            let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
            Ok(ApiCall { parts: parts(api, params.to_owned()), decode })
        }
    }

    fn parts(api: &str, params: String) -> CallParts {
        CallParts { api: api.to_owned(), ..CallParts::shop_read("g", params) }
    }

    #[test]
    fn a_careless_adapter_is_told_what_it_breaks() {
        let found = breaches(&Careless).join("\n");
        for rule in [
            "it has a name",
            "its base is https",
            "its base ends without a slash",
            "the host of its base is allowed",
            "it says what an app needs",
            "its quota lets calls through",
            "no capability is claimed twice",
            "any method can be called",
            "orders.sync is claimed but fails",
            "call is not claimed, so it is UNSUPPORTED",
            "products.skus is signed for its time",
            "products.skus goes to the base",
            "products.skus does not send the secret",
            "products.skus carries the token",
            "products.skus is not signed without its token",
            "products.skus sends no blank parameter",
            "oauth.refresh is made over https",
            "oauth.refresh goes to the token host",
            "oauth.refresh sends the secret in its body only",
            "the app's token is asked for with the secret in the body only",
            "the app's token is asked for without a token",
            "refresh tokens have rules exactly when they are renewed",
            "a refresh token is never renewed twice by itself",
            "orders have rules exactly when they are listed",
            "two pages of orders are asked for differently",
            "\"<html>\" is not its answer",
            "\"a.b/../c\" is no method",
            "\"[]\" are no parameters",
            "an unknown method is not repeated",
            "products.skus wants an id",
            "links.search says how it is listed exactly when it is",
            "links.search goes without a shop's token",
            "links.search asks for two pages differently",
            "links.search sends nothing blank",
            "links.search wants an id",
        ] {
            assert!(found.contains(rule), "not found: {rule}\nin:\n{found}");
        }
    }
}
