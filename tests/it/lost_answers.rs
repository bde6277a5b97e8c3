//! A creation whose answer is lost, late or no SCIM: exactly one user afterwards, and no failure where there is a user.

use super::harness::{Service, attributes, hurried, pass, with};
use super::relay::{Harm, Relayed};
use super::standard::Standard;
use super::upstream::{Asked, Reply, Turn};
use http::Method;
use rstest::rstest;
use scim_connector::sandbox::Options;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CREATE: &str = "std:account:create";

fn grace() -> Value {
    json!({"attributes": {
        "userName": "Grace@example.com", "email": "grace@example.com", "familyName": "Hopper", "profile": "Standard User",
        "entitlements": "0PSRM000002FD0b4AG", "active": "true",
    }})
}

fn is_creation(asked: &Asked) -> bool {
    asked.method == Method::POST && asked.path.ends_with("/Users")
}

/// A server that does what it is told, and then something else than answering.
#[rstest]
#[case::cut(|| Turn::Close)]
#[case::empty(|| Reply { status: 201, content_type: "application/json", body: String::new() }.into())]
#[case::no_content(|| Reply { status: 204, content_type: "application/json", body: String::new() }.into())]
#[case::a_text(|| Reply { status: 201, content_type: "text/plain", body: "Created".to_owned() }.into())]
#[case::a_page(|| Reply::html(201).into())]
#[case::cut_off(|| Reply { status: 201, content_type: "application/json", body: "{\"id\": \"00".to_owned() }.into())]
#[case::without_an_id(|| Reply::json(201, &json!({"userName": "grace@example.com"})).into())]
#[tokio::test]
async fn the_account_is_found_and_given_out_in_the_same_call(#[case] answer: fn() -> Turn) {
    let relayed =
        Relayed::harming(Options::default(), move |asked| is_creation(asked).then(|| Harm::Afterwards(answer()))).await;
    let account = relayed.run(CREATE, grace(), json!({})).await.output();
    assert_eq!((attributes(&account)["userName"].as_str(), account.get("results")), (Some("grace@example.com"), None));
    assert_eq!(attributes(&account)["entitlements"], json!(["00eRM000002FD0cYAG", "0PSRM000002FD0b4AG"]));
    assert_eq!((relayed.accounts().await, relayed.relay.count(&Method::POST, "/Users")), (9, 1));
    let elsewhere = Service::start().await.invoke(CREATE, grace(), &relayed.config(json!({}))).await.output();
    assert_eq!(elsewhere, account, "sent again by another process");
    assert_eq!((relayed.accounts().await, relayed.relay.count(&Method::POST, "/Users")), (9, 1));
}

/// Cut before anything was done: the user is made by the second try.
#[tokio::test]
async fn a_creation_that_did_not_arrive_is_sent_once_more() {
    let tries = AtomicUsize::new(0);
    let relayed = Relayed::harming(Options::default(), move |asked| {
        (is_creation(asked) && tries.fetch_add(1, Ordering::Relaxed) == 0).then_some(Harm::Instead(Turn::Close))
    })
    .await;
    let creation = relayed.run(CREATE, grace(), json!({}));
    let answer = hurried(creation).await;
    assert_eq!(attributes(&answer.output())["userName"], "grace@example.com");
    assert_eq!((relayed.accounts().await, relayed.relay.count(&Method::POST, "/Users")), (9, 2));
}

/// The provider does it at once and answers only after 90 s.
#[tokio::test]
async fn a_creation_that_is_done_and_not_answered_is_found() {
    let relayed =
        Relayed::harming(Options::default(), |asked| is_creation(asked).then_some(Harm::Afterwards(Turn::Stall))).await;
    let settings = json!({"timeoutSeconds": 1, "provisioningTimeout": 10});
    let account = relayed.run(CREATE, grace(), settings.clone()).await.output();
    assert_eq!(relayed.accounts().await, 9);
    let again = Service::start().await.invoke(CREATE, grace(), &relayed.config(settings)).await.output();
    assert_eq!((again, relayed.accounts().await), (account, 9));
}

/// The provider does it only after 90 s, long after the answer had to be given.
#[tokio::test]
async fn a_creation_that_stalls_is_answered_in_time_and_found_by_the_next_call() {
    let relayed =
        Relayed::harming(Options::default(), |asked| is_creation(asked).then_some(Harm::Instead(Turn::Stall))).await;
    let creation = relayed.run(CREATE, grace(), json!({"timeoutSeconds": 60, "provisioningTimeout": 10}));
    let time = async {
        while relayed.relay.count(&Method::POST, "/Users") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        pass(Duration::from_secs(8)).await;
    };
    let (answer, ()) = tokio::join!(creation, time);
    insta::assert_snapshot!(answer.failure().shown(), @"generic/timeout: The command is still under way after 7 s, and it is not known yet what becomes of it. Send it again after a while: what is done already is not done twice. [OUTCOME_UNKNOWN]");
    // Now it does it.
    let made = relayed.bench.run(CREATE, grace()).await.output();
    assert_eq!(relayed.accounts().await, 9);
    let again = Service::start().await.invoke(CREATE, grace(), &relayed.config(json!({}))).await.output();
    assert_eq!((again, relayed.accounts().await), (made, 9));
}

/// What is asked after a lost answer may fail as well: that is no refusal.
#[tokio::test]
async fn a_look_up_that_fails_afterwards_does_not_make_it_a_refusal() {
    let tries = AtomicUsize::new(0);
    let relayed = Relayed::harming(Options::default(), move |asked| {
        if is_creation(asked) {
            tries.fetch_add(1, Ordering::Relaxed);
            return Some(Harm::Afterwards(Turn::Close));
        }
        (tries.load(Ordering::Relaxed) > 0).then(|| Harm::Instead(Reply::error(403, "no").into()))
    })
    .await;
    let creation = relayed.run(CREATE, grace(), json!({}));
    let answer = hurried(creation).await;
    assert_eq!(answer.failure().code, "OUTCOME_UNKNOWN");
    assert_eq!((relayed.accounts().await, relayed.relay.count(&Method::POST, "/Users")), (9, 1));
}

/// Also where the timeout of a single request ends it, and no user is found: nothing is sent twice.
#[tokio::test]
async fn a_creation_that_stalls_and_is_not_found_is_not_sent_again() {
    let relayed =
        Relayed::harming(Options::default(), |asked| is_creation(asked).then_some(Harm::Instead(Turn::Stall))).await;
    let creation = relayed.run(CREATE, grace(), json!({"timeoutSeconds": 5, "provisioningTimeout": 60}));
    let answer = hurried(creation).await;
    let failure = answer.failure();
    assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("OUTCOME_UNKNOWN", "generic"));
    assert_eq!((relayed.accounts().await, relayed.relay.count(&Method::POST, "/Users")), (8, 1));
}

/// A standard server, too; and the platform gives up on one call and sends the next while the first still works.
#[tokio::test]
async fn two_calls_at_once_make_one_user() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let input = json!({"attributes": {"userName": "new@example.com", "externalId": "E9", "groups": ["g1", "g3"]}});
    let config = standard.config(json!({}));
    let (one, other) =
        tokio::join!(service.invoke(CREATE, input.clone(), &config), service.invoke(CREATE, input.clone(), &config));
    assert_eq!(one.output()["identity"], "new1");
    assert_eq!(with(&other.output(), json!({"identity": "new1"})), with(&one.output(), json!({})));
    assert_eq!(standard.user_names().len(), 4);
    assert_eq!((standard.members("g1").len(), standard.members("g3")), (4, vec!["new1".to_owned()]));
}

/// An answer that says success, and no user anywhere.
#[tokio::test]
async fn a_success_without_a_user_is_not_believed() {
    let standard = Standard::stepping_in(|asked, _| is_creation(asked).then(|| Reply::html(200).into())).await;
    let service = Service::start().await;
    let input = json!({"attributes": {"userName": "new@example.com"}});
    let config = standard.config(json!({}));
    let creation = service.invoke(CREATE, input, &config);
    let answer = hurried(creation).await;
    insta::assert_snapshot!(answer.failure().shown(), @"generic/timeout: Creating new@example.com failed: the provider reported success, but does not show the account. Send the creation again after a while. [OUTCOME_UNKNOWN]");
    assert_eq!(standard.upstream.count(&Method::POST, "/Users"), 1);
}
