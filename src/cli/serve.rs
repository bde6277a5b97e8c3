//! `serve`: the service, until it is asked to stop.

use super::args::ServeArgs;
use super::{CliError, local, settings_file};
use crate::connector::{Connector, global_pool};
use crate::server::{Options, Server, shutdown_signal};
use crate::telemetry::{self, Format};
use crate::transport::NetworkPolicy;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn run(args: ServeArgs) -> Result<(), CliError> {
    telemetry::init(Format::Json, args.debug);
    let default_config = args.config.as_deref().map(settings_file::read_checked).transpose()?;
    let stop = shutdown_signal().map_err(|error| CliError::Failed(format!("signals cannot be heard: {error}")))?;
    let listener = local::listen(args.listen, "--listen").await?;
    // A service that only this machine reaches may reach this machine; one that others reach must not lead them into it.
    let policy =
        NetworkPolicy { allow_loopback: args.listen.ip().is_loopback(), allow_private: args.allow_private_networks };
    let options = Options {
        token: args.token,
        insecure: args.insecure,
        max_invocations: args.max_invocations.into(),
        shutdown_grace: Duration::from_secs(args.shutdown_grace),
        default_config,
        ..Options::default()
    };
    let server = Server::start(listener, options, Arc::new(Connector::new(global_pool(), policy)))
        .map_err(|error| CliError::Usage(error.to_string()))?;
    tracing::info!(address = %server.address(), "serving");
    stop.await;
    server.shut_down().await;
    Ok(())
}
