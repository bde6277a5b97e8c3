//! `serve`: the service, until it is asked to stop.

use super::args::ServeArgs;
use super::{CliError, local, profiles, settings_file};
use crate::connector::custom::Custom;
use crate::connector::{Connector, global_pool};
use crate::server::{Address, Listener, Options, Server, Tls, shutdown_signal};
use crate::telemetry::{self, Format};
use crate::transport::{self, NetworkPolicy};
use secrecy::{ExposeSecret as _, SecretString};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn run(args: ServeArgs, custom: Arc<Custom>) -> Result<(), CliError> {
    telemetry::init(Format::Json, args.debug);
    let profiles = profiles::read(args.profiles.as_deref(), &custom.profiles)?;
    let default_config = args.config.as_deref().map(|path| settings_file::read_checked(path, &profiles)).transpose()?;
    for variable in transport::unusable_proxies(std::env::vars_os().filter_map(as_text)) {
        tracing::warn!(variable, "this variable of the environment names no usable proxy, and has no effect");
    }
    let stop = shutdown_signal().map_err(|error| CliError::Failed(format!("signals cannot be heard: {error}")))?;
    let listener = listen(&args.listen).await?;
    let policy = policy(&args);
    let tls = args.tls_cert.zip(args.tls_key).map(|(certificate, key)| Tls::load(certificate, key));
    let tls = tls.transpose().map_err(|error| CliError::Usage(error.to_string()))?;
    let is_tls = tls.is_some();
    let token = args.token_file.as_deref().map(token_in).transpose()?;
    let options = Options {
        token: token.or(args.token),
        insecure: args.insecure,
        tls,
        max_invocations: args.max_invocations.into(),
        shutdown_grace: Duration::from_secs(args.shutdown_grace),
        default_config,
        ..Options::default()
    };
    let connector = Connector::with(custom, global_pool(), policy).with_profiles(profiles);
    let server = Server::start(listener, options, Arc::new(connector.clone()))
        .map_err(|error| CliError::Usage(error.to_string()))?;
    tracing::info!(address = %server.address(), tls = is_tls, "serving");
    tokio::select! {
        () = stop => (),
        () = until_input_ends(args.stop_with_input) => tracing::info!("standard input has ended"),
    }
    server.shut_down().await;
    for change in connector.take_untold() {
        // Its value is a secret, and nobody is left who could be told it.
        tracing::warn!(setting = change.key, "a new value of a setting could not be told to the platform: set it anew");
    }
    Ok(())
}

/// The token that a file holds. Editors and `echo` end it with a line break, which is none of it.
fn token_in(path: &Path) -> Result<SecretString, CliError> {
    let text = SecretString::from(local::read_text(path)?);
    Ok(text.expose_secret().trim_end_matches(['\r', '\n']).into())
}

async fn listen(address: &Address) -> Result<Listener, CliError> {
    match address {
        Address::Tcp(address) => Ok(local::listen(*address, "--listen").await?.into()),
        Address::Unix(path) => Listener::unix(path).map_err(CliError::Failed),
    }
}

/// Waits until nothing more can come from standard input; for ever unless that is wanted.
async fn until_input_ends(wanted: bool) {
    if !wanted {
        return std::future::pending().await;
    }
    let (guard, ended) = tokio::sync::oneshot::channel::<()>();
    // No task: the runtime would wait for it when a signal comes first.
    std::thread::spawn(move || {
        // An input that cannot be read has ended.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(guard);
    });
    let _ = ended.await;
}

/// A variable of the environment, if it is text.
fn as_text((name, value): (OsString, OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

/// A service that only this machine reaches may reach this machine; one that others reach must not lead them into it.
fn policy(args: &ServeArgs) -> NetworkPolicy {
    NetworkPolicy { allow_loopback: args.listen.is_this_machine(), allow_private: args.allow_private_networks }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Cli, Subcommand};
    use super::*;
    use clap::Parser as _;

    #[rstest::rstest]
    #[case(&[], true, false)]
    #[case(&["--listen", "[::1]:0"], true, false)]
    #[case(&["--listen", "unix:/run/connector/socket"], true, false)]
    #[case(&["--listen", "0.0.0.0:0"], false, false)]
    #[case(&["--listen", "192.0.2.1:0", "--allow-private-networks"], false, true)]
    fn who_listens_on_loopback_may_reach_it(#[case] arguments: &[&str], #[case] loopback: bool, #[case] private: bool) {
        let Subcommand::Serve(args) = Cli::parse_from([&["x", "serve"], arguments].concat()).subcommand else {
            panic!("not serve")
        };
        assert_eq!(policy(&args), NetworkPolicy { allow_loopback: loopback, allow_private: private });
    }
}
