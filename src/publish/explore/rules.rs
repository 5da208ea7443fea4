//! What kind of world it is, and which rule is missing in it.

use crate::platform::WriteClass;

/// In ticks: how long the platform works on a call at the most, how long its listing may lag, how far our idea of
/// its time may be ahead, and how long a change may be under way.
pub(super) const PROCESSING: u8 = 1;
pub(super) const LAG: u8 = 1;
pub(super) const CLOCK: u8 = 1;
pub(super) const LEASE: u8 = 1;

/// What kind of world it is, and which rule is missing in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) class: WriteClass,
    pub(super) absolute: bool,
    /// Changes that users want, one after the other, of one target.
    pub(super) wishes: u8,
    /// Attempts after which a person has to look: of the first change, and of those behind it.
    pub(super) tries: (u8, u8),
    /// How often a person has it sent again.
    pub(super) resends: u8,
    /// Claims of one change, of those that the machine would allow for ever.
    pub(super) claims: u8,
    /// Processes that work at a time.
    pub(super) workers: usize,
    /// Processes that die.
    pub(super) kills: u8,
    /// Whether the platform refuses and puts off, and users take back what waits.
    pub(super) refusals: bool,
    /// How old a signature the platform takes, in ticks.
    pub(super) signature: u8,
    pub(super) weak: Option<Weak>,
}

/// A rule that is missing; each must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weak {
    RetriesBlindly,
    RescueRunsAgain,
    NoIntent,
    NoQuiet,
    SignsAtSend,
    ForgetsLag,
    ForgetsProcessing,
    ForgetsClock,
    PlatformTakesAnyTime,
    ForgetsLease,
    SignsAfterItsLease,
    EmptyLookIsAbsence,
    ForeignAnswerCounts,
    NoFence,
    NoUniqueIndex,
    IgnoresEvidence,
    KeyPerAttempt,
    KeyOfAnother,
    PlatformForgetsKeys,
    OlderValueAgain,
    LateSuccessEndsIt,
    NoRepair,
    RepairsTooShort,
    RepairsReplacedOnly,
    RepairsByAgeOnly,
    RepairsOutdated,
}

impl Rules {
    pub(super) fn lacks(&self, weak: Weak) -> bool {
        self.weak == Some(weak)
    }

    /// A change of it that was executed twice is two objects.
    pub(super) fn counts(&self) -> bool {
        self.class != WriteClass::Repeat
    }

    /// After this nothing of a claimed change arrives any more, and whoever looks sees what did.
    pub(super) fn quiet(&self) -> u8 {
        LEASE + CLOCK + self.signature + PROCESSING + LAG
    }

    /// How long after its claim a person waits before looking whether it is absent.
    pub(super) fn wait(&self) -> u8 {
        match self.weak {
            Some(Weak::NoQuiet) => 0,
            Some(Weak::ForgetsLag) => self.quiet() - LAG,
            Some(Weak::ForgetsProcessing) => self.quiet() - PROCESSING,
            Some(Weak::ForgetsClock) => self.quiet() - CLOCK,
            Some(Weak::ForgetsLease) => self.quiet() - LEASE,
            _ => self.quiet(),
        }
    }

    /// How long after its claim an older value is watched for.
    pub(super) fn watch(&self) -> u8 {
        if self.lacks(Weak::RepairsTooShort) { self.quiet() - LEASE } else { self.quiet() }
    }
}
