//! Makes an image fit: turned upright, white edges where the ratio is not taken, smaller, and written anew without
//! whatever the file carried beside its picture. Blocks, and holds the picture in memory.

use std::fs::File;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageFormat, Rgb, RgbImage};

use super::check::{can_write, ratio_after};
use super::probe::{decoder, unreadable};
use super::sniff::Format;
use crate::error::{Error, Result};
use crate::model::MediaRules;

const JPEG: &str = "image/jpeg";
const PNG: &str = "image/png";
/// From hardly visible to what is still fine for a picture of a product.
const QUALITIES: [u8; 5] = [92, 85, 78, 70, 60];
/// When no quality is small enough, the picture is made smaller by a fifth, at most so often.
const SHRINKS: u32 = 8;
/// Far above the target a rough step first takes less memory and time, and nobody sees it.
const ROUGH: u32 = 2;

/// The bytes of an image that the rules take.
///
/// # Errors
/// `INVALID_REQUEST` when it cannot be decoded or no size is small enough.
pub(super) fn fit(mut file: File, content_type: &str, rules: &MediaRules) -> Result<Vec<u8>> {
    let format = [Format::Jpeg, Format::Png, Format::Webp]
        .into_iter()
        .find(|known| known.content_type() == content_type);
    let format =
        format.ok_or_else(|| Error::invalid("only images are made to fit: export the video anew"))?;
    if !can_write(rules) {
        return Err(Error::invalid(
            "the slot takes neither JPEG nor PNG, which are the formats that can be written",
        ));
    }
    let mut picture = decode(&mut file, format)?;
    for _ in 0..SHRINKS {
        let (size, canvas) = target(&picture, rules);
        if canvas.0 < rules.min_pixels.0 || canvas.1 < rules.min_pixels.1 {
            break;
        }
        picture = resized(picture, size);
        if let Some(bytes) = written(&picture, canvas, rules)? {
            return Ok(bytes);
        }
        let smaller = |side: u32| (side / 5 * 4).max(1);
        picture = resized(picture, (smaller(size.0), smaller(size.1)));
    }
    Err(Error::invalid(
        "the image cannot be made to fit: it is too small for its slot, or would have to be; use another",
    ))
}

fn decode(file: &mut File, format: Format) -> Result<DynamicImage> {
    let bad = |bad: super::probe::Bad| bad.into_error(format);
    let mut decoder = decoder(file, format).map_err(bad)?;
    let orientation = decoder.orientation().map_err(|error| bad(unreadable(&error)))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| bad(unreadable(&error)))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// How large the picture is made, never larger than it is, and the canvas it then stands on.
fn target(picture: &DynamicImage, rules: &MediaRules) -> ((u32, u32), (u32, u32)) {
    let size = (picture.width(), picture.height());
    let canvas = ratio_after(size, rules).unwrap_or(size);
    let scale = |most: u32, side: u32| f64::from(most) / f64::from(side.max(1));
    let most = rules.max_pixels;
    let mut by = scale(most.0, canvas.0).min(scale(most.1, canvas.1)).min(1.0);
    // A canvas is rounded up, and may then be a little too large again.
    loop {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a side times at most one"
        )]
        let scaled = |side: u32| ((f64::from(side) * by).floor() as u32).max(1);
        let size = (scaled(size.0), scaled(size.1));
        let canvas = ratio_after(size, rules).unwrap_or(size);
        if (canvas.0 <= most.0 && canvas.1 <= most.1) || size == (1, 1) {
            return (size, canvas);
        }
        by *= 0.99;
    }
}

fn resized(picture: DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    if (picture.width(), picture.height()) == (width, height) {
        return picture;
    }
    let rough = (width.saturating_mul(ROUGH), height.saturating_mul(ROUGH));
    let picture = match picture.width() > rough.0 && picture.height() > rough.1 {
        true => picture.thumbnail_exact(rough.0, rough.1),
        false => picture,
    };
    picture.resize_exact(width, height, FilterType::CatmullRom)
}

/// The file, if it is small enough. A picture that is seen through stays PNG where that is taken.
fn written(picture: &DynamicImage, canvas: (u32, u32), rules: &MediaRules) -> Result<Option<Vec<u8>>> {
    let fits = |bytes: &Vec<u8>| bytes.len() as u64 <= rules.max_bytes;
    let takes = |content_type: &str| rules.types.contains(&content_type);
    let is_padded = canvas != (picture.width(), picture.height());
    if takes(PNG) && ((picture.color().has_alpha() && !is_padded) || !takes(JPEG)) {
        let whole = if is_padded { DynamicImage::from(on_white(picture, canvas)) } else { plain(picture) };
        let bytes = encoded(|to| whole.write_to(to, ImageFormat::Png))?;
        if fits(&bytes) || !takes(JPEG) {
            return Ok(Some(bytes).filter(fits));
        }
    }
    let whole = on_white(picture, canvas);
    for quality in QUALITIES {
        let bytes = encoded(|to| JpegEncoder::new_with_quality(to, quality).encode_image(&whole))?;
        if fits(&bytes) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Eight bits a colour, which is what platforms and their customers see.
fn plain(picture: &DynamicImage) -> DynamicImage {
    if picture.color().has_alpha() { picture.to_rgba8().into() } else { picture.to_rgb8().into() }
}

fn on_white(picture: &DynamicImage, (width, height): (u32, u32)) -> RgbImage {
    let mut canvas = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    let [left, top] = [(width, picture.width()), (height, picture.height())]
        .map(|(outer, inner)| outer.saturating_sub(inner) / 2);
    if picture.color().has_alpha() {
        for (x, y, pixel) in picture.to_rgba8().enumerate_pixels() {
            if let Some(to) = canvas.get_pixel_mut_checked(left + x, top + y) {
                *to = over_white(pixel.0);
            }
        }
    } else {
        imageops::replace(&mut canvas, &picture.to_rgb8(), left.into(), top.into());
    }
    canvas
}

fn over_white([red, green, blue, alpha]: [u8; 4]) -> Rgb<u8> {
    let mixed = |colour: u8| {
        let sum = u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
        u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
    };
    Rgb([mixed(red), mixed(green), mixed(blue)])
}

fn encoded(write: impl FnOnce(&mut Cursor<Vec<u8>>) -> image::ImageResult<()>) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    write(&mut bytes).map_err(|_| Error::internal("an image that was decoded can be written"))?;
    Ok(bytes.into_inner())
}
