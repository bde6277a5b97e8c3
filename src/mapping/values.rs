//! The platform's attribute values, read leniently: one value may stand for a list of one, and the other way round.

use super::table::{Column, Kind};
use crate::scim::{Json, JsonKind, resource};
use serde_json::Value;

/// The value in the attribute's type; several values sorted, each once, without blanks.
///
/// # Errors
/// A sentence part that goes on after the attribute's name.
pub fn typed(column: &Column, value: &Value) -> Result<Value, String> {
    match (column.kind, column.is_multi) {
        (Kind::Int, true) => {
            let integers: Option<Vec<Value>> =
                elements(value).iter().map(|value| resource::integer(value).map(Value::from)).collect();
            let integers =
                integers.ok_or_else(|| format!("must be a list of whole numbers of 64 bits, but is {value}"))?;
            Ok(sorted(integers).into())
        }
        (_, true) => {
            let texts = texts(value)?.into_iter().map(Value::String).filter(|text| !is_blank(text));
            Ok(sorted(texts.collect()).into())
        }
        (Kind::Text, false) => Ok(text(value)?.into()),
        (Kind::Boolean, false) => resource::boolean(single(value))
            .map(Value::Bool)
            .ok_or_else(|| format!("must be true or false, but is {value}")),
        (Kind::Int, false) => resource::integer(single(value))
            .map(Value::from)
            .ok_or_else(|| format!("must be a whole number of 64 bits, but is {value}")),
        (Kind::Plain, false) => match single(value) {
            Value::Array(_) | Value::Object(_) => Err(format!("must be one value, but is {}", kind_of(value))),
            plain => Ok(plain.clone()),
        },
    }
}

/// Whether it is a text with nothing to be seen in it.
#[inline]
pub fn is_blank<'v>(value: impl Json<'v>) -> bool {
    matches!(value.kind(), JsonKind::Text(text) if is_blank_text(text))
}

#[inline]
pub(super) fn is_blank_text(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// One text; a list of one is taken as its element.
///
/// # Errors
/// A sentence part that goes on after the attribute's name.
pub fn text(value: &Value) -> Result<String, String> {
    let text = resource::text(single(value)).map(String::from);
    text.ok_or_else(|| format!("must be one text, but is {}", kind_of(value)))
}

/// Several texts; a single one may stand for a list of one.
///
/// # Errors
/// A sentence part that goes on after the attribute's name.
pub fn texts(value: &Value) -> Result<Vec<String>, String> {
    let texts: Option<Vec<String>> =
        elements(value).iter().map(|value| resource::text(value).map(String::from)).collect();
    texts.ok_or_else(|| format!("must be a list of texts, but is {}", kind_of(value)))
}

/// Texts or whole numbers sorted, each once.
pub fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by(|one, other| (one.as_i64(), one.as_str()).cmp(&(other.as_i64(), other.as_str())));
    values.dedup();
    values
}

/// The value itself, or the only one of a list.
fn single(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    }
}

/// A single value as a list of one.
fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(values) if values.is_empty() => "an empty list",
        Value::Array(values) if values.iter().all(|value| resource::text(value).is_some()) => "a list of several",
        Value::Array(_) => "a list of something else",
        Value::Object(_) => "an object",
        _ => "something else",
    }
}
