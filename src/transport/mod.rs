//! Bytes over HTTP, outward: one place that sends, retries, paces, authorizes and guards where a connection may go.
//!
//! It knows HTTP and nothing of SCIM or the platform. One send goes: retry loop → pace → authorize → HTTP; pacing and
//! authorizing happen at each attempt. `http` is the only file that names reqwest.

mod address;
mod budget;
mod error;
mod guard;
mod http;
mod limiter;
mod proxy;
mod request;
mod retry;
mod retry_after;
mod send;
mod tls;

pub use address::NetworkPolicy;
pub use error::{Cause, FailedStatus, Fault, Refused, SendError};
pub use limiter::Limiter;
pub use request::{Authorization, AuthorizationError, Credentials, Opened, Repeat, Request, Response};
pub use retry::{Backoff, LONGEST_WAIT};
#[cfg(feature = "fuzzing")]
pub(crate) use retry_after::asked_wait;
pub use send::{NotBuilt, Options, Transport};
pub use tls::{Tls, TlsFlaw};
