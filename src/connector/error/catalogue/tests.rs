//! What must hold of every entry, so that a new one needs no test of its own.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn placeholders(text: &str) -> Vec<&str> {
    text.split('{').skip(1).map(|after| after.split_once('}').unwrap().0).collect()
}

fn all(sign: Sign) -> Vec<Sign> {
    match sign {
        Sign::All(signs) => signs.iter().copied().flat_map(all).collect(),
        sign => vec![sign],
    }
}

#[test]
fn every_entry_says_what_happened_and_what_to_do() {
    for entry in entries() {
        let code = entry.code;
        assert!(code.len() > 2 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{code}");
        assert!(!entry.happened.is_empty() && !entry.happened.ends_with('.'), "{code}: {}", entry.happened);
        assert!(entry.to_do.len() > 8 && entry.to_do.ends_with('.'), "{code}: {}", entry.to_do);
        assert!(entry.happened.chars().count() + entry.to_do.chars().count() < 420, "{code} leaves no room");
        for name in placeholders(entry.happened).into_iter().chain(placeholders(entry.to_do)) {
            assert!(PLACEHOLDERS.iter().any(|(known, ..)| *known == name), "{code}: {{{name}}}");
        }
    }
}

/// A code is one thing to those who match it, however many entries have it.
#[test]
fn a_code_has_one_kind() {
    let mut kinds = BTreeMap::new();
    for entry in entries() {
        let kind = *kinds.entry(entry.code).or_insert(entry.kind);
        assert_eq!(kind, entry.kind, "{}", entry.code);
    }
}

/// The platform creates what is not found: no answer of a provider may be told as that.
#[test]
fn only_the_connector_s_own_look_says_not_found() {
    let not_found: Vec<&str> = entries().filter(|entry| entry.kind == Kind::NotFound).map(|entry| entry.code).collect();
    assert_eq!(not_found, ["NOT_FOUND"]);
    assert!(own::NOT_FOUND.signs.is_empty());
}

#[test]
fn what_is_told_by_a_sign_is_told_by_one_entry() {
    let mut seen = BTreeSet::new();
    for family in FAMILIES {
        for entry in family.entries {
            assert!(!entry.signs.is_empty(), "{}", entry.code);
            for sign in entry.signs {
                // A code means the same whoever sends it; two providers may share one only under their own statuses.
                let scope = if sign.is_code() { "" } else { entry.provider.name() };
                assert!(seen.insert(format!("{scope} {sign:?}")), "{sign:?} stands twice");
                for sign in all(*sign) {
                    if let Sign::Says(words) | Sign::TokenSays(words) = sign {
                        assert_eq!(words, words.to_lowercase(), "words are compared in small letters");
                    }
                }
            }
        }
    }
}

/// RFC 7644 §3.12, table 9, and RFC 9865.
#[test]
fn every_scim_type_is_known() {
    let known: BTreeSet<&str> = entries()
        .flat_map(|entry| entry.signs)
        .filter_map(|sign| if let Sign::ScimType(name) = sign { Some(*name) } else { None })
        .collect();
    let documented = [
        "expiredCursor",
        "invalidCount",
        "invalidCursor",
        "invalidFilter",
        "invalidPath",
        "invalidSyntax",
        "invalidValue",
        "invalidVers",
        "mutability",
        "noTarget",
        "sensitive",
        "tooMany",
        "uniqueness",
    ];
    assert_eq!(known, BTreeSet::from(documented));
}

#[test]
fn hosts_tell_the_provider() {
    assert_eq!(Provider::of_host("acme.my.salesforce.com"), Some(Provider::Salesforce));
    assert_eq!(Provider::of_host("scim.us-east-1.amazonaws.com:443"), Some(Provider::Aws));
    assert_eq!(Provider::of_host("notsalesforce.com"), None);
    assert_eq!(Provider::of_host("127.0.0.1:8080"), None);
}
