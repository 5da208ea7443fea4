//! A file held against what a platform takes. Pure.

use crate::model::{MediaFacts, MediaKind, MediaProblem, MediaRule, MediaRules};

const MIB: f64 = 1_048_576.0;

/// The rules that a file breaks.
pub(super) fn problems(facts: &MediaFacts, rules: &MediaRules) -> Vec<MediaProblem> {
    if let Some(problem) = kind(facts, rules) {
        return vec![problem];
    }
    let checks = [format(facts, rules), bytes(facts, rules), codec(facts, rules), duration(facts, rules)];
    let mut found: Vec<_> = checks.into_iter().flatten().collect();
    match (facts.width, facts.height) {
        (Some(width), Some(height)) => found.extend(size(facts, rules, (width, height))),
        _ => found.push(unreadable(facts, "width and height")),
    }
    found
}

fn problem(rule: MediaRule, can_fit: bool, message: String, fix: impl Into<String>) -> MediaProblem {
    let fix = fix.into();
    let fix = if can_fit { format!("media.fit does it: {fix}") } else { fix };
    MediaProblem { rule, message, fix, can_fit }
}

fn is_image(facts: &MediaFacts) -> bool {
    facts.kind == MediaKind::Image
}

/// Formats of images that `fit` can write.
pub(super) fn can_write(rules: &MediaRules) -> bool {
    rules.types.iter().any(|content_type| matches!(*content_type, "image/jpeg" | "image/png"))
}

fn kind(facts: &MediaFacts, rules: &MediaRules) -> Option<MediaProblem> {
    let family = format!("{}/", facts.kind);
    if rules.types.iter().any(|content_type| content_type.starts_with(&family)) {
        return None;
    }
    let message =
        format!("the slot takes {}, and the file is {}", rules.types.join(", "), facts.content_type);
    Some(problem(MediaRule::Kind, false, message, "use another file"))
}

fn format(facts: &MediaFacts, rules: &MediaRules) -> Option<MediaProblem> {
    if rules.types.contains(&facts.content_type.as_str()) {
        return None;
    }
    let taken = rules.types.join(", ");
    let message = format!("the file is {}, and {taken} is taken", facts.content_type);
    Some(problem(
        MediaRule::Format,
        is_image(facts) && can_write(rules),
        message,
        format!("convert it to {taken}"),
    ))
}

fn bytes(facts: &MediaFacts, rules: &MediaRules) -> Option<MediaProblem> {
    if facts.bytes <= rules.max_bytes {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let [has, most] = [facts.bytes, rules.max_bytes].map(|bytes| bytes as f64 / MIB);
    let message = format!("the file has {has:.1} MiB, and at most {most:.1} MiB are taken");
    let fix = match facts.kind {
        MediaKind::Video => "export it with a lower bit rate, or shorter",
        _ => "a smaller image, more compressed",
    };
    Some(problem(MediaRule::Bytes, is_image(facts) && can_write(rules), message, fix))
}

fn codec(facts: &MediaFacts, rules: &MediaRules) -> Option<MediaProblem> {
    if rules.codecs.is_empty() {
        return None;
    }
    let Some(codec) = facts.codec.as_deref() else { return Some(unreadable(facts, "codec")) };
    if rules.codecs.contains(&codec) {
        return None;
    }
    let taken = rules.codecs.join(", ");
    let message = format!("the video is coded as {codec}, and {taken} is taken");
    Some(problem(MediaRule::Codec, false, message, format!("export it as {taken}")))
}

fn duration(facts: &MediaFacts, rules: &MediaRules) -> Option<MediaProblem> {
    let (least, most) = rules.duration_ms?;
    let Some(duration) = facts.duration_ms else { return Some(unreadable(facts, "duration")) };
    if (least..=most).contains(&duration) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let [has, least, most] = [duration, least, most].map(|millis| millis as f64 / 1000.0);
    let message = format!("the video lasts {has:.1} s, and {least:.1} to {most:.1} s are taken");
    Some(problem(MediaRule::Duration, false, message, "cut it, or use another"))
}

fn size(facts: &MediaFacts, rules: &MediaRules, pixels: (u32, u32)) -> Vec<MediaProblem> {
    let ((width, height), (min_width, min_height), (max_width, max_height)) =
        (pixels, rules.min_pixels, rules.max_pixels);
    let can_fit = is_image(facts) && can_write(rules);
    let mut found = Vec::new();
    let has = format!("it has {width}×{height} pixels");
    let fits_after_padding =
        ratio_after(pixels, rules).is_some_and(|(width, height)| width >= min_width && height >= min_height);
    if width < min_width || height < min_height {
        let message = format!("{has}, and at least {min_width}×{min_height} are taken");
        let fixable = can_fit && fits_after_padding;
        let fix =
            if fixable { "white edges" } else { "use a larger one; making it larger would only blur it" };
        found.push(problem(MediaRule::Pixels, fixable, message, fix));
    }
    if width > max_width || height > max_height {
        let message = format!("{has}, and at most {max_width}×{max_height} are taken");
        let fix = if can_fit { "a smaller image" } else { "export it smaller" };
        found.push(problem(MediaRule::Pixels, can_fit, message, fix));
    }
    if let Some([narrow, wide]) = rules.ratio
        && !is_within(pixels, narrow, wide)
    {
        let message =
            format!("{has}, and a ratio of {}:{} to {}:{} is taken", narrow.0, narrow.1, wide.0, wide.1);
        let fix = if can_fit { "white edges" } else { "cut it to that ratio" };
        found.push(problem(MediaRule::Ratio, can_fit, message, fix));
    }
    found
}

/// Whether width to height lies between two fractions; multiplied out, so that nothing is rounded.
pub(super) fn is_within((width, height): (u32, u32), narrow: (u32, u32), wide: (u32, u32)) -> bool {
    let [width, height] = [u64::from(width), u64::from(height)];
    let times = |a: u64, b: u32| a * u64::from(b);
    times(width, narrow.1) >= times(height, narrow.0) && times(width, wide.1) <= times(height, wide.0)
}

/// The canvas around an image that has a ratio which is taken: the image itself, or with edges. `None` when it does not
/// fit a number, or the fractions are none.
pub(super) fn ratio_after(pixels: (u32, u32), rules: &MediaRules) -> Option<(u32, u32)> {
    let Some([narrow, wide]) = rules.ratio else { return Some(pixels) };
    if is_within(pixels, narrow, wide) {
        return Some(pixels);
    }
    let (width, height) = (u64::from(pixels.0), u64::from(pixels.1));
    let is_too_narrow = width * u64::from(narrow.1) < height * u64::from(narrow.0);
    let (across, down) = if is_too_narrow { narrow } else { wide };
    let (across, down) = (u64::from(across), u64::from(down));
    if across == 0 || down == 0 {
        return None;
    }
    let grown = match is_too_narrow {
        true => ((height * across).div_ceil(down), height),
        false => (width, (width * down).div_ceil(across)),
    };
    let canvas = |(width, height)| Some((u32::try_from(width).ok()?, u32::try_from(height).ok()?));
    // Where one ratio alone is taken, not every side has a partner: then both grow.
    let times = width.div_ceil(across).max(height.div_ceil(down));
    canvas(grown).filter(|grown| is_within(*grown, narrow, wide)).or(canvas((times * across, times * down)))
}

fn unreadable(facts: &MediaFacts, what: &str) -> MediaProblem {
    let message = format!("the {what} of the {} cannot be read", facts.kind);
    problem(MediaRule::Unreadable, false, message, "export it anew with a common program")
}
