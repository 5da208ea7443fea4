//! Promotions, coupons and promotion links (5.9). Coupons of a shop are fen, what promoters see is yuan as text.

use super::super::wire::{self, Activity, CouponItem, Material, PublisherOrder, Tpwd};
use super::extra;
use crate::model::{
    Campaign, CampaignStatus, Coupon, Fen, GoodsCoupon, LinkGoods, LinkOrder, LinkOrderStatus, PromotionLink,
    UtcMillis,
};
use crate::platform::lenient::{Field, Members, record, text};
use crate::platform::{DecodeError, MarketPage, Parsed};

/// Reads a page of `taobao.promotionmisc.mjs.activity.list.get`.
pub(in crate::platform::taobao) fn mjs_activities(body: &[u8]) -> Result<MarketPage<Campaign>, DecodeError> {
    page(&wire::members(body)?, ("mjs_promotion_list", "mjs_promotion", "total_count"), |raw| {
        record::<Activity<'_>, _>(raw, "activity_id", |wire| activity(wire, "mjs"))
    })
}

/// Reads a page of `taobao.promotionmisc.item.activity.list.get`.
pub(in crate::platform::taobao) fn item_activities(body: &[u8]) -> Result<MarketPage<Campaign>, DecodeError> {
    page(&wire::members(body)?, ("item_promotion_list", "item_promotion", "total_count"), |raw| {
        record::<Activity<'_>, _>(raw, "activity_id", |wire| activity(wire, "item"))
    })
}

/// The lists give the main facts of an activity and no status: its times tell.
fn activity(wire: &Activity<'_>, kind: &str) -> Result<Campaign, DecodeError> {
    Ok(Campaign {
        platform_campaign_id: wire.activity_id.id()?.ok_or_else(|| wire.activity_id.wrong("an id"))?,
        name: wire.name.text()?.unwrap_or_default(),
        kind: kind.to_owned(),
        status: CampaignStatus::Unknown,
        platform_status: String::new(),
        from: wire.start_time.time()?,
        to: wire.end_time.time()?,
        extra: extra(&[
            wire.decrease_amount,
            wire.description,
            wire.discount_rate,
            wire.is_decrease_money,
            wire.is_discount,
            wire.participate_range,
            wire.total_price,
            wire.r#type,
        ]),
    })
}

/// Reads a page of `taobao.promotion.coupons.get`.
pub(in crate::platform::taobao) fn coupons(body: &[u8]) -> Result<MarketPage<Coupon>, DecodeError> {
    page(&wire::members(body)?, ("coupons", "coupon", "total_results"), |raw| {
        record::<CouponItem<'_>, _>(raw, "coupon_id", coupon)
    })
}

/// Amounts of the answer are fen, though those of the question are yuan (5.9).
fn coupon(wire: &CouponItem<'_>) -> Result<Coupon, DecodeError> {
    Ok(Coupon {
        platform_coupon_id: wire.coupon_id.id()?.ok_or_else(|| wire.coupon_id.wrong("a coupon's id"))?,
        name: String::new(),
        face_value: wire.denominations.fen()?.ok_or_else(|| wire.denominations.wrong("whole fen"))?,
        threshold: wire.condition.fen()?.filter(|Fen(fen)| *fen > 0),
        total: None,
        taken: None,
        used: None,
        status: CampaignStatus::Unknown,
        platform_status: String::new(),
        from: None,
        to: wire.end_time.time()?,
        extra: extra(&[wire.creat_time, wire.create_channel]),
    })
}

/// Reads `taobao.tbk.tpwd.create`.
pub(in crate::platform::taobao) fn password(body: &[u8]) -> Result<PromotionLink, DecodeError> {
    let text = text(wire::object(body, "data")?)?;
    let wire = Tpwd::read(&text)?;
    let password = wire.password_simple.or(wire.model);
    Ok(PromotionLink {
        password: Some(password.text()?.ok_or_else(|| wire.model.wrong("a password"))?),
        extra: extra(&[wire.model]),
        ..PromotionLink::default()
    })
}

/// Reads a page of `taobao.tbk.dg.material.optional`.
pub(in crate::platform::taobao) fn materials(body: &[u8]) -> Result<MarketPage<LinkGoods>, DecodeError> {
    page(&wire::members(body)?, ("result_list", "map_data", "total_results"), |raw| {
        record::<Material<'_>, _>(raw, "item_id", material)
    })
}

fn material(wire: &Material<'_>) -> Result<LinkGoods, DecodeError> {
    let target = wire.coupon_share_url.or(wire.url).text()?.map(with_scheme);
    Ok(LinkGoods {
        // Text of the promoter's own, which may hold letters (3.5).
        platform_goods_id: wire.item_id.id()?.ok_or_else(|| wire.item_id.wrong("an item's id"))?,
        target,
        name: wire.title.text()?.unwrap_or_default(),
        price: wire.zk_final_price.yuan()?,
        // Hundredths of a percent (5.9).
        commission_bp: wire.commission_rate.int()?,
        coupon: goods_coupon(wire)?,
        image: wire.pict_url.text()?.map(with_scheme),
        extra: extra(&[
            wire.coupon_id,
            wire.coupon_info,
            wire.coupon_remain_count,
            wire.coupon_total_count,
            wire.reserve_price,
            wire.seller_id,
            wire.shop_title,
            wire.user_type,
            wire.volume,
        ]),
    })
}

fn goods_coupon(wire: &Material<'_>) -> Result<Option<GoodsCoupon>, DecodeError> {
    if wire.coupon_amount.text()?.is_none() {
        return Ok(None);
    }
    let Some(face_value) = wire.coupon_amount.yuan()?.filter(|Fen(fen)| *fen > 0) else {
        return Ok(None);
    };
    let threshold =
        if wire.coupon_start_fee.text()?.is_some() { wire.coupon_start_fee.yuan()? } else { None };
    Ok(Some(GoodsCoupon {
        face_value,
        threshold,
        from: day(wire.coupon_start_time)?,
        to: day(wire.coupon_end_time)?,
    }))
}

/// A time, or the beginning of a day.
fn day(field: Field<'_>) -> Result<Option<UtcMillis>, DecodeError> {
    const DAY: usize = "2026-01-31".len();
    match field.text()? {
        Some(text) if text.len() == DAY => {
            let token = format!("\"{text} 00:00:00\"");
            Field::new(field.name(), &token).time()
        }
        _ => field.time(),
    }
}

/// Addresses come without a scheme.
fn with_scheme(url: String) -> String {
    if url.starts_with("//") { format!("https:{url}") } else { url }
}

/// Reads a page of `taobao.tbk.order.details.get`.
pub(in crate::platform::taobao) fn link_orders(body: &[u8]) -> Result<MarketPage<LinkOrder>, DecodeError> {
    let wrong = || DecodeError::new("data", "an object");
    let data = Members::of(wire::object(body, "data")?).ok_or_else(wrong)?;
    let found = wire::list(&data, "results", "publisher_order_dto")?;
    let more = match data.scalar("has_next").as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => return Err(DecodeError::new("data.has_next", "true or false")),
    };
    let read = |raw| record::<PublisherOrder<'_>, _>(raw, "trade_id", link_order);
    Ok(MarketPage {
        records: found.into_iter().map(read).collect(),
        total: None,
        more: Some(more),
        cursor: data.scalar("position_index").filter(|index| !index.is_empty()),
    })
}

fn link_order(wire: &PublisherOrder<'_>) -> Result<LinkOrder, DecodeError> {
    let platform_status = wire.tk_status.text()?.ok_or_else(|| wire.tk_status.wrong("a status"))?;
    let status = link_order_status(&platform_status);
    let is_settled = status == LinkOrderStatus::Settled;
    let pick = |settled: Field<'_>, expected: Field<'_>| {
        let field = if is_settled { settled.or(expected) } else { expected };
        if field.text()?.is_some() { field.yuan() } else { Ok(None) }
    };
    Ok(LinkOrder {
        platform_order_id: wire.trade_id.id()?.ok_or_else(|| wire.trade_id.wrong("an order's number"))?,
        platform_goods_id: wire.item_id.id()?,
        placement: wire.adzone_id.id()?,
        amount: pick(wire.pay_price, wire.alipay_total_price)?,
        commission: pick(wire.pub_share_fee, wire.pub_share_pre_fee)?,
        status,
        platform_status,
        ordered_at: wire.tk_create_time.time()?,
        paid_at: wire.tk_paid_time.time()?,
        settled_at: wire.tk_earning_time.time()?,
        updated_at: wire.modified_time.time()?,
        extra: extra(&[
            wire.click_time,
            wire.item_num,
            wire.item_title,
            wire.refund_tag,
            wire.relation_id,
            wire.special_id,
            wire.tk_total_rate,
            wire.trade_parent_id,
        ]),
    })
}

/// `tk_status` (5.9).
fn link_order_status(status: &str) -> LinkOrderStatus {
    match status {
        "11" => LinkOrderStatus::Unpaid,
        "12" => LinkOrderStatus::Paid,
        "13" => LinkOrderStatus::Closed,
        "14" => LinkOrderStatus::Received,
        "3" => LinkOrderStatus::Settled,
        _ => LinkOrderStatus::Unknown,
    }
}

/// A page: the names of the list, of its items and of the count of the whole.
fn page<T>(
    members: &Members<'_>,
    (outer, inner, total): (&str, &str, &'static str),
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<MarketPage<T>, DecodeError> {
    let count = members.scalar(total).and_then(|count| count.parse().ok());
    let records: Vec<_> = wire::list(members, outer, inner)?.into_iter().map(read).collect();
    if records.is_empty() && count.is_none() {
        return Err(DecodeError::new(total, "a number where there are no records"));
    }
    Ok(MarketPage { records, total: count, more: None, cursor: None })
}
