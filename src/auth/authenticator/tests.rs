//! Tokens and their renewal, over real HTTP on this machine.

use super::*;
use crate::auth::ClientAuthentication;
use crate::transport::{Fault, Limiter, NetworkPolicy, Options, Refused, Request, SendError};
use futures::future::join_all;
use http::StatusCode;
use secrecy::SecretString;
use serde_json::json;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

const TOKEN_PATH: &str = "/services/oauth2/token";
const SECRET: &str = "canary+secret/0123456789";

/// A provider with a token endpoint and one resource. Tokens are `token-1`, `token-2` …
struct Provider {
    server: MockServer,
    transport: Transport,
    authenticator: Arc<Authenticator>,
}

impl Provider {
    async fn start(tokens: impl Respond + 'static) -> Self {
        Self::start_with(ClientAuthentication::Body, tokens).await
    }

    async fn start_with(authentication: ClientAuthentication, tokens: impl Respond + 'static) -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST")).and(path(TOKEN_PATH)).respond_with(tokens).mount(&server).await;
        let base: Url = server.uri().parse().unwrap();
        // As many places as requests: a token request that needed one as well would never be sent.
        let limiter = Arc::new(Limiter::new(10, None));
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let mut options = Options::new(base.origin(), policy, limiter, Clock::system());
        options.max_retries = 0;
        let plain = Transport::new(options, None).unwrap();
        let settings = ClientCredentials {
            token_url: base.join(TOKEN_PATH).unwrap(),
            client_id: "sandbox".to_owned(),
            client_secret: SecretString::from(SECRET),
            scope: Some("scim api".to_owned()),
            authentication,
            token_lifetime: Duration::from_hours(2),
        };
        let settings = AuthSettings::ClientCredentials(settings);
        let authenticator = Arc::new(Authenticator::new(settings, &plain, Clock::system()).unwrap());
        let credentials: Arc<dyn Credentials> = Arc::clone(&authenticator) as _;
        let transport = plain.with_credentials(credentials);
        Self { server, transport, authenticator }
    }

    /// The resource answers 200 to this token and 401 to others.
    async fn accepts(self, token: &'static str) -> Self {
        let resource = move |request: &wiremock::Request| {
            let sent = request.headers.get("authorization").map(|value| value.as_bytes().to_vec());
            let is_accepted = sent == Some(format!("Bearer {token}").into_bytes());
            ResponseTemplate::new(if is_accepted { 200 } else { 401 })
        };
        Mock::given(method("GET")).respond_with(resource).mount(&self.server).await;
        self
    }

    async fn get(&self) -> Result<StatusCode, SendError> {
        let url = format!("{}/Users", self.server.uri()).parse().unwrap();
        self.transport.send(Request::get(url)).await.map(|response| response.status)
    }

    /// The forms that the token endpoint got.
    async fn token_requests(&self) -> Vec<wiremock::Request> {
        let mut requests = self.server.received_requests().await.unwrap();
        requests.retain(|request| request.url.path() == TOKEN_PATH);
        requests
    }

    async fn generation(&self) -> u64 {
        self.authenticator.authorize().await.unwrap().generation
    }
}

/// Answers with `token-1`, `token-2` … and the given lifetime.
fn tokens(expires_in: u64) -> impl Respond {
    let count = AtomicU32::new(0);
    move |_: &wiremock::Request| {
        let nth = count.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = json!({"access_token": format!("token-{nth}"), "token_type": "Bearer", "expires_in": expires_in});
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

fn invalid_client() -> ResponseTemplate {
    ResponseTemplate::new(400)
        .set_body_json(json!({"error": "invalid_client", "error_description": "invalid client credentials"}))
}

/// Moves tokio's time without letting a paused clock run ahead of what the network does.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[tokio::test]
async fn ten_requests_at_once_fetch_one_token() {
    let provider = Provider::start(tokens(3600)).await.accepts("token-1").await;
    for status in join_all((0..10).map(|_| provider.get())).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.token_requests().await.len(), 1);
}

#[tokio::test]
async fn ten_refused_requests_cost_one_renewal() {
    let provider = Provider::start(tokens(3600)).await.accepts("token-2").await;
    let used = provider.authenticator.authorize().await.unwrap();
    join_all((0..10).map(|_| async {
        assert!(provider.authenticator.refused(&used));
        assert_eq!(provider.generation().await, 2);
    }))
    .await;
    // One whose 401 comes late does not take the new token away.
    assert!(provider.authenticator.refused(&used));
    assert_eq!(provider.generation().await, 2);
    for status in join_all((0..10).map(|_| provider.get())).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_on_the_way_is_renewed_and_nobody_notices() {
    let provider = Provider::start(tokens(3600)).await.accepts("token-2").await;
    for status in join_all((0..10).map(|_| provider.get())).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_error() {
    let provider = Provider::start(tokens(3600)).await.accepts("another").await;
    let error = provider.get().await.unwrap_err();
    assert!(matches!(&error.fault, Fault::Status(failed) if failed.status == StatusCode::UNAUTHORIZED), "{error:?}");
    assert_eq!((error.attempts, provider.token_requests().await.len()), (2, 2));
}

#[tokio::test]
async fn a_token_is_renewed_a_tenth_of_its_life_before_its_end() {
    let provider = Provider::start(tokens(100)).await;
    assert_eq!(provider.generation().await, 1);
    pass(88).await;
    assert_eq!(provider.generation().await, 1);
    pass(3).await;
    assert_eq!(provider.generation().await, 2);
}

#[tokio::test]
async fn a_failed_fetch_fails_all_that_wait_and_is_tried_again_a_second_later() {
    let provider = Provider::start(invalid_client()).await;
    for error in join_all((0..10).map(|_| provider.authenticator.authorize())).await {
        let error = error.unwrap_err();
        let error = error.downcast_ref::<AuthError>().unwrap();
        assert!(matches!(error, AuthError::Refused { error: Some(code), .. } if code == "invalid_client"), "{error:?}");
    }
    assert!(provider.get().await.is_err());
    assert_eq!(provider.token_requests().await.len(), 1);
    pass(2).await;
    let error = provider.get().await.unwrap_err();
    assert_eq!(error.attempts, 0);
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn one_that_gives_up_while_fetching_harms_no_other() {
    let delayed = |_: &wiremock::Request| {
        ResponseTemplate::new(200).set_body_json(json!({"access_token": "t"})).set_delay(Duration::from_millis(50))
    };
    let provider = Provider::start(delayed).await;
    let mut first = provider.authenticator.authorize();
    let mut second = provider.authenticator.authorize();
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(second.await.unwrap().generation, 1);
    assert_eq!(provider.generation().await, 1);
}

#[tokio::test]
async fn a_fresh_token_replaces_the_cached_one() {
    let provider = Provider::start(tokens(3600)).await;
    assert_eq!(provider.generation().await, 1);
    provider.authenticator.fresh().await.unwrap();
    assert_eq!(provider.generation().await, 2);
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn the_client_shows_itself_in_the_form() {
    let provider = Provider::start(tokens(3600)).await;
    provider.authenticator.fresh().await.unwrap();
    let requests = provider.token_requests().await;
    assert_eq!(requests[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert!(!requests[0].headers.contains_key("authorization"));
    insta::assert_snapshot!(std::str::from_utf8(&requests[0].body).unwrap(), @"grant_type=client_credentials&scope=scim+api&client_id=sandbox&client_secret=canary%2Bsecret%2F0123456789");
}

#[tokio::test]
async fn the_client_shows_itself_in_the_header() {
    let provider = Provider::start_with(ClientAuthentication::Header, tokens(3600)).await;
    provider.authenticator.fresh().await.unwrap();
    let requests = provider.token_requests().await;
    insta::assert_snapshot!(std::str::from_utf8(&requests[0].body).unwrap(), @"grant_type=client_credentials&scope=scim+api");
    insta::assert_snapshot!(requests[0].headers["authorization"].to_str().unwrap(), @"Basic c2FuZGJveDpjYW5hcnklMkJzZWNyZXQlMkYwMTIzNDU2Nzg5");
}

#[tokio::test]
async fn where_the_api_is_comes_with_the_token() {
    let answer =
        |url: &str| ResponseTemplate::new(200).set_body_json(json!({"access_token": "t", "instance_url": url}));
    let provider = Provider::start(answer("http://127.0.0.1:9/")).await;
    assert_eq!(provider.authenticator.instance_url(), None);
    provider.authenticator.fresh().await.unwrap();
    assert_eq!(provider.authenticator.instance_url().unwrap().as_str(), "http://127.0.0.1:9/");

    let provider = Provider::start(answer("https://elsewhere.example.com/")).await;
    provider.authenticator.fresh().await.unwrap();
    assert_eq!(provider.authenticator.instance_url(), None);
}

#[tokio::test]
async fn a_secret_that_the_provider_repeats_is_shown_nowhere() {
    let echo = |request: &wiremock::Request| {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let description = format!("wrong: {SECRET} in {form}");
        ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client", "error_description": description}))
    };
    let echo_header = |request: &wiremock::Request| {
        let sent = request.headers["authorization"].to_str().unwrap().to_owned();
        ResponseTemplate::new(500).set_body_string(format!("failed at {sent}"))
    };
    for provider in [Provider::start(echo).await, Provider::start_with(ClientAuthentication::Header, echo_header).await]
    {
        let error = provider.get().await.unwrap_err();
        let shown: Vec<_> = chain(&error).map(|error| format!("{error} {error:?}")).collect();
        let shown = format!("{}{:?}{:?}", shown.join("\n"), provider.authenticator, provider.transport);
        for secret in ["canary", "c2FuZGJveDpjYW5hcnk"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}

#[tokio::test]
async fn credentials_that_never_change_are_not_renewed() {
    let provider = Provider::start(tokens(3600)).await.accepts("another").await;
    let fixed = |settings| Authenticator::new(settings, &provider.transport, Clock::system()).unwrap();
    let bearer = fixed(AuthSettings::Bearer { token: SecretString::from(SECRET) });
    let used = bearer.authorize().await.unwrap();
    assert_eq!(used.header.as_ref().unwrap(), &format!("Bearer {SECRET}"));
    assert!(!bearer.refused(&used));
    assert!(!format!("{used:?}{bearer:?}").contains(SECRET));
    assert!(fixed(AuthSettings::None).authorize().await.unwrap().header.is_none());

    let url = format!("{}/Users", provider.server.uri()).parse().unwrap();
    let error = provider.transport.with_credentials(Arc::new(bearer)).send(Request::get(url)).await.unwrap_err();
    assert_eq!((error.attempts, error.refused), (1, Some(Refused::Fixed)));
}

#[tokio::test]
async fn a_token_with_a_line_break_is_refused_before_it_is_sent() {
    let provider = Provider::start(tokens(3600)).await;
    let settings = AuthSettings::Bearer { token: SecretString::from("pasted\ntoken") };
    assert!(Authenticator::new(settings, &provider.transport, Clock::system()).is_err());
}
