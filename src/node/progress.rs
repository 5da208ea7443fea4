//! `onProgress`: tells JS how a run goes, without ever holding it up or keeping Node alive.

use std::sync::Arc;

use napi::bindgen_prelude::{Function, PromiseRaw, ToNapiValue, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, JsValue, Status, ValueType};

use super::checked::refuse;
use super::fields::Fields;
use super::outcome::{cast, clear_exception, refused};
use super::runs::Run;
use crate::error::Result;
use crate::hub::ProgressFn;

/// Reports that wait for a busy JS thread; more are dropped, since the next one says more.
const QUEUE: usize = 32;

/// Weak: it does not keep Node's loop alive. The promise of the work does.
type Reporter<T> = ThreadsafeFunction<T, Unknown<'static>, T, Status, false, true, QUEUE>;

/// The callback of the option `onProgress` of a sync.
pub(super) fn callback(env: &Env, fields: &Fields<'_>) -> Result<Option<ProgressFn>> {
    let report = reporter_of::<Run>(env, fields)?;
    Ok(report.map(|report| -> ProgressFn {
        Arc::new(move |run| {
            // A run that cannot be shown in JS numbers will say so when it ends.
            if let Ok(run) = Run::try_from(run.clone()) {
                report(run);
            }
        })
    }))
}

/// Calls the option `onProgress`, if there is one.
pub(super) fn reporter_of<T: ToNapiValue + Send + 'static>(
    env: &Env,
    fields: &Fields<'_>,
) -> Result<Option<impl Fn(T) + Send + Sync + use<T>>> {
    const NAME: &str = "onProgress";
    let Some(value) = fields.handle(NAME) else { return Ok(None) };
    if value.get_type().map_err(|error| refused(env, &error))? != ValueType::Function {
        return Err(refuse(NAME, "must be a function"));
    }
    let reporter = reporter::<T>(value).map_err(|error| refused(env, &error))?;
    Ok(Some(move |progress| {
        reporter.call_with_return_value(progress, ThreadsafeFunctionCallMode::NonBlocking, |result, env| {
            ignore_failure(&env, result);
            Ok(())
        });
    }))
}

fn reporter<T: ToNapiValue + Send + 'static>(value: &Unknown<'_>) -> napi::Result<Reporter<T>> {
    let function: Function<'_, T, Unknown<'static>> = cast(value)?;
    function
        .build_threadsafe_function::<T>()
        .weak::<true>()
        .max_queue_size::<QUEUE>()
        .build_callback(|context| Ok(context.value))
}

/// What the callback throws, or the promise it returns rejects with, is the callback's own matter: it must
/// neither end the run nor, as an unhandled rejection, the process.
pub(super) fn ignore_failure(env: &Env, result: napi::Result<Unknown<'static>>) {
    match result {
        Ok(returned) if returned.is_promise().unwrap_or(false) => {
            let promise = cast::<PromiseRaw<'_, Unknown<'static>>>(&returned);
            let caught = promise.and_then(|promise| {
                promise.catch(|_: napi::bindgen_prelude::CallbackContext<Unknown<'static>>| {
                    tracing::warn!("the promise of a callback was rejected");
                    Ok(())
                })
            });
            if caught.is_err() {
                clear_exception(env);
            }
        }
        Ok(_) => {}
        Err(_) => tracing::warn!("a callback threw"),
    }
}
