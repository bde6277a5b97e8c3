//! The changes of an account, held against what it is: what must be sent, and nothing else.

use super::table::{self, Column, Kind, Table};
use super::values;
use crate::protocol::{Action, Change};
use crate::scim::provider::{PROFILE_KIND, Profile};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ENTITLEMENTS: &str = "entitlements";

/// What is to be done to an account.
#[derive(Default)]
pub struct Update {
    /// Attributes of the user itself; `None` takes the value away.
    pub attributes: Vec<(Arc<Column>, Option<Value>)>,
    /// What is granted and revoked, an item for each entitlement attribute that changes.
    pub grants: Vec<Grants>,
    /// All entitlements as they are to be. They are sent whole where the profile changes: it is replaced, never removed.
    pub all_entitlements: Option<Vec<String>>,
}

/// What changes in one entitlement attribute.
#[derive(Debug)]
pub struct Grants {
    pub column: Arc<Column>,
    pub delta: Delta,
}

/// What joins and what leaves a set.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub add: Vec<String>,
    pub remove: Vec<String>,
}

impl Delta {
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    pub fn len(&self) -> usize {
        self.add.len() + self.remove.len()
    }

    fn between(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Self {
        Self { add: after.difference(before).cloned().collect(), remove: before.difference(after).cloned().collect() }
    }
}

/// The profiles that a plan names, by what it calls them, as ids.
#[derive(Debug, Default)]
pub struct ProfileIds {
    /// The id of the profile that a change sets.
    pub set: Option<String>,
    /// The id of the one that replaces a revoked profile.
    pub on_revoke: Option<String>,
}

impl Update {
    /// Compares the changes with the account's attributes.
    ///
    /// # Errors
    /// [`UpdateError`] has every change that cannot be made.
    pub fn plan(
        changes: &[Change],
        account: &Map<String, Value>,
        table: &Table,
        provider: &Profile,
        profiles: &ProfileIds,
    ) -> Result<Self, UpdateError> {
        let mut planner = Planner {
            account,
            table,
            provider,
            entitlements: set_of(account, ENTITLEMENTS),
            others: BTreeMap::new(),
            attributes: Vec::new(),
            problems: Vec::new(),
        };
        for change in changes {
            if let Err(says) = planner.take(change, profiles) {
                planner.problems.push((change.attribute.clone(), says));
            }
        }
        let all_entitlements = planner.settle_profile(profiles);
        if !planner.problems.is_empty() {
            return Err(UpdateError { problems: planner.problems });
        }
        let grants = planner.grants();
        Ok(Self { attributes: planner.attributes, grants, all_entitlements })
    }

    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.grants.is_empty()
    }

    /// How many things it changes.
    pub fn len(&self) -> usize {
        self.attributes.len() + self.grants.iter().map(|grants| grants.delta.len()).sum::<usize>()
    }
}

/// The name of the profile that the changes set, where they do so by the attribute `profile`.
pub fn profile_named(changes: &[Change], table: &Table) -> Option<String> {
    let needs_profiles = |name: &str| table.column(name).is_some_and(|column| column.needs_profiles);
    changes.iter().rev().find(|change| needs_profiles(&change.attribute)).and_then(|change| match &change.action {
        Action::Set(value) | Action::Add(value) => values::text(value).ok(),
        Action::Remove(_) | Action::Clear => None,
    })
}

/// Whether the changes may take the profile away, so that another is needed in its place.
pub fn may_lose_profile(changes: &[Change], provider: &Profile) -> bool {
    let has_profile = |value: &Value| {
        let ids = values::texts(value).unwrap_or_default();
        ids.iter().any(|id| provider.entitlement_kind(id) == Some(PROFILE_KIND))
    };
    changes.iter().any(|change| match (change.attribute.as_str(), &change.action) {
        ("profile", Action::Remove(_) | Action::Clear) => true,
        ("entitlements", Action::Remove(value)) => has_profile(value),
        ("entitlements", Action::Set(value)) => !has_profile(value),
        _ => false,
    })
}

struct Planner<'a> {
    account: &'a Map<String, Value>,
    table: &'a Table,
    provider: &'a Profile,
    entitlements: BTreeSet<String>,
    /// What the account is to have of every other entitlement attribute that a change names.
    others: BTreeMap<String, BTreeSet<String>>,
    attributes: Vec<(Arc<Column>, Option<Value>)>,
    problems: Vec<(String, String)>,
}

impl Planner<'_> {
    fn take(&mut self, change: &Change, profiles: &ProfileIds) -> Result<(), String> {
        let column = self.table.known(&change.attribute, self.provider)?;
        if column.needs_profiles {
            return self.take_profile(&change.action, profiles);
        }
        match column.entitlement.as_deref() {
            Some(table::ENTITLEMENT) => merge(&mut self.entitlements, &change.action),
            Some(_) => {
                let held = || set_of(self.account, &column.name);
                merge(self.others.entry(column.name.clone()).or_insert_with(held), &change.action)
            }
            None if column.write.is_none() => Err(format!("cannot be changed: {}", column.why_not_written)),
            None if column.is_multi => self.take_several(Arc::clone(column), &change.action),
            None => self.take_single(Arc::clone(column), &change.action),
        }
    }

    /// What differs, in the table's order.
    fn grants(&self) -> Vec<Grants> {
        let of = |column: &Arc<Column>| {
            let wanted = match column.entitlement.as_deref()? {
                table::ENTITLEMENT => &self.entitlements,
                _ => self.others.get(&column.name)?,
            };
            let delta = Delta::between(&set_of(self.account, &column.name), wanted);
            (!delta.is_empty()).then(|| Grants { column: Arc::clone(column), delta })
        };
        self.table.columns().iter().filter_map(of).collect()
    }

    fn take_profile(&mut self, action: &Action, profiles: &ProfileIds) -> Result<(), String> {
        match action {
            Action::Set(_) | Action::Add(_) => {
                let id = profiles.set.clone().ok_or("has no value that names a profile")?;
                self.drop_profile();
                self.entitlements.insert(id);
            }
            Action::Remove(value) => {
                // To take away a profile that the account does not have changes nothing.
                let named = values::text(value)?;
                let held = self.account.get("profile").and_then(Value::as_str).unwrap_or_default();
                let is_held_id = self.provider.entitlement_kind(&named) == Some(PROFILE_KIND)
                    && set_of(self.account, "entitlements").contains(&named);
                if held.to_lowercase() == named.to_lowercase() || is_held_id {
                    self.drop_profile();
                }
            }
            Action::Clear => self.drop_profile(),
        }
        Ok(())
    }

    /// Takes away the profile that the account has. One that another change brings stays, so that two are noticed.
    fn drop_profile(&mut self) {
        let before = set_of(self.account, "entitlements");
        let is_profile = |held: &String| self.provider.entitlement_kind(held) == Some(PROFILE_KIND);
        self.entitlements.retain(|held| !(is_profile(held) && before.contains(held)));
    }

    fn take_single(&mut self, column: Arc<Column>, action: &Action) -> Result<(), String> {
        let present = self.account.get(&column.name);
        let value = match action {
            Action::Add(_) => return Err("has one value only, so nothing can be added: use Set".to_owned()),
            // A blank text is no value, as in a creation and when it is read.
            Action::Set(value) if column.kind != Kind::Boolean && values::is_blank(value) => None,
            Action::Set(value) => Some(values::typed(&column, value)?).filter(|value| !values::is_blank(value)),
            Action::Remove(value) => {
                // Taking away a value that is not there changes nothing.
                if present != Some(&values::typed(&column, value)?) {
                    return Ok(());
                }
                None
            }
            Action::Clear => None,
        };
        self.attributes.retain(|(taken, _)| taken.name != column.name);
        if !agree(&column, present, value.as_ref()) {
            self.attributes.push((column, value));
        }
        Ok(())
    }

    /// Plans what all the values of a multi-valued attribute are to be.
    fn take_several(&mut self, column: Arc<Column>, action: &Action) -> Result<(), String> {
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        let present = values::sorted(list(self.account.get(&column.name)));
        let planned = self.attributes.iter().find(|(taken, _)| taken.name == column.name);
        let mut held = planned.map_or_else(|| present.clone(), |(_, planned)| list(planned.as_ref()));
        match action {
            Action::Set(value) => held = list(Some(&values::typed(&column, value)?)),
            Action::Add(value) => held.extend(list(Some(&values::typed(&column, value)?))),
            Action::Remove(value) => {
                let gone = list(Some(&values::typed(&column, value)?));
                held.retain(|value| !gone.contains(value));
            }
            Action::Clear => held.clear(),
        }
        let held = values::sorted(held);
        self.attributes.retain(|(taken, _)| taken.name != column.name);
        if held != present {
            self.attributes.push((column, Some(held.into())));
        }
        Ok(())
    }

    fn problem(&mut self, says: &str) {
        self.problems.push(("entitlements".to_owned(), says.to_owned()));
    }

    /// Sees to it that there is one profile, where the provider needs one. Gives back all entitlements if it changes.
    fn settle_profile(&mut self, profiles: &ProfileIds) -> Option<Vec<String>> {
        if !self.provider.has_profiles() {
            return None;
        }
        let is_profile = |id: &&String| self.provider.entitlement_kind(id) == Some(PROFILE_KIND);
        let before: BTreeSet<String> =
            set_of(self.account, "entitlements").iter().filter(is_profile).cloned().collect();
        let wanted: BTreeSet<String> = self.entitlements.iter().filter(is_profile).cloned().collect();
        let new: Vec<&String> = wanted.difference(&before).collect();
        match (new.as_slice(), wanted.len()) {
            ([], 0) if before.is_empty() => {}
            ([], 0) => match profiles.on_revoke.clone() {
                Some(id) if before.contains(&id) => self.problem(
                    "cannot lose the profile: the provider needs exactly one, and profileOnRevoke is this very profile",
                ),
                Some(id) => drop(self.entitlements.insert(id)),
                None => self.problem(
                    "cannot lose the profile: the provider needs exactly one. Set profileOnRevoke to the profile that takes \
                     its place",
                ),
            },
            ([], _) => {}
            ([_], _) => self.entitlements.retain(|id| !before.contains(id)),
            (several, _) => {
                let ids: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
                self.problem(&format!("would give the account several profiles ({}); it must have one", ids.join(", ")));
            }
        }
        let after: BTreeSet<&String> = self.entitlements.iter().filter(is_profile).collect();
        (after != before.iter().collect()).then(|| self.entitlements.iter().cloned().collect())
    }
}

/// Applies a change to a set.
fn merge(held: &mut BTreeSet<String>, action: &Action) -> Result<(), String> {
    match action {
        Action::Set(value) => *held = values::texts(value)?.into_iter().collect(),
        Action::Add(value) => held.extend(values::texts(value)?),
        Action::Remove(value) => {
            for id in values::texts(value)? {
                held.remove(&id);
            }
        }
        Action::Clear => return Err("has several values: name those to remove".to_owned()),
    }
    Ok(())
}

/// Whether the attribute has the value. User names and e-mail addresses agree in any case (RFC 7643 §4.1.1, §8.7.1).
pub fn agree(column: &Column, present: Option<&Value>, wanted: Option<&Value>) -> bool {
    let present = present.filter(|present| present.as_str() != Some(""));
    match (column.name.as_str(), present, wanted) {
        ("userName" | "email", Some(Value::String(present)), Some(Value::String(wanted))) => {
            present.to_lowercase() == wanted.to_lowercase()
        }
        (_, present, wanted) => present == wanted,
    }
}

fn set_of(account: &Map<String, Value>, name: &str) -> BTreeSet<String> {
    let values = account.get(name).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Changes that cannot be made: each attribute with a sentence part that goes on after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateError {
    pub problems: Vec<(String, String)>,
}

impl std::fmt::Display for UpdateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::joined(&self.problems))
    }
}

impl std::error::Error for UpdateError {}

#[cfg(test)]
mod tests;
