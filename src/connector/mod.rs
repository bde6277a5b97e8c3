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
mod change_password;
mod entitlement_list;
mod entitlement_read;
mod error;
mod existing;
mod groups;
mod joining;
mod leaving;
mod lists;
mod lookup;
mod pool;
mod profiles;
mod provider_check;
mod source;
mod spec_read;
mod test_connection;
mod updating;
mod writer;

use crate::config::Config;
use crate::protocol::{Command, Event, Events, Failure, Handler, InputError, Invocation, Kind, Lines};
use crate::transport::NetworkPolicy;
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _, stream};
pub use pool::{SourcePool, global_pool};
use serde::Serialize;
use serde_json::{Map, Value};
use source::Source;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument as _;

/// Carries out invocations against SCIM APIs.
#[derive(Clone)]
pub struct Connector {
    pool: Arc<SourcePool>,
    policy: NetworkPolicy,
}

impl Connector {
    /// `policy` is the operator's: where connections may go.
    pub fn new(pool: Arc<SourcePool>, policy: NetworkPolicy) -> Self {
        Self { pool, policy }
    }

    fn source(&self, config: Option<&Map<String, Value>>) -> Result<Arc<Source>, Failure> {
        let config = config.cloned().unwrap_or_default();
        let config = Config::parse(&config).map_err(|invalid| {
            let sentence = format!("The source's settings cannot be used: {invalid}.");
            error::invalid(Kind::InvalidConfiguration, "INVALID_CONFIGURATION", &sentence)
        })?;
        self.pool.get(config, self.policy)
    }

    fn start(&self, invocation: &Invocation) -> Result<Events, Failure> {
        let Some(command) = Command::from_name(&invocation.command) else {
            return Err(unsupported(&invocation.command));
        };
        if command == Command::SpecRead {
            return Ok(one(std::future::ready(spec_read::run())));
        }
        let source = self.source(invocation.config.as_ref())?;
        let input = invocation.input.clone();
        let events = match command {
            Command::SpecRead => one(std::future::ready(spec_read::run())),
            Command::TestConnection => one(test_connection::run(Arc::clone(&source))),
            Command::AccountList => list(account_list::run(Arc::clone(&source), input)),
            Command::AccountRead => one(account_read::run(Arc::clone(&source), input)),
            Command::AccountCreate => write(&source, account_create::run(Arc::clone(&source), input)),
            Command::AccountUpdate => write(&source, account_update::run(Arc::clone(&source), input)),
            Command::AccountEnable => write(&source, account_enable::enable(Arc::clone(&source), input)),
            Command::AccountDisable => write(&source, account_enable::disable(Arc::clone(&source), input)),
            Command::AccountUnlock => several(std::future::ready(account_unlock::run(&source, &input))),
            Command::AccountDelete => write(&source, account_delete::run(Arc::clone(&source), input)),
            Command::AccountDiscoverSchema => one(account_discover_schema::run(Arc::clone(&source))),
            Command::EntitlementList => entitlement_list::run(&source, &input)?,
            Command::EntitlementRead => one(entitlement_read::run(Arc::clone(&source), input)),
            Command::ChangePassword => write(&source, change_password::run(Arc::clone(&source), input)),
        };
        let secrets = writer::secrets_in(Value::Object(invocation.input.clone()));
        // The source is held until the command's end, so that it is not evicted under it; and it knows its secrets.
        Ok(events.map(move |event| event.map_err(|failure| source.redact(failure, &secrets))).boxed())
    }
}

impl Handler for Connector {
    fn handle(&self, invocation: Invocation) -> Events {
        let connector = self.clone();
        async move { connector.start(&invocation) }.try_flatten_stream().boxed()
    }
}

/// A command with one result.
fn one<T: Serialize>(run: impl Future<Output = Result<T, Failure>> + Send + 'static) -> Events {
    stream::once(run.map(|result| Event::output(&result?).map_err(|error| lists::too_long("The result", error))))
        .boxed()
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
fn write(source: &Arc<Source>, run: impl Future<Output = Result<Vec<Value>, Failure>> + Send + 'static) -> Events {
    let limit = source.config.provisioning.timeout;
    let limit = limit.saturating_sub((limit / 4).min(Duration::from_secs(5)));
    let source = Arc::clone(source);
    several(async move {
        let checked = async move {
            provider_check::check(&source).await?;
            run.await
        };
        let work = tokio::spawn(checked.in_current_span());
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(results)) => results,
            Ok(Err(cause)) => {
                Err(error::invalid(Kind::Generic, "INTERNAL", "The command ended unexpectedly.").caused_by(cause))
            }
            Err(_) => {
                let says = format!(
                    "The command is still under way after {} s, and it is not known yet what becomes of it. Send it again after a while: what is done already is not done twice.",
                    limit.as_secs()
                );
                Err(error::invalid(Kind::Timeout, "OUTCOME_UNKNOWN", &says))
            }
        }
    })
}

/// A command with many results.
fn list(run: impl Future<Output = Result<Events, Failure>> + Send + 'static) -> Events {
    run.try_flatten_stream().boxed()
}

fn unsupported(command: &str) -> Failure {
    let known: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
    let command: String = command.chars().filter(|character| !character.is_control()).take(100).collect();
    let sentence = format!("unsupported command: {command}. This connector supports {}.", known.join(", "));
    error::invalid(Kind::InvalidRequest, "UNSUPPORTED_COMMAND", &sentence)
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        error::invalid(Kind::InvalidRequest, "INVALID_INPUT", &format!("The command's input cannot be used: {error}"))
    }
}
