//! What an HTTP answer means. The adapter reads the envelope; status, redirects, foreign bodies and
//! the question whether a write may have happened are decided here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::{Executed, Failure};
use crate::error::{Error, ErrorKind, Retry};
use crate::http::{HttpAnswer, HttpFailure, Sent, parse_http_date};
use crate::model::UtcMillis;
use crate::platform::{Decode, Fault, Platform, Reading, Repeat, Verdict};

/// Up to this, which a page of 100 usual records stays below, reading takes less than a millisecond and is
/// done where the answer arrived: every hop to another thread and back costs both of them a wake-up. Above
/// it, it would hold up the other calls of an async thread (8 MiB of JSON take tens of milliseconds).
const INLINE_BYTES: usize = 512 << 10;
/// Nobody is told to come back later than this.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
const REFUSED: &str = "the platform's gateway refused the call: check the endpoint, and the allow-list of addresses \
                       in the app's settings";

/// A success and the platform's id of the request.
pub(super) struct Success<T> {
    pub(super) value: T,
    pub(super) request_id: Option<String>,
}

/// What was found in an answer's body.
enum Content<T> {
    Value(Success<T>),
    Unreadable(Error, Option<String>),
    Fault(Fault),
    Foreign,
    Panicked,
}

/// How one call's answers are read.
pub(super) struct Reader<T> {
    pub(super) platform: &'static dyn Platform,
    pub(super) decode: Decode<T>,
    pub(super) repeat: Repeat,
    /// The method that is answered.
    pub(super) api: Arc<str>,
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self { api: Arc::clone(&self.api), ..*self }
    }
}

impl<T: Send + 'static> Reader<T> {
    /// The value of an answer, or what is wrong with it.
    pub(super) async fn read(&self, answer: HttpAnswer, now: UtcMillis) -> Result<Success<T>, Failure> {
        let status = answer.status;
        let wait =
            answer.retry_after.as_deref().and_then(|text| retry_after(text, answer.date.unwrap_or(now)));
        match self.content(answer.body, (200..300).contains(&status)).await {
            Content::Value(success) => Ok(success),
            Content::Unreadable(error, id) => Err(executed(with_id(error, id))),
            Content::Fault(fault) => Err(self.fault(fault, status, wait)),
            Content::Foreign => Err(self.foreign(status, wait)),
            Content::Panicked => {
                Err(executed(Error::internal("reading the answer panicked; please report it")))
            }
        }
    }

    async fn content(&self, body: Bytes, success: bool) -> Content<T> {
        if body.len() <= INLINE_BYTES {
            return self.content_now(&body, success);
        }
        let reader = self.clone();
        spawn_blocking(move || reader.content_now(&body, success)).await.unwrap_or(Content::Panicked)
    }

    fn content_now(&self, body: &[u8], success: bool) -> Content<T> {
        // Adapters must not panic; if one does, it costs this call and not the caller's task.
        let read = || match self.platform.read(&self.api, body) {
            Reading::Fault(fault) => Content::Fault(fault),
            Reading::Success { request_id } if success => self.decode(body, request_id),
            Reading::Success { .. } | Reading::Foreign => Content::Foreign,
        };
        catch_unwind(AssertUnwindSafe(read)).unwrap_or(Content::Panicked)
    }

    fn decode(&self, body: &[u8], request_id: Option<String>) -> Content<T> {
        match (self.decode)(body) {
            Ok(value) => Content::Value(Success { value, request_id }),
            Err(error) => {
                let message = format!("{error}; the platform may have changed its format");
                Content::Unreadable(Error::new(ErrorKind::Decode, message), request_id)
            }
        }
    }

    /// The platform's own words count more than the status they came with, except that a failing
    /// server with an unknown code is a failing server, and 429 is always about speed.
    fn fault(&self, mut fault: Fault, status: u16, wait: Option<Duration>) -> Failure {
        fault.verdict = match (status, fault.verdict) {
            (429, _) => Verdict::Limited,
            (500.., Verdict::Unknown) => Verdict::Transient,
            (_, verdict) => verdict,
        };
        if matches!(fault.verdict, Verdict::Limited | Verdict::Transient) {
            fault.wait = fault.wait.or(wait).map(|wait| wait.min(LONGEST_WAIT));
        }
        let verdict = fault.verdict;
        let failure = if verdict.surely_not_executed() {
            Failure::from(fault.into_error())
        } else {
            self.unsure(fault.into_error())
        };
        Failure { verdict: Some(verdict), ..failure }
    }

    /// Not the platform's envelope: a login page, a proxy's page, a cut body, an empty one.
    fn foreign(&self, status: u16, wait: Option<Duration>) -> Failure {
        let back_off = wait.map_or(Retry::Backoff, Retry::After);
        let transient = |message: String| Error::new(ErrorKind::Transient, message).with_retry(back_off);
        let error = match status {
            429 => {
                let error =
                    Error::new(ErrorKind::RateLimited, "the platform asks us to slow down (HTTP 429)");
                return Failure {
                    verdict: Some(Verdict::Limited),
                    ..Failure::from(error.with_retry(back_off))
                };
            }
            300..400 => transient(format!(
                "the platform answered with a redirect (HTTP {status}), which is never followed"
            )),
            408 | 425 | 500.. => transient(format!("the platform's server failed (HTTP {status})")),
            400..500 => Error::new(ErrorKind::PlatformConfig, format!("{REFUSED} (HTTP {status})")),
            _ => transient("the answer is not the platform's: cut, empty or another page".to_owned()),
        };
        self.unsure(error)
    }

    /// The call ended without an answer.
    pub(super) fn no_answer(&self, failure: HttpFailure) -> Failure {
        match failure.sent {
            Sent::No => Failure::from(failure.into_error()),
            Sent::Maybe => self.unsure(failure.into_error()),
        }
    }

    /// A failure of which nobody knows whether the platform acted. For a write that is the news.
    fn unsure(&self, error: Error) -> Failure {
        let error = match self.repeat {
            Repeat::Safe => error,
            Repeat::Never => unknown(&error),
        };
        executed(error)
    }
}

fn executed(error: Error) -> Failure {
    Failure { executed: Executed::Maybe, ..Failure::from(error) }
}

fn unknown(error: &Error) -> Error {
    let message = format!(
        "it is not known whether the platform did this; look there before trying again ({})",
        error.message()
    );
    let mut unknown = Error::new(ErrorKind::UnknownOutcome, message);
    if let Some(code) = error.platform_code() {
        unknown = unknown.with_platform_code(code);
    }
    with_id(unknown, error.request_id().map(str::to_owned))
}

fn with_id(error: Error, id: Option<String>) -> Error {
    match id {
        Some(id) => error.with_request_id(id),
        None => error,
    }
}

/// `Retry-After` as seconds or as a date; nonsense counts as absent.
fn retry_after(text: &str, now: UtcMillis) -> Option<Duration> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let wait = if digits {
        // More digits than fit mean "very long", which the cap answers.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        parse_http_date(text)?.since(now)
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_WAIT, retry_after};
    use crate::model::UtcMillis;
    use std::time::Duration;

    #[test]
    fn reads_retry_after_and_caps_it() {
        let now = UtcMillis::from_secs(784_111_777);
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(retry_after("7", now), seconds(7));
        assert_eq!(retry_after(" 0 ", now), seconds(0));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), seconds(30));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), seconds(0));
        assert_eq!(retry_after("315360000", now), Some(LONGEST_WAIT));
        assert_eq!(retry_after("Sun, 06 Nov 2094 08:00:00 GMT", now), Some(LONGEST_WAIT));
        assert_eq!(retry_after("99999999999999999999999", now), Some(LONGEST_WAIT));
        for nonsense in ["", "-5", "+5", "1.5", "soon", "１２", "1e3"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }
}
