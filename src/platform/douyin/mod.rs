#![doc = include_str!("docs.md")]

mod convert;
mod fault;
pub mod notice;
mod post;
mod routes;
mod sign;
mod wire;

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ask::given;
use super::{
    ApiCall, AppToken, AuthorizeRequest, CallParts, Capability, Credentials, Decode, Facts, GrantTimes,
    Heard, PlacedFile, Platform, Post, PostKind, PostLookUp, PostRef, PostSeen, Posted, Pushed, Quota,
    Reading, RefreshWindow, RenewalRules, RenewedToken, Repeat, Share, ShareLink, ShopFacts, SignedRequest,
    Step, TokenSet, TokenUse, Upload, UploadShape, WriteClass,
};
use crate::error::{Error, Result};
use crate::model::{
    AppField, DayFigures, MediaRules, MediaSlot, PlatformId, PromotionDraft, ShopKind, UtcMillis, Wanted,
};
use crate::secret::Secret;

const API_BASE: &str = "https://open.douyin.com";
/// Where people authorise (1.2).
const AUTHORIZE_PAGE: &str = "https://open.douyin.com/platform/oauth/connect/";
/// What is asked for (1.2): who it is, posting, reading posts and figures, and renewing for half a year.
const SCOPE: &str =
    "user_info,video.create.bind,video.list.bind,video.data.bind,data.external.item,renew_refresh_token";
/// An access token of 15 days is renewed in its last five, which costs nothing (1.4).
const REFRESH_OPENS: Duration = Duration::from_secs(5 * 86_400);
const REFRESH_CLOSES: Duration = Duration::from_secs(86_400);
/// A refresh token is renewed five times (1.4). Each one early costs days of the half year, late ones the account.
const RENEWALS: RenewalRules = RenewalRules { most: 5, ahead: Duration::from_secs(3 * 86_400) };

const NO_ORDERS: &str = "an account of 抖音 posts content: products, orders and refunds are those of shops, on the \
                         platform doudian";
const NO_PROMOTIONS: &str = "an account of 抖音 has no promotions, coupons or commission links of its own";
const NO_SELF_USE: &str = "each account is authorised by its owner, in the browser";

/// The adapter of 抖音's content platform.
#[derive(Debug)]
pub struct Douyin;

impl Platform for Douyin {
    fn id(&self) -> PlatformId {
        PlatformId::Douyin
    }

    fn name(&self) -> &'static str {
        "抖音"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::ConnectTool,
            Capability::RefreshGrant,
            Capability::PostVideo,
            Capability::PostImages,
            Capability::ShareLink,
            Capability::PostFigures,
            Capability::Raw,
        ]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[
            AppField { name: "appKey", label: "client_key", required: true },
            AppField { name: "appSecret", label: "client_secret", required: true },
            AppField { name: "redirectUri", label: "回调地址", required: true },
        ]
    }

    fn api_base(&self) -> &'static str {
        API_BASE
    }

    // Token calls are calls of the API itself, but unsigned forms with the secret.
    fn token_base(&self) -> Option<&'static str> {
        Some(API_BASE)
    }

    fn signs(&self) -> bool {
        false
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["open.douyin.com"]
    }

    // Quotas stand in the console alone (1.13): a careful start that the limiter lowers on "too frequent".
    fn quota(&self) -> Quota {
        Quota { app_per_second: 5, shop_per_second: 5, in_flight: 4 }
    }

    fn sign(
        &self,
        parts: &CallParts,
        credentials: &Credentials,
        token: Option<&Secret<String>>,
        _: UtcMillis,
    ) -> Result<SignedRequest> {
        sign::request(parts, credentials, token)
    }

    fn read(&self, api: &str, body: &[u8]) -> Reading {
        fault::read(api, body)
    }

    fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Result<String> {
        let redirect_uri = request.needed_redirect()?;
        let mut url = request.page(AUTHORIZE_PAGE)?;
        // An app that was granted less asks for less, by the address of its page.
        let has_scope = url.query_pairs().any(|(name, _)| name == "scope");
        url.query_pairs_mut()
            .append_pair("client_key", request.app_key)
            .append_pair("response_type", "code")
            .extend_pairs((!has_scope).then_some(("scope", SCOPE)))
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", request.state);
        Ok(url.into())
    }

    fn exchange_code(&self, code: &str) -> Result<ApiCall<TokenSet>> {
        let params = json!({"code": given(code, "code")?, "grant_type": "authorization_code"});
        Ok(ApiCall::tokens(routes::ACCESS_TOKEN, &params, convert::created))
    }

    fn introduce(&self, platform_shop_id: &str) -> Option<ApiCall<ShopFacts>> {
        let params = json!({"open_id": platform_shop_id});
        Some(ApiCall::shop_read(routes::USER_INFO, &params, convert::user))
    }

    fn refresh_grant(&self, refresh_token: &Secret<String>) -> Result<ApiCall<TokenSet>> {
        let params = json!({"grant_type": "refresh_token", "refresh_token": refresh_token.expose()});
        Ok(ApiCall::tokens(routes::REFRESH_TOKEN, &params, convert::refreshed))
    }

    fn refresh_window(&self, times: &GrantTimes) -> Option<RefreshWindow> {
        let life = times.expires_at.since(times.obtained_at);
        Some(RefreshWindow {
            opens_at: times.expires_at.minus(REFRESH_OPENS.min(life / 3)),
            closes_at: times.expires_at.minus(REFRESH_CLOSES.min(life / 15)),
        })
    }

    fn renewal_rules(&self) -> Option<RenewalRules> {
        Some(RENEWALS)
    }

    fn renew_refresh_token(&self, refresh_token: &Secret<String>) -> Result<ApiCall<RenewedToken>> {
        let params = json!({"refresh_token": refresh_token.expose()});
        // The old one is dead with the answer, and five are all there are.
        Ok(token_call(routes::RENEW_REFRESH_TOKEN, &params, Repeat::Never, convert::renewed))
    }

    // Asking again gives the same token: processes that share an app do not push each other's token out.
    fn app_token(&self) -> Result<ApiCall<AppToken>> {
        let params = json!({"grant_type": "client_credential"});
        Ok(token_call(routes::STABLE_CLIENT_TOKEN, &params, Repeat::Safe, convert::app_token))
    }

    fn shop_kind(&self) -> ShopKind {
        ShopKind::ContentAccount
    }

    fn upload_shape(&self, upload: &Upload<'_>) -> Option<UploadShape> {
        post::shape(upload)
    }

    fn upload_file(&self, upload: &Upload<'_>, bytes: Vec<u8>) -> Result<ApiCall<PlacedFile>> {
        post::file(upload, bytes)
    }

    fn begin_upload(&self, upload: &Upload<'_>) -> Result<ApiCall<String>> {
        post::begin(upload)
    }

    fn upload_part(&self, upload: &Upload<'_>, id: &str, part: u32, bytes: Vec<u8>) -> Result<ApiCall<()>> {
        post::part(upload, id, part, bytes)
    }

    fn end_upload(&self, upload: &Upload<'_>, id: &str) -> Result<ApiCall<PlacedFile>> {
        post::end(upload, id)
    }

    fn files_serve_once(&self, slot: MediaSlot) -> bool {
        post::serves_once(slot)
    }

    fn media_rules(&self, slot: MediaSlot) -> Option<MediaRules> {
        post::media_rules(slot)
    }

    fn check_post(&self, kind: PostKind, draft: &PromotionDraft) -> Result<()> {
        post::check(kind, draft)
    }

    fn create_post(&self, post: &Post<'_>) -> Result<ApiCall<Posted>> {
        post::create(post)
    }

    fn find_post(&self, what: &PostLookUp<'_>, facts: &Facts) -> Result<Step<Vec<Posted>>> {
        post::find(what, facts)
    }

    fn post_state(&self, what: &PostRef<'_>, facts: &Facts) -> Result<Step<PostSeen>> {
        post::state(what, facts)
    }

    fn post_figures(&self, what: &PostRef<'_>, facts: &Facts) -> Result<Step<Vec<DayFigures>>> {
        post::figures(what, facts)
    }

    fn share_link(&self, share: &Share<'_>, facts: &Facts) -> Result<Step<ShareLink>> {
        post::share(share, facts)
    }

    fn write_class(&self, wanted: &Wanted) -> WriteClass {
        post::class(wanted)
    }

    fn typed_write(&self, api: &str) -> Option<&'static str> {
        routes::typed(api)
    }

    fn notice_app(&self, pushed: &Pushed<'_>) -> Result<Option<String>> {
        Ok(notice::app_key(pushed.body))
    }

    fn hear(&self, credentials: &Credentials, pushed: &Pushed<'_>) -> Result<Heard> {
        notice::hear(&credentials.app_secret, pushed)
    }

    fn why_not(&self, capability: Capability) -> Option<&'static str> {
        match capability {
            Capability::ConnectSelfUse => Some(NO_SELF_USE),
            Capability::PostShopVideo => Some(post::NO_SHOP),
            Capability::ListCampaigns
            | Capability::CreateCampaigns
            | Capability::ListCoupons
            | Capability::CreateLinks
            | Capability::SearchGoods
            | Capability::ListLinkOrders => Some(NO_PROMOTIONS),
            offered if self.capabilities().contains(&offered) => None,
            _ => Some(NO_ORDERS),
        }
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        let path = routes::path(api)?;
        if routes::is_token_call(&path) {
            return Err(Error::invalid("token calls are made by the hub itself: tokens never leave it"));
        }
        sign::members(params)?;
        let token = routes::token_of(&path);
        Ok(ApiCall::raw(&path, params.to_owned(), routes::READS, token, convert::raw_data))
    }

    fn name_account(&self, parts: &mut CallParts, account: &str) -> Result<()> {
        let is_named = sign::members(&parts.params)?.iter().any(|(name, _)| name == "open_id");
        if parts.token == TokenUse::Shop && !is_named {
            parts.params = sign::with_text(&parts.params, "open_id", account)?;
        }
        Ok(())
    }
}

fn token_call<T>(api: &'static str, params: &Value, repeat: Repeat, decode: Decode<T>) -> ApiCall<T> {
    ApiCall { parts: CallParts::new(api, params.to_string(), repeat, TokenUse::None), decode }
}

#[cfg(test)]
mod tests;
