//! Who joins and leaves groups, of which the users themselves may not tell.

use super::{HOUR, PATCH, World, set, told};
use crate::harness::{Answer, pass};
use http::Method;
use rstest::rstest;
use scim_connector::sandbox::Dialect;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Somebody, and a group that it is not in.
fn stranger(world: &World, outputs: &[Value]) -> (String, String) {
    let user = outputs.last().unwrap();
    let groups = user["attributes"]["groups"].as_array().unwrap();
    let other = world.ids("Groups").into_iter().find(|group| !groups.contains(&json!(group)));
    (user["identity"].as_str().unwrap().to_owned(), other.unwrap())
}

#[rstest]
#[case::read_from_the_groups(Dialect::Rfc, json!({"groupMembership": "group"}))]
#[case::read_from_both(Dialect::Rfc, json!({}))]
#[case::read_from_the_users(Dialect::Rfc, json!({"groupMembership": "user"}))]
#[case::salesforce(Dialect::Salesforce, json!({}))]
#[case::salesforce_from_the_groups(Dialect::Salesforce, json!({"groupMembership": "group"}))]
#[tokio::test]
async fn who_joins_or_leaves_a_group_is_told(#[case] dialect: Dialect, #[case] settings: Value) {
    let world = World::start(dialect, 40, "", settings).await;
    let full = world.list(None).await;
    let groups_of = |answer: &Answer, user: &str| {
        let outputs = answer.outputs();
        outputs.iter().find(|one| one["identity"] == user).unwrap()["attributes"]["groups"].as_array().unwrap().clone()
    };
    let outputs = full.outputs();
    let is_member = |one: &&Value| one["attributes"]["groups"] != json!([]);
    let leaves = outputs.iter().find(is_member).unwrap();
    let (leaves, left) = (leaves["identity"].as_str().unwrap(), leaves["attributes"]["groups"][0].as_str().unwrap());
    let (joins, joined) = stranger(&world, &outputs);
    pass(HOUR).await;
    world.join("add", &joined, &joins).await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0, set([&joins]));
    assert!(groups_of(&delta, &joins).contains(&json!(joined)));
    world.join("remove", left, leaves).await;
    let next = world.list(delta.state()).await;
    assert_eq!(told(&next).0, set([leaves]));
    assert!(!groups_of(&next, leaves).contains(&json!(left)));
    assert_eq!(told(&world.list(next.state()).await).0, BTreeSet::new());
}

#[tokio::test]
async fn users_that_show_groups_which_no_group_shows_are_compared() {
    let world = World::start(Dialect::Rfc, 40, "members-empty", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    let (joins, joined) = stranger(&world, &full.outputs());
    world.join("add", &joined, &joins).await;
    assert_eq!(told(&world.list(full.state()).await).0, set([&joins]));
}

#[tokio::test]
async fn permission_sets_are_told_at_salesforce() {
    let world = World::start(Dialect::Salesforce, 30, "", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    let user = world.ids("Users")[4].clone();
    let outputs = full.outputs();
    let held = &outputs.iter().find(|one| one["identity"] == user.as_str()).unwrap()["attributes"]["entitlements"];
    let is_other = |id: &String| id.starts_with("0PS") && !held.as_array().unwrap().contains(&json!(id));
    let set_id = world.ids("Entitlements").into_iter().find(is_other).unwrap();
    let operations = json!([{"op": "add", "value": {"entitlements": [{"value": set_id}]}}]);
    world.write(Method::PATCH, &format!("Users/{user}"), json!({"schemas": [PATCH], "Operations": operations})).await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0, set([&user]));
}
