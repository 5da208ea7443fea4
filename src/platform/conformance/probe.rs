//! The call that each capability makes.

use super::sample::{
    ACCOUNT, CATEGORY, CODE, NOW, PRODUCT, SHOP, SKU, TARGET, TOKEN, VOUCHER_KEY, add_stock,
    authorize_request, campaign, draft, goods_query, known, link_orders, link_wish, look_up, online,
    order_query, post_ref, price, product_query, promotion, sealed, share, ship, shop_prices, stock, turn,
    under_review,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DecryptPurpose, MediaId, Wanted};
use crate::platform::{
    ApiCall, CallParts, CampaignCall, CampaignLookUp, CampaignWork, Capability, DecryptAsk, Decryption,
    Facts, GoodsQuery, LinkWish, PlacedFile, Platform, Post, PostKind, Publication, Step, Upload, Voucher,
    write_call,
};
use crate::secret::Secret;

/// The parts that an operation of this capability gives; `None` when it gives a value instead.
pub(super) fn probe(adapter: &dyn Platform, capability: Capability) -> Result<Option<CallParts>> {
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
pub(super) fn asked<T>(step: Result<Step<T>>) -> Result<Option<CallParts>> {
    match step? {
        Step::Ask(question) => Ok(Some(question.call.parts)),
        Step::Done(_) => Err(Error::internal("it is done without having asked")),
    }
}

/// The first call of a promotion that is created. It can be looked for.
pub(super) fn begun(adapter: &dyn Platform) -> Result<Option<CallParts>> {
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

/// What publishing asks or sends first. That the draft lacks something of the platform's own is fine.
pub(super) fn planned(adapter: &dyn Platform, product: Option<&str>) -> Result<Option<CallParts>> {
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
pub(super) fn posted(adapter: &dyn Platform, kind: PostKind) -> Result<Option<CallParts>> {
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

/// The parameters of a call about promotions.
pub(super) fn market_params(
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

/// The call that opens buyer data, or the one that gives the keys to it.
pub(super) fn decrypt(adapter: &dyn Platform) -> Result<Option<CallParts>> {
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

pub(super) fn write(adapter: &dyn Platform, wanted: &Wanted) -> Result<ApiCall<()>> {
    write_call(adapter, wanted, Some("k-1"), Some(&known()))
}
