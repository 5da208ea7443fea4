//! `hub.jobs` and `hub.schedules`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::{OPTIONS_CAP, Reader, Tree, refuse};
use super::fields::{Fields, id_argument};
use super::page::{converted, iso, request, safe};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// Work in the background.
#[napi]
pub struct Jobs(pub(super) hub::Jobs);

#[napi]
impl Jobs {
    /// Queues a job, for now or for `dueAt`. One of the same kind and shop that is not finished is that one.
    #[napi(ts_args_type = "job: NewJob", ts_return_type = "Promise<Job>")]
    pub fn add<'env>(&self, env: &'env Env, job: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.add", || {
            let mut fields = Fields::read(env, job, &["kind", "shopId", "lane", "dueAt", "maxAttempts"])?;
            let mut job = model::NewJob::new(fields.required_word("kind")?, fields.id("shopId")?);
            // Who calls it waits for it, unless they say otherwise.
            job.lane = fields.word("lane")?.unwrap_or(model::Lane::Interactive);
            job.due_at = fields.time("dueAt")?;
            job.max_attempts = fields.integer("maxAttempts", 1..=100)?.unwrap_or(job.max_attempts);
            Ok(async move { Job::try_from(group.add(job).await?) })
        })
    }

    /// Lists jobs, newest first.
    #[napi(ts_args_type = "filter?: JobFilter", ts_return_type = "Promise<JobPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.list", || {
            let known = ["shopId", "kind", "state", "limit", "cursor"];
            let mut fields = Fields::read_optional(env, filter, &known)?;
            let filter = model::JobFilter {
                shop_id: fields.id("shopId")?,
                kind: fields.word("kind")?,
                state: fields.word("state")?,
                page: request(&mut fields)?,
            };
            Ok(async move { JobPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one job. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Job>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Job::try_from(group.get(id).await?) })
        })
    }

    /// Takes a job back. One that runs is asked to stop; what it has done stays. Fails with CONFLICT when it has
    /// ended.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Job>")]
    pub fn cancel<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.cancel", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Job::try_from(group.cancel(id).await?) })
        })
    }

    /// Puts a job aside that waits.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Job>")]
    pub fn pause<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.pause", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Job::try_from(group.pause(id).await?) })
        })
    }

    /// Lets a job that was put aside wait for its turn again.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Job>")]
    pub fn resume<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.resume", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Job::try_from(group.resume(id).await?) })
        })
    }

    /// Tries a job again that is dead or was cancelled, with all its attempts; one that waits is due now.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<Job>")]
    pub fn retry<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "jobs.retry", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { Job::try_from(group.retry(id).await?) })
        })
    }
}

/// What is queued by the clock.
#[napi]
pub struct Schedules(pub(super) hub::Schedules);

#[napi]
impl Schedules {
    /// Lists every schedule. Those of syncs are off until somebody switches them on.
    #[napi(ts_return_type = "Promise<Array<Schedule>>")]
    pub fn list<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "schedules.list", || {
            Ok(
                async move { group.list().await?.into_iter().map(Schedule::try_from).collect::<Result<Vec<_>>>() },
            )
        })
    }

    /// Changes a schedule, or switches it on or off. Fails with NOT_FOUND.
    #[napi(ts_args_type = "name: string, change: ScheduleChange", ts_return_type = "Promise<Schedule>")]
    pub fn set<'env>(
        &self,
        env: &'env Env,
        name: Unknown<'_>,
        change: Unknown<'_>,
    ) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "schedules.set", || {
            let Tree::Text(name) = Reader::new(env, OPTIONS_CAP).tree("name", &name, 1)? else {
                return Err(refuse("name", "must be the name of a schedule"));
            };
            let mut fields = Fields::read(env, change, &["cron", "zone", "spreadMs", "catchUp", "enabled"])?;
            let given = fields.handle("enabled").is_some();
            let change = model::ScheduleChange {
                cron: fields.text("cron")?,
                zone: fields.text("zone")?,
                spread_ms: fields.number("spreadMs")?,
                catch_up: fields.word("catchUp")?,
                enabled: if given { Some(fields.required_flag("enabled")?) } else { None },
            };
            Ok(async move { Schedule::try_from(group.set(name.to_string(), change).await?) })
        })
    }
}

/// A job.
#[napi(object, object_from_js = false)]
pub struct Job {
    /// Its id, growing.
    pub id: String,
    /// What it does.
    #[napi(ts_type = "JobKind")]
    pub kind: String,
    /// The shop it is about.
    pub shop_id: Option<String>,
    /// What goes first.
    #[napi(ts_type = "Lane")]
    pub lane: String,
    /// Where it stands.
    #[napi(ts_type = "JobState")]
    pub state: String,
    /// How often it was started. Waiting for a limit, and being stopped, do not count.
    pub attempt: i64,
    /// How often it is tried.
    pub max_attempts: i64,
    /// When it is due, or was.
    pub due_at: String,
    /// How far it is, in words.
    pub progress: Option<String>,
    /// The code of the error that it met last.
    #[napi(ts_type = "ErrorCode")]
    pub error_code: Option<String>,
    /// What the error said.
    pub message: Option<String>,
    /// Who queued it.
    pub actor: String,
    /// When it was queued.
    pub created_at: String,
    /// When it was last started.
    pub started_at: Option<String>,
    /// When it last changed.
    pub updated_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// Jobs, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct JobPage {
    /// The jobs.
    pub items: Vec<Job>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// What is queued by the clock.
#[napi(object, object_from_js = false)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// What is queued.
    #[napi(ts_type = "JobKind")]
    pub kind: String,
    /// When: five fields of cron.
    pub cron: String,
    /// In which time zone.
    pub zone: String,
    /// Over how many milliseconds the shops are spread, so that not all are due in the same second.
    pub spread_ms: i64,
    /// What happens to times that passed while no process was here.
    #[napi(ts_type = "CatchUp")]
    pub catch_up: String,
    /// Whether it queues anything.
    pub enabled: bool,
    /// When it is due next; absent until it was looked at.
    pub next_at: Option<String>,
    /// When it last queued something.
    pub last_at: Option<String>,
}

impl TryFrom<model::Job> for Job {
    type Error = Error;

    fn try_from(job: model::Job) -> Result<Self> {
        Ok(Self {
            id: job.id.to_string(),
            kind: job.kind.to_string(),
            shop_id: job.shop_id.map(|shop| shop.to_string()),
            lane: job.lane.to_string(),
            state: job.state.to_string(),
            attempt: safe(job.attempt)?,
            max_attempts: safe(job.max_attempts)?,
            due_at: job.due_at.to_string(),
            progress: job.progress,
            error_code: job.error_code,
            message: job.message,
            actor: job.actor,
            created_at: job.created_at.to_string(),
            started_at: iso(job.started_at),
            updated_at: job.updated_at.to_string(),
            finished_at: iso(job.finished_at),
        })
    }
}

impl TryFrom<model::Page<model::Job>> for JobPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Job>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}

impl TryFrom<model::Schedule> for Schedule {
    type Error = Error;

    fn try_from(schedule: model::Schedule) -> Result<Self> {
        Ok(Self {
            name: schedule.name,
            kind: schedule.kind.to_string(),
            cron: schedule.cron,
            zone: schedule.zone,
            spread_ms: safe(schedule.spread_ms)?,
            catch_up: schedule.catch_up.to_string(),
            enabled: schedule.enabled,
            next_at: iso(schedule.next_at),
            last_at: iso(schedule.last_at),
        })
    }
}
