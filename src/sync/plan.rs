//! Which windows of time a run reads. Pure.

use std::time::Duration;

use crate::model::{TimeRange, UtcMillis};
use crate::platform::WindowRules;
use crate::store::{NewWindow, Window};

/// How far back the first sync reads when nobody says otherwise: what the platforms keep at hand.
pub(crate) const FIRST_HISTORY: Duration = Duration::from_secs(90 * 86_400);

/// Windows that are planned at a time. What lies before them is one wide window, cut when it is its turn:
/// who asks for everything since 1970 gets everything that is shown, without a table of all windows.
const MOST_WINDOWS: u32 = 1_000;

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
    // Nothing that a platform shows is older than the clock's beginning.
    let since = input.since.map(|since| since.max(UtcMillis(0)));
    let first = || since.unwrap_or_else(|| now.minus(FIRST_HISTORY));
    let start = match (resume, since) {
        (Some(resume), Some(since)) => resume.min(since),
        (Some(resume), None) => resume,
        (None, _) => first(),
    };
    let start = rules.history.map_or(start, |history| start.max(now.minus(history)));
    // The frontier never moves back, even when the platform's clock does.
    let settled = settled_now.max(input.frontier.unwrap_or(settled_now));
    let mut planned = Vec::new();
    if start < now {
        for (from, to) in cut(start, now, rules) {
            let settled = settled.min(to);
            push(&mut planned, rules, NewWindow { section: 0, full: false, from, to, settled });
        }
    }
    planned
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
    for (from, to) in cut(range.from, range.to, rules) {
        push(&mut planned, rules, NewWindow { section: 0, full: false, from, to, settled: from });
    }
    planned
}

/// Stretches of the longest length, oldest first, even of a single moment; the first one may be wide.
fn cut(from: UtcMillis, to: UtcMillis, rules: &WindowRules) -> Vec<(UtcMillis, UtcMillis)> {
    let narrow = to.minus(rules.max_window.saturating_mul(MOST_WINDOWS));
    if rules.max_window.is_zero() {
        return vec![(from, to)];
    }
    let mut parts = Vec::new();
    let mut start = from;
    if from < narrow {
        parts.push((from, narrow));
        start = narrow;
    }
    loop {
        let end = start.plus(rules.max_window).min(to);
        parts.push((start, end));
        if end >= to {
            return parts;
        }
        start = end;
    }
}

/// Where a window that is wider than the platform takes has to be cut.
pub(crate) fn cut_at(window: &Window, rules: &WindowRules) -> Option<UtcMillis> {
    let at = window.from.plus(rules.max_window);
    (!window.full && !rules.max_window.is_zero() && at < window.to).then_some(at)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MOST_WINDOWS, PlanInput, backfill, cut_at, windows};
    use crate::model::{RunKind, ShopId, TimeRange, UtcMillis};
    use crate::platform::{PageOrder, WindowRules};
    use crate::store::{NewWindow, Window};

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

    fn stored(new: NewWindow) -> Window {
        Window {
            id: 1,
            shop_id: ShopId(1),
            kind: RunKind::Orders,
            section: new.section,
            full: new.full,
            from: new.from,
            to: new.to,
            settled: new.settled,
            place: None,
            listed: 0,
        }
    }

    #[test]
    fn everything_since_1970_is_planned_without_a_row_for_each_window() {
        let now = UtcMillis(500_000 * HOUR + 7);
        let asked = PlanInput { frontier: None, since: Some(UtcMillis(-5)), platform_now: now };
        let range = TimeRange { from: UtcMillis(0), to: now };
        for plan in [windows(&asked, &RULES), backfill(range, &RULES)] {
            assert_eq!(plan.len(), MOST_WINDOWS as usize + 1);
            assert_eq!((plan[0].from, plan.last().unwrap().to), (UtcMillis(0), now));
            assert!(plan.windows(2).all(|pair| pair[0].to == pair[1].from));
            assert!(plan.iter().all(|window| window.settled <= window.to));
            let wide = plan.iter().filter(|window| cut_at(&stored(**window), &RULES).is_some()).count();
            assert_eq!(wide, 1);
            // Cut from the front as it is read, it becomes windows of the usual length.
            let (mut rest, mut parts) = (stored(plan[0]), 0);
            while let Some(at) = cut_at(&rest, &RULES) {
                assert_eq!(at.since(rest.from), RULES.max_window);
                rest.from = at;
                parts += 1;
            }
            assert!(rest.to.since(rest.from) <= RULES.max_window);
            assert!(parts > 80_000, "{parts}");
        }
    }
}
