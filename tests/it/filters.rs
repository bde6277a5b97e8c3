//! What lists leave out by filter strings, and what they ask the provider for by SCIM filters.

use super::harness::{Bench, Service, attributes, key, with};
use super::upstream::{Reply, Upstream};
use rstest::rstest;
use scim_connector::config::Config;
use scim_connector::filter_string::FilterString;
use scim_connector::sandbox::{Dialect, Effect, Fault, ListEffect, Options, SeenRequest};
use scim_connector::scim::provider::Profiles;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;

const ACCOUNTS: &str = "std:account:list";
const ENTITLEMENTS: &str = "std:entitlement:list";

/// A sandbox of 60 users, and the settings of a source of its dialect.
async fn bench(dialect: Dialect) -> (Bench, Value) {
    let bench = Bench::start(Options { users: 60, groups: 12, ..Options::new(dialect) }).await;
    let provider = if dialect == Dialect::Rfc { "generic" } else { "salesforce" };
    let settings = json!({"provider": provider, "tokenUrl": bench.sandbox.token_url(), "pageSize": 20});
    (bench, settings)
}

fn ids<'a>(outputs: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    outputs.into_iter().map(|output| output["identity"].as_str().unwrap().to_owned()).collect()
}

fn is(account: &Map<String, Value>, name: &str, value: &str) -> bool {
    account.get(name).and_then(Value::as_str) == Some(value)
}

fn has(account: &Map<String, Value>, group: &str) -> bool {
    account["groups"].as_array().unwrap().contains(&group.into())
}

/// What a filter string says of an account, in the test's own words.
type Test<'a> = Box<dyn Fn(&Map<String, Value>) -> bool + 'a>;

#[rstest]
#[case::salesforce(Dialect::Salesforce)]
#[case::rfc(Dialect::Rfc)]
#[tokio::test]
async fn accounts_that_match_are_left_out(#[case] dialect: Dialect) {
    let (bench, settings) = bench(dialect).await;
    let all = bench.run_with(ACCOUNTS, json!({}), settings.clone()).await.outputs();
    let group = attributes(&all[0])["groups"][0].as_str().unwrap().to_owned();
    let cases: [(String, Test<'_>); 5] = [
        (r#"department == "Sales""#.to_owned(), Box::new(|account| is(account, "department", "Sales"))),
        ("active == false".to_owned(), Box::new(|account| account["active"] == false)),
        (format!("groups.contains(\"{group}\")"), Box::new(|account| has(account, &group))),
        (
            format!("!(department == \"Sales\" || groups.containsAllIgnoreCase(\"{}\"))", group.to_lowercase()),
            Box::new(|account| !is(account, "department", "Sales") && !has(account, &group)),
        ),
        (
            r#"userName.containsIgnoreCase("AR") && department != null"#.to_owned(),
            Box::new(|account| {
                account["userName"].as_str().unwrap().contains("ar") && account.contains_key("department")
            }),
        ),
    ];
    for (filter, is_left_out) in cases {
        let expected = ids(all.iter().filter(|account| !is_left_out(attributes(account))));
        assert!(!expected.is_empty() && expected.len() < all.len(), "{filter} tells nothing");
        for setting in ["filterString", "account.filterString"] {
            let settings = with(&settings, json!({setting: filter}));
            let kept = bench.run_with(ACCOUNTS, json!({}), settings.clone()).await.outputs();
            assert!(kept.iter().all(|account| all.contains(account)), "{filter} changes accounts");
            assert_eq!(ids(&kept), expected, "{filter}");
            // The filter looks at attributes that the source does not want.
            let input = json!({"schema": {"attributes": [{"name": "id"}]}});
            let kept = bench.run_with(ACCOUNTS, input, settings).await.outputs();
            assert_eq!(ids(&kept), expected, "{filter}");
            assert!(kept.iter().all(|account| attributes(account).keys().eq(["id"])));
        }
    }
}

#[tokio::test]
async fn each_type_of_entitlement_has_a_filter_string_of_its_own() {
    let (bench, _) = bench(Dialect::Salesforce).await;
    for (kind, setting, filter, name, value) in [
        ("group", "group.filterString", r#"displayName == "Sales West""#, "displayName", "Sales West"),
        ("entitlement", "entitlement.filterString", r#"kind == "Profile""#, "kind", "Profile"),
    ] {
        let input = json!({"type": kind, "schema": {"attributes": [{"name": "id"}]}});
        let all = bench.run(ENTITLEMENTS, json!({"type": kind})).await.outputs();
        let expected = ids(all.iter().filter(|one| one["attributes"][name] != value));
        assert!(!expected.is_empty() && expected.len() < all.len());
        let kept = bench.run_with(ENTITLEMENTS, input, json!({setting: filter})).await.outputs();
        assert_eq!(ids(&kept), expected);
        let other = json!({"type": if kind == "group" { "entitlement" } else { "group" }});
        let before = bench.run(ENTITLEMENTS, other.clone()).await.outputs();
        assert_eq!(bench.run_with(ENTITLEMENTS, other, json!({setting: filter})).await.outputs(), before);
    }
}

#[rstest]
#[case::salesforce(Dialect::Salesforce)]
#[case::rfc(Dialect::Rfc)]
#[tokio::test]
async fn the_provider_is_asked_only_for_what_matches(#[case] dialect: Dialect) {
    let (bench, settings) = bench(dialect).await;
    let all = bench.run_with(ACCOUNTS, json!({}), settings.clone()).await.outputs();
    let active = ids(all.iter().filter(|account| account["disabled"] == false));
    assert!(active.len() < all.len());
    for paging in ["auto", "index", "key", "cursor"] {
        if dialect == Dialect::Salesforce && paging == "cursor" {
            continue;
        }
        let settings = with(&settings, json!({"paging": paging, "userFilter": "userName pr and (active eq true)"}));
        let kept = bench.run_with(ACCOUNTS, json!({}), settings).await.outputs();
        assert_eq!(ids(&kept), active, "{paging}");
        assert!(kept.iter().all(|account| all.contains(account)), "{paging}");
    }
    let by_key = "filter=(userName pr) and (active eq true) and (id gt \"";
    assert!(bench.requests_to(by_key) > 0, "{:?}", bench.sandbox.requests().last().map(SeenRequest::target));
}

#[tokio::test]
async fn groups_and_entitlements_are_asked_for_by_filters_and_accounts_go_on_showing_all() {
    for dialect in [Dialect::Salesforce, Dialect::Rfc] {
        let (bench, settings) = bench(dialect).await;
        let before = bench.run_with(ACCOUNTS, json!({}), settings.clone()).await.outputs();
        let filters = json!({
            "groupFilter": "displayName ew \" West\"", "entitlementFilter": "type eq \"PermissionSet\"",
            "group.filterString": "displayName == \"Sales West\"",
        });
        let filtered = with(&settings, filters);
        let groups = bench.run_with(ENTITLEMENTS, json!({"type": "group"}), filtered.clone()).await.outputs();
        assert_eq!(groups.len(), 5);
        for group in &groups {
            let name = group["attributes"]["displayName"].as_str().unwrap();
            assert!(name.ends_with(" West") && name != "Sales West", "{name}");
        }
        if dialect == Dialect::Salesforce {
            let sets = bench.run_with(ENTITLEMENTS, json!({"type": "entitlement"}), filtered.clone()).await.outputs();
            assert_eq!(sets.len(), 12);
            assert!(sets.iter().all(|set| set["attributes"]["kind"] == "PermissionSet"));
        }
        assert_eq!(bench.run_with(ACCOUNTS, json!({}), filtered).await.outputs(), before);
    }
}

#[tokio::test]
async fn a_single_account_is_read_whatever_the_filters_say() {
    let (bench, settings) = bench(Dialect::Rfc).await;
    let all = bench.run_with(ACCOUNTS, json!({}), settings.clone()).await.outputs();
    let filters = json!({"filterString": "id.notNull()", "userFilter": "active eq false"});
    let settings = with(&settings, filters);
    assert_eq!(bench.run_with(ACCOUNTS, json!({}), settings.clone()).await.outputs(), Vec::<Value>::new());
    let id = all[0]["identity"].as_str().unwrap();
    assert_eq!(bench.run_with("std:account:read", key(id), settings).await.output(), all[0]);
}

#[rstest]
#[case::salesforce(Dialect::Salesforce)]
#[case::rfc(Dialect::Rfc)]
#[tokio::test]
async fn a_provider_that_ignores_the_filter_is_found_out(#[case] dialect: Dialect) {
    let (bench, settings) = bench(dialect).await;
    let settings = with(&settings, json!({"userFilter": "active eq false"}));
    bench.fail(Fault::new("/Users", Effect::List(ListEffect::IgnoreFilter)));
    for command in [ACCOUNTS, "std:test-connection"] {
        let failure = bench.run_with(command, json!({}), settings.clone()).await.failure();
        assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("FILTER_IGNORED", "invalidResponse"), "{command}");
        failure.assert_says("the provider was asked only for what matches userFilter (active eq false), and sent \"");
    }
}

#[tokio::test]
async fn a_filter_that_the_provider_refuses_is_named_by_the_connection_test() {
    let upstream = Upstream::start(|asked| match asked.query.get("filter") {
        Some(_) => {
            Reply::json(400, &json!({"scimType": "invalidFilter", "detail": "no such attribute", "status": "400"}))
        }
        None => Reply::json(200, &json!({"totalResults": 1, "Resources": [{"id": "1", "userName": "ada"}]})),
    })
    .await;
    let config = upstream.config(json!({"groupMembership": "user", "groupFilter": "shoeSize eq 42"}));
    let failure = Service::start().await.invoke("std:test-connection", json!({}), &config).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidResponse: The connection test failed: the provider refuses the filter that is needed. Correct userFilter, groupFilter or entitlementFilter if one is set; set paging to index if lists should not be continued by id. (The provider says: no such attribute; invalidFilter; HTTP 400) Found out: Groups can be read; what fails is the request with groupFilter. [UNSUPPORTED_FILTER]");
}

/// The guard counts what the provider gives: a filter string neither raises its alarm nor hides a loss.
#[tokio::test]
async fn a_filter_string_is_nothing_to_the_guard_against_lists_that_shrink() {
    let (bench, settings) = bench(Dialect::Salesforce).await;
    let list = async |more: Value| bench.run_with(ACCOUNTS, json!({}), with(&settings, more)).await;
    let filter = r#"department != "Sales" || active == false"#;
    let all = list(json!({})).await.outputs().len();
    let kept = list(json!({"filterString": filter})).await.outputs().len();
    assert!(kept * 2 < all, "{kept} of {all}");
    assert_eq!(list(json!({})).await.outputs().len(), all);
    list(json!({"filterString": filter})).await.outputs();
    bench.fail(Fault::new("/Users", Effect::List(ListEffect::LoseView(30))));
    for settings in [json!({"filterString": filter}), json!({})] {
        let failure = list(settings).await.failure();
        assert_eq!(failure.code, "LIST_SHRUNK");
        failure.assert_says("of 60 accounts in the last complete list the provider shows 30 now");
    }
}

/// Counts under different SCIM filters are of different lists.
#[tokio::test]
async fn with_another_scim_filter_the_counting_begins_anew() {
    let (bench, settings) = bench(Dialect::Rfc).await;
    let list = async |more: Value| bench.run_with(ACCOUNTS, json!({}), with(&settings, more)).await;
    list(json!({})).await.outputs();
    let sales =
        json!({"userFilter": "userName sw \"a\" or userName sw \"m\" or userName sw \"j\" or userName sw \"s\""});
    let some = list(sales.clone()).await.outputs().len();
    assert!((12..=40).contains(&some), "{some}");
    bench.fail(Fault::new("/Users", Effect::List(ListEffect::LoseView(3))));
    let failure = list(sales).await.failure();
    assert_eq!(failure.code, "LIST_SHRUNK");
    failure.assert_says(&format!("of {some} accounts in the last complete list"));
}

#[rstest]
#[case::groups("group", "groupFilter", "displayName sw \"Sales\"", "/Groups")]
#[case::entitlements("entitlement", "entitlementFilter", "type eq \"Profile\"", "/Entitlements")]
#[tokio::test]
async fn so_it_does_with_entitlements(#[case] kind: &str, #[case] key: &str, #[case] filter: &str, #[case] path: &str) {
    let options = Options { groups: 300, permission_sets: 60, ..Options::default() };
    let bench = Bench::start(options).await;
    let list = async |settings: Value| bench.run_with(ENTITLEMENTS, json!({"type": kind}), settings).await;
    let (plain, filtered) = (json!({}), json!({key: filter}));
    let all = list(plain.clone()).await.outputs().len();
    let some = list(filtered).await.outputs().len();
    assert!(some > 0 && all - some > 10 && some * 2 < all, "{some} of {all}");
    assert_eq!(list(plain.clone()).await.outputs().len(), all);
    bench.fail(Fault::new(path, Effect::List(ListEffect::LoseView(5))));
    assert_eq!(list(plain).await.failure().code, "LIST_SHRUNK");
}

#[tokio::test]
async fn every_filter_that_cannot_be_used_is_named_with_its_column() {
    let service = Service::start().await;
    let config = json!({
        "baseUrl": "http://127.0.0.1:1/v2", "authType": "none", "provider": "generic",
        "filterString": "email.isNull() || departmnt == \"Sales\"", "group.filterString": "kind == 1", "entitlement.filterString": "Kind == 1",
    });
    let failure = service.invoke(ACCOUNTS, json!({}), &config).await.failure();
    insta::assert_snapshot!(failure.shown(), @r#"generic/invalidConfiguration: The source's settings cannot be used: filterString names at column 19 an attribute that accounts do not have: "departmnt" (those that there are: id, userName, displayName, nickName, givenName, familyName, formattedName, email, phone, title, department, employeeNumber, organization, managerId, managerName, externalId, locale, timezone, preferredLanguage, userType, active, created, lastModified, userRoles, groups, entitlements); group.filterString names at column 1 an attribute that groups do not have: "kind" (those that there are: id, displayName, description); entitlement.filterString names at column 1 an attribute that entitlements do not have: "Kind" (those that there are: id, displayName, description, kind). Correct them in the source's configuration. [INVALID_CONFIGURATION]"#);
    let config = with(&config, json!({"filterString": "active = 1", "pageSize": 0}));
    let failure = service.invoke("std:test-connection", json!({}), &config).await.failure();
    insta::assert_snapshot!(failure.shown(), @r#"generic/invalidConfiguration: The source's settings cannot be used: pageSize must be a whole number from 1 to 10000, but is 0; filterString is no filter string: at column 8: expected == or ===, but found =; group.filterString names at column 1 an attribute that groups do not have: "kind" (those that there are: id, displayName, description); entitlement.filterString names at column 1 an attribute that entitlements do not have: "Kind" (those that there are: id, displayName, description, kind). Correct them in the source's configuration. [INVALID_CONFIGURATION]"#);
    // Where there are no profiles, a filter that asks for one would match nobody, or everybody.
    let config = json!({"baseUrl": "http://127.0.0.1:1/v2", "authType": "none", "filterString": "profile.isNull()"});
    let failure = service.invoke(ACCOUNTS, json!({}), &config).await.failure();
    failure.assert_says("filterString names at column 1 an attribute that accounts do not have: \"profile\"");
}

/// The rows of the tables in `docs/FILTERS.md` that have so many cells with code.
fn documented(cells: usize) -> Vec<Vec<String>> {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FILTERS.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ")).map(|line| line.replace("\\|", "\u{1}"));
    let cell = |cell: &str| {
        let code = cell.trim().strip_prefix('`')?.strip_suffix('`')?;
        (!code.contains('`')).then(|| code.replace('\u{1}', "|"))
    };
    let coded = rows.map(|row| row.split('|').filter_map(cell).collect::<Vec<_>>());
    coded.filter(|row| row.len() == cells).collect()
}

#[test]
fn every_example_of_a_filter_string_does_what_the_page_says() {
    let rows = documented(3);
    assert_eq!(rows.len(), 29);
    for row in rows {
        let filter = FilterString::parse(&row[0]).unwrap_or_else(|error| panic!("{}: {error}", row[0]));
        let object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        assert!(filter.matches(&object(&row[1])), "{row:?}");
        assert!(!filter.matches(&object(&row[2])), "{row:?}");
    }
}

#[test]
fn every_example_of_a_scim_filter_is_taken() {
    let rows = documented(2);
    assert_eq!(rows.len(), 5);
    for row in rows {
        let settings = json!({"baseUrl": "https://scim.example/v2", "authType": "none", row[0].as_str(): row[1]});
        Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap_or_else(|error| panic!("{error}"));
    }
}
