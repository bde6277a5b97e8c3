//! Refusals in the shapes that Salesforce gives them: SCIM 2.0 with the code in `detail`, SCIM 1.1, its native array, OAuth.

use super::answer;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// An answer that refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// SCIM 2.0 (RFC 7644 §3.12), with `status` as a number.
    Scim { status: StatusCode, scim_type: Option<&'static str>, detail: String },
    /// SCIM 1.1, as for a start index that is too big.
    Scim11 { description: String },
    /// Salesforce's own: no session.
    NoSession,
    /// The token endpoint's (RFC 6749 §5.2).
    OAuth { error: &'static str, description: &'static str },
}

impl Refusal {
    /// A validation error: 409, the code as the detail's prefix and a semicolon at its end.
    pub(super) fn validation(code: &str, message: &str) -> Self {
        let detail = format!("{code}:{message};");
        Self::Scim { status: StatusCode::CONFLICT, scim_type: None, detail }
    }

    pub(super) fn bad_request(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self::Scim { status: StatusCode::BAD_REQUEST, scim_type: Some(scim_type), detail: detail.into() }
    }

    pub(super) fn not_found(what: &str) -> Self {
        let detail = format!("Resource {what} not found");
        Self::Scim { status: StatusCode::NOT_FOUND, scim_type: None, detail }
    }

    pub(super) fn not_allowed(method: &http::Method) -> Self {
        let detail = format!("HTTP method {method} is not allowed for this resource");
        Self::Scim { status: StatusCode::METHOD_NOT_ALLOWED, scim_type: None, detail }
    }

    pub(super) fn too_large() -> Self {
        let detail = "The request body is too large".to_owned();
        Self::Scim { status: StatusCode::PAYLOAD_TOO_LARGE, scim_type: None, detail }
    }

    /// Something that cannot happen has happened.
    pub(super) fn internal() -> Self {
        let detail = "An unexpected error occurred".to_owned();
        Self::Scim { status: StatusCode::INTERNAL_SERVER_ERROR, scim_type: None, detail }
    }

    fn parts(&self) -> (StatusCode, &'static str, Value) {
        match self {
            Self::Scim { status, scim_type, detail } => {
                let mut body = json!({ "schemas": [ERROR], "detail": detail, "status": status.as_u16() });
                if let (Some(scim_type), Some(body)) = (scim_type, body.as_object_mut()) {
                    body.shift_insert(1, "scimType".to_owned(), json!(scim_type));
                }
                (*status, answer::SCIM_JSON, body)
            }
            Self::Scim11 { description } => {
                let body = json!({ "Errors": [{ "description": description, "code": 400 }] });
                (StatusCode::BAD_REQUEST, answer::SCIM_JSON, body)
            }
            Self::NoSession => {
                let body = json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]);
                (StatusCode::UNAUTHORIZED, answer::JSON, body)
            }
            Self::OAuth { error, description } => {
                let body = json!({ "error": error, "error_description": description });
                (StatusCode::BAD_REQUEST, answer::JSON, body)
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, content_type, body) = self.parts();
        answer::json(status, content_type, &body)
    }
}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
