//! What platforms say, made fit for errors, which are logged and shown, and the tables of what it means.

use super::{Fault, Verdict};

/// How much of the platform's own words goes into an error.
const MESSAGE_CAP: usize = 200;
/// Letters and digits in a row that are no word, number or date any more but a token.
const TOKEN_RUN: usize = 32;

/// One row of a platform's table: what it matches, what that means, and what to do where the platform's words do not
/// say it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<K> {
    pub(super) key: K,
    pub(super) verdict: Verdict,
    pub(super) advice: &'static str,
}

/// A row, in one line of its table.
pub(super) const fn row<K: Copy>(key: K, verdict: Verdict, advice: &'static str) -> Row<K> {
    Row { key, verdict, advice }
}

/// The fault that a row tells of; without one nobody knows what the code means.
pub(super) fn fault<K>(found: Option<&Row<K>>, code: String, said: Option<&str>) -> Fault {
    let (verdict, advice) = found.map_or((Verdict::Unknown, ""), |row| (row.verdict, row.advice));
    Fault::new(verdict, code, message(advice, said))
}

/// A code as errors show it, with the finer one behind it where there is one.
pub(super) fn full_code(code: &str, sub_code: Option<&str>) -> String {
    sub_code.map_or_else(|| code.to_owned(), |sub| format!("{code}/{}", clean(sub, 100)))
}

/// Whether this is an id of a request. It is longer than what is scrubbed from messages, and support asks for all of
/// it.
pub(super) fn is_request_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What to do, and what the platform says.
pub(super) fn message(advice: &str, said: Option<&str>) -> String {
    let said = said.map(|said| clean(said, MESSAGE_CAP)).filter(|said| !said.is_empty());
    let whole = match (advice, said) {
        ("", None) => "the platform gave no reason".to_owned(),
        ("", Some(said)) => said,
        (advice, None) => advice.to_owned(),
        (advice, Some(said)) => format!("{advice} (the platform says: {said})"),
    };
    whole.chars().take(MESSAGE_CAP).collect()
}

/// The platform's words without control characters and without what may be a token or a phone number:
/// platforms repeat what they refuse, and errors are logged.
pub(super) fn clean(text: &str, cap: usize) -> String {
    let printable: String = text.chars().filter(|char| !char.is_control()).take(4 * cap).collect();
    let mut out = String::new();
    let mut rest = printable.as_str();
    while let Some(char) = rest.chars().next() {
        let run = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '-' && char != '_');
        let length = run.unwrap_or(rest.len()).max(char.len_utf8());
        let (word, after) = rest.split_at(length);
        let is_phone = word.len() == 11 && word.starts_with('1') && word.bytes().all(|b| b.is_ascii_digit());
        out.push_str(if word.len() >= TOKEN_RUN || is_phone { "***" } else { word });
        rest = after;
    }
    out.chars().take(cap).collect()
}
