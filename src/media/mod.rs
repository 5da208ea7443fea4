//! Images and videos: taken in from a file, from bytes or from a public address, told by their content, held against
//! what a platform takes, and made to fit.
//!
//! The only user of image codecs. Files are read in parts and never held whole; only images that are made to fit are,
//! one at a time. Nothing here blocks an async thread.

mod check;
mod fit;
mod intake;
mod open;
mod probe;
mod sniff;
#[cfg(test)]
mod tests;

pub(crate) use open::OpenMedia;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Downloads;
use crate::model::{Media, MediaCheck, MediaId, MediaKind, MediaRules, MediaSlot, PlatformId};
use crate::platform::adapter;
use crate::store::{Blobs, NewMedia, Store};

/// Files that come in at the same time; more wait.
const INTAKES: usize = 4;
/// Longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// Where a media file comes from.
#[derive(Clone)]
pub enum MediaSource {
    /// A file in one of the directories that the hub was opened for (`HubConfig::with_media_dir`).
    Path(PathBuf),
    /// The content itself.
    Bytes(Vec<u8>),
    /// A public https address. Nothing of ours goes along, and redirects are followed twice at the most.
    Url(String),
}

/// What is added.
#[derive(Clone, Debug)]
pub(crate) struct Addition {
    pub(crate) source: MediaSource,
    pub(crate) file_name: Option<String>,
    /// Refused when it is something else.
    pub(crate) kind: Option<MediaKind>,
    pub(crate) actor: String,
}

/// The media of a database. Clones share it.
#[derive(Clone)]
pub(crate) struct Library {
    store: Store,
    blobs: Blobs,
    downloads: Downloads,
    /// Directories that files may be taken from, canonical.
    dirs: Arc<Vec<PathBuf>>,
    clock: Clock,
    closing: CancellationToken,
    intakes: Arc<Semaphore>,
    /// Decoded images are large: one at a time.
    images: Arc<Semaphore>,
}

/// What a library is made of.
pub(crate) struct LibraryParts {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) downloads: Downloads,
    pub(crate) dirs: Vec<PathBuf>,
    pub(crate) clock: Clock,
    pub(crate) closing: CancellationToken,
}

impl Library {
    pub(crate) fn new(parts: LibraryParts) -> Self {
        Self {
            store: parts.store,
            blobs: parts.blobs,
            downloads: parts.downloads,
            dirs: Arc::new(parts.dirs),
            clock: parts.clock,
            closing: parts.closing,
            intakes: Arc::new(Semaphore::new(INTAKES)),
            images: Arc::new(Semaphore::new(1)),
        }
    }

    /// Adds a file, or answers the one that has the same content.
    pub(crate) async fn add(&self, addition: Addition) -> Result<Media> {
        let file_name = addition.file_name.or_else(|| name_of(&addition.source));
        let file_name = file_name.map(checked_name).transpose()?;
        let _turn = turn(&self.intakes).await?;
        let taken = self.take_in(addition.source).await?;
        if let Some(wanted) = addition.kind.filter(|wanted| *wanted != taken.facts.kind) {
            let message = format!("the file is no {wanted}: it is {}", taken.facts.content_type);
            return Err(Error::invalid(message));
        }
        self.keep(taken, file_name, None, addition.actor).await
    }

    async fn keep(
        &self,
        taken: intake::Taken,
        file_name: Option<String>,
        made_from: Option<MediaId>,
        actor: String,
    ) -> Result<Media> {
        let intake::Taken { incoming, sha256, facts } = taken;
        let new = NewMedia { sha256, facts, file_name, made_from, actor, at: self.clock.now() };
        Ok(self.store.keep_media(&self.blobs, incoming, new).await?.0)
    }

    /// Holds a file against what the platform takes in a slot.
    pub(crate) async fn check(
        &self,
        id: MediaId,
        platform: PlatformId,
        slot: MediaSlot,
    ) -> Result<MediaCheck> {
        let (rules, media) = (rules_of(platform, slot)?, self.store.get_media(id).await?);
        let problems = check::problems(&media.facts, &rules);
        Ok(MediaCheck { media_id: id, platform, slot, problems })
    }

    /// Makes an image that fits, as a media file of its own; the same one when it fits and tells nothing of its camera.
    pub(crate) async fn fit(
        &self,
        id: MediaId,
        platform: PlatformId,
        slot: MediaSlot,
        actor: String,
    ) -> Result<Media> {
        let (rules, media) = (rules_of(platform, slot)?, self.store.get_media(id).await?);
        let problems = check::problems(&media.facts, &rules);
        if problems.is_empty() && !media.facts.has_metadata {
            return Ok(media);
        }
        if let Some(problem) = problems.iter().find(|problem| !problem.can_fit) {
            return Err(Error::invalid(format!("{}: {}", problem.message, problem.fix)));
        }
        if media.facts.kind == MediaKind::Video {
            // It breaks no rule, or one above would have said so.
            return Ok(media);
        }
        let _turn = turn(&self.images).await?;
        let (blobs, facts, sha256) = (self.blobs.clone(), media.facts.clone(), media.sha256);
        let taken = blocking(move || {
            let file = blobs.open(&sha256, facts.bytes)?.into_file();
            let made = fit::fit(file, &facts.content_type, &rules)?;
            intake::take_bytes(&blobs, &made)
        });
        self.keep(taken.await?, media.file_name, Some(id), actor).await
    }

    /// Removes a file that nothing needs.
    pub(crate) async fn remove(&self, id: MediaId) -> Result<()> {
        self.store.remove_media(&self.blobs, id, self.clock.now()).await
    }

    /// Removes contents that a crash left behind. Answers how many.
    pub(crate) async fn sweep(&self) -> Result<u64> {
        self.store.sweep_media(&self.blobs, self.clock.now()).await
    }
}

impl std::fmt::Debug for MediaSource {
    /// Neither content nor address: an address may hold a signature.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Path(_) => "Path",
            Self::Bytes(_) => "Bytes",
            Self::Url(_) => "Url",
        })
    }
}

fn rules_of(platform: PlatformId, slot: MediaSlot) -> Result<MediaRules> {
    adapter(platform).media_rules(slot).ok_or_else(|| {
        let message = format!("no limits of {platform} for {slot} are known: use a slot that it has");
        Error::new(ErrorKind::Unsupported, message).with_platform(platform)
    })
}

fn name_of(source: &MediaSource) -> Option<String> {
    match source {
        MediaSource::Path(path) => path.file_name().and_then(|name| name.to_str()).map(str::to_owned),
        MediaSource::Bytes(_) | MediaSource::Url(_) => None,
    }
}

/// A name travels in headers of uploads and is shown to people.
fn checked_name(name: String) -> Result<String> {
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '/' | '\\' | '"');
    let is_name = !name.trim().is_empty() && name != "." && name != "..";
    if is_name && name.chars().count() <= LONGEST_NAME && !name.contains(is_odd) {
        return Ok(name);
    }
    Err(Error::invalid(format!(
        "the file name must have 1 to {LONGEST_NAME} characters, without slashes, quotes and control characters"
    )))
}

async fn turn(semaphore: &Arc<Semaphore>) -> Result<tokio::sync::OwnedSemaphorePermit> {
    let permit = Arc::clone(semaphore).acquire_owned().await;
    permit.map_err(|_| Error::internal("the turns of media are never closed"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal("work on a media file panicked"))?
}
