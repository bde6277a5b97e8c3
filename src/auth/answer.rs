//! What a token endpoint answers, read leniently ([RFC 6749, 5]): pure functions.
//!
//! Providers differ: Salesforce says when a token was issued, as a string of milliseconds, and not how long it lives.
//!
//! [RFC 6749, 5]: https://www.rfc-editor.org/rfc/rfc6749#section-5

use super::error::AuthError;
use crate::secret;
use crate::transport::FailedStatus;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::time::Duration;

/// How much of a body that is no OAuth error is kept.
const EXCERPT: usize = 300;
/// A token is renewed this long before it expires, or a tenth of its lifetime before.
const LONGEST_MARGIN: Duration = Duration::from_mins(1);
/// Where the provider's clock and ours differ by more, `issued_at` says nothing about a token that has just come.
const CLOCK_SKEW: chrono::Duration = chrono::Duration::minutes(5);
/// From here on a time counts milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A token as it is used.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// The header's value, marked as sensitive.
    pub(super) header: HeaderValue,
    /// How long it may be used from its receipt; `None` until it is refused.
    pub(super) usable_for: Option<Duration>,
    /// Where the provider says that its API is, as it says it.
    pub(super) instance_url: Option<String>,
    /// The refresh token that came along, and may take the place of the one that was sent.
    pub(super) replacement: Option<SecretString>,
}

/// Reads the body of a 2xx answer.
pub(super) fn token(body: &[u8], asked: &Asked<'_>) -> Result<Token, AuthError> {
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else {
        return Err(AuthError::Malformed("it is no JSON object".to_owned()));
    };
    if text(&answer, "error").is_some() {
        return Err(oauth_error(200, &answer, asked.secrets));
    }
    let Some(access_token) = text(&answer, "access_token") else {
        return Err(AuthError::Malformed("it holds no access_token".to_owned()));
    };
    if let Some(kind) = text(&answer, "token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        let kind = excerpt(kind, asked.secrets);
        return Err(AuthError::Malformed(format!("its token_type is {kind}, and only Bearer can be used")));
    }
    Ok(Token {
        header: sensitive(&format!("Bearer {access_token}")).map_err(|_| {
            AuthError::Malformed("its access_token holds characters that no header can carry".to_owned())
        })?,
        usable_for: lifetime(&answer, asked).map(|lifetime| lifetime.saturating_sub(LONGEST_MARGIN.min(lifetime / 10))),
        instance_url: text(&answer, "instance_url").map(str::to_owned),
        replacement: text(&answer, "refresh_token").map(SecretString::from),
    })
}

/// What is known of the request that an answer belongs to.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// When the answer came.
    pub(super) now: DateTime<Utc>,
    /// How long a token lives where the answer only says when it was issued.
    pub(super) token_lifetime: Duration,
    /// What may not be shown of the answer.
    pub(super) secrets: &'a [SecretString],
}

/// Reads an answer that is not 2xx.
pub(super) fn refusal(failed: &FailedStatus, secrets: &[SecretString]) -> AuthError {
    let status = failed.status.as_u16();
    match serde_json::from_slice(&failed.body) {
        Ok(Value::Object(answer)) if text(&answer, "error").is_some() => oauth_error(status, &answer, secrets),
        _ => AuthError::Refused {
            status,
            error: None,
            description: None,
            body_excerpt: excerpt(&String::from_utf8_lossy(&failed.body), secrets),
        },
    }
}

/// A header's value that `Debug` does not show.
pub(super) fn sensitive(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn oauth_error(status: u16, answer: &Map<String, Value>, secrets: &[SecretString]) -> AuthError {
    let shown = |key| text(answer, key).map(|text| excerpt(text, secrets));
    AuthError::Refused {
        status,
        error: shown("error"),
        description: shown("error_description"),
        body_excerpt: String::new(),
    }
}

/// The beginning of a text, fit to be shown. The secrets go first, so that none is cut into something unknown.
fn excerpt(text: &str, secrets: &[SecretString]) -> String {
    let clean = secret::redact_forms(&secret::redact(text, secrets));
    clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT).collect::<String>().trim().to_owned()
}

fn text<'a>(answer: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    answer.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Numbers come as numbers and as strings.
fn number(answer: &Map<String, Value>, key: &str) -> Option<i64> {
    match answer.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

/// How long the token lives from now; `None` where nothing tells.
fn lifetime(answer: &Map<String, Value>, asked: &Asked<'_>) -> Option<Duration> {
    // Some providers say 0 for a token that does not expire.
    if let Some(seconds) = number(answer, "expires_in").and_then(|seconds| u64::try_from(seconds).ok()) {
        return (seconds > 0).then(|| Duration::from_secs(seconds));
    }
    let issued_at = number(answer, "issued_at").and_then(date)?;
    let age = asked.now - issued_at;
    let age = if age > CLOCK_SKEW { Duration::ZERO } else { age.to_std().unwrap_or(Duration::ZERO) };
    // A clock that is late must not make each request fetch a token of its own.
    Some(asked.token_lifetime.saturating_sub(age).max(asked.token_lifetime / 2))
}

fn date(number: i64) -> Option<DateTime<Utc>> {
    if number >= MILLISECONDS_FROM {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp(number, 0)
    }
}

#[cfg(test)]
mod tests;
