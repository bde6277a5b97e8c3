//! Which settings each way of signing in takes, and what is said of those that cannot be used.

use super::*;
use crate::config::{Config, InvalidConfig};
use crate::scim::provider::Profiles;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

fn parse(settings: &Value) -> Result<AuthSettings, InvalidConfig> {
    let mut all = Map::from_iter([("baseUrl".to_owned(), "https://acme.my.salesforce.com".into())]);
    all.extend(settings.as_object().unwrap().clone());
    Config::parse(&all, &Profiles::built_in()).map(|config| config.auth)
}

/// The problems, a line each.
fn problems(settings: &Value) -> String {
    parse(settings).unwrap_err().to_string().replace("; ", "\n")
}

fn oauth(settings: &Value) -> OAuth {
    match parse(settings).unwrap_or_else(|error| panic!("{error}")) {
        AuthSettings::OAuth(oauth) => *oauth,
        other => panic!("{other:?}"),
    }
}

/// A key in PKCS #8.
static DER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    der.as_ref().to_vec()
});

fn pem(label: &str, der: &[u8], line_break: &str) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let lines = lines.join(line_break);
    format!("-----BEGIN {label}-----{line_break}{lines}{line_break}-----END {label}-----{line_break}")
}

fn jwt(key: impl Into<Value>) -> Value {
    let mut settings = json!({"grantType": "jwtBearer", "clientId": "c", "jwtSubject": "ada@example.com"});
    settings["privateKey"] = key.into();
    settings
}

#[test]
fn each_type_names_all_that_it_misses() {
    insta::assert_snapshot!(problems(&json!({"authType": "bearerToken"})), @"token is missing: it must be the token that the provider's administrator made");
    insta::assert_snapshot!(problems(&json!({"authType": "basic"})), @"
    username is missing: it must be the name of the user that the connector signs in as
    password is missing: it must be that user's password
    ");
    insta::assert_snapshot!(problems(&json!({"authType": "apiKey"})), @"
    apiKeyHeader is missing: it must be the name of the header in which the provider takes the key
    apiKey is missing: it must be the key that the provider's administrator made
    ");
    insta::assert_snapshot!(problems(&json!({})), @"
    clientId is missing: it must be the OAuth client's id
    clientSecret is missing: it must be the OAuth client's secret
    ");
    insta::assert_snapshot!(problems(&json!({"grantType": "password"})), @"
    clientId is missing: it must be the OAuth client's id
    username is missing: it must be the name of the user that the connector signs in as
    password is missing: it must be that user's password
    ");
    insta::assert_snapshot!(problems(&json!({"grantType": "refreshToken"})), @"
    clientId is missing: it must be the OAuth client's id
    refreshToken is missing: it must be the refresh token that the provider gave out when the app was authorized
    ");
    insta::assert_snapshot!(problems(&json!({"grantType": "jwtBearer"})), @"
    clientId is missing: it must be the OAuth client's id
    privateKey is missing: it must be the RSA private key in PEM form that signs for the OAuth client
    jwtSubject is missing: it must be the name of the user that the connector acts as
    ");
}

#[test]
fn what_is_wrong_is_named_without_showing_a_secret() {
    let basic = json!({"authType": "basic", "username": "a:b", "password": ["canary"]});
    insta::assert_snapshot!(problems(&basic), @"password must be a text");
    let basic = json!({"authType": "basic", "username": "a:b", "password": "canary"});
    insta::assert_snapshot!(problems(&basic), @"username must not hold a colon: Basic authentication ends the user name with one");
    let key = |header: &str, key: &str| problems(&json!({"authType": "apiKey", "apiKeyHeader": header, "apiKey": key}));
    insta::assert_snapshot!(key("X API Key", "canary\n"), @r#"apiKeyHeader must be the name of a header alone, such as X-API-Key, but is "X…""#);
    // A whole line may have been pasted.
    insta::assert_snapshot!(key("X-Key: canary", "k"), @r#"apiKeyHeader must be the name of a header alone, such as X-API-Key, but is "X-Key…""#);
    insta::assert_snapshot!(key("Host", "canary\n"), @"
    apiKeyHeader must not be Host: the connection sets it
    apiKey must hold only characters that a header can have (is there a line break?)
    ");
    insta::assert_snapshot!(key("Content-Type", "k"), @"apiKeyHeader must not be Content-Type: the connector sets it to what it can read and write");
    let token = json!({"authType": "bearerToken", "token": "canary\ncanary"});
    insta::assert_snapshot!(problems(&token), @"token must hold only characters that a header can have (is there a line break?)");
    let grant = json!({"grantType": "implicit", "clientId": "c"});
    insta::assert_snapshot!(problems(&grant), @r#"grantType must be one of clientCredentials, password, refreshToken, jwtBearer, but is "implicit""#);
}

/// A default that would send another secret than the one that was meant.
#[test]
fn a_type_that_is_missing_is_not_guessed_against_what_is_set() {
    let client = json!({"clientId": "c", "clientSecret": "s"});
    let with = |key: &str| {
        let mut settings = client.clone();
        settings[key] = "canary".into();
        problems(&settings)
    };
    insta::assert_snapshot!(with("token"), @"authType is missing, while token is set: it must be bearerToken if that token is to be used");
    insta::assert_snapshot!(with("apiKey"), @"authType is missing, while apiKey is set: it must be apiKey if that apiKey is to be used");
    insta::assert_snapshot!(with("refreshToken"), @"grantType is missing, while refreshToken is set: it must be refreshToken if that refreshToken is to be used");
    insta::assert_snapshot!(with("privateKey"), @"grantType is missing, while privateKey is set: it must be jwtBearer if that privateKey is to be used");
}

#[test]
fn the_header_of_the_key_is_not_set_twice() {
    let with = |auth_type: &str| {
        let header = json!([{"key": "x-api-key", "value": "canary"}]);
        parse(
            &json!({"authType": auth_type, "apiKeyHeader": "X-API-Key", "apiKey": "k", "token": "t", "customHeaders": header}),
        )
    };
    insta::assert_snapshot!(with("apiKey").unwrap_err(), @"customHeaders must not have x-api-key: apiKeyHeader sets it");
    assert!(with("bearerToken").is_ok());
    assert!(with("none").is_ok());
}

#[test]
fn a_secret_of_the_client_is_needed_for_its_own_credentials_alone() {
    let password = json!({"grantType": "password", "clientId": "c", "username": "u", "password": "p"});
    assert!(oauth(&password).client.secret.is_none());
    let refresh = json!({"grantType": "refreshToken", "clientId": "c", "refreshToken": "r", "clientSecret": "s"});
    assert!(oauth(&refresh).client.secret.is_some());
    assert!(oauth(&jwt(pem("PRIVATE KEY", &DER, "\n"))).client.secret.is_none());
}

#[test]
fn every_secret_is_known_as_one() {
    let secrets = |settings: Value| {
        let secrets = parse(&settings).unwrap().secrets();
        secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(secrets(json!({"authType": "none", "token": "t"})), [""; 0]);
    assert_eq!(secrets(json!({"authType": "bearerToken", "token": "t"})), ["t"]);
    assert_eq!(secrets(json!({"authType": "basic", "username": "u", "password": "p"})), ["p", "dTpw"]);
    assert_eq!(secrets(json!({"authType": "apiKey", "apiKeyHeader": "k", "apiKey": "s"})), ["s"]);
    let client = |grant: Value| {
        let mut settings = json!({"clientId": "c", "clientSecret": "s"});
        settings.as_object_mut().unwrap().extend(grant.as_object().unwrap().clone());
        secrets(settings)
    };
    assert_eq!(client(json!({})), ["s"]);
    let password = json!({"grantType": "password", "username": "u", "password": "p", "securityToken": "t"});
    assert_eq!(client(password), ["s", "p", "t"]);
    assert_eq!(client(json!({"grantType": "refreshToken", "refreshToken": "r"})), ["s", "r"]);
    let key = pem("PRIVATE KEY", &DER, "\n");
    assert_eq!(client(jwt(key.clone())), ["s".to_owned(), key]);
}

#[rstest]
#[case::as_it_is("\n")]
#[case::from_windows("\r\n")]
#[case::spaces(" ")]
#[case::escaped("\\n")]
#[case::escaped_from_windows("\\r\\n")]
#[case::lost("")]
fn a_key_whose_line_breaks_were_lost_is_mended(#[case] line_break: &str) {
    // What PKCS #8 puts around a key of 2048 bits is 26 bytes long.
    for (label, der) in [("PRIVATE KEY", &DER[..]), ("RSA PRIVATE KEY", &DER[26..])] {
        let text = pem(label, der, line_break);
        assert!(PrivateKey::parse(&text).is_ok(), "{label} {line_break:?}");
        let beside = format!("Bag Attributes\n{}\n{text}", pem("CERTIFICATE", b"cert", "\n"));
        assert!(PrivateKey::parse(&beside).is_ok(), "{label} {line_break:?}");
    }
}

#[test]
fn a_key_that_cannot_sign_is_a_problem_of_the_settings() {
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap().to_pkcs8v1().unwrap();
    let mut damaged = DER.clone();
    damaged[300] ^= 1;
    let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\ncanary\n-----END RSA PRIVATE KEY-----";
    let deep = pem("PRIVATE KEY", &vec![0x30; 100_000], "\n");
    let shown: Vec<String> = [
        "canary".to_owned(),
        "-----BEGIN PRIVATE KEY-----\ncanary".to_owned(),
        "-----BEGIN PRIVATE KEY-----\ncanary!\n-----END PRIVATE KEY-----".to_owned(),
        pem("CERTIFICATE", b"canary", "\n"),
        pem("RSA PUBLIC KEY", b"canary", "\n"),
        pem("ENCRYPTED PRIVATE KEY", b"canary", "\n"),
        encrypted.to_owned(),
        pem("PRIVATE KEY", ec.as_ref(), "\n"),
        pem("EC PRIVATE KEY", b"canary", "\n"),
        pem("PRIVATE KEY", &DER[..DER.len() - 1], "\n"),
        pem("PRIVATE KEY", &damaged, "\n"),
        pem("RSA PRIVATE KEY", &DER, "\n"),
        deep,
    ]
    .into_iter()
    .map(|key| problems(&jwt(key)))
    .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    privateKey must be an RSA private key in PEM form, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----
    privateKey must be an RSA private key in PEM form, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----
    privateKey must be an RSA private key in PEM form, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----
    privateKey is the public part (a certificate or a public key): it must be the private key that belongs to it
    privateKey is the public part (a certificate or a public key): it must be the private key that belongs to it
    privateKey is protected by a passphrase: it must be the same key without one, as "openssl pkey" writes it
    privateKey is protected by a passphrase: it must be the same key without one, as "openssl pkey" writes it
    privateKey is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one
    privateKey is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one
    privateKey is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one
    privateKey is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one
    privateKey is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one
    privateKey is no RSA key of 2048 to 8192 bits that is whole: RS256 signs with one
    "#);
}

#[rstest]
#[case::production(json!({}), "https://login.salesforce.com")]
#[case::sandbox(json!({"baseUrl": "https://acme--dev.sandbox.my.salesforce.com"}), "https://test.salesforce.com")]
#[case::sandbox_token_url(json!({"tokenUrl": "https://test.salesforce.com/services/oauth2/token"}), "https://test.salesforce.com")]
#[case::set(json!({"jwtAudience": "https://example.com/aud"}), "https://example.com/aud")]
#[case::elsewhere(
    json!({"baseUrl": "https://scim.example/v2", "tokenUrl": "https://scim.example/token"}),
    "https://scim.example/token"
)]
fn audiences(#[case] settings: Value, #[case] audience: &str) {
    let mut all = jwt(pem("PRIVATE KEY", &DER, "\n"));
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let Grant::JwtBearer(jwt) = oauth(&all).grant else { panic!("another grant") };
    assert_eq!((jwt.audience.as_str(), jwt.subject.as_str()), (audience, "ada@example.com"));
}
