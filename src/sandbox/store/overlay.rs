//! What was written since the start or the last reset. Knows no rule about what may be written.

use super::memberships::Memberships;
use crate::sandbox::population::Population;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The writes, over the population that they change.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay {
    /// Counts the writes, resets among them.
    pub version: u64,
    pub active_users: u64,
    pub users: Written,
    pub groups: Written,
    /// The users by the names that were written, in small letters; `None` where a name is free now.
    by_name: HashMap<String, Option<u64>>,
    pub memberships: Memberships,
    /// Digests of those that users were given.
    pub passwords: HashMap<u64, [u8; 32]>,
}

/// The records of one collection that were written.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// How many were created; their indices follow the population's.
    pub created: u64,
    /// Created and changed records, whole but for what memberships say.
    pub records: HashMap<u64, Arc<Value>>,
    pub deleted: BTreeSet<u64>,
}

/// What a user counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// The user name, in small letters.
    pub name: String,
    pub is_active: bool,
}

impl Standing {
    fn of(user: &Value) -> Self {
        let name = user.get("userName").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        Self { name, is_active: user.get("active").and_then(Value::as_bool).unwrap_or(true) }
    }
}

impl Overlay {
    pub(super) fn new(version: u64, population: &Population) -> Self {
        Self { version, active_users: population.active_users(), ..Self::default() }
    }

    /// The user with that name in small letters.
    pub(super) fn user_named(&self, population: &Population, name: &str) -> Option<u64> {
        self.by_name.get(name).copied().unwrap_or_else(|| population.user_named(name))
    }

    /// What the user counts as now; a user that is not there yet, or no longer, as nothing.
    pub(super) fn standing(&self, population: &Population, index: u64) -> Option<Standing> {
        match self.users.records.get(&index) {
            _ if self.users.deleted.contains(&index) => None,
            Some(user) => Some(Standing::of(user)),
            None if index < population.users() => {
                Some(Standing { name: population.person(index).user_name, is_active: population.is_active(index) })
            }
            None => None,
        }
    }

    pub(super) fn put_user(&mut self, population: &Population, index: u64, user: Value) {
        let after = Standing::of(&user);
        self.stand(population, index, Some(after));
        self.users.put(index, population.users(), user);
    }

    pub(super) fn delete_user(&mut self, population: &Population, index: u64) {
        self.stand(population, index, None);
        self.users.delete(index);
        self.passwords.remove(&index);
        self.memberships.forget_user(index);
    }

    /// The group, and which users become members or cease to be.
    pub(super) fn put_group(
        &mut self,
        population: &Population,
        index: u64,
        group: Value,
        members: &BTreeMap<u64, bool>,
    ) {
        self.groups.put(index, population.groups(), group);
        for (user, is_member) in members {
            self.memberships.set(population, index, *user, *is_member);
        }
    }

    pub(super) fn delete_group(&mut self, index: u64) {
        self.groups.delete(index);
        self.memberships.forget_group(index);
    }

    fn stand(&mut self, population: &Population, index: u64, after: Option<Standing>) {
        let before = self.standing(population, index);
        let active = |standing: &Option<Standing>| u64::from(standing.as_ref().is_some_and(|one| one.is_active));
        self.active_users = self.active_users + active(&after) - active(&before);
        if let Some(before) = before {
            self.by_name.insert(before.name, None);
        }
        if let Some(after) = after {
            self.by_name.insert(after.name, Some(index));
        }
    }
}

impl Written {
    fn put(&mut self, index: u64, in_population: u64, record: Value) {
        if index >= in_population + self.created {
            self.created += 1;
        }
        self.records.insert(index, Arc::new(record));
    }

    fn delete(&mut self, index: u64) {
        self.records.remove(&index);
        self.deleted.insert(index);
    }
}
