//! `hub.runs`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::fields::{Fields, id_argument};
use super::page::{converted, iso, request, safe, safe_some};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Executions of syncs.
#[napi]
pub struct Runs(pub(super) hub::Runs);

#[napi]
impl Runs {
    /// Lists runs, newest first.
    #[napi(ts_args_type = "filter?: RunFilter", ts_return_type = "Promise<RunPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "runs.list", || {
            let known = ["shopId", "kind", "state", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::RunFilter {
                shop_id: fields.id("shopId")?,
                kind: fields.word("kind")?,
                state: fields.word("state")?,
                page: request(&mut fields)?,
            };
            Ok(async move { RunPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one run. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Run>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "runs.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Run::try_from(group.get(id).await?) })
        })
    }

    /// Asks a run to end, whichever process drives it. Fails with CONFLICT when it has ended.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Run>")]
    pub fn cancel<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "runs.cancel", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Run::try_from(group.cancel(id).await?) })
        })
    }
}

/// The numbers of a run.
#[napi(object, object_from_js = false)]
pub struct Progress {
    /// Records of the list stage read so far.
    pub listed: i64,
    /// How many the list stage will read, as far as the platform has said.
    pub list_total: Option<i64>,
    /// Details read so far.
    pub detailed: i64,
    /// How many details there are to read.
    pub detail_total: Option<i64>,
    /// Rows that were new or changed.
    pub written: i64,
    /// Records that were as we had them.
    pub unchanged: i64,
    /// Records that could not be read and were kept aside.
    pub quarantined: i64,
    /// Calls to the platform, with repeated ones.
    pub calls: i64,
}

/// One execution of a sync.
#[napi(object, object_from_js = false)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// The shop.
    pub shop_id: String,
    /// What it syncs.
    #[napi(ts_type = "RunKind")]
    pub kind: String,
    /// How much it reads.
    #[napi(ts_type = "RunMode")]
    pub mode: String,
    /// Of a backfill: where the stretch that it reads starts.
    pub since: Option<String>,
    /// Of a backfill: where it ends.
    pub until: Option<String>,
    /// Where it stands.
    #[napi(ts_type = "RunState")]
    pub state: String,
    /// What it is doing.
    #[napi(ts_type = "RunStage")]
    pub stage: Option<String>,
    /// Its numbers.
    pub progress: Progress,
    /// The code of the error that ended it.
    #[napi(ts_type = "ErrorCode")]
    pub error_code: Option<String>,
    /// What the error said.
    pub error_message: Option<String>,
    /// Who started it.
    pub actor: String,
    /// When it started.
    pub started_at: String,
    /// When its numbers last changed.
    pub updated_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// Runs, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct RunPage {
    /// The runs.
    pub items: Vec<Run>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

impl TryFrom<model::Progress> for Progress {
    type Error = Error;

    fn try_from(progress: model::Progress) -> Result<Self> {
        Ok(Self {
            listed: safe(progress.listed)?,
            list_total: safe_some(progress.list_total)?,
            detailed: safe(progress.detailed)?,
            detail_total: safe_some(progress.detail_total)?,
            written: safe(progress.written)?,
            unchanged: safe(progress.unchanged)?,
            quarantined: safe(progress.quarantined)?,
            calls: safe(progress.calls)?,
        })
    }
}

impl TryFrom<model::Run> for Run {
    type Error = Error;

    fn try_from(run: model::Run) -> Result<Self> {
        Ok(Self {
            id: run.id.to_string(),
            shop_id: run.shop_id.to_string(),
            kind: run.kind.to_string(),
            mode: run.mode.to_string(),
            since: iso(run.backfill.map(|range| range.from)),
            until: iso(run.backfill.map(|range| range.to)),
            state: run.state.to_string(),
            stage: run.stage.map(|stage| stage.to_string()),
            progress: Progress::try_from(run.progress)?,
            error_code: run.error_code,
            error_message: run.error_message,
            actor: run.actor,
            started_at: run.started_at.to_string(),
            updated_at: run.updated_at.to_string(),
            finished_at: iso(run.finished_at),
        })
    }
}

impl TryFrom<model::Page<model::Run>> for RunPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Run>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}
