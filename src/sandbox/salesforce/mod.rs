//! What Salesforce lets be written, by its documentation: users with exactly one profile and within the licences, whom a
//! deletion only deactivates; groups whose members alone can change.
//!
//! Where the documentation is silent: PUT answers 200 with the record, `active` stays as it is in a PUT that does not name
//! it, and memberships do not touch a user's own `meta`.

mod draft;
mod grants;
pub(super) mod groups;
pub(super) mod users;

use super::dialect::Dialect;
use super::errors::Refusal;
use super::schemas::{self, ResourceType};

fn resource_type(name: &str) -> Result<&'static ResourceType, Refusal> {
    let mut resources = schemas::resource_types(Dialect::Salesforce).iter();
    resources.find(|resource| resource.name == name).ok_or_else(Refusal::internal)
}

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::validation("FIELD_INTEGRITY_EXCEPTION", &format!("{what} ID: id value of incorrect type: {id}"))
}

const REQUIRED_PROFILE: &str = "user_must_have_one_entitlement_which_must_be_a_profileid";
