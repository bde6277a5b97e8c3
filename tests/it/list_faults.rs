//! Every way in which the sandbox's lists go wrong, at each request of a list, by each way of paging: all accounts come, each
//! once, or the list fails; and before its first line where a view is lost at its beginning.

use super::harness::{Answer, Bench, with};
use rstest::rstest;
use scim_connector::sandbox::ListEffect::{
    self, ChangeTotal, DropRows, EmptyPage, IgnoreFilter, IgnoreStartIndex, LoseView, RepeatRows, ShiftPage,
};
use scim_connector::sandbox::{Dialect, Effect, Fault, Options, Schedule};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const EFFECTS: [ListEffect; 13] = [
    RepeatRows(1),
    RepeatRows(10),
    DropRows(1),
    DropRows(20),
    ShiftPage(1),
    ShiftPage(-1),
    ShiftPage(20),
    ChangeTotal(1),
    ChangeTotal(-20),
    EmptyPage,
    LoseView(1),
    LoseView(50),
    IgnoreStartIndex,
];

/// The list meets the fault so often: once, at its n-th request; or from there on.
fn schedule(effect: ListEffect, after: u32, times: Option<u32>) -> Schedule {
    let fault = Fault { after, times, ..Fault::new("/Users", Effect::List(effect)).named("list") };
    Schedule { faults: vec![fault], ..Schedule::default() }
}

/// Whether the list is all of these, each once; it is not, where the command says so.
fn is_complete(answer: &Answer, all: &BTreeSet<String>, what: &str) -> bool {
    if answer.status != 200 || answer.broken {
        let code = answer.error().code;
        assert!(["LIST_INCOMPLETE", "LIST_SHRUNK"].contains(&code.as_str()), "{what}: {code}");
        return false;
    }
    let identities = answer.identities();
    let distinct: BTreeSet<String> = identities.iter().cloned().collect();
    assert!(distinct.len() == identities.len() && distinct == *all, "{what}: {} came", identities.len());
    true
}

#[rstest]
#[case::salesforce(Dialect::Salesforce, json!({}))]
#[case::salesforce_by_key(Dialect::Salesforce, json!({"paging": "key"}))]
#[case::salesforce_in_windows(Dialect::Salesforce, json!({
    "concurrency": 4, "providerSettings": [{"key": "users.paging", "value": "{\"indexThenKey\": {\"lastStart\": 40}}"}],
}))]
#[case::partitions(Dialect::Rfc, json!({"concurrency": 4, "paging": "key", "partitionAggregationEnabled": true}))]
#[case::partitions_by_index(Dialect::Rfc, json!({"concurrency": 4, "paging": "index", "partitionAggregationEnabled": true}))]
#[case::by_index(Dialect::Rfc, json!({"paging": "index"}))]
#[case::by_key(Dialect::Rfc, json!({"paging": "key"}))]
#[case::by_cursor(Dialect::Rfc, json!({"paging": "cursor"}))]
#[tokio::test]
async fn no_list_is_short_and_a_success(#[case] dialect: Dialect, #[case] paging: Value) {
    let bench = Bench::start(Options { users: 90, groups: 2, ..Options::new(dialect) }).await;
    let provider = if dialect == Dialect::Rfc { "generic" } else { "salesforce" };
    let settings = json!({
        "provider": provider, "tokenUrl": bench.sandbox.token_url(), "pageSize": 20, "concurrency": 1,
        "groupMembership": "user",
    });
    let settings = with(&settings, paging);
    let all: BTreeSet<String> =
        bench.run_with("std:account:list", json!({}), settings.clone()).await.identities().into_iter().collect();
    assert_eq!(all.len(), 90);
    let (mut complete, mut failed) = (0, 0);
    for effect in EFFECTS.into_iter().chain([IgnoreFilter]) {
        for (after, times) in [0, 1, 4, 5].into_iter().flat_map(|after| [(after, Some(1)), (after, None)]) {
            bench.sandbox.schedule(schedule(effect, after, times));
            let answer = bench.run_with("std:account:list", json!({}), settings.clone()).await;
            let what = format!("{effect:?} after {after}, {times:?} times");
            if bench.sandbox.fired()[0].1 == 0 {
                assert!(is_complete(&answer, &all, &what), "{what}: it failed for nothing");
                continue;
            }
            if is_complete(&answer, &all, &what) {
                complete += 1;
            } else {
                failed += 1;
            }
            if matches!(effect, LoseView(_)) && (after, times) == (0, None) {
                assert_eq!((answer.status, answer.error().code.as_str()), (500, "LIST_SHRUNK"), "{what}");
            }
        }
    }
    assert!(complete > 10 && failed > 10, "{complete} were complete, {failed} failed");
}
