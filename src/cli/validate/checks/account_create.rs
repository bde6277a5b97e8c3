//! Checks of what becomes of a new account.

use crate::cli::validate::compare::{self, Order};
use crate::cli::validate::item::Item;
use crate::cli::validate::subject::Settings;
use crate::cli::validate::trial::{LIST, READ, Stop, Trial, required};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Nobody can be created from nothing.
pub async fn empty(trial: &mut Trial<'_>) -> Result<(), Stop> {
    trial.connected().await?;
    if trial.try_create(&Map::new()).await.is_ok() {
        trial.problem("an account without any attribute was created");
    }
    Ok(())
}

/// What the template requires is enough.
pub async fn minimal(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let attributes = trial.values.account(required(trial.context.spec));
    as_sent(trial, &attributes).await
}

/// Everything that the template has is kept.
pub async fn maximal(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let fields = trial.context.spec.fields();
    let attributes = trial.values.account(fields);
    for field in fields.iter().filter(|field| !attributes.contains_key(&field.key)) {
        trial.note(format!("{} is left out: no value can be made up for the type {}", field.key, field.kind));
    }
    trial.context.spec.unwritten().into_iter().for_each(|says| trial.note(says));
    as_sent(trial, &attributes).await
}

/// Creates the account; what was sent is what its creation gives back and what is read.
async fn as_sent(trial: &mut Trial<'_>, attributes: &Map<String, Value>) -> Result<(), Stop> {
    let created = trial.create(attributes).await?;
    for difference in compare::shared(attributes, &created) {
        trial.problem(format!("when created, {difference}"));
    }
    let read = trial.read(&created).await?;
    for difference in compare::shared(attributes, &read) {
        trial.problem(format!("when read, {difference}"));
    }
    trial.delete(&created).await
}

/// A new account is listed and readable, a deleted one is neither.
///
/// Whether a provider only deactivates is taken from the rules of its profile, never from what is seen here: a connector
/// that forgets to delete looks just like it, and this check is there to find that out.
pub async fn list_delete(trial: &mut Trial<'_>) -> Result<(), Stop> {
    if let Some(provider) = &trial.context.deactivates {
        let why = "deletion only deactivates, so a deleted account stays readable and listed";
        return Err(Stop::Skipped(format!("rules of the provider {provider}: {why}")));
    }
    let before = listed(trial).await?;
    let created = trial.create_minimal().await?;
    let with_it = listed(trial).await?;
    let expected: BTreeSet<String> = before.iter().cloned().chain([created.identity.clone()]).collect();
    compare_lists(trial, "after the creation", &expected, &with_it);

    let read = trial.read(&created).await?;
    // What went wrong while an account was created is told once, not each time that it is read.
    let mut whole = created.whole.clone();
    whole.as_object_mut().and_then(|members| members.remove("results"));
    for difference in compare::differences(("created", &whole), ("read", &read.whole), Order::Any) {
        trial.problem(difference);
    }

    trial.delete(&created).await?;
    if let Ok(results) = trial.ask(READ, created.input(), Settings::Source).await {
        let disabled = results.iter().any(|result| result.get("disabled") == Some(&json!(true)));
        let state = if disabled { " (it is disabled; deletion may only deactivate at this provider)" } else { "" };
        trial.problem(format!("the account {} can still be read after its deletion{state}", created.identity));
    }
    let after = listed(trial).await?;
    compare_lists(trial, "after the deletion", &before, &after);
    Ok(())
}

/// The identities in the list of accounts.
async fn listed(trial: &mut Trial<'_>) -> Result<BTreeSet<String>, Stop> {
    let accounts = trial.list(LIST, json!({})).await?;
    let count = accounts.len();
    let identities: BTreeSet<String> = accounts.into_iter().map(|Item { identity, .. }| identity).collect();
    if identities.len() < count {
        trial.problem(format!("the list of {count} accounts has only {} identities", identities.len()));
    }
    Ok(identities)
}

fn compare_lists(trial: &mut Trial<'_>, when: &str, expected: &BTreeSet<String>, found: &BTreeSet<String>) {
    for missing in expected.difference(found) {
        trial.problem(format!("{when} the list lacks the account {missing}"));
    }
    for extra in found.difference(expected) {
        trial.problem(format!("{when} the list has the account {extra}, which should not be there"));
    }
}
