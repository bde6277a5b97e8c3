//! Users: created, refused, deactivated.

use super::{Answer, Bench};
use crate::sandbox::Options;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// A body that is accepted, with the "Standard User" profile.
fn ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "Ada.Lovelace@Example.com",
        "name": { "familyName": "Lovelace", "givenName": "Ada" },
        "emails": [{ "type": "work", "primary": true, "value": "ada@example.com" }],
        "entitlements": [{ "value": "00eRM000002FD0cYAG" }],
    })
}

async fn post(bench: &Bench, body: &Value) -> Answer {
    bench.scim(Method::POST, "Users", body.to_string()).await
}

/// What creating Ada with these members changed is answered.
async fn post_with(bench: &Bench, changes: Value) -> String {
    let mut body = ada();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    post(bench, &body).await.shown()
}

#[tokio::test(start_paused = true)]
async fn a_new_user_comes_back_whole() {
    let bench = Bench::with_users(8).await;
    let mut body = ada();
    body["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] =
        json!({ "department": "Engines", "manager": { "value": "005RM000002FD0bYAG" } });
    body["entitlements"] = json!([{ "value": "0PSRM000002FD0b4AG" }, { "value": "00eRM000002FD0cYAG" }]);
    body["roles"] = json!([{ "value": "00ERM000002FD0c2AG" }]);
    body["phoneNumbers"] = json!([{ "type": "mobile", "value": "+1 212 555 0123" }]);
    body["unknown"] = json!("ignored");
    body["groups"] = json!([{ "value": "00GRM000002FD0b2AG" }]);
    let answer = post(&bench, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let created = answer.json();
    assert_eq!(answer.headers["location"].to_str().unwrap(), created["meta"]["location"].as_str().unwrap());
    insta::assert_json_snapshot!(created, @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "005RM000002FD0jYAG",
      "userName": "ada.lovelace@example.com",
      "active": true,
      "name": {
        "familyName": "Lovelace",
        "givenName": "Ada",
        "formatted": "Ada Lovelace"
      },
      "displayName": "Ada Lovelace",
      "nickName": "ada.lovelace",
      "emails": [
        {
          "type": "work",
          "primary": true,
          "value": "ada@example.com"
        }
      ],
      "phoneNumbers": [
        {
          "type": "mobile",
          "value": "+1 212 555 0123"
        }
      ],
      "locale": "en_US",
      "preferredLanguage": "en_US",
      "timezone": "America/Los_Angeles",
      "userType": "Standard",
      "entitlements": [
        {
          "value": "00eRM000002FD0cYAG",
          "display": "Standard User",
          "type": "Profile",
          "primary": "true"
        },
        {
          "value": "0PSRM000002FD0b4AG",
          "display": "Reports and Dashboards",
          "type": "PermissionSet"
        }
      ],
      "groups": [],
      "roles": [
        {
          "value": "00ERM000002FD0c2AG",
          "display": "VP Sales"
        }
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "department": "Engines",
        "manager": {
          "value": "005RM000002FD0bYAG",
          "displayName": "Zoë Larsen"
        }
      },
      "meta": {
        "resourceType": "User",
        "created": "2026-05-04T03:02:01Z",
        "location": "http://127.0.0.1:8080/services/scim/v2/Users/005RM000002FD0jYAG",
        "lastModified": "2026-05-04T03:02:01Z",
        "version": "74198a43e4521468e02a8cb9796202ab"
      }
    }
    "#);

    let id = created["id"].as_str().unwrap();
    assert_eq!(bench.get(&format!("Users/{id}")).await.json(), created);
    let list = bench.list("Users?startIndex=9").await;
    assert_eq!((&list["totalResults"], &list["Resources"][0]), (&json!(9), &created));
    let found = bench.list("Users?filter=userName eq \"ADA.lovelace@example.com\"").await;
    assert_eq!(found["Resources"], json!([created]));
}

#[tokio::test(start_paused = true)]
async fn what_a_user_must_have_is_checked_in_order() {
    let bench = Bench::with_users(8).await;
    insta::assert_snapshot!(post(&bench, &json!({})).await.shown(), @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUIRED_FIELD_MISSING:Required fields are missing: [userName, emails, name.familyName];","status":409}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "emails": [] })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUIRED_FIELD_MISSING:Required fields are missing: [emails];","status":409}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "name": { "givenName": "Ada" } })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUIRED_FIELD_MISSING:Required fields are missing: [name.familyName];","status":409}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "userName": "ada", "entitlements": [] })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"INVALID_EMAIL_ADDRESS:Username: invalid email address: ada;","status":409}
    "#);
    let no_address = post_with(&bench, json!({ "emails": [{ "value": "ada@" }] })).await;
    insta::assert_snapshot!(no_address, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"INVALID_EMAIL_ADDRESS:Email: invalid email address: ada@;","status":409}
    "#);
    let phones = json!([{ "value": "1" }, { "value": "2" }]);
    insta::assert_snapshot!(post_with(&bench, json!({ "phoneNumbers": phones })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"FIELD_INTEGRITY_EXCEPTION:a user can have only one phone number;","status":409}
    "#);
}

#[tokio::test(start_paused = true)]
async fn exactly_one_known_profile_is_needed() {
    let bench = Bench::with_users(8).await;
    let needs_a_profile = post_with(&bench, json!({ "entitlements": [] })).await;
    insta::assert_snapshot!(needs_a_profile, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"REQUIRED_FIELD_MISSING:user_must_have_one_entitlement_which_must_be_a_profileid;","status":409}
    "#);
    let two = json!([{ "value": "00eRM000002FD0bYAG" }, { "value": "00eRM000002FD0cYAG" }]);
    assert_eq!(post_with(&bench, json!({ "entitlements": two })).await, needs_a_profile);
    let only_a_permission_set = json!([{ "value": "0PSRM000002FD0b4AG" }]);
    assert_eq!(post_with(&bench, json!({ "entitlements": only_a_permission_set })).await, needs_a_profile);
    let unknown = json!([{ "value": "00e000000000000AAA" }]);
    insta::assert_snapshot!(post_with(&bench, json!({ "entitlements": unknown })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"FIELD_INTEGRITY_EXCEPTION:entitlement ID: id value of incorrect type: 00e000000000000AAA;","status":409}
    "#);
    let unknown_set = json!([{ "value": "00eRM000002FD0cYAG" }, { "value": "0PS000000000000AAA" }]);
    insta::assert_snapshot!(post_with(&bench, json!({ "entitlements": unknown_set })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"FIELD_INTEGRITY_EXCEPTION:entitlement ID: id value of incorrect type: 0PS000000000000AAA;","status":409}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "roles": [{ "value": "CEO" }] })).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"FIELD_INTEGRITY_EXCEPTION:role ID: id value of incorrect type: CEO;","status":409}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_user_name_is_taken_in_any_case() {
    let bench = Bench::with_users(8).await;
    assert_eq!(post(&bench, &ada()).await.status, StatusCode::CREATED);
    let duplicate = post_with(&bench, json!({ "userName": "ADA.LOVELACE@example.com", "entitlements": [] })).await;
    insta::assert_snapshot!(duplicate, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"DUPLICATE_USERNAME:Duplicate Username. The username already exists in this or another Salesforce organization. Usernames must be unique across all Salesforce organizations;","status":409}
    "#);
    assert_eq!(post_with(&bench, json!({ "userName": "Lucas.Andersson@example.com" })).await, duplicate);
}

#[tokio::test(start_paused = true)]
async fn licences_count_active_users() {
    let bench = Bench::new(Options { users: 8, license_limit: Some(8), ..Options::default() }).await;
    assert_eq!(post(&bench, &ada()).await.status, StatusCode::CREATED);
    let other = json!({ "userName": "grace@example.com" });
    insta::assert_snapshot!(post_with(&bench, other.clone()).await, @r#"
    409 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"LICENSE_LIMIT_EXCEEDED:license limit exceeded: 8 of 8 user licenses are in use;","status":409}
    "#);
    let inactive = post_with(&bench, json!({ "userName": "grace@example.com", "active": false })).await;
    assert!(inactive.starts_with("201"), "{inactive}");
    let first = "Users/005RM000002FD0bYAG";
    for _ in 0..2 {
        assert_eq!(bench.scim(Method::DELETE, first, "").await.status, StatusCode::NO_CONTENT);
    }
    let again = json!({ "userName": "mary@example.com" });
    assert!(post_with(&bench, again).await.starts_with("201"));
    assert!(post_with(&bench, json!({ "userName": "joan@example.com" })).await.starts_with("409"));
    bench.app.store.reset();
    assert_eq!(bench.list("Users").await["totalResults"], 8);
    assert_eq!(post(&bench, &ada()).await.status, StatusCode::CREATED);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_user_is_only_inactive() {
    let bench = Bench::with_users(8).await;
    let path = "Users/005RM000002FD0bYAG";
    let before = bench.get(path).await.json();
    let deleted = bench.scim(Method::DELETE, path, "").await;
    assert_eq!((deleted.status, deleted.body.as_str()), (StatusCode::NO_CONTENT, ""));
    let mut after = bench.get(path).await.json();
    assert_eq!((&before["active"], &after["active"]), (&json!(true), &json!(false)));
    assert_eq!(after["meta"]["lastModified"], "2026-05-04T03:02:01Z");
    assert_ne!(after["meta"]["version"], before["meta"]["version"]);
    after["active"] = json!(true);
    after["meta"] = before["meta"].clone();
    assert_eq!(after, before);
    assert_eq!(bench.list("Users").await["totalResults"], 8);
    assert_eq!(bench.scim(Method::DELETE, "Users/005x", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_user_is_a_bad_request() {
    let bench = Bench::with_users(8).await;
    insta::assert_snapshot!(bench.scim(Method::POST, "Users", "{").await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidSyntax","detail":"Invalid JSON: EOF while parsing an object at line 1 column 1","status":400}
    "#);
    insta::assert_snapshot!(bench.scim(Method::POST, "Users", "[]").await.shown(), @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidSyntax","detail":"The body must be a JSON object","status":400}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "title": 7 })).await, @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"\"title\" must be a string","status":400}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "emails": "ada@example.com" })).await, @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"\"emails\" must be an array","status":400}
    "#);
    insta::assert_snapshot!(post_with(&bench, json!({ "active": "maybe" })).await, @r#"
    400 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidValue","detail":"\"active\" must be a boolean","status":400}
    "#);
    let large = bench.scim(Method::POST, "Users", " ".repeat(1024 * 1024 + 1)).await;
    insta::assert_snapshot!(large.shown(), @r#"
    413 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"The request body is too large","status":413}
    "#);
    let deep = bench.scim(Method::POST, "Users", "[".repeat(100_000)).await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST);
}
