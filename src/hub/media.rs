//! `hub.media`.

use super::Hub;
use super::guard::Action;
use crate::error::Result;
use crate::media::{Addition, MediaSource};
use crate::model::{Media, MediaCheck, MediaFilter, MediaId, MediaKind, MediaSlot, Page, PlatformId, Right};

/// What is added.
#[derive(Clone, Debug)]
pub struct AddMedia {
    /// Where it comes from.
    pub source: MediaSource,
    /// Its name, for people and for platforms; the file's own when a path is given.
    pub file_name: Option<String>,
    /// Refuse it when it is something else.
    pub kind: Option<MediaKind>,
}

impl AddMedia {
    /// Adds whatever comes from there.
    pub fn new(source: MediaSource) -> Self {
        Self { source, file_name: None, kind: None }
    }
}

/// Images and videos.
#[derive(Clone, Debug)]
pub struct MediaLibrary(pub(super) Hub);

impl MediaLibrary {
    /// Takes a file in. What it is, is told by its content: JPEG, PNG and WebP images up to 64 MiB and 50 million
    /// pixels, MP4, MOV and WebM videos up to 4 GiB. The same content is one media file, whoever adds it.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for everything else, with what to do: another format, a file that was cut, a path outside of
    /// the directories that the hub was opened for, an address that is not public; `NOT_FOUND` for a path to nothing;
    /// `TRANSIENT` when an address does not answer; `STORAGE` for a full disk; `FORBIDDEN` without the right
    /// `media.write`.
    pub async fn add(&self, request: AddMedia) -> Result<Media> {
        let engine = self.0.engine()?;
        let action = Action::new("media.add", Right::MediaWrite);
        let actor = self.0.actor.id().to_owned();
        let AddMedia { source, file_name, kind } = request;
        self.0.act(action, || engine.library.add(Addition { source, file_name, kind, actor })).await
    }

    /// One media file.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` without the right `media.read`.
    pub async fn get(&self, id: MediaId) -> Result<Media> {
        let engine = self.0.read("media.get", Right::MediaRead, None).await?;
        engine.store.get_media(id).await.map_err(|error| error.with_operation("media.get"))
    }

    /// Media files, newest first.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a wrong limit or cursor; `FORBIDDEN` without the right `media.read`.
    pub async fn list(&self, filter: MediaFilter) -> Result<Page<Media>> {
        let engine = self.0.read("media.list", Right::MediaRead, None).await?;
        engine.store.list_media(filter).await.map_err(|error| error.with_operation("media.list"))
    }

    /// Holds a file against what a platform takes in a slot, and says how to mend what it breaks.
    ///
    /// # Errors
    /// `UNSUPPORTED` where no limits of that slot are known; `NOT_FOUND`; `FORBIDDEN` without the right `media.read`.
    pub async fn check(&self, id: MediaId, platform: PlatformId, slot: MediaSlot) -> Result<MediaCheck> {
        let engine = self.0.read("media.check", Right::MediaRead, None).await?;
        engine.library.check(id, platform, slot).await.map_err(|error| error.with_operation("media.check"))
    }

    /// Makes an image that fits, as a media file of its own: turned upright, with white edges where its ratio is not
    /// taken, made smaller, written anew as JPEG or PNG without data of its camera. One that fits as it is, is answered
    /// itself. Videos are not converted.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when it cannot be made to fit, with what to do; otherwise as [`check`](Self::check), with the
    /// right `media.write`.
    pub async fn fit(&self, id: MediaId, platform: PlatformId, slot: MediaSlot) -> Result<Media> {
        let engine = self.0.engine()?;
        let action = Action::new("media.fit", Right::MediaWrite).about(id);
        let actor = self.0.actor.id().to_owned();
        self.0.act(action, || engine.library.fit(id, platform, slot, actor)).await
    }

    /// Removes a file and its content.
    ///
    /// # Errors
    /// `CONFLICT` while something needs it; `NOT_FOUND`; `FORBIDDEN` without the right `media.write`.
    pub async fn remove(&self, id: MediaId) -> Result<()> {
        let engine = self.0.engine()?;
        let action = Action::new("media.remove", Right::MediaWrite).about(id);
        self.0.act(action, || engine.library.remove(id)).await
    }
}
