//! Promotions and coupons of a shop (12), and the calls of promoters in the union, which carry no token (15).

use std::time::Duration;

use serde_json::{Value, json};

use super::{bounds, convert};
use crate::error::{Error, Result};
use crate::model::{Campaign, Coupon, LinkGoods, LinkOrder, PromotionLink};
use crate::platform::ask::{given, number, page_size};
use crate::platform::{
    ApiCall, GoodsQuery, LinkOrderQuery, LinkWish, ListShape, MarketPage, PageOrder, Turn, WindowRules,
};

/// Single item, gift, set and order-total promotions are asked for one type at a time (12).
const TYPES: [u8; 4] = [1, 4, 6, 10];
pub(super) const CAMPAIGNS: ListShape = ListShape { sections: 4, page_size: 20 };
pub(super) const COUPONS: ListShape = ListShape { sections: 1, page_size: 20 };
pub(super) const GOODS: ListShape = ListShape { sections: 1, page_size: 30 };
/// An hour at the most (15), less the whole seconds that both ends are widened to.
const WINDOW: Duration = Duration::from_secs(3_600 - 2);
/// How far back they are shown (15), less a margin for the time of the call.
const SHOWN: Duration = Duration::from_secs(90 * 86_400 - 60);
/// `type` of orders: by the time of change (15).
const BY_CHANGE: u8 = 3;
/// Who asks, which second-generation calls want to know and nothing is done with (12).
pub(super) const CALLER: &str = "127.0.0.1";

/// The answer counts nothing, so that it cannot be read backwards: a page as large as the platform gives makes
/// an hour with more than one rare.
pub(super) const LINK_ORDERS: WindowRules =
    WindowRules { history: Some(SHOWN), ..WindowRules::exact(PageOrder::Ascending, 500, WINDOW) };

pub(super) fn campaigns(turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Campaign>>> {
    let kind = TYPES.get(usize::from(turn.section));
    let kind = kind.ok_or_else(|| Error::invalid("promotions have the sections 0 to 3"))?;
    let params = json!({
        "ip": CALLER,
        "port": "80",
        "request_id": format!("{kind}-{}", turn.page),
        "type": kind,
        "page": (turn.page.saturating_add(1)).to_string(),
        // The platform's own spelling.
        "pageS_size": page_size(turn.size, CAMPAIGNS.page_size)?.to_string(),
    });
    Ok(ApiCall::shop_read("jingdong.seller.promotion.v2.list", &params, convert::promotions))
}

pub(super) fn coupons(turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Coupon>>> {
    let params = json!({
        "ip": CALLER,
        "port": "80",
        "page": turn.page.saturating_add(1),
        "pageSize": page_size(turn.size, COUPONS.page_size)?,
    });
    Ok(ApiCall::shop_read("jingdong.seller.coupon.read.getCouponList", &params, convert::coupons))
}

pub(super) fn link(wish: &LinkWish<'_>) -> Result<ApiCall<PromotionLink>> {
    let mut code = json!({"materialId": given(wish.target, "the target (a material's address)")?});
    let (site, position) = place(wish.placement)?;
    code["siteId"] = site.to_string().into();
    if let Some(position) = position {
        code["positionId"] = position.into();
    }
    let params = json!({"promotionCodeReq": code});
    Ok(ApiCall::app_read("jd.union.open.promotion.common.get", &params, convert::link))
}

/// A site, and a position on it where one is named: `site` or `site_position`.
fn place(placement: Option<&str>) -> Result<(u64, Option<u64>)> {
    let placement = placement.unwrap_or_default();
    let (site, position) = match placement.split_once('_') {
        Some((site, position)) => (site, Some(number(position, "the placement's position")?)),
        None => (placement, None),
    };
    Ok((number(site, "the placement (a siteId)")?, position))
}

pub(super) fn goods(query: &GoodsQuery<'_>) -> Result<ApiCall<MarketPage<LinkGoods>>> {
    let params = json!({"goodsReqDTO": {
        "keyword": given(query.keyword, "the keyword")?,
        "pageIndex": query.turn.page.saturating_add(1),
        "pageSize": page_size(query.turn.size, GOODS.page_size)?,
    }});
    Ok(ApiCall::app_read("jd.union.open.goods.query", &params, convert::goods))
}

pub(super) fn link_orders(query: &LinkOrderQuery<'_>) -> Result<ApiCall<MarketPage<LinkOrder>>> {
    let (start, end) = bounds(query.from, query.to)?;
    let order = json!({
        "pageIndex": query.turn.page.saturating_add(1),
        "pageSize": page_size(query.turn.size, LINK_ORDERS.page_size)?,
        "type": BY_CHANGE,
        "startTime": start,
        "endTime": end,
    });
    let params = Value::from_iter([("orderReq", order)]);
    Ok(ApiCall::app_read("jd.union.open.order.row.query", &params, convert::link_orders))
}
