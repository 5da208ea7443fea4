//! Checks that every adapter must pass, ours and those of our users' tests. Pure: nothing is sent.
//!
//! Claimed capabilities are exercised, unclaimed ones must say `UNSUPPORTED`. What only one platform
//! knows (its numbers, its faults) is tested beside its adapter.

mod buyer;
mod grant;
mod market;
mod probe;
mod sample;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::error::{ErrorKind, Result};
use crate::platform::{CallParts, Capability, OrderQuery, Platform, Reading, Repeat, TokenUse, WindowRules};
use crate::secret::Secret;
use probe::probe;
use sample::{CODE, NOW, SECRET, TOKEN, TOKEN_CALLS, credentials, order_query, product_query};

/// The calls of promoters' apps, which no shop authorises.
const OF_APPS: [Capability; 3] =
    [Capability::CreateLinks, Capability::SearchGoods, Capability::ListLinkOrders];

/// What an adapter breaks, one sentence each; empty when it keeps every rule.
pub fn breaches(adapter: &dyn Platform) -> Vec<String> {
    let mut report = Report { adapter, found: Vec::new() };
    report.description();
    report.capabilities();
    report.rules();
    report.authorization();
    report.tokens();
    report.reading();
    report.raw();
    report.writes();
    report.marketing();
    report.campaigns();
    report.blank_ids();
    report.decryption();
    report.found
}

struct Report<'a> {
    adapter: &'a dyn Platform,
    found: Vec<String>,
}

impl Report<'_> {
    fn expect(&mut self, holds: bool, rule: impl Into<String>) {
        if !holds {
            self.found.push(rule.into());
        }
    }

    fn description(&mut self) {
        let adapter = self.adapter;
        let base = url::Url::parse(adapter.api_base());
        let host = base.as_ref().ok().and_then(|base| base.host_str()).unwrap_or_default();
        self.expect(!adapter.name().is_empty(), "it has a name");
        self.expect(base.as_ref().is_ok_and(|base| base.scheme() == "https"), "its base is https");
        self.expect(!adapter.api_base().ends_with('/'), "its base ends without a slash");
        self.expect(adapter.hosts().contains(&host), "the host of its base is allowed");
        let fields: BTreeSet<_> = adapter.app_fields().iter().map(|field| field.name).collect();
        self.expect(!fields.is_empty(), "it says what an app needs");
        self.expect(fields.len() == adapter.app_fields().len(), "no app field is named twice");
        let quota = adapter.quota();
        let zero = quota.app_per_second == 0 || quota.shop_per_second == 0 || quota.in_flight == 0;
        self.expect(!zero, "its quota lets calls through");
    }

    fn capabilities(&mut self) {
        let adapter = self.adapter;
        let claimed: BTreeSet<_> = adapter.capabilities().iter().copied().collect();
        self.expect(claimed.len() == adapter.capabilities().len(), "no capability is claimed twice");
        self.expect(claimed.contains(&Capability::Raw), "any method can be called");
        for capability in Capability::ALL {
            let word = capability.as_str();
            match (claimed.contains(&capability), probe(adapter, capability)) {
                (true, Ok(Some(parts))) => self.call(word, &parts),
                (true, Ok(None)) => {}
                (true, Err(error)) => self.expect(false, format!("{word} is claimed but fails: {error}")),
                (false, outcome) => {
                    let kind = outcome.err().map(|error| error.kind());
                    let says_so = kind == Some(ErrorKind::Unsupported);
                    self.expect(says_so, format!("{word} is not claimed, so it is UNSUPPORTED"));
                }
            }
        }
    }

    fn call(&mut self, word: &str, parts: &CallParts) {
        let adapter = self.adapter;
        let credentials = credentials(adapter);
        let token = Secret::from(TOKEN);
        let token = (parts.token != TokenUse::None).then_some(&token);
        let sign = |now| adapter.sign(parts, &credentials, token, now);
        let (Ok(one), Ok(same), Ok(later)) = (sign(NOW), sign(NOW), sign(NOW.plus(Duration::from_secs(1))))
        else {
            self.expect(false, format!("{word} can be signed"));
            return;
        };
        let url = one.url.expose().as_str();
        let body = String::from_utf8_lossy(&one.body);
        let equal = url == same.url.expose() && one.body == same.body && one.headers == same.headers;
        self.expect(equal, format!("{word} signs the same way twice"));
        let sent = format!("{url} {body} {:?}", one.headers);
        match adapter.token_base().filter(|_| TOKEN_CALLS.contains(&word)) {
            Some(base) => self.token_call(word, base, url, &format!("{:?}", one.headers)),
            None => {
                let moves =
                    url != later.url.expose() || one.body != later.body || one.headers != later.headers;
                self.expect(moves || !adapter.signs(), format!("{word} is signed for its time"));
                self.expect(url.starts_with(adapter.api_base()), format!("{word} goes to the base"));
                self.expect(!sent.contains(SECRET), format!("{word} does not send the secret"));
            }
        }
        if parts.token != TokenUse::None {
            self.expect(sent.contains(TOKEN), format!("{word} carries the token"));
            let without = adapter.sign(parts, &credentials, None, NOW);
            self.expect(without.is_err(), format!("{word} is not signed without its token"));
            let blank = serde_json::from_str(&parts.params).map_or(true, |params| holds_blank(&params));
            self.expect(!blank, format!("{word} sends no blank parameter"));
        }
        let shown = format!("{one:?} {parts:?} {credentials:?}");
        let leaks = [SECRET, TOKEN, CODE].iter().any(|canary| shown.contains(canary));
        self.expect(!leaks, format!("{word} shows no secret in Debug"));
    }

    fn rules(&mut self) {
        let adapter = self.adapter;
        let claims = |capability| adapter.capabilities().contains(&capability);
        let (orders, products) = (adapter.order_rules(), adapter.product_rules());
        self.expect(
            orders.is_some() == claims(Capability::ListOrders),
            "orders have rules exactly when they are listed",
        );
        self.expect(
            adapter.product_list().is_some() == claims(Capability::ListProducts),
            "products say how all are listed exactly when they are listed",
        );
        for (what, rules) in [("orders", orders), ("products", products)] {
            if let Some(rules) = rules {
                self.window(what, &rules);
            }
        }
        if claims(Capability::ListOrders) {
            let pages =
                [0, 1].map(|page| adapter.list_orders(&order_query(page)).map(|call| call.parts.params));
            let differ = matches!(&pages, [Ok(first), Ok(second)] if first != second);
            self.expect(differ, "two pages of orders are asked for differently");
            let backwards = OrderQuery { from: NOW.plus(Duration::from_secs(1)), ..order_query(0) };
            self.expect(
                adapter.list_orders(&backwards).is_err(),
                "a window that ends before it starts is refused",
            );
            self.masked_forms();
        }
        if claims(Capability::ListProducts) {
            let pages = [1, 2].map(|page| adapter.list_products(&product_query(adapter, page)));
            let differ = matches!(&pages, [Ok(one), Ok(two)] if one.parts.params != two.parts.params);
            self.expect(differ, "two pages of products are asked for differently");
        }
    }

    /// What reads orders masked is another method, and only reads.
    fn masked_forms(&mut self) {
        let adapter = self.adapter;
        let plain = [Capability::ListOrders, Capability::GetOrder].into_iter();
        for parts in plain.filter_map(|capability| probe(adapter, capability).ok().flatten()) {
            let Some(form) = adapter.masked_form(&parts.api) else { continue };
            let reads = adapter.raw(form.api, "{}").is_ok_and(|call| call.parts.repeat == Repeat::Safe);
            self.expect(reads, format!("{} only reads", form.api));
            self.expect(
                adapter.masked_form(form.api).is_none(),
                format!("{} has no form of its own", form.api),
            );
        }
    }

    fn window(&mut self, what: &str, rules: &WindowRules) {
        self.expect(rules.page_size > 0, format!("a page of {what} holds something"));
        let fits = rules.max_records.is_none_or(|most| most >= u64::from(rules.page_size));
        self.expect(fits, format!("a window of {what} holds a page"));
        self.expect(rules.overlap >= 2 * rules.lag, format!("windows of {what} overlap by twice the lag"));
        self.expect(
            rules.max_window > rules.overlap,
            format!("a window of {what} is wider than the overlap"),
        );
    }

    fn reading(&mut self) {
        let foreign: [&[u8]; 8] =
            [b"", b"<html>", b"{}", b"[]", b"null", b"{\"code\":", b"\xff\xfe", b"{\"code\":10000} {}"];
        for body in foreign {
            let is_foreign = self.adapter.read("some.method", body) == Reading::Foreign;
            self.expect(is_foreign, format!("{:?} is not its answer", String::from_utf8_lossy(body)));
        }
    }

    fn raw(&mut self) {
        let adapter = self.adapter;
        for name in ["", ".", "a..b", "a.b/../c", "a.b?x=1", "a b.c", "https://evil.example"] {
            let refused = refuses(adapter.raw(name, "{}"));
            self.expect(refused, format!("{name:?} is no method"));
        }
        for params in ["", "[]", "null", "{", "{\"a\":1,\"a\":2}", "{} {}"] {
            let refused = refuses(adapter.raw("some.method", params));
            self.expect(refused, format!("{params:?} are no parameters"));
        }
        let repeat = adapter.raw("some.unknown.method", "{}").map(|call| call.parts.repeat);
        self.expect(repeat.is_ok_and(|repeat| repeat == Repeat::Never), "an unknown method is not repeated");
    }
}

fn refuses<T>(outcome: Result<T>) -> bool {
    outcome.err().is_some_and(|error| error.kind() == ErrorKind::InvalidRequest)
}

fn holds_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().any(holds_blank),
        Value::Object(members) => members.values().any(holds_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
