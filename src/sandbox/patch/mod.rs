//! PATCH (RFC 7644 §3.5.2): a request's operations as single edits, each at one path. What an edit does is `apply`'s, what
//! a path means `target`'s. Whether the resource that comes out is a good one, the dialects say.

mod apply;
mod target;

pub(super) use apply::{apply, elements};
pub(super) use target::Target;

use super::errors::Refusal;
use crate::scim::resource;
use serde_json::Value;

/// One change to the attribute at one path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    pub op: Op,
    pub path: String,
    /// The path is the name of a member of the operation's value.
    pub is_member: bool,
    /// A removal may have none; `null` elsewhere means as much as a removal.
    pub value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Replace,
    Remove,
}

/// Reads the body of a PATCH. An operation without a path becomes an edit for each attribute in its value.
pub(super) fn parse(body: &Value) -> Result<Vec<Edit>, Refusal> {
    let syntax = |detail: &str| Refusal::bad_request("invalidSyntax", detail);
    let operations = resource::get(body, "Operations").and_then(Value::as_array);
    let operations = operations.filter(|operations| !operations.is_empty());
    let operations = operations.ok_or_else(|| syntax("\"Operations\" must be an array of operations"))?;
    let mut edits = Vec::new();
    for operation in operations {
        let op = resource::get(operation, "op").and_then(Value::as_str);
        let op = op.and_then(Op::parse).ok_or_else(|| syntax("\"op\" must be \"add\", \"replace\" or \"remove\""))?;
        let value = operation.as_object().and_then(|operation| {
            operation.iter().find(|(name, _)| name.eq_ignore_ascii_case("value")).map(|(_, value)| value.clone())
        });
        let path = resource::get(operation, "path");
        let path = path.map(|path| path.as_str().map(str::trim).ok_or_else(|| syntax("\"path\" must be a string")));
        match (path.transpose()?, op, value) {
            (Some(path), Op::Remove, value) => {
                edits.push(Edit { op, path: path.to_owned(), is_member: false, value: value.unwrap_or_default() });
            }
            (Some(path), _, Some(value)) => edits.push(Edit { op, path: path.to_owned(), is_member: false, value }),
            (None, Op::Remove, _) => {
                return Err(Refusal::bad_request("noTarget", "A remove operation needs a path"));
            }
            (None, _, Some(Value::Object(attributes))) => {
                // The schemas of a resource follow from its attributes.
                let attributes = attributes.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas"));
                edits.extend(attributes.map(|(path, value)| Edit { op, path, is_member: true, value }));
            }
            (None, _, Some(_)) => {
                return Err(Refusal::bad_request("invalidValue", "Without a path the value must be an object"));
            }
            (_, _, None) => {
                return Err(Refusal::bad_request("invalidValue", "An add or replace operation needs a value"));
            }
        }
    }
    Ok(edits)
}

impl Op {
    fn parse(text: &str) -> Option<Self> {
        let ops = [("add", Self::Add), ("replace", Self::Replace), ("remove", Self::Remove)];
        ops.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, op)| op)
    }
}

/// A request's body, which must be a JSON object.
pub(super) fn object(body: &[u8]) -> Result<Value, Refusal> {
    let syntax = |detail: String| Refusal::bad_request("invalidSyntax", detail);
    let body: Value = serde_json::from_slice(body).map_err(|error| syntax(format!("Invalid JSON: {error}")))?;
    if body.is_object() { Ok(body) } else { Err(syntax("The body must be a JSON object".to_owned())) }
}
