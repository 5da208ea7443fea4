//! Promotions and coupons of a shop (12), and what the union answers (15): JSON inside a text, amounts in yuan.

use super::super::fault::UNION_RESULTS;
use super::super::wire::{
    self, Commission, CouponItem, LinkUrls, Price, Promotion, UnionCoupon, UnionGoods, UnionOrder,
};
use super::moment;
use crate::model::{
    Campaign, CampaignStatus, Coupon, Fen, GoodsCoupon, LinkGoods, LinkOrder, LinkOrderStatus, PromotionLink,
};
use crate::platform::lenient::{Field, Members, extra, items, record, text};
use crate::platform::{DecodeError, MarketPage, Parsed};

/// Reads a page of `jingdong.seller.promotion.v2.list`.
pub(in crate::platform::jd) fn promotions(body: &[u8]) -> Result<MarketPage<Campaign>, DecodeError> {
    let answer = wire::object("jingdong.seller.promotion.v2.list", body)?;
    page(&answer, "promotion_list", |raw| record::<Promotion<'_>, _>(raw, "promo_id", promotion))
}

fn promotion(wire: &Promotion<'_>) -> Result<Campaign, DecodeError> {
    let status = wire.promo_status.or(wire.status);
    let platform_status = status.text()?.ok_or_else(|| wire.promo_status.wrong("a status"))?;
    Ok(Campaign {
        platform_campaign_id: wire.promo_id.id()?.ok_or_else(|| wire.promo_id.wrong("a promotion's id"))?,
        name: wire.promo_name.or(wire.name).text()?.unwrap_or_default(),
        kind: wire.promo_type.or(wire.r#type).text()?.ok_or_else(|| wire.promo_type.wrong("a type"))?,
        status: promotion_status(&platform_status),
        platform_status,
        from: moment(wire.begin_time)?,
        to: moment(wire.end_time)?,
        extra: extra(&[wire.bound, wire.comment, wire.favor_mode, wire.member, wire.slogan, wire.src_type]),
    })
}

/// Reads `jingdong.seller.promotion.add`: the id of the draft.
pub(in crate::platform::jd) fn begun(body: &[u8]) -> Result<String, DecodeError> {
    let wrong = || DecodeError::new("promo_id", "a promotion's id");
    let id = wire::object("jingdong.seller.promotion.add", body)?.scalar("promo_id").ok_or_else(wrong)?;
    let is_id = id.bytes().all(|byte| byte.is_ascii_digit()) && id.bytes().any(|byte| byte != b'0');
    if is_id { Ok(id) } else { Err(wrong()) }
}

/// Reads `jingdong.seller.promotion.sku.add`: how many SKUs take part.
pub(in crate::platform::jd) fn skus_taken(body: &[u8]) -> Result<usize, DecodeError> {
    taken("jingdong.seller.promotion.sku.add", body)
}

/// Reads `jingdong.seller.promotion.ordermode.add`: how many rules were taken.
pub(in crate::platform::jd) fn rules_taken(body: &[u8]) -> Result<usize, DecodeError> {
    taken("jingdong.seller.promotion.ordermode.add", body)
}

/// What was taken has an id. Without `ids` nothing was.
fn taken(api: &str, body: &[u8]) -> Result<usize, DecodeError> {
    let wrong = || DecodeError::new("ids", "an array of ids");
    let answer = wire::object(api, body)?;
    answer.get("ids").map_or(Some(0), |ids| items(ids).map(|ids| ids.len())).ok_or_else(wrong)
}

/// Reads `jingdong.seller.promotion.commit`: only its own word that it was done is one.
pub(in crate::platform::jd) fn committed(body: &[u8]) -> Result<(), DecodeError> {
    match wire::object("jingdong.seller.promotion.commit", body)?.scalar("success").as_deref() {
        Some("true") => Ok(()),
        _ => Err(DecodeError::new("success", "true")),
    }
}

/// Status of a promotion (12).
fn promotion_status(status: &str) -> CampaignStatus {
    match status {
        "-1" => CampaignStatus::Draft,
        "0" => CampaignStatus::Ended,
        "1" => CampaignStatus::Refused,
        "2" | "3" => CampaignStatus::UnderReview,
        "4" => CampaignStatus::Scheduled,
        "5" => CampaignStatus::Running,
        "6" | "7" => CampaignStatus::Paused,
        _ => CampaignStatus::Unknown,
    }
}

/// Reads a page of `jingdong.seller.coupon.read.getCouponList`.
pub(in crate::platform::jd) fn coupons(body: &[u8]) -> Result<MarketPage<Coupon>, DecodeError> {
    let answer = wire::object("jingdong.seller.coupon.read.getCouponList", body)?;
    page(&answer, "couponList", |raw| record::<CouponItem<'_>, _>(raw, "couponId", coupon))
}

/// Amounts are yuan (18).
fn coupon(wire: &CouponItem<'_>) -> Result<Coupon, DecodeError> {
    let closed = wire.deleted.flag()?;
    Ok(Coupon {
        platform_coupon_id: wire.couponId.id()?.ok_or_else(|| wire.couponId.wrong("a coupon's id"))?,
        name: wire.name.text()?.unwrap_or_default(),
        face_value: wire.discount.yuan()?.ok_or_else(|| wire.discount.wrong("yuan"))?,
        threshold: wire.quota.yuan()?.filter(|Fen(fen)| *fen > 0),
        total: wire.num.int()?,
        taken: wire.sendNum.int()?,
        used: wire.usedNum.int()?,
        // Whether it was closed is all that is said; the times tell the rest.
        status: if closed == Some(true) { CampaignStatus::Ended } else { CampaignStatus::Unknown },
        platform_status: wire.deleted.text()?.unwrap_or_default(),
        from: wire.beginTime.millis()?,
        to: wire.endTime.millis()?,
        extra: extra(&[
            wire.bindType,
            wire.created,
            wire.days,
            wire.grantType,
            wire.link,
            wire.member,
            wire.takeBeginTime,
            wire.takeEndTime,
            wire.takeNum,
            wire.takeRule,
            wire.r#type,
            wire.validityType,
        ]),
    })
}

/// A page without a count: it is the last one when it is not full. Without rows the array may be missing.
fn page<T>(
    answer: &Members<'_>,
    rows: &'static str,
    read: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<MarketPage<T>, DecodeError> {
    let wrong = || DecodeError::new(rows, "an array of at most 10000 records");
    let records = answer.get(rows).map_or_else(|| Some(Vec::new()), items).ok_or_else(wrong)?;
    Ok(MarketPage { records: records.into_iter().map(read).collect(), total: None, more: None, cursor: None })
}

/// Reads `jd.union.open.promotion.common.get`.
pub(in crate::platform::jd) fn link(body: &[u8]) -> Result<PromotionLink, DecodeError> {
    let result = union_text("jd.union.open.promotion.common.get", body)?;
    let data = members(&result)?.get("data").ok_or_else(|| DecodeError::new("data", "a link"))?;
    let data = text(data)?;
    let wire = LinkUrls::read(&data)?;
    let (url, short_url) = (wire.clickURL.text()?, wire.shortURL.text()?);
    if url.is_none() && short_url.is_none() {
        return Err(wire.clickURL.wrong("an address"));
    }
    Ok(PromotionLink { url, short_url, password: wire.jCommand.text()?, ..PromotionLink::default() })
}

/// Reads a page of `jd.union.open.goods.query`.
pub(in crate::platform::jd) fn goods(body: &[u8]) -> Result<MarketPage<LinkGoods>, DecodeError> {
    let result = union_text("jd.union.open.goods.query", body)?;
    union_page(&result, |raw| record::<UnionGoods<'_>, _>(raw, "skuId", union_goods))
}

fn union_goods(wire: &UnionGoods<'_>) -> Result<LinkGoods, DecodeError> {
    let price = wire.priceInfo.inside(|text| Price::read(text)?.price.yuan())?;
    let rate = wire.commissionInfo.inside(|text| percent(Commission::read(text)?.commissionShare))?;
    Ok(LinkGoods {
        platform_goods_id: wire.skuId.id()?.ok_or_else(|| wire.skuId.wrong("a SKU's id"))?,
        target: wire.materialUrl.text()?.map(with_scheme),
        name: wire.skuName.text()?.unwrap_or_default(),
        price: price.flatten(),
        commission_bp: rate.flatten(),
        coupon: wire.couponInfo.inside(best_coupon)?.flatten(),
        image: wire.imageInfo.inside(first_image)?.flatten(),
        extra: extra(&[
            wire.brandName,
            wire.comments,
            wire.goodCommentsShare,
            wire.inOrderCount30Days,
            wire.owner,
            wire.shopInfo,
            wire.spuid,
        ]),
    })
}

/// A rate in percent with at most two decimals, in basis points: the digits move as those of yuan do.
fn percent(field: Field<'_>) -> Result<Option<i64>, DecodeError> {
    Ok(field.yuan()?.map(|Fen(points)| points))
}

/// The coupon that the platform calls the best, else the first.
fn best_coupon(text: &str) -> Result<Option<GoodsCoupon>, DecodeError> {
    let members = members(text)?;
    let list = members.get("couponList").and_then(items).unwrap_or_default();
    let is_best =
        |raw: &&&[u8]| Members::of(raw).is_some_and(|coupon| coupon.scalar("isBest").as_deref() == Some("1"));
    let Some(raw) = list.iter().find(is_best).or_else(|| list.first()) else {
        return Ok(None);
    };
    let text = crate::platform::lenient::text(raw)?;
    let wire = UnionCoupon::read(&text)?;
    let Some(face_value) = wire.discount.yuan()? else {
        return Ok(None);
    };
    Ok(Some(GoodsCoupon {
        face_value,
        threshold: wire.quota.yuan()?,
        from: wire.useStartTime.or(wire.getStartTime).millis()?,
        to: wire.useEndTime.or(wire.getEndTime).millis()?,
    }))
}

fn first_image(text: &str) -> Result<Option<String>, DecodeError> {
    let list = members(text)?;
    let list = list.get("imageList").and_then(items).unwrap_or_default();
    Ok(list.first().and_then(|raw| Members::of(raw)?.scalar("url")))
}

/// Addresses come without a scheme.
fn with_scheme(url: String) -> String {
    if url.contains("://") { url } else { format!("https://{}", url.trim_start_matches('/')) }
}

/// Reads a page of `jd.union.open.order.row.query`.
pub(in crate::platform::jd) fn link_orders(body: &[u8]) -> Result<MarketPage<LinkOrder>, DecodeError> {
    let result = union_text("jd.union.open.order.row.query", body)?;
    let found = union_page(&result, |raw| record::<UnionOrder<'_>, _>(raw, "id", union_order))?;
    let more = members(&result)?.scalar("hasMore").as_deref() == Some("true");
    Ok(MarketPage { more: Some(more), ..found })
}

/// A site, or a site and a position of it; no position is 0.
fn placement(wire: &UnionOrder<'_>) -> Result<Option<String>, DecodeError> {
    let position = wire.positionId.text()?.filter(|position| position != "0");
    Ok(wire.siteId.text()?.map(|site| match position {
        Some(position) => format!("{site}_{position}"),
        None => site,
    }))
}

/// Each line of an order has a commission of its own; its id is `id` where the union gives one.
fn union_order(wire: &UnionOrder<'_>) -> Result<LinkOrder, DecodeError> {
    let platform_status = wire.validCode.text()?.ok_or_else(|| wire.validCode.wrong("a validCode"))?;
    let status = link_order_status(&platform_status);
    let is_done = status == LinkOrderStatus::Received;
    let pick =
        |done: Field<'_>, expected: Field<'_>| if is_done { done.or(expected) } else { expected }.yuan();
    Ok(LinkOrder {
        platform_order_id: wire
            .id
            .or(wire.orderId)
            .id()?
            .ok_or_else(|| wire.orderId.wrong("an order's number"))?,
        platform_goods_id: wire.skuId.id()?,
        placement: placement(wire)?,
        amount: pick(wire.actualCosPrice, wire.estimateCosPrice)?,
        commission: pick(wire.actualFee, wire.estimateFee)?,
        status,
        platform_status,
        ordered_at: moment(wire.orderTime)?,
        paid_at: None,
        settled_at: None,
        updated_at: moment(wire.modifyTime)?,
        extra: extra(&[
            wire.commissionRate,
            wire.finalRate,
            wire.finishTime,
            wire.orderId,
            wire.payMonth,
            wire.pid,
            wire.price,
            wire.skuName,
            wire.skuNum,
            wire.skuReturnNum,
            wire.subUnionId,
        ]),
    })
}

/// `validCode` (15): values but these are void for one reason or another.
fn link_order_status(code: &str) -> LinkOrderStatus {
    match code {
        "15" => LinkOrderStatus::Unpaid,
        "16" | "24" => LinkOrderStatus::Paid,
        "17" => LinkOrderStatus::Received,
        _ => LinkOrderStatus::Closed,
    }
}

/// The text that holds the union's result, which is JSON again.
fn union_text(api: &str, body: &[u8]) -> Result<String, DecodeError> {
    let answer = wire::object(api, body)?;
    let held = UNION_RESULTS.iter().find_map(|name| answer.scalar(name));
    held.ok_or_else(|| DecodeError::new("queryResult", "JSON as a text"))
}

fn members(text: &str) -> Result<Members<'_>, DecodeError> {
    Members::of_body(text.as_bytes()).ok_or_else(|| DecodeError::new("the result", "an object"))
}

/// A page of the union: nothing found is no `data`, or null.
fn union_page<T>(result: &str, read: impl Fn(&[u8]) -> Parsed<T>) -> Result<MarketPage<T>, DecodeError> {
    let result = members(result)?;
    let total = result.scalar("totalCount").and_then(|total| total.parse().ok());
    Ok(MarketPage { total, ..page(&result, "data", read)? })
}
