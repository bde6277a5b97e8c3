//! Profiles and permission sets in a PATCH: a profile is replaced by the next and never removed; permission sets come and
//! go, wrapped in an object of their own or chosen by a filter.

use super::{REQUIRED_PROFILE, unknown};
use crate::sandbox::errors::Refusal;
use crate::sandbox::ids::Kind;
use crate::sandbox::patch::{self, Edit, Op, Target};
use crate::sandbox::schemas::{Attribute, ResourceType};
use crate::sandbox::store::View;
use crate::scim::{filter, resource};
use serde_json::{Value, json};

/// Applies an edit of `entitlements`; whether it was one.
pub(super) fn apply(
    view: &View<'_>,
    user: &mut Value,
    edit: &Edit,
    kind: &'static ResourceType,
) -> Result<bool, Refusal> {
    let target = Target::parse(&edit.path, kind)?;
    if !target.is_within("entitlements") {
        return Ok(false);
    }
    let Target::Attribute { attribute, filter, part: None, .. } = target else {
        return Err(Refusal::bad_request("invalidPath", "An entitlement is granted or removed as a whole"));
    };
    let held = user.get("entitlements").and_then(Value::as_array).cloned().unwrap_or_default();
    let after = match (edit.op, filter) {
        (Op::Remove, Some(filter)) => {
            let chosen = held.iter().filter(|element| filter::value_matches(&filter, *element));
            remove(&held, &chosen.map(id_of).collect::<Vec<_>>())?
        }
        (_, Some(_)) => {
            return Err(Refusal::bad_request("invalidPath", "A filter only chooses entitlements to remove"));
        }
        (Op::Remove, None) if edit.value.is_null() => remove(&held, &held.iter().map(id_of).collect::<Vec<_>>())?,
        (Op::Remove, None) => {
            let wrapped = resource::get(&edit.value, "entitlements").ok_or_else(|| {
                let detail = "Entitlements are removed by {\"entitlements\": [{\"value\": \"…\"}]}";
                Refusal::bad_request("invalidValue", detail)
            })?;
            remove(&held, &ids(view, attribute, wrapped)?)?
        }
        (Op::Add | Op::Replace, None) => {
            let given = resource::get(&edit.value, "entitlements").unwrap_or(&edit.value);
            let given = ids(view, attribute, given)?;
            let brings_profile = given.iter().any(|id| is_profile(id));
            let mut after: Vec<String> = held.iter().map(id_of).collect();
            after.retain(|id| edit.op == Op::Add && !(brings_profile && is_profile(id)));
            after.extend(given);
            after
        }
    };
    if let Some(members) = user.as_object_mut() {
        let after = after.iter().map(|id| json!({ "value": id })).collect();
        members.insert("entitlements".to_owned(), after);
    }
    Ok(true)
}

fn remove(held: &[Value], removed: &[String]) -> Result<Vec<String>, Refusal> {
    let held: Vec<String> = held.iter().map(id_of).collect();
    if held.iter().any(|id| is_profile(id) && removed.contains(id)) {
        return Err(Refusal::validation("REQUIRED_FIELD_MISSING", REQUIRED_PROFILE));
    }
    Ok(held.into_iter().filter(|id| !removed.contains(id)).collect())
}

/// The ids of entitlements that exist.
fn ids(view: &View<'_>, attribute: &Attribute, value: &Value) -> Result<Vec<String>, Refusal> {
    let elements = patch::elements(attribute, value)?;
    let mut ids: Vec<String> = elements.iter().map(id_of).collect();
    if let Some(strange) = ids.iter().find(|id| view.entitlement_of_user(id).is_none()) {
        return Err(unknown("entitlement", strange));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn id_of(element: &Value) -> String {
    element.get("value").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_profile(id: &str) -> bool {
    id.starts_with(Kind::Profile.prefix())
}
