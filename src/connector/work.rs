//! One command under way: what a fork does before and after it, the time it has, and whether it goes on when nobody waits.

use super::custom::{CommandHandler, Context, Hook, Hooks, Results};
use super::session::Session;
use super::{error, lists, provider_check};
use crate::protocol::{Event, Events, Failure, Lines};
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _};
use serde::Serialize;
use serde_json::{Map, Value};
use std::future::{Future, ready};
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

type Input = Map<String, Value>;

/// A command with all that it is carried out with.
pub struct Work {
    pub context: Context,
    pub hooks: Hooks,
    pub input: Input,
    /// Where commands that write go on when nobody waits for them any more.
    pub tasks: TaskTracker,
}

impl Work {
    fn session(&self) -> Arc<Session> {
        Arc::clone(self.context.session())
    }

    /// The input as the fork's hooks leave it.
    async fn prepare(&mut self) -> Result<Input, Failure> {
        let mut input = Value::Object(std::mem::take(&mut self.input));
        for hook in &self.hooks.before {
            input = hook(self.context.clone(), input).await?;
            self.context.hide(input.clone());
        }
        match input {
            Value::Object(input) => Ok(input),
            other => {
                let says =
                    format!("a before hook of {} gave {other} for an input, not an object", self.context.command());
                Err(error::refuse(error::own::INTERNAL, "", &[]).caused_by(says))
            }
        }
    }

    /// The results as the fork's hooks leave them. What a dry run shows are no results.
    async fn conclude(self, results: Vec<Value>) -> Result<Vec<Value>, Failure> {
        let mut shown = self.context.take_shown();
        if self.context.is_dry_run() {
            shown.extend(results);
            return Ok(shown);
        }
        stream::iter(results).then(|result| after(&self.hooks.after, &self.context, result)).try_collect().await
    }

    async fn one<T: Serialize, F>(mut self, run: impl FnOnce(Arc<Session>, Input) -> F) -> Result<Vec<Value>, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let input = self.prepare().await?;
        let result = run(self.session(), input).await?;
        let result = serde_json::to_value(result)
            .map_err(|cause| error::refuse(error::own::INTERNAL, "", &[]).caused_by(cause))?;
        self.conclude(vec![result]).await
    }

    async fn several<F>(mut self, run: impl FnOnce(Arc<Session>, Input) -> F) -> Result<Vec<Value>, Failure>
    where
        F: Future<Output = Result<Vec<Value>, Failure>>,
    {
        let input = self.prepare().await?;
        let results = run(self.session(), input).await?;
        self.conclude(results).await
    }

    /// A command that takes as long as it takes.
    pub fn unhurried<T, F>(self, run: impl FnOnce(Arc<Session>, Input) -> F + Send + 'static) -> Events
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        lines(self.one(run))
    }

    /// A command that reads, and whose answer somebody waits for: it comes before the platform gives up.
    pub fn read<T, F>(self, run: impl FnOnce(Arc<Session>, Input) -> F + Send + 'static) -> Events
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let limit = self.context.session().time_limit();
        let in_time = tokio::time::timeout(limit, self.one(run));
        lines(in_time.map(move |results| {
            let seconds = limit.as_secs().to_string();
            results.unwrap_or_else(|_| Err(error::refuse(error::own::NOT_READ_IN_TIME, "", &[("limit", &seconds)])))
        }))
    }

    /// A command that writes. Once begun it goes on to its end, even if the caller goes away or its time is up: half a change
    /// helps nobody. It answers before the platform gives up.
    pub fn write<F>(self, run: impl FnOnce(Arc<Session>, Input) -> F + Send + 'static) -> Events
    where
        F: Future<Output = Result<Vec<Value>, Failure>> + Send + 'static,
    {
        let session = self.session();
        let tasks = self.tasks.clone();
        let work = async move {
            provider_check::check(self.context.session()).await?;
            self.several(run).await
        };
        lines(to_its_end(tasks, session, work))
    }

    /// A command with many results.
    pub fn list<F>(mut self, run: impl FnOnce(Arc<Session>, Input) -> F + Send + 'static) -> Events
    where
        F: Future<Output = Result<Events, Failure>> + Send + 'static,
    {
        let listed = async move {
            let input = self.prepare().await?;
            let events = run(self.session(), input).await?;
            Ok(if self.hooks.after.is_empty() { events } else { self.each_line(events) })
        };
        listed.try_flatten_stream().boxed()
    }

    /// The events with each result as the hooks leave it, in the same order. Several results are with the hooks at once.
    fn each_line(self, events: Events) -> Events {
        let at_once = self.context.session().config.concurrency.get();
        let (hooks, context) = (Arc::new(self.hooks.after), self.context);
        let changed = move |event: Event| {
            let (hooks, context) = (Arc::clone(&hooks), context.clone());
            async move {
                let Event::Outputs(lines) = event else { return Ok(event) };
                let results = stream::iter(lines.results().collect::<Vec<_>>());
                let results = results.map(|result| after(&hooks, &context, result)).buffered(at_once);
                results.try_collect::<Vec<_>>().await.and_then(|results| written(&results))
            }
        };
        events.and_then(changed).boxed()
    }

    /// A command that a fork adds. Where it is no list it goes on to its end like all that write, since it may.
    pub fn custom(mut self, handler: CommandHandler) -> Events {
        let is_list = is_list(self.context.command());
        let (tasks, session) = (self.tasks.clone(), self.session());
        let work = async move {
            let input = self.prepare().await?;
            let results = handler(self.context.clone(), Value::Object(input)).await?;
            // What a dry run would have sent got no answer: whatever was made of that is no result.
            let shown = self.context.take_shown();
            match results {
                _ if !shown.is_empty() => Ok(lines(ready(Ok(shown)))),
                Results::Some(results) => Ok(lines(self.conclude(results))),
                Results::Stream(results) => Ok(self.each_result(results)),
            }
        };
        let started = if is_list { work.boxed() } else { to_its_end(tasks, session, work).boxed() };
        started.try_flatten_stream().boxed()
    }

    fn each_result(self, results: BoxStream<'static, Result<Value, Failure>>) -> Events {
        let results = results.map_ok(|result| written(&[result])).and_then(ready);
        if self.hooks.after.is_empty() { results.boxed() } else { self.each_line(results.boxed()) }
    }
}

/// A result that nobody has to wait for.
pub fn one(result: Value) -> Events {
    lines(ready(Ok(vec![result])))
}

/// Whether a command is a long list by its name, as the platform names them.
pub fn is_list(command: &str) -> bool {
    command.ends_with(":list")
}

async fn after(hooks: &[Hook], context: &Context, mut result: Value) -> Result<Value, Failure> {
    for hook in hooks {
        result = hook(context.clone(), result).await?;
    }
    Ok(result)
}

/// Carries work out in a task of its own, and waits for it as long as the platform does.
async fn to_its_end<T: Send + 'static>(
    tasks: TaskTracker,
    session: Arc<Session>,
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let limit = session.time_limit();
    match tokio::time::timeout(limit, tasks.spawn(work.in_current_span())).await {
        Ok(Ok(done)) => done,
        Ok(Err(cause)) => Err(error::refuse(error::own::INTERNAL, "", &[]).caused_by(cause)),
        Err(_) => {
            let seconds = limit.as_secs().to_string();
            Err(error::refuse(error::own::STILL_UNDER_WAY, "", &[("limit", &seconds)]))
        }
    }
}

/// A few results as they leave.
fn lines(results: impl Future<Output = Result<Vec<Value>, Failure>> + Send + 'static) -> Events {
    stream::once(results.map(|results| written(&results?))).boxed()
}

fn written(results: &[Value]) -> Result<Event, Failure> {
    let mut lines = Lines::default();
    for result in results {
        lines.push(result).map_err(|error| lists::too_long("The result", error))?;
    }
    Ok(Event::Outputs(lines))
}
