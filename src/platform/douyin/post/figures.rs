//! Figures of a post, day by day (1.8).

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::convert::{self, Measure};
use super::super::routes;
use super::{ask, asked};
use crate::error::Result;
use crate::model::{DayFigures, Figures};
use crate::platform::PostRef;
use crate::platform::ask::given;
use crate::platform::listing::{Facts, Step, known, unreadable};

const DAY: Duration = Duration::from_secs(86_400);
/// Posts older than this have none.
const SHOWN: Duration = Duration::from_secs(30 * 86_400);
/// The spans that all four take, in days.
const SPANS: [u32; 2] = [7, 15];

/// Plays come first: an app that may not ask for them is told so; what it may not ask for beside them is left out.
const MEASURES: [(&str, &str, Measure); 4] = [
    ("plays", routes::PLAYS, Measure::Plays),
    ("likes", routes::LIKES, Measure::Likes),
    ("comments", routes::COMMENTS, Measure::Comments),
    ("shares", routes::SHARES, Measure::Shares),
];

/// What is told of each day.
pub(in crate::platform::douyin) fn figures(
    what: &PostRef<'_>,
    facts: &Facts,
) -> Result<Step<Vec<DayFigures>>> {
    let (id, account) =
        (given(what.platform_post_id, "the post's id")?, given(what.account, "the account's id")?);
    let age = what.now.since(what.published_at);
    if age >= SHOWN {
        return Ok(Step::Done(Vec::new()));
    }
    let [least, most] = SPANS;
    let span = if age < DAY * least { least } else { most };
    let mut days = BTreeMap::<String, Figures>::new();
    for (name, api, measure) in MEASURES {
        let params = asked([("open_id", account.into()), ("item_id", id.into()), ("date_type", span.into())]);
        let question = ask(facts, format!("{name}:{id}"), api, params);
        let is_first = measure == Measure::Plays;
        let answer = known!(if is_first { question } else { question.optional() });
        if answer == "null" {
            continue;
        }
        for (day, count) in convert::days(measure, answer).map_err(unreadable)? {
            measure.put(days.entry(day).or_default(), count);
        }
    }
    let told = days.into_iter().map(|(day, figures)| DayFigures { day, figures, next_day: true });
    Ok(Step::Done(told.collect()))
}
