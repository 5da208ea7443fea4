//! 抖店.
use serde_json::value::RawValue;

use super::{ApiCall, CallParts, Capability, Credentials, Platform, Quota, Reading, SignedRequest};
use crate::error::{Error, Result};
use crate::model::{AppField, PlatformId, UtcMillis};
use crate::secret::Secret;

/// The adapter of 抖店.
#[derive(Debug)]
pub struct Doudian;

impl Platform for Doudian {
    fn id(&self) -> PlatformId {
        PlatformId::Doudian
    }
    fn name(&self) -> &'static str {
        "抖店"
    }
    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }
    fn app_fields(&self) -> &'static [AppField] {
        &[]
    }
    fn api_base(&self) -> &'static str {
        "https://openapi-fxg.jinritemai.com"
    }
    fn hosts(&self) -> &'static [&'static str] {
        &["openapi-fxg.jinritemai.com"]
    }
    fn quota(&self) -> Quota {
        Quota { app_per_second: 5, shop_per_second: 5, in_flight: 4 }
    }
    fn sign(
        &self,
        _: &CallParts,
        _: &Credentials,
        _: Option<&Secret<String>>,
        _: UtcMillis,
    ) -> Result<SignedRequest> {
        Err(Error::internal("not built yet"))
    }
    fn read(&self, _: &[u8]) -> Reading {
        Reading::Foreign
    }
    fn raw(&self, _: &str, _: &str) -> Result<ApiCall<Box<RawValue>>> {
        Err(Error::internal("not built yet"))
    }
}
