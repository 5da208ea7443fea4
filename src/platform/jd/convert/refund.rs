//! Refunds before shipment and cases after it (11). Amounts of applications are fen, unlike those of orders.

use super::super::wire::{self, Application, Service};
use super::{moment, page};
use crate::model::{RefundKind, RefundRecord, RefundStatus};
use crate::platform::lenient::{extra, record};
use crate::platform::{DecodeError, ListPage};

/// In front of the ids of cases after shipment, which count apart from those before it.
const AFTER_SHIPMENT: &str = "asc-";
/// The kind of what the platform gives none: money back before shipment.
const BEFORE_SHIPMENT: &str = "refundapply";

/// Reads a page of `jingdong.pop.afs.soa.refundapply.queryPageList`.
pub(in crate::platform::jd) fn application_page(body: &[u8]) -> Result<ListPage<RefundRecord>, DecodeError> {
    let answer = wire::object("jingdong.pop.afs.soa.refundapply.queryPageList", body)?;
    let result = wire::inner(&answer, "queryResult")?;
    page(&result, ("result", "totalCount"), |raw| record::<Application<'_>, _>(raw, "id", application))
}

/// Reads a page of `jingdong.asc.query.list`.
pub(in crate::platform::jd) fn service_page(body: &[u8]) -> Result<ListPage<RefundRecord>, DecodeError> {
    let answer = wire::object("jingdong.asc.query.list", body)?;
    let result = wire::inner(&answer, "pageResult")?;
    page(&result, ("data", "totalCount"), |raw| record::<Service<'_>, _>(raw, "serviceId", service))
}

fn application(wire: &Application<'_>) -> Result<RefundRecord, DecodeError> {
    let platform_status = wire.status.text()?.ok_or_else(|| wire.status.wrong("a status"))?;
    let applied = moment(wire.applyTime)?;
    // Kits know no time of change in the answer; the last step is then the newest time there is.
    let changed = moment(wire.modified)?.or(moment(wire.checkTime)?).or(applied);
    Ok(RefundRecord {
        platform_refund_id: wire.id.id()?.ok_or_else(|| wire.id.wrong("an application's id"))?,
        platform_order_id: wire.orderId.id()?.ok_or_else(|| wire.orderId.wrong("an order's number"))?,
        platform_item_id: None,
        kind: RefundKind::RefundOnly,
        platform_kind: BEFORE_SHIPMENT.to_owned(),
        status: application_status(&platform_status),
        platform_status,
        refund_amount: wire.applyRefundSum.fen()?,
        quantity: None,
        platform_product_id: None,
        platform_sku_id: None,
        reason: wire.reason.text()?,
        buyer_words: None,
        return_tracking_no: None,
        return_company: None,
        platform_created_at: applied.ok_or_else(|| wire.applyTime.wrong("a time"))?,
        platform_updated_at: changed.ok_or_else(|| wire.applyTime.wrong("a time"))?,
        deadline_at: None,
        extra: extra(&[wire.checkRemark, wire.checkTime]),
    })
}

fn application_status(value: &str) -> RefundStatus {
    match value {
        "0" => RefundStatus::Requested,
        "1" | "5" | "6" | "7" | "8" | "10" => RefundStatus::Processing,
        "2" | "4" => RefundStatus::Refused,
        "3" => RefundStatus::Done,
        "9" | "11" => RefundStatus::Closed,
        _ => RefundStatus::Unknown,
    }
}

fn service(wire: &Service<'_>) -> Result<RefundRecord, DecodeError> {
    let id = wire.serviceId.id()?.ok_or_else(|| wire.serviceId.wrong("a case's id"))?;
    let platform_status = wire.serviceStatus.text()?.ok_or_else(|| wire.serviceStatus.wrong("a status"))?;
    let platform_kind = wire.customerExpect.text()?.ok_or_else(|| wire.customerExpect.wrong("a kind"))?;
    let applied = wire.applyTime.millis()?;
    let changed = wire.updateTime.millis()?.or(wire.approveTime.millis()?).or(applied);
    Ok(RefundRecord {
        platform_refund_id: format!("{AFTER_SHIPMENT}{id}"),
        platform_order_id: wire.orderId.id()?.ok_or_else(|| wire.orderId.wrong("an order's number"))?,
        platform_item_id: None,
        kind: service_kind(&platform_kind),
        platform_kind,
        status: service_status(&platform_status),
        platform_status,
        // The list has none; `jingdong.b2c.shop.aftersales.refund.get` tells that of one case (11).
        refund_amount: None,
        quantity: wire.wareNum.int()?,
        platform_product_id: None,
        platform_sku_id: wire.skuId.id()?,
        reason: wire.applyReason.text()?,
        buyer_words: wire.questionDesc.text()?,
        return_tracking_no: None,
        return_company: None,
        platform_created_at: applied.ok_or_else(|| wire.applyTime.wrong("a time"))?,
        platform_updated_at: changed.ok_or_else(|| wire.applyTime.wrong("a time"))?,
        deadline_at: None,
        extra: extra(&[wire.customerExpectName, wire.wareName]),
    })
}

fn service_kind(value: &str) -> RefundKind {
    match value {
        "10" => RefundKind::ReturnRefund,
        "20" => RefundKind::Exchange,
        "30" => RefundKind::Repair,
        _ => RefundKind::Unknown,
    }
}

fn service_status(value: &str) -> RefundStatus {
    match value {
        "10001" | "10002" => RefundStatus::Requested,
        "10005" => RefundStatus::WaitingReturn,
        "10007" => RefundStatus::Returned,
        "10009" => RefundStatus::Processing,
        "10010" => RefundStatus::Done,
        "10004" | "10011" => RefundStatus::Closed,
        _ => RefundStatus::Unknown,
    }
}
