//! A digest of a record's content, to tell a changed record from one read again.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

/// Bytes of a content digest.
pub(crate) const DIGEST_BYTES: usize = 16;
/// Most records hold less.
const USUAL_BYTES: usize = 2048;

/// The first half of SHA-256 over everything the record holds. A new version of this crate may digest
/// differently; then unchanged rows are written once more, and nothing else happens.
pub(crate) fn content_hash(record: &impl Hash) -> [u8; DIGEST_BYTES] {
    let mut gathered = Gathered(Vec::with_capacity(USUAL_BYTES));
    record.hash(&mut gathered);
    bytes_hash(&gathered.0)
}

/// The digest of raw bytes.
pub(crate) fn bytes_hash(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    first_half(Sha256::new().chain_update(bytes))
}

fn first_half(digest: Sha256) -> [u8; DIGEST_BYTES] {
    let mut half = [0; DIGEST_BYTES];
    half.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    half
}

/// Gathers what `#[derive(Hash)]` walks over, in many small pieces, for one go of SHA-256: the 64 bits of
/// a usual hasher are too few to decide whether an order changed.
struct Gathered(Vec<u8>);

impl Hasher for Gathered {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::content_hash;

    #[test]
    fn neighbouring_fields_do_not_run_together() {
        assert_ne!(content_hash(&("ab", "c")), content_hash(&("a", "bc")));
        assert_ne!(content_hash(&(Some(""), None::<&str>)), content_hash(&(None::<&str>, Some(""))));
        assert_eq!(content_hash(&("ab", 7)), content_hash(&("ab", 7)));
    }
}
