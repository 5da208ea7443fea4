//! The one call that publishes a promotion, and looking for what it became.

use super::super::Publisher;
use super::super::look::style;
use super::draft::shown;
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, ChangeId, Promotion, Resolution, UtcMillis};
use crate::pipeline::Failure;
use crate::platform::{Post, Published, WriteClass};

impl Publisher {
    /// The one call of a claimed change, with the files that were handed over for it: every attempt uses the same ones.
    /// Before any second try the post is looked for.
    pub(in crate::publish) async fn send_post(
        &self,
        shop: &ShopContext,
        change: &Change,
        until: UtcMillis,
    ) -> Result<Published, Failure> {
        let promotion = self.promotion_of(change.id).await?;
        let kind = self.post_kind(&promotion).await?;
        let files = self.files_of(shop, &promotion, kind).await?;
        if change.attempt > 1
            && let [found] = self.look_for_post(shop, change).await?.as_slice()
        {
            return Ok(found.clone());
        }
        let draft = shown(&promotion.draft);
        let account = &shop.shop.platform_shop_id;
        let post = Post { account, kind, draft: &draft, files: &files.files, cover: files.cover.as_ref() };
        let call = shop.app.platform.create_post(&post)?;
        let posted = self.caller.signing_until(until).try_call(shop, &call, style()).await;
        let posted =
            posted.map_err(|failure| if change.attempt > 1 { perhaps_there(failure) } else { failure })?;
        Ok(Published { platform_product_id: posted.platform_post_id, review_id: None })
    }

    /// Every post that can be what a change published; none where the platform shows none.
    pub(in crate::publish) async fn look_for_post(
        &self,
        shop: &ShopContext,
        change: &Change,
    ) -> Result<Vec<Published>> {
        if shop.app.platform.write_class(&change.wanted) == WriteClass::AskPerson {
            return Ok(Vec::new());
        }
        let promotion = self.promotion_of(change.id).await?;
        let kind = self.post_kind(&promotion).await?;
        let files = self.files_of(shop, &promotion, kind).await?;
        let found = self.find_post(&promotion, &files.files, change.created_at).await?;
        let published = |post: crate::platform::Posted| Published {
            platform_product_id: post.platform_post_id,
            review_id: None,
        };
        Ok(found.into_iter().map(published).collect())
    }

    /// The post that a person says is there.
    pub(in crate::publish) async fn became_post(
        &self,
        change: &Change,
        resolution: Resolution,
        post: Option<String>,
    ) -> Result<Option<Published>> {
        if resolution != Resolution::Accepted {
            return Ok(None);
        }
        if let Some(platform_product_id) = post {
            return Ok(Some(Published { platform_product_id, review_id: None }));
        }
        let shop = self.contexts.shop(change.shop_id).await?;
        match self.look_for_post(&shop, change).await?.as_slice() {
            [found] => Ok(Some(found.clone())),
            found => {
                let count = found.len();
                let message =
                    format!("the platform shows {count} posts that it can be: say its `platformPromotionId`");
                Err(Error::new(ErrorKind::Conflict, message))
            }
        }
    }

    async fn promotion_of(&self, change: ChangeId) -> Result<Promotion> {
        let row = self.store.promotion_of(change).await?;
        let row = row.ok_or_else(|| {
            Error::new(ErrorKind::Conflict, format!("the promotion of change {change} was written anew"))
        })?;
        Ok(row.promotion)
    }
}

/// The files of a post are good for one post, so that a second one is refused also where the first is there. With which
/// code, the platforms do not say.
fn perhaps_there(failure: Failure) -> Failure {
    let error = failure.error.adding("it was sent before and may be there: look at the account");
    Failure { error, ..failure }
}
