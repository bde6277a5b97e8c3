//! Refusals: what is refused, and the shape that each dialect gives it. In Salesforce's: SCIM 2.0 with the code in `detail`
//! and a number as `status`, SCIM 1.1, its native array, OAuth. In the RFC's: SCIM 2.0, and OAuth.

use super::answer;
use super::dialect::Dialect;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// An answer that refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// SCIM 2.0 (RFC 7644 §3.12).
    Scim { status: StatusCode, scim_type: Option<&'static str>, detail: String },
    /// SCIM 1.1, as for a start index that is too big.
    Scim11 { description: String },
    /// No access token, or none that is good.
    NoSession,
    /// The token endpoint's (RFC 6749 §5.2).
    OAuth { error: &'static str, description: &'static str },
}

impl Refusal {
    /// A validation error as Salesforce answers it: 409, the code as the detail's prefix and a semicolon at its end.
    pub(super) fn validation(code: &str, message: &str) -> Self {
        let detail = format!("{code}:{message};");
        Self::new(StatusCode::CONFLICT, None, detail)
    }

    pub(super) fn bad_request(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(scim_type), detail)
    }

    pub(super) fn new(status: StatusCode, scim_type: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self::Scim { status, scim_type, detail: detail.into() }
    }

    pub(super) fn not_found(what: &str) -> Self {
        let detail = format!("Resource {what} not found");
        Self::new(StatusCode::NOT_FOUND, None, detail)
    }

    pub(super) fn not_allowed(method: &http::Method) -> Self {
        let detail = format!("HTTP method {method} is not allowed for this resource");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, None, detail)
    }

    pub(super) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, None, "The request body is too large")
    }

    /// Something that cannot happen has happened.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, "An unexpected error occurred")
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Scim { status, .. } => *status,
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::Scim11 { .. } | Self::OAuth { .. } => StatusCode::BAD_REQUEST,
        }
    }

    fn body(&self, dialect: Dialect) -> (&'static str, Value) {
        let status = self.status();
        match (self, dialect) {
            (Self::Scim { scim_type, detail, .. }, Dialect::Salesforce) => {
                (answer::SCIM_JSON, scim(*scim_type, detail, &json!(status.as_u16())))
            }
            (Self::Scim { scim_type, detail, .. }, Dialect::Rfc) => {
                (answer::SCIM_JSON, scim(*scim_type, detail, &json!(status.as_str())))
            }
            (Self::NoSession, Dialect::Rfc) => {
                let detail = "The access token is missing, expired or revoked";
                (answer::SCIM_JSON, scim(None, detail, &json!(status.as_str())))
            }
            (Self::NoSession, Dialect::Salesforce) => {
                let body = json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]);
                (answer::JSON, body)
            }
            (Self::Scim11 { description }, _) => {
                (answer::SCIM_JSON, json!({ "Errors": [{ "description": description, "code": 400 }] }))
            }
            (Self::OAuth { error, description }, _) => {
                (answer::JSON, json!({ "error": error, "error_description": description }))
            }
        }
    }
}

impl IntoResponse for Refusal {
    /// Not yet in the words of a dialect: [`spoken`] gives it those.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The response as it is sent: a refusal gets the shape that the dialect has for it.
pub(super) fn spoken(mut response: Response, dialect: Dialect) -> Response {
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    let (content_type, body) = refusal.body(dialect);
    let said = answer::json(refusal.status(), content_type, &body);
    if (refusal, dialect) == (Refusal::NoSession, Dialect::Rfc) {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    // That of the empty body.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(said.headers().clone());
    *response.body_mut() = said.into_body();
    response
}

fn scim(scim_type: Option<&'static str>, detail: &str, status: &Value) -> Value {
    let mut body = json!({ "schemas": [ERROR], "detail": detail, "status": status });
    if let (Some(scim_type), Some(body)) = (scim_type, body.as_object_mut()) {
        body.shift_insert(1, "scimType".to_owned(), json!(scim_type));
    }
    body
}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
