//! Looking for what was sent, and asking where it stands.

use super::*;
use crate::model::{ListingStatus, UtcMillis};
use crate::platform::{LookUp, ReviewSeen, UnderReview};

/// 2026-11-02 10:00:00 at +08:00.
const SENT: UtcMillis = UtcMillis(1_793_584_800_000);

/// A shop: its lists by name, newest change first, and when its products were made.
#[derive(Default)]
struct Shop {
    lists: Vec<(&'static str, Vec<(u64, String)>)>,
    made: Vec<(u64, &'static str)>,
}

impl Shop {
    fn answer(&self, question: &Question) -> String {
        let params: Value = serde_json::from_str(&question.call.parts.params).unwrap();
        if question.call.parts.api == "taobao.item.seller.get" {
            let id = params["num_iid"].as_u64().unwrap();
            let (_, created) = self.made.iter().find(|(one, _)| *one == id).unwrap();
            let outer_id = self.outer_id(id);
            return json!({"item": {"num_iid": id, "outer_id": outer_id, "created": created}}).to_string();
        }
        assert!(params.get("end_modified").is_none(), "{params}");
        let list = params.get("banner").and_then(Value::as_str).unwrap_or("onsale");
        let none = Vec::new();
        let rows = self.lists.iter().find(|(name, _)| *name == list).map_or(&none, |(_, rows)| rows);
        let start = (params["page_no"].as_u64().unwrap() as usize - 1) * 200;
        let item = |(id, outer): &(u64, String)| json!({"num_iid": id, "outer_id": outer});
        let items: Vec<_> = rows.iter().skip(start).take(200).map(item).collect();
        if items.is_empty() {
            return json!({"total_results": rows.len()}).to_string();
        }
        json!({"items": {"item": items}, "total_results": rows.len()}).to_string()
    }

    fn outer_id(&self, id: u64) -> &str {
        let mut all = self.lists.iter().flat_map(|(_, rows)| rows);
        &all.find(|(one, _)| *one == id).unwrap().1
    }

    /// What is found, and the names of the questions.
    fn find(&self) -> (Option<String>, Vec<String>) {
        let (mut facts, mut names) = (Facts::default(), Vec::new());
        let what = LookUp { outer_id: "TEA-1", since: SENT, until: SENT };
        loop {
            match Taobao.find_plan(&what, &facts).unwrap() {
                Step::Done(found) => return (found.map(|found| found.platform_product_id), names),
                Step::Ask(question) => {
                    assert_eq!(question.keep, None);
                    facts.insert(&question.name, self.answer(&question));
                    names.push(question.name);
                }
            }
        }
    }
}

fn rows(ids: std::ops::Range<u64>) -> Vec<(u64, String)> {
    ids.map(|id| (id, format!("OTHER-{id}"))).collect()
}

#[test]
fn every_list_is_read_before_nothing_is_found() {
    let (found, names) = Shop::default().find();
    assert_eq!(found, None);
    let expected = ["for_shelved", "sold_out", "onsale", "violation_off_shelf"];
    assert_eq!(names, expected.map(|list| format!("found:{list}:first")));
    let question = asked(
        Taobao.find_plan(&LookUp { outer_id: "a", since: SENT, until: SENT }, &Facts::default()).unwrap(),
    );
    let params: Value = serde_json::from_str(&question.call.parts.params).unwrap();
    assert_eq!(params["start_modified"], "2026-11-02 09:50:00");
}

#[test]
fn a_product_is_found_in_each_list_by_its_whole_outer_id() {
    for list in ["for_shelved", "sold_out", "onsale", "violation_off_shelf"] {
        let near =
            ["TEA-11", "tea-1", "TEA-", "TEA-1 x"].iter().zip(1..).map(|(id, n)| (n, (*id).to_owned()));
        let mut all: Vec<_> = near.collect();
        let mut shop = Shop { lists: vec![(list, all.clone())], made: Vec::new() };
        assert_eq!(shop.find().0, None, "{list}");
        all.push((9_007_199_254_740_993, "TEA-1".into()));
        shop.lists = vec![(list, all)];
        shop.made = vec![(9_007_199_254_740_993, "2026-11-02 10:00:01")];
        assert_eq!(shop.find().0.as_deref(), Some("9007199254740993"), "{list}");
    }
}

#[test]
fn one_that_was_made_before_is_not_ours_and_the_newest_is() {
    let mut shop =
        Shop { lists: vec![("onsale", vec![(5, "TEA-1".into()), (7, "TEA-1".into())])], made: Vec::new() };
    shop.made = vec![(5, "2026-11-02 09:49:59"), (7, "2025-01-01 00:00:00")];
    assert_eq!(shop.find().0, None);
    shop.made = vec![(5, "2026-11-02 10:00:02"), (7, "2026-11-02 10:00:01")];
    assert_eq!(shop.find().0.as_deref(), Some("5"));
}

#[test]
fn pages_are_read_from_the_last_one_on_and_the_first_one_again() {
    let mut all = rows(1000..1450);
    all[430].1 = "TEA-1".into();
    let shop = Shop { lists: vec![("onsale", all)], made: vec![(1430, "2026-11-02 10:00:01")] };
    let (found, names) = shop.find();
    assert_eq!(found.as_deref(), Some("1430"));
    let pages: Vec<_> = names.iter().filter_map(|name| name.strip_prefix("found:onsale:")).collect();
    assert_eq!(pages, ["first", "3", "2", "1"]);
}

#[test]
fn more_than_the_platform_shows_is_not_taken_for_nothing() {
    let mut facts = Facts::default();
    facts.insert("found:for_shelved:first", r#"{"total_results":20001}"#);
    let what = LookUp { outer_id: "TEA-1", since: SENT, until: SENT };
    assert_eq!(Taobao.find_plan(&what, &facts).unwrap_err().kind(), ErrorKind::Unsupported);
    facts.insert("found:for_shelved:first", r#"{"request_id":"x"}"#);
    assert_eq!(Taobao.find_plan(&what, &facts).unwrap_err().kind(), ErrorKind::Decode);
}

fn seen(item: Value) -> ReviewSeen {
    let mut facts = Facts::default();
    let what = UnderReview { product: "652874751412", review_id: None };
    let question = asked(Taobao.review_plan(&what, &facts).unwrap());
    assert_eq!((question.call.parts.api.as_str(), question.keep), ("taobao.item.seller.get", None));
    facts.insert(&question.name, json!({"item": item}).to_string());
    match Taobao.review_plan(&what, &facts).unwrap() {
        Step::Done(seen) => seen,
        Step::Ask(question) => panic!("{question:?}"),
    }
}

#[test]
fn the_shelf_and_violations_say_where_a_product_stands() {
    let (made, later) = ("2026-11-02 10:00:00", "2026-11-02 10:00:09");
    let cases = [
        ("onsale", false, later, ListingStatus::OnSale, "onsale"),
        ("instock", false, made, ListingStatus::UnderReview, "instock"),
        ("instock", false, later, ListingStatus::OffSale, "instock"),
        ("instock", true, later, ListingStatus::Banned, "instock/violation_off_shelf"),
        ("frozen", false, later, ListingStatus::Unknown, "frozen"),
    ];
    for (shelf, violation, modified, status, word) in cases {
        let item =
            json!({"approve_status": shelf, "violation": violation, "created": made, "modified": modified});
        assert_eq!(seen(item), ReviewSeen { status, platform_status: word.into(), reason: None });
    }
    let bare = seen(json!({"approve_status": "instock"}));
    assert_eq!(bare.status, ListingStatus::OffSale);
}
