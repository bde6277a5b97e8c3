//! The grants besides the client's own credentials, and signing in without a token.

use super::{Answer, Bench};
use crate::sandbox::routes::TOKEN_PATH;
use crate::sandbox::{Dialect, Options};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use http::{Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rstest::rstest;
use serde_json::{Value, json};

async fn ask(bench: &Bench, fields: &[(&str, &str)]) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    bench.send(Request::post(TOKEN_PATH).body(form.into()).unwrap()).await
}

/// A token that is good, or the code and the words of the refusal.
async fn outcome(bench: &Bench, fields: &[(&str, &str)]) -> Result<Value, String> {
    let answer = ask(bench, fields).await;
    let body = answer.json();
    if answer.status != StatusCode::OK {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        return Err(format!("{}: {}", body["error"].as_str().unwrap(), body["error_description"].as_str().unwrap()));
    }
    let token = body["access_token"].as_str().unwrap();
    assert!(bench.app.tokens.is_good(token, bench.app.clock.now()));
    Ok(body)
}

const CLIENT: [(&str, &str); 2] = [("client_id", "sandbox"), ("client_secret", "sandbox")];

#[rstest]
#[case::plain("admin@sandbox.example", "sandbox", true)]
#[case::with_the_security_token("admin@sandbox.example", "sandboxSandboxSecurityToken", true)]
#[case::with_a_part_of_it("admin@sandbox.example", "sandboxSandbox", false)]
#[case::the_security_token_alone("admin@sandbox.example", "SandboxSecurityToken", false)]
#[case::another_user("ada@sandbox.example", "sandbox", false)]
#[case::nothing("", "", false)]
#[tokio::test(start_paused = true)]
async fn a_password(#[case] user: &str, #[case] password: &str, #[case] right: bool) {
    let bench = Bench::with_users(1).await;
    let user = [("grant_type", "password"), ("username", user), ("password", password)];
    let refused = Err("invalid_grant: authentication failure".to_owned());
    let outcome_of = outcome(&bench, &[&user[..], &CLIENT].concat()).await.map(drop);
    assert_eq!(outcome_of, if right { Ok(()) } else { refused });
    let without_secret = outcome(&bench, &[&user[..], &CLIENT[..1]].concat()).await.map(drop);
    assert_eq!(without_secret, Err("invalid_request: client credentials are missing".to_owned()));
}

fn refresh(token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("refresh_token", token), CLIENT[0]]
}

const EXPIRED: &str = "invalid_grant: expired access/refresh token";

#[tokio::test(start_paused = true)]
async fn a_refresh_token_stays_good_and_needs_no_secret() {
    let bench = Bench::with_users(1).await;
    for _ in 0..2 {
        let body = outcome(&bench, &refresh("sandbox-refresh-token")).await.unwrap();
        assert!(body.get("refresh_token").is_none());
    }
    let wrong_secret = [&refresh("sandbox-refresh-token")[..], &[("client_secret", "wrong")]].concat();
    assert_eq!(outcome(&bench, &wrong_secret).await.unwrap_err(), "invalid_client: invalid client credentials");
    assert_eq!(outcome(&bench, &refresh("other")).await.unwrap_err(), EXPIRED);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_rotates_is_good_once_and_a_second_use_withdraws_the_next() {
    let bench = Bench::new(Options { rotates_refresh_tokens: true, ..Options::default() }).await;
    let next = |body: Value| body["refresh_token"].as_str().unwrap().to_owned();
    let second = next(outcome(&bench, &refresh("sandbox-refresh-token")).await.unwrap());
    let third = next(outcome(&bench, &refresh(&second)).await.unwrap());
    assert_eq!(outcome(&bench, &refresh("other")).await.unwrap_err(), EXPIRED);
    let fourth = next(outcome(&bench, &refresh(&third)).await.unwrap());
    assert_eq!(outcome(&bench, &refresh(&second)).await.unwrap_err(), EXPIRED);
    assert_eq!(outcome(&bench, &refresh(&fourth)).await.unwrap_err(), EXPIRED);
}

/// A key's two halves, the private one as PKCS #1.
fn key() -> (EncodingKey, Vec<u8>) {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    // What PKCS #8 puts around a key of 2048 bits is 26 bytes long.
    (EncodingKey::from_rsa_der(&private.as_ref()[26..]), public.as_ref().to_vec())
}

#[tokio::test(start_paused = true)]
async fn an_assertion() {
    let (private, public) = key();
    let options = |dialect| Options { assertion_key: Some(public.clone()), ..Options::new(dialect) };
    let salesforce = Bench::new(options(Dialect::Salesforce)).await;
    let rfc = Bench::new(options(Dialect::Rfc)).await;
    let unprepared = Bench::with_users(1).await;
    let now = salesforce.app.clock.now().timestamp();
    let good = json!({"iss": "sandbox", "sub": "admin@sandbox.example", "aud": "https://login.salesforce.com", "exp": now + 180});
    let try_at = async |bench: &Bench, key: &EncodingKey, changes: Value| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, key).unwrap();
        let grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        outcome(bench, &[("grant_type", grant_type), ("assertion", &assertion)])
            .await
            .map_or_else(|error| error, |_| "ok".to_owned())
    };
    for (changes, expected) in [
        (json!({}), "ok"),
        (json!({"aud": "https://test.salesforce.com", "exp": now + 1}), "ok"),
        (json!({"aud": salesforce.app.token_url()}), "invalid_grant: audience is invalid"),
        (json!({"iss": "other"}), "invalid_client_id: client identifier invalid"),
        (json!({"sub": "ada@sandbox.example"}), "invalid_grant: user hasn't approved this consumer"),
        (json!({"exp": now}), "invalid_grant: assertion has expired, or lasts longer than three minutes"),
        (json!({"exp": now + 181}), "invalid_grant: assertion has expired, or lasts longer than three minutes"),
        (json!({"exp": null}), "invalid_grant: invalid assertion"),
    ] {
        assert_eq!(try_at(&salesforce, &private, changes.clone()).await, expected, "{changes}");
    }
    assert_eq!(try_at(&salesforce, &key().0, json!({})).await, "invalid_grant: invalid assertion");
    assert_eq!(try_at(&unprepared, &private, json!({})).await, "invalid_grant: invalid assertion");
    assert_eq!(try_at(&rfc, &private, json!({})).await, "invalid_grant: audience is invalid");
    assert_eq!(try_at(&rfc, &private, json!({"aud": rfc.app.token_url()})).await, "ok");
}

/// The status of a read of users with this header.
async fn status(bench: &Bench, name: &str, value: &str) -> u16 {
    let request = Request::get(format!("{}/Users", bench.app.base_url())).header(name, value);
    bench.send(request.body("".into()).unwrap()).await.status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn without_a_token_where_that_is_switched_on() {
    // admin@sandbox.example:sandbox
    const BASIC: &str = "Basic YWRtaW5Ac2FuZGJveC5leGFtcGxlOnNhbmRib3g=";
    let with_key = |dialect| Options {
        takes_passwords: true,
        api_key: Some(("X-API-Key".to_owned(), "k".to_owned())),
        ..Options::new(dialect)
    };
    let open = Bench::new(with_key(Dialect::Rfc)).await;
    assert_eq!(status(&open, "authorization", BASIC).await, 200);
    assert_eq!(status(&open, "authorization", "Basic YWRtaW46c2FuZGJveA==").await, 401);
    assert_eq!(status(&open, "x-api-key", "k").await, 200);
    assert_eq!(status(&open, "x-api-key", "other").await, 401);
    for closed in [Bench::rfc().await, Bench::new(with_key(Dialect::Salesforce)).await] {
        assert_eq!(status(&closed, "authorization", BASIC).await, 401);
        assert_eq!(status(&closed, "x-api-key", "k").await, 401);
    }
}
