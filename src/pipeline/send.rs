//! One attempt: permit, sign, send, classify.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::answer::{Reader, Success};
use super::clock::{PlatformClock, is_apart};
use super::retry::Budgets;
use super::{AppContext, Failure};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Retry};
use crate::failpoint::die_in_call;
use crate::http::{Http, HttpAnswer, HttpRequest};
use crate::limit::{Lane, Limits, Permit, PermitRequest, Rates, Share};
use crate::model::{AppId, ShopId, UtcMillis};
use crate::platform::{ApiCall, CallParts, Method, Quota, Repeat, SignedRequest, Verdict};
use crate::secret::Secret;

/// Longer than any caller waits for a repetition, which would come too late as well.
const NEXT_TURN: Duration = Duration::from_secs(60);

/// One attempt of one call.
pub(crate) struct SendRequest<'a, T> {
    /// What to send and how to read the answer.
    pub(crate) call: &'a ApiCall<T>,
    /// Of which app.
    pub(crate) app: &'a AppContext,
    /// Of which shop; token calls have none.
    pub(crate) shop: Option<ShopId>,
    /// The access token, where the call carries one.
    pub(crate) token: Option<&'a Secret<String>>,
    /// Who waits.
    pub(crate) lane: Lane,
    /// Which part of the quota is ours.
    pub(crate) share: Share,
    /// Not signed after this.
    pub(crate) sign_until: Option<UtcMillis>,
    /// Which attempt this is, from 1, for the log.
    pub(crate) attempt: u32,
}

impl<'a, T> SendRequest<'a, T> {
    /// A call of an app that somebody waits for, in the name of no shop and without a token.
    pub(crate) const fn waited(call: &'a ApiCall<T>, app: &'a AppContext, attempt: u32) -> Self {
        let (lane, share) = (Lane::Interactive, Share::Leader);
        Self { call, app, shop: None, token: None, lane, share, sign_until: None, attempt }
    }
}

/// The way out of every call. Shared by the whole hub.
pub(crate) struct Sender {
    http: Http,
    limits: Limits,
    clock: Clock,
    skew: PlatformClock,
    pub(super) budgets: Budgets,
}

impl Sender {
    /// A sender with its own limiters and budgets.
    pub(crate) fn new(http: Http, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            http,
            limits: Limits::new(),
            clock,
            skew: PlatformClock::new(),
            budgets: Budgets::default(),
        })
    }

    /// The time on the app's platform, as far as its answers tell.
    pub(crate) fn platform_now(&self, app: AppId) -> UtcMillis {
        self.skew.at(app, self.clock.now())
    }

    /// Whether [`platform_now`](Self::platform_now) was measured, and is not just our own clock.
    pub(crate) fn knows_clock(&self, app: AppId) -> bool {
        self.skew.knows(app, self.clock.now())
    }

    /// How fast calls go now.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes one attempt. Waits for its permit first, and signs only then, because a signature ages.
    pub(crate) async fn send<T: Send + 'static>(&self, request: SendRequest<'_, T>) -> Result<T, Failure> {
        let span = info_span!(
            "platform.call",
            platform = request.app.platform.id().as_str(),
            shop = request.shop.map(|shop| shop.0),
            api = request.call.parts.api,
            attempt = request.attempt,
            request_id = Empty,
            status = Empty,
            elapsed_ms = Empty,
            outcome = Empty,
        );
        self.attempt(&request).instrument(span.clone()).await.map_err(|mut failure| {
            failure.error = in_context(failure.error, &request);
            failure
        })
    }

    async fn attempt<T: Send + 'static>(&self, request: &SendRequest<'_, T>) -> Result<T, Failure> {
        let permit = self.limits.permit(&permit_request(request)).await;
        let started = Instant::now();
        let done = self.exchange(request, started).await;
        record(&done, started.elapsed());
        feed_back(&permit, &done);
        done.map(|success| success.value)
    }

    async fn exchange<T: Send + 'static>(
        &self,
        request: &SendRequest<'_, T>,
        started: Instant,
    ) -> Result<Success<T>, Failure> {
        let SendRequest { call, app, token, .. } = *request;
        let now = self.clock.now();
        if request.sign_until.is_some_and(|until| now > until) {
            return Err(too_late().into());
        }
        let signed_at = self.skew.at(app.id, now);
        let CallParts { api, repeat, .. } = &call.parts;
        let signed = app.platform.sign(&call.parts, &app.credentials, token, signed_at)?;
        die_in_call("signed", api.as_str());
        let reader =
            Reader { platform: app.platform, decode: call.decode, repeat: *repeat, api: api.as_str().into() };
        let answer = self.put(signed, request).await.map_err(|failure| reader.no_answer(failure))?;
        die_in_call("answered", api.as_str());
        Span::current().record("status", answer.status);
        let elapsed = started.elapsed();
        self.learn_time(app.id, &answer, elapsed);
        // Not whether this answer moved the clock: of calls that were under way together the first one does.
        let moved = is_apart(self.platform_now(app.id).minus(elapsed), signed_at);
        let read = reader.read(answer, self.platform_now(app.id)).await;
        die_in_call("read", api.as_str());
        read.map_err(|failure| Failure { clock_moved: moved, ..failure })
    }

    async fn put<T>(
        &self,
        signed: SignedRequest,
        request: &SendRequest<'_, T>,
    ) -> Result<HttpAnswer, crate::http::HttpFailure> {
        let SignedRequest { method, url, headers, body } = signed;
        let request = HttpRequest {
            get: method == Method::Get,
            url: &url,
            headers: &headers,
            body,
            proxy: request.app.proxy.as_ref(),
            hosts: &request.app.hosts,
            fresh_connection: request.call.parts.repeat == Repeat::Never,
        };
        self.http.send(request).await
    }

    fn learn_time(&self, app: AppId, answer: &HttpAnswer, round_trip: Duration) {
        if let Some(date) = answer.date {
            self.skew.learn(app, date, self.clock.now(), round_trip);
        }
    }
}

fn permit_request<T>(request: &SendRequest<'_, T>) -> PermitRequest {
    let SendRequest { call, app, shop, lane, share, .. } = *request;
    PermitRequest {
        platform: app.platform.id(),
        app: app.id,
        shop,
        group: call.parts.group,
        rates: rates(app.quota, app.platform.group_quota(call.parts.group)),
        lane,
        share,
    }
}

/// A quota names no limit for a platform as a whole.
fn rates(quota: Quota, group: Option<u32>) -> Rates {
    Rates {
        app: NonZeroU32::new(quota.app_per_second),
        shop: NonZeroU32::new(quota.shop_per_second),
        group: group.and_then(NonZeroU32::new),
        in_flight: quota.in_flight,
        ..Rates::default()
    }
}

/// Whoever waited for so long, such as in a process that stood still, has lost its turn. Checked with the time that
/// is signed: however long the call is on its way then, the platform knows how old it is.
fn too_late() -> Error {
    let message = "the call was not sent in time, and not sent at all: its change goes on by itself";
    Error::new(ErrorKind::Transient, message).with_retry(Retry::After(NEXT_TURN))
}

fn feed_back<T>(permit: &Permit, done: &Result<Success<T>, Failure>) {
    match done {
        Ok(_) => permit.went_well(),
        Err(failure) if failure.verdict == Some(Verdict::Limited) => permit.too_fast(),
        Err(_) => {}
    }
}

fn record<T>(done: &Result<Success<T>, Failure>, elapsed: Duration) {
    let span = Span::current();
    span.record("elapsed_ms", u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
    let (outcome, request_id) = match done {
        Ok(success) => ("OK", success.request_id.as_deref()),
        Err(failure) => (failure.error.code(), failure.error.request_id()),
    };
    span.record("outcome", outcome);
    if let Some(id) = request_id {
        span.record("request_id", id);
    }
}

fn in_context<T>(error: Error, request: &SendRequest<'_, T>) -> Error {
    let error = error
        .with_platform(request.app.platform.id())
        .with_operation(request.call.parts.api.as_str())
        .with_attempts(request.attempt);
    match request.shop {
        Some(shop) => error.with_shop(shop),
        None => error,
    }
}
