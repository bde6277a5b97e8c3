//! One command under way: its events as lines, keepAlive in its silences, its end in the log however it ends.

use super::{answer::RequestId, writing::Writing};
use crate::connector::error;
use crate::metrics::{self, CommandOutcome, Present};
use crate::protocol::{Event, Events, Failure, Handler, Invocation};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::Value;
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{Span, field};
use uuid::Uuid;

/// How much of a command's name is logged, in characters: more than any real one has.
const MAX_COMMAND_SHOWN: usize = 100;
/// What a command counts as that there is not.
const UNSUPPORTED: &str = "unsupported";

/// A command under way. Dropping it cancels the command, and says so in the log.
pub struct Run {
    /// `None` when it has ended.
    events: Option<Events>,
    span: Span,
    /// What it counts as.
    name: String,
    started: Instant,
    abort: CancellationToken,
    keep_alive_after: Duration,
    writing: Writing,
    _slot: OwnedSemaphorePermit,
    _counted: Present,
}

/// What a command runs under.
pub struct Terms {
    /// Counts it among the running.
    pub slot: OwnedSemaphorePermit,
    /// Makes it fail when the service cannot wait any longer.
    pub abort: CancellationToken,
    /// The silence after which a keepAlive line is due.
    pub keep_alive_after: Duration,
    /// Where its lines go.
    pub writing: Writing,
}

/// What a command does next.
pub enum Step {
    /// One or more whole lines.
    Line(Bytes),
    End,
    Failed(Failure),
}

impl Run {
    pub fn start(handler: &dyn Handler, invocation: Invocation, request_id: &RequestId, terms: Terms) -> Self {
        let span = span(&invocation, request_id);
        let name = if handler.knows(&invocation.command) { &invocation.command } else { UNSUPPORTED }.to_owned();
        let events = span.in_scope(|| {
            catch_unwind(AssertUnwindSafe(|| handler.handle(invocation)))
                .unwrap_or_else(|_| stream::iter([Err(internal())]).boxed())
        });
        let Terms { slot, abort, keep_alive_after, writing } = terms;
        let (events, started, counted) = (Some(events), Instant::now(), metrics::command_runs());
        Self { events, span, name, started, abort, keep_alive_after, writing, _slot: slot, _counted: counted }
    }

    /// Waits for what the command does next. Nothing is lost when the wait is given up.
    pub async fn step(&mut self) -> Step {
        let silent_until = Instant::now() + self.keep_alive_after;
        let abort = self.abort.clone();
        loop {
            let event = tokio::select! {
                biased;
                () = abort.cancelled() => Some(Err(stopped())),
                event = self.event() => event,
                () = sleep_until(silent_until) => Some(Ok(Event::KeepAlive)),
            };
            match event {
                Some(Ok(event)) => match event.into_bytes() {
                    // Results without one are no news.
                    bytes if bytes.is_empty() => {}
                    bytes => return Step::Line(bytes),
                },
                Some(Err(failure)) => {
                    self.end(&Outcome::Failed(&failure));
                    return Step::Failed(failure);
                }
                None => {
                    self.end(&Outcome::Completed);
                    return Step::End;
                }
            }
        }
    }

    async fn event(&mut self) -> Option<Result<Event, Failure>> {
        let Some(events) = &mut self.events else { return None };
        poll_fn(|context| {
            let _entered = self.span.enter();
            catch_unwind(AssertUnwindSafe(|| events.poll_next_unpin(context)))
                .unwrap_or_else(|_| Some(Err(internal())).into())
        })
        .await
    }

    fn end(&mut self, outcome: &Outcome<'_>) {
        let Some(events) = self.events.take() else { return };
        let took = self.started.elapsed();
        outcome.count(&self.name, took);
        let elapsed = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| {
            // What it says while it is dropped belongs before its end.
            if catch_unwind(AssertUnwindSafe(|| drop(events))).is_err() {
                tracing::error!("the command panicked while it was cleaned up");
            }
            outcome.log(elapsed);
        });
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.end(&Outcome::Cancelled { stalled: self.writing.stalled() });
    }
}

enum Outcome<'a> {
    Completed,
    Failed(&'a Failure),
    /// The caller is gone; or it stayed, and took nothing for so long.
    Cancelled {
        stalled: Option<Duration>,
    },
}

impl Outcome<'_> {
    fn count(&self, name: &str, took: Duration) {
        let outcome = match self {
            Self::Completed => CommandOutcome::Completed,
            Self::Failed(failure) => {
                metrics::command_failed(failure.code);
                CommandOutcome::Failed
            }
            Self::Cancelled { .. } => CommandOutcome::Cancelled,
        };
        metrics::command_ended(name, outcome, took);
    }

    /// The platform's outcome line: `completed` says that the command came to an end, good or bad.
    fn log(&self, elapsed: u64) {
        match self {
            Self::Completed => tracing::info!(completed = true, elapsed, "command completed"),
            Self::Failed(failure) => {
                let exchange = failure.exchange.as_deref();
                tracing::error!(
                    completed = true,
                    elapsed,
                    error = failure.message,
                    code = failure.code,
                    cause = failure.causes(),
                    attempts = exchange.and_then(|exchange| exchange.attempts),
                    upstreamElapsed = exchange.and_then(|exchange| exchange.elapsed),
                    upstreamStatus = exchange.and_then(|exchange| exchange.status),
                    upstreamBody = exchange.and_then(|exchange| exchange.body.as_deref()),
                    "command failed"
                );
            }
            Self::Cancelled { stalled: None } => tracing::info!(completed = false, elapsed, "command cancelled"),
            Self::Cancelled { stalled: Some(limit) } => tracing::warn!(
                completed = false,
                elapsed,
                cause = format!("the client took nothing of the answer for {} s", limit.as_secs()),
                "command cancelled"
            ),
        }
    }
}

/// The context of all that is logged for a command; `telemetry` writes it on each line.
fn span(invocation: &Invocation, request_id: &RequestId) -> Span {
    let setting = |key: &str| invocation.config.as_ref().and_then(|config| config.get(key));
    let id = invocation.connector_ref.as_deref().or_else(|| setting("spConnectorInstanceId")?.as_str());
    let debug_logging = setting("spConnDebugLoggingEnabled").is_some_and(|on| on == &Value::Bool(true) || on == "true");
    // It comes from outside, and goes on every line.
    let command: String = invocation.command.chars().take(MAX_COMMAND_SHOWN).collect();
    let span = tracing::info_span!(
        "invocation",
        id,
        version = field::Empty,
        invocationId = %Uuid::new_v4(),
        requestId = request_id.0,
        commandType = command,
        debugLogging = debug_logging,
    );
    match &invocation.version {
        Some(Value::String(version)) => span.record("version", version.as_str()),
        Some(Value::Number(version)) => match version.as_u64() {
            Some(version) => span.record("version", version),
            None => span.record("version", version.as_f64()),
        },
        _ => &span,
    };
    span
}

fn internal() -> Failure {
    error::refuse(error::own::INTERNAL, "", &[])
}

fn stopped() -> Failure {
    error::refuse(error::own::STOPPED, "", &[])
}
