//! `attributeMapping`, and attributes that are named by their SCIM paths: read, created, changed, shown in the schema.

use super::harness::{Bench, Service, add, attributes, key, remove, set, update, with};
use super::standard::Standard;
use super::upstream::Reply;
use http::Method;
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Options};
use serde_json::{Value, json};

const CREATE: &str = "std:account:create";
const UPDATE: &str = "std:account:update";
const READ: &str = "std:account:read";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ACME: &str = "urn:acme:params:scim:schemas:extension:acme:2.0:User";

/// Cards for the enterprise extension and the lists of RFC 7643, as the platform's form may send them.
fn cards() -> Value {
    json!({"attributeMapping": [
        {"name": "costCenter", "path": format!("{ENTERPRISE}:costCenter"), "writable": "true"},
        {"name": "middleName", "path": "name.middleName", "type": "string", "multi": "false", "writable": true},
        {"name": "homeEmail", "path": "emails[type eq \"home\"].value", "writable": true},
        {"name": "homeCity", "path": "addresses[type eq \"home\"].locality", "writable": true},
        {"name": "homeCountry", "path": "addresses[type eq \"home\"].country", "writable": true},
        {"name": "jobs", "path": "roles.value", "multi": true, "writable": true},
        {"name": "division", "path": format!("{ENTERPRISE}:division")},
    ]})
}

/// Settings for the embedded server as RFC 7644 has it.
fn generic(bench: &Bench, settings: Value) -> Value {
    with(&json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()}), settings)
}

async fn rfc() -> Bench {
    Bench::start(Options { users: 3, ..Options::new(Dialect::Rfc) }).await
}

/// Everything by cards, through the embedded server, which checks what it is sent by its schemas.
#[tokio::test]
async fn what_cards_name_is_created_read_changed_and_shown() {
    let bench = rfc().await;
    let wanted = json!({
        "userName": "grace@example.com", "familyName": "Hopper", "email": "grace@example.com", "homeEmail": "grace@home.example",
        "costCenter": "4130", "middleName": "Brewster", "homeCity": "Arlington", "homeCountry": "US", "jobs": ["b", "a"],
        "department": "Compilers",
    });
    let created = bench.run_with(CREATE, json!({"attributes": wanted}), generic(&bench, cards())).await.output();
    assert_eq!(created.get("results"), None, "{created}");
    for (name, value) in with(&wanted, json!({"jobs": ["a", "b"]})).as_object().unwrap() {
        assert_eq!(&attributes(&created)[name], value, "{name}");
    }
    let id = created["identity"].as_str().unwrap();
    assert_eq!(bench.run_with(READ, key(id), generic(&bench, cards())).await.output(), created);
    let changes = json!([
        set("costCenter", "4140"),
        set("email", "g@example.com"),
        set("homeEmail", "g@home.example"),
        remove("homeCity", "Arlington"),
        set("homeCountry", "CA"),
        add("jobs", "c"),
        remove("jobs", "a"),
        remove("middleName", "Brewster"),
    ]);
    let updated = bench.run_with(UPDATE, update(id, changes), generic(&bench, cards())).await.output();
    assert_eq!(updated.get("results"), None, "{updated}");
    let expected = json!({"costCenter": "4140", "email": "g@example.com", "homeEmail": "g@home.example", "homeCountry": "CA", "jobs": ["b", "c"]});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&attributes(&updated)[name], value, "{name}");
    }
    assert_eq!((attributes(&updated).get("homeCity"), attributes(&updated).get("middleName")), (None, None));
    let listed = bench.run_with("std:account:list", json!({}), generic(&bench, cards())).await.outputs();
    assert!(listed.contains(&updated));
}

#[tokio::test]
async fn the_discovered_schema_has_the_cards_and_no_path_twice() {
    let bench = rfc().await;
    let cards = json!([
        {"name": "costCenter", "path": format!("{ENTERPRISE}:costCenter")},
        {"name": "title", "path": "nickName | title", "writable": true},
        {"name": "jobs", "path": "roles.value", "multi": "true"},
        {"name": "badge", "path": format!("{ACME}:badge"), "type": "int"},
    ]);
    let settings = generic(&bench, json!({"attributeMapping": cards}));
    let schema = bench.run_with("std:account:discover-schema", json!({}), settings).await.output();
    let shown: Vec<&Value> = schema["attributes"].as_array().unwrap().iter().collect();
    let named = |name: &str| shown.iter().filter(|shown| shown["name"] == name).collect::<Vec<_>>();
    assert_eq!(
        named("title"),
        [
            &&json!({"name": "title", "type": "string", "description": "The value of nickName or title in the SCIM user."})
        ]
    );
    assert_eq!(
        named("jobs"),
        [
            &&json!({"name": "jobs", "type": "string", "description": "The value of roles.value in the SCIM user.", "multi": true})
        ]
    );
    assert_eq!(named("badge")[0]["type"], "int");
    assert_eq!((named("costCenter").len(), named(&format!("{ENTERPRISE}:costCenter")).len()), (1, 0));
    assert_eq!(named(&format!("{ENTERPRISE}:division")).len(), 1, "what has no card is still found");
}

/// What `discover-schema` names by path can be written by it.
#[tokio::test]
async fn attributes_that_are_named_by_path_are_written_too() {
    let bench = rfc().await;
    let generic = generic(&bench, json!({}));
    let division = format!("{ENTERPRISE}:division");
    let schema = json!({"attributes": [{"name": "userName", "type": "string"}, {"name": division, "type": "string"}, {"name": "profileUrl", "type": "string"}]});
    let attributes = json!({"userName": "grace@example.com", "familyName": "Hopper", division.clone(): "Navy", "profileUrl": "https://x.example/g"});
    let created =
        bench.run_with(CREATE, json!({"attributes": attributes, "schema": schema}), generic.clone()).await.output();
    assert_eq!(
        created["attributes"],
        json!({"userName": "grace@example.com", division.clone(): "Navy", "profileUrl": "https://x.example/g"})
    );
    let id = created["identity"].as_str().unwrap();
    let changes = with(
        &update(id, json!([set(&division, "Reserve"), remove("profileUrl", "https://x.example/g")])),
        json!({"schema": schema}),
    );
    let updated = bench.run_with(UPDATE, changes.clone(), generic.clone()).await.output();
    assert_eq!(updated["attributes"], json!({"userName": "grace@example.com", division.clone(): "Reserve"}));
    assert_eq!(bench.run_with(UPDATE, changes, generic.clone()).await.output(), json!({}), "a repeat changes nothing");
    for (name, says) in [
        ("meta.created", "meta.created cannot be changed: meta.created is set by the provider"),
        (
            "groups.value",
            "groups.value cannot be changed: groups.value has memberships, which are changed by the attribute groups",
        ),
        ("emails[type eq \"home\"]", "cannot be changed: emails[type eq \"home\"] leads to a whole complex attribute"),
        ("locker", "locker is no attribute of this source"),
        ("emails[", "emails[ is no attribute of this source"),
    ] {
        bench.run_with(UPDATE, update(id, json!([set(name, "x")])), generic.clone()).await.failure().assert_says(says);
    }
}

fn standard_cards() -> Value {
    json!({"attributeMapping": [
        {"name": "homeEmail", "path": "emails[type eq \"home\"].value", "writable": true},
        {"name": "otherEmail", "path": "emails[type eq \"other\"].value", "writable": true},
        {"name": "badge", "path": format!("{ACME}:badge.number"), "type": "int", "writable": true},
        {"name": "tags", "path": "tags", "multi": true, "writable": true},
    ]})
}

fn several() -> Value {
    json!([
        set("email", "w@example.com"),
        set("homeEmail", "h@example.com"),
        set("otherEmail", "o@example.com"),
        set("badge", "17"),
        add("tags", ["b", "a"]),
    ])
}

#[tokio::test]
async fn a_standard_server_gets_all_of_them_in_one_patch() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let settings = standard.config(standard_cards());
    let account = service.invoke(UPDATE, update("u1", several()), &settings).await.output();
    insta::assert_snapshot!(standard.upstream.writes(), @r#"PATCH /scim/v2/Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"emails[type eq \"work\"].value","value":"w@example.com"},{"op":"replace","path":"emails[type eq \"home\"].value","value":"h@example.com"},{"op":"add","path":"emails","value":[{"type":"other","value":"o@example.com"}]},{"op":"add","path":"urn:acme:params:scim:schemas:extension:acme:2.0:User:badge","value":{"number":17}},{"op":"add","path":"tags","value":["a","b"]}]}"#);
    let shown = attributes(&account);
    assert_eq!(
        (&shown["email"], &shown["homeEmail"], &shown["otherEmail"]),
        (&json!("w@example.com"), &json!("h@example.com"), &json!("o@example.com"))
    );
    assert_eq!((&shown["badge"], &shown["tags"], account.get("results")), (&json!(17), &json!(["a", "b"]), None));
    let changes =
        json!([add("tags", "c"), remove("tags", "a"), remove("homeEmail", "h@example.com"), remove("badge", 17)]);
    let account = service.invoke(UPDATE, update("u1", changes), &settings).await.output();
    let shown = attributes(&account);
    assert_eq!((&shown["tags"], shown.get("homeEmail"), shown.get("badge")), (&json!(["b", "c"]), None, None));
    assert_eq!((&shown["email"], &shown["otherEmail"]), (&json!("w@example.com"), &json!("o@example.com")));
}

#[tokio::test]
async fn without_patch_all_of_them_are_put() {
    let standard = Standard::stepping_in(|asked, _| {
        (asked.method == Method::PATCH).then(|| Reply::error(501, "there is no PATCH").into())
    })
    .await;
    let service = Service::start().await;
    let account = service.invoke(UPDATE, update("u1", several()), &standard.config(standard_cards())).await.output();
    assert_eq!(account.get("results"), None, "{account}");
    let user = standard.resource("Users/u1");
    assert_eq!(user["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:User", ACME]));
    assert_eq!((&user[ACME], &user["tags"]), (&json!({"badge": {"number": 17}}), &json!(["a", "b"])));
    assert_eq!(
        user["emails"],
        json!([{"type": "home", "value": "h@example.com"}, {"type": "work", "value": "w@example.com"},
                                      {"type": "other", "value": "o@example.com"}])
    );
}

#[tokio::test]
async fn a_creation_has_each_value_in_its_place_and_the_extension_s_urn() {
    let standard = Standard::start().await;
    let attributes = json!({"userName": "grace", "otherEmail": "o@example.com", "homeEmail": "h@example.com",
                            "email": "w@example.com", "badge": 17, "tags": "a"});
    let settings = standard.config(standard_cards());
    Service::start().await.invoke(CREATE, json!({"attributes": attributes}), &settings).await.output();
    insta::assert_snapshot!(standard.upstream.writes(), @r#"POST /scim/v2/Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:acme:params:scim:schemas:extension:acme:2.0:User"],"userName":"grace","emails":[{"type":"other","value":"o@example.com"},{"type":"home","value":"h@example.com"},{"type":"work","primary":true,"value":"w@example.com"}],"urn:acme:params:scim:schemas:extension:acme:2.0:User":{"badge":{"number":17}},"tags":["a"],"active":true}"#);
}

#[rstest]
#[case(json!([set("badge", "17a")]), "badge must be a whole number of 64 bits, but is \"17a\"")]
#[case(json!([set("badge", 1.5)]), "badge must be a whole number of 64 bits, but is 1.5")]
#[case(json!([set("badge", 9_223_372_036_854_775_808_u64)]), "badge must be a whole number of 64 bits, but is 9223372036854775808")]
#[case(json!([set("tags", json!({"a": 1}))]), "tags must be a list of texts, but is an object")]
#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_sent(#[case] changes: Value, #[case] says: &str) {
    let standard = Standard::start().await;
    let answer = Service::start().await.invoke(UPDATE, update("u1", changes), &standard.config(standard_cards())).await;
    answer.failure().assert_says(says);
    assert_eq!(standard.upstream.writes(), "");
}

/// Left out, it would look to the platform as if it had gone.
#[tokio::test]
async fn a_value_of_the_provider_that_is_no_whole_number_ends_the_command() {
    let standard = Standard::start().await;
    let odd = with(&standard.resource("Users/u2"), json!({ACME: {"badge": {"number": "17a"}}}));
    standard.put("Users/u2", odd);
    let (service, settings) = (Service::start().await, standard.config(standard_cards()));
    let failure = service.invoke(READ, key("u2"), &settings).await.failure();
    insta::assert_snapshot!(failure.shown(), @r#"generic/invalidResponse: Reading u2 failed: the account u2 has a value that is not of its attribute's type: badge is "17a", and no whole number that fits into 64 bits. Correct it at the provider, or give the attribute the type string, in attributeMapping or in the source's schema. [NOT_OF_TYPE]"#);
    let failure = service.invoke("std:account:list", json!({}), &settings).await.error();
    failure.assert_says("the account u2 has a value that is not of its attribute's type: badge is \"17a\"");
    let schema = json!({"attributes": [{"name": "userName"}]});
    service.invoke("std:account:list", json!({"schema": schema}), &settings).await.outputs();
}

#[tokio::test]
async fn what_is_wrong_with_cards_is_said_with_all_other_problems() {
    let standard = Standard::start().await;
    let cards = json!([{"path": null}, {"name": "x", "path": "emails[type eq home].value"}, {"name": "id", "path": "externalId"}]);
    let settings = standard
        .config(json!({"attributeMapping": cards, "pageSize": 0, "errorMessages": [{"key": "NO_CODE", "value": "x"}]}));
    let failure = Service::start().await.invoke("std:test-connection", json!({}), &settings).await.failure();
    insta::assert_snapshot!(failure.shown(), @r#"generic/invalidConfiguration: The source's settings cannot be used: pageSize must be a whole number from 1 to 10000, but is 0; attributeMapping card 1 is empty: it must have a name and a path, or go; attributeMapping card 2 "x" has the path emails[type eq home].value, which is no SCIM attribute path: at column 16: expected one of a text in double quotes, a number, false, null, true, but found home; attributeMapping card 3 "id" must not replace the attribute id: it is the account's identity. Give the attribute another name; errorMessages has the code "NO_CODE", which does not exist. Correct them in the source's configuration. [INVALID_CONFIGURATION]"#);
}
