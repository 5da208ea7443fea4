//! The machine of a change, pure: which state follows which, and why. Drawn in `docs/send-states.md`,
//! enforced a second time by the schema.

use crate::model::{ChangeState, Evidence, Resolution};
use crate::platform::WriteClass;

use ChangeState::{
    Accepted, Cancelled, Expired, Intent, NeedsHuman, Queued, Rejected, RetryWait, Superseded, Unknown,
};

/// Something that happens to a change.
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "`Lost` and `Expire` are done to many rows at once, in the store; the machine is whole"
    )
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A driver takes it for one attempt.
    Claim,
    /// The attempt ended.
    Answered(Outcome),
    /// Who sent it died or took too long.
    Lost,
    /// The platform was looked at.
    Seen(Sight),
    /// Somebody wants something newer of the same target.
    Replace,
    /// Somebody takes it back.
    Cancel,
    /// It waited for too long.
    Expire,
    /// A person decided.
    Resolve(Resolution),
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The platform did it.
    Done,
    /// The platform did it before, with the same key.
    DoneBefore,
    /// Surely not done, and trying again would not help.
    Refused,
    /// Surely not done, for a passing reason.
    Later,
    /// Perhaps done.
    Unsure,
}

/// What the platform shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// What is wanted.
    Wanted,
    /// Something else: it was not done, or not yet, or changed again.
    Other,
    /// Something that excludes what is wanted, such as another parcel.
    Contradiction,
}

/// What else counts for the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guards {
    /// What may follow an unknown outcome.
    pub(crate) class: WriteClass,
    /// It says how things should be, whatever they are.
    pub(crate) absolute: bool,
    /// An earlier attempt may have been executed.
    pub(crate) unsure: bool,
    /// Another change of the same target waits.
    pub(crate) another_waits: bool,
    /// It may be looked at or sent again; otherwise a person has to decide.
    pub(crate) tries_left: bool,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It stays as it is.
    Stay,
    /// It goes on, and for `accepted` the evidence.
    To(ChangeState, Option<Evidence>),
}

/// The event makes no sense in that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Illegal;

/// What an event does to a change.
pub(crate) fn transition(state: ChangeState, event: Event, guards: &Guards) -> Result<Step, Illegal> {
    match (state, event) {
        (_, Event::Answered(outcome)) => answered(state, outcome, guards),
        (Queued | RetryWait, Event::Claim) => to(Intent),
        (Unknown, Event::Claim) => again(guards),
        (Intent, Event::Lost) => to(Unknown),
        (Unknown, Event::Seen(sight)) => Ok(seen(sight, guards)),
        // Whatever it waited for: what the platform shows counts.
        (NeedsHuman, Event::Seen(Sight::Wanted)) => accepted(Evidence::ReadBack),
        (NeedsHuman, Event::Seen(_)) => Ok(Step::Stay),
        (Queued | RetryWait, Event::Replace) => to(Superseded),
        (Unknown | NeedsHuman, Event::Replace) if guards.absolute => to(Superseded),
        (Queued | RetryWait, Event::Cancel) => to(Cancelled),
        (Queued | RetryWait, Event::Expire) => to(Expired),
        (NeedsHuman, Event::Resolve(Resolution::Accepted)) => accepted(Evidence::Person),
        (NeedsHuman, Event::Resolve(Resolution::Drop)) => to(Cancelled),
        (NeedsHuman, Event::Resolve(Resolution::SendAgain)) if !guards.another_waits => to(Queued),
        _ => Err(Illegal),
    }
}

/// Positive evidence always counts, however late it comes; the rest counts only for the attempt that is
/// under way.
fn answered(state: ChangeState, outcome: Outcome, guards: &Guards) -> Result<Step, Illegal> {
    match (state, outcome) {
        (Intent | Unknown | NeedsHuman, Outcome::Done) => accepted(Evidence::Answer),
        (Intent, Outcome::DoneBefore) if guards.unsure => accepted(Evidence::Answer),
        (Intent, Outcome::Unsure) => to(Unknown),
        // This attempt was not executed, but an earlier one may have been.
        (Intent, _) if guards.unsure => to(Unknown),
        (Intent, Outcome::Refused | Outcome::DoneBefore) => to(Rejected),
        (Intent, Outcome::Later) if !guards.another_waits => to(RetryWait),
        (Intent, Outcome::Later) if guards.absolute => to(Superseded),
        // Its place is taken; surely not executed, so the caller may try again.
        (Intent, Outcome::Later) => to(Rejected),
        (Queued | RetryWait, _) => Err(Illegal),
        _ => Ok(Step::Stay),
    }
}

/// Whether the end of an attempt says anything of the change once somebody else has taken it over. A refusal or
/// silence does not: it is about the old attempt. A success does, unless a newer attempt sets the same value just
/// now: a change that ended meanwhile would let a newer value go out before that attempt does.
pub(crate) fn counts(state: ChangeState, outcome: Outcome, still_ours: bool, absolute: bool) -> bool {
    still_ours || outcome == Outcome::Done && !(absolute && state == Intent)
}

/// Whether some attempt may have been executed, or may still be, once the event has led there. A person who says
/// "send it again" has looked; but of what has a key, or sets a value, the look says less than the platform knows.
pub(crate) fn unsure_after(event: Event, to: ChangeState, unsure: bool, repeats: bool) -> bool {
    match (event, to) {
        (_, Unknown) => true,
        (Event::Resolve(Resolution::SendAgain), _) => unsure && repeats,
        _ => unsure,
    }
}

/// Whether an unknown change may be sent again.
fn again(guards: &Guards) -> Result<Step, Illegal> {
    match guards.class {
        WriteClass::Repeat if !guards.another_waits && guards.tries_left => to(Intent),
        WriteClass::RepeatWithKey | WriteClass::Resume if guards.tries_left => to(Intent),
        _ => Err(Illegal),
    }
}

fn seen(sight: Sight, guards: &Guards) -> Step {
    match sight {
        Sight::Wanted if guards.class != WriteClass::RepeatWithKey => {
            Step::To(Accepted, Some(Evidence::ReadBack))
        }
        Sight::Contradiction => Step::To(NeedsHuman, None),
        Sight::Other | Sight::Wanted if guards.absolute && guards.another_waits => Step::To(Superseded, None),
        Sight::Other | Sight::Wanted if guards.class == WriteClass::AskPerson || !guards.tries_left => {
            Step::To(NeedsHuman, None)
        }
        Sight::Other | Sight::Wanted => Step::Stay,
    }
}

const fn to(state: ChangeState) -> Result<Step, Illegal> {
    Ok(Step::To(state, None))
}

const fn accepted(evidence: Evidence) -> Result<Step, Illegal> {
    Ok(Step::To(Accepted, Some(evidence)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tests::{steps_drawn, steps_named};

    const EVENTS: [Event; 18] = [
        Event::Claim,
        Event::Answered(Outcome::Done),
        Event::Answered(Outcome::DoneBefore),
        Event::Answered(Outcome::Refused),
        Event::Answered(Outcome::Later),
        Event::Answered(Outcome::Unsure),
        Event::Lost,
        Event::Seen(Sight::Wanted),
        Event::Seen(Sight::Other),
        Event::Seen(Sight::Contradiction),
        Event::Replace,
        Event::Cancel,
        Event::Expire,
        Event::Resolve(Resolution::Accepted),
        Event::Resolve(Resolution::SendAgain),
        Event::Resolve(Resolution::Drop),
        Event::Claim,
        Event::Lost,
    ];

    /// Every guard that can be.
    fn guards() -> Vec<Guards> {
        let mut all = Vec::new();
        for class in [
            WriteClass::Repeat,
            WriteClass::RepeatWithKey,
            WriteClass::Resume,
            WriteClass::LookOnly,
            WriteClass::AskPerson,
        ] {
            for bits in 0..16 {
                let bit = |n: u32| bits & (1 << n) != 0;
                let sets = !matches!(class, WriteClass::RepeatWithKey | WriteClass::Resume);
                let absolute = bit(0) && sets;
                all.push(Guards {
                    class,
                    absolute,
                    unsure: bit(1),
                    another_waits: bit(2),
                    tries_left: bit(3),
                });
            }
        }
        all
    }

    /// Every step that some event and guard lead to.
    fn steps() -> Vec<(ChangeState, Event, Guards, ChangeState, Option<Evidence>)> {
        let mut all = Vec::new();
        for &from in ChangeState::ALL {
            for event in EVENTS {
                for guard in guards() {
                    if let Ok(Step::To(to, evidence)) = transition(from, event, &guard) {
                        all.push((from, event, guard, to, evidence));
                    }
                }
            }
        }
        all
    }

    fn pairs() -> BTreeSet<String> {
        steps().into_iter().map(|(from, _, _, to, _)| format!("{from}>{to}")).collect()
    }

    #[test]
    fn the_code_the_drawing_and_the_schema_know_the_same_steps() {
        let drawing = include_str!("../../docs/send-states.md");
        assert_eq!(steps_drawn(drawing), pairs(), "docs/send-states.md");
        let schema = include_str!("../store/migrations/0007_listings.sql");
        assert_eq!(steps_named(schema, '\''), pairs(), "0007_listings.sql");
    }

    #[test]
    fn what_has_ended_never_moves() {
        assert!(steps().iter().all(|(from, ..)| !from.is_final()));
    }

    #[test]
    fn only_what_may_be_repeated_is_sent_again_from_unknown() {
        for (from, _, guard, to, _) in steps() {
            if from == Unknown && to == Intent {
                let repeats = [WriteClass::Repeat, WriteClass::RepeatWithKey, WriteClass::Resume];
                assert!(repeats.contains(&guard.class), "{guard:?}");
                assert!(guard.class != WriteClass::Repeat || !guard.another_waits, "a newer value waits");
            }
        }
    }

    #[test]
    fn unknown_is_left_by_evidence_or_repetition_only_and_never_by_a_refusal_or_time() {
        for (from, event, ..) in steps() {
            if from == Unknown {
                let fine = matches!(
                    event,
                    Event::Claim | Event::Seen(_) | Event::Replace | Event::Answered(Outcome::Done)
                );
                assert!(fine, "{event:?}");
            }
        }
    }

    #[test]
    fn a_change_is_rejected_only_when_no_attempt_can_have_been_executed() {
        for (_, event, guard, to, _) in steps() {
            if matches!(to, Rejected | RetryWait) {
                assert!(!guard.unsure, "{event:?} {guard:?}");
            }
        }
    }

    #[test]
    fn accepted_always_has_evidence_and_nothing_else_has() {
        for (_, event, _, to, evidence) in steps() {
            assert_eq!(to == Accepted, evidence.is_some(), "{event:?}");
        }
    }

    #[test]
    fn what_adds_up_is_never_dropped_for_a_newer_one_once_it_may_be_done() {
        for (from, _, guard, to, _) in steps() {
            if to == Superseded && matches!(from, Intent | Unknown | NeedsHuman) {
                assert!(guard.absolute, "{from} {guard:?}");
            }
        }
    }
}
