//! What forms are filled in with: data sets of the provider, and the options of settings.

use super::harness::{Bench, Service, key, pass, update, with};
use super::upstream::{Reply, Upstream};
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Options, Quirks};
use serde_json::{Value, json};
use std::time::Duration;

const DISCOVER: &str = "std:source-data:discover";
const READ: &str = "std:source-data:read";
const OPTIONS: &str = "std:config-options:read";

/// A plain server with roles, and what a source at it says of itself.
async fn plain(quirks: &str) -> (Bench, Value) {
    let quirks = Quirks::parse(quirks.split_whitespace()).unwrap();
    let options = Options { users: 60, groups: 40, roles: true, quirks, ..Options::new(Dialect::Rfc) };
    let bench = Bench::start(options).await;
    let settings = json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()});
    (bench, settings)
}

fn set(key: &str, query: impl Into<Value>) -> Value {
    json!({"sourceDataKey": key, "queryInput": query.into()})
}

fn keys(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
}

/// The ids of those that have this in one of these attributes, whatever the case of letters.
fn having(stored: &[Value], attributes: &[&str], part: &str) -> Vec<String> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_lowercase();
    let has = |one: &&Value| attributes.iter().any(|name| text(one, name).contains(&part.to_lowercase()));
    stored.iter().filter(has).map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_provider_has_the_data_sets_that_it_has() {
    let salesforce = Bench::with_users(8).await;
    let found = salesforce.run(DISCOVER, json!({})).await.output();
    insta::assert_snapshot!(found, @r#"[{"key":"profiles","label":"Profiles","subLabel":"All there are, by their ids"},{"key":"permissionSets","label":"Permission sets","subLabel":"All there are, by their ids"},{"key":"groups","label":"Groups","subLabel":"All there are, by their ids"},{"key":"roles","label":"Roles","subLabel":"All there are, by their ids"},{"key":"users","label":"Users","subLabel":"All there are, by their ids"},{"key":"locales","label":"Locales","subLabel":"Those that users have"}]"#);
    assert_eq!(salesforce.requests_to("/"), 0);
    let some = salesforce.run(DISCOVER, json!({"queryInput": {"query": "SET", "limit": 1}})).await.output();
    assert_eq!(keys(&some), ["permissionSets"]);
    let (bench, settings) = plain("").await;
    assert_eq!(
        keys(&bench.run_with(DISCOVER, json!({}), settings.clone()).await.output()),
        ["groups", "users", "locales"]
    );
    let cards = json!({"entitlementTypes": [
        {"type": "role", "path": "roles.value", "resource": "Roles"},
        {"type": "title", "path": "title", "attribute": "titles", "readOnly": true},
    ]});
    let settings = with(&settings, cards);
    let found = bench.run_with(DISCOVER, json!({}), settings.clone()).await.output();
    assert_eq!(keys(&found), ["groups", "users", "locales", "role", "title"]);
    let roles = bench.run_with(READ, set("role", json!({"query": "VP"})), settings.clone()).await.output();
    assert_eq!(keys(&roles), having(&bench.sandbox.stored("Roles"), &["displayName"], "vp"));
    assert!(keys(&roles).len() > 1);
    let titles = bench.run_with(READ, set("title", json!({"query": "CHIEF"})), settings).await.output();
    insta::assert_snapshot!(titles, @r#"[{"key":"Chief Executive Officer","label":"Chief Executive Officer"}]"#);
}

#[tokio::test]
async fn each_data_set_of_salesforce_is_read() {
    let bench = Bench::start(Options { users: 300, groups: 30, permission_sets: 250, ..Options::default() }).await;
    let stored = |endpoint: &str| bench.sandbox.stored(endpoint);
    let run = async |name: &str, query: Value| bench.run(READ, set(name, query)).await.output();
    let entitlements = having(&stored("Entitlements"), &["displayName"], "");
    let of = |prefix: &str| entitlements.iter().filter(|id| id.starts_with(prefix)).cloned().collect::<Vec<_>>();
    assert_eq!(keys(&run("profiles", json!({})).await), of("00e"));
    // By default there are 250 at most.
    assert_eq!(keys(&run("permissionSets", json!({"limit": 1000})).await), of("0PS"));
    assert_eq!(keys(&run("users", json!({})).await), having(&stored("Users"), &["id"], "")[..250]);
    assert_eq!(keys(&run("users", json!({"limit": "7"})).await).len(), 7);
    assert_eq!(keys(&run("roles", json!({"query": "CEO"})).await), having(&stored("Roles"), &["displayName"], "ceo"));
    assert_eq!(
        keys(&run("groups", json!({"query": "wEST"})).await),
        having(&stored("Groups"), &["displayName"], "west")
    );
    let first = run("users", json!({"limit": 1})).await;
    insta::assert_snapshot!(first, @r#"[{"key":"005RM000002FD0bYAG","label":"Zoë Larsen","subLabel":"zoe.larsen@example.com"}]"#);
    let excluded = json!({"query": "larsen", "excludeItems": [first[0]["key"]]});
    let others = having(&stored("Users"), &["displayName", "userName"], "larsen");
    assert_eq!(keys(&run("users", excluded).await), others[1..]);
}

/// Whatever a provider makes of filters, and however it pages: what is found is what there is.
#[rstest]
#[case::none("")]
#[case::without_filters("no-filter")]
#[case::ignores_filters("ignore-filter")]
#[case::equality_only("filter-eq-only")]
#[case::beginnings_only("filter-eq-sw-only")]
#[case::ignores_the_query("ignore-query")]
#[case::small_pages("page-cap=7")]
#[case::cursors("cursor-only")]
#[case::without_totals("total-missing")]
#[case::strange_names("upper-case-names nulls")]
#[tokio::test]
async fn a_search_finds_all_that_there_is(#[case] quirks: &str) {
    let (bench, settings) = plain(quirks).await;
    let settings = if quirks == "cursor-only" { with(&settings, json!({"paging": "cursor"})) } else { settings };
    let users = bench.sandbox.stored("Users");
    let whole_key = users[40]["id"].as_str().unwrap();
    for query in ["LAR", "zoë", "ö", "@EXAMPLE.com", "a", "e l", "Nobody at all", "%", "\"", "\\", whole_key] {
        let mut wanted = having(&users, &["displayName", "userName"], query);
        if query == whole_key {
            wanted = vec![whole_key.to_owned()];
        }
        let input = set("users", json!({"query": query}));
        let mut found = keys(&bench.run_with(READ, input, settings.clone()).await.output());
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{query}");
        let input = set("users", json!({"query": query, "limit": 2}));
        let some = keys(&bench.run_with(READ, input, settings.clone()).await.output());
        assert!(some.len() == wanted.len().min(2) && some.iter().all(|one| wanted.contains(one)), "{query}");
    }
}

/// The filter is tried once a source; from then on a search is one list and the look for a key.
#[tokio::test]
async fn a_search_does_not_read_everybody_where_the_provider_can_filter() {
    let bench = Bench::start(Options { users: 2_500, ..Options::default() }).await;
    bench.run(READ, set("users", json!({"query": "lars"}))).await.output();
    let before = bench.sandbox.requests().len();
    assert!(before <= 7, "{before}");
    assert!(!keys(&bench.run(READ, set("users", json!({"query": "ander"}))).await.output()).is_empty());
    assert_eq!(bench.sandbox.requests().len() - before, 2);
    // As many as are wanted are on the first page.
    bench.run(READ, set("users", json!({"limit": 5}))).await.output();
    assert_eq!(bench.sandbox.requests().len() - before, 3);
}

#[tokio::test]
async fn the_filters_of_the_settings_hold_for_data_sets_too() {
    let bench = Bench::with_users(30).await;
    let settings = json!({"userFilter": "userName sw \"z\"", "groupFilter": "displayName co \"West\""});
    let run = async |name: &str, query: Value| bench.run_with(READ, set(name, query), settings.clone()).await.output();
    let stored = bench.sandbox.stored("Users");
    let begins =
        |id: &String| stored.iter().any(|one| one["id"] == **id && one["userName"].as_str().unwrap().starts_with('z'));
    let found = keys(&run("users", json!({"query": "a"})).await);
    let wanted: Vec<String> = having(&stored, &["displayName", "userName"], "a").into_iter().filter(begins).collect();
    assert_eq!(found, wanted);
    assert!(!found.is_empty() && found.len() < 30);
    assert!(keys(&run("groups", json!({})).await).len() < bench.sandbox.stored("Groups").len());
}

#[tokio::test]
async fn locales_are_those_in_use_and_are_kept_for_a_while() {
    let bench = Bench::with_users(200).await;
    let mut wanted: Vec<String> =
        bench.sandbox.stored("Users").iter().map(|user| user["locale"].as_str().unwrap().to_owned()).collect();
    wanted.sort();
    wanted.dedup();
    assert_eq!(keys(&bench.run(READ, set("locales", json!({}))).await.output()), wanted);
    let asked = bench.requests_to("/Users");
    assert_eq!(
        keys(&bench.run(READ, set("locales", json!({"query": "EN_"}))).await.output()),
        having_text(&wanted, "en_")
    );
    assert_eq!(bench.requests_to("/Users"), asked);
    let change = json!([{"op": "Set", "attribute": "locale", "value": "eo"}]);
    let user = bench.sandbox.stored("Users")[0]["id"].as_str().unwrap().to_owned();
    bench.run("std:account:update", update(&user, change)).await.output();
    pass(Duration::from_mins(6)).await;
    assert_eq!(keys(&bench.run(READ, set("locales", json!({"query": "eo"}))).await.output()), ["eo"]);
}

fn having_text(texts: &[String], part: &str) -> Vec<String> {
    texts.iter().filter(|text| text.to_lowercase().contains(part)).cloned().collect()
}

/// The harness refuses a line that is longer than the platform takes.
#[tokio::test]
async fn rows_that_do_not_fit_in_a_line_are_left_out() {
    let resources: Vec<Value> = (0..5_000)
        .map(|number| json!({"id": format!("g{number:04}"), "displayName": format!("{number} {}", "é\"".repeat(100))}))
        .collect();
    let page = json!({"totalResults": 5_000, "Resources": resources});
    let upstream = Upstream::start(move |_| Reply::json(200, &page)).await;
    let service = Service::start().await;
    let config = upstream.config(json!({"pageSize": 5000}));
    let rows = service.invoke(READ, set("groups", json!({"limit": 10000})), &config).await.output();
    let bytes = rows.to_string().len();
    assert!(bytes > 255 * 1024 && bytes < 256 * 1024, "{bytes}");
    assert_eq!(rows[0]["key"], "g0000");
}

#[tokio::test]
async fn the_options_of_a_setting_are_told_before_there_are_settings() {
    let service = Service::start().await;
    let options = async |key: &str| service.invoke(OPTIONS, json!({"key": key}), &json!({})).await.output();
    insta::assert_snapshot!(options("grantType").await, @r#"{"options":{"grantType":[{"label":"Client credentials (usual)","value":"clientCredentials"},{"label":"Password (of a user)","value":"password"},{"label":"Refresh token","value":"refreshToken"},{"label":"JWT bearer (signed with a private key)","value":"jwtBearer"}]}}"#);
    insta::assert_snapshot!(options("adoptMatch").await, @r#"{"options":{"adoptMatch":[{"label":"externalId","value":"externalId"},{"label":"employeeNumber","value":"employeeNumber"},{"label":"email","value":"email"}]}}"#);
    let providers = options("provider").await;
    assert_eq!(providers["options"]["provider"][0], json!({"label": "Salesforce", "value": "salesforce"}));
    let spec = service.invoke("std:spec:read", json!({}), &json!({})).await.output();
    let offered = &spec["specification"]["sourceConfig"][0]["items"][0]["items"][1]["options"];
    assert_eq!(providers["options"]["provider"], *offered);
}

#[tokio::test]
async fn profiles_are_the_provider_s_own() {
    let bench = Bench::with_users(8).await;
    for key in ["defaultProfile", "profileOnRevoke"] {
        let options = bench.run(OPTIONS, json!({"key": key})).await.output()["options"][key].clone();
        let profiles = bench.sandbox.stored("Entitlements");
        let profiles = profiles.iter().filter(|one| one["id"].as_str().unwrap().starts_with("00e"));
        assert_eq!(options.as_array().unwrap().len(), profiles.count());
        assert_eq!(options[0], json!({"label": "Contract Manager", "value": "00eRM000002FD0gYAG"}));
    }
    let (bench, settings) = plain("").await;
    let none = bench.run_with(OPTIONS, json!({"key": "defaultProfile"}), settings).await.output();
    assert_eq!(none, json!({"options": {"defaultProfile": []}}));
}

/// Only what the source's schema names is sent, by every command that has one.
#[rstest]
#[case::salesforce(Dialect::Salesforce)]
#[case::plain(Dialect::Rfc)]
#[tokio::test]
async fn every_command_keeps_to_the_schema(#[case] dialect: Dialect) {
    let bench = Bench::start(Options { users: 8, ..Options::new(dialect) }).await;
    let is_salesforce = dialect == Dialect::Salesforce;
    let settings = match dialect {
        Dialect::Salesforce => json!({}),
        Dialect::Rfc => json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()}),
    };
    let schema = json!({"schema": {"attributes": [{"name": "userName"}, {"name": "displayName"}]}});
    let user = bench.sandbox.stored("Users")[1].clone();
    let (id, name) = (user["id"].as_str().unwrap(), user["userName"].as_str().unwrap());
    let mut created =
        json!({"userName": "ada@example.com", "email": "ada@example.com", "familyName": "L", "displayName": "Ada"});
    if is_salesforce {
        created["profile"] = json!("Standard User");
    }
    let change = json!([{"op": "Set", "attribute": "title", "value": "Dr"}]);
    let commands = [
        ("std:account:list", json!({})),
        ("std:account:read", key(id)),
        ("std:account:create", json!({"attributes": created})),
        ("std:account:update", update(id, change)),
        ("std:account:disable", key(id)),
        ("std:account:enable", key(id)),
        ("std:authenticate", json!({"username": name, "password": "sandbox"})),
        ("std:entitlement:list", json!({"type": "group"})),
        (
            "std:entitlement:read",
            with(&key(bench.sandbox.stored("Groups")[0]["id"].as_str().unwrap()), json!({"type": "group"})),
        ),
    ];
    for (command, input) in commands {
        let outputs = bench.run_with(command, with(&input, schema.clone()), settings.clone()).await.outputs();
        assert!(!outputs.is_empty(), "{command}");
        for output in outputs {
            let names: Vec<&String> = output["attributes"].as_object().unwrap().keys().collect();
            let wanted: &[&str] =
                if command.contains("entitlement") { &["displayName"] } else { &["userName", "displayName"] };
            assert_eq!(names, wanted, "{command}");
            assert_eq!(output["identity"], output["key"]["simple"]["id"], "{command}");
        }
    }
}

/// What holders of a role may do, as WSO2's roles say it.
#[tokio::test]
async fn entitlements_show_permissions_where_their_type_says_where_they_are() {
    let role = json!({"id": "r1", "displayName": "Clerk", "permissions": [
        {"value": "invoices", "display": "read"}, {"value": "payments", "display": "approve"},
    ]});
    let upstream = Upstream::start(move |asked| match asked.path.as_str() {
        path if path.ends_with("/Roles") => Reply::json(200, &json!({"totalResults": 1, "Resources": [role]})),
        path if path.ends_with("/Roles/r1") => Reply::json(200, &role),
        _ => Reply::error(404, "not here"),
    })
    .await;
    let card = json!({"type": "role", "path": "roles.value", "resource": "Roles", "permissions": "permissions.value", "rights": "display"});
    let config = upstream.config(json!({"entitlementTypes": [card]}));
    let service = Service::start().await;
    let listed = service.invoke("std:entitlement:list", json!({"type": "role"}), &config).await.output();
    insta::assert_snapshot!(listed, @r#"{"identity":"r1","key":{"simple":{"id":"r1"}},"type":"role","attributes":{"id":"r1","displayName":"Clerk"},"permissions":[{"target":"invoices","rights":"read"},{"target":"payments","rights":"approve"}]}"#);
    let input = with(&key("r1"), json!({"type": "role"}));
    assert_eq!(service.invoke("std:entitlement:read", input.clone(), &config).await.output(), listed);
    let unwanted = json!({"schema": {"attributes": [{"name": "id"}], "includePermissions": false}});
    let read = service.invoke("std:entitlement:read", with(&input, unwanted), &config).await.output();
    assert_eq!(read["permissions"], Value::Null);
}
