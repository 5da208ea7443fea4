//! Drafts of promotions of a shop, as JS gives them.

use super::checked::Tree;
use super::fields::{Fields, required};
use crate::error::{Error, Result};
use crate::model::{CampaignDraft, CampaignOffer, CampaignSku, Fen};

/// Sizes of all texts of a draft.
pub(super) const CAMPAIGN_CAP: usize = 1 << 20;

const DRAFT: [&str; 7] = ["name", "from", "to", "offer", "skus", "slogan", "comment"];
const OFFER: [&str; 7] = ["kind", "fromFen", "offFen", "pieces", "paysBp", "free", "totalFen"];
const SKU: [&str; 3] = ["platformProductId", "platformSkuId", "priceFen"];

/// The draft under `draft`.
pub(super) fn campaign(fields: &mut Fields<'_>) -> Result<CampaignDraft> {
    let mut draft = required("draft", "an object", fields.nested("draft", &DRAFT)?)?;
    let offer = required("draft.offer", "an object", draft.nested("offer", &OFFER)?)?;
    Ok(CampaignDraft {
        name: draft.required_text("name")?,
        from: required("draft.from", "an ISO 8601 time", draft.time("from")?)?,
        to: required("draft.to", "an ISO 8601 time", draft.time("to")?)?,
        offer: self::offer(offer)?,
        skus: draft.nested_list("skus", &SKU)?.into_iter().map(sku).collect::<Result<_>>()?,
        slogan: draft.text("slogan")?,
        comment: draft.text("comment")?,
    })
}

/// Each kind has numbers of its own; one of another kind is a mistake.
fn offer(mut given: Fields<'static>) -> Result<CampaignOffer> {
    let kind = given.required_text("kind")?;
    let mut fen = |name: &str| given.required_number(name).map(Fen);
    let offer = match kind.as_str() {
        "item_prices" => CampaignOffer::ItemPrices,
        "amount_off" => CampaignOffer::AmountOff { from: fen("fromFen")?, off: fen("offFen")? },
        "pieces_discount" => CampaignOffer::PiecesDiscount {
            pieces: given.required_number("pieces")?,
            pays_bp: given.required_number("paysBp")?,
        },
        "pieces_free" => CampaignOffer::PiecesFree {
            pieces: given.required_number("pieces")?,
            free: given.required_number("free")?,
        },
        "pieces_for" => {
            CampaignOffer::PiecesFor { total: fen("totalFen")?, pieces: given.required_number("pieces")? }
        }
        _ => {
            let kinds = "item_prices, amount_off, pieces_discount, pieces_free or pieces_for";
            return Err(Error::invalid(format!("`draft.offer.kind` must be {kinds}")));
        }
    };
    match OFFER.iter().find(|name| !matches!(given.take(name), Tree::Undefined)) {
        None => Ok(offer),
        Some(name) => Err(Error::invalid(format!("`draft.offer.{name}` is not for the kind {kind}"))),
    }
}

fn sku(mut sku: Fields<'static>) -> Result<CampaignSku> {
    Ok(CampaignSku {
        product: sku.required_text("platformProductId")?,
        sku: sku.required_text("platformSkuId")?,
        price: sku.number("priceFen")?.map(Fen),
    })
}
