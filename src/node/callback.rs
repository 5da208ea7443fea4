//! The query of an OAuth callback, in whichever form the OA has it at hand.

use url::{Url, form_urlencoded};

use super::checked::{Tree, join, refuse};
use super::fields::expected;
use crate::error::Result;

/// The parameters of `query`: an object of strings, a query string or a full URL.
pub(super) fn parameters(path: &str, query: Tree) -> Result<Vec<(String, String)>> {
    match query {
        Tree::Text(text) => from_text(path, &text),
        Tree::Map(fields) => fields.into_iter().map(|(key, value)| pair(path, key, value)).collect(),
        other => Err(expected(path, "an object of strings, a query string or a URL", &other)),
    }
}

fn pair(path: &str, key: String, value: Tree) -> Result<(String, String)> {
    match value {
        Tree::Text(mut text) => Ok((key, std::mem::take(&mut *text))),
        // Express gives an array when a name comes twice; taking either would be a guess.
        other => Err(expected(&join(path, &key), "a string that comes once", &other)),
    }
}

fn from_text(path: &str, text: &str) -> Result<Vec<(String, String)>> {
    if text.starts_with("https://") || text.starts_with("http://") {
        let url = Url::parse(text).map_err(|_| refuse(path, "is not a URL"))?;
        return Ok(url.query_pairs().into_owned().collect());
    }
    // A path with a query, as `req.url` is, or the bare query.
    let has_path = text.starts_with('/') || text.starts_with('?');
    let query = if has_path { text.split_once('?').map_or("", |(_, query)| query) } else { text };
    Ok(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}
