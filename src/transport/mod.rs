//! Bytes over HTTP, outward: one place that sends, retries, paces, authorizes and guards where a connection may go.
//!
//! It knows HTTP and nothing of SCIM or the platform. One send goes: retry loop → pace → authorize → HTTP; pacing and
//! authorizing happen at each attempt, and the limiter hears what became of it. `http` is the only file that names
//! reqwest.

mod address;
mod backoff;
mod body;
mod budget;
mod call;
mod error;
mod guard;
mod http;
mod limiter;
mod proxy;
mod rate_headers;
mod report;
mod request;
mod resolver;
mod retry;
mod retry_after;
mod send;
mod throttling;
mod tls;

pub use address::NetworkPolicy;
pub use backoff::{Backoff, Jitter};
pub use budget::{Budget, Room};
pub use call::{Call, Lane, Retries};
pub use error::{Cause, FailedStatus, Fault, GivenUp, Phase, Refused, SendError, Wait};
pub use limiter::Limiter;
pub use proxy::{ByProxy, unusable_proxies};
pub use request::{Authorization, AuthorizationError, Credentials, Opened, Repeat, Request, Response};
pub use retry::LONGEST_WAIT;
#[cfg(feature = "fuzzing")]
pub(crate) use retry_after::asked_wait;
pub use send::{NotBuilt, Options, Transport};
pub use throttling::{Meaning, Throttling};
pub use tls::{Tls, TlsFlaw};
