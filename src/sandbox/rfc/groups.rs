//! Groups: created with members, changed, replaced, deleted.

use super::form::Form;
use super::{edited, edits, id_in_reference, resource, resource_type};
use crate::sandbox::errors::Refusal;
use crate::sandbox::projection::Projection;
use crate::sandbox::store::{Change, Collection, Record, Store, View};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

pub(in crate::sandbox) fn create<'a>(store: &'a Store, body: &[u8], now: DateTime<Utc>) -> Result<Record<'a>, Refusal> {
    let kind = resource_type("Group")?;
    let form = Form::parse(&resource(body, kind)?, kind)?;
    store.write(now, |view| change(view, view.slots(Collection::Groups), form))
}

/// Changes what the operations name, all of it or nothing.
pub(in crate::sandbox) fn patch<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let edits = edits(body)?;
    let kind = resource_type("Group")?;
    store.write(now, |view| {
        let index = find(view, id)?;
        let current = view.resource(Collection::Groups, index, &Projection::All);
        change(view, index, Form::parse(&edited(current, &edits, kind)?, kind)?)
    })
}

/// Puts another group in this one's place: what the body does not name is gone, members among it.
pub(in crate::sandbox) fn replace<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let kind = resource_type("Group")?;
    let form = Form::parse(&resource(body, kind)?, kind)?;
    store.write(now, |view| change(view, find(view, id)?, form))
}

pub(in crate::sandbox) fn delete(store: &Store, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    store.write(now, |view| Ok(Change::GroupDeletion { index: find(view, id)? }))?;
    Ok(())
}

fn find(view: &View<'_>, id: &str) -> Result<u64, Refusal> {
    view.find(Collection::Groups, id).ok_or_else(|| Refusal::not_found(id))
}

/// The group at that index as the form says, with exactly the members that it names.
fn change(view: &View<'_>, index: u64, form: Form) -> Result<Change, Refusal> {
    let mut attributes = form.attributes;
    let mut members: BTreeMap<u64, bool> = view.users_in(index).into_iter().map(|user| (user, false)).collect();
    if let Some(Value::Array(given)) = attributes.shift_remove("members") {
        for member in &given {
            members.insert(user(view, member)?, true);
        }
    }
    Ok(Change::Group { index, attributes, members })
}

fn user(view: &View<'_>, member: &Value) -> Result<u64, Refusal> {
    let id = member.get("value").and_then(Value::as_str).or_else(|| id_in_reference(member.get("$ref")?));
    let id = id.unwrap_or_default();
    view.find(Collection::Users, id).ok_or_else(|| {
        Refusal::bad_request("invalidValue", format!("\"members\" must be users that exist, and \"{id}\" is none"))
    })
}
