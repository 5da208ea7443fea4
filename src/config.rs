//! Stand-in for the real module; replaced at merge.
#![expect(missing_docs, reason = "stand-in")]

use std::path::PathBuf;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

pub struct MasterKey(#[expect(dead_code, reason = "stand-in")] [u8; 32]);

impl MasterKey {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let key = <[u8; 32]>::try_from(bytes).ok().filter(|key| key.iter().any(|b| *b != 0));
        key.map(Self).ok_or_else(|| {
            Error::new(
                ErrorKind::ConfigInvalid,
                "a master key is 32 random bytes; make one with Hub.generateKey()",
            )
        })
    }
}

pub struct KeyRing(Vec<MasterKey>);

impl KeyRing {
    pub fn new(writer: MasterKey) -> Self {
        Self(vec![writer])
    }

    #[must_use]
    pub fn with_reader(mut self, reader: MasterKey) -> Self {
        self.0.push(reader);
        self
    }
}

pub struct HubConfig;

impl HubConfig {
    pub fn new(path: impl Into<PathBuf>, keys: KeyRing) -> Self {
        let _ = (path.into(), keys);
        Self
    }

    #[must_use]
    pub fn allow_host(self, host: impl Into<String>) -> Self {
        let _ = host.into();
        self
    }

    #[must_use]
    pub fn force_network(self, force: bool) -> Self {
        let _ = force;
        self
    }

    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        let _ = clock;
        self
    }
}
