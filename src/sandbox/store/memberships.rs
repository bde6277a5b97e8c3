//! Which users are in which groups: the population's memberships, and where writes made them differ.

use crate::sandbox::population::{self, Population};
use std::collections::BTreeMap;

/// The differences, in both directions, so that either side is found without a scan.
#[derive(Debug, Clone, Default)]
pub(super) struct Memberships {
    /// By group and user: whether the user is a member now.
    by_group: BTreeMap<(u64, u64), bool>,
    by_user: BTreeMap<(u64, u64), bool>,
}

impl Memberships {
    pub(super) fn contains(&self, population: &Population, group: u64, user: u64) -> bool {
        let written = self.by_group.get(&(group, user)).copied();
        written.unwrap_or_else(|| population::groups_of(population, user).contains(&group))
    }

    /// Ascending.
    pub(super) fn groups_of(&self, population: &Population, user: u64) -> Vec<u64> {
        merge(population::groups_of(population, user), &self.by_user, user)
    }

    /// Ascending.
    pub(super) fn members_of(&self, population: &Population, group: u64) -> Vec<u64> {
        merge(population::members_of(population, group), &self.by_group, group)
    }

    pub(super) fn set(&mut self, population: &Population, group: u64, user: u64, is_member: bool) {
        if population::groups_of(population, user).contains(&group) == is_member {
            self.by_group.remove(&(group, user));
            self.by_user.remove(&(user, group));
        } else {
            self.by_group.insert((group, user), is_member);
            self.by_user.insert((user, group), is_member);
        }
    }

    /// Drops the differences of a user that is gone.
    pub(super) fn forget_user(&mut self, user: u64) {
        self.by_user.retain(|(other, _), _| *other != user);
        self.by_group.retain(|(_, other), _| *other != user);
    }

    /// Drops the differences of a group that is gone.
    pub(super) fn forget_group(&mut self, group: u64) {
        self.by_group.retain(|(other, _), _| *other != group);
        self.by_user.retain(|(_, other), _| *other != group);
    }
}

fn merge(population: impl IntoIterator<Item = u64>, differences: &BTreeMap<(u64, u64), bool>, one: u64) -> Vec<u64> {
    let mut differences = differences.range((one, 0)..=(one, u64::MAX)).peekable();
    if differences.peek().is_none() {
        return population.into_iter().collect();
    }
    let differences: BTreeMap<u64, bool> = differences.map(|((_, other), is_member)| (*other, *is_member)).collect();
    let kept = population.into_iter().filter(|other| !differences.contains_key(other));
    let added = differences.iter().filter(|(_, is_member)| **is_member).map(|(other, _)| *other);
    let mut merged: Vec<u64> = kept.chain(added).collect();
    merged.sort_unstable();
    merged
}
