//! Looks into a file for its size, its duration and how it is coded. Bounded: headers are read where they lie, whatever
//! lies between is passed over, and a file that leads nowhere is left after so many steps.

mod image;
mod mp4;
mod webm;

use std::io::{Read, Seek, SeekFrom};

pub(super) use self::image::{decoder, unreadable};

use super::sniff::Format;
use crate::error::{Error, Result};
use crate::model::{MediaFacts, MediaKind};

/// Boxes, elements or segments that are looked at in one file.
const MOST_STEPS: u32 = 20_000;

/// What is wrong with a file.
#[derive(Debug)]
pub(super) enum Bad {
    /// It ends before what it announces.
    Cut,
    /// It contradicts itself, or holds nothing that can be used.
    Wrong(&'static str),
    /// The disk.
    Disk(std::io::ErrorKind),
}

impl Bad {
    pub(super) fn into_error(self, format: Format) -> Error {
        let name = format.content_type();
        match self {
            Self::Cut => Error::invalid(format!(
                "the file is {name} and ends in the middle: it was cut, or is still being written; give the whole file"
            )),
            Self::Wrong(why) => {
                Error::invalid(format!("the file begins like {name}, but {why}: export it anew"))
            }
            Self::Disk(kind) => Error::new(
                crate::error::ErrorKind::Storage,
                format!("a media file cannot be read back ({kind}): check the disk beside the database"),
            ),
        }
    }
}

impl From<std::io::Error> for Bad {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Cut,
            kind => Self::Disk(kind),
        }
    }
}

/// What there is to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    size: Option<(u32, u32)>,
    duration_ms: Option<u64>,
    codec: Option<String>,
    has_metadata: bool,
}

/// What is known of a file of this format. Blocks.
pub(super) fn probe<R: Read + Seek>(file: &mut R, bytes: u64, format: Format) -> Result<MediaFacts> {
    let seen = match format {
        Format::Jpeg | Format::Png | Format::Webp => image::probe(file, bytes, format),
        Format::Mp4 | Format::Mov => mp4::probe(file, bytes),
        Format::Webm => webm::probe(file, bytes),
    };
    let seen = seen.map_err(|bad| bad.into_error(format))?;
    let (width, height) = seen.size.unzip();
    Ok(MediaFacts {
        kind: format.kind(),
        content_type: format.content_type().to_owned(),
        bytes,
        width,
        height,
        duration_ms: seen.duration_ms,
        codec: seen.codec,
        has_metadata: format.kind() == MediaKind::Image && seen.has_metadata,
    })
}

/// A file that is read here and there, in so many steps at most.
struct Walk<'a, R> {
    file: &'a mut R,
    end: u64,
    steps: u32,
}

impl<'a, R: Read + Seek> Walk<'a, R> {
    fn new(file: &'a mut R, end: u64) -> Self {
        Self { file, end, steps: MOST_STEPS }
    }

    /// The bytes at a place.
    fn at<const N: usize>(&mut self, place: u64) -> Result<[u8; N], Bad> {
        self.go(place)?;
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn go(&mut self, place: u64) -> Result<(), Bad> {
        self.steps = self.steps.checked_sub(1).ok_or(Bad::Wrong("it is made of too many pieces"))?;
        self.file.seek(SeekFrom::Start(place))?;
        Ok(())
    }

    /// Up to so many bytes from a place to an end.
    fn up_to<const N: usize>(&mut self, place: u64, end: u64) -> Result<Vec<u8>, Bad> {
        let length = usize::try_from(end.saturating_sub(place)).unwrap_or(usize::MAX).min(N);
        self.go(place)?;
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
