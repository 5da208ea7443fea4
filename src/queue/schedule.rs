//! When a schedule is due, pure.

use std::time::Duration;

use cronexpr::Crontab;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::model::{CatchUp, Schedule, UtcMillis};

/// A time that passed this long ago was missed: who looks each second is not so late by itself.
const GRACE: Duration = Duration::from_secs(60);
/// Jobs of times that were missed, where each gets one.
const MOST_MISSED: usize = 100;
/// Times looked through in one go: two months of minutes.
const MOST_LOOKED_THROUGH: usize = 100_000;

/// What a schedule queues now, and when it is due next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// The times that are queued for, oldest first.
    pub(super) times: Vec<UtcMillis>,
    pub(super) next_at: Option<UtcMillis>,
}

/// Reads the time zone and the five fields.
///
/// # Errors
/// `INVALID_REQUEST` saying which of them cannot be used.
pub(crate) fn check_cron(cron: &str, zone: &str) -> Result<()> {
    parse(cron, zone).map(drop)
}

/// The times of a cron expression in a zone.
struct Times {
    crontab: Crontab,
    zone: TimeZone,
    /// Whether it means certain hours of the day: then it is due once on the day that has one of them twice.
    by_hour: bool,
}

impl Times {
    fn following(&self, after: UtcMillis) -> Option<UtcMillis> {
        let mut at = Timestamp::from_millisecond(after.0).ok()?;
        let met = at.to_zoned(self.zone.clone()).datetime();
        loop {
            at = self.crontab.find_next(at).ok()?.timestamp();
            if !self.by_hour || at.to_zoned(self.zone.clone()).datetime() != met {
                return Some(UtcMillis(at.as_millisecond()));
            }
        }
    }
}

fn parse(cron: &str, zone: &str) -> Result<Times> {
    let Ok(found) = TimeZone::get(zone) else {
        return Err(Error::invalid(format!("{zone:?} is no time zone, such as Asia/Shanghai or UTC")));
    };
    if cron.split_whitespace().count() != 5 {
        return Err(Error::invalid(
            "`cron` must have five fields: minute, hour, day of month, month, day of week",
        ));
    }
    let crontab = cronexpr::parse_crontab(&format!("{cron} {zone}"))
        .map_err(|_| Error::invalid(format!("{cron:?} is no cron expression, such as */5 * * * *")))?;
    let by_hour = cron.split_whitespace().nth(1).is_some_and(|hour| !hour.starts_with('*'));
    Ok(Times { crontab, zone: found, by_hour })
}

/// What is due of a schedule whose next time was `next_at`.
pub(super) fn due(schedule: &Schedule, now: UtcMillis) -> Result<Due> {
    let all = parse(&schedule.cron, &schedule.zone)?;
    let mut times = Vec::new();
    let Some(mut at) = schedule.next_at else {
        return Ok(Due { times, next_at: all.following(now) });
    };
    // A clock that was set back: what comes far too late is computed anew.
    if all.following(now).is_some_and(|next| at > next) {
        return Ok(Due { times, next_at: all.following(now) });
    }
    let mut looked = 0;
    while at <= now && looked < MOST_LOOKED_THROUGH {
        times.push(at);
        looked += 1;
        match all.following(at) {
            Some(next) => at = next,
            None => return Ok(Due { times: caught_up(times, schedule.catch_up, now), next_at: None }),
        }
    }
    let next_at = if at <= now { all.following(now) } else { Some(at) };
    Ok(Due { times: caught_up(times, schedule.catch_up, now), next_at })
}

/// The newest time counts as met when it just passed; what lies before it was missed.
fn caught_up(times: Vec<UtcMillis>, rule: CatchUp, now: UtcMillis) -> Vec<UtcMillis> {
    let is_fresh = |at: &UtcMillis| at.plus(GRACE) >= now;
    match rule {
        CatchUp::Skip => times.into_iter().filter(is_fresh).collect(),
        CatchUp::Once => times.into_iter().next_back().into_iter().collect(),
        CatchUp::Each => {
            let from = times.len().saturating_sub(MOST_MISSED);
            times.into_iter().skip(from).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{JobKind, ScheduleId};

    fn at(text: &str) -> UtcMillis {
        UtcMillis(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    fn schedule(cron: &str, zone: &str, catch_up: CatchUp, next_at: Option<&str>) -> Schedule {
        Schedule {
            id: ScheduleId(1),
            name: "s".into(),
            kind: JobKind::Probe,
            cron: cron.into(),
            zone: zone.into(),
            spread_ms: 0,
            catch_up,
            enabled: true,
            next_at: next_at.map(at),
            last_at: None,
        }
    }

    #[test]
    fn a_day_without_us_is_caught_up_as_the_rule_says() {
        let hourly = |rule| schedule("0 * * * *", "Asia/Shanghai", rule, Some("2026-03-01T01:00:00Z"));
        let now = at("2026-03-02T01:30:00Z");
        let next = Some(at("2026-03-02T02:00:00Z"));
        let skip = due(&hourly(CatchUp::Skip), now).unwrap();
        assert_eq!(skip, Due { times: vec![], next_at: next });
        let once = due(&hourly(CatchUp::Once), now).unwrap();
        assert_eq!(once, Due { times: vec![at("2026-03-02T01:00:00Z")], next_at: next });
        let each = due(&hourly(CatchUp::Each), now).unwrap();
        assert_eq!((each.times.len(), each.times[0], each.next_at), (25, at("2026-03-01T01:00:00Z"), next));
        // In time it is the same for all.
        for rule in [CatchUp::Skip, CatchUp::Once, CatchUp::Each] {
            let met = due(&hourly(rule), at("2026-03-01T01:00:01Z")).unwrap();
            assert_eq!((met.times.len(), met.next_at), (1, Some(at("2026-03-01T02:00:00Z"))));
        }
    }

    #[test]
    fn zones_mean_what_they_say_across_a_clock_change_too() {
        // New York skips 02:30 on 8 March 2026 and has 01:30 twice on 1 November 2026.
        let daily = |zone: &str, next: &str| schedule("30 2 * * *", zone, CatchUp::Each, Some(next));
        let shanghai =
            due(&daily("Asia/Shanghai", "2026-03-06T18:30:00Z"), at("2026-03-06T18:30:00Z")).unwrap();
        assert_eq!(shanghai.next_at, Some(at("2026-03-07T18:30:00Z")));
        let utc = due(&daily("UTC", "2026-03-07T02:30:00Z"), at("2026-03-07T02:30:00Z")).unwrap();
        assert_eq!(utc.next_at, Some(at("2026-03-08T02:30:00Z")));
        let spring = schedule("30 2 * * *", "America/New_York", CatchUp::Each, Some("2026-03-07T07:30:00Z"));
        let all = due(&spring, at("2026-03-10T12:00:00Z")).unwrap();
        assert!(
            all.times.contains(&at("2026-03-09T06:30:00Z"))
                && all.times.contains(&at("2026-03-10T06:30:00Z"))
        );
        let autumn = schedule("30 1 * * *", "America/New_York", CatchUp::Each, Some("2026-10-31T05:30:00Z"));
        let all = due(&autumn, at("2026-11-02T12:00:00Z")).unwrap();
        assert_eq!(all.times.len(), 3, "once a day, also on the day with two of that hour: {all:?}");
    }

    /// The tests beside this one once more, in processes that think they are elsewhere and have no zones of the system's.
    #[test]
    fn where_the_machine_is_and_what_it_knows_of_zones_changes_nothing() {
        let program = std::env::current_exe().unwrap();
        for zone in ["UTC", "Asia/Shanghai", "America/New_York", "Mars/Base"] {
            let mut command = std::process::Command::new(&program);
            command.args(["queue::schedule::tests", "--skip", "where_the_machine_is"]).env("TZ", zone);
            let output = command.env("TZDIR", "/nowhere").output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains(" 4 passed"), "{zone}: {told}");
        }
    }

    #[test]
    fn a_clock_that_jumps_neither_stops_a_schedule_nor_floods_the_queue() {
        let minutely = |next| schedule("* * * * *", "UTC", CatchUp::Each, next);
        let back = due(&minutely(Some("2036-01-01T00:00:00Z")), at("2026-01-01T00:00:30Z")).unwrap();
        assert_eq!(back, Due { times: vec![], next_at: Some(at("2026-01-01T00:01:00Z")) });
        let ahead = due(&minutely(Some("2020-01-01T00:00:00Z")), at("2026-01-01T00:00:30Z")).unwrap();
        assert_eq!((ahead.times.len(), ahead.next_at), (100, Some(at("2026-01-01T00:01:00Z"))));
        let first = due(&minutely(None), at("2026-01-01T00:00:30Z")).unwrap();
        assert_eq!(first, Due { times: vec![], next_at: Some(at("2026-01-01T00:01:00Z")) });
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_reason() {
        for (cron, zone, words) in [
            ("* * * *", "UTC", "five fields"),
            ("* * * * * *", "UTC", "five fields"),
            ("61 * * * *", "UTC", "no cron expression"),
            ("* * * * *", "Mars/Base", "no time zone"),
            ("* * * * *", "", "no time zone"),
        ] {
            let error = check_cron(cron, zone).unwrap_err();
            assert!(error.message().contains(words), "{cron} {zone}: {error}");
        }
        check_cron("*/5 8-20 * * MON-FRI", "Asia/Shanghai").unwrap();
    }
}
