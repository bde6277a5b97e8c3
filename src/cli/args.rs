//! What can be said on the command line. Every option is also an environment variable.

use super::bundle::BundleArgs;
use super::health::HealthArgs;
use super::spec::SpecArgs;
use super::verify::VerifyArgs;
use crate::product;
use crate::sandbox::Quirks;
use crate::server::Address;
use clap::builder::BoolishValueParser;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, Command, Parser, ValueEnum};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A SCIM 2.0 connector for identity governance platforms
///
/// It takes an identity platform's commands (std:account:list, std:account:create, …) as JSON over HTTP, carries them out
/// against a SCIM API, and streams accounts and entitlements back.
#[derive(Debug, Parser)]
#[command(name = product::get().name, version = product::get().version, long_version = product::get().long_version())]
#[command(about, long_about, after_help = after_help(), max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Subcommand,
}

fn after_help() -> String {
    let (name, prefix) = (product::get().name, product::get().env_prefix());
    format!(
        "Start with:  {name} demo\n\
         Every option is also an environment variable: --listen of serve is {prefix}LISTEN.\n\
         Exit codes:  0 done, 1 the command failed, 2 wrong usage or configuration."
    )
}

#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Show the whole story against an embedded SCIM server, then keep serving
    Demo(DemoArgs),
    /// Serve the platform's commands over HTTP
    Serve(ServeArgs),
    /// Run the embedded SCIM server alone: it behaves as Salesforce's does, or as a plain one
    Sandbox(SandboxArgs),
    /// Run one command, in this process or at a running service
    Invoke(InvokeArgs),
    /// Check that a connector behaves as the platform expects
    Validate(ValidateArgs),
    /// Say in what two lists differ: a recorded one and one that is read now, or those of two sources
    Verify(Box<VerifyArgs>),
    /// Say what a provider's error means, and what to do about it
    Explain(ExplainArgs),
    /// Print the connector's specification (connector-spec.json), or check one
    Spec(SpecArgs),
    /// Ask whether the service on this machine is alive, as a container's health check does
    Health(HealthArgs),
    /// Make the zip that is uploaded to the platform
    Bundle(BundleArgs),
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Exit after the story, on ports that are free
    #[arg(long)]
    pub once: bool,
    /// The port of the connector, on this machine only
    #[arg(long, default_value_t = 3000, value_name = "PORT")]
    pub port: u16,
    /// The port of the embedded SCIM server, on this machine only
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    pub sandbox_port: u16,
}

fn serve_help() -> String {
    format!("{SETTINGS_FILES}\n\nProxies are those of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.")
}

/// What `settings_file` does.
const SETTINGS_FILES: &str = "In a file of settings any text may stand elsewhere: \"env:NAME\" is the environment \
    variable NAME, \"file:PATH\" is what the file holds (relative to the folder of the settings, without a line break at \
    its end), and \"literal:TEXT\" is TEXT itself, should it begin like one of these. Settings that come with an invocation \
    are taken as they are.";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line, each its own")]
#[command(after_help = serve_help())]
pub struct ServeArgs {
    /// Where to listen: an address, or unix:PATH for a socket in a folder of its owner's. Beyond this machine it needs a token
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    pub listen: Address,
    /// A file with the settings (JSON) for invocations that bring none at all; see below
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A file with a provider profile (JSON), or a folder of them, beside the built-in ones
    #[arg(long, value_name = "PATH")]
    pub profiles: Option<PathBuf>,
    /// What callers must send as "Authorization: Bearer …"; better set in the environment than here
    #[arg(long, hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<SecretString>,
    /// A file that holds the token, instead
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub token_file: Option<PathBuf>,
    /// The service's certificate and those between it and its authority (PEM). Connections are TLS then; the files are
    /// read anew when they change
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM), without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Listen beyond this machine without a token
    #[arg(long)]
    pub insecure: bool,
    /// Let sources be on private networks, and reach them over plain http
    #[arg(long)]
    pub allow_private_networks: bool,
    /// How many commands run at once; more are answered with 503
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_invocations: u16,
    /// How long running commands may go on when the service is asked to stop
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pub shutdown_grace: u64,
    /// Stop when standard input ends too: when the program that started this one is gone
    #[arg(long)]
    pub stop_with_input: bool,
    /// Log at debug level, whatever a source's settings say
    #[arg(long)]
    pub debug: bool,
}

#[derive(Debug, Args)]
#[command(after_help = sandbox_help(), after_long_help = sandbox_long_help())]
pub struct SandboxArgs {
    /// Where to listen: an address of this machine only
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// How many users there are at the start
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub users: u64,
    /// How many groups there are
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub groups: u64,
    /// How many users may be active [default: the larger of 10 and users + 2; without limit in the rfc dialect]
    #[arg(long, value_name = "N")]
    pub license_limit: Option<u64>,
    /// Which server it behaves as
    #[arg(long, value_enum, default_value_t = Dialect::Salesforce)]
    pub dialect: Dialect,
    /// How long each answer waits, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency_ms: u64,
    /// A file with what goes wrong with which requests (JSON), - for standard input
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// In what else it differs from the RFC; may be given several times. help lists the quirks
    #[arg(long, value_name = "NAME[=N]", value_delimiter = ',')]
    pub quirk: Vec<String>,
}

/// With what is too long for `-h`.
fn sandbox_long_help() -> String {
    format!(
        "{}\n\nQuirks, which may be combined, and where they are met:\n{}",
        sandbox_help(),
        Quirks::help().trim_end()
    )
}

fn sandbox_help() -> String {
    let name = product::get().name;
    format!(
        "The token endpoint and the SCIM API answer as the dialect does, until faults are asked for: with --faults, or while \
         it runs with GET, POST and DELETE of /faults. In the end it says how often each fired.\n\
         \x20 {name} sandbox --users 5000 --latency-ms 40\n\
         \x20 {name} sandbox --dialect rfc --quirk members-empty --quirk page-cap=50 --quirk patch-204\n\
         \x20 {name} sandbox --dialect rfc --faults faults.json\n\
         \x20 echo '{{\"rateLimit\": {{\"perSecond\": 20, \"retryAfter\": 1}}}}' | {name} sandbox --faults -\n\
         \x20 curl http://127.0.0.1:8080/faults -H 'content-type: application/json' \
         -d '{{\"faults\": [{{\"route\": \"/Users\", \"nth\": 3, \"effect\": {{\"type\": \"close\"}}}}]}}'"
    )
}

/// A server that the sandbox can behave as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Salesforce's own rules, as they are documented
    Salesforce,
    /// A plain SCIM 2.0 server (RFC 7644)
    Rfc,
}

#[derive(Debug, Args)]
#[command(after_help = invoke_help())]
pub struct InvokeArgs {
    /// Which command
    #[arg(value_enum)]
    pub name: Name,
    /// The id of the account or entitlement, the identity of the account to create, the name of the user who signs in, the
    /// key of the data set, or the setting
    pub id: Option<String>,
    /// The entitlement type (group, entitlement); for raw the command's name
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// The changes of an account (JSON array of {"op", "attribute", "value"})
    #[arg(long, value_name = "JSON")]
    pub changes: Option<String>,
    /// Show the requests that would be sent, and send none that writes
    #[arg(long)]
    pub dry_run: bool,
    /// The attributes of the account to create (JSON object)
    #[arg(short = 'a', long, value_name = "JSON")]
    pub attributes: Option<String>,
    /// What to search a data set for
    #[arg(long, value_name = "TEXT")]
    pub query: Option<String>,
    /// How many rows of a data set to give at most
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// A file with the command's input (JSON), - for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// List only what changed since the state in this file, and write the new state into it; without the file, everything
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(after_help = validate_help())]
pub struct ValidateArgs {
    #[command(flatten)]
    pub target: TargetArgs,
    /// Leave out the checks that make or change accounts
    #[arg(short, long)]
    pub read_only: bool,
    /// Only this check; may be given several times
    #[arg(long, value_name = "ID", value_delimiter = ',', hide_possible_values = true,
          value_parser = PossibleValuesParser::new(super::validate::ids()))]
    pub check: Vec<String>,
    /// List the checks, with what each asserts, and carry none out
    #[arg(short, long)]
    pub list: bool,
    /// How many accounts or groups a check reads one by one or grants, at most
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub read_limit: u16,
}

fn validate_help() -> String {
    let name = product::get().name;
    format!(
        "A check is skipped, and says why, if the connector's specification has no commands for it or the provider's \
         rules exclude it. Checks that make accounts delete them in the end, or disable them where that is all there is. \
         The exit code is 1 if a check fails.\n\
         \x20 {name} validate -p config.json\n\
         \x20 {name} validate -p config.json --read-only\n\
         \x20 {name} validate -p config.json --check account-not-found --check account-schema-check\n\
         \x20 {name} validate -p config.json --url http://127.0.0.1:3000\n\
         \x20 {name} validate --list"
    )
}

#[derive(Debug, Args)]
#[command(after_help = explain_help())]
pub struct ExplainArgs {
    /// A file with the answer: its body, or all of it as `curl -i` prints it; - or nothing for standard input
    #[arg(conflicts_with_all = ["list", "markdown"])]
    pub file: Option<PathBuf>,
    /// The HTTP status, where the file does not tell it
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..=599))]
    pub status: Option<u16>,
    /// Whose answer it is: the same status may mean something else at another provider
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(crate::connector::error::providers()))]
    pub provider: Option<String>,
    /// What was to be done
    #[arg(long = "command", value_enum, value_name = "NAME", hide_possible_values = true)]
    pub name: Option<Name>,
    /// List all errors that are known, and what people are told
    #[arg(short, long)]
    pub list: bool,
    /// The list as a page of documentation
    #[arg(long, requires = "list")]
    pub markdown: bool,
}

fn explain_help() -> String {
    let name = product::get().name;
    format!(
        "It asks nobody anything. A message of this connector can be given as well: its code tells it.\n\
         \x20 curl -si … | {name} explain\n\
         \x20 {name} explain error.json --status 403 --provider salesforce --command account-create\n\
         \x20 {name} explain --list"
    )
}

/// Which source it is about, and who carries the commands out.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// A file with the source's settings (JSON)
    #[arg(short = 'p', long, value_name = "FILE", conflicts_with = "config_json")]
    pub config: Option<PathBuf>,
    /// The source's settings themselves (JSON)
    #[arg(long, hide_env_values = true, value_name = "JSON")]
    pub config_json: Option<String>,
    /// A file with a provider profile (JSON), or a folder of them, beside the built-in ones
    #[arg(long, value_name = "PATH")]
    pub profiles: Option<PathBuf>,
    /// A running service to ask; without it commands run in this process
    #[arg(long, value_name = "URL")]
    pub url: Option<url::Url>,
    /// The token of the service at --url; better set in the environment than here
    #[arg(long, hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<SecretString>,
    /// Log at debug level to standard error
    #[arg(long)]
    pub debug: bool,
}

fn invoke_help() -> String {
    let name = product::get().name;
    format!(
        "Results go to standard output, one JSON object a line; progress and logs to standard error.\n\
         {SETTINGS_FILES}\n\
         \x20 {name} invoke test-connection -p config.json\n\
         \x20 {name} invoke account-list -p config.json > accounts.ndjson\n\
         \x20 {name} invoke account-read 005RM000002FD0bYAG -p config.json\n\
         \x20 {name} invoke entitlement-list -t group -p config.json --url http://127.0.0.1:3000\n\
         \x20 {name} invoke account-create -a '{{\"userName\":\"ada@example.com\", …}}' -p config.json\n\
         \x20 {name} invoke account-update 005RM000002FD0bYAG --changes '[{{\"op\":\"Set\",\"attribute\":\"title\",\"value\":\"Dr\"}}]' --dry-run -p config.json\n\
         \x20 {name} invoke change-password 005RM000002FD0bYAG -f - -p config.json   (the input with \"password\" from standard input)\n\
         \x20 {name} invoke authenticate ada@example.com -f - -p config.json   (the same)\n\
         \x20 {name} invoke source-data-read users --query love --limit 5 -p config.json\n\
         \x20 {name} invoke raw -t std:account:list -f input.json -p config.json"
    )
}

/// The commands by the names that the vendor's command line gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    TestConnection,
    AccountList,
    AccountRead,
    AccountCreate,
    AccountUpdate,
    AccountDelete,
    AccountEnable,
    AccountDisable,
    AccountUnlock,
    AccountDiscoverSchema,
    EntitlementList,
    EntitlementRead,
    ChangePassword,
    Authenticate,
    SourceDataDiscover,
    SourceDataRead,
    ConfigOptionsRead,
    SpecRead,
    Raw,
}

/// Gives every option its environment variable.
pub fn with_environment(command: Command) -> Command {
    let subcommands: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    subcommands.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| {
            sub.mut_args(|arg| match arg.get_long() {
                Some(long) => {
                    let name =
                        format!("{}{}", product::get().env_prefix(), long.replace('-', "_").to_ascii_uppercase());
                    let arg = arg.env(name);
                    // A switch is off by `0`, `no` and `off` too, and on by `1`, `yes` and `on`.
                    if matches!(arg.get_action(), ArgAction::SetTrue) {
                        arg.value_parser(BoolishValueParser::new())
                    } else {
                        arg
                    }
                }
                None => arg,
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound_and_every_option_has_its_variable() {
        let command = with_environment(Cli::command());
        command.clone().debug_assert();
        let serve = command.find_subcommand("serve").unwrap();
        let listen = serve.get_arguments().find(|arg| arg.get_long() == Some("listen")).unwrap();
        assert_eq!(listen.get_env().unwrap(), &*format!("{}LISTEN", product::get().env_prefix()));
    }
}
