//! Refunds and the other after-sale cases of orders.

use super::words::words;
use super::{Fen, PageRequest, RefundId, ShopId, UtcMillis};

words! {
    /// What the buyer asks for, the same words on every platform.
    RefundKind {
        /// Money back, nothing returned.
        RefundOnly = "refund_only",
        /// Money back for goods sent back.
        ReturnRefund = "return_refund",
        /// Other goods for goods sent back.
        Exchange = "exchange",
        /// Goods sent again.
        Resend = "resend",
        /// Goods repaired.
        Repair = "repair",
        /// A kind this version does not know; `platform_kind` holds it.
        Unknown = "unknown",
    }
}

words! {
    /// Where a refund stands, the same words on every platform.
    RefundStatus {
        /// The seller has to decide.
        Requested = "requested",
        /// Agreed; the buyer has to send the goods.
        WaitingReturn = "waiting_return",
        /// The buyer has sent the goods; the seller has to confirm them.
        Returned = "returned",
        /// The seller refused; the buyer may go on.
        Refused = "refused",
        /// The platform decides.
        Arbitration = "arbitration",
        /// The money, or the goods in exchange, are on their way.
        Processing = "processing",
        /// The buyer has the money, or the goods.
        Done = "done",
        /// Withdrawn, refused for good or timed out.
        Closed = "closed",
        /// A value this version does not know; `platform_status` holds it.
        Unknown = "unknown",
    }
}

/// What a platform says of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundRecord {
    /// The platform's id.
    pub platform_refund_id: String,
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// The platform's id of the order's line, where the case is about one.
    pub platform_item_id: Option<String>,
    /// What the buyer asks for.
    pub kind: RefundKind,
    /// The platform's own kind.
    pub platform_kind: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// The platform's own status value.
    pub platform_status: String,
    /// What the buyer gets back.
    pub refund_amount: Option<Fen>,
    /// How many pieces it is about.
    pub quantity: Option<i64>,
    /// The platform's id of the product.
    pub platform_product_id: Option<String>,
    /// The platform's id of the SKU.
    pub platform_sku_id: Option<String>,
    /// Why, in the buyer's choice of the platform's words.
    pub reason: Option<String>,
    /// What the buyer wrote.
    pub buyer_words: Option<String>,
    /// Tracking number of the goods on their way back.
    pub return_tracking_no: Option<String>,
    /// Their carrier, in the platform's word.
    pub return_company: Option<String>,
    /// When it was asked for.
    pub platform_created_at: UtcMillis,
    /// When it last changed on the platform.
    pub platform_updated_at: UtcMillis,
    /// By when the next step has to be taken.
    pub deadline_at: Option<UtcMillis>,
    /// Further fields of the platform as a JSON object, unchanged.
    pub extra: Option<String>,
}

/// A refund as we keep it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refund {
    /// Our id.
    pub id: RefundId,
    /// The shop.
    pub shop_id: ShopId,
    /// What the platform says.
    pub record: RefundRecord,
    /// When the row was last confirmed.
    pub synced_at: UtcMillis,
}

/// Which refunds a list shows, newest change first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// With this status.
    pub status: Option<RefundStatus>,
    /// Of this order, by the platform's id.
    pub platform_order_id: Option<String>,
    /// Changed at or after this time.
    pub updated_from: Option<UtcMillis>,
    /// Changed before this time.
    pub updated_to: Option<UtcMillis>,
    /// Which part.
    pub page: PageRequest,
}
