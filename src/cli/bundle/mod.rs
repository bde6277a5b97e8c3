//! `bundle`: the zip that is uploaded to the platform, with a specification and an `index.js` on the platform's own SDK.
//!
//! The platform runs JavaScript and nothing else. So `index.js` hands each command either to a running service or to this
//! program, which is then in the file. Its sources are in `bundle/`; the SDK and what bundles it come from npm.

mod archive;
mod index;
mod program;

use super::output::{TITLE, styled};
use super::{CliError, output};
use crate::connector::custom::Custom;
use crate::product;
use clap::Args;
use program::Program;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The form for the service's address and token.
const RELAY_MENU: &str = include_str!("../../../bundle/relay-menu.json");

#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct BundleArgs {
    /// Hand each command to a running service, which the source's settings name [default]
    #[arg(long, conflicts_with = "embed")]
    pub relay: bool,
    /// Put the service's program in: nothing else has to run anywhere
    #[arg(long)]
    pub embed: bool,
    /// The zip to write [default: the name, the version and the way]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The program to put in, a static one for Linux [default: this one]
    #[arg(long, value_name = "FILE", conflicts_with = "relay", requires = "embed")]
    pub binary: Option<PathBuf>,
}

fn help() -> String {
    let name = product::get().name;
    format!(
        "It needs Node.js from 18.12 on with npm, which fetches the platform's SDK. The same program makes the same zip.\n\
         \x20 {name} bundle --relay -o connector.zip\n\
         \x20 {name} bundle --embed -o connector.zip\n\
         \x20 sail conn upload -c my-connector -f connector.zip"
    )
}

/// How commands reach the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Relay,
    Embed,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Embed => "embed",
        }
    }
}

pub(super) fn run(args: &BundleArgs, custom: &Custom) -> Result<(), CliError> {
    let product = product::get();
    let way = if args.embed { Way::Embed } else { Way::Relay };
    let program = match way {
        Way::Relay => None,
        Way::Embed => Some(Program::find(args.binary.as_deref())?),
    };
    let spec = specification(way, custom)?;
    let index = index::build(&json!({
        "name": product.name,
        "version": product.version,
        "way": way.name(),
        "spec": spec,
        "program": program.as_ref().map(Program::json),
    }))?;
    let spec = format!("{spec:#}\n");
    let zip = archive::zip(&[("connector-spec.json", spec.as_bytes()), ("index.js", &index)])
        .map_err(|error| CliError::Failed(format!("the zip cannot be made: {error}")))?;
    let default = || format!("{}-{}-{}.zip", product.name, product.version, way.name()).into();
    let path = args.output.clone().unwrap_or_else(default);
    std::fs::write(&path, &zip)
        .map_err(|error| CliError::Failed(format!("{} cannot be written: {error}", path.display())))?;
    output::text(&styled(TITLE, &format!("{} ({} KiB)", path.display(), zip.len().div_ceil(1024))))?;
    output::text(match way {
        Way::Relay => "Upload it, and give its sources the address and the token of a service that runs.",
        Way::Embed => "Upload it; the service is in it.",
    })?;
    Ok(())
}

/// The specification that is uploaded. Sources that hand their commands to a service have a form for where it is.
fn specification(way: Way, custom: &Custom) -> Result<Value, CliError> {
    let mut spec = custom.specification.json();
    if way == Way::Relay {
        let menu: Value = serde_json::from_str(RELAY_MENU)
            .map_err(|error| CliError::Failed(format!("the form for the service is not JSON: {error}")))?;
        let form = spec.get_mut("sourceConfig").and_then(Value::as_array_mut);
        form.ok_or_else(|| CliError::Failed("the specification has no sourceConfig".to_owned()))?.insert(0, menu);
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Code, Sort, check};

    #[test]
    fn the_specification_of_a_relay_is_sound_and_asks_first_for_the_service() {
        let custom = Custom::default();
        let spec = specification(Way::Relay, &custom).unwrap();
        let keys = ["serviceUrl", "serviceToken"];
        for (at, key) in keys.iter().enumerate() {
            assert_eq!(spec["sourceConfig"][0]["items"][0]["items"][at]["key"], *key);
        }
        let mut code = Code::of(product::NAME, &custom.table, &custom.profiles);
        code.settings.extend(keys.map(str::to_owned));
        let findings = check(&spec.to_string(), &code);
        assert_eq!(findings.iter().filter(|finding| finding.sort != Sort::Doubtful).count(), 0, "{findings:?}");
    }

    #[test]
    fn the_specification_of_a_bundle_with_the_program_is_the_connectors() {
        let custom = Custom::default();
        assert_eq!(specification(Way::Embed, &custom).unwrap(), custom.specification.json());
    }
}
