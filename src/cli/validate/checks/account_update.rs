//! Checks of changes, each on a new account: nobody's data are changed.

use crate::cli::validate::compare::shown;
use crate::cli::validate::item::Item;
use crate::cli::validate::spec::Attribute;
use crate::cli::validate::subject::Settings;
use crate::cli::validate::trial::{ENTITLEMENT_LIST, Stop, Trial, UPDATE};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Each attribute that is said to be writable takes a new value and keeps it.
pub async fn single_attributes(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let attributes = trial.context.spec.account_attributes().iter();
    let writable: Vec<&Attribute> =
        attributes.filter(|attribute| attribute.writable && !attribute.entitlement).collect();
    if writable.is_empty() {
        return Err(Stop::Skipped("no attribute of the account schema is writable".to_owned()));
    }
    trial.context.spec.unwritten().into_iter().for_each(|says| trial.note(says));
    let account = trial.create_minimal().await?;
    for attribute in writable {
        let name = &attribute.name;
        let Some(value) = trial.values.change(attribute, account.attribute(name)) else {
            trial.note(format!("{name} is left out: no value can be made up for the type {}", attribute.kind));
            continue;
        };
        let op = if attribute.multi { "Add" } else { "Set" };
        if let Err(says) = change(trial, &account, op, name, &value).await {
            trial.problem(says);
            continue;
        }
        let read = trial.read(&account).await?;
        let kept = if attribute.multi { read.holds(name, &value) } else { read.attribute(name) == Some(&value) };
        if !kept {
            let now = shown(read.attribute(name).unwrap_or(&Value::Null));
            trial.problem(format!("{name} is {now} after {op} of {}", shown(&value)));
        }
    }
    Ok(())
}

/// Groups are granted to a new account one by one, then revoked one by one; each time exactly that one changes.
pub async fn entitlement(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let Some(attribute) = trial.context.spec.group_attribute() else {
        return Err(Stop::Skipped("no attribute of the account schema is an entitlement".to_owned()));
    };
    let groups = trial.list(ENTITLEMENT_LIST, json!({"type": "group"})).await?;
    let account = trial.create_minimal().await?;
    let ids: Vec<String> = groups.iter().map(|group| group.id().to_owned()).collect();
    let free = ids.into_iter().filter(|id| !account.holds(&attribute.name, &id.as_str().into()));
    let ids: Vec<String> = free.take(trial.context.read_limit).collect();
    if ids.is_empty() {
        return Err(Stop::Skipped("there is no group that a new account could be added to".to_owned()));
    }
    let mut grants = Grants { account, attribute: &attribute.name, tried: ids.iter().collect(), held: BTreeSet::new() };
    for id in &ids {
        grants.change(trial, "Add", id).await?;
    }
    for id in &ids {
        grants.change(trial, "Remove", id).await?;
    }
    Ok(())
}

/// What an account should hold of the groups that are tried. Others do not count: a provider may add them by rules of
/// its own.
struct Grants<'a> {
    account: Item,
    attribute: &'a str,
    tried: BTreeSet<&'a String>,
    held: BTreeSet<&'a String>,
}

impl<'a> Grants<'a> {
    async fn change(&mut self, trial: &mut Trial<'_>, op: &str, id: &'a String) -> Result<(), Stop> {
        if let Err(says) = change(trial, &self.account, op, self.attribute, &id.as_str().into()).await {
            trial.problem(says);
            return Ok(());
        }
        if op == "Add" {
            self.held.insert(id)
        } else {
            self.held.remove(id)
        };
        let read = trial.read(&self.account).await?;
        let held = |id: &&String| read.holds(self.attribute, &id.as_str().into());
        let found: BTreeSet<&String> = self.tried.iter().copied().filter(held).collect();
        if found != self.held {
            let now = shown(read.attribute(self.attribute).unwrap_or(&Value::Null));
            let expected = shown(&json!(self.held));
            trial.problem(format!("{} is {now} after {op} of {id}, but should be {expected}", self.attribute));
            // Told once; the next change is looked at for itself.
            self.held = found;
        }
        Ok(())
    }
}

/// Sends one change; says what went wrong.
async fn change(trial: &Trial<'_>, account: &Item, op: &str, name: &str, value: &Value) -> Result<(), String> {
    let mut input: Map<String, Value> = account.input().as_object().cloned().unwrap_or_default();
    input.insert("changes".to_owned(), json!([{"op": op, "attribute": name, "value": value}]));
    let answer = trial.ask(UPDATE, input.into(), Settings::Source).await;
    answer.map(drop).map_err(|error| format!("{op} of {} to {name} failed: {error}", shown(value)))
}
