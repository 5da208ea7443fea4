//! Promotions of a shop that are to be created on its platform.

use serde::{Deserialize, Serialize};

use super::{Fen, UtcMillis};

/// A promotion to create. A platform's limits are those of its adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignDraft {
    /// Its name. Together with its times it tells it from the others of the shop.
    pub name: String,
    /// When it begins: a whole minute.
    pub from: UtcMillis,
    /// When it ends: a whole minute.
    pub to: UtcMillis,
    /// What it offers.
    pub offer: CampaignOffer,
    /// What takes part. Empty for the whole shop, where the offer allows it.
    pub skus: Vec<CampaignSku>,
    /// Words for buyers.
    pub slogan: Option<String>,
    /// Words for the shop's own people.
    pub comment: Option<String>,
}

/// What a promotion offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CampaignOffer {
    /// Each SKU has a price of its own.
    ItemPrices,
    /// From an amount on, so much less.
    AmountOff {
        /// From this total on: whole yuan.
        from: Fen,
        /// So much less: whole yuan.
        off: Fen,
    },
    /// From so many pieces on, all of them at a part of their price.
    PiecesDiscount {
        /// From so many pieces on.
        pieces: i64,
        /// What is paid, in basis points of the price: 8500 are 85 %, in Chinese 8.5 折.
        pays_bp: i64,
    },
    /// Of so many pieces, some are free.
    PiecesFree {
        /// Of so many pieces.
        pieces: i64,
        /// So many are free.
        free: i64,
    },
    /// Any so many pieces for one amount.
    PiecesFor {
        /// So many pieces, whichever the buyer takes.
        pieces: i64,
        /// For this amount: tenths of a yuan.
        total: Fen,
    },
}

/// A SKU that takes part in a promotion. Ids are the platform's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignSku {
    /// Its product.
    pub product: String,
    /// The SKU.
    pub sku: String,
    /// Its price in the promotion, where the offer is prices.
    pub price: Option<Fen>,
}
