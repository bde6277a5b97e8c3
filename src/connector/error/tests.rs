//! What a person is told.

use super::*;
use crate::transport::{FailedStatus, GivenUp, Wait};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// What is told of a failed read of users.
fn told(status: u16, location: Option<&'static str>, refused: Option<Refused>, body: &'static str) -> String {
    let location = location.map(|location| (LOCATION, HeaderValue::from_static(location)));
    let status = StatusCode::from_u16(status).unwrap();
    let failed = FailedStatus { status, headers: HeaderMap::from_iter(location), body: Bytes::from(body) };
    let error = SendError {
        method: Method::GET,
        url: "https://scim.example/v2/Users".to_owned(),
        attempts: 1,
        elapsed: Duration::ZERO,
        outcome_unknown: false,
        refused,
        given_up: None,
        fault: Fault::Status(Box::new(failed)),
    };
    translate("Listing accounts", error.into()).message
}

#[test]
fn a_fault_in_json_is_shown_where_it_is() {
    let error = scim::Error::Unreadable {
        url: "https://scim.example/v2/Users".to_owned(),
        expected: "a SCIM list response",
        reason: "lone leading surrogate in hex escape at line 1 column 812".to_owned(),
        content_type: Some("application/scim+json".to_owned()),
        excerpt: "{\"totalResults\":1".to_owned(),
    };
    insta::assert_snapshot!(translate("Listing accounts", error).message, @"Listing accounts failed: scim.example answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (application/scim+json: lone leading surrogate in hex escape at line 1 column 812) [NOT_SCIM]");
}

#[test]
fn a_redirect_is_told_as_one_and_where_it_leads() {
    insta::assert_snapshot!(told(302, Some("https://login.example/sso?RelayState=secret"), None, "<html>Found</html>"), @"Listing accounts failed: scim.example answers with a redirect to login.example, and redirects are not followed. Check baseUrl: it must be the SCIM API's own address, with https where the provider wants it; a login page in between redirects like this too. (The provider says: HTTP 302) [REDIRECTED]");
    insta::assert_snapshot!(told(301, Some("/v2/users/"), None, ""), @"Listing accounts failed: scim.example answers with a redirect to scim.example, and redirects are not followed. Check baseUrl: it must be the SCIM API's own address, with https where the provider wants it; a login page in between redirects like this too. (The provider says: HTTP 301) [REDIRECTED]");
    insta::assert_snapshot!(told(304, None, None, ""), @"Listing accounts failed: scim.example answers with a redirect to another address, and redirects are not followed. Check baseUrl: it must be the SCIM API's own address, with https where the provider wants it; a login page in between redirects like this too. (The provider says: HTTP 304) [REDIRECTED]");
}

#[test]
fn what_to_do_about_refused_credentials_depends_on_what_they_are() {
    const EXPIRED: &str = r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
    insta::assert_snapshot!(told(401, None, Some(Refused::Nothing), ""), @"Listing accounts failed: the provider wants credentials, and authType is none. Set authType to the way in which the provider lets clients in; if customHeaders hold the credentials, they are not accepted. (The provider says: HTTP 401) [CREDENTIALS_REQUIRED]");
    insta::assert_snapshot!(told(401, None, Some(Refused::Fixed), EXPIRED), @"Listing accounts failed: the provider does not accept the credentials of the source. Check the settings that go with authType: token, or username and password, or apiKey and apiKeyHeader. A token or key may have expired, been withdrawn, or belong to another org: have a new one made. (The provider says: Session expired or invalid; INVALID_SESSION_ID; HTTP 401) [TOKEN_REFUSED]");
    insta::assert_snapshot!(told(401, None, Some(Refused::Renewed), EXPIRED), @"Listing accounts failed: the provider does not accept the access token, not even a new one. Check that token and API belong to the same org, and that the app's user may use the API. (The provider says: Session expired or invalid; INVALID_SESSION_ID; HTTP 401) [SESSION_REFUSED]");
}

#[test]
fn a_resource_without_an_id_is_pointed_at() {
    let incomplete = Incomplete {
        resource: "Users",
        reason: Gap::NoId,
        expected: Some(4),
        received: 2,
        distinct: 2,
        at: "startIndex 4".to_owned(),
    };
    insta::assert_snapshot!(translate("Listing accounts", incomplete.into()).message, @"Listing accounts failed: the provider lists something without an id, which cannot be told from others: the list of Users is incomplete: a resource has no id (expected 4, received 2, distinct 2; at startIndex 4). Look at that resource at the provider and have it mended or removed there, or ask the provider's support: SCIM wants an id on each. [RESOURCE_WITHOUT_ID]");
}

/// What is told of a request to which no good answer came.
fn told_of(fault: Fault, given_up: Option<GivenUp>) -> String {
    let error = SendError {
        method: Method::GET,
        url: "https://scim.example/v2/Users".to_owned(),
        attempts: 1,
        elapsed: Duration::ZERO,
        outcome_unknown: false,
        refused: None,
        given_up,
        fault,
    };
    translate("Listing accounts", error.into()).message
}

#[test]
fn why_it_was_not_sent_again_is_told_with_the_figures() {
    let timeout = |phase| Fault::Timeout { phase, after: Duration::from_secs(15) };
    insta::assert_snapshot!(told_of(timeout(Phase::Read), Some(GivenUp::RetriesUsedUp(12))), @"Listing accounts failed: scim.example did not answer in time. Try again later; if it stays so, raise timeoutSeconds or lower pageSize. The command's retries are used up after 12. (the answer began, and then nothing came within 15 s) [TIMEOUT]");
    insta::assert_snapshot!(told_of(timeout(Phase::Connect), Some(GivenUp::NoTimeLeft)), @"Listing accounts failed: no connection to scim.example could be made. Check that the address and the port are right, that the provider is up, and that no firewall stands between. No time is left for another attempt. (there was no connection within 15 s) [UNREACHABLE]");
    let wait = Wait { asked: Duration::from_secs(90), most: Duration::from_secs(55) };
    insta::assert_snapshot!(told_of(Fault::Paused(Box::new(wait)), None), @"Listing accounts failed: the provider asks to send fewer requests. Try again in 90 seconds; set requestsPerSecond or lower concurrency if it comes back. The provider asks to wait 90 s, which is longer than the 55 s that this command can wait. [RATE_LIMIT]");
}
