//! Enabling, disabling, deleting, unlocking, passwords, and what the account schema says.

use super::harness::{Bench, Service, key, with};
use super::relay::{Harm, Relayed};
use super::standard::Standard;
use super::upstream::Reply;
use http::Method;
use scim_connector::product::SPEC;
use scim_connector::sandbox::Options;
use serde_json::{Value, json};

const ENABLE: &str = "std:account:enable";
const DISABLE: &str = "std:account:disable";
const DELETE: &str = "std:account:delete";
const ADA: &str = "005RM000002FD0bYAG";

#[tokio::test]
async fn disabling_and_enabling_again_changes_nothing() {
    let bench = Bench::with_users(8).await;
    let before = bench.run("std:account:read", key(ADA)).await.output();
    for (command, disabled, writes) in
        [(DISABLE, true, 1), (DISABLE, true, 1), (ENABLE, false, 2), (ENABLE, false, 2), (DISABLE, true, 3)]
    {
        let account = bench.run(command, key(ADA)).await.output();
        assert_eq!((&account["disabled"], &account["attributes"]["active"]), (&json!(disabled), &json!(!disabled)));
        assert_eq!(bench.run("std:account:read", key(ADA)).await.output(), account);
        assert_eq!(bench.writes().lines().count(), writes);
        for name in ["groups", "entitlements", "profile", "email"] {
            assert_eq!(account["attributes"][name], before["attributes"][name], "{name}");
        }
    }
}

#[tokio::test]
async fn a_standard_server_is_told_active_by_its_path() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    service.invoke(DISABLE, key("u2"), &standard.config(json!({}))).await.output();
    let account = service.invoke(ENABLE, key("u2"), &standard.config(json!({}))).await.output();
    assert_eq!((&account["disabled"], &account["attributes"]["groups"]), (&json!(false), &json!(["g1", "g2"])));
    insta::assert_snapshot!(standard.upstream.writes(), @r#"
    PATCH /scim/v2/Users/u2 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}
    PATCH /scim/v2/Users/u2 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":true}]}
    "#);
}

#[tokio::test]
async fn enabling_at_the_licence_limit_says_so_and_the_account_stays_disabled() {
    let bench = Bench::start(Options { users: 8, license_limit: Some(8), ..Options::default() }).await;
    let users = bench.run("std:account:list", json!({})).await.outputs();
    let inactive = users.iter().find(|user| user["disabled"] == true).unwrap()["identity"].as_str().unwrap().to_owned();
    let account =
        json!({"userName": "g@example.com", "email": "g@example.com", "familyName": "H", "profile": "Read Only"});
    bench.run("std:account:create", json!({"attributes": account})).await.output();
    let failure = bench.run(ENABLE, key(&inactive)).await.failure();
    insta::assert_snapshot!(failure.shown().replace(&inactive, "ID"), @"generic/generic: Enabling ID failed: all 8 user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: license limit exceeded: 8 of 8 user licenses are in use; LICENSE_LIMIT_EXCEEDED; HTTP 409) [LICENSE_LIMIT]");
    assert_eq!(bench.run("std:account:read", key(&inactive)).await.output()["disabled"], true);
}

#[tokio::test]
async fn disabling_may_be_deleting() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let config = standard.config(json!({"disableAction": "delete"}));
    let account = service.invoke(DISABLE, key("u2"), &config).await.output();
    assert_eq!((&account["disabled"], &account["attributes"]["userName"]), (&json!(true), &json!("u2@example.com")));
    insta::assert_snapshot!(standard.upstream.writes(), @"DELETE /scim/v2/Users/u2");
    let again = service.invoke(DISABLE, key("u2"), &config).await.failure();
    assert_eq!(again.error_type, "notFound");

    let bench = Bench::with_users(8).await;
    let account = bench.run_with(DISABLE, key(ADA), json!({"disableAction": "delete"})).await.output();
    assert_eq!(account["disabled"], true);
    assert_eq!(bench.run("std:account:read", key(ADA)).await.output()["disabled"], true, "there it stays readable");
}

#[tokio::test]
async fn a_deleted_account_is_gone_and_deleting_it_again_is_not_found() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let config = standard.config(json!({}));
    assert_eq!(service.invoke(DELETE, key("u1"), &config).await.output(), json!({}));
    assert_eq!(standard.user_names(), ["u2@example.com", "u3@example.com"]);
    let again = service.invoke(DELETE, key("u1"), &config).await.failure();
    assert_eq!((again.error_type.as_str(), again.code.as_str()), ("notFound", "NOT_FOUND"));
    assert_eq!(standard.upstream.count(&Method::DELETE, "/Users/u1"), 1);
}

#[tokio::test]
async fn salesforce_deactivates_what_is_deleted() {
    let bench = Bench::with_users(8).await;
    assert_eq!(bench.run(DELETE, key(ADA)).await.output(), json!({}));
    assert_eq!(bench.run("std:account:read", key(ADA)).await.output()["disabled"], true);
    assert_eq!(bench.run(DELETE, key(ADA)).await.output(), json!({}), "it is there, and stays so");
    assert_eq!(bench.run(DELETE, key("005RM000009FD0bYAG")).await.failure().error_type, "notFound");
}

#[tokio::test]
async fn a_deletion_that_was_taken_and_not_done_is_a_failure() {
    let relayed = Relayed::harming(Options::default(), |asked| {
        (asked.method == Method::DELETE)
            .then(|| Harm::Instead(Reply { body: String::new(), ..Reply::html(204) }.into()))
    })
    .await;
    for (command, settings) in [(DELETE, json!({})), (DISABLE, json!({"disableAction": "delete"}))] {
        let failure = relayed.run(command, key(ADA), settings).await.failure();
        failure.assert_says("the provider took the change, but the account is still active. ");
    }
}

/// A page in between that answers everything with 200 deletes nobody.
#[tokio::test]
async fn a_deletion_that_a_web_page_answers_is_looked_up() {
    for is_done in [true, false] {
        let standard = Standard::stepping_in(move |asked, store| {
            (asked.method == Method::DELETE).then(|| {
                if is_done {
                    store.answer(asked);
                }
                Reply::html(200).into()
            })
        })
        .await;
        let answer = Service::start().await.invoke(DELETE, key("u1"), &standard.config(json!({}))).await;
        if is_done {
            assert_eq!(answer.output(), json!({}));
        } else {
            assert_eq!(answer.failure().code, "NOT_SCIM");
        }
    }
}

/// A 404 to a deletion says as little: a server without that route answers with it, too.
#[tokio::test]
async fn a_deletion_that_is_not_found_is_looked_up() {
    for is_gone in [true, false] {
        let standard = Standard::stepping_in(move |asked, store| {
            (asked.method == Method::DELETE).then(|| {
                if is_gone {
                    store.answer(asked);
                }
                Reply::error(404, "no such route").into()
            })
        })
        .await;
        let answer = Service::start().await.invoke(DELETE, key("u1"), &standard.config(json!({}))).await;
        if is_gone {
            assert_eq!(answer.output(), json!({}));
        } else {
            assert_eq!(answer.failure().code, "NOT_CHANGED");
        }
    }
}

/// A provider that does not describe itself is one thing, one that lets nobody in another.
#[tokio::test]
async fn a_schema_is_discovered_without_schemas_but_not_without_access() {
    for (status, code) in [(404, None), (401, Some("CREDENTIALS_REQUIRED"))] {
        let standard = Standard::stepping_in(move |_, _| Some(Reply::error(status, "no").into())).await;
        let config = standard.config(json!({}));
        let answer = Service::start().await.invoke("std:account:discover-schema", json!({}), &config).await;
        match code {
            None => assert_eq!(answer.output()["identityAttribute"], "id"),
            Some(code) => assert_eq!(answer.failure().code, code),
        }
    }
}

#[tokio::test]
async fn unlocking_is_not_supported() {
    let bench = Bench::with_users(3).await;
    let failure = bench.run("std:account:unlock", key(ADA)).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidRequest: Unlocking 005RM000002FD0bYAG failed: this provider (salesforce) does not support it: SCIM has no lock. Unlock the account at the provider itself, or set a new password. [NOT_SUPPORTED]");
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn the_discovered_schema_begins_with_that_of_the_specification() {
    let bench = Bench::with_users(3).await;
    let found = bench.run("std:account:discover-schema", json!({})).await.output();
    let spec: Value = serde_json::from_str(SPEC).unwrap();
    let shown = &spec["accountSchema"];
    for name in ["displayAttribute", "identityAttribute", "groupAttribute"] {
        assert_eq!(found[name], shown[name], "{name}");
    }
    let facts = |schema: &Value| -> Vec<Value> {
        let members = ["name", "type", "description", "multi", "entitlement", "managed", "schemaObjectType"];
        let attributes = schema["attributes"].as_array().unwrap().iter();
        attributes.map(|attribute| members.iter().map(|member| attribute[member].clone()).collect()).collect()
    };
    let (found_facts, shown_facts) = (facts(&found), facts(shown));
    assert_eq!(found_facts[..shown_facts.len()], shown_facts);
    let further: Vec<&Value> = found["attributes"].as_array().unwrap()[shown_facts.len()..]
        .iter()
        .map(|attribute| &attribute["name"])
        .collect();
    insta::assert_snapshot!(serde_json::to_string(&further).unwrap(), @r#"["name.middleName","name.honorificPrefix","name.honorificSuffix","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division"]"#);
    let generic = with(&bench.config(json!({})), json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()}));
    let found = bench.service.invoke("std:account:discover-schema", json!({}), &generic).await.output();
    let names: Vec<&str> =
        found["attributes"].as_array().unwrap().iter().map(|attribute| attribute["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"department") && !names.contains(&"profile"), "{names:?}");
}
