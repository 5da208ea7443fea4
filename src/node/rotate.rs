//! `hub.rotateKey`.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::wipe;
use super::fields::{Fields, required};
use super::outcome::guarded;
use super::progress;
use super::runtime::promise_then;
use super::signal::{self, Listener};
use crate::auth::{MasterKey, RotationProgressFn};
use crate::error::Result;
use crate::hub::{Hub, RotateKeyRequest};

const OPTIONS: [&str; 5] = ["newKey", "wipeKey", "leaveUnreadable", "onProgress", "signal"];

/// What a change of the master key did.
#[napi(object, object_from_js = false)]
pub struct KeyRotation {
    /// Id of the key that alone opens the database now.
    pub key_id: String,
    /// Ids of the keys it took the place of.
    pub superseded: Vec<String>,
    /// Values sealed anew by this call.
    pub resealed: i64,
    /// Values that no key opens. They were left as they are.
    pub unreadable: i64,
}

/// How far a change of the master key is.
#[napi(object, object_from_js = false)]
pub struct KeyRotationProgress {
    /// Sealed values looked at. They are looked at a second time when another process had to turn to the new
    /// key first.
    pub looked: i64,
    /// How many there are.
    pub total: i64,
    /// Values sealed anew so far.
    pub resealed: i64,
}

pub(super) fn promise_of<'env>(env: &'env Env, hub: Hub, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    let (prepared, listener) = match guarded("hub.rotateKey", || read(env, options)) {
        Ok((request, listener)) => (Ok(rotate(hub, request)), listener),
        Err(error) => (Err(error), None),
    };
    promise_then(env, "hub.rotateKey", prepared, move |env, done| {
        if let Some(listener) = listener {
            listener.detach(env);
        }
        done
    })
}

fn read(env: &Env, options: Unknown<'_>) -> Result<(RotateKeyRequest, Option<Listener>)> {
    let mut fields = Fields::read(env, options, &OPTIONS)?;
    let new_key = required("newKey", "a Buffer of 32 bytes", fields.bytes("newKey")?)?;
    let mut request = RotateKeyRequest::new(MasterKey::from_bytes(&new_key)?);
    let wipe_key = fields.flag("wipeKey", false)?;
    request.leave_unreadable = fields.flag("leaveUnreadable", false)?;
    request.on_progress = on_progress(env, &fields)?;
    // After what can be wrong: no listener is left then, and the caller still has the key.
    let (cancel, listener) = signal::token(env, &fields)?;
    request.cancel = cancel;
    if wipe_key {
        fields.handle("newKey").map_or(Ok(()), |value| wipe(env, value))?;
    }
    Ok((request, listener))
}

fn on_progress(env: &Env, fields: &Fields<'_>) -> Result<Option<RotationProgressFn>> {
    let report = progress::reporter_of::<KeyRotationProgress>(env, fields)?;
    Ok(report.map(|report| -> RotationProgressFn {
        Arc::new(move |progress| {
            report(KeyRotationProgress {
                looked: progress.looked,
                total: progress.total,
                resealed: progress.resealed,
            });
        })
    }))
}

async fn rotate(hub: Hub, request: RotateKeyRequest) -> Result<KeyRotation> {
    let report = hub.rotate_key(request).await?;
    Ok(KeyRotation {
        key_id: report.key_id,
        superseded: report.superseded,
        resealed: report.resealed,
        unreadable: report.unreadable,
    })
}
