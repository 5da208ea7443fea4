//! What the three `sync` exports share.

use std::future::Future;

use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue, Unknown};

use super::fields::Fields;
use super::outcome::guarded;
use super::runtime::promise_then;
use super::signal::Listener;
use super::{progress, signal};
use crate::error::Result;
use crate::hub::SyncRequest;

const OPTIONS: [&str; 6] = ["shopId", "full", "since", "until", "onProgress", "signal"];

/// The promise of what `start` does with the request that `options` describe.
pub(super) fn promise_of<'env, T, F>(
    env: &'env Env,
    operation: &'static str,
    options: Unknown<'_>,
    start: impl FnOnce(SyncRequest) -> F,
) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (prepared, listener) = match guarded(operation, || request(env, options)) {
        Ok((request, listener)) => (guarded(operation, || Ok(start(request))), listener),
        Err(error) => (Err(error), None),
    };
    promise_then(env, operation, prepared, move |env, done| {
        if let Some(listener) = listener {
            listener.detach(env);
        }
        done
    })
}

fn request(env: &Env, options: Unknown<'_>) -> Result<(SyncRequest, Option<Listener>)> {
    let mut fields = Fields::read(env, options, &OPTIONS)?;
    let shop_id = fields.required_id("shopId")?;
    let full = fields.flag("full", false)?;
    let since = fields.time("since")?;
    let until = fields.time("until")?;
    let on_progress = progress::callback(env, &fields)?;
    // Last, so that no listener is left on the signal when another option is wrong.
    let (cancel, listener) = signal::token(env, &fields)?;
    Ok((SyncRequest { shop_id, full, since, until, on_progress, cancel }, listener))
}
