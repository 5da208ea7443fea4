//! What the pages of one stretch of a walk said together.

use std::collections::HashSet;

use super::PageFacts;
use crate::model::UtcMillis;

/// From a turn of the walk on: all pages are of one list.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    /// Digests of the ids, also to notice a platform that sends the same page for ever.
    seen: HashSet<u64>,
    /// Records of the list, as its first page said.
    promised: Option<u64>,
    newest: Option<UtcMillis>,
    /// A later page said otherwise, or a record's time could not be read.
    is_vague: bool,
}

impl Stretch {
    /// Takes in a page; says how many of its records are new here.
    pub(super) fn add(&mut self, facts: &PageFacts) -> usize {
        let differs = self.promised.is_some() && facts.total != self.promised;
        self.is_vague |= differs || facts.times.len() != facts.count;
        self.newest = self.newest.max(facts.times.iter().copied().max());
        facts.ids.iter().filter(|id| self.seen.insert(**id)).count()
    }

    /// Takes in what the first page says about the others.
    pub(super) fn promise(&mut self, facts: &PageFacts) {
        self.promised = facts.total;
    }

    /// Whether every record of the list was seen, so that nothing can have moved between the pages.
    ///
    /// One that left the list lowers the total; only one that came in its place could hide that. What
    /// comes late is never older than `settled`, so it does not happen among records that all are.
    pub(super) fn is_whole(&self, settled: i64) -> bool {
        let is_complete = self.promised == Some(self.seen.len() as u64);
        is_complete && !self.is_vague && self.newest.is_some_and(|newest| newest.0 < settled)
    }
}
