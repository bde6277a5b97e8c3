//! Every way to sign in, over the whole service: each grant at the sandbox, fixed credentials, headers of one's own.

use super::harness::{Bench, Service, hurried, pass, with};
use super::upstream::{Asked, Reply, Turn, Upstream, user};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rstest::rstest;
use scim_connector::sandbox::{
    CLIENT_ID, CLIENT_SECRET, Dialect, Options, PASSWORD, REFRESH_TOKEN, SECURITY_TOKEN, USER_NAME,
};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

const LIST: &str = "std:account:list";
const TEST: &str = "std:test-connection";

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

fn public_key() -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = KEY.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

pub fn private_key() -> String {
    let der: Pkcs8V1Der<'_> = KEY.as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY----- {} -----END PRIVATE KEY-----", BASE64_STANDARD.encode(der.as_ref()))
}

fn header() -> Value {
    json!({"clientAuthentication": "header"})
}

fn password() -> Value {
    json!({"grantType": "password", "username": USER_NAME, "password": PASSWORD})
}

fn security_token() -> Value {
    with(&password(), json!({"securityToken": SECURITY_TOKEN}))
}

fn refresh_token() -> Value {
    json!({"grantType": "refreshToken", "refreshToken": REFRESH_TOKEN, "clientSecret": null})
}

fn jwt_bearer() -> Value {
    json!({"grantType": "jwtBearer", "jwtSubject": USER_NAME, "privateKey": private_key(), "clientSecret": null})
}

async fn salesforce() -> Bench {
    Bench::start(Options { assertion_key: Some(public_key()), ..Options::default() }).await
}

/// One token for all commands, one renewal for one that was revoked, and a new one for each test of the connection.
#[rstest]
#[case::secret_in_the_form(json!({}))]
#[case::secret_in_a_header(header())]
#[case::password(password())]
#[case::password_with_a_header(with(&password(), header()))]
#[case::security_token(security_token())]
#[case::refresh_token(refresh_token())]
#[case::jwt_bearer(jwt_bearer())]
#[tokio::test]
async fn each_grant(#[case] settings: Value) {
    let bench = salesforce().await;
    for _ in 0..2 {
        assert_eq!(bench.run_with(LIST, json!({}), settings.clone()).await.outputs().len(), 8);
    }
    assert_eq!(bench.sandbox.tokens_issued(), 1);
    bench.sandbox.revoke_tokens();
    assert_eq!(bench.run_with(LIST, json!({}), settings.clone()).await.outputs().len(), 8);
    assert_eq!(bench.sandbox.tokens_issued(), 2);
    assert_eq!(bench.run_with(TEST, json!({}), settings).await.output(), json!({}));
    assert_eq!(bench.sandbox.tokens_issued(), 3);
}

/// Elsewhere than at Salesforce the assertion is made out for the token endpoint.
#[tokio::test]
async fn an_assertion_for_a_plain_server() {
    let bench = Bench::start(Options { assertion_key: Some(public_key()), ..Options::new(Dialect::Rfc) }).await;
    let settings = with(&jwt_bearer(), json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url()}));
    assert_eq!(bench.run_with(LIST, json!({}), settings).await.outputs().len(), 8);
}

#[tokio::test]
async fn a_refresh_token_that_is_replaced_at_each_use() {
    let bench = Bench::start(Options { rotates_refresh_tokens: true, ..Options::default() }).await;
    for _ in 0..3 {
        bench.run_with(TEST, json!({}), refresh_token()).await.output();
        bench.sandbox.revoke_tokens();
        assert_eq!(bench.run_with(LIST, json!({}), refresh_token()).await.outputs().len(), 8);
    }
    assert_eq!(bench.sandbox.tokens_issued(), 6);
    // A service that starts anew has only the first one, which was used.
    let failure = Service::start().await.invoke(LIST, json!({}), &bench.config(refresh_token())).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: Listing accounts failed: what the source signs in with has expired at 127.0.0.1:PORT or was withdrawn there. Sign in at the provider again and set what it gives now (a refresh token, or the app's new secret), and see to it that the app's policy keeps it valid until revoked. (The provider says: expired access/refresh token; invalid_grant; HTTP 400) [REFRESH_TOKEN_EXPIRED]");
}

#[rstest]
#[case::wrong_password(with(&password(), json!({"password": "wrong"})), "BAD_GRANT", "authentication failure")]
#[case::wrong_security_token(
    with(&password(), json!({"securityToken": "wrong"})),
    "BAD_GRANT",
    "authentication failure"
)]
#[case::no_client_secret(with(&password(), json!({"clientSecret": null})), "BAD_GRANT", "client credentials are missing")]
#[case::wrong_refresh_token(with(&refresh_token(), json!({"refreshToken": "wrong"})), "REFRESH_TOKEN_EXPIRED", "expired access/refresh")]
#[case::wrong_client(with(&refresh_token(), json!({"clientId": "wrong"})), "BAD_CREDENTIALS", "client identifier invalid")]
#[case::unapproved_user(with(&jwt_bearer(), json!({"jwtSubject": "eve"})), "CONSENT_MISSING", "hasn't approved this consumer")]
#[case::wrong_audience(
    with(&jwt_bearer(), json!({"jwtAudience": "https://a.example"})),
    "JWT_REFUSED",
    "audience is invalid"
)]
#[tokio::test]
async fn each_refusal_is_told_in_the_provider_s_words(
    #[case] settings: Value,
    #[case] code: &str,
    #[case] words: &str,
) {
    let failure = salesforce().await.run_with(TEST, json!({}), settings).await.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), (code, "invalidConfiguration"));
    failure.assert_says(words);
}

/// A list that is asked for again and again does not storm a token endpoint that refuses; who mends the source is not told
/// of an old failure.
#[tokio::test]
async fn a_token_endpoint_that_refuses_is_left_in_peace_and_a_test_of_the_connection_asks_it() {
    let bench = salesforce().await;
    let wrong = || json!({"clientSecret": "wrong"});
    for _ in 0..10 {
        assert_eq!(bench.run_with(LIST, json!({}), wrong()).await.failure().code, "BAD_CREDENTIALS");
    }
    // Ten commands may take longer than the first pause.
    assert!(bench.requests_to("/token") <= 3, "{}", bench.requests_to("/token"));
    for _ in 0..2 {
        let before = bench.requests_to("/token");
        bench.run_with(TEST, json!({}), wrong()).await.failure();
        assert_eq!(bench.requests_to("/token"), before + 1);
    }
    let before = bench.requests_to("/token");
    let failure = bench.run_with(LIST, json!({}), wrong()).await.failure();
    failure.assert_says("Check clientId and clientSecret");
    failure.assert_says("The token endpoint is asked again in ");
    failure.assert_says("invalid client credentials; invalid_client; HTTP 400");
    assert_eq!(bench.requests_to("/token"), before);
    pass(Duration::from_mins(1)).await;
    bench.run_with(LIST, json!({}), wrong()).await.failure();
    assert_eq!(bench.requests_to("/token"), before + 1);
}

async fn plain() -> Bench {
    let api_key = Some(("X-API-Key".to_owned(), "right-key".to_owned()));
    Bench::start(Options { takes_passwords: true, api_key, ..Options::new(Dialect::Rfc) }).await
}

#[rstest]
#[case::basic(json!({"authType": "basic", "username": USER_NAME, "password": PASSWORD}))]
#[case::api_key(json!({"authType": "apiKey", "apiKeyHeader": "x-api-key", "apiKey": "right-key"}))]
#[tokio::test]
async fn fixed_credentials(#[case] settings: Value) {
    let bench = plain().await;
    let settings = with(&settings, json!({"provider": "generic"}));
    assert_eq!(bench.run_with(TEST, json!({}), settings.clone()).await.output(), json!({}));
    assert_eq!(bench.run_with(LIST, json!({}), settings).await.outputs().len(), 8);
    assert_eq!((bench.sandbox.tokens_issued(), bench.requests_to("/token")), (0, 0));
}

#[rstest]
#[case::basic(json!({"authType": "basic", "username": USER_NAME, "password": "wrong"}))]
#[case::api_key(json!({"authType": "apiKey", "apiKeyHeader": "X-API-Key", "apiKey": "wrong-key"}))]
#[tokio::test]
async fn fixed_credentials_that_are_refused_are_not_sent_again(#[case] settings: Value) {
    let bench = plain().await;
    let settings = with(&settings, json!({"provider": "generic", "groupMembership": "user"}));
    let failure = bench.run_with(LIST, json!({}), settings).await.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("TOKEN_REFUSED", "invalidConfiguration"));
    failure.assert_says("the provider does not accept the credentials of the source");
    failure.assert_says("token, or username and password, or apiKey and apiKeyHeader");
    assert_eq!(bench.requests_to("/Users"), 1);
}

/// Gives a token to anybody, and users to whom has what `lets_in` asks for.
async fn upstream(lets_in: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Upstream {
    Upstream::start(move |asked| match asked.path.as_str() {
        "/token" => Reply::json(200, &json!({"access_token": "t", "token_type": "Bearer"})),
        _ if lets_in(asked) => Reply::json(200, &json!({"totalResults": 1, "Resources": [user("u1")]})),
        _ => Reply::error(401, "who is it?"),
    })
    .await
}

#[rstest]
#[case::none(json!({"authType": "none"}), "")]
#[case::bearer(json!({"authType": "bearerToken", "token": "t1"}), "Bearer t1")]
#[case::basic(json!({"authType": "basic", "username": "u", "password": "p"}), "Basic dTpw")]
#[case::api_key(json!({"authType": "apiKey", "apiKeyHeader": "Authorization", "apiKey": "ApiKey k"}), "ApiKey k")]
#[case::client_credentials(json!({"clientSecret": "s"}), "Bearer t")]
#[case::password(json!({"grantType": "password", "username": "u", "password": "p"}), "Bearer t")]
#[case::refresh_token(json!({"grantType": "refreshToken", "refreshToken": "r"}), "Bearer t")]
#[case::jwt_bearer(jwt_bearer(), "Bearer t")]
#[tokio::test]
async fn custom_headers_go_with_each(#[case] settings: Value, #[case] authorization: &'static str) {
    let upstream =
        upstream(move |asked| asked.header("x-tenant") == "acme" && asked.header("authorization") == authorization)
            .await;
    let client = json!({"authType": "oauth2", "clientId": "c", "tokenUrl": format!("{}/token", upstream.url())});
    let headers = json!({"customHeaders": [{"key": "X-Tenant", "value": "acme"}]});
    let config = upstream.config(with(&with(&client, settings), headers));
    let service = Service::start().await;
    assert_eq!(service.invoke(TEST, json!({}), &config).await.output(), json!({}));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.outputs().len(), 1);
    // They are the API's, not the token endpoint's.
    let asked = upstream.seen().into_iter().filter(|asked| asked.path == "/token").collect::<Vec<_>>();
    assert!(asked.iter().all(|asked| asked.header("x-tenant").is_empty()));
    assert_eq!(asked.len(), usize::from(authorization == "Bearer t"));
}

/// Some APIs take a key and a secret in a header each.
#[rstest]
#[case::both_custom(json!({"authType": "none", "customHeaders": {"X-App-Key": "k1", "X-App-Secret": "s1"}}))]
#[case::one_and_one(json!({
    "authType": "apiKey", "apiKeyHeader": "X-App-Key", "apiKey": "k1",
    "customHeaders": [{"key": "X-App-Secret", "value": "s1"}],
}))]
#[tokio::test]
async fn two_headers_are_credentials(#[case] settings: Value) {
    let upstream = upstream(|asked| asked.header("x-app-key") == "k1" && asked.header("x-app-secret") == "s1").await;
    let service = Service::start().await;
    assert_eq!(service.invoke(LIST, json!({}), &upstream.config(settings)).await.outputs().len(), 1);
}

/// The first request is carried out, and its answer is lost; the token is sent again, and is refused as used.
#[tokio::test]
async fn a_refresh_token_that_was_replaced_in_an_answer_that_was_lost() {
    let upstream = Upstream::start(|asked| match asked.number {
        0 => Turn::Close,
        _ => Reply::json(400, &json!({"error": "invalid_grant", "error_description": "token was used"})).into(),
    })
    .await;
    let config = upstream.config(json!({
        "authType": "oauth2", "grantType": "refreshToken", "refreshToken": "first", "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET, "tokenUrl": format!("{}/token", upstream.url()), "maxRetries": 1,
    }));
    let service = Service::start().await;
    let failure = hurried(service.invoke(LIST, json!({}), &config)).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: Listing accounts failed: the token endpoint at 127.0.0.1:PORT does not grant a token. Check what the grant type uses (username and password with securityToken; refreshToken; privateKey with jwtSubject and jwtAudience), that its user is active and may use the API, and that the app allows the grant type and the scope. An earlier answer of the token endpoint was lost, and perhaps with it the refresh token that took this one's place: if it stays so, have the app authorized again and set refreshToken. (The provider says: token was used; invalid_grant; HTTP 400) [BAD_GRANT]");
    let sent: Vec<String> = upstream.seen().into_iter().map(|asked| asked.body).collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|body| body.contains("refresh_token=first")));
}
