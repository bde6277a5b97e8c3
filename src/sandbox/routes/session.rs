//! Who may use the SCIM endpoints: whoever has a token, and on the RFC's server, where it is switched on, the user with a
//! password (RFC 7617) and whoever has the API key.

use super::App;
use crate::sandbox::dialect::Dialect;
use crate::sandbox::{PASSWORD, USER_NAME};
use axum::extract::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

pub(super) fn is_open(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    let others = app.options.dialect == Dialect::Rfc && (has_password(app, headers) || has_api_key(app, headers));
    others || has_token(app, headers)
}

fn has_token(app: &App, headers: &HeaderMap) -> bool {
    credentials(headers, "Bearer").is_some_and(|token| app.tokens.is_good(token, app.clock.now()))
}

fn has_password(app: &App, headers: &HeaderMap) -> bool {
    app.options.takes_passwords && basic(headers) == Some((USER_NAME.to_owned(), PASSWORD.to_owned()))
}

fn has_api_key(app: &App, headers: &HeaderMap) -> bool {
    app.options.api_key.as_ref().is_some_and(|(name, key)| {
        let name = HeaderName::try_from(name).ok();
        name.and_then(|name| headers.get(name)).is_some_and(|value| value.as_bytes() == key.as_bytes())
    })
}

/// The name and the password in a Basic header.
pub(super) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let decoded = BASE64_STANDARD.decode(credentials(headers, "Basic")?).ok()?;
    let (name, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// What stands after this scheme.
fn credentials<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(wanted).then(|| credentials.trim())
}
