//! Taking a file in: copied in parts, told by its first bytes, looked into at the end.

use std::io::Read;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::sniff::{Format, HEAD, sniff};
use super::{Library, MediaSource, blocking, probe};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Download;
use crate::model::MediaFacts;
use crate::store::{Blobs, Incoming};

/// What is read of a file at once.
const BLOCK: usize = 1 << 18;
/// Pieces of a download that may wait for the disk.
const WAITING: usize = 16;

/// A file that was taken in and has no row yet.
pub(super) struct Taken {
    pub(super) incoming: Incoming,
    pub(super) sha256: String,
    pub(super) facts: MediaFacts,
}

/// A file on its way in.
struct Intake {
    incoming: Incoming,
    head: Vec<u8>,
    format: Option<Format>,
}

impl Intake {
    fn new(blobs: &Blobs) -> Result<Self> {
        Ok(Self { incoming: blobs.incoming()?, head: Vec::with_capacity(HEAD), format: None })
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let missing = HEAD - self.head.len();
        self.head.extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
        if self.format.is_none() && self.head.len() == HEAD {
            self.format = Some(sniff(&self.head)?);
        }
        self.incoming.write(bytes)?;
        self.check_size(self.incoming.bytes())
    }

    /// Refuses what is too large as soon as it is known what it is.
    fn check_size(&self, bytes: u64) -> Result<()> {
        match self.format {
            Some(format) if bytes > format.most_bytes() => {
                let message = format!(
                    "the file is larger than {} MiB, the most that is taken of a {}: make it smaller",
                    format.most_bytes() >> 20,
                    format.kind()
                );
                Err(Error::invalid(message))
            }
            _ => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Taken> {
        let format = self.format.map_or_else(|| sniff(&self.head), Ok)?;
        let bytes = self.incoming.bytes();
        let facts = probe::probe(self.incoming.reader()?, bytes, format)?;
        let sha256 = self.incoming.seal()?;
        Ok(Taken { incoming: self.incoming, sha256, facts })
    }
}

/// Takes in a content that is in memory. Blocks.
pub(super) fn take_bytes(blobs: &Blobs, bytes: &[u8]) -> Result<Taken> {
    let mut intake = Intake::new(blobs)?;
    bytes.chunks(BLOCK).try_for_each(|block| intake.push(block))?;
    intake.finish()
}

impl Library {
    /// Takes a file in from wherever it comes.
    pub(super) async fn take_in(&self, source: MediaSource) -> Result<Taken> {
        match source {
            MediaSource::Bytes(bytes) => {
                let blobs = self.blobs.clone();
                blocking(move || take_bytes(&blobs, &bytes)).await
            }
            MediaSource::Path(path) => self.take_file(path).await,
            MediaSource::Url(url) => self.take_url(&url).await,
        }
    }

    async fn take_file(&self, path: std::path::PathBuf) -> Result<Taken> {
        if self.dirs.is_empty() {
            return Err(Error::invalid(
                "files are taken from no directory: list those that may be used in mediaDirs of Hub.open, or give the \
                 content as bytes",
            ));
        }
        // Who does not wait any more does not want the copy either.
        let stop = self.closing.child_token();
        let _left = stop.clone().drop_guard();
        let (blobs, dirs) = (self.blobs.clone(), std::sync::Arc::clone(&self.dirs));
        blocking(move || {
            let mut file = blobs.open_source(&path, &dirs)?;
            copy(&mut file, Intake::new(&blobs)?, &stop)
        })
        .await
    }

    async fn take_url(&self, url: &str) -> Result<Taken> {
        let mut download = tokio::select! {
            () = self.closing.cancelled() => return Err(stopped()),
            opened = self.downloads.open(url) => opened.map_err(|failure| failure.into_error())?,
        };
        let (pieces, waiting) = mpsc::channel(WAITING);
        let (blobs, promised) = (self.blobs.clone(), download.promised());
        let writer = tokio::spawn(blocking(move || write_pieces(&blobs, promised, waiting)));
        let received = tokio::select! {
            () = self.closing.cancelled() => Err(stopped()),
            received = receive(&mut download, &pieces) => received,
        };
        drop(pieces);
        let written = writer.await.map_err(|_| Error::internal("writing a media file panicked"))?;
        // What is wrong with the file counts for more than that it was then left.
        let intake = written?;
        received?;
        blocking(move || intake.finish()).await
    }
}

/// Hands the file on in pieces, until it ends or the writer has seen enough.
async fn receive(download: &mut Download, pieces: &mpsc::Sender<Bytes>) -> Result<()> {
    loop {
        let piece = tokio::select! {
            () = pieces.closed() => return Ok(()),
            piece = download.chunk() => piece.map_err(|failure| failure.into_error())?,
        };
        let Some(piece) = piece else { return Ok(()) };
        if pieces.send(piece).await.is_err() {
            return Ok(());
        }
    }
}

fn write_pieces(blobs: &Blobs, promised: Option<u64>, mut waiting: mpsc::Receiver<Bytes>) -> Result<Intake> {
    let mut intake = Intake::new(blobs)?;
    while let Some(piece) = waiting.blocking_recv() {
        intake.push(&piece)?;
        intake.check_size(promised.unwrap_or(0))?;
    }
    Ok(intake)
}

fn copy(file: &mut std::fs::File, mut intake: Intake, stop: &CancellationToken) -> Result<Taken> {
    let mut block = vec![0; BLOCK];
    loop {
        if stop.is_cancelled() {
            return Err(stopped());
        }
        let read = match file.read(&mut block) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(|error| {
                Error::invalid(format!("the file cannot be read ({}): check its disk", error.kind()))
            })?,
        };
        match block.get(..read) {
            None | Some([]) => return intake.finish(),
            Some(bytes) => intake.push(bytes)?,
        }
    }
}

fn stopped() -> Error {
    Error::new(
        ErrorKind::Cancelled,
        "the file was not taken in: nobody waited for it any more, or the hub is closing",
    )
}
