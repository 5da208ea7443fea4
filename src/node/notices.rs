//! `hub.notices`.

use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::checked::Tree;
use super::fields::{Fields, expected, required};
use super::runtime::promise;
use crate::error::Result;
use crate::hub;

/// Headers that a push may have.
const MOST_HEADERS: usize = 200;

/// What platforms push to the OA.
#[napi]
pub struct Notices(pub(super) hub::Notices);

#[napi]
impl Notices {
    /// Takes a push of a platform, as it came to a route with a raw body (`express.raw({ type: '*\/*' })`): checks that
    /// it is genuine, acts on it, and says what to answer. It is only a hint; what it tells of is asked for at the
    /// platform. Fails with UNSUPPORTED where the platform pushes nothing that is understood here.
    #[napi(ts_args_type = "options: NoticePush", ts_return_type = "Promise<NoticeReply>")]
    pub fn receive<'env>(&self, env: &'env Env, options: Unknown<'_>) -> napi::Result<Object<'env>> {
        let group = self.0.clone();
        promise(env, "notices.receive", || {
            let mut fields = Fields::read_capped(env, options, &["platform", "headers", "body"], PUSH_CAP)?;
            let body = fields.bytes("body")?;
            let request = hub::NoticeRequest {
                platform: fields.required_word("platform")?,
                headers: headers(&mut fields)?,
                body: required("body", "a Buffer: the body as it came", body)?.to_vec(),
            };
            Ok(async move {
                let reply = group.receive(request).await?;
                Ok(NoticeReply { status: reply.status, body: reply.body })
            })
        })
    }
}

/// The body and its headers.
const PUSH_CAP: usize = 2 << 20;

/// `req.headers`: texts, or lists of them where a header came twice.
fn headers(fields: &mut Fields<'_>) -> Result<Vec<(String, String)>> {
    let map = match fields.take("headers") {
        Tree::Map(map) if map.len() <= MOST_HEADERS => map,
        other => return Err(expected("headers", "an object, such as req.headers", &other)),
    };
    let texts = map.into_iter().filter_map(|(name, value)| match value {
        Tree::Text(mut text) => Some((name, std::mem::take(&mut *text))),
        _ => None,
    });
    Ok(texts.collect())
}

/// What to answer.
#[napi(object, object_from_js = false)]
pub struct NoticeReply {
    /// The HTTP status: 200, or 401 for a push that is not genuine.
    pub status: u16,
    /// The body: JSON text.
    pub body: String,
}
