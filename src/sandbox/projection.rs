//! Which attributes of a resource are answered: `attributes` and `excludedAttributes` (RFC 7644 §3.9).
//!
//! `schemas` and `id` are always there. A name that no resource has is no error.

use serde_json::{Map, Value};

/// The wanted part of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Projection {
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl Projection {
    /// From the two comma-separated lists, of which one may be given.
    pub(super) fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, &'static str> {
        match (attributes.map(names), excluded.map(names)) {
            (None, None) => Ok(Self::All),
            (Some(names), None) => Ok(Self::Only(names)),
            (None, Some(names)) => Ok(Self::Without(names)),
            (Some(_), Some(_)) => Err("attributes and excludedAttributes exclude each other"),
        }
    }

    /// Whether some of that attribute is wanted.
    pub(super) fn wants(&self, attribute: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| part(name, attribute).is_some()),
            Self::Without(names) => !names.iter().any(|name| part(name, attribute) == Some(Part::Whole)),
        }
    }

    pub(super) fn apply(&self, resource: Value) -> Value {
        let Value::Object(members) = resource else { return resource };
        let kept = members.into_iter().filter_map(|(key, value)| {
            if ["schemas", "id"].contains(&key.as_str()) {
                return Some((key, value));
            }
            let value = self.apply_to_member(&key, value)?;
            Some((key, value))
        });
        Value::Object(kept.collect())
    }

    fn apply_to_member(&self, key: &str, value: Value) -> Option<Value> {
        let parts = |names: &[String]| -> (bool, Vec<String>) {
            let parts: Vec<Part<'_>> = names.iter().filter_map(|name| part(name, key)).collect();
            let subs = parts.iter().filter_map(|part| match part {
                Part::Sub(sub) => Some((*sub).to_owned()),
                Part::Whole => None,
            });
            (parts.contains(&Part::Whole), subs.collect())
        };
        match self {
            Self::All => Some(value),
            Self::Only(names) => match parts(names) {
                (true, _) => Some(value),
                (false, subs) if subs.is_empty() => None,
                (false, subs) => Some(filter_members(value, &|name| is_among(&subs, name))),
            },
            Self::Without(names) => match parts(names) {
                (true, _) => None,
                (false, subs) if subs.is_empty() => Some(value),
                (false, subs) => Some(filter_members(value, &|name| !is_among(&subs, name))),
            },
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Whole,
    Sub(&'a str),
}

/// What the requested name says about a resource's member: `name.familyName` wants a part of `name`.
fn part<'a>(requested: &'a str, key: &str) -> Option<Part<'a>> {
    let rest = match requested.split_at_checked(key.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(key) => rest,
        _ => return None,
    };
    let separator = if key.starts_with("urn:") { ':' } else { '.' };
    if rest.is_empty() { Some(Part::Whole) } else { rest.strip_prefix(separator).map(Part::Sub) }
}

fn filter_members(value: Value, keep: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Object(members) => {
            let members: Map<String, Value> = members.into_iter().filter(|(name, _)| keep(name)).collect();
            Value::Object(members)
        }
        Value::Array(elements) => elements.into_iter().map(|element| filter_members(element, keep)).collect(),
        single => single,
    }
}

fn is_among(names: &[String], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// The list's names; a core attribute may be written with its schema's URN.
fn names(list: &str) -> Vec<String> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            match name.split_at_checked(CORE_SCHEMAS.len()) {
                Some((start, rest)) if start.eq_ignore_ascii_case(CORE_SCHEMAS) => {
                    rest.split_once(':').map_or(name, |(_, attribute)| attribute)
                }
                _ => name,
            }
            .to_owned()
        })
        .collect()
}

const CORE_SCHEMAS: &str = "urn:ietf:params:scim:schemas:core:2.0:";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[rstest::rstest]
    #[case(None, None, json!({"schemas": [], "id": "1", "userName": "a", "name": {"familyName": "B", "givenName": "C"},
        "emails": [{"value": "d", "type": "work"}], "urn:x:User": {"department": "E", "division": "F"}}))]
    #[case(Some("USERNAME, nickName"), None, json!({"schemas": [], "id": "1", "userName": "a"}))]
    #[case(Some("urn:ietf:params:scim:schemas:core:2.0:User:userName"), None, json!({"schemas": [], "id": "1", "userName": "a"}))]
    #[case(Some("name.familyName,emails.value"), None, json!({"schemas": [], "id": "1", "name": {"familyName": "B"}, "emails": [{"value": "d"}]}))]
    #[case(Some("urn:x:User:department"), None, json!({"schemas": [], "id": "1", "urn:x:User": {"department": "E"}}))]
    #[case(Some("urn:x:User"), None, json!({"schemas": [], "id": "1", "urn:x:User": {"department": "E", "division": "F"}}))]
    #[case(Some("user"), None, json!({"schemas": [], "id": "1"}))]
    #[case(None, Some("id,schemas,emails,name.givenName,urn:x:User"), json!({"schemas": [], "id": "1", "userName": "a", "name": {"familyName": "B"}}))]
    fn only_what_is_wanted_is_answered(
        #[case] attributes: Option<&str>,
        #[case] excluded: Option<&str>,
        #[case] expected: Value,
    ) {
        let user = json!({"schemas": [], "id": "1", "userName": "a", "name": {"familyName": "B", "givenName": "C"},
            "emails": [{"value": "d", "type": "work"}], "urn:x:User": {"department": "E", "division": "F"}});
        assert_eq!(Projection::parse(attributes, excluded).unwrap().apply(user), expected);
    }

    #[test]
    fn an_attribute_is_wanted_when_a_part_of_it_is() {
        let wants = |attributes, excluded| Projection::parse(attributes, excluded).unwrap().wants("members");
        assert!(wants(None, None));
        assert!(wants(Some("members.value"), None));
        assert!(!wants(Some("displayName"), None));
        assert!(!wants(None, Some("Members")));
        assert!(wants(None, Some("members.display")));
    }
}
