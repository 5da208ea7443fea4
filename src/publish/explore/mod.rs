//! Every interleaving of two processes, a platform, a bad network, a lagging listing, users and a person, over the
//! machine that the product has: each step of a change is decided by [`super::state`], which `publish/` calls too.
//! Nothing here is random and nothing has a horizon: ages stop growing where they stop to count, so that each world
//! is finite and is looked at as a whole.
//!
//! A process may stall between any two steps, die at any, and give up waiting at any time. A request is lost, late,
//! refused or let in while its signature is fresh; what was let in is executed within a bounded time, and its answer
//! may be lost. A listing lags. A person waits until nothing can arrive any more and looks, before having anything
//! sent again that is neither a value nor has a key.
//!
//! What must never be is in [`search`]: one wish executed twice, accepted and never executed, rejected and yet
//! executed, an older value signed after a newer one was claimed, an older wish put in the place of a newer one; and
//! worlds from which no end can be reached, which for values means that the platform shows the newest accepted one.
//!
//! Each rule of the machine, its store and its people can be taken away ([`Weak`]), in the explored world alone, and
//! must then be missed: that shows that the search sees. The first nine are those of the model that the design of
//! this machine was checked with, in which the module itself sent again after a quiet period; here a person does, so
//! that the quiet period is the person's. The others are what this machine has besides: leases, looks, keys, values.
//!
//! One abstraction: an older value that arrived late is set right at once, where the product makes a change of it,
//! which is a change like those explored.

mod canonical;
mod outside;
mod rules;
mod search;
mod worker;
mod world;

use rules::{Rules, Weak};
use search::explore;

use crate::platform::WriteClass;

/// A product is published: it can be looked for.
const CREATE: Rules = Rules {
    class: WriteClass::LookOnly,
    absolute: false,
    wishes: 1,
    tries: (2, 2),
    resends: 1,
    claims: 2,
    workers: 2,
    kills: 1,
    refusals: true,
    signature: 2,
    weak: None,
};
/// The same, at a platform that refuses nothing: without a rule, the first that goes wrong is a second product.
const CALM: Rules = Rules { refusals: false, ..CREATE };
/// No look of ours shows it.
const BLIND: Rules = Rules { class: WriteClass::AskPerson, ..CREATE };
/// The platform executes each key once.
const KEYED: Rules = Rules { class: WriteClass::RepeatWithKey, claims: 3, ..CREATE };
/// Two wishes that add up.
const SUMS: Rules = Rules { wishes: 2, kills: 0, claims: 1, tries: (1, 2), workers: 1, ..KEYED };
/// A value and a newer one, each sent once, by two processes.
const VALUES: Rules = Rules {
    class: WriteClass::Repeat,
    absolute: true,
    wishes: 2,
    tries: (1, 1),
    resends: 0,
    claims: 1,
    kills: 0,
    refusals: false,
    signature: 1,
    ..CREATE
};
/// The older one is sent again by itself.
const AGAIN: Rules = Rules { workers: 1, tries: (2, 1), ..VALUES };
/// One process after the other.
const REBORN: Rules = Rules { workers: 1, kills: 1, ..VALUES };
/// Two processes, of which one is late with what it knows.
const RACE: Rules = Rules { tries: (2, 1), ..VALUES };
/// A third value.
const THIRD: Rules = Rules { wishes: 3, workers: 1, ..VALUES };

/// The worlds, and fewer states than which would mean that something does not happen in them any more.
const WORLDS: [(&str, Rules, usize); 7] = [
    ("publish, looked for", CREATE, 10_000),
    ("publish, a person looks", BLIND, 10_000),
    ("add, with a key", KEYED, 50_000),
    ("add twice", SUMS, 40_000),
    ("set, two processes", VALUES, 80_000),
    ("set, sent again", AGAIN, 50_000),
    ("set, a process dies", REBORN, 40_000),
];

/// What must be missed, where, and as what.
const MUTATIONS: [(Weak, Rules, &str); 26] = [
    (Weak::RetriesBlindly, CALM, "executed twice"),
    (Weak::RescueRunsAgain, CALM, "executed twice"),
    (Weak::NoIntent, CALM, "executed twice"),
    (Weak::NoQuiet, CALM, "executed twice"),
    (Weak::SignsAtSend, CALM, "executed twice"),
    (Weak::ForgetsLag, CALM, "executed twice"),
    (Weak::ForgetsProcessing, CALM, "executed twice"),
    (Weak::ForgetsClock, CALM, "executed twice"),
    (Weak::PlatformTakesAnyTime, CALM, "executed twice"),
    (Weak::ForgetsLease, CALM, "executed twice"),
    (Weak::SignsAfterItsLease, CALM, "executed twice"),
    (Weak::EmptyLookIsAbsence, CALM, "executed twice"),
    (Weak::ForeignAnswerCounts, BLIND, "rejected and yet executed"),
    (Weak::NoFence, CALM, "executed twice"),
    (Weak::NoUniqueIndex, VALUES, "an older value sent after a newer one"),
    (Weak::IgnoresEvidence, CALM, "executed twice"),
    (Weak::KeyPerAttempt, KEYED, "executed twice"),
    (Weak::KeyOfAnother, SUMS, "accepted and never executed"),
    (Weak::PlatformForgetsKeys, KEYED, "executed twice"),
    (Weak::OlderValueAgain, AGAIN, "an older value sent again"),
    (Weak::LateSuccessEndsIt, RACE, "an older value sent after"),
    (Weak::NoRepair, REBORN, "a dead end"),
    (Weak::RepairsTooShort, REBORN, "a dead end"),
    (Weak::RepairsReplacedOnly, AGAIN, "a dead end"),
    (Weak::RepairsByAgeOnly, VALUES, "a dead end"),
    (Weak::RepairsOutdated, THIRD, "an older wish in the place of a newer one"),
];

#[test]
fn whatever_happens_in_whatever_order_nothing_is_done_twice_and_nothing_is_stuck() {
    for (name, rules, least) in WORLDS {
        let found = explore(rules);
        println!("{name}: {} states", found.states);
        assert_eq!(found.fault, None, "{name}");
        assert!(found.states >= least, "{name}: only {} states", found.states);
    }
}

#[test]
fn each_rule_that_is_taken_away_is_missed() {
    for (weak, rules, what) in MUTATIONS {
        let found = explore(Rules { weak: Some(weak), ..rules });
        let fault = found.fault.unwrap_or_else(|| panic!("without a rule, {weak:?}, nothing goes wrong"));
        println!("{weak:?}: {fault}\n");
        assert!(fault.starts_with(what), "{weak:?}: {fault}");
    }
}
