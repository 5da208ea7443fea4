//! `hub.platforms`.

use super::Hub;
use crate::error::Result;
use crate::model::PlatformInfo;
use crate::platform::adapters;

/// The platforms this version speaks.
#[derive(Clone, Debug)]
pub struct Platforms(pub(super) Hub);

impl Platforms {
    /// Every platform with what it offers and what an app on it needs.
    ///
    /// # Errors
    /// `CLOSED` after `close`.
    pub async fn list(&self) -> Result<Vec<PlatformInfo>> {
        self.0.engine()?;
        let info = adapters().map(|adapter| PlatformInfo {
            id: adapter.id(),
            name: adapter.name(),
            capabilities: adapter.capabilities().iter().map(|capability| capability.as_str()).collect(),
            fields: adapter.app_fields().to_vec(),
        });
        Ok(info.collect())
    }
}
