//! A draft as what fills the fields of a document of rules.

use super::given::{Filler, Given, chosen};
use super::roles::{Role, role};
use super::schema::{Content, Field, Filled, Kind, Schema};
use super::sku::{Rows, rows};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Fen, ListingDraft, Picture};
use crate::platform::taobao::writes::yuan;

/// What is sent: the draft, then what is given by the platform's names, then what the fields hold already.
///
/// # Errors
/// `INVALID_REQUEST` for what is missing or does not fit, `UNSUPPORTED` for a category whose fields are not known.
pub(super) fn fill(schema: &Schema, draft: &ListingDraft, given: &Given) -> Result<Vec<Filled>> {
    check(schema, draft)?;
    let skus = schema.fields.iter().find(|field| role(&field.id) == Some(Role::Skus));
    let rows = rows(skus, draft)?;
    let mut filler = Filler::new(&given.properties, "attributes.properties");
    let mut filled = Vec::new();
    for field in &schema.fields {
        let content = match role(&field.id) {
            None => filler.fill(field, &field.id, field.held.as_ref())?,
            Some(_) if !field.is_open() => field.held.clone().filter(|_| field.rules.read_only),
            Some(role) => part(field, role, draft, rows.as_ref())?,
        };
        filled.extend(content.map(|content| field.filled(content)));
    }
    filler.end()?;
    Ok(filled)
}

/// Without these fields a product could not be published, or not be found again.
fn check(schema: &Schema, draft: &ListingDraft) -> Result<()> {
    let has = |wanted| schema.fields.iter().any(|field| role(&field.id) == Some(wanted));
    let mut wanted = vec![(Role::Title, "title"), (Role::OuterId, "outerId"), (Role::Images, "images")];
    if has_options(draft) {
        wanted.push((Role::Skus, "skus"));
    } else {
        wanted.extend([(Role::Price, "priceFen"), (Role::Quantity, "stock")]);
    }
    if draft.description.is_some() || !draft.detail_images.is_empty() {
        wanted.push((Role::Description, "description"));
    }
    match wanted.into_iter().find(|(wanted, _)| !has(*wanted)) {
        None => Ok(()),
        Some((_, name)) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the rules of this category have no field that is known to take `{name}`"),
        )),
    }
}

/// Whether there is something to choose.
pub(super) fn has_options(draft: &ListingDraft) -> bool {
    draft.skus.iter().any(|sku| !sku.options.is_empty())
}

fn part(field: &Field, role: Role, draft: &ListingDraft, rows: Option<&Rows>) -> Result<Option<Content>> {
    match role {
        Role::Title => chosen(field, &draft.title, "title").map(|text| Some(Content::text(text))),
        Role::OuterId => chosen(field, &draft.outer_id, "outerId").map(|text| Some(Content::text(text))),
        Role::Images => images(field, &draft.images).map(Some),
        Role::Description => description(field, draft),
        Role::Price => price(draft, rows).map(|price| Some(Content::text(yuan(price)))),
        Role::Quantity => Ok(Some(quantity(field, draft, rows))),
        Role::Skus => skus(field, rows),
    }
}

fn skus(field: &Field, rows: Option<&Rows>) -> Result<Option<Content>> {
    match rows {
        Some(rows) => Ok(Some(Content::Rows(rows.rows.clone()))),
        None if field.rules.required || field.held.is_some() => {
            Err(Error::invalid("`skus` must have options: the platform wants them for this product"))
        }
        None => Ok(None),
    }
}

/// The price of the product itself must be that of a SKU in stock (5.3): the lowest one.
fn price(draft: &ListingDraft, rows: Option<&Rows>) -> Result<Fen> {
    let stock = |nth: usize| rows.map_or(1, |rows| rows.stocks.get(nth).copied().unwrap_or_default());
    let prices = || draft.skus.iter().enumerate().map(|(nth, sku)| (stock(nth), sku.price));
    let in_stock = prices().filter(|(stock, _)| *stock > 0).map(|(_, price)| price);
    let lowest = in_stock
        .min_by_key(|price| price.0)
        .or_else(|| prices().map(|(_, price)| price).min_by_key(|price| price.0));
    lowest.ok_or_else(|| Error::invalid("`skus` must hold at least one"))
}

/// The sum of the SKUs. What a product without SKUs has is not changed by an edit.
fn quantity(field: &Field, draft: &ListingDraft, rows: Option<&Rows>) -> Content {
    let sum = |stocks: &mut dyn Iterator<Item = i64>| stocks.fold(0, i64::saturating_add).to_string();
    match (rows, &field.held) {
        (Some(rows), _) => Content::text(sum(&mut rows.stocks.iter().copied())),
        (None, Some(held)) => held.clone(),
        (None, None) => Content::text(sum(&mut draft.skus.iter().map(|sku| sku.stock))),
    }
}

/// As many shapes as documents have for a list of pictures.
fn images(field: &Field, pictures: &[Picture]) -> Result<Content> {
    let addresses = pictures.iter().map(Picture::address).collect::<Result<Vec<_>>>()?;
    let too_many = || Error::invalid("`images` holds more than this category takes");
    let is_input = |part: &&Field| part.kind == Kind::Input;
    match field.kind {
        Kind::MultiInput | Kind::MultiCheck => {
            let most = field.rules.most_values.map_or(usize::MAX, |most| most as usize);
            if addresses.len() > most {
                return Err(too_many());
            }
            Ok(Content::texts(addresses.into_iter().map(str::to_owned)))
        }
        Kind::Complex => {
            let places: Vec<_> = field.fields.iter().filter(is_input).collect();
            if addresses.len() > places.len() {
                return Err(too_many());
            }
            let each = places.into_iter().zip(addresses);
            Ok(Content::Parts(each.map(|(part, address)| part.filled(Content::text(address))).collect()))
        }
        Kind::MultiComplex => {
            let place = field.fields.iter().find(is_input).ok_or_else(too_many)?;
            let row = |address: &str| vec![place.filled(Content::text(address))];
            Ok(Content::Rows(addresses.into_iter().map(row).collect()))
        }
        _ => match addresses.as_slice() {
            [address] => Ok(Content::text(*address)),
            _ => Err(too_many()),
        },
    }
}

/// Text and pictures as HTML, which a description is (5.4). Without either what there is stays.
fn description(field: &Field, draft: &ListingDraft) -> Result<Option<Content>> {
    let mut html = String::new();
    for line in draft.description.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty())
    {
        html.push_str(&format!("<p>{}</p>", escaped(line)));
    }
    for picture in &draft.detail_images {
        html.push_str(&format!("<p><img src=\"{}\"></p>", escaped(picture.address()?)));
    }
    if !html.is_empty() {
        return chosen(field, &html, "description").map(|html| Some(Content::text(html)));
    }
    match &field.held {
        None if field.rules.required => Err(Error::invalid("`description` or `detailImages` is needed")),
        held => Ok(held.clone()),
    }
}

/// Text as HTML. The document around it is escaped once more when it is written.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
