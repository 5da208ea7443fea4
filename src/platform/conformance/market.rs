//! Rules of promotions, coupons and links.

use std::time::Duration;

use super::probe::{market_params, probe};
use super::sample::{NOW, PLACEMENT, campaign, link_orders, shop_prices};
use super::{OF_APPS, Report, holds_blank, refuses};
use crate::model::{CampaignDraft, Wanted};
use crate::platform::{CampaignCall, CampaignWork, Capability, LinkOrderQuery, Repeat, TokenUse, WriteClass};

impl Report<'_> {
    /// Promotion lists say how they are read exactly when they are offered; pages differ; calls of apps carry no
    /// shop's token and nothing blank, as for an option that was left out.
    pub(super) fn marketing(&mut self) {
        let adapter = self.adapter;
        let claims = |capability| adapter.capabilities().contains(&capability);
        let shapes = [
            (Capability::ListCampaigns, adapter.campaign_list()),
            (Capability::ListCoupons, adapter.coupon_list()),
            (Capability::SearchGoods, adapter.goods_search()),
        ];
        for (capability, shape) in shapes {
            let word = capability.as_str();
            let sane = shape.is_none_or(|shape| shape.sections > 0 && shape.page_size > 0);
            self.expect(
                sane && shape.is_some() == claims(capability),
                format!("{word} says how it is listed exactly when it is"),
            );
        }
        let rules = adapter.link_order_rules();
        let is_exact = rules.is_some() == claims(Capability::ListLinkOrders);
        self.expect(is_exact, "orders of links have rules exactly when they are listed");
        if let Some(rules) = rules {
            self.window("orders of links", &rules);
            let backwards = LinkOrderQuery { from: NOW.plus(Duration::from_secs(1)), ..link_orders(0) };
            let refused = refuses(adapter.list_link_orders(&backwards));
            self.expect(refused, "a window of orders of links that ends before it starts is refused");
        }
        for capability in OF_APPS.into_iter().filter(|capability| claims(*capability)) {
            let parts = probe(adapter, capability).ok().flatten();
            let is_of_app = parts.is_some_and(|parts| parts.token == TokenUse::None);
            self.expect(is_of_app, format!("{} goes without a shop's token", capability.as_str()));
        }
        for capability in [Capability::ListCampaigns, Capability::ListCoupons]
            .into_iter()
            .chain(OF_APPS)
            .filter(|capability| claims(*capability))
        {
            let word = capability.as_str();
            let [first, second] = [0, 1].map(|page| market_params(adapter, capability, page, PLACEMENT));
            let pages = capability != Capability::CreateLinks;
            let differ = matches!((&first, &second), (Ok(first), Ok(second)) if first != second);
            self.expect(!pages || differ, format!("{word} asks for two pages differently"));
            let mut sent = [first, market_params(adapter, capability, 0, None)].into_iter().flatten();
            let is_blank =
                |params: String| serde_json::from_str(&params).map_or(true, |params| holds_blank(&params));
            self.expect(!sent.any(is_blank), format!("{word} sends nothing blank"));
        }
    }

    /// A promotion is begun once, added to, and committed by one call that is the last; each goes out once by itself and
    /// is guarded against calls by hand, and what follows the first names what it began.
    pub(super) fn campaigns(&mut self) {
        let adapter = self.adapter;
        if !adapter.capabilities().contains(&Capability::CreateCampaigns) {
            return;
        }
        let (draft, id) = (campaign(), "700100200");
        let prices = shop_prices(&draft);
        let work = |answered| CampaignWork {
            draft: &draft,
            prices: &prices,
            id: (answered > 0).then_some(id),
            answered,
        };
        let (mut taken, mut commits) = (0, 0);
        for answered in 0..20 {
            let (parts, is_last) = match adapter.campaign_call(&work(answered)) {
                Ok(CampaignCall::Begin(call)) => (call.parts, false),
                Ok(CampaignCall::Add { call, parts }) => {
                    taken += parts;
                    (call.parts, false)
                }
                Ok(CampaignCall::Commit(call)) => (call.parts, true),
                Err(error) => return self.expect(false, format!("a promotion's call {answered}: {error}")),
            };
            self.expect(parts.repeat == Repeat::Never, "no call of a promotion is repeated by itself");
            let guarded = adapter.typed_write(&parts.api).is_some();
            self.expect(guarded, format!("{} is not called by hand", parts.api));
            let named = answered == 0 || parts.params.contains(id);
            self.expect(named, format!("{} names the promotion", parts.api));
            if is_last {
                commits = 1;
                break;
            }
        }
        self.expect(commits == 1, "a promotion is committed in the end");
        self.expect(taken == draft.skus.len(), "all SKUs of a promotion are handed over");
        let wanted =
            Wanted::Campaign {
                name: "秋季".into(), from: draft.from, to: draft.to, fingerprint: "f".into()
            };
        let resumes = adapter.write_class(&wanted) == WriteClass::Resume;
        self.expect(resumes, "a promotion goes on where it stopped");
        let nameless = CampaignDraft { name: " ".into(), ..draft.clone() };
        self.expect(refuses(adapter.check_campaign(&nameless, NOW)), "a promotion wants a name");
    }
}
