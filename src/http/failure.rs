//! Why there is no answer, in words of ours only: whatever reqwest, hyper or rustls say is looked
//! at for its type and then dropped, because their texts may hold the URL.

use std::error::Error as StdError;
use std::{fmt, io};

use crate::error::{Error, ErrorKind, Retry};

/// Whether the server can have seen the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Surely not: no connection was there to send it on.
    No,
    /// It may have arrived and been executed.
    Maybe,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpFailureKind {
    /// The URL points to a host that is neither the platform's nor listed.
    HostNotAllowed,
    /// The app's proxy cannot be used.
    BadProxy,
    /// Nothing can be sent at all: no HTTP client could be made.
    NoClient,
    /// The request itself cannot be put into HTTP.
    BadRequest,
    /// No connection: name not found, refused, no route, or the proxy refused.
    Connect,
    /// No connection in time.
    ConnectTimeout,
    /// The TLS handshake failed.
    Tls,
    /// The server's certificate is expired, for another host or from an unknown issuer.
    Certificate,
    /// The answer did not come or stopped coming.
    Timeout,
    /// The connection broke, or what came is not HTTP.
    Broken,
    /// The answer's headers are too large, or no HTTP.
    BadHead,
    /// The answer's body is too large.
    BodyTooLarge,
}

impl HttpFailureKind {
    const fn message(self) -> &'static str {
        match self {
            Self::HostNotAllowed => {
                "the endpoint's host is not allowed: correct it, or list the host in allowHosts when opening \
                 the hub (https only, loopback excepted)"
            }
            Self::BadProxy => "the app's proxy cannot be used: it must be an http or https URL",
            Self::NoClient => "the HTTP client cannot be set up",
            Self::BadRequest => "the request cannot be sent: a header holds characters that HTTP forbids",
            Self::Connect => {
                "no connection (name not found, refused, no route, or refused by the proxy): check network, \
                 DNS and proxy"
            }
            Self::ConnectTimeout => "no connection in time: check network, firewall and proxy",
            Self::Tls => "the TLS handshake failed: check for a proxy or firewall in between",
            Self::Certificate => {
                "the server's certificate is not valid: check this machine's clock, and whether a proxy in \
                 between needs its CA in the system's store"
            }
            Self::Timeout => "the answer did not come in time",
            Self::Broken => "the connection broke before the answer was complete",
            Self::BadHead => {
                "the answer's headers are too many, too large or no HTTP, and asking again would bring the same: \
                 check for a proxy in between"
            }
            Self::BodyTooLarge => "the answer is larger than allowed, and asking again would bring the same",
        }
    }

    const fn error_kind(self) -> ErrorKind {
        match self {
            Self::HostNotAllowed | Self::BadProxy | Self::NoClient | Self::Certificate => {
                ErrorKind::ConfigInvalid
            }
            Self::BadRequest => ErrorKind::InvalidRequest,
            Self::BadHead | Self::BodyTooLarge => ErrorKind::Decode,
            _ => ErrorKind::Transient,
        }
    }

    const fn retry(self) -> Retry {
        match self {
            Self::Connect | Self::ConnectTimeout | Self::Tls | Self::Timeout | Self::Broken => Retry::Backoff,
            // The same request gets the same oversized answer.
            _ => Retry::Never,
        }
    }
}

/// A call without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HttpFailure {
    /// Whether the server can have seen it.
    pub(crate) sent: Sent,
    /// What failed.
    pub(crate) kind: HttpFailureKind,
}

impl HttpFailure {
    pub(super) const fn not_sent(kind: HttpFailureKind) -> Self {
        Self { sent: Sent::No, kind }
    }

    pub(super) const fn maybe(kind: HttpFailureKind) -> Self {
        Self { sent: Sent::Maybe, kind }
    }

    /// Looks at the error's type and forgets its text.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::not_sent(HttpFailureKind::BadRequest);
        }
        if !error.is_connect() {
            let kind = if error.is_timeout() { HttpFailureKind::Timeout } else { HttpFailureKind::Broken };
            return Self::maybe(kind);
        }
        Self::not_sent(match find_tls(error) {
            Some(rustls::Error::InvalidCertificate(_)) => HttpFailureKind::Certificate,
            Some(_) => HttpFailureKind::Tls,
            None if error.is_timeout() => HttpFailureKind::ConnectTimeout,
            None => HttpFailureKind::Connect,
        })
    }

    /// As [`of`](Self::of), for an error before the answer's body: headers over our limits come again.
    pub(super) fn of_head(error: &reqwest::Error) -> Self {
        if is_head_refused(error) { Self::maybe(HttpFailureKind::BadHead) } else { Self::of(error) }
    }

    /// The error it becomes; the pipeline adds where it happened.
    pub(crate) fn into_error(self) -> Error {
        Error::new(self.kind.error_kind(), self.kind.message()).with_retry(self.kind.retry())
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.message())
    }
}

impl StdError for HttpFailure {}

/// Whether we refused the head, rather than that it did not come. hyper offers this to servers only, and
/// HTTP/2 knows only its own codes; the words are compared and forgotten.
fn is_head_refused(error: &reqwest::Error) -> bool {
    let refusals = [
        "message head is too large",
        "stream error detected: unspecific protocol error detected",
        "connection error detected: detected excessive load",
    ];
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if refusals.iter().any(|refusal| text.contains(refusal)) {
            return true;
        }
        next = error.source();
    }
    false
}

fn find_tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        // An io::Error shows the source of what it wraps, but not what it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(inner) = wrapped {
            return find_tls(inner);
        }
        next = error.source();
    }
    None
}
