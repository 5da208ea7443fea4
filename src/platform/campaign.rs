//! Creating a promotion of a shop: several calls, made one after the other by what was answered so far. Only the last
//! one counts for buyers. Until then the platform has a draft that nobody sees and that lapses by itself.

use std::collections::BTreeMap;

use super::ApiCall;
use crate::model::{CampaignDraft, Fen, UtcMillis};

/// How far a promotion is.
#[derive(Clone, Copy, Debug)]
pub struct CampaignWork<'a> {
    /// What is to be created.
    pub draft: &'a CampaignDraft,
    /// The shop's price of each SKU that takes part.
    pub prices: &'a BTreeMap<String, Fen>,
    /// The platform's id of its draft, once it is begun.
    pub id: Option<&'a str>,
    /// Calls that were answered.
    pub answered: u32,
}

/// The call that comes next.
#[derive(Clone, Debug)]
pub enum CampaignCall {
    /// Begins a draft on the platform. Answers its id.
    Begin(ApiCall<String>),
    /// Adds something to it.
    Add {
        /// The call. Answers how many parts it took.
        call: ApiCall<usize>,
        /// How many it has.
        parts: usize,
    },
    /// Makes it count. Made twice, it makes no second promotion.
    Commit(ApiCall<()>),
}

/// A promotion that is looked for.
#[derive(Clone, Copy, Debug)]
pub struct CampaignLookUp<'a> {
    /// What was to be created.
    pub draft: &'a CampaignDraft,
    /// The platform's id, where no other one can be it; without it, one that looks like the draft is it.
    pub id: Option<&'a str>,
    /// When it was first wanted: it cannot be older.
    pub since: UtcMillis,
}
