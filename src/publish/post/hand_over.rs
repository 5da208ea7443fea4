//! Promotions that need no upload: links that earn a commission, and links by which a person posts.

use std::sync::Arc;

use serde::Deserialize;

use super::super::look::style;
use super::super::{Publisher, random_text};
use super::draft::shown;
use crate::error::{Error, Result};
use crate::model::{AppId, Promotion, PromotionLink, PromotionStatus};
use crate::pipeline::AppContext;
use crate::platform::{LinkWish, Share};
use crate::store::MovePromotion;

/// The attributes of a promotion link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct LinkAttributes {
    /// The promoter's app; the shop's own when absent.
    app_id: Option<String>,
    /// The promoter's place that orders are counted for.
    pub(super) placement: Option<String>,
}

impl LinkAttributes {
    pub(super) fn of(promotion: &Promotion) -> Result<Self> {
        let unknown = |_| Error::invalid("the `attributes` of a promotion link are `appId` and `placement`");
        serde_json::from_str(&promotion.draft.attributes).map_err(unknown)
    }
}

impl Publisher {
    /// Makes a link. One that was made twice does no harm.
    pub(super) async fn make_promotion_link(&self, promotion: &Promotion) -> Result<()> {
        let attributes = LinkAttributes::of(promotion)?;
        let app = self.app_of_link(promotion, &attributes).await?;
        let target = promotion.draft.target.as_deref().unwrap_or_default();
        let wish = LinkWish { placement: attributes.placement.as_deref(), target };
        let link = self.caller.call_app(&app, &app.platform.create_link(&wish)?, style()).await?;
        let now = self.clock.now();
        let step = MovePromotion {
            link: Some(best(link)?),
            ..MovePromotion::to(PromotionStatus::Published, "system", now)
        };
        self.take_step(promotion, step).await.map(drop)
    }

    /// The promoter's app that a link is made by.
    pub(super) async fn app_of_link(
        &self,
        promotion: &Promotion,
        attributes: &LinkAttributes,
    ) -> Result<Arc<AppContext>> {
        match &attributes.app_id {
            Some(id) => self.contexts.app(id.parse::<AppId>()?).await,
            None => Ok(self.contexts.shop(promotion.shop_id).await?.app),
        }
    }

    /// Makes a link that a person opens in the platform's app, and waits for them.
    pub(super) async fn hand_over(&self, promotion: &Promotion) -> Result<()> {
        let shop = self.contexts.shop(promotion.shop_id).await?;
        let (draft, nonce) = (shown(&promotion.draft), random_text()?);
        let now = self.clock.now();
        let share = Share { app_key: &shop.app.credentials.app_key, draft: &draft, nonce: &nonce, now };
        let link = self.run_plan(&shop, |facts| shop.app.platform.share_link(&share, facts)).await?;
        let step = MovePromotion {
            link: Some(link.url),
            share_id: Some(link.share_id),
            deadline_at: Some(link.expires_at),
            due_at: Some(now),
            ..MovePromotion::to(PromotionStatus::WaitingForUser, "system", now)
        };
        self.take_step(promotion, step).await.map(drop)
    }
}

/// The form that most people can follow.
fn best(link: PromotionLink) -> Result<String> {
    let forms = [link.short_url, link.url, link.password, link.app_url, link.mini_app_path];
    let form = forms.into_iter().flatten().next();
    form.ok_or_else(|| Error::internal("a link has at least one form"))
}
