//! Attribute paths (RFC 7644 §3.10 and the `PATH` rule of §3.5.2), used to read values out of a resource.
//!
//! The grammar is the `scim_v2` crate's; this file gives it a meaning on JSON values.

use super::attribute::{Steps, is_core, sub_attribute};
use super::filter::{self, SyntaxError};
use super::json::Json;
use super::plan::Key;
use scim_v2::filter::{AttrPath, PatchPath};
use std::fmt;
use std::str::FromStr;

/// A parsed path: `name.familyName`, `emails[primary eq true].value`, `urn:…:User:department`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    parsed: PatchPath,
    /// The names in it.
    steps: Steps<Key>,
}

impl Path {
    /// Looks at the values that the path leads to, in their order, until one gives a result. Multi-valued attributes give one
    /// each; `null` gives none.
    pub fn find<'v, J: Json<'v>, R>(&self, resource: J, look: &mut impl FnMut(J) -> Option<R>) -> Option<R> {
        match &self.parsed {
            PatchPath::Attr(_) => self.steps.as_ref().find(resource, look),
            PatchPath::Value(_) => self.find_element(resource, &mut |element| match &self.steps.sub {
                Some(name) => look(sub_attribute(element, name)?),
                None => look(element),
            }),
        }
    }

    /// All of the values.
    pub fn values<'v, J: Json<'v>>(&self, resource: J) -> impl Iterator<Item = J> + use<J> {
        let mut found = Vec::new();
        let _: Option<()> = self.find(resource, &mut |value| {
            found.push(value);
            None
        });
        found.into_iter()
    }

    /// The first of the values.
    pub fn first<'v, J: Json<'v>>(&self, resource: J) -> Option<J> {
        self.find(resource, &mut Some)
    }

    /// The values, each with another sub-attribute of the element in which it stands.
    pub fn values_beside<'v, J: Json<'v>>(&self, name: &str, resource: J) -> Vec<(J, Option<J>)> {
        let sub = match &self.parsed {
            PatchPath::Attr(path) => path.sub_attr.as_deref(),
            PatchPath::Value(path) => path.sub_attr.as_deref(),
        };
        let mut found = Vec::new();
        let _: Option<()> = self.find_element(resource, &mut |element| {
            let value = match sub {
                Some(sub) => sub_attribute(element, sub)?,
                None => element,
            };
            let beside = if element.is_object() { sub_attribute(element, name) } else { None };
            found.push((value, beside));
            None
        });
        found
    }

    /// The elements of its attribute for which its conditions hold.
    fn find_element<'v, J: Json<'v>, R>(&self, resource: J, look: &mut impl FnMut(J) -> Option<R>) -> Option<R> {
        let steps = self.steps.as_ref();
        match &self.parsed {
            PatchPath::Attr(_) => steps.find_element(resource, look),
            PatchPath::Value(path) => steps.find_element(resource, &mut |element| {
                if filter::value_matches(&path.filter, element) { look(element) } else { None }
            }),
        }
    }

    /// The attribute at the path's start: `emails` in `emails[primary eq true].value`.
    pub fn attribute(&self) -> &AttrPath {
        match &self.parsed {
            PatchPath::Attr(path) => path,
            PatchPath::Value(path) => &path.attr,
        }
    }

    /// The path without its conditions: `emails.value` of `emails[primary eq true].value`.
    pub fn whole_attribute(&self) -> AttrPath {
        let sub_attr = match &self.parsed {
            PatchPath::Attr(path) => path.sub_attr.clone(),
            PatchPath::Value(path) => path.sub_attr.clone(),
        };
        AttrPath { sub_attr, ..self.attribute().clone() }
    }

    /// The name of the attribute at its start, if that is none of an extension.
    pub fn core_name(&self) -> Option<&str> {
        let AttrPath { uri, name, .. } = self.attribute();
        uri.as_deref().is_none_or(is_core).then_some(name)
    }

    /// The parsed form, for what writes by path.
    pub fn parsed(&self) -> &PatchPath {
        &self.parsed
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.len() > filter::MAX_TEXT_BYTES {
            return Err(PathError { path: String::new(), syntax: SyntaxError::too_long(text) });
        }
        let parsed: Result<PatchPath, _> = text.parse();
        parsed
            .map(Self::from)
            .map_err(|error| PathError { path: text.to_owned(), syntax: SyntaxError::of(error, text) })
    }
}

impl From<AttrPath> for Path {
    fn from(path: AttrPath) -> Self {
        Self::from(PatchPath::Attr(path))
    }
}

impl From<PatchPath> for Path {
    fn from(parsed: PatchPath) -> Self {
        let steps = match &parsed {
            PatchPath::Attr(path) => Steps::from(path),
            PatchPath::Value(path) => Steps { sub: path.sub_attr.as_deref(), ..Steps::from(&path.attr) },
        };
        Self { steps: steps.keys(), parsed }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parsed.fmt(f)
    }
}

/// A text that is no attribute path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{path}\" is no SCIM attribute path: {syntax}")]
pub struct PathError {
    pub path: String,
    pub syntax: SyntaxError,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[rstest::rstest]
    #[case("userName", json!(["ada@example.com"]))]
    #[case("USERNAME", json!(["ada@example.com"]))]
    #[case("name.familyName", json!(["Lovelace"]))]
    #[case("emails.value", json!(["ada@home.example", "ada@example.com"]))]
    #[case("emails[primary eq true].value", json!(["ada@example.com"]))]
    #[case("entitlements[value sw \"00e\" or type eq \"Profile\"].display", json!(["Standard User"]))]
    #[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", json!(["Engines"]))]
    #[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName", json!(["Charles"]))]
    #[case("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!(["ada@example.com"]))]
    #[case("roles.value", json!(["admin"]))]
    #[case("groups[not (type eq \"indirect\")].value", json!(["g1"]))]
    #[case("roles.display", json!([]))]
    #[case("name.missing", json!([]))]
    #[case("userName.sub", json!([]))]
    #[case("nickName", json!([]))]
    fn a_path_reads_what_it_names(#[case] path: &str, #[case] expected: Value) {
        let user = json!({
            "userName": "ada@example.com", "nickName": null, "name": {"familyName": "Lovelace"},
            "emails": [{"value": "ada@home.example"}, {"value": "ada@example.com", "primary": "true"}, null],
            "roles": ["admin"], "groups": ["g1", {"value": "g2", "type": "indirect"}],
            "entitlements": [{"value": "0PS1", "display": "Reports", "type": "PermissionSet"},
                             {"value": "00e1", "display": "Standard User"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
                {"department": "Engines", "manager": {"displayName": "Charles"}},
        });
        let path: Path = path.parse().unwrap();
        assert_eq!(json!(path.values(&user).collect::<Vec<_>>()), expected);
    }

    #[rstest::rstest]
    #[case("", 1)]
    #[case("emails[", 8)]
    #[case("emails[type eq \"home\"", 22)]
    #[case("emails[type eq home].value", 16)]
    #[case("emails[type is \"home\"]", 13)]
    #[case("emails[type eq \"é\"]value", 20)]
    #[case("phones.emails..value", 1)]
    #[case("title?", 6)]
    #[case("user name", 6)]
    fn a_text_that_is_no_path_says_where_it_fails(#[case] text: &str, #[case] column: usize) {
        let error = text.parse::<Path>().unwrap_err();
        assert_eq!(error.syntax.column, column, "{error}");
        assert!(error.to_string().starts_with(&format!("\"{text}\" is no SCIM attribute path: at column {column}: ")));
    }
}
