//! The RFC's dialect: PATCH (RFC 7644 §3.5.2).

use super::{Bench, ids_of, in_short, values_of, without_meta};
use crate::sandbox::{Dialect, Options, Quirks};
use http::{Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The third of the users, and its path.
async fn somebody(bench: &Bench) -> (String, Value) {
    let user = bench.list("Users?count=1&startIndex=3").await["Resources"][0].clone();
    (format!("Users/{}", user["id"].as_str().unwrap()), user)
}

#[tokio::test(start_paused = true)]
async fn every_form_of_a_change_is_taken() {
    let bench = Bench::rfc().await;
    let (target, before) = somebody(&bench).await;
    let cases = [
        (json!({"op": "replace", "path": "title", "value": "Pilot"}), "/title", json!("Pilot")),
        (json!({"op": "Add", "path": "TITLE", "value": "Chief"}), "/title", json!("Chief")),
        (
            json!({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "x"}),
            "/title",
            json!("x"),
        ),
        (json!({"op": "remove", "path": "title"}), "/title", Value::Null),
        (json!({"op": "remove", "path": "title"}), "/title", Value::Null),
        (json!({"op": "add", "value": {"nickName": "Bee", "schemas": []}}), "/nickName", json!("Bee")),
        (json!({"op": "replace", "value": {"nickName": null}}), "/nickName", Value::Null),
        (
            json!({"op": "replace", "path": "name", "value": {"middleName": "Q"}}),
            "/name/familyName",
            before["name"]["familyName"].clone(),
        ),
        (json!({"op": "add", "path": "name.familyName", "value": "Berg"}), "/name/familyName", json!("Berg")),
        (json!({"op": "remove", "path": "name.familyName"}), "/name/familyName", Value::Null),
        (
            json!({"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R&D"}),
            "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department",
            json!("R&D"),
        ),
        (
            json!({"op": "replace", "value": {ENTERPRISE: {"costCenter": "7"}}}),
            "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department",
            json!("R&D"),
        ),
        (
            json!({"op": "replace", "value": {format!("{ENTERPRISE}:division"): "North"}}),
            "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/division",
            json!("North"),
        ),
        (
            json!({"op": "add", "path": ENTERPRISE, "value": {"department": "Lab"}}),
            "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/costCenter",
            json!("7"),
        ),
        (
            json!({"op": "remove", "path": ENTERPRISE}),
            "/schemas",
            json!(["urn:ietf:params:scim:schemas:core:2.0:User"]),
        ),
        (
            json!({"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "nobody"}}),
            "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager",
            json!({"value": "nobody"}),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@example.com"}),
            "/emails/0/value",
            json!("b@example.com"),
        ),
        (
            json!({"op": "add", "path": "emails", "value": {"value": "b@home.example", "type": "home", "primary": true}}),
            "/emails/0/primary",
            json!(false),
        ),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "b@home.example", "type": "home"}]}),
            "/emails/2",
            Value::Null,
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "c@home.example"}}),
            "/emails/1",
            json!({"value": "c@home.example"}),
        ),
        (json!({"op": "remove", "path": "emails[value ew \"home.example\"]"}), "/emails/1", Value::Null),
        (json!({"op": "replace", "path": "emails.type", "value": "other"}), "/emails/0/type", json!("other")),
        (json!({"op": "remove", "path": "emails"}), "/emails", Value::Null),
        (
            json!({"op": "add", "path": "roles", "value": [{"value": "a"}, {"value": "b"}]}),
            "/roles/1/value",
            json!("b"),
        ),
        (json!({"op": "replace", "path": "roles", "value": [{"VALUE": "c"}]}), "/roles", json!([{"value": "c"}])),
        (json!({"op": "replace", "path": "roles", "value": []}), "/roles", Value::Null),
    ];
    for (operation, pointer, expected) in cases {
        let after = bench.patched(&target, json!([operation])).await;
        assert_eq!(after.pointer(pointer).unwrap_or(&Value::Null), &expected, "{operation}: {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused() {
    let bench = Bench::rfc().await;
    let (target, _) = somebody(&bench).await;
    let mut said = Vec::new();
    for operations in [
        json!([]),
        json!([{"op": "move", "path": "title"}]),
        json!([{"op": "remove"}]),
        json!([{"op": "add", "path": "title"}]),
        json!([{"op": "replace", "path": "emails[type eq", "value": "x"}]),
        json!([{"op": "replace", "path": "noSuch", "value": "x"}]),
        json!([{"op": "replace", "path": "name.noSuch", "value": "x"}]),
        json!([{"op": "replace", "path": "urn:other:User:title", "value": "x"}]),
        json!([{"op": "replace", "value": {"noSuch": "x"}}]),
        json!([{"op": "add", "path": ENTERPRISE, "value": {"noSuch": "x"}}]),
        json!([{"op": "replace", "path": "name[familyName pr].givenName", "value": "x"}]),
        json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x"}]),
        json!([{"op": "add", "path": "emails[type eq \"home\"].value", "value": "x"}]),
        json!([{"op": "replace", "path": "id", "value": "x"}]),
        json!([{"op": "add", "path": "groups", "value": [{"value": "x"}]}]),
        json!([{"op": "replace", "path": "meta.version", "value": "x"}]),
        json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "x"}]),
        json!([{"op": "remove", "path": "userName"}]),
        json!([{"op": "replace", "value": {"userName": null}}]),
        json!([{"op": "replace", "path": "userName", "value": ""}]),
        json!([{"op": "replace", "path": "userName", "value": "zoe.larsen@example.com"}]),
        json!([{"op": "replace", "path": "active", "value": "False"}]),
        json!([{"op": "replace", "path": "title", "value": ["x"]}]),
        json!([{"op": "replace", "path": "emails", "value": "x"}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": "x"}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "x", "primary": true}, {"value": "y", "primary": true}]}]),
        json!([{"op": "replace", "path": "title", "value": "done?"}, {"op": "replace", "path": "noSuch", "value": "x"}]),
    ] {
        said.push(format!("{} {operations}", in_short(&bench.refused(&target, operations.clone()).await)));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    400 invalidSyntax: "Operations" must be an array of operations []
    400 invalidSyntax: "op" must be "add", "replace" or "remove" [{"op":"move","path":"title"}]
    400 noTarget: A remove operation needs a path [{"op":"remove"}]
    400 invalidValue: An add or replace operation needs a value [{"op":"add","path":"title"}]
    400 invalidPath: Invalid path: "emails[type eq" is no SCIM attribute path: at column 15: expected more after eq, but found the end [{"op":"replace","path":"emails[type eq","value":"x"}]
    400 invalidPath: "noSuch" names no attribute of a User [{"op":"replace","path":"noSuch","value":"x"}]
    400 invalidPath: "name.noSuch" names no attribute of a User [{"op":"replace","path":"name.noSuch","value":"x"}]
    400 invalidPath: "urn:other:User:title" names no attribute of a User [{"op":"replace","path":"urn:other:User:title","value":"x"}]
    400 invalidPath: "noSuch" names no attribute of a User [{"op":"replace","value":{"noSuch":"x"}}]
    400 invalidPath: "noSuch" names no attribute of urn:ietf:params:scim:schemas:extension:enterprise:2.0:User [{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","value":{"noSuch":"x"}}]
    400 invalidPath: "name" has one value only, and no filter chooses among it [{"op":"replace","path":"name[familyName pr].givenName","value":"x"}]
    400 noTarget: No element of "emails" matches the path [{"op":"replace","path":"emails[type eq \"home\"].value","value":"x"}]
    400 noTarget: No element of "emails" matches the path [{"op":"add","path":"emails[type eq \"home\"].value","value":"x"}]
    400 mutability: "id" is read-only [{"op":"replace","path":"id","value":"x"}]
    400 mutability: "groups" is read-only [{"op":"add","path":"groups","value":[{"value":"x"}]}]
    400 mutability: "meta.version" is read-only [{"op":"replace","path":"meta.version","value":"x"}]
    400 mutability: "manager.displayName" is read-only [{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName","value":"x"}]
    400 mutability: "userName" is required [{"op":"remove","path":"userName"}]
    400 invalidValue: "userName" is required [{"op":"replace","value":{"userName":null}}]
    400 invalidValue: "userName" is required [{"op":"replace","path":"userName","value":""}]
    409 uniqueness: The userName "zoe.larsen@example.com" is taken [{"op":"replace","path":"userName","value":"zoe.larsen@example.com"}]
    400 invalidValue: "active" must be a boolean [{"op":"replace","path":"active","value":"False"}]
    400 invalidValue: "title" must be a string [{"op":"replace","path":"title","value":["x"]}]
    400 invalidValue: "emails" must be an array of objects [{"op":"replace","path":"emails","value":"x"}]
    400 invalidValue: "emails" must be an object [{"op":"replace","path":"emails[type eq \"work\"]","value":"x"}]
    400 invalidValue: Only one element of "emails" can be primary [{"op":"add","path":"emails","value":[{"value":"x","primary":true},{"value":"y","primary":true}]}]
    400 invalidPath: "noSuch" names no attribute of a User [{"op":"replace","path":"title","value":"done?"},{"op":"replace","path":"noSuch","value":"x"}]
    "#);
    let unnamed = json!({"Operations": [{"op": "add", "path": "title", "value": "x"}]});
    insta::assert_snapshot!(bench.scim(Method::PATCH, &target, unnamed.to_string()).await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidSyntax","detail":"\"schemas\" must name urn:ietf:params:scim:api:messages:2.0:PatchOp","status":"400"}
    "#);
}

#[tokio::test(start_paused = true)]
async fn members_change_one_by_one() {
    let bench = Bench::rfc().await;
    let users = ids_of(&bench.list("Users").await);
    let group = bench.list("Groups?count=1").await["Resources"][0].clone();
    let target = format!("Groups/{}", group["id"].as_str().unwrap());
    let three: Vec<Value> = users[..3].iter().map(|id| json!({"value": id})).collect();
    let members = |group: &Value| values_of(&group["members"]);
    let set = bench.patched(&target, json!([{"op": "replace", "path": "members", "value": three}])).await;
    assert_eq!(members(&set), users[..3]);
    let one = format!("members[value eq \"{}\"]", users[1]);
    let removed = bench.patched(&target, json!([{"op": "remove", "path": one}])).await;
    assert_eq!(members(&removed), [users[0].as_str(), users[2].as_str()], "exactly the other two remain");
    assert_eq!(bench.patched(&target, json!([{"op": "remove", "path": one}])).await, removed);
    let add =
        json!([{"op": "add", "path": "members", "value": [{"value": users[2]}, {"value": users[5], "type": "User"}]}]);
    let added = bench.patched(&target, add.clone()).await;
    assert_eq!(members(&added), [users[0].as_str(), users[2].as_str(), users[5].as_str()]);
    assert_eq!(bench.patched(&target, add).await, added, "the same again");
    let user = bench.get(&format!("Users/{}", users[5])).await.json();
    assert!(values_of(&user["groups"]).contains(&group["id"].as_str().unwrap().to_owned()));
    let renamed = bench.patched(&target, json!([{"op": "replace", "value": {"displayName": "Renamed"}}])).await;
    assert_eq!((&renamed["displayName"], members(&renamed)), (&json!("Renamed"), members(&added)));

    let mut said = Vec::new();
    for operation in [
        json!({"op": "replace", "path": format!("members[value eq \"{}\"].value", users[0]), "value": users[1]}),
        json!({"op": "add", "path": "members", "value": [{"value": "nobody"}]}),
        json!({"op": "replace", "path": format!("members[value eq \"{}\"]", users[7]), "value": {"value": users[1]}}),
        json!({"op": "add", "path": "members", "value": {"members": [{"value": users[1]}]}}),
        json!({"op": "remove", "path": "displayName"}),
    ] {
        said.push(in_short(&bench.refused(&target, json!([operation])).await));
    }
    let said = users.iter().enumerate().fold(said.join("\n"), |said, (at, id)| said.replace(id, &format!("user {at}")));
    insta::assert_snapshot!(said, @r#"
    400 mutability: "members.value" cannot be changed once it is set
    400 invalidValue: "members" must be users that exist, and "nobody" is none
    400 noTarget: No element of "members" matches the path
    400 invalidSyntax: "members.members" is no attribute
    400 mutability: "displayName" is required
    "#);
    // The RFC knows no value in a removal: what names the attribute as a whole removes it as a whole.
    let wrapped = json!([{"op": "remove", "path": "members", "value": {"members": [{"value": users[0]}]}}]);
    assert_eq!(bench.patched(&target, wrapped).await["members"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_patch_may_answer_nothing() {
    let quirks = Quirks::parse(["patch-204"]).unwrap();
    let options = Options { quirks, ..Options::new(Dialect::Rfc) };
    let bench = Bench::new(options).await;
    let (target, _) = somebody(&bench).await;
    let answer = bench.patch(&target, json!([{"op": "replace", "path": "title", "value": "Pilot"}])).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(bench.get(&target).await.json()["title"], "Pilot");
    let answer = bench.patch(&target, json!([{"op": "replace", "path": "noSuch", "value": "Pilot"}])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_attributes_that_are_asked_for() {
    let bench = Bench::rfc().await;
    let (target, user) = somebody(&bench).await;
    let operations = json!([{"op": "replace", "path": "title", "value": "Pilot"}]);
    let answer = bench.patch(&format!("{target}?attributes=title"), operations).await.json();
    assert_eq!(answer, json!({"schemas": user["schemas"], "id": user["id"], "title": "Pilot"}));
}

#[tokio::test(start_paused = true)]
async fn only_a_real_change_moves_the_version() {
    let bench = Bench::rfc().await;
    let users = bench.list("Users").await;
    for user in users["Resources"].as_array().unwrap() {
        let target = format!("Users/{}", user["id"].as_str().unwrap());
        let same = json!([
            {"op": "replace", "value": {"displayName": user["displayName"], "emails": user["emails"]}},
            {"op": "add", "value": {"emails": user["emails"], ENTERPRISE: {"department": user[ENTERPRISE]["department"]}}},
            {"op": "remove", "path": "profileUrl"},
            {"op": "remove", "path": "ims[type eq \"x\"]"},
        ]);
        assert_eq!(&bench.patched(&target, same).await, user);
    }
    let (target, before) = somebody(&bench).await;
    let password = bench.patched(&target, json!([{"op": "replace", "path": "password", "value": "new"}])).await;
    assert_eq!(without_meta(password.clone()), without_meta(before.clone()));
    assert_ne!(password["meta"]["version"], before["meta"]["version"]);
    let title = bench.patched(&target, json!([{"op": "replace", "path": "title", "value": "new"}])).await;
    assert_ne!(title["meta"]["version"], password["meta"]["version"]);
    assert_eq!(title["meta"]["lastModified"], "2026-05-04T03:02:01Z");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_added_and_then_removed_leaves_no_trace(
        attribute in prop::sample::select(vec!["entitlements", "roles", "emails", "ims"]),
        values in prop::collection::btree_set("[a-z]{1,6}", 1..5),
        members in prop::collection::btree_set(0_usize..20, 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new(Options { users: 20, ..Options::new(Dialect::Rfc) }).await;
            let users = ids_of(&bench.list("Users").await);
            let (target, user) = somebody(&bench).await;
            add_and_remove(&bench, &target, &user, attribute, values.into_iter().collect()).await;
            let group = bench.list("Groups?count=1").await["Resources"][0].clone();
            let present = values_of(&group["members"]);
            let new: Vec<String> = members.iter().map(|at| users[*at].clone()).filter(|id| !present.contains(id)).collect();
            let target = format!("Groups/{}", group["id"].as_str().unwrap());
            add_and_remove(&bench, &target, &group, "members", new).await;
        });
    }
}

async fn add_and_remove(bench: &Bench, target: &str, before: &Value, attribute: &str, values: Vec<String>) {
    let added: Vec<Value> = values.iter().map(|value| json!({"value": value})).collect();
    let remove = |value: &String| json!({"op": "remove", "path": format!("{attribute}[value eq \"{value}\"]")});
    let removals: Vec<Value> = values.iter().map(remove).collect();
    let count = |resource: &Value| resource[attribute].as_array().map_or(0, Vec::len);
    let after = bench.patched(target, json!([{"op": "add", "path": attribute, "value": added}])).await;
    assert_eq!(count(&after), count(before) + values.len());
    if !removals.is_empty() {
        let after = bench.patched(target, Value::Array(removals)).await;
        assert_eq!(without_meta(after), without_meta(before.clone()));
    }
}
