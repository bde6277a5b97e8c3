//! The name of each person, by arithmetic in both directions: from the index to the name and back from the user name, so
//! that no look-up scans the population. Knows nothing else of a user.

use super::{chance, pick, words};

/// What a person is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Person {
    pub given: &'static str,
    pub family: &'static str,
    /// In e-mail form, ASCII, small letters.
    pub user_name: String,
}

impl Person {
    pub(in crate::sandbox) fn display_name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// The person at that index. Every pair of names is used once before any comes again, then with a number.
pub(super) fn person(seed: u64, index: u64) -> Person {
    let pair = (index % PAIRS * STEP + offset(seed)) % PAIRS;
    let given = pick(&words::GIVEN, pair / FAMILIES);
    let family = pick(&words::FAMILY, pair % FAMILIES);
    let number = match index / PAIRS {
        0 => String::new(),
        repeats => (repeats + 1).to_string(),
    };
    Person { given, family, user_name: format!("{}.{}{number}@{DOMAIN}", ascii(given), ascii(family)) }
}

/// The index of the person with that user name (in small letters), were the population endless.
pub(super) fn index_of(seed: u64, user_name: &str) -> Option<u64> {
    let (given, family) = user_name.strip_suffix(DOMAIN)?.strip_suffix('@')?.split_once('.')?;
    let name = family.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let repeats = match family.strip_prefix(name)? {
        "" => 0,
        digits => digits.parse::<u64>().ok()?.checked_sub(1)?,
    };
    let place = |words: &[&str], name: &str| u64::try_from(words.iter().position(|word| ascii(word) == name)?).ok();
    let pair = place(&words::GIVEN, given)? * FAMILIES + place(&words::FAMILY, name)?;
    let round = (pair + PAIRS - offset(seed)) % PAIRS * STEP_BACK % PAIRS;
    let index = repeats.checked_mul(PAIRS)?.checked_add(round)?;
    // Another spelling of the same number ("07", "1") is another name.
    (person(seed, index).user_name == user_name).then_some(index)
}

fn offset(seed: u64) -> u64 {
    chance(seed, 0, "names") % PAIRS
}

/// A name as it stands in a user name: small ASCII letters only.
fn ascii(name: &str) -> String {
    let letters = name.chars().flat_map(char::to_lowercase);
    letters
        .filter_map(|letter| match letter {
            'a'..='z' => Some(letter),
            'á' | 'ä' => Some('a'),
            'ć' | 'ç' => Some('c'),
            'è' | 'é' | 'ë' => Some('e'),
            'í' | 'ı' => Some('i'),
            'ł' => Some('l'),
            'ñ' => Some('n'),
            'ó' | 'ö' | 'ø' => Some('o'),
            'ú' | 'ü' => Some('u'),
            _ => None,
        })
        .collect()
}

/// Reserved for examples (RFC 2606), so that nobody's address is made up.
pub(super) const DOMAIN: &str = "example.com";
const FAMILIES: u64 = words::FAMILY.len() as u64;
const PAIRS: u64 = words::GIVEN.len() as u64 * FAMILIES;
/// From one person's pair of names to the next's: prime to [`PAIRS`], and far enough that neighbours share neither name.
const STEP: u64 = 5_087;
/// The number that undoes [`STEP`]: their product is 1 modulo [`PAIRS`].
const STEP_BACK: u64 = inverse(STEP, PAIRS);

const fn inverse(step: u64, modulus: u64) -> u64 {
    let mut candidate = 1;
    while candidate * step % modulus != 1 {
        candidate += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_user_name_leads_back_to_its_index() {
        for seed in [0, 1, u64::MAX] {
            let indices = (0..2 * PAIRS + 10).step_by(7).chain([PAIRS * 1_000_000]);
            for index in indices {
                let user_name = person(seed, index).user_name;
                assert_eq!(index_of(seed, &user_name), Some(index), "{user_name}");
            }
        }
    }

    #[test]
    fn user_names_are_distinct_and_plain() {
        let names: HashSet<String> = (0..PAIRS + 500).map(|index| person(1, index).user_name).collect();
        assert_eq!(names.len() as u64, PAIRS + 500);
        assert!(
            names.iter().all(|name| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'@')))
        );
    }

    #[test]
    fn a_name_is_folded_letter_by_letter() {
        for name in words::GIVEN.iter().chain(&words::FAMILY) {
            let letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
            assert_eq!(ascii(name).len(), letters, "a letter of {name} is missing in the table");
        }
        assert_eq!(ascii("O'Brien"), "obrien");
    }

    #[rstest::rstest]
    #[case("nobody@example.com")]
    #[case("amara.okafor@example.org")]
    #[case("amara.okafor1@example.com")]
    #[case("amara.okafor02@example.com")]
    #[case("amara.okafor99999999999999999999@example.com")]
    #[case("")]
    fn a_name_that_nobody_has_leads_nowhere(#[case] user_name: &str) {
        assert_eq!(index_of(1, user_name), None);
    }
}
