//! Writes of every shape, in both dialects: nothing breaks, and what is read can always be written back.

use super::{Bench, ids_of, values_of};
use crate::sandbox::{Dialect, Effect, Fault, Options};
use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[rstest::rstest]
#[case(Dialect::Salesforce)]
#[case(Dialect::Rfc)]
#[tokio::test(start_paused = true)]
async fn no_operation_breaks_a_record(#[case] dialect: Dialect) {
    let bench = Bench::new(Options::new(dialect)).await;
    let department = format!("{ENTERPRISE}:department");
    let manager = format!("{ENTERPRISE}:manager.value");
    let paths = [
        "userName",
        "name",
        "name.familyName",
        "active",
        "emails",
        "emails.value",
        "emails[primary eq true].value",
        "emails[type eq \"work\"]",
        "entitlements",
        "entitlements[value sw \"0\"]",
        "roles",
        "groups",
        "groups.value",
        "members",
        "members.value",
        "members[value pr]",
        "displayName",
        "password",
        "id",
        "meta",
        "schemas",
        "",
        "..",
        "a[b",
        ENTERPRISE,
        &department,
        &manager,
    ];
    let values = [
        json!(null),
        json!(true),
        json!("x"),
        json!("Y@example.com"),
        json!(1.5),
        json!([]),
        json!({}),
        json!([null]),
        json!(["x"]),
        json!([[]]),
        json!({"value": "x"}),
        json!([{"value": "x", "primary": true}, {"VALUE": 7}]),
        json!({"members": [{"value": "x"}]}),
        json!({"members": "x"}),
        json!({"entitlements": {}}),
        json!({"familyName": null}),
        json!({"userName": {"userName": "x"}, "emails": [{}]}),
    ];
    let records = [("Users", ids_of(&bench.list("Users").await)), ("Groups", ids_of(&bench.list("Groups").await))];
    for (endpoint, ids) in records {
        let target = format!("{endpoint}/{}", ids[1]);
        for (op, value) in
            ["add", "replace", "remove"].iter().flat_map(|op| values.iter().map(move |value| (op, value)))
        {
            let with_path = paths.iter().map(|path| json!([{"op": op, "path": path, "value": value}]));
            for operations in with_path.chain([json!([{"op": op, "value": value}]), json!(value)]) {
                let status = bench.patch(&target, operations.clone()).await.status;
                assert!(status.is_success() || status.is_client_error(), "{status} {operations}");
            }
            let status = bench.scim(Method::PUT, &target, value.to_string()).await.status;
            assert!(status.is_client_error() || (status.is_success() && endpoint == "Groups"), "{status} {value}");
        }
        let after = bench.get(&target).await.json();
        let put = bench.scim(Method::PUT, &target, after.to_string()).await;
        assert_eq!(put.json(), after, "what is read can be written");
    }
}

#[rstest::rstest]
#[case(Dialect::Salesforce)]
#[case(Dialect::Rfc)]
#[tokio::test]
async fn of_changes_at_the_same_time_none_is_lost(#[case] dialect: Dialect) {
    let bench = Bench::new(Options { users: 100, groups: 3, ..Options::new(dialect) }).await;
    let users = ids_of(&bench.list("Users?count=100").await);
    assert_eq!(users.len(), 100);
    let target = format!("Groups/{}", ids_of(&bench.list("Groups").await)[0]);
    join_all(users.iter().map(|id| {
        let member = json!([{"value": id}]);
        let value = if dialect == Dialect::Salesforce { json!({"members": member}) } else { member };
        bench.patch(&target, json!([{"op": "add", "path": "members", "value": value}]))
    }))
    .await;
    let members: BTreeSet<String> = values_of(&bench.get(&target).await.json()["members"]).into_iter().collect();
    assert_eq!(members, users.iter().cloned().collect());
    join_all(users.iter().map(|id| {
        let target = format!("Users/{id}");
        let bench = &bench;
        async move { bench.patch(&target, json!([{"op": "replace", "value": {"title": id}}])).await }
    }))
    .await;
    let list = bench.list("Users?count=100").await;
    assert!(list["Resources"].as_array().unwrap().iter().all(|user| user["title"] == user["id"]));
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_may_be_done_and_not_be_answered() {
    let bench = Bench::rfc().await;
    let post = |name: &str| {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name}).to_string();
        bench.scim(Method::POST, "Users", body)
    };
    let once = |effect| Fault { method: Some(Method::POST), times: Some(1), ..Fault::new("/Users", effect) };
    bench.app.faults.add(once(Effect::Close));
    post("nobody").await;
    bench.app.faults.add(once(Effect::LoseAnswer));
    assert_eq!(post("lost").await.body, "");
    bench.app.faults.add(once(Effect::Stall(Duration::from_secs(90))));
    let started = tokio::time::Instant::now();
    assert_eq!(post("late").await.status, StatusCode::CREATED);
    assert_eq!(started.elapsed().as_secs(), 90);
    let list = bench.list("Users?startIndex=9&attributes=userName").await;
    let names: Vec<&Value> = list["Resources"].as_array().unwrap().iter().map(|user| &user["userName"]).collect();
    assert_eq!(names, ["lost", "late"]);
}
