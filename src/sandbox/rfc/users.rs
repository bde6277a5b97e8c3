//! Users, their names and licences.

use super::form::Form;
use super::id_in_reference;
use super::writes::Written;
use crate::sandbox::errors::Refusal;
use crate::sandbox::population::ENTERPRISE_USER;
use crate::sandbox::store::{Change, Collection, View};
use http::StatusCode;
use serde_json::{Map, Value};

/// Users: each with a name of its own.
pub(in crate::sandbox) struct Users;

impl Written for Users {
    const NAME: &'static str = "User";
    const COLLECTION: Collection = Collection::Users;

    /// The user at that index as the form says, unless the records forbid it.
    fn change(view: &View<'_>, index: u64, form: Form) -> Result<Change, Refusal> {
        let Form { mut attributes, password } = form;
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
        Ok(Change::User { index, attributes, password })
    }

    fn deletion(index: u64) -> Change {
        Change::UserDeletion { index }
    }
}

/// Completes the manager with what its record says; one that is not here stays as it was given.
fn name_manager(view: &View<'_>, enterprise: &mut Map<String, Value>) {
    let Some(given) = enterprise.get("manager") else { return };
    let id = given.get("value").and_then(Value::as_str).or_else(|| id_in_reference(given.get("$ref")?));
    if let Some(manager) = id.and_then(|id| view.manager(id)) {
        enterprise.insert("manager".to_owned(), manager);
    }
}
