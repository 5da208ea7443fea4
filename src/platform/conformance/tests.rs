use serde_json::value::RawValue;

use super::*;
use crate::model::{AppField, PlatformId, UtcMillis};
use crate::platform::{ApiCall, Credentials, GoodsQuery, Method, Quota, SignedRequest, TokenSet, adapters};

#[test]
fn every_adapter_keeps_the_rules() {
    for adapter in adapters() {
        assert_eq!(breaches(adapter), Vec::<String>::new(), "{}", adapter.id());
    }
}

/// Does wrong whatever can be done wrong.
struct Careless;

impl Platform for Careless {
    fn id(&self) -> PlatformId {
        PlatformId::Doudian
    }
    fn name(&self) -> &'static str {
        ""
    }
    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::ListOrders,
            Capability::ListOrders,
            Capability::ListSkus,
            Capability::RefreshGrant,
            Capability::SearchGoods,
        ]
    }
    fn token_base(&self) -> Option<&'static str> {
        Some("http://token.example")
    }
    fn refresh_grant(&self, _: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let parts = CallParts::new("token.refresh", "{}", Repeat::Never, TokenUse::None);
        let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
        Ok(ApiCall { parts, decode })
    }
    fn app_token(&self) -> Result<ApiCall<crate::platform::AppToken>> {
        let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
        Ok(ApiCall { parts: parts("app.token", "{}".to_owned()), decode })
    }
    fn renew_refresh_token(&self, _: &Secret<String>) -> Result<ApiCall<crate::platform::RenewedToken>> {
        let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
        Ok(ApiCall { parts: parts("token.renew", "{}".to_owned()), decode })
    }
    fn app_fields(&self) -> &'static [AppField] {
        &[]
    }
    fn api_base(&self) -> &'static str {
        "http://api.example/"
    }
    fn hosts(&self) -> &'static [&'static str] {
        &[]
    }
    fn quota(&self) -> Quota {
        Quota { app_per_second: 0, shop_per_second: 1, in_flight: 1 }
    }
    fn sign(
        &self,
        parts: &CallParts,
        credentials: &Credentials,
        _: Option<&Secret<String>>,
        _: UtcMillis,
    ) -> Result<SignedRequest> {
        let url = format!("http://other.example/?secret={}", credentials.app_secret.expose());
        let body = parts.params.clone().into();
        Ok(SignedRequest { method: Method::Post, url: url.into(), headers: Vec::new(), body })
    }
    fn read(&self, _: &str, _: &[u8]) -> Reading {
        Reading::Success { request_id: None }
    }
    fn list_skus(&self, id: &str) -> Result<ApiCall<Vec<crate::platform::Parsed<crate::model::SkuRecord>>>> {
        let params = format!("{{\"product_id\":\"{id}\",\"page\":null}}");
        Ok(ApiCall { parts: parts("sku.list", params), decode: |_| Ok(Vec::new()) })
    }
    fn search_goods(
        &self,
        query: &GoodsQuery<'_>,
    ) -> Result<ApiCall<crate::platform::MarketPage<crate::model::LinkGoods>>> {
        let params = format!("{{\"q\":\"{}\",\"pid\":\"\"}}", query.keyword);
        let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
        Ok(ApiCall { parts: parts("goods.search", params), decode })
    }
    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let decode = |_: &[u8]| Err(crate::platform::DecodeError::new("", ""));
        Ok(ApiCall { parts: parts(api, params.to_owned()), decode })
    }
}

fn parts(api: &str, params: String) -> CallParts {
    CallParts { api: api.to_owned(), ..CallParts::shop_read("g", params) }
}

#[test]
fn a_careless_adapter_is_told_what_it_breaks() {
    let found = breaches(&Careless).join("\n");
    for rule in [
        "it has a name",
        "its base is https",
        "its base ends without a slash",
        "the host of its base is allowed",
        "it says what an app needs",
        "its quota lets calls through",
        "no capability is claimed twice",
        "any method can be called",
        "orders.sync is claimed but fails",
        "call is not claimed, so it is UNSUPPORTED",
        "products.skus is signed for its time",
        "products.skus goes to the base",
        "products.skus does not send the secret",
        "products.skus carries the token",
        "products.skus is not signed without its token",
        "products.skus sends no blank parameter",
        "oauth.refresh is made over https",
        "oauth.refresh goes to the token host",
        "oauth.refresh sends the secret in its body only",
        "the app's token is asked for with the secret in the body only",
        "the app's token is asked for without a token",
        "refresh tokens have rules exactly when they are renewed",
        "a refresh token is never renewed twice by itself",
        "orders have rules exactly when they are listed",
        "two pages of orders are asked for differently",
        "\"<html>\" is not its answer",
        "\"a.b/../c\" is no method",
        "\"[]\" are no parameters",
        "an unknown method is not repeated",
        "products.skus wants an id",
        "links.search says how it is listed exactly when it is",
        "links.search goes without a shop's token",
        "links.search asks for two pages differently",
        "links.search sends nothing blank",
        "links.search wants an id",
    ] {
        assert!(found.contains(rule), "not found: {rule}\nin:\n{found}");
    }
}
