//! `hub.promotions`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::Tree;
use super::fields::{Fields, id_argument, required};
use super::figures::PromotionMetrics;
use super::page::{all, converted, iso, request, safe};
use super::params::to_json;
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

const DRAFT: [&str; 10] =
    ["kind", "title", "text", "media", "cover", "delivery", "mediaUrls", "target", "live", "attributes"];

/// Content that is published: videos, pictures with a text, previews of broadcasts, videos of stores, and links.
#[napi]
pub struct Promotions(pub(super) hub::Promotions);

#[napi]
impl Promotions {
    /// Keeps a draft. Nothing is published before it is submitted and, where the hub wants it, approved. Fails with
    /// INVALID_REQUEST, naming every problem.
    #[napi(ts_args_type = "options: NewPromotion", ts_return_type = "Promise<Promotion>")]
    pub fn draft<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.draft", || {
            let mut fields = Fields::read(env, options, &["shopId", "draft", "publishAt"])?;
            let (shop, draft) = (fields.required_id("shopId")?, draft(&mut fields)?);
            let at = fields.time("publishAt")?;
            Ok(async move { Promotion::try_from(group.draft(shop, draft, at).await?) })
        })
    }

    /// Puts another draft in the place of one that is not on its way: a new version, so that an approval is void and
    /// it has to be submitted again. Fails with CONFLICT when it is on its way or published.
    #[napi(ts_args_type = "options: PromotionEdit", ts_return_type = "Promise<Promotion>")]
    pub fn edit<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.edit", || {
            let mut fields = Fields::read(env, options, &["id", "draft"])?;
            let (id, draft) = (fields.required_id("id")?, draft(&mut fields)?);
            Ok(async move { Promotion::try_from(group.edit(id, draft).await?) })
        })
    }

    /// Asks for approval; where the hub wants none, the promotion is on its way. Fails with UNSUPPORTED and
    /// INVALID_REQUEST for what its platform does not take, its files included.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Promotion>")]
    pub fn submit<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.submit", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Promotion::try_from(group.submit(id).await?) })
        })
    }

    /// Approves a version, which is on its way then. Needs a named person with the right `promotions.approve`. Fails
    /// with CONFLICT when it does not ask for approval, or is another version by now.
    #[napi(ts_args_type = "options: PromotionDecision", ts_return_type = "Promise<Promotion>")]
    pub fn approve<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.approve", || {
            let (id, version, comment) = decision(env, options)?;
            Ok(async move { Promotion::try_from(group.approve(id, version, comment).await?) })
        })
    }

    /// Rejects a version: it is a draft again, and the comment says why. As `approve` otherwise.
    #[napi(ts_args_type = "options: PromotionDecision", ts_return_type = "Promise<Promotion>")]
    pub fn reject<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.reject", || {
            let (id, version, comment) = decision(env, options)?;
            Ok(async move { Promotion::try_from(group.reject(id, version, comment).await?) })
        })
    }

    /// Sets when it is published; as soon as it is approved when `publishAt` is left out. Fails with CONFLICT when it
    /// is on its way already.
    #[napi(ts_args_type = "options: PromotionTime", ts_return_type = "Promise<Promotion>")]
    pub fn schedule<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.schedule", || {
            let mut fields = Fields::read(env, options, &["id", "publishAt"])?;
            let (id, at) = (fields.required_id("id")?, fields.time("publishAt")?);
            Ok(async move { Promotion::try_from(group.schedule(id, at).await?) })
        })
    }

    /// Takes a promotion back that the platform does not have. Fails with CONFLICT when it is being published, or was.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Promotion>")]
    pub fn cancel<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.cancel", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Promotion::try_from(group.cancel(id).await?) })
        })
    }

    /// Tries again what surely was not published. Fails with CONFLICT when it did not fail.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Promotion>")]
    pub fn retry<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.retry", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Promotion::try_from(group.retry(id).await?) })
        })
    }

    /// Says what became of a promotion that needs a person, who has looked at the platform. Needs a named person with
    /// the right `promotions.approve`. Of one that is there, `platformPromotionId` says which it is; without it, it is
    /// looked for. Fails with CONFLICT when it needs nobody, cannot be found, or is to be sent again while
    /// what was sent may still arrive (15 minutes).
    #[napi(ts_args_type = "options: PromotionResolution", ts_return_type = "Promise<Promotion>")]
    pub fn resolve<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.resolve", || {
            let mut fields = Fields::read(env, options, &["id", "resolution", "platformPromotionId"])?;
            let (id, resolution) = (fields.required_id("id")?, fields.required_word("resolution")?);
            let post = fields.text("platformPromotionId")?;
            Ok(async move { Promotion::try_from(group.resolve(id, resolution, post).await?) })
        })
    }

    /// Lists promotions, newest first.
    #[napi(ts_args_type = "filter?: PromotionFilter", ts_return_type = "Promise<PromotionPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.list", || {
            let known = ["shopId", "status", "kind", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::PromotionFilter {
                shop_id: fields.id("shopId")?,
                status: fields.word("status")?,
                kind: fields.word("kind")?,
                page: request(&mut fields)?,
            };
            Ok(async move {
                let (items, next_cursor) = converted(group.list(filter).await?)?;
                Ok(PromotionPage { items, next_cursor })
            })
        })
    }

    /// Gives one promotion. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Promotion>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Promotion::try_from(group.get(id).await?) })
        })
    }

    /// Tells what happened to a promotion, oldest first. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Array<PromotionStep>>")]
    pub fn steps<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.steps", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { all::<_, PromotionStep>(group.steps(id).await?) })
        })
    }

    /// Asks the platform now what became of a promotion. It is asked from time to time by itself too. Fails with
    /// CONFLICT when the platform does not have it.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Promotion>")]
    pub fn check<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.check", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Promotion::try_from(group.check(id).await?) })
        })
    }

    /// Tells what a promotion did, as it was last read; read now with `refresh`.
    #[napi(ts_args_type = "options: MetricsQuery", ts_return_type = "Promise<PromotionMetrics>")]
    pub fn metrics<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "promotions.metrics", || {
            let mut fields = Fields::read(env, options, &["id", "refresh"])?;
            let (id, refresh) = (fields.required_id("id")?, fields.flag("refresh", false)?);
            Ok(async move { PromotionMetrics::try_from(group.metrics(id, refresh).await?) })
        })
    }
}

fn decision(env: &Env, options: Unknown<'_>) -> Result<(model::PromotionId, Option<i64>, Option<String>)> {
    let mut fields = Fields::read(env, options, &["id", "version", "comment"])?;
    let version = fields.integer("version", 1..=u32::MAX)?.map(i64::from);
    Ok((fields.required_id("id")?, version, fields.text("comment")?))
}

/// The draft under `draft`.
fn draft(fields: &mut Fields<'_>) -> Result<model::PromotionDraft> {
    let mut draft = required("draft", "an object", fields.nested("draft", &DRAFT)?)?;
    let ids = draft.texts("media")?.iter().map(|id| id.parse()).collect::<Result<_>>()?;
    let live = draft.nested("live", &["startsAt", "endsAt", "room"])?;
    Ok(model::PromotionDraft {
        kind: draft.required_word("kind")?,
        title: draft.required_text("title")?,
        text: draft.text("text")?.unwrap_or_default(),
        media: ids,
        cover: draft.id("cover")?,
        delivery: draft.word("delivery")?.unwrap_or(model::Delivery::Direct),
        media_urls: draft.texts("mediaUrls")?,
        target: draft.text("target")?,
        live: live.map(live_plan).transpose()?,
        attributes: match draft.take("attributes") {
            Tree::Undefined => "{}".to_owned(),
            tree => to_json("draft.attributes", tree)?,
        },
    })
}

fn live_plan(mut live: Fields<'static>) -> Result<model::LivePlan> {
    let (starts, ends) = (live.time("startsAt")?, live.time("endsAt")?);
    Ok(model::LivePlan {
        starts_at: required("draft.live.startsAt", "a time", starts)?,
        ends_at: required("draft.live.endsAt", "a time", ends)?,
        room: live.text("room")?,
    })
}

/// Content that is published.
#[napi(object, object_from_js = false)]
pub struct Promotion {
    /// Our id.
    pub id: String,
    /// The shop or content account.
    pub shop_id: String,
    /// What is published.
    pub draft: PromotionContent,
    /// Counts the drafts of this promotion, from 1. An approval is for one version.
    pub version: i64,
    /// Where it stands.
    #[napi(ts_type = "PromotionStatus")]
    pub status: String,
    /// Why it stands there, in words.
    pub reason: Option<String>,
    /// What was said to this version.
    pub approval: Option<PromotionApproval>,
    /// When it is to be published; as soon as it is approved when absent.
    pub publish_at: Option<String>,
    /// When its state has lasted too long: the event `promotion.overdue` tells then.
    pub deadline_at: Option<String>,
    /// The change that publishes it, where it is published by us.
    pub change_id: Option<String>,
    /// The platform's id of what it became.
    pub platform_promotion_id: Option<String>,
    /// Where people find it, or the link that was made.
    pub link: Option<String>,
    /// The platform's own status, unchanged.
    pub platform_status: Option<String>,
    /// When the platform was last asked.
    pub checked_at: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// What a promotion says.
#[napi(object, object_from_js = false)]
pub struct PromotionContent {
    /// What it is.
    #[napi(ts_type = "PromotionKind")]
    pub kind: String,
    /// Its name.
    pub title: String,
    /// What readers see.
    pub text: String,
    /// Its files: ids of `hub.media`.
    pub media: Vec<String>,
    /// The picture that stands for a video.
    pub cover: Option<String>,
    /// How it gets to the platform.
    #[napi(ts_type = "Delivery")]
    pub delivery: String,
    /// Public addresses of its files, for a share link.
    pub media_urls: Vec<String>,
    /// What it promotes.
    pub target: Option<String>,
    /// The broadcast that a live preview tells of.
    pub live: Option<LivePlan>,
    /// The platform's own fields as JSON text.
    pub attributes_json: String,
}

/// A broadcast to come.
#[napi(object, object_from_js = false)]
pub struct LivePlan {
    /// When it starts.
    pub starts_at: String,
    /// When it is over.
    pub ends_at: String,
    /// Where, in words for readers.
    pub room: Option<String>,
}

/// What somebody said to a version.
#[napi(object, object_from_js = false)]
pub struct PromotionApproval {
    /// What was said.
    #[napi(ts_type = "Decision")]
    pub decision: String,
    /// By whom.
    pub actor: String,
    /// Why.
    pub comment: Option<String>,
    /// When.
    pub at: String,
}

/// Promotions, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct PromotionPage {
    /// The promotions.
    pub items: Vec<Promotion>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// One line of what happened to a promotion.
#[napi(object, object_from_js = false)]
pub struct PromotionStep {
    /// When.
    pub at: String,
    /// Which version.
    pub version: i64,
    /// Where it stood from then on.
    #[napi(ts_type = "PromotionStatus")]
    pub status: String,
    /// Who did it: an actor, or `system`.
    pub actor: String,
    /// What was said.
    pub comment: Option<String>,
}

/// The broadcast of a live preview starts now, or is over.
#[napi(object, object_from_js = false)]
pub struct PromotionLive {
    /// The live preview.
    pub promotion: Promotion,
    /// How far the broadcast is by the clock; whether somebody is on air, no platform tells.
    #[napi(ts_type = "LiveState")]
    pub state: String,
}

impl TryFrom<model::Promotion> for Promotion {
    type Error = Error;

    fn try_from(promotion: model::Promotion) -> Result<Self> {
        let approval = promotion.approval.map(|approval| PromotionApproval {
            decision: approval.decision.to_string(),
            actor: approval.actor,
            comment: approval.comment,
            at: approval.at.to_string(),
        });
        Ok(Self {
            id: promotion.id.to_string(),
            shop_id: promotion.shop_id.to_string(),
            draft: promotion.draft.into(),
            version: safe(promotion.version)?,
            status: promotion.status.to_string(),
            reason: promotion.reason,
            approval,
            publish_at: iso(promotion.publish_at),
            deadline_at: iso(promotion.deadline_at),
            change_id: promotion.change_id.map(|id| id.to_string()),
            platform_promotion_id: promotion.platform_promotion_id,
            link: promotion.link,
            platform_status: promotion.platform_status,
            checked_at: iso(promotion.checked_at),
            created_by: promotion.created_by,
            created_at: promotion.created_at.to_string(),
            updated_at: promotion.updated_at.to_string(),
        })
    }
}

impl From<model::PromotionDraft> for PromotionContent {
    fn from(draft: model::PromotionDraft) -> Self {
        let live = draft.live.map(|live| LivePlan {
            starts_at: live.starts_at.to_string(),
            ends_at: live.ends_at.to_string(),
            room: live.room,
        });
        Self {
            kind: draft.kind.to_string(),
            title: draft.title,
            text: draft.text,
            media: draft.media.iter().map(ToString::to_string).collect(),
            cover: draft.cover.map(|id| id.to_string()),
            delivery: draft.delivery.to_string(),
            media_urls: draft.media_urls,
            target: draft.target,
            live,
            attributes_json: draft.attributes,
        }
    }
}

impl TryFrom<model::PromotionStep> for PromotionStep {
    type Error = Error;

    fn try_from(step: model::PromotionStep) -> Result<Self> {
        Ok(Self {
            at: step.at.to_string(),
            version: safe(step.version)?,
            status: step.status.to_string(),
            actor: step.actor,
            comment: step.comment,
        })
    }
}
