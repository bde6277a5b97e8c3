//! Users of Salesforce's dialect: changed by PATCH and PUT.

use super::{Bench, in_short, values_of, without_meta};
use crate::sandbox::Options;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

const USER: &str = "Users/005RM000002FD0cYAG";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ADMINISTRATOR: &str = "00eRM000002FD0bYAG";
const PERMISSION_SET: &str = "0PSRM000002FD0b4AG";

#[tokio::test(start_paused = true)]
async fn the_documented_forms_change_a_user() {
    let bench = Bench::with_users(8).await;
    let before = bench.get(USER).await.json();
    tokio::time::advance(Duration::from_mins(1)).await;
    let answer = bench.patch(USER, json!([{"op": "replace", "value": {"nickName": "x"}}])).await;
    insta::assert_snapshot!(answer.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"005RM000002FD0cYAG","userName":"lucas.andersson@example.com","externalId":"HR-000002","active":true,"name":{"familyName":"Andersson","givenName":"Lucas","formatted":"Lucas Andersson"},"displayName":"Lucas Andersson","nickName":"x","title":"Account Executive","emails":[{"type":"work","primary":true,"value":"lucas.andersson@example.com"}],"phoneNumbers":[{"type":"work","value":"+1 604 555 0160"}],"locale":"en_US","preferredLanguage":"en_US","timezone":"America/Los_Angeles","userType":"Standard","entitlements":[{"value":"00eRM000002FD0cYAG","display":"Standard User","type":"Profile","primary":true}],"groups":[{"value":"00GRM000002FD0c2AG","display":"Engineering"}],"roles":[{"value":"00ERM000002FD0f2AG","display":"Regional Manager"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"E00002","organization":"Example Labs","department":"Sales","manager":{"value":"005RM000002FD0bYAG","displayName":"Zoë Larsen"}},"meta":{"resourceType":"User","created":"2020-09-02T10:30:35Z","lastModified":"2026-05-04T03:03:01Z","location":"http://127.0.0.1:8080/services/scim/v2/Users/005RM000002FD0cYAG","version":"74198a43e4521468e02a8cb9796202ab"}}
    "#);
    let after = bench.patched(USER, json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!((&after["active"], &after["nickName"]), (&json!(false), &json!("x")));
    let mut expected = without_meta(before);
    expected["active"] = json!(false);
    expected["nickName"] = json!("x");
    assert_eq!(without_meta(after), expected);
    assert_eq!(bench.list("Users?filter=nickName eq \"x\" and active eq false").await["totalResults"], 1);
    let back = json!([{"op": "Replace", "path": "active", "value": "True"}]);
    assert_eq!(bench.patched(USER, back).await["active"], true);
}

#[tokio::test(start_paused = true)]
async fn a_path_leads_to_what_is_changed() {
    let bench = Bench::with_users(8).await;
    let after = bench
        .patched(
            USER,
            json!([
                {"op": "ADD", "path": "title", "value": "Pilot"},
                {"op": "replace", "path": "name.familyName", "value": "Earhart"},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.com"},
                {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Flight"},
                {"op": "add", "value": {ENTERPRISE: {"costCenter": "7"}, "locale": "de_DE"}},
                {"op": "remove", "path": format!("{ENTERPRISE}:employeeNumber")},
                {"op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "005RM000002FD0iYAG"},
                {"op": "remove", "path": "phoneNumbers"},
                {"op": "replace", "path": "roles", "value": [{"value": "00ERM000002FD0b2AG"}]},
            ]),
        )
        .await;
    insta::assert_json_snapshot!(without_meta(after), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "005RM000002FD0cYAG",
      "userName": "lucas.andersson@example.com",
      "externalId": "HR-000002",
      "active": true,
      "name": {
        "familyName": "Earhart",
        "givenName": "Lucas",
        "formatted": "Lucas Earhart"
      },
      "displayName": "Lucas Andersson",
      "nickName": "lucas.andersson",
      "title": "Pilot",
      "emails": [
        {
          "type": "work",
          "primary": true,
          "value": "new@example.com"
        }
      ],
      "phoneNumbers": [],
      "locale": "de_DE",
      "preferredLanguage": "en_US",
      "timezone": "America/Los_Angeles",
      "userType": "Standard",
      "entitlements": [
        {
          "value": "00eRM000002FD0cYAG",
          "display": "Standard User",
          "type": "Profile",
          "primary": true
        }
      ],
      "groups": [
        {
          "value": "00GRM000002FD0c2AG",
          "display": "Engineering"
        }
      ],
      "roles": [
        {
          "value": "00ERM000002FD0b2AG",
          "display": "CEO"
        }
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "costCenter": "7",
        "organization": "Example Labs",
        "department": "Flight",
        "manager": {
          "value": "005RM000002FD0iYAG",
          "displayName": "Émile Wagner"
        }
      }
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn only_a_real_change_moves_the_version() {
    let bench = Bench::with_users(60).await;
    let users = bench.list("Users?count=60").await;
    for user in users["Resources"].as_array().unwrap() {
        let target = format!("Users/{}", user["id"].as_str().unwrap());
        let same = json!([
            {"op": "replace", "value": {"displayName": user["displayName"], "active": user["active"]}},
            {"op": "add", "value": {"entitlements": user["entitlements"]}},
            {"op": "remove", "path": "entitlements", "value": {"entitlements": []}},
            {"op": "remove", "path": "entitlements[value eq \"0PS\"]"},
        ]);
        assert_eq!(&bench.patched(&target, same).await, user);
        let put = bench.scim(Method::PUT, &target, user.to_string()).await;
        assert_eq!((put.status, &put.json()), (StatusCode::OK, user));
    }
    let list = bench.list("Users?count=60").await;
    assert_eq!(list, users);
    tokio::time::advance(Duration::from_secs(5)).await;
    let first = bench.patched(USER, json!([{"op": "replace", "path": "title", "value": "A"}])).await;
    let second = bench.patched(USER, json!([{"op": "replace", "path": "title", "value": "B"}])).await;
    assert_eq!(first["meta"]["lastModified"], "2026-05-04T03:02:06Z");
    assert_eq!(first["meta"]["created"], list["Resources"][1]["meta"]["created"]);
    assert_ne!(first["meta"]["version"], second["meta"]["version"]);
}

#[tokio::test(start_paused = true)]
async fn reactivation_needs_a_licence() {
    let bench = Bench::new(Options { users: 9, license_limit: Some(8), ..Options::default() }).await;
    let inactive = bench.list("Users?filter=active eq false").await["Resources"][0].clone();
    let target = format!("Users/{}", inactive["id"].as_str().unwrap());
    let activate = json!([{"op": "replace", "value": {"active": true}}]);
    insta::assert_snapshot!(bench.refused(&target, activate.clone()).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"LICENSE_LIMIT_EXCEEDED:license limit exceeded: 8 of 8 user licenses are in use;","status":409}
    "#);
    let mut body = inactive.clone();
    body["active"] = json!(true);
    let put = bench.scim(Method::PUT, &target, body.to_string()).await;
    assert_eq!(put.status, StatusCode::CONFLICT);
    assert_eq!(bench.get(&target).await.json(), inactive);
    let first = "Users/005RM000002FD0bYAG";
    bench.patched(first, json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!(bench.patched(&target, activate.clone()).await["active"], true);
    assert_eq!(bench.patched(&target, activate.clone()).await["active"], true, "it has its licence already");
    assert!(bench.refused(first, activate).await.contains("LICENSE_LIMIT_EXCEEDED"));
}

#[tokio::test(start_paused = true)]
async fn a_user_name_is_folded_and_unique() {
    let bench = Bench::with_users(8).await;
    let rename = |name: &str| json!([{"op": "replace", "path": "userName", "value": name}]);
    let taken = bench.refused(USER, rename("Zoe.Larsen@example.com")).await;
    assert!(taken.starts_with("409") && taken.contains("DUPLICATE_USERNAME:"), "{taken}");
    let renamed = bench.patched(USER, rename("Amelia@Example.com")).await;
    assert_eq!(renamed["userName"], "amelia@example.com");
    let found = bench.list("Users?filter=userName eq \"AMELIA@example.com\"").await;
    assert_eq!(found["Resources"][0], renamed);
    // The old name is free, for somebody else and for the same one again.
    assert_eq!(bench.list("Users?filter=userName eq \"lucas.andersson@example.com\"").await["totalResults"], 0);
    bench.patched("Users/005RM000002FD0bYAG", rename("lucas.andersson@example.com")).await;
    assert!(bench.refused(USER, rename("lucas.andersson@example.com")).await.contains("DUPLICATE_USERNAME"));
    bench.patched(USER, rename("zoe.larsen@example.com")).await;
    bench.app.store.reset();
    assert_eq!(bench.get(USER).await.json()["userName"], "lucas.andersson@example.com");
}

#[tokio::test(start_paused = true)]
async fn of_several_operations_all_are_done_or_none() {
    let bench = Bench::with_users(8).await;
    let mixed = json!([
        {"op": "replace", "value": {"title": "Pilot"}},
        {"op": "add", "value": {"entitlements": [{"value": PERMISSION_SET}]}},
        {"op": "replace", "path": "groups", "value": []},
    ]);
    insta::assert_snapshot!(bench.refused(USER, mixed).await, @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"mutability","detail":"\"groups\" is read-only","status":400}
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused() {
    let bench = Bench::with_users(8).await;
    let mut said = Vec::new();
    for operations in [
        json!([]),
        json!([{"op": "delete", "path": "title"}]),
        json!([{"path": "title", "value": "x"}]),
        json!([{"op": "replace", "path": "title"}]),
        json!([{"op": "replace", "path": 7, "value": "x"}]),
        json!([{"op": "replace", "value": "x"}]),
        json!([{"op": "remove", "value": {"title": "x"}}]),
        json!([{"op": "replace", "path": "title[", "value": "x"}]),
        json!([{"op": "replace", "path": "noSuch", "value": "x"}]),
        json!([{"op": "replace", "path": "title[value eq \"x\"]", "value": "x"}]),
        json!([{"op": "replace", "path": "id", "value": "x"}]),
        json!([{"op": "replace", "value": {"meta": {}}}]),
        json!([{"op": "replace", "path": "title", "value": 7}]),
        json!([{"op": "replace", "path": "name", "value": "x"}]),
        json!([{"op": "replace", "path": "emails", "value": "x"}]),
        json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x@example.com"}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x"}]),
        json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]),
        json!([{"op": "remove", "path": "emails"}]),
        json!([{"op": "remove", "path": "name.familyName"}]),
        json!([{"op": "replace", "path": "userName", "value": " "}]),
        json!([{"op": "add", "path": "roles", "value": [{"value": "00ERM000002FD0b2AG"}]}]),
    ] {
        let refused = bench.refused(USER, operations.clone()).await;
        said.push(format!("{} {operations}", in_short(&refused)));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    400 invalidSyntax: "Operations" must be an array of operations []
    400 invalidSyntax: "op" must be "add", "replace" or "remove" [{"op":"delete","path":"title"}]
    400 invalidSyntax: "op" must be "add", "replace" or "remove" [{"path":"title","value":"x"}]
    400 invalidValue: An add or replace operation needs a value [{"op":"replace","path":"title"}]
    400 invalidSyntax: "path" must be a string [{"op":"replace","path":7,"value":"x"}]
    400 invalidValue: Without a path the value must be an object [{"op":"replace","value":"x"}]
    400 noTarget: A remove operation needs a path [{"op":"remove","value":{"title":"x"}}]
    400 invalidPath: Invalid path: "title[" is no SCIM attribute path: at column 7: expected one of an attribute, not, (, but found the end [{"op":"replace","path":"title[","value":"x"}]
    400 invalidPath: "noSuch" names no attribute of a User [{"op":"replace","path":"noSuch","value":"x"}]
    400 invalidPath: "title" has one value only, and no filter chooses among it [{"op":"replace","path":"title[value eq \"x\"]","value":"x"}]
    400 mutability: "id" is read-only [{"op":"replace","path":"id","value":"x"}]
    400 mutability: "meta" is read-only [{"op":"replace","value":{"meta":{}}}]
    400 invalidValue: "title" must be a string [{"op":"replace","path":"title","value":7}]
    400 invalidValue: "name" must be an object [{"op":"replace","path":"name","value":"x"}]
    400 invalidValue: "emails" must be an array of objects [{"op":"replace","path":"emails","value":"x"}]
    400 noTarget: No element of "emails" matches the path [{"op":"replace","path":"emails[type eq \"home\"].value","value":"x@example.com"}]
    409 -: INVALID_EMAIL_ADDRESS:Email: invalid email address: x; [{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}]
    409 -: REQUIRED_FIELD_MISSING:Required fields are missing: [emails]; [{"op":"remove","path":"emails[type eq \"work\"]"}]
    400 mutability: "emails" is required [{"op":"remove","path":"emails"}]
    400 mutability: "name.familyName" is required [{"op":"remove","path":"name.familyName"}]
    409 -: REQUIRED_FIELD_MISSING:Required fields are missing: [userName]; [{"op":"replace","path":"userName","value":" "}]
    409 -: FIELD_INTEGRITY_EXCEPTION:a user can have only one role; [{"op":"add","path":"roles","value":[{"value":"00ERM000002FD0b2AG"}]}]
    "#);
    assert_eq!(bench.patch("Users/x", json!([{"op": "add", "path": "title", "value": "x"}])).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn put_replaces_a_user() {
    let bench = Bench::with_users(8).await;
    let body = json!({
        "id": "ignored", "userName": "Grace@example.com", "name": {"familyName": "Hopper"},
        "emails": [{"value": "grace@example.com"}], "entitlements": [{"value": ADMINISTRATOR}, {"value": PERMISSION_SET}],
        "groups": [],
    });
    let answer = bench.scim(Method::PUT, USER, body.to_string()).await;
    let user = answer.json();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(user["id"], "005RM000002FD0cYAG");
    assert_eq!(values_of(&user["groups"]), ["00GRM000002FD0c2AG"], "read-only");
    assert_eq!((&user["title"], &user["userName"]), (&Value::Null, &json!("grace@example.com")));
    assert_eq!(bench.get(USER).await.json(), user);
    // A PUT that is silent about it does not reactivate.
    bench.scim(Method::DELETE, USER, "").await;
    assert_eq!(bench.scim(Method::PUT, USER, body.to_string()).await.json()["active"], false);
    let answer = bench.scim(Method::PUT, USER, json!({"userName": "x@example.com"}).to_string()).await;
    insta::assert_snapshot!(answer.shown(), @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUIRED_FIELD_MISSING:Required fields are missing: [emails, name.familyName];","status":409}
    "#);
    assert_eq!(bench.scim(Method::PUT, "Users/x", body.to_string()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_password_is_taken_and_never_shown() {
    let bench = Bench::with_users(8).await;
    let before = bench.get(USER).await.json();
    let canary = "correct-horse-battery";
    let change = json!([{"op": "replace", "value": {"password": canary}}]);
    let answer = bench.patch(USER, change).await;
    assert_eq!(answer.status, StatusCode::OK);
    let after = answer.json();
    assert_eq!(without_meta(after.clone()), without_meta(before.clone()));
    assert_ne!(after["meta"]["version"], before["meta"]["version"]);
    let everything = bench.list("Users?filter=password pr").await;
    assert_eq!(everything["totalResults"], 0);
    assert!(!format!("{}{}{:?}", answer.body, bench.get(USER).await.body, bench.app.store).contains(canary));
    let wrong = json!([{"op": "replace", "value": {"password": 7}}]);
    assert!(bench.refused(USER, wrong).await.contains("invalidValue"));
}
