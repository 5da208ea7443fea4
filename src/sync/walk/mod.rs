//! How the pages of one window are read so that no record is lost while records move. Pure.
//!
//! A record that changes while we read leaves the window (its time of change is then later than the
//! window's end) and everything behind it moves one place forward. Two ways are safe against that:
//!
//! - *ascending*: always read the first page from the newest time seen. What moved away is behind us
//!   or comes again in a later window. A second with more records than fit a page cannot be passed
//!   that way: from there on the window is read backward.
//! - *backward*: read the last page first. What moves forward moves into pages that are still to come.
//!   The first page told how many pages there are and is read again in the end, unless nothing moved.
//!   What appears in front of the place of reading pushes records back into pages that were read. Only the
//!   newest part of a window can grow so, and the next plan reads that part again: a window of several pages is
//!   cut there, so that its older part is read whole.
//!
//! What becomes visible late inside a window that was read is caught by lag and overlap (`plan`).

mod stretch;

use serde::{Deserialize, Serialize};

use stretch::Stretch;

use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::UtcMillis;
use crate::platform::{PageOrder, WindowRules};
use crate::store::Window;

/// The resolution of the platforms' times of change.
const SECOND: i64 = 1_000;
/// Rows this far outside the window are still in order: bounds may be exclusive and get widened.
const BORDER: i64 = SECOND;
/// No window has more pages; a platform that goes on is repeating itself.
const MOST_PAGES: u32 = 100_000;

/// Where the walk is. Stored as JSON beside the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum At {
    Ascending {
        from: i64,
        page: u32,
    },
    Backward {
        from: i64,
        /// The page to read next; `None` before the first page told how many there are.
        page: Option<u32>,
        /// Still looking for the last page: more records than announced.
        is_rising: bool,
    },
}

/// What to ask for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) from: UtcMillis,
    pub(super) to: UtcMillis,
    pub(super) page: u32,
}

/// What a page said, as far as paging is concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct PageFacts {
    /// Records in the page, unreadable ones included.
    pub(super) count: usize,
    /// Digest of each record's id, where it could be read.
    pub(super) ids: Vec<u64>,
    /// Time of change of each record, where it could be read, in the page's order.
    pub(super) times: Vec<UtcMillis>,
    /// Records of the whole list, as the platform claims.
    pub(super) total: Option<u64>,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    More,
    Done,
    /// More records than the platform shows for one window: cut it here and read both parts.
    Split(UtcMillis),
}

/// The walk over one window.
#[derive(Debug)]
pub(super) struct Walk {
    rules: WindowRules,
    from: i64,
    to: i64,
    at: At,
    stretch: Stretch,
    /// What changed before was visible when this window was planned, or is read again by the next plan.
    settled: i64,
    /// What changed up to here is all visible: behind it, records may still appear among those that are there.
    still: i64,
    /// The last page was empty against the total, and is being asked for again.
    is_second_look: bool,
}

impl Walk {
    /// A walk that starts, or goes on at the window's stored place.
    pub(super) fn new(rules: WindowRules, window: &Window) -> Self {
        let (from, to) = (window.from.0, window.to.0);
        let stored = window.place.as_deref().and_then(|place| serde_json::from_str(place).ok());
        let at = stored.unwrap_or_else(|| start(rules.order, from));
        let settled = window.to.minus(rules.lag).minus(rules.overlap).0;
        Self {
            rules,
            from,
            to,
            at,
            stretch: Stretch::default(),
            settled,
            still: window.settled.0,
            is_second_look: false,
        }
    }

    pub(super) fn ask(&self) -> Ask {
        let (from, page) = match self.at {
            At::Ascending { from, page } => (from, page),
            At::Backward { from, page, .. } => (from, page.unwrap_or(0)),
        };
        Ask { from: UtcMillis(from), to: UtcMillis(self.to), page }
    }

    /// The place to store: where the walk goes on after a restart.
    pub(super) fn place(&self) -> Result<String> {
        serde_json::to_string(&self.at)
            .map_err(|_| Error::internal("a place in a window always has a JSON form"))
    }

    /// Takes in what the page said and moves on.
    ///
    /// # Errors
    /// `TRANSIENT` when the platform repeats itself or shows too many records for one second; the window
    /// then stays open.
    pub(super) fn absorb(&mut self, facts: &PageFacts) -> Result<Step> {
        if self.is_suspicious(facts) {
            return Ok(Step::More);
        }
        let fresh = self.stretch.add(facts);
        match self.at.clone() {
            At::Ascending { from, page } => self.ascend(from, page, facts, fresh),
            At::Backward { from, page: None, .. } => self.measure(from, facts),
            At::Backward { from, page: Some(page), is_rising: true } => self.rise(from, page, facts, fresh),
            At::Backward { from, page: Some(page), is_rising: false } => Ok(self.descend(from, page)),
        }
    }

    fn ascend(&mut self, from: i64, page: u32, facts: &PageFacts, fresh: usize) -> Result<Step> {
        if !self.is_in_order(from, facts) {
            // The platform does not keep the order it promised: read this window the other way.
            self.turn(backward(self.from));
            return Ok(Step::More);
        }
        if self.is_last(page, facts) {
            return Ok(Step::Done);
        }
        let (oldest, newest) = (facts.times.first().map(second), facts.times.last().map(second));
        match newest {
            // Bounds are widened: what lies behind the end is not this window's, and all before it is read.
            Some(newest) if newest > self.to => return Ok(Step::Done),
            Some(newest) if newest > from && Some(newest) > oldest && !self.is_crowded(facts, newest) => {
                self.turn(At::Ascending { from: newest, page: 0 });
            }
            // A second that fills more than a page: its order says nothing about the order of the rest.
            // This page already says how many there are.
            Some(_) => {
                self.turn(backward(from));
                if page == 0 {
                    self.stretch.add(facts);
                }
                return self.measure(from, facts);
            }
            // Not one readable record: step over the page.
            None if page < MOST_PAGES && (fresh > 0 || page == 0) => {
                self.at = At::Ascending { from, page: page.saturating_add(1) };
            }
            None => return Err(repeats()),
        }
        Ok(Step::More)
    }

    /// Whether most of a page is of its newest second, and what is left from there does not fit the next
    /// one: that would most likely be full of this second and cost a call that brings nothing.
    fn is_crowded(&self, facts: &PageFacts, newest: i64) -> bool {
        let size = u64::from(self.rules.page_size);
        let of_newest = facts.times.iter().filter(|time| second(time) == newest).count() as u64;
        let behind = facts.total.unwrap_or(0).saturating_sub(facts.count as u64);
        of_newest * 2 > size && of_newest.saturating_add(behind) > size
    }

    /// The first page of a backward walk says how many pages there are.
    fn measure(&mut self, from: i64, facts: &PageFacts) -> Result<Step> {
        self.stretch.promise(facts);
        let size = u64::from(self.rules.page_size.max(1));
        let total = facts.total.unwrap_or(0).max(facts.count as u64);
        if total <= facts.count as u64 && (facts.count as u64) < size {
            return Ok(Step::Done);
        }
        if self.rules.max_records.is_some_and(|most| total > most) {
            return split(from, self.to);
        }
        if self.rules.order == PageOrder::LastPageFirst && self.from < self.still && self.still < self.to {
            return Ok(Step::Split(UtcMillis(self.still)));
        }
        let last = u32::try_from(total.div_ceil(size).saturating_sub(1)).unwrap_or(u32::MAX);
        if last > MOST_PAGES {
            return Err(repeats());
        }
        let page = Some(if facts.count as u64 >= size { last.max(1) } else { last });
        self.at = At::Backward { from, page, is_rising: true };
        Ok(Step::More)
    }

    /// At what should be the last page: a full one may have another behind it.
    fn rise(&mut self, from: i64, page: u32, facts: &PageFacts, fresh: usize) -> Result<Step> {
        if facts.count < self.rules.page_size as usize {
            return Ok(self.descend(from, page));
        }
        if (fresh == 0 && !facts.ids.is_empty()) || page >= MOST_PAGES {
            return Err(repeats());
        }
        let reached = u64::from(page).saturating_add(2).saturating_mul(u64::from(self.rules.page_size));
        if self.rules.max_records.is_some_and(|most| reached > most) {
            return split(from, self.to);
        }
        self.at = At::Backward { from, page: Some(page.saturating_add(1)), is_rising: true };
        Ok(Step::More)
    }

    fn descend(&mut self, from: i64, page: u32) -> Step {
        match page.checked_sub(1) {
            // The first page was read before the others and is as it was.
            Some(0) if self.stretch.is_whole(self.settled) => Step::Done,
            Some(below) => {
                self.at = At::Backward { from, page: Some(below), is_rising: false };
                Step::More
            }
            None => Step::Done,
        }
    }

    /// An empty page where the total promises records is not taken for the end without a second look.
    fn is_suspicious(&mut self, facts: &PageFacts) -> bool {
        let before = u64::from(self.ask().page).saturating_mul(u64::from(self.rules.page_size));
        let promised = facts.total.is_some_and(|total| total > before);
        self.is_second_look = facts.count == 0 && promised && !self.is_second_look;
        self.is_second_look
    }

    fn turn(&mut self, at: At) {
        self.at = at;
        self.stretch = Stretch::default();
    }

    fn is_in_order(&self, from: i64, facts: &PageFacts) -> bool {
        let is_inside =
            |time: &UtcMillis| from - BORDER <= time.0 && time.0 < self.to.saturating_add(2 * BORDER);
        facts.times.is_sorted() && facts.times.iter().all(is_inside)
    }

    /// A page that is not full ends the list, unless the platform says that there is more. A full page
    /// never does, whatever the total claims.
    fn is_last(&self, page: u32, facts: &PageFacts) -> bool {
        let before = u64::from(page).saturating_mul(u64::from(self.rules.page_size));
        let has_more = facts.total.is_some_and(|total| before.saturating_add(facts.count as u64) < total);
        facts.count == 0 || (facts.count < self.rules.page_size as usize && !has_more)
    }
}

fn second(time: &UtcMillis) -> i64 {
    time.0.div_euclid(SECOND).saturating_mul(SECOND)
}

fn start(order: PageOrder, from: i64) -> At {
    match order {
        PageOrder::Ascending => At::Ascending { from, page: 0 },
        PageOrder::LastPageFirst => backward(from),
    }
}

fn backward(from: i64) -> At {
    At::Backward { from, page: None, is_rising: false }
}

fn split(from: i64, to: i64) -> Result<Step> {
    let middle = from.saturating_add(to.saturating_sub(from) / 2).div_euclid(SECOND).saturating_mul(SECOND);
    if middle <= from || middle >= to {
        let message = "the platform shows fewer records than changed within one second: nothing was skipped, the window stays open";
        return Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff));
    }
    Ok(Step::Split(UtcMillis(middle)))
}

fn repeats() -> Error {
    let message = "the platform sends the same page again and again: the window stays open and is read again at the next sync";
    Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff)
}

#[cfg(test)]
mod tests;
