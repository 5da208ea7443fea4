//! Promotions and coupons of a shop, and the calls of 淘宝客 promoters, which carry no session (5.9).

use std::time::Duration;

use serde_json::{Value, json};

use super::convert;
use super::query::bounds;
use crate::error::{Error, Result};
use crate::model::{Campaign, Coupon, LinkGoods, LinkOrder, PromotionLink};
use crate::platform::ask::{given, number, page_size};
use crate::platform::{
    ApiCall, Capability, GoodsQuery, LinkOrderQuery, LinkWish, ListShape, MarketPage, PageOrder, Turn,
    WindowRules,
};

/// Spend-and-save for single products, for the whole shop, and discounts of single products (5.9).
pub(super) const CAMPAIGNS: ListShape = ListShape { sections: 3, page_size: 50 };
/// No largest page is stated: this is the default.
pub(super) const COUPONS: ListShape = ListShape { sections: 1, page_size: 20 };
pub(super) const GOODS: ListShape = ListShape { sections: 1, page_size: 100 };
/// Three hours at the most, less the seconds that both ends are widened by. In big sales the platform takes 20
/// minutes only (5.9); its refusal says so.
const WINDOW: Duration = Duration::from_secs(3 * 3_600 - 10);

/// Pages follow each other by an index of the platform's that stays where it is while rows move (5.9).
pub(super) const LINK_ORDERS: WindowRules = WindowRules::exact(PageOrder::Ascending, 100, WINDOW);

/// The platform can (5.9); its calls are not built in.
const NOT_BUILT: &str = "its calls are not built in: hub.call makes one by taobao.promotionmisc.mjs.activity.add or \
                         taobao.promotionmisc.item.activity.add";

pub(super) fn why_not(capability: Capability) -> Option<&'static str> {
    (capability == Capability::CreateCampaigns).then_some(NOT_BUILT)
}

/// `query_type`: by the time of change. The reference of the method tells the four apart.
const BY_CHANGE: u8 = 4;
/// `jump_type`: to the next page.
const NEXT: u8 = 1;

pub(super) fn campaigns(turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Campaign>>> {
    let mut params = json!({
        "page_no": turn.page.saturating_add(1),
        "page_size": page_size(turn.size, CAMPAIGNS.page_size)?,
    });
    match turn.section {
        0 | 1 => {
            params["activity_type"] = Value::from(turn.section + 1);
            Ok(ApiCall::shop_read(
                "taobao.promotionmisc.mjs.activity.list.get",
                &params,
                convert::mjs_activities,
            ))
        }
        2 => Ok(ApiCall::shop_read(
            "taobao.promotionmisc.item.activity.list.get",
            &params,
            convert::item_activities,
        )),
        _ => Err(Error::invalid("promotions have the sections 0 to 2")),
    }
}

pub(super) fn coupons(turn: &Turn<'_>) -> Result<ApiCall<MarketPage<Coupon>>> {
    let params = json!({
        "page_no": turn.page.saturating_add(1),
        "page_size": page_size(turn.size, COUPONS.page_size)?,
    });
    Ok(ApiCall::shop_read("taobao.promotion.coupons.get", &params, convert::coupons))
}

/// A 淘口令 for an address of the search, which names the ad zone already.
pub(super) fn link(wish: &LinkWish<'_>) -> Result<ApiCall<PromotionLink>> {
    let url = given(wish.target, "the target (an address that the search gave)")?;
    if !url.starts_with("https://") {
        return Err(Error::invalid("the target must be an address that the search gave"));
    }
    Ok(ApiCall::app_read("taobao.tbk.tpwd.create", &json!({ "url": url }), convert::password))
}

pub(super) fn goods(query: &GoodsQuery<'_>) -> Result<ApiCall<MarketPage<LinkGoods>>> {
    let params = json!({
        "adzone_id": zone(query.placement)?,
        "q": given(query.keyword, "the keyword")?,
        "page_no": query.turn.page.saturating_add(1),
        "page_size": page_size(query.turn.size, GOODS.page_size)?,
    });
    Ok(ApiCall::app_read("taobao.tbk.dg.material.optional", &params, convert::materials))
}

/// The ad zone's number, by itself or as the end of a whole `mm_…_…_…`. Without one the search is for no one's
/// links; a blank one would be refused by the platform.
fn zone(placement: Option<&str>) -> Result<u64> {
    number(zone_text(placement.unwrap_or_default()), "the placement (an adzone_id)")
}

pub(super) fn zone_text(placement: &str) -> &str {
    placement.rsplit('_').next().unwrap_or_default()
}

pub(super) fn link_orders(query: &LinkOrderQuery<'_>) -> Result<ApiCall<MarketPage<LinkOrder>>> {
    let (start, end) = bounds(query.from, query.to)?;
    let mut params = json!({
        "query_type": BY_CHANGE,
        "start_time": start,
        "end_time": end,
        "page_no": query.turn.page.saturating_add(1),
        "page_size": page_size(query.turn.size, LINK_ORDERS.page_size)?,
    });
    if let Some(index) = query.turn.cursor {
        params["position_index"] = Value::from(given(index, "the position_index")?);
        params["jump_type"] = NEXT.into();
    }
    Ok(ApiCall::app_read("taobao.tbk.order.details.get", &params, convert::link_orders))
}
