//! `signal`: an `AbortSignal` becomes a cancellation token.
//!
//! One listener stands on a signal however many calls share it: Node takes more than ten for a leak and
//! prints a warning. The last call that ends takes it off.

use std::cell::RefCell;
use std::ptr;

use napi::bindgen_prelude::{Function, FunctionRef, JsObjectValue, Object, ObjectRef, Unknown};
use napi::{Env, JsValue, ValueType, sys};
use tokio_util::sync::CancellationToken;

use super::checked::refuse;
use super::fields::Fields;
use super::outcome::{cast, clear_exception, immediate};
use crate::error::Result;

const NAME: &str = "signal";

/// A listener of ours on a signal, and the calls that share it.
struct Shared {
    number: u64,
    env: sys::napi_env,
    signal: ObjectRef<false>,
    on_abort: FunctionRef<(), ()>,
    aborted: CancellationToken,
    calls: usize,
}

#[derive(Default)]
struct Known {
    numbers: u64,
    shared: Vec<Shared>,
}

thread_local! {
    /// Of the environments of this thread. Never borrowed while JavaScript runs, which may call us again.
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// A call's part in a listener.
pub(super) struct Listener(u64);

impl Listener {
    /// Ends the call's part; the last one takes the listener off. A signal that cannot do so keeps a
    /// listener that does nothing any more.
    pub(super) fn detach(self, env: &Env) {
        let Some(Shared { signal, on_abort, .. }) = leave(self.0) else { return };
        let removed = signal.get_value(env).and_then(|signal| {
            let listener = on_abort.borrow_back(env)?;
            let remove: Function<'_, _, Unknown<'_>> = signal.get_named_property("removeEventListener")?;
            remove.apply(signal, listener_arguments(listener.to_unknown(), None)).map(drop)
        });
        if removed.is_err() {
            clear_exception(env);
        }
        // Fails only when the environment ends, which frees the reference itself.
        let _ = signal.unref(env);
    }
}

/// The listener to take off, when this was its last call.
fn leave(number: u64) -> Option<Shared> {
    KNOWN.with_borrow_mut(|known| {
        let index = known.shared.iter().position(|shared| shared.number == number)?;
        let shared = known.shared.get_mut(index)?;
        shared.calls -= 1;
        (shared.calls == 0).then(|| known.shared.swap_remove(index))
    })
}

/// The token of the option `signal`, cancelled already when the signal is aborted, and what must be given
/// back later.
pub(super) fn token(env: &Env, fields: &Fields<'_>) -> Result<(CancellationToken, Option<Listener>)> {
    let Some(value) = fields.handle(NAME) else { return Ok((CancellationToken::new(), None)) };
    listen(env, value).map_err(|_| {
        clear_exception(env);
        refuse(NAME, "must be an AbortSignal")
    })
}

fn listen(env: &Env, value: &Unknown<'_>) -> napi::Result<(CancellationToken, Option<Listener>)> {
    if value.get_type()? != ValueType::Object {
        return Err(napi::Error::from_status(napi::Status::ObjectExpected));
    }
    let signal: Object<'_> = cast(value)?;
    let aborted: bool = signal.get_named_property("aborted")?;
    if aborted {
        let token = CancellationToken::new();
        token.cancel();
        return Ok((token, None));
    }
    if let Some((token, listener)) = join(env, &signal) {
        return Ok((token, Some(listener)));
    }
    let (on_abort, aborted) = add_listener(env, &signal)?;
    let token = aborted.child_token();
    let signal = signal.create_ref()?;
    let listener = KNOWN.with_borrow_mut(|known| {
        known.numbers += 1;
        let number = known.numbers;
        known.shared.push(Shared { number, env: env.raw(), signal, on_abort, aborted, calls: 1 });
        Listener(number)
    });
    Ok((token, Some(listener)))
}

/// Takes part in the listener that stands on the signal already.
fn join(env: &Env, signal: &Object<'_>) -> Option<(CancellationToken, Listener)> {
    let is_same = |shared: &Shared| {
        // A value of another environment must not be looked at from this one.
        ptr::eq(shared.env, env.raw())
            && !shared.aborted.is_cancelled()
            && shared
                .signal
                .get_value(env)
                .and_then(|known| env.strict_equals(known, *signal))
                .unwrap_or(false)
    };
    KNOWN.with_borrow_mut(|known| {
        let shared = known.shared.iter_mut().find(|shared| is_same(shared))?;
        shared.calls += 1;
        Some((shared.aborted.child_token(), Listener(shared.number)))
    })
}

fn add_listener(env: &Env, signal: &Object<'_>) -> napi::Result<(FunctionRef<(), ()>, CancellationToken)> {
    let aborted = CancellationToken::new();
    let cancel = aborted.clone();
    let on_abort = env.create_function_from_closure::<(), (), _>("abort", move |context| {
        immediate(context.env, NAME, || {
            cancel.cancel();
            Ok(())
        })
    })?;
    let add: Function<'_, _, Unknown<'_>> = signal.get_named_property("addEventListener")?;
    let mut once = Object::new(env)?;
    once.set("once", true)?;
    add.apply(*signal, listener_arguments(on_abort.to_unknown(), Some(once)))?;
    Ok((on_abort.create_ref()?, aborted))
}

type ListenerArguments<'v> = napi::bindgen_prelude::FnArgs<(&'static str, Unknown<'v>, Option<Object<'v>>)>;

fn listener_arguments<'v>(listener: Unknown<'v>, options: Option<Object<'v>>) -> ListenerArguments<'v> {
    ("abort", listener, options).into()
}
