//! The connector: one file a command, the sources they work on, and the translation of what goes wrong.
//!
//! `Connector::handle` is the way in; it finds the command and its source and hands over.

mod account_create;
mod account_list;
mod account_read;
mod account_update;
mod entitlement_list;
mod entitlement_read;
mod error;
mod groups;
mod joining;
mod lists;
mod lookup;
mod pool;
mod profiles;
mod source;
mod spec_read;
mod test_connection;
mod updating;
mod writer;

use crate::config::Config;
use crate::protocol::{Command, Event, Events, Failure, Handler, InputError, Invocation, Kind};
use crate::transport::NetworkPolicy;
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _, stream};
pub use pool::{SourcePool, global_pool};
use serde::Serialize;
use serde_json::{Map, Value};
use source::Source;
use std::future::Future;
use std::sync::Arc;

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
            Command::AccountCreate => one(account_create::run(Arc::clone(&source), input)),
            Command::EntitlementList => entitlement_list::run(&source, &input)?,
            Command::EntitlementRead => one(entitlement_read::run(Arc::clone(&source), input)),
        };
        // The source is held until the command's end, so that it is not evicted under it; and it knows its secrets.
        Ok(events.map(move |event| event.map_err(|failure| source.redact(failure))).boxed())
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
