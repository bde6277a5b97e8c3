//! JSON answers and their content types. Refusals are in `errors`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

pub(super) const SCIM_JSON: &str = "application/scim+json;charset=UTF-8";
pub(super) const JSON: &str = "application/json;charset=UTF-8";

/// A resource or a list of them.
pub(super) fn scim(status: StatusCode, body: &Value) -> Response {
    json(status, SCIM_JSON, body)
}

pub(super) fn json(status: StatusCode, content_type: &'static str, body: &Value) -> Response {
    text(status, content_type, body.to_string())
}

pub(super) fn text(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = (status, body.into()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
