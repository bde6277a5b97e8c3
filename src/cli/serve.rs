//! `serve`: the service, until it is asked to stop.

use super::args::ServeArgs;
use super::{CliError, local, settings_file};
use crate::connector::custom::Custom;
use crate::connector::{Connector, global_pool};
use crate::server::{Options, Server, shutdown_signal};
use crate::telemetry::{self, Format};
use crate::transport::NetworkPolicy;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn run(args: ServeArgs, custom: Arc<Custom>) -> Result<(), CliError> {
    telemetry::init(Format::Json, args.debug);
    let checked = |path| settings_file::read_checked(path, &custom.profiles);
    let default_config = args.config.as_deref().map(checked).transpose()?;
    let stop = shutdown_signal().map_err(|error| CliError::Failed(format!("signals cannot be heard: {error}")))?;
    let listener = local::listen(args.listen, "--listen").await?;
    let policy = policy(&args);
    let options = Options {
        token: args.token,
        insecure: args.insecure,
        max_invocations: args.max_invocations.into(),
        shutdown_grace: Duration::from_secs(args.shutdown_grace),
        default_config,
        ..Options::default()
    };
    let server = Server::start(listener, options, Arc::new(Connector::with(custom, global_pool(), policy)))
        .map_err(|error| CliError::Usage(error.to_string()))?;
    tracing::info!(address = %server.address(), "serving");
    stop.await;
    server.shut_down().await;
    Ok(())
}

/// A service that only this machine reaches may reach this machine; one that others reach must not lead them into it.
fn policy(args: &ServeArgs) -> NetworkPolicy {
    NetworkPolicy { allow_loopback: args.listen.ip().is_loopback(), allow_private: args.allow_private_networks }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Cli, Subcommand};
    use super::*;
    use clap::Parser as _;

    #[rstest::rstest]
    #[case(&[], true, false)]
    #[case(&["--listen", "[::1]:0"], true, false)]
    #[case(&["--listen", "0.0.0.0:0"], false, false)]
    #[case(&["--listen", "192.0.2.1:0", "--allow-private-networks"], false, true)]
    fn who_listens_on_loopback_may_reach_it(#[case] arguments: &[&str], #[case] loopback: bool, #[case] private: bool) {
        let Subcommand::Serve(args) = Cli::parse_from([&["x", "serve"], arguments].concat()).subcommand else {
            panic!("not serve")
        };
        assert_eq!(policy(&args), NetworkPolicy { allow_loopback: loopback, allow_private: private });
    }
}
