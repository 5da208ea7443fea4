//! `Hub.restore`.

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::fields::Fields;
use super::hub::{key_ring, wipe_keys};
use crate::error::Result;
use crate::hub::{Hub, RestoreRequest};

const OPTIONS: [&str; 7] = ["from", "database", "masterKey", "keys", "wipeKey", "overwrite", "force"];

/// A restored backup.
#[napi(object, object_from_js = false)]
pub struct Restored {
    /// Where the database is, in full.
    pub database: String,
    /// Its size.
    pub bytes: f64,
    /// When the backup was begun: what was done since is not in it.
    pub taken_at: String,
    /// Where the database is kept that was there before.
    pub kept_as: Option<String>,
    /// Changes that were open in the backup: none of them is sent by itself, each waits for a person.
    pub held_changes: u32,
}

pub(super) fn read(env: &Env, options: Unknown<'_>) -> Result<RestoreRequest> {
    let mut fields = Fields::read(env, options, &OPTIONS)?;
    let (from, database) = (fields.required_text("from")?, fields.required_text("database")?);
    let wipes = fields.flag("wipeKey", false)?;
    let mut request = RestoreRequest::new(from, database, key_ring(&mut fields)?);
    request.overwrite = fields.flag("overwrite", false)?;
    request.force_network = fields.flag("force", false)?;
    wipe_keys(env, &fields, wipes)?;
    Ok(request)
}

pub(super) async fn carry_out(request: RestoreRequest) -> Result<Restored> {
    let report = Hub::restore(request).await?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
    let bytes = report.bytes as f64;
    Ok(Restored {
        database: report.database.to_string_lossy().into_owned(),
        bytes,
        taken_at: report.taken_at.to_string(),
        kept_as: report.kept_as.map(|path| path.to_string_lossy().into_owned()),
        held_changes: u32::try_from(report.held_changes).unwrap_or(u32::MAX),
    })
}
