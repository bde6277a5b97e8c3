//! The command line: one file a subcommand. The only part that reads the environment and writes to standard output.

mod args;
mod bundle;
mod client;
mod demo;
mod explain;
mod health;
mod invoke;
mod local;
mod output;
mod profiles;
mod sandbox;
mod serve;
mod settings_file;
mod spec;
mod story;
mod target;
mod validate;
mod verify;

use crate::connector::custom::{Builder, Custom};
use args::{Cli, Subcommand};
use clap::{CommandFactory as _, FromArgMatches as _};
use std::process::ExitCode;
use std::sync::Arc;

/// Why a subcommand did not do its work; each has its exit code.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// Wrong usage or configuration: 2.
    #[error("{0}")]
    Usage(String),
    /// The command failed: 1.
    #[error("{0}")]
    Failed(String),
    /// Nobody reads standard output any more: 0, as is usual for a program in a pipe.
    #[error("standard output is closed")]
    OutputClosed(#[from] std::io::Error),
}

impl CliError {
    /// The failure of a command: settings that cannot be used are wrong configuration.
    fn of_failure(code: &str, message: String) -> Self {
        if code == "INVALID_CONFIGURATION" { Self::Usage(message) } else { Self::Failed(message) }
    }
}

impl Builder {
    /// Runs the program: reads the arguments, carries out the subcommand, and gives back the exit code. It is the whole of a
    /// `main`.
    #[must_use]
    pub fn run(self) -> ExitCode {
        match self.finish() {
            Ok(custom) => main(Arc::new(custom)),
            Err(invalid) => fail(&CliError::Usage(invalid.to_string())),
        }
    }
}

fn main(custom: Arc<Custom>) -> ExitCode {
    let command = args::with_environment(Cli::command());
    let cli = match Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&CliError::Failed(format!("the runtime could not be started: {error}"))),
    };
    match runtime.block_on(run(cli, custom)) {
        Ok(()) | Err(CliError::OutputClosed(_)) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

async fn run(cli: Cli, custom: Arc<Custom>) -> Result<(), CliError> {
    match cli.subcommand {
        Subcommand::Demo(args) => demo::run(args, custom).await,
        Subcommand::Serve(args) => serve::run(args, custom).await,
        Subcommand::Sandbox(args) => sandbox::run(args).await,
        Subcommand::Invoke(args) => invoke::run(args, custom).await,
        Subcommand::Validate(args) => validate::run(args, custom).await,
        Subcommand::Verify(args) => verify::run(*args, custom).await,
        Subcommand::Explain(args) => explain::run(&args),
        Subcommand::Spec(args) => spec::run(&args, &custom),
        Subcommand::Health(args) => health::run(&args).await,
        Subcommand::Bundle(args) => bundle::run(&args, &custom),
    }
}

fn fail(error: &CliError) -> ExitCode {
    output::complain(&error.to_string());
    match error {
        CliError::Usage(_) => ExitCode::from(2),
        CliError::Failed(_) | CliError::OutputClosed(_) => ExitCode::FAILURE,
    }
}
