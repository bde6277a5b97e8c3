//! The `client_credentials` grant: one form, one answer ([RFC 6749, 4.4]).
//!
//! It neither caches nor renews; `authenticator` does.
//!
//! [RFC 6749, 4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4

use super::answer::{self, Asked, Token};
use super::error::AuthError;
use super::{ClientAuthentication, ClientCredentials};
use crate::clock::Clock;
use crate::transport::{Fault, Repeat, Request, SendError, Transport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use url::form_urlencoded::{Serializer, byte_serialize};

/// Fetches a token.
pub(super) async fn fetch(
    settings: &ClientCredentials,
    transport: &Transport,
    clock: &Clock,
) -> Result<Token, AuthError> {
    let secrets = [settings.client_secret.clone(), SecretString::from(basic(settings))];
    let response = transport.send(request(settings)).await.map_err(|error| failure(error, &secrets))?;
    let asked = Asked {
        token_url: &settings.token_url,
        now: clock.now(),
        token_lifetime: settings.token_lifetime,
        secrets: &secrets,
    };
    answer::token(&response.body, &asked)
}

fn request(settings: &ClientCredentials) -> Request {
    let mut headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
    ]);
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if let Some(scope) = &settings.scope {
        form.append_pair("scope", scope);
    }
    match settings.authentication {
        ClientAuthentication::Body => {
            form.append_pair("client_id", &settings.client_id);
            form.append_pair("client_secret", settings.client_secret.expose_secret());
        }
        ClientAuthentication::Header => {
            // Base64 is always fit for a header.
            headers.extend(
                answer::sensitive(&format!("Basic {}", basic(settings))).ok().map(|value| (AUTHORIZATION, value)),
            );
        }
    }
    Request {
        method: Method::POST,
        url: settings.token_url.clone(),
        headers,
        body: Some(Bytes::from(form.finish())),
        // A second token does no harm.
        repeat: Repeat::Safe,
    }
}

/// The id and the secret are form-encoded first (RFC 6749, 2.3.1), so that a colon in either does no harm.
fn basic(settings: &ClientCredentials) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", encoded(&settings.client_id), encoded(settings.client_secret.expose_secret())))
}

fn failure(mut error: SendError, secrets: &[SecretString]) -> AuthError {
    match &mut error.fault {
        Fault::Status(failed) => answer::refusal(failed, secrets),
        Fault::WaitTooLong(_, failed) => {
            failed.hide(secrets);
            AuthError::Unreachable(Arc::new(error))
        }
        _ => AuthError::Unreachable(Arc::new(error)),
    }
}
