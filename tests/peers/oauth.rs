//! Tokens from Canaille, an OAuth 2 server from `PyPI`, by each grant. It replaces a refresh token at each use.
//!
//! A small SCIM API in this file takes just those tokens that Canaille says are good (RFC 7662), and notes for whom.

use super::connector::Connector;
use super::process::{Process, free_port, http_client, peer, repository};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

const SECRET: &str = "secret/with+signs";

/// Canaille, and the SCIM API that trusts it.
struct Bench {
    url: String,
    api: Arc<Api>,
    /// The client's private key in PEM form.
    key: String,
    connector: Connector,
    _canaille: Process,
    serving: AbortHandle,
}

struct Api {
    introspection: String,
    client: reqwest::Client,
    /// What Canaille said of each good token that came.
    good: Mutex<Vec<Value>>,
}

impl Bench {
    /// With these settings on top of those that every grant needs.
    async fn start(settings: impl FnOnce(&str) -> Value) -> Self {
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let key = pem(&KeyPair::generate(KeySize::Rsa2048).unwrap());
        let key_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("canaille-{port}.pem"));
        fs::write(&key_file, &key).unwrap();
        let mut command = Command::new(peer("python/bin/python"));
        command.arg(repository("tests/peers/canaille/serve.py")).arg(port.to_string()).arg(&key_file);
        let canaille = Process::start("canaille", &mut command)
            .answering(&format!("{url}/.well-known/openid-configuration"))
            .await;
        fs::remove_file(key_file).unwrap();

        let introspection = format!("{url}/oauth/introspect");
        let api = Arc::new(Api { introspection, client: http_client(), good: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = json!({
            "provider": "generic", "baseUrl": format!("http://{}/scim/v2", listener.local_addr().unwrap()),
            "groupMembership": "user", "tokenUrl": format!("{url}/oauth/token"),
        });
        config.as_object_mut().unwrap().extend(settings(&key).as_object().unwrap().clone());
        let router = Router::new().fallback(users).with_state(Arc::clone(&api));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        let connector = Connector::serve(config).await;
        Self { url, api, key, connector, _canaille: canaille, serving }
    }

    /// For whom the tokens were that came, as client and subject.
    fn came_for(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        self.api.good.lock().unwrap().iter().map(|good| (text(&good["client_id"]), text(&good["sub"]))).collect()
    }

    /// Lists the accounts, of which there is one.
    async fn list(&self) {
        assert_eq!(self.connector.invoke("std:account:list", json!({})).await.outputs().len(), 1);
    }

    /// What is said of settings that Canaille does not grant a token for; the API is never asked with one.
    async fn refused(&self, settings: Value) -> String {
        let before = self.came_for().len();
        let failure = self.connector.invoke_with("std:account:list", json!({}), &settings).await.failure();
        assert_eq!(self.came_for().len(), before);
        assert_eq!(failure["kind"], "invalidConfiguration");
        failure["message"].as_str().unwrap().to_owned()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One user, for those whose token Canaille calls good.
async fn users(State(api): State<Arc<Api>>, request: Request) -> Response {
    let token =
        request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let said = match token {
        Some(token) => api.introspect(token).await,
        None => Value::Null,
    };
    if said["active"] != true {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    api.good.lock().unwrap().push(said);
    let body = json!({"totalResults": 1, "Resources": [{"id": "1", "userName": "ada@example.com", "active": true}]});
    ([(header::CONTENT_TYPE, "application/scim+json")], body.to_string()).into_response()
}

impl Api {
    #[expect(clippy::disallowed_methods, reason = "the API asks as any resource server does, not through transport")]
    async fn introspect(&self, token: &str) -> Value {
        let request = self.client.post(&self.introspection).basic_auth("confidential", Some(SECRET));
        let answer = request.form(&[("token", token)]).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

fn pem(key: &KeyPair) -> String {
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let body = BASE64_STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn confidential() -> Value {
    json!({"clientId": "confidential", "clientSecret": SECRET, "clientAuthentication": "header"})
}

fn with(mut settings: Value, mut more: Value) -> Value {
    settings.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    settings
}

#[tokio::test]
async fn client_credentials() {
    let bench = Bench::start(|_| confidential()).await;
    bench.list().await;
    bench.list().await;
    let came = bench.came_for();
    assert!(came.iter().all(|came| *came == ("confidential".to_owned(), "-".to_owned())), "{came:?}");

    let wrong = bench.refused(json!({"clientSecret": "wrong"})).await;
    assert!(
        wrong.contains("does not accept the client id or the client secret. Check clientId and clientSecret"),
        "{wrong}"
    );
    assert!(wrong.ends_with("[BAD_CREDENTIALS]"), "{wrong}");
    let public = bench.refused(json!({"clientId": "public"})).await;
    assert!(public.ends_with("[BAD_CREDENTIALS]"), "{public}");
}

#[tokio::test]
async fn a_password_with_a_client_that_has_a_secret_and_one_that_has_none() {
    let user = json!({"grantType": "password", "username": "ada", "password": "lovelace"});
    let bench = Bench::start(|_| with(confidential(), user.clone())).await;
    bench.list().await;
    assert_eq!(bench.came_for().last().unwrap(), &("confidential".to_owned(), "ada".to_owned()));
    let public = with(user, json!({"clientId": "public", "clientSecret": null}));
    bench.connector.invoke_with("std:account:list", json!({}), &public).await.outputs();
    assert_eq!(bench.came_for().last().unwrap(), &("public".to_owned(), "ada".to_owned()));

    for wrong in [json!({"password": "wrong"}), json!({"username": "eve"}), json!({"securityToken": "none-is-wanted"})]
    {
        let message = bench.refused(wrong).await;
        assert!(message.contains("Check username, password and, where the provider has one,"), "{message}");
        assert!(message.ends_with("[BAD_GRANT]"), "{message}");
    }
    let message = bench.refused(json!({"clientSecret": "wrong"})).await;
    assert!(message.ends_with("[BAD_CREDENTIALS]"), "{message}");
}

/// A refresh token, as Canaille gives one out with a password.
#[expect(clippy::disallowed_methods, reason = "the token is fetched past the service, not through transport")]
async fn refresh_token(url: &str) -> String {
    let form = [("grant_type", "password"), ("client_id", "public"), ("username", "ada"), ("password", "lovelace")];
    let answer = http_client().post(format!("{url}/oauth/token")).form(&form).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    answer["refresh_token"].as_str().unwrap().to_owned()
}

/// Canaille takes each refresh token once. The connection's test fetches a new access token each time.
#[tokio::test]
async fn a_refresh_token_that_is_replaced_at_each_use() {
    let bench = Bench::start(|_| json!({"grantType": "refreshToken", "clientId": "public"})).await;
    let first = refresh_token(&bench.url).await;
    let settings = json!({"refreshToken": first});
    for _ in 0..3 {
        // What Canaille issues for a user in one second is one token, and it is withdrawn with the refresh token.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        bench.connector.invoke_with("std:test-connection", json!({}), &settings).await.output();
        bench.connector.invoke_with("std:account:list", json!({}), &settings).await.outputs();
    }
    let came = bench.came_for();
    assert!(came.iter().all(|came| *came == ("public".to_owned(), "ada".to_owned())), "{came:?}");

    // The first one is used up by now. Whoever signs in in the same way has the last one all the same, another has not.
    let patient = with(settings.clone(), json!({"timeoutSeconds": 31}));
    bench.connector.invoke_with("std:account:list", json!({}), &patient).await.outputs();
    let used_up = bench.refused(with(settings, json!({"scope": "openid"}))).await;
    assert!(used_up.contains("does not grant a token") && used_up.ends_with("[BAD_GRANT]"), "{used_up}");
    assert!(!used_up.contains(&first), "{used_up}");
    let unknown = bench.refused(json!({"refreshToken": "unknown"})).await;
    assert!(unknown.ends_with("[BAD_GRANT]"), "{unknown}");
}

#[tokio::test]
async fn a_signed_assertion() {
    let jwt = |key: &str| json!({"grantType": "jwtBearer", "clientId": "confidential", "jwtSubject": "ada", "privateKey": key});
    let bench = Bench::start(jwt).await;
    bench.list().await;
    assert_eq!(bench.came_for().last().unwrap(), &("confidential".to_owned(), "ada".to_owned()));
    // As a form may leave it.
    let one_line = json!({"privateKey": bench.key.replace('\n', " ")});
    bench.connector.invoke_with("std:account:list", json!({}), &one_line).await.outputs();

    let other_key = pem(&KeyPair::generate(KeySize::Rsa2048).unwrap());
    for wrong in [
        json!({"privateKey": other_key}),
        json!({"jwtSubject": "eve"}),
        json!({"jwtAudience": "https://login.salesforce.com"}),
        json!({"clientId": "unknown"}),
    ] {
        let message = bench.refused(wrong.clone()).await;
        assert!(
            ["does not grant a token", "does not accept the signed assertion", "does not accept the client id"]
                .iter()
                .any(|says| message.contains(says)),
            "{wrong}: {message}"
        );
    }
}
