//! Images: their size by their headers alone, so that a small file which unfolds into a huge picture costs nothing, and
//! whether they are there to their end.

use std::io::{BufReader, Read, Seek, SeekFrom};

use image::{ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::super::sniff::Format;
use super::{Bad, Seen, Walk};

/// A picture with more is not decoded: this many take 150 MB.
const MOST_PIXELS: u64 = 50_000_000;
/// What a decoder may take beside the picture.
const MOST_MEMORY: u64 = 256 << 20;

pub(super) fn probe<R: Read + Seek>(file: &mut R, bytes: u64, format: Format) -> Result<Seen, Bad> {
    let mut walk = Walk::new(file, bytes);
    match format {
        Format::Png => walk.png()?,
        Format::Jpeg => walk.jpeg()?,
        _ => walk.webp()?,
    }
    file.rewind()?;
    let mut decoder = decoder(file, format)?;
    let (width, height) = turned(decoder.dimensions(), &mut decoder)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Bad::Wrong("it has more than 50 million pixels, which is not decoded (make it smaller)"));
    }
    let has_metadata = has_metadata(&mut decoder)?;
    Ok(Seen { size: Some((width, height)), duration_ms: None, codec: None, has_metadata })
}

fn turned(size: (u32, u32), decoder: &mut impl ImageDecoder) -> Result<(u32, u32), Bad> {
    use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    Ok(match decoder.orientation().map_err(|error| unreadable(&error))? {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (size.1, size.0),
        _ => size,
    })
}

fn has_metadata(decoder: &mut impl ImageDecoder) -> Result<bool, Bad> {
    let found = [decoder.exif_metadata(), decoder.xmp_metadata(), decoder.iptc_metadata()];
    for data in found {
        if data.map_err(|error| unreadable(&error))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A decoder within limits. It has read the headers and no picture.
pub(in crate::media) fn decoder<'a, R: Read + Seek>(
    file: &'a mut R,
    format: Format,
) -> Result<impl ImageDecoder + use<'a, R>, Bad> {
    let format = match format {
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    };
    let mut reader = ImageReader::with_format(BufReader::new(file), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    reader.into_decoder().map_err(|error| unreadable(&error))
}

/// The codec's own words may quote the file.
pub(in crate::media) fn unreadable(error: &ImageError) -> Bad {
    match error {
        ImageError::IoError(error) => match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Bad::Cut,
            _ => Bad::Wrong("it cannot be read"),
        },
        ImageError::Limits(_) => Bad::Wrong("it unfolds into more than is decoded (make it smaller)"),
        _ => Bad::Wrong("it cannot be decoded"),
    }
}

impl<R: Read + Seek> Walk<'_, R> {
    /// Chunks up to the last one.
    fn png(&mut self) -> Result<(), Bad> {
        let mut place = 8;
        loop {
            let [a, b, c, d, kind @ ..] = self.at::<8>(place)?;
            // Length, kind, data, checksum.
            place += 12 + u64::from(u32::from_be_bytes([a, b, c, d]));
            if place > self.end {
                return Err(Bad::Cut);
            }
            if &kind == b"IEND" {
                return Ok(());
            }
        }
    }

    fn webp(&mut self) -> Result<(), Bad> {
        let [_, _, _, _, size @ ..] = self.at::<8>(0)?;
        if u64::from(u32::from_le_bytes(size)) + 8 > self.end { Err(Bad::Cut) } else { Ok(()) }
    }

    /// Segments up to the picture, and then its end, which stands nowhere in a picture.
    fn jpeg(&mut self) -> Result<(), Bad> {
        let mut place = 2;
        loop {
            let [marker, kind, high, low] = self.at::<4>(place)?;
            if marker != 0xff {
                return Err(Bad::Wrong("a piece of it is missing"));
            }
            match kind {
                // Fill bytes.
                0xff => place += 1,
                0xda => return self.jpeg_end(place),
                _ => place += 2 + u64::from(u16::from_be_bytes([high, low]).max(2)),
            }
        }
    }

    fn jpeg_end(&mut self, place: u64) -> Result<(), Bad> {
        self.file.seek(SeekFrom::Start(place))?;
        let (mut block, mut before) = (vec![0; 1 << 16], 0);
        loop {
            let read = self.file.read(&mut block)?;
            let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else {
                return Err(Bad::Cut);
            };
            for byte in bytes {
                if (before, *byte) == (0xff, 0xd9) {
                    return Ok(());
                }
                before = *byte;
            }
        }
    }
}
