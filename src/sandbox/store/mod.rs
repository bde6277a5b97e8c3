//! The records: the population under an overlay of what was written. What may be written, the dialects say (`salesforce`,
//! `rfc`); here it is kept, and marked as changed where it really is.

mod memberships;
mod overlay;
mod view;

pub(super) use view::{View, attributes_of};

use super::errors::Refusal;
use super::ids::Kind;
use super::list::Scan;
use super::options::Options;
use super::population::{self, Population};
use super::projection::Projection;
use super::schemas::{self, ResourceType};
use chrono::{DateTime, Utc};
use overlay::Overlay;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
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
    pub(super) const ALL: [Self; 4] = [Self::Users, Self::Groups, Self::Entitlements, Self::Roles];

    fn id(self, population: &Population, index: u64) -> String {
        match self {
            Self::Users => population.id(Kind::User, index),
            Self::Groups => population.id(Kind::Group, index),
            Self::Entitlements => population::entitlement_id(index),
            Self::Roles => population.id(Kind::Role, index),
        }
    }

    pub(super) fn endpoint(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Groups => "Groups",
            Self::Entitlements => "Entitlements",
            Self::Roles => "Roles",
        }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    population: Population,
    licenses: Option<u64>,
    overlay: RwLock<Arc<Overlay>>,
    /// The last filter that took a scan, for its next pages.
    pub(super) scan: Mutex<Option<Scan>>,
}

/// What is to be written. Attributes are a record's members but `schemas`, `id`, `meta`, and what memberships say.
#[derive(Debug)]
pub(super) enum Change {
    User {
        index: u64,
        attributes: Map<String, Value>,
        /// A new one: a change that cannot be seen, but by signing in.
        password: Option<String>,
    },
    Group {
        index: u64,
        attributes: Map<String, Value>,
        /// Users who shall be members, or shall not.
        members: BTreeMap<u64, bool>,
    },
    UserDeletion {
        index: u64,
    },
    GroupDeletion {
        index: u64,
    },
}

impl Store {
    pub(super) fn new(options: &Options, base_url: String) -> Self {
        let population = Population::new(options, base_url);
        let overlay = RwLock::new(Arc::new(Overlay::new(0, &population)));
        Self { population, licenses: options.licenses(), overlay, scan: Mutex::new(None) }
    }

    /// The records at this moment; later writes do not show in it.
    pub(super) fn view(&self) -> View<'_> {
        self.view_of(self.overlay.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Takes back all writes.
    pub(super) fn reset(&self) {
        let mut shared = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        *shared = Arc::new(Overlay::new(shared.version + 1, &self.population));
    }

    /// Writes go one after the other; whoever reads meanwhile keeps the records as they were. Gives the record as it is then.
    pub(super) fn write(
        &self,
        now: DateTime<Utc>,
        decide: impl FnOnce(&View<'_>) -> Result<Change, Refusal>,
    ) -> Result<Record<'_>, Refusal> {
        let mut shared = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        let view = self.view_of(shared.clone());
        let change = decide(&view)?;
        let marked = Marked { view: &view, now };
        let (collection, index) = match &change {
            Change::User { index, .. } | Change::UserDeletion { index } => (Collection::Users, *index),
            Change::Group { index, .. } | Change::GroupDeletion { index } => (Collection::Groups, *index),
        };
        let before = (index < view.slots(collection)).then(|| view.bare(collection, index));
        let effect = match change {
            Change::User { attributes, password, .. } => {
                let user = marked.record(collection, index, before.as_ref(), attributes);
                (password.is_some() || !is_same(before.as_ref(), &user)).then_some(Effect::User(user, password))
            }
            Change::Group { attributes, mut members, .. } => {
                members.retain(|user, is_member| view.is_member(index, *user) != *is_member);
                let group = marked.record(collection, index, before.as_ref(), attributes);
                (!members.is_empty() || !is_same(before.as_ref(), &group)).then_some(Effect::Group(group, members))
            }
            Change::UserDeletion { .. } => Some(Effect::UserDeletion),
            Change::GroupDeletion { .. } => Some(Effect::GroupDeletion),
        };
        // Else the overlay would be copied.
        drop(view);
        if let Some(effect) = effect {
            let overlay = Arc::make_mut(&mut shared);
            overlay.version += 1;
            match effect {
                Effect::User(user, password) => {
                    overlay.put_user(&self.population, index, user);
                    overlay.passwords.extend(password.map(|password| (index, digest(&password))));
                }
                Effect::Group(group, members) => overlay.put_group(&self.population, index, group, &members),
                Effect::UserDeletion => overlay.delete_user(&self.population, index),
                Effect::GroupDeletion => overlay.delete_group(index),
            }
        }
        Ok(Record { view: self.view_of(shared.clone()), collection, index })
    }

    fn view_of(&self, overlay: Arc<Overlay>) -> View<'_> {
        View::new(&self.population, self.licenses, overlay)
    }
}

/// A password as it is kept.
fn digest(password: &str) -> [u8; 32] {
    Sha256::digest(password).into()
}

fn is_same(before: Option<&Value>, after: &Value) -> bool {
    before.is_some_and(|before| attributes_of(before) == attributes_of(after))
}

/// What a change does.
enum Effect {
    User(Value, Option<String>),
    Group(Value, BTreeMap<u64, bool>),
    UserDeletion,
    GroupDeletion,
}

/// A record at the moment after it was written.
#[derive(Debug)]
pub(super) struct Record<'a> {
    view: View<'a>,
    collection: Collection,
    index: u64,
}

impl Record<'_> {
    pub(super) fn resource(&self, projection: &Projection) -> Value {
        projection.apply(self.view.resource(self.collection, self.index, projection))
    }

    pub(super) fn location(&self) -> String {
        self.view.location(self.collection, self.index)
    }
}

/// The marks of a write.
struct Marked<'a> {
    view: &'a View<'a>,
    now: DateTime<Utc>,
}

impl Marked<'_> {
    /// The whole record with these attributes, in place of the one before.
    fn record(
        &self,
        collection: Collection,
        index: u64,
        before: Option<&Value>,
        attributes: Map<String, Value>,
    ) -> Value {
        let resource = schemas::resource_types(self.view.dialect()).iter();
        let resource = resource.filter(|resource| resource.endpoint == collection.endpoint());
        let extension = |resource: &ResourceType| resource.extension.as_ref().map(|extension| extension.urn);
        let schemas: Vec<&str> = resource
            .flat_map(|resource| [Some(resource.schema.urn), extension(resource)])
            .flatten()
            .enumerate()
            .filter(|(place, urn)| *place == 0 || attributes.contains_key(*urn))
            .map(|(_, urn)| urn)
            .collect();
        let mut record = Map::new();
        record.insert("schemas".to_owned(), json!(schemas));
        record.insert("id".to_owned(), json!(self.view.id(collection, index)));
        record.extend(attributes);
        record.insert("meta".to_owned(), self.meta(collection, index, before));
        Value::Object(record)
    }

    fn meta(&self, collection: Collection, index: u64, before: Option<&Value>) -> Value {
        let now = population::date(self.now.timestamp());
        let mut meta = match before.and_then(|before| before.get("meta").cloned()) {
            Some(meta) => meta,
            None => json!({
                "resourceType": collection.endpoint().trim_end_matches('s'),
                "created": now,
                "location": self.view.location(collection, index),
            }),
        };
        if let Some(meta) = meta.as_object_mut() {
            meta.insert("lastModified".to_owned(), json!(now));
            meta.insert("version".to_owned(), json!(self.view.next_version()));
        }
        meta
    }
}
