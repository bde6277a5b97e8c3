//! The connector: one file a command, the sources they work on, and the translation of what goes wrong.
//!
//! `Connector::handle` is the way in; it finds the command and its source and hands over.

mod account_create;
mod account_delete;
mod account_discover_schema;
mod account_enable;
mod account_list;
mod account_read;
mod account_unlock;
mod account_update;
mod attributes;
mod change_password;
mod entitlement_list;
mod entitlement_read;
pub mod error;
mod existing;
mod filters;
mod groups;
mod instance;
mod joining;
mod kinds;
mod leaving;
mod lists;
mod lookup;
mod members;
mod pool;
#[cfg(test)]
mod profile_tests;
mod profiles;
mod provider_check;
mod session;
mod settings;
mod shrink;
mod source;
mod spec_read;
mod test_connection;
mod updating;
mod values;
mod writer;

use crate::config::{self, Config, InvalidConfig};
use crate::mapping::table::Table;
use crate::protocol::{Command, ConfigChange, Event, Events, Failure, Handler, InputError, Invocation, Lines};
use crate::scim::provider::Profiles;
use crate::transport::{Lane, NetworkPolicy};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _, stream};
pub use pool::{SourcePool, global_pool};
use serde::Serialize;
use serde_json::{Map, Value};
use session::Session;
use std::future::Future;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Carries out invocations against SCIM APIs.
#[derive(Clone)]
pub struct Connector {
    pool: Arc<SourcePool>,
    profiles: Profiles,
    policy: NetworkPolicy,
    /// What accounts consist of, unless a source's settings say more.
    table: Arc<Table>,
    /// Commands that write, which go on when nobody waits for them any more.
    tasks: TaskTracker,
}

impl Connector {
    /// `policy` is the operator's: where connections may go.
    pub fn new(pool: Arc<SourcePool>, policy: NetworkPolicy) -> Self {
        let tasks = TaskTracker::new();
        // Closed, it takes tasks all the same, and can be waited for.
        tasks.close();
        Self { pool, profiles: Profiles::built_in(), policy, table: Table::built_in(), tasks }
    }

    /// The same, with these provider profiles instead of just the built-in ones.
    #[must_use]
    pub fn with_profiles(self, profiles: Profiles) -> Self {
        Self { profiles, ..self }
    }

    /// What a source must be given from now on and a command that failed early could not tell. It waits for the next command;
    /// where the process ends before, whoever ends it shows it.
    pub fn take_untold(&self) -> Vec<ConfigChange> {
        self.pool.take_untold()
    }

    /// `input`: the command's, which may name attributes besides.
    async fn session(
        &self,
        config: Option<&Map<String, Value>>,
        input: &Map<String, Value>,
        lane: Lane,
    ) -> Result<Arc<Session>, Failure> {
        let config = config.cloned().unwrap_or_default();
        let (config, table) = settings(&config, &self.table, &self.profiles).map_err(|invalid| {
            error::refuse(error::own::INVALID_CONFIGURATION, "", &[("problem", &invalid.to_string())])
        })?;
        let table = table.with_named(&attributes::named(input));
        self.pool.open(config, table, self.policy, lane).await
    }

    async fn start(&self, invocation: &Invocation) -> Result<Events, Failure> {
        let Some(command) = Command::from_name(&invocation.command) else {
            return Err(unsupported(&invocation.command));
        };
        if command == Command::SpecRead {
            return Ok(one(std::future::ready(spec_read::run())));
        }
        let session = self.session(invocation.config.as_ref(), &invocation.input, lane(command)).await?;
        let input = invocation.input.clone();
        let events = match command {
            Command::SpecRead => one(std::future::ready(spec_read::run())),
            Command::TestConnection => read(&session, test_connection::run(Arc::clone(&session))),
            Command::AccountList => list(account_list::run(Arc::clone(&session), input)),
            Command::AccountRead => read(&session, account_read::run(Arc::clone(&session), input)),
            Command::AccountCreate => write(&self.tasks, &session, account_create::run(Arc::clone(&session), input)),
            Command::AccountUpdate => write(&self.tasks, &session, account_update::run(Arc::clone(&session), input)),
            Command::AccountEnable => write(&self.tasks, &session, account_enable::enable(Arc::clone(&session), input)),
            Command::AccountDisable => {
                write(&self.tasks, &session, account_enable::disable(Arc::clone(&session), input))
            }
            Command::AccountUnlock => several(std::future::ready(account_unlock::run(&session, &input))),
            Command::AccountDelete => write(&self.tasks, &session, account_delete::run(Arc::clone(&session), input)),
            Command::AccountDiscoverSchema => one(account_discover_schema::run(Arc::clone(&session))),
            Command::EntitlementList => entitlement_list::run(&session, &input)?,
            Command::EntitlementRead => read(&session, entitlement_read::run(Arc::clone(&session), input)),
            Command::ChangePassword => write(&self.tasks, &session, change_password::run(Arc::clone(&session), input)),
        };
        let secrets = writer::secrets_in(Value::Object(invocation.input.clone()));
        let events = settings::with_changes(self.clone(), Arc::clone(&session), events);
        // The session is held until the command's end, so that its source is not evicted; and it knows its secrets.
        Ok(events.map(move |event| event.map_err(|failure| session.worded(failure, &secrets))).boxed())
    }
}

/// The settings, and what accounts consist of by them. What the settings' own room does not know is checked here too: which
/// codes `errorMessages` may have, which attributes there are, and which of them filter strings may name.
fn settings(
    given: &Map<String, Value>,
    table: &Arc<Table>,
    profiles: &Profiles,
) -> Result<(Config, Arc<Table>), InvalidConfig> {
    let mut problems = Vec::new();
    let config = Config::parse(given, profiles).map_err(|invalid| problems.extend(invalid.problems)).ok();
    let of_source = attributes::of_source(table, given).unwrap_or_else(|found| {
        problems.extend(found);
        Arc::clone(table)
    });
    let with_types =
        config.as_ref().map_or_else(|| Ok(Arc::clone(&of_source)), |config| kinds::table(&of_source, config));
    let table = with_types.unwrap_or_else(|found| {
        problems.extend(found);
        of_source
    });
    problems.extend(error::problems(&config::error_messages(given)));
    let profile = config.as_ref().map(|config| &*config.profile);
    problems.extend(filters::problems(&config::filters(given), &table, profile));
    match config {
        Some(config) if problems.is_empty() => Ok((config, table)),
        _ => Err(InvalidConfig { problems }),
    }
}

impl Handler for Connector {
    fn handle(&self, invocation: Invocation) -> Events {
        let connector = self.clone();
        async move { connector.start(&invocation).await }.try_flatten_stream().boxed()
    }

    fn finished(&self) -> BoxFuture<'_, ()> {
        self.tasks.wait().boxed()
    }
}

/// A command with one result.
fn one<T: Serialize>(run: impl Future<Output = Result<T, Failure>> + Send + 'static) -> Events {
    stream::once(run.map(|result| Event::output(&result?).map_err(|error| lists::too_long("The result", error))))
        .boxed()
}

/// A command that reads, and whose answer somebody waits for: it comes before the platform gives up.
fn read<T: Serialize + 'static>(
    session: &Session,
    run: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Events {
    let limit = session.time_limit();
    let in_time = tokio::time::timeout(limit, run);
    one(in_time.map(move |result| {
        let seconds = limit.as_secs().to_string();
        result.unwrap_or_else(|_| Err(error::refuse(error::own::NOT_READ_IN_TIME, "", &[("limit", &seconds)])))
    }))
}

/// A command with a few results: one, or the requests of a dry run.
fn several(run: impl Future<Output = Result<Vec<Value>, Failure>> + Send + 'static) -> Events {
    let events = run.map(|results| {
        let mut lines = Lines::default();
        for result in results? {
            lines.push(&result).map_err(|error| lists::too_long("The result", error))?;
        }
        Ok(Event::Outputs(lines))
    });
    stream::once(events).boxed()
}

/// A command that writes. Once begun it goes on to its end, even if the caller goes away or its time is up: half a change
/// helps nobody. It answers before the platform gives up.
fn write(
    tasks: &TaskTracker,
    session: &Arc<Session>,
    run: impl Future<Output = Result<Vec<Value>, Failure>> + Send + 'static,
) -> Events {
    let limit = session.time_limit();
    let (tasks, session) = (tasks.clone(), Arc::clone(session));
    several(async move {
        let checked = async move {
            provider_check::check(&session).await?;
            run.await
        };
        let work = tasks.spawn(checked.in_current_span());
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(results)) => results,
            Ok(Err(cause)) => Err(error::refuse(error::own::INTERNAL, "", &[]).caused_by(cause)),
            Err(_) => {
                let seconds = limit.as_secs().to_string();
                Err(error::refuse(error::own::STILL_UNDER_WAY, "", &[("limit", &seconds)]))
            }
        }
    })
}

/// A command with many results.
fn list(run: impl Future<Output = Result<Events, Failure>> + Send + 'static) -> Events {
    run.try_flatten_stream().boxed()
}

/// Long lists make way for all other commands.
fn lane(command: Command) -> Lane {
    match command {
        Command::AccountList | Command::EntitlementList => Lane::Bulk,
        _ => Lane::Urgent,
    }
}

fn unsupported(command: &str) -> Failure {
    let known: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
    let command = error::clean(command, 100);
    error::refuse(error::own::UNSUPPORTED_COMMAND, "", &[("subject", &command), ("known", &known.join(", "))])
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        error::refuse(error::own::INVALID_INPUT, "", &[("problem", &error.to_string())])
    }
}
