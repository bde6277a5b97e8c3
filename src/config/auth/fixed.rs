//! Credentials that never change, as the one header in which they are sent.

use crate::config::headers;
use crate::config::reader::Reader;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

/// A header that authorizes, and never changes.
#[derive(Debug, Clone)]
pub struct FixedHeader {
    pub name: HeaderName,
    /// Marked as sensitive, so that `Debug` does not show it.
    pub value: HeaderValue,
    /// What is secret of the value.
    pub(super) secrets: Vec<SecretString>,
    /// The name by which the provider knows this client; empty where there is none.
    pub(super) client: String,
}

/// A bearer token (RFC 6750 §2.1).
pub(super) fn bearer(reader: &mut Reader<'_>) -> Option<FixedHeader> {
    const KEY: &str = "token";
    let token = reader.required_secret(KEY, "the token that the provider's administrator made")?;
    // A token has no spaces: what stands before one is the scheme, copied along.
    if token.expose_secret().trim().contains(' ') {
        reader.problem(KEY, "must be the token alone, without \"Bearer\" or anything else before it");
    }
    let value = value(reader, KEY, &format!("Bearer {}", token.expose_secret()))?;
    Some(FixedHeader { name: AUTHORIZATION, value, secrets: vec![token], client: String::new() })
}

/// A user name and a password in a header (RFC 7617 §2).
pub(super) fn basic(reader: &mut Reader<'_>) -> Option<FixedHeader> {
    let username = reader.required_text("username", "the name of the user that the connector signs in as");
    let password = reader.required_secret("password", "that user's password");
    let (username, password) = (username?, password?);
    if username.contains(':') {
        reader.problem("username", "must not hold a colon: Basic authentication ends the user name with one");
    }
    let encoded = STANDARD.encode(format!("{username}:{}", password.expose_secret()));
    let value = value(reader, "password", &format!("Basic {encoded}"))?;
    Some(FixedHeader { name: AUTHORIZATION, value, secrets: vec![password, encoded.into()], client: username })
}

/// A key in a header of the provider's choice.
pub(super) fn api_key(reader: &mut Reader<'_>) -> Option<FixedHeader> {
    let name = header_name(reader);
    let key = reader.required_secret("apiKey", "the key that the provider's administrator made");
    let (name, key) = (name?, key?);
    let value = value(reader, "apiKey", key.expose_secret())?;
    Some(FixedHeader { name, value, secrets: vec![key], client: String::new() })
}

fn header_name(reader: &mut Reader<'_>) -> Option<HeaderName> {
    const KEY: &str = "apiKeyHeader";
    let name = reader.required_text(KEY, "the name of the header in which the provider takes the key")?;
    let Ok(parsed) = HeaderName::try_from(&name) else {
        let says =
            format!("must be the name of a header alone, such as X-API-Key, but is \"{}\"", headers::shown(&name));
        reader.problem(KEY, says);
        return None;
    };
    if let Some(why) = headers::why_reserved(&parsed) {
        reader.problem(KEY, format!("must not be {name}: {why}"));
    }
    Some(parsed)
}

fn value(reader: &mut Reader<'_>, key: &'static str, text: &str) -> Option<HeaderValue> {
    let Ok(mut value) = HeaderValue::try_from(text) else {
        reader.problem(key, "must hold only characters that a header can have (is there a line break?)");
        return None;
    };
    value.set_sensitive(true);
    Some(value)
}
