//! The platform's attribute values, read leniently: one value may stand for a list of one, and the other way round.

use super::table::{Column, Kind};
use crate::scim::resource;
use serde_json::Value;

/// The value in the attribute's type.
///
/// # Errors
/// A sentence part that goes on after the attribute's name.
pub fn typed(column: &Column, value: &Value) -> Result<Value, String> {
    match column.kind {
        Kind::Text if column.is_multi => Ok(texts(value)?.into()),
        Kind::Text => Ok(text(value)?.into()),
        Kind::Int => match resource::integer(value) {
            Some(integer) => Ok(integer.into()),
            None => Err(format!("must be a whole number, but is {value}")),
        },
        Kind::Boolean => match resource::boolean(value) {
            Some(boolean) => Ok(boolean.into()),
            None => Err(format!("must be true or false, but is {value}")),
        },
    }
}

/// Whether it is a text with nothing to be seen in it.
pub fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// One text; a list of one is taken as its element.
///
/// # Errors
/// A sentence part that goes on after the attribute's name.
pub fn text(value: &Value) -> Result<String, String> {
    let single = match value {
        Value::Array(values) if values.len() == 1 => values.first(),
        other => Some(other),
    };
    let text = single.and_then(resource::text).map(String::from);
    text.ok_or_else(|| format!("must be one text, but is {}", kind_of(value)))
}

/// Several texts; a single one may stand for a list of one.
///
/// # Errors
/// A sentence part that goes on after the attribute's name.
pub fn texts(value: &Value) -> Result<Vec<String>, String> {
    let values = match value {
        Value::Array(values) => values.iter().collect(),
        single => vec![single],
    };
    let texts: Option<Vec<String>> = values.into_iter().map(|value| resource::text(value).map(String::from)).collect();
    texts.ok_or_else(|| format!("must be a list of texts, but is {}", kind_of(value)))
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
