//! Master keys: one writes, several read.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Length of a master key in bytes.
pub const MASTER_KEY_BYTES: usize = 32;

/// Length of a key's id in bytes.
pub(crate) const KEY_ID_BYTES: usize = 8;

/// A key of 32 random bytes that seals every secret in the database. Make one with
/// [`Hub::generate_key`](crate::Hub::generate_key) and keep it outside the database and its backups.
#[derive(Clone)]
pub struct MasterKey {
    id: [u8; KEY_ID_BYTES],
    bytes: Secret<[u8; MASTER_KEY_BYTES]>,
}

impl MasterKey {
    /// Takes a copy of the bytes.
    ///
    /// # Errors
    /// `CONFIG_INVALID` unless there are exactly 32 of them and they are not all the same.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes: [u8; MASTER_KEY_BYTES] = bytes.try_into().map_err(|_| {
            let message = format!("the master key must be {MASTER_KEY_BYTES} bytes, not {}", bytes.len());
            Error::new(ErrorKind::ConfigInvalid, message)
        })?;
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            let message = "the master key has no randomness: make one with Hub.generateKey()";
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        }
        let digest = Sha256::new().chain_update(b"dianqiao key id\0").chain_update(bytes).finalize();
        let mut id = [0; KEY_ID_BYTES];
        id.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Ok(Self { id, bytes: Secret::new(bytes) })
    }

    /// A name for the key that tells nothing about it.
    pub fn id(&self) -> String {
        hex::encode(self.id)
    }

    pub(super) fn id_bytes(&self) -> [u8; KEY_ID_BYTES] {
        self.id
    }

    pub(super) fn bytes(&self) -> &[u8; MASTER_KEY_BYTES] {
        self.bytes.expose()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// The keys a hub works with: one seals, all of them open.
#[derive(Clone, Debug)]
pub struct KeyRing {
    pub(super) writer: MasterKey,
    pub(super) readers: Vec<MasterKey>,
}

impl KeyRing {
    /// A ring whose only key seals and opens.
    pub fn new(writer: MasterKey) -> Self {
        Self { writer, readers: Vec::new() }
    }

    /// Returns self with a further key that only opens: one that sealed rows in the past.
    #[must_use]
    pub fn with_reader(mut self, reader: MasterKey) -> Self {
        self.readers.push(reader);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::MasterKey;
    use crate::error::ErrorKind;

    #[test]
    fn refuses_keys_of_the_wrong_length_and_without_randomness() {
        for bytes in [&[1_u8; 31][..], &[1; 33], &[], &[0; 32], &[7; 32]] {
            assert_eq!(MasterKey::from_bytes(bytes).unwrap_err().kind(), ErrorKind::ConfigInvalid);
        }
    }

    #[test]
    fn debug_shows_the_id_and_not_the_key() {
        let bytes: Vec<u8> = (0..32).collect();
        let key = MasterKey::from_bytes(&bytes).unwrap();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
        assert!(!format!("{key:?}").contains(&hex::encode(&bytes[..4])));
    }
}
