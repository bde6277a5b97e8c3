//! `invoke`: one command, its results on standard output.

use super::args::{InvokeArgs, Name};
use super::output::{self, remark};
use super::target::{self, Sent, Target};
use super::{CliError, local};
use crate::connector::custom::Custom;
use crate::protocol::Command;
use crate::telemetry::{self, Format};
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub(super) async fn run(args: InvokeArgs, custom: Arc<Custom>) -> Result<(), CliError> {
    telemetry::init(Format::Human, args.target.debug);
    let invocation = invocation(&args)?;
    let started = Instant::now();
    let progress = progress();
    let mut results = Target::of(&args.target, custom)?.invoke(&invocation).await?;
    let mut count = 0_u64;
    let mut state = None;
    while let Some(result) = results.next().await {
        match result {
            Ok(Sent::State(sent)) if args.state.is_some() => {
                state = Some(sent);
                continue;
            }
            Ok(sent) => {
                let Some(result) = progress.suspend(|| sent.result()) else { continue };
                output::json(&result)?;
                progress.suspend(|| shortfalls(&result));
            }
            Err(error) => {
                progress.finish_and_clear();
                if count > 0 {
                    remark(&format!("{count} results came before the failure; they are not all"));
                }
                return Err(error);
            }
        }
        count += 1;
        progress.set_position(count);
    }
    progress.finish_and_clear();
    if let (Some(path), Some(state)) = (&args.state, state) {
        local::write_object(path, state)?;
    }
    let results = if count == 1 { "result" } else { "results" };
    remark(&format!("{count} {results} in {} ms", started.elapsed().as_millis()));
    Ok(())
}

fn invocation(args: &InvokeArgs) -> Result<Value, CliError> {
    let (command, input) = command_and_input(args)?;
    let mut invocation = Map::new();
    invocation.insert("type".to_owned(), command.into());
    invocation.insert("input".to_owned(), input.into());
    if let Some(config) = target::settings(&args.target)? {
        invocation.insert("config".to_owned(), config.into());
    }
    Ok(invocation.into())
}

/// The command's name on the wire and its input: the file's where there is one, else made of the other arguments.
fn command_and_input(args: &InvokeArgs) -> Result<(String, Map<String, Value>), CliError> {
    let command = match args.name {
        Name::TestConnection => Command::TestConnection.name(),
        Name::AccountList => Command::AccountList.name(),
        Name::AccountRead => Command::AccountRead.name(),
        Name::AccountCreate => Command::AccountCreate.name(),
        Name::AccountUpdate => Command::AccountUpdate.name(),
        Name::AccountDelete => Command::AccountDelete.name(),
        Name::AccountEnable => Command::AccountEnable.name(),
        Name::AccountDisable => Command::AccountDisable.name(),
        Name::AccountUnlock => Command::AccountUnlock.name(),
        Name::AccountDiscoverSchema => Command::AccountDiscoverSchema.name(),
        Name::ChangePassword => Command::ChangePassword.name(),
        Name::Authenticate => Command::Authenticate.name(),
        Name::SourceDataDiscover => Command::SourceDataDiscover.name(),
        Name::SourceDataRead => Command::SourceDataRead.name(),
        Name::ConfigOptionsRead => Command::ConfigOptionsRead.name(),
        Name::EntitlementList => Command::EntitlementList.name(),
        Name::EntitlementRead => Command::EntitlementRead.name(),
        Name::SpecRead => Command::SpecRead.name(),
        Name::Raw => args.kind.as_deref().ok_or_else(|| {
            CliError::Usage("which command? Give its name with -t, such as -t std:account:list".to_owned())
        })?,
    };
    let mut input = input(args)?;
    if let Some(path) = &args.state {
        input.insert("stateful".to_owned(), true.into());
        if path.exists() {
            input.insert("state".to_owned(), local::read_object(path)?.into());
        }
    }
    if args.dry_run {
        input.insert("dryRun".to_owned(), true.into());
    }
    Ok((command.to_owned(), input))
}

/// The file's input where there is one, and what the other arguments say besides.
fn input(args: &InvokeArgs) -> Result<Map<String, Value>, CliError> {
    let from_file = args.file.as_deref().map(local::read_object).transpose()?;
    let is_complete = from_file.is_some();
    let mut input = from_file.unwrap_or_default();
    if matches!(args.name, Name::EntitlementList | Name::EntitlementRead) && !input.contains_key("type") {
        input.insert("type".to_owned(), args.kind.as_deref().unwrap_or("group").into());
    }
    let is_list =
        matches!(args.name, Name::TestConnection | Name::AccountList | Name::EntitlementList | Name::SpecRead);
    match (args.name, &args.id) {
        (Name::AccountCreate, identity) => {
            input.extend(identity.as_deref().map(|identity| ("identity".to_owned(), identity.into())));
            match &args.attributes {
                Some(attributes) => {
                    input.insert("attributes".to_owned(), local::object(attributes, "--attributes")?.into());
                }
                None if is_complete => {}
                None => return Err(missing("what is to be created? Give the attributes with -a '{\"userName\": …}'")),
            }
        }
        (Name::AccountDiscoverSchema | Name::SourceDataDiscover | Name::Raw, _) => {}
        (Name::SourceDataRead, Some(key)) => drop(input.insert("sourceDataKey".to_owned(), key.as_str().into())),
        (Name::ConfigOptionsRead, Some(key)) => drop(input.insert("key".to_owned(), key.as_str().into())),
        (Name::Authenticate, Some(name)) => drop(input.insert("username".to_owned(), name.as_str().into())),
        _ if is_list => {}
        (_, Some(id)) => {
            input.insert("identity".to_owned(), id.as_str().into());
            input.insert("key".to_owned(), json!({"simple": {"id": id}}));
        }
        (_, None) if is_complete => {}
        (Name::SourceDataRead, None) => {
            return Err(missing(
                "which data set? Give its key after the command's name; source-data-discover lists them",
            ));
        }
        (Name::ConfigOptionsRead, None) => {
            return Err(missing("of which setting? Give its name after the command's name"));
        }
        (Name::Authenticate, None) => return Err(missing("who? Give the user's name after the command's name")),
        (_, None) => return Err(missing("which one? Give its id after the command's name")),
    }
    if args.query.is_some() || args.limit.is_some() {
        input.insert("queryInput".to_owned(), json!({"query": args.query, "limit": args.limit}));
    }
    if let Some(changes) = &args.changes {
        let changes: Value = serde_json::from_str(changes)
            .map_err(|error| CliError::Usage(format!("--changes is not JSON: {error}")))?;
        input.insert("changes".to_owned(), changes);
    }
    Ok(input)
}

fn missing(question: &str) -> CliError {
    CliError::Usage(question.to_owned())
}

/// Counts on standard error while results come, where that is a terminal.
pub(super) fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} results, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Says on standard error, too, what did not become of what was asked for.
fn shortfalls(result: &Value) {
    for result in result.get("results").and_then(Value::as_array).into_iter().flatten() {
        let message = result.pointer("/messages/0/message").and_then(Value::as_str);
        remark(&format!("not done: {}", message.unwrap_or("see the results in the output")));
    }
}
