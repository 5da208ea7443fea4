//! `Hub`: opening, acting as someone, raw calls, health, closing.

use napi::Env;
use napi::bindgen_prelude::{Buffer, Function, Object, Unknown};
use napi_derive::napi;

use super::apps::Apps;
use super::audit::Audit;
use super::backup;
use super::changes::Changes;
use super::checked::{PARAMS_CAP, refuse, wipe};
use super::events;
use super::fields::{Fields, required};
use super::jobs::{Jobs, Schedules};
use super::listings::Listings;
use super::marketing::Marketing;
use super::media::Media;
use super::notices::Notices;
use super::oauth::OAuth;
use super::orders::Orders;
use super::outcome::{guarded, immediate};
use super::params::{parse, quote_large_integers, to_json};
use super::platforms::Platforms;
use super::products::Products;
use super::promotions::Promotions;
use super::query;
use super::refunds::Refunds;
use super::restore;
use super::rights::Rights;
use super::rotate;
use super::runs::Runs;
use super::runtime::{promise, promise_then};
use super::shops::Shops;
use crate::auth::{KeyRing, MasterKey};
use crate::config::HubConfig;
use crate::error::Result;
use crate::hub;
use crate::model::{Actor, AppId, FilePart, ShopId};

const OPEN: [&str; 10] = [
    "database",
    "masterKey",
    "keys",
    "wipeKey",
    "allowHosts",
    "mediaDirs",
    "backups",
    "decryptsPerDay",
    "approval",
    "force",
];

/// Orders that a shop may have opened in a day at the most.
const MOST_DECRYPTS: u32 = 1_000_000;
/// Backups of the schedule that stay, unless the OA says otherwise, and at the most.
const BACKUPS_KEPT: u32 = 7;
const MOST_BACKUPS: u32 = 10_000;

/// A company's shops on one database file. Every call is made as `system` until `as` says who asks.
#[napi]
pub struct Hub(hub::Hub);

#[napi]
impl Hub {
    /// Opens the database file, which is made when there is none. Threads and worker threads of one process
    /// share the same engine.
    #[napi(ts_args_type = "options: HubOptions", ts_return_type = "Promise<Hub>")]
    pub fn open<'env>(env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        promise(env, "hub.open", || {
            let config = config(env, Fields::read(env, options, &OPEN)?)?;
            Ok(async move { hub::Hub::open(config).await.map(Hub) })
        })
    }

    /// Puts a backup into the place of the database, which nobody may have open. The backup is checked first;
    /// with `overwrite` a database that is there is kept under another name. Nothing that waited to be written
    /// to a platform is sent by itself afterwards.
    #[napi(ts_args_type = "options: RestoreOptions", ts_return_type = "Promise<Restored>")]
    pub fn restore<'env>(env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        promise(env, "hub.restore", || Ok(restore::carry_out(restore::read(env, options)?)))
    }

    /// Makes a master key: 32 random bytes. Keep it outside the database; without it the secrets are lost.
    #[napi(ts_return_type = "Buffer")]
    pub fn generate_key(env: &Env) -> napi::Result<Buffer> {
        immediate(env, "hub.generateKey", || Ok(Buffer::from(hub::Hub::generate_key()?.to_vec())))
    }

    /// The same hub, asked by a user of the OA: every group then checks that user's rights.
    #[napi(js_name = "as", ts_args_type = "actor: Actor", ts_return_type = "Hub")]
    pub fn acting(&self, env: &Env, actor: Unknown<'_>) -> napi::Result<Hub> {
        immediate(env, "hub.as", || {
            let mut fields = Fields::read(env, actor, &["id", "roles"])?;
            let actor = Actor::User { id: fields.required_text("id")?, roles: fields.texts("roles")? };
            self.0.acting(actor).map(Hub)
        })
    }

    /// The platforms that this version speaks.
    #[napi(getter)]
    pub fn platforms(&self, env: &Env) -> napi::Result<Platforms> {
        immediate(env, "hub.platforms", || Ok(Platforms(self.0.platforms())))
    }

    /// Our registrations on platforms.
    #[napi(getter)]
    pub fn apps(&self, env: &Env) -> napi::Result<Apps> {
        immediate(env, "hub.apps", || Ok(Apps(self.0.apps())))
    }

    /// How shops are authorised.
    #[napi(getter)]
    pub fn oauth(&self, env: &Env) -> napi::Result<OAuth> {
        immediate(env, "hub.oauth", || Ok(OAuth(self.0.oauth())))
    }

    /// Authorised accounts.
    #[napi(getter)]
    pub fn shops(&self, env: &Env) -> napi::Result<Shops> {
        immediate(env, "hub.shops", || Ok(Shops(self.0.shops())))
    }

    /// Products and their SKUs.
    #[napi(getter)]
    pub fn products(&self, env: &Env) -> napi::Result<Products> {
        immediate(env, "hub.products", || Ok(Products(self.0.products())))
    }

    /// Orders.
    #[napi(getter)]
    pub fn orders(&self, env: &Env) -> napi::Result<Orders> {
        immediate(env, "hub.orders", || Ok(Orders(self.0.orders())))
    }

    /// Work in the background.
    #[napi(getter)]
    pub fn jobs(&self, env: &Env) -> napi::Result<Jobs> {
        immediate(env, "hub.jobs", || Ok(Jobs(self.0.jobs())))
    }

    /// What is queued by the clock.
    #[napi(getter)]
    pub fn schedules(&self, env: &Env) -> napi::Result<Schedules> {
        immediate(env, "hub.schedules", || Ok(Schedules(self.0.schedules())))
    }

    /// What was published, and how its review goes on.
    #[napi(getter)]
    pub fn listings(&self, env: &Env) -> napi::Result<Listings> {
        immediate(env, "hub.listings", || Ok(Listings(self.0.listings())))
    }

    /// Content that is published, from the draft to what it did.
    #[napi(getter)]
    pub fn promotions(&self, env: &Env) -> napi::Result<Promotions> {
        immediate(env, "hub.promotions", || Ok(Promotions(self.0.promotions())))
    }

    /// What platforms push to the OA.
    #[napi(getter)]
    pub fn notices(&self, env: &Env) -> napi::Result<Notices> {
        immediate(env, "hub.notices", || Ok(Notices(self.0.notices())))
    }

    /// Refunds and other after-sale cases.
    #[napi(getter)]
    pub fn refunds(&self, env: &Env) -> napi::Result<Refunds> {
        immediate(env, "hub.refunds", || Ok(Refunds(self.0.refunds())))
    }

    /// Promotions and coupons of shops, and links that earn a commission.
    #[napi(getter)]
    pub fn marketing(&self, env: &Env) -> napi::Result<Marketing> {
        immediate(env, "hub.marketing", || Ok(Marketing(self.0.marketing())))
    }

    /// Images and videos.
    #[napi(getter)]
    pub fn media(&self, env: &Env) -> napi::Result<Media> {
        immediate(env, "hub.media", || Ok(Media(self.0.media())))
    }

    /// Writes to the platforms, and how they go on.
    #[napi(getter)]
    pub fn changes(&self, env: &Env) -> napi::Result<Changes> {
        immediate(env, "hub.changes", || Ok(Changes(self.0.changes())))
    }

    /// Executions of syncs.
    #[napi(getter)]
    pub fn runs(&self, env: &Env) -> napi::Result<Runs> {
        immediate(env, "hub.runs", || Ok(Runs(self.0.runs())))
    }

    /// What roles and users may do.
    #[napi(getter)]
    pub fn rights(&self, env: &Env) -> napi::Result<Rights> {
        immediate(env, "hub.rights", || Ok(Rights(self.0.rights())))
    }

    /// Who did what.
    #[napi(getter)]
    pub fn audit(&self, env: &Env) -> napi::Result<Audit> {
        immediate(env, "hub.audit", || Ok(Audit(self.0.audit())))
    }

    /// Calls any method of the shop's platform and resolves to its unwrapped result. Integers beyond ±2^53,
    /// which JavaScript cannot hold, come as decimal strings; with `raw: true` the JSON text itself comes,
    /// unchanged. Only repeated after bytes were sent when the method is known to be a read or `repeatable`
    /// says so; otherwise an answer that got lost is UNKNOWN_OUTCOME. Methods that a function of the hub owns,
    /// such as `products.setPrice`, are refused unless `force` says so.
    #[napi(
        ts_generic_types = "T = unknown",
        ts_args_type = "options: RawCall & { raw?: false }",
        ts_return_type = "Promise<T>"
    )]
    pub fn call<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let hub = self.0.clone();
        let prepared = guarded("hub.call", || {
            let known = ["shopId", "appId", "api", "params", "files", "repeatable", "raw", "force"];
            let mut fields = Fields::read_capped(env, options, &known, PARAMS_CAP)?;
            let (raw, force) = (fields.flag("raw", false)?, fields.flag("force", false)?);
            let caller = raw_caller(&mut fields)?;
            let api = fields.required_text("api")?;
            let params = to_json("params", fields.take("params"))?;
            let files = files(&mut fields)?;
            let repeatable = fields.flag("repeatable", false)?;
            Ok(async move {
                let json = match caller {
                    RawCaller::Shop(shop_id) => {
                        let request = hub::RawRequest { shop_id, api, params, files, repeatable };
                        if force { hub.call_forced(request).await? } else { hub.call(request).await? }
                    }
                    RawCaller::App(app_id) => {
                        let request = hub::RawAppRequest { app_id, api, params, files, repeatable };
                        if force {
                            hub.call_by_app_forced(request).await?
                        } else {
                            hub.call_by_app(request).await?
                        }
                    }
                };
                Ok(if raw { Answer::Text(json) } else { Answer::Value(quote_large_integers(&json)) })
            })
        });
        promise_then(env, "hub.call", prepared, |env, done| match done? {
            Answer::Text(json) => Ok(napi::Either::A(json)),
            Answer::Value(json) => parse(env, json).map(napi::Either::B),
        })
    }

    /// Answers one SELECT on the views `v_shops`, `v_products`, `v_skus`, `v_orders` and `v_promotions` (docs/query.md), with
    /// parameters for `?` as an array or for `:name` as an object. Only for the hub itself, not for an actor's.
    /// Too many rows or bytes and too long a time are errors; nothing is cut.
    #[napi(
        ts_generic_types = "T = Record<string, string | number | null>",
        ts_args_type = "sql: string, params?: SqlParams, options?: QueryOptions",
        ts_return_type = "Promise<Array<T>>"
    )]
    pub fn query<'env>(
        &self,
        env: &'env Env,
        sql: Unknown<'_>,
        params: Unknown<'_>,
        options: Unknown<'_>,
    ) -> napi::Result<Object<'env>> {
        query::promise_of(env, self.0.clone(), &sql, &params, options)
    }

    /// Writes a checked copy of the database to a new file while everybody works on. Its secrets are sealed as
    /// in the database: it needs the same key. Needs the right `maintenance`.
    #[napi(ts_args_type = "options: BackupOptions", ts_return_type = "Promise<Backup>")]
    pub fn backup<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        backup::promise_of(env, self.0.clone(), options)
    }

    /// Seals everything with a new master key while everybody works on; then that key alone opens the database.
    /// Keep the new key before you call. Until it has ended, also after a crash, the database needs
    /// `keys: { write: newKey, read: [oldKey] }`, and calling it again goes on. Needs the right `maintenance`.
    #[napi(ts_args_type = "options: RotateKeyOptions", ts_return_type = "Promise<KeyRotation>")]
    pub fn rotate_key<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        rotate::promise_of(env, self.0.clone(), options)
    }

    /// Calls the listener for every such event of this process, of shops that the actor may see, until the
    /// returned function is called or the hub is closed. A listener does not keep Node alive, and what it
    /// throws is its own matter. Events are news and may be missed by a slow listener; runs and shops are
    /// the truth.
    #[napi(
        ts_generic_types = "K extends keyof HubEvents",
        ts_args_type = "event: K, listener: (value: HubEvents[K]) => unknown",
        ts_return_type = "() => void"
    )]
    pub fn on<'env>(
        &self,
        env: &'env Env,
        event: Unknown<'_>,
        listener: Unknown<'_>,
    ) -> napi::Result<Function<'env, (), ()>> {
        let off = immediate(env, "hub.on", || {
            let kind = events::kind(env, &event)?;
            events::listen(env, kind, &listener, self.0.events()?)
        })?;
        env.create_function_from_closure("off", move |context| {
            immediate(context.env, "hub.on", || {
                off.cancel();
                Ok(())
            })
        })
    }

    /// Says how the hub is, for a status page.
    #[napi(ts_return_type = "Promise<Health>")]
    pub fn health<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let hub = self.0.clone();
        promise(env, "hub.health", || Ok(async move { hub.health().await.map(Health::from) }))
    }

    /// Ends the work and lets the file go; running syncs stop at the next page. Closing twice is fine;
    /// afterwards every call fails with CLOSED.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let hub = self.0.clone();
        promise(env, "hub.close", || Ok(async move { hub.close().await }))
    }
}

enum Answer {
    Text(String),
    Value(String),
}

/// How a hub is.
#[napi(object, object_from_js = false)]
pub struct Health {
    /// Version of this library.
    pub version: String,
    /// Version of the SQLite inside it.
    pub sqlite_version: String,
    /// Whether this process runs the background work.
    pub is_leader: bool,
    /// Runs under way; at most 500 are counted.
    pub open_runs: u32,
    /// Shops.
    pub shops: u32,
    /// Shops that a person must authorise again.
    pub shops_to_reauthorize: u32,
    /// How often a background task died of a panic and was started again. Worth a report when it is not 0.
    pub restarted_tasks: u32,
}

impl From<hub::Health> for Health {
    fn from(health: hub::Health) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            version: health.version.to_owned(),
            sqlite_version: health.sqlite_version.to_owned(),
            is_leader: health.is_leader,
            open_runs: count(health.open_runs),
            shops: count(health.shops),
            shops_to_reauthorize: count(health.shops_to_reauthorize),
            restarted_tasks: u32::try_from(health.restarted_tasks).unwrap_or(u32::MAX),
        }
    }
}

fn config(env: &Env, mut fields: Fields<'_>) -> Result<HubConfig> {
    let database = fields.required_text("database")?;
    let wipe_key = fields.flag("wipeKey", false)?;
    let mut config = HubConfig::new(database, key_ring(&mut fields)?)
        .with_network_file_system(fields.flag("force", false)?);
    for host in fields.texts("allowHosts")? {
        config = config.with_allowed_host(host);
    }
    config = config.with_approval(fields.flag("approval", true)?);
    for dir in fields.texts("mediaDirs")? {
        config = config.with_media_dir(dir);
    }
    if let Some(mut backups) = fields.nested("backups", &["dir", "keep"])? {
        let keep = backups.integer("keep", 1..=MOST_BACKUPS)?.unwrap_or(BACKUPS_KEPT);
        config = config.with_backups(backups.required_text("dir")?, keep);
    }
    if let Some(orders) = fields.integer("decryptsPerDay", 0..=MOST_DECRYPTS)? {
        config = config.with_decrypts_per_day(orders);
    }
    wipe_keys(env, &fields, wipe_key)?;
    Ok(config)
}

/// Called last: a caller whose other options are wrong still has the key.
pub(super) fn wipe_keys(env: &Env, fields: &Fields<'_>, wipes: bool) -> Result<()> {
    let mut keys = ["masterKey", "keys"].into_iter().filter_map(|name| fields.handle(name)).filter(|_| wipes);
    keys.try_for_each(|value| wipe(env, value))
}

pub(super) fn key_ring(fields: &mut Fields<'_>) -> Result<KeyRing> {
    let single = fields.bytes("masterKey")?;
    let ring = fields.nested("keys", &["write", "read"])?;
    match (single, ring) {
        (Some(key), None) => Ok(KeyRing::new(MasterKey::from_bytes(&key)?)),
        (None, Some(mut keys)) => {
            let writer = required("keys.write", "a Buffer of 32 bytes", keys.bytes("write")?)?;
            let mut ring = KeyRing::new(MasterKey::from_bytes(&writer)?);
            for reader in keys.bytes_list("read")? {
                ring = ring.with_reader(MasterKey::from_bytes(&reader)?);
            }
            Ok(ring)
        }
        (None, None) => Err(refuse("masterKey", "is missing: give it, a Buffer of 32 bytes, or `keys`")),
        (Some(_), Some(_)) => Err(refuse("keys", "and `masterKey` exclude each other")),
    }
}

/// In whose name a raw call is made.
enum RawCaller {
    Shop(ShopId),
    App(AppId),
}

fn raw_caller(fields: &mut Fields<'_>) -> Result<RawCaller> {
    match (fields.id("shopId")?, fields.id("appId")?) {
        (Some(shop), None) => Ok(RawCaller::Shop(shop)),
        (None, Some(app)) => Ok(RawCaller::App(app)),
        (None, None) => Err(refuse("shopId", "is missing: give it, or `appId` for what concerns no shop")),
        (Some(_), Some(_)) => Err(refuse("appId", "and `shopId` exclude each other")),
    }
}

/// The files of a raw call.
fn files(fields: &mut Fields<'_>) -> Result<Vec<FilePart>> {
    let file = |mut file: Fields<'_>| {
        let path = file.path_of("bytes");
        let bytes = required(&path, "a Buffer", file.bytes("bytes")?)?;
        Ok(FilePart {
            name: file.required_text("name")?,
            file_name: file.required_text("fileName")?,
            content_type: file.required_text("contentType")?,
            bytes: bytes.to_vec(),
        })
    };
    fields
        .nested_list("files", &["name", "fileName", "contentType", "bytes"])?
        .into_iter()
        .map(file)
        .collect()
}
