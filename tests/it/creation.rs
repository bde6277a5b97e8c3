//! Creating accounts: what comes back is what a read gives, and every refusal is in plain words.

use super::harness::{Bench, Failure, Service, hurried, key, with};
use super::upstream::{Reply, Upstream, user};
use http::Method;
use scim_connector::sandbox::{Effect, Fault, Options};
use serde_json::{Value, json};
use std::fmt::Write as _;

const CREATE: &str = "std:account:create";

fn ada() -> Value {
    json!({
        "userName": "Ada.Lovelace@example.com", "email": "ada@example.com", "familyName": "Lovelace", "givenName": "Ada",
        "profile": "Standard User",
    })
}

/// Creates an account with Ada's attributes and others on top.
async fn created(bench: &Bench, others: Value) -> super::harness::Answer {
    bench.run(CREATE, json!({"attributes": with(&ada(), others)})).await
}

async fn refused(bench: &Bench, others: Value) -> Failure {
    let users = bench.run("std:account:list", json!({})).await.identities().len();
    let failure = created(bench, others).await.failure();
    assert_eq!(bench.run("std:account:list", json!({})).await.identities().len(), users, "an account was created");
    failure
}

#[tokio::test]
async fn a_new_account_is_what_is_read_and_listed_afterwards() {
    let bench = Bench::with_users(8).await;
    let others =
        json!({"department": "Engines", "title": "Analyst", "entitlements": "0PSRM000002FD0b4AG", "phone": null});
    let created = created(&bench, others).await.output();
    let id = created["identity"].as_str().unwrap();
    assert_eq!(bench.run("std:account:read", key(id)).await.output(), created);
    assert_eq!(bench.run("std:account:list", json!({})).await.outputs().last(), Some(&created));
    let shown = serde_json::to_string(&created["attributes"]).unwrap();
    let date = created["attributes"]["created"].as_str().unwrap();
    insta::assert_snapshot!(shown.replace(date, "DATE"), @r#"{"id":"005RM000002FD0jYAG","userName":"ada.lovelace@example.com","displayName":"Ada Lovelace","nickName":"ada.lovelace","givenName":"Ada","familyName":"Lovelace","formattedName":"Ada Lovelace","email":"ada@example.com","title":"Analyst","department":"Engines","locale":"en_US","timezone":"America/Los_Angeles","preferredLanguage":"en_US","userType":"Standard","active":true,"created":"DATE","lastModified":"DATE","profile":"Standard User","userRoles":[],"groups":[],"entitlements":["00eRM000002FD0cYAG","0PSRM000002FD0b4AG"]}"#);
}

#[tokio::test]
async fn a_user_name_that_is_taken() {
    let bench = Bench::with_users(8).await;
    created(&bench, json!({})).await.output();
    let other = refused(&bench, json!({"familyName": "King"})).await;
    insta::assert_snapshot!(other.shown(), @"generic/invalidRequest: Creating Ada.Lovelace@example.com failed: the user name Ada.Lovelace@example.com is already taken. Choose another user name, or aggregate the accounts so that the existing one is correlated. [DUPLICATE_USER]");
}

#[tokio::test]
async fn no_licence_left() {
    let options = Options { users: 8, license_limit: Some(8), ..Options::default() };
    let bench = Bench::start(options).await;
    let spare = created(&bench, json!({})).await;
    assert_eq!(spare.output()["disabled"], false, "one of the eight is inactive");
    let answer = created(&bench, json!({"userName": "grace@example.com"})).await;
    assert_eq!(answer.status, 500);
    let failure = answer.failure();
    assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("LICENSE_LIMIT", "generic"));
    insta::assert_snapshot!(failure.shown(), @"generic/generic: Creating grace@example.com failed: all 8 user licences are in use. Deactivate a user who no longer needs access, or ask the provider's administrator for more licences; then try again. (The provider says: license limit exceeded: 8 of 8 user licenses are in use; LICENSE_LIMIT_EXCEEDED; HTTP 409) [LICENSE_LIMIT]");
    let inactive = json!({"userName": "grace@example.com", "active": "false"});
    assert_eq!(created(&bench, inactive).await.output()["disabled"], true, "who is inactive takes no licence");
}

#[tokio::test]
async fn a_profile_by_its_name_in_any_case_or_by_its_id() {
    let bench = Bench::with_users(8).await;
    let ways = [
        json!({"profile": "read only"}),
        json!({"profile": "00eRM000002FD0eYAG"}),
        json!({"profile": null, "entitlements": ["00eRM000002FD0eYAG"]}),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let name = json!({"userName": format!("ada{number}@example.com")});
        let account = created(&bench, with(&way, name)).await.output();
        assert_eq!(account["attributes"]["profile"], "Read Only", "{way}");
    }
}

/// Transcript of refusals: what was asked for beside Ada's attributes, and what the person is told.
#[tokio::test]
async fn what_cannot_be_created_is_refused_with_the_reason() {
    let bench = Bench::with_users(8).await;
    let mut transcript = String::new();
    for others in [
        json!({"profile": null}),
        json!({"profile": "Standard Usher"}),
        json!({"entitlements": ["00eRM000002FD0eYAG", "0PSRM000002FD0b4AG"]}),
        json!({"familyName": null, "email": null}),
        json!({"userName": ""}),
        json!({"email": "ada"}),
        json!({"profile": "00eRM000009FD0cYAG"}),
        json!({"shoeSize": 42, "id": "1", "active": "perhaps"}),
    ] {
        let failure = refused(&bench, others.clone()).await;
        assert_eq!((failure.error_type.as_str(), failure.kind.as_str()), ("generic", "invalidRequest"));
        writeln!(transcript, "{others}\n  {}", failure.message).unwrap();
    }
    insta::assert_snapshot!(transcript, @r#"
    {"profile":null}
      Creating Ada.Lovelace@example.com failed: the account has no profile, and the provider needs exactly one. Give the attribute "profile" a profile's name (for example Standard User), or set defaultProfile in the source. [MISSING_PROFILE]
    {"profile":"Standard Usher"}
      Creating Ada.Lovelace@example.com failed: there is no profile "Standard Usher" at the provider. Those that exist are System Administrator, Standard User, Standard Platform User, Read Only, Marketing User, Contract Manager. [UNKNOWN_PROFILE]
    {"entitlements":["00eRM000002FD0eYAG","0PSRM000002FD0b4AG"]}
      The command's input cannot be used: entitlements would give the account 2 profiles (00eRM000002FD0cYAG, 00eRM000002FD0eYAG); it must have one. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    {"familyName":null,"email":null}
      Creating Ada.Lovelace@example.com failed: the provider needs a value for email. Add the attribute that the provider names to the create profile of the source. (The provider says: Required fields are missing: [emails, name.familyName]; REQUIRED_FIELD_MISSING; HTTP 409) [REQUIRED_FIELD_MISSING]
    {"userName":""}
      The command's input cannot be used: input.attributes.userName is missing: it must be the new account's user name. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    {"email":"ada"}
      Creating Ada.Lovelace@example.com failed: the provider does not take the e-mail address or the user name. Both must have the form of an e-mail address, such as ada@example.com. (The provider says: Email: invalid email address: ada; INVALID_EMAIL_ADDRESS; HTTP 409) [INVALID_EMAIL]
    {"profile":"00eRM000009FD0cYAG"}
      Creating Ada.Lovelace@example.com failed: a value refers to something that the provider does not have. Check the ids of the profile, the permission sets and the manager; aggregate the entitlements to see those that exist. (The provider says: entitlement ID: id value of incorrect type: 00eRM000009FD0cYAG; FIELD_INTEGRITY_EXCEPTION; HTTP 409) [INVALID_REFERENCE]
    {"shoeSize":42,"id":"1","active":"perhaps"}
      The command's input cannot be used: shoeSize is no attribute of this source (those that can be set: userName, displayName, nickName, givenName, familyName, formattedName, email, phone, title, department, employeeNumber, organization, managerId, externalId, locale, timezone, preferredLanguage, userType, active, profile, groups, entitlements, password); id cannot be set: the provider sets it; active must be true or false, but is "perhaps". Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    "#);
}

#[tokio::test]
async fn what_is_granted_with_a_creation_is_held_afterwards() {
    let bench = Bench::with_users(8).await;
    let grants = json!({"groups": ["00GRM000002FD0b2AG", "00GRM000002FD0c2AG"], "entitlements": "0PSRM000002FD0b4AG"});
    let account = created(&bench, grants).await.output();
    assert!(account.get("results").is_none(), "{account}");
    assert_eq!(account["attributes"]["groups"], json!(["00GRM000002FD0b2AG", "00GRM000002FD0c2AG"]));
    assert_eq!(account["attributes"]["entitlements"], json!(["00eRM000002FD0cYAG", "0PSRM000002FD0b4AG"]));
    assert_eq!(bench.run("std:account:read", key(account["identity"].as_str().unwrap())).await.output(), account);
}

#[tokio::test]
async fn a_grant_that_cannot_be_made_is_reported_beside_the_new_account() {
    let bench = Bench::with_users(8).await;
    let account = created(&bench, json!({"entitlements": ["0PSRM000009FD0b4AG"]})).await.output();
    insta::assert_snapshot!(account["results"], @r#"[{"attribute":"entitlements","status":"error","messages":[{"level":"ERROR","message":"The command's input cannot be used: entitlements has \"0PSRM000009FD0b4AG\", which does not exist at the provider. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]"}]}]"#);
    assert_eq!(account["attributes"]["entitlements"], json!(["00eRM000002FD0cYAG"]));
}

#[tokio::test]
async fn the_same_creation_sent_again_gives_the_same_account() {
    let bench = Bench::with_users(8).await;
    let first = created(&bench, json!({"groups": ["00GRM000002FD0b2AG"]})).await.output();
    let again = created(&bench, json!({"groups": ["00GRM000002FD0b2AG"]})).await.output();
    assert_eq!(again, first);
    let by_id = created(&bench, json!({"groups": ["00GRM000002FD0b2AG"], "profile": "00eRM000002FD0cYAG"})).await;
    assert_eq!(by_id.output(), first);
    assert_eq!(refused(&bench, json!({"profile": "Read Only"})).await.code, "DUPLICATE_USER");
    assert_eq!(bench.run("std:account:list", json!({})).await.identities().len(), 9);
}

#[tokio::test]
async fn a_password_is_sent_and_never_shown() {
    let upstream = Upstream::start(|asked| match asked.method {
        Method::POST => Reply::json(201, &with(&user("u1"), json!({"password": "pass-canary"}))),
        _ if asked.path.ends_with("/Users") => Reply::users(0, [""; 0]),
        _ => Reply::json(200, &with(&user("u1"), json!({"password": "pass-canary"}))),
    })
    .await;
    let attributes = json!({"userName": "u1@example.com", "password": "pass-canary"});
    let answer =
        Service::start().await.invoke(CREATE, json!({"attributes": attributes}), &upstream.config(json!({}))).await;
    assert!(!answer.output().to_string().contains("canary"));
    assert!(upstream.seen().iter().any(|asked| asked.body.contains("pass-canary")));
}

/// A creation whose answer is lost may have been carried out: it is looked for before it is sent once more, and is not
/// called a refusal.
#[tokio::test]
async fn a_lost_answer_is_said_to_be_unknown() {
    let bench = Bench::with_users(8).await;
    bench.fail(Fault { method: Some(Method::POST), ..Fault::new("/Users", Effect::Close) });
    let failure = hurried(created(&bench, json!({}))).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/timeout: Creating Ada.Lovelace@example.com failed: the connection ended before the provider answered, so that it may or may not have been done. Send the command again after a while: what was done is found, and not done twice. [OUTCOME_UNKNOWN]");
    let posts = bench
        .sandbox
        .requests()
        .iter()
        .filter(|seen| seen.method == Method::POST && seen.path.ends_with("/Users"))
        .count();
    assert_eq!(posts, 2);
}

#[tokio::test]
async fn an_account_that_cannot_be_read_back_is_still_reported() {
    let upstream = Upstream::start(|asked| match asked.method {
        Method::POST => Reply::json(201, &user("u1")),
        _ if asked.path.ends_with("/Users") => Reply::users(0, [""; 0]),
        _ if asked.path.ends_with("/Groups") => Reply::users(0, [""; 0]),
        _ => Reply::error(500, "not yet"),
    })
    .await;
    let input = json!({"attributes": {"userName": "u1@example.com"}});
    let account = Service::start().await.invoke(CREATE, input, &upstream.config(json!({}))).await.output();
    assert_eq!(
        (account["identity"].as_str(), account["attributes"]["userName"].as_str()),
        (Some("u1"), Some("u1@example.com"))
    );
}
