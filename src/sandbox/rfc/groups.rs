//! Groups and their members.

use super::form::Form;
use super::id_in_reference;
use super::writes::Written;
use crate::sandbox::errors::Refusal;
use crate::sandbox::store::{Change, Collection, View};
use serde_json::Value;
use std::collections::BTreeMap;

/// Groups: created with members, which a replacement that does not name them takes away.
pub(in crate::sandbox) struct Groups;

impl Written for Groups {
    const NAME: &'static str = "Group";
    const COLLECTION: Collection = Collection::Groups;

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

    fn deletion(index: u64) -> Change {
        Change::GroupDeletion { index }
    }
}

fn user(view: &View<'_>, member: &Value) -> Result<u64, Refusal> {
    let id = member.get("value").and_then(Value::as_str).or_else(|| id_in_reference(member.get("$ref")?));
    let id = id.unwrap_or_default();
    view.find(Collection::Users, id).ok_or_else(|| {
        Refusal::bad_request("invalidValue", format!("\"members\" must be users that exist, and \"{id}\" is none"))
    })
}
