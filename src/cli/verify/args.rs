//! What can be said to `verify`.

use crate::cli::args::TargetArgs;
use crate::product;
use clap::Args;
use secrecy::SecretString;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct VerifyArgs {
    /// A recorded list: what invoke printed, or the lines of a service (NDJSON), - for standard input
    #[arg(conflicts_with_all = ["before_config", "before_url"])]
    pub before: Option<PathBuf>,
    /// Another recorded list, instead of one that is read now
    #[arg(conflicts_with_all = ["config", "config_json", "url"])]
    pub after: Option<PathBuf>,
    /// Instead of a recorded list: a file with the settings of the source that it is compared with (JSON)
    #[arg(long, value_name = "FILE")]
    pub before_config: Option<PathBuf>,
    /// Instead of a recorded list: a running service that is asked; without --before-config, with the settings of -p
    #[arg(long, value_name = "URL")]
    pub before_url: Option<url::Url>,
    /// The token of the service at --before-url; better set in the environment than here
    #[arg(long, hide_env_values = true, value_name = "TOKEN", requires = "before_url")]
    pub before_token: Option<SecretString>,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Compare entitlements of this type (group, entitlement) instead of accounts
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// The attribute that tells which belong together, where the identities differ
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
    /// An attribute that may differ; may be given several times
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Every difference as one JSON object a line, and the figures in the last line
    #[arg(long)]
    pub json: bool,
    /// How many of each sort of difference the table shows
    #[arg(long, default_value_t = 20, value_name = "N", conflicts_with = "json")]
    pub limit: usize,
}

fn help() -> String {
    let name = product::get().name;
    format!(
        "The order of several values does not matter, one value is the same as a list of it, and no value is the same as an \
         empty list, null, or an attribute that is not there. One side is held in memory, the other is not.\n\
         Exit codes:  0 equal, 1 different, 2 wrong usage, or a list that could not be read to its end.\n\
         \x20 {name} invoke account-list -p config.json > accounts.ndjson\n\
         \x20 {name} verify accounts.ndjson -p config.json --ignore lastModified\n\
         \x20 {name} verify groups.ndjson -t group -p config.json --url http://127.0.0.1:3000\n\
         \x20 {name} verify --before-config old.json -p new.json --key userName\n\
         \x20 {name} verify --before-url http://127.0.0.1:3001 -p config.json\n\
         \x20 {name} verify before.ndjson after.ndjson --json"
    )
}
