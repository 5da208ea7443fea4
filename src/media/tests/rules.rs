use proptest::prelude::*;

use super::super::check::{is_within, problems, ratio_after};
use crate::model::{MediaFacts, MediaKind, MediaRule, MediaRules};

const COVER: MediaRules = MediaRules {
    min_pixels: (480, 480),
    max_pixels: (1200, 1500),
    ratio: Some([(1, 1), (1, 1)]),
    ..MediaRules::new(&["image/jpeg", "image/png"], 1 << 20)
};

const CLIP: MediaRules = MediaRules {
    codecs: &["h264", "h265"],
    min_pixels: (720, 720),
    duration_ms: Some((1_000, 900_000)),
    ..MediaRules::new(&["video/mp4", "video/webm"], 4 << 30)
};

fn image(width: u32, height: u32) -> MediaFacts {
    MediaFacts {
        kind: MediaKind::Image,
        content_type: "image/png".into(),
        bytes: 1 << 20,
        width: Some(width),
        height: Some(height),
        duration_ms: None,
        codec: None,
        has_metadata: false,
    }
}

fn clip() -> MediaFacts {
    MediaFacts {
        kind: MediaKind::Video,
        content_type: "video/mp4".into(),
        bytes: 4 << 30,
        width: Some(720),
        height: Some(1280),
        duration_ms: Some(900_000),
        codec: Some("h264".into()),
        has_metadata: false,
    }
}

/// The rules that are broken, and whether `fit` mends each.
fn broken(facts: &MediaFacts, rules: &MediaRules) -> Vec<(MediaRule, bool)> {
    let found = problems(facts, rules);
    for problem in &found {
        assert!(!problem.message.is_empty() && !problem.fix.is_empty());
        assert_eq!(problem.fix.starts_with("media.fit"), problem.can_fit);
    }
    found.iter().map(|problem| (problem.rule, problem.can_fit)).collect()
}

#[test]
fn what_is_at_a_limit_passes() {
    for side in [480, 1200] {
        assert_eq!(broken(&image(side, side), &COVER), []);
    }
    assert_eq!(broken(&clip(), &CLIP), []);
    assert_eq!(broken(&MediaFacts { duration_ms: Some(1_000), ..clip() }, &CLIP), []);
}

#[test]
fn each_rule_of_an_image_is_told_with_whether_it_can_be_mended() {
    use MediaRule::{Bytes, Format, Kind, Pixels, Ratio, Unreadable};
    for (facts, expected) in [
        (MediaFacts { bytes: (1 << 20) + 1, ..image(500, 500) }, vec![(Bytes, true)]),
        (MediaFacts { content_type: "image/webp".into(), ..image(500, 500) }, vec![(Format, true)]),
        (image(479, 479), vec![(Pixels, false)]),
        (image(479, 480), vec![(Pixels, true), (Ratio, true)]),
        (image(1201, 1201), vec![(Pixels, true)]),
        (image(800, 801), vec![(Ratio, true)]),
        (MediaFacts { width: None, ..image(1, 1) }, vec![(Unreadable, false)]),
        (clip(), vec![(Kind, false)]),
    ] {
        assert_eq!(broken(&facts, &COVER), expected, "{facts:?}");
    }
}

#[test]
fn each_rule_of_a_video_is_told_and_none_is_mended_by_us() {
    use MediaRule::{Bytes, Codec, Duration, Format, Kind, Pixels, Unreadable};
    for (facts, expected) in [
        (MediaFacts { bytes: (4 << 30) + 1, ..clip() }, Bytes),
        (MediaFacts { content_type: "video/quicktime".into(), ..clip() }, Format),
        (MediaFacts { codec: Some("mp4v".into()), ..clip() }, Codec),
        (MediaFacts { codec: None, ..clip() }, Unreadable),
        (MediaFacts { duration_ms: Some(900_001), ..clip() }, Duration),
        (MediaFacts { duration_ms: Some(999), ..clip() }, Duration),
        (MediaFacts { duration_ms: None, ..clip() }, Unreadable),
        (MediaFacts { height: Some(719), ..clip() }, Pixels),
        (image(900, 900), Kind),
    ] {
        assert_eq!(broken(&facts, &CLIP), [(expected, false)], "{facts:?}");
    }
}

proptest! {
    #[test]
    fn a_canvas_holds_the_picture_and_has_a_ratio_that_is_taken(
        width in 1_u32..20_000, height in 1_u32..20_000,
        a in 1_u32..40, b in 1_u32..40, more in 0_u32..20,
    ) {
        let (narrow, wide) = ((a, b), (a + more, b));
        let rules = MediaRules { ratio: Some([narrow, wide]), ..COVER };
        let canvas = ratio_after((width, height), &rules);
        let canvas = canvas.ok_or_else(|| TestCaseError::fail("no canvas"))?;
        prop_assert!(canvas.0 >= width && canvas.1 >= height);
        prop_assert!(canvas.0 == width || canvas.1 == height || more < 4);
        prop_assert!(is_within(canvas, narrow, wide), "{canvas:?}");
        if is_within((width, height), narrow, wide) {
            prop_assert_eq!(canvas, (width, height));
        }
    }
}
