//! Files of promotions: handed to the platform once, part by part, and taken up where a kill left them.

use super::super::Publisher;
use super::super::look::style;
use super::Progress;
use crate::auth::ShopContext;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::media::OpenMedia;
use crate::model::{Media, MediaId, MediaKind, MediaSlot, Promotion, PromotionDraft};
use crate::platform::{ApiCall, PlacedFile, PostKind, Upload, UploadShape};
use crate::store::{MediaUpload, UploadKey};

/// The files of a post as the platform knows them.
pub(in crate::publish) struct Files {
    pub(in crate::publish) files: Vec<PlacedFile>,
    pub(in crate::publish) cover: Option<PlacedFile>,
}

/// One upload with all that its steps need.
struct Task<'a> {
    shop: &'a ShopContext,
    key: UploadKey,
    upload: Upload<'a>,
    progress: &'a Progress,
}

impl Publisher {
    /// Whether the files of a draft are a video.
    pub(super) async fn is_video(&self, draft: &PromotionDraft) -> Result<bool> {
        match draft.media.first() {
            Some(id) => Ok(self.store.get_media(*id).await?.facts.kind == MediaKind::Video),
            None => Ok(draft.media_urls.first().is_some_and(|url| names_video(url))),
        }
    }

    /// Hands over every file that the platform does not have yet.
    pub(super) async fn place_files(
        &self,
        shop: &ShopContext,
        promotion: &Promotion,
        progress: &Progress,
    ) -> Result<()> {
        let kind = self.post_kind(promotion).await?;
        for (media, slot) in wanted(&promotion.draft, kind) {
            self.place_file(shop, promotion, (media, slot), progress).await?;
        }
        Ok(())
    }

    /// The files of a post, all of which were handed over.
    pub(in crate::publish) async fn files_of(
        &self,
        shop: &ShopContext,
        promotion: &Promotion,
        kind: PostKind,
    ) -> Result<Files> {
        let now = self.clock.now();
        let (mut files, mut cover) = (Vec::new(), None);
        for (media, slot) in wanted(&promotion.draft, kind) {
            let key = key_of(shop, promotion, (media, slot));
            let Some(MediaUpload::Done { platform_media_id }) = self.store.upload_of(key, now).await? else {
                let message =
                    format!("the platform has media {media} no more: promotions.retry uploads it anew");
                return Err(Error::new(ErrorKind::Conflict, message));
            };
            match slot {
                MediaSlot::Cover => cover = Some(PlacedFile(platform_media_id)),
                _ => files.push(PlacedFile(platform_media_id)),
            }
        }
        Ok(Files { files, cover })
    }

    /// What was handed over for a version is not used again.
    pub(crate) async fn forget_files(&self, promotion: &Promotion) -> Result<()> {
        let shop = self.contexts.shop(promotion.shop_id).await?;
        let Some(kind) = PostKind::of(&promotion.draft, self.is_video(&promotion.draft).await?) else {
            return Ok(());
        };
        for file in wanted(&promotion.draft, kind) {
            self.store.forget_upload(key_of(&shop, promotion, file)).await?;
        }
        Ok(())
    }

    /// Refuses files that the platform surely refuses, with a fix for each.
    pub(super) async fn check_files(
        &self,
        shop: &ShopContext,
        draft: &PromotionDraft,
        kind: PostKind,
    ) -> Result<()> {
        let platform = shop.app.platform;
        let mut problems = Vec::new();
        for (media, slot) in wanted(draft, kind) {
            if platform.media_rules(slot).is_none() {
                continue;
            }
            let check = self.library.check(media, platform.id(), slot).await?;
            let told = check
                .problems
                .iter()
                .map(|problem| format!("media {media}: {}: {}", problem.message, problem.fix));
            problems.extend(told);
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::invalid(problems.join("; "))) }
    }

    async fn place_file(
        &self,
        shop: &ShopContext,
        promotion: &Promotion,
        (id, slot): (MediaId, MediaSlot),
        progress: &Progress,
    ) -> Result<()> {
        let key = key_of(shop, promotion, (id, slot));
        let known = self.store.upload_of(key.clone(), self.clock.now()).await?;
        if matches!(known, Some(MediaUpload::Done { .. })) {
            return Ok(());
        }
        let media = self.store.get_media(id).await?;
        let mut content = self.library.open(&media).await?;
        content.verify().await?;
        let account = &shop.shop.platform_shop_id;
        let upload =
            Upload { account, slot, content_type: &media.facts.content_type, bytes: media.facts.bytes };
        let task = Task { shop, key, upload, progress };
        let platform = shop.app.platform;
        match platform.upload_shape(&upload) {
            None => {
                Err(Error::invalid(format!("{} takes no such file as media {id} for this", platform.id())))
            }
            Some(UploadShape::Whole) => self.upload_whole(&task, &media, &mut content).await,
            Some(UploadShape::Parts { size, life }) => {
                let begun = match known {
                    Some(MediaUpload::Parts { upload_id, part_bytes, parts }) if part_bytes == size => {
                        Some((upload_id, parts))
                    }
                    _ => None,
                };
                let resumed = begun.is_some();
                match self.upload_parts(&task, &mut content, (size, life), begun).await {
                    // What was begun is not known any more: from the first part on.
                    Err(error) if resumed && is_about_the_upload(&error) => {
                        self.store.forget_upload(task.key.clone()).await?;
                        self.upload_parts(&task, &mut content, (size, life), None).await
                    }
                    other => other,
                }
            }
        }
    }

    async fn upload_whole(&self, task: &Task<'_>, media: &Media, content: &mut OpenMedia) -> Result<()> {
        let length = usize::try_from(media.facts.bytes)
            .map_err(|_| Error::invalid("the file is larger than this machine can hand over whole"))?;
        let bytes = content.part(0, length).await?;
        let call = task.shop.app.platform.upload_file(&task.upload, bytes)?;
        let placed = self.ask(task, &call).await?;
        self.placed(task, placed).await
    }

    async fn upload_parts(
        &self,
        task: &Task<'_>,
        content: &mut OpenMedia,
        (size, life): (u64, std::time::Duration),
        begun: Option<(String, Vec<u32>)>,
    ) -> Result<()> {
        let platform = task.shop.app.platform;
        let (id, done) = match begun {
            Some(begun) => begun,
            None => {
                let id = self.ask(task, &platform.begin_upload(&task.upload)?).await?;
                let now = self.clock.now();
                self.store
                    .begin_upload(task.key.clone(), id.clone(), size, Some(now.plus(life)), now)
                    .await?;
                (id, Vec::new())
            }
        };
        let (total, length) = (task.upload.bytes, usize::try_from(size).unwrap_or(usize::MAX));
        let parts = u32::try_from(total.div_ceil(size)).unwrap_or(u32::MAX);
        for part in (1..=parts).filter(|part| !done.contains(part)) {
            if task.progress.cancel.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "the upload was stopped"));
            }
            let bytes = content.part(u64::from(part - 1) * size, length).await?;
            self.ask(task, &platform.upload_part(&task.upload, &id, part, bytes)?).await?;
            let now = self.clock.now();
            if !self.store.keep_part(task.key.clone(), id.clone(), part, now).await? {
                let error = Error::new(ErrorKind::Conflict, "the upload was begun anew by somebody else");
                return Err(error.with_retry(Retry::Backoff));
            }
            task.progress.tell(format!("media {}: {part} of {parts} parts", task.key.media));
        }
        let placed = self.ask(task, &platform.end_upload(&task.upload, &id)?).await?;
        self.placed(task, placed).await
    }

    async fn placed(&self, task: &Task<'_>, placed: PlacedFile) -> Result<()> {
        self.store.keep_upload(task.key.clone(), placed.0, None, self.clock.now()).await
    }

    /// Handing a file over twice costs room and nothing else, so that it may be tried again.
    async fn ask<T: Send + 'static>(&self, task: &Task<'_>, call: &ApiCall<T>) -> Result<T> {
        self.caller.call(task.shop, call, style()).await
    }
}

/// Each file with what it is for.
fn wanted(draft: &PromotionDraft, kind: PostKind) -> Vec<(MediaId, MediaSlot)> {
    let files = draft.media.iter().map(|id| (*id, kind.slot()));
    files.chain(draft.cover.map(|id| (id, MediaSlot::Cover))).collect()
}

/// Where a file serves one post only, each version hands it over for itself.
fn key_of(shop: &ShopContext, promotion: &Promotion, (media, slot): (MediaId, MediaSlot)) -> UploadKey {
    let purpose = match shop.app.platform.files_serve_once(slot) {
        true => format!("promotion:{}/{}", promotion.id, promotion.version),
        false => String::new(),
    };
    UploadKey { media, shop: shop.shop.id, slot, purpose }
}

fn is_about_the_upload(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::Rejected)
}

/// Where there is only an address, its ending tells.
fn names_video(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".mp4", ".mov", ".webm", ".m4v"].iter().any(|ending| path.ends_with(ending))
}
