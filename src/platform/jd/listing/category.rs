//! Where a category stands: a ware names its category of the third level and its leaf (9.1).

use std::time::Duration;

use serde_json::json;

use super::super::convert;
use super::ask;
use crate::error::{Error, Result};
use crate::model::Category;
use crate::platform::DecodeError;
use crate::platform::ask::number;
use crate::platform::lenient::{Members, text};
use crate::platform::listing::{Facts, Step, known, unreadable};

const BY_ID: &str = "jingdong.category.read.findById";
const THIRD: u32 = 3;
/// A tree deeper than this is none.
const DEEPEST: u32 = 10;
/// The tree hardly moves.
const TREE_HOLDS: Duration = Duration::from_secs(86_400);

/// The category of the third level that `leaf` is, or stands below.
pub(super) fn of_third_level(leaf: &str, facts: &Facts) -> Result<Step<Category>> {
    let mut category = known!(by_id(leaf, facts)?);
    for _ in 0..DEEPEST {
        match (category.level, category.parent_id.clone()) {
            (Some(THIRD), _) => return Ok(Step::Done(category)),
            (Some(level), Some(parent)) if level > THIRD => category = known!(by_id(&parent, facts)?),
            (Some(level), _) if level < THIRD => {
                return Err(Error::invalid(format!(
                    "`categoryId` {leaf} is of level {level}: give a leaf of the third level or below"
                )));
            }
            _ => break,
        }
    }
    Err(unreadable(DecodeError::new("category.lev", "a level of 3, or a parent")))
}

fn by_id(id: &str, facts: &Facts) -> Result<Step<Category>> {
    let id = number(id, "`categoryId`")?;
    let answer = known!(ask(facts, format!("category:{id}"), BY_ID, &json!({"cid": id}), Some(TREE_HOLDS)));
    let answer = Members::of_body(answer.as_bytes()).and_then(|answer| answer.get("category"));
    let Some(raw) = answer else {
        return Err(Error::invalid(format!("`categoryId` {id} is no category of the platform")));
    };
    let category = text(raw).and_then(|text| convert::category(&text)).map_err(unreadable)?;
    Ok(Step::Done(category))
}
