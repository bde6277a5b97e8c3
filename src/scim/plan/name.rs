//! A member's name that is looked for in each resource, in any case of letters (RFC 7643 §2.1).

/// A name, with what tells it quickly from others of its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    text: String,
    ends: Ends,
}

/// How a name begins and ends. Of one of up to 16 bytes it is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends(u128);

/// So many bytes are in the two ends together.
const BYTES: usize = 16;

impl Name {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ends: Ends::of(text) }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is this name, which has the same length and these ends.
    #[inline]
    pub fn is(&self, name: &str, ends: Ends) -> bool {
        self.ends.lower() == ends.lower()
            && (self.ends == ends && name.len() <= BYTES || self.text.eq_ignore_ascii_case(name))
    }

    /// Whether it is spelt the same.
    #[inline]
    pub fn is_as(&self, other: &Self) -> bool {
        let length = self.text.len();
        length == other.text.len() && self.ends == other.ends && (length <= BYTES || self.has_text_of(other))
    }

    #[inline(never)]
    fn has_text_of(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Ends {
    #[inline]
    pub fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            return Self::joined(u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        }
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            return Self::joined(u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into());
        }
        Self::joined(bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0)
    }

    #[inline]
    const fn joined(first: u64, last: u64) -> Self {
        Self((first as u128) << 64 | last as u128)
    }

    /// The same for all that differ in the case of letters alone, and for a few others.
    #[inline]
    const fn lower(self) -> u128 {
        self.0 | u128::from_le_bytes([0x20; 16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_another_one_in_any_case(one in "[aAbB@`_é]{0,20}", other in "[aAbB@`_é]{0,20}") {
            for other in [&other, &one, &one.to_ascii_uppercase(), &one.replacen(['a', '@'], "`", 1)] {
                if other.len() == one.len() {
                    let is = Name::new(&one).is(other, Ends::of(other));
                    prop_assert_eq!(is, one.eq_ignore_ascii_case(other), "{:?} and {:?}", one, other);
                }
            }
        }
    }
}
