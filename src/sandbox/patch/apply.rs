//! Applies an edit to a resource, as RFC 7644 §3.5.2.1 to §3.5.2.3 say. Types of values are checked by the dialects, on
//! the resource that comes out.

use super::{Edit, Op, Target};
use crate::sandbox::errors::Refusal;
use crate::sandbox::schemas::{Attribute, Kind, Mutability, ResourceType, Schema};
use crate::scim::{filter, resource};
use scim_v2::filter::ValFilter;
use serde_json::{Map, Value};

/// Changes the resource. After an error it may be half changed.
pub(in crate::sandbox) fn apply(resource: &mut Value, edit: &Edit, kind: &'static ResourceType) -> Result<(), Refusal> {
    let target = Target::parse(&edit.path, kind)?;
    let Some(members) = resource.as_object_mut() else { return Err(Refusal::internal()) };
    match target {
        Target::Extension(extension) => whole_extension(members, extension, edit.op, &edit.value),
        Target::Attribute { extension, attribute, filter, part } => {
            check_mutability(edit.op, attribute, filter.is_some(), part)?;
            // To assign `null` is to remove (RFC 7643 §2.5).
            let op = if edit.value.is_null() { Op::Remove } else { edit.op };
            let place = Place { attribute, filter, part };
            within(members, extension, |members| place.edit(members, op, &edit.value))
        }
    }
}

/// Gives `act` the members that the extension's attributes stand in. An extension without attributes vanishes.
fn within<T>(
    members: &mut Map<String, Value>,
    extension: Option<&Schema>,
    act: impl FnOnce(&mut Map<String, Value>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let Some(extension) = extension else { return act(members) };
    let mut inner = match members.get_mut(extension.urn).map(Value::take) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    let done = act(&mut inner)?;
    members.insert(extension.urn.to_owned(), Value::Object(inner));
    Ok(done)
}

fn whole_extension(
    members: &mut Map<String, Value>,
    extension: &'static Schema,
    op: Op,
    value: &Value,
) -> Result<(), Refusal> {
    if op == Op::Remove || value.is_null() {
        members.remove(extension.urn);
        return Ok(());
    }
    let given = value.as_object().ok_or_else(|| wrong_type(extension.urn, "an object"))?;
    // Some clients name the schema within its own object too.
    for (name, value) in given.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas")) {
        let attribute = extension.attribute(name).ok_or_else(|| {
            Refusal::bad_request("invalidPath", format!("\"{name}\" names no attribute of {}", extension.urn))
        })?;
        check_mutability(op, attribute, false, None)?;
        let op = if value.is_null() { Op::Remove } else { op };
        let place = Place { attribute, filter: None, part: None };
        within(members, Some(extension), |members| place.edit(members, op, value))?;
    }
    Ok(())
}

/// "mutability" (RFC 7644 §3.12) is also the answer to the removal of what is required (§3.5.2.2).
fn check_mutability(op: Op, attribute: &Attribute, chosen: bool, part: Option<&Attribute>) -> Result<(), Refusal> {
    let refusal = |why: &str| {
        let part = part.map(|part| format!(".{}", part.name)).unwrap_or_default();
        Err(Refusal::bad_request("mutability", format!("\"{}{part}\" {why}", attribute.name)))
    };
    match part {
        _ if attribute.mutability == Mutability::ReadOnly => refusal("is read-only"),
        Some(part) if part.mutability == Mutability::ReadOnly => refusal("is read-only"),
        Some(part) if part.mutability == Mutability::Immutable => refusal("cannot be changed once it is set"),
        Some(part) if op == Op::Remove && part.is_required => refusal("is required"),
        None if op == Op::Remove && attribute.is_required && !chosen => refusal("is required"),
        _ => Ok(()),
    }
}

/// An attribute, or a part of it, in the members of an object.
struct Place {
    attribute: &'static Attribute,
    filter: Option<ValFilter>,
    part: Option<&'static Attribute>,
}

impl Place {
    fn edit(&self, members: &mut Map<String, Value>, op: Op, value: &Value) -> Result<(), Refusal> {
        let name = self.attribute.name;
        match (op, self.attribute.is_multi) {
            (Op::Remove, _) if self.filter.is_none() && self.part.is_none() => {
                members.remove(name);
                Ok(())
            }
            (_, true) => {
                let before = match members.remove(name) {
                    Some(Value::Array(elements)) => elements,
                    _ => Vec::new(),
                };
                let after = self.edit_elements(before.clone(), op, value)?;
                let after = only_one_primary(name, &before, after)?;
                members.insert(name.to_owned(), Value::Array(after));
                Ok(())
            }
            (_, false) => self.edit_single(members, op, value),
        }
    }

    fn edit_single(&self, members: &mut Map<String, Value>, op: Op, value: &Value) -> Result<(), Refusal> {
        let name = self.attribute.name;
        if self.attribute.kind != Kind::Complex {
            members.insert(name.to_owned(), value.clone());
            return Ok(());
        }
        let mut inner = match members.get(name) {
            Some(Value::Object(inner)) => inner.clone(),
            _ => Map::new(),
        };
        match (self.part, op) {
            (Some(part), Op::Remove) => {
                inner.remove(part.name);
            }
            (Some(part), _) => {
                inner.insert(part.name.to_owned(), value.clone());
            }
            // "Sub-attributes that are not specified SHALL be left unchanged" (§3.5.2.3).
            (None, _) if value.is_object() => inner.extend(canonical(self.attribute, value)),
            (None, _) => return Err(wrong_type(name, "an object")),
        }
        members.insert(name.to_owned(), Value::Object(inner));
        Ok(())
    }

    fn edit_elements(&self, mut elements: Vec<Value>, op: Op, value: &Value) -> Result<Vec<Value>, Refusal> {
        let chosen = |element: &Value| match &self.filter {
            Some(filter) => filter::value_matches(filter, element),
            None => true,
        };
        match (&self.filter, self.part, op) {
            (_, None, Op::Remove) => elements.retain(|element| !chosen(element)),
            (None, None, Op::Replace) => return self::elements(self.attribute, value),
            (None, None, Op::Add) => {
                for added in self::elements(self.attribute, value)? {
                    add(&mut elements, added);
                }
            }
            (_, part, op) => {
                let mut found = false;
                for element in elements.iter_mut().filter(|element| chosen(element)) {
                    found = true;
                    change(element, self.attribute, part, op, value)?;
                }
                if !found && op != Op::Remove {
                    let detail = format!("No element of \"{}\" matches the path", self.attribute.name);
                    return Err(Refusal::bad_request("noTarget", detail));
                }
            }
        }
        Ok(elements)
    }
}

fn change(
    element: &mut Value,
    attribute: &Attribute,
    part: Option<&Attribute>,
    op: Op,
    value: &Value,
) -> Result<(), Refusal> {
    match (element, part) {
        (Value::Object(members), Some(part)) if op == Op::Remove => {
            members.remove(part.name);
        }
        (Value::Object(members), Some(part)) => {
            members.insert(part.name.to_owned(), value.clone());
        }
        (element, None) => {
            let given = value.as_object().ok_or_else(|| wrong_type(attribute.name, "an object"))?;
            let given = canonical(attribute, &Value::Object(given.clone()));
            match (element, op) {
                (Value::Object(members), Op::Add) => members.extend(given),
                (element, _) => *element = Value::Object(given),
            }
        }
        _ => {}
    }
    Ok(())
}

/// Adds an element, or completes the one that has its value and type (RFC 7643 §2.4).
fn add(elements: &mut Vec<Value>, added: Value) {
    let same = |element: &Value| {
        let same = |name| resource::get(element, name) == resource::get(&added, name);
        let is_typed = resource::get(&added, "type").is_some();
        match resource::get(&added, "value") {
            Some(_) => same("value") && (same("type") || !is_typed),
            None => *element == added,
        }
    };
    match (elements.iter_mut().find(|element| same(element)), added) {
        (Some(Value::Object(present)), Value::Object(added)) => present.extend(added),
        (Some(_), _) => {}
        (None, added) => elements.push(added),
    }
}

/// "The server SHALL set the value of the existing attribute to false" (§3.5.2) where a new element becomes the primary.
fn only_one_primary(name: &str, before: &[Value], mut after: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    let is_primary = |element: &Value| resource::get(element, "primary").and_then(resource::boolean) == Some(true);
    if after.iter().filter(|element| is_primary(element)).count() < 2 {
        return Ok(after);
    }
    for element in &mut after {
        if let Value::Object(members) = element
            && before.contains(&Value::Object(members.clone()))
        {
            members.insert("primary".to_owned(), Value::Bool(false));
        }
    }
    if after.iter().filter(|element| is_primary(element)).count() > 1 {
        return Err(Refusal::bad_request("invalidValue", format!("Only one element of \"{name}\" can be primary")));
    }
    Ok(after)
}

/// The elements that a value stands for: an array, or a single element by itself.
pub(in crate::sandbox) fn elements(attribute: &Attribute, value: &Value) -> Result<Vec<Value>, Refusal> {
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let element = |element: &Value| match element {
        Value::Object(_) => Ok(Value::Object(canonical(attribute, element))),
        _ => Err(wrong_type(attribute.name, "an array of objects")),
    };
    elements.iter().map(element).collect()
}

/// The members of an object, under the names that the schema gives them.
fn canonical(attribute: &Attribute, value: &Value) -> Map<String, Value> {
    let members = value.as_object().into_iter().flatten();
    let named = |(name, value): (&String, &Value)| {
        let name = attribute.part(name).map_or_else(|| name.clone(), |part| part.name.to_owned());
        (name, value.clone())
    };
    members.map(named).collect()
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::bad_request("invalidValue", format!("\"{name}\" must be {expected}"))
}
