//! Renewing a refresh token apart from its access token, on platforms where that is counted and kills the old one.
//!
//! Late and rarely. It is noted before it is sent and stored before anybody uses it. A renewal whose answer is lost is
//! sent again with the same token; when the platform then refuses, a refresh tells whether that token is dead.

use super::app::ShopContext;
use super::grant::{Inner, Need, Token, spread, times};
use super::place::{grant_row, place};
use crate::error::{Error, Result};
use crate::model::UtcMillis;
use crate::pipeline::{Executed, Failure, RetryPolicy, SendRequest};
use crate::platform::{Platform, RefreshWindow, RenewalRules, RenewedToken, Repeat, Verdict};
use crate::secret::Secret;
use crate::store::{GrantRow, NewRenewal, SealedColumn};

/// How often a refresh token can still be renewed.
pub(super) fn left(rules: RenewalRules, row: &GrantRow) -> u32 {
    row.most_renewals.unwrap_or(rules.most).saturating_sub(row.renewals)
}

/// When a refresh token is to be renewed; `None` when it is not renewed apart, and after the last time.
pub(super) fn renewal_window(platform: &dyn Platform, row: &GrantRow) -> Option<RefreshWindow> {
    let rules = platform.renewal_rules()?;
    let end = row.refresh_expires_at?;
    let is_possible = row.sealed_refresh.is_some() && left(rules, row) > 0;
    // The second half is left for what may go wrong.
    let window = RefreshWindow { opens_at: end.minus(rules.ahead), closes_at: end.minus(rules.ahead / 2) };
    is_possible.then_some(window)
}

impl Inner {
    /// Whether this flight renews the refresh token. A caller who waits needs an access token, and gets one first;
    /// where both are due and fail, they take turns.
    pub(super) fn renews(&self, shop: &ShopContext, row: &GrantRow, need: Need) -> bool {
        let (platform, now) = (shop.app.platform, self.clock.now());
        let is_due = |window: Option<RefreshWindow>| {
            window.is_some_and(|window| now >= spread(window, row.shop_id, row.generation))
        };
        let is_its_turn = row.failures % 2 == 0 || !is_due(platform.refresh_window(&times(row)));
        need == Need::Soon && is_due(renewal_window(platform, row)) && is_its_turn
    }

    /// Renews the refresh token under a claim. `None` when it cannot be renewed: the claim then goes on.
    pub(super) async fn renew_refresh(&self, shop: &ShopContext, row: &GrantRow) -> Result<Option<Token>> {
        if !self.store.begin_renewal(row.shop_id, row.generation, self.clock.now()).await? {
            return Ok(None);
        }
        let asked_at = self.clock.now();
        let failure = match self.buy_renewal(shop, row).await {
            Ok(renewed) => return self.keep_renewed(shop, row, renewed, asked_at).await.map(Some),
            Err(failure) => failure,
        };
        // Only the first one that was sent can be known not to have been done.
        let may_be_done = row.renewal_sent.is_some() || failure.error.attempts() > 1;
        if !may_be_done && failure.executed == Executed::No {
            self.store.undo_renewal(row.shop_id, row.generation).await?;
        }
        if !is_refusal(&failure) {
            return self.cool_down(shop, row.clone(), failure).await.map(Some);
        }
        let code = failure.error.platform_code().unwrap_or("no code");
        let lost = if may_be_done { " after a renewal that got no answer" } else { "" };
        let reason = format!("the platform refused to renew the refresh token{lost} ({code})");
        tracing::warn!(shop = %row.shop_id, reason, "the refresh token is renewed no further");
        self.store.stop_renewals(row.shop_id, row.generation, &reason).await?;
        Ok(None)
    }

    async fn buy_renewal(&self, shop: &ShopContext, row: &GrantRow) -> Result<RenewedToken, Failure> {
        let token = self.open_refresh(row)?.ok_or_else(|| Error::internal("there is no refresh token"))?;
        let app = &shop.app;
        let mut call = app.platform.renew_refresh_token(&token)?;
        // The same old token again is the only way to learn the new one, where its answer was lost.
        call.parts.repeat = Repeat::Safe;
        let call = &call;
        let attempt = |attempt| {
            self.sender
                .send(SendRequest { shop: Some(shop.shop.id), ..SendRequest::waited(call, app, attempt) })
        };
        self.sender.with_retry(app.id, Repeat::Safe, RetryPolicy::INTERACTIVE, attempt).await
    }

    /// Puts the new refresh token on disk, with the access token that it belongs to. Its life is counted from before it
    /// was asked for.
    async fn keep_renewed(
        &self,
        shop: &ShopContext,
        row: &GrantRow,
        renewed: RenewedToken,
        asked_at: UtcMillis,
    ) -> Result<Token> {
        let name = grant_row(row.app_id, &row.platform_shop_id);
        let access =
            self.cipher.open_text(&place(SealedColumn::Access, &name, row.generation), &row.sealed_access)?;
        #[cfg(test)]
        super::tests::child::reached("renewed").await;
        self.surely_stored(row.shop_id, || async {
            let (sealing, next) = (self.cipher.sealing(), row.generation.saturating_add(1));
            let seal = |column, token: &Secret<String>| sealing.seal_text(&place(column, &name, next), token);
            let renewal = NewRenewal {
                sealed_access: seal(SealedColumn::Access, &access)?,
                sealed_refresh: seal(SealedColumn::Refresh, &renewed.refresh_token)?,
                refresh_expires_at: asked_at.plus(renewed.expires_in),
                now: self.clock.now(),
            };
            self.store.commit_renewal(row.shop_id, row.generation, renewal).await
        })
        .await?;
        let row = self.live_row(row.shop_id).await?;
        tracing::info!(shop = %row.shop_id, generation = row.generation, "refresh token renewed");
        Ok(self.remember(shop, &row)?.token)
    }

    /// The stored refresh token.
    pub(super) fn open_refresh(&self, row: &GrantRow) -> Result<Option<Secret<String>>> {
        let name = grant_row(row.app_id, &row.platform_shop_id);
        let open = |sealed: &Vec<u8>| {
            self.cipher.open_text(&place(SealedColumn::Refresh, &name, row.generation), sealed)
        };
        row.sealed_refresh.as_ref().map(open).transpose()
    }

    /// A moment for each of what is planned: see [`spread`].
    pub(super) fn planned(&self, shop: &ShopContext, row: &GrantRow) -> Option<UtcMillis> {
        let platform = shop.app.platform;
        let windows = [platform.refresh_window(&times(row)), renewal_window(platform, row)];
        windows.into_iter().flatten().map(|window| spread(window, row.shop_id, row.generation)).min()
    }
}

/// Whether the platform said that it will not, rather than that it cannot just now.
pub(super) fn is_refusal(failure: &Failure) -> bool {
    matches!(
        failure.verdict,
        Some(
            Verdict::Reauthorize
                | Verdict::TokenExpired
                | Verdict::TierExpired
                | Verdict::Rejected
                | Verdict::NotFound
                | Verdict::Unsupported
        )
    )
}
