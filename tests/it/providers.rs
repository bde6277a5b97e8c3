//! A wrong `provider` for a host is found before anything is written: the forms of one provider do harm at another.

use super::harness::{Bench, Service, add, key, remove, set, update, with};
use super::standard::Standard;
use rstest::rstest;
use serde_json::{Value, json};

/// Every command that writes.
fn writing(id: &str, group: &str) -> Vec<(&'static str, Value)> {
    let account = json!({"userName": "new@example.com", "email": "new@example.com", "familyName": "H", "profile": "00eRM000002FD0cYAG"});
    vec![
        ("std:account:create", json!({"attributes": account})),
        ("std:account:update", update(id, json!([remove("groups", group), set("title", "Dr"), add("groups", "g3")]))),
        ("std:account:enable", key(id)),
        ("std:account:disable", key(id)),
        ("std:account:delete", key(id)),
        ("std:change-password", with(&key(id), json!({"password": "pass-canary"}))),
    ]
}

#[tokio::test]
async fn salesforces_forms_are_not_sent_to_a_standard_server() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let config = standard.config(json!({"provider": "salesforce"}));
    for (command, input) in writing("u1", "g1") {
        let failure = service.invoke(command, input, &config).await.failure();
        assert_eq!(
            (failure.code.as_str(), failure.kind.as_str()),
            ("WRONG_PROVIDER", "invalidConfiguration"),
            "{command}"
        );
    }
    let failure = service.invoke("std:account:disable", key("u1"), &config).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: Nothing was sent: the setting provider is salesforce, but it has no /ServiceProviderConfigs, as Salesforce has. Changes in the form of another provider may do harm, such as emptying a group. Set provider to the right one, or leave it empty. [WRONG_PROVIDER]");
    assert_eq!(standard.upstream.writes(), "");
    assert_eq!(standard.members("g1"), ["u1", "u2", "u3"]);
}

/// Nothing is sent there at all: the host's name says enough.
#[rstest]
#[case("https://acme.my.salesforce.com")]
#[case("https://acme.my.salesforce.com/services/scim/v2/")]
#[case("https://acme.lightning.force.com/services/scim/v2")]
#[tokio::test]
async fn standard_forms_are_not_sent_to_salesforce(#[case] base: &str) {
    let service = Service::start().await;
    let config = json!({"provider": "generic", "baseUrl": base, "authType": "bearerToken", "token": "t0ken"});
    for (command, input) in writing("005RM000002FD0bYAG", "00GRM000002FD0b2AG") {
        let failure = service.invoke(command, input, &config).await.failure();
        assert_eq!(failure.code, "WRONG_PROVIDER", "{command}");
        failure.assert_says("salesforce");
    }
}

#[tokio::test]
async fn the_right_provider_is_asked_once() {
    let bench = Bench::with_users(8).await;
    for title in ["a", "b", "c"] {
        bench.run("std:account:update", update("005RM000002FD0bYAG", json!([set("title", title)]))).await.output();
    }
    assert_eq!(bench.requests_to("/ServiceProviderConfigs"), 1);
}
