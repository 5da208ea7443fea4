//! Places at which a test can make the process die, as a power cut would. Empty in what ships.

/// Before a change is claimed.
pub(super) const BEFORE_INTENT: &str = "before-intent";
/// The claim is on the disk, nothing is sent.
pub(super) const AFTER_INTENT: &str = "after-intent";
/// The platform has answered, nothing of it is on the disk.
pub(super) const AFTER_SEND: &str = "after-send";
/// The result is on the disk, nobody knows it.
pub(super) const AFTER_RESULT: &str = "after-result";

#[cfg(any(test, feature = "test-util"))]
pub(super) fn reach(point: &str) {
    if std::env::var("DIANQIAO_FAILPOINT").is_ok_and(|wanted| wanted == point) {
        std::process::abort();
    }
}

#[cfg(not(any(test, feature = "test-util")))]
pub(super) const fn reach(_: &str) {}
