//! Figures of a post by day (1.8). Each comes from a call of its own.

use super::super::wire::Day;
use crate::model::Figures;
use crate::platform::DecodeError;
use crate::platform::lenient::{Field, Members, items, text};

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::platform::douyin) enum Measure {
    Plays,
    Likes,
    Comments,
    Shares,
}

impl Measure {
    const fn of<'a>(self, day: &Day<'a>) -> Field<'a> {
        match self {
            Self::Plays => day.play,
            Self::Likes => day.like,
            Self::Comments => day.comment,
            Self::Shares => day.share,
        }
    }

    /// Writes it among the others of its day.
    pub(in crate::platform::douyin) const fn put(self, figures: &mut Figures, count: i64) {
        match self {
            Self::Plays => figures.plays = Some(count),
            Self::Likes => figures.likes = Some(count),
            Self::Comments => figures.comments = Some(count),
            Self::Shares => figures.shares = Some(count),
        }
    }
}

/// Reads `data` of one measure: days and counts. A day without a count is not told.
pub(in crate::platform::douyin) fn days(
    measure: Measure,
    answer: &str,
) -> Result<Vec<(String, i64)>, DecodeError> {
    let wrong = || DecodeError::new("data.result_list", "an array");
    let members = Members::of_body(answer.as_bytes()).ok_or_else(wrong)?;
    let list = members.get("result_list").map_or_else(|| Some(Vec::new()), items).ok_or_else(wrong)?;
    let read: Result<Vec<_>, DecodeError> = list.into_iter().map(|raw| day(measure, &text(raw)?)).collect();
    Ok(read?.into_iter().flatten().collect())
}

fn day(measure: Measure, text: &str) -> Result<Option<(String, i64)>, DecodeError> {
    let wire = Day::read(text)?;
    let date = wire.date.text()?.filter(|date| is_date(date));
    let date = date.ok_or_else(|| wire.date.wrong("a day as 2026-11-27"))?;
    Ok(measure.of(&wire).int()?.map(|count| (date, count)))
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
