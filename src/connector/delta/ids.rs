//! The ids of all objects that the platform has of a list, in the small: a set that fits into a state as long as it can.
//!
//! UUIDs are kept as their bytes, counted by the first of them, which is left out; other ids in order, each as what differs from the one before. That is 12,000 UUIDs,
//! or some 16,000 of Salesforce's ids, in the line that a state has.

use std::collections::BTreeSet;
use uuid::Uuid;

/// So much text does not fit into a state however it is written: beyond it nothing is kept.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// The ids, as long as they may fit into a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    Kept {
        ids: BTreeSet<String>,
        /// What they take as text, in bytes.
        text: usize,
    },
    TooMany,
}

impl Default for Ids {
    fn default() -> Self {
        Self::Kept { ids: BTreeSet::new(), text: 0 }
    }
}

impl Ids {
    pub fn insert(&mut self, id: &str) {
        let Self::Kept { ids, text } = self else { return };
        if ids.insert(id.to_owned()) {
            *text += id.len();
        }
        if *text > MAX_TEXT {
            *self = Self::TooMany;
        }
    }

    pub fn remove(&mut self, id: &str) {
        if let Self::Kept { ids, text } = self
            && ids.remove(id)
        {
            *text -= id.len();
        }
    }

    /// All of them, unless they are too many.
    pub fn kept(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Kept { ids, .. } => Some(ids),
            Self::TooMany => None,
        }
    }

    pub fn pack(&self) -> Option<Vec<u8>> {
        let ids = self.kept()?;
        let uuids: Vec<[u8; 16]> = ids.iter().filter_map(|id| as_uuid(id)).collect();
        let mut packed = Vec::new();
        put_length(&mut packed, uuids.len());
        if !uuids.is_empty() {
            for first in 0..=u8::MAX {
                put_length(&mut packed, uuids.iter().filter(|uuid| uuid.first() == Some(&first)).count());
            }
        }
        for [_, rest @ ..] in &uuids {
            packed.extend_from_slice(rest);
        }
        let mut before: &str = "";
        for id in ids.iter().filter(|id| as_uuid(id).is_none()) {
            let shared = id.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
            let rest = id.as_bytes().get(shared..).unwrap_or_default();
            put_length(&mut packed, shared);
            put_length(&mut packed, rest.len());
            packed.extend_from_slice(rest);
            before = id;
        }
        Some(packed)
    }

    /// `None` where these bytes are no ids.
    pub fn unpack(mut packed: &[u8]) -> Option<Self> {
        let mut ids = Self::default();
        let uuids = take_length(&mut packed)?;
        let mut counts = Vec::new();
        if uuids > 0 {
            for _ in 0..=u8::MAX {
                counts.push(take_length(&mut packed)?);
            }
        }
        if counts.iter().sum::<usize>() != uuids {
            return None;
        }
        for (first, count) in (0..=u8::MAX).zip(counts) {
            for _ in 0..count {
                let uuid = [&[first], take(&mut packed, 15)?].concat();
                ids.insert(&Uuid::from_slice(&uuid).ok()?.hyphenated().to_string());
            }
        }
        let mut before: Vec<u8> = Vec::new();
        while !packed.is_empty() {
            let (shared, rest) = (take_length(&mut packed)?, take_length(&mut packed)?);
            let mut id = before.get(..shared)?.to_vec();
            id.extend_from_slice(take(&mut packed, rest)?);
            // They were packed in order, each once, as long as they were not too many.
            if id <= before || ids.kept().is_none() {
                return None;
            }
            ids.insert(std::str::from_utf8(&id).ok()?);
            before = id;
        }
        Some(ids)
    }
}

/// A UUID that is written just as this crate would write it.
fn as_uuid(id: &str) -> Option<[u8; 16]> {
    let uuid = Uuid::parse_str(id).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut buffer) == id).then_some(uuid.into_bytes())
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn put_length(packed: &mut Vec<u8>, mut length: usize) {
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            return packed.push(low & 0x7f);
        }
        packed.push(low | 0x80);
    }
}

fn take_length(packed: &mut &[u8]) -> Option<usize> {
    let mut length = 0_usize;
    for shift in [0, 7, 14, 21] {
        let byte = *take(packed, 1)?.first()?;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

fn take<'a>(packed: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (taken, rest) = packed.split_at_checked(bytes)?;
    *packed = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(ids: impl IntoIterator<Item = String>) -> Ids {
        let mut all = Ids::default();
        ids.into_iter().for_each(|id| all.insert(&id));
        all
    }

    #[test]
    fn ten_thousand_and_more_fit_into_a_line() {
        let limit = (crate::protocol::MAX_LINE_BYTES - 8 * 1024) * 3 / 4;
        let uuid =
            |number: u128| Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_string();
        let uuids = of((0..11_900).map(uuid)).pack().unwrap();
        let salesforce = of((0..16_000).map(|number| format!("005RM0000{number:06}YAO"))).pack().unwrap();
        assert!(uuids.len() < limit && salesforce.len() < limit, "{} {}", uuids.len(), salesforce.len());
    }

    #[test]
    fn beyond_all_measure_none_is_kept() {
        let mut ids = of((0..5).map(|number| format!("{number}{}", "x".repeat(1024 * 1024))));
        assert_eq!((ids.kept(), ids.pack()), (None, None));
        ids.remove("0");
        ids.insert("0");
        assert_eq!(ids, Ids::TooMany);
    }

    #[test]
    fn what_was_not_packed_is_no_set() {
        for packed in [&[][..], &[1, 2, 3], &[0, 3, 1, b'a'], &[0, 0, 2, b'a'], &[0, 0, 1, 0xff], &[0xff; 9]] {
            assert_eq!(Ids::unpack(packed), None, "{packed:?}");
        }
    }

    proptest! {
        #[test]
        fn ids_come_back_as_they_were(
            texts in prop::collection::vec("[a-c]{0,3}.{1,200}", 0..20),
            numbers in prop::collection::vec(any::<u128>(), 0..20),
            upper in any::<u128>(),
        ) {
            let uuids = numbers.iter().map(|number| Uuid::from_u128(*number).to_string());
            let ids = of(texts.into_iter().chain(uuids).chain([Uuid::from_u128(upper).to_string().to_uppercase()]));
            prop_assert_eq!(Ids::unpack(&ids.pack().unwrap()), Some(ids));
        }

        #[test]
        fn no_bytes_do_harm(packed in prop::collection::vec(any::<u8>(), 0..200)) {
            Ids::unpack(&packed);
        }
    }
}
