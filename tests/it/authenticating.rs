//! People who sign in with their own passwords.

use super::harness::{Bench, Service, hurried, key, with};
use super::secrets::{listen, logged};
use super::upstream::{Asked, Reply, Upstream, user};
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Options, PASSWORD, SECURITY_TOKEN};
use serde_json::{Value, json};

const SIGN_IN: &str = "std:authenticate";

fn who(username: &str, password: &str) -> Value {
    json!({"username": username, "password": password, "options": {"any": 1}})
}

#[rstest]
#[case::salesforce(Dialect::Salesforce)]
#[case::plain(Dialect::Rfc)]
#[tokio::test]
async fn the_right_password_gives_the_account(#[case] dialect: Dialect) {
    let bench = Bench::start(Options::new(dialect)).await;
    let settings = match dialect {
        Dialect::Salesforce => {
            json!({"grantType": "password", "username": "admin@sandbox.example", "password": PASSWORD})
        }
        Dialect::Rfc => json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()}),
    };
    let user = bench.sandbox.stored("Users")[1].clone();
    let (id, name) = (user["id"].as_str().unwrap(), user["userName"].as_str().unwrap());
    let run = async |command: &str, input: Value| bench.run_with(command, input, settings.clone()).await;
    let account = run("std:account:read", key(id)).await.output();
    assert_eq!(run(SIGN_IN, who(name, PASSWORD)).await.output(), account);
    assert_eq!(run(SIGN_IN, who(&name.to_uppercase(), PASSWORD)).await.output(), account);
    assert_eq!(run(SIGN_IN, who(name, &format!("{PASSWORD}{SECURITY_TOKEN}"))).await.output(), account);
    run("std:change-password", with(&key(id), json!({"password": "Correct-Horse-1"}))).await.output();
    assert_eq!(run(SIGN_IN, who(name, PASSWORD)).await.failure().code, "SIGN_IN_REFUSED");
    assert_eq!(run(SIGN_IN, who(name, "Correct-Horse-1")).await.output()["identity"], id);
    run("std:account:disable", key(id)).await.output();
    let failure = run(SIGN_IN, who(name, "Correct-Horse-1")).await.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("ACCOUNT_INACTIVE", "insufficientPermission"));
    failure.assert_says("user is inactive");
}

/// A wrong password is the user's affair: the source's own token is there all the same, and nobody waits.
#[tokio::test]
async fn wrong_passwords_do_the_source_no_harm() {
    let bench = Bench::with_users(8).await;
    let name = bench.sandbox.stored("Users")[1]["userName"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        let failure = bench.run(SIGN_IN, who(&name, "wrong-pass")).await.failure();
        assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("SIGN_IN_REFUSED", "insufficientPermission"));
    }
    // No token of the source's own was needed, and each password was tried once.
    assert_eq!((bench.requests_to("/token"), bench.sandbox.tokens_issued()), (5, 0));
    assert_eq!(bench.run("std:account:list", json!({})).await.outputs().len(), 8);
    assert_eq!(bench.sandbox.tokens_issued(), 1);
    let failure = bench.run(SIGN_IN, who("nobody@example.com", PASSWORD)).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/insufficientPermission: Signing in nobody@example.com failed: the provider does not accept this user name with this password. Check both. Salesforce refuses in the same words a user who is locked out or frozen, and a right password that comes from a network it does not know: then the user's security token must stand right behind it, or this service's address among the org's trusted IP ranges. Found out: the token endpoint says authentication failure; invalid_grant; HTTP 400. [SIGN_IN_REFUSED]");
    assert_eq!(bench.run("std:account:list", json!({})).await.outputs().len(), 8);
    assert_eq!(bench.sandbox.tokens_issued(), 1);
}

const OWN: &str = "own-canary-token";
const OF_USER: &str = "user-canary-token";

/// Gives tokens to its client and to those who have the password `right-canary`; users are those of `users`.
fn provider(asked: &Asked, users: &[Value]) -> Reply {
    let token = |token: &str| Reply::json(200, &json!({"access_token": token, "token_type": "Bearer"}));
    let refused = |code: &str, says: &str| Reply::json(400, &json!({"error": code, "error_description": says}));
    match asked.path.as_str() {
        "/token" if asked.body.contains("client_credentials") => token(OWN),
        "/token" if asked.body.contains("stranger.invalid") => refused("invalid_grant", "no such user"),
        "/token" if asked.body.contains("right-canary") => token(OF_USER),
        "/token" => refused("invalid_grant", &format!("no: {}", asked.body)),
        path if path.ends_with("/Users") => Reply::json(200, &json!({"totalResults": users.len(), "Resources": users})),
        _ => Reply::error(404, "not here"),
    }
}

fn settings(upstream: &Upstream) -> Value {
    upstream.config(json!({
        "authType": "oauth2", "clientId": "c", "clientSecret": "client-s3cret", "groupMembership": "user",
        "tokenUrl": format!("{}/token", upstream.url()), "spConnDebugLoggingEnabled": true,
    }))
}

fn named(id: &str, name: &str) -> Value {
    with(&user(id), json!({"userName": name}))
}

/// The user's token is the proof and nothing else; neither it nor the password comes out anywhere.
#[tokio::test]
async fn the_user_s_token_is_used_for_nothing() {
    listen();
    let upstream = Upstream::start(|asked| provider(asked, &[named("u1", "ada")])).await;
    let (service, config) = (Service::start().await, settings(&upstream));
    assert_eq!(service.invoke(SIGN_IN, who("ada", "right-canary"), &config).await.output()["identity"], "u1");
    let failure = service.invoke(SIGN_IN, who("ada", "wrong-canary"), &config).await.failure();
    assert_eq!(failure.code, "SIGN_IN_REFUSED");
    assert!(!failure.message.contains("canary"), "{}", failure.message);
    for asked in upstream.seen().iter().filter(|asked| asked.path != "/token") {
        assert_eq!(asked.header("authorization"), format!("Bearer {OWN}"));
    }
    let log = logged();
    assert!(log.contains("answered") && !log.contains("canary"), "{log}");
    // Nobody is asked for a token in the user's stead, and one whom nobody knows is refused once a source.
    let tokens =
        |part: &str| upstream.seen().iter().filter(|asked| asked.path == "/token" && asked.body.contains(part)).count();
    assert_eq!((tokens("username=ada"), tokens("stranger.invalid"), tokens("client_credentials")), (3, 1, 1));
}

/// Only the account of just this name is given out.
#[rstest]
#[case::an_id_that_is_called_so(vec![named("ada", "bob")], Err("FILTER_IGNORED"))]
#[case::nobody(vec![], Err("SIGN_IN_WITHOUT_ACCOUNT"))]
#[case::another_case(vec![named("u1", "ADA")], Ok("u1"))]
#[case::both_cases(vec![named("u1", "ADA"), named("u2", "ada")], Ok("u2"))]
#[case::two_other_cases(vec![named("u1", "ADA"), named("u2", "Ada")], Err("SIGN_IN_WITHOUT_ACCOUNT"))]
#[case::disabled(vec![with(&named("u1", "ada"), json!({"active": false}))], Err("ACCOUNT_INACTIVE"))]
#[case::locked(vec![with(&named("u1", "ada"), json!({"locked": true}))], Err("ACCOUNT_LOCKED"))]
#[tokio::test]
async fn the_account_is_that_of_the_name(#[case] users: Vec<Value>, #[case] expected: Result<&str, &str>) {
    let upstream = Upstream::start(move |asked| provider(asked, &users)).await;
    let answer = Service::start().await.invoke(SIGN_IN, who("ada", "right-canary"), &settings(&upstream)).await;
    match expected {
        Ok(id) => assert_eq!(answer.output()["identity"], id),
        Err(code) => assert_eq!(answer.failure().code, code),
    }
}

#[rstest]
#[case::wrong(400, json!({"error": "invalid_grant", "error_description": "authentication failure"}), "SIGN_IN_REFUSED")]
#[case::wrong_in_keycloak(401, json!({"error": "invalid_grant", "error_description": "Invalid user credentials"}), "SIGN_IN_REFUSED")]
#[case::locked(400, json!({"error": "invalid_grant", "error_description": "AADSTS50053: The account is locked"}), "ACCOUNT_LOCKED")]
#[case::disabled(400, json!({"error": "invalid_grant", "error_description": "Account disabled"}), "ACCOUNT_INACTIVE")]
#[case::expired(400, json!({"error": "invalid_grant", "error_description": "expired password"}), "PASSWORD_EXPIRED")]
#[case::second_factor(403, json!({"error": "mfa_required", "error_description": "Multifactor authentication required"}), "SECOND_FACTOR_REQUIRED")]
#[case::restricted(400, json!({"error": "invalid_grant", "error_description": "ip restricted or invalid login hours"}), "SIGN_IN_RESTRICTED")]
#[case::no_such_grant(400, json!({"error": "unsupported_grant_type"}), "SIGN_IN_NOT_POSSIBLE")]
#[case::not_for_this_client(400, json!({"error": "unauthorized_client"}), "SIGN_IN_NOT_POSSIBLE")]
#[case::wrong_client(401, json!({"error": "invalid_client"}), "BAD_CREDENTIALS")]
#[case::down(503, json!({"error": "temporarily_unavailable"}), "TOKEN_SERVICE_DOWN")]
#[case::no_token(200, json!({"hello": "world"}), "TOKEN_UNAVAILABLE")]
#[case::anybody(200, json!({"access_token": "t", "token_type": "Bearer"}), "SIGN_IN_NOT_POSSIBLE")]
#[tokio::test]
async fn each_refusal_is_told_apart(#[case] status: u16, #[case] body: Value, #[case] code: &str) {
    let upstream = Upstream::start(move |asked| match asked.path.as_str() {
        "/token" => Reply::json(status, &body),
        _ => Reply::users(1, ["u1"]),
    })
    .await;
    let service = Service::start().await;
    let answer = hurried(service.invoke(SIGN_IN, who("u1@example.com", "right-canary"), &settings(&upstream))).await;
    assert_eq!(answer.failure().code, code, "{}", answer.failure().message);
}

/// A second attempt may be a second failure, and the last before the user is locked out.
#[tokio::test]
async fn a_password_is_not_sent_twice() {
    let upstream = Upstream::start(|_| Reply::json(500, &json!({"error": "server_error"}))).await;
    let service = Service::start().await;
    let answer = hurried(service.invoke(SIGN_IN, who("ada", "right-canary"), &settings(&upstream))).await;
    assert_eq!((answer.failure().code.as_str(), upstream.seen().len()), ("TOKEN_SERVICE_DOWN", 1));
}

#[rstest]
#[case(json!({"authType": "none"}))]
#[case(json!({"authType": "bearerToken", "token": "t-canary"}))]
#[case(json!({"authType": "basic", "username": "u", "password": "p-canary"}))]
#[tokio::test]
async fn without_a_token_endpoint_nobody_can_sign_in(#[case] settings: Value) {
    let upstream = Upstream::start(|_| Reply::users(1, ["u1"])).await;
    let failure = Service::start()
        .await
        .invoke(SIGN_IN, who("u1@example.com", "p-canary"), &upstream.config(settings))
        .await
        .failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("SIGN_IN_NOT_POSSIBLE", "invalidConfiguration"));
    failure.assert_says("Set authType to oauth2 with tokenUrl, clientId and clientSecret");
    assert_eq!(upstream.seen().len(), 0);
}
