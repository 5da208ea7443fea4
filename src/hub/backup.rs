//! `hub.backup`.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::Hub;
use super::guard::Action;
use crate::error::Result;
use crate::model::Right;
use crate::store::BackupReport;

/// Where a backup goes.
#[derive(Clone, Debug)]
pub struct BackupRequest {
    /// A file that does not exist, in a folder that does.
    pub file: PathBuf,
    /// Also on a network file system.
    pub force_network: bool,
    /// Stops it; no file is left.
    pub cancel: CancellationToken,
}

impl BackupRequest {
    /// A backup to this file.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), force_network: false, cancel: CancellationToken::new() }
    }
}

impl Hub {
    /// Writes a checked copy of the database while everybody works on. Secrets in it are sealed as in the
    /// database, so it is worthless without the key. Readable by its owner only.
    ///
    /// # Errors
    /// `CONFLICT` when there is such a file or another backup is being made; `CONFIG_INVALID` for a path
    /// that cannot be used; `STORAGE`; `CANCELLED`; `FORBIDDEN` without the right `maintenance`.
    pub async fn backup(&self, request: BackupRequest) -> Result<BackupReport> {
        let engine = self.engine()?;
        let name = request.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let action = Action::new("hub.backup", Right::Maintenance).about(name);
        // A caller who goes away stops the copying too.
        let cancel = request.cancel.child_token();
        let _stopped = cancel.clone().drop_guard();
        self.act(action, || engine.store.backup(request.file, request.force_network, cancel)).await
    }
}
