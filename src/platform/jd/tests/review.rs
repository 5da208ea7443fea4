//! After a ware was sent: it is looked for, and its audit is followed.

use serde_json::{Value, json};

use super::super::Jd;
use super::fixture;
use super::listing::walk;
use crate::error::{ErrorKind, Result};
use crate::model::{ListingStatus, UtcMillis};
use crate::platform::{LookUp, Platform, Published, Reading, ReviewSeen, UnderReview};

const OURS: LookUp<'static> =
    LookUp { outer_id: "DQ-1", since: UtcMillis(1_700_000_000_500), until: UtcMillis(1_700_000_060_000) };

/// One page of a list of this many wares, from the `first`.
fn page(first: usize, rows: usize, total: usize, outer: impl Fn(usize) -> &'static str) -> Vec<u8> {
    let row = |nth| json!({"wareId": 100 + nth, "outerId": outer(nth), "created": 1_700_000_000_000_u64 + nth as u64});
    let data: Vec<_> = (first..first + rows).map(row).collect();
    let page = json!({"data": data, "totalItem": total});
    json!({"jingdong_ware_read_searchWare4Valid_responce": {"code": "0", "page": page}})
        .to_string()
        .into_bytes()
}

fn find(answer: impl Fn(&str, &Value) -> Vec<u8>) -> Result<(Option<Published>, Vec<String>)> {
    walk(|facts| Jd.find_plan(&OURS, facts), answer)
}

#[test]
fn a_ware_is_found_by_its_creation_and_its_outer_id_alone() {
    let (found, asked) = find(|_, params| {
        // Beijing time, ten minutes around: so far may clocks be off.
        assert_eq!(params["startCreatedTime"], json!("2023-11-15 06:03:20"));
        assert_eq!(params["endCreatedTime"], json!("2023-11-15 06:24:20"));
        assert!(params.get("wareStatusValue").is_none(), "audits that wait or failed are looked through too");
        page(0, 5, 5, |nth| ["DQ-10", "DQ-1", "dq-1", "DQ-1", " DQ-1"][nth])
    })
    .unwrap();
    assert_eq!(asked, ["found:1"]);
    assert_eq!(found.unwrap().platform_product_id, "103", "the newest of those that have it exactly");
    let (none, _) = find(|_, _| page(0, 2, 2, |_| "DQ-10")).unwrap();
    assert_eq!(none, None);
    let huge = br#"{"jingdong_ware_read_searchWare4Valid_responce":{"code":"0","page":{"totalItem":"1","data":[{"wareId":9007199254740993,"outerId":"DQ-1","created":1}]}}}"#;
    let (found, _) = find(|_, _| huge.to_vec()).unwrap();
    assert_eq!(found.unwrap().platform_product_id, "9007199254740993");
}

#[test]
fn all_pages_are_read_before_it_is_said_that_there_is_nothing() {
    let pages = |name: &str| match name {
        "found:1" => page(0, 50, 60, |_| "X"),
        "found:2" => page(50, 10, 60, |nth| if nth == 59 { "DQ-1" } else { "X" }),
        other => panic!("{other} is not asked"),
    };
    let (found, asked) = find(|name, _| pages(name)).unwrap();
    assert_eq!((asked.len(), found.unwrap().platform_product_id.as_str()), (2, "159"));
    // A row moved to a page that was read: one is missing.
    let moved = |name: &str| match name {
        "found:1" => page(0, 50, 61, |_| "X"),
        _ => page(50, 10, 61, |_| "X"),
    };
    assert_eq!(find(|name, _| moved(name)).unwrap_err().kind(), ErrorKind::Transient);
    let endless = |name: &str| page(name[6..].parse::<usize>().unwrap() * 50, 50, 9_999, |_| "X");
    assert_eq!(find(|name, _| endless(name)).unwrap_err().kind(), ErrorKind::Transient);
    let (_, asked) = find(|name, _| match name {
        "found:100" => page(5_000, 50, 5_000, |_| "DQ-1"),
        name => endless(name),
    })
    .unwrap();
    assert_eq!(asked.len(), 100, "no page beyond those that are shown");
    let uncounted = br#"{"jingdong_ware_read_searchWare4Valid_responce":{"code":"0","page":{"data":[]}}}"#;
    assert_eq!(find(|_, _| uncounted.to_vec()).unwrap_err().kind(), ErrorKind::Decode);
}

fn review(status: i64, answers: &[(&str, &[u8])]) -> (ReviewSeen, Vec<String>) {
    let what = UnderReview { product: "9007199254740993", review_id: None };
    walk(
        |facts| Jd.review_plan(&what, facts),
        |name, params| {
            let topic = name.split(':').next().unwrap();
            if topic == "ware" {
                assert_eq!(params["wareId"], json!(9_007_199_254_740_993_u64));
                let ware = json!({"wareId": 9_007_199_254_740_993_u64, "wareStatus": status});
                let answer = json!({"jingdong_ware_read_findWareById_responce": {"code": "0", "ware": ware}});
                return answer.to_string().into_bytes();
            }
            answers
                .iter()
                .find(|(of, _)| *of == topic)
                .unwrap_or_else(|| panic!("{name} is not asked"))
                .1
                .to_vec()
        },
    )
    .unwrap()
}

const SILENT: &[u8] = br#"{"jingdong_ware_read_findOpReason_responce":{"code":"0"}}"#;

#[test]
fn each_status_of_a_sent_ware_is_known() {
    let cases = [
        (-1, ListingStatus::Deleted),
        (1, ListingStatus::OffSale),
        (2, ListingStatus::OffSale),
        (4, ListingStatus::Banned),
        (8, ListingStatus::OnSale),
        (513, ListingStatus::UnderReview),
        (514, ListingStatus::UnderReview),
        (516, ListingStatus::UnderReview),
        (520, ListingStatus::UnderReview),
        (1025, ListingStatus::Rejected),
        (1026, ListingStatus::Rejected),
        (1028, ListingStatus::Rejected),
        (1032, ListingStatus::Rejected),
        (16, ListingStatus::Unknown),
        (0, ListingStatus::Unknown),
        (512, ListingStatus::Unknown),
        (777, ListingStatus::Unknown),
        (2_056, ListingStatus::Unknown),
    ];
    for (value, expected) in cases {
        let (seen, _) = review(value, &[("reason", fixture!("ware.why"))]);
        assert_eq!((seen.status, seen.platform_status), (expected, value.to_string()));
        let is_refusal = matches!(expected, ListingStatus::Banned | ListingStatus::Rejected);
        assert_eq!(seen.reason.is_some(), is_refusal, "{value}");
    }
}

#[test]
fn a_refusal_has_the_platforms_words() {
    let (seen, asked) = review(4, &[("reason", fixture!("ware.why"))]);
    assert_eq!(seen.reason.as_deref(), Some("主图含有联系方式"), "and not who took it down");
    assert_eq!(asked.len(), 2);
    let (seen, asked) = review(1025, &[("reason", SILENT), ("audit", fixture!("ware.audit"))]);
    assert_eq!(seen.reason.as_deref(), Some("商品信息 / 标题 / 含有极限词; 最佳"));
    assert_eq!(asked[2], "audit:9007199254740993");
    let nothing = br#"{"jingdong_ware_audit_getWareAuditDetail_responce":{"code":"0","response":{"code":"500","success":false,"errorMsg":"no audit"}}}"#;
    assert!(matches!(
        super::super::fault::read("jingdong.ware.audit.getWareAuditDetail", nothing),
        Reading::Success { .. }
    ));
    let (seen, _) = review(1032, &[("reason", SILENT), ("audit", nothing)]);
    assert_eq!((seen.status, seen.reason), (ListingStatus::Rejected, None), "the status is not lost with it");
}
