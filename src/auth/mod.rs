//! Credentials for a provider: a token cache and the grants, one file each; `token_request` is what they share.
//!
//! Settings come parsed from `config`; sending, retrying and renewing after a 401 is `transport`'s.

mod answer;
mod authenticator;
mod client_credentials;
mod error;
mod fetcher;
mod jwt_bearer;
mod password;
mod refresh_token;
mod sign_in;
mod token_request;

pub use crate::config::AuthSettings;
pub use authenticator::Authenticator;
pub use error::AuthError;
pub use refresh_token::Rotated;

#[cfg(test)]
mod tests;
