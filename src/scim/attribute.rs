//! Where an attribute path without brackets (RFC 7644 §3.10) leads in a resource.

use super::json::{Json, Kind};
use super::resource;
use scim_v2::filter::AttrPath;

/// Looks at the values at an attribute path, its attribute's elements or a sub-attribute of each, until one gives a result.
///
/// Nothing is set aside for it: lists look at some fifty paths of each resource.
pub(super) fn find<'v, J: Json<'v>, R>(
    path: &AttrPath,
    resource: J,
    look: &mut impl FnMut(J) -> Option<R>,
) -> Option<R> {
    match path.sub_attr.as_deref() {
        None => find_element(path, resource, look),
        Some(sub) => find_element(path, resource, &mut |element| find_in(sub_attribute(element, sub)?, look)),
    }
}

/// The same with the elements of its attribute.
pub(super) fn find_element<'v, J: Json<'v>, R>(
    path: &AttrPath,
    resource: J,
    look: &mut impl FnMut(J) -> Option<R>,
) -> Option<R> {
    find_in(resource::get(container(path, resource)?, &path.name)?, look)
}

/// A value, or its elements where it has several; `null` is none.
fn find_in<'v, J: Json<'v>, R>(value: J, look: &mut impl FnMut(J) -> Option<R>) -> Option<R> {
    match value.kind() {
        Kind::Null => None,
        Kind::Array => value.elements().filter(|element| !element.is_null()).find_map(look),
        _ => look(value),
    }
}

/// All values at an attribute path.
pub(super) fn values<'v, J: Json<'v>>(path: &AttrPath, resource: J) -> Vec<J> {
    let mut found = Vec::new();
    let _: Option<()> = find(path, resource, &mut |value| {
        found.push(value);
        None
    });
    found
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
