//! `hub.changes`, and what the writes of other groups answer.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::{OPTIONS_CAP, Reader, Tree, refuse};
use super::fields::{Fields, id_argument};
use super::page::{converted, iso, request, safe};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Writes to the platforms, and how they go on.
#[napi]
pub struct Changes(pub(super) hub::Changes);

#[napi]
impl Changes {
    /// Lists changes, newest first. Those of products, and of promotions of a shop, need the right `products.read`,
    /// shipments `orders.read`, what is posted `promotions.read`; without an operation all three.
    #[napi(ts_args_type = "filter?: ChangeFilter", ts_return_type = "Promise<ChangePage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "changes.list", || {
            let known = ["shopId", "state", "operation", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::ChangeFilter {
                shop_id: fields.id("shopId")?,
                state: fields.word("state")?,
                operation: fields.word("operation")?,
                page: request(&mut fields)?,
            };
            Ok(async move { ChangePage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one change. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Change>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "changes.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Change::try_from(group.get(id).await?) })
        })
    }

    /// Looks at the platform now for a change whose outcome is unknown or that needs a person, and gives it
    /// as it is then.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Change>")]
    pub fn settle<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "changes.settle", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Change::try_from(group.settle(id).await?) })
        })
    }

    /// Takes a change back that still waits. Fails with CONFLICT when it is under way, unknown or has ended.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Change>")]
    pub fn cancel<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "changes.cancel", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Change::try_from(group.cancel(id).await?) })
        })
    }

    /// Says what became of a change that needs a person, who has looked at the platform. A named actor has to
    /// do this. Of a new product that is there, `platformProductId` says which it is; it is looked for when left out.
    #[napi(
        ts_args_type = "id: string, resolution: Resolution, options?: ResolveOptions",
        ts_return_type = "Promise<Change>"
    )]
    pub fn resolve<'env>(
        &self,
        env: &'env Env,
        id: Unknown<'_>,
        resolution: Unknown<'_>,
        options: Unknown<'_>,
    ) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "changes.resolve", || {
            let id = id_argument(env, "id", &id)?;
            let Tree::Text(word) = Reader::new(env, OPTIONS_CAP).tree("resolution", &resolution, 1)? else {
                return Err(refuse("resolution", "must be 'accepted', 'send_again' or 'drop'"));
            };
            let resolution: model::Resolution = word.parse()?;
            let mut fields = Fields::read_optional(env, options, &["platformProductId"])?;
            let product = fields.text("platformProductId")?;
            Ok(async move { Change::try_from(group.resolve(id, resolution, product).await?) })
        })
    }
}

/// What a write answers. An unknown outcome is no error: it is settled by itself.
#[napi(object, object_from_js = false)]
pub struct Receipt {
    /// The change; `changes.get` tells how it goes on.
    pub change_id: String,
    /// Where it stood when the promise was settled.
    #[napi(ts_type = "ChangeState")]
    pub state: String,
}

/// A write to a platform.
#[napi(object, object_from_js = false)]
pub struct Change {
    /// Its id, growing.
    pub id: String,
    /// The shop.
    pub shop_id: String,
    /// What it does.
    #[napi(ts_type = "ChangeOperation")]
    pub operation: String,
    /// What it changes: the platform's id of an order or product, `product/sku`, the merchant's own id of a product
    /// that is new, or the name and the times of a promotion that is new.
    pub target: String,
    /// On sale, or not.
    pub online: Option<bool>,
    /// The price in fen.
    pub price_fen: Option<i64>,
    /// How many there should be.
    pub stock: Option<i64>,
    /// How many more there should be.
    pub delta: Option<i64>,
    /// The carrier's code.
    pub company_code: Option<String>,
    /// The tracking number.
    pub tracking_number: Option<String>,
    /// Where it stands.
    #[napi(ts_type = "ChangeState")]
    pub state: String,
    /// How often it was sent.
    pub attempt: i64,
    /// The code of the error that it met last.
    #[napi(ts_type = "ErrorCode")]
    pub error_code: Option<String>,
    /// What the error said.
    pub message: Option<String>,
    /// The platform's own code.
    pub platform_code: Option<String>,
    /// The platform's id of the request, which its support asks for.
    pub request_id: Option<String>,
    /// How we know that it was done.
    #[napi(ts_type = "ChangeEvidence")]
    pub evidence: Option<String>,
    /// The platform's id of the promotion of the shop that it created, where it is known.
    pub platform_campaign_id: Option<String>,
    /// Who wanted it.
    pub actor: String,
    /// When it was wanted.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// Changes, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct ChangePage {
    /// The changes.
    pub items: Vec<Change>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

impl From<model::Receipt> for Receipt {
    fn from(receipt: model::Receipt) -> Self {
        Self { change_id: receipt.change_id.to_string(), state: receipt.state.to_string() }
    }
}

impl TryFrom<model::Change> for Change {
    type Error = Error;

    fn try_from(change: model::Change) -> Result<Self> {
        let mut shown = Self {
            id: change.id.to_string(),
            shop_id: change.shop_id.to_string(),
            operation: change.operation.to_string(),
            target: change.target,
            online: None,
            price_fen: None,
            stock: None,
            delta: None,
            company_code: None,
            tracking_number: None,
            state: change.state.to_string(),
            attempt: safe(change.attempt)?,
            error_code: change.error_code,
            message: change.message,
            platform_code: change.platform_code,
            request_id: change.request_id,
            evidence: change.evidence.map(|evidence| evidence.to_string()),
            platform_campaign_id: change.platform_campaign_id,
            actor: change.actor,
            created_at: change.created_at.to_string(),
            updated_at: change.updated_at.to_string(),
            finished_at: iso(change.finished_at),
        };
        match change.wanted {
            model::Wanted::Online { online, .. } => shown.online = Some(online),
            model::Wanted::Price { fen, .. } => shown.price_fen = Some(safe(fen)?),
            model::Wanted::Stock { stock, .. } => shown.stock = Some(safe(stock)?),
            model::Wanted::AddStock { delta, .. } => shown.delta = Some(safe(delta)?),
            model::Wanted::Publish { .. }
            | model::Wanted::Update { .. }
            | model::Wanted::Post { .. }
            | model::Wanted::Campaign { .. } => {}
            model::Wanted::Ship { company, tracking, .. } => {
                (shown.company_code, shown.tracking_number) = (Some(company), Some(tracking));
            }
        }
        Ok(shown)
    }
}

impl TryFrom<model::Page<model::Change>> for ChangePage {
    type Error = Error;

    fn try_from(page: model::Page<model::Change>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}
