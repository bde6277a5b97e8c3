//! Which data sets a source has. Names of built-in ones never change; a type of `entitlementTypes` that has such a name takes
//! its place.

use super::row::Row;
use crate::config::AskedFor;
use crate::connector::session::Session;
use crate::scim::path::Path;
use crate::scim::provider::Endpoint;
use scim_v2::filter::AttrPath;
use std::sync::Arc;

/// A data set.
pub struct Set {
    /// As it is shown to who makes a form.
    pub row: Row,
    pub content: Content,
}

/// Where the rows of a set are.
pub enum Content {
    Resources(Box<Resources>),
    /// What users hold there.
    Values(Box<Path>),
}

/// An endpoint whose resources are the rows, keyed by their ids.
#[derive(Clone)]
pub struct Resources {
    pub endpoint: Arc<Endpoint>,
    pub shown: Shown,
    /// The kind of entitlement, where several share the list.
    pub kind: Option<String>,
    /// What the settings ask the provider for.
    pub asked_for: Option<AskedFor>,
    /// The list of members, which may be long and is not needed.
    pub members: Option<Arc<str>>,
}

/// What is shown of a resource.
#[derive(Clone)]
pub enum Shown {
    /// `displayName`, beside it `userName`; where there is only the latter, that.
    User,
    /// `displayName`.
    Named,
    /// What a card of `entitlementTypes` says: name and description.
    AtPaths(Box<(Path, Path)>),
}

impl Shown {
    /// The attributes to search in that are found by a filter; none where the whole list is read.
    pub fn searched(&self) -> &'static [&'static str] {
        match self {
            Self::User => &["displayName", "userName"],
            Self::Named => &["displayName"],
            Self::AtPaths(..) => &[],
        }
    }
}

/// What is saved of a row.
const BY_ID: &str = "All there are, by their ids";
const IN_USE: &str = "Those that users have";

fn by_id(resources: Resources) -> Content {
    Content::Resources(Box::new(resources))
}

/// The data sets of a source.
pub fn of(session: &Session) -> Vec<Set> {
    let (profile, filters) = (&session.config.profile, &session.config.filters);
    let resources = |endpoint: &Arc<Endpoint>, shown, asked_for: &Option<AskedFor>| Resources {
        endpoint: Arc::clone(endpoint),
        shown,
        kind: None,
        asked_for: asked_for.clone(),
        members: None,
    };
    let mut sets = Vec::new();
    if let Some(endpoint) = &profile.entitlements {
        let all = || resources(endpoint, Shown::Named, &filters.entitlements.asked_for);
        for kind in profile.entitlement_kinds.iter().map(|kind| kind.name.as_str()) {
            let (key, label) = (plural_key(kind), plural_label(kind));
            sets.push(set(&key, &label, BY_ID, by_id(Resources { kind: Some(kind.to_owned()), ..all() })));
        }
        if profile.entitlement_kinds.is_empty() {
            sets.push(set("entitlements", "Entitlements", BY_ID, by_id(all())));
        }
    }
    let groups = resources(&profile.groups, Shown::Named, &filters.groups.asked_for);
    let groups = Resources { members: Some("members".into()), ..groups };
    sets.push(set("groups", "Groups", BY_ID, by_id(groups)));
    if let Some(endpoint) = &profile.roles {
        sets.push(set("roles", "Roles", BY_ID, by_id(resources(endpoint, Shown::Named, &None))));
    }
    let users = resources(&profile.users, Shown::User, &filters.accounts.asked_for);
    sets.push(set("users", "Users", BY_ID, by_id(users)));
    let locale = Path::from(AttrPath::with_name("locale"));
    sets.push(set("locales", "Locales", IN_USE, Content::Values(Box::new(locale))));
    further(session, &mut sets);
    sets
}

/// A set for each further entitlement type.
fn further(session: &Session, sets: &mut Vec<Set>) {
    for kind in session.kinds.further() {
        let Some(card) = &kind.card else { continue };
        let content = match (&kind.endpoint, &card.resource) {
            (Some(endpoint), Some(listed)) => by_id(Resources {
                endpoint: Arc::clone(endpoint),
                shown: Shown::AtPaths(Box::new((listed.name.clone(), listed.description.clone()))),
                kind: None,
                asked_for: kind.filters().asked_for,
                members: kind.members().cloned(),
            }),
            _ => Content::Values(Box::new(card.path.clone())),
        };
        let about = if matches!(content, Content::Values(_)) { IN_USE } else { BY_ID };
        sets.retain(|set| set.row.key != *kind.name);
        sets.push(set(&kind.name, &kind.name, about, content));
    }
}

fn set(key: &str, label: &str, about: &str, content: Content) -> Set {
    Set { row: Row::new(key, Some(label.to_owned()), Some(about.to_owned())), content }
}

/// `permissionSets` of `PermissionSet`.
fn plural_key(kind: &str) -> String {
    let mut characters = kind.chars();
    let first = characters.next().map(char::to_lowercase).into_iter().flatten();
    first.chain(characters).chain(['s']).collect()
}

/// `Permission sets` of `PermissionSet`.
fn plural_label(kind: &str) -> String {
    let mut label = String::new();
    for (place, character) in kind.char_indices() {
        if character.is_uppercase() && place > 0 {
            label.push(' ');
            label.extend(character.to_lowercase());
        } else {
            label.push(character);
        }
    }
    label + "s"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_entitlements_are_sets_of_their_own() {
        assert_eq!(
            (plural_key("PermissionSet"), plural_label("PermissionSet")),
            ("permissionSets".into(), "Permission sets".into())
        );
        assert_eq!((plural_key("Profile"), plural_label("Profile")), ("profiles".into(), "Profiles".into()));
    }
}
