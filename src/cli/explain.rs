//! `explain`: what a provider's error means, and the list of all that are known.

use super::CliError;
use super::args::{ExplainArgs, Name};
use super::local;
use super::output::{self, FAINT, remark, styled};
use crate::connector::error::{self, Answer, Explanation};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use std::io::{self, IsTerminal as _};
use std::path::Path;

/// The list is so wide, in characters: as wide as a page in which it is read or searched.
const TABLE_WIDTH: u16 = 150;

pub(super) fn run(args: &ExplainArgs) -> Result<(), CliError> {
    if args.list {
        let text = if args.markdown { error::markdown().trim_end().to_owned() } else { table() };
        return Ok(output::text(&text)?);
    }
    let path = args.file.as_deref().unwrap_or(Path::new("-"));
    if path.as_os_str() == "-" && io::stdin().is_terminal() {
        remark("Paste the answer, then end it with Ctrl-D.");
    }
    let text = local::read_text(path)?;
    if text.trim().is_empty() && args.status.is_none() {
        return Err(CliError::Usage("there is nothing to explain: give the answer's body, or its --status".to_owned()));
    }
    let answer =
        Answer { text: &text, status: args.status, provider: args.provider.as_deref(), doing: doing(args.name) };
    show(&error::explain(&answer))
}

fn show(explanation: &Explanation) -> Result<(), CliError> {
    output::text(&explanation.message)?;
    output::text("")?;
    let kind = json!(explanation.kind);
    let assumed = if explanation.is_status_assumed { " (assumed: say it with --status)" } else { "" };
    let status = explanation.status.map(|status| format!("{status}{assumed}"));
    let lines = [
        ("Code", Some(explanation.code.to_owned())),
        ("Kind", kind.as_str().map(str::to_owned)),
        ("Who can mend it", Some(explanation.who.to_owned())),
        ("Known from", Some(explanation.known.to_owned())),
        ("Provider's code", explanation.provider_code.clone()),
        ("Attribute", explanation.attribute.clone()),
        ("HTTP status", status),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            output::text(&format!("{} {value}", styled(FAINT, &format!("{name:16}"))))?;
        }
    }
    Ok(())
}

fn table() -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(TABLE_WIDTH);
    table.set_header(["Code", "Provider", "Told by", "Who can mend it", "What a person is told"]);
    for row in error::rows() {
        table.add_row(row);
    }
    table.to_string()
}

/// What a command is called in its messages, where nothing is known of its account.
fn doing(name: Option<Name>) -> &'static str {
    match name {
        None | Some(Name::Raw) => "The command",
        Some(Name::TestConnection) => "The connection test",
        Some(Name::AccountList) => "Listing accounts",
        Some(Name::AccountRead) => "Reading the account",
        Some(Name::AccountCreate) => "Creating the account",
        Some(Name::AccountUpdate) => "Updating the account",
        Some(Name::AccountDelete) => "Deleting the account",
        Some(Name::AccountEnable) => "Enabling the account",
        Some(Name::AccountDisable) => "Disabling the account",
        Some(Name::AccountUnlock) => "Unlocking the account",
        Some(Name::AccountDiscoverSchema) => "Discovering the account schema",
        Some(Name::EntitlementList) => "Listing entitlements",
        Some(Name::EntitlementRead) => "Reading the entitlement",
        Some(Name::ChangePassword) => "Changing the password",
        Some(Name::Authenticate) => "Signing in the user",
        Some(Name::SourceDataDiscover) => "Discovering the data sets",
        Some(Name::SourceDataRead) => "Reading the data set",
        Some(Name::ConfigOptionsRead) => "Reading the options",
        Some(Name::SpecRead) => "Reading the specification",
    }
}
