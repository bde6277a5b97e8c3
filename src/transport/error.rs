//! Why a request did not get a good answer. The kinds exist to be decided on: by the retry rule here, and by the
//! translation for people in `connector`.

use super::request::AuthorizationError;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// A request that failed, after all its attempts.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url} failed after {attempts} attempt(s) in {} ms", .elapsed.as_millis())]
pub struct SendError {
    pub method: http::Method,
    /// Without its query, which may hold personal data.
    pub url: String,
    /// How often it was sent, from 1; 0 when it never was.
    pub attempts: u32,
    /// From the first attempt to giving up.
    pub elapsed: Duration,
    /// Whether a request that may not be repeated may have been carried out all the same.
    pub outcome_unknown: bool,
    #[source]
    pub fault: Fault,
}

/// What went wrong with the last attempt.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The provider answered, and not with 2xx.
    #[error("the provider answered {}", .0.status)]
    Status(Box<FailedStatus>),
    /// The host's name has no address.
    #[error("the host's name could not be resolved")]
    Resolve(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The name leads to an address where this service may not connect.
    #[error("{0}")]
    Forbidden(String),
    /// Nothing listens there, or it cannot be reached.
    #[error("no connection could be made")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The TLS handshake or the certificate.
    #[error("no trusted TLS connection could be made")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection, or no whole answer, in time.
    #[error("there was no whole answer within {} s", .after.as_secs())]
    Timeout { after: Duration },
    /// The connection ended in the middle, or what came was no HTTP.
    #[error("the connection broke before the answer was complete")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer, decompressed, is larger than this service reads.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// There were no credentials to send.
    #[error("no credentials could be had")]
    Authorization(#[source] AuthorizationError),
    /// The provider asks to wait longer than this service waits.
    #[error("the provider asks to wait {} s", .0.as_secs())]
    WaitTooLong(Duration, Box<FailedStatus>),
    /// The request itself could not be built.
    #[error("the request is not valid: {0}")]
    Invalid(String),
}

/// An answer whose status is not 2xx.
#[derive(Debug, Clone)]
pub struct FailedStatus {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// At most the first 64 KiB.
    pub body: Bytes,
}
