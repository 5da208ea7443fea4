//! The search: every world that can be reached, the shortest way to what must not be, and dead ends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, Hasher};

use super::canonical::canonical;
use super::rules::Rules;
use super::world::{Broken, World};
use super::{outside, worker};
use crate::model::ChangeState;

/// A step, for the trace.
#[derive(Clone, Copy)]
struct Label {
    what: &'static str,
    row: Option<u8>,
}

/// What may follow.
pub(super) struct Next(Vec<(Label, World)>);

impl Next {
    pub(super) fn push(&mut self, what: &'static str, row: Option<u8>, world: World) {
        self.0.push((Label { what, row }, world));
    }
}

/// What a search found.
pub(super) struct Found {
    /// How many different worlds were seen.
    pub(super) states: usize,
    /// What must not be, with the shortest way to it.
    pub(super) fault: Option<String>,
}

/// Worlds are hashed by the million, in builds that are not optimized.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.cast_unsigned() as u64);
    }
}

struct Search {
    rules: Rules,
    known: HashMap<World, u32, BuildHasherDefault<Quick>>,
    worlds: Vec<(World, u32, Label)>,
    edges: Vec<(u32, u32)>,
}

/// Looks at every world that can be reached.
pub(super) fn explore(rules: Rules) -> Found {
    let start = Label { what: "somebody wants something", row: None };
    let worlds = vec![(World::new(), 0, start)];
    let known = [(World::new(), 0)].into_iter().collect();
    let mut search = Search { rules, known, worlds, edges: Vec::new() };
    let fault = search.run().or_else(|| search.dead_end());
    Found { states: search.worlds.len(), fault }
}

impl Search {
    fn run(&mut self) -> Option<String> {
        let mut at = 0;
        let mut next = Next(Vec::new());
        while let Some(&(world, ..)) = self.worlds.get(at) {
            outside::steps(&world, &self.rules, &mut next);
            for who in 0..self.rules.workers {
                worker::steps(&world, &self.rules, who, &mut next);
            }
            for (label, world) in next.0.drain(..) {
                let (from, number) = (index(at), index(self.worlds.len()));
                if let Some(what) = fault(&world, &self.rules) {
                    self.worlds.push((world, from, label));
                    return Some(self.trace(what, self.worlds.len() - 1));
                }
                let world = canonical(world, &self.rules);
                let to = match self.known.entry(world) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(place) => {
                        self.worlds.push((world, from, label));
                        *place.insert(number)
                    }
                };
                self.edges.push((to, from));
            }
            at += 1;
        }
        None
    }

    /// A world from which no good end can be reached any more.
    fn dead_end(&mut self) -> Option<String> {
        self.edges.sort_unstable();
        let mut fine: Vec<bool> = self.worlds.iter().map(|(world, ..)| is_good(world, &self.rules)).collect();
        let mut open: Vec<u32> = (0..).zip(&fine).filter(|(_, good)| **good).map(|(at, _)| at).collect();
        while let Some(to) = open.pop() {
            let first = self.edges.partition_point(|edge| edge.0 < to);
            for &(_, from) in self.edges[first..].iter().take_while(|edge| edge.0 == to) {
                if !std::mem::replace(&mut fine[from as usize], true) {
                    open.push(from);
                }
            }
        }
        fine.iter().position(|fine| !fine).map(|at| self.trace("a dead end", at))
    }

    fn trace(&self, what: &str, mut at: usize) -> String {
        let mut labels = vec![];
        let last = self.worlds[at].0;
        while at > 0 {
            let (_, from, label) = self.worlds[at];
            labels.push(label);
            at = from as usize;
        }
        let mut text = format!("{what} after {} steps", labels.len());
        for label in labels.iter().rev() {
            let row = label.row.map_or(String::new(), |row| format!("change {} ", row + 1));
            let _ = write!(text, "\n  {row}{}", label.what.trim_start());
        }
        let _ = write!(text, "\n  {last:?}");
        text
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("fewer worlds")
}

/// What must not be.
fn fault(world: &World, rules: &Rules) -> Option<&'static str> {
    match world.broken {
        Some(Broken::OlderAfterNewer) => return Some("an older value sent after a newer one"),
        Some(Broken::OlderAgain) => return Some("an older value sent again while a newer one waits"),
        Some(Broken::OldWishAgain) => return Some("an older wish in the place of a newer one"),
        None => {}
    }
    if rules.counts() && world.shown.count.iter().any(|count| *count > 1) {
        return Some("executed twice");
    }
    for (_, row) in world.each() {
        let executed = world.shown.count[usize::from(row.value)] > 0;
        match row.state {
            ChangeState::Accepted if !executed => return Some("accepted and never executed"),
            ChangeState::Rejected if executed && rules.counts() => return Some("rejected and yet executed"),
            _ => {}
        }
    }
    None
}

/// Everything has ended, and where values are set, the platform shows the newest one that was accepted.
fn is_good(world: &World, rules: &Rules) -> bool {
    let ended = world.each().all(|(_, row)| row.state.is_final());
    if rules.counts() || !ended {
        return ended;
    }
    let quiet = world.net.iter().chain(&world.work).all(Option::is_none);
    let newest = world.each().last().filter(|(_, row)| row.state == ChangeState::Accepted);
    quiet && newest.is_none_or(|(_, row)| row.value == world.shown.value)
}
