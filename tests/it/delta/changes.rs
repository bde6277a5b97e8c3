//! What lists of changes send, and what they ask for it.

use super::{ACCOUNTS, HOUR, PATCH, World, count, set, stateful, told};
use crate::harness::{Service, pass, with};
use http::{Method, StatusCode};
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Effect, Fault, ListEffect};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// 455 users are five pages of a hundred, three of two hundred. Whether a list is all is asked at its end, where a provider
/// may give the number on the page for the total.
#[rstest]
// The groups; whether filters are believed, at first twice; what changed.
#[case::the_standard(Dialect::Rfc, json!({}), false, &[("Groups", 2), ("Users", 4)], &[("Groups", 2), ("Users", 3)])]
// The same, and all ids.
#[case::with_deletions(Dialect::Rfc, json!({"deltaDeletions": true}), false, &[("Groups", 2), ("Users", 9)], &[("Groups", 2), ("Users", 8)])]
// Who is deleted leaves its groups: the time, and all users.
#[case::members_leave(Dialect::Rfc, json!({}), true, &[("Groups", 2), ("Users", 6)], &[("Groups", 2), ("Users", 4)])]
#[case::members_are_deleted(Dialect::Rfc, json!({"deltaDeletions": true}), true, &[("Groups", 2), ("Users", 6)], &[("Groups", 2), ("Users", 9)])]
// Permission sets may change unseen.
#[case::salesforce(Dialect::Salesforce, json!({}), true, &[("Users", 4)], &[("Users", 4)])]
// As an administrator may say who knows better.
#[case::salesforce_by_change(Dialect::Salesforce, json!({"providerSettings": {"lastModifiedMisses": []}}), true, &[("Users", 3)], &[("Users", 2)])]
#[tokio::test]
async fn a_list_of_changes_has_exactly_those(
    #[case] dialect: Dialect,
    #[case] settings: Value,
    #[case] members_go: bool,
    #[case] first: &[(&str, usize)],
    #[case] second: &[(&str, usize)],
) {
    let are_told = settings.get("deltaDeletions").is_some();
    let world = World::start(dialect, 450, "", settings).await;
    let active = |user: &&Value| user["active"] == true;
    let stored = world.bench.sandbox.stored("Users");
    let mut go = set(stored.iter().skip(100).filter(active).take(5).map(|user| user["id"].as_str().unwrap()));
    for number in 0..5 {
        let created = world.create(&format!("leaver{number}")).await;
        if !members_go {
            go.pop_first();
            go.insert(created);
        }
    }
    let users = world.ids("Users");
    let full = world.list(None).await;
    assert_eq!(told(&full), (set(&users), BTreeSet::new()));
    let state = full.state().unwrap();
    assert!(state.as_object().unwrap().values().all(Value::is_string));

    pass(HOUR).await;
    let mut expected = set(&users[40..70]);
    for user in &users[40..70] {
        world.change(user, "Changed").await;
    }
    for number in 0..5 {
        expected.insert(world.create(&format!("new{number}")).await);
    }
    for user in &go {
        world.delete(user).await;
    }
    // Salesforce deactivates.
    if world.is_salesforce() {
        expected.extend(go.clone());
    }
    let (delta, requests) = world.counted(world.list(Some(state))).await;
    assert_eq!(told(&delta), (expected, if are_told { go } else { BTreeSet::new() }));
    assert_eq!(requests, count(first));

    let (again, requests) = world.counted(world.list(delta.state())).await;
    assert_eq!(told(&again), (BTreeSet::new(), BTreeSet::new()));
    assert_eq!(requests, count(second));
    // Later it is the same: nothing has changed.
    pass(HOUR).await;
    assert_eq!(told(&world.list(again.state()).await), (BTreeSet::new(), BTreeSet::new()));
}

#[tokio::test]
async fn a_deletion_is_told_as_the_platform_wants_it() {
    let world = World::start(Dialect::Rfc, 20, "", json!({"deltaDeletions": "true"})).await;
    let users = world.ids("Users");
    let full = world.list(None).await;
    world.delete(&users[3]).await;
    let delta = world.list(full.state()).await;
    let id = &users[3];
    assert_eq!(
        delta.outputs(),
        [json!({"identity": id, "key": {"simple": {"id": id}}, "deleted": true, "attributes": {}})]
    );
    let group = world.ids("Groups")[0].clone();
    let full = world.entitlements("group", None).await;
    world.delete_group(&group).await;
    let delta = world.entitlements("group", full.state()).await;
    let gone = json!({"identity": group, "key": {"simple": {"id": group}}, "deleted": true, "attributes": {}, "type": "group"});
    assert_eq!(delta.outputs(), [gone]);
}

#[tokio::test]
async fn entitlements_have_changes_too() {
    let world = World::start(Dialect::Rfc, 10, "", json!({})).await;
    let groups = world.ids("Groups");
    let full = world.entitlements("group", None).await;
    assert_eq!(told(&full).0, set(&groups));
    pass(HOUR).await;
    let rename = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"displayName": "Renamed"}}]});
    world.write(Method::PATCH, &format!("Groups/{}", groups[2]), rename).await;
    let (delta, requests) = world.counted(world.entitlements("group", full.state())).await;
    assert_eq!((told(&delta).0, requests), (set([&groups[2]]), count(&[("Groups", 4)])));
    assert_eq!(world.entitlements("group", delta.state()).await.outputs(), [Value::Null; 0]);
    // What is none of the provider's has a state all the same, and a state of another type is of no use.
    assert!(world.entitlements("entitlement", None).await.state().is_some());
    assert_eq!(world.entitlements("group", full.state()).await.outputs().len(), 1);
    let other = world.list(None).await;
    assert_eq!(told(&world.entitlements("group", other.state()).await).0, set(&groups));
}

#[tokio::test]
async fn what_fails_midway_leaves_no_state() {
    // One page after the other: a page that fails once ahead of its turn is asked for again in its turn.
    let world = World::start(Dialect::Rfc, 250, "", json!({"maxRetries": 0, "concurrency": 1})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    for user in world.ids("Users") {
        world.change(&user, "Changed").await;
    }
    let broken = Effect::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, body: String::new() };
    for effect in [broken, Effect::Close] {
        for state in [None, full.state()] {
            world.bench.fail(Fault { times: Some(1), ..Fault::new("/Users?startIndex=101", effect.clone()) });
            let failed = world.list(state).await;
            assert!(failed.state().is_none() && failed.broken, "{:?}", failed.lines.last());
        }
    }
    // What was sent before the failure comes once more.
    assert_eq!(told(&world.list(full.state()).await).0.len(), 250);
}

#[tokio::test]
async fn the_filters_of_a_source_hold_for_changes() {
    let settings = json!({"userFilter": "userName pr and (active eq true)", "filterString": "title == \"Secret\"", "deltaDeletions": true});
    let world = World::start(Dialect::Rfc, 40, "", settings).await;
    let full = world.list(None).await;
    let known: Vec<String> = told(&full).0.into_iter().collect();
    assert!(known.len() < 40);
    pass(HOUR).await;
    // Changed; left out from now on; no longer asked for; and what never was.
    world.change(&known[0], "Changed").await;
    world.change(&known[1], "Secret").await;
    let deactivate = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": false}}]});
    world.write(Method::PATCH, &format!("Users/{}", known[2]), deactivate).await;
    let stranger = world.ids("Users").into_iter().find(|id| !known.contains(id)).unwrap();
    world.change(&stranger, "Changed").await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta), (set([&known[0]]), set([&known[1], &known[2]])));
    let asked = "filter=(userName pr) and (active eq true) and (meta.lastModified ge \"";
    assert!(world.bench.requests_to(asked) > 0, "{:?}", world.bench.sandbox.requests().last());
    // It comes back.
    world.change(&known[1], "Public").await;
    assert_eq!(told(&world.list(delta.state()).await), (set([&known[1]]), BTreeSet::new()));
}

#[tokio::test]
async fn a_list_of_changes_is_no_short_list() {
    let world = World::start(Dialect::Rfc, 100, "", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    world.change(&world.ids("Users")[0], "Changed").await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0.len(), 1);
    // What the platform keeps is of the list of everything.
    assert_eq!(delta.lines.last().unwrap()["data"][0]["value"]["accounts"]["count"], 100);
    // The next list of everything is still held against the last one.
    world.bench.fail(Fault::new("/Users", Effect::List(ListEffect::LoseView(50))));
    assert_eq!(world.list(None).await.failure().code, "LIST_SHRUNK");
}

#[tokio::test]
async fn ids_that_are_suddenly_gone_are_not_believed() {
    let settings = json!({"deltaDeletions": true});
    let mut world = World::start(Dialect::Rfc, 100, "", settings).await;
    let full = world.list(None).await;
    // A process that has seen nothing of this source: the state says how many there were.
    world.bench.service = Service::start().await;
    world.bench.fail(Fault::new("/Users", Effect::List(ListEffect::LoseView(50))));
    let failed = world.list(full.state()).await;
    assert_eq!((failed.error().code.as_str(), failed.given_out().len(), failed.state()), ("LIST_SHRUNK", 0, None));
    let allowed = world.list_with(full.state(), json!({"shrinkLimitPercent": 0})).await;
    assert_eq!(told(&allowed).1.len(), 50);
}

#[tokio::test]
async fn deletions_that_are_switched_on_later_begin_with_everything() {
    let world = World::start(Dialect::Rfc, 20, "", json!({})).await;
    let full = world.list(None).await;
    let with_ids = world.list_with(full.state(), json!({"deltaDeletions": true})).await;
    assert_eq!(told(&with_ids).0.len(), 20);
    world.delete(&world.ids("Users")[0]).await;
    let delta = world.list_with(with_ids.state(), json!({"deltaDeletions": true})).await;
    assert_eq!((told(&delta).0.len(), told(&delta).1.len()), (0, 1));
    // Switched off, the ids go.
    let without = world.list(delta.state()).await;
    assert!(without.state().unwrap().get("ids").is_none());
}

/// What was changed again and again within the overlap comes each time, and never twice as it is.
#[tokio::test]
async fn what_changes_to_and_fro_is_told_each_time() {
    let world = World::start(Dialect::Rfc, 20, "", json!({"attributeMapping": []})).await;
    let user = world.ids("Users")[3].clone();
    let only_title = json!({"schema": {"attributes": [{"name": "title"}]}});
    let list = async |state: Option<&Value>| {
        world.bench.run_with(ACCOUNTS, with(&stateful(state), only_title.clone()), world.settings.clone()).await
    };
    world.change(&user, "One").await;
    let mut earlier = list(None).await;
    for title in ["Two", "One", "Two", "Two", "One"] {
        world.change(&user, title).await;
        let is_other = earlier.outputs().iter().all(|one| one["attributes"]["title"] != title);
        let next = list(earlier.state()).await;
        let titles: Vec<String> =
            next.outputs().iter().map(|one| one["attributes"]["title"].as_str().unwrap().to_owned()).collect();
        let expected = if is_other || earlier.outputs().len() > 1 { vec![title.to_owned()] } else { Vec::new() };
        assert_eq!(titles, expected);
        if !titles.is_empty() {
            earlier = next;
        }
    }
}
