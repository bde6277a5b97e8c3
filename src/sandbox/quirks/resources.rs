//! Quirks of the resources that are answered: what they lack, and the form that their values have.

use super::exchange::{Answer, Asked};
use super::playing::Turn;
use crate::sandbox::options::Options;
use crate::sandbox::projection::Projection;
use crate::sandbox::schemas::{self, Attribute, Mutability};
use crate::sandbox::store::Collection;
use http::HeaderValue;
use http::header::LOCATION;
use serde_json::{Map, Value, json};

type Resource = Map<String, Value>;

pub(super) fn with_roles(options: &mut Options) {
    options.roles = true;
}

/// Each group has the next one as a member too.
pub(super) fn deep_groups(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    let view = turn.store.view();
    for group in of(Collection::Groups, answer, asked) {
        let index = group.get("id").and_then(Value::as_str).and_then(|id| view.find(Collection::Groups, id));
        let next = index.map(|index| index + 1).filter(|next| *next < view.slots(Collection::Groups));
        if let (Some(next), Some(Value::Array(members))) = (next, group.get_mut("members")) {
            let (id, location) = (view.id(Collection::Groups, next), view.location(Collection::Groups, next));
            members.push(json!({"value": id, "$ref": location, "type": "Group"}));
        }
    }
}

pub(super) fn members_empty(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    for group in of(Collection::Groups, answer, asked) {
        group.insert("members".to_owned(), json!([]));
    }
}

pub(super) fn members_not_listed(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.is_list() {
        without("members", of(Collection::Groups, answer, asked));
    }
}

pub(super) fn members_on_request(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    let is_requested = asked.parameter("attributes").is_some_and(|names| wanted(Some(names), None).wants("members"));
    if !is_requested {
        without("members", of(Collection::Groups, answer, asked));
    }
}

pub(super) fn members_truncated(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    for group in of(Collection::Groups, answer, asked) {
        if let Some(Value::Array(members)) = group.get_mut("members") {
            members.truncate(usize::try_from(turn.number).unwrap_or(usize::MAX));
        }
    }
}

pub(super) fn without_groups(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    without("groups", of(Collection::Users, answer, asked));
}

pub(super) fn without_emails(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    without("emails", of(Collection::Users, answer, asked));
}

pub(super) fn without_last_modified(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    for resource in of_any(answer, asked) {
        if let Some(Value::Object(meta)) = resource.get_mut("meta") {
            meta.shift_remove("lastModified");
        }
    }
}

pub(super) fn normalises(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    for user in of(Collection::Users, answer, asked) {
        for name in ["locale", "preferredLanguage"] {
            if let Some(Value::String(text)) = user.get_mut(name) {
                *text = text.replace('-', "_");
            }
        }
    }
}

pub(super) fn string_booleans(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    fn spell(value: &mut Value) {
        match value {
            Value::Bool(flag) => *value = json!(if *flag { "True" } else { "False" }),
            Value::Array(elements) => elements.iter_mut().for_each(spell),
            Value::Object(members) => members.values_mut().for_each(spell),
            _ => {}
        }
    }
    for resource in of_any(answer, asked) {
        resource.values_mut().for_each(spell);
    }
}

pub(super) fn empty_arrays(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    fill(answer, asked, turn, |attribute| attribute.is_multi.then(|| json!([])));
}

pub(super) fn nulls(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    fill(answer, asked, turn, |_| Some(Value::Null));
}

/// Gives absent attributes a value, as far as they are asked for.
fn fill(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>, value: impl Fn(&Attribute) -> Option<Value>) {
    let projection = wanted(asked.parameter("attributes"), asked.parameter("excludedAttributes"));
    let endpoint = asked.path.first().map(String::as_str).unwrap_or_default();
    let kind = schemas::resource_types(turn.dialect).iter().find(|kind| kind.endpoint == endpoint);
    let Some(kind) = kind else { return };
    for resource in of_any(answer, asked) {
        for attribute in kind.attributes().filter(|attribute| attribute.mutability != Mutability::WriteOnly) {
            if let Some(value) = value(attribute).filter(|_| projection.wants(attribute.name)) {
                resource.entry(attribute.name).or_insert(value);
            }
        }
    }
}

/// A request with both lists has been refused.
fn wanted(attributes: Option<&str>, excluded: Option<&str>) -> Projection {
    Projection::parse(attributes, excluded).unwrap_or(Projection::All)
}

pub(super) fn relative_location(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    fn path(url: &str) -> Option<String> {
        let (_, rest) = url.split_once("://")?;
        rest.split_once('/').map(|(_, path)| format!("/{path}"))
    }
    fn shorten(members: &mut Resource) {
        for (name, value) in members.iter_mut() {
            match value {
                Value::String(url) if ["location", "$ref"].contains(&name.as_str()) => {
                    *url = path(url).unwrap_or_else(|| url.clone());
                }
                Value::Object(members) => shorten(members),
                Value::Array(elements) => elements.iter_mut().filter_map(Value::as_object_mut).for_each(shorten),
                _ => {}
            }
        }
    }
    of_any(answer, asked).into_iter().for_each(shorten);
    let location = answer.headers.get(LOCATION).and_then(|url| path(url.to_str().ok()?));
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        answer.headers.insert(LOCATION, location);
    }
}

/// Names with a capital in front, but for those of schemas.
pub(super) fn upper_case_names(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    fn rename(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let renamed = members.into_iter().map(|(name, value)| {
                    let mut letters = name.chars();
                    let name = match letters.next() {
                        Some(first) if !name.starts_with("urn:") => {
                            first.to_ascii_uppercase().to_string() + letters.as_str()
                        }
                        _ => name,
                    };
                    (name, rename(value))
                });
                Value::Object(renamed.collect())
            }
            Value::Array(elements) => elements.into_iter().map(rename).collect(),
            single => single,
        }
    }
    for resource in of_any(answer, asked) {
        if let Value::Object(renamed) = rename(Value::Object(std::mem::take(resource))) {
            *resource = renamed;
        }
    }
}

fn without(name: &str, resources: Vec<&mut Resource>) {
    for resource in resources {
        resource.shift_remove(name);
    }
}

/// The resources of that collection.
fn of<'a>(collection: Collection, answer: &'a mut Answer, asked: &Asked) -> Vec<&'a mut Resource> {
    if asked.collection() == Some(collection) { answer.resources_mut() } else { Vec::new() }
}

/// The resources of any collection.
pub(super) fn of_any<'a>(answer: &'a mut Answer, asked: &Asked) -> Vec<&'a mut Resource> {
    if asked.collection().is_some() { answer.resources_mut() } else { Vec::new() }
}
