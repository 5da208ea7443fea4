//! The backups that a schedule makes: a directory with the newest few.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};
use crate::model::UtcMillis;
use crate::store::Store;

/// In the name of what a process that died left. The schedule makes one backup at a time.
const PARTIAL: &str = ".db.partial-";
/// Digits and signs of the time in a name.
const STAMP: &str = "00000000T000000Z";

/// Where backups go, and how many stay. Without a directory there are none.
#[derive(Clone, Debug)]
pub(super) struct KeptBackups {
    place: Option<Arc<Place>>,
}

#[derive(Debug)]
struct Place {
    dir: PathBuf,
    /// What the names begin with: the database's own.
    stem: String,
    keep: usize,
}

impl KeptBackups {
    /// # Errors
    /// `CONFIG_INVALID` when the directory is none, or none would be kept.
    pub(super) fn new(database: &Path, wanted: Option<(PathBuf, u32)>) -> Result<Self> {
        let Some((dir, keep)) = wanted else { return Ok(Self { place: None }) };
        let Some(dir) = std::fs::canonicalize(&dir).ok().filter(|real| real.is_dir()) else {
            let message = format!("backups.dir is {}, which is no directory: make it first", dir.display());
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        };
        if keep == 0 {
            return Err(Error::new(ErrorKind::ConfigInvalid, "backups.keep must be 1 or more"));
        }
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        let stem = database.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { place: Some(Arc::new(Place { dir, stem, keep })) })
    }

    /// # Errors
    /// `CONFIG_INVALID` when there is no directory.
    pub(super) fn require(&self) -> Result<()> {
        self.place().map(drop)
    }

    fn place(&self) -> Result<&Arc<Place>> {
        self.place.as_ref().ok_or_else(|| {
            let message = "there is no directory for backups: name one in `backups` of Hub.open";
            Error::new(ErrorKind::ConfigInvalid, message)
        })
    }

    /// Makes a backup, and removes those that are too many then. What it says is for people.
    ///
    /// # Errors
    /// As `Store::backup`; nothing is removed then.
    pub(super) async fn make(&self, store: &Store, cancel: CancellationToken) -> Result<String> {
        let place = Arc::clone(self.place()?);
        let name = place.name(store.now());
        // The directory was named by whoever opened the hub, who may have meant a share.
        let report = store.backup(place.dir.join(&name), true, cancel).await?;
        let swept = tokio::task::spawn_blocking(move || place.sweep()).await;
        let removed = match swept.unwrap_or_else(|panicked| Err(panicked.into())) {
            Ok(removed) => format!("{removed} older removed"),
            Err(error) => format!("older ones could not be removed: {error}"),
        };
        Ok(format!("{name}, {} bytes, {removed}", report.bytes))
    }
}

impl Place {
    fn name(&self, at: UtcMillis) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        format!("{}-{}.db", self.stem, at.strftime("%Y%m%dT%H%M%SZ"))
    }

    /// Removes all but the newest backups of this database, and what a process that died left half made.
    fn sweep(&self) -> std::io::Result<usize> {
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let Ok(name) = entry?.file_name().into_string() else { continue };
            if self.is_ours(&name) {
                kept.push(name);
            } else if name.strip_prefix('.').is_some_and(|name| self.is_partial(name)) {
                std::fs::remove_file(self.dir.join(&name))?;
            }
        }
        kept.sort_unstable();
        let old = kept.len().saturating_sub(self.keep);
        for name in kept.iter().take(old) {
            std::fs::remove_file(self.dir.join(name))?;
        }
        Ok(old)
    }

    /// Whether we gave this name: nothing else in the directory is touched.
    fn is_ours(&self, name: &str) -> bool {
        let stamp = name.strip_prefix(&self.stem).and_then(|rest| rest.strip_prefix('-'));
        stamp.and_then(|rest| rest.strip_suffix(".db")).is_some_and(is_stamp)
    }

    fn is_partial(&self, name: &str) -> bool {
        name.split_once(PARTIAL).is_some_and(|(name, _)| self.is_ours(&format!("{name}.db")))
    }
}

fn is_stamp(text: &str) -> bool {
    text.len() == STAMP.len()
        && text.bytes().zip(STAMP.bytes()).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            sign => found == sign,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_and_what_is_not_ours_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = Some((folder.path().to_path_buf(), 2));
        let kept = KeptBackups::new(Path::new("/srv/oa.shop.db"), wanted).unwrap();
        let place = kept.place().unwrap();
        assert_eq!(place.name(UtcMillis(1_795_745_445_678)), "oa.shop-20261127T021045Z.db");
        let foreign = [
            "oa.shop.db",
            "oa.shop-20261127.db",
            "oa.shop-20261127T021045Z.db.gz",
            "oa.shop-x0261127T021045Z.db",
            "oa-20261127T021045Z.db",
            ".oa-20261127T021045Z.db.partial-1",
        ];
        let ours = ["20261124T192000Z", "20261125T192000Z", "20261126T192000Z", "20251231T192000Z"];
        let ours = ours.map(|stamp| format!("oa.shop-{stamp}.db"));
        let partial = ".oa.shop-20261126T192000Z.db.partial-77-1";
        for name in foreign.into_iter().chain(ours.iter().map(String::as_str)).chain([partial]) {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(place.sweep().unwrap(), 2);
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let mut wanted: Vec<_> = foreign.map(str::to_owned).into();
        wanted.extend([ours[1].clone(), ours[2].clone()]);
        left.sort();
        wanted.sort();
        assert_eq!(left, wanted);
    }

    #[test]
    fn a_directory_that_is_not_there_is_refused_and_none_at_all_when_one_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let database = Path::new("/srv/oa.db");
        for wanted in [(folder.path().join("none"), 7), (folder.path().to_path_buf(), 0)] {
            let error = KeptBackups::new(database, Some(wanted)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        }
        let error = KeptBackups::new(database, None).unwrap().require().unwrap_err();
        assert!(error.message().contains("`backups`"), "{error}");
    }
}
