//! Whether a resource is one, by its schemas: every attribute known and of its type, and what is required there.
//!
//! Read-only attributes are ignored, `null` and empty lists are absent (RFC 7643 §2.5), passwords stand apart.

use crate::sandbox::errors::Refusal;
use crate::sandbox::schemas::{Attribute, Kind, Mutability, ResourceType};
use crate::scim::resource;
use serde_json::{Map, Value};

/// A resource whose form is right.
#[derive(Debug)]
pub(in crate::sandbox) struct Form {
    /// Under the schema's names, in its order.
    pub attributes: Map<String, Value>,
    pub password: Option<String>,
}

impl Form {
    pub(super) fn parse(resource: &Value, kind: &ResourceType) -> Result<Self, Refusal> {
        let mut own = resource.as_object().cloned().unwrap_or_default();
        let extension = kind.extension.as_ref().and_then(|schema| {
            let key = own.keys().find(|key| schema.is(key))?.clone();
            Some((schema, own.shift_remove(&key)?))
        });
        let mut attributes = object(&own, kind.attributes(), "")?;
        if let Some((schema, value)) = extension.filter(|(_, value)| !value.is_null()) {
            let mut members = value.as_object().cloned().ok_or_else(|| wrong_type(schema.urn, "an object"))?;
            // Some clients name the schema within its own object too.
            members.shift_remove("schemas");
            let members = object(&members, schema.attributes.iter(), "")?;
            if !members.is_empty() {
                attributes.insert(schema.urn.to_owned(), Value::Object(members));
            }
        }
        let password = attributes.shift_remove("password").and_then(|password| password.as_str().map(str::to_owned));
        Ok(Self { attributes, password })
    }
}

/// The object's members under the names of its attributes. `path` is what stands before their names in an error.
fn object<'a>(
    members: &Map<String, Value>,
    attributes: impl Iterator<Item = &'a Attribute> + Clone,
    path: &str,
) -> Result<Map<String, Value>, Refusal> {
    let is_known = |name: &str| attributes.clone().any(|attribute| attribute.name.eq_ignore_ascii_case(name));
    if let Some(strange) = members.keys().find(|name| !is_known(name)) {
        return Err(Refusal::bad_request("invalidSyntax", format!("\"{path}{strange}\" is no attribute")));
    }
    let mut object = Map::new();
    for attribute in attributes.filter(|attribute| attribute.mutability != Mutability::ReadOnly) {
        let path = format!("{path}{}", attribute.name);
        let value = resource::member(members, attribute.name).map(|value| value_of(value, attribute, &path));
        match value.transpose()?.flatten() {
            Some(value) => {
                object.insert(attribute.name.to_owned(), value);
            }
            None if attribute.is_required => {
                return Err(Refusal::bad_request("invalidValue", format!("\"{path}\" is required")));
            }
            None => {}
        }
    }
    Ok(object)
}

fn value_of(value: &Value, attribute: &Attribute, path: &str) -> Result<Option<Value>, Refusal> {
    if !attribute.is_multi {
        return single(value, attribute, path);
    }
    let elements = value.as_array().ok_or_else(|| wrong_type(path, "an array"))?;
    let elements = elements.iter().filter_map(|element| single(element, attribute, path).transpose());
    let elements: Vec<Value> = elements.collect::<Result<_, _>>()?;
    let primaries = elements.iter().filter(|element| element.get("primary") == Some(&Value::Bool(true))).count();
    if primaries > 1 {
        return Err(Refusal::bad_request("invalidValue", format!("Only one element of \"{path}\" can be primary")));
    }
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

fn single(value: &Value, attribute: &Attribute, path: &str) -> Result<Option<Value>, Refusal> {
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex, Value::Object(members)) => {
            let members = object(members, attribute.parts.iter(), &format!("{path}."))?;
            Ok((!members.is_empty()).then_some(Value::Object(members)))
        }
        (Kind::Boolean, Value::Bool(_)) => Ok(Some(value.clone())),
        (Kind::Text | Kind::Reference | Kind::Binary, Value::String(text)) => {
            let is_blank = attribute.is_required && text.trim().is_empty();
            Ok((!is_blank).then(|| value.clone()))
        }
        (Kind::Complex, _) if attribute.is_multi => Err(wrong_type(path, "an array of objects")),
        (Kind::Complex, _) => Err(wrong_type(path, "an object")),
        (Kind::Boolean, _) => Err(wrong_type(path, "a boolean")),
        _ => Err(wrong_type(path, "a string")),
    }
}

fn wrong_type(path: &str, expected: &str) -> Refusal {
    Refusal::bad_request("invalidValue", format!("\"{path}\" must be {expected}"))
}
