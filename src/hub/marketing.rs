//! `hub.marketing`. Everything is read straight from the platform; what is created is a change like any other, and
//! nothing else is stored.

use super::Hub;
use super::changes::write_right;
use super::engine::Engine;
use super::guard::Action;
use super::shops::interactive;
use crate::auth::ShopContext;
use crate::error::{Error, Result};
use crate::model::{
    AppId, Campaign, CampaignDraft, Coupon, LinkGoods, LinkOrder, MarketList, Operation, PageRequest,
    PromotionLink, Receipt, Right, ShopId, UtcMillis,
};
use crate::pipeline::{Place, read_link_orders, size_of};
use crate::platform::{
    ApiCall, GoodsQuery, LinkOrderQuery, LinkWish, ListShape, MarketPage, Platform, Turn, WindowRules,
};

/// Items a page when the request does not say.
const DEFAULT_LIMIT: u32 = 50;
/// Links made at once: each is a call, and somebody waits.
const MOST_LINKS: usize = 20;

/// Promotions, coupons, and links that earn a commission.
#[derive(Clone, Debug)]
pub struct Marketing(pub(super) Hub);

/// Which promotions or coupons are listed.
#[derive(Clone, Debug)]
pub struct CampaignFilter {
    /// Of this shop.
    pub shop_id: ShopId,
    /// Which part.
    pub page: PageRequest,
}

/// Which links are made.
#[derive(Clone, Debug)]
pub struct LinkRequest {
    /// By this promoter's app.
    pub app_id: AppId,
    /// The promoter's place that orders are counted for, in the platform's form: a `p_id`, an ad zone, a site.
    pub placement: Option<String>,
    /// Where they lead: `target` of goods that were found.
    pub targets: Vec<String>,
}

/// Which goods are searched.
#[derive(Clone, Debug)]
pub struct LinkSearch {
    /// By this promoter's app.
    pub app_id: AppId,
    /// The place that the links will be for. 淘宝 needs it to search at all.
    pub placement: Option<String>,
    /// Words to look for.
    pub keyword: String,
    /// Which part.
    pub page: PageRequest,
}

/// Which orders of links are listed.
#[derive(Clone, Debug)]
pub struct LinkOrderFilter {
    /// Of this promoter's app.
    pub app_id: AppId,
    /// That changed then or later. A cursor keeps the times that its list began with.
    pub from: UtcMillis,
    /// That changed by then; by now when absent.
    pub to: Option<UtcMillis>,
    /// Which part.
    pub page: PageRequest,
}

impl Marketing {
    /// The promotions of a shop.
    ///
    /// # Errors
    /// `UNSUPPORTED` where the platform has no such call; `FORBIDDEN` without the right `marketing.read`; what a
    /// call to the platform can fail with.
    pub async fn campaigns(&self, filter: CampaignFilter) -> Result<MarketList<Campaign>> {
        let list = ShopList {
            name: "marketing.campaigns",
            shape: |platform| platform.campaign_list(),
            ask: |platform, turn| platform.list_campaigns(turn),
        };
        list.read(&self.0, filter).await.map_err(|error| error.with_operation(list.name))
    }

    /// Creates a promotion of a shop. The platform puts it together by several calls, and only the last one counts for
    /// buyers, after the platform's review: [`campaigns`](Self::campaigns) tells how it ends. The same draft again
    /// gives the same change; the change has the platform's id once it is accepted.
    ///
    /// An unknown outcome is no error: the receipt says `unknown`, the promotion is looked for, and it is never made a
    /// second time.
    ///
    /// # Errors
    /// `UNSUPPORTED`; `INVALID_REQUEST` with every problem of the draft, such as a price that is not below the shop's;
    /// `CONFLICT` when another draft has its name and times; `FORBIDDEN` without the right `marketing.manage`; what the
    /// platform refused it with.
    pub async fn create_campaign(&self, shop_id: ShopId, draft: CampaignDraft) -> Result<Receipt> {
        let engine = self.0.engine()?;
        let action = Action::new("marketing.createCampaign", write_right(Operation::Campaign));
        let action = action.on_shop(shop_id).about(draft.name.clone());
        let actor = self.0.actor.id();
        self.0
            .act(action, || async {
                let change = engine.publisher.create_campaign(shop_id, draft, actor).await?;
                Ok(Receipt { change_id: change.id, state: change.state })
            })
            .await
    }

    /// The coupons that a shop gives away.
    ///
    /// # Errors
    /// As [`campaigns`](Self::campaigns).
    pub async fn coupons(&self, filter: CampaignFilter) -> Result<MarketList<Coupon>> {
        let list = ShopList {
            name: "marketing.coupons",
            shape: |platform| platform.coupon_list(),
            ask: |platform, turn| platform.list_coupons(turn),
        };
        list.read(&self.0, filter).await.map_err(|error| error.with_operation(list.name))
    }

    /// Makes links that earn a commission, one for each target, in that order. A link made twice does no harm.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for no target or more than 20, or a placement that the platform cannot take;
    /// `UNSUPPORTED`; `FORBIDDEN` without the right `marketing.manage`; `PLATFORM_CONFIG` when the app is no
    /// promoter's; what a call to the platform can fail with.
    pub async fn create_links(&self, request: LinkRequest) -> Result<Vec<PromotionLink>> {
        let engine = self.0.engine()?;
        let (app, count) = (request.app_id, request.targets.len());
        let action = Action::new("marketing.createLinks", Right::MarketingManage);
        let action = action.about(format!("{count} links of app {app}"));
        self.0.act(action, || make_links(engine, request)).await
    }

    /// Searches goods for which links can be made.
    ///
    /// # Errors
    /// As [`campaigns`](Self::campaigns); `PLATFORM_CONFIG` when the app is no promoter's.
    pub async fn search_goods(&self, search: LinkSearch) -> Result<MarketList<LinkGoods>> {
        let name = "marketing.searchGoods";
        let engine = self.0.read(name, Right::MarketingRead, None).await?;
        search_goods(engine, search).await.map_err(|error| error.with_operation(name))
    }

    /// Orders that links brought and that changed in a time, as wide as the platform's history. It is read in
    /// the platform's windows, so that a part may be empty and not the last. An order that changes while one
    /// pages may come twice: tell them by their ids.
    ///
    /// # Errors
    /// As [`search_goods`](Self::search_goods); `INVALID_REQUEST` for a time that the platform does not show.
    pub async fn link_orders(&self, filter: LinkOrderFilter) -> Result<MarketList<LinkOrder>> {
        let name = "marketing.linkOrders";
        let engine = self.0.read(name, Right::MarketingRead, None).await?;
        link_orders(engine, filter).await.map_err(|error| error.with_operation(name))
    }
}

/// The call for one page of a list.
type Ask<T> = fn(&dyn Platform, &Turn<'_>) -> Result<ApiCall<MarketPage<T>>>;

/// A list of a shop.
struct ShopList<T> {
    name: &'static str,
    shape: fn(&dyn Platform) -> Option<ListShape>,
    ask: Ask<T>,
}

impl<T: Send + 'static> ShopList<T> {
    async fn read(&self, hub: &Hub, filter: CampaignFilter) -> Result<MarketList<T>> {
        let engine = hub.read(self.name, Right::MarketingRead, Some(filter.shop_id)).await?;
        let shop: ShopContext = engine.contexts.shop(filter.shop_id).await?;
        let list = format!("{} {}", self.name, filter.shop_id);
        let shape = (self.shape)(shop.app.platform);
        let place = begin(&filter.page, &list, shape)?;
        let call = (self.ask)(shop.app.platform, &place.turn())?;
        let page = engine.caller.call(&shop, &call, interactive()).await?;
        let sections = shape.map_or(1, |shape| shape.sections);
        let next = place.after(&page)?.or_else(|| place.next_section(sections));
        Ok(listing(page, next, &list))
    }
}

/// Where a list begins or goes on. Without a shape the call itself is refused, so that any size will do.
fn begin(page: &PageRequest, list: &str, shape: Option<ListShape>) -> Result<Place> {
    let most = shape.map_or(DEFAULT_LIMIT, |shape| shape.page_size);
    let size = size_of(page, DEFAULT_LIMIT, most)?;
    Ok(Place::of(page, list)?.unwrap_or_else(|| Place::first(size)))
}

fn listing<T>(page: MarketPage<T>, next: Option<Place>, list: &str) -> MarketList<T> {
    let records = page.records.len();
    let items: Vec<T> = page.records.into_iter().filter_map(Result::ok).collect();
    let unreadable = u32::try_from(records.saturating_sub(items.len())).unwrap_or(u32::MAX);
    MarketList { items, unreadable, next_cursor: next.map(|place| place.text(list)) }
}

async fn make_links(engine: &Engine, request: LinkRequest) -> Result<Vec<PromotionLink>> {
    if request.targets.is_empty() || request.targets.len() > MOST_LINKS {
        return Err(Error::invalid(format!("give 1 to {MOST_LINKS} targets")));
    }
    let app = engine.contexts.app(request.app_id).await?;
    let wish = |target| LinkWish { placement: request.placement.as_deref(), target };
    let calls: Vec<_> = request
        .targets
        .iter()
        .map(|target| app.platform.create_link(&wish(target)))
        .collect::<Result<_>>()?;
    let mut links = Vec::with_capacity(calls.len());
    for call in &calls {
        links.push(engine.caller.call_app(&app, call, interactive()).await?);
    }
    Ok(links)
}

async fn search_goods(engine: &Engine, search: LinkSearch) -> Result<MarketList<LinkGoods>> {
    let app = engine.contexts.app(search.app_id).await?;
    let placement = search.placement.as_deref();
    let list = format!("goods {} {} {}", search.app_id, placement.unwrap_or_default(), search.keyword);
    let place = begin(&search.page, &list, app.platform.goods_search())?;
    let query = GoodsQuery { placement, keyword: &search.keyword, turn: place.turn() };
    let call = app.platform.search_goods(&query)?;
    let page = engine.caller.call_app(&app, &call, interactive()).await?;
    let next = place.after(&page)?;
    Ok(listing(page, next, &list))
}

async fn link_orders(engine: &Engine, filter: LinkOrderFilter) -> Result<MarketList<LinkOrder>> {
    let app = engine.contexts.app(filter.app_id).await?;
    let Some(rules) = app.platform.link_order_rules() else {
        // An adapter without rules refuses the call and says why.
        let turn = Turn { section: 0, page: 0, size: 1, cursor: None };
        let query = LinkOrderQuery { from: filter.from, to: filter.from, turn };
        let refusal = app.platform.list_link_orders(&query).err();
        return Err(refusal.unwrap_or_else(|| Error::internal("orders of links are listed without rules")));
    };
    let list = format!("link orders {}", filter.app_id);
    let now = engine.syncer.sender.platform_now(app.id);
    let place = match Place::of(&filter.page, &list)? {
        Some(place) => place,
        None => first_order(&filter, &rules, now)?,
    };
    let (page, next) = read_link_orders(&engine.caller, &app, interactive(), place.clone(), &rules).await?;
    let next = next.or_else(|| place.next_window(&rules));
    Ok(listing(page, next, &list))
}

/// Where the orders begin, within what the platform shows.
fn first_order(filter: &LinkOrderFilter, rules: &WindowRules, now: UtcMillis) -> Result<Place> {
    let size = size_of(&filter.page, rules.page_size, rules.page_size)?;
    let to = filter.to.unwrap_or(now).min(now);
    if filter.from > to {
        return Err(Error::invalid("`from` must lie before `to` and not in the future"));
    }
    if let Some(history) = rules.history.filter(|history| filter.from < now.minus(*history)) {
        let days = history.as_secs().div_ceil(86_400);
        return Err(Error::invalid(format!("the platform shows orders of the last {days} days")));
    }
    Ok(Place::first_window(filter.from, to, size, rules))
}
