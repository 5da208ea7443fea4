//! The same world in one form: processes and requests have no order, epochs are only the same or not, and what
//! nothing depends on any more is forgotten.

use super::rules::{LEASE, Rules, Weak};
use super::world::{End, ROWS, Request, Row, Worker, World};
use crate::platform::WriteClass;

/// Of a request that nobody waits for.
const NOBODY: u8 = u8::MAX;

pub(super) fn canonical(mut world: World, rules: &Rules) -> World {
    for who in 0..world.workers.len() {
        if came_to_nothing(&world, rules, world.workers[who]) {
            world.workers[who] = Worker::Idle;
        }
    }
    requests(&mut world, rules);
    if rules.class == WriteClass::RepeatWithKey {
        // Nobody looks, and nobody has to wait.
        world.shown.age = 0;
        world.rows.iter_mut().flatten().for_each(|row| row.claimed = row.claimed.min(LEASE + 1));
    }
    if !rules.counts() {
        // Whether a value was executed once; of what has ended, nobody asks any more.
        let open = |value: usize| {
            world.each().any(|(_, row)| usize::from(row.value) == value && !row.state.is_final())
        };
        let mut count = world.shown.count;
        (1..)
            .zip(&mut count[1..])
            .for_each(|(value, count)| *count = if open(value) { (*count).min(1) } else { 1 });
        world.shown.count = count;
    }
    for place in (0..ROWS).rev() {
        let place = u8::try_from(place).expect("few rows");
        epochs(&mut world, place);
        forget(&mut world, rules, place);
    }
    world.net.sort_unstable();
    world.work.sort_unstable();
    world.workers[..rules.workers].sort_unstable();
    world
}

/// What it is about to do fails, whatever happens until then: its change has gone on.
fn came_to_nothing(world: &World, rules: &Rules, worker: Worker) -> bool {
    if rules.lacks(Weak::NoFence) || rules.lacks(Weak::ForeignAnswerCounts) {
        return false;
    }
    match worker {
        // No state is come back to without a new epoch.
        Worker::Read { row, state, epoch } | Worker::Looked { row, state, epoch, .. } => {
            (world.row(row).state, world.row(row).epoch) != (state, epoch)
        }
        Worker::Ended { row, epoch, outcome } => outcome != End::Done && world.row(row).epoch != epoch,
        _ => false,
    }
}

fn requests(world: &mut World, rules: &Rules) {
    let keyed = rules.class == WriteClass::RepeatWithKey && !rules.lacks(Weak::PlatformForgetsKeys);
    let (workers, keys) = (world.workers, world.shown.keys);
    let tidy = |request: Request, may_run: bool| {
        if workers.contains(&Worker::Waiting { row: request.row, epoch: request.epoch }) {
            return Some(request);
        }
        let used = keyed && keys & (1 << request.key) != 0;
        (may_run && !used).then_some(Request { epoch: NOBODY, ..request })
    };
    for place in &mut world.net {
        *place = place.and_then(|request| tidy(request, request.left > 0));
    }
    for place in &mut world.work {
        *place = place.and_then(|request| tidy(request, true));
    }
}

/// Numbers the epochs of a change anew: only which are the same counts, and that a new one is none of them.
fn epochs(world: &mut World, of: u8) {
    let Some(mut row) = world.rows[usize::from(of)] else { return };
    let mut places: Vec<&mut u8> = vec![&mut row.epoch];
    places.extend(world.workers.iter_mut().filter_map(|worker| worker.epoch_of(of)));
    let requests = world.net.iter_mut().chain(&mut world.work).flatten();
    places.extend(
        requests
            .filter(|request| request.row == of && request.epoch != NOBODY)
            .map(|request| &mut request.epoch),
    );
    places.extend(world.absent.iter_mut().filter(|(row, _)| *row == of).map(|(_, epoch)| epoch));
    let mut known: Vec<u8> = places.iter().map(|epoch| **epoch).collect();
    known.sort_unstable();
    known.dedup();
    for epoch in places {
        let number = known.partition_point(|other| *other < *epoch);
        *epoch = u8::try_from(number).expect("few epochs");
    }
    world.rows[usize::from(of)] = Some(row);
}

/// Forgets of a change that has ended what nothing depends on, and all of it where nothing does.
fn forget(world: &mut World, rules: &Rules, of: u8) {
    let Some(row) = world.rows[usize::from(of)] else { return };
    let mut workers = world.workers;
    let sent = world.net.iter().chain(&world.work).flatten().any(|request| request.row == of);
    if !row.state.is_final() || sent || workers.iter_mut().any(|worker| worker.row() == Some(&mut { of })) {
        return;
    }
    let is_newest = world.rows.get(usize::from(of) + 1).is_none_or(Option::is_none);
    // However old it is: the newest one may still be accepted just now.
    let newest_ended =
        world.each().last().is_some_and(|(_, newest)| newest.state.is_final() && !newest.fresh);
    let watched = rules.absolute && row.unsure && (row.claimed <= rules.quiet() || !newest_ended);
    if watched || is_newest {
        let claimed = if watched { row.claimed } else { rules.quiet() + 1 };
        let attempt = row.attempt.min(1);
        world.rows[usize::from(of)] =
            Some(Row { looks: 0, epoch: 0, attempt, claimed, unsure: watched, ..row });
        return;
    }
    world.rows[usize::from(of)] = None;
    world.rows[usize::from(of)..].rotate_left(1);
    let moved = |row: &mut u8| *row -= u8::from(*row > of);
    for request in world.net.iter_mut().chain(&mut world.work).flatten() {
        moved(&mut request.row);
    }
    world.workers.iter_mut().filter_map(Worker::row).for_each(moved);
    world.absent = world.absent.filter(|(row, _)| *row != of);
    if let Some((row, _)) = &mut world.absent {
        moved(row);
    }
}
