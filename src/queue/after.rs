//! What follows an attempt, pure.

use std::time::Duration;

use super::Ended;
use crate::error::{Error, ErrorKind, Retry};
use crate::model::UtcMillis;
use crate::store::EndJob;

/// The first pause is up to this long; each further one up to twice as long.
const FIRST: Duration = Duration::from_secs(10);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// How the job goes on. `random` is in 0..1 and spreads the pauses; `stopped` says that somebody took the job back,
/// `closing` that the hub is being closed.
pub(super) fn after(
    result: &Result<Ended, Error>,
    tries: (i64, i64),
    random: f64,
    (stopped, closing): (bool, bool),
    now: UtcMillis,
) -> EndJob {
    let error = match result {
        Ok(Ended::Done) => return EndJob::Done,
        Ok(Ended::Snooze(pause)) => return EndJob::Again { at: now.plus(*pause), counts: false },
        Err(error) => error,
    };
    if stopped {
        return EndJob::Cancelled;
    }
    // Who opens the hub next goes on with it.
    if closing || error.kind() == ErrorKind::Closed {
        return EndJob::Again { at: now, counts: false };
    }
    // A person stopped what it had begun.
    if error.kind() == ErrorKind::Cancelled {
        return EndJob::Cancelled;
    }
    if let (ErrorKind::RateLimited, Retry::After(pause)) = (error.kind(), error.retry()) {
        return EndJob::Again { at: now.plus(pause.min(LONGEST)), counts: false };
    }
    let (attempt, most) = tries;
    match error.retry() {
        Retry::Never => EndJob::Dead,
        _ if attempt >= most => EndJob::Dead,
        Retry::After(pause) => EndJob::Again { at: now.plus(pause.min(LONGEST)), counts: true },
        Retry::Backoff => EndJob::Again { at: now.plus(jittered(attempt, random)), counts: true },
    }
}

/// Anywhere between nothing and the whole pause, so that what failed together does not come back together.
fn jittered(attempt: i64, random: f64) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    whole.mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_000_000);

    fn failed(kind: ErrorKind, retry: Retry) -> Result<Ended, Error> {
        Err(Error::new(kind, "x").with_retry(retry))
    }

    fn plain(result: &Result<Ended, Error>, tries: (i64, i64)) -> EndJob {
        after(result, tries, 1.0, (false, false), NOW)
    }

    #[test]
    fn waiting_for_a_limit_being_closed_and_snoozing_burn_no_attempt() {
        let wait = Duration::from_secs(7);
        let limited = failed(ErrorKind::RateLimited, Retry::After(wait));
        let free = EndJob::Again { at: NOW.plus(wait), counts: false };
        assert_eq!(plain(&limited, (8, 8)), free);
        assert_eq!(plain(&Ok(Ended::Snooze(wait)), (8, 8)), free);
        let stopped_by_close =
            after(&failed(ErrorKind::Cancelled, Retry::Never), (8, 8), 1.0, (false, true), NOW);
        assert_eq!(stopped_by_close, EndJob::Again { at: NOW, counts: false });
    }

    #[test]
    fn what_passes_is_tried_again_later_each_time_and_what_does_not_is_dead() {
        let blip = failed(ErrorKind::Transient, Retry::Backoff);
        let pause = |attempt| match plain(&blip, (attempt, 100)) {
            EndJob::Again { at, counts: true } => at.0 - NOW.0,
            other => panic!("{other:?}"),
        };
        assert_eq!((pause(1), pause(2), pause(3)), (10_000, 20_000, 40_000));
        assert_eq!((pause(9), pause(10), pause(99)), (2_560_000, 3_600_000, 3_600_000));
        assert_eq!(after(&blip, (1, 8), 0.0, (false, false), NOW), EndJob::Again { at: NOW, counts: true });
        assert_eq!(plain(&blip, (8, 8)), EndJob::Dead);
        assert_eq!(plain(&failed(ErrorKind::Reauthorize, Retry::Never), (1, 8)), EndJob::Dead);
    }

    #[test]
    fn who_is_taken_back_is_cancelled_unless_it_was_done_already() {
        let ended = |result: &Result<Ended, Error>| after(result, (1, 8), 1.0, (true, false), NOW);
        assert_eq!(ended(&failed(ErrorKind::Cancelled, Retry::Never)), EndJob::Cancelled);
        assert_eq!(ended(&Ok(Ended::Done)), EndJob::Done);
    }
}
