//! The steps from an empty file to today's schema, run by refinery.
//!
//! Numbered, forward only, never edited after they landed: refinery keeps a checksum of each in
//! `refinery_schema_history`, and a file whose history differs from ours is refused.

use refinery::{Migration, Runner};
use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, ErrorKind, Result};

/// Marks the file as ours in SQLite's header, so that other programs' databases are refused.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"dian");

/// Name (`V<number>__<name>`) and text of every step, oldest first.
pub(super) const STEPS: [(&str, &str); 15] = [
    ("V1__initial", include_str!("migrations/0001_initial.sql")),
    ("V2__sends", include_str!("migrations/0002_sends.sql")),
    ("V4__backfill_and_contacts", include_str!("migrations/0004_backfill_and_contacts.sql")),
    ("V5__keys", include_str!("migrations/0005_keys.sql")),
    ("V6__platforms", include_str!("migrations/0006_platforms.sql")),
    ("V7__listings", include_str!("migrations/0007_listings.sql")),
    ("V8__guard", include_str!("migrations/0008_guard.sql")),
    ("V10__jobs", include_str!("migrations/0010_jobs.sql")),
    ("V11__media", include_str!("migrations/0011_media.sql")),
    ("V12__promotions", include_str!("migrations/0012_promotions.sql")),
    ("V13__renewals", include_str!("migrations/0013_renewals.sql")),
    ("V14__late", include_str!("migrations/0014_late.sql")),
    ("V15__backups", include_str!("migrations/0015_backups.sql")),
    ("V16__links", include_str!("migrations/0016_links.sql")),
    ("V17__campaigns", include_str!("migrations/0017_campaigns.sql")),
];

/// The newest version among the steps: numbers may have gaps.
#[cfg(test)]
pub(super) fn newest() -> usize {
    let number =
        |name: &str| name.trim_start_matches('V').split('_').next().and_then(|text| text.parse().ok());
    STEPS.iter().filter_map(|(name, _)| number(name)).max().unwrap_or(0)
}

/// One step that a file has been through.
#[derive(Debug)]
pub(super) struct AppliedStep {
    pub(super) version: i32,
    pub(super) checksum: String,
}

/// The steps this build knows.
#[derive(Clone)]
pub(super) struct Plan(Vec<Migration>);

impl Plan {
    /// The steps that ship with this build.
    pub(super) fn shipped() -> Result<Self> {
        Self::new(&STEPS)
    }

    pub(super) fn new(steps: &[(&str, &str)]) -> Result<Self> {
        let parsed: Result<Vec<_>, _> =
            steps.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
        parsed.map(Self).map_err(|_| Error::internal("a migration's name is not V<number>__<name>"))
    }

    /// The newest schema version this build knows.
    fn latest(&self) -> i32 {
        self.0.iter().map(Migration::version).max().unwrap_or(0)
    }

    /// Whether steps are missing in a file with this history. Fails with `CONFIG_INVALID` when the
    /// file is newer than this build or was made by a different one.
    pub(super) fn is_behind(&self, history: &[AppliedStep]) -> Result<bool> {
        let version = history.iter().map(|step| step.version).max().unwrap_or(0);
        let latest = self.latest();
        if version > latest {
            let message = format!(
                "the database has schema version {version}, this build knows versions up to {latest}; use the \
                 newer build that wrote it, or restore a backup made before the upgrade"
            );
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        }
        let is_known = |step: &AppliedStep| {
            self.0
                .iter()
                .any(|ours| ours.version() == step.version && ours.checksum().to_string() == step.checksum)
        };
        if let Some(step) = history.iter().find(|step| !is_known(step)) {
            let message = format!(
                "schema version {} of the database was made by a different build of this library; use that build",
                step.version
            );
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        }
        Ok(version < latest)
    }

    /// Brings the file to the newest version. All steps and their history land in one transaction,
    /// or none does. The caller holds the file's exclusive lock.
    pub(super) fn run(&self, conn: &mut Connection) -> Result<()> {
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        // Rebuilding a table drops the old one, which would delete the rows that refer to it.
        conn.pragma_update(None, "foreign_keys", false)?;
        conn.set_transaction_behavior(TransactionBehavior::Immediate);
        // Grouped, because refinery otherwise commits a step and its history apart.
        let done = Runner::new(&self.0).set_grouped(true).run(conn);
        conn.set_transaction_behavior(TransactionBehavior::Deferred);
        done.map_err(|error| failed(&error))?;
        conn.pragma_update(None, "foreign_keys", true)?;
        if conn.prepare("PRAGMA foreign_key_check")?.exists([])? {
            return Err(Error::internal("the migrated database has rows that refer to missing rows"));
        }
        Ok(())
    }
}

/// Only before the commit is it known that nothing was done: a commit whose sync failed may be found on the
/// disk by the next who opens the file.
fn failed(error: &refinery::Error) -> Error {
    let cause = std::error::Error::source(error).and_then(|source| source.downcast_ref::<rusqlite::Error>());
    let code = cause.and_then(rusqlite::Error::sqlite_error);
    let (state, number) = match code {
        Some(code) if code.code == rusqlite::ErrorCode::SystemIoFailure => {
            ("is migrated in full or not at all; check the disk", code.extended_code)
        }
        code => ("is unchanged; check free disk space", code.map_or(0, |code| code.extended_code)),
    };
    let message = format!(
        "the database could not be migrated (SQLite {number}) and {state}, then open it again and report this if it \
         goes on"
    );
    Error::new(ErrorKind::Storage, message)
}
