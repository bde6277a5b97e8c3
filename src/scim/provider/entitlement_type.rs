//! Further entitlement types of a provider: roles, licences, whatever it grants besides groups. One card describes one, in
//! a provider's profile as in a source's settings.

use super::{Endpoint, Profile};
use crate::scim::filter;
use crate::scim::patch;
use crate::scim::path::{Path, PathError};
use crate::scim::resource;
use scim_v2::filter::Filter;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a card may have.
const MEMBERS: &[&str] = &[
    "type",
    "path",
    "attribute",
    "resource",
    "filter",
    "members",
    "readOnly",
    "namePath",
    "descriptionPath",
    "permissions",
    "rights",
];

/// Names that mean something else: those of the types that are built in, and the platform's own for permissions.
const TAKEN: &[&str] = &["group", "entitlement", "permission"];

/// An entitlement type beyond the groups and the entitlements.
#[derive(Debug, Clone, PartialEq)]
pub struct EntitlementType {
    pub name: Arc<str>,
    /// Where a user holds the ids.
    pub path: Path,
    /// The account attribute that has them.
    pub attribute: String,
    /// Where all of them are listed; without it there are those that users hold.
    pub resource: Option<Listed>,
    pub grants: Grants,
}

/// An endpoint whose resources are the entitlements of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Below the base URL, of one segment or several: `Roles`, `v2/Roles`.
    pub path: Arc<str>,
    /// Which of the resources are of this type, where several types share the endpoint.
    pub filter: Option<Filter>,
    pub name: Path,
    pub description: Path,
    pub permissions: Option<Permissions>,
}

/// Where a resource says what its holders may do.
#[derive(Debug, Clone, PartialEq)]
pub struct Permissions {
    /// What on: one for each permission.
    pub target: Path,
    /// The attribute beside it that says what they may do there.
    pub rights: String,
}

/// How an entitlement is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// By a change of the user, at [`EntitlementType::path`].
    AtUser,
    /// By a change of the entitlement itself, in this list of its members.
    AtMembers(Arc<str>),
    /// Not by this API.
    Never,
}

impl EntitlementType {
    /// Reads a card. `null` and empty texts count as absent; booleans may be texts.
    ///
    /// # Errors
    /// Everything that is wrong with it, each in a sentence part that goes on after what the card is called.
    pub fn read(card: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let mut reader = Card { members: card, problems: Vec::new() };
        let read = reader.read();
        match read {
            Some(read) if reader.problems.is_empty() => Ok(read),
            _ => Err(reader.problems),
        }
    }

    /// The endpoint that lists them. What is known of lists of this provider's holds of it too: of those that cannot end
    /// too early, if there are such.
    pub fn endpoint(&self, provider: &Profile) -> Option<Arc<Endpoint>> {
        let listed = self.resource.as_ref()?;
        let like = provider.entitlements.as_ref().unwrap_or(&provider.groups);
        let endpoint = Endpoint { path: Arc::clone(&listed.path), attributes: Vec::new(), ..Endpoint::clone(like) };
        Some(Arc::new(endpoint))
    }
}

/// What several types must not have in common, each in a sentence part: the platform knows one attribute for each type.
pub fn clashes(types: &[EntitlementType]) -> Vec<String> {
    let mut clashes = Vec::new();
    for (at, one) in types.iter().enumerate() {
        for other in types.iter().take(at) {
            let (name, attribute) = (&one.name, &one.attribute);
            if name.eq_ignore_ascii_case(&other.name) {
                clashes.push(format!("has the type \"{name}\" twice"));
            } else if attribute.eq_ignore_ascii_case(&other.attribute) {
                let says = "each needs an attribute of its own";
                clashes
                    .push(format!("has the attribute \"{attribute}\" for \"{}\" and \"{name}\": {says}", other.name));
            }
        }
    }
    clashes
}

/// As an item of a profile's `entitlementTypes`.
impl<'de> Deserialize<'de> for EntitlementType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let card = Map::<String, Value>::deserialize(deserializer)?;
        let called = card.get("type").and_then(Value::as_str).unwrap_or_default();
        Self::read(&card).map_err(|problems| D::Error::custom(format!("the card \"{called}\" {}", problems.join(", "))))
    }
}

#[cfg(test)]
impl serde::Serialize for EntitlementType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, path, attribute, .. } = self;
        serde_json::json!({"type": &**name, "path": path.to_string(), "attribute": attribute}).serialize(serializer)
    }
}

/// One card, with what is wrong with it.
struct Card<'a> {
    members: &'a Map<String, Value>,
    problems: Vec<String>,
}

impl<'a> Card<'a> {
    fn read(&mut self) -> Option<EntitlementType> {
        for unknown in self.members.keys().filter(|key| !MEMBERS.contains(&key.as_str())) {
            self.problems.push(format!("has \"{}\", which is none of {}", shown(unknown), MEMBERS.join(", ")));
        }
        let name = self.name();
        let resource = self.resource();
        let grants = self.grants(resource.is_some());
        let path = self.required("path", "where a user holds the ids, such as roles.value");
        let path = path.and_then(|path| self.path("path", &path));
        if let Some(path) = &path {
            self.check_values(path, &grants);
        }
        let attribute = self.text("attribute").or_else(|| Some(path.as_ref()?.attribute().name.clone()));
        Some(EntitlementType { name: name?.into(), path: path?, attribute: attribute?, resource, grants })
    }

    fn name(&mut self) -> Option<String> {
        let name = self.required("type", "what the platform calls the type, such as role")?;
        let is_taken = TAKEN.iter().any(|taken| name.eq_ignore_ascii_case(taken));
        if is_taken || name.chars().any(char::is_control) {
            self.problems.push(format!("must not have the type \"{}\": that is another's name", shown(&name)));
        }
        Some(name)
    }

    fn resource(&mut self) -> Option<Listed> {
        let Some(path) = self.text("resource") else {
            for name in ["filter", "members", "namePath", "descriptionPath", "permissions", "rights"] {
                if self.text(name).is_some() {
                    self.problems.push(format!("has {name} without resource, to which it belongs"));
                }
            }
            return None;
        };
        let path = path.trim_matches('/');
        let is_segment = |segment: &str| {
            let is_plain = |character: char| character.is_alphanumeric() || "-_.~".contains(character);
            !matches!(segment, "" | "." | "..") && segment.chars().all(is_plain)
        };
        if !path.split('/').all(is_segment) {
            let says = "which must be an endpoint below the base URL, such as Roles or v2/Roles";
            self.problems.push(format!("has the resource \"{}\", {says}", shown(path)));
        }
        let filter = self.text("filter").and_then(|text| match filter::parse(&text) {
            Ok(filter) => Some(filter),
            Err(error) => {
                self.problems.push(format!("has the filter {}, which is no SCIM filter: {error}", shown(&text)));
                None
            }
        });
        let name = self.text("namePath").unwrap_or_else(|| "displayName".to_owned());
        let description = self.text("descriptionPath").unwrap_or_else(|| "description".to_owned());
        let (name, description) = (self.path("namePath", &name), self.path("descriptionPath", &description));
        let permissions = self.permissions();
        Some(Listed { path: path.into(), filter, name: name?, description: description?, permissions })
    }

    fn permissions(&mut self) -> Option<Permissions> {
        let (target, rights) = (self.text("permissions"), self.text("rights"));
        if target.is_some() != rights.is_some() {
            let says = "must have both permissions, such as permissions.target, and rights, such as rights, or neither";
            self.problems.push(says.to_owned());
        }
        let target = self.path("permissions", &target?)?;
        if target.whole_attribute().sub_attr.is_none() {
            self.problems.push(format!(
                "has the permissions {target}, which must go on with a sub-attribute, such as {target}.target: beside it are the rights"
            ));
        }
        Some(Permissions { target, rights: rights? })
    }

    fn grants(&mut self, has_resource: bool) -> Grants {
        let read_only = self.value("readOnly").map(|value| (value, resource::boolean(value)));
        if let Some((value, None)) = read_only {
            self.problems.push(format!("has readOnly {}, which must be true or false", shown(&value.to_string())));
        }
        match self.text("members").filter(|_| has_resource) {
            _ if matches!(read_only, Some((_, Some(true)))) => Grants::Never,
            None => Grants::AtUser,
            Some(members) => {
                let is_name = members.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
                if !is_name {
                    let says = "which must be the attribute of the resource that lists its members, such as members";
                    self.problems.push(format!("has the members \"{}\", {says}", shown(&members)));
                }
                Grants::AtMembers(members.into())
            }
        }
    }

    /// Values must be plain, and what is granted at the user must be writable there.
    fn check_values(&mut self, path: &Path, grants: &Grants) {
        let why_not_written = || patch::why_not_writable(path).filter(|_| *grants == Grants::AtUser);
        if let Some(why) = patch::why_no_value(path).or_else(why_not_written) {
            self.problems.push(format!("has the path {path}, which {why}"));
        }
    }

    fn path(&mut self, member: &str, text: &str) -> Option<Path> {
        match text.parse::<Path>() {
            Ok(path) => Some(path),
            Err(PathError { syntax, .. }) => {
                self.problems
                    .push(format!("has the {member} {}, which is no SCIM attribute path: {syntax}", shown(text)));
                None
            }
        }
    }

    fn required(&mut self, member: &str, what: &str) -> Option<String> {
        let text = self.text(member);
        if text.is_none() {
            self.problems.push(format!("has no {member}: it must be {what}"));
        }
        text
    }

    fn text(&self, member: &str) -> Option<String> {
        self.value(member).and_then(resource::text).map(|text| text.trim().to_owned())
    }

    fn value(&self, member: &str) -> Option<&'a Value> {
        let is_empty = |value: &&Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        self.members.get(member).filter(|value| !is_empty(value))
    }
}

/// A text of the card as a person is shown it: short.
fn shown(text: &str) -> String {
    text.chars().take(120).collect()
}
