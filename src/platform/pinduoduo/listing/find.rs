//! Looking for a product by the merchant's own id (9.2, 9.5). The lists are read in the direction in which a product
//! moves through them (draft, review, then refused or in the shop), so that one that moves meanwhile is met all the
//! same.

use std::time::Duration;

use serde_json::{Value, json};

use super::submit::searchable;
use super::wire::{Commit, CommitDetail, CommitPage, Goods, GoodsPage, Listed, ListedSku};
use super::{Stop, answer, read, step};
use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;
use crate::platform::ask::number;
use crate::platform::lenient::Field;
use crate::platform::{DecodeError, Facts, LookUp, Published, Step};

const PAGE_SIZE: u32 = 100;
/// The platform shows no page behind this one (9.5).
const MOST_PAGES: u32 = 100;
/// Drafts, what is in review, what was refused. What was approved is in the shop's own list.
const STATES: [u32; 3] = [0, 1, 3];
/// How much the platform's clock may be behind the one that `since` is from.
const SLACK: Duration = Duration::from_secs(5 * 60);

pub(in crate::platform::pinduoduo) fn plan(
    what: &LookUp<'_>,
    facts: &Facts,
) -> Result<Step<Option<Published>>> {
    step(newest(what, facts))
}

/// A product that a list shows.
struct Seen {
    product: String,
    review: Option<String>,
    at: Option<UtcMillis>,
    outer: Outer,
}

/// What a list says of the merchant's own id.
enum Outer {
    Is(Option<String>),
    /// Pages of the document disagree about whether the list carries it.
    Unsaid,
}

fn newest(what: &LookUp<'_>, facts: &Facts) -> Result<Option<Published>, Stop> {
    searchable(what.outer_id)?;
    let mut seen = Vec::new();
    for state in STATES {
        let ask = |page| json!({"check_status": state, "page": page, "page_size": PAGE_SIZE});
        let list =
            List { topic: format!("commits:{state}"), api: "pdd.goods.commit.list.get", read: commits };
        seen.extend(list.all(ask, facts)?);
    }
    let ask = |page| json!({"outer_goods_id": what.outer_id, "page": page, "page_size": PAGE_SIZE});
    let list = List { topic: "goods".to_owned(), api: "pdd.goods.list.get", read: goods };
    seen.extend(list.all(ask, facts)?);
    let since = what.since.minus(SLACK);
    let mut ours = Vec::new();
    for one in seen.into_iter().filter(|one| one.at.is_none_or(|at| at >= since)) {
        if one.outer(facts)?.as_deref() == Some(what.outer_id) {
            ours.push(one);
        }
    }
    Ok(ours.iter().max_by_key(|one| one.at).map(|newest| Published {
        platform_product_id: newest.product.clone(),
        review_id: ours.iter().find_map(|one| one.review.clone().filter(|_| one.product == newest.product)),
    }))
}

/// A page of a list, and how many products the whole list has, where it says so.
struct Page {
    seen: Vec<Seen>,
    total: Option<i64>,
}

/// A list that is read page by page.
struct List {
    topic: String,
    api: &'static str,
    read: fn(&str) -> Result<Page, DecodeError>,
}

impl List {
    fn all(&self, ask: impl Fn(u32) -> Value, facts: &Facts) -> Result<Vec<Seen>, Stop> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let text = answer(facts, format!("{}:{page}", self.topic), self.api, &ask(page), None)?;
            let Page { seen, total } = read("a list of products", (self.read)(text))?;
            let count = u32::try_from(seen.len()).unwrap_or(u32::MAX);
            let has_more =
                count >= PAGE_SIZE || total.is_some_and(|total| i64::from(page * PAGE_SIZE) < total);
            all.extend(seen);
            if count == 0 || !has_more {
                return Ok(all);
            }
        }
        let why =
            "the platform shows no more than 100 pages of products: look for it in the platform's console";
        Err(Error::new(ErrorKind::Unsupported, why).into())
    }
}

fn commits(text: &str) -> Result<Page, DecodeError> {
    let page = CommitPage::read(text)?;
    let seen = page.list.each(|text| {
        let wire = Commit::read(text)?;
        Ok(Seen {
            product: wire.goods_id.id()?.ok_or_else(|| wire.goods_id.wrong("a product's id"))?,
            review: wire.commit_id.id()?,
            at: wire.submit_time.seconds()?,
            outer: outer(wire.outer_goods_id)?,
        })
    })?;
    Ok(Page { seen, total: page.total.int()? })
}

fn goods(text: &str) -> Result<Page, DecodeError> {
    let page = GoodsPage::read(text)?;
    let seen = page.goods_list.each(|text| {
        let wire = Listed::read(text)?;
        let skus = wire.sku_list.each(|text| Ok(ListedSku::read(text)?.outer_goods_id))?;
        let of_sku = skus.into_iter().find(|field| field.token().is_some()).unwrap_or_default();
        Ok(Seen {
            product: wire.goods_id.id()?.ok_or_else(|| wire.goods_id.wrong("a product's id"))?,
            review: None,
            at: wire.created_at.seconds()?,
            outer: outer(wire.outer_goods_id.or(of_sku))?,
        })
    })?;
    Ok(Page { seen, total: page.total_count.int()? })
}

fn outer(field: Field<'_>) -> Result<Outer, DecodeError> {
    Ok(if field.token().is_some() { Outer::Is(field.text()?) } else { Outer::Unsaid })
}

impl Seen {
    /// The merchant's own id: where the list leaves it out, the details tell.
    fn outer(&self, facts: &Facts) -> Result<Option<String>, Stop> {
        if let Outer::Is(outer) = &self.outer {
            return Ok(outer.clone());
        }
        let product = number(&self.product, "the product's id")?;
        let Some(review) = &self.review else {
            let params = json!({"goods_id": product});
            let text = answer(facts, format!("product:{product}"), "pdd.goods.detail.get", &params, None)?;
            return Ok(read("the product", Goods::read(text).and_then(|goods| goods.outer_goods_id.text()))?);
        };
        let review = number(review, "the review's id")?;
        let params = json!({"goods_commit_id": review, "goods_id": product});
        let text = answer(facts, format!("review:{review}"), "pdd.goods.commit.detail.get", &params, None)?;
        Ok(read("the review", CommitDetail::read(text).and_then(|detail| detail.outer_goods_id.text()))?)
    }
}
