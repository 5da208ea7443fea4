//! What a file is, by its first bytes. Names and media types are not looked at.

use crate::error::{Error, Result};
use crate::model::MediaKind;

/// How many bytes it takes to tell.
pub(super) const HEAD: usize = 512;
const MIB: u64 = 1 << 20;

/// A format that is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Webp,
    Mp4,
    Mov,
    Webm,
}

impl Format {
    pub(super) const fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp => MediaKind::Image,
            Self::Mp4 | Self::Mov | Self::Webm => MediaKind::Video,
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::Webm => "video/webm",
        }
    }

    /// The most bytes that are taken in: of images what can be decoded, of videos what the largest limit of a platform
    /// is (抖音: 4 GB).
    pub(super) const fn most_bytes(self) -> u64 {
        match self.kind() {
            MediaKind::Video => 4096 * MIB,
            _ => 64 * MIB,
        }
    }
}

/// The format of a file that begins with these bytes.
///
/// # Errors
/// `INVALID_REQUEST` with what to do about formats that are known and not taken.
pub(super) fn sniff(head: &[u8]) -> Result<Format> {
    match head {
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::Webp),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => of_brand(brand),
        // QuickTime before it had brands.
        [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => Ok(Format::Mov),
        // Matroska's is the same; the probe tells them apart.
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Ok(Format::Webm),
        _ => Err(refused(head)),
    }
}

/// Brands of still images in the same boxes.
const STILL: [&[u8; 4]; 9] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"];

fn of_brand(rest: &[u8]) -> Result<Format> {
    let brand = rest.first_chunk::<4>();
    if brand.is_some_and(|brand| STILL.contains(&brand)) {
        return Err(Error::invalid(
            "the file is a HEIC or AVIF image, which no platform takes: export it as JPEG (on an iPhone: Settings, \
             Camera, Formats, Most Compatible)",
        ));
    }
    Ok(if brand == Some(b"qt  ") { Format::Mov } else { Format::Mp4 })
}

fn refused(head: &[u8]) -> Error {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    Error::invalid(match head {
        [] => "the file is empty",
        [b'G', b'I', b'F', b'8', ..] => "the file is a GIF: make it a JPEG or PNG image, or an MP4 video",
        _ if text.contains("<svg") => {
            "the file is an SVG drawing, which can hold scripts: export it as PNG or JPEG"
        }
        _ if text.starts_with('<') || text.starts_with('{') => {
            "the file is text (a page or an answer of a server), not media: check where it comes from"
        }
        _ => "the file is neither JPEG, PNG, WebP, MP4, MOV nor WebM, whatever its name says: convert it",
    })
}

#[cfg(test)]
mod tests {
    use super::{Format, sniff};

    #[test]
    fn a_format_is_told_by_its_content() {
        for (head, format) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Format::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Format::Webp),
            (b"\0\0\0\x18ftypisom\0\0\0\0", Format::Mp4),
            (b"\0\0\0\x18ftypqt  \0\0\0\0", Format::Mov),
            (b"\0\0\0\x08wide\0\0\0\0mdat", Format::Mov),
            (b"\x1a\x45\xdf\xa3\x9f", Format::Webm),
        ] {
            assert_eq!(sniff(head).unwrap(), format);
        }
    }

    #[test]
    fn everything_else_is_refused_with_what_to_do() {
        for (head, word) in [
            (&b""[..], "empty"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", "SVG"),
            (b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- x --><SVG onload='alert(1)'>", "SVG"),
            (b"<!doctype html><title>login</title>", "text"),
            (b"{\"error\":1}", "text"),
            (b"GIF89a\x01\0\x01\0", "GIF"),
            (b"GIF89a/*<svg*/=1;alert(1)", "GIF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "HEIC"),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1", "AVIF"),
            (b"%PDF-1.7\n\xff\xd8\xff", "neither"),
            (b"MZ\x90\0", "neither"),
            (b"\xff\xd8", "neither"),
            (b"PK\x03\x04", "neither"),
        ] {
            let error = sniff(head).unwrap_err();
            assert_eq!(error.code(), "INVALID_REQUEST");
            assert!(error.message().contains(word), "{word}: {}", error.message());
        }
    }
}
