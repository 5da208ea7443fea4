use image::ImageFormat;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{FILM, Film, encoded, facts, mp4, photo, picture, png_bomb, webm};
use crate::model::{MediaFacts, MediaKind};

fn seen(facts: &MediaFacts) -> (Option<u32>, Option<u32>, Option<u64>, Option<&str>) {
    (facts.width, facts.height, facts.duration_ms, facts.codec.as_deref())
}

#[test]
fn a_film_tells_its_size_duration_and_codec_wherever_its_index_lies() {
    for (index_first, wide, fragments) in [
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (true, true, true),
        (false, false, true),
    ] {
        let film = Film { index_first, wide, fragments, ..FILM };
        let found = facts(&mp4(&film)).unwrap();
        assert_eq!(seen(&found), (Some(720), Some(1280), Some(15_250), Some("h264")), "{index_first} {wide}");
        assert_eq!((found.kind, found.content_type.as_str()), (MediaKind::Video, "video/mp4"));
    }
    let turned = facts(&mp4(&Film { turned: true, codec: b"hvc1", ..FILM })).unwrap();
    assert_eq!(seen(&turned), (Some(1280), Some(720), Some(15_250), Some("h265")));
    let odd = facts(&mp4(&Film { codec: b"m\0v\xff", ..FILM })).unwrap();
    assert_eq!(odd.codec.as_deref(), Some("m?v?"));
}

#[test]
fn a_webm_film_tells_the_same_and_a_live_one_what_it_knows() {
    let whole = facts(&webm("webm", false)).unwrap();
    assert_eq!(seen(&whole), (Some(640), Some(360), Some(9_500), Some("vp9")));
    let live = facts(&webm("webm", true)).unwrap();
    assert_eq!(seen(&live), (Some(640), Some(360), None, Some("vp9")));
    assert!(facts(&webm("matroska", false)).unwrap_err().message().contains("Matroska"));
}

#[test]
fn a_file_that_was_cut_anywhere_is_refused() {
    let films = [mp4(&FILM), mp4(&Film { index_first: true, ..FILM }), webm("webm", false)];
    let images =
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP].map(|f| encoded(&picture(40, 30), f));
    for file in films.iter().chain(&images) {
        assert!(facts(file).is_ok());
        for end in 0..file.len() {
            let error =
                facts(&file[..end]).err().unwrap_or_else(|| panic!("{end} of {} bytes pass", file.len()));
            assert_eq!(error.code(), "INVALID_REQUEST");
            if end > 600 {
                let message = error.message();
                assert!(message.contains("cut") || message.contains("not finished"), "{end}: {message}");
            }
        }
    }
}

#[test]
fn a_film_without_pictures_or_with_a_lying_box_is_refused() {
    let sound = mp4(&Film { has_pictures: false, ..FILM });
    assert!(facts(&sound).unwrap_err().message().contains("only sound"));
    let mut lying = mp4(&Film { index_first: true, ..FILM });
    let place = lying.windows(4).position(|bytes| bytes == b"trak").unwrap();
    lying[place - 4..place].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(facts(&lying).unwrap_err().message().contains("longer than what holds it"));
    // Half a million empty boxes are left after the first thousands.
    let many = [&mp4(&FILM)[..], &[0, 0, 0, 8, b'f', b'r', b'e', b'e'].repeat(500_000)].concat();
    assert!(facts(&many).unwrap_err().message().contains("too many pieces"));
}

#[test]
fn an_image_tells_its_size_as_it_is_shown() {
    for (format, content_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let found = facts(&encoded(&picture(60, 40), format)).unwrap();
        assert_eq!((found.width, found.height, found.has_metadata), (Some(60), Some(40), false));
        assert_eq!(found.content_type, content_type);
    }
    let turned = facts(&photo(60, 40)).unwrap();
    assert_eq!((turned.width, turned.height, turned.has_metadata), (Some(40), Some(60), true));
}

#[test]
fn a_picture_that_unfolds_into_gigabytes_is_refused_by_its_header() {
    for (width, height) in [(50_000, 50_000), (7_100, 7_100), (u32::MAX >> 1, 1), (50_000_001, 1)] {
        let bomb = png_bomb(width, height);
        assert!(bomb.len() < 2000);
        let before = resident();
        let message = facts(&bomb).unwrap_err().message().to_owned();
        assert!(message.contains("50 million pixels") || message.contains("unfolds"), "{width}: {message}");
        assert!(resident().saturating_sub(before) < 32 << 20, "{width}×{height}");
    }
    assert!(facts(&png_bomb(7_000, 7_000)).is_ok());
}

/// Memory of this process in bytes; 0 where the system does not say.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Files of every kind with a few bytes changed, cut or put in: an answer or an error, never a panic, a long walk or
/// much memory.
#[test]
fn no_damage_makes_a_probe_panic_or_walk_on() {
    let files = [
        mp4(&FILM),
        mp4(&Film { index_first: true, wide: true, fragments: true, ..FILM }),
        webm("webm", false),
        webm("webm", true),
        encoded(&picture(20, 20), ImageFormat::Png),
        photo(20, 20),
        encoded(&picture(20, 20), ImageFormat::WebP),
    ];
    let change = (any::<prop::sample::Index>(), prop_oneof![Just(0_u8), Just(0xff), Just(1), any::<u8>()]);
    let damage = (0..files.len(), prop::collection::vec(change, 1..12), any::<Option<prop::sample::Index>>());
    let mut runner = TestRunner::new(Config { cases: 4000, ..Config::default() });
    let before = resident();
    runner
        .run(&damage, |(file, changes, cut)| {
            let mut bytes = files[file].clone();
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let started = tokio::time::Instant::now();
            if let Ok(found) = facts(&bytes) {
                prop_assert!(found.width != Some(0) && found.height != Some(0));
                prop_assert!(found.duration_ms.is_none_or(|millis| i64::try_from(millis).is_ok()));
            }
            prop_assert!(started.elapsed().as_millis() < 2000);
            Ok(())
        })
        .unwrap();
    assert!(resident().saturating_sub(before) < 300 << 20);
}

#[test]
fn noise_after_a_good_start_is_no_trouble_either() {
    let starts: [&[u8]; 6] = [
        b"\0\0\0\x18ftypisom\0\0\x02\0isomavc1",
        &[0x1a, 0x45, 0xdf, 0xa3],
        b"\x89PNG\r\n\x1a\n",
        &[0xff, 0xd8, 0xff],
        b"RIFF\xff\x03\0\0WEBP",
        b"\0\0\0\x08wide",
    ];
    let noise = (0..starts.len(), prop::collection::vec(any::<u8>(), 0..2000));
    let mut runner = TestRunner::new(Config { cases: 4000, ..Config::default() });
    let ran = runner.run(&noise, |(start, noise)| {
        let _ = facts(&[starts[start], &noise].concat());
        Ok(())
    });
    ran.unwrap();
}
