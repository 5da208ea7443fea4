//! `hub.notices`.

use super::Hub;
use super::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::model::PlatformId;
use crate::pipeline::AppContext;
use crate::platform::{Heard, Platform, Pushed, adapter};

/// The largest body that is looked at. Real ones have a few hundred bytes.
const MOST_BYTES: usize = 1 << 20;

/// What platforms push to the OA.
#[derive(Clone, Debug)]
pub struct Notices(pub(super) Hub);

/// A push as it came to the OA's route.
#[derive(Clone, Debug)]
pub struct NoticeRequest {
    /// From which platform: each has a route of its own.
    pub platform: PlatformId,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, byte for byte, before any parser saw it.
    pub body: Vec<u8>,
}

/// What the OA answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeReply {
    /// The HTTP status: 200, or 401 for a push that is not genuine.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

impl Notices {
    /// Takes a push: checks that it is from the platform, acts on it, and says what to answer. It is only a hint; what
    /// it tells of is asked for at the platform. One that comes twice does no harm, and one that never comes is made up
    /// for by looking.
    ///
    /// # Errors
    /// `UNSUPPORTED` where the platform pushes nothing that is understood here; `INVALID_REQUEST` for a body over
    /// 1 MiB.
    pub async fn receive(&self, request: NoticeRequest) -> Result<NoticeReply> {
        let received = receive(self.0.engine()?, &request).await;
        received.map_err(|error| error.with_operation("notices.receive").with_platform(request.platform))
    }
}

async fn receive(engine: &Engine, request: &NoticeRequest) -> Result<NoticeReply> {
    if request.body.len() > MOST_BYTES {
        return Err(Error::invalid("a notice has at most 1 MiB"));
    }
    let platform = adapter(request.platform);
    let pushed = Pushed { headers: &request.headers, body: &request.body };
    let Some(app) = app_of(engine, platform, &pushed).await? else { return Ok(stranger()) };
    let heard = match platform.hear(&app.credentials, &pushed) {
        Ok(heard) => heard,
        Err(error) if error.kind() == ErrorKind::Forbidden => return Ok(stranger()),
        Err(error) => return Err(error),
    };
    match heard {
        Heard::Reply(body) => return Ok(NoticeReply { status: 200, body }),
        Heard::Posted { platform_post_id, share_id } => {
            engine.publisher.heard_of_post(share_id, platform_post_id).await?;
        }
        Heard::Other => {}
    }
    Ok(NoticeReply { status: 200, body: "{}".to_owned() })
}

/// The app that a push is for, by the key that it names.
async fn app_of(
    engine: &Engine,
    platform: &'static dyn Platform,
    pushed: &Pushed<'_>,
) -> Result<Option<std::sync::Arc<AppContext>>> {
    let Some(key) = platform.notice_app(pushed)? else { return Ok(None) };
    let apps = engine.store.list_apps().await?;
    let known =
        apps.into_iter().find(|app| app.platform == platform.id() && app.app_key == key && app.enabled);
    match known {
        Some(app) => engine.contexts.app(app.id).await.map(Some),
        None => Ok(None),
    }
}

/// Whoever it is learns nothing.
fn stranger() -> NoticeReply {
    NoticeReply { status: 401, body: "{}".to_owned() }
}
