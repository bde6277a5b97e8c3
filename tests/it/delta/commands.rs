//! What the platform learns of accounts from other commands than lists, and what is then undone at the provider.

use super::{ACCOUNTS, World, set, stateful, told};
use crate::harness::with;
use rstest::rstest;
use scim_connector::sandbox::Dialect;
use serde_json::{Value, json};

impl World {
    async fn command(&self, command: &str, input: Value) -> Vec<Value> {
        self.bench.run_with(command, input, self.settings.clone()).await.outputs()
    }
}

fn key(id: &str) -> Value {
    json!({"identity": id, "key": {"simple": {"id": id}}})
}

#[rstest]
#[case::rfc(Dialect::Rfc)]
#[case::salesforce(Dialect::Salesforce)]
#[tokio::test]
async fn what_a_command_told_and_the_provider_took_back_is_told_again(#[case] dialect: Dialect) {
    let world = World::start(dialect, 30, "", json!({"deltaDeletions": true})).await;
    let (user, group) = (world.ids("Users")[7].clone(), world.ids("Groups")[5].clone());
    let full = world.list(None).await;
    let join = json!({"changes": [{"op": "Add", "attribute": "groups", "value": group}]});
    let joined = world.command("std:account:update", with(&key(&user), join)).await;
    assert!(joined[0]["attributes"]["groups"].as_array().unwrap().contains(&json!(group)));
    world.join("remove", &group, &user).await;
    let next = world.list(full.state()).await;
    assert!(told(&next).0.contains(&user), "the platform still has the group");
    assert_eq!(told(&world.list(next.state()).await).0, set([""; 0]));
}

#[tokio::test]
async fn an_account_that_was_made_and_deleted_between_two_lists_is_gone() {
    let world = World::start(Dialect::Rfc, 30, "", json!({"deltaDeletions": true})).await;
    let full = world.list(None).await;
    let attributes = json!({"userName": "new@example.com", "email": "new@example.com", "familyName": "New"});
    let made = world.command("std:account:create", json!({"attributes": attributes})).await;
    let id = made[0]["identity"].as_str().unwrap();
    world.delete(id).await;
    assert_eq!(told(&world.list(full.state()).await).1, set([id]));
}

#[tokio::test]
async fn what_another_list_told_meanwhile_is_told_again() {
    let world = World::start(Dialect::Rfc, 30, "", json!({})).await;
    let full = world.list(None).await;
    let users = world.ids("Users");
    world.join("add", &world.ids("Groups")[5], &users[3]).await;
    // Its state was lost, as when a list fails late.
    world.bench.run_with(ACCOUNTS, stateful(full.state()), world.settings.clone()).await;
    world.join("remove", &world.ids("Groups")[5], &users[3]).await;
    assert!(told(&world.list(full.state()).await).0.contains(&users[3]));
}

#[tokio::test]
async fn many_deletions_are_no_list_of_changes() {
    let settings = json!({"deltaDeletions": true, "shrinkLimitPercent": 10});
    let world =
        World::start(Dialect::Rfc, 30, "", with(&settings, json!({"filterString": "title == \"Secret\""}))).await;
    let full = world.list(None).await;
    for user in world.ids("Users").iter().skip(1) {
        world.change(user, "Secret").await;
    }
    let next = world.list(full.state()).await;
    assert_eq!((&*next.error().code, next.state()), ("LIST_SHRUNK", None));
}
