//! Orders, their items, packages and receiver.

use super::words::words;
use super::{Fen, OrderId, PageRequest, ShopId, UtcMillis};

words! {
    /// Where an order stands, the same words on every platform.
    OrderStatus {
        /// Waiting for payment.
        Unpaid = "unpaid",
        /// Paid; the platform has not released it for shipping yet.
        Paid = "paid",
        /// To be shipped.
        ToShip = "to_ship",
        /// Some of its items are shipped.
        PartShipped = "part_shipped",
        /// Shipped.
        Shipped = "shipped",
        /// Completed.
        Completed = "completed",
        /// Cancelled or closed.
        Cancelled = "cancelled",
        /// A value this version does not know; `platform_status` holds it.
        Unknown = "unknown",
    }
}

/// One field of buyer data, in the forms a platform gives it. Plain text is not among them: where a
/// platform still sends it, it is sealed like a secret and never leaves through a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BuyerField {
    /// For people, partly starred out.
    pub masked: Option<String>,
    /// Opaque, for the platform's own decrypt call.
    pub cipher: Option<String>,
}

/// Where an order goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Price of one before discounts.
    pub origin_price: Option<Fen>,
    /// The line before discounts.
    pub sum_amount: Option<Fen>,
    /// What the buyer paid for the line.
    pub pay_amount: Option<Fen>,
    /// Where the line stands.
    pub status: OrderStatus,
    /// The platform's own status value.
    pub platform_status: String,
    /// The platform's own after-sale and refund status values, when there are any.
    pub after_sale_status: Option<String>,
    /// The platform's own refund status value.
    pub refund_status: Option<String>,
}

/// One parcel of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Package {
    /// Tracking number.
    pub tracking_no: String,
    /// The carrier's code.
    pub company: Option<String>,
    /// The platform's id of the parcel.
    pub delivery_id: Option<String>,
    /// When it was shipped.
    pub shipped_at: Option<UtcMillis>,
}

/// What a platform says of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderRecord {
    /// The platform's id.
    pub platform_order_id: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// The platform's own status value.
    pub platform_status: String,
    /// The platform's own type of order.
    pub order_type: Option<String>,
    /// Total before discounts, with postage.
    pub order_amount: Option<Fen>,
    /// What the buyer pays.
    pub pay_amount: Option<Fen>,
    /// Postage.
    pub post_amount: Option<Fen>,
    /// All discounts together.
    pub promotion_amount: Option<Fen>,
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
    pub platform_created_at: UtcMillis,
    /// When it last changed on the platform.
    pub platform_updated_at: UtcMillis,
    /// When it was paid.
    pub paid_at: Option<UtcMillis>,
    /// When it was shipped.
    pub shipped_at: Option<UtcMillis>,
    /// When it was finished.
    pub finished_at: Option<UtcMillis>,
    /// By when it must be shipped.
    pub ship_by: Option<UtcMillis>,
    /// By when it must be paid.
    pub pay_by: Option<UtcMillis>,
}

/// An order as we keep it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// Our id.
    pub id: OrderId,
    /// The shop.
    pub shop_id: ShopId,
    /// What the platform says. `items` and `packages` are filled in lists too.
    pub record: OrderRecord,
    /// When the row was last confirmed.
    pub synced_at: UtcMillis,
}

/// Which orders a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// With this status.
    pub status: Option<OrderStatus>,
    /// Changed at or after this time.
    pub updated_from: Option<UtcMillis>,
    /// Changed before this time.
    pub updated_to: Option<UtcMillis>,
    /// Which part.
    pub page: PageRequest,
}
