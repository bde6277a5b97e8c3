//! What the server says about itself (RFC 7644 §4).

use super::{App, IdInPath};
use crate::sandbox::errors::Refusal;
use crate::sandbox::{answer, schemas};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{StatusCode, Uri};
use serde_json::{Value, json};
use std::sync::Arc;

/// Schemas and resource types. The configuration's path is the dialect's own.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/ResourceTypes", get(resource_types))
        .route("/ResourceTypes/{id}", get(resource_type))
        .route("/Schemas", get(schemas))
        .route("/Schemas/{id}", get(schema))
}

pub(super) async fn service_provider_config(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    answer::scim(StatusCode::OK, &schemas::service_provider_config(&app.base_url(), path, &app.options))
}

async fn resource_types(State(app): State<Arc<App>>) -> Response {
    list(&schemas::resource_type_documents(&app.options, &app.base_url()))
}

async fn resource_type(State(app): State<Arc<App>>, id: IdInPath) -> Result<Response, Refusal> {
    one(schemas::resource_type_documents(&app.options, &app.base_url()), &super::id_in(id)?)
}

async fn schemas(State(app): State<Arc<App>>) -> Response {
    list(&schemas::schema_documents(&app.options, &app.base_url()))
}

async fn schema(State(app): State<Arc<App>>, id: IdInPath) -> Result<Response, Refusal> {
    one(schemas::schema_documents(&app.options, &app.base_url()), &super::id_in(id)?)
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
