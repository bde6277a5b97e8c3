//! Where commands are carried out: in this process, or by a running service. And the settings that they are sent with.

use super::args::TargetArgs;
use super::client::Client;
use super::output::remark;
use super::{CliError, local, profiles, settings_file};
use crate::config::LAST_COUNTS;
use crate::connector::custom::Custom;
use crate::connector::{Connector, pool_of_one_command};
use crate::protocol::{ConfigChange, Event, Handler as _, Invocation};
use crate::transport::NetworkPolicy;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a command sends, ended by at most one error.
pub type Answer = BoxStream<'static, Result<Sent, CliError>>;

/// One thing that a command sends.
pub enum Sent {
    /// The `data` of a result.
    Result(Value),
    /// Settings that the source must be given from now on: names and values.
    Settings(Map<String, Value>),
    /// What the next list of the same kind is to be given.
    State(Map<String, Value>),
}

impl Sent {
    /// The result. Settings and states are shown to the person: nobody else keeps them.
    pub fn result(self) -> Option<Value> {
        match self {
            Self::Result(result) => Some(result),
            Self::Settings(settings) => {
                let is_counted_here = settings.keys().all(|key| key == LAST_COUNTS);
                let why = if is_counted_here { "lists are held against this" } else { "the provider has changed this" };
                remark(&format!("{why}; put it into the source's settings: {}", Value::Object(settings)));
                None
            }
            Self::State(state) => {
                let state = json!({"stateful": true, "state": state});
                remark(&format!("for the changes since now, give the list this input: {state}"));
                None
            }
        }
    }
}

/// Whatever carries out commands.
pub enum Target {
    InProcess(Connector),
    Service(Box<Client>),
}

impl Target {
    pub fn of(args: &TargetArgs, custom: Arc<Custom>) -> Result<Self, CliError> {
        if let Some(url) = &args.url {
            return Ok(Self::Service(Box::new(Client::new(url.clone(), args.token.as_ref())?)));
        }
        // Who runs this is at the machine already.
        let policy = NetworkPolicy { allow_loopback: true, allow_private: true };
        let profiles = profiles::read(args.profiles.as_deref(), &custom.profiles)?;
        Ok(Self::InProcess(Connector::with(custom, pool_of_one_command(), policy).with_profiles(profiles)))
    }

    /// Carries out one command.
    pub async fn invoke(&self, invocation: &Value) -> Result<Answer, CliError> {
        match self {
            Self::InProcess(connector) => in_process(connector, invocation),
            Self::Service(client) => Ok(client.invoke(invocation).await?.boxed()),
        }
    }
}

fn in_process(connector: &Connector, invocation: &Value) -> Result<Answer, CliError> {
    let invocation =
        Invocation::parse(invocation.to_string().as_bytes()).map_err(|error| CliError::Usage(error.to_string()))?;
    let results = connector.handle(invocation).map_ok(|event| match event {
        Event::Outputs(lines) => {
            stream::iter(lines.results().map(|result| Ok(Sent::Result(result))).collect::<Vec<_>>())
        }
        Event::Config(changes) => stream::iter(vec![Ok(changed(changes))]),
        Event::State(state) => stream::iter(vec![Ok(Sent::State(state))]),
        Event::KeepAlive => stream::iter(Vec::new()),
    });
    let results = results.map_err(|failure| CliError::of_failure(failure.code, failure.message)).try_flatten();
    let connector = connector.clone();
    // This process may end with the failure, and with it what waits in it for the next command, and a change that is still
    // under way.
    let told = move |result: Result<Sent, CliError>| {
        let connector = connector.clone();
        async move {
            let mut untold = Vec::new();
            if result.is_err() {
                connector.finished().await;
                untold = connector.take_untold();
            }
            stream::iter((!untold.is_empty()).then(|| Ok(changed(untold))).into_iter().chain([result]))
        }
    };
    Ok(results.then(told).flatten().boxed())
}

fn changed(changes: Vec<ConfigChange>) -> Sent {
    Sent::Settings(changes.into_iter().map(|change| (change.key.to_owned(), change.value)).collect())
}

/// The source's settings; `None` when none were given at all.
pub fn settings(args: &TargetArgs) -> Result<Option<Map<String, Value>>, CliError> {
    match (&args.config, &args.config_json) {
        (Some(path), _) => settings_file::read(path).map(Some),
        (None, Some(text)) => local::object(text, "--config-json").map(Some),
        (None, None) => Ok(None),
    }
}
