//! Refunds (5.8). Amounts are yuan as text, in the list and in the detail.

use super::super::wire::{self, Refund};
use super::{extra, page};
use crate::model::{RefundKind, RefundRecord, RefundStatus};
use crate::platform::lenient::{record, text};
use crate::platform::{DecodeError, ListPage};

/// Reads a page of `taobao.refunds.receive.get`.
pub(in crate::platform::taobao) fn refund_page(body: &[u8]) -> Result<ListPage<RefundRecord>, DecodeError> {
    page(&wire::members(body)?, ("refunds", "refund"), |raw| {
        record::<Refund<'_>, _>(raw, "refund_id", refund)
    })
}

/// Reads `taobao.refund.get`.
pub(in crate::platform::taobao) fn refund_detail(body: &[u8]) -> Result<RefundRecord, DecodeError> {
    refund(&Refund::read(&text(wire::object(body, "refund")?)?)?)
}

fn refund(wire: &Refund<'_>) -> Result<RefundRecord, DecodeError> {
    let platform_status = wire.status.text()?.ok_or_else(|| wire.status.wrong("a status"))?;
    let platform_kind = wire.dispute_type.text()?.unwrap_or_default();
    Ok(RefundRecord {
        platform_refund_id: wire.refund_id.id()?.ok_or_else(|| wire.refund_id.wrong("a refund's id"))?,
        platform_order_id: wire.tid.id()?.ok_or_else(|| wire.tid.wrong("a trade's id"))?,
        platform_item_id: wire.oid.id()?,
        kind: kind(&platform_kind, wire.has_good_return.flag()?),
        platform_kind,
        status: status(&platform_status),
        platform_status,
        refund_amount: wire.refund_fee.yuan()?,
        quantity: None,
        platform_product_id: None,
        platform_sku_id: None,
        reason: wire.reason.text()?,
        buyer_words: wire.desc.text()?,
        return_tracking_no: wire.sid.text()?,
        return_company: wire.company_name.text()?,
        platform_created_at: wire.created.time()?.ok_or_else(|| wire.created.wrong("a time"))?,
        platform_updated_at: wire.modified.time()?.ok_or_else(|| wire.modified.wrong("a time"))?,
        deadline_at: None,
        extra: extra(&[
            wire.good_status,
            wire.has_good_return,
            wire.order_status,
            wire.payment,
            wire.refund_phase,
            wire.refund_version,
            wire.total_fee,
        ]),
    })
}

/// What the buyer asks for (8). Refunds without a kind of their own say whether goods come back.
fn kind(value: &str, has_return: Option<bool>) -> RefundKind {
    match (value, has_return) {
        ("REFUND", _) | ("", Some(false)) => RefundKind::RefundOnly,
        ("REFUND_AND_RETURN", _) | ("", Some(true)) => RefundKind::ReturnRefund,
        ("TMALL_EXCHANGE" | "TAOBAO_EXCHANGE", _) => RefundKind::Exchange,
        ("REPAIR", _) => RefundKind::Repair,
        ("RESHIPPING", _) => RefundKind::Resend,
        _ => RefundKind::Unknown,
    }
}

/// Where it stands (8); others exist and stay unknown.
fn status(value: &str) -> RefundStatus {
    match value {
        "WAIT_SELLER_AGREE" => RefundStatus::Requested,
        "WAIT_BUYER_RETURN_GOODS" => RefundStatus::WaitingReturn,
        "WAIT_SELLER_CONFIRM_GOODS" => RefundStatus::Returned,
        "SELLER_REFUSE_BUYER" => RefundStatus::Refused,
        "WAIT_SELLER_CONSIGN_GOODS" | "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS" => {
            RefundStatus::Processing
        }
        "SUCCESS" => RefundStatus::Done,
        "CLOSED" => RefundStatus::Closed,
        _ => RefundStatus::Unknown,
    }
}
