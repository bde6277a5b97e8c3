//! Puts a source's credentials on its requests: a token cache in which one fetch serves all that wait.
//!
//! How a token is fetched is the grant's own file; when a 401 leads to a renewal, `transport` decides.

use super::answer;
use super::error::{AuthError, UnusableToken};
use super::{AuthSettings, ClientCredentials, client_credentials};
use crate::clock::Clock;
use crate::transport::{Authorization, AuthorizationError, Credentials, Transport};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::HeaderValue;
use secrecy::ExposeSecret as _;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// So long a failed fetch answers for those that ask, so that many waiting requests do not all knock one after the other.
const FAILURE_LASTS: Duration = Duration::from_secs(1);

/// A source's credentials.
pub struct Authenticator(Kind);

enum Kind {
    /// No header, or one that never changes.
    Fixed(Option<HeaderValue>),
    Fetched(Box<Fetcher>),
}

impl Authenticator {
    /// Fetches nothing yet. `transport` is used for token requests, without its limiter and credentials.
    ///
    /// # Errors
    /// [`UnusableToken`] for a token in the settings that no header can carry.
    pub fn new(settings: AuthSettings, transport: &Transport, clock: Clock) -> Result<Self, UnusableToken> {
        Ok(Self(match settings {
            AuthSettings::None => Kind::Fixed(None),
            AuthSettings::Bearer { token } => {
                Kind::Fixed(Some(answer::sensitive(&format!("Bearer {}", token.expose_secret()))?))
            }
            AuthSettings::ClientCredentials(settings) => Kind::Fetched(Box::new(Fetcher {
                settings,
                transport: transport.for_credentials(),
                clock,
                flight: tokio::sync::Mutex::new(()),
                state: Mutex::new(State::default()),
            })),
        }))
    }

    /// Fetches a new token now, whatever is cached, and keeps it. Does nothing for credentials that never change.
    ///
    /// # Errors
    /// Why there is none; a cached token stays then.
    pub async fn fresh(&self) -> Result<(), AuthError> {
        match &self.0 {
            Kind::Fixed(_) => Ok(()),
            Kind::Fetched(fetcher) => {
                let _flight = fetcher.flight.lock().await;
                fetcher.fetch().await.map(drop)
            }
        }
    }

    /// Where the provider said that its API is, with the last token; only where that can be believed.
    pub fn instance_url(&self) -> Option<Url> {
        match &self.0 {
            Kind::Fixed(_) => None,
            Kind::Fetched(fetcher) => fetcher.state().instance_url.clone(),
        }
    }
}

impl Credentials for Authenticator {
    fn authorize(&self) -> BoxFuture<'_, Result<Authorization, AuthorizationError>> {
        async {
            match &self.0 {
                Kind::Fixed(header) => Ok(Authorization { header: header.clone(), generation: 0 }),
                Kind::Fetched(fetcher) => fetcher.authorize().await.map_err(AuthorizationError::from),
            }
        }
        .boxed()
    }

    fn refused(&self, used: &Authorization) -> bool {
        match &self.0 {
            Kind::Fixed(_) => false,
            Kind::Fetched(fetcher) => {
                fetcher.state().token.take_if(|token| token.authorization.generation == used.generation);
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

struct Fetcher {
    settings: ClientCredentials,
    transport: Transport,
    clock: Clock,
    /// Held by the one that fetches. One that gives up in the middle lets the next waiter fetch.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Cached>,
    /// Counts the tokens that were fetched.
    generation: u64,
    failure: Option<(Instant, AuthError)>,
    instance_url: Option<Url>,
}

struct Cached {
    authorization: Authorization,
    /// `None`: until it is refused.
    usable_until: Option<Instant>,
}

impl Fetcher {
    async fn authorize(&self) -> Result<Authorization, AuthError> {
        if let Some(cached) = self.cached() {
            return Ok(cached);
        }
        let _flight = self.flight.lock().await;
        // Whoever held the flight before has left a token, or the reason why there is none.
        if let Some(cached) = self.cached() {
            return Ok(cached);
        }
        if let Some(failure) = self.recent_failure() {
            return Err(failure);
        }
        self.fetch().await
    }

    /// To be called by the one that holds the flight.
    async fn fetch(&self) -> Result<Authorization, AuthError> {
        let fetched = client_credentials::fetch(&self.settings, &self.transport, &self.clock).await;
        let now = Instant::now();
        let mut state = self.state();
        match fetched {
            Ok(token) => {
                state.generation += 1;
                let authorization = Authorization { header: Some(token.header), generation: state.generation };
                let usable_until = token.usable_for.and_then(|usable_for| now.checked_add(usable_for));
                state.token = Some(Cached { authorization: authorization.clone(), usable_until });
                state.failure = None;
                state.instance_url = token.instance_url;
                Ok(authorization)
            }
            Err(error) => {
                state.failure = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    fn cached(&self) -> Option<Authorization> {
        let state = self.state();
        let cached = state.token.as_ref()?;
        let is_usable = cached.usable_until.is_none_or(|until| Instant::now() < until);
        is_usable.then(|| cached.authorization.clone())
    }

    fn recent_failure(&self) -> Option<AuthError> {
        let state = self.state();
        let (when, error) = state.failure.as_ref()?;
        (when.elapsed() < FAILURE_LASTS).then(|| error.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
