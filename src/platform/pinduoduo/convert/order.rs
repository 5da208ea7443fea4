//! Orders (10) and their receivers (16).

use super::super::wire::{self, Company as CompanyItem, Item, OrderInfo};
use super::page;
use crate::model::{BuyerField, Company, Fen, OrderItem, OrderRecord, OrderStatus, Package, Receiver};
use crate::platform::lenient::{Field, items, record, text};
use crate::platform::{DecodeError, ListPage, PlainReceiver, RemoteOrder};
use crate::secret::Secret;

/// Reads a page of `pdd.order.number.list.increment.get`: whole orders, whatever its name says.
pub(in crate::platform::pinduoduo) fn order_changes(
    body: &[u8],
) -> Result<ListPage<RemoteOrder>, DecodeError> {
    page("pdd.order.number.list.increment.get", "order_sn_list", body, |raw| {
        record::<OrderInfo<'_>, _>(raw, "order_sn", order)
    })
}

/// Reads the order of `pdd.order.information.get`.
pub(in crate::platform::pinduoduo) fn order_detail(body: &[u8]) -> Result<RemoteOrder, DecodeError> {
    let result = wire::object("pdd.order.information.get", body)?;
    let info = result.get("order_info").ok_or_else(|| DecodeError::new("order_info", "an order"))?;
    order(&OrderInfo::read(&text(info)?)?)
}

/// Reads `pdd.logistics.companies.get`. Only carriers that are available can be shipped with.
pub(in crate::platform::pinduoduo) fn companies(body: &[u8]) -> Result<Vec<Company>, DecodeError> {
    let result = wire::object("pdd.logistics.companies.get", body)?;
    let wrong = || DecodeError::new("logistics_companies", "an array");
    let list = result.get("logistics_companies").and_then(items).ok_or_else(wrong)?;
    let mut found = Vec::new();
    for raw in list {
        let text = text(raw)?;
        let wire = CompanyItem::read(&text)?;
        let is_available = wire.available.int()? == Some(1);
        if let Some(code) = wire.id.id()?.filter(|_| is_available) {
            found
                .push(Company { name: wire.logistics_company.text()?.unwrap_or_else(|| code.clone()), code });
        }
    }
    Ok(found)
}

fn order(wire: &OrderInfo<'_>) -> Result<RemoteOrder, DecodeError> {
    let (platform_status, status) = status(wire)?;
    let (receiver, plain) = receiver(wire)?;
    let id = wire.order_sn.id()?.ok_or_else(|| wire.order_sn.wrong("an order's number"))?;
    let created = wire.created_time.time()?.or(wire.confirm_time.time()?);
    let (goods, postage) = (wire.goods_amount.yuan()?, wire.postage.yuan()?);
    let states = States { status, platform_status: platform_status.clone(), order: wire };
    let record = OrderRecord {
        items: lines(wire, &id, &states)?,
        platform_order_id: id,
        status,
        platform_status,
        order_type: wire.trade_type.text()?,
        order_amount: sum(goods, postage),
        pay_amount: wire.pay_amount.yuan()?,
        post_amount: postage,
        promotion_amount: wire.discount_amount.yuan()?,
        pay_type: wire.pay_type.text()?,
        buyer_words: wire.buyer_memo.text()?,
        seller_words: wire.remark.text()?,
        seller_stars: wire.remark_tag.int()?.filter(|tag| *tag != 0),
        buyer_open_id: None,
        receiver,
        packages: package(wire)?.into_iter().collect(),
        platform_created_at: created.ok_or_else(|| wire.created_time.wrong("a time"))?,
        // The guard of every later write: without it an older version could overwrite a newer one.
        platform_updated_at: wire.updated_at.time()?.ok_or_else(|| wire.updated_at.wrong("a time"))?,
        paid_at: wire.pay_time.time()?,
        shipped_at: wire.shipping_time.time()?,
        finished_at: wire.receive_time.time()?,
        ship_by: wire.last_ship_time.time()?,
        pay_by: None,
    };
    Ok(RemoteOrder { record, plain })
}

/// There is no single state (17): `order_status/confirm_status/group_status/risk_control_status` as they are,
/// and what they mean together.
fn status(wire: &OrderInfo<'_>) -> Result<(String, OrderStatus), DecodeError> {
    let value = wire.order_status.text()?.ok_or_else(|| wire.order_status.wrong("a status"))?;
    let confirm = wire.confirm_status.text()?;
    let group = wire.group_status.text()?;
    let risk = wire.risk_control_status.text()?;
    let paid = wire.pay_time.time()?.is_some();
    let status = match (value.as_str(), confirm.as_deref(), group.as_deref(), risk.as_deref()) {
        (_, Some("2"), ..) | (_, _, Some("2"), _) => OrderStatus::Cancelled,
        ("1", Some("0"), ..) if !paid => OrderStatus::Unpaid,
        ("1", Some("0"), ..) | ("1", _, Some("0"), _) | ("1", _, _, Some("1")) => OrderStatus::Paid,
        ("1", ..) => OrderStatus::ToShip,
        ("2", ..) => OrderStatus::Shipped,
        ("3", ..) => OrderStatus::Completed,
        _ => OrderStatus::Unknown,
    };
    let shown = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
    Ok((format!("{value}/{}/{}/{}", shown(confirm), shown(group), shown(risk)), status))
}

/// What the lines of an order share with it: they have no state of their own.
struct States<'a> {
    status: OrderStatus,
    platform_status: String,
    order: &'a OrderInfo<'a>,
}

fn lines(wire: &OrderInfo<'_>, order: &str, states: &States<'_>) -> Result<Vec<OrderItem>, DecodeError> {
    let mut lines = wire.item_list.each(|text| line(text, states))?;
    for (place, line) in lines.iter_mut().enumerate() {
        // The platform gives lines no id.
        line.platform_item_id = format!("{order}/{}", place + 1);
    }
    Ok(lines)
}

fn line(text: &str, states: &States<'_>) -> Result<OrderItem, DecodeError> {
    let wire = Item::read(text)?;
    let quantity = wire.goods_count.int()?.ok_or_else(|| wire.goods_count.wrong("a number of pieces"))?;
    let price = wire.goods_price.yuan()?;
    Ok(OrderItem {
        platform_item_id: String::new(),
        platform_product_id: wire.goods_id.id()?,
        platform_sku_id: wire.sku_id.id()?,
        // `outer_id` is the code of the SKU (19).
        outer_sku_id: wire.outer_id.outer()?,
        code: wire.outer_goods_id.outer()?,
        name: wire.goods_name.text()?,
        quantity,
        origin_price: price,
        sum_amount: price.and_then(|price| price.0.checked_mul(quantity)).map(Fen),
        pay_amount: None,
        status: states.status,
        platform_status: states.platform_status.clone(),
        after_sale_status: states.order.after_sales_status.outer()?,
        refund_status: states.order.refund_status.outer()?,
    })
}

fn package(wire: &OrderInfo<'_>) -> Result<Option<Package>, DecodeError> {
    let Some(tracking_no) = wire.tracking_number.text()? else { return Ok(None) };
    let shipped_at = wire.shipping_time.time()?;
    Ok(Some(Package { tracking_no, company: wire.logistics_id.id()?, delivery_id: None, shipped_at }))
}

fn receiver(wire: &OrderInfo<'_>) -> Result<(Receiver, Option<PlainReceiver>), DecodeError> {
    let (name, plain_name) = buyer(wire.receiver_name, wire.receiver_name_mask)?;
    let (phone, plain_phone) = buyer(wire.receiver_phone, wire.receiver_phone_mask)?;
    let (address, masked) =
        (wire.receiver_address.or(wire.address), wire.receiver_address_mask.or(wire.address_mask));
    let (detail, plain_detail) = buyer(address, masked)?;
    let receiver = Receiver {
        name,
        phone,
        detail,
        province: wire.province.text()?,
        city: wire.city.text()?,
        town: wire.town.text()?,
        street: None,
    };
    let any = plain_name.is_some() || plain_phone.is_some() || plain_detail.is_some();
    let plain = any.then_some(PlainReceiver { name: plain_name, phone: plain_phone, detail: plain_detail });
    Ok((receiver, plain))
}

/// One field of buyer data. The field holds ciphertext, whose form changes (16), so what is clearly none is
/// taken for plain text and sealed.
fn buyer(value: Field<'_>, masked: Field<'_>) -> Result<(BuyerField, Option<Secret<String>>), DecodeError> {
    let masked = masked.text()?;
    match value.text()? {
        Some(text) if text.contains('*') => {
            Ok((BuyerField { masked: masked.or(Some(text)), cipher: None }, None))
        }
        Some(text) if is_plain(&text) => Ok((BuyerField { masked, cipher: None }, Some(Secret::from(text)))),
        cipher => Ok((BuyerField { masked, cipher }, None)),
    }
}

/// Ciphertext is ASCII and longer than a phone number.
fn is_plain(text: &str) -> bool {
    !text.is_ascii() || text.len() <= 20
}

fn sum(one: Option<Fen>, other: Option<Fen>) -> Option<Fen> {
    one?.checked_add(other.unwrap_or(Fen(0)))
}
