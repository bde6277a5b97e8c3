//! Changes of a resource, as PATCH operations (RFC 7644 §3.5.2) or as the changed resource itself.

use super::filter::value_matches;
use super::path::Path;
use super::provider::{MemberForm, PatchForm};
use super::resource;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, PatchPath, PatchValuePath, ValFilter};
use serde_json::{Map, Value, json};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// One attribute's new value.
#[derive(Debug, Clone)]
pub struct Assignment<'a> {
    /// Where the value is read: the first that leads to one is where the present value stands.
    pub read: &'a [Path],
    /// Where it is written when there is none yet.
    pub write: &'a Path,
    /// `None` takes the value away.
    pub value: Option<Value>,
}

/// The operations that make the assignments to `resource`, as few as the form allows.
pub fn operations(form: PatchForm, assignments: &[Assignment<'_>], resource: &Value) -> Vec<Value> {
    match form {
        PatchForm::Paths => {
            let mut operations = Vec::new();
            for assignment in assignments {
                push(&mut operations, by_path(assignment, resource));
            }
            operations
        }
        PatchForm::Values => by_value(assignments, resource),
    }
}

/// The resource with the assignments made.
pub fn assigned(assignments: &[Assignment<'_>], resource: &Value) -> Value {
    let mut changed = resource.as_object().cloned().unwrap_or_default();
    for assignment in assignments {
        assign(&mut changed, assignment);
    }
    Value::Object(changed)
}

/// The operations that add these members to a group.
pub fn add_members(form: MemberForm, ids: &[String]) -> Vec<Value> {
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    match form {
        MemberForm::Standard => vec![json!({"op": "add", "path": "members", "value": members})],
        MemberForm::Wrapped => vec![json!({"op": "add", "path": "members", "value": {"members": members}})],
    }
}

/// The operations that remove these members from a group, and no others.
pub fn remove_members(form: MemberForm, ids: &[String]) -> Vec<Value> {
    match form {
        MemberForm::Standard => {
            ids.iter().map(|id| json!({"op": "remove", "path": element_path("members", id)})).collect()
        }
        MemberForm::Wrapped => {
            let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
            vec![json!({"op": "remove", "path": "members", "value": {"members": members}})]
        }
    }
}

/// `members[value eq "…"]`, the id escaped.
pub fn element_path(attribute: &str, id: &str) -> String {
    let value = CompValue::Str(id.to_owned());
    let filter = ValFilter::Attr(AttrExp::Comparison(AttrPath::with_name("value"), CompareOp::Eq, value));
    format!("{attribute}[{filter}]")
}

fn by_path(assignment: &Assignment<'_>, resource: &Value) -> Value {
    let op = |path: String| match &assignment.value {
        Some(value) => json!({"op": "replace", "path": path, "value": value}),
        None => json!({"op": "remove", "path": path}),
    };
    let write = match (assignment.write.parsed(), &assignment.value) {
        (PatchPath::Value(write), _) => write,
        // Not every server makes a complex attribute for the sake of a path into it: a new one comes as a value.
        (PatchPath::Attr(AttrPath { sub_attr: Some(sub), .. }), Some(value))
            if elements(assignment.write.attribute(), resource).is_empty() =>
        {
            let whole = Path::from(AttrPath { sub_attr: None, ..assignment.write.attribute().clone() });
            return json!({"op": "add", "path": whole.to_string(), "value": {sub: value}});
        }
        (PatchPath::Attr(_), Some(_)) => return op(assignment.write.to_string()),
        (PatchPath::Attr(path), None) => return op(removal(path).to_string()),
    };
    match present(assignment, resource) {
        // The whole list, where no path leads to just this element on every server.
        Some(Element { path: None, .. }) => {
            let changed = assigned(std::slice::from_ref(assignment), resource);
            let list = Path::from(write.attr.clone());
            json!({"op": "replace", "path": list.to_string(), "value": list.values(&changed)})
        }
        Some(Element { path: Some(path), .. }) if assignment.value.is_none() => {
            op(PatchPath::Value(PatchValuePath { sub_attr: None, ..path.clone() }).to_string())
        }
        Some(Element { path: Some(path), .. }) => op(PatchPath::Value(path.clone()).to_string()),
        None => {
            let element = new_element(write, assignment.value.clone().unwrap_or_default());
            json!({"op": "add", "path": write.attr.to_string(), "value": [element]})
        }
    }
}

/// What is taken away with a value: the `value` of a complex attribute is what the others (`$ref`, `display`) tell of, and
/// some servers find it again by them.
fn removal(path: &AttrPath) -> AttrPath {
    let sub_attr = path.sub_attr.clone().filter(|sub| !sub.eq_ignore_ascii_case("value"));
    AttrPath { sub_attr, ..path.clone() }
}

/// Adds an operation, as a part of the one before it where both give sub-attributes to the same new attribute.
fn push(operations: &mut Vec<Value>, operation: Value) {
    let same = |one: &Value, name: &str| one.get(name) == operation.get(name);
    if let Some(last) = operations.last_mut().filter(|last| same(last, "op") && same(last, "path"))
        && let (Some(Value::Object(members)), Some(Value::Object(more))) =
            (last.get_mut("value"), operation.get("value"))
    {
        members.extend(more.clone());
        return;
    }
    operations.push(operation);
}

/// One `replace` with all new values; what loses its value needs a path of its own.
fn by_value(assignments: &[Assignment<'_>], resource: &Value) -> Vec<Value> {
    let mut values = Map::new();
    let mut operations = Vec::new();
    for assignment in assignments {
        match (assignment.write.parsed(), &assignment.value) {
            (PatchPath::Attr(path), None) => {
                operations.push(json!({"op": "remove", "path": removal(path).to_string()}));
            }
            (PatchPath::Attr(_), Some(_)) => assign(&mut values, assignment),
            (PatchPath::Value(path), _) => {
                let changed = assigned(std::slice::from_ref(assignment), resource);
                let list: Vec<Value> = Path::from(path.attr.clone()).values(&changed).into_iter().cloned().collect();
                if let Some(container) = container(&mut values, &path.attr) {
                    container.insert(path.attr.name.clone(), list.into());
                }
            }
        }
    }
    if !values.is_empty() {
        operations.insert(0, json!({"op": "replace", "value": values}));
    }
    operations
}

/// The element of a multi-valued attribute in which the present value stands.
struct Element<'a> {
    index: usize,
    /// The path that leads to just this element on every server.
    path: Option<&'a PatchValuePath>,
}

fn present<'a>(assignment: &Assignment<'a>, resource: &Value) -> Option<Element<'a>> {
    let list = elements(assignment.write.attribute(), resource);
    assignment.read.iter().find_map(|path| match path.parsed() {
        PatchPath::Attr(path) => {
            let sub = path.sub_attr.as_deref()?;
            let index = list.iter().position(|element| resource::get(element, sub).is_some())?;
            Some(Element { index, path: None })
        }
        PatchPath::Value(path) => {
            let matching: Vec<usize> = list
                .iter()
                .enumerate()
                .filter(|(_, element)| value_matches(&path.filter, element))
                .map(|(index, _)| index)
                .collect();
            let index = *matching.first()?;
            // A server that keeps booleans as strings may not find `primary eq true`.
            let strict = list.get(index).is_some_and(|element| !has_text_boolean(element));
            Some(Element { index, path: (matching.len() == 1 && strict).then_some(path) })
        }
    })
}

fn has_text_boolean(element: &Value) -> bool {
    element
        .as_object()
        .is_some_and(|members| members.values().any(|value| value.is_string() && resource::boolean(value).is_some()))
}

fn elements<'a>(path: &AttrPath, resource: &'a Value) -> Vec<&'a Value> {
    Path::from(AttrPath { sub_attr: None, ..path.clone() }).values(resource)
}

/// Makes one assignment in the resource.
fn assign(resource: &mut Map<String, Value>, assignment: &Assignment<'_>) {
    match assignment.write.parsed() {
        PatchPath::Attr(path) => {
            let path = if assignment.value.is_some() { path.clone() } else { removal(path) };
            let Some(container) = container(resource, &path) else { return };
            let (container, name) = match &path.sub_attr {
                None => (Some(container), path.name.as_str()),
                Some(sub) => (object_at(container, &path.name), sub.as_str()),
            };
            let Some(container) = container else { return };
            let name = known_name(container, name);
            match &assignment.value {
                Some(value) => container.insert(name, value.clone()),
                None => container.shift_remove(&name),
            };
        }
        PatchPath::Value(path) => {
            let whole = Value::Object(resource.clone());
            let found = present(assignment, &whole).map(|element| element.index);
            let Some(container) = container(resource, &path.attr) else { return };
            let name = known_name(container, &path.attr.name);
            let Value::Array(list) = container.entry(name).or_insert_with(|| json!([])) else { return };
            list.retain(|element| !element.is_null());
            let sub = path.sub_attr.as_deref().unwrap_or("value");
            match (found, &assignment.value) {
                (Some(index), Some(value)) => {
                    if let Some(Value::Object(element)) = list.get_mut(index) {
                        element.insert(known_name(element, sub), value.clone());
                    }
                }
                (Some(index), None) => {
                    if index < list.len() {
                        list.remove(index);
                    }
                }
                (None, Some(value)) => list.push(new_element(path, value.clone())),
                (None, None) => {}
            }
        }
    }
}

/// The name under which the member stands already, if in another case; else the name itself.
fn known_name(members: &Map<String, Value>, name: &str) -> String {
    let found = members.keys().find(|key| key.eq_ignore_ascii_case(name));
    found.cloned().unwrap_or_else(|| name.to_owned())
}

/// The resource itself, or the member of the extension, whose URN then also stands in `schemas` (RFC 7643 §3).
fn container<'a>(resource: &'a mut Map<String, Value>, path: &AttrPath) -> Option<&'a mut Map<String, Value>> {
    let Some(urn) = path.uri.as_deref().filter(|urn| !urn.starts_with(CORE)) else { return Some(resource) };
    if let Some(Value::Array(schemas)) = resource.get_mut("schemas")
        && !schemas.iter().any(|schema| schema == urn)
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

/// An element for which the path's brackets hold, with the value at its end.
fn new_element(path: &PatchValuePath, value: Value) -> Value {
    let mut element = Map::new();
    conditions(&path.filter, &mut element);
    element.insert(path.sub_attr.clone().unwrap_or_else(|| "value".to_owned()), value);
    Value::Object(element)
}

/// The members that make `type eq "work" and primary eq true` hold.
fn conditions(filter: &ValFilter, element: &mut Map<String, Value>) {
    match filter {
        ValFilter::And(operands) => operands.iter().for_each(|operand| conditions(operand, element)),
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, value)) => {
            let value = match value {
                CompValue::Str(text) => json!(text),
                CompValue::Number(number) => json!(number),
                CompValue::True => json!(true),
                CompValue::False => json!(false),
                CompValue::Null => Value::Null,
            };
            element.insert(path.name.clone(), value);
        }
        // Nothing to write makes these hold for sure; the table's own paths are equalities.
        ValFilter::Attr(_) | ValFilter::Not(_) | ValFilter::Or(_) => {}
    }
}

#[cfg(test)]
mod tests;
