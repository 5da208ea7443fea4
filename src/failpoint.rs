//! Places at which tests make this process panic or die: `DIANQIAO_PANIC=products.list` and
//! `DIANQIAO_FAILPOINT=after-send`. Only in builds for tests; elsewhere nothing is left of it.
//!
//! The variables are read when a place is reached, so that a test can plant one after the other in one
//! process; it must not change them while something runs.

#[cfg(any(test, feature = "test-util"))]
fn is_planted(variable: &str, place: &str) -> bool {
    std::env::var(variable).is_ok_and(|planted| planted == place)
}

/// Panics when this place is the planted one.
#[cfg(any(test, feature = "test-util"))]
#[expect(clippy::panic, reason = "this is what it is for, and no shipped build has it")]
pub(crate) fn reach(place: &str) {
    if is_planted("DIANQIAO_PANIC", place) {
        panic!("planted-panic-text");
    }
}

/// Ends the process as a power cut would when this place is the planted one: nothing is tidied up.
#[cfg(any(test, feature = "test-util"))]
pub(crate) fn die_at(place: &str) {
    if is_planted("DIANQIAO_FAILPOINT", place) {
        std::process::abort();
    }
}

/// As [`die_at`], at a step of the calls of one method: `DIANQIAO_FAILPOINT=signed:/item/create/`.
#[cfg(any(test, feature = "test-util"))]
pub(crate) fn die_in_call(step: &str, api: &str) {
    die_at(&format!("{step}:{api}"));
}

/// Does nothing: this build has no places to plant panics.
#[cfg(not(any(test, feature = "test-util")))]
pub(crate) const fn reach(_place: &str) {}

/// Does nothing: this build has no places to die at.
#[cfg(not(any(test, feature = "test-util")))]
pub(crate) const fn die_at(_place: &str) {}

/// Does nothing: this build has no places to die at.
#[cfg(not(any(test, feature = "test-util")))]
pub(crate) const fn die_in_call(_step: &str, _api: &str) {}
