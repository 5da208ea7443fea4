//! Trades and their lines (5.6), their receivers (5.7), carriers (5.8).

use super::super::wire::{self, Carrier, OrderItem as Line, Trade};
use super::page;
use crate::model::{BuyerField, Company, Fen, OrderItem, OrderRecord, OrderStatus, Package, Receiver};
use crate::platform::lenient::{Field, record, text};
use crate::platform::{DecodeError, ListPage, PlainReceiver, RemoteOrder};
use crate::secret::Secret;

/// Reads a page of `taobao.trades.sold.increment.get`.
pub(in crate::platform::taobao) fn trade_page(body: &[u8]) -> Result<ListPage<RemoteOrder>, DecodeError> {
    page(&wire::members(body)?, ("trades", "trade"), |raw| record::<Trade<'_>, _>(raw, "tid", order))
}

/// Reads the trade of `taobao.trade.fullinfo.get`.
pub(in crate::platform::taobao) fn trade_detail(body: &[u8]) -> Result<RemoteOrder, DecodeError> {
    order(&Trade::read(&text(wire::object(body, "trade")?)?)?)
}

/// Reads `taobao.logistics.companies.get`. A carrier without a code cannot be shipped with and is left out.
pub(in crate::platform::taobao) fn carriers(body: &[u8]) -> Result<Vec<Company>, DecodeError> {
    let mut found = Vec::new();
    for raw in wire::list(&wire::members(body)?, "logistics_companies", "logistics_company")? {
        let text = text(raw)?;
        let wire = Carrier::read(&text)?;
        if let Some(code) = wire.code.text()? {
            found.push(Company { name: wire.name.text()?.unwrap_or_else(|| code.clone()), code });
        }
    }
    Ok(found)
}

fn order(wire: &Trade<'_>) -> Result<RemoteOrder, DecodeError> {
    let (platform_status, status) = status(wire.status)?;
    let status = released(status, wire.step_trade_status)?;
    let (receiver, plain) = receiver(wire)?;
    let lines = wire::inner_list(wire.orders, "order")?;
    let lines = lines.into_iter().map(Line::read).collect::<Result<Vec<_>, _>>()?;
    let items = lines.iter().map(|line| item(line, wire, lines.len())).collect::<Result<_, _>>()?;
    let (total, post) = (wire.total_fee.yuan()?, wire.post_fee.yuan()?);
    let timeout = wire.timeout_action_time.time()?;
    let record = OrderRecord {
        platform_order_id: wire.tid.or(wire.tid_str).id()?.ok_or_else(|| wire.tid.wrong("a trade's id"))?,
        status,
        platform_status,
        order_type: wire.r#type.text()?,
        // `total_fee` is the goods alone.
        order_amount: sum(total, post),
        pay_amount: wire.payment.yuan()?,
        post_amount: post,
        promotion_amount: wire.discount_fee.yuan()?,
        pay_type: None,
        buyer_words: wire.buyer_message.text()?,
        seller_words: wire.seller_memo.text()?,
        seller_stars: wire.seller_flag.int()?,
        buyer_open_id: wire.buyer_open_uid.or(wire.buyer_open_id).text()?,
        receiver,
        packages: packages(&lines, wire.consign_time)?,
        items,
        platform_created_at: wire.created.time()?.ok_or_else(|| wire.created.wrong("a time"))?,
        // The guard of every later write: without it an older version could overwrite a newer one.
        platform_updated_at: wire.modified.time()?.ok_or_else(|| wire.modified.wrong("a time"))?,
        paid_at: wire.pay_time.time()?,
        shipped_at: wire.consign_time.time()?,
        finished_at: wire.end_time.time()?,
        ship_by: None,
        pay_by: timeout.filter(|_| status == OrderStatus::Unpaid),
    };
    Ok(RemoteOrder { record, plain })
}

fn sum(one: Option<Fen>, other: Option<Fen>) -> Option<Fen> {
    one?.checked_add(other.unwrap_or(Fen(0)))
}

/// The platform's value as it is, and what it means (8); others exist and stay unknown.
fn status(field: Field<'_>) -> Result<(String, OrderStatus), DecodeError> {
    let value = field.text()?.ok_or_else(|| field.wrong("a status"))?;
    let status = match value.as_str() {
        "TRADE_NO_CREATE_PAY" | "WAIT_BUYER_PAY" | "PAY_PENDING" | "WAIT_PRE_AUTH_CONFIRM" => {
            OrderStatus::Unpaid
        }
        "PAID_FORBID_CONSIGN" => OrderStatus::Paid,
        "WAIT_SELLER_SEND_GOODS" => OrderStatus::ToShip,
        "SELLER_CONSIGNED_PART" => OrderStatus::PartShipped,
        "WAIT_BUYER_CONFIRM_GOODS" | "TRADE_BUYER_SIGNED" => OrderStatus::Shipped,
        "TRADE_FINISHED" => OrderStatus::Completed,
        "TRADE_CLOSED" | "TRADE_CLOSED_BY_TAOBAO" => OrderStatus::Cancelled,
        _ => OrderStatus::Unknown,
    };
    Ok((value, status))
}

/// A trade paid in steps may be shipped only when both are paid (8).
fn released(status: OrderStatus, step: Field<'_>) -> Result<OrderStatus, DecodeError> {
    let is_open = step.text()?.is_some_and(|step| step != "FRONT_PAID_FINAL_PAID");
    Ok(if is_open && status == OrderStatus::ToShip { OrderStatus::Paid } else { status })
}

fn item(wire: &Line<'_>, trade: &Trade<'_>, lines: usize) -> Result<OrderItem, DecodeError> {
    let (platform_status, status) = status(wire.status.or(trade.status))?;
    let quantity = wire.num.int()?.ok_or_else(|| wire.num.wrong("a number of pieces"))?;
    let price = wire.price.yuan()?;
    let product = wire.num_iid.id()?;
    let refund = wire.refund_status.text()?.filter(|status| status != "NO_REFUND");
    Ok(OrderItem {
        platform_item_id: wire.oid.or(wire.oid_str).id()?.ok_or_else(|| wire.oid.wrong("a line's id"))?,
        // A product without SKUs counts as its own only SKU.
        platform_sku_id: wire.sku_id.id()?.or_else(|| product.clone()),
        platform_product_id: product,
        outer_sku_id: wire.outer_sku_id.outer()?,
        code: wire.outer_iid.outer()?,
        name: wire.title.text()?,
        quantity,
        origin_price: price,
        // The line's own `total_fee` is after its discounts.
        sum_amount: price.and_then(|price| price.0.checked_mul(quantity)).map(Fen),
        pay_amount: paid(wire, trade, lines)?,
        status,
        platform_status,
        after_sale_status: None,
        refund_status: refund,
    })
}

/// What was paid for a line: its share after all discounts, else its payment, which holds the postage where the
/// line is the only one (5.6).
fn paid(wire: &Line<'_>, trade: &Trade<'_>, lines: usize) -> Result<Option<Fen>, DecodeError> {
    if let Some(share) = wire.divide_order_fee.yuan()? {
        return Ok(Some(share));
    }
    let Some(payment) = wire.payment.yuan()? else { return Ok(None) };
    let postage = if lines == 1 { trade.post_fee.yuan()? } else { None };
    let without = payment.0.checked_sub(postage.map_or(0, |fen| fen.0)).filter(|fen| *fen >= 0);
    Ok(Some(without.map_or(payment, Fen)))
}

/// The parcels that the lines name, each once.
fn packages(lines: &[Line<'_>], consigned: Field<'_>) -> Result<Vec<Package>, DecodeError> {
    let mut found: Vec<Package> = Vec::new();
    for line in lines {
        let Some(tracking_no) = line.invoice_no.text()? else { continue };
        if found.iter().all(|parcel| parcel.tracking_no != tracking_no) {
            found.push(Package {
                tracking_no,
                company: line.logistics_company.text()?,
                delivery_id: None,
                shipped_at: line.consign_time.or(consigned).time()?,
            });
        }
    }
    Ok(found)
}

fn receiver(wire: &Trade<'_>) -> Result<(Receiver, Option<PlainReceiver>), DecodeError> {
    let (name, plain_name) = buyer(wire.receiver_name, wire.oaid)?;
    let has_mobile = wire.receiver_mobile.text()?.is_some();
    let phone = if has_mobile { wire.receiver_mobile } else { wire.receiver_phone };
    let (phone, plain_phone) = buyer(phone, wire.oaid)?;
    let (detail, plain_detail) = buyer(wire.receiver_address, wire.oaid)?;
    let receiver = Receiver {
        name,
        phone,
        detail,
        province: wire.receiver_state.text()?,
        city: wire.receiver_city.text()?,
        town: wire.receiver_district.text()?,
        street: wire.receiver_town.text()?,
    };
    let any = plain_name.is_some() || plain_phone.is_some() || plain_detail.is_some();
    let plain = any.then_some(PlainReceiver { name: plain_name, phone: plain_phone, detail: plain_detail });
    Ok((receiver, plain))
}

/// One field of buyer data: masked text holds stars, anything else is plain and must be sealed. The `oaid` opens
/// all fields of its order (5.7).
fn buyer(field: Field<'_>, oaid: Field<'_>) -> Result<(BuyerField, Option<Secret<String>>), DecodeError> {
    let Some(text) = field.text()? else { return Ok((BuyerField::default(), None)) };
    let cipher = oaid.text()?;
    if text.contains('*') {
        return Ok((BuyerField { masked: Some(text), cipher }, None));
    }
    Ok((BuyerField { masked: None, cipher }, Some(Secret::from(text))))
}
