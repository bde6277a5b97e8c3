//! The token endpoint (RFC 6749 §4.4, RFC 7009), with the members of Salesforce's answer, or those of the RFC, and
//! Salesforce's errors.

use super::App;
use crate::sandbox::dialect::Dialect;
use crate::sandbox::errors::Refusal;
use crate::sandbox::ids::{self, Kind};
use crate::sandbox::tokens::{ORGANIZATION, random_text};
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, answer};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|_| Refusal::too_large())?;
    if field(&body, "grant_type").as_deref() != Some("client_credentials") {
        return Err(refusal("unsupported_grant_type", "grant type not supported"));
    }
    let (id, secret) = credentials(&headers, &body)?;
    if id != CLIENT_ID {
        return Err(refusal("invalid_client_id", "client identifier invalid"));
    }
    if secret != CLIENT_SECRET {
        return Err(refusal("invalid_client", "invalid client credentials"));
    }
    let now = app.clock.now();
    let (Ok(token), Ok(signature)) = (app.tokens.issue(now), random_text(43)) else { return Err(Refusal::internal()) };
    let body = match app.options.dialect {
        Dialect::Salesforce => json!({
            "access_token": token,
            "instance_url": app.origin,
            "id": format!("{}/id/{ORGANIZATION}/{}", app.origin, ids::id(Kind::User, 0)),
            "token_type": "Bearer",
            "issued_at": now.timestamp_millis().to_string(),
            "signature": format!("{signature}="),
        }),
        Dialect::Rfc => json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": app.options.token_lifetime.as_secs(),
        }),
    };
    Ok(answer::json(StatusCode::OK, answer::JSON, &body))
}

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Refusal> {
    let body = body.map_err(|_| Refusal::too_large())?;
    match field(&body, "token") {
        Some(token) if app.tokens.revoke(&token) => Ok(StatusCode::OK),
        _ => Err(refusal("invalid_token", "this token is not valid")),
    }
}

/// The client's id and secret, from a Basic header or from the body (RFC 6749 §2.3.1).
fn credentials(headers: &HeaderMap, body: &[u8]) -> Result<(String, String), Refusal> {
    let missing = || refusal("invalid_request", "client credentials are missing");
    if let Some(header) = headers.get(header::AUTHORIZATION) {
        let pair = header.to_str().ok().and_then(basic);
        return pair.ok_or_else(missing);
    }
    field(body, "client_id").zip(field(body, "client_secret")).ok_or_else(missing)
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("Basic"))?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(body);
    fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn refusal(error: &'static str, description: &'static str) -> Refusal {
    Refusal::OAuth { error, description }
}
