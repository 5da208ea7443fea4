//! What happens without our processes: the network, the platform, time, users and a person.

use super::rules::{LAG, LEASE, PROCESSING, Rules, Weak};
use super::search::Next;
use super::worker::{apply, overtaken};
use super::world::{End, Request, Row, Worker, World, waits};
use crate::model::{ChangeState, Resolution};
use crate::platform::WriteClass;
use crate::publish::state::Event;

pub(super) fn steps(world: &World, rules: &Rules, next: &mut Next) {
    network(world, rules, next);
    platform(world, rules, next);
    if let Some(newest) = overtaken(world, rules, false) {
        let mut repaired = *world;
        repaired.shown.set(world.row(newest).value);
        next.push("is overtaken and set once more", Some(newest), repaired);
    }
    tick(world, rules, next);
    users(world, rules, next);
    store(world, rules, next);
    for (place, row) in world.each() {
        if row.state == ChangeState::NeedsHuman {
            person(world, rules, place, next);
        }
    }
}

/// Answers whoever waits for this request.
fn answer(world: &World, request: &Request, outcome: End) -> Option<World> {
    let Request { row, epoch, .. } = *request;
    let who = world.workers.iter().position(|worker| *worker == Worker::Waiting { row, epoch })?;
    let mut answered = *world;
    answered.workers[who] = Worker::Ended { row, epoch, outcome };
    Some(answered)
}

/// A request is lost, refused, or let in while its signature is fresh.
fn network(world: &World, rules: &Rules, next: &mut Next) {
    for (place, request) in world.net.iter().enumerate() {
        let Some(request) = request else { continue };
        let mut gone = *world;
        gone.net[place] = None;
        next.push("'s request is lost", Some(request.row), gone);
        if let Some(refused) = answer(&gone, request, End::Refused).filter(|_| rules.refusals) {
            next.push("'s request is refused", Some(request.row), refused);
        }
        if request.left == 0 && !rules.lacks(Weak::PlatformTakesAnyTime) {
            continue;
        }
        if let Some(later) = answer(&gone, request, End::Later).filter(|_| rules.refusals) {
            next.push("'s request is put off", Some(request.row), later);
        }
        let work = Request { left: PROCESSING, ..*request };
        let mut let_in = gone;
        *let_in.work.iter_mut().find(|place| place.is_none()).expect("room at the platform") = Some(work);
        next.push("'s request is let in", Some(request.row), let_in);
    }
}

/// What was let in is executed, and the answer arrives or is lost.
fn platform(world: &World, rules: &Rules, next: &mut Next) {
    for (place, request) in world.work.iter().enumerate() {
        let Some(request) = request else { continue };
        let mut done = *world;
        done.work[place] = None;
        let first = done.shown.execute(request, rules.lacks(Weak::PlatformForgetsKeys));
        let outcome = if first { End::Done } else { End::DoneBefore };
        if let Some(answered) = answer(&done, request, outcome) {
            next.push(" is executed and answered", Some(request.row), answered);
        }
        next.push(" is executed, its answer lost", Some(request.row), done);
    }
}

fn tick(world: &World, rules: &Rules, next: &mut Next) {
    // What is let in is done in time, and the background gets its turn.
    let has_to_work = world.work.iter().flatten().any(|request| request.left == 0);
    if has_to_work || overtaken(world, rules, true).is_some() {
        return;
    }
    let mut later = *world;
    later.work.iter_mut().flatten().for_each(|request| request.left -= 1);
    if !rules.lacks(Weak::PlatformTakesAnyTime) {
        later.net.iter_mut().flatten().for_each(|request| request.left = request.left.saturating_sub(1));
    }
    for worker in &mut later.workers {
        match worker {
            Worker::Claimed { age, .. } => *age = (*age + 1).min(LEASE + 1),
            Worker::Signed { left, .. } => *left = left.saturating_sub(1),
            _ => {}
        }
    }
    later.rows.iter_mut().flatten().for_each(|row| {
        row.claimed = (row.claimed + 1).min(rules.quiet() + 1);
        row.fresh = false;
    });
    later.shown.age = (later.shown.age + 1).min(LAG);
    next.push("time passes", None, later);
}

/// Somebody wants something newer, or takes back what waits.
fn users(world: &World, rules: &Rules, next: &mut Next) {
    let waiting = world.each().find(|(_, row)| waits(row.state));
    if world.wishes < rules.wishes && (waiting.is_none() || rules.absolute) && world.rows.contains(&None) {
        let mut newer = *world;
        if let Some((place, _)) = waiting {
            let guards = newer.guards(rules, place);
            apply(&mut newer, rules, place, Event::Replace, &guards);
        }
        newer.wish();
        next.push("somebody wants something newer", None, newer);
    }
    // What could not be sent for too long expires, whether anybody takes it back or not.
    let goes = |(_, row): &(u8, Row)| rules.refusals || row.attempt >= rules.claims;
    if let Some((place, _)) = waiting.filter(goes) {
        let mut less = *world;
        let guards = less.guards(rules, place);
        apply(&mut less, rules, place, Event::Cancel, &guards);
        next.push(" is taken back", Some(place), less);
    }
}

/// What the store does to many rows at once.
fn store(world: &World, rules: &Rules, next: &mut Next) {
    for (place, row) in world.each() {
        let mut after = *world;
        let guards = after.guards(rules, place);
        match row.state {
            ChangeState::Intent if row.claimed > LEASE || !world.is_owned(place, row.epoch) => {
                if rules.lacks(Weak::RescueRunsAgain) {
                    after.row_mut(place).state = ChangeState::Queued;
                } else {
                    apply(&mut after, rules, place, Event::Lost, &guards);
                }
                after.row_mut(place).epoch += 1;
                next.push(" is given up for lost", Some(place), after);
            }
            ChangeState::NeedsHuman if rules.absolute && world.another_waits(place) => {
                apply(&mut after, rules, place, Event::Replace, &guards);
                next.push(" gives its place to a newer one", Some(place), after);
            }
            _ => {}
        }
    }
}

/// A person says what was seen, or has it sent again after having looked, or drops it.
fn person(world: &World, rules: &Rules, place: u8, next: &mut Next) {
    let row = world.row(place);
    let decide = |resolution| {
        let mut decided = *world;
        let guards = decided.guards(rules, place);
        apply(&mut decided, rules, place, Event::Resolve(resolution), &guards).then_some(decided)
    };
    let (there, absent) = world.shown.sights(row.value, rules.counts());
    let hidden = rules.lacks(Weak::IgnoresEvidence);
    if let Some(accepted) = decide(Resolution::Accepted).filter(|_| there && !hidden) {
        next.push(" is there, says a person", Some(place), accepted);
    }
    if let Some(dropped) = decide(Resolution::Drop) {
        next.push(" is dropped by a person", Some(place), dropped);
    }
    // A key, or a value, may be sent whatever a look shows.
    let needs_look = !matches!(rules.class, WriteClass::Repeat | WriteClass::RepeatWithKey);
    let looked = (place, row.epoch);
    if needs_look && world.absent != Some(looked) && (absent || hidden) && row.claimed >= rules.wait() {
        let seen = World { absent: Some(looked), ..*world };
        next.push(" is absent, sees a person", Some(place), seen);
    }
    let may = !needs_look || world.absent == Some(looked);
    if may
        && world.resends < rules.resends
        && let Some(mut again) = decide(Resolution::SendAgain)
    {
        (again.resends, again.absent) = (world.resends + 1, None);
        next.push(" is to be sent again, says a person", Some(place), again);
    }
}
