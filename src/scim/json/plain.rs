//! What can stand in a JSON text as it is: all but quotation marks, backslashes and control characters (RFC 8259 §7).

/// Writes a text as JSON, in its quotes.
///
/// # Errors
/// As for the library, which writes those that need escapes; into memory there are none.
#[inline]
pub fn write_text(text: &str, out: &mut Vec<u8>) -> serde_json::Result<()> {
    if !is_plain(text.as_bytes()) {
        return serde_json::to_writer(out, text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// How many bytes there are before the first that cannot stand there. Sixteen are looked at in one step.
#[inline]
pub fn plain(bytes: &[u8]) -> usize {
    let (mut rest, mut at) = (bytes, 0);
    while let Some((block, further)) = rest.split_first_chunk() {
        let marks = marks(block);
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        (rest, at) = (further, at + 16);
    }
    at + rest.iter().take_while(|byte| !is_special(**byte)).count()
}

/// Whether all of them can stand there. The last sixteen, or fewer, are looked at in one step, although
/// some of them were before.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk() {
        let (blocks, _) = bytes.as_chunks();
        return blocks.iter().chain([last]).all(|block| marks(block) == 0);
    }
    let block = match (bytes.first_chunk(), bytes.last_chunk(), bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last), ..) => joined(u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        (.., Some(first), Some(last)) => {
            let half = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
            joined(half, half)
        }
        _ => return !bytes.iter().any(|byte| is_special(*byte)),
    };
    marks(&block) == 0
}

#[inline]
fn joined(one: u64, other: u64) -> [u8; 16] {
    (u128::from(one) << 64 | u128::from(other)).to_le_bytes()
}

/// A byte of the result is 0 where the byte in its place is plain.
#[inline]
fn marks(block: &[u8; 16]) -> u128 {
    u128::from_le_bytes(block.map(mark))
}

const fn is_special(byte: u8) -> bool {
    mark(byte) != 0
}

/// All is asked of each byte: so the compiler asks it of sixteen at once.
#[inline]
const fn mark(byte: u8) -> u8 {
    (byte == b'"') as u8 | (byte == b'\\') as u8 | (byte < 0x20) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_is_written_as_the_library_writes_it(text in any::<String>(), further in "[ -~é\"\\\\\u{0}\u{1f}\u{7f}]{0,40}") {
            for text in [text, further] {
                let mut written = Vec::new();
                write_text(&text, &mut written).unwrap();
                prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&text).unwrap());
            }
        }

        #[test]
        fn what_is_special_is_found_wherever_it_stands(before in "[ -!#-Z~é]{0,40}", special in "[\"\\\\\u{0}-\u{1f}]", after in "[ -~]{0,40}") {
            let text = format!("{before}{special}{after}");
            prop_assert_eq!(plain(text.as_bytes()), before.len());
            prop_assert_eq!(plain(before.as_bytes()), before.len());
            prop_assert!(is_plain(before.as_bytes()) && !is_plain(text.as_bytes()));
        }
    }
}
