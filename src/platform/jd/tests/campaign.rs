use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::convert;
use super::{Jd, fixture};
use crate::model::{CampaignDraft, CampaignOffer, CampaignSku, Fen, UtcMillis};
use crate::platform::{CampaignCall, CampaignLookUp, CampaignWork, Facts, Platform, Step};

/// 2026-12-01 08:00:00 at +08:00.
const FROM: UtcMillis = UtcMillis(1_796_083_200_000);
const TO: UtcMillis = UtcMillis(FROM.0 + 10 * DAY);
const NOW: UtcMillis = UtcMillis(FROM.0 - DAY);
const DAY: i64 = 86_400_000;
const ID: &str = "810000045";

fn sku(id: usize, price: Option<i64>) -> CampaignSku {
    CampaignSku { product: "11".into(), sku: id.to_string(), price: price.map(Fen) }
}

fn draft(offer: CampaignOffer, skus: Vec<CampaignSku>) -> CampaignDraft {
    CampaignDraft { name: "秋季".into(), from: FROM, to: TO, offer, skus, slogan: None, comment: None }
}

fn prices(count: usize) -> CampaignDraft {
    draft(CampaignOffer::ItemPrices, (1..=count).map(|id| sku(id, Some(990))).collect())
}

/// Every call with its parameters and how many parts it hands over, as it is answered.
fn calls(draft: &CampaignDraft) -> Vec<(String, Value, usize)> {
    let prices: BTreeMap<String, Fen> = draft.skus.iter().map(|one| (one.sku.clone(), Fen(1_905))).collect();
    let mut all = Vec::new();
    for answered in 0.. {
        let id = (answered > 0).then_some(ID);
        let work = CampaignWork { draft, prices: &prices, id, answered };
        let (parts, count) = match Jd.campaign_call(&work).unwrap() {
            CampaignCall::Begin(call) => (call.parts, 0),
            CampaignCall::Add { call, parts } => (call.parts, parts),
            CampaignCall::Commit(call) => {
                all.push((call.parts.api, serde_json::from_str(&call.parts.params).unwrap(), 0));
                return all;
            }
        };
        all.push((parts.api, serde_json::from_str(&parts.params).unwrap(), count));
    }
    all
}

#[test]
fn prices_are_handed_over_a_hundred_at_a_time_and_committed_last() {
    let all = calls(&prices(101));
    let apis: Vec<_> =
        all.iter().map(|(api, _, parts)| (api.rsplit_once("promotion.").unwrap().1, *parts)).collect();
    assert_eq!(apis, [("add", 0), ("sku.add", 100), ("sku.add", 1), ("commit", 0)]);
    let begun = json!({
        "name": "秋季", "type": 1, "begin_time": "2026-12-01 08:00:00", "end_time": "2026-12-11 08:00:00",
    });
    assert_eq!(all[0].1, begun);
    let last = json!({
        "#promo_id": 810_000_045, "sku_ids": "101", "jd_prices": "19.05", "promo_prices": "9.90", "bind_type": "1",
    });
    assert_eq!(all[2].1, last);
    assert_eq!(all[1].1["sku_ids"].as_str().unwrap().split(',').count(), 100);
    assert_eq!(all[3].1, json!({"promo_id": 810_000_045}));
}

/// Modes and their units are in the comments of the platform's own fields: see `docs.md`.
#[test]
fn the_rule_of_an_order_total_has_the_units_of_its_mode() {
    let some = vec![sku(7, None)];
    let offers = [
        (
            CampaignOffer::AmountOff { from: Fen(10_000), off: Fen(1_000) },
            Vec::new(),
            16,
            2,
            ("100", "minus", "10"),
        ),
        (
            CampaignOffer::PiecesDiscount { pieces: 3, pays_bp: 8_500 },
            some.clone(),
            15,
            1,
            ("3", "rate", "8.5"),
        ),
        (CampaignOffer::PiecesFree { pieces: 3, free: 1 }, Vec::new(), 6, 2, ("3", "rate", "1")),
        (CampaignOffer::PiecesFor { pieces: 2, total: Fen(990) }, some, 13, 1, ("9.9", "rate", "2")),
    ];
    for (offer, skus, mode, bound, (quota, name, amount)) in offers {
        let all = calls(&draft(offer, skus.clone()));
        let begun = &all[0].1;
        assert_eq!(
            (&begun["type"], &begun["bound"], &begun["favor_mode"]),
            (&json!(10), &json!(bound), &json!(mode))
        );
        let rule = &all[all.len() - 2];
        let wanted = json!({"#promo_id": 810_000_045, "#favor_mode": mode, "quota": quota, name: amount});
        assert_eq!(
            (rule.0.as_str(), &rule.1, rule.2),
            ("jingdong.seller.promotion.ordermode.add", &wanted, 1)
        );
        assert_eq!(all.len(), 3 + skus.len());
        if !skus.is_empty() {
            let list =
                json!({"#promo_id": 810_000_045, "sku_ids": "7", "jd_prices": "19.05", "bind_type": "1"});
            assert_eq!(all[1].1, list, "only prices of single items are prices of the promotion");
        }
    }
}

#[test]
fn words_are_sent_where_they_are_given() {
    let said = CampaignDraft { slogan: Some("全场".into()), comment: Some("内部".into()), ..prices(1) };
    let begun = &calls(&said)[0].1;
    assert_eq!((&begun["slogan"], &begun["comment"]), (&json!("全场"), &json!("内部")));
}

#[test]
fn a_draft_is_refused_with_all_that_is_wrong_with_it() {
    let good = prices(2);
    Jd.check_campaign(&good, NOW).unwrap();
    let with = |change: fn(&mut CampaignDraft)| {
        let mut draft = good.clone();
        change(&mut draft);
        draft
    };
    let total = |offer| draft(offer, Vec::new());
    let off = |from, off| total(CampaignOffer::AmountOff { from: Fen(from), off: Fen(off) });
    let wrong = [
        ("`name` must be 1 to 10", with(|draft| draft.name = "一二三四五六七八九十一".into())),
        ("`name` must be 1 to 10", with(|draft| draft.name = " 秋季".into())),
        ("`name` must be 1 to 10", with(|draft| draft.name = "秋\n季".into())),
        ("`slogan` must be 1 to 50", with(|draft| draft.slogan = Some("长".repeat(51)))),
        ("`comment` must be 1 to 200 bytes", with(|draft| draft.comment = Some("长".repeat(67)))),
        ("whole minutes", with(|draft| draft.from.0 += 1_000)),
        ("at least a minute after", with(|draft| draft.to = draft.from)),
        (
            "must lie in the future",
            with(|draft| (draft.from, draft.to) = (UtcMillis(0), UtcMillis(NOW.0 - DAY))),
        ),
        ("lasts 180 days", with(|draft| draft.to = UtcMillis(draft.from.0 + 180 * DAY + 60_000))),
        (
            "within the next 180 days",
            with(|draft| {
                (draft.from, draft.to) = (UtcMillis(NOW.0 + 181 * DAY), UtcMillis(NOW.0 + 182 * DAY));
            }),
        ),
        ("ids of products and SKUs", with(|draft| draft.skus[0].sku = "1,2".into())),
        ("ids of products and SKUs", with(|draft| draft.skus[0].sku = "01".into())),
        ("each SKU once", with(|draft| draft.skus[1] = draft.skus[0].clone())),
        ("at most 1000 SKUs", prices(1_001)),
        ("must name what has a price", with(|draft| draft.skus.clear())),
        ("price of at least one fen", with(|draft| draft.skus[0].price = None)),
        ("price of at least one fen", with(|draft| draft.skus[0].price = Some(Fen(0)))),
        (
            "only an offer of prices",
            with(|draft| draft.offer = CampaignOffer::PiecesFree { pieces: 2, free: 1 }),
        ),
        ("whole yuan", off(10_050, 1_000)),
        ("whole yuan", off(10_000, 0)),
        ("less must be taken off", off(1_000, 1_000)),
        ("`paysBp` must be", total(CampaignOffer::PiecesDiscount { pieces: 2, pays_bp: 8_550 })),
        ("`paysBp` must be", total(CampaignOffer::PiecesDiscount { pieces: 2, pays_bp: 10_000 })),
        ("`free` must be", total(CampaignOffer::PiecesFree { pieces: 2, free: 2 })),
        ("whole tenths of a yuan", total(CampaignOffer::PiecesFor { pieces: 2, total: Fen(995) })),
        ("no such offer for the whole shop", total(CampaignOffer::PiecesFor { pieces: 2, total: Fen(990) })),
    ];
    for (words, draft) in wrong {
        let error = Jd.check_campaign(&draft, NOW).unwrap_err();
        assert_eq!(error.code(), "INVALID_REQUEST", "{words}: {error}");
        assert!(error.message().contains(words), "{words}: {error}");
    }
    let both = CampaignDraft { name: String::new(), to: FROM, ..good };
    let error = Jd.check_campaign(&both, NOW).unwrap_err();
    assert!(error.message().contains("`name`") && error.message().contains("`to`"), "{error}");
}

#[test]
fn what_each_call_answers_is_read_by_its_own_name() {
    let wrapped = |method: &str, body: &str| {
        format!(r#"{{"jingdong_seller_promotion_{method}_responce":{{"code":"0"{body}}}}}"#).into_bytes()
    };
    assert_eq!(convert::begun(&wrapped("add", r#","promo_id":810000045"#)).unwrap(), ID);
    for odd in ["", r#","promo_id":0"#, r#","promo_id":"x""#, r#","promo_id":null"#] {
        assert!(convert::begun(&wrapped("add", odd)).is_err(), "{odd}");
    }
    let taken = |body| convert::skus_taken(&wrapped("sku_add", body));
    assert_eq!((taken(r#","ids":[1,2]"#).unwrap(), taken("").unwrap()), (2, 0));
    assert!(taken(r#","ids":"1,2""#).is_err());
    assert_eq!(convert::rules_taken(&wrapped("ordermode_add", r#","ids":[9]"#)).unwrap(), 1);
    convert::committed(&wrapped("commit", r#","success":true"#)).unwrap();
    convert::committed(&wrapped("commit", r#","success":"true""#)).unwrap();
    assert!(convert::committed(&wrapped("commit", "")).is_err(), "only its own word counts");
}

/// The names that kits in three languages read, and those of the first generation.
#[test]
fn promotions_of_the_second_generation_have_names_of_their_own() {
    let page = convert::promotions(fixture!("promotions.v2")).unwrap();
    let one = page.records[0].as_ref().unwrap();
    let facts = (one.platform_campaign_id.as_str(), one.name.as_str(), one.kind.as_str(), one.from);
    assert_eq!(facts, (ID, "秋季", "1", Some(FROM)));
}

/// What the platform shows, a page for each question.
fn find(draft: &CampaignDraft, id: Option<&str>, answers: &[(&str, Value)]) -> Option<String> {
    let what = CampaignLookUp { draft, id, since: NOW };
    let mut facts = Facts::default();
    loop {
        match Jd.find_campaign(&what, &facts).unwrap() {
            Step::Done(found) => return found,
            Step::Ask(question) => {
                let answer = answers.iter().find(|(name, _)| *name == question.name);
                let (_, answer) = answer.unwrap_or_else(|| panic!("nothing answers {}", question.name));
                facts.insert(question.name, answer.to_string());
            }
        }
    }
}

fn shown(id: u64, change: Value) -> Value {
    let mut row = json!({
        "promo_id": id, "promo_name": "秋季", "promo_type": 1, "promo_status": 2, "favor_mode": 0, "bound": 0,
        "begin_time": "2026-12-01 08:00:00", "end_time": "2026-12-11 08:00:00", "created": NOW.0,
    });
    row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    row
}

fn page(rows: &[Value]) -> Value {
    json!({"code": "0", "promotion_list": rows})
}

#[test]
fn what_is_ours_by_its_id_is_found_when_it_counts() {
    let draft = prices(1);
    for (status, counts) in [(-1, false), (0, false), (1, true), (2, true), (4, true), (5, true), (7, true)] {
        let rows = page(&[shown(810_000_045, json!({"promo_status": status, "promo_name": "改名"}))]);
        let found = find(&draft, Some(ID), &[("campaigns:1", rows)]);
        assert_eq!(found.is_some(), counts, "{status}");
    }
    assert_eq!(find(&draft, Some(ID), &[("campaigns:1", page(&[shown(7, json!({}))]))]), None);
    assert_eq!(find(&draft, Some(ID), &[("campaigns:1", json!({"code": "0"}))]), None);
}

#[test]
fn without_an_id_it_is_found_by_its_name_times_and_all_that_takes_part() {
    let draft = prices(2);
    let skus = |rows: Value| ("campaign-810000045:1", json!({"code": "0", "promotion_sku_list": rows}));
    let one = |id: u64, price: &str| json!({"sku_id": id, "promo_price": price});
    let both = || skus(json!([one(1, "9.90"), one(2, "9.9")]));
    let looked = |change: Value, skus: (&'static str, Value)| {
        find(
            &draft,
            None,
            &[("campaigns:1", page(&[json!({"promo_id": {}}), shown(810_000_045, change)])), skus],
        )
    };
    assert_eq!(looked(json!({}), both()).as_deref(), Some(ID), "also beside a record that cannot be read");
    assert_eq!(looked(json!({"created": null}), both()).as_deref(), Some(ID));
    let others = [
        json!({"promo_name": "秋季2"}),
        json!({"begin_time": "2026-12-01 08:01:00"}),
        json!({"end_time": "2026-12-11 08:01:00"}),
        json!({"promo_status": -1}),
        json!({"created": NOW.0 - DAY}),
    ];
    for other in others {
        assert_eq!(looked(other.clone(), both()), None, "{other}");
    }
    let apart = [
        json!([one(1, "9.90")]),
        json!([one(1, "9.90"), one(2, "9.80")]),
        json!([one(1, "9.90"), one(3, "9.90")]),
        json!([one(1, "9.90"), one(2, "9.90"), one(3, "9.90")]),
    ];
    for rows in apart {
        assert_eq!(looked(json!({}), skus(rows.clone())), None, "{rows}");
    }
}

#[test]
fn an_order_total_is_told_by_its_rule_too_and_found_on_any_page() {
    let draft = draft(CampaignOffer::PiecesFree { pieces: 3, free: 1 }, Vec::new());
    let ours = json!({"promo_type": 10, "favor_mode": 6, "bound": 2});
    let full: Vec<Value> = (1..=20).map(|id| shown(id, json!({"promo_name": "别的"}))).collect();
    let pages =
        |row: Value| [("campaigns:1", page(&full)), ("campaigns:2", page(&[shown(810_000_045, row)]))];
    assert_eq!(find(&draft, None, &pages(ours)).as_deref(), Some(ID));
    let another = json!({"promo_type": 10, "favor_mode": 15, "bound": 2});
    assert_eq!(find(&draft, None, &pages(another)), None);
}
