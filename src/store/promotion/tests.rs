use std::collections::{HashMap, VecDeque};

use super::follow::SeenPost;
use super::moves::MovePromotion;
use super::*;
use crate::model::{
    AppId, ChangeId, ChangeState, Decision, Fen, JobKind, LinkOrder, LinkOrderStatus, LivePlan, NewJob,
    PromotionKind, PromotionStatus, ShopId, Wanted,
};
use crate::store::fixture::{NOW, at, atomically, claimed, database, ended, number, shop};
use crate::store::send::{Became, MetError, MoveSend, NewSend, SendRow, move_send};
use crate::tests::{steps_drawn, steps_named};

fn draft(title: &str) -> PromotionDraft {
    PromotionDraft {
        media: vec![crate::model::MediaId(1)],
        ..PromotionDraft::new(PromotionKind::Video, title, "新茶 #上新")
    }
}

fn created(conn: &Connection, shop: ShopId, draft: PromotionDraft) -> Promotion {
    let new =
        NewPromotion { shop, draft, publish_at: None, actor: "u".into(), deadline_at: at(1000), now: NOW };
    create(conn, &new).unwrap()
}

fn step(conn: &Connection, seen: &Promotion, step: &MovePromotion) -> Result<Option<Promotion>> {
    atomically(conn, |conn| moves::move_promotion(conn, (seen.id, seen.version, seen.status), step))
}

fn go(conn: &Connection, seen: &Promotion, to: PromotionStatus) -> Promotion {
    step(conn, seen, &MovePromotion::to(to, "u", at(1))).unwrap().unwrap()
}

fn now(conn: &Connection, seen: &Promotion) -> Promotion {
    get(conn, seen.id).unwrap().promotion
}

fn uploaded(conn: &Connection) -> Promotion {
    let promotion = created(conn, shop(conn), draft("茶"));
    let promotion = go(conn, &promotion, PromotionStatus::Queued);
    go(conn, &promotion, PromotionStatus::Uploading)
}

fn placed(conn: &Connection, seen: &Promotion) -> Result<Option<ChangeId>> {
    let send = NewSend {
        shop: seen.shop_id,
        wanted: Wanted::Post { promotion: seen.id.0, version: seen.version },
        idempotency_key: None,
        actor: "u".into(),
        now: at(2),
        expires_at: at(900),
    };
    atomically(conn, |conn| moves::place_post(conn, (seen.id, seen.version, seen.status), &send))
}

fn end(conn: &Connection, send: &SendRow, to: ChangeState, code: Option<&str>) -> SendRow {
    let became =
        (to == ChangeState::Accepted).then(|| Became { platform_id: "@item/1==".into(), review_id: None });
    let error = code.map(|code| MetError {
        code: Some(code.into()),
        message: Some("含有敏感词".into()),
        ..MetError::default()
    });
    let step = MoveSend { error, became, ..ended(to) };
    atomically(conn, |conn| move_send(conn, (send.change.id, send.change.state, send.epoch), &step))
        .unwrap()
        .unwrap()
}

#[test]
fn the_drawing_and_the_schema_know_the_same_steps_and_sqlite_refuses_all_others() {
    let drawing = include_str!("../../../docs/promotion-states.md");
    let drawn = steps_drawn(drawing);
    let schema = include_str!("../migrations/0012_promotions.sql");
    // A comment may hold a quotation mark.
    let code: Vec<_> = schema.lines().filter(|line| !line.starts_with("--")).collect();
    assert_eq!(drawn, steps_named(&code.join("\n"), '\''));

    let next = |from: &str| -> Vec<String> {
        let steps = drawn.iter().filter_map(|pair| pair.split_once('>'));
        steps.filter(|(start, _)| *start == from).map(|(_, to)| to.to_owned()).collect()
    };
    // The shortest way to every state.
    let mut ways: HashMap<String, Vec<String>> = HashMap::from([("draft".to_owned(), Vec::new())]);
    let mut open = VecDeque::from(["draft".to_owned()]);
    while let Some(from) = open.pop_front() {
        for to in next(&from) {
            if !ways.contains_key(&to) {
                let way = ways[&from].iter().cloned().chain([to.clone()]).collect();
                ways.insert(to.clone(), way);
                open.push_back(to);
            }
        }
    }
    assert_eq!(ways.len(), PromotionStatus::ALL.len(), "every state can be reached");
    let conn = database();
    let shop = shop(&conn);
    let set = |id: PromotionId, to: &str| {
        conn.execute("UPDATE promotions SET status = ?2 WHERE id = ?1", params![id, to])
    };
    for from in PromotionStatus::ALL.iter().map(|status| status.as_str()) {
        for to in PromotionStatus::ALL.iter().map(|status| status.as_str()).filter(|to| *to != from) {
            let id = created(&conn, shop, draft("茶")).id;
            ways[from].iter().for_each(|step| assert_eq!(set(id, step).unwrap(), 1));
            let allowed = drawn.contains(&format!("{from}>{to}"));
            assert_eq!(set(id, to).is_ok(), allowed, "{from}>{to}");
        }
    }
}

#[test]
fn a_promotion_goes_where_its_change_goes_and_its_steps_are_kept() {
    let conn = database();
    let promotion = uploaded(&conn);
    let change = placed(&conn, &promotion).unwrap().unwrap();
    assert_eq!(now(&conn, &promotion).status, PromotionStatus::Submitting);
    let send = claimed(&conn, change, at(3));
    let send = end(&conn, &send, ChangeState::Unknown, Some("UNKNOWN_OUTCOME"));
    let unknown = now(&conn, &promotion);
    assert_eq!((unknown.status, unknown.reason.as_deref()), (PromotionStatus::Unknown, Some("含有敏感词")));
    end(&conn, &send, ChangeState::Accepted, None);
    let there = now(&conn, &promotion);
    assert_eq!(there.status, PromotionStatus::UnderReview);
    assert_eq!(there.platform_promotion_id.as_deref(), Some("@item/1=="));
    assert_eq!(there.reason, None);
    let sql = "SELECT group_concat(status, ' ') FROM (SELECT status FROM promotion_steps ORDER BY id)";
    let steps: String = conn.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(steps, "draft queued uploading submitting unknown under_review");
}

#[test]
fn a_refusal_of_the_content_is_told_from_one_of_the_call() {
    for (code, status) in
        [("REJECTED", PromotionStatus::Rejected), ("PLATFORM_CONFIG", PromotionStatus::Failed)]
    {
        let conn = database();
        let promotion = uploaded(&conn);
        let change = placed(&conn, &promotion).unwrap().unwrap();
        end(&conn, &claimed(&conn, change, at(3)), ChangeState::Rejected, Some(code));
        assert_eq!(now(&conn, &promotion).status, status, "{code}");
    }
}

#[test]
fn a_version_has_one_change_until_it_surely_was_not_published() {
    let conn = database();
    let promotion = uploaded(&conn);
    let change = placed(&conn, &promotion).unwrap().unwrap();
    // Whoever saw it before sees it no more, and the schema itself refuses a second one.
    assert_eq!(placed(&conn, &promotion).unwrap(), None);
    let twice = "INSERT INTO sends (shop_id, operation, target, wanted, state, expires_at, actor, created_at,
            updated_at) SELECT shop_id, operation, target, wanted, 'queued', 1, 'u', 1, 1 FROM sends WHERE id = ?1";
    assert!(conn.execute(twice, [change]).is_err());
    let send = end(&conn, &claimed(&conn, change, at(3)), ChangeState::Accepted, None);
    assert_eq!(send.change.state, ChangeState::Accepted);
    assert!(conn.execute(twice, [change]).is_err(), "an accepted version is never published again");

    let conn = database();
    let failed = uploaded(&conn);
    let first = placed(&conn, &failed).unwrap().unwrap();
    end(&conn, &claimed(&conn, first, at(3)), ChangeState::Rejected, Some("PLATFORM_CONFIG"));
    let again = go(&conn, &now(&conn, &failed), PromotionStatus::Queued);
    let again = go(&conn, &again, PromotionStatus::Uploading);
    assert_ne!(placed(&conn, &again).unwrap().unwrap(), first);
}

#[test]
fn another_draft_voids_the_approval_and_takes_its_job_back() {
    let conn = database();
    let promotion = created(&conn, shop(&conn), draft("茶"));
    let asked = go(&conn, &promotion, PromotionStatus::InApproval);
    let approval = Approval {
        decision: Decision::Approved,
        actor: "boss".into(),
        comment: Some("好".into()),
        at: at(1),
    };
    let job = NewJob {
        target: Some(asked.id.to_string()),
        due_at: Some(at(500)),
        ..NewJob::new(JobKind::PromotionsPublish, Some(asked.shop_id))
    };
    let approve = MovePromotion {
        approval: Some(approval.clone()),
        job: Some(job),
        ..MovePromotion::to(PromotionStatus::Scheduled, "boss", at(1))
    };
    let approved = step(&conn, &asked, &approve).unwrap().unwrap();
    assert_eq!(approved.approval, Some(approval));
    // Somebody who still sees it ask for approval moves nothing.
    assert!(step(&conn, &asked, &approve).unwrap().is_none());
    assert_eq!(number(&conn, "SELECT count(*) FROM jobs WHERE state = 'waiting'", []), 1);
    let edit = MovePromotion {
        draft: Some(draft("别的茶")),
        ..MovePromotion::to(PromotionStatus::Draft, "u", at(2))
    };
    let edited = step(&conn, &approved, &edit).unwrap().unwrap();
    assert!(edited.approval.is_none());
    assert_eq!((edited.version, edited.draft.title.as_str()), (2, "别的茶"));
    assert_eq!(number(&conn, "SELECT count(*) FROM jobs WHERE state = 'waiting'", []), 0);
    let sql = "UPDATE promotions SET content = '{}' WHERE id = ?1";
    go(&conn, &edited, PromotionStatus::Queued);
    assert!(conn.execute(sql, [edited.id]).is_err(), "what is on its way is not written anew");
}

#[test]
fn a_state_that_lasts_too_long_is_told_once_for_each_state() {
    let conn = database();
    let promotion = created(&conn, shop(&conn), draft("茶"));
    let take = |when| {
        let sql = "UPDATE promotions SET overdue_told = 1 WHERE id IN (SELECT id FROM promotions
                WHERE deadline_at <= ?1 AND overdue_told = 0) RETURNING id";
        all::<i64>(&conn, sql, [at(when)], |row| row.get(0)).unwrap().len()
    };
    assert_eq!((take(999), take(1000), take(2000)), (0, 1, 0));
    let asked = MovePromotion {
        deadline_at: Some(at(3000)),
        ..MovePromotion::to(PromotionStatus::InApproval, "u", at(2001))
    };
    step(&conn, &promotion, &asked).unwrap().unwrap();
    assert_eq!((take(2999), take(3000), take(9000)), (0, 1, 0));
}

#[test]
fn the_clock_of_a_live_preview_runs_from_its_approval_and_stops_with_it() {
    let conn = database();
    let live = LivePlan { starts_at: at(100), ends_at: at(200), room: None };
    let plan = PromotionDraft { kind: PromotionKind::LivePreview, live: Some(live), ..draft("开播") };
    let promotion = created(&conn, shop(&conn), plan);
    let due = || number(&conn, "SELECT coalesce(live_due_at, 0) FROM promotions", []);
    assert_eq!(due(), 0, "a draft tells nothing");
    let queued = go(&conn, &promotion, PromotionStatus::Queued);
    assert_eq!(due(), at(100).0);
    let told = |when| follow::step_live(&conn, queued.id, at(when)).unwrap().map(|(_, state)| state);
    assert_eq!(told(100), Some(LiveState::LiveTime));
    assert_eq!(told(150), None);
    assert_eq!(due(), at(200).0);
    assert_eq!(told(200), Some(LiveState::Over));
    assert_eq!(due(), 0);
    let other = created(&conn, promotion.shop_id, promotion.draft.clone());
    let other = go(&conn, &other, PromotionStatus::Queued);
    go(&conn, &other, PromotionStatus::Cancelled);
    assert_eq!(due(), 0, "what is taken back reminds nobody");
}

#[test]
fn what_was_on_its_way_is_a_draft_after_a_restore_and_its_job_is_gone() {
    let conn = database();
    let promotion = uploaded(&conn);
    moves::hold_promotions(&conn, at(-5), at(9)).unwrap();
    let held = now(&conn, &promotion);
    assert_eq!(held.status, PromotionStatus::Draft);
    assert!(held.reason.unwrap().contains("restored"));
}

#[test]
fn what_the_platform_shows_is_kept_and_figures_of_a_day_are_completed() {
    let conn = database();
    let promotion = uploaded(&conn);
    let change = placed(&conn, &promotion).unwrap().unwrap();
    end(&conn, &claimed(&conn, change, at(3)), ChangeState::Accepted, None);
    let seen = SeenPost {
        status: PromotionStatus::Published,
        platform_status: "5".into(),
        reason: None,
        link: Some("https://v.example/1".into()),
        total: Some(crate::model::Figures { plays: Some(7), ..Default::default() }),
        due_at: Some(at(50)),
        now: at(10),
    };
    let after = follow::see(&conn, promotion.id, &seen).unwrap().promotion;
    assert_eq!(after.status, PromotionStatus::Published);
    assert_eq!(after.link.as_deref(), Some("https://v.example/1"));
    assert_eq!(after.deadline_at, None, "what has ended is never overdue");
    let day = |likes, plays| crate::model::DayFigures {
        day: "2026-11-27".into(),
        figures: crate::model::Figures { likes, plays, ..Default::default() },
        next_day: true,
    };
    metric::keep(&conn, promotion.id, &day(Some(1), None), at(11)).unwrap();
    metric::keep(&conn, promotion.id, &day(None, Some(9)), at(12)).unwrap();
    let kept = number(&conn, "SELECT likes * 10 + plays FROM promotion_metrics", []);
    assert_eq!(kept, 19);
}

#[test]
fn a_link_has_the_paid_orders_of_its_place_since_it_was_made_day_by_day() {
    let conn = database();
    let shop = shop(&conn);
    let app = AppId(number(&conn, "SELECT id FROM ecommerce_platforms", []));
    let promotion = created(&conn, shop, PromotionDraft::new(PromotionKind::PromotionLink, "茶", ""));
    let hour = |hours: i64| UtcMillis(hours * 3_600_000);
    let order = |id: &str, placement: &str, status, ordered_at, updated_at| LinkOrder {
        platform_order_id: id.into(),
        platform_goods_id: None,
        placement: Some(placement.into()),
        amount: None,
        commission: Some(Fen(100)),
        status,
        platform_status: String::new(),
        ordered_at: Some(ordered_at),
        paid_at: None,
        settled_at: None,
        updated_at: Some(updated_at),
        extra: None,
    };
    let keep = |order: LinkOrder| link::keep_order(&conn, app, &order, NOW).unwrap();
    let counted = || {
        let link = EarningLink { promotion: promotion.id, app, placement: "p".into(), made_at: hour(10) };
        link::count(&conn, &link, NOW).unwrap();
        let days = "SELECT day, orders, commission FROM promotion_metrics ORDER BY day";
        let mut statement = conn.prepare(days).unwrap();
        let days = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        let days: Vec<(String, i64, i64)> = days.map(std::result::Result::unwrap).collect();
        (days, metric::metrics(&conn, promotion.id).unwrap().total)
    };
    use LinkOrderStatus::{Closed, Paid, Refused, Settled, Unpaid};
    keep(order("1", "p", Paid, hour(15), hour(15)));
    keep(order("2", "p", Refused, hour(15), hour(15)));
    // The next day begins at 16:00 of this clock.
    keep(order("3", "p", Settled, hour(16), hour(16)));
    for (id, placement, status, at) in
        [("4", "p", Unpaid, 15), ("5", "p", Closed, 15), ("6", "q", Paid, 15), ("7", "p", Paid, 9)]
    {
        keep(order(id, placement, status, hour(at), hour(at)));
    }
    let (days, total) = counted();
    let day = |day: &str, orders, commission| (day.to_owned(), orders, commission);
    assert_eq!(days, [day("1970-01-01", 2, 100), day("1970-01-02", 1, 100)]);
    assert_eq!((total.orders, total.commission), (Some(3), Some(Fen(200))));
    // Closed since; an older state of it comes late.
    keep(order("3", "p", Closed, hour(16), hour(20)));
    keep(order("3", "p", Paid, hour(16), hour(18)));
    let (days, total) = counted();
    assert_eq!(days, [day("1970-01-01", 2, 100), day("1970-01-02", 0, 0)]);
    assert_eq!((total.orders, total.commission), (Some(2), Some(Fen(100))));
}
