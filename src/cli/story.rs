//! The story of the demo: what was asked, what came, how long it took, and a creation that is refused.

use super::CliError;
use super::client::Client;
use super::output::{self, BAD, FAINT, GOOD, TITLE, styled};
use comfy_table::{ContentArrangement, Table, presets};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;

/// More creations than any licence limit of the demo's sandbox.
const MAX_CREATIONS: u32 = 20;
/// So many rows of a list are shown.
const ROWS: usize = 8;

pub(super) struct Story {
    pub client: Client,
    pub config: Value,
}

/// What a command gave, and how long it took in milliseconds.
struct Told {
    results: Vec<Value>,
    ms: u128,
}

impl Story {
    /// Tells it; gives back how many accounts were created.
    pub async fn tell(&self) -> Result<u32, CliError> {
        heading("1", "Is the source connected?", "std:test-connection")?;
        let told = self.ask("std:test-connection", json!({})).await?;
        done(&format!("Yes: a fresh token, and a first user could be read  ({} ms)", told.ms))?;

        heading("2", "Which groups are there?", "std:entitlement:list, type group")?;
        let told = self.ask("std:entitlement:list", json!({"type": "group"})).await?;
        done(&format!("{} groups  ({} ms)", told.results.len(), told.ms))?;
        table(&told.results, &[("Group", "displayName"), ("Id", "id")])?;

        heading("3", "Which profiles and permission sets?", "std:entitlement:list, type entitlement")?;
        let told = self.ask("std:entitlement:list", json!({"type": "entitlement"})).await?;
        let profiles = told.results.iter().filter(|found| attribute(found, "kind") == "Profile").count();
        let rest = told.results.len() - profiles;
        done(&format!("{profiles} profiles and {rest} permission sets  ({} ms)", told.ms))?;
        table(&told.results, &[("Entitlement", "displayName"), ("Kind", "kind"), ("Id", "id")])?;

        heading("4", "Who has an account?", "std:account:list")?;
        let told = self.ask("std:account:list", json!({})).await?;
        let disabled =
            told.results.iter().filter(|account| account.get("disabled") == Some(&Value::Bool(true))).count();
        done(&format!("{} accounts, {disabled} of them disabled  ({} ms)", told.results.len(), told.ms))?;
        let columns = [
            ("User name", "userName"),
            ("Name", "formattedName"),
            ("Department", "department"),
            ("Profile", "profile"),
            ("Groups", "groups"),
            ("Entitlements", "entitlements"),
            ("Active", "active"),
        ];
        table(&told.results, &columns)?;

        heading("5", "May another person join?", "std:account:create")?;
        self.create_until_refused().await
    }

    async fn create_until_refused(&self) -> Result<u32, CliError> {
        for number in 1..=MAX_CREATIONS {
            let user_name = format!("new.joiner{number}@example.com");
            let attributes = json!({
                "userName": user_name, "email": user_name, "givenName": "New", "familyName": format!("Joiner {number}"),
                "profile": "Standard User",
            });
            match self.ask("std:account:create", json!({"attributes": attributes})).await {
                Ok(told) => {
                    let id =
                        told.results.first().and_then(|account| account.get("identity")?.as_str()).unwrap_or_default();
                    done(&format!("{user_name} has the account {id}  ({} ms)", told.ms))?;
                }
                Err(CliError::Failed(message)) => {
                    refused(&user_name, &message)?;
                    return Ok(number - 1);
                }
                Err(error) => return Err(error),
            }
        }
        Err(CliError::Failed(format!("none of {MAX_CREATIONS} creations was refused, though licences are limited")))
    }

    async fn ask(&self, command: &str, input: Value) -> Result<Told, CliError> {
        let started = Instant::now();
        let invocation = json!({"type": command, "input": input, "config": self.config});
        let mut answer = Box::pin(self.client.invoke(&invocation).await?);
        let mut results = Vec::new();
        while let Some(sent) = answer.next().await {
            results.extend(sent?.result());
        }
        Ok(Told { results, ms: started.elapsed().as_millis() })
    }
}

/// A refusal in its parts: what happened, what to do, what the provider said.
fn refused(user_name: &str, message: &str) -> Result<(), CliError> {
    let text = message.split_once("failed: ").map_or(message, |(_, text)| text);
    let (text, said) = text.split_once(" (").unwrap_or((text, ""));
    let (happened, to_do) = text.split_once(". ").unwrap_or((text, ""));
    let mut letters = happened.chars();
    let happened: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    output::text(&format!("   {} {user_name} was refused: {happened}.", styled(BAD, "✗")))?;
    output::text(&format!("     {to_do}"))?;
    if !said.is_empty() {
        output::text(&styled(FAINT, &format!("     ({said}")))?;
    }
    Ok(())
}

fn heading(number: &str, question: &str, command: &str) -> Result<(), CliError> {
    output::text("")?;
    Ok(output::text(&format!("{}  {}", styled(TITLE, &format!("{number}  {question}")), styled(FAINT, command)))?)
}

fn done(text: &str) -> Result<(), CliError> {
    Ok(output::text(&format!("   {} {text}", styled(GOOD, "✓")))?)
}

/// The first rows, with these attributes; of lists their length.
fn table(results: &[Value], columns: &[(&str, &str)]) -> Result<(), CliError> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(title, _)| *title));
    for result in results.iter().take(ROWS) {
        table.add_row(columns.iter().map(|(_, name)| cell(attribute(result, name))));
    }
    for line in table.lines() {
        output::text(&format!("   {line}"))?;
    }
    if let Some(more) = results.len().checked_sub(ROWS).filter(|more| *more > 0) {
        output::text(&styled(FAINT, &format!("   … and {more} more")))?;
    }
    Ok(())
}

fn attribute<'a>(result: &'a Value, name: &str) -> &'a Value {
    result.get("attributes").and_then(|attributes| attributes.get(name)).unwrap_or(&Value::Null)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(values) => values.len().to_string(),
        other => other.to_string(),
    }
}
