//! Orders (10) and carriers (10.7). Amounts are yuan as text, times Beijing time as text.

use super::super::wire::{self, Carrier, Consignee, ItemInfo, OrderInfo};
use super::super::{ONE_ORDER, ORDERS};
use super::{moment, page};
use crate::model::{BuyerField, Company, Fen, OrderItem, OrderRecord, OrderStatus, Package, Receiver};
use crate::platform::lenient::{Field, items, record, text};
use crate::platform::{DecodeError, ListPage, PlainReceiver, RemoteOrder};
use crate::secret::Secret;

/// Reads a page of `jingdong.pop.order.search` or its masked form.
pub(in crate::platform::jd) fn order_page(body: &[u8]) -> Result<ListPage<RemoteOrder>, DecodeError> {
    let answer = wire::one_of(&ORDERS, body)?;
    let result = wire::inner(&answer, "searchorderinfo_result")?;
    page(&result, ("orderInfoList", "orderTotal"), |raw| record::<OrderInfo<'_>, _>(raw, "orderId", order))
}

/// Reads the order of `jingdong.pop.order.get` or its masked form.
pub(in crate::platform::jd) fn order_detail(body: &[u8]) -> Result<RemoteOrder, DecodeError> {
    let answer = wire::one_of(&ONE_ORDER, body)?;
    let result = wire::inner(&answer, "orderDetailInfo")?;
    let raw = result.get("orderInfo").ok_or_else(|| DecodeError::new("orderInfo", "an order"))?;
    order(&OrderInfo::read(&text(raw)?)?)
}

/// Reads `jingdong.fce.alpha.getVenderCarrier`: the carriers that the merchant has a contract with.
pub(in crate::platform::jd) fn companies(body: &[u8]) -> Result<Vec<Company>, DecodeError> {
    let answer = wire::object("jingdong.fce.alpha.getVenderCarrier", body)?;
    let result = wire::inner(&wire::inner(&answer, "StandardGenericResponse")?, "result")?;
    let wrong = || DecodeError::new("carrierList", "an array");
    let list = result.get("carrierList").and_then(items).ok_or_else(wrong)?;
    list.into_iter()
        .map(|raw| {
            let text = text(raw)?;
            let carrier = Carrier::read(&text)?;
            let code = carrier.id.id()?.ok_or_else(|| carrier.id.wrong("a carrier's id"))?;
            Ok(Company { name: carrier.name.text()?.unwrap_or_else(|| code.clone()), code })
        })
        .collect()
}

fn order(wire: &OrderInfo<'_>) -> Result<RemoteOrder, DecodeError> {
    let platform_status = wire.orderState.text()?.ok_or_else(|| wire.orderState.wrong("a state"))?;
    let status = status(&platform_status);
    let (receiver, plain) = wire.consigneeInfo.inside(receiver)?.unwrap_or_default();
    let id = wire.orderId.id()?.ok_or_else(|| wire.orderId.wrong("an order's number"))?;
    let amounts = amounts(wire)?;
    let record = OrderRecord {
        items: lines(wire, &id, &platform_status)?,
        platform_order_id: id,
        status,
        order_type: wire.orderType.text()?,
        order_amount: amounts.total,
        pay_amount: amounts.pay,
        post_amount: wire.freightPrice.yuan()?,
        promotion_amount: amounts.promotion,
        pay_type: wire.payType.text()?,
        buyer_words: wire.orderRemark.text()?,
        seller_words: wire.venderRemark.text()?,
        seller_stars: None,
        buyer_open_id: wire.open_id_buyer.text()?,
        receiver,
        packages: packages(wire)?,
        platform_created_at: moment(wire.orderStartTime)?
            .ok_or_else(|| wire.orderStartTime.wrong("a time"))?,
        // The guard of every later write: without it an older version could overwrite a newer one.
        platform_updated_at: moment(wire.modified)?.ok_or_else(|| wire.modified.wrong("a time"))?,
        paid_at: moment(wire.paymentConfirmTime)?,
        shipped_at: None,
        finished_at: moment(wire.orderEndTime)?,
        ship_by: None,
        pay_by: None,
        platform_status,
    };
    Ok(RemoteOrder { record, plain })
}

struct Amounts {
    total: Option<Fen>,
    pay: Option<Fen>,
    promotion: Option<Fen>,
}

/// `orderPayment` is said to be no longer kept up (10.3), so that it only stands in for `shouldPay`. All discounts
/// are what lies between the whole and what the buyer pays.
fn amounts(wire: &OrderInfo<'_>) -> Result<Amounts, DecodeError> {
    let (goods, freight) = (wire.orderTotalPrice.yuan()?, wire.freightPrice.yuan()?.unwrap_or(Fen(0)));
    let total = goods.and_then(|goods| goods.checked_add(freight));
    let pay = wire.shouldPay.or(wire.orderPayment).yuan()?;
    let between = total.zip(pay).and_then(|(total, pay)| total.0.checked_sub(pay.0)).filter(|fen| *fen >= 0);
    let promotion = match wire.shouldPay.token() {
        Some(_) => between.map(Fen),
        None => wire.sellerDiscount.yuan()?,
    };
    Ok(Amounts { total, pay, promotion })
}

/// 10.4. What is paused or locked is not to be shipped.
fn status(value: &str) -> OrderStatus {
    match value {
        "NOT_PAY" => OrderStatus::Unpaid,
        "WAIT_SEND_CODE" | "POP_ORDER_PAUSE" | "PAUSE" | "LOCKED" => OrderStatus::Paid,
        "WAIT_SELLER_STOCK_OUT" | "WAIT_SELLER_DELIVERY" => OrderStatus::ToShip,
        "WAIT_GOODS_RECEIVE_CONFIRM"
        | "SEND_TO_DISTRIBUTION_CENER"
        | "DISTRIBUTION_CENTER_RECEIVED"
        | "RECEIPTS_CONFIRM" => OrderStatus::Shipped,
        "FINISHED_L" => OrderStatus::Completed,
        "TRADE_CANCELED" => OrderStatus::Cancelled,
        _ => OrderStatus::Unknown,
    }
}

fn lines(wire: &OrderInfo<'_>, order: &str, state: &str) -> Result<Vec<OrderItem>, DecodeError> {
    let mut lines = wire.itemInfoList.each(|text| line(text, state))?;
    for (place, line) in lines.iter_mut().enumerate() {
        // The platform gives lines no id, and one SKU may be in two of them.
        line.platform_item_id = format!("{order}/{}", place + 1);
    }
    Ok(lines)
}

fn line(text: &str, state: &str) -> Result<OrderItem, DecodeError> {
    let wire = ItemInfo::read(text)?;
    let quantity = wire.itemTotal.int()?.ok_or_else(|| wire.itemTotal.wrong("a number of pieces"))?;
    let price = wire.jdPrice.yuan()?;
    Ok(OrderItem {
        platform_item_id: String::new(),
        platform_product_id: wire.wareId.id()?,
        platform_sku_id: wire.skuId.id()?,
        outer_sku_id: wire.outerSkuId.text()?,
        code: wire.productNo.text()?,
        name: wire.skuName.text()?,
        quantity,
        origin_price: price,
        sum_amount: price.and_then(|price| price.0.checked_mul(quantity)).map(Fen),
        pay_amount: None,
        status: status(state),
        platform_status: state.to_owned(),
        after_sale_status: None,
        refund_status: None,
    })
}

/// Carriers stand between `|`, the numbers of one between `,` (10.7).
fn packages(wire: &OrderInfo<'_>) -> Result<Vec<Package>, DecodeError> {
    let (numbers, carriers) = (wire.waybill.text()?, wire.logisticsId.text()?);
    let mut carriers = carriers.iter().flat_map(|carriers| carriers.split('|'));
    let mut packages = Vec::new();
    for of_one in numbers.iter().flat_map(|numbers| numbers.split('|')) {
        let company = carriers.next().filter(|carrier| !matches!(*carrier, "" | "0"));
        for number in of_one.split(',').map(str::trim).filter(|number| !number.is_empty()) {
            packages.push(Package {
                tracking_no: number.to_owned(),
                company: company.map(str::to_owned),
                delivery_id: None,
                shipped_at: None,
            });
        }
    }
    Ok(packages)
}

pub(super) fn receiver(text: &str) -> Result<(Receiver, Option<PlainReceiver>), DecodeError> {
    let wire = Consignee::read(text)?;
    let (name, plain_name) = buyer(wire.fullname, wire.encrypt_fullname)?;
    let (phone, plain_phone) =
        buyer(wire.mobile.or(wire.telephone), wire.encrypt_mobile.or(wire.encrypt_telephone))?;
    let (detail, plain_detail) = buyer(wire.fullAddress, wire.encrypt_fullAddress)?;
    let receiver = Receiver {
        name,
        phone,
        detail,
        province: wire.province.text()?,
        city: wire.city.text()?,
        town: wire.county.text()?,
        street: wire.town.text()?,
    };
    let any = plain_name.is_some() || plain_phone.is_some() || plain_detail.is_some();
    let plain = any.then_some(PlainReceiver { name: plain_name, phone: plain_phone, detail: plain_detail });
    Ok((receiver, plain))
}

/// One field of buyer data. Beside ciphertext, or with stars, the field is masked; else it is plain and sealed.
fn buyer(value: Field<'_>, cipher: Field<'_>) -> Result<(BuyerField, Option<Secret<String>>), DecodeError> {
    let cipher = cipher.text()?;
    match value.text()? {
        Some(text) if cipher.is_none() && !text.contains('*') => {
            Ok((BuyerField { masked: None, cipher: None }, Some(Secret::from(text))))
        }
        masked => Ok((BuyerField { masked, cipher }, None)),
    }
}
