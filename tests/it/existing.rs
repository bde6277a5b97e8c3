//! Creations that meet a user who is there already: refused, adopted, or known to be the work of the same creation.

use super::harness::{Answer, Bench, Service, attributes, with};
use super::standard::Standard;
use super::upstream::Reply;
use http::{Method, StatusCode};
use rstest::rstest;
use scim_connector::sandbox::{Effect, Fault, Options};
use serde_json::{Value, json};

const CREATE: &str = "std:account:create";

/// Creates an account named as u1 is, who left long ago.
async fn rehired(standard: &Standard, attributes: Value, settings: Value) -> Answer {
    let left = json!({"active": false, "externalId": "E1",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "77"}});
    standard.put("Users/u1", with(&standard.resource("Users/u1"), left));
    let attributes = with(&json!({"userName": "U1@example.com"}), attributes);
    let config = standard.config(settings);
    Service::start().await.invoke(CREATE, json!({"attributes": attributes}), &config).await
}

fn adopting(names: &Value) -> Value {
    json!({"existingAccount": "adopt", "adoptMatch": names})
}

#[rstest]
#[case::external_id(json!(["externalId"]), json!({"externalId": "E1"}))]
#[case::employee_number(json!(["externalId", "employeeNumber"]), json!({"externalId": "other", "employeeNumber": "77"}))]
#[case::email(json!(["email"]), json!({"email": "u1@example.com"}))]
#[tokio::test]
async fn a_rehire_who_agrees_is_reactivated_and_gets_the_attributes(#[case] names: Value, #[case] given: Value) {
    let standard = Standard::start().await;
    let wanted = with(&given, json!({"title": "Dr", "department": "Engines", "groups": "g3"}));
    let account = rehired(&standard, wanted.clone(), adopting(&names)).await.output();
    assert_eq!((&account["identity"], &account["disabled"]), (&json!("u1"), &json!(false)));
    for name in
        ["title", "department"].iter().map(|name| (*name).to_owned()).chain(given.as_object().unwrap().keys().cloned())
    {
        assert_eq!(attributes(&account)[&name], wanted[&name], "{name}");
    }
    assert_eq!(attributes(&account)["groups"], json!(["g1", "g3"]));
    assert_eq!(account.get("results"), None);
    assert_eq!((standard.upstream.count(&Method::POST, "/Users"), standard.user_names().len()), (0, 3));
}

/// The one create template sends a profile everywhere; a plan may be for an account that is to stay inactive.
#[tokio::test]
async fn a_rehire_gets_what_the_provider_has_of_the_plan() {
    let standard = Standard::start().await;
    let wanted = json!({"externalId": "E1", "profile": "Standard User", "active": "false", "password": "hunter22!"});
    let account = rehired(&standard, wanted, adopting(&json!(["externalId"]))).await.output();
    assert_eq!((&account["identity"], &account["disabled"]), (&json!("u1"), &json!(true)));
    assert_eq!(standard.resource("Users/u1")["password"], "hunter22!");
    assert!(!account.to_string().contains("hunter22!"));
}

#[rstest]
#[case::it_differs(adopting(&json!(["externalId"])), json!({"externalId": "E2", "email": "u1@example.com"}))]
#[case::it_is_not_given(adopting(&json!(["externalId", "employeeNumber"])), json!({"title": "Dr"}))]
#[case::none_is_adopted(json!({"existingAccount": "fail"}), json!({"externalId": "E1"}))]
#[case::by_default(json!({}), json!({"externalId": "E1"}))]
#[tokio::test]
async fn who_does_not_agree_is_left_alone(#[case] settings: Value, #[case] given: Value) {
    let standard = Standard::start().await;
    let failure = rehired(&standard, given, settings).await.failure();
    assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("DUPLICATE_USER", "generic"));
    assert_eq!((standard.upstream.writes().as_str(), &standard.resource("Users/u1")["active"]), ("", &json!(false)));
}

#[tokio::test]
async fn adopting_needs_something_to_go_by() {
    let standard = Standard::start().await;
    let failure = rehired(&standard, json!({}), json!({"existingAccount": "adopt"})).await.failure();
    assert_eq!(failure.code, "INVALID_CONFIGURATION");
    failure.assert_says("adoptMatch");
}

#[tokio::test]
async fn a_rehire_at_salesforce_gets_the_profile_of_the_plan() {
    let bench = Bench::with_users(8).await;
    let left = json!({"userName": "grace@example.com", "email": "grace@example.com", "familyName": "Hopper",
        "externalId": "E9", "profile": "Standard User", "entitlements": "0PSRM000002FD0c4AG"});
    let left = bench.run(CREATE, json!({"attributes": left})).await.output();
    bench.run("std:account:disable", super::harness::key(left["identity"].as_str().unwrap())).await.output();
    let again =
        json!({"userName": "grace@example.com", "familyName": "Murray", "externalId": "E9", "profile": "Read Only"});
    let account = bench.run_with(CREATE, json!({"attributes": again}), adopting(&json!(["externalId"]))).await.output();
    assert_eq!((&account["identity"], &account["disabled"]), (&left["identity"], &json!(false)));
    let shown = attributes(&account);
    assert_eq!((&shown["familyName"], &shown["profile"]), (&json!("Murray"), &json!("Read Only")));
    assert_eq!(shown["entitlements"], json!(["00eRM000002FD0eYAG", "0PSRM000002FD0c4AG"]));
}

/// What the platform sends again after it gave up waiting is the same to the letter.
#[rstest]
#[case::plain(json!({"title": "Dr", "groups": ["g1"]}))]
#[case::booleans_as_texts(json!({"active": "true"}))]
#[case::inactive(json!({"active": "false", "title": ""}))]
#[case::lists_of_one(json!({"title": ["Dr"], "department": ["Engines"], "groups": "g1", "phone": null}))]
#[tokio::test]
async fn the_same_creation_by_another_process_gives_the_same_account(#[case] others: Value) {
    let standard = Standard::start().await;
    let input =
        json!({"attributes": with(&json!({"userName": "New@example.com", "email": "new@example.com"}), others)});
    let config = standard.config(json!({}));
    let first = Service::start().await.invoke(CREATE, input.clone(), &config).await.output();
    let again = Service::start().await.invoke(CREATE, input, &config).await.output();
    assert_eq!(again, first);
    assert_eq!((standard.upstream.count(&Method::POST, "/Users"), standard.user_names().len()), (1, 4));
}

/// Grants that failed in the first call are made by the next.
#[tokio::test]
async fn the_same_creation_again_finishes_what_was_left() {
    let bench = Bench::with_users(8).await;
    let group = "00GRM000002FD0b2AG";
    let fault = Effect::Answer { status: StatusCode::FORBIDDEN, body: "{}".to_owned() };
    bench.fail(Fault { method: Some(Method::PATCH), times: Some(1), ..Fault::new(format!("/Groups/{group}"), fault) });
    let input = json!({"attributes": {"userName": "grace@example.com", "email": "grace@example.com",
        "familyName": "Hopper", "profile": "Standard User", "groups": group}});
    let first = bench.run(CREATE, input.clone()).await.output();
    assert_eq!((&first["results"][0]["attribute"], &attributes(&first)["groups"]), (&json!("groups"), &json!([])));
    let again = bench.run(CREATE, input).await.output();
    assert_eq!((again.get("results"), &attributes(&again)["groups"]), (None, &json!([group])));
    assert_eq!(again["identity"], first["identity"]);
}

#[tokio::test]
async fn a_name_that_is_taken_where_nobody_can_see_it() {
    let bench = Bench::with_users(8).await;
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"DUPLICATE_USERNAME:Duplicate Username.;","status":409}"#;
    let taken = Effect::Answer { status: StatusCode::CONFLICT, body: body.to_owned() };
    bench.fail(Fault { method: Some(Method::POST), ..Fault::new("/Users", taken) });
    let attributes = json!({"userName": "grace@example.com", "email": "grace@example.com", "familyName": "Hopper",
        "profile": "Standard User"});
    let failure = bench.run(CREATE, json!({"attributes": attributes})).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidRequest: Creating grace@example.com failed: the user name grace@example.com is already taken in another Salesforce org: user names are unique across all of them. Choose another user name. [USER_NAME_TAKEN_ELSEWHERE]");
}

/// What is taken may be something else than the name: then the provider's own words are all that helps.
#[rstest]
#[case::something_else(json!({"detail": "the e-mail address is in use", "status": "409"}), "CONFLICT", "the e-mail address is in use")]
#[case::that_must_be_unique(json!({"scimType": "uniqueness", "detail": "externalId E1 is in use"}), "DUPLICATE_VALUE", "externalId E1 is in use")]
#[case::the_name(json!({"scimType": "uniqueness", "detail": "userName is taken"}), "USER_NAME_TAKEN_ELSEWHERE", "does not show")]
#[case::nothing(json!({}), "USER_NAME_TAKEN_ELSEWHERE", "does not show")]
#[tokio::test]
async fn a_conflict_with_nobody_of_that_name(#[case] body: Value, #[case] code: &str, #[case] says: &str) {
    let standard =
        Standard::stepping_in(move |asked, _| (asked.method == Method::POST).then(|| Reply::json(409, &body).into()))
            .await;
    let input = json!({"attributes": {"userName": "new@example.com"}});
    let failure = Service::start().await.invoke(CREATE, input, &standard.config(json!({}))).await.failure();
    assert_eq!(failure.code, code);
    failure.assert_says(says);
}

#[tokio::test]
async fn a_plan_without_a_profile_gets_the_default_one() {
    let bench = Bench::start(Options { license_limit: Some(20), ..Options::default() }).await;
    let plan = |name: &str, others: Value| {
        let name = format!("{name}@example.com");
        json!({"attributes": with(&json!({"userName": name, "email": name, "familyName": "Hopper"}), others)})
    };
    for (name, settings, others, profile) in [
        ("a", json!({"defaultProfile": "Read Only"}), json!({}), "Read Only"),
        ("b", json!({"defaultProfile": "00eRM000002FD0eYAG"}), json!({"profile": ""}), "Read Only"),
        ("c", json!({"defaultProfile": "Read Only"}), json!({"profile": "Standard User"}), "Standard User"),
        ("d", json!({"defaultProfile": "Read Only"}), json!({"entitlements": "00eRM000002FD0cYAG"}), "Standard User"),
    ] {
        let account = bench.run_with(CREATE, plan(name, others), settings).await.output();
        assert_eq!(attributes(&account)["profile"], profile, "{name}");
    }
    let failure = bench.run_with(CREATE, plan("e", json!({})), json!({"defaultProfile": "Nobody"})).await.failure();
    assert_eq!(failure.code, "UNKNOWN_PROFILE");
}

#[tokio::test]
async fn past_the_licence_limit_no_user_is_made() {
    let bench = Bench::start(Options { users: 8, license_limit: Some(7), ..Options::default() }).await;
    let input = json!({"attributes": {"userName": "grace@example.com", "email": "grace@example.com",
        "familyName": "Hopper", "profile": "Standard User", "groups": "00GRM000002FD0b2AG"}});
    let failure = bench.run(CREATE, input).await.failure();
    assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("LICENSE_LIMIT", "generic"));
    failure.assert_says("user licences are in use");
    assert_eq!(bench.run("std:account:list", json!({})).await.identities().len(), 8);
    assert_eq!(bench.writes().lines().count(), 1, "no group was touched");
}
