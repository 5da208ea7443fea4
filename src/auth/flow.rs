//! The OAuth flow: a single-use state out, a code back, tokens into a shop.
//!
//! Whatever is wrong with a callback, the answer is one constant sentence: it must not help whoever
//! forged it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use oauth2::{AuthUrl, AuthorizationCode, CsrfToken};
use sha2::{Digest, Sha256};

use super::app::AppContexts;
use super::cipher::Cipher;
use super::grant::{Grants, ends_of, sealed_grant};
use super::place::{grant_row, place};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AppId, AppKind, PendingGrant, Shop, ShopId, UtcMillis};
use crate::pipeline::{AppContext, RetryPolicy, SendRequest, Sender};
use crate::platform::{ApiCall, AuthorizeRequest, RemoteShop, Repeat, ShopFacts, TokenSet};
use crate::secret::Secret;
use crate::store::{
    ConnectShop, NewPending, OauthState, SealedColumn, Store, TakenState, tiers_of, tiers_to_json,
};

/// How long a state or a code may take to come back.
const STATE_LIFE: Duration = Duration::from_secs(600);
/// How long a grant that nobody asked for waits to be adopted.
const PENDING_LIFE: Duration = Duration::from_secs(3_600);
const STATE_BYTES: u32 = 32;
/// Longer than any platform's code or state; a longer one is not hashed at all.
const LONGEST_PARAMETER: usize = 2_048;
/// Pending grants that an app may pile up: the callback is open to strangers.
pub(crate) const OPEN_PENDING: usize = 100;
const CONNECT_TRIES: usize = 5;

/// What an authorisation is started for.
#[derive(Clone)]
pub struct BeginRequest {
    /// The app that the shop will be authorised for.
    pub app_id: AppId,
    /// Authorise this shop again; another shop's authorisation is then refused.
    pub shop_id: Option<ShopId>,
    /// A value of the OA's own session, such as its id. The callback is then accepted only with the same
    /// value. Without it, somebody can be made to finish an authorisation that another person started.
    pub session: Option<String>,
}

/// Where to send the merchant.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// The platform's page; it holds the single-use state.
    pub url: String,
    /// When the state is over.
    pub expires_at: UtcMillis,
}

/// What came back to the redirect URI.
#[derive(Clone)]
pub struct Callback {
    /// The query's parameters, decoded.
    pub params: Vec<(String, String)>,
    /// The value that was given to [`BeginRequest::session`].
    pub session: Option<String>,
    /// The app, for callbacks without a state of ours (a merchant opened the app from a service market).
    pub app_id: Option<AppId>,
}

/// What a callback led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completed {
    /// The shop is authorised.
    Connected(Shop),
    /// An authorisation we did not ask for: nothing is synced until an actor with the right adopts it.
    Pending(PendingGrant),
}

// Whoever reads a state, a code or a session in a log can finish an authorisation in another's place.

impl fmt::Debug for BeginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BeginRequest");
        shown.field("app_id", &self.app_id).field("shop_id", &self.shop_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.params.iter().map(|(name, _)| name).collect();
        let mut shown = f.debug_struct("Callback");
        shown.field("params", &names).field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// The OAuth flow of a hub. Cheap to clone.
#[derive(Clone)]
pub(crate) struct OAuthFlow {
    store: Store,
    cipher: Cipher,
    contexts: AppContexts,
    grants: Grants,
    sender: Arc<Sender>,
    clock: Clock,
}

impl OAuthFlow {
    pub(crate) fn new(
        store: Store,
        cipher: Cipher,
        contexts: AppContexts,
        grants: Grants,
        sender: Arc<Sender>,
        clock: Clock,
    ) -> Self {
        Self { store, cipher, contexts, grants, sender, clock }
    }

    /// Makes a state and the URL that carries it.
    pub(crate) async fn begin(&self, request: BeginRequest, actor: &str) -> Result<Begun> {
        let app = self.store.get_app(request.app_id).await?;
        let context = self.contexts.app(request.app_id).await?;
        if app.kind == AppKind::SelfUse {
            let message = "a self-use app has no authorisation page: connect its shops with oauth.connect";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if let Some(shop) = request.shop_id {
            self.check_owner(shop, request.app_id).await?;
        }
        let state = CsrfToken::new_random_len(STATE_BYTES);
        let url = context.platform.authorize_url(&AuthorizeRequest {
            app_key: &app.app_key,
            service_id: app.service_id.as_deref(),
            redirect_uri: app.redirect_uri.as_deref(),
            endpoint: app.endpoints.authorize.as_deref(),
            state: state.secret(),
        })?;
        let url = AuthUrl::new(url)
            .map_err(|_| Error::new(ErrorKind::ConfigInvalid, "the app's authorise address is not a URL"))?;
        let now = self.clock.now();
        let expires_at = now.plus(STATE_LIFE);
        let row = OauthState {
            state_hash: digest(state.secret()),
            app_id: request.app_id,
            shop_id: request.shop_id,
            session_hash: request.session.as_deref().map(digest),
            actor: actor.to_owned(),
            created_at: now,
            expires_at,
        };
        self.store.prune_oauth(now).await?;
        self.store.insert_oauth_state(row).await?;
        Ok(Begun { url: url.to_string(), expires_at })
    }

    /// Exchanges the code of a callback.
    pub(crate) async fn complete(&self, callback: Callback) -> Result<Completed> {
        let params = Params::read(&callback.params)?;
        let Some(state) = params.state else {
            return self.complete_unasked(params, callback.app_id).await;
        };
        let code = params.code.as_ref().map_or("", |code| code.secret());
        // A reload is the same code in the same session; anything else is somebody else.
        let visit = format!("{code}\0{}", callback.session.as_deref().unwrap_or_default());
        let taken = match self.store.take_oauth_state(digest(state), digest(&visit), self.clock.now()).await?
        {
            TakenState::Taken(taken) => taken,
            TakenState::Used { same_code: true } => {
                let message =
                    "this authorisation was used already: look for the shop in the list, or start again";
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            TakenState::Used { same_code: false } | TakenState::Missing => return Err(refused()),
        };
        let session_hash = callback.session.as_deref().map(digest);
        if taken.session_hash.is_some() && !same_bytes(taken.session_hash.as_deref(), session_hash.as_deref())
        {
            return Err(refused());
        }
        let code = params.granted()?;
        let context = self.contexts.app(taken.app_id).await?;
        let asked_at = self.clock.now();
        let set = self.named_set(&context, &context.platform.exchange_code(code.secret())?).await?;
        if let Some(wanted) = taken.shop_id {
            self.check_same_shop(wanted, &set).await?;
        }
        Ok(Completed::Connected(self.connect_shop(&context, set, asked_at, false).await?))
    }

    /// Makes tokens for a shop of the company's own.
    pub(crate) async fn connect(&self, app_id: AppId, platform_shop_id: &str) -> Result<Shop> {
        let app = self.store.get_app(app_id).await?;
        if app.kind != AppKind::SelfUse {
            let message = "only a self-use app connects without a browser: start with oauth.begin";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let context = self.contexts.app(app_id).await?;
        let asked_at = self.clock.now();
        let set = self.named_set(&context, &context.platform.self_grant(platform_shop_id)?).await?;
        if set.shop.platform_shop_id != platform_shop_id {
            let message = "the platform answered with tokens of another shop: nothing was stored";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        self.connect_shop(&context, set, asked_at, true).await
    }

    /// Turns a pending grant into a shop.
    pub(crate) async fn adopt(&self, id: i64) -> Result<Shop> {
        let missing = || {
            Error::new(
                ErrorKind::NotFound,
                "no such pending authorisation: it was adopted, or its hour is over",
            )
        };
        let (_, pending) = self.store.get_pending(id, self.clock.now()).await?.ok_or_else(missing)?;
        let context = self.contexts.app(pending.app_id).await?;
        let now = self.clock.now();
        let set = self.opened(&pending, now)?;
        let shop = self.connect_shop(&context, set, now, false).await?;
        self.store.delete_pending(id).await?;
        Ok(shop)
    }

    /// A callback without our state: the tokens are kept, and nothing else happens.
    async fn complete_unasked(&self, params: Params<'_>, app_id: Option<AppId>) -> Result<Completed> {
        let code = params.granted()?;
        let app_id = app_id.ok_or_else(refused)?;
        let context = self.contexts.app(app_id).await?;
        let now = self.clock.now();
        self.store.prune_oauth(now).await?;
        let waiting = self.store.list_pending(now).await?;
        if waiting.iter().filter(|pending| pending.app_id == app_id).count() >= OPEN_PENDING {
            let message = "too many authorisations wait to be adopted: adopt them, or wait an hour";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let set = self.named_set(&context, &context.platform.exchange_code(code.secret())?).await?;
        let row = grant_row(app_id, &set.shop.platform_shop_id);
        let sealing = self.cipher.sealing();
        let seal = |column, token: &Secret<String>| sealing.seal_text(&place(column, &row, 0), token);
        let pending = NewPending {
            app_id,
            sealed_access: seal(SealedColumn::PendingAccess, &set.access_token)?,
            sealed_refresh: set
                .refresh_token
                .as_ref()
                .map(|token| seal(SealedColumn::PendingRefresh, token))
                .transpose()?,
            platform_shop_id: set.shop.platform_shop_id,
            name: set.shop.name,
            shop_type: set.shop.shop_type,
            grant_expires_at: now.plus(set.expires_in),
            refresh_expires_at: set.refresh_expires_in.map(|life| now.plus(life)),
            scope: set.scope,
            tiers: tiers_to_json(&ends_of(&set.tiers, now)),
            now,
            expires_at: now.plus(PENDING_LIFE),
        };
        Ok(Completed::Pending(self.store.insert_pending(pending).await?))
    }

    fn opened(&self, pending: &NewPending, now: UtcMillis) -> Result<TokenSet> {
        let row = grant_row(pending.app_id, &pending.platform_shop_id);
        let open = |column, sealed: &Vec<u8>| self.cipher.open_text(&place(column, &row, 0), sealed);
        Ok(TokenSet {
            access_token: open(SealedColumn::PendingAccess, &pending.sealed_access)?,
            refresh_token: pending
                .sealed_refresh
                .as_ref()
                .map(|sealed| open(SealedColumn::PendingRefresh, sealed))
                .transpose()?,
            expires_in: pending.grant_expires_at.since(now),
            refresh_expires_in: pending.refresh_expires_at.map(|end| end.since(now)),
            scope: pending.scope.clone(),
            tiers: tiers_of(pending.tiers.clone())
                .into_iter()
                .map(|(tier, end)| (tier, end.since(now)))
                .collect(),
            shop: RemoteShop {
                platform_shop_id: pending.platform_shop_id.clone(),
                name: pending.name.clone(),
                shop_type: pending.shop_type.clone(),
            },
        })
    }

    /// Buys a token set and finds out which shop it is for.
    async fn named_set(&self, app: &AppContext, call: &ApiCall<TokenSet>) -> Result<TokenSet> {
        let mut set = self.buy(app, call).await?;
        for call in app.platform.identify() {
            let facts = self.ask_shop(app, &call, &set.access_token).await?;
            name(&mut set.shop, facts);
        }
        if let Some(call) = app.platform.introduce(&set.shop.platform_shop_id) {
            match self.ask_shop(app, &call, &set.access_token).await {
                Ok(facts) => name(&mut set.shop, facts),
                // The code is spent: a name is worth less than the tokens.
                Err(error) => {
                    tracing::warn!(code = error.code(), "connected, but the shop's name is not known")
                }
            }
        }
        if set.shop.platform_shop_id.is_empty() {
            return Err(Error::new(ErrorKind::Decode, "the platform's answers name no shop for its token"));
        }
        Ok(set)
    }

    /// Asks with a token that is not stored yet.
    async fn ask_shop(
        &self,
        app: &AppContext,
        call: &ApiCall<ShopFacts>,
        token: &Secret<String>,
    ) -> Result<ShopFacts> {
        let attempt = |attempt| {
            self.sender.send(SendRequest { token: Some(token), ..SendRequest::waited(call, app, attempt) })
        };
        let facts = self.sender.with_retry(app.id, Repeat::Safe, RetryPolicy::INTERACTIVE, attempt).await;
        facts.map_err(|failure| failure.error)
    }

    /// A code is good for one exchange: an unknown outcome is not tried again, the merchant is asked to.
    async fn buy(&self, app: &AppContext, call: &ApiCall<TokenSet>) -> Result<TokenSet> {
        // What could not be stored would be lost.
        self.store.require_open_key(self.cipher.key_ids().0).await?;
        let attempt = |attempt| self.sender.send(SendRequest::waited(call, app, attempt));
        let set = self.sender.with_retry(app.id, Repeat::Never, RetryPolicy::INTERACTIVE, attempt).await;
        set.map_err(|failure| failure.error)
    }

    /// Writes shop and tokens in one transaction; again when another process was faster. Their life is counted from
    /// before they were asked for.
    async fn connect_shop(
        &self,
        app: &AppContext,
        set: TokenSet,
        asked_at: UtcMillis,
        renewable: bool,
    ) -> Result<Shop> {
        let row = grant_row(app.id, &set.shop.platform_shop_id);
        for _ in 0..CONNECT_TRIES {
            let generation = self.store.grant_generation(app.id, &set.shop.platform_shop_id).await?;
            let sealing = self.cipher.sealing();
            let grant = sealed_grant(&sealing, &row, generation.saturating_add(1), &set, asked_at)?;
            let connect = ConnectShop {
                app_id: app.id,
                platform_shop_id: set.shop.platform_shop_id.clone(),
                name: set.shop.name.clone(),
                shop_type: set.shop.shop_type.clone(),
                kind: app.platform.shop_kind(),
                renewable,
                most_renewals: app.platform.renewal_rules().map(|rules| rules.most),
                expected_generation: generation,
                grant,
                now: self.clock.now(),
            };
            if let Some(shop) = self.store.connect_shop(connect).await? {
                self.grants.forget(shop.id);
                return Ok(shop);
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the shop is being authorised by somebody else: try again"))
    }

    async fn check_owner(&self, shop: ShopId, app: AppId) -> Result<()> {
        match self.store.get_shop(shop).await?.app_id == app {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Conflict, "the shop belongs to another app").with_shop(shop)),
        }
    }

    async fn check_same_shop(&self, wanted: ShopId, set: &TokenSet) -> Result<()> {
        let shop = self.store.get_shop(wanted).await?;
        if shop.platform_shop_id == set.shop.platform_shop_id {
            return Ok(());
        }
        let message = format!(
            "the merchant authorised shop {} instead of {}: nothing was changed; start without a shop to connect a new one",
            set.shop.platform_shop_id, shop.platform_shop_id
        );
        Err(Error::new(ErrorKind::Conflict, message).with_shop(wanted))
    }
}

/// What is absent leaves what is known.
fn name(shop: &mut RemoteShop, facts: ShopFacts) {
    shop.platform_shop_id = facts.platform_shop_id.unwrap_or(std::mem::take(&mut shop.platform_shop_id));
    shop.name = facts.name.unwrap_or(std::mem::take(&mut shop.name));
    shop.shop_type = facts.shop_type.or(shop.shop_type.take());
}

/// Exactly the parameters that count, each at most once.
struct Params<'a> {
    state: Option<&'a str>,
    code: Option<AuthorizationCode>,
    denied: bool,
}

impl<'a> Params<'a> {
    fn read(params: &'a [(String, String)]) -> Result<Self> {
        let one = |name: &str| -> Result<Option<&'a str>> {
            let mut values = params.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
            let value = values.next().filter(|value| !value.is_empty());
            let is_sane =
                values.next().is_none() && value.is_none_or(|value| value.len() <= LONGEST_PARAMETER);
            if is_sane { Ok(value) } else { Err(refused()) }
        };
        let code = one("code")?.map(|code| AuthorizationCode::new(code.to_owned()));
        Ok(Self { state: one("state")?, code, denied: one("error")?.is_some() })
    }

    fn granted(self) -> Result<AuthorizationCode> {
        if self.denied {
            let message = "the merchant did not agree: start again when they want to";
            return Err(Error::new(ErrorKind::Rejected, message));
        }
        self.code.ok_or_else(refused)
    }
}

/// One text for everything that may be an attack.
fn refused() -> Error {
    let message = "this callback does not belong to an authorisation that was started here in the last 10 minutes: start again";
    Error::new(ErrorKind::Forbidden, message)
}

/// States, codes and sessions are stored as digests: a copy of the file must not help to use them.
fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn same_bytes(left: Option<&[u8]>, right: Option<&[u8]>) -> bool {
    use subtle::ConstantTimeEq;
    match (left, right) {
        (Some(left), Some(right)) => left.ct_eq(right).into(),
        _ => false,
    }
}
