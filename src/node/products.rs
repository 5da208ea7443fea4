//! `hub.products`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::changes::Receipt;
use super::checked::refuse;
use super::draft::{DRAFT_CAP, draft};
use super::fields::{Fields, id_argument};
use super::listings::CategoryRules;
use super::page::{all, converted, fen, iso, request, safe, safe_some};
use super::runs::Run;
use super::runtime::promise;
use super::syncing;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Products and their SKUs.
#[napi]
pub struct Products(pub(super) hub::Products);

#[napi]
impl Products {
    /// Lists stored products, without their SKUs.
    #[napi(ts_args_type = "filter?: ProductFilter", ts_return_type = "Promise<ProductPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.list", || {
            let known = ["shopId", "status", "search", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::ProductFilter {
                shop_id: fields.id("shopId")?,
                status: fields.word("status")?,
                search: fields.text("search")?,
                page: request(&mut fields)?,
            };
            Ok(async move { ProductPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one stored product with its SKUs. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Product>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Product::try_from(group.get(id).await?) })
        })
    }

    /// Syncs the shop's products and their SKUs.
    #[napi(ts_args_type = "options: SyncOptions", ts_return_type = "Promise<Run>")]
    pub fn sync<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        syncing::promise_of(env, "products.sync", options, |request| async move {
            Run::try_from(group.sync(request).await?)
        })
    }

    /// Puts a product on sale or takes it down; on sale may mean under review first. Like every write it fails
    /// only when the platform surely did not do it; `unknown` is settled by itself, see `changes`.
    #[napi(ts_args_type = "wish: OnlineWish", ts_return_type = "Promise<Receipt>")]
    pub fn set_online<'env>(&self, env: &'env Env, wish: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.setOnline", || {
            let mut fields = Fields::read(env, wish, &["shopId", "platformProductId", "online"])?;
            let (shop, id) = (fields.required_id("shopId")?, fields.required_text("platformProductId")?);
            let online = fields.required_flag("online")?;
            Ok(async move { group.set_online(shop, id, online).await.map(Receipt::from) })
        })
    }

    /// Sets the price of a SKU. The newest price that was wanted wins.
    #[napi(ts_args_type = "wish: PriceWish", ts_return_type = "Promise<Receipt>")]
    pub fn set_price<'env>(&self, env: &'env Env, wish: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.setPrice", || {
            let known = ["shopId", "platformProductId", "platformSkuId", "priceFen"];
            let mut fields = Fields::read(env, wish, &known)?;
            let target = sku_target(&mut fields)?;
            let price = model::Fen(fields.required_number("priceFen")?);
            Ok(async move { group.set_price(target, price).await.map(Receipt::from) })
        })
    }

    /// Sets the stock of a SKU (`stock`), or adds to it (`delta`). Two equal additions are two changes.
    #[napi(ts_args_type = "wish: StockWish", ts_return_type = "Promise<Receipt>")]
    pub fn set_stock<'env>(&self, env: &'env Env, wish: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.setStock", || {
            let known = ["shopId", "platformProductId", "platformSkuId", "stock", "delta"];
            let mut fields = Fields::read(env, wish, &known)?;
            let target = sku_target(&mut fields)?;
            let wish = match (fields.number("stock")?, fields.number("delta")?) {
                (Some(stock), None) => hub::StockWish::Set(stock),
                (None, Some(delta)) => hub::StockWish::Add(delta),
                _ => return Err(refuse("stock", "or `delta` must be given, and only one of them")),
            };
            Ok(async move { group.set_stock(target, wish).await.map(Receipt::from) })
        })
    }

    /// Asks what a category wants of its products: its properties, which are needed, and what can be chosen.
    #[napi(ts_args_type = "options: RulesQuery", ts_return_type = "Promise<CategoryRules>")]
    pub fn rules<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.rules", || {
            let mut fields = Fields::read(env, options, &["shopId", "categoryId"])?;
            let (shop, id) = (fields.required_id("shopId")?, fields.required_text("categoryId")?);
            Ok(async move { group.rules(shop, id).await.map(CategoryRules::from) })
        })
    }

    /// Publishes a new product. The draft is checked by the rules of its category and its images are uploaded; then
    /// one call is made, once. The same draft again gives the same change. `listings` and the event
    /// `listing.status` tell how the platform's review ends. An unknown outcome is settled by looking for the outer
    /// id; it is never sent again without a person. Fails with INVALID_REQUEST and every problem of the draft, and
    /// with CONFLICT when a product of the shop has the outer id.
    #[napi(ts_args_type = "wish: PublishWish", ts_return_type = "Promise<Receipt>")]
    pub fn publish<'env>(&self, env: &'env Env, wish: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.publish", || {
            let mut fields = Fields::read_capped(env, wish, &["shopId", "draft"], DRAFT_CAP)?;
            let (shop, draft) = (fields.required_id("shopId")?, draft(&mut fields)?);
            Ok(async move { group.publish(shop, draft).await.map(Receipt::from) })
        })
    }

    /// Changes a published product to what the draft says, as a whole. The newest draft that was wanted wins.
    #[napi(ts_args_type = "wish: UpdateWish", ts_return_type = "Promise<Receipt>")]
    pub fn update<'env>(&self, env: &'env Env, wish: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.update", || {
            let known = ["shopId", "platformProductId", "draft"];
            let mut fields = Fields::read_capped(env, wish, &known, DRAFT_CAP)?;
            let (shop, id) = (fields.required_id("shopId")?, fields.required_text("platformProductId")?);
            let draft = draft(&mut fields)?;
            Ok(async move { group.update(shop, id, draft).await.map(Receipt::from) })
        })
    }

    /// Asks the platform for one product as it is now. Nothing is stored.
    #[napi(ts_args_type = "options: ProductQuery", ts_return_type = "Promise<FetchedProduct>")]
    pub fn fetch<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "products.fetch", || {
            let mut fields = Fields::read(env, options, &["shopId", "platformProductId"])?;
            let (shop, id) = (fields.required_id("shopId")?, fields.required_text("platformProductId")?);
            Ok(async move { FetchedProduct::try_from(group.fetch(shop, id).await?) })
        })
    }
}

fn sku_target(fields: &mut Fields<'_>) -> Result<hub::SkuTarget> {
    Ok(hub::SkuTarget {
        shop_id: fields.required_id("shopId")?,
        platform_product_id: fields.required_text("platformProductId")?,
        platform_sku_id: fields.required_text("platformSkuId")?,
    })
}

/// A SKU as the platform describes it.
#[napi(object, object_from_js = false)]
pub struct FetchedSku {
    /// The platform's id.
    pub platform_sku_id: String,
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The merchant's code.
    pub code: Option<String>,
    /// Its price in fen.
    pub price_fen: i64,
    /// What can be sold.
    pub stock: i64,
    /// Names of its options, such as 黑 and M.
    pub specs: Vec<String>,
    /// Further fields of the platform as JSON text, unchanged.
    pub extra_json: Option<String>,
}

/// A stored SKU.
#[napi(object, object_from_js = false)]
pub struct Sku {
    /// Our id.
    pub id: String,
    /// The platform's id.
    pub platform_sku_id: String,
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The merchant's code.
    pub code: Option<String>,
    /// Its price in fen.
    pub price_fen: i64,
    /// What can be sold.
    pub stock: i64,
    /// Names of its options, such as 黑 and M.
    pub specs: Vec<String>,
    /// Further fields of the platform as JSON text, unchanged.
    pub extra_json: Option<String>,
}

/// A product as the platform describes it.
#[napi(object, object_from_js = false)]
pub struct FetchedProduct {
    /// The platform's id.
    pub platform_product_id: String,
    /// Its title.
    pub name: String,
    /// Where it stands.
    #[napi(ts_type = "ProductStatus")]
    pub status: String,
    /// The platform's own status values, unchanged.
    pub platform_status: String,
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The platform's id of its leaf category.
    pub category_id: Option<String>,
    /// Its description; HTML or a list of images. Never render it unescaped.
    pub description: Option<String>,
    /// URLs of its main images.
    pub images: Vec<String>,
    /// When the platform says it was created.
    pub platform_created_at: Option<String>,
    /// When the platform says it last changed.
    pub platform_updated_at: Option<String>,
    /// Further fields of the platform as JSON text, unchanged.
    pub extra_json: Option<String>,
    /// Its SKUs.
    pub skus: Vec<FetchedSku>,
}

/// A stored product.
#[napi(object, object_from_js = false)]
pub struct Product {
    /// Our id.
    pub id: String,
    /// The shop.
    pub shop_id: String,
    /// The platform's id.
    pub platform_product_id: String,
    /// Its title.
    pub name: String,
    /// Where it stands.
    #[napi(ts_type = "ProductStatus")]
    pub status: String,
    /// The platform's own status values, unchanged.
    pub platform_status: String,
    /// The merchant's own id.
    pub outer_id: Option<String>,
    /// The platform's id of its leaf category.
    pub category_id: Option<String>,
    /// Its description; HTML or a list of images. Never render it unescaped.
    pub description: Option<String>,
    /// URLs of its main images.
    pub images: Vec<String>,
    /// When the platform says it was created.
    pub platform_created_at: Option<String>,
    /// When the platform says it last changed.
    pub platform_updated_at: Option<String>,
    /// Further fields of the platform as JSON text, unchanged.
    pub extra_json: Option<String>,
    /// The lowest SKU price in fen; absent until the SKUs are synced.
    pub price_fen: Option<i64>,
    /// The sum of SKU stocks; absent until the SKUs are synced.
    pub stock: Option<i64>,
    /// When the SKUs were last read.
    pub skus_synced_at: Option<String>,
    /// When the row was last confirmed.
    pub synced_at: String,
    /// The SKUs; empty in lists.
    pub skus: Vec<Sku>,
}

/// Products, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct ProductPage {
    /// The products.
    pub items: Vec<Product>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// A category of a platform.
#[napi(object, object_from_js = false)]
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

impl TryFrom<model::SkuRecord> for FetchedSku {
    type Error = Error;

    fn try_from(sku: model::SkuRecord) -> Result<Self> {
        Ok(Self {
            platform_sku_id: sku.platform_sku_id,
            outer_id: sku.outer_id,
            code: sku.code,
            price_fen: safe(sku.price.0)?,
            stock: safe(sku.stock)?,
            specs: sku.specs,
            extra_json: sku.extra,
        })
    }
}

impl TryFrom<model::Sku> for Sku {
    type Error = Error;

    fn try_from(sku: model::Sku) -> Result<Self> {
        let record = FetchedSku::try_from(sku.record)?;
        Ok(Self {
            id: sku.id.to_string(),
            platform_sku_id: record.platform_sku_id,
            outer_id: record.outer_id,
            code: record.code,
            price_fen: record.price_fen,
            stock: record.stock,
            specs: record.specs,
            extra_json: record.extra_json,
        })
    }
}

impl TryFrom<hub::FetchedProduct> for FetchedProduct {
    type Error = Error;

    fn try_from(fetched: hub::FetchedProduct) -> Result<Self> {
        let record = fetched.record;
        Ok(Self {
            platform_product_id: record.platform_product_id,
            name: record.name,
            status: record.status.to_string(),
            platform_status: record.platform_status,
            outer_id: record.outer_id,
            category_id: record.category_id,
            description: record.description,
            images: record.images,
            platform_created_at: iso(record.platform_created_at),
            platform_updated_at: iso(record.platform_updated_at),
            extra_json: record.extra,
            skus: all(fetched.skus)?,
        })
    }
}

impl TryFrom<model::Product> for Product {
    type Error = Error;

    fn try_from(product: model::Product) -> Result<Self> {
        let record = product.record;
        Ok(Self {
            id: product.id.to_string(),
            shop_id: product.shop_id.to_string(),
            platform_product_id: record.platform_product_id,
            name: record.name,
            status: record.status.to_string(),
            platform_status: record.platform_status,
            outer_id: record.outer_id,
            category_id: record.category_id,
            description: record.description,
            images: record.images,
            platform_created_at: iso(record.platform_created_at),
            platform_updated_at: iso(record.platform_updated_at),
            extra_json: record.extra,
            price_fen: fen(product.price)?,
            stock: safe_some(product.stock)?,
            skus_synced_at: iso(product.skus_synced_at),
            synced_at: product.synced_at.to_string(),
            skus: all(product.skus)?,
        })
    }
}

impl TryFrom<model::Page<model::Product>> for ProductPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Product>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}

impl From<model::Category> for Category {
    fn from(category: model::Category) -> Self {
        Self {
            id: category.id,
            parent_id: category.parent_id,
            name: category.name,
            level: category.level,
            is_leaf: category.is_leaf,
            is_enabled: category.is_enabled,
        }
    }
}
