//! The description: HTML for the web and for phones (9.1).

use super::fields::Given;
use crate::error::{Error, Result};
use crate::model::ListingDraft;

/// Characters of each description.
const LONGEST: usize = 100_000;

/// What stands on the web, and what on phones: the draft's own HTML, or a page of its text and its images.
pub(super) fn descriptions(draft: &ListingDraft, given: &Given) -> Result<[(&'static str, String); 2]> {
    let page = match given.text("introduction") {
        Some(own) => own,
        None => page(draft)?,
    };
    let mobile = given.text("mobileDesc").unwrap_or_else(|| page.clone());
    if page.is_empty() {
        return Err(Error::invalid(
            "the platform wants a description: give `description`, `detailImages` or `attributes.introduction`",
        ));
    }
    for (name, text) in [("description", &page), ("attributes.mobileDesc", &mobile)] {
        if text.chars().count() > LONGEST {
            return Err(Error::invalid(format!("`{name}` is longer than {LONGEST} characters as HTML")));
        }
    }
    Ok([("introduction", page), ("mobileDesc", mobile)])
}

fn page(draft: &ListingDraft) -> Result<String> {
    let words = draft.description.as_deref().map(str::trim).filter(|words| !words.is_empty());
    let mut page = String::new();
    for line in words.into_iter().flat_map(str::lines) {
        page += &format!("<p>{}</p>", escaped(line));
    }
    for image in &draft.detail_images {
        page += &format!("<img src=\"{}\"/>", escaped(image.address()?));
    }
    Ok(page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
