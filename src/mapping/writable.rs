//! By which SCIM paths a user's attributes may be written.

use super::shown::value_of;
use super::table::{Column, Kind};
use crate::scim::patch::{self, Assignment};
use crate::scim::path::Path;
use serde_json::{Value, json};

/// Why the column must not be written at this path, in a sentence part that goes on after the path; `None` if it may.
pub fn why_not_writable(column: &Column, path: &Path) -> Option<String> {
    let says = match path.core_name().map(str::to_ascii_lowercase).as_deref() {
        // RFC 7643 §3.1, §3.3
        Some("id" | "meta" | "schemas") => "is set by the provider",
        // RFC 7643 §4.1.2
        Some("groups") => "has memberships, which are changed by the attribute groups",
        Some("entitlements") => "has entitlements, which are changed by the attribute entitlements",
        Some("password") => "is the password, which is set by the attribute password alone",
        _ if patch::why_not_writable(path).is_some() => return patch::why_not_writable(path),
        _ if !is_read_back(column, path) => {
            "can be read, but what is written by it would not be read again: a new element must have what stands in the \
             brackets, which must be conditions with eq, joined by and; and only one element can be primary"
        }
        _ => return None,
    };
    Some(says.to_owned())
}

/// Whether values that are written to a new user are those that it is read with.
fn is_read_back(column: &Column, path: &Path) -> bool {
    let samples = match (column.kind, column.is_multi) {
        (Kind::Int, true) => vec![json!([1]), json!([1, 2])],
        (Kind::Int, false) => vec![json!(1), json!(2)],
        (_, true) => vec![json!(["a"]), json!(["a", "b"])],
        (Kind::Boolean, false) => vec![json!(true), json!(false)],
        (Kind::Text | Kind::Plain, false) => vec![json!("a"), json!("b")],
    };
    samples.into_iter().all(|value| {
        let assignment = Assignment { read: &column.read, write: path, value: Some(value.clone()), others: &[] };
        value_of(column, &patch::assigned(&[assignment], &Value::Null)).map(|shown| shown.map(Value::from))
            == Ok(Some(value))
    })
}
