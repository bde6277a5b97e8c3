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
mod authenticate;
mod change_password;
mod config_options;
pub mod custom;
mod delta;
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
mod source_data;
mod sweep;
mod test_connection;
mod told;
mod updating;
mod values;
mod work;
mod writer;

use crate::config::{self, Config, InvalidConfig};
use crate::mapping::table::Table;
use crate::protocol::{Command, ConfigChange, Event, Events, Failure, Handler, InputError, Invocation};
use crate::scim::provider::Profiles;
use crate::transport::{Lane, NetworkPolicy};
use custom::{Builder, Context, Custom};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _, stream};
pub use pool::{SourcePool, global_pool, pool_of_one_command};
use serde_json::{Map, Value, json};
use session::Session;
use std::future::ready;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use work::Work;

/// Carries out invocations against SCIM APIs.
#[derive(Clone)]
pub struct Connector {
    pool: Arc<SourcePool>,
    profiles: Profiles,
    policy: NetworkPolicy,
    /// Commands that write, which go on when nobody waits for them any more.
    tasks: TaskTracker,
    custom: Arc<Custom>,
}

impl Connector {
    /// `policy` is the operator's: where connections may go.
    pub fn new(pool: Arc<SourcePool>, policy: NetworkPolicy) -> Self {
        Self::with(Arc::default(), pool, policy)
    }

    /// The same with what a fork adds.
    pub fn with(custom: Arc<Custom>, pool: Arc<SourcePool>, policy: NetworkPolicy) -> Self {
        let tasks = TaskTracker::new();
        // Closed, it takes tasks all the same, and can be waited for.
        tasks.close();
        Self { pool, profiles: custom.profiles.clone(), policy, tasks, custom }
    }

    /// The same, with these provider profiles instead.
    #[must_use]
    pub fn with_profiles(self, profiles: Profiles) -> Self {
        Self { profiles, ..self }
    }

    /// A fork: the connector with what is added to it.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What a source must be given from now on and a command that failed early could not tell. It waits for the next command;
    /// where the process ends before, whoever ends it shows it.
    pub fn take_untold(&self) -> Vec<ConfigChange> {
        self.pool.take_untold()
    }

    /// `input`: the command's, which may name attributes besides.
    async fn session(
        &self,
        config: &Map<String, Value>,
        input: &Map<String, Value>,
        lane: Lane,
    ) -> Result<Arc<Session>, Failure> {
        let (config, table) = settings(config, &self.profiles, &self.custom.table).map_err(|invalid| {
            error::refuse(error::own::INVALID_CONFIGURATION, "", &[("problem", &invalid.to_string())])
        })?;
        let table = table.with_named(&attributes::named(input));
        self.pool.open(config, table, self.policy, lane).await
    }

    async fn start(&self, invocation: Invocation) -> Result<Events, Failure> {
        let name = invocation.command;
        let added = self.custom.commands.get(&name).map(Arc::clone);
        let command = match (&added, Command::from_name(&name)) {
            (None, None) => return Err(self.unsupported(&name)),
            // These need no source.
            (None, Some(Command::SpecRead)) => return Ok(self.specification()),
            (None, Some(Command::ConfigOptionsRead)) => {
                let specification = self.custom.specification.json();
                match config_options::of_code(&specification, &self.profiles, &invocation.input)? {
                    Some(options) => return Ok(work::one(options)),
                    None => Some(Command::ConfigOptionsRead),
                }
            }
            (_, command) => command,
        };
        let settings = invocation.config.unwrap_or_default();
        // Long lists make way for all other commands.
        let lane = if work::is_list(&name) { Lane::Bulk } else { Lane::Urgent };
        let session = self.session(&settings, &invocation.input, lane).await?;
        let context = Context::new(&name, Arc::clone(&session), settings, &invocation.input);
        let hooks = self.custom.hooks.get(&name).cloned().unwrap_or_default();
        let work = Work { context: context.clone(), hooks, input: invocation.input, tasks: self.tasks.clone() };
        let events = match (added, command) {
            (Some(handler), _) => work.custom(handler),
            (None, Some(command)) => self.carry_out(command, work),
            (None, None) => return Err(self.unsupported(&name)),
        };
        let events = settings::with_changes(self.clone(), Arc::clone(&session), events);
        // The session is held until the command's end, so that its source is not evicted; and it knows its secrets.
        Ok(events.map(move |event| event.map_err(|failure| session.worded(failure, &context.secrets()))).boxed())
    }

    fn carry_out(&self, command: Command, work: Work) -> Events {
        match command {
            Command::SpecRead => self.specification(),
            Command::TestConnection => work.read(|session, _| test_connection::run(session)),
            Command::AccountList => work.list(account_list::run),
            Command::AccountRead => work.read(account_read::run),
            Command::AccountCreate => work.write(account_create::run),
            Command::AccountUpdate => work.write(account_update::run),
            Command::AccountEnable => work.write(account_enable::enable),
            Command::AccountDisable => work.write(account_enable::disable),
            Command::AccountUnlock => work.unhurried(|session, input| ready(account_unlock::run(&session, &input))),
            Command::AccountDelete => work.write(account_delete::run),
            Command::AccountDiscoverSchema => work.unhurried(|session, _| account_discover_schema::run(session)),
            Command::EntitlementList => work.list(|session, input| ready(entitlement_list::run(&session, &input))),
            Command::EntitlementRead => work.read(entitlement_read::run),
            Command::ChangePassword => work.write(change_password::run),
            Command::Authenticate => work.read(authenticate::run),
            Command::SourceDataDiscover => work.read(|session, input| ready(source_data::discover(&session, &input))),
            Command::SourceDataRead => work.read(source_data::read),
            Command::ConfigOptionsRead => work.read(config_options::of_provider),
        }
    }

    fn specification(&self) -> Events {
        let specification = Event::output(&json!({"specification": self.custom.specification.json()}));
        stream::iter([specification.map_err(|error| lists::too_long("The specification", error))]).boxed()
    }

    fn unsupported(&self, command: &str) -> Failure {
        let added = self.custom.commands.keys().map(String::as_str);
        let added = added.filter(|name| Command::from_name(name).is_none());
        let known: Vec<&str> = Command::ALL.iter().map(|command| command.name()).chain(added).collect();
        let command = error::clean(command, 100);
        error::refuse(error::own::UNSUPPORTED_COMMAND, "", &[("subject", &command), ("known", &known.join(", "))])
    }
}

/// The settings, and what accounts consist of by them. What the settings' own room does not know is checked here too: which
/// codes `errorMessages` may have, which attributes there are, and which of them filter strings may name.
fn settings(
    given: &Map<String, Value>,
    profiles: &Profiles,
    table: &Arc<Table>,
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
        async move { connector.start(invocation).await }.try_flatten_stream().boxed()
    }

    fn knows(&self, command: &str) -> bool {
        Command::from_name(command).is_some() || self.custom.commands.contains_key(command)
    }

    fn finished(&self) -> BoxFuture<'_, ()> {
        self.tasks.wait().boxed()
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        error::refuse(error::own::INVALID_INPUT, "", &[("problem", &error.to_string())])
    }
}
