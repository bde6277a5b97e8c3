//! The entitlement types of a source: its groups, what else the provider grants, and those that the settings or the
//! provider's profile describe besides.

use super::error::{own, refuse};
use super::session::Session;
use super::shrink::Counted;
use crate::config::{AskedFor, Config, ENTITLEMENT_TYPES, ListFilters, Problem};
use crate::mapping::EntitlementMapper;
use crate::mapping::table::{Attribute, Column, ENTITLEMENT, GROUP, Kind as ValueKind, Table};
use crate::protocol::{Failure, Schema};
use crate::scim::filter::{refutes, to_query};
use crate::scim::provider::{Endpoint, EntitlementType, Grants, Profile};
use serde_json::Value;
use std::sync::Arc;

/// One entitlement type.
pub struct Kind {
    /// What the platform calls it.
    pub name: Arc<str>,
    /// Where all of them are listed, if anywhere.
    pub endpoint: Option<Arc<Endpoint>>,
    pub grants: Grants,
    /// The card that describes it, where it is not built in.
    pub card: Option<EntitlementType>,
    profile: Arc<Profile>,
}

impl Kind {
    fn further(card: &EntitlementType, profile: &Arc<Profile>) -> Self {
        let (endpoint, card) = (card.endpoint(profile), card.clone());
        Self {
            name: Arc::clone(&card.name),
            endpoint,
            grants: card.grants.clone(),
            card: Some(card),
            profile: Arc::clone(profile),
        }
    }

    /// Makes entitlements of this type.
    pub fn mapper(&self, schema: Option<Schema>) -> EntitlementMapper {
        match &self.card {
            Some(card) => EntitlementMapper::further(card, &self.profile, schema),
            None if &*self.name == GROUP => EntitlementMapper::groups(&self.profile, schema),
            None => EntitlementMapper::entitlements(&self.profile, schema),
        }
    }

    /// The list in which an entitlement has its members, if that is where it is granted.
    pub fn members(&self) -> Option<&Arc<str>> {
        match &self.grants {
            Grants::AtMembers(list) => Some(list),
            Grants::AtUser | Grants::Never => None,
        }
    }

    /// Whether a resource of its endpoint is surely of another type.
    pub fn is_foreign(&self, found: &Value) -> bool {
        let filter = self.card.as_ref().and_then(|card| card.resource.as_ref()?.filter.as_ref());
        filter.is_some_and(|filter| refutes(filter, found))
    }

    /// What the list of a further type asks for.
    pub fn filters(&self) -> ListFilters {
        let filter = self.card.as_ref().and_then(|card| card.resource.as_ref()?.filter.clone());
        let asked_for = filter.map(|filter| AskedFor { key: "the filter in entitlementTypes", filter });
        ListFilters { left_out: None, asked_for }
    }

    pub fn counted(&self) -> Counted {
        Counted::OfType(Arc::clone(&self.name))
    }
}

/// All entitlement types of a source.
pub struct Kinds(Vec<Arc<Kind>>);

impl Kinds {
    pub fn of(config: &Config) -> Self {
        let profile = &config.profile;
        let groups = (GROUP, Some(Arc::clone(&profile.groups)), Grants::AtMembers("members".into()));
        let entitlements = (ENTITLEMENT, profile.entitlements.clone(), Grants::AtUser);
        let built_in = [groups, entitlements].into_iter().map(|(name, endpoint, grants)| Kind {
            name: name.into(),
            endpoint,
            grants,
            card: None,
            profile: Arc::clone(profile),
        });
        let further = config.entitlement_types.iter().map(|card| Kind::further(card, profile));
        Self(built_in.chain(further).map(Arc::new).collect())
    }

    pub fn named(&self, name: &str) -> Option<&Arc<Kind>> {
        self.0.iter().find(|kind| &*kind.name == name)
    }

    /// Those that are not built in.
    pub fn further(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.0.iter().filter(|kind| kind.card.is_some())
    }

    /// The type whose ids an attribute has.
    pub fn of_column(&self, column: &Column) -> Option<&Arc<Kind>> {
        self.named(column.entitlement.as_deref()?)
    }

    /// Tells apart what a type of this name lists by one card and by another.
    pub fn listed_by(&self, name: &str) -> String {
        let Some(card) = self.named(name).and_then(|kind| kind.card.as_ref()) else { return String::new() };
        match &card.resource {
            None => card.path.to_string(),
            Some(listed) => format!("{} {}", listed.path, listed.filter.as_ref().map(to_query).unwrap_or_default()),
        }
    }
}

/// The entitlement type that a command names.
///
/// # Errors
/// When there is none of that name, with those that there are.
pub fn kind(session: &Session, name: &str) -> Result<Arc<Kind>, Failure> {
    if let Some(kind) = session.kinds.named(name) {
        return Ok(Arc::clone(kind));
    }
    let (name, known): (String, Vec<&str>) =
        (name.chars().take(100).collect(), session.kinds.0.iter().map(|kind| &*kind.name).collect());
    let problem = format!("input.type is \"{name}\", but must be one of {}", known.join(", "));
    Err(refuse(own::INVALID_INPUT, "", &[("problem", &problem)]))
}

/// What is only read is neither granted nor revoked.
///
/// # Errors
/// When one of these attributes has entitlements of such a type.
pub fn refuse_read_only<'a>(
    session: &Session,
    attributes: impl IntoIterator<Item = &'a str>,
    doing: &str,
) -> Result<(), Failure> {
    for name in attributes {
        let kind = session.table.column(name).and_then(|column| session.kinds.of_column(column));
        if let Some(kind) = kind.filter(|kind| kind.grants == Grants::Never) {
            return Err(refuse(own::NOT_GRANTABLE, doing, &[("subject", &kind.name), ("problem", name)]));
        }
    }
    Ok(())
}

/// The table with an attribute for each further type.
///
/// # Errors
/// The cards whose attribute is another's.
pub fn table(table: &Arc<Table>, config: &Config) -> Result<Arc<Table>, Vec<Problem>> {
    let (mut columns, mut problems) = (Vec::new(), Vec::new());
    for card in &config.entitlement_types {
        let name = &card.attribute;
        let mut others = table.columns().iter().filter(|column| column.name.eq_ignore_ascii_case(name));
        // A list that is only shown may become one of entitlements: `userRoles`.
        let may_replace = |other: &Column| {
            other.name == *name
                && other.is_multi
                && other.is_shown()
                && other.write.is_none()
                && other.entitlement.is_none()
        };
        if let Some(other) = others.find(|other| !may_replace(other)) {
            let says = format!(
                "has for \"{}\" the attribute \"{}\", which accounts have already: the card must name another attribute",
                card.name, other.name
            );
            problems.push(Problem { key: ENTITLEMENT_TYPES, says });
        }
        columns.extend(column(card));
    }
    match (columns.is_empty(), problems.is_empty()) {
        (true, _) => Ok(Arc::clone(table)),
        (false, true) => Ok(Arc::new(table.with(columns))),
        (false, false) => Err(problems),
    }
}

fn column(card: &EntitlementType) -> Option<Column> {
    let path = card.path.to_string();
    let attribute = Attribute {
        name: &card.attribute,
        kind: ValueKind::Text,
        is_multi: true,
        read: &[&path],
        write: (card.grants == Grants::AtUser).then_some(path.as_str()),
        entitlement: Some(&card.name),
        needs_profiles: false,
    };
    // The path was read before, so that it can be read again.
    let mut column = Column::parse(&attribute).ok()?;
    column.description = format!("Ids of the entitlements of the type {}.", card.name);
    Some(column)
}
