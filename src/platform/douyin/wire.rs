//! Answers in the platform's own words (1.3, 1.5 to 1.9).

use crate::model::UtcMillis;
use crate::platform::lenient::{Field, Members, text, wire};

wire! {
    /// Tokens (1.3).
    Token { access_token, expires_in, refresh_token, refresh_expires_in, open_id, scope }
}

wire! {
    /// The person behind an account (1.3).
    User { open_id, nickname, e_account_role }
}

wire! {
    /// What was uploaded (1.6).
    Media { video_id, image_id }
}

wire! {
    /// One post of a list (1.7).
    Item {
        item_id, video_id, title, create_time, is_top, media_type, share_url, video_status, statistics,
    }
}

wire! {
    /// What it did so far (1.7).
    Statistics { digg_count, comment_count, share_count, forward_count, download_count, play_count }
}

wire! {
    /// One day of a post: one of the four beside the date (1.8).
    Day { date, play, like, comment, share }
}

wire! {
    /// What signs share links (1.9).
    Ticket { ticket, expires_in }
}

/// An answer in one of the three envelopes (1.5).
pub(super) struct Envelope<'a> {
    top: Members<'a>,
    data: Option<Members<'a>>,
    extra: Option<Members<'a>>,
}

impl<'a> Envelope<'a> {
    /// `None` when the body is none of the three: nowhere is a code, nor the word that stands for one.
    pub(super) fn of(body: &'a [u8]) -> Option<Self> {
        let top = Members::of_body(body)?;
        let inside = |name| top.get(name).and_then(Members::of);
        let (data, extra) = (inside("data"), inside("extra"));
        let envelope = Self { top, data, extra };
        let has_word = envelope.data.is_some() && envelope.word().is_some();
        (has_word || envelope.codes().next().is_some()).then_some(envelope)
    }

    /// The word of the oldest envelope.
    fn word(&self) -> Option<String> {
        self.top.scalar("message").filter(|word| matches!(word.as_str(), "success" | "error"))
    }

    /// Every code that is there, the outer ones first.
    fn codes(&self) -> impl Iterator<Item = String> {
        let of = |level: Option<&Members<'a>>, name: &str| level.and_then(|level| level.scalar(name));
        let (data, extra) = (self.data.as_ref(), self.extra.as_ref());
        [
            of(Some(&self.top), "err_no"),
            of(data, "error_code"),
            of(extra, "error_code"),
            of(extra, "sub_error_code"),
            of(Some(&self.top), "error_code"),
        ]
        .into_iter()
        .flatten()
        .filter(|code| !code.is_empty())
    }

    /// The first code that is not zero, and the finer one beside it; nothing for a success.
    pub(super) fn failure(&self) -> Option<(String, Option<String>)> {
        let Some(code) = self.codes().find(|code| code != "0") else {
            let says_error = self.word().as_deref() == Some("error");
            return says_error.then(|| ("error".to_owned(), None));
        };
        let sub = self.extra.as_ref().and_then(|extra| extra.scalar("sub_error_code"));
        let sub = sub.filter(|sub| !matches!(sub.as_str(), "" | "0") && *sub != code);
        Some((code, sub))
    }

    /// What the platform says, the finer words first.
    pub(super) fn message(&self) -> Option<String> {
        let of = |level: Option<&Members<'a>>, name: &str| {
            level.and_then(|level| level.scalar(name)).filter(|said| !said.trim().is_empty())
        };
        of(self.extra.as_ref(), "sub_description")
            .or_else(|| of(Some(&self.top), "err_msg"))
            .or_else(|| of(self.data.as_ref(), "description"))
            .or_else(|| of(self.extra.as_ref(), "description"))
            .or_else(|| of(Some(&self.top), "description"))
    }

    /// The platform's id of the request. It is spelled in two ways, also inside one envelope.
    pub(super) fn request_id(&self) -> Option<String> {
        let levels = [self.extra.as_ref(), self.data.as_ref(), Some(&self.top)];
        levels
            .into_iter()
            .flatten()
            .find_map(|level| level.scalar("logid").or_else(|| level.scalar("log_id")))
    }

    /// When it was answered.
    pub(super) fn now(&self) -> Option<UtcMillis> {
        let token = text(self.extra.as_ref()?.get("now")?).ok()?;
        Field::new("now", &token).millis().ok().flatten()
    }
}

/// The bytes of `data`, where every envelope has what was asked for.
pub(super) fn data(body: &[u8]) -> Option<&[u8]> {
    Members::of_body(body)?.get("data")
}
