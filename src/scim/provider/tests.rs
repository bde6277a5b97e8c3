use super::*;
use serde_json::{Map, Value, json};

fn changes(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_host_tells_the_provider() {
    let profiles = Profiles::built_in();
    let of_host = |host| profiles.of_host(host).map(|profile| profile.name.as_str());
    assert_eq!(of_host("acme.my.salesforce.com"), Some("salesforce"));
    assert_eq!(of_host("salesforce.com.example"), None);
    assert_eq!(of_host("127.0.0.1"), None);
}

#[test]
fn a_salesforce_sandbox_has_an_audience_of_its_own() {
    let audience = |host| SALESFORCE.assertion_audience(host);
    assert_eq!(audience("acme--dev.sandbox.my.salesforce.com"), Some("https://test.salesforce.com"));
    assert_eq!(audience("test.salesforce.com"), Some("https://test.salesforce.com"));
    assert_eq!(audience("latest.salesforce.com"), Some("https://login.salesforce.com"));
    assert_eq!(audience("acme.my.salesforce.com"), Some("https://login.salesforce.com"));
    assert_eq!(GENERIC.assertion_audience("scim.example"), None);
}

#[test]
fn a_salesforce_id_is_told_from_a_user_name() {
    assert!(SALESFORCE.user_id.fits("005RM000002FZAlYAO"));
    assert!(!SALESFORCE.user_id.fits("ada@example.com"));
    assert!(!SALESFORCE.user_id.fits("00eRM000002FZAlYAO"));
    assert!(GENERIC.user_id.fits("ada@example.com"));
}

/// Every key that there is stands in the file that people copy from.
#[test]
fn generic_says_every_key() {
    let written: Value = serde_json::from_str(include_str!("profiles/generic.json")).unwrap();
    assert_eq!(serde_json::to_value(&**GENERIC).unwrap(), written);
}

#[test]
fn a_profile_has_what_it_changes_and_the_rest_of_the_one_it_extends() {
    let mut profiles = Profiles::built_in();
    let content =
        json!({"extends": "salesforce", "title": "Ours", "hosts": ["scim.ours.example"], "users": {"pageSize": 50}});
    profiles.add("ours", changes(content)).unwrap();
    let ours = profiles.of_host("scim.ours.example").unwrap();
    assert_eq!((ours.name.as_str(), ours.users.page_size.get()), ("ours", 50));
    assert_eq!((ours.users.paging, &ours.groups), (SALESFORCE.users.paging, &SALESFORCE.groups));
    let built_in = Profiles::built_in();
    let (last, others) = built_in.names().split_last().map(|(last, others)| (*last, others.to_vec())).unwrap();
    assert_eq!(profiles.names(), [others, vec!["ours", last]].concat());
}

#[test]
fn a_profile_takes_the_place_of_another_only_where_it_says_so() {
    let mut profiles = Profiles::built_in();
    let refused = |profiles: &mut Profiles, name: &str, content: Value| {
        profiles.add(name, changes(content)).unwrap_err().to_string()
    };
    insta::assert_snapshot!(refused(&mut profiles, "salesforce", json!({"title": "Ours"})), @"replaces: must be true, since there is a profile salesforce already");
    insta::assert_snapshot!(refused(&mut profiles, "generic", json!({"replaces": true})), @"the name: generic is what others are made from, and cannot be replaced");
    profiles.add("salesforce", changes(json!({"title": "Ours", "replaces": true}))).unwrap();
    assert_eq!(profiles.named("salesforce").unwrap().title, "Ours");
    assert_eq!(profiles.names(), Profiles::built_in().names());
}

#[test]
fn every_problem_is_told_with_its_key() {
    let content = json!({
        "extends": "nobody", "replaces": 1, "titel": "Ours", "hosts": ["*.com"], "users": {"pageSiez": 5, "paging": "pages", "maxPageSize": 0},
        "entitlements": {"path": "Roles"}, "throttling": [{"statuses": [1], "says": "x", "meaning": "slow"}],
        "writing": {"members": {"form": {"wrapped": 1}}, "patch": 3}, "concurrency": "many",
    });
    let mut profiles = Profiles::built_in();
    insta::assert_snapshot!(profiles.add("Ours", changes(content)).unwrap_err().to_string().replace("; ", "\n"), @r#"
    the name: "Ours" must be small letters, digits and hyphens
    replaces: must be true or false
    extends: must be one of salesforce, atlassian, aws, databricks, entra-style, fusionauth, github, google, keycloak, oracle, slack, snowflake, wso2, zscaler, generic
    writing.members.form: invalid type: integer `1`, expected unit
    writing.patch: invalid type: integer `3`, expected string or map
    concurrency: invalid type: string "many", expected a nonzero usize
    titel: unknown field `titel`, expected one of `title`, `documentation`, `notes`, `hosts`, `scimPath`, `tokenPath`, `assertionAudiences`, `accept`, `users`, `groups`, `entitlements`, `roles`, `entitlementTypes`, `memberships`, `members`, `lastModifiedMisses`, `userId`, `idsAreCaseExact`, `entitlementKinds`, `writing`, `deletion`, `discovery`, `throttling`, `concurrency`, `requestsPerSecond`
    hosts: "*.com" is no host name in lower case, with at most one * in a label and none in the last two: it must be like scim.example.com or *.example.com
    users.pageSiez: unknown field `pageSiez`, expected one of `path`, `paging`, `pageSize`, `maxPageSize`, `totals`, `filters`, `attributes`, `excludes`
    users.paging: unknown variant `pages`, expected one of `index`, `indexThenKey`, `key`, `cursor`, `whole`
    users.maxPageSize: invalid value: integer `0`, expected a nonzero u32
    entitlements: missing field `paging`
    throttling: unknown variant `slow`, expected `tooFast` or `quotaUsedUp`
    "#);
}

#[test]
fn values_that_cannot_be_meant_are_told_with_their_keys() {
    let content = json!({
        "title": " ", "scimPath": "scim", "tokenPath": "token", "accept": "json", "users": {"path": "a/b", "pageSize": 5, "maxPageSize": 4, "paging": "whole", "totals": "ignored"},
        "groups": {"paging": {"indexThenKey": {"lastStart": 0}}, "attributes": ["a,b"]},
        "throttling": [{"statuses": [409], "says": "", "meaning": "tooFast"}],
        "writing": {"contentType": "a/b\n"}, "concurrency": 65, "requestsPerSecond": 0,
    });
    let mut profiles = Profiles::built_in();
    insta::assert_snapshot!(profiles.add("ours", changes(content)).unwrap_err().to_string().replace("; ", "\n"), @r#"
    title: must be what people call the provider
    scimPath: must be a path that begins with a slash, such as /scim/v2
    tokenPath: must be a path that begins with a slash, such as /scim/v2
    accept: must be media types, such as application/scim+json
    writing.contentType: must be a media type, such as application/scim+json
    concurrency: must be a whole number from 1 to 64
    requestsPerSecond: must be a number from 0.001 to 10000
    throttling: must have words in each "says": without any it would mean every answer
    users.path: must be one segment of a path, such as Users
    users.totals: must not be ignored where paging goes by key or is whole: nothing else proves such a list complete
    groups.paging: must have a lastStart of 1 at least
    groups.attributes: must be names of attributes
    "#);
}
