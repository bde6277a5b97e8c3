//! An answer that somebody copied, explained as a command would have told it. It asks nobody anything.

use super::catalogue::{Entry, Provider, entries};
use super::facts::Facts;
use super::message;
use crate::protocol::Kind;
use crate::scim::{self, Refusal};
use crate::transport::FailedStatus;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// What is known of a copied answer besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// The answer: its body, or all of it, as `curl -i` prints it.
    pub text: &'a str,
    pub status: Option<u16>,
    /// The provider's name, as `providers` gives it.
    pub provider: Option<&'a str>,
    /// What was to be done: `Creating the account`.
    pub doing: &'a str,
}

/// What there is to say of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What a person is told.
    pub message: String,
    pub code: &'static str,
    pub kind: Kind,
    /// Who can mend it.
    pub who: &'static str,
    /// From what it is known what the answer means.
    pub known: &'static str,
    /// The provider's own code.
    pub provider_code: Option<String>,
    pub attribute: Option<String>,
    /// The HTTP status that was gone by.
    pub status: Option<u16>,
    /// Nothing told the status: it was taken to be this one.
    pub is_status_assumed: bool,
}

/// The names that [`Answer::provider`] may have.
pub fn providers() -> impl Iterator<Item = &'static str> {
    Provider::ALL
        .into_iter()
        .filter(|provider| !matches!(provider, Provider::Any | Provider::Connector))
        .map(Provider::name)
}

/// Explains an answer.
pub fn explain(answer: &Answer<'_>) -> Explanation {
    if let Some(explanation) = own(answer.text) {
        return explanation;
    }
    let (head, headers, body) = split(answer.text);
    let given = answer.status.or(head).or_else(|| status_in(body));
    let status = given.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_REQUEST);
    let provider = Provider::ALL.into_iter().find(|provider| Some(provider.name()) == answer.provider);
    let facts = if status.is_success() {
        Facts::of(&unreadable(&headers, body))
    } else {
        Facts::of_answer(&FailedStatus { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) }, provider)
    };
    let entry = facts.entry();
    let message = message::compose(&facts.parts(answer.doing, entry), None, entry.code);
    Explanation {
        provider_code: facts.refusal.as_ref().and_then(|refusal| refusal.code.clone()),
        attribute: facts.attribute(),
        status: Some(status.as_u16()),
        is_status_assumed: given.is_none(),
        ..of_entry(entry, message)
    }
}

fn of_entry(entry: &'static Entry, message: String) -> Explanation {
    Explanation {
        message,
        code: entry.code,
        kind: entry.kind,
        who: entry.who.says(),
        known: entry.known.says(),
        provider_code: None,
        attribute: None,
        status: None,
        is_status_assumed: false,
    }
}

/// A message of the connector itself, by the code at its end; or the error that it answered with.
fn own(text: &str) -> Option<Explanation> {
    let text = text.trim();
    let wire = serde_json::from_str::<Value>(text).ok();
    let said = wire.as_ref().and_then(|wire| wire.pointer("/data/message")?.as_str());
    let message = said.unwrap_or(text);
    let (_, code) = message.strip_suffix(']')?.rsplit_once('[')?;
    let entry = entries().find(|entry| entry.code == code)?;
    Some(of_entry(entry, message::clean(message, message::MAX_MESSAGE)))
}

/// Takes off the lines that come before a body, if there are any: the last block of them counts.
fn split(text: &str) -> (Option<u16>, HeaderMap, &str) {
    let (mut status, mut headers, mut rest) =
        (None, HeaderMap::new(), text.trim_start_matches('\u{feff}').trim_start());
    while rest.starts_with("HTTP/") {
        headers.clear();
        let mut lines = rest.split_inclusive('\n');
        status = lines.next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        let mut length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        for line in lines {
            length += line.len();
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let name_and_value = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
            if let Some((name, value)) = name_and_value
                && let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value))
            {
                headers.append(name, value);
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    (status, headers, rest)
}

/// The status that a body names: SCIM's `status`, and what others call so.
fn status_in(body: &str) -> Option<u16> {
    let value: Value = serde_json::from_str(body.trim()).ok()?;
    let places =
        ["/status", "/statusCode", "/status_code", "/code", "/error/code", "/Errors/0/code", "/errors/0/status"];
    let number = |value: &Value| scim::resource::integer(value).and_then(|number| u16::try_from(number).ok());
    places.iter().filter_map(|place| number(value.pointer(place)?)).find(|status| (300..=599).contains(status))
}

/// What a good status with such a body would have been.
fn unreadable(headers: &HeaderMap, body: &str) -> scim::Error {
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let guessed = if Refusal::of_text(body).is_html { "text/html" } else { "application/json" };
    let reason = match serde_json::from_str::<Value>(body) {
        Ok(_) => "it is no SCIM resource or list".to_owned(),
        Err(error) => error.to_string(),
    };
    scim::Error::Unreadable {
        url: String::new(),
        expected: "a SCIM answer",
        reason,
        content_type: content_type.or_else(|| Some(guessed.to_owned())),
        excerpt: body.chars().take(2_048).collect(),
    }
}
