//! The table and the names that are read; what each quirk does is tested over HTTP (`sandbox::tests::quirks`).

use super::*;
use std::collections::HashSet;

fn problems(names: &[&str]) -> String {
    Quirks::parse(names).unwrap_err().to_string()
}

#[test]
fn every_quirk_has_a_name_of_its_own_and_does_something() {
    let names: HashSet<&str> = Quirks::names().collect();
    assert_eq!(names.len(), QUIRKS.len());
    for row in QUIRKS {
        assert!(row.ask.is_some() || row.answer.is_some() || row.settle.is_some(), "{}", row.name);
        assert!(row.not_with.iter().all(|name| names.contains(name)), "{}", row.name);
        let is_lower = row.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(is_lower && Quirks::help().contains(row.name), "{}", row.name);
    }
}

#[test]
fn numbers_are_read_and_have_defaults() {
    let quirks = Quirks::parse(["page-cap=7", " members-truncated ", "total-wrong", "nulls"]).unwrap();
    assert_eq!(quirks.to_string(), "members-truncated=100, nulls, page-cap=7, total-wrong");
    assert!(Quirks::parse([""; 0]).unwrap().is_empty());
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    insta::assert_snapshot!(problems(&["nulls=3", "page-cap", "page-cap=0", "max-members=x", "nulls", "nulls"]), @"
    nulls: takes no number
    page-cap: needs a number, page-cap=N
    page-cap: the number must be a whole one from 1 to 1000000
    max-members: the number must be a whole one from 1 to 1000000
    nulls: is given twice
    ");
    insta::assert_snapshot!(problems(&["no-patch", "patch-204", "filter-eq-only", "ignore-filter", "nulls"]), @"
    ignore-filter and filter-eq-only contradict each other: leave out one of them
    no-patch and patch-204 contradict each other: leave out one of them
    ");
    let unknown = problems(&["members-emty"]);
    assert!(unknown.starts_with("there is no quirk \"members-emty\"; the quirks are\n  extra-roles"), "{unknown}");
    assert!(unknown.contains("\n  members-empty  "), "{unknown}");
}

#[test]
fn some_belong_to_one_dialect() {
    let quirks = Quirks::parse(["extra-roles", "nulls"]).unwrap();
    assert_eq!(quirks.check(Dialect::Rfc), Ok(()));
    let problems = quirks.check(Dialect::Salesforce).unwrap_err().to_string();
    assert_eq!(problems, "extra-roles: belongs to the rfc dialect; Salesforce's has its own way there");
}
