//! A canary in every secret of a source: it appears in no log line at debug level, no message and no output, however hard
//! the provider tries to show it.

use super::harness::{Service, hurried, key, with};
use super::signing_in::private_key;
use super::upstream::{Asked, Reply, Upstream, user};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use scim_connector::clock::Clock;
use scim_connector::telemetry::{Format, layer};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Once;
use tracing_subscriber::layer::SubscriberExt as _;

/// Each is found by its middle part, also where it is cut or encoded.
const CLIENT_SECRET: &str = "client+canary/one=&\"\\";
const TOKEN: &str = "token-canary-two-token";
const HEADER: &str = "header canary three header";
const ISSUED: &str = "issued-canary-four-issued";
const USER_PASSWORD: &str = "user+canary/six=&\"\\";
const SECURITY_TOKEN: &str = "security-canary-seven-token";
const REFRESH_TOKEN: &str = "refresh-canary-eight-token";
const API_KEY: &str = "key-canary-nine-key";

thread_local! {
    /// What was logged on this thread since a test began to listen. The service of a test runs on the test's thread.
    static LOGGED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Listens to this thread's log. One subscriber serves all tests: with one for each, a test that begins on another
/// thread could switch events off here.
pub fn listen() {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        let write = |line: &str| {
            LOGGED.with_borrow_mut(|logged| logged.as_mut().map(|logged| logged.push_str(line)));
        };
        let layer = layer(Format::Json, true, Clock::system(), write);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
    });
    LOGGED.set(Some(String::new()));
}

/// What was logged on this thread since then.
pub fn logged() -> String {
    LOGGED.with_borrow(Clone::clone).unwrap()
}

/// A token endpoint that works, or shows all that it was sent; a SCIM API that shows all that it was sent, in some way.
fn provider(asked: &Asked, gives_tokens: bool, show: impl Fn(&str) -> Reply) -> Reply {
    let headers: Vec<String> =
        asked.headers.iter().map(|(name, value)| format!("{name}={}", value.to_str().unwrap())).collect();
    let seen = format!("{} {}", headers.join(" "), asked.body);
    match asked.path.as_str() {
        "/token" if gives_tokens => Reply::json(200, &json!({"access_token": ISSUED, "token_type": "Bearer"})),
        "/token" => Reply::json(400, &json!({"error": "invalid_request", "error_description": seen})),
        _ => show(&seen),
    }
}

/// It knows the secrets from elsewhere, too.
fn as_detail(seen: &str) -> Reply {
    Reply::error(403, &format!("{HEADER} {CLIENT_SECRET} {seen}"))
}

/// The message shows the beginning of the provider's words: wherever it is cut, no part of a secret is left.
fn behind_much_text(seen: &str) -> Reply {
    Reply::error(400, &format!("{} {seen}", "x".repeat(270)))
}

fn as_a_text(seen: &str) -> Reply {
    Reply::json(200, &json!(seen))
}

fn as_a_page(seen: &str) -> Reply {
    Reply { status: 200, content_type: "text/html", body: format!("<html><title>{seen}</title></html>") }
}

/// Only the connection knows the token that it was given.
fn as_a_bare_title(_: &str) -> Reply {
    Reply { status: 200, content_type: "text/html", body: format!("<html><title>for {ISSUED}</title></html>") }
}

fn as_the_code(seen: &str) -> Reply {
    Reply::json(500, &json!([{"errorCode": seen, "message": "no"}]))
}

fn as_a_total(seen: &str) -> Reply {
    Reply::json(200, &json!({"totalResults": seen, "Resources": seen}))
}

#[rstest]
#[case::detail(as_detail)]
#[case::behind_much_text(behind_much_text)]
#[case::a_text(as_a_text)]
#[case::a_page(as_a_page)]
#[case::a_bare_title(as_a_bare_title)]
#[case::the_code(as_the_code)]
#[case::a_total(as_a_total)]
#[tokio::test]
async fn no_secret_comes_out_again(
    #[case] show: fn(&str) -> Reply,
    #[values(true, false)] gives_tokens: bool,
    #[values("body", "header", "bearerToken", "basic", "apiKey", "password", "refreshToken", "jwtBearer")] way: &str,
) {
    listen();
    let upstream = Upstream::start(move |asked| provider(asked, gives_tokens, show)).await;
    let service = Service::start().await;
    let config = upstream.config(with(&settings(way), json!({
        "token": TOKEN, "tokenUrl": format!("{}/token", upstream.url()), "clientId": "c", "clientSecret": CLIENT_SECRET,
        "apiKeyHeader": "X-Odd", "apiKey": API_KEY, "username": "u", "password": USER_PASSWORD,
        "securityToken": SECURITY_TOKEN, "refreshToken": REFRESH_TOKEN, "privateKey": private_key(), "jwtSubject": "u",
        "customHeaders": [{"key": "X-Tenant", "value": HEADER}], "spConnDebugLoggingEnabled": true,
    })));
    for (command, input) in [
        ("std:test-connection", json!({})),
        ("std:account:list", json!({})),
        ("std:account:read", key("u1")),
        ("std:account:create", json!({"attributes": {"userName": "u1"}})),
        ("std:entitlement:list", json!({"type": "group"})),
    ] {
        let answer = service.invoke(command, input, &config).await;
        assert_hidden(&answer.failure().message, way);
    }
    let log = logged();
    assert!(log.contains(r#""level":"DEBUG""#) && log.contains("command failed"), "{log}");
    assert_hidden(&log, way);
    let seen = upstream.seen();
    let sent = seen.iter().any(|asked| asked.header("x-tenant") == HEADER);
    assert!(sent || !gives_tokens, "the canary was never on its way");
    // An assertion lets in whoever has it, for as long as it lasts.
    let forms = seen.iter().map(|asked| url::form_urlencoded::parse(asked.body.as_bytes()).into_owned());
    let assertions: Vec<String> =
        forms.flatten().filter(|(name, _)| name == "assertion").map(|(_, assertion)| assertion).collect();
    assert_eq!(assertions.is_empty(), way != "jwtBearer");
    let signatures = assertions.iter().map(|assertion| assertion.rsplit('.').next().unwrap());
    assert!(signatures.into_iter().all(|signature| !log.contains(signature)), "{log}");
}

fn settings(way: &str) -> Value {
    match way {
        "body" | "header" => {
            json!({"authType": "oauth2", "grantType": "clientCredentials", "clientAuthentication": way})
        }
        "password" | "refreshToken" | "jwtBearer" => json!({"authType": "oauth2", "grantType": way}),
        fixed => json!({"authType": fixed}),
    }
}

/// Only what this source knows as its secrets can be told from other text: a token that it does not use is none of them.
fn assert_hidden(text: &str, way: &str) {
    // Without the last characters, which depend on what follows.
    let (client, user) = (STANDARD.encode("c:clie"), STANDARD.encode("u:user"));
    let key = private_key();
    let key: String = key.chars().skip(100).take(40).collect();
    let (client_secret, user_password) = (["canary/one", "canary%2Fone"], ["canary/six", "canary%2Fsix"]);
    let own: Vec<&str> = match way {
        "bearerToken" => vec!["canary-two"],
        "basic" => [&user_password[..], &[&user]].concat(),
        "apiKey" => vec!["canary-nine"],
        "body" => client_secret.to_vec(),
        "header" => [&client_secret[..], &[&client]].concat(),
        "password" => [&client_secret[..], &user_password[..], &["canary-seven"]].concat(),
        "refreshToken" => [&client_secret[..], &["canary-eight"]].concat(),
        "jwtBearer" => [&client_secret[..], &[&key]].concat(),
        other => panic!("{other} has secrets that nobody knows"),
    };
    let fetches = !matches!(way, "bearerToken" | "basic" | "apiKey");
    for part in own.into_iter().chain(["canary three"]).chain(fetches.then_some("canary-four")) {
        assert!(!text.contains(part), "{part} is shown: {text}");
    }
}

/// A token that the provider issued is a secret as well, and nobody has it in the settings.
#[rstest]
#[case::detail(as_detail)]
#[case::behind_much_text(behind_much_text)]
#[case::the_code(as_the_code)]
#[tokio::test]
async fn an_issued_token_comes_out_nowhere(#[case] show: fn(&str) -> Reply) {
    listen();
    let upstream = Upstream::start(move |asked| provider(asked, true, show)).await;
    let config = upstream.config(json!({
        "authType": "oauth2", "tokenUrl": format!("{}/token", upstream.url()), "clientId": "c", "clientSecret": CLIENT_SECRET,
        "spConnDebugLoggingEnabled": "true",
    }));
    let answer = Service::start().await.invoke("std:account:list", json!({}), &config).await;
    let text = format!("{}{}", answer.failure().message, logged());
    assert!(!text.contains("canary-four"), "{text}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_refused_without_their_secrets() {
    listen();
    let service = Service::start().await;
    for config in [
        json!({"baseUrl": "acme", "clientSecret": CLIENT_SECRET, "token": [TOKEN], "customHeaders": [{"key": "Host", "value": HEADER}]}),
        json!({"authType": "bearerToken", "token": {"value": TOKEN}, "customHeaders": HEADER}),
        json!({"baseUrl": "https://a.example", "authType": "bearerToken", "token": format!("{TOKEN}\n")}),
        json!({"baseUrl": format!("https://user:{TOKEN}@a.example"), "clientSecret": [CLIENT_SECRET]}),
        json!({"authType": "basic", "username": "a:b", "password": [USER_PASSWORD]}),
        json!({"authType": "apiKey", "apiKeyHeader": "Host", "apiKey": format!("{API_KEY}\n")}),
        json!({"grantType": "password", "password": {"is": USER_PASSWORD}, "securityToken": [SECURITY_TOKEN]}),
        json!({"refreshToken": REFRESH_TOKEN}),
        json!({"grantType": "refreshToken", "refreshToken": [REFRESH_TOKEN]}),
        json!({"grantType": "jwtBearer", "privateKey": "-----BEGIN PRIVATE KEY-----canary-----END PRIVATE KEY-----"}),
    ] {
        let message = service.invoke("std:account:list", json!({}), &config).await.failure().message;
        assert!(!message.contains("canary"), "{message}");
    }
    assert!(!logged().contains("canary"), "{}", logged());
}

#[tokio::test]
async fn a_success_logs_no_secret_either() {
    listen();
    let upstream = Upstream::start(|asked| match asked.path.as_str() {
        "/token" => Reply::json(200, &json!({"access_token": ISSUED, "token_type": "Bearer", "expires_in": 3600})),
        _ => Reply::json(200, &json!({"totalResults": 1, "Resources": [user("u1")]})),
    })
    .await;
    let config = upstream.config(json!({
        "authType": "oauth2", "tokenUrl": format!("{}/token", upstream.url()), "clientId": "c", "clientSecret": CLIENT_SECRET,
        "customHeaders": {"X-Tenant": HEADER}, "spConnDebugLoggingEnabled": true,
    }));
    let outputs: Vec<Value> = Service::start().await.invoke("std:account:list", json!({}), &config).await.outputs();
    assert_eq!(outputs.len(), 1);
    let log = logged();
    assert!(log.contains("answered") && log.contains("command completed"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

const PASSWORD: &str = "pass+canary five=&\"\\";

/// It knows the password in every way in which it may be echoed, and keeps it in the user as well.
fn echoing(asked: &Asked, show: fn(&str) -> Reply) -> Reply {
    match asked.method.as_str() {
        "GET" if asked.path.ends_with("/Users") => {
            let name = if asked.query["filter"].contains("u1") { vec!["u1"] } else { vec![] };
            Reply::users(name.len(), name)
        }
        "GET" => Reply::json(
            200,
            &with(&user("u1"), json!({"password": PASSWORD, "meta": {"created": "2020-01-01T00:00:00Z"}})),
        ),
        _ => show(&format!("{} {PASSWORD}", asked.body)),
    }
}

/// It takes the change, and shows all that it was sent.
fn as_a_user(seen: &str) -> Reply {
    Reply::json(200, &with(&user("u1"), json!({"password": PASSWORD, "nickName": "x", "seen": seen})))
}

/// A new password is sent once, and comes out nowhere: in no output, message or log line, nor in a dry run.
#[rstest]
#[case::detail(as_detail)]
#[case::behind_much_text(behind_much_text)]
#[case::a_text(as_a_text)]
#[case::a_page(as_a_page)]
#[case::the_code(as_the_code)]
#[case::a_user(as_a_user)]
#[tokio::test]
async fn a_password_comes_out_nowhere(#[case] show: fn(&str) -> Reply) {
    let change = json!([{"op": "Set", "attribute": "password", "value": PASSWORD}, {"op": "Set", "attribute": "nickName", "value": "x"}]);
    for (command, input) in [
        ("std:change-password", with(&key("u1"), json!({"password": PASSWORD}))),
        ("std:account:update", with(&key("u1"), json!({"changes": change}))),
        ("std:account:create", json!({"attributes": {"userName": "u2@example.com", "password": PASSWORD}})),
    ] {
        for dry in [true, false] {
            listen();
            let upstream = Upstream::start(move |asked| echoing(asked, show)).await;
            let config = upstream.config(json!({"spConnDebugLoggingEnabled": true}));
            let input = with(&input, json!({"dryRun": dry}));
            let service = Service::start().await;
            let answer = hurried(service.invoke(command, input, &config)).await;
            let shown = format!("{:?}", answer.lines);
            assert!(!shown.contains("canary five"), "{command}: {shown}");
            assert!(!logged().contains("canary five"), "{command}: {}", logged());
            let sent = upstream.seen().iter().filter(|asked| asked.body.contains("canary five")).count();
            assert_eq!(sent, usize::from(!dry), "{command}");
        }
    }
}

#[tokio::test]
async fn a_password_that_is_missing_or_no_text_is_refused_without_showing_it() {
    listen();
    let upstream = Upstream::start(|_| Reply::json(200, &user("u1"))).await;
    let service = Service::start().await;
    for password in [json!(null), json!(""), json!(["pass-canary"]), json!({"value": "pass-canary"})] {
        let input = with(&key("u1"), json!({"password": password}));
        let failure = service.invoke("std:change-password", input, &upstream.config(json!({}))).await.failure();
        failure.assert_says("input.password must be the new password");
        assert!(!failure.message.contains("canary") && !logged().contains("canary"));
    }
    assert_eq!(upstream.writes(), "");
}
