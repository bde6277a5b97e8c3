//! What each grant sends.

use super::*;
use crate::config::{JwtBearer, Password, PrivateKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::error::Error;

const PUBLIC: Client = Client { id: String::new(), secret: None, authentication: ClientAuthentication::Body };

/// The form that is sent with these settings, as it is on the wire.
async fn sent(oauth: OAuth) -> String {
    let provider = Provider::start_with(oauth, tokens(3600)).await;
    provider.authenticator.fresh(Call::default()).await.unwrap();
    let requests = provider.token_requests().await;
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["content-type"], "application/x-www-form-urlencoded");
    let header = requests[0].headers.get("authorization").map(|value| format!("\n{}", value.to_str().unwrap()));
    format!("{}{}", std::str::from_utf8(&requests[0].body).unwrap(), header.unwrap_or_default())
}

fn with_scope(grant: Grant) -> OAuth {
    OAuth { scope: Some("scim api".to_owned()), ..settings(grant) }
}

fn in_header(mut oauth: OAuth) -> OAuth {
    oauth.client.authentication = ClientAuthentication::Header;
    oauth
}

fn public(mut oauth: OAuth) -> OAuth {
    oauth.client = Client { id: "app".to_owned(), ..PUBLIC };
    oauth
}

fn password(security_token: Option<&str>) -> Grant {
    Grant::Password(Password {
        username: "ada@example.com".to_owned(),
        password: "p&ss w=rd".into(),
        security_token: security_token.map(SecretString::from),
    })
}

#[tokio::test]
async fn a_client_shows_itself_in_the_form_or_in_the_header() {
    insta::assert_snapshot!(sent(with_scope(Grant::ClientCredentials)).await, @"grant_type=client_credentials&scope=scim+api&client_id=sandbox&client_secret=canary%2Bsecret%2F0123456789");
    insta::assert_snapshot!(sent(in_header(with_scope(Grant::ClientCredentials))).await, @"
    grant_type=client_credentials&scope=scim+api
    Basic c2FuZGJveDpjYW5hcnklMkJzZWNyZXQlMkYwMTIzNDU2Nzg5
    ");
}

#[tokio::test]
async fn a_password_goes_with_its_security_token_behind_it() {
    insta::assert_snapshot!(sent(settings(password(Some("T0k+n")))).await, @"grant_type=password&username=ada%40example.com&password=p%26ss+w%3DrdT0k%2Bn&client_id=sandbox&client_secret=canary%2Bsecret%2F0123456789");
    insta::assert_snapshot!(sent(in_header(settings(password(None)))).await, @"
    grant_type=password&username=ada%40example.com&password=p%26ss+w%3Drd
    Basic c2FuZGJveDpjYW5hcnklMkJzZWNyZXQlMkYwMTIzNDU2Nzg5
    ");
}

/// A client without a secret says at least which it is (RFC 6749 §3.2.1), however a secret would be sent.
#[tokio::test]
async fn a_public_client_names_itself() {
    insta::assert_snapshot!(sent(public(settings(password(None)))).await, @"grant_type=password&username=ada%40example.com&password=p%26ss+w%3Drd&client_id=app");
    let refreshed = in_header(public(with_scope(Grant::RefreshToken("r/1".into()))));
    insta::assert_snapshot!(sent(refreshed).await, @"grant_type=refresh_token&refresh_token=r%2F1&scope=scim+api&client_id=app");
}

fn pem(key: &KeyPair) -> String {
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(key).unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(der.as_ref()))
}

#[tokio::test]
async fn an_assertion_is_signed_and_ends_within_three_minutes() {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let settings = public(settings(Grant::JwtBearer(JwtBearer {
        key: PrivateKey::parse(&pem(&key)).unwrap(),
        subject: "ada@example.com".to_owned(),
        audience: "https://login.salesforce.com".to_owned(),
    })));
    let provider = Provider::start_with(settings, tokens(3600)).await;
    let before = Clock::system().now().timestamp();
    provider.authenticator.fresh(Call::default()).await.unwrap();
    let after = Clock::system().now().timestamp();

    let form = fields(&provider.token_requests().await[0]);
    assert_eq!(form.len(), 2, "the assertion says who the client is: {form:?}");
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    aws_lc_rs::signature::UnparsedPublicKey::new(
        &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256,
        key.public_key().as_ref(),
    )
    .verify(signed.as_bytes(), &decoded(signature))
    .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice::<serde_json::Value>(&decoded(part)).unwrap();
    assert_eq!(json(header), json!({"typ": "JWT", "alg": "RS256"}));
    let mut claims = json(claims);
    let exp = claims["exp"].take().as_i64().unwrap();
    assert!((before + 120..=after + 120).contains(&exp), "{exp}");
    let expected = json!({"iss": "app", "sub": "ada@example.com", "aud": "https://login.salesforce.com", "exp": null});
    assert_eq!(claims, expected);
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// A provider that repeats all that it was sent, and knows the secret from elsewhere.
#[tokio::test]
async fn a_secret_that_the_provider_repeats_is_shown_nowhere() {
    let echo = |request: &wiremock::Request| {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let header = request.headers.get("authorization").map_or("", |value| value.to_str().unwrap());
        let description = format!("wrong: {SECRET} in {form}, {header}");
        ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant", "error_description": description}))
    };
    let key = PrivateKey::parse(&pem(&KeyPair::generate(KeySize::Rsa2048).unwrap())).unwrap();
    let user =
        Password { username: "u".to_owned(), password: "canary5".into(), security_token: Some("canary6".into()) };
    let jwt = JwtBearer { key, subject: "u".to_owned(), audience: "a".to_owned() };
    for oauth in [
        settings(Grant::ClientCredentials),
        in_header(settings(Grant::ClientCredentials)),
        settings(Grant::Password(user)),
        settings(Grant::RefreshToken("canary7".into())),
        settings(Grant::JwtBearer(jwt)),
    ] {
        let debug = format!("{oauth:?}");
        let provider = Provider::start_with(oauth, echo).await;
        let error = provider.get().await.unwrap_err();
        let shown: Vec<_> = chain(&error).map(|error| format!("{error} {error:?}")).collect();
        let shown = format!("{}{:?}{:?}{debug}", shown.join("\n"), provider.authenticator, provider.transport);
        let form = fields(&provider.token_requests().await[0]);
        let assertion = form.get("assertion").map_or("canary", String::as_str);
        for secret in ["canary", "c2FuZGJveDpjYW5hcnk", assertion] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}

/// It would be sent again as it was: at its end, the provider would call it expired.
#[tokio::test]
async fn an_assertion_is_not_sent_again_when_it_is_old() {
    let key = PrivateKey::parse(&pem(&KeyPair::generate(KeySize::Rsa2048).unwrap())).unwrap();
    let jwt = JwtBearer { key, subject: "u".to_owned(), audience: "a".to_owned() };
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "40");
    let provider = Provider::start_trying(settings(Grant::JwtBearer(jwt)), 4, busy).await;
    let fetch = async { provider.authenticator.fresh(Call::default()).await };
    let waiting = async {
        while provider.token_requests().await.is_empty() {
            tokio::task::yield_now().await;
        }
        // The answer is on its way.
        tokio::time::sleep(Duration::from_millis(200)).await;
        pass(41).await;
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        fetched = fetch => fetched.unwrap_err(),
        () = waiting => unreachable!(),
        () = async { tokio::time::sleep(Duration::from_mins(1)).await } => panic!("it waits again"),
    };
    let AuthError::Unreachable(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.fault, Fault::WaitTooLong(..)) && error.attempts == 2, "{error:?}");
}
