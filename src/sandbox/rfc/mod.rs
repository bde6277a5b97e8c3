//! What RFC 7644 lets be written: users and groups, created, changed and deleted for good.
//!
//! Where the RFC leaves a choice: an attribute that no schema has is refused (`invalidSyntax`), a body must name its schema,
//! a member must be a user that exists, a manager need not, and memberships do not touch a user's own `meta`.

mod form;
pub(super) mod groups;
pub(super) mod users;
pub(super) mod writes;

use super::dialect::Dialect;
use super::errors::Refusal;
use super::patch::{self, Edit};
use super::schemas::{self, ResourceType};
use crate::scim::resource;
use serde_json::Value;

fn resource_type(name: &str) -> Result<&'static ResourceType, Refusal> {
    let mut resources = schemas::resource_types(Dialect::Rfc).iter();
    resources.find(|resource| resource.name == name).ok_or_else(Refusal::internal)
}

/// The body of a creation or replacement.
fn resource(body: &[u8], kind: &ResourceType) -> Result<Value, Refusal> {
    let body = patch::object(body)?;
    must_name(&body, kind.schema.urn)?;
    Ok(body)
}

/// The body of a search.
pub(super) fn search(body: &[u8]) -> Result<Value, Refusal> {
    let body = patch::object(body)?;
    must_name(&body, "urn:ietf:params:scim:api:messages:2.0:SearchRequest")?;
    Ok(body)
}

/// The operations of a PATCH.
fn edits(body: &[u8]) -> Result<Vec<Edit>, Refusal> {
    let body = patch::object(body)?;
    must_name(&body, "urn:ietf:params:scim:api:messages:2.0:PatchOp")?;
    patch::parse(&body)
}

/// The resource after the edits of a PATCH.
fn edited(mut resource: Value, edits: &[Edit], kind: &'static ResourceType) -> Result<Value, Refusal> {
    for edit in edits {
        patch::apply(&mut resource, edit, kind)?;
    }
    Ok(resource)
}

/// "The 'schemas' attribute is a REQUIRED attribute" (RFC 7643 §3).
fn must_name(body: &Value, urn: &str) -> Result<(), Refusal> {
    let schemas = resource::get(body, "schemas").and_then(Value::as_array);
    let mut schemas = schemas.into_iter().flatten().filter_map(Value::as_str);
    if schemas.any(|schema| schema.eq_ignore_ascii_case(urn)) {
        return Ok(());
    }
    Err(Refusal::bad_request("invalidSyntax", format!("\"schemas\" must name {urn}")))
}

/// The last segment of a `$ref`.
fn id_in_reference(reference: &Value) -> Option<&str> {
    reference.as_str()?.rsplit('/').next()
}
