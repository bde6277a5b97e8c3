//! Bytes over HTTP, outward: one place that sends, retries, paces, authorizes and guards where a connection may go.
//!
//! It knows HTTP and nothing of SCIM or the platform. `http` is the only file that names reqwest.

mod error;
mod request;

pub use error::{FailedStatus, Fault, SendError};
pub use request::{Authorization, AuthorizationError, Credentials, Repeat, Request, Response};
