//! The attribute table: every account attribute, where it is read in a SCIM user and where it is written.
//!
//! This is the one table to change for other attributes: one more row in `ATTRIBUTES` is read, created, updated and
//! shown by `std:account:discover-schema`. The tests then name what is left to do: `connector-spec.json` shows the same
//! attributes to the platform, with a description. Names never change between releases: the platform keeps data under
//! them.

use super::writable::why_not_writable;
use crate::product;
use crate::protocol::Wanted;
use crate::scim::path::{Path, PathError};
use crate::scim::provider::Profile;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// One attribute of an account, as it is written down.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    pub name: &'a str,
    /// What each value is.
    pub kind: Kind,
    /// Several values, sent sorted, as an array, also when there is none.
    pub is_multi: bool,
    /// SCIM paths (RFC 7644 §3.10) where it is read: the first that leads to a value counts, for several values all do.
    /// An attribute without any is written only, and is not in the platform's schema.
    pub read: &'a [&'a str],
    /// The SCIM path where it is written, if it can be.
    pub write: Option<&'a str>,
    /// The entitlement type whose ids it holds.
    pub entitlement: Option<&'a str>,
    /// Only where each account has exactly one profile.
    pub needs_profiles: bool,
}

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Boolean,
    /// A whole number that fits into 64 bits.
    Int,
    /// A text, a boolean or a number, as it comes: nobody has said what it is.
    Plain,
}

impl Kind {
    /// The platform's word for the type.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Text | Self::Plain => "string",
            Self::Boolean => "boolean",
            Self::Int => "int",
        }
    }
}

/// The attribute that holds an account's groups.
pub const GROUPS: &str = "groups";
/// The entitlement type of SCIM groups.
pub const GROUP: &str = "group";
/// The entitlement type of what a provider grants besides groups: Salesforce's profiles and permission sets.
pub const ENTITLEMENT: &str = "entitlement";

const fn text<'a>(name: &'a str, read: &'a [&'a str], write: Option<&'a str>) -> Attribute<'a> {
    Attribute { name, kind: Kind::Text, is_multi: false, read, write, entitlement: None, needs_profiles: false }
}

macro_rules! enterprise {
    ($path:literal) => {
        concat!("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", $path)
    };
}

/// Every attribute, in the order in which the platform is shown them.
#[rustfmt::skip]
const ATTRIBUTES: &[Attribute<'static>] = &[
    text("id", &["id"], None),
    text("userName", &["userName"], Some("userName")),
    text("displayName", &["displayName"], Some("displayName")),
    text("nickName", &["nickName"], Some("nickName")),
    text("givenName", &["name.givenName"], Some("name.givenName")),
    text("familyName", &["name.familyName"], Some("name.familyName")),
    text("formattedName", &["name.formatted"], Some("name.formatted")),
    text("email", &["emails[primary eq true].value", "emails[type eq \"work\"].value", "emails.value"],
        Some("emails[type eq \"work\" and primary eq true].value")),
    text("phone",
        &["phoneNumbers[primary eq true].value", "phoneNumbers[type eq \"work\"].value", "phoneNumbers.value"],
        Some("phoneNumbers[type eq \"work\"].value")),
    text("title", &["title"], Some("title")),
    text("department", &[enterprise!("department")], Some(enterprise!("department"))),
    text("employeeNumber", &[enterprise!("employeeNumber")], Some(enterprise!("employeeNumber"))),
    text("organization", &[enterprise!("organization")], Some(enterprise!("organization"))),
    text("managerId", &[enterprise!("manager.value")], Some(enterprise!("manager.value"))),
    text("managerName", &[enterprise!("manager.displayName")], None),
    text("externalId", &["externalId"], Some("externalId")),
    text("locale", &["locale"], Some("locale")),
    text("timezone", &["timezone"], Some("timezone")),
    text("preferredLanguage", &["preferredLanguage"], Some("preferredLanguage")),
    text("userType", &["userType"], Some("userType")),
    Attribute { kind: Kind::Boolean, ..text("active", &["active"], Some("active")) },
    text("created", &["meta.created"], None),
    text("lastModified", &["meta.lastModified"], None),
    // The profile's name; `creation` finds the id that belongs to it.
    Attribute { needs_profiles: true,
        ..text("profile", &["entitlements[value sw \"00e\" or type eq \"Profile\"].display"], Some("entitlements.value")) },
    Attribute { is_multi: true, ..text("userRoles", &["roles.value"], None) },
    // Indirect memberships cannot be revoked, so they are not the account's own.
    Attribute { is_multi: true, entitlement: Some(GROUP),
        ..text(GROUPS, &["groups[not (type eq \"indirect\")].value"], None) },
    Attribute { is_multi: true, entitlement: Some(ENTITLEMENT),
        ..text("entitlements", &["entitlements.value"], Some("entitlements.value")) },
    text("password", &[], Some("password")),
];

/// An attribute with its paths parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    pub is_multi: bool,
    pub read: Vec<Path>,
    pub write: Option<Path>,
    /// Why it is not written, where it is not: "the provider sets it".
    pub why_not_written: Cow<'static, str>,
    /// The entitlement type whose ids it holds.
    pub entitlement: Option<String>,
    pub needs_profiles: bool,
    /// What it is, in words.
    pub description: String,
}

impl Column {
    /// Parses the attribute's paths. What it is, the specification says, else its paths do.
    ///
    /// # Errors
    /// The first path that is none.
    pub fn parse(attribute: &Attribute<'_>) -> Result<Self, PathError> {
        let read: Result<Vec<Path>, PathError> = attribute.read.iter().map(|path| path.parse()).collect();
        let described = || format!("The value of {} in the SCIM user.", attribute.read.join(" or "));
        Ok(Self {
            name: attribute.name.to_owned(),
            kind: attribute.kind,
            is_multi: attribute.is_multi,
            read: read?,
            write: attribute.write.map(str::parse).transpose()?,
            why_not_written: Cow::Borrowed("the provider sets it"),
            entitlement: attribute.entitlement.map(str::to_owned),
            needs_profiles: attribute.needs_profiles,
            description: WORDS.get(attribute.name).cloned().unwrap_or_else(described),
        })
    }

    /// An attribute that is named by its SCIM path; of a type that is not told it is taken as it comes.
    fn named(wanted: &Wanted) -> Result<Self, PathError> {
        let (name, is_multi) = (wanted.name.as_str(), wanted.is_multi);
        let kind = match wanted.type_name.as_deref() {
            Some("int" | "long") => Kind::Int,
            // The platform's lists are of texts or whole numbers.
            _ if is_multi => Kind::Text,
            Some("boolean") => Kind::Boolean,
            Some(_) => Kind::Text,
            None => Kind::Plain,
        };
        let row = Attribute { kind, is_multi, ..text(name, &[], None) };
        let path: Path = name.parse()?;
        let mut column = Self { read: vec![path.clone()], ..Self::parse(&row)? };
        match why_not_writable(&column, &path) {
            Some(why) => column.why_not_written = format!("{name} {why}").into(),
            None => column.write = Some(path),
        }
        Ok(column)
    }

    /// Whether accounts have it to show, and not only to be set.
    pub fn is_shown(&self) -> bool {
        !self.read.is_empty()
    }

    /// Whether a provider has it.
    pub fn is_at(&self, provider: &Profile) -> bool {
        provider.has_profiles() || !self.needs_profiles
    }
}

/// The specification's descriptions of attributes.
static WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let spec: Value = serde_json::from_str(product::SPEC).unwrap_or_default();
    let shown = spec.pointer("/accountSchema/attributes").and_then(Value::as_array).cloned().unwrap_or_default();
    let words = |attribute: &Value| {
        Some((attribute.get("name")?.as_str()?.to_owned(), attribute.get("description")?.as_str()?.to_owned()))
    };
    shown.iter().filter_map(words).collect()
});

/// All attributes of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Arc<Column>>,
}

impl Table {
    /// The table of this file, parsed once in the process.
    pub fn built_in() -> Arc<Self> {
        static BUILT_IN: LazyLock<Arc<Table>> = LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "constants, each of which a test parses")]
            let columns = ATTRIBUTES.iter().map(|row| Column::parse(row).expect("the table's paths parse").into());
            Arc::new(Table { columns: columns.collect() })
        });
        Arc::clone(&BUILT_IN)
    }

    /// This table with further columns; one that has the name of another takes its place.
    #[must_use]
    pub fn with(&self, further: impl IntoIterator<Item = Column>) -> Self {
        let mut columns = self.columns.clone();
        for column in further {
            match columns.iter_mut().find(|other| other.name == column.name) {
                Some(other) => *other = Arc::new(column),
                None => columns.push(Arc::new(column)),
            }
        }
        Self { columns }
    }

    /// This table with the attributes besides that are named by their SCIM paths.
    #[must_use]
    pub fn with_named<'a>(self: &Arc<Self>, wanted: impl IntoIterator<Item = &'a Wanted>) -> Arc<Self> {
        let beyond = wanted.into_iter().filter(|wanted| self.column(&wanted.name).is_none());
        let named: Vec<Column> = beyond.filter_map(|wanted| Column::named(wanted).ok()).collect();
        if named.is_empty() { Arc::clone(self) } else { Arc::new(self.with(named)) }
    }

    /// In the order in which the platform is shown them.
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Arc<Column>> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of that name, where the provider has such an attribute.
    ///
    /// # Errors
    /// A sentence part that goes on after the name, with the attributes that there are.
    pub fn known(&self, name: &str, provider: &Profile) -> Result<&Arc<Column>, String> {
        self.column(name).filter(|column| column.is_at(provider)).ok_or_else(|| {
            let is_settable = |column: &&Arc<Column>| column.write.is_some() || column.entitlement.is_some();
            let settable = self.columns.iter().filter(|column| column.is_at(provider)).filter(is_settable);
            let names: Vec<&str> = settable.map(|column| column.name.as_str()).collect();
            format!("is no attribute of this source (those that can be set: {})", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_path_of_the_table_parses() {
        assert_eq!(Table::built_in().columns().len(), ATTRIBUTES.len());
    }

    #[test]
    fn a_further_column_is_added_or_takes_another_s_place() {
        let columns = [text("title", &["name.honorificPrefix"], None), text("badge", &["urn:x:User:badge"], None)];
        let table = Table::built_in().with(columns.iter().map(|row| Column::parse(row).unwrap()));
        assert_eq!(table.columns().len(), ATTRIBUTES.len() + 1);
        let title = table.column("title").unwrap();
        assert_eq!((title.read[0].to_string().as_str(), &title.write), ("name.honorificPrefix", &None));
        let badge = table.columns().last().unwrap();
        assert_eq!(badge.description, "The value of urn:x:User:badge in the SCIM user.");
    }

    #[test]
    fn the_specification_shows_the_same_attributes() {
        let spec: Value = serde_json::from_str(product::SPEC).unwrap();
        let shown: Vec<Value> = spec["accountSchema"]["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|attribute| {
                let flag = |name: &str| attribute[name].as_bool().unwrap_or(false);
                json!([
                    attribute["name"],
                    attribute["type"],
                    flag("multi"),
                    flag("entitlement"),
                    attribute["schemaObjectType"],
                    attribute["description"]
                ])
            })
            .collect();
        let built_in = Table::built_in();
        let columns = built_in.columns().iter().filter(|column| column.is_shown());
        let table: Vec<Value> = columns
            .map(|column| {
                let entitlement = &column.entitlement;
                let is_entitlement = entitlement.is_some();
                json!([
                    column.name,
                    column.kind.type_name(),
                    column.is_multi,
                    is_entitlement,
                    entitlement,
                    column.description
                ])
            })
            .collect();
        assert_eq!(
            shown, table,
            "connector-spec.json and the table differ: each row needs its attribute there, with a description"
        );
    }

    #[test]
    fn what_the_specification_lets_people_write_can_be_written() {
        let spec: Value = serde_json::from_str(product::SPEC).unwrap();
        let writable = spec["accountSchema"]["attributes"].as_array().unwrap().iter().filter(|a| a["writable"] == true);
        let asked = spec["accountCreateTemplate"]["fields"].as_array().unwrap().iter();
        let names: Vec<&str> =
            writable.map(|a| &a["name"]).chain(asked.map(|f| &f["key"])).map(|n| n.as_str().unwrap()).collect();
        assert!(names.len() > 5);
        for name in names {
            let column = Table::built_in().column(name).cloned();
            assert!(column.is_some_and(|column| column.write.is_some()), "{name} cannot be written");
        }
    }
}
