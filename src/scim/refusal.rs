//! What a provider says when it refuses: SCIM 2.0 errors (RFC 7644 §3.12), SCIM 1.1 errors, arrays of codes and messages
//! (Salesforce's own form), OAuth errors (RFC 6749 §5.2), web pages, plain text, nothing.

use super::resource;
use crate::transport::FailedStatus;
use serde_json::Value;

/// A refusal, as far as its body could be understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The provider's own code: `LICENSE_LIMIT_EXCEEDED`, `INVALID_SESSION_ID`, `invalid_client`.
    pub code: Option<String>,
    /// RFC 7644's `scimType`: `uniqueness`, `invalidFilter`.
    pub scim_type: Option<String>,
    /// The provider's sentence, without the code; of a web page its title.
    pub detail: Option<String>,
    /// Whether the body is a web page.
    pub is_html: bool,
    /// The provider's id of the request, to quote to its support.
    pub request_id: Option<String>,
}

impl Refusal {
    /// Reads the body of a failed answer. Never fails: what it does not know becomes `detail`.
    pub fn parse(failed: &FailedStatus) -> Self {
        let text = String::from_utf8_lossy(&failed.body);
        let request_id = ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid"];
        let request_id = request_id.iter().find_map(|name| failed.headers.get(*name)?.to_str().ok());
        let mut refusal = match serde_json::from_slice::<Value>(&failed.body) {
            Ok(value) => from_json(&value),
            Err(_) => from_text(&text),
        };
        refusal.status = failed.status.as_u16();
        refusal.request_id = request_id.map(str::to_owned);
        refusal
    }
}

fn from_json(value: &Value) -> Refusal {
    let word = |value: &Value, name: &str| {
        resource::get(value, name).and_then(resource::text).map(|text| text.trim().to_owned()).filter(|t| !t.is_empty())
    };
    // Salesforce's own form, and SCIM 1.1's `Errors`: the first error speaks for all.
    let first = match value {
        Value::Array(errors) => errors.first(),
        // Web APIs that are no SCIM often put it all into a member of its own: `{"error": {"code": …, "message": …}}`.
        other => resource::get(other, "Errors")
            .and_then(|errors| errors.get(0))
            .or_else(|| resource::get(other, "error").filter(|error| error.is_object())),
    };
    if let Some(error) = first {
        let detail = ["message", "description", "detail"].iter().find_map(|name| word(error, name));
        return with_code(Refusal { code: word(error, "errorCode"), detail, ..Refusal::default() });
    }
    let detail = word(value, "detail")
        .or_else(|| word(value, "error_description"))
        .or_else(|| word(value, "message"))
        .or_else(|| word(value, "description"));
    let code = word(value, "error").or_else(|| word(value, "errorCode"));
    with_code(Refusal { code, scim_type: word(value, "scimType"), detail, ..Refusal::default() })
}

/// Salesforce writes the code in front of the detail: `LICENSE_LIMIT_EXCEEDED:license limit exceeded;`.
fn with_code(mut refusal: Refusal) -> Refusal {
    let Some(detail) = refusal.detail.as_deref() else { return refusal };
    if refusal.code.is_none()
        && let Some((code, rest)) = detail.split_once(':')
        && code.len() > 3
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    {
        refusal.code = Some(code.to_owned());
        let rest = rest.trim().trim_end_matches(';').trim().to_owned();
        refusal.detail = (!rest.is_empty()).then_some(rest);
    }
    refusal
}

fn from_text(text: &str) -> Refusal {
    let start = text.trim_start().get(..512).unwrap_or(text.trim_start()).to_ascii_lowercase();
    if !["<!doctype", "<html", "<head", "<body", "<title"].iter().any(|tag| start.contains(tag)) {
        let text = text.trim();
        return Refusal { detail: (!text.is_empty()).then(|| text.to_owned()), ..Refusal::default() };
    }
    Refusal { is_html: true, detail: title(text), ..Refusal::default() }
}

/// What stands in a web page's `<title>`, or in its first heading.
pub fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let inside = |tag: &str| {
        let start = lower.find(&format!("<{tag}"))?;
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find(&format!("</{tag}"))?;
        let title = page.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
        (!title.is_empty()).then_some(title)
    };
    inside("title").or_else(|| inside("h1"))
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
    #[case(r#"{"Errors":[{"description":"Start index too big.","code":400}]}"#, None, Some("Start index too big."))]
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
