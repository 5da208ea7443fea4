//! `hub.rotateKey`.

use std::fmt;

use tokio_util::sync::CancellationToken;

use super::Hub;
use super::guard::Action;
use crate::auth::{MasterKey, ROTATION_PATIENCE, Rotation, RotationProgressFn, RotationReport};
use crate::error::Result;
use crate::model::Right;

/// Which master key takes the place of the ones before.
#[derive(Clone)]
pub struct RotateKeyRequest {
    /// The new key. Keep it where the old one is kept before you call.
    pub new_key: MasterKey,
    /// Finish although some values open with no key. They are left as they are, and lost, as they were before.
    pub leave_unreadable: bool,
    /// Stops it between two batches; what was done stays.
    pub cancel: CancellationToken,
    /// Told how far it is.
    pub on_progress: Option<RotationProgressFn>,
}

impl RotateKeyRequest {
    /// A change to this key.
    pub fn new(new_key: MasterKey) -> Self {
        Self { new_key, leave_unreadable: false, cancel: CancellationToken::new(), on_progress: None }
    }
}

impl fmt::Debug for RotateKeyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotateKeyRequest").field("new_key", &self.new_key).finish_non_exhaustive()
    }
}

impl Hub {
    /// Seals everything with a new master key while everybody works on; then the new key alone opens the
    /// database. Until it has ended, also after a crash, the database needs both: the new key to write, the
    /// old one to read. Calling it again goes on where it stopped. Backups made before need the old key.
    ///
    /// # Errors
    /// `CONFLICT` when another process could not open what is sealed with the new key, or still writes with
    /// an old one, or when the key was superseded before; `KEY_WRONG` when values open with no key;
    /// `CANCELLED`; `STORAGE`; `FORBIDDEN` without the right `maintenance`.
    pub async fn rotate_key(&self, request: RotateKeyRequest) -> Result<RotationReport> {
        let engine = self.engine()?;
        let action = Action::new("hub.rotateKey", Right::Maintenance).about(request.new_key.id());
        let rotation = Rotation {
            key: request.new_key,
            leave_unreadable: request.leave_unreadable,
            patience: ROTATION_PATIENCE,
            cancel: request.cancel,
            on_progress: request.on_progress,
        };
        self.act(action, || engine.keys.rotate(&rotation)).await
    }
}
