//! What a process does, one step of `publish/drive.rs`, `settle.rs` and `duty.rs` at a time. Which state follows
//! is [`transition`]'s word alone; where the product guards a write in SQL, so does the world.

use super::rules::{CLOCK, LEASE, Rules, Weak};
use super::search::Next;
use super::world::{Broken, End, Request, Row, Worker, World, sight};
use crate::model::ChangeState;
use crate::platform::WriteClass;
use crate::publish::state::{Event, Guards, Sight, Step, counts, transition, unsure_after};

/// All that the process may do next.
pub(super) fn steps(world: &World, rules: &Rules, who: usize, next: &mut Next) {
    let mut step = Stepper { world, rules, who, next };
    match world.workers[who] {
        Worker::Idle => step.idle(),
        Worker::Read { row, state, epoch } => step.claim(row, state, epoch),
        Worker::Claimed { row, epoch, age } => step.sign(row, epoch, age),
        Worker::Signed { row, epoch, left } => step.send(row, epoch, left),
        Worker::Waiting { row, epoch } => {
            let outcome = if rules.lacks(Weak::RetriesBlindly) { End::Later } else { End::Unsure };
            step.turn("gives up waiting", row, Worker::Ended { row, epoch, outcome });
        }
        Worker::Ended { row, epoch, outcome } => step.record(row, epoch, outcome),
        Worker::Looked { row, state, epoch, another_waits, wanted } => {
            step.settle(row, (state, epoch), another_waits, sight(wanted));
        }
        Worker::Repairing { row } => step.repair(row),
    }
    if world.workers[who] != Worker::Idle && world.kills < rules.kills {
        let mut dead = *world;
        (dead.workers[who], dead.kills) = (Worker::Idle, dead.kills + 1);
        next.push("the process is killed", None, dead);
    }
}

/// Moves a change as `drive.rs` writes it.
pub(super) fn enter(world: &mut World, rules: &Rules, row: u8, event: Event, to: ChangeState) {
    let keyed = rules.class == WriteClass::RepeatWithKey;
    let row = world.row_mut(row);
    row.unsure = unsure_after(event, to, row.unsure, keyed || rules.absolute);
    row.state = to;
    row.fresh = to == ChangeState::Accepted && rules.absolute;
}

/// Applies an event to a change as it is now; false when the machine refuses it.
pub(super) fn apply(world: &mut World, rules: &Rules, row: u8, event: Event, guards: &Guards) -> bool {
    match transition(world.row(row).state, event, guards) {
        Ok(Step::To(to, _)) => enter(world, rules, row, event, to),
        Ok(Step::Stay) => {}
        Err(_) => return false,
    }
    true
}

/// The newest change, when the platform shows, or surely shows, an older value that may have arrived late.
pub(super) fn overtaken(world: &World, rules: &Rules, surely: bool) -> Option<u8> {
    let (newest, row) = world.each().last().filter(|_| rules.absolute && !rules.lacks(Weak::NoRepair))?;
    let shows = |old: Row| {
        let (there, absent) = world.shown.sights(old.value, false);
        old.value != row.value && there && !(surely && absent)
    };
    let watched = |old: Row| {
        let replaced = old.state == ChangeState::Superseded || !rules.lacks(Weak::RepairsReplacedOnly);
        let young = old.claimed <= rules.watch() || row.fresh && !rules.lacks(Weak::RepairsByAgeOnly);
        old.state.is_final() && old.unsure && replaced && young
    };
    let mut older = world.each().filter(|(place, old)| *place < newest && watched(*old) && shows(*old));
    (row.state == ChangeState::Accepted).then(|| older.next()).flatten().map(|_| newest)
}

struct Stepper<'a> {
    world: &'a World,
    rules: &'a Rules,
    who: usize,
    next: &'a mut Next,
}

impl Stepper<'_> {
    /// The world with this process in another place.
    fn with(&self, worker: Worker) -> World {
        let mut world = *self.world;
        world.workers[self.who] = worker;
        world
    }

    fn turn(&mut self, what: &'static str, row: u8, worker: Worker) {
        let world = self.with(worker);
        self.next.push(what, Some(row), world);
    }

    fn idle(&mut self) {
        for (place, row) in self.world.each() {
            let (state, epoch) = (row.state, row.epoch);
            match state {
                ChangeState::Queued | ChangeState::RetryWait if row.attempt < self.rules.claims => {
                    self.turn("is read", place, Worker::Read { row: place, state, epoch });
                }
                ChangeState::Unknown if self.rules.class == WriteClass::RepeatWithKey => self.again(place),
                ChangeState::Unknown | ChangeState::NeedsHuman => self.look(place),
                _ => {}
            }
        }
        self.watch();
    }

    fn look(&mut self, place: u8) {
        let (row, rules) = (self.world.row(place), self.rules);
        // A sum, and what a person has to look for, show themselves to no look of ours.
        let blind = matches!(rules.class, WriteClass::AskPerson | WriteClass::RepeatWithKey);
        let (there, absent) = self.world.shown.sights(row.value, rules.counts());
        let (there, absent) = if blind { (false, true) } else { (there, absent) };
        let hidden = rules.lacks(Weak::IgnoresEvidence);
        for (wanted, may) in [(true, there && !hidden), (false, absent || hidden)] {
            if may {
                let looked = Worker::Looked {
                    row: place,
                    state: row.state,
                    epoch: row.epoch,
                    another_waits: self.world.guards(rules, place).another_waits,
                    wanted,
                };
                self.turn(if wanted { "is seen" } else { "is not seen" }, place, looked);
            }
        }
    }

    /// Sends an unknown change again where its class allows it.
    fn again(&mut self, place: u8) {
        let (row, guards) = (self.world.row(place), self.world.guards(self.rules, place));
        if transition(row.state, Event::Claim, &guards).is_ok() {
            let read = Worker::Read { row: place, state: row.state, epoch: row.epoch };
            self.turn("is to be sent again", place, read);
        } else if !guards.tries_left {
            let mut world = self.with(Worker::Idle);
            apply(&mut world, self.rules, place, Event::Seen(Sight::Other), &guards);
            self.next.push("was tried too often", Some(place), world);
        }
    }

    fn moved(&self, row: u8, state: ChangeState, epoch: u8) -> bool {
        let now = self.world.row(row);
        (now.state, now.epoch) != (state, epoch) && !self.rules.lacks(Weak::NoFence)
    }

    fn claim(&mut self, place: u8, state: ChangeState, epoch: u8) {
        let mut world = self.with(Worker::Idle);
        let guards = world.guards(self.rules, place);
        let beside = world.another_under_way(place) && !self.rules.lacks(Weak::NoUniqueIndex);
        let newest_only = state == ChangeState::Unknown && guards.absolute;
        let legal = transition(state, Event::Claim, &guards).is_ok();
        if self.moved(place, state, epoch) || beside || newest_only && guards.another_waits || !legal {
            return self.next.push("cannot be claimed", Some(place), world);
        }
        if !self.rules.lacks(Weak::NoIntent) {
            let row = world.row_mut(place);
            *row = Row {
                state: ChangeState::Intent,
                epoch: row.epoch + 1,
                attempt: row.attempt + 1,
                claimed: 0,
                ..*row
            };
        }
        if newest_only && world.another_waits(place) {
            world.broken = Some(Broken::OlderAgain);
        }
        let epoch = world.row(place).epoch;
        world.workers[self.who] = Worker::Claimed { row: place, epoch, age: 0 };
        self.next.push("is claimed", Some(place), world);
    }

    fn sign(&mut self, place: u8, epoch: u8, age: u8) {
        let row = self.world.row(place);
        let ended = |outcome| Worker::Ended { row: place, epoch, outcome };
        self.turn("fails before it is sent", place, ended(End::Later));
        // A new product is looked for before any second try. That look may be long ago when the call is signed.
        let looks = self.rules.class == WriteClass::LookOnly && row.attempt > 1;
        if looks && self.world.shown.sights(row.value, true).0 {
            self.turn("is found instead of sent", place, ended(End::Done));
        }
        if age > LEASE && !self.rules.lacks(Weak::SignsAfterItsLease) {
            return;
        }
        // Our idea of the platform's time is as far ahead as it can be: whatever a smaller error allows, this does.
        let left = self.rules.signature + CLOCK + 1;
        let mut world = self.with(Worker::Signed { row: place, epoch, left });
        if world.each().any(|(newer, row)| newer > place && row.attempt > 0) && self.rules.absolute {
            world.broken = Some(Broken::OlderAfterNewer);
        }
        self.next.push("is signed", Some(place), world);
    }

    fn send(&mut self, place: u8, epoch: u8, left: u8) {
        self.turn("does not get out", place, Worker::Ended { row: place, epoch, outcome: End::Later });
        let mut world = self.with(Worker::Waiting { row: place, epoch });
        let (value, attempt) = (world.row(place).value, world.row(place).attempt);
        let key = match self.rules.weak {
            _ if self.rules.class != WriteClass::RepeatWithKey => 0,
            Some(Weak::KeyPerAttempt) => value * 4 + attempt,
            Some(Weak::KeyOfAnother) => 1,
            _ => value,
        };
        let left = if self.rules.lacks(Weak::SignsAtSend) { self.rules.signature + CLOCK + 1 } else { left };
        let request = Request { row: place, epoch, value, key, left };
        *world.net.iter_mut().find(|place| place.is_none()).expect("room on the way") = Some(request);
        self.next.push("is sent", Some(place), world);
    }

    fn record(&mut self, place: u8, epoch: u8, end: End) {
        let mut world = self.with(Worker::Idle);
        let guards = world.guards(self.rules, place);
        let absolute = self.rules.absolute && !self.rules.lacks(Weak::LateSuccessEndsIt);
        let ours = world.row(place).epoch == epoch || self.rules.lacks(Weak::ForeignAnswerCounts);
        if self.rules.lacks(Weak::NoIntent) {
            if end == End::Done {
                world.row_mut(place).state = ChangeState::Accepted;
            }
        } else if counts(world.row(place).state, end.into(), ours, absolute) {
            apply(&mut world, self.rules, place, Event::Answered(end.into()), &guards);
        }
        let what = match end {
            End::Done => "is known to be done",
            End::DoneBefore => "is known to have been done before",
            End::Refused => "is known to be refused",
            End::Later => "is known not to be done yet",
            End::Unsure => "is known to be unknown",
        };
        self.next.push(what, Some(place), world);
    }

    fn settle(&mut self, place: u8, (state, epoch): (ChangeState, u8), another_waits: bool, seen: Sight) {
        let mut world = self.with(Worker::Idle);
        if self.moved(place, state, epoch) {
            return self.next.push("has moved since the look", Some(place), world);
        }
        let guards = Guards { another_waits, ..world.guards(self.rules, place) };
        let Ok(step) = transition(state, Event::Seen(seen), &guards) else { return };
        world.row_mut(place).looks = (world.row(place).looks + 1).min(2);
        if let Step::To(to, _) = step {
            enter(&mut world, self.rules, place, Event::Seen(seen), to);
        }
        self.next.push("is settled by the look", Some(place), world);
        if step == Step::Stay && state == ChangeState::Unknown && seen == Sight::Other {
            Stepper { world: &world, rules: self.rules, who: self.who, next: self.next }.again(place);
        }
    }

    /// Looks whether an older value has arrived after the newest one.
    fn watch(&mut self) {
        if let Some(newest) = overtaken(self.world, self.rules, false) {
            self.turn("is seen to be overtaken", newest, Worker::Repairing { row: newest });
        }
    }

    /// Wants the newest value once more, unless somebody wants something else meanwhile. A change like any other in
    /// the product; here done at once.
    fn repair(&mut self, place: u8) {
        let mut world = self.with(Worker::Idle);
        let newer: Vec<_> = world.each().map(|(_, row)| row.state).skip(usize::from(place) + 1).collect();
        let is_newest = newer.is_empty();
        let wanted = newer.iter().any(|state| *state == ChangeState::Accepted || !state.is_final());
        if !is_newest && !self.rules.lacks(Weak::RepairsOutdated) {
            return self.next.push("is not the newest any more", Some(place), world);
        }
        if wanted {
            world.broken = Some(Broken::OldWishAgain);
        }
        world.shown.set(world.row(place).value);
        self.next.push("is set once more", Some(place), world);
    }
}
