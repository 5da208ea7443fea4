#![doc = include_str!("docs.md")]

mod convert;
mod fault;
mod sign;
mod wire;
mod writes;

pub use convert::decode_data;

use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;

use super::ask::{self, given, page_size};
use super::{
    ApiCall, AppToken, AuthorizeRequest, CallParts, Capability, Credentials, FullList, GrantTimes, ListPage,
    OrderQuery, PageOrder, Parsed, Place, Platform, ProductQuery, Quota, Reading, RefreshWindow, RemoteOrder,
    RenewalRules, RenewedToken, Repeat, SignedRequest, StockChange, TokenSet, TokenUse, WindowRules,
    WriteClass,
};
use crate::error::{Error, Result};
use crate::model::{
    AppField, MediaRules, MediaSlot, PlatformId, ProductRecord, SkuRecord, UtcMillis, Wanted,
};
use crate::secret::Secret;

const API_BASE: &str = "https://api.fake.example";
const AUTHORIZE_PAGE: &str = "https://fake.example/authorize";
const PAGE_SIZE: u32 = 50;
const LAG: Duration = Duration::from_secs(60);

/// Methods that only read.
const READS: &[&str] = &["app.info", "order.list", "product.list", "shop.info", "sku.list"];

/// Methods of the app itself, which carry its own token.
const OF_THE_APP: &str = "app.";

/// Days before its end, a refresh token is renewed apart from the access token.
const RENEWALS: RenewalRules = RenewalRules { most: 5, ahead: Duration::from_secs(2 * 86_400) };

/// The fake.
#[derive(Debug)]
pub struct Fake;

/// The one that calls are made with.
pub static FAKE: Fake = Fake;

impl Platform for Fake {
    fn id(&self) -> PlatformId {
        PlatformId::Fake
    }

    fn name(&self) -> &'static str {
        "fake"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::ConnectTool,
            Capability::RefreshGrant,
            Capability::ListProducts,
            Capability::ListSkus,
            Capability::ListOrders,
            Capability::SetStock,
            Capability::Raw,
        ]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[
            AppField { name: "appKey", label: "App Key", required: true },
            AppField { name: "appSecret", label: "App Secret", required: true },
            AppField { name: "redirectUri", label: "回调地址", required: true },
        ]
    }

    fn api_base(&self) -> &'static str {
        API_BASE
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["api.fake.example"]
    }

    fn media_rules(&self, slot: MediaSlot) -> Option<MediaRules> {
        let rules = |types, max_bytes| MediaRules::new(types, max_bytes);
        match slot {
            MediaSlot::Video => Some(MediaRules {
                codecs: &["h264"],
                min_pixels: (320, 240),
                max_pixels: (4096, 4096),
                duration_ms: Some((1_000, 900_000)),
                ..rules(&["video/mp4"], 4 << 30)
            }),
            MediaSlot::Cover => Some(MediaRules {
                min_pixels: (480, 480),
                max_pixels: (2000, 2000),
                ratio: Some([(1, 1), (1, 1)]),
                ..rules(&["image/jpeg", "image/png"], 100 << 10)
            }),
            _ => None,
        }
    }

    fn quota(&self) -> Quota {
        Quota { app_per_second: 1000, shop_per_second: 1000, in_flight: 4 }
    }

    fn sign(
        &self,
        parts: &CallParts,
        credentials: &Credentials,
        token: Option<&Secret<String>>,
        now: UtcMillis,
    ) -> Result<SignedRequest> {
        sign::request(parts, credentials, token, now)
    }

    fn read(&self, _: &str, body: &[u8]) -> Reading {
        fault::read(body)
    }

    fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Result<String> {
        let redirect_uri = request.needed_redirect()?;
        let mut url = request.page(AUTHORIZE_PAGE)?;
        url.query_pairs_mut()
            .append_pair("app_key", request.app_key)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", request.state);
        Ok(url.into())
    }

    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        Ok(ApiCall::tokens("token.create", &json!({"code": given(code, "code")?}), convert::token_set))
    }

    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let params = json!({"refreshToken": refresh_token.expose()});
        Ok(ApiCall::tokens("token.refresh", &params, convert::token_set))
    }

    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        let hour = Duration::from_secs(3_600);
        Some(RefreshWindow {
            opens_at: times.expires_at.minus(2 * hour).max(times.obtained_at),
            closes_at: times.expires_at.minus(hour),
        })
    }

    fn renewal_rules(&self) -> Option<RenewalRules> {
        Some(RENEWALS)
    }

    fn renew_refresh_token(&self, refresh_token: &Secret<String>) -> Result<ApiCall<RenewedToken>> {
        let params = json!({"refreshToken": refresh_token.expose()}).to_string();
        let parts = CallParts::new("token.renew", params, Repeat::Never, TokenUse::None);
        Ok(ApiCall { parts, decode: convert::renewed })
    }

    fn app_token(&self) -> Result<ApiCall<AppToken>> {
        let parts = CallParts::new("token.app", "{}", Repeat::Never, TokenUse::None);
        Ok(ApiCall { parts, decode: convert::app_token })
    }

    fn order_rules(&self) -> Option<WindowRules> {
        Some(CHANGES)
    }

    fn list_orders(&self, query: &OrderQuery) -> Result<ApiCall<ListPage<RemoteOrder>>> {
        if query.from > query.to {
            return Err(Error::invalid("the window ends before it starts"));
        }
        let params = json!({"from": query.from.0, "to": query.to.0, "page": query.page,
            "size": page_size(query.size, PAGE_SIZE)?});
        Ok(ApiCall::shop_read("order.list", &params, convert::orders))
    }

    fn product_list(&self) -> Option<FullList> {
        Some(FullList::Windows)
    }

    fn product_rules(&self) -> Option<WindowRules> {
        Some(CHANGES)
    }

    fn list_products(&self, query: &ProductQuery) -> Result<ApiCall<ListPage<ProductRecord>>> {
        let Place::Page(page) = query.place else {
            return Err(Error::invalid("the platform lists products by pages"));
        };
        let mut params = json!({"page": page, "size": page_size(query.size, PAGE_SIZE)?});
        if let Some((from, to)) = query.updated {
            params["from"] = from.0.into();
            params["to"] = to.0.into();
        }
        Ok(ApiCall::shop_read("product.list", &params, convert::products))
    }

    fn list_skus(&self, platform_product_id: &str) -> Result<ApiCall<Vec<Parsed<SkuRecord>>>> {
        let params = json!({"productId": given(platform_product_id, "the product's id")?});
        Ok(ApiCall::shop_read("sku.list", &params, convert::skus))
    }

    fn set_stock(
        &self,
        platform_product_id: &str,
        platform_sku_id: &str,
        change: StockChange<'_>,
    ) -> Result<ApiCall<()>> {
        writes::set_stock(platform_product_id, platform_sku_id, change)
    }

    fn write_class(&self, wanted: &Wanted) -> WriteClass {
        writes::class(wanted)
    }

    fn typed_write(&self, api: &str) -> Option<&'static str> {
        ask::typed(writes::TYPED, api)
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        sign::method(api)?;
        sign::checked(params)?;
        let token = if api.starts_with(OF_THE_APP) { TokenUse::App } else { TokenUse::Shop };
        Ok(ApiCall::raw(api, params.to_owned(), READS, token, decode_data))
    }
}

/// How changes of orders and products are read.
const CHANGES: WindowRules = WindowRules {
    order: PageOrder::Ascending,
    page_size: PAGE_SIZE,
    max_records: None,
    max_window: Duration::from_secs(400 * 365 * 86_400),
    lag: LAG,
    overlap: Duration::from_secs(2 * LAG.as_secs()),
    sections: 1,
    history: None,
};

/// The parts of a call of the fake.
pub fn parts(api: &str, params: &str, repeat: Repeat) -> CallParts {
    CallParts { api: api.to_owned(), ..CallParts::new("fake", params, repeat, TokenUse::Shop) }
}

#[cfg(test)]
mod tests;
