//! What is asked for promotions, coupons and promotion links, and what a page of them is.

use super::{ListPage, Parsed};
use crate::model::UtcMillis;

/// How a list of promotions, coupons or goods is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListShape {
    /// How many lists make up the whole; the query says which.
    pub sections: u8,
    /// Records a page at the most.
    pub page_size: u32,
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn<'a> {
    /// Of which list, from 0.
    pub section: u8,
    /// From 0.
    pub page: u32,
    /// Records a page.
    pub size: u32,
    /// What the page before gave to go on with.
    pub cursor: Option<&'a str>,
}

/// Goods are searched for links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodsQuery<'a> {
    /// The promoter's place that the links will be for.
    pub placement: Option<&'a str>,
    /// Words to look for.
    pub keyword: &'a str,
    /// Which page.
    pub turn: Turn<'a>,
}

/// A link is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkWish<'a> {
    /// The promoter's place that its orders are counted for.
    pub placement: Option<&'a str>,
    /// Where it leads: the target that the search gave.
    pub target: &'a str,
}

/// Orders of links that changed in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOrderQuery<'a> {
    /// The window's beginning.
    pub from: UtcMillis,
    /// The window's end.
    pub to: UtcMillis,
    /// Which page.
    pub turn: Turn<'a>,
}

/// A page, and what the platform says of the rest.
#[derive(Clone, Debug)]
pub struct MarketPage<T> {
    /// The records in the platform's order.
    pub records: Vec<Parsed<T>>,
    /// How many records the whole list has, when the platform says.
    pub total: Option<u64>,
    /// Whether there is another page, when the platform says.
    pub more: Option<bool>,
    /// What the next page is asked for with, beside its number.
    pub cursor: Option<String>,
}

impl<T> From<ListPage<T>> for MarketPage<T> {
    fn from(page: ListPage<T>) -> Self {
        Self { records: page.records, total: page.total, more: None, cursor: page.next_cursor }
    }
}
