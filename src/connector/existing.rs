//! What an account that has the wanted user name already is: the work of an earlier call, one to adopt, or another's.

use super::session::Session;
use crate::config::ExistingAccount;
use crate::mapping::table::Column;
use crate::mapping::{Account, agree, is_blank, typed};
use crate::protocol::{Action, Change};
use crate::scim::resource;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

/// An account that is just what was asked for, and no older, was made by an earlier call of the same creation.
const NEW_FOR: Duration = Duration::hours(24);

/// What an existing account is to a creation.
pub enum Existing {
    JustCreated,
    /// With the changes that make it what was asked for.
    Adopt(Vec<Change>),
    /// With a sentence part that goes on after "is already taken".
    Foreign(String),
}

/// Compares an account with what was asked for.
pub fn judge(session: &Session, wanted: &Map<String, Value>, account: &Account, user: &Value) -> Existing {
    let provider = &session.config.profile;
    let wanted: Vec<(&Column, &Value)> = wanted
        .iter()
        .filter(|(_, value)| !value.is_null() && !is_blank(*value))
        .filter_map(|(name, value)| Some((&**session.table.column(name)?, value)))
        .filter(|(column, _)| column.entitlement.is_none() && column.is_at(provider))
        .collect();
    let agrees = |(column, value): &(&Column, &Value)| {
        let value = typed(column, value).ok();
        let present = account.attributes.get(&column.name);
        if column.needs_profiles {
            return has_profile(account, present, value.as_ref());
        }
        !column.is_shown() || agree(column, present, value.as_ref())
    };
    let asks_for_inactive =
        wanted.iter().any(|(column, value)| column.name == "active" && resource::boolean(*value) == Some(false));
    if account.disabled == asks_for_inactive && is_new(user, session.source.clock.now()) && wanted.iter().all(agrees) {
        return Existing::JustCreated;
    }
    let ExistingAccount::Adopt(names) = &session.config.provisioning.existing else {
        return Existing::Foreign(String::new());
    };
    let matched = wanted.iter().any(|pair| names.contains(&pair.0.name.as_str()) && agrees(pair));
    if !matched {
        return Existing::Foreign(format!(", and none of {} agrees, so that it is not adopted", names.join(", ")));
    }
    let set = |(column, value): &(&Column, &Value)| Change {
        attribute: column.name.clone(),
        action: Action::Set((*value).clone()),
    };
    let mut changes: Vec<Change> = wanted.iter().filter(|(column, _)| column.name != "active").map(set).collect();
    changes.push(Change { attribute: "active".to_owned(), action: Action::Set(json!(!asks_for_inactive)) });
    Existing::Adopt(changes)
}

/// Whether the account has the profile that is called by name or id.
fn has_profile(account: &Account, present: Option<&Value>, wanted: Option<&Value>) -> bool {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_lowercase);
    let ids = account.attributes.get("entitlements").and_then(Value::as_array);
    let is_held = ids.is_some_and(|ids| wanted.is_some_and(|wanted| ids.contains(wanted)));
    is_held || text(present) == text(wanted)
}

fn is_new(user: &Value, now: DateTime<Utc>) -> bool {
    let created = resource::get(user, "meta").and_then(|meta| resource::get(meta, "created")).and_then(Value::as_str);
    let created = created.and_then(|created| DateTime::parse_from_rfc3339(created).ok());
    created.is_some_and(|created| (now - created.with_timezone(&Utc)).abs() < NEW_FOR)
}
