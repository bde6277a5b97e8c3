//! What the server says about itself (RFC 7644 §4).

use super::{App, IdInPath};
use crate::sandbox::errors::Refusal;
use crate::sandbox::{answer, schemas};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// In the plural in Salesforce, and one document all the same.
pub(super) async fn service_provider_config(State(app): State<Arc<App>>) -> Response {
    answer::scim(StatusCode::OK, &schemas::service_provider_config(&app.base_url(), app.options.max_page_size))
}

pub(super) async fn resource_types(State(app): State<Arc<App>>) -> Response {
    list(&schemas::resource_types(&app.base_url()))
}

pub(super) async fn resource_type(State(app): State<Arc<App>>, id: IdInPath) -> Result<Response, Refusal> {
    one(schemas::resource_types(&app.base_url()), &super::id_in(id)?)
}

pub(super) async fn schemas(State(app): State<Arc<App>>) -> Response {
    list(&schemas::all(&app.base_url()))
}

pub(super) async fn schema(State(app): State<Arc<App>>, id: IdInPath) -> Result<Response, Refusal> {
    one(schemas::all(&app.base_url()), &super::id_in(id)?)
}

fn one(documents: Vec<Value>, id: &str) -> Result<Response, Refusal> {
    let found = documents.into_iter().find(|document| document.get("id").and_then(Value::as_str) == Some(id));
    found.map(|document| answer::scim(StatusCode::OK, &document)).ok_or_else(|| Refusal::not_found(id))
}

fn list(resources: &[Value]) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    answer::scim(StatusCode::OK, &body)
}
