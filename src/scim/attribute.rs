//! Where an attribute path without brackets (RFC 7644 §3.10) leads in a resource.

use super::json::{Json, Kind};
use super::plan::{Key, Named};
use scim_v2::filter::AttrPath;

/// The names in a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Steps<N> {
    /// The URN of the extension that the attribute is of.
    pub extension: Option<N>,
    pub attribute: N,
    pub sub: Option<N>,
}

impl<'a> From<&'a AttrPath> for Steps<&'a str> {
    fn from(path: &'a AttrPath) -> Self {
        let extension = path.uri.as_deref().filter(|urn| !is_core(urn));
        Self { extension, attribute: &path.name, sub: path.sub_attr.as_deref() }
    }
}

impl Steps<&str> {
    /// To be looked for in each resource of a list.
    pub fn keys(self) -> Steps<Key> {
        let Self { extension, attribute, sub } = self;
        Steps { extension: extension.map(Key::new), attribute: Key::new(attribute), sub: sub.map(Key::new) }
    }
}

impl Steps<Key> {
    pub const fn as_ref(&self) -> Steps<&Key> {
        Steps { extension: self.extension.as_ref(), attribute: &self.attribute, sub: self.sub.as_ref() }
    }
}

impl<N: Named> Steps<N> {
    /// Looks at the values at a path, its attribute's elements or a sub-attribute of each, until one gives a result.
    ///
    /// Nothing is set aside for it: lists look at some fifty paths of each resource.
    #[inline]
    pub fn find<'v, J: Json<'v>, R>(self, resource: J, look: &mut impl FnMut(J) -> Option<R>) -> Option<R> {
        match self.sub {
            None => self.find_element(resource, look),
            Some(sub) => self.find_element(resource, &mut |element| find_in(sub_attribute(element, sub)?, look)),
        }
    }

    /// The same with the elements of its attribute.
    #[inline]
    pub fn find_element<'v, J: Json<'v>, R>(self, resource: J, look: &mut impl FnMut(J) -> Option<R>) -> Option<R> {
        // Core attributes stand at the top; an extension's stand in the member that has its URN (RFC 7643 §3.3).
        let container = match self.extension {
            Some(urn) => resource.member(urn)?,
            None => resource,
        };
        find_in(container.member(self.attribute)?, look)
    }
}

/// A value, or its elements where it has several; `null` is none.
#[inline]
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
    let _: Option<()> = Steps::from(path).find(resource, &mut |value| {
        found.push(value);
        None
    });
    found
}

/// A plain element is its own `value`: some servers send `"roles": ["admin"]` for `"roles": [{"value": "admin"}]`.
pub(super) fn sub_attribute<'v, J: Json<'v>>(element: J, name: impl Named) -> Option<J> {
    if element.is_object() {
        return element.member(name);
    }
    name.as_str().eq_ignore_ascii_case("value").then_some(element)
}

/// Whether it is the URN of a core schema.
pub(super) fn is_core(urn: &str) -> bool {
    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";
    urn.get(..CORE.len()).is_some_and(|start| start.eq_ignore_ascii_case(CORE))
}
