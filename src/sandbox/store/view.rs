//! The records at one moment: found by id, index and name, each whole with what other records say about it.

use super::Collection;
use super::overlay::{Overlay, Written};
use crate::sandbox::dialect::Dialect;
use crate::sandbox::population::{self, PROFILES, Population, ROLES};
use crate::sandbox::projection::Projection;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(in crate::sandbox) struct View<'a> {
    population: &'a Population,
    licenses: Option<u64>,
    overlay: Arc<Overlay>,
}

impl<'a> View<'a> {
    pub(super) fn new(population: &'a Population, licenses: Option<u64>, overlay: Arc<Overlay>) -> Self {
        Self { population, licenses, overlay }
    }
}

impl View<'_> {
    /// Changes with every write.
    pub(in crate::sandbox) fn version(&self) -> u64 {
        self.overlay.version
    }

    pub(in crate::sandbox) fn dialect(&self) -> Dialect {
        self.population.dialect()
    }

    /// How many indices there are, those of deleted records among them.
    pub(in crate::sandbox) fn slots(&self, collection: Collection) -> u64 {
        match collection {
            Collection::Users => self.population.users() + self.overlay.users.created,
            Collection::Groups => self.population.groups() + self.overlay.groups.created,
            Collection::Entitlements => self.population.entitlements(),
            Collection::Roles => ROLES,
        }
    }

    /// The indices at which there is nothing any more.
    pub(in crate::sandbox) fn deleted(&self, collection: Collection) -> &BTreeSet<u64> {
        static NONE: BTreeSet<u64> = BTreeSet::new();
        self.written(collection).map_or(&NONE, |written| &written.deleted)
    }

    /// The record at that index, at least with what the projection wants.
    pub(in crate::sandbox) fn resource(&self, collection: Collection, index: u64, projection: &Projection) -> Value {
        let mut resource = self.bare(collection, index);
        match collection {
            Collection::Users => {
                let groups = self.groups_of(index);
                insert(&mut resource, "groups", groups);
            }
            Collection::Groups if projection.wants("members") => {
                let members = self.members_of(index);
                insert(&mut resource, "members", members);
            }
            _ => {}
        }
        resource
    }

    /// All that there is under an endpoint, each whole.
    pub(in crate::sandbox) fn all(&self, endpoint: &str) -> Vec<Value> {
        let collections = Collection::ALL.into_iter().filter(|collection| collection.endpoint() == endpoint);
        collections
            .flat_map(|collection| (0..self.slots(collection)).map(move |index| (collection, index)))
            .filter(|(collection, index)| !self.deleted(*collection).contains(index))
            .map(|(collection, index)| self.resource(collection, index, &Projection::All))
            .collect()
    }

    /// The record without what memberships say.
    pub(super) fn bare(&self, collection: Collection, index: u64) -> Value {
        if let Some(record) = self.written(collection).and_then(|written| written.records.get(&index)) {
            return Value::clone(record);
        }
        match collection {
            Collection::Users => self.population.user(index),
            Collection::Groups => self.population.group(index),
            Collection::Entitlements => self.population.entitlement(index),
            Collection::Roles => self.population.role(index),
        }
    }

    fn written(&self, collection: Collection) -> Option<&Written> {
        match collection {
            Collection::Users => Some(&self.overlay.users),
            Collection::Groups => Some(&self.overlay.groups),
            Collection::Entitlements | Collection::Roles => None,
        }
    }

    pub(in crate::sandbox) fn id(&self, collection: Collection, index: u64) -> String {
        collection.id(self.population, index)
    }

    pub(in crate::sandbox) fn location(&self, collection: Collection, index: u64) -> String {
        self.population.location(collection.endpoint(), &self.id(collection, index))
    }

    /// How many records come before the first whose id satisfies `reached`, which must hold for all after it too.
    pub(in crate::sandbox) fn position(&self, collection: Collection, reached: impl Fn(&str) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.slots(collection));
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(&self.id(collection, middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The index of the record with exactly that id.
    pub(in crate::sandbox) fn find(&self, collection: Collection, id: &str) -> Option<u64> {
        let index = self.position(collection, |other| other >= id);
        let is_there = index < self.slots(collection) && !self.deleted(collection).contains(&index);
        (is_there && self.id(collection, index) == id).then_some(index)
    }

    /// The user with that name, in whatever case.
    pub(in crate::sandbox) fn user_named(&self, user_name: &str) -> Option<u64> {
        self.overlay.user_named(self.population, &user_name.to_lowercase())
    }

    /// Whether the user of that name has this password, and is active; `None` where there is no such user, or not with this
    /// password. Who was given none has `first`.
    pub(in crate::sandbox) fn signs_in(&self, user_name: &str, password: &str, first: &str) -> Option<bool> {
        let index = self.user_named(user_name)?;
        let is_right = self
            .overlay
            .passwords
            .get(&index)
            .map_or_else(|| first == password, |given| *given == super::digest(password));
        let standing = self.overlay.standing(self.population, index)?;
        is_right.then_some(standing.is_active)
    }

    /// Whether a user of that name may stand at that index.
    pub(in crate::sandbox) fn is_free(&self, user_name: &str, index: u64) -> bool {
        self.user_named(user_name).is_none_or(|other| other == index)
    }

    /// How many licences are in use, and how many there are, if the user at that index needs one and none is left.
    pub(in crate::sandbox) fn lacks_license(&self, index: u64, is_active: bool) -> Option<(u64, u64)> {
        let was_active = self.overlay.standing(self.population, index).is_some_and(|before| before.is_active);
        let (in_use, limit) = (self.overlay.active_users, self.licenses?);
        (is_active && !was_active && in_use >= limit).then_some((in_use, limit))
    }

    /// A profile or permission set as it stands in a user, and whether it is a profile.
    pub(in crate::sandbox) fn entitlement_of_user(&self, id: &str) -> Option<(Value, bool)> {
        let index = self.find(Collection::Entitlements, id)?;
        Some((population::entitlement_of_user(index), index < PROFILES))
    }

    /// The user with that id as it stands in those whom it manages.
    pub(in crate::sandbox) fn manager(&self, id: &str) -> Option<Value> {
        let index = self.find(Collection::Users, id)?;
        Some(self.population.manager(id, self.display_name(index).as_deref()))
    }

    pub(super) fn is_member(&self, group: u64, user: u64) -> bool {
        self.overlay.memberships.contains(self.population, group, user)
    }

    /// The users in the group, ascending.
    pub(in crate::sandbox) fn users_in(&self, group: u64) -> Vec<u64> {
        let mut users = self.overlay.memberships.members_of(self.population, group);
        users.retain(|user| !self.overlay.users.deleted.contains(user));
        users
    }

    /// What the record that is written next has as its version.
    pub(super) fn next_version(&self) -> String {
        self.population.version("written", self.overlay.version)
    }

    fn members_of(&self, group: u64) -> Vec<Value> {
        let member = |user| {
            let id = self.id(Collection::Users, user);
            self.population.member(&id, self.display_name(user).as_deref())
        };
        self.users_in(group).into_iter().map(member).collect()
    }

    fn groups_of(&self, user: u64) -> Vec<Value> {
        let mut groups = self.overlay.memberships.groups_of(self.population, user);
        groups.retain(|group| !self.overlay.groups.deleted.contains(group));
        let group = |group| {
            let written = self.overlay.groups.records.get(&group);
            let name = written.and_then(|written| Some(written.get("displayName")?.as_str()?.to_owned()));
            let name = name.unwrap_or_else(|| population::group_name(group));
            self.population.group_of_user(&self.id(Collection::Groups, group), &name)
        };
        groups.into_iter().map(group).collect()
    }

    fn display_name(&self, user: u64) -> Option<String> {
        match self.overlay.users.records.get(&user) {
            Some(written) => Some(written.get("displayName")?.as_str()?.to_owned()),
            None => Some(self.population.person(user).display_name()),
        }
    }
}

/// A record's members but `schemas`, `id`, `meta`, and what memberships say.
pub(in crate::sandbox) fn attributes_of(record: &Value) -> Map<String, Value> {
    let members = record.as_object().into_iter().flatten();
    let attributes =
        members.filter(|(name, _)| !["schemas", "id", "meta", "groups", "members"].contains(&name.as_str()));
    attributes.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Gives the list its place: the one that is kept for it, else one before `meta` unless it is empty.
fn insert(resource: &mut Value, name: &str, list: Vec<Value>) {
    let Some(members) = resource.as_object_mut() else { return };
    if let Some(place) = members.get_mut(name) {
        *place = Value::Array(list);
    } else if !list.is_empty() {
        let place = members.len().saturating_sub(1);
        members.shift_insert(place, name.to_owned(), Value::Array(list));
    }
}
