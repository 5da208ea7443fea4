//! `hub.shops`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::explain::ShopExplanation;
use super::fields::{Fields, id_argument, id_or_null_argument};
use super::page::{all, iso, safe};
use super::products::Category;
use super::runs::Run;
use super::runtime::promise;
use super::syncing;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Authorised accounts.
#[napi]
pub struct Shops(pub(super) hub::Shops);

#[napi]
impl Shops {
    /// Lists shops.
    #[napi(ts_args_type = "filter?: ShopFilter", ts_return_type = "Promise<Array<Shop>>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.list", || {
            let mut fields = Fields::read_optional(env, filter, &["platform", "appId", "status"])?;
            let filter = model::ShopFilter {
                platform: fields.word("platform")?,
                app_id: fields.id("appId")?,
                status: fields.word("status")?,
            };
            Ok(async move { all::<_, Shop>(group.list(filter).await?) })
        })
    }

    /// Gives one shop. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Shop>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Shop::try_from(group.get(id).await?) })
        })
    }

    /// Counts what is stored of a shop.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<ShopCounts>")]
    pub fn counts<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.counts", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { ShopCounts::try_from(group.counts(id).await?) })
        })
    }

    /// Lets us work for the shop again.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Shop>")]
    pub fn enable<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.enable", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Shop::try_from(group.enable(id).await?) })
        })
    }

    /// Stops all work for the shop; its data and its grant stay.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Shop>")]
    pub fn disable<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.disable", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Shop::try_from(group.disable(id).await?) })
        })
    }

    /// Forgets the shop's grant and disables it. With `purge`, its products, orders and runs go too.
    #[napi(ts_args_type = "id: string, options?: ShopRemoval", ts_return_type = "Promise<void>")]
    pub fn remove<'env>(
        &self,
        env: &'env Env,
        id: Unknown<'_>,
        options: Unknown<'_>,
    ) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.remove", || {
            let id = id_argument(env, "id", &id)?;
            let purge = Fields::read_optional(env, options, &["purge"])?.flag("purge", false)?;
            Ok(async move { group.remove(id, purge).await })
        })
    }

    /// Binds a content account to the store that it posts for, or to none with `null`. Fails with NOT_FOUND, and with
    /// INVALID_REQUEST when one of the two is of another kind.
    #[napi(
        ts_args_type = "contentShopId: string, storeShopId: string | null",
        ts_return_type = "Promise<Shop>"
    )]
    pub fn bind<'env>(
        &self,
        env: &'env Env,
        content: Unknown<'_>,
        store: Unknown<'_>,
    ) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.bind", || {
            let content = id_argument(env, "contentShopId", &content)?;
            let store = id_or_null_argument(env, "storeShopId", &store)?;
            Ok(async move { Shop::try_from(group.bind(content, store).await?) })
        })
    }

    /// Asks the platform for the categories below `parentId`, or for the first level.
    #[napi(ts_args_type = "options: CategoryQuery", ts_return_type = "Promise<Array<Category>>")]
    pub fn categories<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.categories", || {
            let mut fields = Fields::read(env, options, &["shopId", "parentId"])?;
            let (shop, parent) = (fields.required_id("shopId")?, fields.text("parentId")?);
            Ok(async move {
                let found = group.categories(shop, parent).await?;
                Ok(found.into_iter().map(Category::from).collect::<Vec<_>>())
            })
        })
    }

    /// Explains why the shop works or does not, and what to do. Calls nothing. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<ShopExplanation>")]
    pub fn explain<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "shops.explain", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { ShopExplanation::try_from(group.explain(id).await?) })
        })
    }

    /// Syncs the shop's products, then its orders. Resolves to the two runs.
    #[napi(ts_args_type = "options: SyncOptions", ts_return_type = "Promise<Array<Run>>")]
    pub fn sync<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        syncing::promise_of(env, "shops.sync", options, |request| async move {
            all::<_, Run>(group.sync(request).await?)
        })
    }
}

/// What may be known of a shop's tokens; never the tokens.
#[napi(object, object_from_js = false)]
pub struct Authorization {
    /// Where it stands.
    #[napi(ts_type = "GrantState")]
    pub state: String,
    /// Why it is dead, in a sentence.
    pub reason: Option<String>,
    /// Grows with every stored token set.
    pub generation: i64,
    /// When the access token ends.
    pub expires_at: String,
    /// When the refresh token ends, where the platform has one.
    pub refresh_expires_at: Option<String>,
    /// Whether the platform lets us make a new token without a person (self-use apps).
    pub renewable_without_person: bool,
    /// How many days ahead of its end it was last warned of: only a person can renew it.
    pub warned_days: Option<u32>,
    /// When single levels of permission end, on platforms that have them; the token itself may live longer.
    pub tiers: Vec<TierEnd>,
    /// How often the refresh token can still be renewed, on platforms that renew it apart from the access token. After
    /// the last time only a person can move its end.
    pub renewals_left: Option<u32>,
    /// Why the platform renews the refresh token no further, where it said so before the last time.
    pub renewal_refused: Option<String>,
}

/// When a level of permission ends.
#[napi(object, object_from_js = false)]
pub struct TierEnd {
    /// Which: reading (r) or writing (w), ordinary (1) or sensitive data (2).
    #[napi(ts_type = "Tier")]
    pub tier: String,
    /// When it ends.
    pub ends_at: String,
}

/// One authorised account of an app.
#[napi(object, object_from_js = false)]
pub struct Shop {
    /// Our id.
    pub id: String,
    /// The app it is authorised for.
    pub app_id: String,
    /// The platform.
    #[napi(ts_type = "PlatformId")]
    pub platform: String,
    /// The platform's id of the shop.
    pub platform_shop_id: String,
    /// Its name.
    pub name: String,
    /// Store or content account.
    #[napi(ts_type = "ShopKind")]
    pub kind: String,
    /// The platform's own word for the type of shop.
    pub shop_type: Option<String>,
    /// Whether we work for it.
    #[napi(ts_type = "ShopStatus")]
    pub status: String,
    /// The store that a content account belongs to.
    pub bound_shop_id: Option<String>,
    /// What is known of its tokens.
    pub authorization: Option<Authorization>,
    /// When a sync last finished.
    pub last_synced_at: Option<String>,
    /// When it was first connected.
    pub created_at: String,
    /// When its row last changed.
    pub updated_at: String,
}

/// How much is stored of a shop.
#[napi(object, object_from_js = false)]
pub struct ShopCounts {
    /// Products.
    pub products: i64,
    /// SKUs.
    pub skus: i64,
    /// Orders.
    pub orders: i64,
    /// Refunds.
    pub refunds: i64,
    /// Records that could not be read and were kept aside.
    pub quarantined: i64,
}

impl TryFrom<model::Authorization> for Authorization {
    type Error = Error;

    fn try_from(authorization: model::Authorization) -> Result<Self> {
        Ok(Self {
            state: authorization.state.to_string(),
            reason: authorization.reason,
            generation: safe(authorization.generation)?,
            expires_at: authorization.expires_at.to_string(),
            refresh_expires_at: iso(authorization.refresh_expires_at),
            renewable_without_person: authorization.renewable_without_person,
            warned_days: authorization.warned_days,
            tiers: authorization.tiers.into_iter().map(TierEnd::from).collect(),
            renewals_left: authorization.renewals_left,
            renewal_refused: authorization.renewal_refused,
        })
    }
}

impl From<(model::Tier, model::UtcMillis)> for TierEnd {
    fn from((tier, end): (model::Tier, model::UtcMillis)) -> Self {
        Self { tier: tier.to_string(), ends_at: end.to_string() }
    }
}

impl TryFrom<model::Shop> for Shop {
    type Error = Error;

    fn try_from(shop: model::Shop) -> Result<Self> {
        Ok(Self {
            id: shop.id.to_string(),
            app_id: shop.app_id.to_string(),
            platform: shop.platform.to_string(),
            platform_shop_id: shop.platform_shop_id,
            name: shop.name,
            kind: shop.kind.to_string(),
            shop_type: shop.shop_type,
            status: shop.status.to_string(),
            bound_shop_id: shop.bound_shop_id.map(|id| id.to_string()),
            authorization: shop.authorization.map(Authorization::try_from).transpose()?,
            last_synced_at: iso(shop.last_synced_at),
            created_at: shop.created_at.to_string(),
            updated_at: shop.updated_at.to_string(),
        })
    }
}

impl TryFrom<model::ShopCounts> for ShopCounts {
    type Error = Error;

    fn try_from(counts: model::ShopCounts) -> Result<Self> {
        Ok(Self {
            products: safe(counts.products)?,
            skus: safe(counts.skus)?,
            orders: safe(counts.orders)?,
            refunds: safe(counts.refunds)?,
            quarantined: safe(counts.quarantined)?,
        })
    }
}
