//! Pure digests shared by the adapters: hex of HMAC-SHA256, MD5 and SHA-1, and a comparison that takes the
//! same time wherever two texts differ.
//!
//! MD5 and SHA-1 are here because platforms still sign with them; nothing of ours relies on them.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A digest that a platform signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// MD5 of the text; the secret is part of the text.
    Md5,
    /// HMAC-SHA256 with the secret as its key.
    HmacSha256,
}

impl Algorithm {
    /// Lower-case hex of the digest over `parts`, one after the other. Parts are never joined, so that
    /// no copy of a secret is left behind.
    pub(crate) fn hex<'a>(self, key: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> String {
        match self {
            Self::Md5 => plain_hex::<Md5>(parts),
            Self::HmacSha256 => hmac_sha256_hex(key, parts),
        }
    }

    /// [`hex`](Self::hex) over names and their values in the order given, with the secret around them.
    pub(crate) fn around<'a>(
        self,
        secret: &'a str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let fields = fields.into_iter().flat_map(|(name, value)| [name, value]);
        self.hex(secret, [secret].into_iter().chain(fields).chain([secret]).map(str::as_bytes))
    }
}

/// Lower-case hex of SHA-1 over `parts`, one after the other.
pub(crate) fn sha1_hex<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    plain_hex::<Sha1>(parts)
}

fn plain_hex<'a, D: Digest>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    lower_hex(&digest.finalize())
}

fn hmac_sha256_hex<'a>(key: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    // HMAC takes keys of every length (RFC 2104); the type of the constructor cannot say so. An empty
    // text is no signature of anything and is refused by every verifier.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    for part in parts {
        mac.update(part);
    }
    lower_hex(&mac.finalize().into_bytes())
}

fn lower_hex(digest: &[u8]) -> String {
    let mut hex = vec![0; 2 * digest.len()];
    // The room is right, so this cannot fail; an empty text is no signature.
    let _ = hex::encode_to_slice(digest, &mut hex);
    String::from_utf8(hex).unwrap_or_default()
}

/// Whether two hex texts say the same digest, whatever the case of their letters. An empty text never
/// matches.
pub(crate) fn same_hex(expected: &str, given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_the_published_examples() {
        // RFC 1321 A.5, FIPS 180-1 appendix A and RFC 4231 test case 2.
        assert_eq!(Algorithm::Md5.hex("", [&b"message "[..], b"digest"]), "f96b697d7cb7938d525a2f31aaf161d0");
        assert_eq!(sha1_hex([&b"a"[..], b"bc"]), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            Algorithm::HmacSha256.hex("Jefe", [&b"what do ya want "[..], b"for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn hex_is_compared_whatever_its_case() {
        assert!(same_hex("00ab", "00AB"));
        assert!(!same_hex("00ab", "00ac"));
        assert!(!same_hex("00ab", "00a"));
        assert!(!same_hex("00ab", "00ab0"));
        assert!(!same_hex("", ""));
    }
}
