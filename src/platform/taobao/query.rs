//! What is asked to read orders, refunds and products, and by which rules (5.2, 5.5 to 5.8).

use std::time::Duration;

use serde_json::json;

use super::convert;
use crate::error::{Error, Result};
use crate::model::{Category, ProductRecord, RefundRecord, SkuRecord, UtcMillis};
use crate::platform::ask::{number, wall_clock};
use crate::platform::{
    ApiCall, ListPage, OrderQuery, PageOrder, Parsed, Place, ProductDetail, ProductQuery, RemoteOrder,
    WindowRules,
};

/// How long a change may stay invisible; see `docs.md`.
const LAG: Duration = Duration::from_secs(3 * 60);
/// A day (5.5) less what the ends of a window are widened by.
const WINDOW: Duration = Duration::from_secs(24 * 3600 - 60);
/// Trades and refunds a page at the most.
const PAGE_SIZE: u32 = 100;
/// Rows beyond which a window is split. The platform advises half an hour; quiet shops need one call a day this
/// way, and busy ones come down to windows of minutes.
const CROWDED: u64 = 1_000;
/// Three months at their shortest (5.5).
const HISTORY: Duration = Duration::from_secs(89 * 24 * 3600);
/// Products a page at the most.
const PRODUCT_PAGE: u32 = 200;
/// Products that one question shows: pages times size (5.2).
const PRODUCT_DEPTH: u64 = 20_000;

/// Newest change first, so that pages are read from the last one (5.5).
pub(super) const ORDERS: WindowRules = WindowRules {
    order: PageOrder::LastPageFirst,
    page_size: PAGE_SIZE,
    max_records: Some(CROWDED),
    max_window: WINDOW,
    lag: LAG,
    overlap: Duration::from_secs(2 * LAG.as_secs()),
    sections: 1,
    history: Some(HISTORY),
};

/// No widest window and no order are stated for refunds: those of trades are safe for both.
pub(super) const REFUNDS: WindowRules = WindowRules { history: None, ..ORDERS };

/// On sale, and three parts of those in stock, which only together are everything (5.2). No widest window is
/// stated, and windows that are too full are split.
pub(super) const PRODUCTS: WindowRules = WindowRules {
    page_size: PRODUCT_PAGE,
    max_records: Some(PRODUCT_DEPTH),
    max_window: Duration::from_secs(50 * 365 * 24 * 3600),
    sections: 4,
    history: None,
    ..ORDERS
};

/// Every type of trade that is documented: only some are shown unless they are asked for (5.5), and for refunds
/// even fewer (5.8). The names beyond those of the fact sheet stand in the reference of the list calls.
pub(super) const TYPES: &str = "guarantee_trade,auto_delivery,ec,cod,step,fixed,auction,eticket,tmall_i18n,\
    pre_auth_type,o2o_offlinetrade,nopaid,independent_simple_trade,independent_shop_trade,game_equipment,\
    shopex_trade,netcn_trade,external_trade,instant_trade,b2c_cod,hotel_trade,super_market_trade,\
    super_market_cod_trade,taohua,waimai,insurance_plus,finance";

/// What a list of trades needs to say: the rest is read trade by trade.
const LISTED_TRADE: &str = "tid,type,status,created,modified";
/// The `oaid` is only given beside the other parts of the receiver and `created` (5.7).
const TRADE: &str = "tid,type,status,created,modified,pay_time,consign_time,end_time,timeout_action_time,payment,\
    total_fee,discount_fee,post_fee,buyer_message,buyer_open_uid,seller_memo,seller_flag,step_trade_status,\
    receiver_name,receiver_mobile,receiver_phone,receiver_state,receiver_city,receiver_district,receiver_town,\
    receiver_address,oaid,orders";
const REFUND: &str = "refund_id,tid,oid,status,order_status,good_status,has_good_return,refund_fee,total_fee,payment,\
    reason,desc,refund_phase,refund_version,sid,company_name,dispute_type,created,modified";
/// The list calls take no other fields (5.2).
const LISTED_ITEM: &str = "num_iid,title,type,cid,seller_cids,pic_url,num,price,outer_id,approve_status,list_time,\
    delist_time,modified,postage_id";
/// `sku` and `item_img` are the names to ask for; the answer calls them `skus` and `item_imgs` (5.2).
const ITEM: &str = "num_iid,title,type,cid,seller_cids,pic_url,num,price,outer_id,barcode,approve_status,violation,\
    list_time,delist_time,created,modified,postage_id,product_id,desc,sku,item_img";

/// Methods that only read (5). The name is also the group in which they are limited.
/// `taobao.top.oaid.decrypt` is missing: it reads, but each call opens buyer data and is counted.
/// `taobao.tmc.messages.consume` too: it moves messages.
pub(super) const READS: &[&str] = &[
    "alibaba.item.edit.schema.get",
    "alibaba.item.publish.market.get",
    "alibaba.item.publish.props.get",
    "alibaba.item.publish.schema.get",
    "alibaba.video.query",
    "taobao.appip.get",
    "taobao.httpdns.get",
    "taobao.item.seller.get",
    "taobao.item.skus.get",
    "taobao.itemcats.authorize.get",
    "taobao.itemcats.get",
    "taobao.items.custom.get",
    "taobao.items.inventory.get",
    "taobao.items.onsale.get",
    "taobao.items.seller.list.get",
    "taobao.logistics.companies.get",
    "taobao.logistics.trace.search",
    "taobao.media.video.list",
    "taobao.picture.get",
    "taobao.promotion.coupons.get",
    "taobao.promotionmisc.activity.range.list.get",
    "taobao.promotionmisc.item.activity.get",
    "taobao.promotionmisc.item.activity.list.get",
    "taobao.promotionmisc.mjs.activity.get",
    "taobao.promotionmisc.mjs.activity.list.get",
    "taobao.refund.get",
    "taobao.refund.messages.get",
    "taobao.refunds.receive.get",
    "taobao.sellercats.list.get",
    "taobao.shop.seller.get",
    "taobao.tbk.activity.info.get",
    "taobao.tbk.coupon.get",
    "taobao.tbk.dg.material.optional",
    "taobao.tbk.item.info.get",
    "taobao.tbk.order.details.get",
    "taobao.time.get",
    "taobao.tmc.groups.get",
    "taobao.tmc.queue.get",
    "taobao.tmc.user.get",
    "taobao.top.ipout.get",
    "taobao.trade.amount.get",
    "taobao.trade.fullinfo.get",
    "taobao.trade.get",
    "taobao.trades.sold.get",
    "taobao.trades.sold.increment.get",
    "taobao.trades.sold.incrementv.get",
    "taobao.ump.promotion.get",
    "taobao.user.seller.get",
    "tmall.item.add.schema.get",
    "tmall.item.increment.update.schema.get",
    "tmall.item.update.schema.get",
    "tmall.product.match.schema.get",
];

pub(super) fn orders(query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
    let params = changed(query, LISTED_TRADE)?;
    Ok(ApiCall::shop_read("taobao.trades.sold.increment.get", &params, convert::trade_page))
}

pub(super) fn order(id: &str) -> Result<ApiCall<RemoteOrder>> {
    let params = json!({"tid": number(id, "the order's id")?, "fields": TRADE, "include_oaid": true});
    Ok(ApiCall::shop_read("taobao.trade.fullinfo.get", &params, convert::trade_detail))
}

pub(super) fn refunds(query: &OrderQuery) -> Result<ApiCall<ListPage<RefundRecord>>> {
    let params = changed(query, REFUND)?;
    Ok(ApiCall::shop_read("taobao.refunds.receive.get", &params, convert::refund_page))
}

pub(super) fn refund(id: &str) -> Result<ApiCall<RefundRecord>> {
    let params = json!({"refund_id": number(id, "the refund's id")?, "fields": REFUND});
    Ok(ApiCall::shop_read("taobao.refund.get", &params, convert::refund_detail))
}

/// The total is asked for with every page: an empty page against it is not the end (5.5).
fn changed(query: &OrderQuery, fields: &str) -> Result<serde_json::Value> {
    let (start, end) = bounds(query.from, query.to)?;
    Ok(json!({
        "fields": fields,
        "type": TYPES,
        "start_modified": start,
        "end_modified": end,
        "page_no": query.page.saturating_add(1),
        "page_size": size(query.size, PAGE_SIZE)?,
        "use_has_next": false,
    }))
}

pub(super) fn products(query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
    let Place::Page(page) = query.place else {
        return Err(Error::invalid("products are listed by pages"));
    };
    let (page, size) = (page.saturating_add(1), size(query.size, PRODUCT_PAGE)?);
    if u64::from(page) * u64::from(size) > PRODUCT_DEPTH {
        return Err(Error::invalid("pages show 20000 products at the most; use a narrower window"));
    }
    let mut params = json!({
        "fields": LISTED_ITEM,
        "order_by": "modified:desc",
        "page_no": page,
        "page_size": size,
    });
    if let Some((from, to)) = query.updated {
        let (start, end) = bounds(from, to)?;
        params["start_modified"] = start.into();
        params["end_modified"] = end.into();
    }
    let (banner, decode): (_, super::Decode<_>) = match query.section {
        0 => return Ok(ApiCall::shop_read("taobao.items.onsale.get", &params, convert::item_page)),
        1 => ("for_shelved", convert::item_page),
        2 => ("sold_out", convert::sold_out_page),
        3 => ("violation_off_shelf", convert::violation_page),
        _ => return Err(Error::invalid("products have the sections 0 to 3")),
    };
    params["banner"] = banner.into();
    Ok(ApiCall::shop_read("taobao.items.inventory.get", &params, decode))
}

pub(super) fn product(id: &str) -> Result<ApiCall<ProductDetail>> {
    Ok(ApiCall::shop_read("taobao.item.seller.get", &item(id)?, convert::item_detail))
}

/// By the call for the whole product: `taobao.item.skus.get` has nothing to say of a product without SKUs.
pub(super) fn skus(id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
    Ok(ApiCall::shop_read("taobao.item.seller.get", &item(id)?, convert::skus))
}

fn item(id: &str) -> Result<serde_json::Value> {
    Ok(json!({"num_iid": number(id, "the product's id")?, "fields": ITEM}))
}

pub(super) fn categories(parent: Option<&str>) -> Result<ApiCall<Vec<Category>>> {
    let parent = number(parent.unwrap_or("0"), "the category's id")?;
    let params = json!({"parent_cid": parent, "fields": "cid,parent_cid,name,is_parent,status"});
    Ok(ApiCall::shop_read("taobao.itemcats.get", &params, convert::categories))
}

/// Whole seconds around a window, one more at both ends: whether the ends belong to it is not known, and a record
/// twice is harmless, one missed is not.
pub(super) fn bounds(from: UtcMillis, to: UtcMillis) -> Result<(String, String)> {
    if from > to || from.0 < 0 {
        return Err(Error::invalid("a window must start before it ends"));
    }
    let end = to.secs() + i64::from(to.0.rem_euclid(1000) != 0);
    let start = UtcMillis::from_secs((from.secs() - 1).max(0));
    Ok((wall_clock(start)?, wall_clock(UtcMillis::from_secs(end + 1))?))
}

fn size(size: u32, most: u32) -> Result<u32> {
    if (1..=most).contains(&size) {
        Ok(size)
    } else {
        Err(Error::invalid(format!("a page holds 1 to {most} records")))
    }
}
