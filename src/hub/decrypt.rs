//! `hub.orders.decrypt`: buyer data in plain text, for the caller alone.
//!
//! Nothing that is opened here is stored, logged or put into an error. Who opens what is written down before
//! anything is opened, and counted before the platform is asked.

use serde::Deserialize;

use super::Hub;
use super::engine::Engine;
use super::guard::Action;
use super::orders::Orders;
use super::shops::interactive;
use super::wishes::order_id;
use crate::auth::{ShopContext, place, shop_row};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{
    BuyerPart, DecryptBudget, DecryptFailure, DecryptPurpose, Decrypted, DecryptedOrder, Receiver, Right,
    ShopId, UtcMillis,
};
use crate::platform::{BuyerKeys, DecryptAsk, DecryptCall, Decryption, KeyService, SealedOrder, opened};
use crate::secret::Secret;
use crate::store::{DecryptClaim, KeptReceiver, NewAudit, SealedColumn};

const NAME: &str = "orders.decrypt";
/// Orders that are opened at once at the most.
const MOST_ORDERS: usize = 100;
const DAY_MS: i64 = 86_400_000;
/// Days of platforms begin at midnight in Beijing.
const BEIJING_MS: i64 = 8 * 3_600_000;

/// Whose buyer data is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecryptRequest {
    /// The shop.
    pub shop_id: ShopId,
    /// The platform's ids of its orders, at most 100.
    pub platform_order_ids: Vec<String>,
    /// Which parts; all when empty.
    pub parts: Vec<BuyerPart>,
    /// What for.
    pub purpose: DecryptPurpose,
}

impl Orders {
    /// Opens buyer data of orders: what a platform sealed is opened by the platform, within the shop's budget of
    /// the day ([`HubConfig::with_decrypts_per_day`](crate::HubConfig::with_decrypts_per_day)); what it sent as
    /// plain text is opened here. What could not be opened stands with each order.
    ///
    /// # Errors
    /// `RATE_LIMITED` when the budget of the day, ours or the platform's, is used up; `UNSUPPORTED` where the
    /// platform opens nothing; `FORBIDDEN` without the right `orders.decrypt`; what a call to the platform can
    /// fail with, when nothing at all could be opened.
    pub async fn decrypt(&self, request: DecryptRequest) -> Result<Decrypted> {
        let request = checked(request).map_err(|error| error.with_operation(NAME))?;
        let target = target(&request);
        let action = Action::new(NAME, Right::OrdersDecrypt).on_shop(request.shop_id).listing(target.clone());
        self.0
            .act(action, || async {
                let shop = request.shop_id;
                open(&self.0, &request, target).await.map_err(|error| error.with_shop(shop))
            })
            .await
    }
}

/// Each id and each part once.
fn checked(mut request: DecryptRequest) -> Result<DecryptRequest> {
    let ids = std::mem::take(&mut request.platform_order_ids);
    if ids.is_empty() || ids.len() > MOST_ORDERS {
        return Err(Error::invalid(format!("`platformOrderIds` must hold 1 to {MOST_ORDERS} ids")));
    }
    for id in ids {
        let id = order_id("platformOrderIds", id)?;
        if !request.platform_order_ids.contains(&id) {
            request.platform_order_ids.push(id);
        }
    }
    request.parts.sort_unstable();
    request.parts.dedup();
    if request.parts.is_empty() {
        request.parts = BuyerPart::ALL.to_vec();
    }
    Ok(request)
}

/// What the audit keeps: how many, which parts, what for, and of which orders.
fn target(request: &DecryptRequest) -> String {
    let parts: Vec<_> = request.parts.iter().map(|part| part.as_str()).collect();
    let ids = &request.platform_order_ids;
    format!("{} orders, {}, to {}: {}", ids.len(), parts.join(" "), request.purpose, ids.join(" "))
}

/// One order on its way.
struct Entry {
    kept: Option<KeptReceiver>,
    order: DecryptedOrder,
    /// The platform has to open it.
    is_due: bool,
}

async fn open(hub: &Hub, request: &DecryptRequest, target: String) -> Result<Decrypted> {
    let engine = hub.engine()?;
    let shop = engine.contexts.shop(request.shop_id).await?;
    let way = shop.app.platform.decryption()?;
    let mut entries = Vec::new();
    for id in &request.platform_order_ids {
        let kept = engine.store.kept_receiver(request.shop_id, id.clone()).await?;
        let is_due = kept.as_ref().is_none_or(|kept| kept.sealed.is_none());
        entries.push(Entry { kept, order: DecryptedOrder::of(id.clone()), is_due });
    }
    let sealed = match way {
        Decryption::ByCall(call) => ciphertext_of(&mut entries, &request.parts, call),
        Decryption::ByKeys(_) => Vec::new(),
    };
    let due = entries.iter().filter(|entry| entry.is_due).count();
    let budget = claim(hub, engine, request, target, due).await?;
    open_kept(engine, request, &mut entries)?;
    let by_platform = match way {
        Decryption::ByCall(call) => {
            let ask = DecryptAsk { purpose: request.purpose, actor: hub.actor.id() };
            ask_platform(engine, &shop, call, &sealed, &ask).await
        }
        Decryption::ByKeys(service) => {
            let ids = entries
                .iter()
                .filter(|entry| entry.is_due)
                .map(|entry| entry.order.platform_order_id.clone());
            open_with_keys(engine, &shop, service, &ids.collect::<Vec<_>>(), &request.parts).await
        }
    };
    let by_platform = match by_platform {
        Ok(orders) => orders,
        // What was opened here is no less open.
        Err(error) if entries.iter().any(|entry| !entry.is_due && entry.order.is_open()) => {
            let due = entries.iter().filter(|entry| entry.is_due);
            due.map(|entry| failed(&entry.order.platform_order_id, &error)).collect()
        }
        Err(error) => return Err(error),
    };
    let orders = merged(entries, by_platform);
    Ok(Decrypted { orders, budget })
}

/// Puts what the platform opened beside what was opened here.
fn merged(entries: Vec<Entry>, by_platform: Vec<DecryptedOrder>) -> Vec<DecryptedOrder> {
    let mut by_platform: std::collections::HashMap<_, _> =
        by_platform.into_iter().map(|order| (order.platform_order_id.clone(), order)).collect();
    let whole = |entry: Entry| match by_platform.remove(&entry.order.platform_order_id) {
        Some(mut order) => {
            order.failures.extend(entry.order.failures);
            order
        }
        None => entry.order,
    };
    entries.into_iter().map(whole).collect()
}

/// Counts, and writes down who opens what, in one commit before anything is opened.
async fn claim(
    hub: &Hub,
    engine: &Engine,
    request: &DecryptRequest,
    target: String,
    due: usize,
) -> Result<DecryptBudget> {
    let now = engine.clock.now();
    let (day, resets_at) = beijing_day(now);
    let orders = u32::try_from(due).map_err(|_| Error::internal("more orders than were asked for"))?;
    let audit = NewAudit {
        at: now,
        actor: hub.actor.id().to_owned(),
        action: NAME.to_owned(),
        shop: Some(request.shop_id),
        target: Some(target),
        outcome: "started".to_owned(),
    };
    let per_day = engine.decrypts_per_day;
    let claim = DecryptClaim { shop: request.shop_id, day, orders, per_day, audit };
    let (fits, used) = engine.store.claim_decrypts(claim).await?;
    let left = per_day.saturating_sub(used);
    if fits {
        return Ok(DecryptBudget { per_day, left, resets_at });
    }
    let message = format!(
        "the shop has {left} of {per_day} orders left to open today, and {due} were asked for: ask for fewer, wait \
         until midnight in Beijing, or open the hub with a larger decryptsPerDay"
    );
    let wait = Retry::After(resets_at.since(now));
    Err(Error::new(ErrorKind::RateLimited, message).with_retry(wait))
}

/// Beijing's day, counted from 1970-01-01, and when the next one begins.
const fn beijing_day(now: UtcMillis) -> (i64, UtcMillis) {
    let day = now.0.saturating_add(BEIJING_MS).div_euclid(DAY_MS);
    (day, UtcMillis((day + 1) * DAY_MS - BEIJING_MS))
}

/// The ciphertext of the orders that are due, and of the others why there is none.
fn ciphertext_of(entries: &mut [Entry], parts: &[BuyerPart], call: &dyn DecryptCall) -> Vec<SealedOrder> {
    let mut sealed = Vec::new();
    for entry in entries.iter_mut().filter(|entry| entry.is_due) {
        let Some(kept) = &entry.kept else {
            let message = "the order is not known here: sync orders first";
            entry.order.failures.push(failure(None, ErrorKind::NotFound, message));
            entry.is_due = false;
            continue;
        };
        let cipher = |part| match part {
            BuyerPart::Name => kept.name.cipher.clone(),
            BuyerPart::Phone => kept.phone.cipher.clone(),
            BuyerPart::Detail => kept.detail.cipher.clone(),
        };
        let mut known = Vec::new();
        for part in parts {
            match cipher(*part) {
                Some(text) => known.push((*part, text)),
                None => entry.order.failures.push(failure(
                    Some(*part),
                    ErrorKind::NotFound,
                    call.without_ciphertext(),
                )),
            }
        }
        entry.is_due = !known.is_empty();
        if entry.is_due {
            let platform_order_id = entry.order.platform_order_id.clone();
            sealed.push(SealedOrder { platform_order_id, parts: known });
        }
    }
    sealed
}

fn failure(part: Option<BuyerPart>, kind: ErrorKind, message: impl Into<String>) -> DecryptFailure {
    DecryptFailure { part, kind, platform_code: None, message: message.into() }
}

/// What the platform sent as plain text is sealed with our own key.
fn open_kept(engine: &Engine, request: &DecryptRequest, entries: &mut [Entry]) -> Result<()> {
    #[derive(Deserialize)]
    struct Fields {
        name: Option<String>,
        phone: Option<String>,
        detail: Option<String>,
    }
    for entry in entries {
        let Some(sealed) = entry.kept.as_ref().and_then(|kept| kept.sealed.as_ref()) else { continue };
        let row = shop_row(request.shop_id, &entry.order.platform_order_id);
        let json = engine.cipher.open_text(&place(SealedColumn::Receiver, &row, 0), sealed)?;
        let fields: Fields = serde_json::from_str(json.expose())
            .map_err(|_| Error::internal("what was sealed as three texts is three texts"))?;
        let texts = [
            (BuyerPart::Name, fields.name),
            (BuyerPart::Phone, fields.phone),
            (BuyerPart::Detail, fields.detail),
        ];
        for (part, text) in texts {
            match text.map(Secret::from) {
                _ if !request.parts.contains(&part) => {}
                Some(text) => entry.order.set(part, text),
                None => entry.order.failures.push(failure(
                    Some(part),
                    ErrorKind::NotFound,
                    "the platform sent nothing of it with the order",
                )),
            }
        }
    }
    Ok(())
}

/// Call by call. What was opened before a call failed is given out all the same, since it was counted.
async fn ask_platform(
    engine: &Engine,
    shop: &ShopContext,
    call: &dyn DecryptCall,
    sealed: &[SealedOrder],
    ask: &DecryptAsk<'_>,
) -> Result<Vec<DecryptedOrder>> {
    let mut done = Vec::new();
    for chunk in sealed.chunks(call.most_orders().max(1)) {
        match engine.caller.call(shop, &call.call(chunk, ask)?, interactive()).await {
            Ok(answer) => done.extend(opened(chunk, &answer)),
            Err(error) if done.is_empty() => return Err(error),
            Err(error) => {
                let rest = sealed.iter().skip(done.len());
                let failed: Vec<_> = rest.map(|order| failed(&order.platform_order_id, &error)).collect();
                done.extend(failed);
                break;
            }
        }
    }
    Ok(done)
}

fn failed(platform_order_id: &str, error: &Error) -> DecryptedOrder {
    let mut order = DecryptedOrder::of(platform_order_id.to_owned());
    order.failures.push(DecryptFailure {
        part: None,
        kind: error.kind(),
        platform_code: error.platform_code().map(str::to_owned),
        message: error.message().to_owned(),
    });
    order
}

/// Keys first, then order by order. What is not about one order ends it.
async fn open_with_keys(
    engine: &Engine,
    shop: &ShopContext,
    service: &dyn KeyService,
    ids: &[String],
    parts: &[BuyerPart],
) -> Result<Vec<DecryptedOrder>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let voucher = engine.caller.call(shop, &service.voucher()?, interactive()).await?;
    let call = service.keys(&voucher, engine.clock.now())?;
    let keys = engine.caller.call(shop, &call, interactive()).await?;
    let mut done: Vec<DecryptedOrder> = Vec::new();
    for id in ids {
        match engine.caller.call(shop, &service.receiver(id)?, interactive()).await {
            Ok(receiver) => done.push(open_receiver(service, &keys, id, &receiver, parts)),
            Err(error) if is_about_one(error.kind()) => done.push(failed(id, &error)),
            Err(error) if done.iter().all(|order| !order.is_open()) => return Err(error),
            Err(error) => {
                let failed: Vec<_> = ids.iter().skip(done.len()).map(|id| failed(id, &error)).collect();
                done.extend(failed);
                break;
            }
        }
    }
    Ok(done)
}

const fn is_about_one(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Rejected | ErrorKind::Decode)
}

fn open_receiver(
    service: &dyn KeyService,
    keys: &BuyerKeys,
    id: &str,
    receiver: &Receiver,
    parts: &[BuyerPart],
) -> DecryptedOrder {
    let mut order = DecryptedOrder::of(id.to_owned());
    for part in parts {
        let field = match part {
            BuyerPart::Name => &receiver.name,
            BuyerPart::Phone => &receiver.phone,
            BuyerPart::Detail => &receiver.detail,
        };
        let Some(ciphertext) = &field.cipher else {
            let message = "the platform gives no ciphertext of it with the order";
            order.failures.push(failure(Some(*part), ErrorKind::NotFound, message));
            continue;
        };
        match service.open(keys, ciphertext) {
            Ok(text) => order.set(*part, text),
            Err(error) => order.failures.push(failure(Some(*part), error.kind(), error.message())),
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_beijing() {
        // 2026-11-27 00:00 at +08:00.
        let midnight = 1_795_708_800_000;
        let (day, next) = beijing_day(UtcMillis(midnight));
        assert_eq!(next, UtcMillis(midnight + DAY_MS));
        assert_eq!(beijing_day(UtcMillis(midnight - 1)), (day - 1, UtcMillis(midnight)));
        assert_eq!(beijing_day(UtcMillis(midnight + DAY_MS - 1)), (day, next));
        assert_eq!(beijing_day(UtcMillis(0)).0, 0);
    }

    #[test]
    fn ids_and_parts_count_once_and_are_checked() {
        let request = |ids: &[&str]| DecryptRequest {
            shop_id: ShopId(1),
            platform_order_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            parts: vec![BuyerPart::Phone, BuyerPart::Name, BuyerPart::Phone],
            purpose: DecryptPurpose::Service,
        };
        let checked = |ids: &[&str]| super::checked(request(ids));
        let given = checked(&["7", "260101-8", "7"]).unwrap();
        assert_eq!(given.platform_order_ids, ["7", "260101-8"]);
        assert_eq!(target(&given), "2 orders, name phone, to service: 7 260101-8");
        for odd in [&[][..], &[""], &["a"], &["7\n"], &["7"; 101]] {
            assert_eq!(checked(odd).unwrap_err().kind(), ErrorKind::InvalidRequest, "{odd:?}");
        }
        let all = super::checked(DecryptRequest { parts: Vec::new(), ..request(&["7"]) }).unwrap();
        assert_eq!(all.parts, BuyerPart::ALL);
    }
}
