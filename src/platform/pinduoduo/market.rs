//! Promotions and coupons of a shop (12.1), and the calls of promoters (12.2), which go by the client_id alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::convert;
use crate::error::{Error, Result};
use crate::model::{Campaign, Coupon, LinkGoods, LinkOrder, PromotionLink};
use crate::platform::ask::{given, page_size, seconds_around};
use crate::platform::{
    ApiCall, Capability, GoodsQuery, LinkOrderQuery, LinkWish, ListShape, MarketPage, PageOrder, Turn,
    WindowRules,
};

/// No largest page is stated for promotions (12.1): a careful one above the default of 10.
pub(super) const CAMPAIGNS: ListShape = ListShape { sections: 1, page_size: 50 };
/// Those of single products, then those of the shop (12.1).
pub(super) const COUPONS: ListShape = ListShape { sections: 2, page_size: 100 };
pub(super) const GOODS: ListShape = ListShape { sections: 1, page_size: 100 };
/// Pages of orders hold no fewer (18).
const FEWEST_ORDERS: u32 = 10;
/// A day at the most (18), less the whole seconds that both ends are widened to.
const WINDOW: Duration = Duration::from_secs(24 * 3_600 - 2);
/// How far back they are shown (18), less a margin for the time of the call.
const SHOWN: Duration = Duration::from_secs(90 * 86_400 - 60);

/// The platform can (12.1); its call is not built in.
const NOT_BUILT: &str =
    "its call is not built in: hub.call makes one by pdd.promotion.limited.activity.create";

pub(super) fn why_not(capability: Capability) -> Option<&'static str> {
    (capability == Capability::CreateCampaigns).then_some(NOT_BUILT)
}

/// Rows leave the window while it is paged, so that the platform wants it read backwards (12.2).
pub(super) const LINK_ORDERS: WindowRules =
    WindowRules { history: Some(SHOWN), ..WindowRules::exact(PageOrder::LastPageFirst, 50, WINDOW) };

pub(super) fn campaigns(turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Campaign>>> {
    let params = json!({
        // Of limited time and of limited quantity, and each state (12.1).
        "activity_types": [12, 3],
        "status_list": [1, 2, 3, 4, 5, 6],
        "page_no": turn.page.saturating_add(1),
        "page_size": page_size(turn.size, CAMPAIGNS.page_size)?,
    });
    Ok(ApiCall::shop_read("pdd.promotion.limited.discount.list.get", &params, convert::activity_page))
}

pub(super) fn coupons(turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Coupon>>> {
    let params = json!({
        "page": turn.page.saturating_add(1),
        "page_size": page_size(turn.size, COUPONS.page_size)?,
    });
    match turn.section {
        0 => Ok(ApiCall::shop_read("pdd.promotion.goods.coupon.list.get", &params, convert::goods_coupons)),
        1 => Ok(ApiCall::shop_read("pdd.promotion.merchant.coupon.list.get", &params, convert::shop_coupons)),
        _ => Err(Error::invalid("coupons have the sections 0 and 1")),
    }
}

/// Links are a product of the parameters, so that one made twice does no harm.
pub(super) fn link(wish: &LinkWish<'_>) -> Result<ApiCall<PromotionLink>> {
    let params = json!({
        "p_id": given(wish.placement.unwrap_or_default(), "the placement (a p_id)")?,
        "goods_sign_list": [given(wish.target, "the target (a goods_sign)")?],
        "generate_short_url": true,
        "generate_we_app": true,
    });
    Ok(ApiCall::app_read("pdd.ddk.goods.promotion.url.generate", &params, convert::link))
}

pub(super) fn goods(query: &GoodsQuery<'_>) -> Result<ApiCall<MarketPage<LinkGoods>>> {
    let mut params = json!({
        "keyword": given(query.keyword, "the keyword")?,
        "page": query.turn.page.saturating_add(1),
        "page_size": page_size(query.turn.size, GOODS.page_size)?,
    });
    let options = [("pid", query.placement), ("list_id", query.turn.cursor)];
    for (name, value) in options {
        if let Some(value) = value {
            params[name] = Value::from(given(value, name)?);
        }
    }
    Ok(ApiCall::app_read("pdd.ddk.goods.search", &params, convert::goods_page))
}

pub(super) fn link_orders(query: &LinkOrderQuery<'_>) -> Result<ApiCall<MarketPage<LinkOrder>>> {
    let (start, end) = seconds_around(query.from, query.to)?;
    let size = page_size(query.turn.size, LINK_ORDERS.page_size)?;
    if size < FEWEST_ORDERS {
        return Err(Error::invalid(format!("a page of orders holds at least {FEWEST_ORDERS}")));
    }
    let params = json!({
        "start_update_time": start,
        "end_update_time": end,
        "page": query.turn.page.saturating_add(1),
        "page_size": size,
        "return_count": true,
    });
    Ok(ApiCall::app_read("pdd.ddk.order.list.increment.get", &params, convert::link_order_page))
}
