//! What a JS caller gets when something fails: a real `Error` with our fields, made on the JS thread, the
//! same for rejected promises and for functions that throw. The only file of the product with `unsafe`.
#![expect(unsafe_code, reason = "two calls that napi offers in no safe form; each says why it is sound")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, JsObjectValue, Object, ObjectRef, Unknown};
use napi::{Env, JsValue, Property, PropertyAttributes, Status, ValueType, sys};

use crate::error::{Error, Result, Retry};
use crate::failpoint::reach;

/// The `name` of every error we throw.
const NAME: &str = "DianqiaoError";

/// Runs a trivial synchronous export. Its error is thrown; so is a panic, which would otherwise end the
/// process.
pub(super) fn immediate<T>(
    env: &Env,
    operation: &'static str,
    work: impl FnOnce() -> Result<T>,
) -> napi::Result<T> {
    guarded(operation, work).map_err(|error| thrown(env, error.with_operation(operation)))
}

/// Runs `work` of an operation; a panic becomes an error.
pub(super) fn guarded<T>(operation: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let work = || {
        reach(operation);
        work()
    };
    // What `work` may leave half-changed are its own arguments, which are dropped with it.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

/// The error of a panic. The panic's own text stays on standard error: it may quote anything.
pub(super) fn panicked() -> Error {
    Error::internal("a bug in dianqiao: the operation panicked (see standard error); please report it")
}

/// The error of a napi call that fails only when Node itself is in trouble. Clears what is pending.
pub(super) fn refused(env: &Env, error: &napi::Error) -> Error {
    clear_exception(env);
    Error::internal(format!("Node refused a native call ({})", error.status.as_ref()))
}

/// Where an export was called. A rejection has no frames of its own, since it is made long after the call;
/// with these its `stack` shows the caller's line all the same.
pub(super) struct Trace(Option<ObjectRef<false>>);

impl Trace {
    /// Remembers the frames; V8 writes them out only when they are read.
    pub(super) fn take(env: &Env) -> Self {
        let error = env.create_error(napi::Error::new(Status::GenericFailure, ""));
        Self(error.and_then(|error| error.create_ref()).ok())
    }

    /// Forgets the frames and gives them as text.
    fn frames(self, env: &Env) -> Option<String> {
        let held = self.0?;
        let frames = held.get_value(env).and_then(|error| frames_of(&error)).ok().flatten();
        Self(Some(held)).forget(env);
        clear_exception(env);
        frames
    }

    /// Forgets the frames.
    pub(super) fn forget(self, env: &Env) {
        // Fails only when the environment ends, which frees the reference itself.
        let _ = self.0.map_or(Ok(()), |held| held.unref(env));
    }
}

/// The lines of a stack below the first, with the line break before them.
fn frames_of(error: &Object<'_>) -> napi::Result<Option<String>> {
    let stack: Unknown<'_> = error.get_named_property("stack")?;
    if stack.get_type()? != ValueType::String {
        return Ok(None);
    }
    let stack = stack.coerce_to_string()?.into_utf8()?.into_owned()?;
    Ok(stack.find("\n    at ").and_then(|start| stack.get(start..)).map(str::to_owned))
}

/// Turns our error into one that napi throws, as the very JS object we build.
pub(super) fn thrown(env: &Env, error: Error) -> napi::Error {
    rejected(env, error, Trace::take(env))
}

/// As [`thrown`], for a promise whose export was called at `trace`.
pub(super) fn rejected(env: &Env, error: Error, trace: Trace) -> napi::Error {
    let frames = trace.frames(env).unwrap_or_default();
    build(env, &error, &frames).unwrap_or_else(|_| {
        clear_exception(env);
        napi::Error::new(Status::GenericFailure, error.to_string())
    })
}

fn build(env: &Env, error: &Error, frames: &str) -> napi::Result<napi::Error> {
    let message = error.to_string();
    let stack = format!("{NAME}: {message}{frames}");
    let mut js = env.create_error(napi::Error::new(Status::GenericFailure, message))?;
    js.set("code", error.code())?;
    set_some(&mut js, "platform", error.platform().map(|platform| platform.as_str()))?;
    set_some(&mut js, "shopId", error.shop().map(|shop| shop.to_string()).as_deref())?;
    set_some(&mut js, "operation", error.operation())?;
    set_some(&mut js, "platformCode", error.platform_code())?;
    set_some(&mut js, "requestId", error.request_id())?;
    js.set("retryable", error.retry() != Retry::Never)?;
    if let Retry::After(wait) = error.retry() {
        js.set("retryAfterMs", u32::try_from(wait.as_millis()).unwrap_or(u32::MAX))?;
    }
    js.set("attempts", error.attempts())?;
    // As on built-in errors, neither is enumerable.
    js.define_properties(&[hidden(env, "name", NAME)?, hidden(env, "stack", &stack)?])?;
    Ok(napi::Error::from(js.to_unknown()))
}

fn set_some(js: &mut Object<'_>, key: &str, value: Option<&str>) -> napi::Result<()> {
    value.map_or(Ok(()), |value| js.set(key, value))
}

fn hidden(env: &Env, key: &str, text: &str) -> napi::Result<Property> {
    let property = Property::new().with_utf8_name(key)?.with_napi_value(env, text)?;
    Ok(property.with_property_attributes(PropertyAttributes::Writable | PropertyAttributes::Configurable))
}

/// Reads a value as `T`. A value of another type is an error or, for plain handles, unusable; callers ask
/// for the type first.
pub(super) fn cast<T: FromNapiValue>(value: &Unknown<'_>) -> napi::Result<T> {
    // SAFETY: `value` carries the environment it belongs to, its lifetime ends with the handle scope of the
    // current call, and every `T` used here checks or was checked against the value's type.
    unsafe { value.cast() }
}

/// Forgets the exception that a getter or a Proxy threw while we read it, so that ours is the one thrown.
pub(super) fn clear_exception(env: &Env) {
    let mut pending = false;
    let mut exception = ptr::null_mut();
    // SAFETY: `env` is the environment of the current call and we are on its thread; both out pointers live
    // on this stack frame.
    unsafe {
        if sys::napi_is_exception_pending(env.raw(), &raw mut pending) == sys::Status::napi_ok && pending {
            sys::napi_get_and_clear_last_exception(env.raw(), &raw mut exception);
        }
    }
}
