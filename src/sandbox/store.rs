//! The records as they are now: the population under an overlay of what was written. Groups, entitlements and roles are
//! never written.

use super::create::Draft;
use super::errors::Refusal;
use super::ids::{self, Kind};
use super::list::Scan;
use super::options::Options;
use super::population::{self, CORE_USER, ENTERPRISE_USER, PROFILES, Population, ROLES};
use super::projection::Projection;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// An ordered set of records under one endpoint. Its ids ascend bytewise with the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    Users,
    Groups,
    Entitlements,
    Roles,
}

impl Collection {
    fn id(self, index: u64) -> String {
        match self {
            Self::Users => ids::id(Kind::User, index),
            Self::Groups => ids::id(Kind::Group, index),
            Self::Entitlements => population::entitlement_id(index),
            Self::Roles => ids::id(Kind::Role, index),
        }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    population: Population,
    licenses: u64,
    overlay: RwLock<Arc<Overlay>>,
    /// The last filter that took a scan, for its next pages.
    pub(super) scan: Mutex<Option<Scan>>,
}

/// What was written since the start or the last reset.
#[derive(Debug, Clone, Default)]
struct Overlay {
    /// Counts the writes, resets among them.
    version: u64,
    /// How many users were created; their indices follow the population's.
    created: u64,
    active_users: u64,
    /// Created and changed users, whole.
    users: HashMap<u64, Arc<Value>>,
    /// The created users' names, in small letters.
    by_name: HashMap<String, u64>,
}

impl Store {
    pub(super) fn new(options: &Options, base_url: String) -> Self {
        let population = Population::new(options, base_url);
        let overlay = Overlay { active_users: population.active_users(), ..Overlay::default() };
        let overlay = RwLock::new(Arc::new(overlay));
        Self { population, licenses: options.licenses(), overlay, scan: Mutex::new(None) }
    }

    /// The records at this moment; later writes do not show in it.
    pub(super) fn view(&self) -> View<'_> {
        let overlay = self.overlay.read().unwrap_or_else(PoisonError::into_inner).clone();
        View { population: &self.population, overlay }
    }

    /// Takes back all writes.
    pub(super) fn reset(&self) {
        let mut shared = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        let (version, active_users) = (shared.version + 1, self.population.active_users());
        *shared = Arc::new(Overlay { version, active_users, ..Overlay::default() });
    }

    /// Creates a user, unless the name is taken, the entitlements are not right, or no licence is left.
    pub(super) fn create(&self, draft: Draft, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let user = self.write(|view| {
            if view.user_named(&draft.user_name).is_some() {
                let message = "Duplicate Username. The username already exists in this or another Salesforce \
                               organization. Usernames must be unique across all Salesforce organizations";
                return Err(Refusal::validation("DUPLICATE_USERNAME", message));
            }
            let (name, active) = (draft.user_name.clone(), draft.active);
            let mut user = draft.into_user(view)?;
            let (in_use, limit) = (view.overlay.active_users, self.licenses);
            if active && in_use >= limit {
                let message = format!("license limit exceeded: {in_use} of {limit} user licenses are in use");
                return Err(Refusal::validation("LICENSE_LIMIT_EXCEEDED", &message));
            }
            let index = view.len(Collection::Users);
            let id = ids::id(Kind::User, index);
            let meta = json!({
                "resourceType": "User",
                "created": population::date(now.timestamp()),
                "location": self.population.location("Users", &id),
            });
            if let Some(members) = user.as_object_mut() {
                members.shift_insert(0, "schemas".to_owned(), json!([CORE_USER, ENTERPRISE_USER]));
                members.shift_insert(1, "id".to_owned(), json!(id));
                members.insert("meta".to_owned(), meta);
            }
            Ok(Change {
                index,
                user: view.written(user, now),
                was_active: false,
                is_active: active,
                created: Some(name),
            })
        })?;
        Ok(Value::clone(&user))
    }

    /// Deactivates the user with that id, which stays readable.
    pub(super) fn deactivate(&self, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.write(|view| {
            let index = view.find(Collection::Users, id).ok_or_else(|| Refusal::not_found(id))?;
            let mut user = view.resource(Collection::Users, index, &Projection::All);
            let was_active = user.get("active") == Some(&Value::Bool(true));
            if let Some(active) = user.get_mut("active") {
                *active = json!(false);
            }
            Ok(Change { index, user: view.written(user, now), was_active, is_active: false, created: None })
        })?;
        Ok(())
    }

    /// Writes go one after the other; whoever reads meanwhile keeps the records as they were. Gives the user as written.
    fn write(&self, decide: impl FnOnce(&View<'_>) -> Result<Change, Refusal>) -> Result<Arc<Value>, Refusal> {
        let mut shared = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        let change = decide(&View { population: &self.population, overlay: shared.clone() })?;
        Ok(Arc::make_mut(&mut shared).apply(change))
    }
}

/// One user written.
#[derive(Debug)]
struct Change {
    index: u64,
    user: Value,
    was_active: bool,
    is_active: bool,
    /// A new user's name.
    created: Option<String>,
}

impl Overlay {
    fn apply(&mut self, change: Change) -> Arc<Value> {
        self.version += 1;
        self.active_users = self.active_users + u64::from(change.is_active) - u64::from(change.was_active);
        if let Some(name) = change.created {
            self.created += 1;
            self.by_name.insert(name, change.index);
        }
        let user = Arc::new(change.user);
        self.users.insert(change.index, user.clone());
        user
    }
}

/// The records at one moment.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    population: &'a Population,
    overlay: Arc<Overlay>,
}

impl View<'_> {
    /// Changes with every write.
    pub(super) fn version(&self) -> u64 {
        self.overlay.version
    }

    pub(super) fn len(&self, collection: Collection) -> u64 {
        match collection {
            Collection::Users => self.population.users() + self.overlay.created,
            Collection::Groups => self.population.groups(),
            Collection::Entitlements => self.population.entitlements(),
            Collection::Roles => ROLES,
        }
    }

    /// The record at that index, at least with what the projection wants.
    pub(super) fn resource(&self, collection: Collection, index: u64, projection: &Projection) -> Value {
        match collection {
            Collection::Users => match self.overlay.users.get(&index) {
                Some(user) => Value::clone(user),
                None => self.population.user(index),
            },
            Collection::Groups => self.population.group(index, projection.wants("members")),
            Collection::Entitlements => self.population.entitlement(index),
            Collection::Roles => self.population.role(index),
        }
    }

    /// How many records come before the first whose id satisfies `reached`, which must hold for all after it too.
    pub(super) fn position(&self, collection: Collection, reached: impl Fn(&str) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.len(collection));
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(&collection.id(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The index of the record with exactly that id.
    pub(super) fn find(&self, collection: Collection, id: &str) -> Option<u64> {
        let index = self.position(collection, |other| other >= id);
        (index < self.len(collection) && collection.id(index) == id).then_some(index)
    }

    /// The user with that name, in whatever case.
    pub(super) fn user_named(&self, user_name: &str) -> Option<u64> {
        let user_name = user_name.to_lowercase();
        self.overlay.by_name.get(&user_name).copied().or_else(|| self.population.user_named(&user_name))
    }

    /// The user with the marks of a write at that time.
    fn written(&self, mut user: Value, now: DateTime<Utc>) -> Value {
        if let Some(meta) = user.get_mut("meta").and_then(Value::as_object_mut) {
            meta.insert("lastModified".to_owned(), json!(population::date(now.timestamp())));
            meta.insert("version".to_owned(), json!(self.population.version("written", self.overlay.version)));
        }
        user
    }

    /// A profile or permission set as it stands in a user, and whether it is a profile.
    pub(super) fn entitlement_of_user(&self, id: &str) -> Option<(Value, bool)> {
        let index = self.find(Collection::Entitlements, id)?;
        Some((population::entitlement_of_user(index), index < PROFILES))
    }
}
