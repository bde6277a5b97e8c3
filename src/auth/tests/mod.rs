//! The room over real HTTP on this machine.

mod fixed;
mod grants;
mod life;
mod pauses;
mod rotation;

use super::*;
use crate::clock::Clock;
use crate::config::{Client, ClientAuthentication, Grant, OAuth};
use crate::transport::{Call, Credentials, Fault, Limiter, NetworkPolicy, Options, Request, SendError, Transport};
use http::StatusCode;
use secrecy::SecretString;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

const TOKEN_PATH: &str = "/services/oauth2/token";
const SECRET: &str = "canary+secret/0123456789";

/// A provider with a token endpoint and one resource.
struct Provider {
    server: MockServer,
    transport: Transport,
    authenticator: Arc<Authenticator>,
}

impl Provider {
    /// For a client with its own credentials, in the form.
    async fn start(tokens: impl Respond + 'static) -> Self {
        Self::start_with(settings(Grant::ClientCredentials), tokens).await
    }

    async fn start_with(oauth: OAuth, tokens: impl Respond + 'static) -> Self {
        Self::start_trying(oauth, 0, tokens).await
    }

    /// With one retry.
    async fn start_retrying(oauth: OAuth, tokens: impl Respond + 'static) -> Self {
        Self::start_trying(oauth, 1, tokens).await
    }

    async fn start_trying(oauth: OAuth, max_retries: u32, tokens: impl Respond + 'static) -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST")).and(path(TOKEN_PATH)).respond_with(tokens).mount(&server).await;
        let base: Url = server.uri().parse().unwrap();
        // As many places as requests: a token request that needed one as well would never be sent.
        let limiter = Arc::new(Limiter::new(10, None));
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let mut options = Options::new(base.origin(), policy, limiter, Clock::system());
        options.max_retries = max_retries;
        let plain = Transport::new(options, None).unwrap();
        let oauth = OAuth { token_url: base.join(TOKEN_PATH).unwrap(), ..oauth };
        let authenticator = Authenticator::new(AuthSettings::OAuth(Box::new(oauth)), &plain, Clock::system(), None);
        let authenticator = Arc::new(authenticator);
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

    /// What the token endpoint was asked.
    async fn token_requests(&self) -> Vec<wiremock::Request> {
        let mut requests = self.server.received_requests().await.unwrap();
        requests.retain(|request| request.url.path() == TOKEN_PATH);
        requests
    }

    async fn generation(&self) -> u64 {
        self.authenticator.authorize(Call::default()).await.unwrap().generation
    }

    /// Why there is no token.
    async fn failure(&self) -> AuthError {
        *self.authenticator.authorize(Call::default()).await.unwrap_err().downcast().unwrap()
    }
}

/// A client with a secret, at a token endpoint that is still to be named.
fn settings(grant: Grant) -> OAuth {
    OAuth {
        token_url: "https://scim.example/token".parse().unwrap(),
        client: Client {
            id: "sandbox".to_owned(),
            secret: Some(SecretString::from(SECRET)),
            authentication: ClientAuthentication::Body,
        },
        scope: None,
        grant,
        token_lifetime: Duration::from_hours(2),
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

/// The fields of a form that was sent.
fn fields(request: &wiremock::Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

fn refusal(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({"error": code, "error_description": "no token for you"}))
}

/// Moves tokio's time without letting a paused clock run ahead of what the network does.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
