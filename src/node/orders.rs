//! `hub.orders`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::changes::Receipt;
use super::decrypt::{self, Decrypted};
use super::fields::{Fields, id_argument};
use super::page::{all, converted, fen, iso, request, safe, safe_some};
use super::runs::Run;
use super::runtime::promise;
use super::syncing;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Orders.
#[napi]
pub struct Orders(pub(super) hub::Orders);

#[napi]
impl Orders {
    /// Lists stored orders, those that changed last first.
    #[napi(ts_args_type = "filter?: OrderFilter", ts_return_type = "Promise<OrderPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "orders.list", || {
            let known = ["shopId", "status", "updatedFrom", "updatedTo", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::OrderFilter {
                shop_id: fields.id("shopId")?,
                status: fields.word("status")?,
                updated_from: fields.time("updatedFrom")?,
                updated_to: fields.time("updatedTo")?,
                page: request(&mut fields)?,
            };
            Ok(async move { OrderPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one stored order. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Order>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "orders.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Order::try_from(group.get(id).await?) })
        })
    }

    /// Syncs the shop's orders.
    #[napi(ts_args_type = "options: SyncOptions", ts_return_type = "Promise<Run>")]
    pub fn sync<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        syncing::promise_of(env, "orders.sync", options, |request| async move {
            Run::try_from(group.sync(request).await?)
        })
    }

    /// Ships an order with one parcel. Never sent a second time without a person: while its outcome is
    /// unknown, the order is looked at.
    #[napi(ts_args_type = "shipment: Shipment", ts_return_type = "Promise<Receipt>")]
    pub fn ship<'env>(&self, env: &'env Env, shipment: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "orders.ship", || {
            let known = ["shopId", "platformOrderId", "companyCode", "trackingNumber"];
            let mut fields = Fields::read(env, shipment, &known)?;
            let request = hub::ShipRequest {
                shop_id: fields.required_id("shopId")?,
                platform_order_id: fields.required_text("platformOrderId")?,
                company_code: fields.required_text("companyCode")?,
                tracking_number: fields.required_text("trackingNumber")?,
            };
            Ok(async move { group.ship(request).await.map(Receipt::from) })
        })
    }

    /// Opens buyer data of orders: in plain text, for you alone. What a platform sealed is opened by the platform,
    /// within a budget of each shop and day. Needs the right `orders.decrypt`, and each call is in the audit.
    #[napi(ts_args_type = "options: DecryptOptions", ts_return_type = "Promise<Decrypted>")]
    pub fn decrypt<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "orders.decrypt", || {
            let request = decrypt::read(env, options)?;
            Ok(async move { group.decrypt(request).await.map(Decrypted::from) })
        })
    }

    /// The carriers that the shop's platform knows.
    #[napi(ts_args_type = "shopId: string", ts_return_type = "Promise<Array<Company>>")]
    pub fn companies<'env>(&self, env: &'env Env, shop_id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "orders.companies", || {
            let shop = id_argument(env, "shopId", &shop_id)?;
            Ok(async move {
                let companies = group.companies(shop).await?;
                Ok(companies.into_iter().map(Company::from).collect::<Vec<_>>())
            })
        })
    }
}

/// A carrier.
#[napi(object, object_from_js = false)]
pub struct Company {
    /// Its code, for `ship`.
    pub code: String,
    /// Its name for people.
    pub name: String,
}

impl From<model::Company> for Company {
    fn from(company: model::Company) -> Self {
        Self { code: company.code, name: company.name }
    }
}

/// One field of buyer data: for people, partly starred out, and opaque for the platform's decrypt call.
#[napi(object, object_from_js = false)]
pub struct BuyerField {
    /// Partly starred out.
    pub masked: Option<String>,
    /// Opaque.
    pub cipher: Option<String>,
}

/// Where an order goes.
#[napi(object, object_from_js = false)]
pub struct Receiver {
    /// Name.
    pub name: BuyerField,
    /// Phone number.
    pub phone: BuyerField,
    /// Street address below the street's name.
    pub detail: BuyerField,
    /// Province.
    pub province: Option<String>,
    /// City.
    pub city: Option<String>,
    /// District.
    pub town: Option<String>,
    /// Street.
    pub street: Option<String>,
}

/// One line of an order.
#[napi(object, object_from_js = false)]
pub struct OrderItem {
    /// The platform's id of the line.
    pub platform_item_id: String,
    /// The platform's id of the product.
    pub platform_product_id: Option<String>,
    /// The platform's id of the SKU.
    pub platform_sku_id: Option<String>,
    /// The merchant's own id of the SKU.
    pub outer_sku_id: Option<String>,
    /// The merchant's code.
    pub code: Option<String>,
    /// The product's title at the time of the order.
    pub name: Option<String>,
    /// How many.
    pub quantity: i64,
    /// Price of one before discounts, in fen.
    pub origin_price_fen: Option<i64>,
    /// The line before discounts, in fen.
    pub sum_amount_fen: Option<i64>,
    /// What the buyer paid for the line, in fen.
    pub pay_amount_fen: Option<i64>,
    /// Where the line stands.
    #[napi(ts_type = "OrderStatus")]
    pub status: String,
    /// The platform's own status value.
    pub platform_status: String,
    /// The platform's own after-sale status value.
    pub after_sale_status: Option<String>,
    /// The platform's own refund status value.
    pub refund_status: Option<String>,
}

/// One parcel of an order.
#[napi(object, object_from_js = false)]
pub struct Package {
    /// Tracking number.
    pub tracking_no: String,
    /// The carrier's code.
    pub company: Option<String>,
    /// The platform's id of the parcel.
    pub delivery_id: Option<String>,
    /// When it was shipped.
    pub shipped_at: Option<String>,
}

/// A stored order.
#[napi(object, object_from_js = false)]
pub struct Order {
    /// Our id.
    pub id: String,
    /// The shop.
    pub shop_id: String,
    /// The platform's id.
    pub platform_order_id: String,
    /// Where it stands.
    #[napi(ts_type = "OrderStatus")]
    pub status: String,
    /// The platform's own status value.
    pub platform_status: String,
    /// The platform's own type of order.
    pub order_type: Option<String>,
    /// Total before discounts, with postage, in fen.
    pub order_amount_fen: Option<i64>,
    /// What the buyer pays, in fen.
    pub pay_amount_fen: Option<i64>,
    /// Postage in fen.
    pub post_amount_fen: Option<i64>,
    /// All discounts together, in fen.
    pub promotion_amount_fen: Option<i64>,
    /// The platform's own way of payment.
    pub pay_type: Option<String>,
    /// What the buyer wrote.
    pub buyer_words: Option<String>,
    /// What the seller noted.
    pub seller_words: Option<String>,
    /// The seller's stars, 0 to 5.
    pub seller_stars: Option<i64>,
    /// The buyer's id for this app.
    pub buyer_open_id: Option<String>,
    /// Where it goes.
    pub receiver: Receiver,
    /// Parcels.
    pub packages: Vec<Package>,
    /// Lines.
    pub items: Vec<OrderItem>,
    /// When it was placed.
    pub platform_created_at: String,
    /// When it last changed on the platform.
    pub platform_updated_at: String,
    /// When it was paid.
    pub paid_at: Option<String>,
    /// When it was shipped.
    pub shipped_at: Option<String>,
    /// When it was finished.
    pub finished_at: Option<String>,
    /// By when it must be shipped.
    pub ship_by: Option<String>,
    /// By when it must be paid.
    pub pay_by: Option<String>,
    /// When the row was last confirmed.
    pub synced_at: String,
}

/// Orders, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct OrderPage {
    /// The orders.
    pub items: Vec<Order>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

impl From<model::BuyerField> for BuyerField {
    fn from(field: model::BuyerField) -> Self {
        Self { masked: field.masked, cipher: field.cipher }
    }
}

impl From<model::Receiver> for Receiver {
    fn from(receiver: model::Receiver) -> Self {
        Self {
            name: receiver.name.into(),
            phone: receiver.phone.into(),
            detail: receiver.detail.into(),
            province: receiver.province,
            city: receiver.city,
            town: receiver.town,
            street: receiver.street,
        }
    }
}

impl TryFrom<model::OrderItem> for OrderItem {
    type Error = Error;

    fn try_from(item: model::OrderItem) -> Result<Self> {
        Ok(Self {
            platform_item_id: item.platform_item_id,
            platform_product_id: item.platform_product_id,
            platform_sku_id: item.platform_sku_id,
            outer_sku_id: item.outer_sku_id,
            code: item.code,
            name: item.name,
            quantity: safe(item.quantity)?,
            origin_price_fen: fen(item.origin_price)?,
            sum_amount_fen: fen(item.sum_amount)?,
            pay_amount_fen: fen(item.pay_amount)?,
            status: item.status.to_string(),
            platform_status: item.platform_status,
            after_sale_status: item.after_sale_status,
            refund_status: item.refund_status,
        })
    }
}

impl From<model::Package> for Package {
    fn from(package: model::Package) -> Self {
        Self {
            tracking_no: package.tracking_no,
            company: package.company,
            delivery_id: package.delivery_id,
            shipped_at: iso(package.shipped_at),
        }
    }
}

impl TryFrom<model::Order> for Order {
    type Error = Error;

    fn try_from(order: model::Order) -> Result<Self> {
        let record = order.record;
        Ok(Self {
            id: order.id.to_string(),
            shop_id: order.shop_id.to_string(),
            platform_order_id: record.platform_order_id,
            status: record.status.to_string(),
            platform_status: record.platform_status,
            order_type: record.order_type,
            order_amount_fen: fen(record.order_amount)?,
            pay_amount_fen: fen(record.pay_amount)?,
            post_amount_fen: fen(record.post_amount)?,
            promotion_amount_fen: fen(record.promotion_amount)?,
            pay_type: record.pay_type,
            buyer_words: record.buyer_words,
            seller_words: record.seller_words,
            seller_stars: safe_some(record.seller_stars)?,
            buyer_open_id: record.buyer_open_id,
            receiver: record.receiver.into(),
            packages: record.packages.into_iter().map(Package::from).collect(),
            items: all(record.items)?,
            platform_created_at: record.platform_created_at.to_string(),
            platform_updated_at: record.platform_updated_at.to_string(),
            paid_at: iso(record.paid_at),
            shipped_at: iso(record.shipped_at),
            finished_at: iso(record.finished_at),
            ship_by: iso(record.ship_by),
            pay_by: iso(record.pay_by),
            synced_at: order.synced_at.to_string(),
        })
    }
}

impl TryFrom<model::Page<model::Order>> for OrderPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Order>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}
