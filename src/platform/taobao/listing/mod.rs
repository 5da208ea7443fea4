//! Publishing and editing products by documents of rules (5.3).

mod fill;
mod find;
mod given;
mod picture;
mod review;
mod roles;
mod rules;
mod schema;
mod sku;
mod written;
mod xml;

pub(super) use find::find;
pub(super) use picture::{PICTURES, upload};
pub(super) use review::review;

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::wire::{Item, Sku};
use super::{convert, wire};
use crate::error::{Error, ErrorKind, Result};
use crate::model::CategoryRules;
use crate::platform::ask::number;
use crate::platform::lenient::{self, Members};
use crate::platform::listing::{known, missing};
use crate::platform::{ApiCall, DecodeError, Facts, Publication, Published, Question, Step};
use given::Given;

/// How long the rules of a category hold: they change rarely, and the platform checks what is sent.
const RULES_HOLD: Duration = Duration::from_secs(3600);
/// A shop's markets do not change while it is the same shop.
const MARKET_HOLDS: Duration = Duration::from_secs(24 * 3600);
/// The market of a Tmall shop, whose products belong to a product of the platform's (`spu_id`).
const TMALL: &str = "tmall";
const TAOBAO: &str = "taobao";

/// A document of rules inside an answer.
#[derive(Deserialize)]
struct Document {
    result: String,
}

#[derive(Deserialize)]
struct Markets {
    markets: String,
}

/// Where products are published, from the shop's type or, without one, from the platform.
fn market(shop_type: Option<&str>, facts: &Facts) -> Result<Step<&'static str>> {
    match shop_type {
        Some("B") => return Ok(Step::Done(TMALL)),
        Some("C") => return Ok(Step::Done(TAOBAO)),
        _ => {}
    }
    let Some(Markets { markets }) = facts.read("market:shop")? else {
        let params = json!({});
        return Ok(ask("market:shop", "alibaba.item.publish.market.get", &params, Some(MARKET_HOLDS)));
    };
    let known = |market: &&str| [TMALL, TAOBAO].contains(market);
    match markets.split([',', ';', ' ']).find(known) {
        Some(TMALL) => Ok(Step::Done(TMALL)),
        Some(_) => Ok(Step::Done(TAOBAO)),
        None => Err(Error::new(ErrorKind::Unsupported, "the shop publishes on no market that is known here")),
    }
}

fn ask<T>(name: impl Into<String>, api: &'static str, params: &Value, keep: Option<Duration>) -> Step<T> {
    let call: ApiCall<Box<RawValue>> = ApiCall::shop_read(api, params, convert::raw_content);
    Step::Ask(Question { name: name.into(), call, keep, optional: false })
}

/// A category, with the platform's product behind a colon on Tmall: `50008613:337259102`.
fn category(text: &str) -> Result<(u64, Option<u64>)> {
    let (cid, spu) = text.split_once(':').map_or((text, None), |(cid, spu)| (cid, Some(spu)));
    let spu = spu.map(|spu| number(spu, "the product behind the category's colon")).transpose()?;
    Ok((number(cid, "the category's id")?, spu))
}

/// The call that publishes and the question for its rules take the same.
fn place(market: &str, cid: u64, spu: Option<u64>) -> Result<Value> {
    let mut params = json!({"cat_id": cid, "market": market});
    match (market, spu) {
        (TMALL, Some(spu)) => params["spu_id"] = spu.into(),
        (TMALL, None) => {
            let what = "the platform's product, from tmall.product.schema.match; write it behind the category \
                        as well (`50008613:337259102`): the rules of a category differ with it";
            return Err(missing("spu_id", what));
        }
        (_, Some(_)) => return Err(Error::invalid("only products of a Tmall shop have a `spu_id`")),
        (_, None) => {}
    }
    Ok(params)
}

fn document(
    facts: &Facts,
    name: &str,
    api: &'static str,
    params: &Value,
    keep: Option<Duration>,
) -> Result<Step<String>> {
    Ok(match facts.read::<Document>(name)? {
        Some(document) => Step::Done(document.result),
        None => ask(name, api, params, keep),
    })
}

fn rules_of(place: &Value, facts: &Facts) -> Result<Step<String>> {
    let spu = place.get("spu_id").map_or_else(String::new, |spu| format!(":{spu}"));
    let name = format!("rules:{}{spu}", place["cat_id"]);
    document(facts, &name, "alibaba.item.publish.schema.get", place, Some(RULES_HOLD))
}

/// What a category asks.
pub(super) fn category_rules(
    text: &str,
    shop_type: Option<&str>,
    facts: &Facts,
) -> Result<Step<CategoryRules>> {
    let (cid, spu) = category(text)?;
    let market = known!(market(shop_type, facts)?);
    let raw = known!(rules_of(&place(market, cid, spu)?, facts)?);
    rules::rules(text, raw).map(Step::Done).map_err(unreadable)
}

fn unreadable(error: DecodeError) -> Error {
    Error::new(ErrorKind::Decode, format!("the platform's rules cannot be read: {error}"))
}

/// Publishes a draft, or edits a product.
pub(super) fn publish(what: &Publication<'_>, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
    let given = Given::of(what.draft)?;
    match what.product {
        None => create(what, &given, facts),
        Some(product) => edit(what, product, &given, facts),
    }
}

fn create(what: &Publication<'_>, given: &Given, facts: &Facts) -> Result<Step<ApiCall<Published>>> {
    let (cid, spu) = spu_of(what, given)?;
    let market = known!(market(what.shop_type, facts)?);
    let mut params = place(market, cid, spu)?;
    let raw = known!(rules_of(&params, facts)?);
    params["schema"] = submission(&raw, what, given, None)?.into();
    for name in ["barcode", "biz_type"] {
        if let Some(value) = given.beside(name)? {
            params[name] = value.into();
        }
    }
    Ok(Step::Done(ApiCall::shop_write("alibaba.item.publish.submit", &params, published)))
}

/// The category, and the platform's product from wherever it is given.
fn spu_of(what: &Publication<'_>, given: &Given) -> Result<(u64, Option<u64>)> {
    let (cid, spu) = category(&what.draft.category_id)?;
    let named = given.beside("spu_id")?;
    let named = named.map(|spu| number(&spu, "`attributes.spu_id`")).transpose()?;
    match (spu, named) {
        (Some(one), Some(other)) if one != other => {
            Err(Error::invalid("`attributes.spu_id` and the one behind the category differ"))
        }
        (one, other) => Ok((cid, one.or(other))),
    }
}

/// The whole document goes back, with what the draft changes (5.3).
fn edit(
    what: &Publication<'_>,
    product: &str,
    given: &Given,
    facts: &Facts,
) -> Result<Step<ApiCall<Published>>> {
    let product = number(product, "the product's id")?;
    let (cid, _) = spu_of(what, given)?;
    if let Some(name) =
        ["barcode", "spu_id"].into_iter().find(|name| given.beside(name).is_ok_and(|one| one.is_some()))
    {
        let hint = format!("`attributes.{name}` is set when a product is published, not when it is edited");
        return Err(Error::invalid(hint));
    }
    let name = format!("item:{product}");
    let Some(known) = facts.get(&name) else {
        let params = json!({"num_iid": product, "fields": "num_iid,cid,sku"});
        return Ok(ask(name, "taobao.item.seller.get", &params, None));
    };
    let skus = known_skus(known, cid)?;
    let params = json!({"item_id": product});
    let raw =
        known!(document(facts, &format!("edit:{product}"), "alibaba.item.edit.schema.get", &params, None)?);
    let mut params = params;
    params["schema"] = submission(&raw, what, given, Some(skus))?.into();
    if let Some(value) = given.beside("biz_type")? {
        params["biz_type"] = value.into();
    }
    Ok(Step::Done(ApiCall::shop_write("alibaba.item.edit.submit", &params, published)))
}

/// How many SKUs a product has. Its document belongs to its category: with another one its fields would be wrong.
fn known_skus(known: &str, cid: u64) -> Result<usize> {
    let unread = |error| Error::new(ErrorKind::Decode, format!("the product cannot be read: {error}"));
    let text = item(known).map_err(unread)?;
    let item = Item::read(&text).map_err(unread)?;
    if item.cid.id().map_err(unread)? != Some(cid.to_string()) {
        return Err(Error::invalid(
            "`categoryId` is not the product's category, which an edit does not change",
        ));
    }
    let listed = wire::inner_list(item.skus, "sku").map_err(unread)?;
    let is_there =
        |text: &&str| !Sku::read(text).is_ok_and(|sku| sku.status.text() == Ok(Some("delete".into())));
    Ok(listed.into_iter().filter(is_there).count())
}

/// The product in an answer.
fn item(known: &str) -> Result<Cow<'_, str>, DecodeError> {
    let members = Members::of(known.as_bytes()).ok_or_else(|| DecodeError::new("the answer", "an object"))?;
    lenient::text(members.get("item").ok_or_else(|| DecodeError::new("item", "an object"))?)
}

/// `skus` is how many the product has: a document that shows others would drop them, or bring stock back.
fn submission(raw: &str, what: &Publication<'_>, given: &Given, skus: Option<usize>) -> Result<String> {
    let schema = schema::read(raw).map_err(unreadable)?;
    if skus.is_some_and(|skus| skus != schema.held_skus()) {
        let message =
            "the platform's document of the product does not show its SKUs as they are: try again later";
        return Err(Error::new(ErrorKind::Decode, message));
    }
    let filled = fill::fill(&schema, what.draft, given)?;
    written::written(schema.dialect, &filled)
}

fn published(body: &[u8]) -> Result<Published, DecodeError> {
    let members = wire::members(body)?;
    let id =
        members.scalar("item_id").filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    let id = id.ok_or_else(|| DecodeError::new("item_id", "a product's id"))?;
    Ok(Published { platform_product_id: id, review_id: None })
}

#[cfg(test)]
mod tests;
