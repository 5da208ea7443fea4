//! After-sale cases (11). The list gives yuan as text, the case alone fen as a number.

use super::super::wire::{self, RefundItem};
use super::page;
use crate::model::{Fen, RefundKind, RefundRecord, RefundStatus, UtcMillis};
use crate::platform::lenient::{Field, extra, record, text};
use crate::platform::{DecodeError, ListPage};

/// Reads a page of `pdd.refund.list.increment.get`.
pub(in crate::platform::pinduoduo) fn refund_page(
    body: &[u8],
) -> Result<ListPage<RefundRecord>, DecodeError> {
    page("pdd.refund.list.increment.get", "refund_list", body, |raw| {
        record::<RefundItem<'_>, _>(raw, "id", listed)
    })
}

/// Reads `pdd.refund.information.get`.
pub(in crate::platform::pinduoduo) fn refund_detail(body: &[u8]) -> Result<RefundRecord, DecodeError> {
    let api = "pdd.refund.information.get";
    let raw = wire::result(api, body).ok_or_else(|| DecodeError::new(wire::key(api), "a refund"))?;
    let text = text(raw)?;
    let wire = RefundItem::read(&text)?;
    // Milliseconds here (11), as in no other answer of this platform.
    let updated = wire.recreated_at.millis()?.or(wire.updated_time.time()?).or(wire.confirm_time.millis()?);
    let times = Times {
        created: wire.created_time.time()?.or(updated),
        updated,
        deadline: wire.expire_time.millis()?,
    };
    refund_of(&wire, (alone_kind, wire.refund_amount.fen()?), times)
}

fn listed(wire: &RefundItem<'_>) -> Result<RefundRecord, DecodeError> {
    let times =
        Times { created: wire.created_time.time()?, updated: wire.updated_time.time()?, deadline: None };
    refund_of(wire, (list_kind, wire.refund_amount.yuan()?), times)
}

struct Times {
    created: Option<UtcMillis>,
    updated: Option<UtcMillis>,
    deadline: Option<UtcMillis>,
}

fn refund_of(
    wire: &RefundItem<'_>,
    (kind_of, refund_amount): (fn(&str) -> RefundKind, Option<Fen>),
    times: Times,
) -> Result<RefundRecord, DecodeError> {
    let platform_kind = wire.after_sales_type.text()?.ok_or_else(|| wire.after_sales_type.wrong("a type"))?;
    let (platform_status, status) = status(wire.after_sales_status)?;
    Ok(RefundRecord {
        platform_refund_id: wire.id.id()?.ok_or_else(|| wire.id.wrong("a refund's id"))?,
        platform_order_id: wire.order_sn.id()?.ok_or_else(|| wire.order_sn.wrong("an order's number"))?,
        platform_item_id: None,
        kind: kind_of(&platform_kind),
        platform_kind,
        status,
        platform_status,
        refund_amount,
        quantity: wire.goods_number.int()?,
        platform_product_id: wire.goods_id.id()?,
        platform_sku_id: wire.sku_id.id()?,
        reason: wire.after_sale_reason.text()?,
        buyer_words: wire.remark.text()?,
        return_tracking_no: wire.tracking_number.or(wire.express_no).text()?,
        return_company: wire.shipping_name.text()?,
        platform_created_at: times.created.ok_or_else(|| wire.created_time.wrong("a time"))?,
        platform_updated_at: times.updated.ok_or_else(|| wire.updated_time.wrong("a time"))?,
        deadline_at: times.deadline,
        extra: extra(&[
            wire.dispute_refund_status,
            wire.outer_goods_id,
            wire.outer_id,
            wire.speed_refund_flag,
            wire.speed_refund_status,
            wire.user_shipping_status,
        ]),
    })
}

/// Types of the list (11).
fn list_kind(value: &str) -> RefundKind {
    match value {
        "2" => RefundKind::RefundOnly,
        "3" => RefundKind::ReturnRefund,
        "4" => RefundKind::Exchange,
        "5" => RefundKind::Resend,
        "6" => RefundKind::Repair,
        _ => RefundKind::Unknown,
    }
}

/// Types of a case alone: one less than in the list (11).
fn alone_kind(value: &str) -> RefundKind {
    match value {
        "1" => RefundKind::RefundOnly,
        "2" => RefundKind::ReturnRefund,
        "3" => RefundKind::Exchange,
        "4" => RefundKind::Resend,
        "5" => RefundKind::Repair,
        _ => RefundKind::Unknown,
    }
}

/// `after_sales_status` (17).
fn status(field: Field<'_>) -> Result<(String, RefundStatus), DecodeError> {
    let value = field.text()?.ok_or_else(|| field.wrong("a status"))?;
    let status = match value.as_str() {
        "2" | "3" | "14" | "21" => RefundStatus::Requested,
        "7" | "22" => RefundStatus::WaitingReturn,
        "6" => RefundStatus::Refused,
        "8" => RefundStatus::Arbitration,
        "4" | "5" | "15" | "18" | "27" | "31" | "32" | "33" => RefundStatus::Processing,
        "10" | "16" | "25" => RefundStatus::Done,
        "9" | "11" | "12" | "13" | "17" | "24" => RefundStatus::Closed,
        _ => RefundStatus::Unknown,
    };
    Ok((value, status))
}
