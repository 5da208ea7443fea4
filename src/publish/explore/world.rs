//! What there is in the explored world.

use super::rules::{LAG, Rules, Weak};
use crate::model::ChangeState;
use crate::platform::WriteClass;
use crate::publish::state::{Guards, Outcome, Sight};

/// Looks after which a person has to look.
const MOST_LOOKS: u8 = 2;

/// A change, as its row has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Row {
    /// What it wants, from 1; 0 is what the platform starts with.
    pub(super) value: u8,
    pub(super) state: ChangeState,
    pub(super) epoch: u8,
    pub(super) attempt: u8,
    pub(super) looks: u8,
    pub(super) unsure: bool,
    /// Ticks since its last claim.
    pub(super) claimed: u8,
    /// It was accepted in this tick; for values.
    pub(super) fresh: bool,
}

/// Rows by age, the newest last.
pub(super) const ROWS: usize = 3;

/// What a process does for a change just now. It may stall in each for any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Worker {
    Idle,
    /// Has read it, to claim it.
    Read {
        row: u8,
        state: ChangeState,
        epoch: u8,
    },
    /// Has claimed it, so many ticks ago.
    Claimed {
        row: u8,
        epoch: u8,
        age: u8,
    },
    /// Has signed its call; the platform takes it for so many ticks.
    Signed {
        row: u8,
        epoch: u8,
        left: u8,
    },
    /// Waits for the answer.
    Waiting {
        row: u8,
        epoch: u8,
    },
    /// Knows how it ended, and has not written it down.
    Ended {
        row: u8,
        epoch: u8,
        outcome: End,
    },
    /// Has looked at the platform for it.
    Looked {
        row: u8,
        state: ChangeState,
        epoch: u8,
        another_waits: bool,
        wanted: bool,
    },
    /// Has seen an older value in the place of this one.
    Repairing {
        row: u8,
    },
}

impl Worker {
    /// The row that it is about.
    pub(super) fn row(&mut self) -> Option<&mut u8> {
        match self {
            Self::Idle => None,
            Self::Read { row, .. }
            | Self::Claimed { row, .. }
            | Self::Signed { row, .. }
            | Self::Waiting { row, .. }
            | Self::Ended { row, .. }
            | Self::Looked { row, .. }
            | Self::Repairing { row } => Some(row),
        }
    }

    /// The epoch of that row that it knows.
    pub(super) fn epoch_of(&mut self, of: u8) -> Option<&mut u8> {
        match self {
            Self::Idle | Self::Repairing { .. } => None,
            Self::Read { row, epoch, .. }
            | Self::Claimed { row, epoch, .. }
            | Self::Signed { row, epoch, .. }
            | Self::Waiting { row, epoch }
            | Self::Ended { row, epoch, .. }
            | Self::Looked { row, epoch, .. } => (*row == of).then_some(epoch),
        }
    }

    /// Whether it may still send for that claim.
    fn owns(self, of: u8, at: u8) -> bool {
        match self {
            Self::Claimed { row, epoch, .. }
            | Self::Signed { row, epoch, .. }
            | Self::Waiting { row, epoch }
            | Self::Ended { row, epoch, .. } => (row, epoch) == (of, at),
            _ => false,
        }
    }
}

/// [`Outcome`], in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum End {
    Done,
    DoneBefore,
    Refused,
    Later,
    Unsure,
}

impl From<End> for Outcome {
    fn from(end: End) -> Self {
        match end {
            End::Done => Self::Done,
            End::DoneBefore => Self::DoneBefore,
            End::Refused => Self::Refused,
            End::Later => Self::Later,
            End::Unsure => Self::Unsure,
        }
    }
}

/// A call on its way, or being worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Request {
    pub(super) row: u8,
    pub(super) epoch: u8,
    pub(super) value: u8,
    pub(super) key: u8,
    /// Ticks for which it is taken; then, ticks that are left to work on it.
    pub(super) left: u8,
}

pub(super) type Requests = [Option<Request>; 4];

/// The platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Shown {
    /// How often each value was executed.
    pub(super) count: [u8; 4],
    /// Keys that were used, one bit each.
    pub(super) keys: u16,
    /// The value that was executed last, and the one before it.
    pub(super) value: u8,
    pub(super) before: u8,
    /// Ticks since the last execution.
    pub(super) age: u8,
}

impl Shown {
    /// Executes a call; false when its key was used before.
    pub(super) fn execute(&mut self, request: &Request, forgets_keys: bool) -> bool {
        let bit = 1 << request.key;
        if request.key > 0 && self.keys & bit != 0 && !forgets_keys {
            return false;
        }
        self.keys |= if request.key > 0 { bit } else { 0 };
        let count = &mut self.count[usize::from(request.value)];
        *count = (*count + 1).min(2);
        self.set(request.value);
        true
    }

    pub(super) fn set(&mut self, value: u8) {
        if self.value != value {
            (self.before, self.value) = (self.value, value);
        }
        self.age = 0;
    }

    /// What a look may find of a value: there, and not there.
    pub(super) fn sights(&self, value: u8, counts: bool) -> (bool, bool) {
        let lags = self.age < LAG;
        if counts {
            let there = self.count[usize::from(value)] > 0;
            return (there, !there || lags);
        }
        (
            self.value == value || lags && self.before == value,
            self.value != value || lags && self.before != value,
        )
    }
}

/// Everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct World {
    pub(super) rows: [Option<Row>; ROWS],
    pub(super) workers: [Worker; 2],
    pub(super) net: Requests,
    pub(super) work: Requests,
    pub(super) shown: Shown,
    pub(super) wishes: u8,
    pub(super) kills: u8,
    /// A person has looked for that row in that epoch, and it was absent.
    pub(super) absent: Option<(u8, u8)>,
    pub(super) resends: u8,
    /// What must never happen and is no state.
    pub(super) broken: Option<Broken>,
}

/// What must never happen and is no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Broken {
    /// An older change was signed after a newer one was claimed.
    OlderAfterNewer,
    /// An unknown value was sent again while a newer one waited.
    OlderAgain,
    /// The background has put an older wish in the place of a newer one.
    OldWishAgain,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            rows: [None; ROWS],
            workers: [Worker::Idle; 2],
            net: [None; 4],
            work: [None; 4],
            shown: Shown { count: [0; 4], keys: 0, value: 0, before: 0, age: LAG },
            wishes: 0,
            kills: 0,
            absent: None,
            resends: 0,
            broken: None,
        };
        world.wish();
        world
    }

    /// Queues the next wish.
    pub(super) fn wish(&mut self) {
        self.wishes += 1;
        self.queue(self.wishes);
    }

    pub(super) fn queue(&mut self, value: u8) {
        let place = self.rows.iter_mut().find(|row| row.is_none()).expect("a place");
        let state = ChangeState::Queued;
        *place = Some(Row {
            value,
            state,
            epoch: 0,
            attempt: 0,
            looks: 0,
            unsure: false,
            claimed: 0,
            fresh: false,
        });
    }

    pub(super) fn row(&self, row: u8) -> Row {
        self.rows[usize::from(row)].expect("a row")
    }

    pub(super) fn row_mut(&mut self, row: u8) -> &mut Row {
        self.rows[usize::from(row)].as_mut().expect("a row")
    }

    /// The rows with their places.
    pub(super) fn each(&self) -> impl Iterator<Item = (u8, Row)> {
        (0..).zip(self.rows).map_while(|(place, row)| row.map(|row| (place, row)))
    }

    pub(super) fn another_waits(&self, of: u8) -> bool {
        self.each().any(|(place, row)| place != of && waits(row.state))
    }

    pub(super) fn another_under_way(&self, of: u8) -> bool {
        use ChangeState::{Intent, NeedsHuman, Unknown};
        self.each().any(|(place, row)| place != of && matches!(row.state, Intent | Unknown | NeedsHuman))
    }

    /// Somebody alive has claimed it.
    pub(super) fn is_owned(&self, row: u8, epoch: u8) -> bool {
        self.workers.iter().any(|worker| worker.owns(row, epoch))
    }

    pub(super) fn guards(&self, rules: &Rules, of: u8) -> Guards {
        let row = self.row(of);
        let class = if rules.lacks(Weak::EmptyLookIsAbsence) { WriteClass::Repeat } else { rules.class };
        let tries = if row.value == 1 { rules.tries.0 } else { rules.tries.1 };
        Guards {
            class,
            absolute: rules.absolute,
            unsure: row.unsure,
            another_waits: self.another_waits(of) && !rules.lacks(Weak::OlderValueAgain),
            tries_left: row.attempt < tries && row.looks < MOST_LOOKS,
        }
    }
}

pub(super) fn waits(state: ChangeState) -> bool {
    matches!(state, ChangeState::Queued | ChangeState::RetryWait)
}

/// What is wanted is seen, or it is not.
pub(super) fn sight(wanted: bool) -> Sight {
    if wanted { Sight::Wanted } else { Sight::Other }
}
