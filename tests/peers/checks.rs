//! The platform's behaviour checks against servers of four makes: those of `validate`, and the same ones written a second
//! time (`checks/run.js`), which ask the running service.

use super::process::{Process, product, repository};
use super::servers::Server;
use rstest::rstest;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

/// How long all checks together may take.
const RUN: Duration = Duration::from_mins(2);
const CHECKS: usize = 14;
/// In Salesforce a deleted user stays readable, which this check excludes.
const DELETES: &str = "account-create-list-delete";

#[rstest]
#[case::salesforce(Server::salesforce(), &[DELETES])]
#[case::rfc(Server::rfc(), &[])]
#[case::scim2_server(Server::scim2_server(), &[])]
#[case::scimmy(Server::scimmy(), &[])]
#[tokio::test]
async fn validate_passes_every_check(
    #[future(awt)]
    #[case]
    server: Server,
    #[case] skipped: &[&str],
) {
    let mut command = product();
    command.args(["validate", "--config-json", &server.settings.to_string()]);
    let mut validate = Process::start("validate", &mut command);
    let status = validate.ended(RUN).await;
    let table = validate.output();
    assert!(status.success(), "{table}");
    // Id, outcome, and more that is for people.
    let outcomes = outcomes(&table, |first, second| (first, second));
    assert_eq!((outcomes.len(), unlike_passed(&outcomes)), (CHECKS, skipped.to_vec()), "{table}");
    assert_eq!(table.contains("deletion only deactivates"), !skipped.is_empty(), "{table}");
}

#[rstest]
#[case::salesforce(Server::salesforce(), &[DELETES])]
#[case::rfc(Server::rfc(), &[])]
#[case::scim2_server(Server::scim2_server(), &[])]
#[case::scimmy(Server::scimmy(), &[])]
#[tokio::test]
async fn so_does_the_service_when_others_check_it(
    #[future(awt)]
    #[case]
    server: Server,
    #[case] skipped: &[&str],
) {
    let connector = server.connector().await;
    let mut command = Command::new("node");
    command.arg(repository("tests/peers/checks/run.js")).args([connector.url(), &server.settings.to_string()]);
    command.args(skipped);
    let mut checks = Process::start("checks", &mut command);
    let status = checks.ended(RUN).await;
    let table = checks.output();
    assert!(status.success(), "{table}");
    let outcomes = outcomes(&table, |first, second| (second, first));
    assert_eq!((outcomes.len(), unlike_passed(&outcomes)), (CHECKS, skipped.to_vec()), "{table}");
}

/// A check that fails is seen to fail, by both: a source whose address is wrong.
#[tokio::test]
async fn neither_passes_whatever_it_is_given() {
    let server = Server::rfc().await;
    let mut settings = server.settings.clone();
    settings["baseUrl"] = json!(format!("{}/elsewhere", server.base_url));
    let mut validate = product();
    validate.args(["validate", "--config-json", &settings.to_string()]);
    let mut validate = Process::start("validate", &mut validate);
    assert_eq!(validate.ended(RUN).await.code(), Some(1), "{}", validate.output());

    let connector = server.connector().await;
    let mut checks = Command::new("node");
    checks.arg(repository("tests/peers/checks/run.js")).args([connector.url(), &settings.to_string()]);
    let mut checks = Process::start("checks", &mut checks);
    assert_eq!(checks.ended(RUN).await.code(), Some(1), "{}", checks.output());
    assert!(checks.output().contains("FAILED test-connection-success"), "{}", checks.output());
}

/// What came of each check, from lines whose first two words tell it.
pub fn outcomes<'a>(table: &'a str, words: fn(&'a str, &'a str) -> (&'a str, &'a str)) -> BTreeMap<&'a str, &'a str> {
    let line = |line: &'a str| {
        let mut parts = line.split_whitespace();
        Some(words(parts.next()?, parts.next()?))
    };
    let outcome = |(_, outcome): &(&str, &str)| ["PASSED", "FAILED", "SKIPPED"].contains(outcome);
    table.lines().filter_map(line).filter(outcome).map(|(id, outcome)| (id.trim_end_matches(':'), outcome)).collect()
}

pub fn unlike_passed<'a>(outcomes: &BTreeMap<&'a str, &'a str>) -> Vec<&'a str> {
    outcomes.iter().filter(|(_, outcome)| **outcome != "PASSED").map(|(id, _)| *id).collect()
}
