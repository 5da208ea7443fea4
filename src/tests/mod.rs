//! What the tests of several modules share.

pub(crate) mod child;

use std::collections::BTreeSet;

/// The steps `from>to` that a text names between such quotation marks: of states in lower case.
pub(crate) fn steps_named(text: &str, quote: char) -> BTreeSet<String> {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_step = |word: &&str| word.split_once('>').is_some_and(|(from, to)| is_word(from) && is_word(to));
    text.split(quote).skip(1).step_by(2).filter(is_step).map(str::to_owned).collect()
}

/// The steps that a drawing's table names.
pub(crate) fn steps_drawn(drawing: &str) -> BTreeSet<String> {
    let rows: Vec<_> = drawing.lines().filter(|line| line.starts_with("| `")).collect();
    steps_named(&rows.join("\n"), '`')
}

/// A number from the environment: how large a campaign is, and which one a failure is replayed with.
pub(crate) fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}
