//! Jobs that were taken before a place was free for them. A commit costs the same for one job and for hundreds, so
//! where jobs are done faster than commits, places must not wait for one. As many are taken as a lane does in a
//! moment: where jobs take long that is none, and each job waits in the database, where everybody can have it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Handle;
use crate::model::{JobId, Lane};
use crate::store::JobRow;

/// What a lane does in this time is taken ahead.
const MOMENT: Duration = Duration::from_millis(20);
/// No rate is told from less.
const GLANCE: Duration = Duration::from_millis(2);
/// No more than this.
const MOST: usize = 512;
/// After this what was taken ahead is given back: jobs take longer than they did.
const STALE: Duration = Duration::from_millis(200);

/// A job in hand.
pub(super) type Taken = (JobRow, Handle);

/// What was taken ahead, by lane.
pub(super) struct Ahead {
    lots: [Lot; 3],
    /// Of one lane.
    pub(super) most: usize,
}

impl Default for Ahead {
    fn default() -> Self {
        Self { lots: Default::default(), most: MOST }
    }
}

struct Lot {
    jobs: VecDeque<Taken>,
    taken: Instant,
    done: u32,
    since: Instant,
    want: usize,
}

impl Default for Lot {
    fn default() -> Self {
        let now = Instant::now();
        Self { jobs: VecDeque::new(), taken: now, done: 0, since: now, want: 0 }
    }
}

impl Ahead {
    fn lot(&mut self, lane: Lane) -> &mut Lot {
        let [interactive, normal, bulk] = &mut self.lots;
        match lane {
            Lane::Interactive => interactive,
            Lane::Normal => normal,
            Lane::Bulk => bulk,
        }
    }

    /// A job of the lane was done.
    pub(super) fn done(&mut self, lane: Lane) {
        let lot = self.lot(lane);
        lot.done = lot.done.saturating_add(1);
    }

    /// How many more to take ahead now.
    pub(super) fn wanted(&mut self, lane: Lane) -> usize {
        let most = self.most;
        let lot = self.lot(lane);
        let passed = lot.since.elapsed();
        if passed >= GLANCE {
            let moments = MOMENT.as_secs_f64() / passed.as_secs_f64();
            lot.want = ((f64::from(lot.done) * moments) as usize).min(most);
            (lot.done, lot.since) = (0, Instant::now());
        }
        lot.want.saturating_sub(lot.jobs.len())
    }

    pub(super) fn keep(&mut self, lane: Lane, jobs: impl Iterator<Item = Taken>) {
        let lot = self.lot(lane);
        lot.jobs.extend(jobs);
        lot.taken = Instant::now();
    }

    /// The next one, and whether it is time to take more.
    pub(super) fn next(&mut self, lane: Lane) -> (Option<Taken>, bool) {
        let lot = self.lot(lane);
        let next = lot.jobs.pop_front();
        (next, lot.jobs.len() == lot.want / 2)
    }

    /// Takes one out.
    pub(super) fn remove(&mut self, id: JobId) -> Option<Taken> {
        self.lots.iter_mut().find_map(|lot| {
            let at = lot.jobs.iter().position(|(row, _)| row.job.id == id)?;
            lot.jobs.remove(at)
        })
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.lots.iter().map(|lot| lot.jobs.len()).sum()
    }

    /// Those that nobody came for, or all.
    pub(super) fn leftovers(&mut self, all: bool) -> Vec<Taken> {
        let stale = self.lots.iter_mut().filter(|lot| all || lot.taken.elapsed() >= STALE);
        stale.flat_map(|lot| std::mem::take(&mut lot.jobs)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lane_takes_ahead_what_it_does_in_a_moment_and_nothing_where_jobs_take_long() {
        let mut ahead = Ahead::default();
        assert_eq!(ahead.wanted(Lane::Normal), 0, "nothing is known yet");
        let mut after = async |done, passed| {
            (0..done).for_each(|_| ahead.done(Lane::Normal));
            tokio::time::advance(passed).await;
            (ahead.wanted(Lane::Normal), ahead.wanted(Lane::Bulk))
        };
        assert_eq!(after(12, Duration::from_millis(4)).await, (60, 0));
        assert_eq!(after(40, Duration::from_millis(1)).await, (60, 0), "too short to tell");
        assert_eq!(after(40, Duration::from_millis(1)).await, (MOST, 0), "never more");
        assert_eq!(after(12, Duration::from_secs(1)).await, (0, 0));
    }
}
