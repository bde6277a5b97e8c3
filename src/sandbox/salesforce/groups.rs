//! Public groups: their members change, in the wrapped form that Salesforce has for it; nothing else of a group does.

use super::{resource_type, unknown};
use crate::sandbox::errors::Refusal;
use crate::sandbox::patch::{self, Edit, Op, Target};
use crate::sandbox::projection::Projection;
use crate::sandbox::schemas::{Attribute, Mutability, ResourceType};
use crate::sandbox::store::{self, Change, Collection, Record, Store, View};
use crate::scim::resource;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// Adds and removes members, all of them or none. To add one that is there, or remove one that is not, is no error.
pub(in crate::sandbox) fn patch<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let edits = patch::parse(&patch::object(body)?)?;
    let kind = resource_type("Group")?;
    store.write(now, |view| {
        let index = find(view, id)?;
        let mut members = BTreeMap::new();
        for edit in &edits {
            let attribute = attribute_of(edit, kind)?;
            if edit.op == Op::Replace {
                members.extend(view.users_in(index).into_iter().map(|user| (user, false)));
            }
            for user in users(view, attribute, wrapped(edit)?)? {
                members.insert(user, edit.op != Op::Remove);
            }
        }
        Ok(change(view, index, members))
    })
}

/// Gives the group exactly the members that the body names.
pub(in crate::sandbox) fn replace<'a>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let group = patch::object(body)?;
    let attribute = resource_type("Group")?.attribute("members").ok_or_else(Refusal::internal)?;
    store.write(now, |view| {
        let index = find(view, id)?;
        let mut members: BTreeMap<u64, bool> = view.users_in(index).into_iter().map(|user| (user, false)).collect();
        if let Some(given) = resource::get(&group, "members") {
            members.extend(users(view, attribute, given)?.into_iter().map(|user| (user, true)));
        }
        Ok(change(view, index, members))
    })
}

fn find(view: &View<'_>, id: &str) -> Result<u64, Refusal> {
    view.find(Collection::Groups, id).ok_or_else(|| Refusal::not_found(id))
}

fn change(view: &View<'_>, index: u64, members: BTreeMap<u64, bool>) -> Change {
    let without_members = Projection::Without(vec!["members".to_owned()]);
    let group = view.resource(Collection::Groups, index, &without_members);
    Change::Group { index, attributes: store::attributes_of(&group), members }
}

/// The members, which are all that an edit may name.
fn attribute_of(edit: &Edit, kind: &'static ResourceType) -> Result<&'static Attribute, Refusal> {
    match Target::parse(&edit.path, kind)? {
        Target::Attribute { attribute, filter: None, part: None, .. } if attribute.name == "members" => Ok(attribute),
        Target::Attribute { attribute, .. } if attribute.mutability == Mutability::ReadOnly => {
            Err(Refusal::bad_request("mutability", format!("\"{}\" is read-only", attribute.name)))
        }
        _ => Err(Refusal::bad_request("invalidPath", "Of a group only \"members\" can be changed")),
    }
}

/// The list within `{"members": […]}`. Without a path the value is that object already.
fn wrapped(edit: &Edit) -> Result<&Value, Refusal> {
    let bare = edit.is_member.then_some(&edit.value);
    bare.or_else(|| resource::get(&edit.value, "members"))
        .ok_or_else(|| Refusal::bad_request("invalidValue", "Members are given as {\"members\": [{\"value\": \"…\"}]}"))
}

fn users(view: &View<'_>, attribute: &Attribute, given: &Value) -> Result<Vec<u64>, Refusal> {
    let user = |element: Value| {
        let id = element.get("value").and_then(Value::as_str).unwrap_or_default();
        view.find(Collection::Users, id).ok_or_else(|| unknown("member", id))
    };
    patch::elements(attribute, given)?.into_iter().map(user).collect()
}
