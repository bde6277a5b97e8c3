//! Credentials for a provider: a token cache and the grants, one file each.
//!
//! Settings come parsed from `config`; sending, retrying and renewing after a 401 is `transport`'s.

mod answer;
mod authenticator;
mod client_credentials;
mod error;

pub use crate::config::{AuthSettings, ClientAuthentication, ClientCredentials};
pub use authenticator::Authenticator;
pub use error::{AuthError, UnusableToken};
