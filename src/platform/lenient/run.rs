//! How far plain text goes, eight bytes at a time: most of a body is inside strings.

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// How many bytes stand in front of the first quote, backslash or control character.
pub(super) fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return place * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    words.len() * 8 + tail.unwrap_or(rest.len())
}

/// The highest bit of each byte that ends plain text. Bytes behind the first such byte may be marked by
/// mistake: a subtraction borrows from its neighbour only when it found something.
fn stops(word: u64) -> u64 {
    let zeros = |bytes: u64| bytes.wrapping_sub(EACH) & !bytes;
    let control = word.wrapping_sub(0x20 * EACH) & !word;
    (zeros(word ^ (EACH * u64::from(b'"'))) | zeros(word ^ (EACH * u64::from(b'\\'))) | control) & HIGH
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn every_byte_at_every_place_is_plain_or_a_stop_as_one_by_one() {
        let is_stop = |byte: u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        for byte in 0..=255u8 {
            for neighbour in [b'a', 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xff, b'"', byte] {
                for place in 0..20 {
                    let mut bytes = [neighbour; 20];
                    bytes[place] = byte;
                    let expected = bytes.iter().position(|byte| is_stop(*byte)).unwrap_or(bytes.len());
                    assert_eq!(plain(&bytes), expected, "{byte} at {place} among {neighbour}");
                }
            }
        }
    }
}
