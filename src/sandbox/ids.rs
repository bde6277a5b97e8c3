//! Record ids. As Salesforce writes them: three characters of the kind, three of the instance, nine digits to the base 62,
//! and a three-character suffix that tells capitals from small letters where case is lost. Elsewhere: UUIDs of version 7.
//!
//! Both ascend bytewise with the index. Reading one back is a search (`store`), not done here.

/// What a record is, which its id's first three characters tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
    Profile,
    PermissionSet,
    Role,
}

impl Kind {
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::User => "005",
            Self::Group => "00G",
            Self::Profile => "00e",
            Self::PermissionSet => "0PS",
            Self::Role => "00E",
        }
    }
}

/// The UUID of the record with that index, `random` being two numbers that belong to it. Distinct for every index below 2⁴⁷.
pub(super) fn uuid(index: u64, random: (u64, u64)) -> String {
    let time = UUID_EPOCH.saturating_add(index) & 0xffff_ffff_ffff;
    let (variant, node) = (0x8000 | (random.1 >> 48) & 0x3fff, random.1 & 0xffff_ffff_ffff);
    format!("{:08x}-{:04x}-7{:03x}-{variant:04x}-{node:012x}", time >> 16, time & 0xffff, random.0 & 0xfff)
}

/// The 18-character id of the record with that index. Distinct for every index below 62⁹ − [`FIRST`].
pub(super) fn id(kind: Kind, index: u64) -> String {
    let mut digits = [b'0'; DIGITS];
    let mut rest = index.saturating_add(FIRST);
    for digit in digits.iter_mut().rev() {
        *digit = base_62(rest % 62);
        rest /= 62;
    }
    let mut id = String::with_capacity(18);
    id.push_str(kind.prefix());
    id.push_str(INSTANCE);
    id.extend(digits.map(char::from));
    let suffix = suffix(&id);
    id.push_str(&suffix);
    id
}

/// One character for each five of the id: which of them are capitals, as a binary number, the first being the lowest bit.
fn suffix(id: &str) -> String {
    id.as_bytes()
        .chunks(5)
        .map(|five| {
            let capitals = five
                .iter()
                .enumerate()
                .fold(0, |bits, (place, byte)| bits | (u8::from(byte.is_ascii_uppercase()) << place));
            char::from(if capitals < 26 { b'A' + capitals } else { b'0' + capitals - 26 })
        })
        .collect()
}

fn base_62(value: u64) -> u8 {
    let value = u8::try_from(value).unwrap_or_default();
    match value {
        0..=9 => b'0' + value,
        10..=35 => b'A' + value - 10,
        _ => b'a' + value - 36,
    }
}

/// Milliseconds of the Unix epoch: 2014-03-03T09:00:00Z.
const UUID_EPOCH: u64 = 1_393_837_200_000;
const INSTANCE: &str = "RM0";
const DIGITS: usize = 9;
/// The number of the first record, so that ids look as in an org that has been in use for years.
const FIRST: u64 = 33_177_601;

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that Salesforce's documentation shows.
    #[test]
    fn the_suffix_is_the_genuine_one() {
        assert_eq!(suffix("005RM000002FZAl"), "YAO");
        assert_eq!(suffix("001D000000IqhSL"), "IAZ");
    }

    #[test]
    fn ids_ascend_with_the_index_across_digits() {
        let ids: Vec<String> = (0..10_000).map(|index| id(Kind::User, index)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.len() == 18 && id.starts_with("005RM0")));
        insta::assert_snapshot!(id(Kind::User, 0), @"005RM000002FD0bYAG");
        insta::assert_snapshot!(id(Kind::PermissionSet, 61), @"0PSRM000002FD1a4AG");
    }

    #[test]
    fn uuids_ascend_with_the_index_and_are_of_version_7() {
        let ids: Vec<String> = (0..70_000).map(|index| uuid(index, (u64::MAX - index, index))).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        let is_version_7 = |id: &String| uuid::Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 7);
        assert!(ids.iter().all(is_version_7));
        insta::assert_snapshot!(uuid(0, (1, 2)), @"0144872b-d280-7001-8000-000000000002");
    }

    #[test]
    fn no_index_overflows() {
        assert_eq!(id(Kind::Group, u64::MAX).len(), 18);
        assert_eq!(uuid(u64::MAX, (u64::MAX, u64::MAX)).len(), 36);
    }
}
