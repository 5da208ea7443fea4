//! Promotions, coupons and promotion links through the public face.

use std::collections::BTreeSet;
use std::time::Duration;

use dianqiao::clock::Clock;
use dianqiao::model::{
    App, AppDraft, Endpoints, LinkGoods, LinkOrder, LinkOrderStatus, Listing, PageRequest, PlatformId,
    PromotionLink, PromotionStatus, UtcMillis,
};
use dianqiao::{ErrorKind, LinkOrderFilter, LinkRequest, LinkSearch, PromotionFilter};

use crate::conformance::{PARTIES, Party, Visit};
use crate::support::{Desk, REDIRECT_URI};

/// The app at this place of what the sandbox printed.
async fn app(desk: &Desk, platform: PlatformId, place: &str) -> App {
    let text = |name: &str| desk.sandbox.find(&format!("/{platform}{name}"));
    let draft = AppDraft {
        redirect_uri: Some(REDIRECT_URI.into()),
        endpoints: Endpoints {
            api: text("/api"),
            authorize: text("/authorize"),
            token: text("/token"),
            upload: text("/upload"),
        },
        calls_per_second: Some(500),
        ..AppDraft::new(
            platform,
            "推广应用",
            text(&format!("{place}/appKey")).expect("an app"),
            text(&format!("{place}/appSecret")).expect("a secret"),
        )
    };
    desk.hub.apps().save(draft).await.unwrap()
}

fn part(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest { limit: Some(limit), cursor }
}

/// All parts of a list, one after another.
macro_rules! all {
    ($ask:expr) => {{
        let (mut items, mut cursor, mut parts) = (Vec::new(), None, 0);
        loop {
            let listing: Listing<_> = $ask(cursor).await.unwrap();
            assert_eq!(listing.unreadable, 0);
            items.extend(listing.items);
            parts += 1;
            assert!(parts < 200, "the list ends");
            match listing.next_cursor {
                Some(next) => cursor = Some(next),
                None => break (items, parts),
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
        let desk = Desk::open(&["--orders", "300", "--products", "40", "--history-days", "2"]).await;
        let app = app(&desk, platform, place).await;
        Self { desk, app }
    }

    async fn goods(
        &self,
        placement: Option<&str>,
        keyword: &str,
        page: PageRequest,
    ) -> dianqiao::Result<Listing<LinkGoods>> {
        let placement = placement.map(str::to_owned);
        let search = LinkSearch { app_id: self.app.id, placement, keyword: keyword.into(), page };
        self.desk.hub.marketing().search_goods(search).await
    }

    async fn links(&self, placement: &str, targets: Vec<String>) -> dianqiao::Result<Vec<PromotionLink>> {
        let request = LinkRequest { app_id: self.app.id, placement: Some(placement.into()), targets };
        self.desk.hub.marketing().create_links(request).await
    }

    async fn orders(&self, from: UtcMillis, page: PageRequest) -> dianqiao::Result<Listing<LinkOrder>> {
        let filter = LinkOrderFilter { app_id: self.app.id, from, to: None, page };
        self.desk.hub.marketing().link_orders(filter).await
    }
}

fn days_ago(days: u64) -> UtcMillis {
    Clock::system().now().minus(Duration::from_secs(days * 86_400))
}

/// A connected shop of a platform.
async fn visit(party: &'static Party) -> Visit {
    Visit::start(party, &["--orders", "20", "--products", "30"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn probe() {
    for platform in ["taobao", "jd", "pinduoduo"] {
        let party = PARTIES.into_iter().find(|party| party.platform.as_str() == platform).unwrap();
        let visit = visit(party).await;
        let filter = |cursor| PromotionFilter { shop_id: visit.shop.id, page: part(7, cursor) };
        let marketing = visit.hub.marketing();
        let mut cursor = None;
        loop {
            match marketing.campaigns(filter(cursor)).await {
                Ok(listing) => {
                    println!("{platform} {} unreadable {} {:?}", listing.items.len(), listing.unreadable, listing.items.first());
                    cursor = listing.next_cursor;
                    if cursor.is_none() { break }
                }
                Err(error) => { println!("{platform} campaigns {error}"); break }
            }
        }
        cursor = None;
        loop {
            match marketing.coupons(filter(cursor)).await {
                Ok(listing) => {
                    println!("{platform} {} unreadable {} {:?}", listing.items.len(), listing.unreadable, listing.items.first());
                    cursor = listing.next_cursor;
                    if cursor.is_none() { break }
                }
                Err(error) => { println!("{platform} coupons {error}"); break }
            }
        }
    }
    for (platform, placement) in [(PlatformId::Taobao, "mm_1_2_3"), (PlatformId::Jd, "4100_7")] {
        let promoter = Promoter::open(platform, "").await;
        let goods = promoter.goods(Some(placement), "新", part(5, None)).await;
        println!("{platform} goods {:?}", goods.as_ref().map(|g| (g.items.len(), g.unreadable, &g.next_cursor, g.items.first())));
        let target = goods.ok().and_then(|g| g.items.first().and_then(|g| g.target.clone())).unwrap_or("https://item.jd.com/1.html".into());
        println!("{platform} links {:?}", promoter.links(placement, vec![target]).await);
        let mut cursor = None;
        let mut n = 0;
        loop {
            match promoter.orders(days_ago(2), part(100, cursor)).await {
                Ok(listing) => {
                    n += 1;
                    if !listing.items.is_empty() {
                    println!("{platform} orders {} unreadable {} {:?}", listing.items.len(), listing.unreadable, listing.items.first());
                    }
                    cursor = listing.next_cursor;
                    if cursor.is_none() { break }
                }
                Err(error) => { println!("{platform} orders {error}"); break }
            }
        }
        println!("{platform} {n} parts");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pinduoduo_goods_are_found_and_promoted_by_an_app_without_shops() {
    let promoter = Promoter::open(PlatformId::Pinduoduo, "/promoter").await;
    let pid = promoter.desk.sandbox.text("/pinduoduo/promoter/pid");
    let (goods, parts) = all!(|cursor| promoter.goods(None, "果", part(10, cursor)));
    println!("{parts} {goods:#?}");
    let targets: Vec<_> = goods.iter().take(2).filter_map(|goods| goods.target.clone()).collect();
    let links = promoter.links(&pid, targets).await.unwrap();
    println!("{links:#?}");
    let (orders, parts) = all!(|cursor| promoter.orders(days_ago(3), part(10, cursor)));
    println!("{parts} {orders:#?}");
}
