//! Promotions, coupons and promotion links through the public face.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dianqiao::clock::Clock;
use dianqiao::model::{
    Actor, App, AppDraft, AuditFilter, Campaign, CampaignStatus, Coupon, Endpoints, Fen, LinkGoods,
    LinkOrder, MarketList, PageRequest, PlatformId, PromotionDraft, PromotionKind, PromotionLink,
    PromotionStatus, UtcMillis,
};
use dianqiao::{
    CampaignFilter, Error, ErrorKind, Hub, LinkOrderFilter, LinkRequest, LinkSearch, RawAppRequest,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::conformance::{SHIPPED, Visit, fen, text};
use crate::support::{Desk, REDIRECT_URI, Sandbox, fault};

/// The app at this place of what the sandbox printed.
async fn app(hub: &Hub, sandbox: &Sandbox, platform: PlatformId, place: &str) -> App {
    let text = |name: &str| sandbox.find(&format!("/{platform}{name}"));
    let secret = |name: &str| text(&format!("{place}/{name}")).expect("an app");
    let draft = AppDraft {
        redirect_uri: Some(REDIRECT_URI.into()),
        service_id: text("/serviceId"),
        endpoints: Endpoints {
            api: text("/api"),
            authorize: text("/authorize"),
            token: text("/token"),
            upload: text("/upload"),
        },
        calls_per_second: Some(500),
        ..AppDraft::new(platform, "推广应用", secret("appKey"), secret("appSecret"))
    };
    hub.apps().save(draft).await.unwrap()
}

fn part(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest { limit: Some(limit), cursor }
}

/// All parts of a list, one after another.
macro_rules! all {
    ($ask:expr) => {{
        let (mut items, mut cursor, mut parts) = (Vec::new(), None, 0);
        loop {
            let listing: MarketList<_> = $ask(cursor).await.unwrap();
            assert_eq!(listing.unreadable, 0);
            items.extend(listing.items);
            parts += 1;
            assert!(parts < 500, "the list ends");
            match listing.next_cursor {
                Some(next) => cursor = Some(next),
                None => break items,
            }
        }
    }};
}

/// A promoter's app, without shops.
struct Promoter {
    desk: Desk,
    app: App,
}

impl Promoter {
    async fn open(platform: PlatformId, place: &str) -> Self {
        let flags = ["--orders", "300", "--products", "40", "--history-days", "2"];
        let desk = Desk::open(&[&flags[..], &["--platforms", platform.as_str()]].concat()).await;
        let app = app(&desk.hub, &desk.sandbox, platform, place).await;
        Self { desk, app }
    }

    async fn goods(
        &self,
        placement: Option<&str>,
        keyword: &str,
        page: PageRequest,
    ) -> dianqiao::Result<MarketList<LinkGoods>> {
        let placement = placement.map(str::to_owned);
        let search = LinkSearch { app_id: self.app.id, placement, keyword: keyword.into(), page };
        self.desk.hub.marketing().search_goods(search).await
    }

    async fn links(&self, placement: &str, targets: Vec<String>) -> dianqiao::Result<Vec<PromotionLink>> {
        let request = LinkRequest { app_id: self.app.id, placement: Some(placement.into()), targets };
        self.desk.hub.marketing().create_links(request).await
    }

    async fn orders(&self, from: UtcMillis, page: PageRequest) -> dianqiao::Result<MarketList<LinkOrder>> {
        let filter = LinkOrderFilter { app_id: self.app.id, from, to: None, page };
        self.desk.hub.marketing().link_orders(filter).await
    }

    /// What the sandbox has of a kind in the platform's only shop.
    async fn truth(&self, kind: &str) -> Vec<Value> {
        let platform = self.app.platform;
        let shop = self.desk.sandbox.text(&format!("/{platform}/shops/0/shopId"));
        let path = format!("/truth?platform={platform}&shop={shop}&kind={kind}&limit=1000");
        self.desk.sandbox.get(&path).await["items"].as_array().unwrap().clone()
    }

    /// Every part, by pages of this size, tells the same goods.
    async fn find_all(&self, placement: Option<&str>, keyword: &str) -> Vec<LinkGoods> {
        let goods = all!(|cursor| self.goods(placement, keyword, part(3, cursor)));
        let wide = all!(|cursor| self.goods(placement, keyword, part(500, cursor)));
        let ids = |goods: &[LinkGoods]| -> BTreeSet<String> {
            goods.iter().map(|goods| goods.platform_goods_id.clone()).collect()
        };
        assert_eq!(ids(&goods), ids(&wide));
        assert_eq!(ids(&goods).len(), goods.len(), "no goods come twice");
        assert!(goods.len() > 3, "there is more than a page");
        for one in &goods {
            assert!(one.name.contains(keyword), "{one:?}");
            assert!(one.price.is_some_and(|Fen(fen)| fen > 0), "{one:?}");
            assert!(one.commission_bp.is_some_and(|bp| (1..10_000).contains(&bp)), "{one:?}");
        }
        goods
    }
}

fn days_ago(days: u64) -> UtcMillis {
    Clock::system().now().minus(Duration::from_secs(days * 86_400))
}

fn targets(goods: &[LinkGoods]) -> Vec<String> {
    goods.iter().take(2).filter_map(|goods| goods.target.clone()).collect()
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_goods_are_found_and_promoted_by_an_app_without_shops() {
    let promoter = Promoter::open(PlatformId::Pinduoduo, "/promoter").await;
    let pid = promoter.desk.sandbox.text("/pinduoduo/promoter/pid");
    let goods = promoter.find_all(None, "果").await;
    let with_coupon = goods.iter().find_map(|goods| goods.coupon.clone()).expect("some have a coupon");
    assert!(with_coupon.face_value < with_coupon.threshold.unwrap(), "{with_coupon:?}");
    promoter.desk.sandbox.fault(platform_fault("service_error", LINKS, 1)).await;
    let links = promoter.links(&pid, targets(&goods)).await.unwrap();
    assert_eq!(links.len(), 2);
    assert_eq!(promoter.desk.sandbox.calls_of("pinduoduo", LINKS).await, 3, "a link made twice does no harm");
    for link in &links {
        assert!(link.url.as_ref().is_some_and(|url| url.contains(&pid)), "{link:?}");
        assert!(link.short_url.is_some() && link.app_url.is_some(), "{link:?}");
        assert!(link.mini_app_id.is_some() && link.mini_app_path.is_some(), "{link:?}");
    }
    assert_ne!(links[0].url, links[1].url);
    // The app of shops is no promoter's.
    let shops_app = app(&promoter.desk.hub, &promoter.desk.sandbox, PlatformId::Pinduoduo, "").await;
    let promoter = Promoter { app: shops_app, ..promoter };
    assert_eq!(kind(promoter.links(&pid, targets(&goods)).await), ErrorKind::PlatformConfig);
}

const LINKS: &str = "pdd.ddk.goods.promotion.url.generate";

fn platform_fault(name: &str, method: &str, times: u32) -> Value {
    let mut scope = fault(name, method, times);
    scope["platform"] = "pinduoduo".into();
    scope
}

#[tokio::test(flavor = "multi_thread")]
async fn taobao_goods_become_passwords() {
    let promoter = Promoter::open(PlatformId::Taobao, "").await;
    let goods = promoter.find_all(Some("mm_1_2_9"), "新").await;
    let links = promoter.links("9", targets(&goods)).await.unwrap();
    for link in &links {
        assert!(link.password.as_ref().is_some_and(|text| text.starts_with('￥')), "{link:?}");
    }
    assert_eq!(kind(promoter.goods(None, "新", part(5, None)).await), ErrorKind::InvalidRequest);
    assert_eq!(kind(promoter.links("9", vec!["622f8vJx-16uklb0Qz".into()]).await), ErrorKind::InvalidRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_goods_become_links_of_a_site() {
    let promoter = Promoter::open(PlatformId::Jd, "").await;
    let goods = promoter.find_all(None, "轻").await;
    for link in promoter.links("4100_7", targets(&goods)).await.unwrap() {
        assert!(link.url.as_ref().is_some_and(|url| url.starts_with("https://")), "{link:?}");
    }
    for wrong in ["", "a", "1_", "_1"] {
        assert_eq!(kind(promoter.links(wrong, targets(&goods)).await), ErrorKind::InvalidRequest, "{wrong}");
    }
    // The union answers its refusals inside a text inside an answer that looks good.
    let elsewhere = promoter.links("4100", vec!["https://elsewhere.example/1".into()]).await;
    assert_eq!(kind(elsewhere), ErrorKind::PlatformConfig);
}

/// Windows are an hour, three hours or a day, and pages forward, by an index or from the last one: what comes out is
/// the same however it is cut, and what the shops sold.
#[tokio::test(flavor = "multi_thread")]
async fn orders_of_links_are_read_whole_however_they_are_paged() {
    let parties = [
        (PlatformId::Pinduoduo, "/promoter", "order_sn", "pay_amount"),
        (PlatformId::Taobao, "", "tid", ""),
        (PlatformId::Jd, "", "orderId", ""),
    ];
    for (platform, place, id, amount) in parties {
        let promoter = Promoter::open(platform, place).await;
        let from = days_ago(2);
        let facts = |orders: Vec<LinkOrder>| -> BTreeMap<String, LinkOrder> {
            orders.into_iter().map(|order| (order.platform_order_id.clone(), order)).collect()
        };
        let small = facts(all!(|cursor| promoter.orders(from, part(10, cursor))));
        let wide = facts(all!(|cursor| promoter.orders(from, PageRequest { limit: None, cursor })));
        assert_eq!(small, wide, "{platform}");
        assert!(small.len() > 20, "{platform}: {} orders", small.len());
        let sold: BTreeMap<_, _> =
            promoter.truth("orders").await.into_iter().map(|order| (text(&order[id]), order)).collect();
        for (number, order) in &small {
            assert!(order.commission.is_some() && order.updated_at >= Some(from), "{platform} {order:?}");
            // The sheet does not say where the union tells the place, so the sandbox's does not.
            assert_eq!(order.placement.is_some(), platform != PlatformId::Jd, "{platform} {order:?}");
            let Some(sold) = sold.get(number) else { continue };
            if !amount.is_empty() {
                assert_eq!(order.amount.map(|Fen(fen)| fen), fen(&sold[amount]), "{platform} {order:?}");
            }
        }
        assert!(small.keys().any(|number| sold.contains_key(number)), "{platform}: orders of its shop");
    }
}

/// A published link counts the orders of its place from then on, each once, and takes back what was closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_published_link_tells_its_orders_and_what_they_earn() {
    let visit = visit(PlatformId::Pinduoduo).await;
    let promoter = app(&visit.hub, &visit.sandbox, PlatformId::Pinduoduo, "/promoter").await;
    let pid = visit.sandbox.text("/pinduoduo/promoter/pid");
    let search =
        LinkSearch { app_id: promoter.id, placement: None, keyword: "果".into(), page: part(10, None) };
    let goods = visit.hub.marketing().search_goods(search).await.unwrap().items.remove(0);
    let draft = |placement: Option<&str>| PromotionDraft {
        target: goods.target.clone(),
        attributes: json!({"appId": promoter.id.to_string(), "placement": placement}).to_string(),
        ..PromotionDraft::new(PromotionKind::PromotionLink, "新茶", "")
    };
    let person = |id: &str, role: &str| {
        let actor = Actor::User { id: id.into(), roles: vec![role.into()] };
        visit.hub.acting(actor).unwrap()
    };
    let (writer, boss) = (person("xiaoli", "operator"), person("boss", "admin"));
    let made = writer.promotions().draft(visit.shop.id, draft(Some(&pid)), None).await.unwrap();
    let early = visit.hub.promotions().metrics(made.id, true).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Conflict, "{early}");
    writer.promotions().submit(made.id).await.unwrap();
    boss.promotions().approve(made.id, None, None).await.unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while visit.hub.promotions().get(made.id).await.unwrap().status != PromotionStatus::Published {
        assert!(Instant::now() < patience, "the link is made");
        sleep(Duration::from_millis(50)).await;
    }
    let promotions = visit.hub.promotions();
    let nothing = promotions.metrics(made.id, true).await.unwrap();
    assert_eq!((nothing.total.orders, nothing.total.commission), (Some(0), Some(Fen(0))), "none came since");

    // Orders are to the second, and the link is younger than one.
    visit.sandbox.post("/clock", json!({"advanceMs": 2_000})).await;
    let sold = json!({"platform": "pinduoduo", "newPromotionOrders": 3});
    let sold = visit.sandbox.post("/change", sold).await["promotionOrders"].clone();
    let sold: Vec<_> = sold.as_array().unwrap().iter().map(text).collect();
    let earned = async || -> i64 {
        let orders = visit.truth("promotionOrders").await;
        let ours = orders.iter().filter(|order| sold.contains(&text(&order["order_sn"])));
        ours.map(|order| order["promotion_amount"].as_i64().unwrap()).sum()
    };
    let patience = Instant::now() + Duration::from_secs(60);
    let counted = loop {
        let counted = promotions.metrics(made.id, true).await.unwrap();
        if counted.total.orders == Some(3) {
            break counted;
        }
        assert!(Instant::now() < patience, "its clock is two seconds ahead of ours: {counted:?}");
        sleep(Duration::from_millis(200)).await;
    };
    assert_eq!((counted.total.orders, counted.total.commission), (Some(3), Some(Fen(earned().await))));
    assert_eq!(promotions.metrics(made.id, true).await.unwrap().days, counted.days, "each counts once");
    let [day] = &counted.days[..] else { panic!("one day: {counted:?}") };
    assert_eq!((day.figures.orders, day.next_day, counted.total.clicks), (Some(3), false, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_links_are_asked_for_within_what_the_platform_shows() {
    let promoter = Promoter::open(PlatformId::Pinduoduo, "/promoter").await;
    assert_eq!(kind(promoter.orders(days_ago(91), part(10, None)).await), ErrorKind::InvalidRequest);
    let later = Clock::system().now().plus(Duration::from_secs(600));
    assert_eq!(kind(promoter.orders(later, part(10, None)).await), ErrorKind::InvalidRequest);
    for limit in [0, 501, 9] {
        assert_eq!(kind(promoter.orders(days_ago(1), part(limit, None)).await), ErrorKind::InvalidRequest);
    }
    let next = promoter.goods(None, "新", part(3, None)).await.unwrap().next_cursor;
    assert!(next.is_some());
    let foreign = promoter.orders(days_ago(1), part(10, next.clone())).await;
    assert_eq!(kind(foreign), ErrorKind::InvalidRequest, "a cursor belongs to its list");
    assert_eq!(kind(promoter.goods(None, "果", part(3, next)).await), ErrorKind::InvalidRequest);
}

/// What no function of the hub does can be called by hand, by an app that has no shops too.
#[tokio::test(flavor = "multi_thread")]
async fn a_promoters_app_calls_any_method_that_needs_no_shop() {
    let parties = [
        (
            PlatformId::Pinduoduo,
            "/promoter",
            "pdd.ddk.goods.pid.generate",
            json!({"number": 2}),
            "pdd.goods.list.get",
        ),
        (
            PlatformId::Jd,
            "",
            "jd.union.open.goods.query",
            json!({"goodsReqDTO": {"keyword": "轻", "pageIndex": 1, "pageSize": 5}}),
            "jingdong.pop.order.get",
        ),
        (PlatformId::Taobao, "", "taobao.time.get", json!({}), "taobao.user.seller.get"),
    ];
    for (platform, place, api, params, of_shop) in parties {
        let promoter = Promoter::open(platform, place).await;
        let request = |api: &str, params: &Value| RawAppRequest {
            app_id: promoter.app.id,
            api: api.into(),
            params: params.to_string(),
            files: Vec::new(),
            repeatable: false,
        };
        let hub = &promoter.desk.hub;
        let answer = hub.call_by_app(request(api, &params)).await;
        let answer: Value = serde_json::from_str(&answer.unwrap()).unwrap();
        assert!(answer.as_object().is_some_and(|answer| !answer.is_empty()), "{platform} {answer}");
        let refused = hub.call_by_app(request(of_shop, &json!({}))).await.unwrap_err();
        assert_ne!(refused.kind(), ErrorKind::Internal, "{platform} {refused}");
        if platform == PlatformId::Taobao {
            assert_eq!(refused.platform_code(), Some("26/session-is-blank"), "{refused}");
        } else {
            assert_eq!(refused.kind(), ErrorKind::InvalidRequest, "{platform} {refused}");
            assert_eq!(promoter.desk.sandbox.calls_of(platform.as_str(), of_shop).await, 0);
        }
        let viewer = Actor::User { id: "v".into(), roles: vec!["viewer".into()] };
        let refused = hub.acting(viewer).unwrap().call_by_app(request(api, &params)).await;
        assert_eq!(kind(refused), ErrorKind::Forbidden);
    }
}

/// A connected shop of a platform.
async fn visit(platform: PlatformId) -> Visit {
    let party = SHIPPED.into_iter().find(|party| party.platform == platform).unwrap();
    Visit::start(party, &["--orders", "10", "--products", "12"]).await
}

async fn campaigns(visit: &Visit, limit: u32) -> Vec<Campaign> {
    let marketing = visit.hub.marketing();
    let filter = |cursor| CampaignFilter { shop_id: visit.shop.id, page: part(limit, cursor) };
    all!(|cursor| marketing.campaigns(filter(cursor)))
}

async fn coupons(visit: &Visit, limit: u32) -> Vec<Coupon> {
    let marketing = visit.hub.marketing();
    let filter = |cursor| CampaignFilter { shop_id: visit.shop.id, page: part(limit, cursor) };
    all!(|cursor| marketing.coupons(filter(cursor)))
}

/// Makes something by hand, as a merchant does in the platform's own tools.
async fn make(visit: &Visit, api: &str, params: Value) {
    let request = visit.by_hand(api, &params);
    visit.hub.call(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn jd_promotions_and_coupons_are_those_of_the_shop() {
    let visit = visit(PlatformId::Jd).await;
    let ours: BTreeMap<_, _> =
        campaigns(&visit, 7).await.into_iter().map(|one| (one.platform_campaign_id.clone(), one)).collect();
    let theirs = visit.truth("promotions").await;
    assert_eq!(ours.len(), theirs.len());
    for promotion in &theirs {
        let one = &ours[&text(&promotion["promo_id"])];
        let facts = (one.name.clone(), one.kind.clone(), one.platform_status.clone());
        let told = (text(&promotion["name"]), text(&promotion["type"]), text(&promotion["status"]));
        assert_eq!(facts, told);
        assert!(one.from < one.to && one.status != CampaignStatus::Unknown, "{one:?}");
    }
    let ours: BTreeMap<_, _> =
        coupons(&visit, 5).await.into_iter().map(|one| (one.platform_coupon_id.clone(), one)).collect();
    let theirs = visit.truth("coupons").await;
    assert_eq!(ours.len(), theirs.len());
    for coupon in &theirs {
        let one = &ours[&text(&coupon["couponId"])];
        assert_eq!(Some(one.face_value.0), fen(&coupon["discount"]));
        assert_eq!(one.threshold.map(|Fen(fen)| fen), fen(&coupon["quota"]));
        assert_eq!(one.total.map(|total| total.to_string()), Some(text(&coupon["num"])));
        assert_eq!(one.status == CampaignStatus::Ended, coupon["deleted"] == true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_promotions_and_both_kinds_of_coupons_are_listed() {
    let visit = visit(PlatformId::Pinduoduo).await;
    let on_sale = visit.truth("products").await.into_iter().find(|goods| goods["status"] == 1).unwrap();
    let goods: i64 = text(&on_sale["goods_id"]).parse().unwrap();
    let start = Clock::system().now().secs() + 3_600;
    let request = json!([{"goods_id": goods, "activity_name": "秋季", "activity_type": 12, "discount": 850,
        "sku_price_list": [], "start_time": start, "end_time": start + 3_600, "user_activity_limit": 0}]);
    assert_eq!(campaigns(&visit, 5).await, []);
    make(&visit, "pdd.promotion.limited.activity.create", json!({ "request": request })).await;
    let campaigns = campaigns(&visit, 5).await;
    let [one] = &campaigns[..] else { panic!("one promotion: {campaigns:?}") };
    assert_eq!((one.name.as_str(), one.kind.as_str(), one.status), ("秋季", "12", CampaignStatus::Scheduled));
    assert_eq!(
        (one.from, one.to),
        (Some(UtcMillis::from_secs(start)), Some(UtcMillis::from_secs(start + 3_600)))
    );
    assert!(one.extra.as_ref().is_some_and(|extra| extra.contains("detail_id")), "{one:?}");
    let coupons = coupons(&visit, 5).await;
    let ids: BTreeSet<_> = coupons.iter().map(|one| &one.platform_coupon_id).collect();
    assert_eq!((coupons.len(), ids.len()), (24, 24), "of goods and of the shop");
    for one in &coupons {
        assert!(one.face_value > Fen(0) && one.taken < one.total && one.used <= one.taken, "{one:?}");
        assert!(one.from < one.to && one.status != CampaignStatus::Unknown, "{one:?}");
    }
    assert_eq!(coupons.iter().filter(|one| one.threshold.is_some()).count(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn taobao_promotions_of_each_kind_and_coupons_in_fen_are_listed() {
    let visit = visit(PlatformId::Taobao).await;
    let times = json!({"start_time": "2099-12-01 00:00:00", "end_time": "2099-12-10 00:00:00"});
    let with = |more: Value| {
        let mut params = times.clone();
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let mjs = "taobao.promotionmisc.mjs.activity.add";
    for (number, kind) in [(1, 2), (2, 1), (3, 2)] {
        let more = json!({"name": format!("满减{number}"), "type": kind, "total_price": 10_000, "decrease_amount": 1_000});
        make(&visit, mjs, with(more)).await;
    }
    let item = json!({"name": "打折", "discount_rate": 800});
    make(&visit, "taobao.promotionmisc.item.activity.add", with(item)).await;
    let campaigns = campaigns(&visit, 1).await;
    let facts: Vec<_> = campaigns.iter().map(|one| (one.kind.as_str(), one.name.as_str())).collect();
    assert_eq!(facts, [("mjs", "满减2"), ("mjs", "满减1"), ("mjs", "满减3"), ("item", "打折")]);
    assert!(campaigns[0].extra.as_ref().is_some_and(|extra| extra.contains("\"decrease_amount\":1000")));
    assert!(campaigns.iter().all(|one| one.from < one.to));
    make(&visit, "taobao.promotion.coupon.add", with(json!({"denominations": 5, "condition": 50}))).await;
    let coupons = coupons(&visit, 5).await;
    let [one] = &coupons[..] else { panic!("one coupon: {coupons:?}") };
    assert_eq!((one.face_value, one.threshold), (Fen(500), Some(Fen(5_000))), "the list is in fen");
}

#[tokio::test(flavor = "multi_thread")]
async fn doudian_says_why_it_has_no_promotions() {
    let visit = visit(PlatformId::Doudian).await;
    let marketing = visit.hub.marketing();
    let filter = || CampaignFilter { shop_id: visit.shop.id, page: PageRequest::default() };
    let app_id = visit.shop.app_id;
    let links = LinkRequest { app_id, placement: None, targets: vec!["1".into()] };
    let page = PageRequest::default();
    let search = LinkSearch { app_id, placement: None, keyword: "茶".into(), page: page.clone() };
    let orders = LinkOrderFilter { app_id, from: days_ago(1), to: None, page };
    let refusals = [
        marketing.campaigns(filter()).await.unwrap_err(),
        marketing.coupons(filter()).await.unwrap_err(),
        marketing.create_links(links).await.unwrap_err(),
        marketing.search_goods(search).await.unwrap_err(),
        marketing.link_orders(orders).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.kind(), ErrorKind::Unsupported, "{refusal}");
        assert!(refusal.to_string().contains("its API has no promotions"), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_making_links_are_rights_of_their_own_and_links_are_audited() {
    let promoter = Promoter::open(PlatformId::Pinduoduo, "/promoter").await;
    let pid = promoter.desk.sandbox.text("/pinduoduo/promoter/pid");
    let goods = promoter.goods(None, "新", part(3, None)).await.unwrap().items;
    let hub = promoter.desk.hub.clone();
    let by = |role: &str| {
        let actor = Actor::User { id: format!("u-{role}"), roles: vec![role.into()] };
        let desk_hub = hub.acting(actor).unwrap();
        desk_hub.marketing()
    };
    let page = || part(10, None);
    let request =
        || LinkRequest { app_id: promoter.app.id, placement: Some(pid.clone()), targets: targets(&goods) };
    let orders = || LinkOrderFilter { app_id: promoter.app.id, from: days_ago(1), to: None, page: page() };
    assert_eq!(kind(by("viewer").create_links(request()).await), ErrorKind::Forbidden);
    assert_eq!(kind(by("viewer").link_orders(orders()).await), ErrorKind::Forbidden);
    assert_eq!(by("operator").create_links(request()).await.unwrap().len(), 2);
    by("operator").link_orders(orders()).await.unwrap();
    let none = LinkRequest { targets: Vec::new(), ..request() };
    assert_eq!(kind(by("operator").create_links(none).await), ErrorKind::InvalidRequest);
    let lines = hub.audit().list(AuditFilter::default()).await.unwrap().items;
    let lines: Vec<_> = lines
        .iter()
        .filter(|line| line.action == "marketing.createLinks")
        .map(|line| (line.actor.as_str(), line.outcome.as_str(), line.target.as_deref().unwrap()))
        .collect();
    let of_app = |count| format!("{count} links of app {}", promoter.app.id);
    assert_eq!(
        lines,
        [
            ("u-operator", "INVALID_REQUEST", of_app(0).as_str()),
            ("u-operator", "ok", of_app(2).as_str()),
            ("u-viewer", "refused", of_app(2).as_str()),
        ]
    );
}
