//! What a provider says when it refuses: SCIM 2.0 errors (RFC 7644 §3.12), SCIM 1.1 errors, arrays of codes and messages
//! (Salesforce's own form), OAuth errors (RFC 6749 §5.2), problem details (RFC 9457), what other web APIs send, SOAP
//! faults, web pages, plain text, half a JSON text, nothing. What the content type claims does not count.
//!
//! It says what the body says, and not what that means: that is the translation's.

mod json;
mod text;

use crate::transport::FailedStatus;
use serde_json::Value;

/// A refusal, as far as its body could be understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status; 0 where only a text was read.
    pub status: u16,
    /// The provider's own code: `LICENSE_LIMIT_EXCEEDED`, `INVALID_SESSION_ID`, `invalid_client`.
    pub code: Option<String>,
    /// RFC 7644's `scimType`: `uniqueness`, `invalidFilter`.
    pub scim_type: Option<String>,
    /// The provider's sentence, without the code; of a web page its title.
    pub detail: Option<String>,
    /// The attributes that the body lists as those that are wrong.
    pub fields: Vec<String>,
    /// Whether the body is a SCIM error, so that a SCIM API wrote it.
    pub is_scim: bool,
    /// Whether the body is a web page.
    pub is_html: bool,
    /// The provider's id of the request, to quote to its support.
    pub request_id: Option<String>,
}

/// Headers with the provider's id of the request.
const REQUEST_IDS: &[&str] = &[
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-okta-request-id",
    "x-ms-request-id",
    "x-github-request-id",
    "x-sfdc-request-id",
    "x-trace-id",
    "cf-ray",
];

impl Refusal {
    /// Reads the body of a failed answer. Never fails: what it does not know becomes `detail`.
    pub fn parse(failed: &FailedStatus) -> Self {
        let mut refusal = Self::of_text(&String::from_utf8_lossy(&failed.body));
        refusal.status = failed.status.as_u16();
        let header = REQUEST_IDS.iter().find_map(|name| failed.headers.get(*name)?.to_str().ok());
        refusal.request_id = header.map(str::to_owned).or(refusal.request_id);
        refusal
    }

    /// Reads a body by itself.
    pub fn of_text(body: &str) -> Self {
        let body = body.trim_start_matches('\u{feff}').trim();
        let mut refusal = match serde_json::from_str::<Value>(body) {
            // A text in quotes, as some gateways send it.
            Ok(Value::String(text)) => text::read(&text),
            Ok(value) => json::read(&value),
            Err(_) => text::read(body),
        };
        refusal.detail = refusal.detail.map(|detail| text::without_trace(&detail).to_owned());
        refusal
    }

    /// Takes a code off the front of the words, as Salesforce writes it: `LICENSE_LIMIT_EXCEEDED:license limit exceeded;`.
    /// A single word that no language has is a code, too: `username_taken`.
    fn with_code(mut self) -> Self {
        let Some(detail) = self.detail.as_deref() else { return self };
        if self.code.is_none()
            && (4..=80).contains(&detail.len())
            && detail.contains('_')
            && detail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            self.code = self.detail.take();
            return self;
        }
        if let Some((code, rest)) = detail.split_once(':')
            && code.len() > 3
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
            && self.code.as_ref().is_none_or(|known| known == code)
        {
            self.code = Some(code.to_owned());
            let rest = rest.trim().trim_end_matches(';').trim().to_owned();
            self.detail = (!rest.is_empty()).then_some(rest);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    fn parse(status: u16, body: &str) -> Refusal {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Refusal::parse(&FailedStatus { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body })
    }

    #[rstest::rstest]
    #[case(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"LICENSE_LIMIT_EXCEEDED:license limit exceeded;","status":409}"#,
        Some("LICENSE_LIMIT_EXCEEDED"), Some("license limit exceeded"))]
    #[case(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Resource 42 not found","status":"404"}"#,
        None, Some("Resource 42 not found"))]
    #[case(r#"{"Errors":[{"description":"Start index too big.","code":400}]}"#, None, Some("Start index too big"))]
    #[case(
        r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#,
        Some("INVALID_SESSION_ID"),
        Some("Session expired or invalid")
    )]
    #[case(r#"{"error":"invalid_client"}"#, Some("invalid_client"), None)]
    #[case(
        r#"{"error":"invalid_grant","error_description":"authentication failure"}"#,
        Some("invalid_grant"),
        Some("authentication failure")
    )]
    #[case(r#"{"error":{"code":422,"message":"costCenter is mandatory"}}"#, None, Some("costCenter is mandatory"))]
    #[case(
        r#"{"errors":[{"status":"422","detail":"costCenter is mandatory"}]}"#,
        None,
        Some("costCenter is mandatory")
    )]
    #[case("upstream connect error", None, Some("upstream connect error"))]
    #[case("<html><head><title> 502 Bad\n Gateway </title></head></html>", None, Some("502 Bad Gateway"))]
    #[case("<!DOCTYPE html><h1>Sign in</h1>", None, Some("Sign in"))]
    #[case("", None, None)]
    #[case("[]", None, None)]
    #[case("null", None, None)]
    fn every_shape_gives_its_code_and_words(
        #[case] body: &str,
        #[case] code: Option<&str>,
        #[case] detail: Option<&str>,
    ) {
        let refusal = parse(409, body);
        assert_eq!((refusal.code.as_deref(), refusal.detail.as_deref()), (code, detail));
        assert_eq!(refusal.status, 409);
    }

    #[test]
    fn a_uniqueness_error_keeps_its_scim_type() {
        let body = r#"{"scimType":"uniqueness","detail":"userName is taken","status":"409"}"#;
        assert_eq!(parse(409, body).scim_type.as_deref(), Some("uniqueness"));
    }
}
