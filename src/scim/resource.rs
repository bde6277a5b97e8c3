//! Reading a SCIM resource leniently: providers send names in another case, booleans and numbers as strings.

use super::json::{Json, Kind};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The member of `object` with that name; attribute names are case insensitive (RFC 7643 §2.1).
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = object.get(name).or_else(|| {
        let mut members = object.iter();
        members.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })?;
    (!found.is_null()).then_some(found)
}

/// The same for a value that may be no object.
pub fn get<'v, J: Json<'v>>(value: J, name: &str) -> Option<J> {
    value.member(name)
}

/// A single value as text: strings as they are, booleans and numbers written out.
#[inline]
pub fn text<'v>(value: impl Json<'v>) -> Option<Cow<'v, str>> {
    match value.kind() {
        Kind::Text(text) => Some(Cow::Borrowed(text)),
        Kind::Boolean(true) => Some(Cow::Borrowed("true")),
        Kind::Boolean(false) => Some(Cow::Borrowed("false")),
        Kind::Number(number) => Some(Cow::Owned(number.to_string())),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// A boolean, also where it came as a string (`"True"` from Entra-style servers, `"true"` in Salesforce's `primary`).
pub fn boolean<'v>(value: impl Json<'v>) -> Option<bool> {
    match value.kind() {
        Kind::Boolean(value) => Some(value),
        Kind::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Kind::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number, also where it came as a string or as `1.0`.
pub fn integer<'v>(value: impl Json<'v>) -> Option<i64> {
    match value.kind() {
        Kind::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            #[expect(clippy::cast_possible_truncation, reason = "within the range in which doubles are exact")]
            (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
        }),
        Kind::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The resource's `id`, if it has one that is not empty.
pub fn id<'v>(resource: impl Json<'v>) -> Option<Cow<'v, str>> {
    text(get(resource, "id")?).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_read_in_any_case_and_null_is_absent() {
        let resource = json!({"UserName": "ada", "title": null});
        assert_eq!(get(&resource, "userName"), Some(&json!("ada")));
        assert_eq!(get(&resource, "title"), None);
        assert_eq!(get(&json!("ada"), "userName"), None);
    }

    #[test]
    fn values_are_read_in_the_types_that_providers_send() {
        assert_eq!(boolean(&json!("True")), Some(true));
        assert_eq!(boolean(&json!("yes")), None);
        assert_eq!(integer(&json!("12")), Some(12));
        assert_eq!(integer(&json!(12.0)), Some(12));
        assert_eq!(integer(&json!(12.5)), None);
        assert_eq!(id(&json!({"ID": 42})).as_deref(), Some("42"));
        assert_eq!(id(&json!({"id": ""})), None);
    }
}
