//! JD creates promotions, through the public face and against the sandbox: never two of one draft, whatever is lost.

use std::process::Child;
use std::time::Duration;

use dianqiao::clock::Clock;
use dianqiao::model::{
    Actor, CampaignDraft, CampaignOffer, CampaignSku, CampaignStatus, Change, ChangeId, ChangeState,
    Evidence, Fen, PageRequest, Receipt, ShopId, UtcMillis,
};
use dianqiao::{CampaignFilter, ErrorKind, Hub};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::jd::PARTY;
use super::{SHIPPED, Visit, text};
use crate::support::{config, config_for};

const ADD: &str = "jingdong.seller.promotion.add";
const SKUS: &str = "jingdong.seller.promotion.sku.add";
const RULE: &str = "jingdong.seller.promotion.ordermode.add";
const COMMIT: &str = "jingdong.seller.promotion.commit";
const ROLE: &str = "DIANQIAO_CAMPAIGNS_CHILD";
const PATIENCE: Duration = Duration::from_secs(60);

async fn visit() -> Visit {
    Visit::start(&PARTY, &["--orders", "3", "--products", "12"]).await
}

/// A SKU on sale, and what it costs in the shop.
async fn on_sale(visit: &Visit) -> (CampaignSku, i64) {
    let wares = visit.truth("products").await;
    let is_on_sale = |sku: &Value| {
        wares.iter().any(|ware| ware["wareId"] == sku["wareId"] && text(&ware["wareStatus"]) == "8")
    };
    let found = visit.truth("skus").await.into_iter().find(is_on_sale).expect("a SKU on sale");
    let price = super::fen(&found["jdPrice"]).unwrap();
    let sku = CampaignSku { product: text(&found["wareId"]), sku: text(&found["skuId"]), price: None };
    (sku, price)
}

fn soon(minutes: i64) -> UtcMillis {
    UtcMillis((Clock::system().now().0 / 60_000 + minutes) * 60_000)
}

fn draft(name: &str, offer: CampaignOffer, skus: Vec<CampaignSku>) -> CampaignDraft {
    let (from, to) = (soon(60), soon(60 * 24));
    CampaignDraft { name: name.into(), from, to, offer, skus, slogan: None, comment: None }
}

/// One SKU, ten fen below the shop's price.
async fn cheaper(visit: &Visit, name: &str) -> CampaignDraft {
    let (sku, price) = on_sale(visit).await;
    draft(name, CampaignOffer::ItemPrices, vec![CampaignSku { price: Some(Fen(price - 10)), ..sku }])
}

async fn create(visit: &Visit, draft: CampaignDraft) -> dianqiao::Result<Receipt> {
    visit.hub.marketing().create_campaign(visit.shop.id, draft).await
}

/// The promotions of a name that count at the platform.
async fn counting(visit: &Visit, name: &str) -> Vec<Value> {
    let counts = |one: &Value| one["name"] == name && !matches!(text(&one["status"]).as_str(), "-1" | "0");
    visit.truth("promotions").await.into_iter().filter(counts).collect()
}

async fn calls(visit: &Visit) -> [i64; 4] {
    let count = |method| visit.sandbox.calls_of("jd", method);
    [count(ADD).await, count(SKUS).await, count(RULE).await, count(COMMIT).await]
}

/// Waits until the change is accepted.
async fn accepted(hub: &Hub, id: ChangeId) -> Change {
    let until = Instant::now() + PATIENCE;
    loop {
        let change = hub.changes().get(id).await.unwrap();
        if change.state == ChangeState::Accepted {
            return change;
        }
        assert!(!change.state.is_final() && Instant::now() < until, "{change:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// The change became the one promotion of that name that counts.
async fn assert_once(visit: &Visit, name: &str, change: &Change) -> Value {
    let there = counting(visit, name).await;
    assert_eq!(there.len(), 1, "{name}: {there:#?}");
    assert_eq!(change.platform_campaign_id, Some(text(&there[0]["promo_id"])), "{name}: {change:?}");
    there[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_creates_a_promotion_of_prices_once_and_shows_it_under_review() {
    let visit = visit().await;
    let draft = CampaignDraft { slogan: Some("全场".into()), ..cheaper(&visit, "秋季").await };
    let receipt = create(&visit, draft.clone()).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Accepted);
    let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
    assert_eq!((change.operation.as_str(), change.evidence), ("campaigns.create", Some(Evidence::Answer)));
    let there = assert_once(&visit, "秋季", &change).await;
    let (sku, price) = (&draft.skus[0], draft.skus[0].price.unwrap().0);
    let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    assert_eq!(there["skus"], json!([[sku.sku, yuan(price + 10), yuan(price)]]));
    assert_eq!(
        (text(&there["type"]), text(&there["status"]), text(&there["slogan"])),
        ("1".into(), "2".into(), "全场".into())
    );
    // As the list has it: the same times, under review.
    let filter =
        CampaignFilter { shop_id: visit.shop.id, page: PageRequest { limit: Some(20), cursor: None } };
    let mut listed = visit.hub.marketing().campaigns(filter.clone()).await.unwrap();
    let ours = loop {
        let is_ours = |one: &dianqiao::model::Campaign| {
            Some(&one.platform_campaign_id) == change.platform_campaign_id.as_ref()
        };
        if let Some(found) = listed.items.iter().find(|one| is_ours(one)) {
            break found.clone();
        }
        let page = PageRequest { limit: Some(20), cursor: Some(listed.next_cursor.expect("it is listed")) };
        let next = CampaignFilter { page, ..filter.clone() };
        listed = visit.hub.marketing().campaigns(next).await.unwrap();
    };
    assert_eq!((ours.from, ours.to), (Some(draft.from), Some(draft.to)));
    assert_eq!((ours.status, ours.name.as_str()), (CampaignStatus::UnderReview, "秋季"));
    // The same draft again is the same change, and nothing is sent.
    let before = calls(&visit).await;
    assert_eq!(before, [1, 1, 0, 1]);
    assert_eq!(create(&visit, draft.clone()).await.unwrap(), receipt);
    let other = CampaignDraft { slogan: None, ..draft };
    let taken = create(&visit, other).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::Conflict, "{taken}");
    assert_eq!(calls(&visit).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_creates_promotions_of_order_totals_by_their_rules() {
    let visit = visit().await;
    let (sku, _) = on_sale(&visit).await;
    let offers = [
        ("满减", CampaignOffer::AmountOff { from: Fen(10_000), off: Fen(1_000) }, false, ["100", "", "10"]),
        ("打折", CampaignOffer::PiecesDiscount { pieces: 3, pays_bp: 8_500 }, true, ["3", "8.5", ""]),
        ("免件", CampaignOffer::PiecesFree { pieces: 3, free: 1 }, false, ["3", "1", ""]),
        ("任选", CampaignOffer::PiecesFor { pieces: 2, total: Fen(990) }, true, ["9.9", "2", ""]),
    ];
    for (name, offer, some, wanted) in offers {
        let skus = if some { vec![sku.clone()] } else { Vec::new() };
        let receipt = create(&visit, draft(name, offer, skus)).await.unwrap();
        let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
        let there = assert_once(&visit, name, &change).await;
        let rule = &there["modes"][0];
        assert_eq!(["quota", "rate", "minus"].map(|part| text(&rule[part])), wanted, "{name}");
        assert_eq!(text(&there["bound"]), if some { "1" } else { "2" }, "{name}");
        assert_eq!(there["skus"].as_array().unwrap().len(), usize::from(some), "{name}");
    }
}

/// Whatever hides the answer of the call that counts: the promotion is found by its id, or committed under that id.
#[tokio::test(flavor = "multi_thread")]
async fn jd_finds_a_promotion_whose_last_answer_was_lost() {
    let visit = visit().await;
    let draft = cheaper(&visit, "").await;
    for (nth, fault) in ["lost_reset", "lost_code", "lost_500", "cut_body", "reset"].into_iter().enumerate() {
        let name = format!("丢失{nth}");
        let before = calls(&visit).await;
        visit.fault(fault, COMMIT, 1).await;
        let receipt = create(&visit, CampaignDraft { name: name.clone(), ..draft.clone() }).await.unwrap();
        let change = accepted(&visit.hub, receipt.change_id).await;
        assert_once(&visit, &name, &change).await;
        let made = calls(&visit).await;
        let arrived = fault != "reset";
        let evidence = if arrived { Evidence::ReadBack } else { Evidence::Answer };
        assert_eq!(change.evidence, Some(evidence), "{fault}");
        assert_eq!((made[0] - before[0], made[1] - before[1]), (1, 1), "{fault}: it is begun once");
        assert_eq!(made[3] - before[3], if arrived { 1 } else { 2 }, "{fault}");
    }
}

/// What is lost before the last call counts for nobody: it is left behind, and put together anew.
#[tokio::test(flavor = "multi_thread")]
async fn jd_leaves_behind_what_is_in_doubt_before_it_counts() {
    let visit = visit().await;
    let draft = cheaper(&visit, "").await;
    let losses = [
        ("甲", ADD, "lost_reset"),
        ("乙", ADD, "reset"),
        ("丙", SKUS, "lost_code"),
        ("丁", SKUS, "cut_body"),
    ];
    let mut waits = Vec::new();
    for (name, method, fault) in losses {
        visit.fault(fault, method, 1).await;
        let receipt = create(&visit, CampaignDraft { name: name.into(), ..draft.clone() }).await.unwrap();
        assert_eq!(receipt.state, ChangeState::RetryWait, "{name}");
        assert_eq!(counting(&visit, name).await.len(), 0, "{name}: nothing of it counts");
        let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
        assert_eq!(change.error_code.as_deref(), Some("TRANSIENT"), "{name}: {change:?}");
        waits.push((name, receipt.change_id));
    }
    for (name, id) in waits {
        let change = accepted(&visit.hub, id).await;
        assert_once(&visit, name, &change).await;
    }
    assert_eq!(calls(&visit).await, [8, 6, 0, 4]);
}

/// A refusal of the call that counts, after one that nobody knows of, says nothing of the first: it stays unknown, is
/// not hammered, and nothing else is begun for it.
#[tokio::test(flavor = "multi_thread")]
async fn jd_never_begins_anew_what_may_have_been_committed() {
    let visit = visit().await;
    let draft = cheaper(&visit, "存疑").await;
    visit.fault("reset", COMMIT, 1).await;
    visit.fault("business_error", COMMIT, 100).await;
    let receipt = create(&visit, draft.clone()).await.unwrap();
    assert_eq!(receipt.state, ChangeState::Unknown);
    assert_eq!(create(&visit, draft).await.unwrap(), receipt);
    let seen = visit.hub.changes().settle(receipt.change_id).await.unwrap();
    assert_eq!((seen.state, seen.platform_code.as_deref()), (ChangeState::Unknown, Some("70")));
    assert_eq!(calls(&visit).await, [1, 1, 0, 2], "begun once, and committed under that one id alone");
    let waits = visit.hub.changes().cancel(receipt.change_id).await.unwrap_err();
    assert_eq!(waits.kind(), ErrorKind::Conflict, "nobody takes back what may count: {waits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_refuses_a_bad_promotion_before_it_is_sent_and_tells_what_the_platform_refused() {
    let visit = visit().await;
    let good = cheaper(&visit, "秋季").await;
    let with = |price: i64, sku: &str| {
        let mut draft = good.clone();
        draft.skus[0].price = Some(Fen(price));
        draft.skus[0].sku = sku.into();
        draft
    };
    let (sku, shop_price) = (good.skus[0].sku.clone(), good.skus[0].price.unwrap().0 + 10);
    let bad = [
        ("not below the shop's price", with(shop_price, &sku)),
        ("has no SKU 77", with(1, "77")),
        ("`name` must be", CampaignDraft { name: "一二三四五六七八九十一".into(), ..good.clone() }),
        ("must lie in the future", CampaignDraft { from: soon(-60), to: soon(-30), ..good.clone() }),
    ];
    for (words, draft) in bad {
        let error = create(&visit, draft).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{words}: {error}");
        assert!(error.message().contains(words), "{words}: {error}");
    }
    assert_eq!(calls(&visit).await, [0, 0, 0, 0]);
    for method in [ADD, SKUS, COMMIT] {
        visit.fault("business_error", method, 1).await;
        let refused = create(&visit, good.clone()).await.unwrap_err();
        assert_eq!((refused.kind(), refused.platform_code()), (ErrorKind::Rejected, Some("70")), "{method}");
        assert_eq!(counting(&visit, "秋季").await.len(), 0, "{method}");
    }
    // What failed for good makes room for the same draft.
    let receipt = create(&visit, good).await.unwrap();
    let change = accepted(&visit.hub, receipt.change_id).await;
    assert_once(&visit, "秋季", &change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_promotions_is_a_right_and_the_calls_belong_to_it() {
    let visit = visit().await;
    let draft = cheaper(&visit, "秋季").await;
    let by = |role: &str| {
        let actor = Actor::User { id: format!("u-{role}"), roles: vec![role.into()] };
        visit.hub.acting(actor).unwrap().marketing()
    };
    let refused = by("viewer").create_campaign(visit.shop.id, draft.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    let receipt = by("operator").create_campaign(visit.shop.id, draft).await.unwrap();
    let change = visit.hub.changes().get(receipt.change_id).await.unwrap();
    assert_eq!(change.actor, "u-operator");
    for api in [ADD, SKUS, RULE, COMMIT] {
        let request = visit.by_hand(api, &json!({}));
        let guarded = visit.hub.call(request).await.unwrap_err();
        assert!(guarded.message().contains("marketing.createCampaign"), "{guarded}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_platforms_say_why_they_create_no_promotions() {
    let reasons =
        [("doudian", "its API has no promotions"), ("taobao", "hub.call"), ("pinduoduo", "hub.call")];
    for party in SHIPPED.into_iter().filter(|party| party.platform != PARTY.platform) {
        let visit = Visit::start(party, &["--orders", "1", "--products", "1"]).await;
        let draft = draft("秋季", CampaignOffer::PiecesFree { pieces: 3, free: 1 }, Vec::new());
        let refused = create(&visit, draft).await.unwrap_err();
        let (_, words) = reasons.iter().find(|(name, _)| *name == party.platform.as_str()).unwrap();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
        assert!(refused.message().contains(words), "{refused}");
    }
}

/// Nothing unless it is started as a child: creates the promotion that it is told to, and dies where it is told to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_as_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let role: Value = serde_json::from_str(&role).unwrap();
    let text = |name: &str| role[name].as_str().unwrap().to_owned();
    let hub = Hub::open(config_for(text("database").as_ref(), &text("host"))).await.unwrap();
    let draft: CampaignDraft = serde_json::from_str(&text("draft")).unwrap();
    let _ = hub.marketing().create_campaign(ShopId(role["shop"].as_i64().unwrap()), draft).await;
    hub.close().await.unwrap();
}

fn child(visit: &Visit, draft: &CampaignDraft, failpoint: &str) -> Child {
    let role = json!({
        "host": visit.sandbox.host(),
        "database": visit.folder.path().join("shop.db"),
        "shop": visit.shop.id.0,
        "draft": serde_json::to_string(draft).unwrap(),
    });
    let test = "conformance::jd_campaign::creates_as_another_process";
    crate::support::child(test, (ROLE, &role), Some(failpoint))
}

/// A process dies at each step; the next one goes on, and there is one promotion.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_a_promotion_is_there_once() {
    let mut visit = visit().await;
    let draft = cheaper(&visit, "").await;
    let deaths = [
        "before-intent",
        "after-intent",
        "campaign-begun",
        "campaign-added",
        "campaign-committing",
        "campaign-committed",
        "after-send",
        "after-result",
    ];
    for (nth, point) in deaths.into_iter().enumerate() {
        let name = format!("第{nth}步");
        let draft = CampaignDraft { name: name.clone(), ..draft.clone() };
        visit.hub.close().await.unwrap();
        let before = calls(&visit).await;
        let mut dying = child(&visit, &draft, point);
        let died = tokio::task::spawn_blocking(move || dying.wait().unwrap()).await.unwrap();
        assert!(!died.success(), "{point} is reached");
        visit.hub = Hub::open(config(&visit.folder.path().join("shop.db"), &visit.sandbox)).await.unwrap();
        let receipt = create(&visit, draft).await.unwrap();
        let change = accepted(&visit.hub, receipt.change_id).await;
        assert_once(&visit, &name, &change).await;
        let made = calls(&visit).await;
        // Every answer was kept before the next call: the next process goes on with it.
        assert_eq!([made[0] - before[0], made[1] - before[1], made[3] - before[3]], [1, 1, 1], "{point}");
    }
}

/// Makes the draft's promotion by hand, as a merchant does in the platform's own tools.
async fn make_by_hand(visit: &Visit, draft: &CampaignDraft) -> String {
    let call = async |api: &str, params: Value| {
        let request = visit.by_hand(api, &params);
        serde_json::from_str::<Value>(&visit.hub.call_forced(request).await.unwrap()).unwrap()
    };
    let local = |at: UtcMillis| {
        let time = jiff::Timestamp::from_millisecond(at.0).unwrap();
        jiff::tz::Offset::constant(8).to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    let begun =
        json!({"name": draft.name, "type": 1, "begin_time": local(draft.from), "end_time": local(draft.to)});
    let id = text(&call(ADD, begun).await["promo_id"]);
    let sku = &draft.skus[0];
    let price = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    let wanted = sku.price.unwrap().0;
    let prices = json!({
        "#promo_id": id, "sku_ids": sku.sku, "jd_prices": price(wanted + 10), "promo_prices": price(wanted),
    });
    call(SKUS, prices).await;
    call(COMMIT, json!({"promo_id": id})).await;
    id
}

/// Before any second try it is looked for, by all that it is where no id of it may count yet.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_has_already_is_not_made_a_second_time() {
    let mut visit = visit().await;
    let draft = cheaper(&visit, "秋季").await;
    let by_hand = make_by_hand(&visit, &draft).await;
    let before = calls(&visit).await;
    visit.hub.close().await.unwrap();
    let mut dying = child(&visit, &draft, "campaign-begun");
    let died = tokio::task::spawn_blocking(move || dying.wait().unwrap()).await.unwrap();
    assert!(!died.success());
    visit.hub = Hub::open(config(&visit.folder.path().join("shop.db"), &visit.sandbox)).await.unwrap();
    let receipt = create(&visit, draft).await.unwrap();
    let change = accepted(&visit.hub, receipt.change_id).await;
    assert_eq!(
        (change.platform_campaign_id.as_deref(), change.evidence),
        (Some(by_hand.as_str()), Some(Evidence::ReadBack))
    );
    assert_once(&visit, "秋季", &change).await;
    let after = calls(&visit).await;
    assert_eq!([after[0] - before[0], after[3] - before[3]], [1, 0], "its own draft is left behind");
}

/// Dead while a call is under way: nobody knows whether the platform has it.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_call_is_under_way_a_promotion_is_there_once() {
    let mut visit = visit().await;
    let draft = cheaper(&visit, "").await;
    for (nth, (method, fault, place)) in
        [(ADD, "slow_body", 0), (SKUS, "slow_body", 1), (COMMIT, "slow_body", 3), (COMMIT, "hang", 3)]
            .into_iter()
            .enumerate()
    {
        let name = format!("途中{nth}");
        let draft = CampaignDraft { name: name.clone(), ..draft.clone() };
        visit.hub.close().await.unwrap();
        let before = calls(&visit).await;
        visit.fault(fault, method, 1).await;
        let mut dying = child(&visit, &draft, "nowhere");
        let patience = Instant::now() + PATIENCE;
        while calls(&visit).await[place] == before[place] {
            assert!(Instant::now() < patience, "{method} does not come");
            sleep(Duration::from_millis(20)).await;
        }
        dying.kill().unwrap();
        dying.wait().unwrap();
        visit.sandbox.clear_faults().await;
        visit.hub = Hub::open(config(&visit.folder.path().join("shop.db"), &visit.sandbox)).await.unwrap();
        let receipt = create(&visit, draft).await.unwrap();
        let change = accepted(&visit.hub, receipt.change_id).await;
        assert_once(&visit, &name, &change).await;
        let begun = calls(&visit).await[0] - before[0];
        assert_eq!(
            begun,
            if place < 3 { 2 } else { 1 },
            "{method}: what is in doubt is left behind, unless it counts"
        );
    }
}
