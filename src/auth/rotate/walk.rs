//! The walk through all sealed values.

use super::{Inner, Rotation, RotationProgress};
use crate::auth::place::{place, row_of};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Reseal, SealedColumn, SealedValue};

/// Values that are looked at together.
const LOOK: u32 = 500;
/// Values that are sealed anew in one commit: writers of others wait for no more than these.
const BATCH: usize = 100;
/// Places of values that do not open, as an error names them.
const NAMED: usize = 5;

/// Step 4.
pub(super) struct Walk<'a> {
    pub(super) keys: &'a Inner,
    pub(super) rotation: &'a Rotation,
    pub(super) key_id: &'a str,
    pub(super) resealed: i64,
    pub(super) unreadable: Unreadable,
}

/// Values that no key opens.
#[derive(Default)]
pub(super) struct Unreadable {
    pub(super) count: i64,
    /// Where the first of them are.
    places: Vec<String>,
}

impl Unreadable {
    fn add(&mut self, value: &SealedValue) {
        let (table, column) = value.column.place();
        let place = format!("{table}.{column} of row {}", value.id);
        tracing::warn!(place, "a sealed value opens with no key");
        self.count = self.count.saturating_add(1);
        if self.places.len() < NAMED {
            self.places.push(place);
        }
    }

    pub(super) fn error(&self) -> Error {
        let message = format!(
            "{} sealed values open with no key ({}): everything else is sealed with the new key, and both keys open \
         the database; save or authorise these again or restore a backup, or call rotateKey again with \
         leaveUnreadable, which gives them up",
            self.count,
            self.places.join(", ")
        );
        Error::new(ErrorKind::KeyWrong, message)
    }
}

impl Walk<'_> {
    /// Walks through all sealed values and seals anew what is sealed with another key.
    pub(super) async fn run(&mut self) -> Result<()> {
        self.unreadable = Unreadable::default();
        let mut progress =
            RotationProgress { total: self.keys.store.count_sealed().await?, ..Default::default() };
        for column in SealedColumn::ALL {
            let mut after = Some(0);
            while let Some(from) = after {
                let stretch =
                    self.keys.store.foreign_values(column, from, self.key_id.to_owned(), LOOK).await?;
                for batch in stretch.foreign.chunks(batch()) {
                    self.require_wanted()?;
                    self.reseal(batch).await?;
                }
                after = stretch.next;
                progress.looked = progress.looked.saturating_add(stretch.looked);
                progress.resealed = self.resealed;
                if let Some(on_progress) = &self.rotation.on_progress {
                    on_progress(progress);
                }
            }
        }
        Ok(())
    }

    async fn reseal(&mut self, batch: &[SealedValue]) -> Result<()> {
        let sealing = self.keys.cipher.sealing();
        let mut values = Vec::with_capacity(batch.len());
        for value in batch {
            let row = row_of(&value.home);
            let place = place(value.column, &row, value.generation);
            match self.keys.cipher.open(&place, &value.sealed) {
                Ok(plain) => values.push(Reseal {
                    column: value.column,
                    id: value.id,
                    from: value.sealed.clone(),
                    to: sealing.seal(&place, plain.expose())?,
                }),
                Err(_) => self.unreadable.add(value),
            }
            step();
        }
        self.resealed = self.resealed.saturating_add(self.keys.store.reseal(values).await?);
        step();
        Ok(())
    }

    fn require_wanted(&self) -> Result<()> {
        if !self.rotation.cancel.is_cancelled() {
            return Ok(());
        }
        let message = "the change of the master key was stopped half-way: both keys open the database; call rotateKey \
                       again to go on";
        Err(Error::new(ErrorKind::Cancelled, message))
    }
}

/// Values of one commit; fewer when a test asks for that.
fn batch() -> usize {
    #[cfg(any(test, feature = "test-util"))]
    if let Some(batch) = std::env::var("DIANQIAO_ROTATE_BATCH").ok().and_then(|text| text.parse().ok()) {
        return batch;
    }
    BATCH
}

/// Ends the process here when a test asked for that, as a power cut would: after so many steps.
#[cfg(any(test, feature = "test-util"))]
pub(super) fn step() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static STEPS: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("DIANQIAO_ROTATE_STEPS") else { return };
    let steps = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
    if wanted.parse() == Ok(steps) {
        std::process::abort();
    }
}

#[cfg(not(any(test, feature = "test-util")))]
pub(super) const fn step() {}
