//! The walk against a model platform whose records move while it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::{Ask, PageFacts, Step, Walk};
use crate::model::{RunKind, ShopId, UtcMillis};
use crate::platform::{PageOrder, WindowRules};
use crate::store::Window;

const PAGE: usize = 5;
const NOW: i64 = 1_003;

fn rules(order: PageOrder) -> WindowRules {
    WindowRules {
        order,
        page_size: PAGE as u32,
        max_records: None,
        max_window: Duration::from_secs(3600),
        lag: Duration::ZERO,
        overlap: Duration::ZERO,
        sections: 1,
        history: None,
    }
}

fn window(from: i64, to: i64) -> Window {
    Window {
        id: 1,
        shop_id: ShopId(1),
        kind: RunKind::Orders,
        section: 0,
        full: false,
        from: UtcMillis(from * 1_000),
        to: UtcMillis(to * 1_000),
        settled: UtcMillis(to * 1_000),
        place: None,
        listed: 0,
    }
}

/// Records by id, with the second in which each last changed.
struct Model {
    changed: BTreeMap<u64, i64>,
    is_sorted: bool,
    widened: i64,
}

impl Model {
    fn page(&self, ask: &Ask) -> (PageFacts, Vec<u64>) {
        // Bounds are widened by adapters whose platform may exclude them.
        let inside =
            |second: i64| ask.from.secs() - self.widened <= second && second <= ask.to.secs() + self.widened;
        let mut rows: Vec<(i64, u64)> = self
            .changed
            .iter()
            .filter(|(_, second)| inside(**second))
            .map(|(id, second)| (*second, *id))
            .collect();
        if self.is_sorted {
            rows.sort_unstable();
        } else {
            rows.sort_unstable_by_key(|(second, id)| (std::cmp::Reverse(*second), *id));
        }
        let total = rows.len() as u64;
        let shown: Vec<_> = rows.into_iter().skip(ask.page as usize * PAGE).take(PAGE).collect();
        let facts = PageFacts {
            count: shown.len(),
            ids: shown.iter().map(|(_, id)| *id).collect(),
            times: shown.iter().map(|(second, _)| UtcMillis::from_secs(*second)).collect(),
            total: Some(total),
        };
        (facts, shown.into_iter().map(|(_, id)| id).collect())
    }
}

/// Reads a window while `moves` records change between pages; stops and goes on at the stored place
/// after `restart` pages. Returns what was read and the number of pages.
fn read(model: &mut Model, order: PageOrder, moves: &[u64], restart: usize) -> (BTreeSet<u64>, usize) {
    let mut walk = Walk::new(rules(order), &window(0, NOW - 3));
    let (mut got, mut pages) = (BTreeSet::new(), 0);
    let mut moves = moves.iter();
    loop {
        let (facts, ids) = model.page(&walk.ask());
        got.extend(ids);
        pages += 1;
        assert!(pages < 1_000, "does not end");
        if walk.absorb(&facts).unwrap() == Step::Done {
            return (got, pages);
        }
        if let Some(id) = moves.next() {
            // It changes now: after the window's end.
            model.changed.insert(*id, NOW);
        }
        if pages == restart {
            walk =
                Walk::new(rules(order), &Window { place: Some(walk.place().unwrap()), ..window(0, NOW - 3) });
        }
    }
}

proptest! {
    /// Every record that never moved is read; a record that moved is in the next window by its new time.
    #[test]
    fn reads_every_record_that_stays(
        seconds in prop::collection::vec(0..40_i64, 0..120),
        moves in prop::collection::vec(0..120_u64, 0..40),
        is_sorted in any::<bool>(),
        backward in any::<bool>(),
        widened in 0..2_i64,
        restart in 1..30_usize,
    ) {
        let changed: BTreeMap<u64, i64> = seconds.iter().enumerate().map(|(id, second)| (id as u64, *second)).collect();
        let mut model = Model { changed, is_sorted, widened };
        let moves: Vec<u64> = moves.into_iter().filter(|id| (*id as usize) < seconds.len()).collect();
        let order = if backward { PageOrder::LastPageFirst } else { PageOrder::Ascending };
        let (got, _) = read(&mut model, order, &moves, restart);
        let stayed: BTreeSet<u64> =
            model.changed.iter().filter(|(_, second)| **second < NOW).map(|(id, _)| *id).collect();
        prop_assert!(got.is_superset(&stayed), "lost {:?}", stayed.difference(&got).collect::<Vec<_>>());
    }

    /// As above, in few crowded seconds, while for some that move away others become visible late: the
    /// total tells nothing then. What comes late is the next plan's; all else is read.
    #[test]
    fn late_comers_hide_no_record(
        seconds in prop::collection::vec(0..4_i64, 0..40),
        events in prop::collection::vec((any::<bool>(), any::<bool>(), 0..40_u64, 0..LATE), 0..25),
        backward in any::<bool>(),
        restart in 1..30_usize,
    ) {
        let mut model = Model {
            changed: seconds.iter().enumerate().map(|(id, second)| (id as u64, *second)).collect(),
            is_sorted: true,
            widened: 0,
        };
        let order = if backward { PageOrder::LastPageFirst } else { PageOrder::Ascending };
        let rules = WindowRules { lag: Duration::from_secs(LATE as u64), ..rules(order) };
        let mut walk = Walk::new(rules, &window(0, 20));
        let (mut got, mut events, mut next) = (BTreeSet::new(), events.iter(), 1_000..);
        for page in 1.. {
            let (facts, ids) = model.page(&walk.ask());
            got.extend(ids);
            if walk.absorb(&facts).unwrap() == Step::Done {
                break;
            }
            if let Some((moves, comes, id, ago)) = events.next() {
                let known = model.changed.contains_key(id);
                if *moves && known {
                    model.changed.insert(*id, NOW);
                }
                if *comes {
                    model.changed.insert(next.next().unwrap(), 20 - ago);
                }
            }
            if page == restart {
                walk = Walk::new(rules, &Window { place: Some(walk.place().unwrap()), ..window(0, 20) });
            }
        }
        let mut stayed = model.changed.iter().filter(|(id, second)| **id < 1_000 && **second < 20);
        prop_assert!(stayed.all(|(id, _)| got.contains(id)), "{got:?} of {:?}", model.changed);
    }
}

/// Seconds that a change may stay invisible.
const LATE: i64 = 10;

/// The pages that a window of quiet records takes.
fn quiet(seconds: impl Iterator<Item = i64>, order: PageOrder, lag: u64) -> usize {
    let changed: BTreeMap<u64, i64> = seconds.enumerate().map(|(id, second)| (id as u64, second)).collect();
    let model = Model { changed, is_sorted: order == PageOrder::Ascending, widened: 1 };
    let mut walk = Walk::new(WindowRules { lag: Duration::from_secs(lag), ..rules(order) }, &window(0, 100));
    let mut got = BTreeSet::new();
    for pages in 1..1_000 {
        let (facts, ids) = model.page(&walk.ask());
        got.extend(ids);
        if walk.absorb(&facts).unwrap() == Step::Done {
            assert_eq!(got.len(), model.changed.len());
            return pages;
        }
    }
    panic!("does not end");
}

#[test]
fn where_nothing_moved_no_page_is_read_twice() {
    // 2 before a crowded second, 11 in it, one behind it: three pages.
    let crowd = || (0..14).map(|n| if (2..13).contains(&n) { 50 } else { 40 + n });
    assert_eq!(quiet(crowd(), PageOrder::Ascending, 0), 3);
    assert_eq!(quiet((0..14).map(|n| n * 5), PageOrder::LastPageFirst, 0), 3);
    // What may still become visible late could have hidden a record that moved away.
    assert_eq!(quiet(crowd(), PageOrder::Ascending, 60), 4);
    assert_eq!(quiet((0..14).map(|n| n * 5), PageOrder::LastPageFirst, 60), 4);
}

#[test]
fn reads_quiet_records_with_few_pages() {
    let changed: BTreeMap<u64, i64> = (0..100).map(|id| (id, id as i64)).collect();
    let mut model = Model { changed, is_sorted: true, widened: 1 };
    let (got, pages) = read(&mut model, PageOrder::Ascending, &[], usize::MAX);
    assert_eq!(got.len(), 100);
    // Each page repeats two seconds of the one before: 3 new records a page of 5.
    assert!(pages <= 34, "{pages}");
}

#[test]
fn a_second_fuller_than_a_page_does_not_stall() {
    let mut changed: BTreeMap<u64, i64> = (0..40).map(|id| (id, 7)).collect();
    changed.extend((40..60).map(|id| (id, id as i64)));
    let mut model = Model { changed, is_sorted: true, widened: 1 };
    let (got, pages) = read(&mut model, PageOrder::Ascending, &[3, 4, 5], usize::MAX);
    // What moved away before it was read comes in the next window.
    assert!((0..60).filter(|id| !(3..=5).contains(id)).all(|id| got.contains(&id)), "{got:?}");
    assert!(pages < 25, "{pages}");
}

#[test]
fn a_platform_that_repeats_a_page_for_ever_is_given_up_and_the_window_stays_open() {
    for order in [PageOrder::Ascending, PageOrder::LastPageFirst] {
        let mut walk = Walk::new(rules(order), &window(0, NOW));
        let facts = PageFacts {
            count: PAGE,
            ids: (0..PAGE as u64).collect(),
            times: (0..PAGE as i64).map(UtcMillis::from_secs).collect(),
            total: Some(1_000_000),
        };
        let end = (0..2_000).find_map(|_| match walk.absorb(&facts) {
            Ok(Step::Done) => panic!("called the window complete"),
            other => other.err(),
        });
        assert!(end.is_some(), "{order:?} goes on for ever");
    }
}

#[test]
fn a_total_that_lies_loses_nothing() {
    for lie in [None, Some(0), Some(3), Some(7), Some(500)] {
        for order in [PageOrder::Ascending, PageOrder::LastPageFirst] {
            let model =
                Model { changed: (0..33).map(|id| (id, id as i64)).collect(), is_sorted: true, widened: 1 };
            let mut walk = Walk::new(rules(order), &window(0, NOW));
            let mut got = BTreeSet::new();
            for _ in 0..200 {
                let (facts, ids) = model.page(&walk.ask());
                got.extend(ids);
                if walk.absorb(&PageFacts { total: lie, ..facts }).unwrap() == Step::Done {
                    break;
                }
            }
            assert_eq!(got.len(), 33, "total {lie:?}, {order:?}");
        }
    }
}

#[test]
fn an_empty_page_against_the_total_is_asked_for_twice() {
    for order in [PageOrder::Ascending, PageOrder::LastPageFirst] {
        let model =
            Model { changed: (0..12).map(|id| (id, id as i64)).collect(), is_sorted: true, widened: 1 };
        let mut walk = Walk::new(rules(order), &window(0, NOW));
        let mut got = BTreeSet::new();
        for asked in 0..100 {
            let (facts, ids) = model.page(&walk.ask());
            // Each second answer is empty, whatever was asked for.
            let is_empty = asked % 2 == 0;
            let facts =
                if is_empty { PageFacts { total: facts.total, ..PageFacts::default() } } else { facts };
            got.extend(ids.into_iter().filter(|_| !is_empty));
            if walk.absorb(&facts).unwrap() == Step::Done {
                break;
            }
        }
        assert_eq!(got.len(), 12, "{order:?}");
    }
}

#[test]
fn a_window_with_more_records_than_shown_is_split() {
    let rules = WindowRules { max_records: Some(20), ..rules(PageOrder::LastPageFirst) };
    let mut walk = Walk::new(rules, &window(0, 100));
    let model = Model { changed: (0..60).map(|id| (id, id as i64)).collect(), is_sorted: false, widened: 1 };
    let (facts, _) = model.page(&walk.ask());
    assert_eq!(walk.absorb(&facts).unwrap(), Step::Split(UtcMillis::from_secs(50)));
    let mut one_second = Walk::new(rules, &window(7, 7));
    assert!(one_second.absorb(&PageFacts { total: Some(60), count: PAGE, ..facts }).is_err());
}

#[test]
fn a_full_page_that_reaches_behind_the_window_ends_it() {
    let mut walk = Walk::new(rules(PageOrder::Ascending), &window(0, 10));
    let facts = PageFacts {
        count: PAGE,
        ids: (0..PAGE as u64).collect(),
        times: [8, 9, 10, 10, 11].map(UtcMillis::from_secs).to_vec(),
        total: Some(PAGE as u64 + 3),
    };
    assert_eq!(walk.absorb(&facts).unwrap(), Step::Done);
}

#[test]
fn a_window_of_several_pages_is_cut_where_records_may_still_appear() {
    let at = |settled: i64| Window { settled: UtcMillis(settled * 1_000), ..window(0, 600) };
    let facts = |total| PageFacts {
        count: PAGE,
        ids: (0..PAGE as u64).collect(),
        times: vec![UtcMillis(1_000); PAGE],
        total: Some(total),
    };
    let first =
        |window: &Window, total| Walk::new(rules(PageOrder::LastPageFirst), window).absorb(&facts(total));
    assert_eq!(first(&at(420), 3 * PAGE as u64).unwrap(), Step::Split(UtcMillis(420_000)));
    assert_eq!(first(&at(600), 3 * PAGE as u64).unwrap(), Step::More, "nothing can appear any more");
    assert_eq!(first(&at(0), 3 * PAGE as u64).unwrap(), Step::More, "all of it is young, and is read again");
    let few = PageFacts { count: 2, ids: vec![1, 2], times: vec![UtcMillis(0); 2], total: Some(2) };
    let mut walk = Walk::new(rules(PageOrder::LastPageFirst), &at(420));
    assert_eq!(walk.absorb(&few).unwrap(), Step::Done, "one page is read in one moment");
}
