//! Lists of a large organization: everybody once and in order, whatever the page size and however many requests at once.

use super::harness::{Bench, attributes, with};
use rstest::rstest;
use scim_connector::sandbox::Options;
use serde_json::{Value, json};
use std::collections::HashSet;

async fn organization(users: u64) -> Bench {
    Bench::start(Options { users, groups: 300, ..Options::default() }).await
}

fn assert_ascending(ids: &[String], number: usize) {
    assert_eq!(ids.len(), number);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "ids do not ascend, or one came twice");
}

#[tokio::test]
async fn five_thousand_accounts_come_once_each_in_ascending_order() {
    let bench = organization(5_000).await;
    let answer = bench.run("std:account:list", json!({})).await;
    assert_ascending(&answer.identities(), 5_000);
    let first = &answer.outputs()[0];
    insta::assert_snapshot!(first, @r#"{"identity":"005RM000002FD0bYAG","key":{"simple":{"id":"005RM000002FD0bYAG"}},"disabled":false,"locked":false,"attributes":{"id":"005RM000002FD0bYAG","userName":"zoe.larsen@example.com","displayName":"Zoë Larsen","nickName":"zoe.larsen","givenName":"Zoë","familyName":"Larsen","formattedName":"Zoë Larsen","email":"zoe.larsen@example.com","title":"Chief Executive Officer","department":"Sales","employeeNumber":"E00001","organization":"Example Europe","externalId":"HR-000001","locale":"en_IN","timezone":"Asia/Kolkata","preferredLanguage":"en_US","userType":"Standard","active":true,"created":"2016-10-08T04:47:21Z","lastModified":"2017-02-15T00:00:33Z","profile":"System Administrator","userRoles":["00ERM000002FD0b2AG"],"groups":["00GRM000002FD0b2AG"],"entitlements":["00eRM000002FD0bYAG","0PSRM000002FD0i4AG","0PSRM000002FD0k4AG","0PSRM000002FD0m4AG"]}}"#);
    let windows = 2 * bench.requests_to("startIndex=1991") + bench.requests_to("startIndex=399");
    assert_eq!(windows, 2 * 2 + 3, "two windows to the last index, and one that ends before");
    // Each page but a window's first has one resource with the one before in common.
    assert_eq!(bench.requests_to("/Users?"), 11 + 11 + 4);
    assert_eq!(bench.requests_to("filter=id gt"), 11 + 4);
}

#[rstest]
#[case::one_at_once(97, 1)]
#[case::eight_at_once(97, 8)]
#[case::all_that_may_be_asked_for(200, 32)]
#[case::more_than_the_provider_gives(500, 8)]
#[case::more_than_the_provider_gives_one_at_once(500, 1)]
#[tokio::test]
async fn page_size_and_concurrency_change_nothing(#[case] page_size: u64, #[case] concurrency: u64) {
    let bench = organization(2_300).await;
    let settings = json!({"pageSize": page_size, "concurrency": concurrency});
    let all = bench.run("std:account:list", json!({})).await.outputs();
    let answer = bench.run_with("std:account:list", json!({}), settings).await;
    assert_ascending(&answer.identities(), 2_300);
    assert!(answer.outputs() == all, "the accounts are not the same");
}

#[rstest]
#[case(1)]
#[case(32)]
#[tokio::test]
async fn pages_of_one(#[case] concurrency: u64) {
    let bench = organization(600).await;
    let settings = json!({"pageSize": 1, "concurrency": concurrency});
    let answer =
        bench.run_with("std:account:list", json!({"schema": {"attributes": [{"name": "id"}]}}), settings).await;
    assert_ascending(&answer.identities(), 600);
    assert_eq!(bench.requests_to("/Users?"), 601, "one after the other, and one that shows that there are no more");
}

#[tokio::test]
async fn three_hundred_groups() {
    let bench = organization(20).await;
    let answer = bench.run("std:entitlement:list", json!({"type": "group"})).await;
    assert_ascending(&answer.identities(), 300);
    assert_eq!(bench.requests_to("excludedAttributes=members"), bench.requests_to("/Groups"));
}

#[tokio::test]
async fn entitlements_go_on_beyond_the_two_hundred_that_an_unfiltered_list_stops_at() {
    let bench = Bench::start(Options { permission_sets: 450, ..Options::default() }).await;
    let answer = bench.run("std:entitlement:list", json!({"type": "entitlement"})).await;
    let outputs = answer.outputs();
    let of_kind = |kind: &str| outputs.iter().filter(|found| found["attributes"]["kind"] == kind).count();
    assert_eq!((of_kind("Profile"), of_kind("PermissionSet"), outputs.len()), (6, 450, 456));
    assert_eq!(answer.identities().iter().collect::<HashSet<_>>().len(), 456);
}

/// The setting `paging` may choose another way, and none that ends too early.
#[tokio::test]
async fn the_setting_paging_never_shortens_a_list() {
    let bench = Bench::start(Options { users: 2_300, permission_sets: 450, ..Options::default() }).await;
    let generic = json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url(), "groupMembership": "user"});
    let by_key = with(&generic, json!({"paging": "key"}));
    assert_ascending(&bench.run_with("std:account:list", json!({}), by_key).await.identities(), 2_300);

    for by_index in [json!({"paging": "index"}), generic] {
        let failure = bench.run_with("std:account:list", json!({}), by_index).await.late_failure();
        failure.assert_says("Start index too big");
    }

    let input = json!({"type": "entitlement"});
    assert_eq!(bench.run_with("std:entitlement:list", input, json!({"paging": "index"})).await.outputs().len(), 456);
}

/// What is granted must be among what can be granted, or the platform shows ids without names.
#[tokio::test]
async fn every_group_and_entitlement_of_an_account_is_in_the_lists() {
    let bench = organization(200).await;
    let accounts = bench.run("std:account:list", json!({})).await.outputs();
    for (kind, attribute) in [("group", "groups"), ("entitlement", "entitlements")] {
        let listed: HashSet<String> =
            bench.run("std:entitlement:list", json!({"type": kind})).await.identities().into_iter().collect();
        let granted: HashSet<&str> =
            accounts.iter().flat_map(|account| texts(&attributes(account)[attribute])).collect();
        assert!(!granted.is_empty() && granted.iter().all(|id| listed.contains(*id)), "{attribute}");
    }
}

fn texts(values: &Value) -> Vec<&str> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// Groups read from the users and from the groups' members are the same memberships.
#[tokio::test]
async fn both_sides_of_a_membership_tell_the_same() {
    let bench = Bench::start(Options { users: 120, groups: 30, ..Options::default() }).await;
    let mut lists = Vec::new();
    for side in ["user", "group"] {
        lists.push(bench.run_with("std:account:list", json!({}), json!({"groupMembership": side})).await.outputs());
    }
    assert!(lists[0] == lists[1], "the accounts differ by where their groups are read");
}
