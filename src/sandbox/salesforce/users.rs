//! Users: created, changed, replaced, deactivated.

use super::draft::Draft;
use super::{grants, resource_type};
use crate::sandbox::errors::Refusal;
use crate::sandbox::patch;
use crate::sandbox::projection::Projection;
use crate::sandbox::store::{Change, Collection, Record, Store, View};
use crate::scim::resource;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Creates a user, unless the name is taken, the entitlements are not right, or no licence is left.
pub(in crate::sandbox) fn create<'a>(store: &'a Store, body: &[u8], now: DateTime<Utc>) -> Result<Record<'a>, Refusal> {
    let draft = Draft::parse(&patch::object(body)?)?;
    store.write(now, |view| change(view, view.slots(Collection::Users), draft, None))
}

/// Changes what the operations name, all of it or nothing.
pub(in crate::sandbox) fn patch<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let edits = patch::parse(&patch::object(body)?)?;
    let kind = resource_type("User")?;
    store.write(now, |view| {
        let (index, current) = find(view, id)?;
        let mut user = current.clone();
        for edit in &edits {
            if !grants::apply(view, &mut user, edit, kind)? {
                patch::apply(&mut user, edit, kind)?;
            }
        }
        change(view, index, Draft::parse(&user)?, Some(&current))
    })
}

/// Puts another user in this one's place.
pub(in crate::sandbox) fn replace<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let mut user = patch::object(body)?;
    store.write(now, |view| {
        let (index, current) = find(view, id)?;
        let is_silent = resource::get(&user, "active").is_none();
        if let (true, Some(members)) = (is_silent, user.as_object_mut()) {
            members.insert("active".to_owned(), current.get("active").cloned().unwrap_or_default());
        }
        change(view, index, Draft::parse(&user)?, Some(&current))
    })
}

/// Deactivates the user, which stays readable.
pub(in crate::sandbox) fn deactivate(store: &Store, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    store.write(now, |view| {
        let (index, mut user) = find(view, id)?;
        if let Some(active) = user.get_mut("active") {
            *active = json!(false);
        }
        change(view, index, Draft::parse(&user)?, Some(&user))
    })?;
    Ok(())
}

fn find(view: &View<'_>, id: &str) -> Result<(u64, Value), Refusal> {
    let index = view.find(Collection::Users, id).ok_or_else(|| Refusal::not_found(id))?;
    Ok((index, view.resource(Collection::Users, index, &Projection::All)))
}

/// The user at that index as the draft says, unless the records forbid it.
fn change(view: &View<'_>, index: u64, draft: Draft, current: Option<&Value>) -> Result<Change, Refusal> {
    if !view.is_free(&draft.user_name, index) {
        let message = "Duplicate Username. The username already exists in this or another Salesforce organization. \
                       Usernames must be unique across all Salesforce organizations";
        return Err(Refusal::validation("DUPLICATE_USERNAME", message));
    }
    let (is_active, password) = (draft.active, draft.password.clone());
    let attributes = draft.into_attributes(view, current)?;
    if let Some((in_use, limit)) = view.lacks_license(index, is_active) {
        let message = format!("license limit exceeded: {in_use} of {limit} user licenses are in use");
        return Err(Refusal::validation("LICENSE_LIMIT_EXCEEDED", &message));
    }
    Ok(Change::User { index, attributes, password })
}
