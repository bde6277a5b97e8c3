//! What is known of failures, as data: how each is told from the others, and what a person is told. What an entry means is
//! said here; the entries stand in the files beside this one, a family each. It reads no answers: `facts` does.
//!
//! A new entry is one element of one of these lists. `docs/ERRORS.md` is written from them.

mod http;
mod oauth;
pub mod own;
mod providers;
mod salesforce;
mod scim;
mod transport;
mod wording;

use crate::protocol::Kind;
use crate::transport::{Refused, TlsFlaw};
use std::sync::{PoisonError, RwLock};

/// One failure that is known. A fork makes its own with [`Entry::new`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Never varies: platforms and people search for it. Several entries may share one, where the same thing is told apart
    /// or mended in different ways.
    pub code: &'static str,
    /// Whose error it is. A provider's own codes are known wherever they turn up; its statuses and wordings count only at
    /// its own hosts.
    pub provider: Provider,
    /// Any of these tells it; none where the connector itself says it.
    pub signs: &'static [Sign],
    pub kind: Kind,
    pub who: Who,
    pub known: Known,
    /// What happened: goes on after "Creating ada@example.com failed: ".
    pub happened: &'static str,
    /// What to do about it: a sentence.
    pub to_do: &'static str,
}

impl Entry {
    /// An entry of a fork, told by any of these signs in an answer of whatever provider; with none it is for the fork to say
    /// ([`refuse`](super::refuse)).
    pub const fn new(code: &'static str, signs: &'static [Sign]) -> Self {
        let (provider, kind, who, known) = (Provider::Any, Kind::Generic, Who::Administrator, Known::Inferred);
        Self { code, provider, signs, kind, who, known, happened: "the provider refused it", to_do: "" }
    }

    /// What happened, to go on after "Creating ada@example.com failed: ", and what to do about it, a sentence.
    #[must_use]
    pub const fn says(mut self, happened: &'static str, to_do: &'static str) -> Self {
        (self.happened, self.to_do) = (happened, to_do);
        self
    }

    /// What sort of failure it is: generic, if nothing is said. An answer of a provider never means [`Kind::NotFound`].
    #[must_use]
    pub const fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Who can mend it: the administrator, if nothing is said.
    #[must_use]
    pub const fn mended_by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
}

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever administers the provider or the source.
    Administrator,
    /// Whoever asked for it: by asking for something else.
    Requester,
    /// The provider's operators.
    Provider,
    /// Nobody needs to: it passes.
    Nobody,
}

impl Who {
    pub const fn says(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Requester => "requester",
            Self::Provider => "provider",
            Self::Nobody => "nobody: try later",
        }
    }
}

/// How it is known what the sign means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// With the document that says so.
    Documented(&'static str),
    /// From what such providers were seen to do, or from the words themselves.
    Inferred,
    /// The connector's own.
    Own,
}

impl Known {
    pub const fn says(self) -> &'static str {
        match self {
            Self::Documented(source) => source,
            Self::Inferred => "inferred",
            Self::Own => "the connector's own",
        }
    }
}

/// A provider whose errors are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// All of them.
    Any,
    /// None: the connector itself.
    Connector,
    Salesforce,
    Aws,
    Databricks,
    GitHub,
    Google,
    Microsoft,
    Okta,
    Slack,
}

impl Provider {
    pub const ALL: [Self; 10] = [
        Self::Any,
        Self::Connector,
        Self::Salesforce,
        Self::Aws,
        Self::Databricks,
        Self::GitHub,
        Self::Google,
        Self::Microsoft,
        Self::Okta,
        Self::Slack,
    ];

    pub const fn name(self) -> &'static str {
        self.name_and_hosts().0
    }

    /// Its name, and how its hosts' names end.
    const fn name_and_hosts(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Any => ("any", &[]),
            Self::Connector => ("connector", &[]),
            Self::Salesforce => ("salesforce", &["salesforce.com", "force.com", "salesforce.mil"]),
            Self::Aws => ("aws", &["amazonaws.com", "amazonaws.com.cn"]),
            Self::Databricks => ("databricks", &["databricks.com", "azuredatabricks.net"]),
            Self::GitHub => ("github", &["github.com", "ghe.com"]),
            Self::Google => ("google", &["googleapis.com", "google.com"]),
            Self::Microsoft => ("microsoft", &["microsoft.com", "microsoftonline.com", "windows.net"]),
            Self::Okta => ("okta", &["okta.com", "oktapreview.com", "okta-emea.com"]),
            Self::Slack => ("slack", &["slack.com"]),
        }
    }

    /// The provider whose host this is, if it is one of these.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.split(':').next().unwrap_or_default();
        let is_of =
            |suffix: &&str| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        Self::ALL.into_iter().find(|provider| provider.name_and_hosts().1.iter().any(is_of))
    }
}

/// By what a failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sign {
    /// The provider's own code, in any case of letters.
    Code(&'static str),
    /// RFC 7644's and RFC 9865's `scimType`.
    ScimType(&'static str),
    /// A part of the provider's sentence, in small letters.
    Says(&'static str),
    /// The provider's sentence is about this attribute of accounts.
    About(&'static str),
    /// All of these at once.
    All(&'static [Sign]),
    /// The status of the answer.
    Status(u16),
    /// Any status from the first to the last.
    Statuses(u16, u16),
    /// A 404 for one resource, in the API's own words: the API is there, the resource is not.
    Gone,
    /// The OAuth error code of the token endpoint (RFC 6749 §5.2).
    OAuth(&'static str),
    /// A part of the token endpoint's sentence, in small letters.
    TokenSays(&'static str),
    /// The status of the token endpoint's answer, from the first to the last.
    TokenStatuses(u16, u16),
    /// The token endpoint gave no token for any other reason.
    NoToken,
    /// The assertion for the token endpoint could not be signed.
    NotSigned,
    /// A web page instead of an answer.
    WebPage,
    /// A redirect, which is never followed.
    Redirect,
    /// These credentials were refused (401).
    Refused(Refused),
    /// A good status with a body that is not SCIM.
    NotScim,
    /// What became of a request that got no answer.
    Transport(Transport),
    Incomplete,
    /// A list with a resource that has no id.
    NoId,
    OtherResource,
    InvalidId,
}

/// A request that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Resolve,
    Connect,
    Tls(TlsFlaw),
    Timeout,
    Broken,
    TooLarge,
    Forbidden,
    WaitTooLong,
    OutcomeUnknown,
    Invalid,
}

impl Sign {
    /// The smaller, the more it says: where several entries fit, codes decide before words, and words before the status.
    pub fn rank(self) -> u8 {
        match self {
            Self::Transport(_)
            | Self::Incomplete
            | Self::NoId
            | Self::OtherResource
            | Self::InvalidId
            | Self::NotSigned
            | Self::Refused(_) => 0,
            // What is told by two things at once is told better than by either.
            Self::All(signs) => signs.iter().map(|sign| sign.rank()).min().unwrap_or(u8::MAX).saturating_sub(1),
            Self::Code(_) | Self::OAuth(_) => 4,
            Self::ScimType(_) => 6,
            Self::Says(_) | Self::TokenSays(_) => 8,
            Self::WebPage | Self::Redirect | Self::Gone | Self::About(_) => 10,
            Self::Status(_) => 12,
            Self::Statuses(..) | Self::TokenStatuses(..) => 14,
            Self::NotScim | Self::NoToken => 16,
        }
    }

    /// Whether it is a code, which means the same wherever it turns up.
    pub fn is_code(self) -> bool {
        match self {
            Self::Code(_) | Self::OAuth(_) | Self::ScimType(_) => true,
            Self::All(signs) => signs.iter().any(|sign| sign.is_code()),
            _ => false,
        }
    }
}

/// Entries that belong together.
pub struct Family {
    pub title: &'static str,
    pub entries: &'static [Entry],
}

/// All that are told by a sign, in the order in which they count where two fit equally well.
pub const FAMILIES: &[Family] = &[
    Family { title: "No answer, or another than was asked for", entries: transport::ENTRIES },
    Family { title: "Signing in", entries: oauth::ENTRIES },
    Family { title: "Salesforce", entries: salesforce::ENTRIES },
    Family { title: "Other providers", entries: providers::ENTRIES },
    Family { title: "SCIM's own error types", entries: scim::ENTRIES },
    Family { title: "Codes and wordings that many share", entries: wording::ENTRIES },
    Family { title: "HTTP statuses", entries: http::ENTRIES },
];

/// Those of this process's fork. They are no source's and no invocation's: a process is one product.
static ADDED: RwLock<Vec<&'static Entry>> = RwLock::new(Vec::new());

/// Adds a fork's entries.
pub fn add(entries: &[&'static Entry]) {
    let mut added = ADDED.write().unwrap_or_else(PoisonError::into_inner);
    for entry in entries {
        if !added.iter().any(|known| std::ptr::eq(*known, *entry)) {
            added.push(entry);
        }
    }
}

/// The fork's entries.
pub fn added() -> Vec<&'static Entry> {
    ADDED.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// All entries: a fork's own, those that are told by a sign, and those that the connector says itself.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    let told = FAMILIES.iter().flat_map(|family| family.entries);
    added().into_iter().chain(told).chain([UNKNOWN]).chain(own::all())
}

/// When nothing else fits.
pub use http::UNKNOWN;

/// What may stand in braces in a sentence: its name, what it is filled with, and what stands there when that is not known.
pub const PLACEHOLDERS: &[(&str, &str, &str)] = &[
    ("command", "what was to be done: Creating ada@example.com", "The command"),
    ("user", "the user name or id in the command", ""),
    ("attribute", "the attribute that the provider's words are about", "an attribute"),
    ("limit", "the number that a limit is, where the provider names it", ""),
    ("wait", "when to try again: in 30 seconds, in 2 hours, later", "later"),
    ("host", "the host that was asked", "the provider"),
    ("target", "the host that a redirect leads to", "another address"),
    ("status", "the HTTP status", "no status"),
    ("problem", "what exactly is wrong, in the connector's words", "see the log"),
    ("subject", "what it is about: an account, a group, a profile, a setting", "it"),
    ("known", "what there is instead", "none"),
];

#[cfg(test)]
mod tests;
