//! What the tests of several modules share.

pub(crate) mod child;

/// A number from the environment: how large a campaign is, and which one a failure is replayed with.
pub(crate) fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}
