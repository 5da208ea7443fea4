//! Products and their SKUs.

use super::words::words;
use super::{Fen, PageRequest, ProductId, ShopId, SkuId, UtcMillis};

words! {
    /// Where a product stands, the same words on every platform.
    ProductStatus {
        /// Buyers can buy it.
        OnSale = "on_sale",
        /// Taken down, can be listed again.
        OffSale = "off_sale",
        /// Not submitted yet.
        Draft = "draft",
        /// The platform is reviewing it.
        UnderReview = "under_review",
        /// Approved, waiting for its listing time.
        Scheduled = "scheduled",
        /// The platform refused it.
        Rejected = "rejected",
        /// The platform banned it.
        Banned = "banned",
        /// Deleted on the platform.
        Deleted = "deleted",
        /// A value this version does not know; `platform_status` holds it.
        Unknown = "unknown",
    }
}

/// What a platform's list says of a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductRecord {
    /// The platform's id.
    pub platform_product_id: String,
    /// Its title.
    pub name: String,
    /// Where it stands.
    pub status: ProductStatus,
    /// The platform's own status values, unchanged.
    pub platform_status: String,
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The platform's id of its leaf category.
    pub category_id: Option<String>,
    /// Its description; HTML or a list of images, as the platform keeps it. Never render it unescaped.
    pub description: Option<String>,
    /// URLs of its main images.
    pub images: Vec<String>,
    /// When the platform says it was created.
    pub platform_created_at: Option<UtcMillis>,
    /// When the platform says it last changed.
    pub platform_updated_at: Option<UtcMillis>,
    /// Further fields of the platform as a JSON object, unchanged.
    pub extra: Option<String>,
}

/// What a platform says of a SKU.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SkuRecord {
    /// The platform's id.
    pub platform_sku_id: String,
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The merchant's code.
    pub code: Option<String>,
    /// Its price.
    pub price: Fen,
    /// What can be sold.
    pub stock: i64,
    /// Names of its options, such as 黑 and M.
    pub specs: Vec<String>,
    /// Further fields of the platform as a JSON object, unchanged.
    pub extra: Option<String>,
}

/// A product as we keep it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// Our id.
    pub id: ProductId,
    /// The shop.
    pub shop_id: ShopId,
    /// What the platform says.
    pub record: ProductRecord,
    /// The lowest SKU price; absent until the SKUs are synced.
    pub price: Option<Fen>,
    /// The sum of SKU stocks; absent until the SKUs are synced.
    pub stock: Option<i64>,
    /// When the SKUs were last read.
    pub skus_synced_at: Option<UtcMillis>,
    /// When the row was last confirmed.
    pub synced_at: UtcMillis,
    /// The SKUs; only where one product is asked for.
    pub skus: Vec<Sku>,
}

/// A SKU as we keep it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sku {
    /// Our id.
    pub id: SkuId,
    /// What the platform says.
    pub record: SkuRecord,
}

/// Which products a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Of this shop.
    pub shop_id: Option<ShopId>,
    /// With this status.
    pub status: Option<ProductStatus>,
    /// Whose name holds this text.
    pub search: Option<String>,
    /// Which part.
    pub page: PageRequest,
}

/// A category of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Category {
    /// The platform's id.
    pub id: String,
    /// The one above; absent at the root.
    pub parent_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Depth from the root, starting at 1, where the platform says it.
    pub level: Option<u32>,
    /// Whether products can be put into it.
    pub is_leaf: bool,
    /// Whether the platform lets it be used.
    pub is_enabled: bool,
}
