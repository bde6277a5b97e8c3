//! `sdk-differences.json`: which of the collection's tests fail against the SDK's development server, and why.

use super::newman::{Test, read};
use super::process::repository;
use serde_json::Value;
use std::collections::BTreeSet;

/// The tests that are said to fail. `*` stands for every request, and at the end of a test's name for the rest of it.
pub struct Differences(Vec<Test>);

impl Differences {
    pub fn read() -> Self {
        let differences = read(&repository("tests/peers/sdk-differences.json"));
        let mut tests = Vec::new();
        for difference in differences.as_array().unwrap() {
            assert!(difference["difference"].as_str().unwrap().len() > 20, "{difference}");
            for (request, names) in difference["fails"].as_object().unwrap() {
                let test = |name: &Value| Test { request: request.clone(), name: name.as_str().unwrap().to_owned() };
                tests.extend(names.as_array().unwrap().iter().map(test));
            }
        }
        Self(tests)
    }

    /// Every failure must be written down.
    pub fn explain(&self, failures: &BTreeSet<Test>) {
        let is_explained = |test: &&Test| self.0.iter().any(|written| covers(written, test));
        let others: Vec<&Test> = failures.iter().filter(|test| !is_explained(test)).collect();
        assert!(others.is_empty(), "no difference says why these fail:\n{others:#?}");
    }

    /// What is written down and does not fail.
    pub fn gone(&self, failures: &BTreeSet<Test>) -> Vec<&Test> {
        self.0.iter().filter(|written| !failures.iter().any(|test| covers(written, test))).collect()
    }
}

fn covers(written: &Test, test: &Test) -> bool {
    let is_name = match written.name.strip_suffix('*') {
        Some(start) => test.name.starts_with(start),
        None => test.name == written.name,
    };
    is_name && (written.request == "*" || written.request == test.request)
}
