//! `Hub.restore`.

use std::path::PathBuf;

use super::Hub;
use crate::auth::{Cipher, KeyRing};
use crate::clock::Clock;
use crate::error::Result;
use crate::store::{RestoreOrder, RestoreReport, Store};

/// What is restored, and where. Start with [`RestoreRequest::new`].
#[derive(Clone, Debug)]
pub struct RestoreRequest {
    /// A file that `backup` made.
    pub from: PathBuf,
    /// Where the database belongs; nobody may have it open.
    pub database: PathBuf,
    /// The keys of the backup.
    pub keys: KeyRing,
    /// Also when there is a database. It is kept under another name.
    pub overwrite: bool,
    /// Also on a network file system.
    pub force_network: bool,
    /// What time it is.
    pub clock: Clock,
}

impl RestoreRequest {
    /// This backup, to a place where there is no database.
    pub fn new(from: impl Into<PathBuf>, database: impl Into<PathBuf>, keys: KeyRing) -> Self {
        Self {
            from: from.into(),
            database: database.into(),
            keys,
            overwrite: false,
            force_network: false,
            clock: Clock::system(),
        }
    }
}

impl Hub {
    /// Puts a backup into the place of the database. The backup is checked in full before anything is
    /// touched; a database that was there is kept under the name that is answered. Whenever the process
    /// dies, the old database or the restored one is in place, whole.
    ///
    /// A restored database is a past. Nothing that waited to be written to a platform is sent by itself: such
    /// changes wait for a person. Shops whose tokens were renewed since end as `REAUTHORIZE`. Rights, and
    /// shops that were removed since, are as they were. What the platforms know comes back with the next
    /// syncs. Ids that were given since are not given again.
    ///
    /// # Errors
    /// `NOT_FOUND` without a backup; `CONFIG_INVALID` for a file that is none or of a newer version, and for
    /// paths that cannot be used; `KEY_WRONG`; `STORAGE` for a damaged backup, a full or failing disk;
    /// `CONFLICT` when there is a database and `overwrite` is not set; `DATABASE_IN_USE` when anybody, this
    /// process too, has it open.
    pub async fn restore(request: RestoreRequest) -> Result<RestoreReport> {
        let cipher = Cipher::new(&request.keys);
        let order = RestoreOrder {
            from: request.from,
            database: request.database,
            overwrite: request.overwrite,
            force_network: request.force_network,
            clock: request.clock,
        };
        let restored = Store::restore(order, move |stored| cipher.verify(stored)).await;
        restored.map_err(|error| error.with_operation("hub.restore"))
    }
}
