//! The token endpoint (RFC 6749 §3.2, RFC 7009), with the members of Salesforce's answer, or those of the RFC, and
//! Salesforce's errors. Who gets a token is `grants`' matter.

use super::{App, grants, session};
use crate::sandbox::answer;
use crate::sandbox::dialect::Dialect;
use crate::sandbox::errors::Refusal;
use crate::sandbox::ids::{self, Kind};
use crate::sandbox::tokens::{ORGANIZATION, random_text};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|_| Refusal::too_large())?;
    let refresh_token = grants::grant(&app, &Asked { headers: &headers, body: &body })?;
    let mut answer = issued(&app)?;
    if let (Some(refresh_token), Some(answer)) = (refresh_token, answer.as_object_mut()) {
        answer.insert("refresh_token".to_owned(), refresh_token.into());
    }
    Ok(answer::json(StatusCode::OK, answer::JSON, &answer))
}

fn issued(app: &App) -> Result<Value, Refusal> {
    let now = app.clock.now();
    let (Ok(token), Ok(signature)) = (app.tokens.issue(now), random_text(43)) else { return Err(Refusal::internal()) };
    Ok(match app.options.dialect {
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
    })
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

/// A token request.
pub(super) struct Asked<'a> {
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl Asked<'_> {
    pub(super) fn field(&self, name: &str) -> Option<String> {
        field(self.body, name)
    }

    /// The client's id and secret, from a Basic header or from the body (RFC 6749 §2.3.1).
    pub(super) fn client(&self) -> (Option<String>, Option<String>) {
        if self.headers.contains_key(header::AUTHORIZATION) {
            return session::basic(self.headers).unzip();
        }
        (self.field("client_id"), self.field("client_secret"))
    }
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(body);
    fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub(super) fn refusal(error: &'static str, description: &'static str) -> Refusal {
    Refusal::OAuth { error, description }
}
