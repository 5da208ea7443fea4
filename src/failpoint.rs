//! Panics that tests plant from outside: `DIANQIAO_PANIC=products.list` makes that place panic. Only in builds
//! with the feature `test-util`; elsewhere nothing is left of it.

/// Panics when this place is the planted one. The variable is read here and now, so that a test can plant one
/// panic after the other in one process; it must not change it while something runs.
#[cfg(feature = "test-util")]
#[expect(clippy::panic, reason = "this is what it is for, and no shipped build has it")]
pub(crate) fn reach(place: &str) {
    if std::env::var("DIANQIAO_PANIC").is_ok_and(|planted| planted == place) {
        panic!("planted-panic-text");
    }
}

/// Does nothing: this build has no places to plant panics.
#[cfg(not(feature = "test-util"))]
pub(crate) const fn reach(_place: &str) {}
