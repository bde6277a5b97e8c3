//! Credentials for a provider: which kinds there are, and who puts them on requests.
//!
//! Settings come parsed from `config`; sending and retrying is `transport`'s. Each grant has its file.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

mod answer;
mod authenticator;
mod client_credentials;
mod error;

pub use authenticator::Authenticator;
pub use error::{AuthError, UnusableToken};

/// How a source authenticates.
#[derive(Debug, Clone)]
pub enum AuthSettings {
    /// Not at all.
    None,
    /// By a token that never changes.
    Bearer { token: SecretString },
    /// By a token fetched with the client's own credentials ([RFC 6749, 4.4]).
    ///
    /// [RFC 6749, 4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4
    ClientCredentials(ClientCredentials),
}

/// What the `client_credentials` grant needs.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    pub token_url: Url,
    pub client_id: String,
    pub client_secret: SecretString,
    pub scope: Option<String>,
    pub authentication: ClientAuthentication,
    /// How long a token lives where the answer only says when it was issued.
    pub token_lifetime: Duration,
}

/// Where the client's id and secret stand in a token request ([RFC 6749, 2.3.1]).
///
/// [RFC 6749, 2.3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuthentication {
    /// Among the form's fields.
    #[default]
    Body,
    /// As basic authentication.
    Header,
}
