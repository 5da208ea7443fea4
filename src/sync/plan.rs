//! Which windows of time a run reads. Pure.

use std::time::Duration;

use crate::model::{TimeRange, UtcMillis};
use crate::platform::{HISTORY, WindowRules};
use crate::store::NewWindow;

/// How far back the first sync reads when nobody says otherwise: what the platforms keep at hand.
pub(crate) const FIRST_HISTORY: Duration = Duration::from_secs(90 * 86_400);

/// What the plan is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanInput {
    /// Up to where everything was planned before; absent at the first sync.
    pub(crate) frontier: Option<UtcMillis>,
    /// Where to start at the first sync, or an earlier point to read again.
    pub(crate) since: Option<UtcMillis>,
    /// The platform's own clock.
    pub(crate) platform_now: UtcMillis,
}

/// Cuts the time that has to be read into windows, oldest first.
///
/// Windows share their borders, so that no record falls on a seam. The newest window ends at the
/// platform's now, so that an operator sees the latest changes; but its `settled` time, from which
/// the next plan starts, stays `lag` behind, because a change may become visible that late. The next
/// plan starts a further `overlap` before that.
pub(crate) fn windows(input: &PlanInput, rules: &WindowRules) -> Vec<NewWindow> {
    let now = input.platform_now;
    let settled_now = now.minus(rules.lag);
    let resume = input.frontier.map(|frontier| frontier.minus(rules.overlap));
    let first = || input.since.unwrap_or_else(|| now.minus(FIRST_HISTORY));
    let start = match (resume, input.since) {
        (Some(resume), Some(since)) => resume.min(since),
        (Some(resume), None) => resume,
        (None, _) => first(),
    };
    let start = rules.history.map_or(start, |history| start.max(now.minus(history)));
    let mut planned = Vec::new();
    let mut from = start;
    while from < now {
        let to = from.plus(rules.max_window).min(now);
        // The frontier never moves back, even when the platform's clock does.
        let settled = settled_now.max(input.frontier.unwrap_or(settled_now)).min(to);
        push(&mut planned, rules, NewWindow { section: 0, full: false, from, to, settled });
        if rules.max_window.is_zero() {
            break;
        }
        from = to;
    }
    planned
}

/// The windows of the first sync over another list than that of changes. `lag` is that of changes, which the
/// next plan reads from where this one settles.
pub(crate) fn history(input: &PlanInput, rules: &WindowRules, lag: Duration) -> Vec<NewWindow> {
    let planned = windows(input, &WindowRules { lag, sections: 1, ..*rules });
    planned.into_iter().map(|window| NewWindow { section: HISTORY, ..window }).collect()
}

/// The windows of the whole list, one for each of its sections.
pub(crate) fn everything(rules: &WindowRules, now: UtcMillis, settled: UtcMillis) -> Vec<NewWindow> {
    let mut planned = Vec::new();
    push(&mut planned, rules, NewWindow { section: 0, full: true, from: UtcMillis(0), to: now, settled });
    planned
}

/// A window for each of the lists that make up the whole.
fn push(planned: &mut Vec<NewWindow>, rules: &WindowRules, window: NewWindow) {
    planned.extend((0..rules.sections.max(1)).map(|section| NewWindow { section, ..window }));
}

/// Cuts the stretch of a backfill into windows, oldest first. They settle nothing: a backfill never moves
/// the frontier.
pub(crate) fn backfill(range: TimeRange, rules: &WindowRules) -> Vec<NewWindow> {
    let mut planned = Vec::new();
    let mut from = range.from;
    loop {
        let to =
            if rules.max_window.is_zero() { range.to } else { from.plus(rules.max_window).min(range.to) };
        push(&mut planned, rules, NewWindow { section: 0, full: false, from, to, settled: from });
        if to >= range.to {
            return planned;
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{PlanInput, backfill, history, windows};
    use crate::model::{TimeRange, UtcMillis};
    use crate::platform::{HISTORY, PageOrder, WindowRules};

    const HOUR: i64 = 3_600_000;
    const RULES: WindowRules = WindowRules {
        order: PageOrder::Ascending,
        page_size: 100,
        max_records: None,
        max_window: Duration::from_secs(6 * 3600),
        lag: Duration::from_secs(180),
        overlap: Duration::from_secs(360),
        sections: 1,
        history: None,
    };

    #[test]
    fn each_section_has_windows_of_its_own() {
        let rules = WindowRules { sections: 3, ..RULES };
        let input = PlanInput {
            frontier: None,
            since: Some(UtcMillis(980 * HOUR)),
            platform_now: UtcMillis(990 * HOUR),
        };
        let plan = windows(&input, &rules);
        let single = windows(&input, &RULES);
        assert_eq!(plan.len(), 3 * single.len());
        for section in 0..3 {
            let of_section: Vec<_> = plan.iter().filter(|window| window.section == section).collect();
            assert!(of_section.iter().zip(&single).all(|(a, b)| (a.from, a.to) == (b.from, b.to)));
        }
    }

    #[test]
    fn the_past_settles_where_changes_are_read_from() {
        let now = UtcMillis(1_000 * HOUR);
        let past = WindowRules { max_window: Duration::from_secs(24 * 3600), lag: Duration::ZERO, ..RULES };
        let input = PlanInput { frontier: None, since: Some(UtcMillis(900 * HOUR)), platform_now: now };
        let plan = history(&input, &past, RULES.lag);
        assert_eq!((plan.len(), plan.last().unwrap().to), (5, now));
        assert!(plan.iter().all(|window| window.section == HISTORY));
        assert_eq!(plan.last().unwrap().settled, now.minus(RULES.lag));
    }

    #[test]
    fn what_the_platform_no_longer_shows_is_not_asked_for() {
        let rules = WindowRules { history: Some(Duration::from_secs(24 * 3600)), ..RULES };
        let now = UtcMillis(1_000 * HOUR);
        for since in [None, Some(UtcMillis(0))] {
            let plan = windows(&PlanInput { frontier: None, since, platform_now: now }, &rules);
            assert_eq!(plan.first().unwrap().from, UtcMillis(976 * HOUR));
        }
    }

    #[test]
    fn windows_cover_the_time_without_gaps_and_end_at_now() {
        let now = UtcMillis(1_000 * HOUR);
        let since = UtcMillis(980 * HOUR + 17);
        let plan = windows(&PlanInput { frontier: None, since: Some(since), platform_now: now }, &RULES);
        assert_eq!(plan.first().unwrap().from, since);
        assert_eq!(plan.last().unwrap().to, now);
        assert!(plan.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert!(plan.iter().all(|window| window.to.since(window.from) <= RULES.max_window));
    }

    #[test]
    fn a_backfill_covers_its_stretch_exactly_even_a_single_moment() {
        let (from, to) = (UtcMillis(100 * HOUR + 5), UtcMillis(120 * HOUR));
        let plan = backfill(TimeRange { from, to }, &RULES);
        assert_eq!((plan.first().unwrap().from, plan.last().unwrap().to, plan.len()), (from, to, 4));
        assert!(plan.windows(2).all(|pair| pair[0].to == pair[1].from));
        let moment = backfill(TimeRange { from, to: from }, &RULES);
        assert_eq!(moment.iter().map(|window| (window.from, window.to)).collect::<Vec<_>>(), [(from, from)]);
    }

    #[test]
    fn the_frontier_stays_behind_the_platforms_clock() {
        let now = UtcMillis(1_000 * HOUR);
        let input = PlanInput { frontier: Some(UtcMillis(999 * HOUR)), since: None, platform_now: now };
        let plan = windows(&input, &RULES);
        assert_eq!(plan.len(), 1);
        assert_eq!(plan[0].from, UtcMillis(999 * HOUR).minus(RULES.overlap));
        assert_eq!(plan[0].settled, now.minus(RULES.lag));
    }

    #[test]
    fn a_window_younger_than_the_lag_settles_nothing_of_itself() {
        let now = UtcMillis(1_000 * HOUR);
        let since = now.minus(RULES.max_window).minus(Duration::from_secs(60));
        let plan = windows(&PlanInput { frontier: None, since: Some(since), platform_now: now }, &RULES);
        assert_eq!(plan.len(), 2);
        assert!(plan.iter().all(|window| window.settled <= now.minus(RULES.lag)));
    }

    #[test]
    fn a_clock_that_runs_backwards_plans_little_and_moves_nothing_back() {
        let frontier = UtcMillis(1_000 * HOUR);
        let input = PlanInput {
            frontier: Some(frontier),
            since: None,
            platform_now: frontier.minus(Duration::from_secs(60)),
        };
        for window in windows(&input, &RULES) {
            assert!(window.settled <= frontier && window.to <= input.platform_now);
        }
        let far_back = PlanInput { platform_now: UtcMillis(900 * HOUR), ..input };
        assert!(windows(&far_back, &RULES).is_empty());
    }
}
