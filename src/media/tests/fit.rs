use std::io::Write;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

use super::super::check::problems;
use super::super::fit::fit;
use super::{encoded, facts, photo, picture, png_bomb};
use crate::error::Result;
use crate::model::MediaRules;

const COVER: MediaRules = MediaRules {
    min_pixels: (100, 100),
    max_pixels: (400, 400),
    ratio: Some([(1, 1), (1, 1)]),
    ..MediaRules::new(&["image/jpeg", "image/png"], 60_000)
};

fn fitted(bytes: &[u8], rules: &MediaRules) -> Result<Vec<u8>> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    fit(file, &facts(bytes)?.content_type, rules)
}

/// What came out, which breaks no rule.
fn fits(bytes: &[u8], rules: &MediaRules) -> DynamicImage {
    let made = fitted(bytes, rules).unwrap();
    let found = facts(&made).unwrap();
    assert_eq!(problems(&found, rules), []);
    assert!(!found.has_metadata);
    image::load_from_memory(&made).unwrap()
}

fn is_near(pixel: Rgba<u8>, wanted: [u8; 3]) -> bool {
    pixel.0.iter().zip(wanted).all(|(has, wanted)| has.abs_diff(wanted) < 60)
}

#[test]
fn every_format_becomes_one_that_is_taken_within_every_limit() {
    use image::GenericImageView;
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let made = fits(&encoded(&picture(1600, 800), format), &COVER);
        assert_eq!(made.dimensions(), (400, 400));
        // White above and below, the picture between, nothing of it cut off.
        for (place, colour) in [
            ((200, 20), [255; 3]),
            ((200, 380), [255; 3]),
            ((50, 200), [205, 5, 0]),
            ((350, 200), [0, 5, 205]),
        ] {
            assert!(is_near(made.get_pixel(place.0, place.1), colour), "{format:?} {place:?}");
        }
    }
}

#[test]
fn a_photo_is_turned_upright_and_tells_no_place() {
    use image::GenericImageView;
    // Red was left of blue, and is above it once turned.
    let made = fits(&photo(300, 200), &MediaRules { ratio: None, ..COVER });
    assert_eq!(made.dimensions(), (200, 300));
    assert!(is_near(made.get_pixel(100, 50), [205, 5, 0]));
    assert!(is_near(made.get_pixel(100, 250), [0, 5, 205]));
    let bytes = fitted(&photo(300, 200), &COVER).unwrap();
    let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    assert!(!holds(b"GPS-SECRET") && !holds(b"Exif"));
}

#[test]
fn what_a_file_carries_behind_its_picture_is_left_out() {
    let page = b"<script>alert(1)</script>";
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let both = [&encoded(&picture(200, 200), format)[..], page].concat();
        let made = fitted(&both, &COVER).unwrap();
        assert!(!made.windows(page.len()).any(|part| part == page));
    }
}

#[test]
fn a_picture_seen_through_stays_so_where_that_is_taken_and_is_on_white_elsewhere() {
    use image::GenericImageView;
    let glass: DynamicImage = RgbaImage::from_pixel(200, 200, Rgba([0, 0, 0, 0])).into();
    let bytes = encoded(&glass, ImageFormat::WebP);
    assert_eq!(fits(&bytes, &COVER).get_pixel(9, 9).0[3], 0);
    let jpeg_only = MediaRules { types: &["image/jpeg"], ..COVER };
    assert!(is_near(fits(&bytes, &jpeg_only).get_pixel(9, 9), [255; 3]));
    let png_only = MediaRules { types: &["image/png"], ..COVER };
    assert_eq!(facts(&fitted(&photo(200, 200), &png_only).unwrap()).unwrap().content_type, "image/png");
}

#[test]
fn an_exact_ratio_that_few_sides_have_is_met_within_the_most_pixels() {
    let rules = MediaRules { ratio: Some([(7, 5), (7, 5)]), max_pixels: (350, 250), ..COVER };
    for (width, height) in [(999, 333), (333, 999), (351, 251), (349, 249), (101, 100)] {
        let made = fits(&encoded(&picture(width, height), ImageFormat::Png), &rules);
        assert_eq!(made.width() * 5, made.height() * 7, "{width}×{height}");
    }
}

#[test]
fn fewer_bytes_cost_quality_first_and_size_then() {
    let noisy = encoded(&picture(400, 400), ImageFormat::Png);
    let made = fits(&noisy, &MediaRules { max_bytes: 30_000, ..COVER });
    assert_eq!(made.width(), 400);
    let small = fits(&noisy, &MediaRules { max_bytes: 5_000, ..COVER });
    assert!((100..400).contains(&small.width()), "{}", small.width());
    let error = fitted(&noisy, &MediaRules { max_bytes: 500, ..COVER }).unwrap_err();
    assert_eq!(error.code(), "INVALID_REQUEST");
}

#[test]
fn what_cannot_be_decoded_or_is_too_small_is_refused() {
    let half = {
        let mut whole = encoded(&picture(300, 300), ImageFormat::Png);
        let middle = whole.len() / 2;
        whole[middle] ^= 0xff;
        whole
    };
    for bytes in [half, png_bomb(7_000, 7_000), encoded(&picture(40, 40), ImageFormat::Png)] {
        assert_eq!(fitted(&bytes, &COVER).unwrap_err().code(), "INVALID_REQUEST");
    }
}
