//! Drafts of promotions: what is wrong with them, and what readers see of them.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::model::{Delivery, LivePlan, PromotionDraft, PromotionKind, UtcMillis};

/// Characters of a title, which is for people here.
const LONGEST_TITLE: usize = 200;
/// Characters of a text. No platform says how many it takes; this keeps slips out.
const LONGEST_TEXT: usize = 10_000;
/// Files of one promotion.
const MOST_FILES: usize = 50;

/// Refuses a draft that makes no sense on any platform.
///
/// # Errors
/// `INVALID_REQUEST` with every problem.
pub(super) fn check_draft(draft: &PromotionDraft, now: UtcMillis) -> Result<()> {
    let mut problems = Vec::new();
    let mut needs = |fine: bool, problem: &str| {
        if !fine {
            problems.push(problem.to_owned());
        }
    };
    needs(fits(&draft.title, 1, LONGEST_TITLE), "`title` must be 1 to 200 characters");
    needs(fits(&draft.text, 0, LONGEST_TEXT), "`text` must be at most 10,000 characters");
    needs(is_object(&draft.attributes), "`attributes` must be a JSON object");
    needs(draft.media.len() <= MOST_FILES, "`media` takes at most 50 files");
    let is_direct = draft.delivery == Delivery::Direct;
    match draft.kind {
        PromotionKind::Video | PromotionKind::ShopVideo if is_direct => {
            needs(draft.media.len() == 1, "a video has exactly one file in `media`");
        }
        PromotionKind::ImageText | PromotionKind::LivePreview if is_direct => {
            needs(!draft.media.is_empty(), "it needs at least one file in `media`");
        }
        PromotionKind::PromotionLink => {
            needs(draft.media.is_empty(), "a link has no `media`");
            needs(is_direct, "a link is made at once: leave `delivery` out");
        }
        _ => {}
    }
    if !is_direct {
        let fine =
            !draft.media_urls.is_empty() && draft.media_urls.iter().all(|url| url.starts_with("https://"));
        needs(fine, "a share link needs `mediaUrls`: https addresses that the platform's app can fetch");
    }
    if matches!(draft.kind, PromotionKind::ShopVideo | PromotionKind::PromotionLink) {
        needs(draft.target.as_ref().is_some_and(|target| !target.trim().is_empty()), "`target` is missing");
    }
    match (draft.kind, &draft.live) {
        (PromotionKind::LivePreview, None) => {
            needs(false, "a live preview needs `live`: when it starts and ends")
        }
        (PromotionKind::LivePreview, Some(live)) => {
            needs(live.starts_at < live.ends_at, "`live.endsAt` must come after `live.startsAt`");
            needs(now < live.ends_at, "the broadcast is over already");
        }
        (_, Some(_)) => needs(false, "`live` is for live previews"),
        (_, None) => {}
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::invalid(problems.join("; "))) }
}

/// The draft as readers see it: a live preview's text says when and where.
pub(super) fn shown(draft: &PromotionDraft) -> PromotionDraft {
    let text = draft.live.as_ref().map_or_else(|| draft.text.clone(), |live| filled(draft, live));
    PromotionDraft { text, ..draft.clone() }
}

fn filled(draft: &PromotionDraft, live: &LivePlan) -> String {
    let room = live.room.as_deref().unwrap_or_default();
    let values = [
        ("{title}", draft.title.clone()),
        ("{start}", wall_clock(live.starts_at)),
        ("{end}", wall_clock(live.ends_at)),
        ("{room}", room.to_owned()),
    ];
    let text = if draft.text.trim().is_empty() { "{title}：{start} 开播 {room}" } else { &draft.text };
    let text = values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    text.trim().to_owned()
}

/// As readers in China read it: `11月28日 20:00`.
fn wall_clock(at: UtcMillis) -> String {
    Timestamp::from_second(at.secs())
        .map(|time| Offset::constant(8).to_datetime(time).strftime("%-m月%-d日 %H:%M").to_string())
        .unwrap_or_default()
}

fn fits(text: &str, least: usize, most: usize) -> bool {
    let count = text.trim().chars().count();
    count >= least && text.chars().count() <= most
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(kind: PromotionKind) -> PromotionDraft {
        PromotionDraft {
            media: vec![crate::model::MediaId(1)], ..PromotionDraft::new(kind, "新茶开播", "")
        }
    }

    fn live(starts_at: i64, ends_at: i64) -> Option<LivePlan> {
        Some(LivePlan {
            starts_at: UtcMillis(starts_at),
            ends_at: UtcMillis(ends_at),
            room: Some("一号直播间".to_owned()),
        })
    }

    fn problem(draft: &PromotionDraft) -> String {
        check_draft(draft, UtcMillis(1000)).unwrap_err().message().to_owned()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let bad =
            PromotionDraft { title: " ".into(), media: Vec::new(), ..draft(PromotionKind::LivePreview) };
        let said = problem(&bad);
        for part in ["`title`", "`media`", "`live`"] {
            assert!(said.contains(part), "{said}");
        }
        let over = PromotionDraft { live: live(1, 900), ..draft(PromotionKind::LivePreview) };
        assert!(problem(&over).contains("over"), "{}", problem(&over));
        let link = PromotionDraft { target: None, ..draft(PromotionKind::PromotionLink) };
        assert!(problem(&link).contains("`target`") && problem(&link).contains("no `media`"));
        let plain = PromotionDraft {
            delivery: Delivery::ShareLink,
            media_urls: vec!["http://a.example/1.mp4".into()],
            ..draft(PromotionKind::Video)
        };
        assert!(problem(&plain).contains("https"));
        assert!(check_draft(&draft(PromotionKind::Video), UtcMillis(0)).is_ok());
    }

    #[test]
    fn the_text_of_a_live_preview_says_when_in_china() {
        // 2026-11-28 20:00 at +08:00.
        let start = 1_795_867_200_000;
        let plain =
            PromotionDraft { live: live(start, start + 3_600_000), ..draft(PromotionKind::LivePreview) };
        assert_eq!(shown(&plain).text, "新茶开播：11月28日 20:00 开播 一号直播间");
        let own = PromotionDraft { text: "{start} 到 {end}，等你 #茶".into(), ..plain };
        assert_eq!(shown(&own).text, "11月28日 20:00 到 11月28日 21:00，等你 #茶");
    }
}
