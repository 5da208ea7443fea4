//! The one async runtime of the process, and the promises it settles.
//!
//! It is ours and not napi's: napi stops its runtime when the last environment ends, and a worker thread
//! of Node that ends must not take work of the main thread with it. It is never shut down; nothing depends
//! on a clean exit.

use std::future::Future;
use std::sync::OnceLock;

use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};
use tokio::runtime::{Builder, Runtime};

use super::outcome::{Trace, guarded, panicked, rejected, thrown};
use crate::error::{Error, ErrorKind, Result};
use crate::failpoint::reach;

/// Enough for thousands of waiting calls; what blocks (SQLite, decoding) has threads of its own.
const WORKERS: usize = 2;

fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let started = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(WORKERS).thread_name("dianqiao").enable_all().build()
    });
    started.as_ref().map_err(|error| {
        Error::new(ErrorKind::ConfigInvalid, format!("threads could not be started ({})", error.kind()))
    })
}

/// Runs work that nobody waits for.
pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    runtime()?.spawn(work);
    Ok(())
}

/// What work comes to; a panic in it becomes an error, wherever in it that happens.
pub(super) async fn caught<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.unwrap_or_else(|_| Err(panicked()))
}

/// A promise of what `read` prepares: arguments are read now, on the JS thread; the work runs on our
/// runtime; what is wrong with either, panics too, rejects the promise.
pub(super) fn promise<'env, T, F>(
    env: &'env Env,
    operation: &'static str,
    read: impl FnOnce() -> Result<F>,
) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    promise_then(env, operation, guarded(operation, read), |_, done| done)
}

/// A promise of prepared work, with a last step on the JS thread that makes the value.
pub(super) fn promise_then<'env, T, J, F>(
    env: &'env Env,
    operation: &'static str,
    prepared: Result<F>,
    finish: impl FnOnce(&Env, napi::Result<T>) -> napi::Result<J> + Send + 'static,
) -> napi::Result<Object<'env>>
where
    T: Send + 'static,
    J: ToNapiValue + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    let trace = Trace::take(env);
    let settle = move |done: Result<T>| {
        deferred.resolve(move |env: Env| {
            let last_step = || match done {
                Ok(value) => {
                    trace.forget(&env);
                    finish(&env, Ok(value))
                }
                Err(error) => finish(&env, Err(rejected(&env, error.with_operation(operation), trace))),
            };
            // Node calls this, so a panic here would end the process.
            guarded(&format!("{operation}:answer"), || Ok(last_step()))
                .unwrap_or_else(|error| Err(thrown(&env, error.with_operation(operation))))
        });
    };
    match prepared.and_then(|work| Ok((runtime()?, work))) {
        Ok((runtime, work)) => {
            let work = async move {
                reach(&format!("{operation}:work"));
                work.await
            };
            drop(runtime.spawn(async move { settle(caught(work).await) }));
        }
        Err(error) => settle(Err(error)),
    }
    Ok(promise)
}
