//! One send: retry loop → pace → authorize → HTTP, and the error that says how it went.
//!
//! It decides nothing about retries itself (`retry` does) and speaks no HTTP (`http` does).

use super::address::NetworkPolicy;
use super::backoff::{Backoff, Jitter};
use super::budget::{self, Budget};
use super::call::{Call, Lane};
use super::error::{Cause, Fault, Phase, Refused, SendError, Wait, counted_as};
use super::http::{Answer, Http};
use super::limiter::{Attended, Limiter, Paused, Report, Slot, Waiting};
use super::request::{Authorization, Credentials, Opened, Repeat, Request, Response};
use super::retry::{self, Decision, Failed};
use super::retry_after::asked_wait;
use super::throttling::Throttling;
use super::tls::Tls;
use crate::clock::Clock;
use crate::metrics;
use ::http::{Method, StatusCode};
use bytes::Bytes;
use futures::StreamExt as _;
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use url::Origin;

/// How long an opened answer may be silent: longer than the platform's own patience of three minutes.
const OPENED_SILENCE: Duration = Duration::from_mins(4);

/// The longest tokens have some tens of kilobytes. Parsed, an answer takes many times its size.
const MAX_TOKEN_ANSWER: usize = 1024 * 1024;

/// What a transport needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// The one origin that gets the credentials.
    pub origin: Origin,
    pub policy: NetworkPolicy,
    pub tls: Tls,
    pub limiter: Arc<Limiter>,
    pub clock: Clock,
    /// For one attempt, from the connection to the answer's last byte.
    pub timeout: Duration,
    /// Of one request.
    pub max_retries: u32,
    pub backoff: Backoff,
    pub jitter: Arc<Jitter>,
    /// How the provider says that it was asked too fast, where it does not say 429.
    pub throttling: Arc<[Throttling]>,
    /// Of an answer's body, decompressed.
    pub max_answer_bytes: usize,
    /// For all answers that are being read.
    pub(super) budget: &'static Budget,
}

impl Options {
    /// The defaults for the rest: 30 s, 4 retries, 64 MiB.
    pub fn new(origin: Origin, policy: NetworkPolicy, limiter: Arc<Limiter>, clock: Clock) -> Self {
        Self {
            origin,
            policy,
            tls: Tls::default(),
            limiter,
            clock,
            timeout: Duration::from_secs(30),
            max_retries: 4,
            backoff: Backoff::default(),
            jitter: Arc::default(),
            throttling: Arc::default(),
            max_answer_bytes: 64 * 1024 * 1024,
            budget: &budget::ANSWERS,
        }
    }
}

/// There is no HTTP client: the system's TLS roots could not be read, for example.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made")]
pub struct NotBuilt(#[source] Cause);

impl NotBuilt {
    /// Whether the private key is not that of the client's certificate.
    pub fn is_key_mismatch(&self) -> bool {
        super::tls::is_key_mismatch(&self.0)
    }
}

/// Sends requests to one provider. Cheap to clone; clones share the connections and the limiter.
#[derive(Clone)]
pub struct Transport {
    http: Arc<Http>,
    options: Arc<Options>,
    credentials: Option<Arc<dyn Credentials>>,
    call: Arc<Call>,
    /// Where somebody waits for the command: the limiter knows it as long as any clone lives.
    _attended: Option<Arc<Attended>>,
}

impl Transport {
    /// A transport with a pool of connections of its own, for requests that belong to no command.
    ///
    /// # Errors
    /// [`NotBuilt`].
    pub fn new(options: Options, credentials: Option<Arc<dyn Credentials>>) -> Result<Self, NotBuilt> {
        let http = Http::new(options.policy, &options.tls, options.timeout).map_err(NotBuilt)?;
        Ok(Self {
            http: Arc::new(http),
            options: Arc::new(options),
            credentials,
            call: Arc::default(),
            _attended: None,
        })
    }

    /// The same connections for the requests of one command.
    #[must_use]
    pub fn for_call(&self, call: Call) -> Self {
        let attended = (call.lane == Lane::Urgent).then(|| Arc::new(self.options.limiter.attend()));
        Self { call: Arc::new(call), _attended: attended, ..self.clone() }
    }

    /// The same connections with other credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Arc<dyn Credentials>) -> Self {
        Self { credentials: Some(credentials), ..self.clone() }
    }

    /// The same connections, where another origin is the one that gets the credentials.
    #[must_use]
    pub fn to_origin(&self, origin: Origin) -> Self {
        Self { options: Arc::new(Options { origin, ..(*self.options).clone() }), ..self.clone() }
    }

    /// The same connections without limiter and credentials, for fetching the credentials: the request that waits for
    /// them has its place at the limiter already, and it may be the last one.
    #[must_use]
    pub fn for_credentials(&self) -> Self {
        let options = Options {
            limiter: Arc::new(Limiter::unlimited()),
            max_answer_bytes: MAX_TOKEN_ANSWER,
            ..(*self.options).clone()
        };
        Self { options: Arc::new(options), credentials: None, ..self.clone() }
    }

    /// Sends, and sends again where that may help and does no harm.
    ///
    /// # Errors
    /// What became of the last attempt, and of the request as a whole.
    pub async fn send(&self, request: Request) -> Result<Response, SendError> {
        let mut progress = self.progress(&request);
        self.check(&request).map_err(|fault| progress.fail(fault))?;
        let mut retries = 0;
        let mut renewed = false;
        loop {
            let attempt = match self.detached_attempt(&request, progress.attempts + 1).await {
                Ok(response) => {
                    self.call.retries.count_success();
                    return Ok(response);
                }
                Err(attempt) => attempt,
            };
            progress.attempts += u32::from(attempt.was_sent());
            if let Some(used) = attempt.refused {
                if !renewed && self.renews(&used) {
                    let (path, fault) = (request.url.path(), &attempt.fault);
                    tracing::debug!(method = %request.method, path, %fault, "the credentials are renewed");
                    renewed = true;
                    metrics::retried(request.route);
                    continue;
                }
                progress.refused = Some(match used.header {
                    _ if renewed => Refused::Renewed,
                    Some(_) => Refused::Fixed,
                    None => Refused::Nothing,
                });
            }
            match self.decide(&attempt.fault, request.repeat, retries) {
                Decision::Again { after, counts } => {
                    if counts {
                        self.call.retries.spend();
                    }
                    tokio::time::sleep(after).await;
                }
                Decision::Stop(given_up) => return Err(SendError { given_up, ..progress.fail(attempt.fault) }),
                Decision::WaitTooLong(wait) => return Err(progress.fail(wait_too_long(wait, attempt.fault))),
            }
            retries += 1;
            metrics::retried(request.route);
        }
    }

    fn decide(&self, fault: &Fault, repeat: Repeat, retries: u32) -> Decision {
        let Options { max_retries, backoff, .. } = *self.options;
        retry::decide(&Failed {
            fault,
            throttling: &self.options.throttling,
            repeat,
            retries,
            max_retries,
            asked: fault.status().and_then(|failed| asked_wait(&failed.headers, self.options.clock.now())),
            delay: backoff.delay(retries, &self.options.jitter),
            left: self.time_left(),
            used_up: self.call.retries.used_up(),
        })
    }

    fn time_left(&self) -> Option<Duration> {
        self.call.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Sends once and returns as soon as the answer's head has come, whatever its status. The answer may take any time
    /// and have any size, only not be silent for four minutes.
    ///
    /// # Errors
    /// As for [`Transport::send`]; the body's errors come in its stream.
    pub async fn open(&self, request: Request) -> Result<Opened, SendError> {
        let mut progress = self.progress(&request);
        self.check(&request).map_err(|fault| progress.fail(fault))?;
        let place = self.options.limiter.join(self.call.lane);
        let slot = self.turn(place).await.map_err(|fault| progress.fail(fault))?;
        let used = self.authorization().await.map_err(|fault| progress.fail(fault))?;
        progress.attempts += 1;
        let started = Instant::now();
        let start = self.http.start(&request, used.header.as_ref());
        let answer = tokio::time::timeout(OPENED_SILENCE, start).await;
        let answer = answer.unwrap_or(Err(Fault::Timeout { phase: Phase::Answer, after: OPENED_SILENCE }));
        log_attempt(&request, progress.attempts, started, answer.as_ref().map(|answer| answer.status));
        let mut answer = answer.map_err(|fault| progress.fail(fault))?;
        let (status, headers) = (answer.status, std::mem::take(&mut answer.headers));
        let body = futures::stream::unfold(Some((answer, slot, progress)), next_piece).boxed();
        Ok(Opened { status, headers, body })
    }

    /// Refuses what must never be sent, before any place is taken or token fetched.
    fn check(&self, request: &Request) -> Result<(), Fault> {
        let invalid = |what: &str| Err(Fault::Invalid(what.to_owned()));
        let url = &request.url;
        if !matches!(url.scheme(), "http" | "https") {
            return invalid("its URL is neither https nor http");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("its URL holds a user name or a password");
        }
        if self.credentials.is_some() && url.origin() != self.options.origin {
            return invalid("its URL leads away from the origin that gets the credentials");
        }
        Ok(())
    }

    /// An attempt as a task of its own: whoever waits for it may not be polled for long (a list whose client reads
    /// slowly), and must not keep its place at the limiter, or a token that others wait for, all that time. It ends with
    /// whoever waits. Its place at the limiter is that of the moment: tasks begin in any order.
    async fn detached_attempt(&self, request: &Request, number: u32) -> Result<Response, Attempt> {
        let (transport, request) = (self.clone(), request.clone());
        let place = self.options.limiter.join(self.call.lane);
        let attempt = async move { transport.attempt(&request, number, place).await };
        match AbortOnDropHandle::new(tokio::spawn(attempt.in_current_span())).await {
            Ok(result) => result,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only a runtime that stops ends the task before its time.
                Err(stopped) => Err(Attempt { fault: Fault::Broken(Box::new(stopped)), refused: None }),
            },
        }
    }

    async fn attempt(&self, request: &Request, number: u32, place: Waiting) -> Result<Response, Attempt> {
        let unsent = |fault| Attempt { fault, refused: None };
        let slot = self.turn(place).await.map_err(unsent)?;
        let used = self.authorization().await.map_err(unsent)?;
        let Options { timeout, max_answer_bytes, budget, .. } = *self.options;
        let (started, counted) = (Instant::now(), metrics::attempt(request.route));
        let result = self.http.exchange(request, used.header.as_ref(), timeout, max_answer_bytes, budget).await;
        counted.ended(counted_as(result.as_ref()));
        log_attempt(request, number, started, result.as_ref().map(|response| response.status));
        slot.report(&Report::of(
            result.as_ref(),
            started.elapsed(),
            &self.options.throttling,
            self.options.clock.now(),
        ));
        result.map_err(|mut fault| {
            hide_sent_secrets(&mut fault, request, &used);
            let is_refused = fault.status().is_some_and(|failed| failed.status == StatusCode::UNAUTHORIZED);
            Attempt { fault, refused: is_refused.then_some(used) }
        })
    }

    async fn turn(&self, place: Waiting) -> Result<Slot, Fault> {
        let turn = place.turn(self.call.deadline).await;
        let most = self.time_left().unwrap_or_default();
        turn.map_err(|Paused(asked)| Fault::Paused(Box::new(Wait { asked, most })))
    }

    async fn authorization(&self) -> Result<Authorization, Fault> {
        match &self.credentials {
            Some(credentials) => credentials.authorize(Call::clone(&self.call)).await.map_err(Fault::Authorization),
            None => Ok(Authorization::default()),
        }
    }

    fn progress(&self, request: &Request) -> Progress {
        Progress {
            method: request.method.clone(),
            url: request.shown_url(),
            repeat: request.repeat,
            throttling: Arc::clone(&self.options.throttling),
            started: Instant::now(),
            attempts: 0,
            refused: None,
        }
    }

    fn renews(&self, used: &Authorization) -> bool {
        self.credentials.as_ref().is_some_and(|credentials| credentials.refused(used))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("options", &self.options).finish_non_exhaustive()
    }
}

/// An attempt that failed; `refused` holds the credentials that got a 401.
struct Attempt {
    fault: Fault,
    refused: Option<Authorization>,
}

impl Attempt {
    /// Whether it came to sending: there were credentials, and time.
    fn was_sent(&self) -> bool {
        !matches!(self.fault, Fault::Authorization(_) | Fault::Paused(_))
    }
}

/// What the error will say of the whole request.
struct Progress {
    method: Method,
    url: String,
    repeat: Repeat,
    throttling: Arc<[Throttling]>,
    started: Instant,
    attempts: u32,
    refused: Option<Refused>,
}

impl Progress {
    fn fail(&self, fault: Fault) -> SendError {
        SendError {
            method: self.method.clone(),
            url: self.url.clone(),
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            outcome_unknown: retry::outcome_unknown(&fault, &self.throttling, self.repeat),
            refused: self.refused,
            given_up: None,
            fault,
        }
    }
}

type Piece = Result<Bytes, SendError>;

/// The place at the limiter is given back when the body has ended.
async fn next_piece(open: Option<(Answer, Slot, Progress)>) -> Option<(Piece, Option<(Answer, Slot, Progress)>)> {
    let (mut answer, slot, progress) = open?;
    match answer.next(OPENED_SILENCE).await {
        Ok(piece) => piece.map(|piece| (Ok(piece), Some((answer, slot, progress)))),
        Err(fault) => Some((Err(progress.fail(fault)), None)),
    }
}

fn wait_too_long(wait: Wait, fault: Fault) -> Fault {
    match fault {
        Fault::Status(failed) => Fault::WaitTooLong(Box::new(wait), failed),
        other => other,
    }
}

/// Takes the token and the sensitive headers out of an answer that repeats them: here, while they are still whole. In a
/// message their beginning may be all that is left.
fn hide_sent_secrets(fault: &mut Fault, request: &Request, used: &Authorization) {
    let Fault::Status(failed) = fault else { return };
    let headers = request.headers.values().filter(|value| value.is_sensitive());
    let secrets = used.bare().into_iter().chain(headers.filter_map(|value| value.to_str().ok()));
    failed.hide(&secrets.map(SecretString::from).collect::<Vec<_>>());
}

fn log_attempt(request: &Request, attempt: u32, started: Instant, outcome: Result<StatusCode, &Fault>) {
    let (method, path) = (&request.method, request.url.path());
    // Tracing has no number of 128 bits: it would be logged as a text.
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(status) => tracing::debug!(%method, path, attempt, ms, status = status.as_u16(), "answered"),
        Err(fault) => {
            let status = fault.status().map(|failed| failed.status.as_u16());
            tracing::debug!(%method, path, attempt, ms, status, %fault, "failed");
        }
    }
}

#[cfg(test)]
mod tests;
