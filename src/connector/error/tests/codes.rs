//! The codes that the connector can answer with are those of the catalogue, and the page of documentation shows them all.

use super::super::wording::codes;
use super::*;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_page_of_documentation_is_the_catalogue() {
    let page = include_str!("../../../../docs/ERRORS.md");
    let is_equal = page.trim_end() == markdown().trim_end();
    assert!(is_equal, "write docs/ERRORS.md anew: cargo run -- explain --list --markdown > docs/ERRORS.md");
}

#[test]
fn no_failure_is_made_without_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> =
        ["connector", "server", "mapping", "scim", "cli"].map(|room| root.join(room)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_exempt = path.ends_with("connector/error/mod.rs");
            match path.extension() {
                _ if path.file_stem().unwrap() == "tests" || is_exempt => {}
                None => folders.push(path),
                Some(_) => {
                    let text = fs::read_to_string(&path).unwrap();
                    assert!(!text.contains("Failure::new("), "{}: take an entry of the catalogue", path.display());
                }
            }
        }
    }
}

/// 401 and 403 are never told as something that does not exist, whatever the body says and whatever was to be done.
#[rstest::rstest]
#[case("The connection test")]
#[case("Listing accounts")]
#[case("Listing groups")]
#[case("Reading ada@example.com")]
#[case("Creating ada@example.com")]
#[case("Updating ada@example.com, group 00G1")]
#[case("Enabling ada@example.com")]
#[case("Disabling ada@example.com")]
#[case("Deleting ada@example.com")]
#[case("Changing the password of ada@example.com")]
fn nobody_is_told_of_an_answer_that_something_does_not_exist(#[case] doing: &str) {
    let scim_types = super::super::catalogue::entries().flat_map(|entry| entry.signs).filter_map(|sign| match sign {
        super::super::catalogue::Sign::ScimType(name) => Some(format!(r#"{{"scimType":"{name}","detail":"no"}}"#)),
        super::super::catalogue::Sign::Code(code) => {
            Some(format!(r#"{{"detail":"{code}: not found","status":"404"}}"#))
        }
        _ => None,
    });
    let plain = ["", "not found", r#"{"detail":"User 7 not found","status":"404"}"#].map(str::to_owned);
    for body in scim_types.chain(plain) {
        for status in [401, 403, 404, 410] {
            for url in [USERS, "https://scim.example/v2/Users/7"] {
                let failure = translate(doing, sent(url, answered(status, &body)).into());
                assert_ne!(failure.kind, Kind::NotFound, "{status} {body}");
            }
        }
    }
}

#[test]
fn every_code_may_have_words_of_its_own() {
    let texts: Vec<(String, String)> = codes().map(|code| (code.to_owned(), "{user} {wait}".to_owned())).collect();
    assert_eq!(problems(&texts), []);
}
