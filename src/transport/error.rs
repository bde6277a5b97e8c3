//! Why a request did not get a good answer. The kinds exist to be decided on: by the retry rule here, and by the
//! translation for people in `connector`.

use super::request::{AuthorizationError, Response};
use crate::metrics;
use crate::secret;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A request that failed, after all its attempts.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url} failed after {attempts} attempt(s) in {} ms{}", .elapsed.as_millis(), shown(*.given_up))]
pub struct SendError {
    pub method: http::Method,
    /// Without its query, which may hold personal data.
    pub url: String,
    /// How often it was tried, from 1; 0 when it was refused before, or when there were no credentials.
    pub attempts: u32,
    /// From the first attempt to giving up.
    pub elapsed: Duration,
    /// Whether a request that may not be repeated may have been carried out all the same.
    pub outcome_unknown: bool,
    /// Which credentials the provider refused (401), where it is that.
    pub refused: Option<Refused>,
    /// Why it was not tried again, where that could have helped.
    pub given_up: Option<GivenUp>,
    #[source]
    pub fault: Fault,
}

/// The credentials that a provider refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// None were sent.
    Nothing,
    /// Credentials that stay the same.
    Fixed,
    /// A token that had just been renewed.
    Renewed,
}

/// Why a request that could have been sent again was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GivenUp {
    /// So many retries the command has had, and it may have no more.
    #[error("the command's retries are used up after {0}")]
    RetriesUsedUp(u32),
    /// The wait would have ended after the command's deadline.
    #[error("no time is left for another attempt")]
    NoTimeLeft,
}

fn shown(given_up: Option<GivenUp>) -> String {
    given_up.map(|given_up| format!("; {given_up}")).unwrap_or_default()
}

/// How long the provider asks to wait, and how long this service would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub asked: Duration,
    pub most: Duration,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, most) = (self.asked.as_secs_f64().ceil(), self.most.as_secs());
        write!(f, "the provider asks to wait {asked} s, which is longer than the {most} s that this command can wait")
    }
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Making the connection. Nothing was sent.
    Connect,
    /// The whole request, from the connection to the answer's last byte.
    Answer,
    /// The next piece of an answer that had begun.
    Read,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "there was no connection",
            Self::Answer => "there was no whole answer",
            Self::Read => "the answer began, and then nothing came",
        })
    }
}

/// What went wrong with the last attempt.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The provider answered, and not with 2xx.
    #[error("the provider answered {}", .0.status)]
    Status(Box<FailedStatus>),
    /// The host's name has no address.
    #[error("the host's name could not be resolved")]
    Resolve(#[source] Cause),
    /// The name leads to an address where this service may not connect.
    #[error("{0}")]
    Forbidden(String),
    /// Nothing listens there, or it cannot be reached.
    #[error("no connection could be made")]
    Connect(#[source] Cause),
    /// The TLS handshake or the certificate.
    #[error("no trusted TLS connection could be made")]
    Tls(#[source] Cause),
    /// Something took too long.
    #[error("{phase} within {} s", .after.as_secs_f32())]
    Timeout { phase: Phase, after: Duration },
    /// The provider says that it did nothing with the request (RFC 9113 §8.7).
    #[error("the provider turned the request away before it did anything")]
    TurnedAway(#[source] Cause),
    /// The connection ended in the middle, or what came was no HTTP.
    #[error("the connection broke before the answer was complete")]
    Broken(#[source] Cause),
    /// The answer, decompressed, is larger than this service reads.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// There were no credentials to send.
    #[error("no credentials could be had")]
    Authorization(#[source] AuthorizationError),
    /// The provider asks to wait longer than this command can.
    #[error("{0}")]
    WaitTooLong(Box<Wait>, Box<FailedStatus>),
    /// The same, said in answer to another request; this one was not sent.
    #[error("{0}")]
    Paused(Box<Wait>),
    /// The request itself could not be built.
    #[error("the request is not valid: {0}")]
    Invalid(String),
}

/// What lies beneath a fault.
pub type Cause = Box<dyn Error + Send + Sync>;

impl Fault {
    /// The answer, where there was one.
    pub fn status(&self) -> Option<&FailedStatus> {
        match self {
            Self::Status(failed) | Self::WaitTooLong(_, failed) => Some(failed),
            _ => None,
        }
    }
}

/// What an attempt that came to this is counted as.
pub(super) fn counted_as(result: Result<&Response, &Fault>) -> metrics::Status {
    metrics::Status::Without(match result {
        Ok(Response { status, .. }) => return metrics::Status::Answered(*status),
        Err(Fault::Status(failed) | Fault::WaitTooLong(_, failed)) => return metrics::Status::Answered(failed.status),
        Err(Fault::Resolve(_)) => "resolve",
        Err(Fault::Forbidden(_)) => "forbidden",
        Err(Fault::Connect(_)) => "connect",
        Err(Fault::Tls(_)) => "tls",
        Err(Fault::Timeout { .. }) => "timeout",
        Err(Fault::TurnedAway(_)) => "turned_away",
        Err(Fault::Broken(_)) => "broken",
        Err(Fault::TooLarge { .. }) => "too_large",
        Err(Fault::Authorization(_) | Fault::Paused(_) | Fault::Invalid(_)) => "not_sent",
    })
}

/// An answer whose status is not 2xx. A token that the provider repeats in the body is taken out.
#[derive(Clone)]
pub struct FailedStatus {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// At most the first 64 KiB.
    pub body: Bytes,
}

impl FailedStatus {
    /// Takes secrets out of the body.
    pub fn hide(&mut self, secrets: &[SecretString]) {
        let body = String::from_utf8_lossy(&self.body);
        if let Cow::Owned(clean) = secret::redact(&body, secrets) {
            self.body = Bytes::from(clean);
        }
    }
}

impl fmt::Debug for FailedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailedStatus")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
