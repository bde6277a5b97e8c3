//! Where an attribute path without brackets (RFC 7644 §3.10) leads in a resource.

use super::resource;
use scim_v2::filter::AttrPath;
use serde_json::Value;

/// The values at an attribute path: its attribute's elements, or a sub-attribute of each.
pub(super) fn values<'a>(path: &AttrPath, resource: &'a Value) -> Vec<&'a Value> {
    let elements = elements(path, resource);
    match &path.sub_attr {
        None => elements,
        Some(name) => {
            elements.into_iter().filter_map(|element| sub_attribute(element, name)).flat_map(spread).collect()
        }
    }
}

/// The attribute's own value, spread into its elements where it is multi-valued.
pub(super) fn elements<'a>(path: &AttrPath, resource: &'a Value) -> Vec<&'a Value> {
    container(path, resource).and_then(|object| resource::get(object, &path.name)).map(spread).unwrap_or_default()
}

/// A plain element is its own `value`: some servers send `"roles": ["admin"]` for `"roles": [{"value": "admin"}]`.
pub(super) fn sub_attribute<'a>(element: &'a Value, name: &str) -> Option<&'a Value> {
    match element {
        Value::Object(members) => resource::member(members, name),
        plain => name.eq_ignore_ascii_case("value").then_some(plain),
    }
}

/// Core attributes stand at the top; an extension's stand in the member that has its URN (RFC 7643 §3.3).
fn container<'a>(path: &AttrPath, resource: &'a Value) -> Option<&'a Value> {
    match &path.uri {
        Some(urn) if !is_core(urn) => resource::get(resource, urn),
        _ => Some(resource),
    }
}

/// Whether it is the URN of a core schema.
pub(super) fn is_core(urn: &str) -> bool {
    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";
    urn.get(..CORE.len()).is_some_and(|start| start.eq_ignore_ascii_case(CORE))
}

fn spread(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().filter(|value| !value.is_null()).collect(),
        single => vec![single],
    }
}
