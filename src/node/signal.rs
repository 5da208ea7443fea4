//! `signal`: an `AbortSignal` becomes a cancellation token.

use napi::bindgen_prelude::{Function, FunctionRef, JsObjectValue, Object, ObjectRef, Unknown};
use napi::{Env, JsValue, ValueType};
use tokio_util::sync::CancellationToken;

use super::checked::refuse;
use super::fields::Fields;
use super::outcome::{cast, clear_exception, immediate};
use crate::error::Result;

const NAME: &str = "signal";

/// Our listener on a signal. One signal may serve many runs, so it is taken off when the run ends.
pub(super) struct Listener {
    signal: ObjectRef<false>,
    on_abort: FunctionRef<(), ()>,
}

impl Listener {
    /// Takes the listener off. A signal that cannot do so keeps a listener that does nothing any more.
    pub(super) fn detach(self, env: &Env) {
        let removed = self.signal.get_value(env).and_then(|signal| {
            let listener = self.on_abort.borrow_back(env)?;
            let remove: Function<'_, _, Unknown<'_>> = signal.get_named_property("removeEventListener")?;
            remove.apply(signal, listener_arguments(listener.to_unknown(), None)).map(drop)
        });
        if removed.is_err() {
            clear_exception(env);
        }
        // Fails only when the environment ends, which frees the reference itself.
        let _ = self.signal.unref(env);
    }
}

/// The token of the option `signal`, cancelled already when the signal is aborted, and what must be taken
/// off the signal later.
pub(super) fn token(env: &Env, fields: &Fields<'_>) -> Result<(CancellationToken, Option<Listener>)> {
    let token = CancellationToken::new();
    let Some(value) = fields.handle(NAME) else { return Ok((token, None)) };
    let listener = listen(env, value, &token).map_err(|_| {
        clear_exception(env);
        refuse(NAME, "must be an AbortSignal")
    })?;
    Ok((token, listener))
}

fn listen(env: &Env, value: &Unknown<'_>, token: &CancellationToken) -> napi::Result<Option<Listener>> {
    if value.get_type()? != ValueType::Object {
        return Err(napi::Error::from_status(napi::Status::ObjectExpected));
    }
    let signal: Object<'_> = cast(value)?;
    let aborted: bool = signal.get_named_property("aborted")?;
    if aborted {
        token.cancel();
        return Ok(None);
    }
    let cancel = token.clone();
    let on_abort = env.create_function_from_closure::<(), (), _>("abort", move |context| {
        immediate(context.env, NAME, || {
            cancel.cancel();
            Ok(())
        })
    })?;
    let add: Function<'_, _, Unknown<'_>> = signal.get_named_property("addEventListener")?;
    let mut once = Object::new(env)?;
    once.set("once", true)?;
    add.apply(signal, listener_arguments(on_abort.to_unknown(), Some(once)))?;
    Ok(Some(Listener { signal: signal.create_ref()?, on_abort: on_abort.create_ref()? }))
}

type ListenerArguments<'v> = napi::bindgen_prelude::FnArgs<(&'static str, Unknown<'v>, Option<Object<'v>>)>;

fn listener_arguments<'v>(listener: Unknown<'v>, options: Option<Object<'v>>) -> ListenerArguments<'v> {
    ("abort", listener, options).into()
}
