//! `hub.backup`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::fields::Fields;
use super::outcome::guarded;
use super::runtime::promise_then;
use super::signal::{self, Listener};
use crate::error::Result;
use crate::hub::{BackupRequest, Hub};

/// A finished backup.
#[napi(object, object_from_js = false)]
pub struct Backup {
    /// Where it is, in full.
    pub file: String,
    /// Its size.
    pub bytes: f64,
    /// Version of its schema: a build that knows this one or a newer one can open it.
    pub schema_version: i32,
    /// Ids of the keys it needs.
    pub key_ids: Vec<String>,
    /// When it was begun: what was done before is in it.
    pub taken_at: String,
}

pub(super) fn promise_of<'env>(env: &'env Env, hub: Hub, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    let (prepared, listener) = match guarded("hub.backup", || read(env, options)) {
        Ok((request, listener)) => (Ok(make(hub, request)), listener),
        Err(error) => (Err(error), None),
    };
    promise_then(env, "hub.backup", prepared, move |env, done| {
        if let Some(listener) = listener {
            listener.detach(env);
        }
        done
    })
}

fn read(env: &Env, options: Unknown<'_>) -> Result<(BackupRequest, Option<Listener>)> {
    let mut fields = Fields::read(env, options, &["file", "force", "signal"])?;
    let mut request = BackupRequest::new(fields.required_text("file")?);
    request.force_network = fields.flag("force", false)?;
    // Last, so that no listener is left on the signal when another option is wrong.
    let (cancel, listener) = signal::token(env, &fields)?;
    request.cancel = cancel;
    Ok((request, listener))
}

async fn make(hub: Hub, request: BackupRequest) -> Result<Backup> {
    let report = hub.backup(request).await?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
    let bytes = report.bytes as f64;
    Ok(Backup {
        file: report.file.to_string_lossy().into_owned(),
        bytes,
        schema_version: report.schema_version,
        key_ids: report.key_ids,
        taken_at: report.taken_at.to_string(),
    })
}
