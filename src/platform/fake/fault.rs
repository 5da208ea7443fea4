//! What an answer means. The word for a verdict is the code that asks for it; other codes are unknown.

use std::time::Duration;

use super::wire::Envelope;
use crate::platform::said::{Row, fault, row};
use crate::platform::{Fault, Reading, Verdict};

pub(super) const ROWS: &[Row<&'static str>] = &[
    row("token_expired", Verdict::TokenExpired, ""),
    row("reauthorize", Verdict::Reauthorize, ""),
    row("limited", Verdict::Limited, ""),
    row("transient", Verdict::Transient, ""),
    row("rejected", Verdict::Rejected, ""),
    row("invalid", Verdict::InvalidRequest, ""),
    row("config", Verdict::PlatformConfig, ""),
    row("not_found", Verdict::NotFound, ""),
    row("unsupported", Verdict::Unsupported, ""),
];

/// Says what a body is.
pub(super) fn read(body: &[u8]) -> Reading {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else { return Reading::Foreign };
    if envelope.ok {
        return Reading::Success { request_id: envelope.request_id };
    }
    let code = envelope.code.unwrap_or_default();
    let found = ROWS.iter().find(|row| row.key == code);
    Reading::Fault(Fault {
        request_id: envelope.request_id,
        wait: envelope.wait.map(Duration::from_secs),
        ..fault(found, code, envelope.message.as_deref())
    })
}
