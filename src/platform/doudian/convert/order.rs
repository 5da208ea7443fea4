//! Orders (2.12) and their receivers (2.13).

use super::super::wire::{self, Address, AfterSale, CompanyItem, Logistics, Region, ShopOrder, SkuOrder};
use super::page;
use crate::model::{BuyerField, Company, OrderItem, OrderRecord, OrderStatus, Package, Receiver};
use crate::platform::lenient::{Field, record, text};
use crate::platform::{DecodeError, ListPage, PlainReceiver, RemoteOrder};
use crate::secret::Secret;

/// Reads a page of `order.searchList`.
pub(in crate::platform::doudian) fn order_page(body: &[u8]) -> Result<ListPage<RemoteOrder>, DecodeError> {
    let data = wire::data_object(body)?;
    page(data, "shop_order_list", |raw| record::<ShopOrder<'_>, _>(raw, "order_id", order))
}

/// Reads the order of `order.orderDetail`.
pub(in crate::platform::doudian) fn order_detail(body: &[u8]) -> Result<RemoteOrder, DecodeError> {
    let data = wire::data_object(body)?;
    let detail = data
        .get("shop_order_detail")
        .ok_or_else(|| DecodeError::new("data.shop_order_detail", "an order"))?;
    order(&ShopOrder::read(&text(detail)?)?)
}

/// Reads `order.logisticsCompanyList`. A carrier without a code cannot be shipped with and is left out.
pub(in crate::platform::doudian) fn companies(body: &[u8]) -> Result<Vec<Company>, DecodeError> {
    let mut found = Vec::new();
    for raw in wire::data_array(body)? {
        let text = text(raw)?;
        let wire = CompanyItem::read(&text)?;
        if let Some(code) = wire.code.text()? {
            found.push(Company { name: wire.name.text()?.unwrap_or_else(|| code.clone()), code });
        }
    }
    Ok(found)
}

fn order(wire: &ShopOrder<'_>) -> Result<RemoteOrder, DecodeError> {
    let (platform_status, status) = status(wire.order_status)?;
    let (receiver, plain) = receiver(wire)?;
    let record = OrderRecord {
        platform_order_id: wire.order_id.id()?.ok_or_else(|| wire.order_id.wrong("an order's id"))?,
        status,
        platform_status,
        order_type: wire.order_type.text()?,
        order_amount: wire.order_amount.fen()?,
        pay_amount: wire.pay_amount.fen()?,
        post_amount: wire.post_amount.fen()?,
        promotion_amount: wire.promotion_amount.fen()?,
        pay_type: wire.pay_type.text()?,
        buyer_words: wire.buyer_words.text()?,
        seller_words: wire.seller_words.text()?,
        seller_stars: wire.seller_remark_stars.int()?,
        buyer_open_id: wire.doudian_open_id.text()?,
        receiver,
        packages: wire.logistics_info.each(package)?,
        items: wire.sku_order_list.each(item)?,
        platform_created_at: wire.create_time.seconds()?.ok_or_else(|| wire.create_time.wrong("a time"))?,
        // The guard of every later write: without it an older version could overwrite a newer one.
        platform_updated_at: wire.update_time.seconds()?.ok_or_else(|| wire.update_time.wrong("a time"))?,
        paid_at: wire.pay_time.seconds()?,
        shipped_at: wire.ship_time.seconds()?,
        finished_at: wire.finish_time.seconds()?,
        ship_by: wire.exp_ship_time.seconds()?,
        pay_by: wire.order_expire_time.seconds()?,
    };
    Ok(RemoteOrder { record, plain })
}

/// The platform's value as it is, and what it means (2.12); others exist and stay unknown.
fn status(field: Field<'_>) -> Result<(String, OrderStatus), DecodeError> {
    let value = field.text()?.ok_or_else(|| field.wrong("a status"))?;
    let status = match value.as_str() {
        "1" => OrderStatus::Unpaid,
        "105" => OrderStatus::Paid,
        "2" => OrderStatus::ToShip,
        "101" => OrderStatus::PartShipped,
        "3" => OrderStatus::Shipped,
        "4" => OrderStatus::Cancelled,
        "5" => OrderStatus::Completed,
        _ => OrderStatus::Unknown,
    };
    Ok((value, status))
}

fn item(text: &str) -> Result<OrderItem, DecodeError> {
    let wire = SkuOrder::read(text)?;
    let (platform_status, status) = status(wire.order_status)?;
    let after_sale = wire.after_sale_info.inside(AfterSale::read)?.unwrap_or_default();
    Ok(OrderItem {
        platform_item_id: wire.order_id.id()?.ok_or_else(|| wire.order_id.wrong("a line's id"))?,
        platform_product_id: wire.product_id_str.or(wire.product_id).id()?,
        platform_sku_id: wire.sku_id.id()?,
        outer_sku_id: wire.outer_sku_id.outer()?.or(wire.out_sku_id.outer()?),
        code: wire.code.text()?,
        name: wire.product_name.text()?,
        quantity: wire.item_num.int()?.ok_or_else(|| wire.item_num.wrong("a number of pieces"))?,
        origin_price: wire.origin_amount.fen()?,
        sum_amount: wire.sum_amount.fen()?,
        pay_amount: wire.pay_amount.fen()?,
        status,
        platform_status,
        after_sale_status: after_sale.after_sale_status.outer()?,
        refund_status: after_sale.refund_status.outer()?,
    })
}

fn package(text: &str) -> Result<Package, DecodeError> {
    let wire = Logistics::read(text)?;
    Ok(Package {
        tracking_no: wire.tracking_no.text()?.unwrap_or_default(),
        company: wire.company.text()?,
        delivery_id: wire.delivery_id.id()?,
        shipped_at: wire.ship_time.seconds()?,
    })
}

fn receiver(wire: &ShopOrder<'_>) -> Result<(Receiver, Option<PlainReceiver>), DecodeError> {
    let address = wire.post_addr.inside(Address::read)?.unwrap_or_default();
    let masked = wire.mask_post_addr.inside(Address::read)?.unwrap_or_default();
    let (name, plain_name) = buyer(wire.post_receiver, wire.mask_post_receiver, wire.encrypt_post_receiver)?;
    let (phone, plain_phone) = buyer(wire.post_tel, wire.mask_post_tel, wire.encrypt_post_tel)?;
    let (detail, plain_detail) = buyer(address.detail, masked.detail, address.encrypt_detail)?;
    let receiver = Receiver {
        name,
        phone,
        detail,
        province: region(address.province.or(masked.province))?,
        city: region(address.city.or(masked.city))?,
        town: region(address.town.or(masked.town))?,
        street: region(address.street.or(masked.street))?,
    };
    let any = plain_name.is_some() || plain_phone.is_some() || plain_detail.is_some();
    let plain = any.then_some(PlainReceiver { name: plain_name, phone: plain_phone, detail: plain_detail });
    Ok((receiver, plain))
}

/// One field of buyer data: what may be shown, and what must be sealed. Text with stars in the plain
/// field is masked already.
fn buyer(
    plain: Field<'_>,
    masked: Field<'_>,
    cipher: Field<'_>,
) -> Result<(BuyerField, Option<Secret<String>>), DecodeError> {
    let (starred, plain) = match plain.text()? {
        Some(text) if text.contains('*') => (Some(text), None),
        text => (None, text.map(Secret::from)),
    };
    Ok((BuyerField { masked: masked.text()?.or(starred), cipher: cipher.text()? }, plain))
}

/// The name of a province, city, district or street: an object with a name, or the name alone.
fn region(field: Field<'_>) -> Result<Option<String>, DecodeError> {
    if field.token().is_some_and(|token| token.starts_with('{')) {
        let region = field.inside(Region::read)?.unwrap_or_default();
        return region.name.text();
    }
    field.text()
}
