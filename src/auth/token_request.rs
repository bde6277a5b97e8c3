//! What all grants share: the form, how the client shows who it is, and reading what comes back.
//!
//! It neither caches nor renews; `fetcher` does.

use super::answer::{self, Asked, Token};
use super::error::AuthError;
use crate::clock::Clock;
use crate::config::{Client, ClientAuthentication, Grant, OAuth};
use crate::metrics::Route;
use crate::transport::{Fault, Phase, Repeat, Request, SendError, Transport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use url::form_urlencoded::{Serializer, byte_serialize};

/// The fields of a token request.
pub(super) struct Form {
    fields: Vec<(&'static str, SecretString)>,
    /// What may not be shown of an answer that repeats it.
    secrets: Vec<SecretString>,
    repeat: Repeat,
}

impl Form {
    pub(super) fn new(grant_type: &str) -> Self {
        // A second token does no harm; `refresh_token` has more to say of it.
        Self { fields: Vec::new(), secrets: Vec::new(), repeat: Repeat::Safe }.field("grant_type", grant_type)
    }

    pub(super) fn field(mut self, name: &'static str, text: &str) -> Self {
        self.fields.push((name, text.into()));
        self
    }

    pub(super) fn secret(mut self, name: &'static str, secret: SecretString) -> Self {
        self.secrets.push(secret.clone());
        self.fields.push((name, secret));
        self
    }

    /// It is not sent again where it may have arrived.
    pub(super) fn once(self) -> Self {
        Self { repeat: Repeat::OnlyIfNotReceived, ..self }
    }

    fn encoded(&self) -> String {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(self.fields.iter().map(|(name, value)| (*name, value.expose_secret())));
        form.finish()
    }
}

/// A request that brought no token.
pub(super) struct Failed {
    pub(super) error: AuthError,
    /// Whether the endpoint may have given out a token that did not arrive.
    pub(super) answer_lost: bool,
}

/// Asks the token endpoint.
pub(super) async fn send(oauth: &OAuth, form: Form, transport: &Transport, clock: &Clock) -> Result<Token, Failed> {
    let mut headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
    ]);
    let mut form = match &oauth.scope {
        Some(scope) => form.field("scope", scope),
        None => form,
    };
    form.secrets.extend(oauth.secrets());
    let form = identified(oauth, form, &mut headers);
    let request = Request {
        method: Method::POST,
        url: oauth.token_url.clone(),
        headers,
        body: Some(Bytes::from(form.encoded())),
        repeat: form.repeat,
        route: Route::Token,
    };
    let response = transport.send(request).await.map_err(|error| failure(error, &form.secrets))?;
    let asked = Asked { now: clock.now(), token_lifetime: oauth.token_lifetime, secrets: &form.secrets };
    // An answer that cannot be read may have held a token.
    answer::token(&response.body, &asked).map_err(|error| Failed { error, answer_lost: true })
}

/// Says who the client is (RFC 6749 §2.3.1, and §3.2.1 for one without a secret). An assertion says so itself.
fn identified(oauth: &OAuth, form: Form, headers: &mut HeaderMap) -> Form {
    let client = &oauth.client;
    match (&client.secret, client.authentication) {
        (None, _) if matches!(oauth.grant, Grant::JwtBearer(_)) => form,
        (None, _) => form.field("client_id", &client.id),
        (Some(secret), ClientAuthentication::Body) => {
            form.field("client_id", &client.id).secret("client_secret", secret.clone())
        }
        (Some(secret), ClientAuthentication::Header) => {
            let basic = basic(client, secret);
            // Base64 is always fit for a header.
            let value = answer::sensitive(&format!("Basic {basic}"));
            headers.extend(value.ok().map(|value| (AUTHORIZATION, value)));
            let mut form = form;
            form.secrets.push(basic.into());
            form
        }
    }
}

/// The id and the secret are form-encoded first (RFC 6749 §2.3.1), so that a colon in either does no harm.
fn basic(client: &Client, secret: &SecretString) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", encoded(&client.id), encoded(secret.expose_secret())))
}

fn failure(mut error: SendError, secrets: &[SecretString]) -> Failed {
    let is_lost = match &error.fault {
        Fault::Status(failed) => failed.status.is_server_error(),
        Fault::Timeout { phase: Phase::Answer | Phase::Read, .. } | Fault::Broken(_) | Fault::TooLarge { .. } => true,
        _ => false,
    };
    // What became of the attempts before the last is not known.
    let answer_lost = is_lost || error.attempts > 1;
    // A token that was given and did not arrive changes nothing at the provider.
    error.outcome_unknown = false;
    let error = match &mut error.fault {
        Fault::Status(failed) => answer::refusal(failed, secrets),
        Fault::WaitTooLong(_, failed) => {
            failed.hide(secrets);
            AuthError::Unreachable(Arc::new(error))
        }
        _ => AuthError::Unreachable(Arc::new(error)),
    };
    Failed { error, answer_lost }
}
