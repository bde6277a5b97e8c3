//! Salesforce's profiles and permission sets: an account has exactly one profile, and keeps every permission set whatever
//! becomes of it.

use super::harness::{Bench, add, attributes, key, remove, set, update};
use super::relay::{Harm, Relayed};
use super::upstream::{Asked, Reply};
use http::Method;
use rstest::rstest;
use scim_connector::sandbox::Options;
use serde_json::{Value, json};

const UPDATE: &str = "std:account:update";
const GRACE: &str = "005RM000002FD0jYAG";
const STANDARD_USER: &str = "00eRM000002FD0cYAG";
const READ_ONLY: &str = "00eRM000002FD0eYAG";
const SETS: [&str; 3] = ["0PSRM000002FD0b4AG", "0PSRM000002FD0c4AG", "0PSRM000002FD0d4AG"];

/// An account with the profile Standard User and the first two permission sets.
async fn with_grace(harm: impl Fn(&Asked) -> Option<Harm> + Send + Sync + 'static) -> Relayed {
    let relayed = Relayed::harming(Options::default(), harm).await;
    let attributes = json!({
        "userName": "grace@example.com", "email": "grace@example.com", "familyName": "Hopper", "profile": "Standard User",
        "entitlements": [SETS[0], SETS[1]],
    });
    let created = relayed.bench.run("std:account:create", json!({"attributes": attributes})).await.output();
    assert_eq!((created["identity"].as_str(), created.get("results")), (Some(GRACE), None));
    relayed
}

async fn entitlements(relayed: &Relayed) -> Value {
    attributes(&relayed.bench.run("std:account:read", key(GRACE)).await.output())["entitlements"].clone()
}

#[tokio::test]
async fn permission_sets_come_and_go() {
    let relayed = with_grace(|_| None).await;
    let change = |change| relayed.run(UPDATE, update(GRACE, json!([change])), json!({}));
    for (one, held, writes) in [
        (add("entitlements", [SETS[1], SETS[2]]), json!([STANDARD_USER, SETS[0], SETS[1], SETS[2]]), 1),
        (add("entitlements", SETS[2]), json!([STANDARD_USER, SETS[0], SETS[1], SETS[2]]), 1),
        (remove("entitlements", [SETS[0], SETS[2]]), json!([STANDARD_USER, SETS[1]]), 2),
        (remove("entitlements", [SETS[0]]), json!([STANDARD_USER, SETS[1]]), 2),
        (add("entitlements", SETS[0]), json!([STANDARD_USER, SETS[0], SETS[1]]), 3),
    ] {
        let output = change(one).await.output();
        assert!(output == json!({}) || attributes(&output)["entitlements"] == held, "{output}");
        assert_eq!(entitlements(&relayed).await, held);
        assert_eq!(relayed.relay.writes().lines().count(), writes);
    }
    assert_eq!(change(remove("profile", "Read Only")).await.output(), json!({}), "it has another");
    insta::assert_snapshot!(relayed.relay.writes(), @r#"
    PATCH /services/scim/v2/Users/005RM000002FD0jYAG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":{"entitlements":[{"value":"0PSRM000002FD0d4AG"}]}}]}
    PATCH /services/scim/v2/Users/005RM000002FD0jYAG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"entitlements","value":{"entitlements":[{"value":"0PSRM000002FD0b4AG"},{"value":"0PSRM000002FD0d4AG"}]}}]}
    PATCH /services/scim/v2/Users/005RM000002FD0jYAG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":{"entitlements":[{"value":"0PSRM000002FD0b4AG"}]}}]}
    "#);
}

#[rstest]
#[case::by_its_name(set("profile", "read only"))]
#[case::by_its_id(set("profile", READ_ONLY))]
#[case::among_the_entitlements(add("entitlements", READ_ONLY))]
#[tokio::test]
async fn a_new_profile_replaces_the_old_one_and_keeps_every_permission_set(#[case] change: Value) {
    let relayed = with_grace(|_| None).await;
    let account = relayed.run(UPDATE, update(GRACE, json!([change])), json!({})).await.output();
    insta::allow_duplicates! {
        insta::assert_snapshot!(relayed.relay.writes(), @r#"PATCH /services/scim/v2/Users/005RM000002FD0jYAG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"entitlements":[{"value":"00eRM000002FD0eYAG"},{"value":"0PSRM000002FD0b4AG"},{"value":"0PSRM000002FD0c4AG"}]}}]}"#);
    }
    assert_eq!(attributes(&account)["profile"], "Read Only");
    assert_eq!(entitlements(&relayed).await, json!([READ_ONLY, SETS[0], SETS[1]]));
}

/// Moving from one profile to another arrives as two changes.
#[tokio::test]
async fn an_old_profile_that_leaves_as_a_new_one_comes_is_one_request() {
    let relayed = with_grace(|_| None).await;
    let changes =
        json!([remove("entitlements", STANDARD_USER), add("entitlements", READ_ONLY), add("entitlements", SETS[2])]);
    relayed.run(UPDATE, update(GRACE, changes), json!({})).await.output();
    assert_eq!(relayed.relay.writes().lines().count(), 1);
    assert_eq!(entitlements(&relayed).await, json!([READ_ONLY, SETS[0], SETS[1], SETS[2]]));
}

#[rstest]
#[case::among_the_entitlements(remove("entitlements", STANDARD_USER))]
#[case::by_its_name(remove("profile", "Standard User"))]
#[case::all(set("entitlements", json!([SETS[0], SETS[1]])))]
#[tokio::test]
async fn a_revoked_profile_is_replaced_by_the_one_for_it(#[case] change: Value) {
    let relayed = with_grace(|_| None).await;
    let settings = json!({"profileOnRevoke": "Read Only"});
    let input = update(GRACE, json!([change]));
    let account = relayed.run(UPDATE, input.clone(), settings.clone()).await.output();
    insta::allow_duplicates! {
        insta::assert_snapshot!(relayed.relay.writes(), @r#"PATCH /services/scim/v2/Users/005RM000002FD0jYAG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"entitlements":[{"value":"00eRM000002FD0eYAG"},{"value":"0PSRM000002FD0b4AG"},{"value":"0PSRM000002FD0c4AG"}]}}]}"#);
    }
    assert_eq!((attributes(&account)["profile"].as_str(), account.get("results")), (Some("Read Only"), None));
    assert_eq!(entitlements(&relayed).await, json!([READ_ONLY, SETS[0], SETS[1]]));
}

#[rstest]
#[case::none(json!({}))]
#[case::the_same(json!({"profileOnRevoke": "Standard User"}))]
#[tokio::test]
async fn a_profile_is_not_revoked_where_none_takes_its_place(#[case] settings: Value) {
    let relayed = with_grace(|_| None).await;
    for change in
        [remove("entitlements", STANDARD_USER), remove("profile", "Standard User"), set("entitlements", SETS[0])]
    {
        let failure = relayed.run(UPDATE, update(GRACE, json!([change])), settings.clone()).await.failure();
        failure.assert_says("cannot lose the profile: the provider needs exactly one");
        failure.assert_says("profileOnRevoke");
    }
    assert_eq!(relayed.relay.writes(), "");
}

#[tokio::test]
async fn two_profiles_are_an_error_that_names_both() {
    let relayed = with_grace(|_| None).await;
    let other = "00eRM000002FD0bYAG";
    for changes in [
        json!([add("entitlements", [READ_ONLY, other])]),
        json!([add("entitlements", other), set("profile", "Read Only")]),
    ] {
        let failure = relayed.run(UPDATE, update(GRACE, changes), json!({})).await.failure();
        failure.assert_says("several profiles");
        failure.assert_says(READ_ONLY);
        failure.assert_says(other);
    }
    assert_eq!(relayed.relay.writes(), "");
}

#[rstest]
#[case::permission_set(add("entitlements", "0PSRM000009FD0b4AG"), "0PSRM000009FD0b4AG")]
#[case::profile(add("entitlements", "00eRM000009FD0bYAG"), "00eRM000009FD0bYAG")]
#[case::profile_name(set("profile", "Standard Usher"), "Standard Usher")]
#[tokio::test]
async fn what_does_not_exist_is_named_and_nothing_is_written(#[case] change: Value, #[case] named: &str) {
    let relayed = with_grace(|_| None).await;
    let failure = relayed.run(UPDATE, update(GRACE, json!([change, set("title", "Dr")])), json!({})).await.failure();
    failure.assert_says(named);
    assert_eq!((failure.kind.as_str(), relayed.relay.writes().as_str()), ("invalidRequest", ""));
}

/// Whether it is a removal in Salesforce's wrapped form.
fn is_wrapped_removal(asked: &Asked) -> bool {
    asked.method == Method::PATCH && asked.body.contains(r#""op":"remove","path":"entitlements","value""#)
}

#[rstest]
#[case::the_second_form_works(false)]
#[case::neither_works(true)]
#[tokio::test]
async fn a_server_that_ignores_the_wrapped_removal(#[case] and_the_other: bool) {
    let relayed = with_grace(move |asked| {
        let is_other = asked.method == Method::PATCH && asked.body.contains("entitlements[value eq");
        let ignored = is_wrapped_removal(asked) || (and_the_other && is_other);
        ignored.then(|| Harm::Instead(Reply::json(200, &json!({"id": GRACE})).into()))
    })
    .await;
    let changes = json!([remove("entitlements", SETS[0])]);
    let account = relayed.run(UPDATE, update(GRACE, changes), json!({})).await.output();
    let methods: Vec<String> =
        relayed.relay.seen().iter().filter(|asked| asked.is_write()).map(|asked| asked.method.to_string()).collect();
    assert_eq!(methods, if and_the_other { vec!["PATCH", "PATCH", "PUT"] } else { vec!["PATCH", "PATCH"] });
    assert_eq!(account.get("results"), None);
    assert_eq!(entitlements(&relayed).await, json!([STANDARD_USER, SETS[1]]));
    assert_eq!(attributes(&account)["familyName"], "Hopper");
}

/// A server that refuses it outright.
#[rstest]
#[case::the_second_form_works(false)]
#[case::neither_works(true)]
#[tokio::test]
async fn a_server_that_refuses_the_wrapped_removal_is_asked_in_another_form(#[case] and_the_other: bool) {
    let relayed = with_grace(move |asked| {
        let is_other = asked.method == Method::PATCH && asked.body.contains("entitlements[value eq");
        let refused = is_wrapped_removal(asked) || (and_the_other && is_other);
        refused.then(|| Harm::Instead(Reply::error(400, "invalid removal").into()))
    })
    .await;
    let changes = json!([remove("entitlements", SETS[0]), add("entitlements", SETS[2]), set("title", "Dr")]);
    let account = relayed.run(UPDATE, update(GRACE, changes), json!({})).await.output();
    assert_eq!((attributes(&account)["title"].as_str(), account.get("results")), (Some("Dr"), None));
    assert_eq!(entitlements(&relayed).await, json!([STANDARD_USER, SETS[1], SETS[2]]));
}

#[tokio::test]
async fn a_provider_without_profiles_knows_no_such_attribute() {
    let bench = Bench::with_users(3).await;
    let generic = json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()});
    let input = update("005RM000002FD0bYAG", json!([set("profile", "Read Only")]));
    bench.run_with(UPDATE, input, generic).await.failure().assert_says("profile is no attribute of this source");
    assert_eq!(bench.writes(), "");
}
