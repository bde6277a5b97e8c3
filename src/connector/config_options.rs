//! `std:config-options:read`: what can be chosen for a setting of the form. What the code knows is told without a source,
//! since the settings are just being made; profiles are the provider's.

use super::error::{own, refuse};
use super::profiles::profiles;
use super::session::Session;
use crate::config::ADOPT_MATCHES;
use crate::protocol::{ConfigOptionsRead, Failure};
use crate::scim::provider::Profiles;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The settings that name one of the provider's profiles.
const PROFILE_SETTINGS: &[&str] = &["defaultProfile", "profileOnRevoke"];

/// The options of a setting, each `{label, value}`, if the code knows them; `None` where the provider does.
///
/// # Errors
/// When there is no such setting, or nothing to choose from, with the settings that have options.
pub fn of_code(
    specification: &Value,
    providers: &Profiles,
    input: &Map<String, Value>,
) -> Result<Option<Value>, Failure> {
    let ConfigOptionsRead { key } = ConfigOptionsRead::parse(input)?;
    if PROFILE_SETTINGS.contains(&key.as_str()) {
        return Ok(None);
    }
    let mut known = BTreeMap::new();
    in_form(specification.get("sourceConfig").unwrap_or(&Value::Null), &mut known);
    // The service may have been given profiles that the form does not know.
    let of_providers = providers.iter().map(|provider| option(&provider.title, &provider.name));
    known.insert("provider".to_owned(), of_providers.collect());
    known.insert("adoptMatch".to_owned(), ADOPT_MATCHES.iter().map(|name| option(name, name)).collect());
    if let Some(found) = known.remove(&key) {
        return Ok(Some(options(&key, found)));
    }
    let mut names: Vec<&str> = known.keys().map(String::as_str).chain(PROFILE_SETTINGS.iter().copied()).collect();
    names.sort_unstable();
    let key: String = key.chars().take(100).collect();
    let problem = format!("input.key is \"{key}\", but must be one of {}", names.join(", "));
    Err(refuse(own::INVALID_INPUT, "", &[("problem", &problem)]))
}

/// The options of a setting that names one of the provider's profiles: none where it has no profiles.
pub async fn of_provider(session: Arc<Session>, input: Map<String, Value>) -> Result<Value, Failure> {
    let ConfigOptionsRead { key } = ConfigOptionsRead::parse(&input)?;
    let doing = format!("Reading the options of {key}");
    let mut found = match &session.config.profile.entitlements {
        Some(endpoint) if session.config.profile.has_profiles() => profiles(&session, endpoint, &doing).await?,
        _ => Vec::new(),
    };
    found.sort_by_cached_key(|(id, name)| (name.to_lowercase(), id.clone()));
    Ok(options(&key, found.iter().map(|(id, name)| option(name, id))))
}

fn options(key: &str, found: impl IntoIterator<Item = Value>) -> Value {
    json!({"options": {key: found.into_iter().collect::<Value>()}})
}

/// As the inputs of the form have them.
fn option(label: &str, value: &str) -> Value {
    json!({"label": label, "value": value})
}

/// Every setting of the form that has options.
fn in_form(form: &Value, found: &mut BTreeMap<String, Vec<Value>>) {
    match form {
        Value::Array(parts) => parts.iter().for_each(|part| in_form(part, found)),
        Value::Object(part) => {
            let options = part.get("options").and_then(Value::as_array);
            if let (Some(key), Some(options)) = (part.get("key").and_then(Value::as_str), options) {
                found.insert(key.to_owned(), options.clone());
            }
            // What is inside of a card is no setting.
            part.get("items").into_iter().for_each(|items| in_form(items, found));
        }
        _ => {}
    }
}
