//! Promotions, coupons and promotion links (12). Amounts are fen, rates parts of a thousand.

use super::super::wire::{self, Activity, CouponBatch, LinkUrls, MiniApp, PromotedGoods, PromotedOrder};
use crate::model::{
    Campaign, CampaignStatus, Coupon, Fen, GoodsCoupon, LinkGoods, LinkOrder, LinkOrderStatus, PromotionLink,
};
use crate::platform::lenient::{Field, Members, extra, items, record, text};
use crate::platform::{DecodeError, MarketPage, Parsed};

/// Reads a page of `pdd.promotion.limited.discount.list.get`.
pub(in crate::platform::pinduoduo) fn activity_page(
    body: &[u8],
) -> Result<MarketPage<Campaign>, DecodeError> {
    let result = wire::object("pdd.promotion.limited.discount.list.get", body)?;
    page(&result, ("open_goods_activity_list", "record_sum"), |raw| {
        record::<Activity<'_>, _>(raw, "activity_id", activity)
    })
}

fn activity(wire: &Activity<'_>) -> Result<Campaign, DecodeError> {
    let (platform_status, status) = status(wire.status, |status| match status {
        "1" => CampaignStatus::Scheduled,
        "2" => CampaignStatus::Running,
        "3" | "4" | "5" => CampaignStatus::Ended,
        "6" => CampaignStatus::Paused,
        _ => CampaignStatus::Unknown,
    })?;
    Ok(Campaign {
        platform_campaign_id: wire.activity_id.id()?.ok_or_else(|| wire.activity_id.wrong("an id"))?,
        name: wire.activity_name.text()?.unwrap_or_default(),
        kind: wire.activity_type.text()?.ok_or_else(|| wire.activity_type.wrong("a type"))?,
        status,
        platform_status,
        from: wire.start_time.seconds()?,
        to: wire.end_time.seconds()?,
        extra: extra(&[
            wire.end_operation_source,
            wire.goods_id,
            wire.goods_name,
            wire.online_quantity,
            wire.price_info,
        ]),
    })
}

/// Reads a page of `pdd.promotion.goods.coupon.list.get`.
pub(in crate::platform::pinduoduo) fn goods_coupons(body: &[u8]) -> Result<MarketPage<Coupon>, DecodeError> {
    coupons("pdd.promotion.goods.coupon.list.get", body)
}

/// Reads a page of `pdd.promotion.merchant.coupon.list.get`.
pub(in crate::platform::pinduoduo) fn shop_coupons(body: &[u8]) -> Result<MarketPage<Coupon>, DecodeError> {
    coupons("pdd.promotion.merchant.coupon.list.get", body)
}

fn coupons(api: &str, body: &[u8]) -> Result<MarketPage<Coupon>, DecodeError> {
    let result = wire::object(api, body)?;
    page(&result, ("coupon_batch_list", "total_size"), |raw| record::<CouponBatch<'_>, _>(raw, "id", coupon))
}

fn coupon(wire: &CouponBatch<'_>) -> Result<Coupon, DecodeError> {
    let (platform_status, status) = status(wire.status, |status| match status {
        "1" => CampaignStatus::Running,
        "2" => CampaignStatus::UsedUp,
        "3" => CampaignStatus::Ended,
        "4" => CampaignStatus::Paused,
        _ => CampaignStatus::Unknown,
    })?;
    let (total, left) = (wire.init_quantity.int()?, wire.remain_quantity.int()?);
    Ok(Coupon {
        platform_coupon_id: wire.id.id()?.ok_or_else(|| wire.id.wrong("a batch's id"))?,
        name: wire.batch_name.or(wire.batch_desc).text()?.unwrap_or_default(),
        face_value: wire.discount_param.fen()?.ok_or_else(|| wire.discount_param.wrong("whole fen"))?,
        threshold: wire.min_order_amount.fen()?,
        total,
        taken: total.zip(left).and_then(|(total, left)| total.checked_sub(left)),
        used: wire.used_quantity.int()?,
        status,
        platform_status,
        // Milliseconds, as nowhere else in section 12 (19).
        from: wire.batch_start_time.millis()?,
        to: wire.batch_end_time.millis()?,
        extra: extra(&[
            wire.discount_type,
            wire.goods_id,
            wire.goods_name,
            wire.r#type,
            wire.rules,
            wire.source_type,
            wire.user_limit,
        ]),
    })
}

/// Reads `pdd.ddk.goods.promotion.url.generate`.
pub(in crate::platform::pinduoduo) fn link(body: &[u8]) -> Result<PromotionLink, DecodeError> {
    let name = "goods_promotion_url_list";
    let result = wire::object("pdd.ddk.goods.promotion.url.generate", body)?;
    let links = result.get(name).and_then(items).unwrap_or_default();
    let first = links.first().ok_or_else(|| DecodeError::new(name, "an array with one link"))?;
    let text = text(first)?;
    let wire = LinkUrls::read(&text)?;
    let mini_app = wire.we_app_info.inside(mini_app)?;
    let (mini_app_id, mini_app_path) = mini_app.unwrap_or_default();
    Ok(PromotionLink {
        url: wire.url.text()?,
        short_url: wire.short_url.text()?,
        // The one with a scheme of the app's own only comes when it is asked for; the other opens the app too.
        app_url: wire.schema_url.or(wire.mobile_url).text()?,
        mini_app_id,
        mini_app_path,
        password: None,
        extra: extra(&[wire.mobile_short_url, wire.we_app_web_view_short_url, wire.we_app_web_view_url]),
    })
}

fn mini_app(text: &str) -> Result<(Option<String>, Option<String>), DecodeError> {
    let wire = MiniApp::read(text)?;
    Ok((wire.app_id.text()?, wire.page_path.text()?))
}

/// Reads a page of `pdd.ddk.goods.search`.
pub(in crate::platform::pinduoduo) fn goods_page(body: &[u8]) -> Result<MarketPage<LinkGoods>, DecodeError> {
    let result = wire::object("pdd.ddk.goods.search", body)?;
    let found = page(&result, ("goods_list", "total_count"), |raw| {
        record::<PromotedGoods<'_>, _>(raw, "goods_sign", goods)
    })?;
    Ok(MarketPage { cursor: result.scalar("list_id").filter(|id| !id.is_empty()), ..found })
}

fn goods(wire: &PromotedGoods<'_>) -> Result<LinkGoods, DecodeError> {
    let sign = wire.goods_sign.text()?.ok_or_else(|| wire.goods_sign.wrong("a goods_sign"))?;
    Ok(LinkGoods {
        platform_goods_id: sign.clone(),
        target: Some(sign),
        name: wire.goods_name.text()?.unwrap_or_default(),
        price: wire.min_group_price.fen()?,
        commission_bp: wire.promotion_rate.int()?.and_then(|rate| rate.checked_mul(10)),
        coupon: goods_coupon(wire)?,
        image: wire.goods_image_url.or(wire.goods_thumbnail_url).text()?,
        extra: extra(&[
            wire.coupon_remain_quantity,
            wire.coupon_total_quantity,
            wire.goods_id,
            wire.mall_id,
            wire.mall_name,
            wire.min_normal_price,
            wire.sales_tip,
            wire.search_id,
        ]),
    })
}

/// Goods without a coupon have zeros in its fields.
fn goods_coupon(wire: &PromotedGoods<'_>) -> Result<Option<GoodsCoupon>, DecodeError> {
    let face_value = wire.coupon_discount.fen()?.filter(|Fen(fen)| *fen > 0);
    let Some(face_value) = face_value.filter(|_| !matches!(wire.has_coupon.flag(), Ok(Some(false)))) else {
        return Ok(None);
    };
    Ok(Some(GoodsCoupon {
        face_value,
        threshold: wire.coupon_min_order_amount.fen()?,
        from: wire.coupon_start_time.seconds()?,
        to: wire.coupon_end_time.seconds()?,
    }))
}

/// Reads a page of `pdd.ddk.order.list.increment.get`.
pub(in crate::platform::pinduoduo) fn link_order_page(
    body: &[u8],
) -> Result<MarketPage<LinkOrder>, DecodeError> {
    let result = wire::object("pdd.ddk.order.list.increment.get", body)?;
    page(&result, ("order_list", "total_count"), |raw| {
        record::<PromotedOrder<'_>, _>(raw, "order_sn", link_order)
    })
}

fn link_order(wire: &PromotedOrder<'_>) -> Result<LinkOrder, DecodeError> {
    let platform_status = wire.order_status.text()?.ok_or_else(|| wire.order_status.wrong("a status"))?;
    Ok(LinkOrder {
        platform_order_id: wire.order_sn.id()?.ok_or_else(|| wire.order_sn.wrong("an order's number"))?,
        platform_goods_id: wire.goods_sign.or(wire.goods_id).text()?,
        placement: wire.p_id.text()?,
        amount: wire.order_amount.fen()?,
        commission: wire.promotion_amount.fen()?,
        status: link_order_status(&platform_status),
        platform_status,
        ordered_at: wire.order_create_time.seconds()?,
        paid_at: wire.order_pay_time.seconds()?,
        settled_at: wire.order_settle_time.seconds()?,
        updated_at: wire.order_modify_at.seconds()?,
        extra: extra(&[
            wire.custom_parameters,
            wire.fail_reason,
            wire.goods_id,
            wire.goods_name,
            wire.goods_price,
            wire.goods_quantity,
            wire.order_receive_time,
            wire.order_status_desc,
            wire.order_verify_time,
            wire.promotion_rate,
        ]),
    })
}

/// Promotion order status (12.2).
fn link_order_status(status: &str) -> LinkOrderStatus {
    match status {
        "0" | "1" => LinkOrderStatus::Paid,
        "2" => LinkOrderStatus::Received,
        "3" => LinkOrderStatus::Approved,
        "4" | "10" => LinkOrderStatus::Refused,
        "5" => LinkOrderStatus::Settled,
        _ => LinkOrderStatus::Unknown,
    }
}

/// A status as it came, and what it is; one that is missing is unknown.
fn status(
    field: Field<'_>,
    known: impl Fn(&str) -> CampaignStatus,
) -> Result<(String, CampaignStatus), DecodeError> {
    let value = field.text()?.unwrap_or_default();
    let status = known(&value);
    Ok((value, status))
}

/// A page: `rows` and `total` are the names of the array and of the count of the whole. Without rows the array
/// may be missing where the count is there.
fn page<T>(
    result: &Members<'_>,
    (rows, total): (&'static str, &'static str),
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<MarketPage<T>, DecodeError> {
    let total = result.scalar(total).and_then(|total| total.parse().ok());
    let wrong = || DecodeError::new(rows, "an array of at most 10000 records");
    let records = match result.get(rows) {
        Some(list) => items(list).ok_or_else(wrong)?,
        None if total.is_some() => Vec::new(),
        None => return Err(wrong()),
    };
    Ok(MarketPage { records: records.into_iter().map(read).collect(), total, more: None, cursor: None })
}
