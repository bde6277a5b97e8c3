//! Quirks of what may be written: the forms of a PATCH, and what is dropped from it without a word.

use super::exchange::{Answer, Asked, Content};
use super::playing::Turn;
use crate::sandbox::errors::Refusal;
use crate::sandbox::store::Collection;
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value};

pub(super) fn op_capitalised(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    spelled(asked, ["Add", "Replace", "Remove"])
}

pub(super) fn op_lower(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    spelled(asked, ["add", "replace", "remove"])
}

fn spelled(asked: &Asked, ops: [&str; 3]) -> Result<(), Refusal> {
    let is_spelled =
        |operation: &Map<String, Value>| operation.get("op").and_then(Value::as_str).is_none_or(|op| ops.contains(&op));
    if asked.operations().all(is_spelled) {
        return Ok(());
    }
    Err(Refusal::bad_request("invalidSyntax", format!("\"op\" must be one of {}", ops.join(", "))))
}

pub(super) fn max_operations(asked: &mut Asked, turn: &Turn<'_>) -> Result<(), Refusal> {
    if asked.operations().count() as u64 <= turn.number {
        return Ok(());
    }
    Err(Refusal::bad_request("invalidValue", format!("A PATCH has at most {} operations", turn.number)))
}

pub(super) fn max_members(asked: &mut Asked, turn: &Turn<'_>) -> Result<(), Refusal> {
    let changes: usize = match asked.collection() {
        Some(Collection::Groups) => asked.operations().map(|operation| members_in(operation).max(1)).sum(),
        _ => 0,
    };
    if changes as u64 <= turn.number {
        return Ok(());
    }
    Err(Refusal::bad_request("invalidValue", format!("A request changes at most {} memberships", turn.number)))
}

fn members_in(operation: &Map<String, Value>) -> usize {
    match operation.get("value") {
        Some(Value::Array(members)) => members.len(),
        Some(Value::Object(value)) => value.get("members").and_then(Value::as_array).map_or(1, Vec::len),
        _ => 1,
    }
}

pub(super) fn members_need_display(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    fn is_named(member: &Value) -> bool {
        member.get("display").and_then(Value::as_str).is_some_and(|display| !display.trim().is_empty())
    }
    fn are_named(members: &Value) -> bool {
        match members {
            Value::Array(members) => members.iter().all(is_named),
            single => is_named(single),
        }
    }
    let is_group = asked.collection() == Some(Collection::Groups);
    let whole = asked.content.json().and_then(|body| body.get("members"));
    let are_all_named = whole.is_none_or(are_named)
        && asked.operations().all(|operation| {
            let is_removal =
                operation.get("op").and_then(Value::as_str).is_some_and(|op| op.eq_ignore_ascii_case("remove"));
            let has_path = operation.get("path").and_then(Value::as_str) == Some("members");
            let value = operation.get("value").filter(|_| !is_removal);
            let members = value.and_then(|value| value.get("members").or(has_path.then_some(value)));
            members.is_none_or(are_named)
        });
    if !is_group || are_all_named {
        return Ok(());
    }
    Err(Refusal::bad_request("invalidValue", "A member needs its display name: \"display\""))
}

/// Booleans are texts: `"True"`. JSON's own are refused.
pub(super) fn only_string_booleans(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    fn read(value: &mut Value, is_flag: bool) -> Result<(), Refusal> {
        let is_flag_s = |name: &str| {
            let name = name.rsplit(['.', ':']).next().unwrap_or_default();
            ["active", "primary"].iter().any(|flag| flag.eq_ignore_ascii_case(name))
        };
        match value {
            Value::Bool(_) => {
                return Err(Refusal::bad_request("invalidValue", "A boolean must be \"True\" or \"False\""));
            }
            Value::String(text) if is_flag => match text.to_ascii_lowercase().as_str() {
                "true" => *value = Value::Bool(true),
                "false" => *value = Value::Bool(false),
                _ => {}
            },
            Value::Array(elements) => elements.iter_mut().try_for_each(|element| read(element, is_flag))?,
            Value::Object(members) => {
                let is_path_a_flag_s = members.get("path").and_then(Value::as_str).is_some_and(is_flag_s);
                for (name, value) in members.iter_mut() {
                    read(value, is_flag_s(name) || (name == "value" && is_path_a_flag_s))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
    asked.content.json_mut().map_or(Ok(()), |body| read(body, false))
}

/// Takes out what this server does not know, of users. A PATCH of which nothing is left changes nothing.
pub(super) fn drop_unknown(asked: &mut Asked, _: &Turn<'_>) {
    if asked.collection() != Some(Collection::Users) {
        return;
    }
    let is_patch = asked.came_as == Method::PATCH;
    let Some(body) = asked.content.json_mut().and_then(Value::as_object_mut) else { return };
    if !is_patch {
        body.retain(|name, _| is_known(name));
        return;
    }
    let Some(Value::Array(operations)) = body.get_mut("Operations") else { return };
    let there_were_some = !operations.is_empty();
    operations.retain_mut(|operation| match (operation.get("path").and_then(Value::as_str), operation.get("value")) {
        (Some(path), _) => is_known(path.split(['.', '[']).next().unwrap_or_default()),
        (None, Some(Value::Object(_))) => {
            let value = operation.get_mut("value").and_then(Value::as_object_mut);
            value.is_some_and(|value| {
                value.retain(|name, _| is_known(name));
                !value.is_empty()
            })
        }
        _ => true,
    });
    if there_were_some && operations.is_empty() {
        (asked.method, asked.content) = (Method::GET, Content::Other(Bytes::new()));
    }
}

pub(super) fn show_known(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.collection() == Some(Collection::Users) {
        for user in answer.resources_mut() {
            user.retain(|name, _| is_known(name));
        }
    }
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

const KNOWN: [&str; 11] = [
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "name",
    "displayName",
    "emails",
    "active",
    "password",
    "groups",
];
