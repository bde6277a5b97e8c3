//! What is known of a failure: read from the error and from the provider's answer, and matched against the catalogue.

use super::attribute;
use super::catalogue::{Entry, Provider, Sign, Transport, UNKNOWN, entries};
use super::message::{self, MAX_WORDS, clean};
use crate::auth::AuthError;
use crate::protocol::Parts;
use crate::scim::{self, Gap, Incomplete, Refusal};
use crate::secret;
use crate::transport::{ByProxy, FailedStatus, Fault, Phase, Refused, SendError, TlsFlaw};
use http::header::LOCATION;
use std::time::Duration;
use url::Url;

/// What was to be done is shown up to this length, in characters.
pub const MAX_DOING: usize = 250;

/// What is known of a failure.
#[derive(Debug, Default)]
pub struct Facts {
    /// The signs that need no look at an answer.
    signs: Vec<Sign>,
    /// What the provider answered, if it did.
    pub refusal: Option<Refusal>,
    /// The answer is the token endpoint's.
    is_token: bool,
    pub provider: Option<Provider>,
    host: Option<String>,
    /// The host where a redirect leads.
    target: Option<String>,
    /// The credentials that were refused.
    refused: Option<Refused>,
    /// The request was for one resource.
    is_for_one: bool,
    wait: Option<Duration>,
    /// What the client itself found, where no refusal says more.
    own: Option<String>,
    /// What this connector does about it.
    notes: Vec<String>,
}

impl Facts {
    pub fn of(error: &scim::Error) -> Self {
        let mut facts = Self::default();
        match error {
            scim::Error::Send(error) => facts.take_send(error),
            scim::Error::Unreadable { url, content_type, excerpt, reason, .. } => {
                facts.signs.push(Sign::NotScim);
                facts.set_host(url);
                let refusal = Refusal::of_text(excerpt);
                let kind = content_type.clone().unwrap_or_else(|| "no content type".to_owned());
                facts.own = Some(match (&refusal.detail, refusal.is_html) {
                    (Some(title), true) => format!("a page titled \"{title}\""),
                    // JSON with a fault in it: where the fault is helps more than that it should be JSON.
                    _ if kind.contains("json") => format!("{kind}: {reason}"),
                    _ => kind,
                });
                // An error that comes with a good status is told by its code.
                if refusal.code.is_some() || refusal.scim_type.is_some() {
                    facts.take_refusal(refusal);
                }
            }
            scim::Error::OtherResource { .. } => facts.take_own(Sign::OtherResource, error),
            scim::Error::InvalidId(_) => facts.take_own(Sign::InvalidId, error),
            scim::Error::Incomplete(Incomplete { reason: Gap::NoId, .. }) => facts.take_own(Sign::NoId, error),
            scim::Error::Incomplete(Incomplete { reason: Gap::CursorLost { scim_type }, .. }) => {
                facts.take_own(Sign::ScimType(scim_type), error);
            }
            scim::Error::Incomplete(_) => facts.take_own(Sign::Incomplete, error),
        }
        facts
    }

    /// Of a token that could not be had.
    pub fn of_token(error: &AuthError, token_url: Option<&Url>) -> Self {
        let mut facts = Self::default();
        if let Some(url) = token_url {
            facts.set_host(url.as_str());
        }
        facts.take_auth(error);
        facts
    }

    /// Of an answer that was copied from somewhere: nothing is known of the request, and perhaps who the provider is.
    pub fn of_answer(failed: &FailedStatus, provider: Option<Provider>) -> Self {
        let mut facts = Self { provider, is_for_one: true, ..Self::default() };
        let refusal = Refusal::parse(failed);
        if refusal.code.as_deref().is_some_and(is_oauth) && !refusal.is_scim {
            facts.is_token = true;
            facts.signs.push(Sign::NoToken);
        }
        facts.take_refusal(refusal);
        facts
    }

    fn set_host(&mut self, url: &str) {
        self.host = host(url);
        self.provider = self.host.as_deref().and_then(Provider::of_host);
    }

    /// A failure that the client found itself.
    fn take_own(&mut self, sign: Sign, error: &scim::Error) {
        self.signs.push(sign);
        self.own = Some(error.to_string());
    }

    fn take_send(&mut self, error: &SendError) {
        self.set_host(&error.url);
        self.notes.extend(error.given_up.map(|given_up| sentence(&given_up.to_string())));
        if let Some(sign) = transport_sign(error) {
            self.signs.push(Sign::Transport(sign));
        }
        match &error.fault {
            Fault::Authorization(cause) => {
                if let Some(error) = cause.downcast_ref::<AuthError>() {
                    self.take_auth(error);
                }
            }
            Fault::Forbidden(reason) | Fault::Invalid(reason) => self.own = Some(reason.clone()),
            Fault::WaitTooLong(wait, _) | Fault::Paused(wait) => {
                self.wait = Some(wait.asked);
                self.notes.push(sentence(&wait.to_string()));
            }
            Fault::Connect(cause) | Fault::Resolve(cause) => {
                let by_proxy = cause.downcast_ref::<ByProxy>();
                self.notes.extend(by_proxy.map(|by_proxy| sentence(&by_proxy.to_string())));
            }
            Fault::Timeout { .. } => self.own = Some(error.fault.to_string()),
            _ => {}
        }
        if let Some(failed) = error.fault.status() {
            self.refused = error.refused;
            self.take_answer(failed, &error.url);
        }
    }

    fn take_answer(&mut self, failed: &FailedStatus, url: &str) {
        let url = Url::parse(url).ok();
        let location = failed.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let target = location.and_then(|location| url.as_ref()?.join(location).ok());
        self.target = target.and_then(|target| host(target.as_str())).map(|host| clean(&host, 100));
        self.is_for_one = url.is_some_and(|url| names_one(&url));
        self.take_refusal(Refusal::parse(failed));
    }

    /// What the provider says is shown to people: a token or a password that it repeats is not.
    fn take_refusal(&mut self, mut refusal: Refusal) {
        refusal.detail = refusal.detail.as_deref().map(secret::redact_forms);
        self.refusal = Some(refusal);
    }

    fn take_auth(&mut self, error: &AuthError) {
        match error {
            AuthError::Unreachable(error) => self.take_send(error),
            AuthError::Refused { status, error, description, body_excerpt } => {
                self.is_token = true;
                self.signs.push(Sign::NoToken);
                let mut refusal = Refusal::of_text(body_excerpt);
                refusal.status = *status;
                refusal.code = error.clone().or(refusal.code);
                refusal.detail = description.clone().or(refusal.detail);
                self.take_refusal(refusal);
            }
            AuthError::Malformed(reason) => {
                self.is_token = true;
                self.signs.push(Sign::NoToken);
                self.own = Some(reason.clone());
            }
            AuthError::NotSigned(_) => {
                self.is_token = true;
                self.signs.push(Sign::NotSigned);
                self.own = Some(error.to_string());
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

    /// What fits best: the sign that says most, and of several that say as much the first.
    pub fn entry(&self) -> &'static Entry {
        let found = entries().filter_map(|entry| Some((self.rank(entry)?, entry)));
        found.min_by_key(|(rank, _)| *rank).map_or(UNKNOWN, |(_, entry)| entry)
    }

    /// How much this entry says, if it fits: what is written for this provider comes before what is written for all.
    fn rank(&self, entry: &Entry) -> Option<u8> {
        let rank = entry.signs.iter().filter(|sign| self.counts(entry, **sign)).map(|sign| sign.rank()).min()?;
        Some(if self.provider == Some(entry.provider) { rank.saturating_sub(2) } else { rank })
    }

    /// Whether a sign of this entry is there, and means what the entry says: statuses and words of one provider say nothing
    /// at another's.
    fn counts(&self, entry: &Entry, sign: Sign) -> bool {
        let is_its_own = match (entry.provider, self.provider) {
            (Provider::Any, _) => true,
            (theirs, Some(known)) => theirs == known,
            // Salesforce stands behind host names of its customers, too.
            (Provider::Salesforce, None) => sign.is_code() || matches!(sign, Sign::Says(_)),
            (_, None) => sign.is_code(),
        };
        is_its_own && self.shows(sign)
    }

    fn shows(&self, sign: Sign) -> bool {
        let of_api = self.refusal.as_ref().filter(|_| !self.is_token);
        let of_token = self.refusal.as_ref().filter(|_| self.is_token);
        let has_code = |refusal: Option<&Refusal>, wanted: &str| {
            refusal.and_then(|refusal| refusal.code.as_ref()).is_some_and(|code| code.eq_ignore_ascii_case(wanted))
        };
        let says = |refusal: Option<&Refusal>, part| refusal.is_some_and(|refusal| words(refusal).contains(part));
        // Where the request came to nothing else, the status is no answer to it.
        let status = of_api.map(|refusal| refusal.status).filter(|_| self.signs.is_empty());
        match sign {
            Sign::Code(code) => has_code(of_api, code),
            Sign::ScimType(name) => {
                let given = of_api.and_then(|refusal| refusal.scim_type.as_ref());
                given.is_some_and(|given| given.eq_ignore_ascii_case(name)) || self.signs.contains(&sign)
            }
            Sign::Says(part) => says(of_api, part),
            Sign::About(name) => self.attribute().as_deref() == Some(name),
            Sign::All(signs) => signs.iter().all(|sign| self.shows(*sign)),
            Sign::Status(wanted) => status == Some(wanted),
            Sign::Statuses(from, to) => status.is_some_and(|status| (from..=to).contains(&status)),
            Sign::Gone => status == Some(404) && self.is_for_one && of_api.is_some_and(|refusal| refusal.is_scim),
            Sign::OAuth(code) => has_code(of_token, code),
            Sign::TokenSays(part) => says(of_token, part),
            Sign::TokenStatuses(from, to) => of_token.is_some_and(|refusal| (from..=to).contains(&refusal.status)),
            Sign::Redirect => status.is_some_and(|status| (300..=399).contains(&status)),
            Sign::Refused(credentials) => status.is_some() && self.refused == Some(credentials),
            Sign::WebPage => of_api.is_some_and(|refusal| refusal.is_html) && status.is_some_and(says_less_than_a_page),
            own => self.signs.contains(&own),
        }
    }

    pub fn attribute(&self) -> Option<String> {
        let refusal = self.refusal.as_ref()?;
        let words = refusal.detail.as_deref().unwrap_or_default().replace(secret::REDACTED, "");
        attribute::of(&refusal.fields, &words)
    }

    /// What the message of this entry is made of.
    pub fn parts(&self, doing: &str, entry: &Entry) -> Parts {
        let words =
            self.refusal.as_ref().and_then(|refusal| refusal.detail.clone()).map(|words| clean(&words, MAX_WORDS));
        let own = self.own.as_ref().map(|own| clean(own, MAX_WORDS));
        let mut values = command_values(doing);
        let mut put = |name, value: Option<String>| values.extend(value.map(|value| (name, value)));
        put("host", self.host.clone());
        put("target", self.target.clone());
        put("attribute", self.attribute());
        put("limit", words.as_deref().and_then(message::limit));
        put("wait", message::wait(self.wait));
        put("status", self.refusal.as_ref().map(|refusal| refusal.status.to_string()));
        put("problem", own.clone());
        let is_own = self.refusal.is_none();
        // What stands in the sentence is not said twice.
        let own = own.filter(|_| is_own && !entry.happened.contains("{problem}"));
        let said = words.or(own).map(|words| words.trim_end_matches('.').to_owned()).filter(|words| !words.is_empty());
        let mut said: Vec<String> = said.into_iter().collect();
        if let Some(refusal) = &self.refusal {
            let words = said.concat();
            let is_new = |code: &&String| !words.contains(code.as_str());
            said.extend(refusal.code.as_ref().filter(is_new).map(|code| clean(code, 100)));
            said.extend(refusal.scim_type.as_ref().filter(is_new).map(|name| clean(name, 60)));
            // An error in the body of a good answer has none of its own.
            said.extend((refusal.status > 0).then(|| format!("HTTP {}", refusal.status)));
            said.extend(refusal.request_id.as_ref().map(|id| format!("request {}", clean(id, 100))));
        }
        Parts {
            doing: clean(doing, MAX_DOING),
            happened: entry.happened,
            to_do: entry.to_do,
            values,
            said,
            is_own,
            notes: self.notes.clone(),
            found: String::new(),
        }
    }
}

/// Whether a web page says more than this status: that it is not the API that answers.
fn says_less_than_a_page(status: u16) -> bool {
    status < 500 && !matches!(status, 401 | 407 | 408 | 429)
}

/// `no time is left` as a sentence.
fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters).chain(['.']).collect()
}

/// What a refusal says, in small letters: its sentence, and its code read as words (`user_already_exists`).
fn words(refusal: &Refusal) -> String {
    let detail = refusal.detail.as_deref().unwrap_or_default();
    let code = refusal.code.as_deref().unwrap_or_default();
    format!("{detail} {code} {}", code.replace(['_', '-'], " ")).to_lowercase()
}

/// Whether it is a code of token endpoints.
fn is_oauth(code: &str) -> bool {
    entries()
        .flat_map(|entry| entry.signs)
        .any(|sign| matches!(sign, Sign::OAuth(known) if known.eq_ignore_ascii_case(code)))
}

/// What a request that got no answer ended by. A new fault is a line here, one in `catalogue::Transport`, and an entry.
fn transport_sign(error: &SendError) -> Option<Transport> {
    Some(match &error.fault {
        Fault::Authorization(_) | Fault::Status(_) => return None,
        Fault::WaitTooLong(..) | Fault::Paused(_) => Transport::WaitTooLong,
        _ if error.outcome_unknown => Transport::OutcomeUnknown,
        Fault::Resolve(_) => Transport::Resolve,
        Fault::Connect(_) | Fault::Timeout { phase: Phase::Connect, .. } => Transport::Connect,
        Fault::Tls(cause) => Transport::Tls(TlsFlaw::of(cause)),
        Fault::Timeout { .. } => Transport::Timeout,
        Fault::Broken(_) | Fault::TurnedAway(_) => Transport::Broken,
        Fault::TooLarge { .. } => Transport::TooLarge,
        Fault::Forbidden(_) => Transport::Forbidden,
        Fault::Invalid(_) => Transport::Invalid,
    })
}

/// What every sentence may name of the command.
pub fn command_values(doing: &str) -> Vec<(&'static str, String)> {
    const BEFORE_A_USER: &[&str] = &[
        "Creating ",
        "Updating ",
        "Enabling ",
        "Disabling ",
        "Deleting ",
        "Unlocking ",
        "Reading ",
        "Changing the password of ",
        "Signing in ",
    ];
    let mut values = Vec::new();
    if !doing.is_empty() {
        values.push(("command", clean(doing, MAX_DOING)));
    }
    // What goes on behind it: "(reading it back after the change)", ", group 00G…".
    let user = BEFORE_A_USER.iter().find_map(|verb| doing.strip_prefix(verb)).filter(|rest| !rest.starts_with("the "));
    let user = user
        .map(|user| user.split(" (").next().unwrap_or(user))
        .map(|user| user.split(", group ").next().unwrap_or(user));
    values.extend(user.map(|user| ("user", clean(user, 200))));
    values
}

/// `…/Users/42` names one resource, `…/Users` does not: collections have capitals (RFC 7644 §3.2).
fn names_one(url: &Url) -> bool {
    let segments: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    matches!(segments.as_slice(), [.., collection, id] if collection.starts_with(char::is_uppercase) && !id.is_empty())
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", url.host_str()?))
}
