//! Failures in the words of the person who asked: what happened, what to do, what the provider said.
//!
//! `catalogue` is the data: what is known of failures. `facts` reads an error, `message` makes the sentence. It never says
//! of an upstream failure that something does not exist: that is for the commands to find out.

mod attribute;
mod catalogue;
mod explain;
mod facts;
mod message;
mod tables;
mod wording;

use crate::auth::AuthError;
use crate::protocol::{Exchange, Failure, Parts};
use crate::scim;
use crate::secret;
use crate::transport::SendError;
pub use catalogue::{Entry, Sign, Who, add, own};
pub use explain::{Answer, Explanation, explain, providers};
use facts::Facts;
pub use message::{clean, list};
pub use tables::{markdown, rows};
use url::Url;
pub use wording::{Wording, problems};

/// The failure of a command that `doing` names ("Creating ada@example.com", "Listing accounts").
///
/// It is never `notFound`: whether a resource does not exist is for the command to find out.
pub fn translate(doing: &str, error: scim::Error) -> Failure {
    let facts = Facts::of(&error);
    let mut failure = told(doing, &facts);
    failure.exchange = match &error {
        scim::Error::Send(error) => Some(Box::new(exchange(error))),
        scim::Error::Unreadable { excerpt, .. } => Some(Box::new(answered(None, excerpt))),
        _ => None,
    };
    failure.caused_by(error)
}

/// The same for a token that could not be had.
pub fn translate_auth(doing: &str, error: AuthError, token_url: Option<&Url>) -> Failure {
    let mut failure = told(doing, &Facts::of_token(&error, token_url));
    failure.exchange = match &error {
        AuthError::Unreachable(error) => Some(Box::new(exchange(error))),
        AuthError::Refused { status, body_excerpt, .. } => Some(Box::new(answered(Some(*status), body_excerpt))),
        _ => None,
    };
    failure.caused_by(error)
}

/// A resource that does not exist.
pub fn not_found(what: &str, key: &str) -> Failure {
    refuse(own::NOT_FOUND, "", &[("subject", &format!("{what} \"{}\"", message::clean(key, 200)))])
}

/// What the connector itself refuses or finds. `doing` may be empty where the entry's sentences stand alone.
pub fn refuse(entry: &'static Entry, doing: &str, values: &[(&'static str, &str)]) -> Failure {
    let mut all = facts::command_values(doing);
    // What came from outside stays a part of the sentence, whatever it holds.
    all.extend(values.iter().map(|(name, value)| (*name, message::clean(value, MAX_VALUE))));
    let doing = message::clean(doing, facts::MAX_DOING);
    of(entry, Parts { doing, happened: entry.happened, to_do: entry.to_do, values: all, ..Parts::default() })
}

/// The same failure with what was found out besides.
pub fn with_findings(mut failure: Failure, findings: &[String]) -> Failure {
    if let Some(parts) = failure.parts.as_mut().filter(|_| !findings.is_empty()) {
        parts.found = format!("Found out: {}.", findings.join("; "));
        failure.message = message::compose(parts, None, failure.code);
    }
    failure
}

/// A value in a sentence is no longer, in characters: all that is wrong with the settings must fit.
const MAX_VALUE: usize = 850;

fn told(doing: &str, facts: &Facts) -> Failure {
    let entry = facts.entry();
    of(entry, facts.parts(doing, entry))
}

fn of(entry: &'static Entry, parts: Parts) -> Failure {
    let mut failure = Failure::new(entry.kind, entry.code, message::compose(&parts, None, entry.code));
    failure.parts = Some(Box::new(parts));
    failure
}

fn exchange(error: &SendError) -> Exchange {
    let answer = error.fault.status();
    let body = answer.map(|answer| String::from_utf8_lossy(&answer.body)).unwrap_or_default();
    Exchange {
        attempts: Some(error.attempts),
        elapsed: Some(u64::try_from(error.elapsed.as_millis()).unwrap_or(u64::MAX)),
        ..answered(answer.map(|answer| answer.status.as_u16()), &body)
    }
}

fn answered(status: Option<u16>, body: &str) -> Exchange {
    let body = Some(secret::redact_body(body, &[])).filter(|body| !body.is_empty());
    Exchange { status, body, ..Exchange::default() }
}

#[cfg(test)]
mod tests;
