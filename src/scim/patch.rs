//! Changes of a resource, as PATCH operations (RFC 7644 §3.5.2) or as the changed resource itself.
//!
//! `assign` makes assignments in a resource, `list` those into one multi-valued attribute, where they must not undo each
//! other. What is to be assigned is decided elsewhere.

mod assign;
mod grants;
mod list;

use super::path::Path;
use super::provider::{MemberForm, MemberRemoval, MemberWriting, PatchForm};
use assign::{Part, member_of, put, put_list};
pub use assign::{assigned, why_no_value, why_not_writable};
pub use grants::{grant, revoke, revoke_by_path};
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, ValFilter};
use serde_json::{Map, Value, json};

/// One attribute's new value.
#[derive(Debug, Clone)]
pub struct Assignment<'a> {
    /// Where the value is read: the first that leads to one is where the present value stands.
    pub read: &'a [Path],
    /// Where it is written when there is none yet.
    pub write: &'a Path,
    /// `None` takes the value away. An array is all the values that a multi-valued attribute is to have.
    pub value: Option<Value>,
    /// Where others write: what a filter of theirs tells is theirs, and taken by no path without one.
    pub others: &'a [&'a Path],
}

/// The operations that make the assignments to `resource`, as few as the form allows.
pub fn operations(form: PatchForm, assignments: &[Assignment<'_>], resource: &Value) -> Vec<Value> {
    let parts = assign::parts(assignments, resource);
    match form {
        PatchForm::Paths => by_path(&parts, resource),
        PatchForm::Values => by_value(&parts),
    }
}

/// The operation that adds a member to a group, or to another resource whose `list` has its members. `display` is what
/// people call it, for a provider that needs it.
pub fn add_member(writing: &MemberWriting, list: &str, id: &str, display: &str) -> Value {
    let member = if writing.with_display { json!({"value": id, "display": display}) } else { json!({"value": id}) };
    match writing.form {
        MemberForm::Standard => json!({"op": "add", "path": list, "value": [member]}),
        MemberForm::Wrapped => json!({"op": "add", "path": list, "value": {list: [member]}}),
    }
}

/// The operation that removes a member, and no others.
pub fn remove_member(writing: &MemberWriting, list: &str, id: &str) -> Value {
    let members = json!([{"value": id}]);
    match (writing.form, writing.removal) {
        (MemberForm::Standard, MemberRemoval::Path) => {
            json!({"op": "remove", "path": element_path(list, None, "value", id)})
        }
        (MemberForm::Standard, MemberRemoval::Value) => json!({"op": "remove", "path": list, "value": members}),
        (MemberForm::Wrapped, _) => json!({"op": "remove", "path": list, "value": {list: members}}),
    }
}

/// `members[value eq "…"]`, the id escaped.
fn element_path(attribute: &str, conditions: Option<&ValFilter>, sub: &str, id: &str) -> String {
    let value = CompValue::Str(id.to_owned());
    let has_id = ValFilter::Attr(AttrExp::Comparison(AttrPath::with_name(sub), CompareOp::Eq, value));
    let filter = match conditions {
        Some(conditions) => ValFilter::and(conditions.clone(), has_id),
        None => has_id,
    };
    format!("{attribute}[{filter}]")
}

/// An operation for each attribute, by its path.
fn by_path(parts: &[Part<'_>], resource: &Value) -> Vec<Value> {
    let mut operations = Vec::new();
    for part in parts {
        match part {
            Part::Member(path, value) => push(&mut operations, of_member(path, *value, resource)),
            Part::List(list) => operations.extend(list.operations()),
        }
    }
    operations
}

fn of_member(path: &AttrPath, value: Option<&Value>, resource: &Value) -> Value {
    match (value, &path.sub_attr) {
        // Not every server makes a complex attribute for the sake of a path into it: a new one comes as a value.
        (Some(value), Some(sub)) if member_of(resource, path).is_none() => {
            let whole = AttrPath { sub_attr: None, ..path.clone() };
            json!({"op": "add", "path": whole.to_string(), "value": {sub: value}})
        }
        (Some(value), _) => json!({"op": "replace", "path": path.to_string(), "value": value}),
        (None, _) => json!({"op": "remove", "path": assign::removal(path).to_string()}),
    }
}

/// Adds an operation, as a part of one before it where both give sub-attributes to the same new attribute.
fn push(operations: &mut Vec<Value>, operation: Value) {
    let same = |one: &Value, name: &str| one.get(name) == operation.get(name);
    if let Some(other) = operations.iter_mut().find(|other| same(other, "op") && same(other, "path"))
        && let (Some(Value::Object(members)), Some(Value::Object(more))) =
            (other.get_mut("value"), operation.get("value"))
    {
        members.extend(more.clone());
        return;
    }
    operations.push(operation);
}

/// One `replace` with all new values, lists whole; what loses its value needs a path of its own.
fn by_value(parts: &[Part<'_>]) -> Vec<Value> {
    let mut values = Map::new();
    let mut operations = Vec::new();
    for part in parts {
        match part {
            Part::Member(path, None) => {
                operations.push(json!({"op": "remove", "path": assign::removal(path).to_string()}));
            }
            Part::Member(path, Some(value)) => put(&mut values, path, Some(value)),
            Part::List(list) => put_list(&mut values, list),
        }
    }
    if !values.is_empty() {
        operations.insert(0, json!({"op": "replace", "value": values}));
    }
    operations
}

#[cfg(test)]
mod tests;
