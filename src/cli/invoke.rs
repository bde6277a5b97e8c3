//! `invoke`: one command, its results on standard output.

use super::args::{InvokeArgs, Name};
use super::output::{self, remark};
use super::target::{self, Target};
use super::{CliError, local};
use crate::protocol::Command;
use crate::telemetry::{self, Format};
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;

pub(super) async fn run(args: InvokeArgs) -> Result<(), CliError> {
    telemetry::init(Format::Human, args.target.debug);
    let invocation = invocation(&args)?;
    let started = Instant::now();
    let progress = progress();
    let mut results = Target::of(&args.target)?.invoke(&invocation).await?;
    let mut count = 0_u64;
    while let Some(result) = results.next().await {
        match result {
            Ok(result) => output::json(&result)?,
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
        Name::EntitlementList => Command::EntitlementList.name(),
        Name::EntitlementRead => Command::EntitlementRead.name(),
        Name::SpecRead => Command::SpecRead.name(),
        Name::Raw => args.kind.as_deref().ok_or_else(|| {
            CliError::Usage("which command? Give its name with -t, such as -t std:account:list".to_owned())
        })?,
    };
    let input = match &args.file {
        Some(path) => local::read_object(path)?,
        None => input(args)?,
    };
    Ok((command.to_owned(), input))
}

fn input(args: &InvokeArgs) -> Result<Map<String, Value>, CliError> {
    let mut input = Map::new();
    if matches!(args.name, Name::EntitlementList | Name::EntitlementRead) {
        input.insert("type".to_owned(), args.kind.as_deref().unwrap_or("group").into());
    }
    match (args.name, &args.id) {
        (Name::AccountRead | Name::EntitlementRead, None) => {
            return Err(CliError::Usage("which one? Give its id after the command's name".to_owned()));
        }
        (Name::AccountRead | Name::EntitlementRead, Some(id)) => {
            input.insert("identity".to_owned(), id.as_str().into());
            input.insert("key".to_owned(), json!({"simple": {"id": id}}));
        }
        (Name::AccountCreate, identity) => {
            let attributes = args.attributes.as_deref().ok_or_else(|| {
                CliError::Usage("what is to be created? Give the attributes with -a '{\"userName\": …}'".to_owned())
            })?;
            input.insert("attributes".to_owned(), local::object(attributes, "--attributes")?.into());
            input.extend(identity.as_deref().map(|identity| ("identity".to_owned(), identity.into())));
        }
        _ => {}
    }
    Ok(input)
}

/// Counts on standard error while results come, where that is a terminal.
fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} results, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
