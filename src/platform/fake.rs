//! A platform that exists nowhere: the smallest adapter that the core can be tested with.
//!
//! The envelope is `{"ok":bool,"code":"…","message":"…","requestId":"…","wait":seconds,"data":…}`.
//! The "signature" is readable on purpose, so that a test server can see what was signed.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    ApiCall, CallParts, Capability, Credentials, DecodeError, Fault, Platform, Quota, Reading, Repeat,
    SignedRequest, TokenUse, Verdict,
};
use crate::error::{Error, Result};
use crate::model::{AppField, PlatformId, UtcMillis};
use crate::secret::Secret;

/// The fake. Carries the id of 抖店, because ids are a closed list.
#[derive(Debug)]
pub struct Fake;

/// The one that calls are made with.
pub static FAKE: Fake = Fake;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    ok: bool,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    wait: Option<u64>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl Platform for Fake {
    fn id(&self) -> PlatformId {
        PlatformId::Doudian
    }

    fn name(&self) -> &'static str {
        "fake"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[Capability::Raw]
    }

    fn app_fields(&self) -> &'static [AppField] {
        &[]
    }

    fn api_base(&self) -> &'static str {
        "https://api.fake.example"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["api.fake.example"]
    }

    fn quota(&self) -> Quota {
        Quota { app_per_second: 1000, shop_per_second: 1000, in_flight: 4 }
    }

    fn sign(
        &self,
        parts: &CallParts,
        credentials: &Credentials,
        token: Option<&Secret<String>>,
        now: UtcMillis,
    ) -> Result<SignedRequest> {
        if !parts.params.trim_start().starts_with('{') {
            return Err(Error::invalid("params must be the text of a JSON object"));
        }
        let mut url = url::Url::parse(&credentials.api_base)
            .and_then(|base| base.join(&parts.api))
            .map_err(|_| Error::invalid("the endpoint or the method's name is not usable"))?;
        url.query_pairs_mut()
            .append_pair("app_key", &credentials.app_key)
            .append_pair("timestamp", &now.0.to_string())
            .append_pair("sign", &format!("{}.{}", now.0, credentials.app_secret.expose().len()));
        if let Some(token) = token {
            url.query_pairs_mut().append_pair("access_token", token.expose());
        }
        Ok(SignedRequest {
            url: Secret::new(url.into()),
            headers: vec![("content-type", "application/json".to_owned())],
            body: parts.params.clone().into_bytes(),
        })
    }

    fn read(&self, _: &str, body: &[u8]) -> Reading {
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else { return Reading::Foreign };
        if envelope.ok {
            return Reading::Success { request_id: envelope.request_id };
        }
        let code = envelope.code.unwrap_or_default();
        Reading::Fault(Fault {
            verdict: verdict(&code),
            message: envelope.message.unwrap_or_else(|| "the fake says no".to_owned()),
            code,
            request_id: envelope.request_id,
            wait: envelope.wait.map(Duration::from_secs),
        })
    }

    fn raw(&self, api: &str, params: &str) -> Result<ApiCall<Box<RawValue>>> {
        Ok(ApiCall { parts: parts(api, params, Repeat::Never), decode: decode_data })
    }
}

/// The parts of a call of the fake.
pub fn parts(api: &str, params: &str, repeat: Repeat) -> CallParts {
    CallParts { api: api.to_owned(), ..CallParts::new("fake", params, repeat, TokenUse::Shop) }
}

/// Reads `data` as it came.
///
/// # Errors
/// When the envelope has none.
pub fn decode_data(body: &[u8]) -> Result<Box<RawValue>, DecodeError> {
    let envelope: Envelope<'_> =
        serde_json::from_slice(body).map_err(|_| DecodeError::new("$", "an envelope"))?;
    envelope.data.map(RawValue::to_owned).ok_or_else(|| DecodeError::new("data", "a value"))
}

/// The word for a verdict is the code that asks for it; other codes are unknown.
fn verdict(code: &str) -> Verdict {
    match code {
        "token_expired" => Verdict::TokenExpired,
        "reauthorize" => Verdict::Reauthorize,
        "limited" => Verdict::Limited,
        "transient" => Verdict::Transient,
        "rejected" => Verdict::Rejected,
        "invalid" => Verdict::InvalidRequest,
        "config" => Verdict::PlatformConfig,
        "not_found" => Verdict::NotFound,
        "unsupported" => Verdict::Unsupported,
        _ => Verdict::Unknown,
    }
}
