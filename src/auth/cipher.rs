//! Seals secrets for the database: AES-256-GCM, a fresh nonce from the OS for every write, and
//! associated data that binds a sealed value to its table, column, row and generation.

use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};

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
}

/// The key ring at work. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cipher(Arc<[Entry]>);

impl Cipher {
    pub(crate) fn new(ring: &KeyRing) -> Self {
        let keys = std::iter::once(&ring.writer).chain(&ring.readers);
        Self(keys.map(Entry::new).collect())
    }

    /// Seals a value for its place.
    pub(crate) fn seal(&self, place: &SealPlace<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        let entry = self.0.first().ok_or_else(|| Error::internal("a key ring always has a writer"))?;
        seal_with(entry, place, plain)
    }

    /// Seals a text for its place.
    pub(crate) fn seal_text(&self, place: &SealPlace<'_>, plain: &Secret<String>) -> Result<Vec<u8>> {
        self.seal(place, plain.expose().as_bytes())
    }

    /// Opens a sealed value. Fails unless it was sealed for this very place.
    pub(crate) fn open(&self, place: &SealPlace<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>> {
        let (id, nonce, body) = split(sealed).ok_or_else(|| damaged(place))?;
        let entry = self.0.iter().find(|entry| entry.id == id).ok_or_else(|| {
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

    /// Compares the ring with the key checks of a file and returns those to add.
    ///
    /// # Errors
    /// `KEY_WRONG` when the file was sealed with a key that the ring lacks, or a check does not open.
    pub(crate) fn verify(&self, stored: &[KeyCheck]) -> Result<Vec<KeyCheck>> {
        for check in stored {
            if !self.0.iter().any(|entry| hex::encode(entry.id) == check.key_id) {
                let message = format!(
                    "the database is sealed with key {}, which was not given: nothing was changed; open it with that \
                     master key, or add it as a reading key",
                    check.key_id
                );
                return Err(Error::new(ErrorKind::KeyWrong, message));
            }
            let opened = self.open(&key_check_place(&check.key_id), &check.sealed);
            if !opened.is_ok_and(|text| text.expose() == KEY_CHECK_TEXT) {
                let message = format!("the check of key {} does not open: nothing was changed", check.key_id);
                return Err(Error::new(ErrorKind::KeyWrong, message));
            }
        }
        let is_missing = |entry: &&Entry| !stored.iter().any(|check| check.key_id == hex::encode(entry.id));
        self.0.iter().filter(is_missing).map(key_check).collect()
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
    Ok(KeyCheck { key_id, sealed })
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
        let sealed = cipher.seal(&PLACE, b"token").unwrap();
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
        let sealed = cipher.seal(&PLACE, b"token").unwrap();
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
        assert_ne!(cipher.seal(&PLACE, b"token").unwrap(), cipher.seal(&PLACE, b"token").unwrap());
    }

    #[test]
    fn an_old_key_still_opens_and_the_new_one_seals() {
        let old = Cipher::new(&KeyRing::new(key(1)));
        let sealed = old.seal(&PLACE, b"token").unwrap();
        let both = Cipher::new(&KeyRing::new(key(2)).with_reader(key(1)));
        assert_eq!(both.open(&PLACE, &sealed).unwrap().expose(), b"token");
        let resealed = both.seal(&PLACE, b"token").unwrap();
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
            let sealed = cipher.seal(&PLACE, b"").unwrap();
            let nonce_at = sealed.len() - 16 - 12;
            // What stands before the nonce is the same in all of them: the nonce is where we look for it.
            assert_eq!(head.get_or_insert_with(|| sealed[..nonce_at].to_vec()), &sealed[..nonce_at]);
            assert!(seen.insert(sealed[nonce_at..nonce_at + 12].to_vec()));
        }
    }
}
