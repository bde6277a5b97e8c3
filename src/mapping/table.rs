//! The attribute table: every account attribute, where it is read in a SCIM user and where it is written.
//!
//! This is the one table to change for other attributes. `connector-spec.json` shows the same to the platform; a test holds
//! them equal. Names never change between releases: the platform keeps data under them.

use crate::product;
use crate::scim::path::Path;
use crate::scim::provider::Profile;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One attribute of an account.
#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub kind: Kind,
    /// SCIM paths (RFC 7644 §3.10) where it is read: the first that leads to a value counts.
    pub read: &'static [&'static str],
    /// The SCIM path where it is written, if it can be.
    pub write: Option<&'static str>,
    /// The entitlement type whose ids it holds.
    pub entitlement: Option<&'static str>,
    /// Only where each account has exactly one profile.
    pub needs_profiles: bool,
}

/// What the values are. Multi-valued ones are sent sorted, as an array, also when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Boolean,
    Texts,
}

impl Kind {
    /// The platform's word for the type of one value.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Text | Self::Texts => "string",
            Self::Boolean => "boolean",
        }
    }

    pub const fn is_multi(self) -> bool {
        matches!(self, Self::Texts)
    }
}

/// The attribute that holds an account's groups.
pub const GROUPS: &str = "groups";
/// The entitlement type of SCIM groups.
pub const GROUP: &str = "group";
/// The entitlement type of what a provider grants besides groups: Salesforce's profiles and permission sets.
pub const ENTITLEMENT: &str = "entitlement";

const fn text(name: &'static str, path: &'static [&'static str], write: Option<&'static str>) -> Attribute {
    Attribute { name, kind: Kind::Text, read: path, write, entitlement: None, needs_profiles: false }
}

macro_rules! enterprise {
    ($path:literal) => {
        concat!("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", $path)
    };
}

/// Every attribute, in the order in which the platform is shown them.
#[rustfmt::skip]
pub const ATTRIBUTES: &[Attribute] = &[
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
    Attribute { kind: Kind::Texts, ..text("userRoles", &["roles.value"], None) },
    // Indirect memberships cannot be revoked, so they are not the account's own.
    Attribute { kind: Kind::Texts, entitlement: Some(GROUP),
        ..text(GROUPS, &["groups[not (type eq \"indirect\")].value"], None) },
    Attribute { kind: Kind::Texts, entitlement: Some(ENTITLEMENT),
        ..text("entitlements", &["entitlements.value"], Some("entitlements.value")) },
];

/// Attributes that are written and never read, and so are not in the platform's schema.
pub const WRITE_ONLY: &[Attribute] = &[text("password", &[], Some("password"))];

/// An attribute with its paths parsed.
pub struct Column {
    pub attribute: &'static Attribute,
    pub read: Vec<Path>,
    pub write: Option<Path>,
}

static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "constants, each of which a test parses")]
    let path = |text: &&str| text.parse().expect("the table's paths parse");
    let column = |attribute: &'static Attribute| Column {
        attribute,
        read: attribute.read.iter().map(path).collect(),
        write: attribute.write.as_ref().map(path),
    };
    ATTRIBUTES.iter().chain(WRITE_ONLY).map(column).collect()
});

/// What the attribute is, in the specification's words.
pub fn description(attribute: &Attribute) -> String {
    static WORDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let spec: Value = serde_json::from_str(product::SPEC).unwrap_or_default();
        let shown = spec.pointer("/accountSchema/attributes").and_then(Value::as_array).cloned().unwrap_or_default();
        let words = |attribute: &Value| {
            Some((attribute.get("name")?.as_str()?.to_owned(), attribute.get("description")?.as_str()?.to_owned()))
        };
        shown.iter().filter_map(words).collect()
    });
    WORDS.get(attribute.name).cloned().unwrap_or_else(|| attribute.name.to_owned())
}

/// The table with its paths parsed, [`WRITE_ONLY`] last.
pub fn columns() -> &'static [Column] {
    &COLUMNS
}

/// The column of that name.
pub fn column(name: &str) -> Option<&'static Column> {
    columns().iter().find(|column| column.attribute.name == name)
}

/// The column of that name, where the provider has such an attribute.
///
/// # Errors
/// A sentence part that goes on after the name, with the attributes that there are.
pub fn known(name: &str, provider: &Profile) -> Result<&'static Column, String> {
    let has = |column: &&Column| provider.has_profiles() || !column.attribute.needs_profiles;
    column(name).filter(has).ok_or_else(|| {
        let settable = columns()
            .iter()
            .filter(has)
            .filter(|column| column.write.is_some() || column.attribute.entitlement.is_some());
        let names: Vec<&str> = settable.map(|column| column.attribute.name).collect();
        format!("is no attribute of this source (those that can be set: {})", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_path_of_the_table_parses() {
        assert_eq!(columns().len(), ATTRIBUTES.len() + WRITE_ONLY.len());
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
                    attribute["schemaObjectType"]
                ])
            })
            .collect();
        let table: Vec<Value> = ATTRIBUTES
            .iter()
            .map(|attribute| {
                let (kind, entitlement) = (attribute.kind, attribute.entitlement);
                json!([attribute.name, kind.type_name(), kind.is_multi(), entitlement.is_some(), entitlement])
            })
            .collect();
        assert_eq!(shown, table);
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
            let column = columns().iter().find(|column| column.attribute.name == name);
            assert!(column.is_some_and(|column| column.write.is_some()), "{name} cannot be written");
        }
    }
}
