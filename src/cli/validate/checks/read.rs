//! Checks of lists and reads, the same for accounts and for groups.

use crate::cli::validate::compare::{Order, differences, shown};
use crate::cli::validate::item::{Item, NOBODY, nobody};
use crate::cli::validate::spec::Attribute;
use crate::cli::validate::subject::Settings;
use crate::cli::validate::trial::{ENTITLEMENT_LIST, ENTITLEMENT_READ, LIST, READ, Stop, Trial};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is listed and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Account,
    Group,
}

pub async fn account_list_and_read(trial: &mut Trial<'_>) -> Result<(), Stop> {
    list_and_read(trial, Kind::Account).await
}

pub async fn account_not_found(trial: &mut Trial<'_>) -> Result<(), Stop> {
    not_found(trial, Kind::Account).await
}

pub async fn account_schema(trial: &mut Trial<'_>) -> Result<(), Stop> {
    schema(trial, Kind::Account).await
}

pub async fn entitlement_list_and_read(trial: &mut Trial<'_>) -> Result<(), Stop> {
    list_and_read(trial, Kind::Group).await
}

pub async fn entitlement_not_found(trial: &mut Trial<'_>) -> Result<(), Stop> {
    not_found(trial, Kind::Group).await
}

pub async fn entitlement_schema(trial: &mut Trial<'_>) -> Result<(), Stop> {
    schema(trial, Kind::Group).await
}

impl Kind {
    fn commands(self) -> (&'static str, &'static str) {
        match self {
            Self::Account => (LIST, READ),
            Self::Group => (ENTITLEMENT_LIST, ENTITLEMENT_READ),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Group => "group",
        }
    }

    /// The input with the entitlement's type, where it needs one.
    fn input(self, mut input: Value) -> Value {
        if let (Self::Group, Some(members)) = (self, input.as_object_mut()) {
            members.insert("type".to_owned(), "group".into());
        }
        input
    }
}

/// Everything that is listed.
async fn listed(trial: &Trial<'_>, kind: Kind) -> Result<Vec<Item>, Stop> {
    let items = trial.list(kind.commands().0, kind.input(json!({}))).await?;
    if items.is_empty() {
        return Err(Stop::Skipped(format!("there is no {} to look at", kind.name())));
    }
    Ok(items)
}

async fn list_and_read(trial: &mut Trial<'_>, kind: Kind) -> Result<(), Stop> {
    let items = listed(trial, kind).await?;
    // The platform compares an account's values as sets.
    let order = if kind == Kind::Account { Order::Any } else { Order::Exact };
    for item in spread(&items, trial.context.read_limit) {
        let read = trial.one(kind.commands().1, kind.input(item.input())).await?;
        for difference in differences(("listed", &item.whole), ("read", &read.whole), order) {
            trial.problem(format!("{} {}: {difference}", kind.name(), item.identity));
        }
    }
    Ok(())
}

/// That many of them, from the first to the last: what goes wrong on later pages is not seen on the first.
fn spread(items: &[Item], limit: usize) -> impl Iterator<Item = &Item> {
    let count = limit.min(items.len());
    let last = items.len().saturating_sub(1);
    (0..count).filter_map(move |number| items.get(number * last / count.saturating_sub(1).max(1)))
}

async fn not_found(trial: &mut Trial<'_>, kind: Kind) -> Result<(), Stop> {
    trial.connected().await?;
    let read = trial.ask(kind.commands().1, kind.input(nobody()), Settings::Source).await;
    if read.is_ok() {
        trial.problem(format!("reading the {} {} did not fail", kind.name(), NOBODY));
    }
    Ok(())
}

async fn schema(trial: &mut Trial<'_>, kind: Kind) -> Result<(), Stop> {
    let spec = trial.context.spec;
    let attributes = match kind {
        Kind::Account => spec.account_attributes(),
        Kind::Group => spec.entitlement_attributes("group").ok_or_else(|| {
            Stop::Failed("the specification has no schema for entitlements of the type group".to_owned())
        })?,
    };
    let mut wrong: Vec<(String, &str, u64)> = Vec::new();
    let mut unknown = BTreeSet::new();
    let items = listed(trial, kind).await?;
    for item in &items {
        for (name, value) in item.attributes() {
            let Some(attribute) = attributes.iter().find(|attribute| attribute.name == *name) else {
                unknown.insert(name.as_str());
                continue;
            };
            let Err(says) = conforms(attribute, value) else { continue };
            match wrong.iter_mut().find(|(known, ..)| *known == says) {
                Some((_, _, more)) => *more += 1,
                None => wrong.push((says, &item.identity, 0)),
            }
        }
    }
    for (says, identity, more) in wrong {
        let others = if more == 0 { String::new() } else { format!(", and {more} more") };
        trial.problem(format!("{says} ({} {identity}{others})", kind.name()));
    }
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.into_iter().collect();
        trial.note(format!("the schema does not have {}", names.join(", ")));
    }
    Ok(())
}

/// Whether a value is as the schema says. Nothing is a value of a single-valued attribute, but no list.
fn conforms(attribute: &Attribute, value: &Value) -> Result<(), String> {
    let Attribute { name, kind, multi, .. } = attribute;
    let values = match (value, multi) {
        (Value::Array(values), true) => values.as_slice(),
        (Value::Array(_), false) => return Err(format!("{name} is an array, but single-valued in the schema")),
        (_, true) => return Err(format!("{name} is no array, but multi-valued in the schema")),
        (Value::Null, false) => return Ok(()),
        (value, false) => std::slice::from_ref(value),
    };
    match values.iter().find(|value| !is(kind, value)) {
        Some(other) => Err(format!("{name} is {}, but of the type {kind} in the schema", sort(other))),
        None => Ok(()),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "int" | "long" => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

fn sort(value: &Value) -> String {
    match value {
        Value::String(_) => "a string".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        other => shown(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(3, 8, &[0, 1, 2])]
    #[case(100, 4, &[0, 33, 66, 99])]
    #[case(100, 1, &[0])]
    #[case(2, 2, &[0, 1])]
    #[case(0, 8, &[])]
    fn those_that_are_read_are_spread_over_the_list(
        #[case] count: usize,
        #[case] limit: usize,
        #[case] expected: &[usize],
    ) {
        let item =
            |number: usize| Item::parse(json!({"identity": number.to_string(), "key": {}, "attributes": {}})).unwrap();
        let items: Vec<Item> = (0..count).map(item).collect();
        let numbers: Vec<usize> = spread(&items, limit).map(|item| item.identity.parse().unwrap()).collect();
        assert_eq!(numbers, expected);
    }
}
