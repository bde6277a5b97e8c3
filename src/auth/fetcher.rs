//! The token cache: one fetch serves all that wait, and a token endpoint that fails is left in peace for a while.
//!
//! How a token is fetched is the grant's own file.

use super::answer::Token;
use super::error::AuthError;
use super::refresh_token::{self, Current, Rotated};
use super::token_request::{self, Failed};
use super::{client_credentials, jwt_bearer, password};
use crate::clock::Clock;
use crate::config::{Grant, OAuth};
use crate::metrics::{self, TokenOutcome};
use crate::transport::{Authorization, Call, Transport};
use http::header::AUTHORIZATION;
use secrecy::SecretString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use tracing::Instrument as _;

/// After a failure the endpoint is not asked for so long; after each further one twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// What the endpoint itself asks for is kept to, up to this.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

pub(super) struct Fetcher {
    oauth: OAuth,
    transport: Transport,
    clock: Clock,
    /// Held while a token is fetched.
    flight: Arc<tokio::sync::Mutex<()>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    token: Option<Cached>,
    /// Counts the tokens that were fetched.
    generation: u64,
    /// Counts the fetches that have begun.
    begun: u64,
    /// The number of the last fetch that has ended.
    ended: u64,
    /// Why that one failed, if it did.
    failure: Option<Failure>,
    /// How many fetches have failed in a row.
    failures: u32,
    instance_url: Option<String>,
    /// Where the grant has one.
    refresh_token: Option<Current>,
}

struct Cached {
    authorization: Authorization,
    /// `None`: until it is refused.
    usable_until: Option<Instant>,
}

struct Failure {
    cause: AuthError,
    again_at: Instant,
}

impl Fetcher {
    pub(super) fn new(oauth: OAuth, transport: Transport, clock: Clock) -> Self {
        let refresh_token = match &oauth.grant {
            Grant::RefreshToken(token) => Some(Current::new(token.clone())),
            Grant::ClientCredentials | Grant::Password(_) | Grant::JwtBearer(_) => None,
        };
        let state = Arc::new(Mutex::new(State { refresh_token, ..State::default() }));
        Self { oauth, transport, clock, flight: Arc::default(), state }
    }

    /// Uses what `other` has, and fetches in turns with it.
    pub(super) fn sharing(self, other: &Self) -> Self {
        Self { flight: Arc::clone(&other.flight), state: Arc::clone(&other.state), ..self }
    }

    /// The token that is kept, or a new one, fetched within the deadline and the retries of `call`.
    pub(super) async fn authorize(self: &Arc<Self>, call: Call) -> Result<Authorization, AuthError> {
        if let Some(cached) = self.state().cached() {
            return Ok(cached);
        }
        let flight = Arc::clone(&self.flight).lock_owned().await;
        // Whoever held the flight before has left a token, or the reason why there is none.
        {
            let state = self.state();
            if let Some(cached) = state.cached() {
                return Ok(cached);
            }
            if let Some(kept) = state.kept_failure() {
                return Err(kept);
            }
        }
        self.fetch(flight, call).await
    }

    /// A new token, whatever is kept: a failure neither, since what led to it may have been mended.
    pub(super) async fn fresh(self: &Arc<Self>, call: Call) -> Result<(), AuthError> {
        let asked_after = self.state().begun;
        let flight = Arc::clone(&self.flight).lock_owned().await;
        // What another began to fetch after this was called is as fresh as can be.
        let shared = {
            let state = self.state();
            (state.ended > asked_after).then(|| state.failure.as_ref().map(|failure| failure.cause.clone()))
        };
        match shared {
            Some(failure) => failure.map_or(Ok(()), Err),
            None => self.fetch(flight, call).await.map(drop),
        }
    }

    /// The token was refused: it is not used again.
    pub(super) fn refused(&self, used: &Authorization) {
        self.state().token.take_if(|token| token.authorization.generation == used.generation);
    }

    pub(super) fn instance_url(&self) -> Option<String> {
        self.state().instance_url.clone()
    }

    pub(super) fn secrets(&self) -> Vec<SecretString> {
        let state = self.state();
        let token = state.token.as_ref().and_then(|token| token.authorization.bare());
        token.map(SecretString::from).into_iter().chain(state.refresh_token.as_ref().map(Current::token)).collect()
    }

    /// Whether a new refresh token may be here, or on its way, that nobody else has.
    pub(super) fn holds_untold(&self) -> bool {
        let is_refreshing = self.state().refresh_token.is_some() && self.flight.try_lock().is_err();
        is_refreshing || self.rotated().is_some()
    }

    pub(super) fn rotated(&self) -> Option<Rotated> {
        self.state().refresh_token.as_ref().and_then(Current::unreported)
    }

    pub(super) fn reported(&self, number: u64) {
        if let Some(current) = &mut self.state().refresh_token {
            current.reported(number);
        }
    }

    /// Fetches in a task of its own, which goes on when nobody waits any more: the answer may hold the only copy of a new
    /// refresh token.
    async fn fetch(self: &Arc<Self>, flight: OwnedMutexGuard<()>, call: Call) -> Result<Authorization, AuthError> {
        let fetcher = Arc::clone(self);
        let task = async move {
            let number = fetcher.state().begin();
            let answer = fetcher.ask(call).await;
            metrics::token_asked(match &answer {
                Ok(_) => TokenOutcome::Fetched,
                Err(Failed { error: AuthError::Refused { .. }, .. }) => TokenOutcome::Refused,
                Err(_) => TokenOutcome::Failed,
            });
            let kept = fetcher.state().keep(number, answer);
            drop(flight);
            kept
        };
        match tokio::spawn(task.in_current_span()).await {
            Ok(kept) => kept,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only a runtime that stops ends the task before its time, and this one with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    async fn ask(&self, mut call: Call) -> Result<Token, Failed> {
        let refresh_token = self.state().refresh_token.as_ref().map(Current::token);
        let form = match (&self.oauth.grant, refresh_token) {
            (Grant::ClientCredentials, _) => client_credentials::form(),
            (Grant::Password(user), _) => password::form(user),
            (Grant::RefreshToken(first), current) => refresh_token::form(current.unwrap_or_else(|| first.clone())),
            (Grant::JwtBearer(settings), _) => {
                // A retry sends the same assertion, which has an end; half is left for clocks that differ.
                let end = Instant::now() + jwt_bearer::LIFETIME / 2;
                call.deadline = Some(call.deadline.map_or(end, |deadline| deadline.min(end)));
                jwt_bearer::form(settings, &self.oauth.client.id, self.clock.now())
                    .map_err(|error| Failed { error, answer_lost: false })?
            }
        };
        token_request::send(&self.oauth, form, &self.transport_for(call), &self.clock).await
    }

    pub(super) fn oauth(&self) -> &OAuth {
        &self.oauth
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn transport_for(&self, call: Call) -> Transport {
        self.transport.for_call(call)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    /// Keeps what a fetch brought.
    fn keep(&mut self, number: u64, answer: Result<Token, Failed>) -> Result<Authorization, AuthError> {
        self.ended = number;
        match answer {
            Ok(token) => Ok(self.keep_token(token)),
            Err(failed) => Err(self.keep_failure(failed)),
        }
    }

    fn keep_token(&mut self, token: Token) -> Authorization {
        self.generation += 1;
        let authorization = Authorization { header: Some((AUTHORIZATION, token.header)), generation: self.generation };
        let usable_until = token.usable_for.and_then(|usable_for| Instant::now().checked_add(usable_for));
        self.token = Some(Cached { authorization: authorization.clone(), usable_until });
        (self.failure, self.failures) = (None, 0);
        self.instance_url = token.instance_url;
        if let Some(current) = &mut self.refresh_token {
            current.answered(token.replacement.as_ref());
        }
        authorization
    }

    fn keep_failure(&mut self, failed: Failed) -> AuthError {
        let cause = match &mut self.refresh_token {
            Some(current) => current.failed(failed),
            None => failed.error,
        };
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        let pause = cause.asked_wait().map_or(pause, |asked| pause.max(asked.min(LONGEST_ASKED)));
        self.failures = self.failures.saturating_add(1);
        self.failure = Some(Failure { cause: cause.clone(), again_at: Instant::now() + pause });
        cause
    }

    fn cached(&self) -> Option<Authorization> {
        let cached = self.token.as_ref()?;
        let is_usable = cached.usable_until.is_none_or(|until| Instant::now() < until);
        is_usable.then(|| cached.authorization.clone())
    }

    /// The last failure, while the endpoint is left in peace.
    fn kept_failure(&self) -> Option<AuthError> {
        let failure = self.failure.as_ref()?;
        let again_in = failure.again_at.saturating_duration_since(Instant::now());
        let cause = || Box::new(failure.cause.clone());
        (!again_in.is_zero()).then(|| AuthError::Waiting { again_in, cause: cause() })
    }
}
