//! The content of a media file, for an upload.

use super::{Library, blocking};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Media;
use crate::store::Blob;

/// A content that is read in parts.
pub(crate) struct OpenMedia {
    blob: Option<Blob>,
    sha256: String,
}

impl Library {
    /// Opens the content for an upload. Fails with `STORAGE` when it is not there as it was added.
    pub(crate) async fn open(&self, media: &Media) -> Result<OpenMedia> {
        let (blobs, sha256, bytes) = (self.blobs.clone(), media.sha256.clone(), media.facts.bytes);
        blocking(move || Ok(OpenMedia { blob: Some(blobs.open(&sha256, bytes)?), sha256 })).await
    }
}

impl OpenMedia {
    /// Up to `length` bytes from `offset` on; fewer at the end.
    pub(crate) async fn part(&mut self, offset: u64, length: usize) -> Result<Vec<u8>> {
        self.with(move |blob| blob.part(offset, length)).await
    }

    /// Reads all of it once: what is uploaded is what was checked. Fails with `STORAGE` when it is not.
    pub(crate) async fn verify(&mut self) -> Result<()> {
        let sha256 = self.sha256.clone();
        if self.with(move |blob| blob.is_whole(&sha256)).await? {
            return Ok(());
        }
        let message = "the content of this media was changed on the disk: remove it and add the file again";
        Err(Error::new(ErrorKind::Storage, message))
    }

    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Blob) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // Lost only when its future was dropped while it worked.
        let mut blob =
            self.blob.take().ok_or_else(|| Error::internal("a media file is read after it was left"))?;
        let (blob, done) = blocking(move || {
            let done = work(&mut blob);
            Ok((blob, done))
        })
        .await?;
        self.blob = Some(blob);
        done
    }
}
