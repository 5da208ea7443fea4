//! `hub.media`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::refuse;
use super::fields::{Fields, id_argument};
use super::page::{converted, request, safe};
use super::runtime::promise;
use crate::error::{Error, Result};
use crate::{hub, model};

/// A Buffer is copied on Node's thread: a larger one would be felt. Files go by path.
const BYTES_CAP: usize = 32 << 20;

const ADD: [&str; 5] = ["path", "bytes", "url", "fileName", "kind"];
const PLACE: [&str; 3] = ["id", "platform", "slot"];

/// Images and videos.
#[napi]
pub struct Media(pub(super) hub::MediaLibrary);

#[napi]
impl Media {
    /// Takes in a JPEG, PNG or WebP image or an MP4, MOV or WebM video, told by its content: from a file below
    /// `mediaDirs`, from a Buffer, or from a public https address. The same content has the same id.
    #[napi(ts_args_type = "media: NewMedia", ts_return_type = "Promise<MediaFile>")]
    pub fn add<'env>(&self, env: &'env Env, media: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "media.add", || {
            let mut fields = Fields::read_capped(env, media, &ADD, BYTES_CAP)?;
            let request = hub::AddMedia {
                source: source(&mut fields)?,
                file_name: fields.text("fileName")?,
                kind: fields.word("kind")?,
            };
            Ok(async move { MediaFile::try_from(group.add(request).await?) })
        })
    }

    /// Lists media files, newest first.
    #[napi(ts_args_type = "filter?: MediaFilter", ts_return_type = "Promise<MediaPage>")]
    pub fn list<'env>(&self, env: &'env Env, filter: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "media.list", || {
            let mut fields = Fields::read_optional(env, filter, &["kind", "limit", "cursor"])?;
            let filter = model::MediaFilter { kind: fields.word("kind")?, page: request(&mut fields)? };
            Ok(async move { MediaPage::try_from(group.list(filter).await?) })
        })
    }

    /// Gives one media file. Fails with NOT_FOUND.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<MediaFile>")]
    pub fn get<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "media.get", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { MediaFile::try_from(group.get(id).await?) })
        })
    }

    /// Holds a file against what a platform takes in a slot; `problems` is empty when it can be used. Fails with
    /// UNSUPPORTED where no limits of the slot are known.
    #[napi(ts_args_type = "place: MediaPlace", ts_return_type = "Promise<MediaCheck>")]
    pub fn check<'env>(&self, env: &'env Env, place: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "media.check", || {
            let (id, platform, slot) = read_place(env, place)?;
            Ok(async move { Ok(MediaCheck::from(group.check(id, platform, slot).await?)) })
        })
    }

    /// Makes an image that fits, as a media file of its own without data of its camera; one that fits is answered
    /// itself. Fails with INVALID_REQUEST when it cannot be made to fit.
    #[napi(ts_args_type = "place: MediaPlace", ts_return_type = "Promise<MediaFile>")]
    pub fn fit<'env>(&self, env: &'env Env, place: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "media.fit", || {
            let (id, platform, slot) = read_place(env, place)?;
            Ok(async move { MediaFile::try_from(group.fit(id, platform, slot).await?) })
        })
    }

    /// Removes a media file and its content. Fails with CONFLICT while something needs it.
    #[napi(ts_args_type = "id: string", ts_return_type = "Promise<void>")]
    pub fn remove<'env>(&self, env: &'env Env, id: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "media.remove", || {
            let id = id_argument(env, "id", &id)?;
            Ok(async move { group.remove(id).await })
        })
    }
}

fn source(fields: &mut Fields<'_>) -> Result<hub::MediaSource> {
    use hub::MediaSource;
    let (path, bytes, url) = (fields.text("path")?, fields.bytes("bytes")?, fields.text("url")?);
    match (path, bytes, url) {
        (Some(path), None, None) => Ok(MediaSource::Path(path.into())),
        (None, Some(mut bytes), None) => Ok(MediaSource::Bytes(std::mem::take(&mut *bytes))),
        (None, None, Some(url)) => Ok(MediaSource::Url(url)),
        _ => Err(refuse("", "needs exactly one of `path`, `bytes` and `url`")),
    }
}

fn read_place(
    env: &Env,
    place: Unknown<'_>,
) -> Result<(model::MediaId, model::PlatformId, model::MediaSlot)> {
    let mut fields = Fields::read(env, place, &PLACE)?;
    Ok((fields.required_id("id")?, fields.required_word("platform")?, fields.required_word("slot")?))
}

/// An image or a video. What cannot be read from the file is absent.
#[napi(object, object_from_js = false)]
pub struct MediaFile {
    /// Its id; the same content has the same.
    pub id: String,
    /// What it is.
    #[napi(ts_type = "MediaKind")]
    pub kind: String,
    /// Its media type, such as `image/jpeg`, by its content.
    pub content_type: String,
    /// Its size.
    pub bytes: i64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// Width in pixels as it is shown.
    pub width: Option<u32>,
    /// Height in pixels as it is shown.
    pub height: Option<u32>,
    /// How long a video is.
    pub duration_ms: Option<i64>,
    /// How a video is coded: `h264`, `h265`, `av1`, `vp8`, `vp9` or the file's own word.
    pub codec: Option<String>,
    /// Whether an image carries data of its camera, such as a place. `fit` leaves it out.
    pub has_metadata: bool,
    /// The name it was first added under.
    pub file_name: Option<String>,
    /// The media file that it was made from to fit.
    pub made_from: Option<String>,
    /// Who added it.
    pub actor: String,
    /// When it was added.
    pub created_at: String,
}

/// Media files, and where the next page starts; `nextCursor` is absent at the end.
#[napi(object, object_from_js = false)]
pub struct MediaPage {
    /// The media files.
    pub items: Vec<MediaFile>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// What a file was held against, and what is wrong with it.
#[napi(object, object_from_js = false)]
pub struct MediaCheck {
    /// The file.
    pub media_id: String,
    /// The platform.
    #[napi(ts_type = "PlatformId")]
    pub platform: String,
    /// The slot.
    #[napi(ts_type = "MediaSlot")]
    pub slot: String,
    /// The rules that it breaks; empty when it can be used.
    pub problems: Vec<MediaProblem>,
}

/// A rule that a file breaks.
#[napi(object, object_from_js = false)]
pub struct MediaProblem {
    /// Which one.
    #[napi(ts_type = "MediaRule")]
    pub rule: String,
    /// What is wrong, with the numbers.
    pub message: String,
    /// What to do.
    pub fix: String,
    /// Whether `fit` does it.
    pub can_fit: bool,
}

impl TryFrom<model::Media> for MediaFile {
    type Error = Error;

    fn try_from(media: model::Media) -> Result<Self> {
        let number = |number: u64| safe(i64::try_from(number).unwrap_or(i64::MAX));
        let facts = media.facts;
        Ok(Self {
            id: media.id.to_string(),
            kind: facts.kind.to_string(),
            content_type: facts.content_type,
            bytes: number(facts.bytes)?,
            sha256: media.sha256,
            width: facts.width,
            height: facts.height,
            duration_ms: facts.duration_ms.map(number).transpose()?,
            codec: facts.codec,
            has_metadata: facts.has_metadata,
            file_name: media.file_name,
            made_from: media.made_from.map(|id| id.to_string()),
            actor: media.actor,
            created_at: media.created_at.to_string(),
        })
    }
}

impl TryFrom<model::Page<model::Media>> for MediaPage {
    type Error = Error;

    fn try_from(page: model::Page<model::Media>) -> Result<Self> {
        let (items, next_cursor) = converted(page)?;
        Ok(Self { items, next_cursor })
    }
}

impl From<model::MediaCheck> for MediaCheck {
    fn from(check: model::MediaCheck) -> Self {
        let problem = |problem: model::MediaProblem| MediaProblem {
            rule: problem.rule.to_string(),
            message: problem.message,
            fix: problem.fix,
            can_fit: problem.can_fit,
        };
        Self {
            media_id: check.media_id.to_string(),
            platform: check.platform.to_string(),
            slot: check.slot.to_string(),
            problems: check.problems.into_iter().map(problem).collect(),
        }
    }
}
