//! Users: created, changed, replaced, deleted.

use super::form::Form;
use super::{edited, edits, id_in_reference, resource, resource_type};
use crate::sandbox::errors::Refusal;
use crate::sandbox::population::ENTERPRISE_USER;
use crate::sandbox::projection::Projection;
use crate::sandbox::store::{Change, Collection, Record, Store, View};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Map, Value};

pub(in crate::sandbox) fn create<'a>(store: &'a Store, body: &[u8], now: DateTime<Utc>) -> Result<Record<'a>, Refusal> {
    let kind = resource_type("User")?;
    let form = Form::parse(&resource(body, kind)?, kind)?;
    store.write(now, |view| change(view, view.slots(Collection::Users), form))
}

/// Changes what the operations name, all of it or nothing.
pub(in crate::sandbox) fn patch<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let edits = edits(body)?;
    let kind = resource_type("User")?;
    store.write(now, |view| {
        let index = find(view, id)?;
        let current = view.resource(Collection::Users, index, &Projection::All);
        change(view, index, Form::parse(&edited(current, &edits, kind)?, kind)?)
    })
}

/// Puts another user in this one's place: what the body does not name is gone.
pub(in crate::sandbox) fn replace<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let kind = resource_type("User")?;
    let form = Form::parse(&resource(body, kind)?, kind)?;
    store.write(now, |view| change(view, find(view, id)?, form))
}

pub(in crate::sandbox) fn delete(store: &Store, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    store.write(now, |view| Ok(Change::UserDeletion { index: find(view, id)? }))?;
    Ok(())
}

fn find(view: &View<'_>, id: &str) -> Result<u64, Refusal> {
    view.find(Collection::Users, id).ok_or_else(|| Refusal::not_found(id))
}

/// The user at that index as the form says, unless the records forbid it.
fn change(view: &View<'_>, index: u64, form: Form) -> Result<Change, Refusal> {
    let Form { mut attributes, has_password } = form;
    let user_name = attributes.get("userName").and_then(Value::as_str).unwrap_or_default();
    if !view.is_free(user_name, index) {
        let detail = format!("The userName \"{user_name}\" is taken");
        return Err(Refusal::new(StatusCode::CONFLICT, Some("uniqueness"), detail));
    }
    let is_active = attributes.get("active").and_then(Value::as_bool).unwrap_or(true);
    if let Some((in_use, limit)) = view.lacks_license(index, is_active) {
        let detail = format!("No licence is left: {in_use} of {limit} users are active");
        return Err(Refusal::new(StatusCode::FORBIDDEN, None, detail));
    }
    if let Some(enterprise) = attributes.get_mut(ENTERPRISE_USER).and_then(Value::as_object_mut) {
        name_manager(view, enterprise);
    }
    Ok(Change::User { index, attributes, has_password })
}

/// Completes the manager with what its record says; one that is not here stays as it was given.
fn name_manager(view: &View<'_>, enterprise: &mut Map<String, Value>) {
    let Some(given) = enterprise.get("manager") else { return };
    let id = given.get("value").and_then(Value::as_str).or_else(|| id_in_reference(given.get("$ref")?));
    if let Some(manager) = id.and_then(|id| view.manager(id)) {
        enterprise.insert("manager".to_owned(), manager);
    }
}
