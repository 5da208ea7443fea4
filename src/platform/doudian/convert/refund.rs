//! After-sale cases (2.12). Amounts are fen, times unix seconds, in the list and in the detail; most names differ.

use super::super::wire::{
    self, CaseArbitration, CaseInfo, CaseItem, CaseLine, CaseOrder, CaseParcel, CaseParcels, CaseProcess,
    CaseTexts,
};
use super::{extra, page};
use crate::model::{RefundKind, RefundRecord, RefundStatus};
use crate::platform::lenient::{Field, Members, record, text};
use crate::platform::{DecodeError, ListPage, Parsed};

/// Reads a page of `afterSale.List`.
pub(in crate::platform::doudian) fn refund_page(body: &[u8]) -> Result<ListPage<RefundRecord>, DecodeError> {
    page(wire::data_object(body)?, "items", item)
}

/// Reads the case of `afterSale.Detail`.
pub(in crate::platform::doudian) fn refund_detail(body: &[u8]) -> Result<RefundRecord, DecodeError> {
    let text = text(wire::data(body)?)?;
    let data = wire::CaseDetail::read(&text)?;
    let process = data.process_info.inside(CaseProcess::read)?.unwrap_or_default();
    let arbitration = process.arbitrate_info.inside(CaseArbitration::read)?.unwrap_or_default();
    let parcels = process.logistics_info.inside(CaseParcels::read)?.unwrap_or_default();
    let returned = parcels.r#return.inside(CaseParcel::read)?.unwrap_or_default();
    let about = about(data.order_info)?;
    process
        .after_sale_info
        .inside(|text| {
            let info = CaseInfo::read(text)?;
            let around = Around {
                reason: info.reason,
                tracking_no: returned.tracking_no,
                company: returned.company_name,
                arbitration: arbitration.arbitrate_status,
                about: &about,
            };
            case(&info, &around)
        })?
        .ok_or_else(|| process.after_sale_info.wrong("an after-sale case"))
}

/// One of a page; what cannot be read is kept aside under the id that stands one level down.
fn item(raw: &[u8]) -> Parsed<RefundRecord> {
    record::<CaseItem<'_>, _>(raw, "aftersale_id", listed).map_err(|mut bad| {
        let info = Members::of(raw).and_then(|item| item.object("aftersale_info"));
        bad.platform_id = info.and_then(|info| info.scalar("aftersale_id"));
        bad
    })
}

fn listed(wire: &CaseItem<'_>) -> Result<RefundRecord, DecodeError> {
    let texts = wire.text_part.inside(CaseTexts::read)?.unwrap_or_default();
    let about = about(wire.order_info)?;
    let read = |text| {
        let info = CaseInfo::read(text)?;
        let around = Around {
            reason: texts.reason_text,
            tracking_no: info.return_logistics_code,
            company: info.return_logistics_company_name,
            arbitration: info.arbitrate_status,
            about: &about,
        };
        case(&info, &around)
    };
    wire.aftersale_info.inside(read)?.ok_or_else(|| wire.aftersale_info.wrong("an after-sale case"))
}

/// What the list and the detail keep in different places.
struct Around<'a> {
    reason: Field<'a>,
    tracking_no: Field<'a>,
    company: Field<'a>,
    arbitration: Field<'a>,
    about: &'a About,
}

fn case(wire: &CaseInfo<'_>, around: &Around<'_>) -> Result<RefundRecord, DecodeError> {
    let id = wire.aftersale_id.or(wire.after_sale_id);
    let (kind_field, status_field) =
        (wire.aftersale_type.or(wire.after_sale_type), wire.aftersale_status.or(wire.after_sale_status));
    let platform_kind = kind_field.text()?.ok_or_else(|| kind_field.wrong("a type"))?;
    let platform_status = status_field.text()?.ok_or_else(|| status_field.wrong("a status"))?;
    let About { order, line } = around.about;
    Ok(RefundRecord {
        platform_refund_id: id.id()?.ok_or_else(|| id.wrong("a refund's id"))?,
        platform_order_id: order.clone(),
        platform_item_id: line.item.clone(),
        kind: kind(&platform_kind),
        platform_kind,
        status: status(&platform_status, wire.refund_status, around.arbitration)?,
        platform_status,
        refund_amount: wire.refund_amount.or(wire.refund_total_amount).fen()?,
        quantity: wire.aftersale_num.or(wire.after_sale_apply_count).int()?,
        platform_product_id: line.product.clone(),
        platform_sku_id: line.sku.clone(),
        reason: around.reason.text()?,
        buyer_words: wire.reason_remark.text()?,
        return_tracking_no: around.tracking_no.text()?,
        return_company: around.company.text()?,
        platform_created_at: wire.apply_time.seconds()?.ok_or_else(|| wire.apply_time.wrong("a time"))?,
        // The guard of every later write, as with orders.
        platform_updated_at: wire.update_time.seconds()?.ok_or_else(|| wire.update_time.wrong("a time"))?,
        deadline_at: wire.status_deadline.seconds()?,
        extra: extra(&[
            wire.aftersale_order_type,
            wire.after_sale_order_type,
            wire.aftersale_refund_type,
            around.arbitration,
            wire.exchange_sku_info,
            wire.got_pkg,
            wire.part_type,
            wire.real_refund_amount,
            wire.reason_code,
            wire.refund_post_amount,
            wire.refund_status,
            wire.refund_type,
            wire.remark,
            wire.return_promotion_amount,
            wire.risk_decision_code,
        ]),
    })
}

/// The order that a case is about, and the line.
struct About {
    order: String,
    line: Line,
}

/// Some cases are about a whole order, and then about no line.
#[derive(Default)]
struct Line {
    item: Option<String>,
    product: Option<String>,
    sku: Option<String>,
}

fn about(order_info: Field<'_>) -> Result<About, DecodeError> {
    let read = |text| {
        let wire = CaseOrder::read(text)?;
        let order = wire.shop_order_id.id()?.ok_or_else(|| wire.shop_order_id.wrong("an order's id"))?;
        let mut lines = wire.related_order_info.or(wire.sku_order_infos).each(line)?;
        let line = lines.pop().filter(|_| lines.is_empty()).unwrap_or_default();
        Ok(About { order, line })
    };
    order_info.inside(read)?.ok_or_else(|| order_info.wrong("an order"))
}

fn line(text: &str) -> Result<Line, DecodeError> {
    let wire = CaseLine::read(text)?;
    Ok(Line { item: wire.sku_order_id.id()?, product: wire.product_id.id()?, sku: wire.sku_id.id()? })
}

/// What the buyer asks for; see `docs.md`. Cancellations (4, 5) and others stay unknown.
fn kind(value: &str) -> RefundKind {
    match value {
        "0" => RefundKind::ReturnRefund,
        // Sent or not, or only a lower price: the goods stay where they are.
        "1" | "2" | "6" => RefundKind::RefundOnly,
        "3" => RefundKind::Exchange,
        "7" => RefundKind::Resend,
        "8" => RefundKind::Repair,
        _ => RefundKind::Unknown,
    }
}

/// Where it stands (2.12). A case that succeeded is done once its money has arrived, and one that is open is the
/// platform's while that decides.
fn status(value: &str, money: Field<'_>, arbitration: Field<'_>) -> Result<RefundStatus, DecodeError> {
    let status = match value {
        "6" => RefundStatus::Requested,
        "7" => RefundStatus::WaitingReturn,
        "11" => RefundStatus::Returned,
        "8" | "13" => RefundStatus::Processing,
        "12" if is_on_its_way(money)? => RefundStatus::Processing,
        "12" | "14" => RefundStatus::Done,
        "27" | "29" => RefundStatus::Refused,
        "28" => RefundStatus::Closed,
        _ => RefundStatus::Unknown,
    };
    let is_open = matches!(
        status,
        RefundStatus::Requested
            | RefundStatus::WaitingReturn
            | RefundStatus::Returned
            | RefundStatus::Refused
    );
    Ok(if is_open && is_disputed(arbitration)? { RefundStatus::Arbitration } else { status })
}

/// `refund_status`: 1 waiting, 2 under way, 4 failed; 3 arrived.
fn is_on_its_way(money: Field<'_>) -> Result<bool, DecodeError> {
    Ok(matches!(money.text()?.as_deref(), Some("1" | "2" | "4")))
}

/// `arbitrate_status`: 1 under way, 4 waiting for the seller's proof, 5 for both to agree; others are over.
fn is_disputed(arbitration: Field<'_>) -> Result<bool, DecodeError> {
    Ok(matches!(arbitration.text()?.as_deref(), Some("1" | "4" | "5")))
}
