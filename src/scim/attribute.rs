//! Where an attribute path without brackets (RFC 7644 §3.10) leads in a resource.

use super::json::{Json, Kind};
use super::resource;
use scim_v2::filter::AttrPath;

/// The values at an attribute path: its attribute's elements, or a sub-attribute of each.
pub(super) fn values<'v, J: Json<'v>>(path: &AttrPath, resource: J) -> impl Iterator<Item = J> {
    elements(path, resource).flat_map(|element| at(element, path.sub_attr.as_deref()))
}

/// The attribute's own value, spread into its elements where it is multi-valued.
pub(super) fn elements<'v, J: Json<'v>>(path: &AttrPath, resource: J) -> impl Iterator<Item = J> {
    let value = container(path, resource).and_then(|object| resource::get(object, &path.name));
    value.into_iter().flat_map(spread)
}

/// The values in an element: those of a sub-attribute, or without one itself.
pub(super) fn at<'v, J: Json<'v>>(element: J, sub: Option<&str>) -> impl Iterator<Item = J> {
    let (itself, sub) = match sub {
        Some(name) => (None, sub_attribute(element, name)),
        None => (Some(element), None),
    };
    itself.into_iter().chain(sub.into_iter().flat_map(spread))
}

/// A plain element is its own `value`: some servers send `"roles": ["admin"]` for `"roles": [{"value": "admin"}]`.
pub(super) fn sub_attribute<'v, J: Json<'v>>(element: J, name: &str) -> Option<J> {
    if element.is_object() {
        return resource::get(element, name);
    }
    name.eq_ignore_ascii_case("value").then_some(element)
}

/// Core attributes stand at the top; an extension's stand in the member that has its URN (RFC 7643 §3.3).
fn container<'v, J: Json<'v>>(path: &AttrPath, resource: J) -> Option<J> {
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

fn spread<'v, J: Json<'v>>(value: J) -> impl Iterator<Item = J> {
    let single = !matches!(value.kind(), Kind::Null | Kind::Array);
    single.then_some(value).into_iter().chain(value.elements().filter(|element| !element.is_null()))
}
