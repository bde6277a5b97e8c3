//! Entitlement types that a source's settings describe: listed, read, shown on accounts, granted and revoked.

use super::harness::{Bench, Service, add, attributes, entitlement, key, remove, set, update};
use super::standard::{Standard, Store};
use super::upstream::{Asked, Reply, Turn, Upstream};
use http::Method;
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Options};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const LIST: &str = "std:entitlement:list";
const READ: &str = "std:entitlement:read";
const UPDATE: &str = "std:account:update";
const SCHEMA: &str = "std:account:discover-schema";

/// Salesforce's roles: a list of their own, and none is granted by the API.
fn roles_of_salesforce() -> Value {
    json!({"entitlementTypes": [
        {"type": "role", "path": "roles.value", "attribute": "userRoles", "resource": "Roles", "readOnly": "true"},
    ]})
}

#[tokio::test]
async fn a_type_with_an_endpoint_is_listed_and_read_and_shown_on_accounts() {
    let bench = Bench::with_users(8).await;
    let roles = bench.run_with(LIST, json!({"type": "role"}), roles_of_salesforce()).await;
    insta::assert_snapshot!(roles.outputs()[0], @r#"{"identity":"00ERM000002FD0b2AG","key":{"simple":{"id":"00ERM000002FD0b2AG"}},"type":"role","attributes":{"id":"00ERM000002FD0b2AG","displayName":"CEO"}}"#);
    for listed in roles.outputs() {
        let input = entitlement("role", listed["identity"].as_str().unwrap());
        assert_eq!(bench.run_with(READ, input, roles_of_salesforce()).await.output(), listed);
    }
    let accounts = bench.run_with("std:account:list", json!({}), roles_of_salesforce()).await.outputs();
    let known = roles.identities();
    for account in accounts {
        let held = attributes(&account)["userRoles"].as_array().unwrap();
        assert!(!held.is_empty() && held.iter().all(|id| known.iter().any(|known| id == known)), "{account}");
    }
}

#[tokio::test]
async fn the_schema_that_is_discovered_has_its_attribute() {
    let bench = Bench::with_users(8).await;
    let schema = bench.run_with(SCHEMA, json!({}), roles_of_salesforce()).await.output();
    let found = schema["attributes"].as_array().unwrap().iter().find(|attribute| attribute["name"] == "userRoles");
    insta::assert_snapshot!(found.unwrap(), @r#"{"name":"userRoles","type":"string","description":"Ids of the entitlements of the type role.","multi":true,"entitlement":true,"managed":true,"schemaObjectType":"role"}"#);
}

#[tokio::test]
async fn what_is_only_read_is_not_granted() {
    let bench = Bench::with_users(8).await;
    let account = bench.run("std:account:list", json!({})).await.outputs().remove(0);
    let (id, role) = (account["identity"].as_str().unwrap(), attributes(&account)["userRoles"][0].clone());
    let changes = json!([remove("userRoles", role.clone())]);
    let failure = bench.run_with(UPDATE, update(id, changes), roles_of_salesforce()).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidRequest: Updating 005RM000002FD0bYAG failed: entitlements of the type role (userRoles) are only read here, and neither granted nor revoked. Change it at the provider, or correct the type's card in entitlementTypes if the provider lets its API grant them. [NOT_GRANTABLE]");
    let new = json!({"userName": "new@example.com", "email": "new@example.com", "familyName": "New",
        "profile": "Standard User", "userRoles": [role]});
    let failure =
        bench.run_with("std:account:create", json!({"attributes": new}), roles_of_salesforce()).await.failure();
    assert_eq!(failure.code, "NOT_GRANTABLE");
    assert_eq!(bench.writes(), "");
}

#[rstest]
#[case::that_does_not_exist(json!({}), "NOT_FOUND")]
#[case::at_an_endpoint_that_does_not_exist(json!({"resource": "Rolls"}), "WRONG_ADDRESS")]
#[case::of_another_type(json!({"resource": "Entitlements", "filter": "type eq \"Profile\""}), "NOT_FOUND")]
#[tokio::test]
async fn one_that_is_not_found_is_absent_only_where_its_endpoint_works(#[case] card: Value, #[case] code: &str) {
    let bench = Bench::with_users(8).await;
    let mut settings = roles_of_salesforce();
    settings["entitlementTypes"][0].as_object_mut().unwrap().extend(card.as_object().unwrap().clone());
    // This one is a permission set.
    let failure = bench.run_with(READ, entitlement("role", "0PSRM000002FD0b4AG"), settings).await.failure();
    assert_eq!(failure.code, code);
}

/// Values that stand only on users: Databricks' entitlements, GitHub's roles.
fn values() -> Value {
    json!({"entitlementTypes": [{"type": "role", "path": "roles.value"}]})
}

#[tokio::test]
async fn values_that_users_hold_are_entitlements() {
    let server = Standard::start().await;
    for (id, roles) in [
        ("u1", json!([{"value": "owner", "display": "Owner"}, {"value": "reader"}])),
        ("u2", json!([{"value": "owner"}, {"value": ""}, {"display": "nothing"}])),
    ] {
        server.put(&format!("Users/{id}"), json!({"id": id, "userName": id, "roles": roles}));
    }
    let (service, config) = (Service::start().await, server.config(values()));
    let listed = service.invoke(LIST, json!({"type": "role"}), &config).await.outputs();
    insta::assert_snapshot!(Value::from(listed.clone()), @r#"[{"identity":"owner","key":{"simple":{"id":"owner"}},"type":"role","attributes":{"id":"owner","displayName":"Owner"}},{"identity":"reader","key":{"simple":{"id":"reader"}},"type":"role","attributes":{"id":"reader","displayName":"reader"}}]"#);
    let asked = server.upstream.seen();
    assert_eq!(asked[0].query["attributes"], "id,roles");
    for one in &listed {
        let input = entitlement("role", one["identity"].as_str().unwrap());
        assert_eq!(service.invoke(READ, input, &config).await.output(), *one);
    }
    let failure = service.invoke(READ, entitlement("role", "nobody"), &config).await.failure();
    assert_eq!((failure.error_type.as_str(), failure.code.as_str()), ("notFound", "NOT_FOUND"));
    let account = service.invoke("std:account:read", key("u1"), &config).await.output();
    assert_eq!(attributes(&account)["roles"], json!(["owner", "reader"]));
}

#[tokio::test]
async fn values_are_granted_and_revoked_at_the_user() {
    let bench = Bench::start(Options { dialect: Dialect::Rfc, ..Options::default() }).await;
    let settings = |more: Value| {
        super::harness::with(
            &json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()}),
            super::harness::with(&values(), more),
        )
    };
    let id = bench.run_with("std:account:list", json!({}), settings(json!({}))).await.identities().remove(0);
    let change = |change: Value| bench.run_with(UPDATE, update(&id, json!([change])), settings(json!({})));
    for (one, held) in [
        (add("roles", ["reader", "owner"]), json!(["owner", "reader"])),
        (remove("roles", "reader"), json!(["owner"])),
        (set("roles", ["auditor"]), json!(["auditor"])),
    ] {
        let account = change(one).await.output();
        assert_eq!((&attributes(&account)["roles"], account.get("results")), (&held, None));
        let read = bench.run_with("std:account:read", key(&id), settings(json!({}))).await.output();
        assert_eq!(attributes(&read)["roles"], held);
    }
    assert_eq!(change(add("roles", "auditor")).await.output(), json!({}));
    let listed = bench.run_with(LIST, json!({"type": "role"}), settings(json!({}))).await;
    assert_eq!(listed.identities(), ["auditor"]);
    assert_eq!(bench.writes().lines().count(), 3);
}

#[tokio::test]
async fn a_new_account_is_granted_what_was_asked_for() {
    let server = Standard::start().await;
    let (service, config) = (Service::start().await, server.config(values()));
    let new = json!({"userName": "new@example.com", "familyName": "New", "roles": "owner"});
    let account = service.invoke("std:account:create", json!({"attributes": new}), &config).await.output();
    assert_eq!((&attributes(&account)["roles"], account.get("results")), (&json!(["owner"]), None));
    insta::assert_snapshot!(server.upstream.writes(), @r#"
    POST /scim/v2/Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"new@example.com","name":{"familyName":"New"},"active":true}
    PATCH /scim/v2/Users/new1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"roles","value":[{"value":"owner"}]}]}
    "#);
}

/// A server whose roles list their `users`; a user shows its own. Where `heeds` is not set, it takes grants and forgets them.
async fn with_roles(heeds: bool) -> Standard {
    let server = Standard::stepping_in(move |asked, store| {
        let is_change = asked.method == Method::PATCH && asked.path.contains("/Roles/");
        is_change.then(|| if heeds { grant(asked, store) } else { Reply::json(200, &json!({"id": "r"})).into() })
    })
    .await;
    for (id, users) in [("r1", json!([{"value": "u1"}, {"value": "u2"}])), ("r2", json!([{"value": "u3"}]))] {
        server.put(&format!("Roles/{id}"), json!({"id": id, "name": format!("Role {id}"), "users": users}));
    }
    for (user, role) in [("u1", "r1"), ("u2", "r1"), ("u3", "r2")] {
        server.put(&format!("Users/{user}"), json!({"id": user, "userName": user, "roles": [{"value": role}]}));
    }
    server
}

/// What users show follows from what the roles have.
fn grant(asked: &Asked, store: &mut Store) -> Turn {
    let reply = store.answer(asked);
    for user in ["u1", "u2", "u3"] {
        let holds = |role: &&str| {
            let users = store.resource(&format!("Roles/{role}"))["users"].as_array().cloned().unwrap_or_default();
            users.iter().any(|held| held["value"] == user)
        };
        let roles: Vec<Value> = ["r1", "r2"].into_iter().filter(holds).map(|role| json!({"value": role})).collect();
        store.put(&format!("Users/{user}"), json!({"id": user, "userName": user, "roles": roles}));
    }
    reply.into()
}

fn roles_with_members() -> Value {
    json!({"entitlementTypes": [
        {"type": "role", "path": "roles.value", "resource": "Roles", "members": "users", "namePath": "name"},
    ]})
}

#[tokio::test]
async fn a_type_whose_resources_have_members_is_granted_there() {
    let server = with_roles(true).await;
    let (service, config) = (Service::start().await, server.config(roles_with_members()));
    let listed = service.invoke(LIST, json!({"type": "role"}), &config).await.outputs();
    insta::assert_snapshot!(listed[0], @r#"{"identity":"r1","key":{"simple":{"id":"r1"}},"type":"role","attributes":{"id":"r1","displayName":"Role r1"}}"#);
    assert_eq!(server.upstream.seen()[0].query["excludedAttributes"], "users");
    let changes = json!([add("roles", "r2"), remove("roles", "r1")]);
    let account = service.invoke(UPDATE, update("u1", changes), &config).await.output();
    assert_eq!((&attributes(&account)["roles"], account.get("results")), (&json!(["r2"]), None));
    insta::assert_snapshot!(server.upstream.writes(), @r#"
    PATCH /scim/v2/Roles/r2 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"users","value":[{"value":"u1"}]}]}
    PATCH /scim/v2/Roles/r1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"users[value eq \"u1\"]"}]}
    "#);
    assert_eq!(server.resource("Roles/r1")["users"], json!([{"value": "u2"}]));
}

#[rstest]
#[case::granted_at_the_members(roles_with_members())]
#[case::granted_at_the_user(json!({"entitlementTypes": [{"type": "role", "path": "roles.value", "resource": "Roles"}]}))]
#[tokio::test]
async fn one_that_does_not_exist_is_named_and_nothing_is_sent(#[case] settings: Value) {
    let server = with_roles(true).await;
    let input = update("u1", json!([add("roles", ["r2", "r9"]), add("groups", "g9")]));
    let failure = Service::start().await.invoke(UPDATE, input, &server.config(settings)).await.failure();
    insta::allow_duplicates! {
        insta::assert_snapshot!(failure.shown(), @r#"generic/invalidRequest: The command's input cannot be used: groups has "g9", which does not exist at the provider; roles has "r9", which does not exist at the provider. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]"#);
    }
    assert_eq!(server.upstream.writes(), "");
}

#[tokio::test]
async fn a_grant_that_the_provider_forgets_is_no_success() {
    let server = with_roles(false).await;
    let (service, config) = (Service::start().await, server.config(roles_with_members()));
    let failure = service.invoke(UPDATE, update("u1", json!([add("roles", "r2")])), &config).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/generic: Updating u1 failed: the provider took the change, but the account is not a member of the role r2. Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED]");
    let changes = json!([add("roles", "r2"), set("title", "Dr")]);
    let account = service.invoke(UPDATE, update("u1", changes), &config).await.output();
    assert_eq!(
        (attributes(&account)["roles"].clone(), &account["results"][0]["attribute"]),
        (json!(["r1"]), &json!("roles"))
    );
}

#[tokio::test]
async fn a_value_that_the_provider_does_not_take_is_no_success() {
    let forgets = |asked: &Asked, store: &mut Store| -> Option<Turn> {
        (asked.method == Method::PATCH).then(|| Reply::json(200, &store.resource("Users/u1")).into())
    };
    let server = Standard::stepping_in(forgets).await;
    let input = update("u1", json!([add("roles", "owner")]));
    let failure = Service::start().await.invoke(UPDATE, input, &server.config(values())).await.failure();
    assert_eq!(failure.code, "NOT_CHANGED");
    failure.assert_says("owner is not granted");
}

/// Two types in one list, told apart by a filter, at an endpoint below another.
#[tokio::test]
async fn a_filter_tells_types_apart_that_share_an_endpoint() {
    let heeds = |asked: &Asked| asked.query.get("filter").map(String::as_str) == Some("type eq \"License\"");
    let resources = [json!({"id": "l1", "type": "License"}), json!({"id": "p1", "type": "Plan"})];
    let start = |ignores: bool| {
        let resources = resources.clone();
        Upstream::start(move |asked| {
            let path = asked.path.strip_prefix("/scim/v2/").unwrap();
            match path.strip_prefix("v2/Grants/") {
                Some(id) => match resources.iter().find(|one| one["id"] == id) {
                    Some(found) => Reply::json(200, found),
                    None => Reply::error(404, "there is none"),
                },
                None if path != "v2/Grants" => Reply::json(200, &json!({"id": "u1", "userName": "u1"})),
                None if asked.start() > 1 => Reply::users(0, [""; 0]),
                None => {
                    let found = &resources[..if heeds(asked) && !ignores { 1 } else { 2 }];
                    Reply::json(200, &json!({"totalResults": found.len(), "Resources": found}))
                }
            }
        })
    };
    let card = json!({"type": "license", "path": "entitlements[type eq \"License\"].value", "attribute": "licenses",
        "resource": "/v2/Grants", "filter": "type eq \"License\""});
    let settings = json!({"entitlementTypes": [card]});
    let (service, upstream) = (Service::start().await, start(false).await);
    let config = upstream.config(settings.clone());
    assert_eq!(service.invoke(LIST, json!({"type": "license"}), &config).await.identities(), ["l1"]);
    let failure = service.invoke(UPDATE, update("u1", json!([add("licenses", "p1")])), &config).await.failure();
    failure.assert_says("licenses has \"p1\", which is not of the type license");

    let upstream = start(true).await;
    let answer = service.invoke(LIST, json!({"type": "license"}), &upstream.config(settings)).await;
    assert_eq!(answer.failure().code, "FILTER_IGNORED");
}

#[tokio::test]
async fn a_list_of_a_type_that_shrinks_is_not_believed() {
    let number = Arc::new(AtomicUsize::new(40));
    let now = Arc::clone(&number);
    let upstream = Upstream::start(move |asked| {
        let number = if asked.start() > 1 { 0 } else { now.load(Ordering::Relaxed) };
        let users = (0..number).map(|at| json!({"id": format!("u{at}"), "roles": [{"value": format!("r{at}")}]}));
        Reply::json(200, &json!({"Resources": users.collect::<Vec<_>>()}))
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(values()));
    let answer = service.invoke(LIST, json!({"type": "role"}), &config).await;
    assert_eq!(answer.outputs().len(), 40);
    let told = &answer.lines.last().unwrap()["data"][0]["value"];
    assert_eq!(told["entitlementTypes.role"]["count"], 40, "{told}");
    number.store(20, Ordering::Relaxed);
    let failure = service.invoke(LIST, json!({"type": "role"}), &config).await.failure();
    assert_eq!(failure.code, "LIST_SHRUNK");
    failure.assert_says("of 40 entitlements of the type role in the last complete list the provider shows 20 now");
}

#[tokio::test]
async fn every_problem_with_the_cards_is_reported_at_once() {
    let bench = Bench::with_users(8).await;
    let settings =
        json!({"pageSize": "many", "entitlementTypes": [{"type": "role"}, {"type": "group", "path": "x.value"}]});
    let failure = bench.run_with(LIST, json!({"type": "role"}), settings).await.failure();
    for part in ["pageSize must be", "card 1 (\"role\") has no path", "card 2 (\"group\") must not have the type"] {
        failure.assert_says(part);
    }
    let settings = json!({"entitlementTypes": [{"type": "licence", "path": "entitlements.value"}, {"type": "rank", "path": "Title.value"}]});
    let failure = bench.run_with(LIST, json!({"type": "licence"}), settings).await.failure();
    insta::assert_snapshot!(failure.shown(), @r#"generic/invalidConfiguration: The source's settings cannot be used: entitlementTypes has for "licence" the attribute "entitlements", which accounts have already: the card must name another attribute; entitlementTypes has for "rank" the attribute "title", which accounts have already: the card must name another attribute. Correct them in the source's configuration. [INVALID_CONFIGURATION]"#);
}

#[rstest]
#[case(LIST)]
#[case(READ)]
#[tokio::test]
async fn an_unknown_type_is_answered_with_the_further_types_too(#[case] command: &str) {
    let failure = Bench::with_users(8).await.run_with(command, entitlement("rank", "1"), roles_of_salesforce()).await;
    failure.failure().assert_says("input.type is \"rank\", but must be one of group, entitlement, role");
}

#[rstest]
#[case::whose_endpoint_works(roles_of_salesforce(), None)]
#[case::whose_values_are_with_the_users(values(), None)]
#[case::whose_endpoint_is_not_there(
    json!({"entitlementTypes": [{"type": "role", "path": "roles.value", "resource": "Rolls"}]}),
    Some("reading Rolls, which lists the entitlements of the type role, does not")
)]
#[tokio::test]
async fn the_test_of_the_connection_looks_for_every_type(#[case] settings: Value, #[case] says: Option<&str>) {
    let bench = Bench::with_users(8).await;
    let answer = bench.run_with("std:test-connection", json!({}), settings).await;
    match says {
        None => assert_eq!(answer.output(), json!({})),
        Some(says) => answer.failure().assert_says(says),
    }
}
