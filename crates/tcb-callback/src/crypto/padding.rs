//! PKCS#7 to blocks of 32 bytes. The padding of AES libraries goes to 16 and refuses half of all
//! messages.

use subtle::{Choice, ConstantTimeEq as _, ConstantTimeGreater as _};

/// Length that a plaintext is filled up to a multiple of.
pub(super) const BLOCK: usize = 32;

/// Fills `plaintext` up; one that is a multiple already gets a whole block.
pub(super) fn add(plaintext: &mut Vec<u8>) {
    let pad = BLOCK - plaintext.len() % BLOCK;
    #[expect(clippy::cast_possible_truncation, reason = "1 to 32")]
    plaintext.resize(plaintext.len() + pad, pad as u8);
}

/// Takes the padding off, or returns `None` when it is not valid. Reads the whole last block
/// whatever stands in it, so that the time does not tell where a fault is.
pub(super) fn strip(padded: &[u8]) -> Option<&[u8]> {
    let block = padded.last_chunk::<BLOCK>()?;
    let pad = block[BLOCK - 1];
    let mut valid = !pad.ct_eq(&0) & !pad.ct_gt(&32);
    for (before_last, byte) in (0u8..).zip(block.iter().rev()) {
        let is_padding: Choice = pad.ct_gt(&before_last);
        valid &= !is_padding | byte.ct_eq(&pad);
    }
    bool::from(valid).then(|| padded.len() - usize::from(pad)).and_then(|length| padded.get(..length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_padding_from_1_to_32_comes_off_again() {
        for length in 0..=64 {
            let text: Vec<u8> = (0..length).collect();
            let mut padded = text.clone();
            add(&mut padded);
            assert_eq!(padded.len() % BLOCK, 0);
            let pad = padded.len() - text.len();
            assert!((1..=BLOCK).contains(&pad));
            assert_eq!(strip(&padded), Some(&text[..]), "{length}");
        }
    }

    #[test]
    fn a_padding_of_0_or_of_33_to_255_is_none() {
        for pad in std::iter::once(0).chain(33..=255) {
            assert_eq!(strip(&[pad; 256]), None, "{pad}");
        }
    }

    #[test]
    fn each_byte_of_the_padding_counts() {
        for pad in 2..=32u8 {
            for wrong in 2..=usize::from(pad) {
                let mut padded = [pad; 64];
                padded[64 - wrong] ^= 1;
                assert_eq!(strip(&padded), None, "pad {pad}, byte {wrong} from the end");
            }
            let mut padded = [pad; 64];
            padded[63 - usize::from(pad)] ^= 1;
            assert!(strip(&padded).is_some(), "the byte before the padding is text");
        }
    }

    #[test]
    fn less_than_a_block_is_none() {
        assert_eq!(strip(&[1; 31]), None);
        assert_eq!(strip(&[]), None);
    }
}
