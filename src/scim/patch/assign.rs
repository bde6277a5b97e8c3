//! Assignments made in a resource: which go into a member of it, which into a list, and how a member is set.

use super::Assignment;
use super::list::{self, List};
use crate::scim::attribute::is_core;
use crate::scim::path::Path;
use crate::scim::resource;
use scim_v2::filter::{AttrPath, PatchPath, ValFilter};
use serde_json::{Map, Value, json};

/// The multi-valued attributes of users and groups (RFC 7643 §4.1.2, §4.2): a path into them leads to elements, also where
/// there are none yet.
const MULTI_VALUED: &[&str] = &[
    "emails",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "groups",
    "entitlements",
    "roles",
    "x509Certificates",
    "members",
];

/// Their complex attributes that have one value.
const COMPLEX: &[&str] = &["name", "meta"];

/// Where an assignment writes.
pub(super) enum Target<'a> {
    /// A member of the resource, or of one in it.
    Member(&'a AttrPath),
    /// Elements of a list.
    Elements(Elements<'a>),
}

/// Elements of a multi-valued attribute.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a> {
    pub attribute: &'a AttrPath,
    /// What holds for them.
    pub filter: Option<&'a ValFilter>,
    /// The sub-attribute that has the value; without one the elements are plain.
    pub sub: Option<&'a str>,
}

impl<'a> Elements<'a> {
    /// What a path leads to, if its attribute is a list.
    pub fn of(path: &'a Path) -> Self {
        match path.parsed() {
            PatchPath::Attr(path) => Self { attribute: path, filter: None, sub: path.sub_attr.as_deref() },
            PatchPath::Value(path) => {
                let sub = path.sub_attr.as_deref().or(Some("value"));
                Self { attribute: &path.attr, filter: Some(&path.filter), sub }
            }
        }
    }

    pub fn is_same_list(&self, other: &Elements<'_>) -> bool {
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let urn = |path: &AttrPath| path.uri.clone().filter(|urn| !is_core(urn)).unwrap_or_default();
        same(&self.attribute.name, &other.attribute.name) && same(&urn(self.attribute), &urn(other.attribute))
    }
}

impl<'a> Target<'a> {
    fn of(assignment: &Assignment<'a>, resource: &Value) -> Self {
        let elements = Elements::of(assignment.write);
        let PatchPath::Attr(path) = assignment.write.parsed() else { return Self::Elements(elements) };
        let is_multi = assignment.value.as_ref().is_some_and(Value::is_array);
        let is_list = match member_of(resource, path) {
            Some(Value::Array(_)) => true,
            Some(Value::Object(_)) => false,
            Some(_) => is_multi && path.sub_attr.is_none(),
            None => is_multi || (path.sub_attr.is_some() && is_listed(MULTI_VALUED, path)),
        };
        if is_list && (is_multi || path.sub_attr.is_some()) { Self::Elements(elements) } else { Self::Member(path) }
    }
}

fn is_listed(names: &[&str], path: &AttrPath) -> bool {
    path.uri.as_deref().is_none_or(is_core) && names.iter().any(|name| name.eq_ignore_ascii_case(&path.name))
}

/// Why no single value is at this path, in a sentence part that goes on after it; `None` if one may be.
pub fn why_no_value(path: &Path) -> Option<String> {
    let whole = "leads to a whole complex attribute: it must go on with a sub-attribute, such as";
    match path.parsed() {
        PatchPath::Attr(attribute) if attribute.sub_attr.is_none() && is_listed(MULTI_VALUED, attribute) => {
            Some(format!("{whole} {path}.value"))
        }
        PatchPath::Attr(attribute) if attribute.sub_attr.is_none() && is_listed(COMPLEX, attribute) => {
            Some(format!("{whole} name.givenName"))
        }
        PatchPath::Value(value) if value.sub_attr.is_none() => Some(format!("{whole} {path}.value")),
        PatchPath::Attr(_) | PatchPath::Value(_) => None,
    }
}

/// Why nothing can be written by this path, in a sentence part that goes on after it; `None` if it can.
pub fn why_not_writable(path: &Path) -> Option<String> {
    let elements = Elements::of(path);
    let is_told_by_itself = elements.filter.is_some_and(|filter| list::names(filter, elements.sub.unwrap_or_default()));
    let says = || "finds its value by that value, so that no other can be written there".to_owned();
    why_no_value(path).or_else(|| is_told_by_itself.then(says))
}

/// The resource with the assignments made.
pub fn assigned(assignments: &[Assignment<'_>], resource: &Value) -> Value {
    let mut changed = resource.as_object().cloned().unwrap_or_default();
    for part in parts(assignments, resource) {
        match part {
            Part::Member(path, value) => put(&mut changed, path, value),
            Part::List(list) => put_list(&mut changed, &list),
        }
    }
    Value::Object(changed)
}

/// What is assigned to one member, or to one list.
pub(super) enum Part<'a> {
    Member(&'a AttrPath, Option<&'a Value>),
    List(List<'a>),
}

/// The assignments, in their order, those to one list together.
pub(super) fn parts<'a>(assignments: &'a [Assignment<'a>], resource: &Value) -> Vec<Part<'a>> {
    let targets: Vec<(&Assignment<'a>, Target<'a>)> =
        assignments.iter().map(|assignment| (assignment, Target::of(assignment, resource))).collect();
    let mut lists: Vec<Elements<'a>> = Vec::new();
    let mut parts = Vec::new();
    for (assignment, target) in &targets {
        match target {
            Target::Member(path) => parts.push(Part::Member(path, assignment.value.as_ref())),
            Target::Elements(elements) if lists.iter().any(|list| list.is_same_list(elements)) => {}
            Target::Elements(elements) => {
                lists.push(*elements);
                let is_same =
                    |target: &Target<'_>| matches!(target, Target::Elements(other) if other.is_same_list(elements));
                let group: Vec<&Assignment<'a>> =
                    targets.iter().filter(|(_, target)| is_same(target)).map(|(assignment, _)| *assignment).collect();
                parts.push(Part::List(List::new(elements.attribute, &group, resource)));
            }
        }
    }
    parts
}

/// Puts a list in its place, whole.
pub(super) fn put_list(resource: &mut Map<String, Value>, list: &List<'_>) {
    if let Some(container) = container(resource, list.attribute()).filter(|_| list.is_changed()) {
        container.insert(known_name(container, &list.attribute().name), list.changed().into());
    }
}

/// The member in which the path's attribute stands, whole.
pub(super) fn member_of<'a>(resource: &'a Value, path: &AttrPath) -> Option<&'a Value> {
    let container = match path.uri.as_deref().filter(|urn| !is_core(urn)) {
        None => resource,
        Some(urn) => resource::get(resource, urn)?,
    };
    resource::get(container, &path.name)
}

/// Sets a member, or takes it away.
pub(super) fn put(resource: &mut Map<String, Value>, path: &AttrPath, value: Option<&Value>) {
    let path = if value.is_some() { path.clone() } else { removal(path) };
    let Some(container) = container(resource, &path) else { return };
    let (container, name) = match &path.sub_attr {
        None => (Some(container), path.name.as_str()),
        Some(sub) => (object_at(container, &path.name), sub.as_str()),
    };
    let Some(container) = container else { return };
    let name = known_name(container, name);
    match value {
        Some(value) => container.insert(name, value.clone()),
        None => container.shift_remove(&name),
    };
}

/// What is taken away with a value: the `value` of a complex attribute is what the others (`$ref`, `display`) tell of, and
/// some servers find it again by them.
pub(super) fn removal(path: &AttrPath) -> AttrPath {
    let sub_attr = path.sub_attr.clone().filter(|sub| !sub.eq_ignore_ascii_case("value"));
    AttrPath { sub_attr, ..path.clone() }
}

/// The name under which the member stands already, if in another case; else the name itself.
pub(super) fn known_name(members: &Map<String, Value>, name: &str) -> String {
    let found = members.keys().find(|key| key.eq_ignore_ascii_case(name));
    found.cloned().unwrap_or_else(|| name.to_owned())
}

/// The resource itself, or the member of the extension, whose URN then also stands in `schemas` (RFC 7643 §3).
pub(super) fn container<'a>(
    resource: &'a mut Map<String, Value>,
    path: &AttrPath,
) -> Option<&'a mut Map<String, Value>> {
    let Some(urn) = path.uri.as_deref().filter(|urn| !is_core(urn)) else { return Some(resource) };
    if let Some(Value::Array(schemas)) = resource.get_mut("schemas")
        && !schemas.iter().filter_map(Value::as_str).any(|schema| schema.eq_ignore_ascii_case(urn))
    {
        schemas.push(urn.into());
    }
    object_at(resource, urn)
}

fn object_at<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    let name = known_name(parent, name);
    let member = parent.entry(name).or_insert_with(|| json!({}));
    if member.is_null() {
        *member = json!({});
    }
    member.as_object_mut()
}
