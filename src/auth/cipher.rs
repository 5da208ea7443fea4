//! Seals secrets for the database: AES-256-GCM, a fresh nonce from the OS for every write, and
//! associated data that binds a sealed value to its table, column, row and generation.

use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::key::{KEY_ID_BYTES, KeyRing, MasterKey};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::store::KeyCheck;

/// Format of a sealed value: version, key id, nonce, ciphertext with tag.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;
const KEY_CHECK_TEXT: &[u8] = b"dianqiao key check";

/// Where a sealed value lives. Opening it anywhere else fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealPlace<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    pub(crate) row: &'a str,
    pub(crate) generation: i64,
}

struct Entry {
    id: [u8; KEY_ID_BYTES],
    gcm: Aes256Gcm,
}

impl Entry {
    fn new(key: &MasterKey) -> Self {
        Self { id: key.id_bytes(), gcm: Aes256Gcm::new(key.bytes().into()) }
    }

    fn name(&self) -> String {
        hex::encode(self.id)
    }
}

/// The key ring as it is between two changes: the first entry writes.
struct Ring {
    entries: Vec<Arc<Entry>>,
    /// Who seals with this ring and has not handed everything to the database.
    sealing: TaskTracker,
}

impl Ring {
    fn new(entries: Vec<Arc<Entry>>) -> Arc<Self> {
        Arc::new(Self { entries, sealing: TaskTracker::new() })
    }

    fn writer(&self) -> Result<&Entry> {
        self.entries.first().map(Arc::as_ref).ok_or_else(|| Error::internal("a key ring always has a writer"))
    }

    fn find(&self, key_id: &str) -> Option<&Arc<Entry>> {
        self.entries.iter().find(|entry| entry.name() == key_id)
    }
}

/// The key ring at work, which may change. Cheap to clone; clones share the ring.
#[derive(Clone)]
pub(crate) struct Cipher(Arc<RwLock<Arc<Ring>>>);

/// The right to seal. Kept until the store has what was sealed: a key's place is taken by another only once
/// nothing sealed with it is on its way to the file.
pub(crate) struct Sealing {
    ring: Arc<Ring>,
    _on_its_way: TaskTrackerToken,
}

impl Sealing {
    /// Seals a value for its place.
    pub(crate) fn seal(&self, place: &SealPlace<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        seal_with(self.ring.writer()?, place, plain)
    }

    /// Seals a text for its place.
    pub(crate) fn seal_text(&self, place: &SealPlace<'_>, plain: &Secret<String>) -> Result<Vec<u8>> {
        self.seal(place, plain.expose().as_bytes())
    }
}

impl Cipher {
    pub(crate) fn new(ring: &KeyRing) -> Self {
        let keys = std::iter::once(&ring.writer).chain(&ring.readers);
        Self(Arc::new(RwLock::new(Ring::new(keys.map(|key| Arc::new(Entry::new(key))).collect()))))
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins to seal.
    pub(crate) fn sealing(&self) -> Sealing {
        // Under the lock: a change of the ring waits for all that were given out before it.
        let ring = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Sealing { _on_its_way: ring.sealing.token(), ring: Arc::clone(&ring) }
    }

    /// The id of the key that writes, and those of all keys.
    pub(crate) fn key_ids(&self) -> (String, Vec<String>) {
        let all: Vec<_> = self.ring().entries.iter().map(|entry| entry.name()).collect();
        (all.first().cloned().unwrap_or_default(), all)
    }

    /// Takes a key in that opens; false when it is in the ring already.
    pub(super) fn take_in(&self, key: &MasterKey) -> bool {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if ring.find(&key.id()).is_some() {
            return false;
        }
        let entries = ring.entries.iter().cloned().chain([Arc::new(Entry::new(key))]).collect();
        // The same seals go on: their writer stays.
        *ring = Arc::new(Ring { entries, sealing: ring.sealing.clone() });
        true
    }

    /// Lets a key go that does not write.
    pub(super) fn let_go(&self, key_id: &str) {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (first, rest) = ring.entries.split_at(1.min(ring.entries.len()));
        let kept = rest.iter().filter(|entry| entry.name() != key_id);
        let entries = first.iter().chain(kept).cloned().collect();
        *ring = Arc::new(Ring { entries, sealing: ring.sealing.clone() });
    }

    /// From now on this key of the ring writes. Answers those who still seal with the one before; `None` when
    /// it is not in the ring.
    pub(super) fn write_with(&self, key_id: &str) -> Option<TaskTracker> {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let writer = Arc::clone(ring.find(key_id)?);
        let others = ring.entries.iter().filter(|entry| entry.id != writer.id).cloned();
        let next = Ring::new(std::iter::once(Arc::clone(&writer)).chain(others).collect());
        let before = std::mem::replace(&mut *ring, next).sealing.clone();
        before.close();
        Some(before)
    }

    /// The check by which a key of the ring is recognised.
    pub(super) fn check_of(&self, key_id: &str) -> Result<KeyCheck> {
        let ring = self.ring();
        let entry =
            ring.find(key_id).ok_or_else(|| Error::internal("a check is made of a key in the ring"))?;
        key_check(entry)
    }

    /// Opens a sealed value. Fails unless it was sealed for this very place.
    pub(crate) fn open(&self, place: &SealPlace<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>> {
        let (id, nonce, body) = split(sealed).ok_or_else(|| damaged(place))?;
        let ring = self.ring();
        let entry = ring.entries.iter().find(|entry| entry.id == id).ok_or_else(|| {
            let message =
                format!("key {} is needed and not in the key ring: add it as a reading key", hex::encode(id));
            Error::new(ErrorKind::KeyWrong, message)
        })?;
        let aad = associated_data(&entry.id, place);
        let payload = Payload { msg: body, aad: &aad };
        let plain = entry.gcm.decrypt(&Nonce::from(nonce), payload).map_err(|_| damaged(place))?;
        Ok(Secret::new(plain))
    }

    /// Opens a sealed text.
    pub(crate) fn open_text(&self, place: &SealPlace<'_>, sealed: &[u8]) -> Result<Secret<String>> {
        let bytes = self.open(place, sealed)?;
        let text = std::str::from_utf8(bytes.expose()).map_err(|_| damaged(place))?;
        Ok(Secret::from(text))
    }

    /// Compares the ring with the key checks of a file and returns those to add. When the ring's writer was
    /// replaced in the file, the key in its place writes.
    ///
    /// # Errors
    /// `KEY_WRONG` when the file needs a key that the ring lacks, or a check does not open.
    pub(crate) fn verify(&self, stored: &[KeyCheck]) -> Result<Vec<KeyCheck>> {
        let ring = self.ring();
        for check in stored.iter().filter(|check| check.superseded_at.is_none()) {
            if ring.find(&check.key_id).is_none() {
                return Err(Error::new(ErrorKind::KeyWrong, why_needed(&ring, check, stored)));
            }
            let opened = self.open(&key_check_place(&check.key_id), &check.sealed);
            if !opened.is_ok_and(|text| text.expose() == KEY_CHECK_TEXT) {
                let message = format!("the check of key {} does not open: nothing was changed", check.key_id);
                return Err(Error::new(ErrorKind::KeyWrong, message));
            }
        }
        self.follow(stored);
        let is_missing = |entry: &&Arc<Entry>| !stored.iter().any(|check| check.key_id == entry.name());
        ring.entries.iter().filter(is_missing).map(|entry| key_check(entry)).collect()
    }

    /// Writes with the key that took the place of the ring's writer in the file, if there is one. Answers
    /// those who still seal with the one before.
    pub(super) fn follow(&self, stored: &[KeyCheck]) -> Option<TaskTracker> {
        let (writer, _) = self.key_ids();
        let by = stored.iter().find(|check| check.key_id == writer)?.replaced_by.as_deref()?;
        self.write_with(by)
    }
}

/// Why a key that the ring lacks is needed, and what to do.
fn why_needed(ring: &Ring, missing: &KeyCheck, stored: &[KeyCheck]) -> String {
    let is_given = |check: &&KeyCheck| ring.find(&check.key_id).is_some();
    let replaced =
        stored.iter().filter(is_given).find(|check| check.replaced_by.as_ref() == Some(&missing.key_id));
    let (key, nothing) = (&missing.key_id, "nothing was changed");
    match (replaced, &missing.replaced_by) {
        (Some(old), _) if old.superseded_at.is_some() => format!(
            "key {} was superseded by key {key}: {nothing}; open the database with that master key (backups made \
             before still open with the old one)",
            old.key_id
        ),
        (Some(old), _) => format!(
            "key {} is being replaced by key {key}: {nothing}; open the database with key {key} to write and key {} to \
             read, and call rotateKey again",
            old.key_id, old.key_id
        ),
        (None, Some(_)) => format!(
            "key {key} is still needed, as its replacement has not ended: {nothing}; add it as a reading key and call \
             rotateKey again"
        ),
        (None, None) => format!(
            "the database is sealed with key {key}, which was not given: {nothing}; open it with that master key, or \
             add it as a reading key"
        ),
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

fn key_check_place(key_id: &str) -> SealPlace<'_> {
    SealPlace { table: "key_checks", column: "sealed", row: key_id, generation: 0 }
}

fn key_check(entry: &Entry) -> Result<KeyCheck> {
    let key_id = hex::encode(entry.id);
    let sealed = seal_with(entry, &key_check_place(&key_id), KEY_CHECK_TEXT)?;
    Ok(KeyCheck::new(key_id, sealed))
}

fn seal_with(entry: &Entry, place: &SealPlace<'_>, plain: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_BYTES];
    // From the OS for every write: a restored VM snapshot must not repeat one.
    getrandom::fill(&mut nonce).map_err(|_| Error::internal("the operating system gave no random bytes"))?;
    let aad = associated_data(&entry.id, place);
    let body = entry
        .gcm
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &aad })
        .map_err(|_| Error::internal("a value too long to seal"))?;
    let mut sealed = Vec::with_capacity(HEADER_BYTES + body.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&entry.id);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

fn split(sealed: &[u8]) -> Option<([u8; KEY_ID_BYTES], [u8; NONCE_BYTES], &[u8])> {
    let (version, rest) = sealed.split_first()?;
    let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>()?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>()?;
    (*version == VERSION).then_some((*id, *nonce, body))
}

/// Every part is preceded by its length, so that no two places share the same bytes.
fn associated_data(key_id: &[u8; KEY_ID_BYTES], place: &SealPlace<'_>) -> Vec<u8> {
    let mut aad = vec![VERSION];
    aad.extend_from_slice(key_id);
    for part in [place.table, place.column, place.row] {
        aad.extend_from_slice(&(part.len() as u64).to_le_bytes());
        aad.extend_from_slice(part.as_bytes());
    }
    aad.extend_from_slice(&place.generation.to_le_bytes());
    aad
}

fn damaged(place: &SealPlace<'_>) -> Error {
    let message = format!(
        "{}.{} does not open with its key: the row was altered, moved or restored from another place; restore a backup \
         or save the value again",
        place.table, place.column
    );
    Error::new(ErrorKind::KeyWrong, message)
}

#[cfg(test)]
mod tests {
    use super::{Cipher, SealPlace};
    use crate::auth::key::{KeyRing, MasterKey};
    use crate::error::ErrorKind;

    fn key(first: u8) -> MasterKey {
        let bytes: Vec<u8> = (0..32).map(|i| first.wrapping_add(i)).collect();
        MasterKey::from_bytes(&bytes).unwrap()
    }

    const PLACE: SealPlace<'_> =
        SealPlace { table: "grants", column: "access_token", row: "1/77", generation: 3 };

    #[test]
    fn opens_only_at_its_own_place() {
        let cipher = Cipher::new(&KeyRing::new(key(1)));
        let sealed = cipher.sealing().seal(&PLACE, b"token").unwrap();
        assert_eq!(cipher.open(&PLACE, &sealed).unwrap().expose(), b"token");
        let elsewhere = [
            SealPlace { table: "grant", ..PLACE },
            SealPlace { column: "refresh_token", ..PLACE },
            SealPlace { row: "1/78", ..PLACE },
            SealPlace { generation: 2, ..PLACE },
            // The same letters cut at another border.
            SealPlace { table: "grantsaccess", column: "_token", ..PLACE },
        ];
        for place in elsewhere {
            assert_eq!(cipher.open(&place, &sealed).unwrap_err().kind(), ErrorKind::KeyWrong, "{place:?}");
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_fails() {
        let cipher = Cipher::new(&KeyRing::new(key(1)));
        let sealed = cipher.sealing().seal(&PLACE, b"token").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(cipher.open(&PLACE, &flipped).is_err(), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(cipher.open(&PLACE, &sealed[..len]).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn seals_the_same_text_differently_each_time() {
        let cipher = Cipher::new(&KeyRing::new(key(1)));
        assert_ne!(
            cipher.sealing().seal(&PLACE, b"token").unwrap(),
            cipher.sealing().seal(&PLACE, b"token").unwrap()
        );
    }

    #[test]
    fn an_old_key_still_opens_and_the_new_one_seals() {
        let old = Cipher::new(&KeyRing::new(key(1)));
        let sealed = old.sealing().seal(&PLACE, b"token").unwrap();
        let both = Cipher::new(&KeyRing::new(key(2)).with_reader(key(1)));
        assert_eq!(both.open(&PLACE, &sealed).unwrap().expose(), b"token");
        let resealed = both.sealing().seal(&PLACE, b"token").unwrap();
        assert_eq!(old.open(&PLACE, &resealed).unwrap_err().kind(), ErrorKind::KeyWrong);
    }

    #[test]
    fn verify_accepts_its_own_file_and_refuses_a_strangers() {
        let mine = Cipher::new(&KeyRing::new(key(1)));
        let checks = mine.verify(&[]).unwrap();
        assert_eq!(checks.len(), 1);
        assert!(mine.verify(&checks).unwrap().is_empty());
        let other = Cipher::new(&KeyRing::new(key(2)));
        assert_eq!(other.verify(&checks).unwrap_err().kind(), ErrorKind::KeyWrong);
        let both = Cipher::new(&KeyRing::new(key(2)).with_reader(key(1)));
        assert_eq!(both.verify(&checks).unwrap().len(), 1);
    }

    #[test]
    #[ignore = "a million encryptions: scripts/torture nonces"]
    fn a_million_encryptions_repeat_no_nonce() {
        let cipher = Cipher::new(&KeyRing::new(key(1)));
        let rounds = std::env::var("DIANQIAO_ROUNDS").map_or(1_000_000, |text| text.parse().unwrap());
        let mut seen = std::collections::HashSet::with_capacity(rounds);
        let mut head = None;
        for _ in 0..rounds {
            let sealed = cipher.sealing().seal(&PLACE, b"").unwrap();
            let nonce_at = sealed.len() - 16 - 12;
            // What stands before the nonce is the same in all of them: the nonce is where we look for it.
            assert_eq!(head.get_or_insert_with(|| sealed[..nonce_at].to_vec()), &sealed[..nonce_at]);
            assert!(seen.insert(sealed[nonce_at..nonce_at + 12].to_vec()));
        }
    }
}
