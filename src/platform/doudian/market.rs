//! Promotions and promotion links: 抖店 has none (2.16).

use crate::platform::Capability;

/// Its list of methods has none for campaigns or coupons of a shop, and none for links; whether newer ones exist is
/// not established.
const NO_PROMOTIONS: &str = "its API has no promotions; an order's promotion amounts show what was taken off";

pub(super) fn why_not(capability: Capability) -> Option<&'static str> {
    let is_promotion = matches!(
        capability,
        Capability::ListCampaigns
            | Capability::CreateCampaigns
            | Capability::ListCoupons
            | Capability::CreateLinks
            | Capability::SearchGoods
            | Capability::ListLinkOrders
    );
    is_promotion.then_some(NO_PROMOTIONS)
}
