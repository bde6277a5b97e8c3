//! Groups of Salesforce's dialect: their members change.

use super::{Bench, ids_of, in_short, values_of, without_meta};
use http::{Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const GROUP: &str = "Groups/00GRM000002FD0c2AG";
const GROUP_ID: &str = "00GRM000002FD0c2AG";
/// One who is in the group, and one who is not.
const MEMBER: &str = "005RM000002FD0cYAG";
const STRANGER: &str = "005RM000002FD0bYAG";

fn change(op: &str, users: &[&str]) -> Value {
    let users: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
    json!([{"op": op, "path": "members", "value": {"members": users}}])
}

#[tokio::test(start_paused = true)]
async fn members_come_and_go_in_the_wrapped_form() {
    let bench = Bench::with_users(8).await;
    let before = bench.get(GROUP).await.json();
    let members = values_of(&before["members"]);
    assert!(members.contains(&MEMBER.to_owned()) && !members.contains(&STRANGER.to_owned()));
    tokio::time::advance(Duration::from_mins(1)).await;
    let answer = bench.patch(GROUP, change("add", &[STRANGER])).await;
    insta::assert_snapshot!(answer.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"00GRM000002FD0c2AG","displayName":"Engineering","members":[{"value":"005RM000002FD0bYAG","display":"Zoë Larsen","type":"User"},{"value":"005RM000002FD0cYAG","display":"Lucas Andersson","type":"User"},{"value":"005RM000002FD0fYAG","display":"Grace Bergström","type":"User"},{"value":"005RM000002FD0gYAG","display":"Anders Moreau","type":"User"},{"value":"005RM000002FD0hYAG","display":"Søren Hansen","type":"User"}],"meta":{"resourceType":"Group","created":"2014-03-03T09:00:01Z","lastModified":"2026-05-04T03:03:01Z","location":"http://127.0.0.1:8080/services/scim/v2/Groups/00GRM000002FD0c2AG","version":"74198a43e4521468e02a8cb9796202ab"}}
    "#);
    let added = answer.json();
    assert_eq!(bench.patched(GROUP, change("Add", &[STRANGER, MEMBER])).await, added, "they are there already");
    let user = bench.get(&format!("Users/{STRANGER}")).await.json();
    assert!(values_of(&user["groups"]).contains(&GROUP_ID.to_owned()));
    let of_user = format!("Groups?filter=members.value eq \"{STRANGER}\"");
    assert!(ids_of(&bench.list(&of_user).await).contains(&GROUP_ID.to_owned()));

    let removed = bench.patched(GROUP, change("remove", &[STRANGER])).await;
    assert_eq!(without_meta(removed.clone()), without_meta(before));
    assert_eq!(bench.patched(GROUP, change("remove", &[STRANGER])).await, removed, "it is gone already");
    let user = bench.get(&format!("Users/{STRANGER}")).await.json();
    assert!(!values_of(&user["groups"]).contains(&GROUP_ID.to_owned()));
    assert!(!ids_of(&bench.list(&of_user).await).contains(&GROUP_ID.to_owned()));
    let without_path = json!([{"op": "add", "value": {"members": [{"value": STRANGER}]}}]);
    assert_eq!(bench.patched(GROUP, without_path).await["members"], added["members"]);
    bench.app.store.reset();
    assert_eq!(values_of(&bench.get(GROUP).await.json()["members"]), members);
}

#[tokio::test(start_paused = true)]
async fn a_membership_is_the_groups_change_and_not_the_users() {
    let bench = Bench::with_users(8).await;
    let path = format!("Users/{MEMBER}");
    let before = bench.get(&path).await.json();
    bench.patched(GROUP, change("remove", &[MEMBER])).await;
    let after = bench.get(&path).await.json();
    assert_eq!((&after["groups"], &after["meta"]), (&json!([]), &before["meta"]));
    bench.patched(&path, json!([{"op": "replace", "value": {"displayName": "Somebody Else"}}])).await;
    let group = bench.patched(GROUP, change("add", &[MEMBER])).await;
    let members = group["members"].as_array().unwrap();
    let member = members.iter().find(|one| one["value"] == MEMBER).unwrap();
    assert_eq!(member["display"], "Somebody Else");
}

#[tokio::test(start_paused = true)]
async fn put_and_replace_give_exactly_these_members() {
    let bench = Bench::with_users(8).await;
    let body = json!({"displayName": "Engineering", "members": [{"value": STRANGER}]});
    let answer = bench.scim(Method::PUT, GROUP, body.to_string()).await;
    assert_eq!((answer.status, values_of(&answer.json()["members"])), (StatusCode::OK, vec![STRANGER.to_owned()]));
    assert_eq!(bench.get(GROUP).await.json(), answer.json());
    assert_eq!(bench.scim(Method::PUT, GROUP, body.to_string()).await.json(), answer.json(), "the same again");
    let replaced = bench.patched(GROUP, change("replace", &[MEMBER])).await;
    assert_eq!(values_of(&replaced["members"]), [MEMBER]);
    let renamed = json!({"displayName": "Other", "members": []});
    let answer = bench.scim(Method::PUT, GROUP, renamed.to_string()).await.json();
    assert_eq!((&answer["displayName"], values_of(&answer["members"]).len()), (&json!("Engineering"), 0));
}

#[tokio::test(start_paused = true)]
async fn other_changes_of_groups_are_refused() {
    let bench = Bench::with_users(8).await;
    let mut said = Vec::new();
    for operation in [
        json!({"op": "add", "path": "members", "value": [{"value": STRANGER}]}),
        json!({"op": "add", "path": "members", "value": {"value": STRANGER}}),
        json!({"op": "remove", "path": "members"}),
        json!({"op": "remove", "path": format!("members[value eq \"{MEMBER}\"]")}),
        json!({"op": "add", "path": "members", "value": {"members": ["x"]}}),
        json!({"op": "add", "path": "members", "value": {"members": [{"value": STRANGER}, {"value": "005x"}]}}),
        json!({"op": "remove", "path": "members", "value": {"members": [{"value": "005x"}]}}),
        json!({"op": "replace", "path": "displayName", "value": "Other"}),
        json!({"op": "replace", "value": {"externalId": "7"}}),
        json!({"op": "grant", "path": "members", "value": {"members": []}}),
    ] {
        let refused = bench.refused(GROUP, json!([operation])).await;
        said.push(format!("{} {operation}", in_short(&refused)));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    400 invalidValue: Members are given as {"members": [{"value": "…"}]} {"op":"add","path":"members","value":[{"value":"005RM000002FD0bYAG"}]}
    400 invalidValue: Members are given as {"members": [{"value": "…"}]} {"op":"add","path":"members","value":{"value":"005RM000002FD0bYAG"}}
    400 invalidValue: Members are given as {"members": [{"value": "…"}]} {"op":"remove","path":"members"}
    400 invalidPath: Of a group only "members" can be changed {"op":"remove","path":"members[value eq \"005RM000002FD0cYAG\"]"}
    400 invalidValue: "members" must be an array of objects {"op":"add","path":"members","value":{"members":["x"]}}
    409 -: FIELD_INTEGRITY_EXCEPTION:member ID: id value of incorrect type: 005x; {"op":"add","path":"members","value":{"members":[{"value":"005RM000002FD0bYAG"},{"value":"005x"}]}}
    409 -: FIELD_INTEGRITY_EXCEPTION:member ID: id value of incorrect type: 005x; {"op":"remove","path":"members","value":{"members":[{"value":"005x"}]}}
    400 mutability: "displayName" is read-only {"op":"replace","path":"displayName","value":"Other"}
    400 invalidPath: Of a group only "members" can be changed {"op":"replace","value":{"externalId":"7"}}
    400 invalidSyntax: "op" must be "add", "replace" or "remove" {"op":"grant","path":"members","value":{"members":[]}}
    "#);
    let atomic = json!([change("add", &[STRANGER])[0], change("add", &["005x"])[0]]);
    bench.refused(GROUP, atomic).await;
    for method in [Method::DELETE, Method::POST] {
        assert_eq!(bench.scim(method, GROUP, "{}").await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a set; and the users say the same as the group.
    #[test]
    fn any_changes_leave_the_members_that_they_should(
        changes in prop::collection::vec((any::<bool>(), prop::collection::vec(0_usize..20, 0..5)), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::with_users(20).await;
            let users = ids_of(&bench.list("Users?count=20").await);
            let mut expected: BTreeSet<String> = values_of(&bench.get(GROUP).await.json()["members"]).into_iter().collect();
            for (adds, who) in changes {
                let who: Vec<&str> = who.iter().map(|index| users[*index].as_str()).collect();
                let group = bench.patched(GROUP, change(if adds { "add" } else { "remove" }, &who)).await;
                for user in who {
                    if adds { expected.insert(user.to_owned()) } else { expected.remove(user) };
                }
                let members: BTreeSet<String> = values_of(&group["members"]).into_iter().collect();
                assert_eq!(members, expected);
            }
            let list = bench.list("Users?count=20").await;
            let in_group = |user: &&Value| values_of(&user["groups"]).contains(&GROUP_ID.to_owned());
            let by_users = list["Resources"].as_array().unwrap().iter().filter(in_group);
            let by_users: BTreeSet<String> = by_users.map(|user| user["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(by_users, expected);
        });
    }
}
