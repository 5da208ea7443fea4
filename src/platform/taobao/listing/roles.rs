//! Which field takes which part of a draft. The rules name no parts: only ids tell, and they differ from one
//! document to the other. See `docs.md`.

use super::schema::{Field, Filled, Kind};

/// A part of a draft, or of a SKU of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Price,
    Quantity,
    OuterId,
    Description,
    Images,
    Skus,
}

/// The part that a field of the product takes.
pub(super) fn role(id: &str) -> Option<Role> {
    match id {
        "title" => Some(Role::Title),
        "price" => Some(Role::Price),
        "quantity" => Some(Role::Quantity),
        "outerId" | "outer_id" => Some(Role::OuterId),
        "desc" | "description" | "descForPC" => Some(Role::Description),
        "images" | "item_images" | "itemImages" => Some(Role::Images),
        "sku" => Some(Role::Skus),
        _ => None,
    }
}

/// A part of a SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SkuRole {
    Id,
    Price,
    Quantity,
    OuterId,
    Image,
    /// Something that is chosen, such as the colour.
    Option,
    /// Holds such choices.
    Options,
}

/// The part of a SKU that a field takes.
pub(super) fn sku_role(field: &Field) -> Option<SkuRole> {
    match field.id.as_str() {
        "sku_id" | "skuId" => Some(SkuRole::Id),
        "price" | "sku_price" | "skuPrice" => Some(SkuRole::Price),
        "quantity" | "sku_quantity" | "skuQuantity" | "sku_stock" | "skuStock" => Some(SkuRole::Quantity),
        "outerId" | "outer_id" | "sku_outerId" | "sku_outer_id" | "skuOuterId" => Some(SkuRole::OuterId),
        "image" | "sku_image" | "skuImage" => Some(SkuRole::Image),
        id if is_option(id) => Some(SkuRole::Option),
        _ if field.kind == Kind::Complex && field.fields.iter().any(|part| is_option(&part.id)) => {
            Some(SkuRole::Options)
        }
        _ => None,
    }
}

/// The choices of SKUs, wherever they stand in the field of SKUs.
pub(super) fn options_of(skus: &Field) -> Vec<&Field> {
    let inside = |field| match sku_role(field) {
        Some(SkuRole::Option) => vec![field],
        Some(SkuRole::Options) => field.fields.iter().filter(|part| is_option(&part.id)).collect(),
        _ => Vec::new(),
    };
    skus.fields.iter().flat_map(inside).collect()
}

/// Properties are named by their number: `p-1627207` or `prop_1627207`.
fn is_option(id: &str) -> bool {
    let number = id.strip_prefix("p-").or_else(|| id.strip_prefix("prop_"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What fills this part of a SKU that the platform has.
pub(super) fn held_as<'a>(skus: &Field, row: &'a [Filled], wanted: SkuRole) -> Option<&'a Filled> {
    let field = skus.fields.iter().find(|field| sku_role(field) == Some(wanted))?;
    row.iter().find(|filled| filled.id == field.id)
}
