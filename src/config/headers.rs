//! The setting `customHeaders`, and which headers no setting may touch.

use super::reader::Reader;
use http::HeaderName;
use secrecy::SecretString;
use serde_json::Value;

/// Headers that belong to the connection or to the authentication.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// Headers by which the connector says what it sends and what it reads.
const OWN: &[&str] = &["accept", "accept-encoding", "content-type"];

/// Why no setting may set this header; `None` if one may.
pub(super) fn why_reserved(name: &HeaderName) -> Option<&'static str> {
    if RESERVED.contains(&name.as_str()) {
        Some("the connection sets it")
    } else if OWN.contains(&name.as_str()) {
        Some("the connector sets it to what it can read and write")
    } else {
        None
    }
}

/// What was set as a header's name, as far as it is one: a whole line may have been pasted, and the rest be the secret.
pub(super) fn shown(name: &str) -> String {
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(name.len());
    match name.split_at(end) {
        (whole, "") => whole.to_owned(),
        (start, _) => format!("{start}…"),
    }
}

/// `customHeaders`: `[{"key": …, "value": …}]`, or an object of names and values.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<(String, SecretString)> {
    const KEY: &str = "customHeaders";
    let pairs = reader.pairs(KEY);
    let text = |key| reader.value(key).and_then(Value::as_str).map(str::trim);
    let auth_type = text("authType");
    let authorizes = auth_type != Some("none");
    let api_key_header = text("apiKeyHeader").filter(|_| auth_type == Some("apiKey"));
    let mut headers = Vec::new();
    for (name, value) in pairs {
        let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
            reader.problem(KEY, format!("has \"{}\", which is no header name", shown(name)));
            continue;
        };
        if http::HeaderValue::from_str(value).is_err() {
            reader.problem(KEY, format!("has a value for {name} that no header can have (a line break?)"));
        } else if let Some(why) = why_reserved(&parsed) {
            reader.problem(KEY, format!("must not have {name}: {why}"));
        } else if parsed == http::header::AUTHORIZATION && authorizes {
            reader.problem(KEY, "must not have Authorization unless authType is none: authType sets it");
        } else if api_key_header.is_some_and(|header| header.eq_ignore_ascii_case(name)) {
            reader.problem(KEY, format!("must not have {name}: apiKeyHeader sets it"));
        } else {
            headers.push((parsed.as_str().to_owned(), value.into()));
        }
    }
    headers
}
