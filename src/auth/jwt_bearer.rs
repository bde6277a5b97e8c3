//! The `jwt-bearer` grant: an assertion that the client signs, in place of a secret ([RFC 7523, 2.1]).
//!
//! [RFC 7523, 2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1

use super::error::AuthError;
use super::token_request::Form;
use crate::config::JwtBearer;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Salesforce takes assertions that end within three minutes by its own clock: a minute is left for clocks that differ.
pub(super) const LIFETIME: Duration = Duration::from_mins(2);

/// What the assertion says ([RFC 7523, 3]).
///
/// [RFC 7523, 3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

/// # Errors
/// [`AuthError::NotSigned`].
pub(super) fn form(settings: &JwtBearer, client_id: &str, now: DateTime<Utc>) -> Result<Form, AuthError> {
    let exp = (now + LIFETIME).timestamp();
    let claims = Claims { iss: client_id, sub: &settings.subject, aud: &settings.audience, exp };
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, settings.key.signing())
        .map_err(|error| AuthError::NotSigned(Arc::new(error)))?;
    Ok(Form::new(GRANT_TYPE).secret("assertion", assertion.into()))
}
