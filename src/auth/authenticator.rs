//! Puts a source's credentials on its requests.
//!
//! Tokens are `fetcher`'s; when a 401 leads to a renewal, `transport` decides.

use super::error::AuthError;
use super::fetcher::Fetcher;
use super::refresh_token::Rotated;
use crate::clock::Clock;
use crate::config::AuthSettings;
use crate::transport::{Authorization, AuthorizationError, Call, Credentials, Transport};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;

/// A source's credentials.
pub struct Authenticator(Kind);

enum Kind {
    /// No header, or one that never changes.
    Fixed(Option<(HeaderName, HeaderValue)>),
    Fetched(Arc<Fetcher>),
}

impl Authenticator {
    /// Fetches nothing yet. `transport` is used for token requests, without its limiter and credentials. The tokens are
    /// those that `other` has and will have, where there is one: it has the same settings.
    pub fn new(settings: AuthSettings, transport: &Transport, clock: Clock, other: Option<&Self>) -> Self {
        Self(match settings {
            AuthSettings::None => Kind::Fixed(None),
            AuthSettings::Fixed(fixed) => Kind::Fixed(Some((fixed.name, fixed.value))),
            AuthSettings::OAuth(oauth) => {
                let fetcher = Fetcher::new(*oauth, transport.for_credentials(), clock);
                Kind::Fetched(Arc::new(match other.map(|other| &other.0) {
                    Some(Kind::Fetched(other)) => fetcher.sharing(other),
                    Some(Kind::Fixed(_)) | None => fetcher,
                }))
            }
        })
    }

    /// Fetches a new token now within the deadline and the retries of `call`, whatever is cached, and keeps it. Does nothing
    /// for credentials that never change.
    ///
    /// # Errors
    /// Why there is none; a cached token stays then.
    pub async fn fresh(&self, call: Call) -> Result<(), AuthError> {
        match &self.0 {
            Kind::Fixed(_) => Ok(()),
            Kind::Fetched(fetcher) => fetcher.fresh(call).await,
        }
    }

    /// Whether the token endpoint lets a user in with that password; `None` where there is no token endpoint.
    ///
    /// # Errors
    /// Why it does not, or could not be asked.
    pub async fn sign_in(&self, username: &str, password: &SecretString, call: Call) -> Option<Result<(), AuthError>> {
        match &self.0 {
            Kind::Fixed(_) => None,
            Kind::Fetched(fetcher) => Some(fetcher.sign_in(username, password, call).await),
        }
    }

    /// Where the provider said that its API is, with the last token. Whether that is believed is not decided here.
    pub fn instance_url(&self) -> Option<String> {
        match &self.0 {
            Kind::Fixed(_) => None,
            Kind::Fetched(fetcher) => fetcher.instance_url(),
        }
    }

    /// What is in use beside the secrets of the settings: the token, and the refresh token where there is one.
    pub fn secrets(&self) -> Vec<SecretString> {
        match &self.0 {
            Kind::Fixed(_) => Vec::new(),
            Kind::Fetched(fetcher) => fetcher.secrets(),
        }
    }

    /// Whether a new refresh token may be here, or on its way, that nobody else has: it is lost with this value.
    pub fn holds_untold(&self) -> bool {
        match &self.0 {
            Kind::Fixed(_) => false,
            Kind::Fetched(fetcher) => fetcher.holds_untold(),
        }
    }

    /// The newest refresh token that took the place of the one in the settings, until it is [reported](Self::reported).
    pub fn rotated(&self) -> Option<Rotated> {
        match &self.0 {
            Kind::Fixed(_) => None,
            Kind::Fetched(fetcher) => fetcher.rotated(),
        }
    }

    /// The refresh token of that number, and those before it, need not be reported again.
    pub fn reported(&self, number: u64) {
        match &self.0 {
            Kind::Fixed(_) => {}
            Kind::Fetched(fetcher) => fetcher.reported(number),
        }
    }
}

impl Credentials for Authenticator {
    fn authorize(&self, call: Call) -> BoxFuture<'_, Result<Authorization, AuthorizationError>> {
        async move {
            match &self.0 {
                Kind::Fixed(header) => Ok(Authorization { header: header.clone(), generation: 0 }),
                Kind::Fetched(fetcher) => fetcher.authorize(call).await.map_err(AuthorizationError::from),
            }
        }
        .boxed()
    }

    fn refused(&self, used: &Authorization) -> bool {
        match &self.0 {
            Kind::Fixed(_) => false,
            Kind::Fetched(fetcher) => {
                fetcher.refused(used);
                true
            }
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}
