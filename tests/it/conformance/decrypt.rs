//! Buyer data in plain text: opened for who may, counted, written down, and kept nowhere.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use dianqiao::model::{
    Actor, AuditFilter, BuyerPart, DecryptPurpose, Decrypted, Order, OrderFilter, PageRequest, PlatformId,
    Right, RightEntry,
};
use dianqiao::{DecryptRequest, ErrorKind, Hub, Retry};
use serde_json::json;

use super::{Party, SHIPPED, Visit, connect, draft, text};
use crate::canary::{Log, Scanner, files};
use crate::support::config;

/// The methods that open buyer data; JD's are asked for when an app may not read plain text.
fn method(party: &Party) -> &'static str {
    match party.platform {
        PlatformId::Doudian => "order.batchDecrypt",
        PlatformId::Taobao => "taobao.top.oaid.decrypt",
        PlatformId::Pinduoduo => "pdd.open.decrypt.batch",
        _ => "jingdong.jos.master.key.get",
    }
}

/// A visit without limits of the platform, of which Pinduoduo has narrow ones.
async fn start(party: &'static Party) -> Visit {
    let visit = visit_with(party, json!({})).await;
    visit.sync().await;
    visit
}

async fn orders(visit: &Visit) -> Vec<Order> {
    let page = PageRequest { limit: Some(500), cursor: None };
    let filter = OrderFilter { shop_id: Some(visit.shop.id), page, ..OrderFilter::default() };
    visit.hub.orders().list(filter).await.unwrap().items
}

/// Orders whose ciphertext is known; on JD all of them, since their plain text is.
async fn openable(visit: &Visit) -> Vec<String> {
    let is_known = |order: &Order| {
        let receiver = &order.record.receiver;
        let all = [&receiver.name, &receiver.phone, &receiver.detail];
        visit.party.platform == PlatformId::Jd || all.iter().all(|field| field.cipher.is_some())
    };
    orders(visit).await.into_iter().filter(is_known).map(|order| order.record.platform_order_id).collect()
}

fn request(visit: &Visit, ids: &[String]) -> DecryptRequest {
    DecryptRequest {
        shop_id: visit.shop.id,
        platform_order_ids: ids.to_vec(),
        parts: Vec::new(),
        purpose: DecryptPurpose::Ship,
    }
}

async fn decrypt(visit: &Visit, ids: &[String]) -> dianqiao::Result<Decrypted> {
    visit.hub.orders().decrypt(request(visit, ids)).await
}

/// Everything that was opened, of at least these many orders.
fn plain(answer: &Decrypted, least: usize) -> BTreeSet<String> {
    let open = answer.orders.iter().filter(|order| order.failures.is_empty());
    let parts = |order| BuyerPart::ALL.iter().filter_map(move |part| opened(order, *part));
    assert!(open.clone().count() >= least, "{answer:?}");
    open.flat_map(parts).collect()
}

fn opened(order: &dianqiao::model::DecryptedOrder, part: BuyerPart) -> Option<String> {
    order.get(part).map(|text| text.expose().clone())
}

/// What of this stands in a place where it must not. Addresses are looked for in all forms; phone numbers are too
/// short for that and long enough for their own.
fn found(texts: &BTreeSet<String>, bytes: &[u8]) -> Vec<String> {
    let long = texts.iter().filter(|text| text.len() >= 12);
    let scanner = Scanner::new(long.map(|text| (text.as_str(), text.as_bytes())));
    let mut found: Vec<String> = scanner.scan(bytes).into_iter().map(str::to_owned).collect();
    for length in 9..12 {
        let short: HashSet<&[u8]> =
            texts.iter().map(String::as_bytes).filter(|text| text.len() == length).collect();
        let hits = bytes.windows(length).filter(|part| !short.is_empty() && short.contains(part));
        found.extend(hits.map(|text| String::from_utf8_lossy(text).into_owned()));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn buyer_data_is_opened_for_the_caller_and_kept_nowhere() {
    Log::keep();
    for party in SHIPPED {
        let visit = start(party).await;
        // What others log is not looked through again and again.
        let logged = Log::read().len();
        let ids: Vec<_> = openable(&visit).await.into_iter().take(8).collect();
        let name = party.platform;
        assert!(ids.len() >= 5, "{name}: orders to open");
        let answer = decrypt(&visit, &ids).await.unwrap();
        let asked: Vec<_> = answer.orders.iter().map(|order| order.platform_order_id.clone()).collect();
        assert_eq!(asked, ids, "{name}: in the order that was asked for");
        let texts = plain(&answer, ids.len() / 2);
        assert!(
            texts.iter().any(|text| !text.is_ascii()),
            "{name}: names are no ciphertext: {}",
            texts.len()
        );
        fits_the_masks(&visit, &answer).await;
        let is_here = party.platform == PlatformId::Jd;
        let spent = if is_here { 0 } else { u32::try_from(ids.len()).unwrap() };
        assert_eq!(answer.budget.left, 100 - spent, "{name}: what is opened here costs nothing");

        // An error of a call that opened something shows nothing of it either.
        visit.fault("cut_body", method(party), 1).await;
        let failed = decrypt(&visit, &ids).await;
        visit.sandbox.clear_faults().await;
        let audit = visit.hub.audit().list(AuditFilter::default()).await.unwrap();
        let told = format!("{answer:?} {answer:#?} {failed:?} {audit:?} {:?}", orders(&visit).await);
        assert_eq!(found(&texts, told.as_bytes()), Vec::<String>::new(), "{name}: told");
        assert_eq!(found(&texts, &Log::read()[logged..]), Vec::<String>::new(), "{name}: logged");
        let written = files(visit.folder.path());
        for (file, bytes) in &written {
            assert_eq!(found(&texts, bytes), Vec::<String>::new(), "{name}: {file}");
        }
        let is_kept = |bytes: &Vec<u8>| bytes.windows(7).any(|part| part == b"started");
        assert!(written.iter().any(|(_, bytes)| is_kept(bytes)), "{name}: the audit is in the files");
        let seen: Vec<String> = texts.iter().cloned().collect();
        assert!(!found(&texts, seen.concat().as_bytes()).is_empty(), "the scanner finds what is there");

        let lines: Vec<_> = audit.items.iter().filter(|line| line.action == "orders.decrypt").collect();
        let target = lines.first().unwrap().target.clone().unwrap();
        assert!(ids.iter().all(|id| target.contains(id.as_str())), "{name}: {target}");
        assert!(
            target.starts_with(&format!("{} orders, name phone detail, to ship: ", ids.len())),
            "{target}"
        );
        let outcomes: Vec<_> = lines.iter().rev().map(|line| line.outcome.as_str()).collect();
        assert_eq!(outcomes[..2], ["started", "ok"], "{name}: {outcomes:?}");
        assert!(lines.iter().all(|line| line.actor == "system" && line.shop == Some(visit.shop.id)));
    }
}

/// What is opened begins as its mask does, unless it is another number in its place.
async fn fits_the_masks(visit: &Visit, answer: &Decrypted) {
    let known = orders(visit).await;
    for opened in &answer.orders {
        let order = known.iter().find(|order| order.record.platform_order_id == opened.platform_order_id);
        let receiver = &order.unwrap().record.receiver;
        let begins = |mask: &Option<String>, plain: Option<String>| {
            let start: String = mask.iter().flat_map(|mask| mask.chars().take_while(|c| *c != '*')).collect();
            plain.is_none_or(|plain| plain.starts_with(&start))
        };
        let part = |part| self::opened(opened, part);
        assert!(begins(&receiver.name.masked, part(BuyerPart::Name)), "{}", visit.party.platform);
        let phone = part(BuyerPart::Phone).filter(|_| !opened.phone_is_virtual);
        assert!(begins(&receiver.phone.masked, phone), "{}", visit.party.platform);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_gives_what_it_has_also_after_a_restart_and_when_an_answer_was_lost() {
    for party in SHIPPED.into_iter().filter(|party| party.platform != PlatformId::Jd) {
        let mut visit = start(party).await;
        let ids = openable(&visit).await;
        let path = visit.folder.path().join("shop.db");
        let reopen = || Hub::open(config(&path, &visit.sandbox).with_decrypts_per_day(3));
        visit.hub.close().await.unwrap();
        visit.hub = reopen().await.unwrap();
        let calls = visit.sandbox.calls_of(visit.name(), method(party)).await;

        let error = decrypt(&visit, &ids[..4]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert!(error.to_string().contains("3 of 3 orders left"), "{error}");
        let Retry::After(wait) = error.retry() else { panic!("{error:?}") };
        assert!(wait <= Duration::from_secs(86_400));
        assert_eq!(visit.sandbox.calls_of(visit.name(), method(party)).await, calls, "nobody was asked");

        // The answer is lost on its way: whether it was opened is not known, so it counts, and is not repeated.
        visit.fault("cut_body", method(party), 1).await;
        let lost = decrypt(&visit, &ids[..1]).await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::UnknownOutcome, "{lost}");
        assert_eq!(visit.sandbox.calls_of(visit.name(), method(party)).await, calls + 1);
        assert_eq!(decrypt(&visit, &ids[..2]).await.unwrap().budget.left, 0);

        visit.hub.close().await.unwrap();
        let path = visit.folder.path().join("shop.db");
        visit.hub = Hub::open(config(&path, &visit.sandbox).with_decrypts_per_day(3)).await.unwrap();
        assert_eq!(decrypt(&visit, &ids[..1]).await.unwrap_err().kind(), ErrorKind::RateLimited);
        assert_eq!(visit.sandbox.calls_of(visit.name(), method(party)).await, calls + 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_right_opens_and_nobody_goes_around_the_budget() {
    for party in SHIPPED {
        let visit = start(party).await;
        let ids = openable(&visit).await;
        let user = Actor::User { id: "u17".into(), roles: vec!["operator".into()] };
        let me = visit.hub.acting(user).unwrap();
        let refused = me.orders().decrypt(request(&visit, &ids[..1])).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        let raw = |api: &str| visit.by_hand(api, &json!({}));
        let grant = |right| RightEntry { subject: "user:u17".into(), right, shop: Some(visit.shop.id) };
        visit.hub.rights().set(grant(Right::Raw), true).await.unwrap();
        let calls = visit.sandbox.calls_of(visit.name(), method(party)).await;
        for api in [method(party).to_owned(), format!(" {} ", method(party).to_ascii_uppercase())] {
            assert_eq!(me.call_forced(raw(&api)).await.unwrap_err().kind(), ErrorKind::Forbidden);
            let error = visit.hub.call(raw(&api)).await.unwrap_err();
            assert!(error.to_string().contains("use orders.decrypt"), "{error}");
        }
        assert_eq!(visit.sandbox.calls_of(visit.name(), method(party)).await, calls);
        visit.hub.rights().set(grant(Right::OrdersDecrypt), true).await.unwrap();
        plain(&me.orders().decrypt(request(&visit, &ids[..1])).await.unwrap(), 1);
        let filter = AuditFilter { actor: Some("u17".into()), ..AuditFilter::default() };
        let lines = visit.hub.audit().list(filter).await.unwrap().items;
        let outcomes: Vec<_> = lines
            .iter()
            .rev()
            .filter(|line| line.action == "orders.decrypt")
            .map(|line| &*line.outcome)
            .collect();
        assert_eq!(outcomes, ["refused", "started", "ok"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_says_so_and_holds_nothing_up() {
    for party in SHIPPED.into_iter().filter(|party| party.platform != PlatformId::Jd) {
        let visit = start(party).await;
        let known = openable(&visit).await;
        let unknown = "123456789".to_owned();
        let answer = decrypt(&visit, &[unknown.clone(), known[0].clone()]).await.unwrap();
        let [gone, open] = answer.orders.as_slice() else { panic!("{answer:?}") };
        assert_eq!((gone.failures[0].kind, gone.failures[0].part), (ErrorKind::NotFound, None));
        assert!(open.failures.is_empty() && open.is_open(), "{answer:?}");
        assert_eq!(answer.budget.left, 99, "who cannot be asked about costs nothing");
        let only = DecryptRequest { parts: vec![BuyerPart::Phone], ..request(&visit, &known[..1]) };
        let answer = visit.hub.orders().decrypt(only).await.unwrap();
        assert!(answer.orders[0].phone.is_some() && answer.orders[0].name.is_none(), "{answer:?}");
    }
    let visit = start(&super::pinduoduo::PARTY).await;
    let known = openable(&visit).await;
    let late = orders(&visit).await.into_iter().map(|order| order.record.platform_order_id);
    let late: Vec<_> = late.filter(|id| !known.contains(id)).take(1).collect();
    let answer = decrypt(&visit, &late).await.unwrap();
    let failure = &answer.orders[0].failures[0];
    assert!(failure.message.contains("only while an order waits to be shipped"), "{failure:?}");
    assert_eq!(answer.budget.left, 100);
}

/// A visit with another app of the platform, whose settings are the test's.
pub(super) async fn visit_with(party: &'static Party, settings: serde_json::Value) -> Visit {
    let mut visit = Visit::start(party, &["--orders", "60", "--products", "3"]).await;
    let mut given = json!({"platform": visit.name(), "appSecret": "another-secret-of-the-sandbox",
        "redirectUri": crate::support::REDIRECT_URI, "callsPerSecond": 0});
    given.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let made = visit.sandbox.post("/apps", given).await;
    let mut app = draft(&visit.sandbox, party);
    app.app_key = text(&made["appKey"]);
    app.app_secret = Some("another-secret-of-the-sandbox".into());
    app.service_id = made["serviceId"].as_str().map(str::to_owned);
    let app = visit.hub.apps().save(app).await.unwrap();
    visit.shop = connect(&visit.hub, &visit.sandbox, party, &app, 0).await;
    visit
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platforms_own_budget_is_told_with_what_to_do() {
    for party in [&super::pinduoduo::PARTY, &super::taobao::PARTY] {
        let visit = visit_with(party, json!({"decryptsPerDay": 1})).await;
        visit.sync().await;
        let ids = openable(&visit).await;
        plain(&decrypt(&visit, &ids[..1]).await.unwrap(), 1);
        let error = decrypt(&visit, &ids[..1]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error:?}");
        assert!(error.platform_code().is_some(), "{error:?}");
        if party.platform == PlatformId::Pinduoduo {
            assert!(error.message().contains("ask for many orders at once"), "{error}");
            assert_eq!(error.retry(), Retry::After(Duration::from_secs(10)));
        }
    }
    // 抖店 gives out what is left and refuses the rest one by one.
    let visit = visit_with(&super::doudian::PARTY, json!({"decryptsPerDay": 4})).await;
    visit.sync().await;
    let ids = openable(&visit).await;
    let answer = decrypt(&visit, &ids[..2]).await.unwrap();
    let failures: Vec<_> = answer.orders.iter().flat_map(|order| &order.failures).collect();
    assert_eq!(plain(&answer, 0).len() + failures.len(), 5, "{answer:?}");
    assert_eq!(failures.len(), 2, "{answer:?}");
    assert!(
        failures.iter().all(|failure| failure.kind == ErrorKind::Rejected && failure.platform_code.is_some())
    );
    let error = decrypt(&visit, &ids[..1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_gives_keys_to_apps_that_may_not_read_plain_text() {
    let party = &super::jd::PARTY;
    let visit = visit_with(party, json!({"buyerData": "encrypted"})).await;
    let truth = visit.truth("orders").await;
    let ids: Vec<_> = truth.iter().take(3).map(|order| text(&order["orderId"])).collect();
    let answer = decrypt(&visit, &ids).await.unwrap();
    assert_eq!(answer.budget.left, 97);
    for (order, theirs) in answer.orders.iter().zip(&truth) {
        let consignee = &theirs["consigneeInfo"];
        let wanted = [&consignee["fullname"], &consignee["mobile"], &consignee["fullAddress"]].map(text);
        let got = BuyerPart::ALL.iter().filter_map(|part| opened(order, *part)).collect::<Vec<_>>();
        assert_eq!(got, wanted, "{order:?}");
    }
    let unknown = decrypt(&visit, &["999999999999".to_owned(), ids[0].clone()]).await.unwrap();
    assert_eq!(unknown.orders[0].failures[0].kind, ErrorKind::NotFound, "{unknown:?}");
    assert!(unknown.orders[1].is_open());
    let outside = visit_with(party, json!({"buyerData": "refused"})).await;
    let error = decrypt(&outside, &ids).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::PlatformConfig, Some("73")));
}
