//! A call in the name of a shop: its token, one refresh when the platform wants it, and the retries.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{AppContext, Contacts, Failure, RetryPolicy, SendRequest, Sender};
use crate::auth::{Grants, HeldToken, ShopContext, Token};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::limit::{Lane, Share};
use crate::model::{AppId, ShopId, ShopStatus, UtcMillis};
use crate::platform::{ApiCall, TokenUse, Verdict};
use crate::secret::Secret;

/// Longer than the first pause after a refresh that failed.
const RENEWAL_PAUSE: Duration = Duration::from_secs(11);

/// Makes calls in the name of shops. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Caller {
    sender: Arc<Sender>,
    grants: Grants,
    contacts: Option<Contacts>,
    sign_until: Option<UtcMillis>,
    /// Apps to which the platform shows no buyer data from here.
    masked: Arc<Mutex<HashSet<AppId>>>,
}

/// How a call is made.
#[derive(Clone, Copy)]
pub(crate) struct CallStyle<'a> {
    /// Whether somebody waits for it.
    pub(crate) lane: Lane,
    /// The share of the quota that this process may use.
    pub(crate) share: Share,
    /// How often it is tried.
    pub(crate) policy: RetryPolicy,
    /// Counts every request that went out.
    pub(crate) counter: Option<&'a AtomicI64>,
}

/// One call, and for whom it is made how.
struct Way<'a, T> {
    app: &'a AppContext,
    shop: Option<ShopId>,
    call: &'a ApiCall<T>,
    style: CallStyle<'a>,
}

// Derived, they would ask the same of what the call answers.
impl<T> Clone for Way<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Way<'_, T> {}

impl Caller {
    pub(crate) fn new(sender: Arc<Sender>, grants: Grants) -> Self {
        Self { sender, grants, contacts: None, sign_until: None, masked: Arc::default() }
    }

    /// Returns self, noting the last calls of each shop.
    pub(crate) fn noting(self, contacts: Contacts) -> Self {
        Self { contacts: Some(contacts), ..self }
    }

    /// The time on the app's platform.
    pub(crate) fn platform_now(&self, app: AppId) -> UtcMillis {
        self.sender.platform_now(app)
    }

    /// As this one, but nothing is signed after that moment: for a write, which may be given up for lost then.
    pub(crate) fn signing_until(&self, until: UtcMillis) -> Self {
        Self { sign_until: Some(until), ..self.clone() }
    }

    /// Makes the call. A token that the platform calls expired is renewed once; everything else is
    /// retried only as the policy and the call's own nature allow, and signed again each time.
    ///
    /// # Errors
    /// `CONFLICT` when the shop is switched off; otherwise what the platform or the network answered.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        shop: &ShopContext,
        call: &ApiCall<T>,
        style: CallStyle<'_>,
    ) -> Result<T> {
        self.try_call(shop, call, style).await.map_err(Error::from)
    }

    /// As [`call`](Self::call), and in its masked form where the platform shows this app no buyer data. That is a matter
    /// of where this process runs, so that it is kept in mind for as long as it does.
    ///
    /// # Errors
    /// As `call`; where the masked form is refused too, that refusal.
    pub(crate) async fn call_or_masked<T: Send + 'static>(
        &self,
        shop: &ShopContext,
        call: &ApiCall<T>,
        style: CallStyle<'_>,
    ) -> Result<T> {
        let Some(form) = shop.app.platform.masked_form(&call.parts.api) else {
            return self.call(shop, call, style).await;
        };
        let is_known = self.masked().contains(&shop.app.id);
        if !is_known {
            match self.call(shop, call, style).await {
                Err(error) if error.platform_code() == Some(form.refusal) => {
                    tracing::info!(app = %shop.app.id, "buyer data is not shown here: orders are read masked");
                }
                other => return other,
            }
        }
        let read = self.call(shop, &call.of(form.api), style).await;
        if read.is_ok() && !is_known {
            self.masked().insert(shop.app.id);
        }
        read
    }

    fn masked(&self) -> MutexGuard<'_, HashSet<AppId>> {
        self.masked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`call`](Self::call), for who must know whether the platform can have acted on it.
    ///
    /// # Errors
    /// As `call`.
    pub(crate) async fn try_call<T: Send + 'static>(
        &self,
        shop: &ShopContext,
        call: &ApiCall<T>,
        style: CallStyle<'_>,
    ) -> Result<T, Failure> {
        check_enabled(shop)?;
        if shop.shop.status == ShopStatus::Reauthorize {
            // A call under way may have cached the token again after it was found dead.
            self.grants.forget(shop.shop.id);
        }
        let renewed = AtomicBool::new(false);
        let attempt = |number| self.attempt(shop, call, style, number, &renewed);
        let result = self.sender.with_retry(shop.app.id, call.parts.repeat, style.policy, attempt).await;
        let (api, id) = (call.parts.api.as_str(), shop.shop.id);
        let result = result.map_err(|failure| {
            let error = failure.error.with_operation(api).with_shop(id);
            Failure { error, ..failure }
        });
        if let Some(contacts) = &self.contacts {
            contacts.note(id, api, result.as_ref().err().map(|failure| &failure.error));
        }
        result
    }

    /// Makes a call of an app itself, in the name of no shop, retried as any other. It carries the app's own token
    /// where it wants one.
    ///
    /// # Errors
    /// `INTERNAL` for a call that wants a shop's token; otherwise what the platform or the network answered.
    pub(crate) async fn call_app<T: Send + 'static>(
        &self,
        app: &AppContext,
        call: &ApiCall<T>,
        style: CallStyle<'_>,
    ) -> Result<T> {
        if call.parts.token == TokenUse::Shop {
            return Err(Error::internal("a call that wants a shop's token was made without a shop"));
        }
        let to = Way { app, shop: None, call, style };
        let renewed = AtomicBool::new(false);
        let attempt = |number| self.attempt_of_app(to, number, &renewed);
        let result = self.sender.with_retry(app.id, call.parts.repeat, style.policy, attempt).await;
        result.map_err(|failure| failure.error.with_operation(call.parts.api.as_str()))
    }

    async fn attempt<T: Send + 'static>(
        &self,
        shop: &ShopContext,
        call: &ApiCall<T>,
        style: CallStyle<'_>,
        number: u32,
        renewed: &AtomicBool,
    ) -> Result<T, Failure> {
        let to = Way { app: &shop.app, shop: Some(shop.shop.id), call, style };
        if call.parts.token != TokenUse::Shop {
            return self.attempt_of_app(to, number, renewed).await;
        }
        let token = self.grants.token(shop).await?;
        let failure = match self.send_with(shop, to, number, &token).await {
            Err(failure) if failure.verdict == Some(Verdict::TokenExpired) => failure,
            other => return other,
        };
        if renewed.swap(true, Ordering::Relaxed) {
            return Err(still_refused(failure).into());
        }
        let newer = self.grants.renew(shop, token.generation).await?;
        if newer.generation == token.generation {
            return Err(still_refused(failure).into());
        }
        match self.send_with(shop, to, number, &newer).await {
            // Another caller's newer token has ended it already, or the platform is not of one mind.
            Err(failure) if failure.verdict == Some(Verdict::TokenExpired) => {
                Err(still_refused(failure).into())
            }
            other => other,
        }
    }

    /// One attempt without a shop's token. An app's token that the platform calls expired is fetched anew once.
    async fn attempt_of_app<T: Send + 'static>(
        &self,
        to: Way<'_, T>,
        number: u32,
        renewed: &AtomicBool,
    ) -> Result<T, Failure> {
        if to.call.parts.token == TokenUse::None {
            return self.send(to, number, None).await;
        }
        let tokens = self.grants.apps();
        let with = |held: HeldToken| async move {
            let result = self.send(to, number, Some(&held.secret)).await;
            result.map_err(|failure| (failure, held))
        };
        let (failure, held) = match with(tokens.token(to.app).await?).await {
            Ok(value) => return Ok(value),
            Err(refused) => refused,
        };
        if failure.verdict != Some(Verdict::TokenExpired) {
            return Err(failure);
        }
        if renewed.swap(true, Ordering::Relaxed) {
            return Err(still_refused(failure).into());
        }
        match with(tokens.renew(to.app, &held).await?).await {
            Err((failure, _)) if failure.verdict == Some(Verdict::TokenExpired) => {
                Err(still_refused(failure).into())
            }
            other => other.map_err(|(failure, _)| failure),
        }
    }

    /// Sends with this token, and lets the grant know what became of it.
    async fn send_with<T: Send + 'static>(
        &self,
        shop: &ShopContext,
        to: Way<'_, T>,
        number: u32,
        token: &Token,
    ) -> Result<T, Failure> {
        let result = self.send(to, number, Some(&token.secret)).await;
        match &result {
            Ok(_) => self.grants.proved(shop, token).await,
            Err(failure) if failure.verdict == Some(Verdict::Reauthorize) => {
                self.grants.revoked(shop, token, &failure.error).await?;
            }
            Err(_) => {}
        }
        result
    }

    async fn send<T: Send + 'static>(
        &self,
        to: Way<'_, T>,
        attempt: u32,
        token: Option<&Secret<String>>,
    ) -> Result<T, Failure> {
        let Way { app, shop, call, style: CallStyle { lane, share, counter, .. } } = to;
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let sign_until = self.sign_until;
        let request = SendRequest { call, app, shop, token, lane, share, sign_until, attempt };
        self.sender.send(request).await
    }
}

fn check_enabled(shop: &ShopContext) -> Result<()> {
    let id = shop.shop.id;
    match shop.shop.status {
        ShopStatus::Active | ShopStatus::Reauthorize => Ok(()),
        ShopStatus::Disabled => {
            let message = "the shop is switched off: enable it with shops.enable";
            Err(Error::new(ErrorKind::Conflict, message).with_shop(id).with_platform(shop.shop.platform))
        }
    }
}

/// The platform calls a token expired that could not be renewed just now. The grant itself is not dead.
fn still_refused(failure: Failure) -> Error {
    let message =
        "the platform refuses the token and its refresh has to wait: the next attempt follows by itself";
    let error = Error::new(ErrorKind::Transient, message).with_retry(Retry::After(RENEWAL_PAUSE));
    match failure.error.platform_code() {
        Some(code) => error.with_platform_code(code),
        None => error,
    }
}
