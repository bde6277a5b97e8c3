//! Upstream failures in the words of the person who asked: what happened, what to do, what the provider said.

mod catalogue;
mod message;

use crate::auth::AuthError;
use crate::protocol::{Failure, Kind};
use crate::scim::{self, Gap, Incomplete, Refusal};
use crate::transport::{Fault, Phase, Refused, SendError, TlsFlaw};
use catalogue::{CATALOGUE, Entry, Sign, Transport, UNKNOWN};
use http::header::LOCATION;
use message::Details;
pub use message::with_code;
use std::time::Duration;
use url::Url;

/// The failure of a command that `doing` names ("Creating ada@example.com", "Listing accounts").
///
/// It is never `notFound`: whether a resource does not exist is for the command to find out.
pub fn translate(doing: &str, error: scim::Error) -> Failure {
    let facts = Facts::of(&error);
    let entry = facts.entry();
    let message = message::compose(doing, entry, &facts.details());
    Failure::new(entry.kind, entry.code, message).caused_by(error)
}

/// The same for a token that could not be had.
pub fn translate_auth(doing: &str, error: AuthError, token_url: Option<&Url>) -> Failure {
    let mut facts = Facts::default();
    facts.take_auth(&error);
    facts.host = token_url.and_then(Url::host_str).map(str::to_owned).or(facts.host);
    let entry = facts.entry();
    let message = message::compose(doing, entry, &facts.details());
    Failure::new(entry.kind, entry.code, message).caused_by(error)
}

/// A resource that does not exist.
pub fn not_found(what: &str, key: &str) -> Failure {
    let key = message::clean(key, 200);
    Failure::new(Kind::NotFound, "NOT_FOUND", format!("There is no {what} \"{key}\" at the provider. [NOT_FOUND]"))
}

/// An input or a setting that cannot be used, with a sentence that names it.
pub fn invalid(kind: Kind, code: &'static str, sentence: &str) -> Failure {
    Failure::new(kind, code, message::with_code(sentence, code))
}

/// What is known of a failure.
#[derive(Debug, Default)]
struct Facts {
    /// The signs that need no look at an answer.
    signs: Vec<Sign>,
    /// OAuth's error code.
    oauth: Option<String>,
    refusal: Option<Refusal>,
    host: Option<String>,
    /// The host where a redirect leads.
    target: Option<String>,
    /// The credentials that were refused.
    refused: Option<Refused>,
    wait: Option<Duration>,
    /// The provider's words, or the client's own where there is no refusal.
    words: Option<String>,
    /// Sentences on what this connector does about it.
    notes: Vec<String>,
}

impl Facts {
    fn of(error: &scim::Error) -> Self {
        let mut facts = Self::default();
        match error {
            scim::Error::Send(error) => facts.take_send(error),
            scim::Error::Unreadable { url, content_type, excerpt, reason, .. } => {
                facts.signs.push(Sign::NotScim);
                facts.host = host(url);
                let kind = content_type.clone().unwrap_or_else(|| "no content type".to_owned());
                facts.words = Some(match scim::page_title(excerpt) {
                    Some(title) => format!("a page titled \"{title}\""),
                    // JSON with a fault in it: where the fault is helps more than that it should be JSON.
                    None if kind.contains("json") => format!("{kind}: {reason}"),
                    None => kind,
                });
            }
            scim::Error::OtherResource { .. } => facts.take_own(Sign::OtherResource, error),
            scim::Error::InvalidId(_) => facts.take_own(Sign::InvalidId, error),
            scim::Error::Incomplete(Incomplete { reason: Gap::NoId, .. }) => facts.take_own(Sign::NoId, error),
            scim::Error::Incomplete(_) => facts.take_own(Sign::Incomplete, error),
        }
        facts
    }

    /// A failure that the client found itself.
    fn take_own(&mut self, sign: Sign, error: &scim::Error) {
        self.signs.push(sign);
        self.words = Some(error.to_string());
    }

    fn take_send(&mut self, error: &SendError) {
        self.host = host(&error.url);
        self.notes.extend(error.given_up.map(|given_up| sentence(&given_up.to_string())));
        let transport = match &error.fault {
            Fault::Authorization(cause) => {
                if let Some(error) = cause.downcast_ref::<AuthError>() {
                    self.take_auth(error);
                }
                return;
            }
            Fault::Status(_) => None,
            Fault::WaitTooLong(..) | Fault::Paused(_) => Some(Transport::WaitTooLong),
            _ if error.outcome_unknown => Some(Transport::OutcomeUnknown),
            Fault::Resolve(_) => Some(Transport::Resolve),
            Fault::Connect(_) | Fault::Timeout { phase: Phase::Connect, .. } => Some(Transport::Connect),
            Fault::Tls(cause) => Some(Transport::Tls(TlsFlaw::of(cause))),
            Fault::Timeout { .. } => Some(Transport::Timeout),
            Fault::Broken(_) | Fault::TurnedAway(_) => Some(Transport::Broken),
            Fault::TooLarge { .. } => Some(Transport::TooLarge),
            Fault::Forbidden(_) => Some(Transport::Forbidden),
            Fault::Invalid(_) => Some(Transport::Invalid),
        };
        self.signs.extend(transport.map(Sign::Transport));
        match &error.fault {
            Fault::Forbidden(reason) | Fault::Invalid(reason) => self.words = Some(reason.clone()),
            Fault::WaitTooLong(wait, _) | Fault::Paused(wait) => {
                self.wait = Some(wait.asked);
                self.notes.push(sentence(&wait.to_string()));
            }
            Fault::Timeout { .. } => self.words = Some(error.fault.to_string()),
            _ => {}
        }
        if let Some(failed) = error.fault.status() {
            self.refused = error.refused;
            let location = failed.headers.get(LOCATION).and_then(|location| location.to_str().ok());
            let target = location.and_then(|location| Url::parse(&error.url).ok()?.join(location).ok());
            self.target = target.and_then(|target| host(target.as_str())).map(|host| message::clean(&host, 100));
            let refusal = Refusal::parse(failed);
            self.words.clone_from(&refusal.detail);
            self.refusal = Some(refusal);
        }
    }

    fn take_auth(&mut self, error: &AuthError) {
        match error {
            AuthError::Unreachable(error) => self.take_send(error),
            AuthError::Refused { status, error, description, body_excerpt } => {
                self.oauth.clone_from(error);
                self.signs.push(Sign::NoToken);
                let words = description.clone().or_else(|| scim::page_title(body_excerpt));
                self.words = words.or_else(|| error.clone()).or_else(|| Some(body_excerpt.clone()));
                self.refusal = Some(Refusal { status: *status, ..Refusal::default() });
            }
            AuthError::Malformed(reason) => {
                self.signs.push(Sign::NoToken);
                self.words = Some(reason.clone());
            }
            AuthError::NotSigned(_) => {
                self.signs.push(Sign::NoToken);
                self.words = Some(error.to_string());
            }
            AuthError::PerhapsReplaced(cause) => {
                self.take_auth(cause);
                self.notes.push("An earlier answer of the token endpoint was lost, and perhaps with it the refresh token that took this one's place: if it stays so, have the app authorized again and set refreshToken.".to_owned());
            }
            AuthError::Waiting { again_in, cause } => {
                self.take_auth(cause);
                let seconds = again_in.as_secs_f64().ceil();
                self.notes.push(format!(
                    "The token endpoint is asked again in {seconds} s; testing the connection asks it at once."
                ));
            }
        }
    }

    fn entry(&self) -> &'static Entry {
        CATALOGUE.iter().find(|entry| entry.signs.iter().any(|sign| self.shows(*sign))).unwrap_or(&UNKNOWN)
    }

    fn shows(&self, sign: Sign) -> bool {
        // The token endpoint's status says nothing of the request itself.
        let refusal = self.refusal.as_ref().filter(|_| self.signs.is_empty());
        let status = refusal.map(|refusal| refusal.status);
        match sign {
            Sign::Code(code) => refusal.is_some_and(|refusal| refusal.code.as_deref() == Some(code)),
            Sign::ScimType(name) => refusal.is_some_and(|refusal| refusal.scim_type.as_deref() == Some(name)),
            Sign::Says(part) => {
                let detail = refusal.and_then(|refusal| refusal.detail.as_ref());
                detail.is_some_and(|detail| detail.to_lowercase().contains(part))
            }
            Sign::Status(wanted) => status == Some(wanted),
            Sign::Statuses(from, to) => status.is_some_and(|status| (from..=to).contains(&status)),
            Sign::OAuth(code) => self.oauth.as_deref() == Some(code),
            Sign::Redirect => status.is_some_and(|status| (300..=399).contains(&status)),
            Sign::Refused(credentials) => refusal.is_some() && self.refused == Some(credentials),
            Sign::WebPage => refusal.is_some_and(|refusal| refusal.is_html && refusal.status < 500),
            own => self.signs.contains(&own),
        }
    }

    fn details(&self) -> Details<'_> {
        Details {
            host: self.host.as_deref(),
            target: self.target.as_deref(),
            wait: self.wait,
            words: self.words.as_deref(),
            is_own: self.refusal.is_none(),
            notes: &self.notes,
            status: self.refusal.as_ref().map(|refusal| refusal.status),
            provider_code: self.refusal.as_ref().and_then(|refusal| refusal.code.as_deref()).or(self.oauth.as_deref()),
            request_id: self.refusal.as_ref().and_then(|refusal| refusal.request_id.as_deref()),
        }
    }
}

fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters).chain(['.']).collect()
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", url.host_str()?))
}

#[cfg(test)]
mod tests;
