//! The only place that opens sockets and the only user of reqwest.
//!
//! It posts bytes and returns bytes, and fetches public files. It knows no platform, no token and no retry, and it never lets
//! a URL into an error: platforms sign and carry tokens in the query.

mod client;
mod date;
mod download;
mod failure;
mod host;
#[cfg(test)]
pub(crate) mod mock;
mod public;
#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
#[cfg(test)]
use reqwest::header::CONTENT_TYPE;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::Result;
use crate::model::UtcMillis;
use crate::secret::Secret;
use client::Clients;

pub(crate) use date::parse_http_date;
pub(crate) use download::{Download, DownloadOptions, Downloads};
pub(crate) use failure::{HttpFailure, HttpFailureKind, Sent};
pub(crate) use host::HostRules;

/// The header lines of an answer may hold this many bytes; more is no API.
const HEAD_CAP: usize = 64 << 10;

/// Room for a body on the word of its header alone; a page of 100 records takes a third.
const ROOM_CAP: usize = 1 << 18;

/// Bytes a second that are sent at the least.
const SLOWEST_LINE: usize = 128 << 10;

/// How long a call may take and how large its answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HttpOptions {
    /// DNS, TCP and TLS together.
    pub(crate) connect: Duration,
    /// The longest pause between two reads.
    pub(crate) idle: Duration,
    /// The whole call.
    pub(crate) total: Duration,
    /// The largest answer, in decoded bytes.
    pub(crate) body_cap: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(10),
            total: Duration::from_secs(30),
            body_cap: 8 << 20,
        }
    }
}

/// One request.
pub(crate) struct HttpRequest<'a> {
    /// A GET, which has no body; otherwise a POST.
    pub(crate) get: bool,
    /// Where to; may hold a token.
    pub(crate) url: &'a Secret<String>,
    /// Headers beside the transport's own.
    pub(crate) headers: &'a [(&'static str, Cow<'static, str>)],
    /// What is sent, byte for byte.
    pub(crate) body: Vec<u8>,
    /// Through which proxy, with its user and password.
    pub(crate) proxy: Option<&'a Secret<String>>,
    /// Where it may go at all.
    pub(crate) hosts: &'a HostRules,
    /// For writes: a pooled connection may be half closed, and then nobody knows what was received.
    pub(crate) fresh_connection: bool,
}

/// A complete answer, whatever its status.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `Content-Type`, for diagnosis only: platforms label JSON as text and as HTML.
    #[cfg(test)]
    pub(crate) content_type: Option<String>,
    /// `Retry-After` as it came.
    pub(crate) retry_after: Option<String>,
    /// The server's clock.
    pub(crate) date: Option<UtcMillis>,
    /// The decoded body.
    pub(crate) body: Bytes,
}

/// Answers in the place of a network, for tests in simulated time. Sockets stay this module's.
#[cfg(test)]
pub(crate) trait Played: Send + Sync {
    /// The answer to one request.
    fn answer<'a>(
        &'a self,
        url: &'a str,
        body: Vec<u8>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>>;
}

/// The transport. Shared; holds the connection pools.
pub(crate) struct Http {
    options: HttpOptions,
    clients: Clients,
    #[cfg(test)]
    played: Option<std::sync::Arc<dyn Played>>,
}

impl Http {
    /// A transport with its own pools.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when no TLS configuration can be made.
    pub(crate) fn new(options: HttpOptions) -> Result<Self> {
        Ok(Self {
            clients: Clients::new(options.connect)?,
            options,
            #[cfg(test)]
            played: None,
        })
    }

    /// Downloads of public files, with the same certificates.
    pub(crate) fn downloads(&self, options: DownloadOptions) -> Downloads {
        Downloads::new(self.clients.clone(), options)
    }

    /// A transport without a network.
    #[cfg(test)]
    pub(crate) fn played(played: std::sync::Arc<dyn Played>) -> Self {
        let options = HttpOptions::default();
        let clients = Clients::with_roots(options.connect, rustls::RootCertStore::empty()).unwrap();
        Self { clients, options, played: Some(played) }
    }

    /// Sends once and reads the whole answer. Never follows a redirect, never repeats.
    ///
    /// Dropping the future closes the connection; what the server received stays unknown.
    pub(crate) async fn send(&self, request: HttpRequest<'_>) -> Result<HttpAnswer, HttpFailure> {
        let url = request.hosts.check(request.url.expose())?;
        #[cfg(test)]
        if let Some(played) = &self.played {
            return played.answer(url.as_str(), request.body).await;
        }
        let client = self.clients.client(request.proxy, request.fresh_connection)?;
        let sending = sending_time(request.body.len());
        let mut builder = if request.get { client.get(url) } else { client.post(url).body(request.body) };
        for (name, value) in request.headers {
            builder = builder.header(HeaderName::from_static(name), &**value);
        }
        let deadline = Instant::now() + self.options.total + sending;
        match timeout_at(deadline, self.exchange(builder, sending)).await {
            Ok(done) => done,
            Err(_) => Err(HttpFailure::maybe(HttpFailureKind::Timeout)),
        }
    }

    async fn exchange(&self, builder: RequestBuilder, sending: Duration) -> Result<HttpAnswer, HttpFailure> {
        let until_head = self.options.connect + self.options.idle + sending;
        let sent = timeout(until_head, builder.send());
        let response = sent
            .await
            .map_err(|_| HttpFailure::maybe(HttpFailureKind::Timeout))?
            .map_err(|error| HttpFailure::of_head(&error))?;
        if head_size(response.headers()) > HEAD_CAP {
            return Err(HttpFailure::maybe(HttpFailureKind::BadHead));
        }
        let mut answer = HttpAnswer {
            status: response.status().as_u16(),
            #[cfg(test)]
            content_type: text(response.headers(), &CONTENT_TYPE),
            retry_after: text(response.headers(), &RETRY_AFTER),
            date: text(response.headers(), &DATE).and_then(|date| parse_http_date(&date)),
            body: Bytes::new(),
        };
        let promised = response.content_length();
        answer.body = self.read_body(response, promised).await?;
        Ok(answer)
    }

    /// Reads decoded bytes up to the cap. `Content-Length` says nothing about that: it counts encoded bytes,
    /// and reqwest drops it for compressed bodies. It only says how much room to begin with.
    async fn read_body(&self, mut response: Response, promised: Option<u64>) -> Result<Bytes, HttpFailure> {
        let room = usize::try_from(promised.unwrap_or(0)).unwrap_or(usize::MAX).min(ROOM_CAP);
        let mut body = Vec::with_capacity(room);
        loop {
            let next = timeout(self.options.idle, response.chunk());
            let chunk = next
                .await
                .map_err(|_| HttpFailure::maybe(HttpFailureKind::Timeout))?
                .map_err(|error| HttpFailure::of(&error))?;
            let Some(chunk) = chunk else {
                // hyper takes an HTTP/2 connection that ends politely in mid-body for the body's end.
                let is_cut = promised.is_some_and(|length| length != body.len() as u64);
                return if is_cut {
                    Err(HttpFailure::maybe(HttpFailureKind::Broken))
                } else {
                    Ok(body.into())
                };
            };
            if body.len() + chunk.len() > self.options.body_cap {
                return Err(HttpFailure::maybe(HttpFailureKind::BodyTooLarge));
            }
            make_room(&mut body, chunk.len(), self.options.body_cap);
            body.extend_from_slice(&chunk);
        }
    }
}

/// Doubles while that is little, and then takes the whole cap at once: what grows is held twice while it
/// is copied. The system gives memory only where something is written.
fn make_room(body: &mut Vec<u8>, more: usize, cap: usize) {
    let needed = body.len() + more;
    if needed > body.capacity() {
        let doubled = (body.capacity() * 2).max(needed);
        let room = if doubled > cap / 32 { cap.max(needed) } else { doubled };
        body.reserve_exact(room - body.len());
    }
}

/// How much longer a call with a body of this size may take: a part of a video goes over lines that are slow the other
/// way.
fn sending_time(bytes: usize) -> Duration {
    let units = u32::try_from(bytes / SLOWEST_LINE).unwrap_or(u32::MAX);
    Duration::from_secs(units.into())
}

fn head_size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
