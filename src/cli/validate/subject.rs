//! The connector that is checked, as the checks see it: something that answers commands.

use crate::cli::CliError;
use crate::cli::target::Target;
use futures::TryStreamExt as _;
use futures::future::{BoxFuture, FutureExt as _};
use serde_json::{Map, Value, json};
use std::future::ready;

/// Which settings a command is sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// The source's.
    Source,
    /// None of them: an empty object.
    Empty,
}

/// A connector under test.
pub trait Subject: Send + Sync {
    /// Carries out one command; gives all its results, or why it failed.
    fn ask<'a>(
        &'a self,
        command: &'a str,
        input: Value,
        settings: Settings,
    ) -> BoxFuture<'a, Result<Vec<Value>, CliError>>;
}

/// The connector that the command line names.
pub struct Connector {
    pub target: Target,
    pub settings: Option<Map<String, Value>>,
}

impl Subject for Connector {
    fn ask<'a>(
        &'a self,
        command: &'a str,
        input: Value,
        settings: Settings,
    ) -> BoxFuture<'a, Result<Vec<Value>, CliError>> {
        let mut invocation = json!({"type": command, "input": input});
        let config = match settings {
            Settings::Source => self.settings.clone(),
            Settings::Empty => Some(Map::new()),
        };
        if let (Some(config), Some(members)) = (config, invocation.as_object_mut()) {
            members.insert("config".to_owned(), config.into());
        }
        async move {
            self.target.invoke(&invocation).await?.try_filter_map(|sent| ready(Ok(sent.result()))).try_collect().await
        }
        .boxed()
    }
}
