//! Files made on the spot, and what is found in them.

mod fit;
mod library;
mod probe;
mod rules;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::probe::probe;
use super::sniff::{HEAD, sniff};
use crate::error::Result;
use crate::model::MediaFacts;

/// What is found in a file that is in memory.
fn facts(bytes: &[u8]) -> Result<MediaFacts> {
    let format = sniff(bytes.get(..HEAD).unwrap_or(bytes))?;
    probe(&mut std::io::Cursor::new(bytes), bytes.len() as u64, format)
}

/// A video without pictures: all headers, and so many bytes where they would be.
#[derive(Clone)]
struct Film {
    size: (u16, u16),
    millis: u32,
    codec: &'static [u8; 4],
    index_first: bool,
    wide: bool,
    turned: bool,
    fragments: bool,
    has_pictures: bool,
    bytes: usize,
}

const FILM: Film = Film {
    size: (720, 1280),
    millis: 15_250,
    codec: b"avc1",
    index_first: false,
    wide: false,
    turned: false,
    fragments: false,
    has_pictures: true,
    bytes: 1000,
};

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, body].concat()
}

/// `mvhd` or `mdhd` up to its duration.
fn times(wide: bool, timescale: u32, duration: u32) -> Vec<u8> {
    match wide {
        false => [&[0; 12][..], &timescale.to_be_bytes(), &duration.to_be_bytes(), &[0; 80]].concat(),
        true => {
            let duration = u64::from(duration).to_be_bytes();
            [&[1, 0, 0, 0][..], &[0; 16], &timescale.to_be_bytes(), &duration, &[0; 80]].concat()
        }
    }
}

fn track(film: &Film, handler: &[u8; 4]) -> Vec<u8> {
    let matrix: [u32; 9] = match film.turned {
        false => [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30],
        true => [0, 1 << 16, 0, u32::MAX << 16, 0, 0, 0, 0, 1 << 30],
    };
    let matrix: Vec<u8> = matrix.iter().flat_map(|number| number.to_be_bytes()).collect();
    let side = |side: u16| (u32::from(side) << 16).to_be_bytes();
    let start = if film.wide {
        [&[1, 0, 0, 3][..], &[0; 48]].concat()
    } else {
        [&[0, 0, 0, 3][..], &[0; 36]].concat()
    };
    let header = [&start[..], &matrix, &side(film.size.0), &side(film.size.1)].concat();
    let sizes = [film.size.0.to_be_bytes(), film.size.1.to_be_bytes()].concat();
    let entry = boxed(film.codec, &[&[0; 24][..], &sizes, &[0; 50]].concat());
    let described = boxed(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &entry].concat());
    let table = boxed(b"minf", &boxed(b"stbl", &described));
    let kind = boxed(b"hdlr", &[&[0; 8][..], handler, &[0; 13]].concat());
    let media = [boxed(b"mdhd", &times(film.wide, 48_000, film.millis * 48)), kind, table].concat();
    boxed(b"trak", &[boxed(b"tkhd", &header), boxed(b"mdia", &media)].concat())
}

fn mp4(film: &Film) -> Vec<u8> {
    let duration = if film.fragments { 0 } else { film.millis };
    let mut index = vec![boxed(b"mvhd", &times(film.wide, 1000, duration)), track(film, b"soun")];
    if film.has_pictures {
        index.push(track(film, b"vide"));
    }
    if film.fragments {
        let whole = [&[0; 4][..], &film.millis.to_be_bytes()].concat();
        index.push(boxed(b"mvex", &boxed(b"mehd", &whole)));
    }
    let index = boxed(b"moov", &index.concat());
    let data = boxed(b"mdat", &vec![7; film.bytes]);
    let start = boxed(b"ftyp", b"isom\0\0\x02\0isomavc1");
    match film.index_first {
        true => [start, index, data].concat(),
        false => [start, data, index].concat(),
    }
}

fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u64 | 1 << 56).to_be_bytes();
    [id, &size, body].concat()
}

/// A WebM video without pictures; a live one is written before its lengths are known.
fn webm(doc_type: &str, is_live: bool) -> Vec<u8> {
    let header = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], doc_type.as_bytes()));
    let scale = element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes());
    let length = element(&[0x44, 0x89], &9_500.5_f64.to_be_bytes());
    let info = element(&[0x15, 0x49, 0xa9, 0x66], &[scale, length].concat());
    let side = |id: u8, side: u16| element(&[id], &side.to_be_bytes());
    let video = element(&[0xe0], &[side(0xb0, 640), side(0xba, 360)].concat());
    let sound = element(&[0xae], &element(&[0x83], &[2]));
    let entry = [element(&[0x83], &[1]), element(&[0x86], b"V_VP9"), video].concat();
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &[sound, element(&[0xae], &entry)].concat());
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[3; 500]);
    if is_live {
        let open = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        let cluster = [&[0x1f, 0x43, 0xb6, 0x75][..], &open, &[3; 500]].concat();
        return [&header[..], &[0x18, 0x53, 0x80, 0x67], &open, &tracks, &cluster].concat();
    }
    [header, element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks, cluster].concat())].concat()
}

/// Stripes, so that a picture does not compress to nothing and left is told from right.
fn picture(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, y: u32| {
        let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761) >> 28;
        let noise = u8::try_from(noise).unwrap();
        if x < width / 2 { Rgb([200 + noise, noise, 0]) } else { Rgb([0, noise, 200 + noise]) }
    };
    RgbImage::from_fn(width, height, pixel).into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG that its camera held turned by a quarter, with a place in its data.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let plain = encoded(&picture(width, height), ImageFormat::Jpeg);
    // One entry: 0x0112, a short, 1 value: 6, turn right.
    let exif =
        [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"[..], b"GPS-SECRET"]
            .concat();
    let size = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &size, &exif, &plain[2..]].concat()
}

/// A PNG of a few hundred bytes that says it has so many pixels.
fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(body);
        let size = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&size[..], kind, body, &sum.sum().to_be_bytes()].concat()
    };
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &vec![0; 1 << 20]).unwrap();
    let start = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
    [&start[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &packed.finish().unwrap()), &chunk(b"IEND", &[])]
        .concat()
}
