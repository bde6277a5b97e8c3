//! `validate`: asks a connector as the platform does and checks that it behaves as the platform expects.
//!
//! The checks are those of the vendor's command line, under the same names. Each makes its own accounts and takes them
//! back, however it ends. They go by the connector's specification and by what it answers, and know nothing of SCIM.

mod checks;
mod compare;
mod item;
mod report;
mod spec;
mod subject;
#[cfg(test)]
mod tests;
mod trial;
mod values;

use super::CliError;
use super::args::ValidateArgs;
use super::target::{self, Target};
use super::{output, profiles};
use crate::config::Config;
use crate::connector::custom::Custom;
use crate::scim::provider::{Deletion, Profiles};
use crate::server::shutdown_signal;
use crate::telemetry::{self, Format};
use checks::{CHECKS, Check};
pub(super) use compare::shown;
use serde_json::{Map, Value};
use spec::Spec;
use std::sync::Arc;
use subject::Connector;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trial::{Context, Outcome, Trial};
use values::Values;

/// The ids of all checks.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.id)
}

pub(super) async fn run(args: ValidateArgs, custom: Arc<Custom>) -> Result<(), CliError> {
    let checks = selected(&args.check, args.read_only)?;
    if args.list {
        return Ok(report::list(&checks)?);
    }
    telemetry::init(Format::Human, args.target.debug);
    let settings = target::settings(&args.target)?;
    let deactivates = deactivating_provider(&args, settings.as_ref(), &custom.profiles)?;
    let read_only = settings.as_ref().map(|settings| custom.made_read_only(settings)).unwrap_or_default();
    let subject = Connector { target: Target::of(&args.target, custom)?, settings };
    let context = Context {
        subject: &subject,
        spec: &Spec::read(&subject).await?.without_writing(&read_only),
        read_limit: args.read_limit.into(),
        deactivates,
        interrupted: interruption()?,
    };
    carry_out(&checks, &context).await
}

/// The checks that are asked for.
fn selected(ids: &[String], read_only: bool) -> Result<Vec<&'static Check>, CliError> {
    let asked_for = |check: &&Check| ids.is_empty() || ids.iter().any(|id| id == check.id);
    let checks: Vec<&Check> = CHECKS.iter().filter(asked_for).filter(|check| !(read_only && check.mutates)).collect();
    if checks.is_empty() {
        return Err(CliError::Usage(
            "nothing is left to check: --read-only leaves out all that --check names".to_owned(),
        ));
    }
    Ok(checks)
}

/// The provider that the settings are for, where deletion only deactivates.
fn deactivating_provider(
    args: &ValidateArgs,
    settings: Option<&Map<String, Value>>,
    profiles: &Profiles,
) -> Result<Option<String>, CliError> {
    let profiles = profiles::read(args.target.profiles.as_deref(), profiles)?;
    let parsed = settings.map(|settings| Config::parse(settings, &profiles));
    let config = match (parsed, &args.target.url) {
        (Some(Ok(config)), _) => config,
        // A service may have settings of its own, and another connector may know other ones: that is its to say.
        (_, Some(_)) => return Ok(None),
        (Some(Err(invalid)), None) => {
            return Err(CliError::Usage(format!("the source's settings cannot be used: {invalid}")));
        }
        (None, None) => {
            let says = "which source? Give its settings with -p FILE, or a service that has its own with --url";
            return Err(CliError::Usage(says.to_owned()));
        }
    };
    Ok((config.profile.deletion == Deletion::Deactivates).then(|| config.profile.name.clone()))
}

/// Is cancelled by the signals that ask a program to end.
fn interruption() -> Result<CancellationToken, CliError> {
    let signal = shutdown_signal().map_err(|error| CliError::Failed(format!("signals cannot be heard: {error}")))?;
    let interrupted = CancellationToken::new();
    let cancel = interrupted.clone();
    tokio::spawn(async move {
        signal.await;
        cancel.cancel();
    });
    Ok(interrupted)
}

async fn carry_out(checks: &[&Check], context: &Context<'_>) -> Result<(), CliError> {
    let mut values =
        Values::random().map_err(|error| CliError::Failed(format!("the system gives no random numbers: {error}")))?;
    let mut tally = report::Tally::default();
    let began = Instant::now();
    report::heading()?;
    for check in checks {
        let progress = report::running(check.id);
        let started = Instant::now();
        let outcome = perform(check, context, &mut values).await;
        progress.finish_and_clear();
        for line in report::lines(check.id, &outcome, started.elapsed().as_millis()) {
            output::text(&line)?;
        }
        tally.count(&outcome);
        if context.interrupted.is_cancelled() {
            return Err(CliError::Failed("interrupted; the checks that follow were not carried out".to_owned()));
        }
    }
    tally.show(began.elapsed().as_millis())?;
    match tally.failed {
        0 => Ok(()),
        1 => Err(CliError::Failed("a check failed".to_owned())),
        failed => Err(CliError::Failed(format!("{failed} checks failed"))),
    }
}

/// Carries out one check and takes back what it made.
async fn perform(check: &Check, context: &Context<'_>, values: &mut Values) -> Outcome {
    if let Some(reason) = check.lacks(context.spec) {
        return Outcome::Skipped(reason);
    }
    let mut trial = Trial::new(context, values);
    let result = (check.run)(&mut trial).await;
    trial.tidy().await;
    trial.conclude(result)
}
