//! `hub.refunds`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::fields::{Fields, id_argument};
use super::page::{converted, fen, iso, request, safe_some};
use super::runs::Run;
use super::runtime::promise;
use super::syncing;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Refunds and other after-sale cases.
#[napi]
pub struct Refunds(pub(super) hub::Refunds);

#[napi]
impl Refunds {
    /// Lists stored refunds, those that changed last first.
    #[napi(ts_args_type = "filter?: RefundFilter", ts_return_type = "Promise<RefundPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "refunds.list", || {
            let known =
                ["shopId", "status", "platformOrderId", "updatedFrom", "updatedTo", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::RefundFilter {
                shop_id: fields.id("shopId")?,
                status: fields.word("status")?,
                platform_order_id: fields.text("platformOrderId")?,
                updated_from: fields.time("updatedFrom")?,
                updated_to: fields.time("updatedTo")?,
                page: request(&mut fields)?,
            };
            Ok(async move { RefundPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one stored refund. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Refund>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "refunds.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Refund::try_from(group.get(id).await?) })
        })
    }

    /// Syncs the shop's refunds.
    #[napi(ts_args_type = "options: SyncOptions", ts_return_type = "Promise<Run>")]
    pub fn sync<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        syncing::promise_of(env, "refunds.sync", options, |request| async move {
            Run::try_from(group.sync(request).await?)
        })
    }
}

/// A stored refund.
#[napi(object, object_from_js = false)]
pub struct Refund {
    /// Our id.
    pub id: String,
    /// The shop.
    pub shop_id: String,
    /// The platform's id.
    pub platform_refund_id: String,
    /// The platform's id of the order.
    pub platform_order_id: String,
    /// The platform's id of the order's line, where the case is about one.
    pub platform_item_id: Option<String>,
    /// What the buyer asks for.
    #[napi(ts_type = "RefundKind")]
    pub kind: String,
    /// The platform's own kind.
    pub platform_kind: String,
    /// Where it stands.
    #[napi(ts_type = "RefundStatus")]
    pub status: String,
    /// The platform's own status value.
    pub platform_status: String,
    /// What the buyer gets back, in fen.
    pub refund_amount_fen: Option<i64>,
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
    pub platform_created_at: String,
    /// When it last changed on the platform.
    pub platform_updated_at: String,
    /// By when the next step has to be taken.
    pub deadline_at: Option<String>,
    /// Further fields of the platform as the text of a JSON object, unchanged.
    pub extra: Option<String>,
    /// When the row was last confirmed.
    pub synced_at: String,
}

/// Refunds, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct RefundPage {
    /// The refunds.
    pub items: Vec<Refund>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

impl TryFrom<model::Refund> for Refund {
    type Error = Error;

    fn try_from(refund: model::Refund) -> Result<Self> {
        let record = refund.record;
        Ok(Self {
            id: refund.id.to_string(),
            shop_id: refund.shop_id.to_string(),
            platform_refund_id: record.platform_refund_id,
            platform_order_id: record.platform_order_id,
            platform_item_id: record.platform_item_id,
            kind: record.kind.to_string(),
            platform_kind: record.platform_kind,
            status: record.status.to_string(),
            platform_status: record.platform_status,
            refund_amount_fen: fen(record.refund_amount)?,
            quantity: safe_some(record.quantity)?,
            platform_product_id: record.platform_product_id,
            platform_sku_id: record.platform_sku_id,
            reason: record.reason,
            buyer_words: record.buyer_words,
            return_tracking_no: record.return_tracking_no,
            return_company: record.return_company,
            platform_created_at: record.platform_created_at.to_string(),
            platform_updated_at: record.platform_updated_at.to_string(),
            deadline_at: iso(record.deadline_at),
            extra: record.extra,
            synced_at: refund.synced_at.to_string(),
        })
    }
}

impl TryFrom<model::Page<model::Refund>> for RefundPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Refund>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}
