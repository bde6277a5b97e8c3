//! `sandbox`: the embedded SCIM server alone.

use super::args::{self, SandboxArgs};
use super::output::{self, FAINT, TITLE, styled};
use super::{CliError, local};
use crate::clock::Clock;
use crate::product;
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, Dialect, Options, PASSWORD, Quirks, Sandbox, Schedule, USER_NAME};
use crate::server::shutdown_signal;
use crate::telemetry::{self, Format};
use std::path::Path;
use std::time::Duration;

pub(super) async fn run(args: SandboxArgs) -> Result<(), CliError> {
    if args.quirk.iter().any(|name| name == "help") {
        return Ok(output::text(Quirks::help().trim_end())?);
    }
    telemetry::init(Format::Human, false);
    let stop = shutdown_signal().map_err(|error| CliError::Failed(format!("signals cannot be heard: {error}")))?;
    let schedule = args.faults.as_deref().map(schedule).transpose()?;
    let dialect = match args.dialect {
        args::Dialect::Salesforce => Dialect::Salesforce,
        args::Dialect::Rfc => Dialect::Rfc,
    };
    let quirks = Quirks::parse(&args.quirk).map_err(|problems| CliError::Usage(problems.to_string()))?;
    let quirks_shown = quirks.to_string();
    let options = Options {
        quirks,
        users: args.users,
        groups: args.groups,
        license_limit: args.license_limit,
        latency: Duration::from_millis(args.latency_ms),
        permission_sets: permission_sets(args.users),
        ..Options::new(dialect)
    };
    let entitlements = match dialect {
        Dialect::Salesforce => format!(", {} permission sets", options.permission_sets),
        Dialect::Rfc => String::new(),
    };
    let licenses = options.licenses().map(|number| format!(", {number} user licences")).unwrap_or_default();
    let listener = local::listen(args.listen, "--listen").await?;
    let sandbox =
        Sandbox::start(options, Clock::system(), listener).map_err(|error| CliError::Usage(error.to_string()))?;
    sandbox.schedule(schedule.unwrap_or_default());
    output::text(&styled(TITLE, &format!("{} · sandbox", product::get().title)))?;
    output::text(&format!("SCIM 2.0 API    {}", sandbox.base_url()))?;
    output::text(&format!("Token endpoint  {}", sandbox.token_url()))?;
    output::text(&format!("Client          {CLIENT_ID} / {CLIENT_SECRET}"))?;
    output::text(&format!("User            {USER_NAME} / {PASSWORD}"))?;
    output::text(&format!("Data            {} users, {} groups{entitlements}{licenses}", args.users, args.groups))?;
    if !quirks_shown.is_empty() {
        output::text(&format!("Quirks          {quirks_shown}"))?;
    }
    output::text(&format!("Faults          http://{}/faults (GET, POST, DELETE)", sandbox.address()))?;
    output::text(&styled(FAINT, "Ctrl-C ends it; nothing is kept."))?;
    stop.await;
    let fired = sandbox.fired();
    if !fired.is_empty() {
        output::text("Faults that fired")?;
    }
    for (name, times) in fired {
        output::text(&format!("{times:>9}  {name}"))?;
    }
    Ok(())
}

fn schedule(path: &Path) -> Result<Schedule, CliError> {
    let json = local::read_object(path)?.into();
    Schedule::read(&json).map_err(|problems| CliError::Usage(format!("the faults cannot be used:\n{problems}")))
}

/// A larger organization has more permission sets: from 4,000 users on, more than one answer of Salesforce shows.
fn permission_sets(users: u64) -> u64 {
    (users / 20).clamp(12, 1_000)
}
