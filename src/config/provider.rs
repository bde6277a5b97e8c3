//! Which provider a source is at, and what the source says of it that differs (`providerSettings`).

use super::reader::{Reader, shown};
use crate::scim::provider::{Profile, Profiles};
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;

const KEY: &str = "providerSettings";

/// What only a profile's file says: where tokens may go is the operator's to decide, and the rest has no effect.
const OF_FILES: &[&str] = &["title", "documentation", "notes", "hosts", "extends", "replaces"];

/// The profile that is named, or that claims the host, with the source's changes.
pub(super) fn read(reader: &mut Reader<'_>, profiles: &Profiles, base_url: Option<&Url>) -> Arc<Profile> {
    let known: Vec<(&str, &Arc<Profile>)> = profiles.iter().map(|profile| (profile.name.as_str(), profile)).collect();
    let of_host = || profiles.of_host(base_url.and_then(Url::host_str).unwrap_or_default());
    let profile = reader.choice("provider", &known).or_else(of_host).unwrap_or_else(|| profiles.generic());
    let changes = changes(reader);
    profiles.changed(profile, &changes).unwrap_or_else(|invalid| {
        for problem in invalid.problems {
            reader.problem(KEY, format!("has {problem}"));
        }
        Arc::clone(profile)
    })
}

/// The token endpoint, where it is left to say where the API is (`instance_url`).
pub(super) fn told_by_token(reader: &Reader<'_>) -> Option<Url> {
    let fetches = reader.value("authType").is_none_or(|auth_type| auth_type.as_str().map(str::trim) == Some("oauth2"));
    let token_url = reader.value("tokenUrl").and_then(Value::as_str)?;
    (fetches && reader.value("baseUrl").is_none()).then(|| Url::parse(token_url.trim()).ok())?
}

/// The pairs as one object: each key is a dotted path, each value JSON, or a text where it is none.
fn changes(reader: &mut Reader<'_>) -> Map<String, Value> {
    let mut changes = Map::new();
    for (key, value) in pairs(reader) {
        let path: Vec<&str> = key.split('.').map(str::trim).collect();
        match path.split_first() {
            Some((first, _)) if OF_FILES.contains(first) => {
                reader.problem(KEY, format!("must not have {first}: only the file of a profile says it"));
            }
            Some(_) if path.iter().any(|name| name.is_empty()) => {
                let says = format!("has \"{key}\", which must be a key such as users.pageSize");
                reader.problem(KEY, says);
            }
            Some((first, rest)) => put(&mut changes, first, rest, value),
            None => {}
        }
    }
    changes
}

/// `[{"key": …, "value": …}]`, or an object of keys and values.
fn pairs(reader: &mut Reader<'_>) -> Vec<(String, Value)> {
    let given: Vec<Option<(String, &Value)>> = match reader.value(KEY) {
        None => return Vec::new(),
        Some(Value::Object(members)) => members.iter().map(|(key, value)| Some((key.clone(), value))).collect(),
        Some(Value::Array(pairs)) => {
            pairs.iter().map(|pair| Some((pair.get("key")?.as_str()?.to_owned(), pair.get("value")?))).collect()
        }
        Some(other) => {
            reader
                .problem(KEY, format!("must be a list of pairs {{\"key\": …, \"value\": …}}, but is {}", shown(other)));
            return Vec::new();
        }
    };
    if given.iter().any(Option::is_none) {
        reader.problem(KEY, "must be a list of pairs {\"key\": …, \"value\": …}");
    }
    let parsed = |value: &Value| match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.trim())),
        None => value.clone(),
    };
    given.into_iter().flatten().map(|(key, value)| (key, parsed(value))).collect()
}

fn put(into: &mut Map<String, Value>, first: &str, rest: &[&str], value: Value) {
    let Some((next, rest)) = rest.split_first() else {
        into.insert(first.to_owned(), value);
        return;
    };
    let inner = into.entry(first).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        put(inner, next, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::{MembersShown, Paging};
    use serde_json::json;

    fn profile(provider: &str, settings: &Value) -> Result<Arc<Profile>, String> {
        let settings = json!({"provider": provider, "providerSettings": settings});
        let mut reader = Reader::new(settings.as_object().unwrap());
        let profile = read(&mut reader, &Profiles::built_in(), None);
        reader.finish(profile).map_err(|invalid| invalid.to_string().replace("; ", "\n"))
    }

    #[rstest::rstest]
    #[case::pairs(json!([{"key": "users.pageSize", "value": "7"}, {"key": "members.shown", "value": "inSingles"},
        {"key": "groups.paging", "value": "{\"indexThenKey\": {\"lastStart\": 9}}"}]))]
    #[case::an_object(json!({"users.pageSize": 7, "members": {"shown": "inSingles"},
        "groups.paging": {"indexThenKey": {"lastStart": 9}}}))]
    fn each_key_of_a_profile_can_be_set(#[case] settings: Value) {
        let profile = profile("slack", &settings).unwrap();
        assert_eq!((profile.users.page_size.get(), profile.members.shown), (7, MembersShown::InSingles));
        assert_eq!(profile.groups.paging, Paging::IndexThenKey { last_start: 9 });
        assert_eq!((profile.name.as_str(), profile.users.max_page_size.unwrap().get()), ("slack", 1000));
    }

    #[test]
    fn every_wrong_key_is_named_with_what_would_be_right() {
        let settings = json!([
            {"key": "users.pageSiez", "value": "7"}, {"key": "users.paging", "value": "pages"}, {"key": "hosts", "value": "[]"},
            {"key": "users..path", "value": "x"}, {"value": "x"}, {"key": "requestsPerSecond", "value": "fast"},
        ]);
        insta::assert_snapshot!(profile("generic", &settings).unwrap_err(), @r#"
        providerSettings must be a list of pairs {"key": …, "value": …}
        providerSettings must not have hosts: only the file of a profile says it
        providerSettings has "users..path", which must be a key such as users.pageSize
        providerSettings has users.pageSiez: unknown field `pageSiez`, expected one of `path`, `paging`, `pageSize`, `maxPageSize`, `totals`, `filters`, `attributes`, `excludes`
        providerSettings has users.paging: unknown variant `pages`, expected one of `index`, `indexThenKey`, `key`, `cursor`, `whole`
        providerSettings has requestsPerSecond: invalid type: string "fast", expected f64
        "#);
        insta::assert_snapshot!(profile("generic", &json!("x")).unwrap_err(), @r#"providerSettings must be a list of pairs {"key": …, "value": …}, but is "x""#);
        insta::assert_snapshot!(profile("generic", &json!({"concurrency": 100})).unwrap_err(), @"providerSettings has concurrency: must be a whole number from 1 to 64");
    }
}
