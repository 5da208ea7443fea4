//! Rules of authorisations and tokens.

use std::time::Duration;

use super::Report;
use super::probe::probe;
use super::sample::{NOW, SECRET, TOKEN, authorize_request, credentials};
use crate::error::ErrorKind;
use crate::platform::{Capability, Credentials, GrantTimes, Repeat, TokenUse};
use crate::secret::Secret;

impl Report<'_> {
    pub(super) fn authorization(&mut self) {
        let adapter = self.adapter;
        let week = Duration::from_secs(7 * 24 * 3600);
        let times = GrantTimes {
            obtained_at: NOW,
            expires_at: NOW.plus(week),
            refresh_expires_at: Some(NOW.plus(2 * week)),
        };
        let claims = |capability| adapter.capabilities().contains(&capability);
        let window = adapter.refresh_window(&times);
        self.expect(
            window.is_some() == claims(Capability::RefreshGrant),
            "a refresh has a window exactly when there is one",
        );
        if let Some(window) = window {
            let sane = NOW <= window.opens_at
                && window.opens_at < window.closes_at
                && window.closes_at < times.expires_at;
            self.expect(sane, "a refresh happens while the token lives");
        }
        if claims(Capability::ConnectTool) {
            let url = adapter.authorize_url(&authorize_request()).unwrap_or_default();
            self.expect(url.starts_with("https://"), "merchants authorise over https");
            self.expect(url.contains("canary-state"), "the authorise URL carries the state");
        }
    }

    /// The secret goes into the body of the calls that buy tokens, and a refresh token is renewed by rules where it is
    /// renewed at all.
    pub(super) fn tokens(&mut self) {
        let adapter = self.adapter;
        if let Ok(call) = adapter.app_token() {
            let signed = adapter.sign(&call.parts, &credentials(adapter), None, NOW);
            let outside = signed.map(|one| format!("{} {:?}", one.url.expose(), one.headers));
            let kept = outside.is_ok_and(|outside| !outside.contains(SECRET));
            self.expect(kept, "the app's token is asked for with the secret in the body only");
            self.expect(call.parts.token == TokenUse::None, "the app's token is asked for without a token");
        }
        let renewal = adapter.renew_refresh_token(&Secret::from(TOKEN));
        let has_rules = adapter.renewal_rules().is_some();
        self.expect(has_rules == renewal.is_ok(), "refresh tokens have rules exactly when they are renewed");
        let repeat = renewal.ok().map(|call| call.parts.repeat);
        self.expect(repeat != Some(Repeat::Safe), "a refresh token is never renewed twice by itself");
    }

    /// The one exception: a form with the secret in its body, to the token host over https. Where the API has
    /// another address and nobody names that of the token calls, the secret stays here.
    pub(super) fn token_call(&mut self, word: &str, base: &str, url: &str, headers: &str) {
        let adapter = self.adapter;
        self.expect(base.starts_with("https://"), format!("{word} is made over https"));
        self.expect(url.starts_with(base), format!("{word} goes to the token host"));
        let outside = format!("{url} {headers}");
        self.expect(!outside.contains(SECRET), format!("{word} sends the secret in its body only"));
        let elsewhere = Credentials { api_base: "https://other.example".to_owned(), ..credentials(adapter) };
        let capability = Capability::ALL.into_iter().find(|capability| capability.as_str() == word);
        let parts = capability.and_then(|capability| probe(adapter, capability).ok().flatten());
        let kept = parts.is_some_and(|parts| match adapter.sign(&parts, &elsewhere, None, NOW) {
            Ok(request) => !request.url.expose().starts_with(base),
            Err(error) => error.kind() == ErrorKind::ConfigInvalid,
        });
        self.expect(kept, format!("{word} of an API elsewhere does not go to the token host"));
    }
}
