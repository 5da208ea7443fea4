//! Where a list that is read straight from the platform goes on: pure, and text that is opaque to callers.

use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{PageRequest, UtcMillis};
use crate::platform::{MarketPage, PageOrder, Turn, WindowRules};
use crate::store::{CURSOR_CHECK, check_of, limit_or};

/// What is asked next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Of which list, where several make up the whole.
    pub(crate) section: u8,
    /// The beginning of the window; the rest of the time that was asked for follows it.
    pub(crate) from: UtcMillis,
    /// The end of the time that was asked for.
    pub(crate) to: UtcMillis,
    /// Which page; absent where the last one has to be found first.
    pub(crate) page: Option<u32>,
    /// Records a page, the same on every page.
    pub(crate) size: u32,
    /// What the platform gave to go on with.
    pub(crate) cursor: Option<String>,
}

impl Place {
    /// The beginning of a list without windows.
    pub(crate) fn first(size: u32) -> Self {
        Self { section: 0, from: UtcMillis(0), to: UtcMillis(0), page: Some(0), size, cursor: None }
    }

    /// The beginning of the orders of a time.
    pub(crate) fn first_window(from: UtcMillis, to: UtcMillis, size: u32, rules: &WindowRules) -> Self {
        Self { section: 0, from, to, page: first_page(rules), size, cursor: None }
    }

    /// What the adapter is asked; the first page where the last one has to be found.
    pub(crate) fn turn(&self) -> Turn<'_> {
        Turn {
            section: self.section,
            page: self.page.unwrap_or(0),
            size: self.size,
            cursor: self.cursor.as_deref(),
        }
    }

    /// The place after a page of a list that is read forward; none at the end of its section.
    ///
    /// # Errors
    /// `TRANSIENT` when the platform counts records and shows none.
    pub(crate) fn after<T>(&self, read: &MarketPage<T>) -> Result<Option<Self>> {
        let page = self.page.unwrap_or(0);
        let size = u64::from(self.size);
        let counted = read.total.map(|total| total > (u64::from(page) + 1) * size);
        if read.records.is_empty() {
            return match read.total {
                Some(total) if total > u64::from(page) * size => Err(nothing_shown()),
                _ => Ok(None),
            };
        }
        let is_full = u64::try_from(read.records.len()).is_ok_and(|count| count >= size);
        let more = read.more.or(counted).unwrap_or(is_full);
        Ok(more.then(|| Self {
            page: Some(page.saturating_add(1)),
            cursor: read.cursor.clone(),
            ..self.clone()
        }))
    }

    /// The last page of a window that is read backward, from the count that its first page gave.
    pub(crate) fn last_page(&self, total: u64) -> u32 {
        let pages = total.div_ceil(u64::from(self.size.max(1)));
        u32::try_from(pages.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The page before, in a window that is read backward; none after its first page.
    pub(crate) fn before(&self) -> Option<Self> {
        let page = self.page?.checked_sub(1)?;
        Some(Self { page: Some(page), ..self.clone() })
    }

    /// The next of the lists that make up the whole.
    pub(crate) fn next_section(&self, sections: u8) -> Option<Self> {
        let section = self.section.checked_add(1).filter(|section| *section < sections)?;
        Some(Self { section, ..Self::first(self.size) })
    }

    /// Where the window ends.
    pub(crate) fn window_end(&self, rules: &WindowRules) -> UtcMillis {
        self.from.plus(rules.max_window).min(self.to)
    }

    /// The window after this one; none at the end of the time that was asked for.
    pub(crate) fn next_window(&self, rules: &WindowRules) -> Option<Self> {
        let end = self.window_end(rules);
        (end < self.to).then(|| Self::first_window(end, self.to, self.size, rules))
    }

    /// The place as text, good for this list only.
    pub(crate) fn text(&self, list: &str) -> String {
        let page = self.page.map_or(String::new(), |page| page.to_string());
        let cursor = self.cursor.as_deref().unwrap_or_default();
        let Self { section, from, to, size, .. } = self;
        let body = format!("{section},{},{},{page},{size},{cursor}", from.0, to.0);
        hex::encode([&check_of(body.as_bytes(), list)[..], body.as_bytes()].concat())
    }

    /// The place of a request for a list; none for its beginning.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the cursor is not one that this list gave.
    pub(crate) fn of(request: &PageRequest, list: &str) -> Result<Option<Self>> {
        let Some(text) = &request.cursor else { return Ok(None) };
        decode(text, list).map(Some).ok_or_else(|| {
            Error::invalid(
                "the cursor is not one this list returned; pass nextCursor and the other options unchanged",
            )
        })
    }
}

/// How many records a page is asked to hold: what the request says, and no more than the platform takes.
///
/// # Errors
/// `INVALID_REQUEST` for a limit that is out of range.
pub(crate) fn size_of(request: &PageRequest, default: u32, most: u32) -> Result<u32> {
    limit_or(request, default).map(|limit| limit.min(most))
}

fn first_page(rules: &WindowRules) -> Option<u32> {
    match rules.order {
        PageOrder::Ascending => Some(0),
        PageOrder::LastPageFirst => None,
    }
}

fn nothing_shown() -> Error {
    Error::new(ErrorKind::Transient, "the platform counts records and shows none: ask again")
        .with_retry(Retry::Backoff)
}

fn decode(text: &str, list: &str) -> Option<Place> {
    let bytes = hex::decode(text).ok()?;
    let (check, body) = bytes.split_at_checked(CURSOR_CHECK)?;
    if check != check_of(body, list) {
        return None;
    }
    let body = std::str::from_utf8(body).ok()?;
    let mut parts = body.splitn(6, ',');
    let mut part = || parts.next();
    let (section, from, to, page, size, cursor) = (part()?, part()?, part()?, part()?, part()?, part()?);
    Some(Place {
        section: section.parse().ok()?,
        from: UtcMillis(from.parse().ok()?),
        to: UtcMillis(to.parse().ok()?),
        page: if page.is_empty() { None } else { Some(page.parse().ok()?) },
        size: size.parse().ok()?,
        cursor: (!cursor.is_empty()).then(|| cursor.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RULES: WindowRules = WindowRules {
        order: PageOrder::LastPageFirst,
        page_size: 50,
        max_records: None,
        max_window: Duration::from_secs(60),
        lag: Duration::ZERO,
        overlap: Duration::ZERO,
        sections: 1,
        history: None,
    };

    fn page(records: usize, total: Option<u64>, more: Option<bool>) -> MarketPage<u8> {
        MarketPage { records: vec![Ok(0); records], total, more, cursor: Some("a,b".into()) }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was_and_only_to_its_own_list() {
        let first = Place::first_window(UtcMillis(-5), UtcMillis(i64::MAX), 50, &RULES);
        let later = Place { section: 1, page: Some(7), cursor: Some("x,茶.1".into()), ..first.clone() };
        for place in [first, later] {
            let request = |text: String| PageRequest { limit: Some(3), cursor: Some(text) };
            let text = place.text("orders of app 1");
            assert_eq!(Place::of(&request(text.clone()), "orders of app 1").unwrap(), Some(place));
            assert!(Place::of(&request(text.clone()), "orders of app 2").is_err());
            for forged in [String::new(), "00".into(), "é".into(), text.replace('0', "1"), text[2..].into()]
            {
                let error = Place::of(&request(forged), "orders of app 1").unwrap_err();
                assert_eq!(error.code(), "INVALID_REQUEST");
            }
        }
    }

    #[test]
    fn a_list_ends_where_the_platform_says_so_or_a_page_is_not_full() {
        let place = Place { page: Some(1), ..Place::first(10) };
        let goes_on = |page| place.after(&page).unwrap().is_some();
        assert!(goes_on(page(10, Some(21), None)));
        assert!(!goes_on(page(10, Some(20), None)));
        assert!(goes_on(page(3, Some(20), Some(true))), "its word counts more than its count");
        assert!(!goes_on(page(10, None, Some(false))));
        assert!(goes_on(page(10, None, None)));
        assert!(!goes_on(page(9, None, None)));
        assert!(!goes_on(page(0, Some(10), Some(true))), "an empty page ends a list");
        let next = place.after(&page(10, None, None)).unwrap().unwrap();
        assert_eq!((next.page, next.cursor.as_deref()), (Some(2), Some("a,b")));
    }

    #[test]
    fn an_empty_page_against_the_count_is_no_end() {
        let place = Place { page: Some(1), ..Place::first(10) };
        let error = place.after(&page(0, Some(11), None)).unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Transient, Retry::Backoff));
    }

    #[test]
    fn sections_follow_each_other() {
        let place = Place { page: Some(4), cursor: Some("c".into()), ..Place::first(10) };
        let next = place.next_section(2).unwrap();
        assert_eq!(next, Place { section: 1, ..Place::first(10) });
        assert_eq!(next.next_section(2), None);
    }

    #[test]
    fn windows_cover_the_time_and_are_read_from_their_last_page() {
        let mut place = Place::first_window(UtcMillis(0), UtcMillis(150_000), 10, &RULES);
        let mut windows = Vec::new();
        loop {
            assert_eq!(place.page, None, "the last page has to be found");
            windows.push((place.from.0, place.window_end(&RULES).0));
            match place.next_window(&RULES) {
                Some(next) => place = next,
                None => break,
            }
        }
        assert_eq!(windows, [(0, 60_000), (60_000, 120_000), (120_000, 150_000)]);
        assert_eq!([0, 1, 10, 11, 21].map(|total| place.last_page(total)), [0, 0, 0, 1, 2]);
        let last = Place { page: Some(1), ..place };
        assert_eq!(last.before().unwrap().page, Some(0));
        assert_eq!(last.before().unwrap().before(), None);
    }

    #[test]
    fn a_limit_is_from_1_to_500_and_no_more_than_the_platform_takes() {
        let size = |limit| size_of(&PageRequest { limit, cursor: None }, 50, 100);
        assert_eq!([None, Some(1), Some(500)].map(|limit| size(limit).unwrap()), [50, 1, 100]);
        assert!(size(Some(0)).is_err() && size(Some(501)).is_err());
    }
}
