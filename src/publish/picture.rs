//! Images of drafts: uploaded once for each shop, by their content.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::time::sleep;

use super::Publisher;
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::{FilePart, ListingDraft, Picture};
use crate::platform::Uploaded;

/// How long an address of an uploaded image is taken to hold. The platforms say nothing; a merchant may delete it.
const KEEP: Duration = Duration::from_secs(7 * 86_400);
/// Pauses between looks at an image that the platform still checks.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
/// When to come back for an image that takes longer.
const LATER: Duration = Duration::from_secs(60);

/// As it is kept between two tries.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: Option<String>,
    url: Option<String>,
}

impl Publisher {
    /// Puts every image of a draft at an address.
    pub(super) async fn place_pictures(&self, shop: &ShopContext, draft: &mut ListingDraft) -> Result<()> {
        for picture in draft.pictures_mut() {
            if let Picture::File(file) = picture {
                let address = self.place_picture(shop, file).await?;
                *picture = Picture::At(address);
            }
        }
        Ok(())
    }

    async fn place_picture(&self, shop: &ShopContext, file: &FilePart) -> Result<String> {
        let name = format!("picture:{}", hex::encode(Sha256::digest(&file.bytes)));
        let known = self.store.fact(shop.shop.id, name.clone(), self.clock.now()).await?;
        let known: Option<Kept> = known.and_then(|text| serde_json::from_str(&text).ok());
        let mut kept = match known {
            Some(kept) => kept,
            None => {
                let call = shop.app.platform.upload_picture(file)?;
                self.keep_picture(shop, &name, self.read(shop, &call).await?).await?
            }
        };
        for pause in PAUSES {
            if let Some(url) = kept.url {
                return Ok(url);
            }
            sleep(pause).await;
            let id = kept.id.ok_or_else(|| Error::internal("an image without address has an id"))?;
            let call = shop.app.platform.picture_state(&id)?;
            let seen = Uploaded { id: Some(id), ..self.read(shop, &call).await? };
            kept = self.keep_picture(shop, &name, seen).await?;
        }
        kept.url.ok_or_else(|| {
            let message = "the platform still checks an image: publish the same draft again later";
            Error::new(ErrorKind::Transient, message).with_retry(Retry::After(LATER))
        })
    }

    async fn keep_picture(&self, shop: &ShopContext, name: &str, seen: Uploaded) -> Result<Kept> {
        let kept = Kept { id: seen.id, url: seen.url };
        let text =
            serde_json::to_string(&kept).map_err(|_| Error::internal("plain texts have a JSON form"))?;
        let until = self.clock.now().plus(KEEP);
        self.store.keep_fact(shop.shop.id, name.to_owned(), text, until).await?;
        Ok(kept)
    }
}
