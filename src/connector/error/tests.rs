//! What a person is told.

mod bodies;
mod codes;
mod properties;
mod strange;
mod vendors;
mod words;

use super::*;
use crate::protocol::Kind;
use crate::scim::{Gap, Incomplete};
use crate::transport::{Cause, FailedStatus, Fault, GivenUp, Phase, Refused, Wait};
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::time::Duration;

const USERS: &str = "https://scim.example/v2/Users";

fn answered(status: u16, body: &str) -> Fault {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let status = StatusCode::from_u16(status).unwrap();
    Fault::Status(Box::new(FailedStatus { status, headers: HeaderMap::new(), body }))
}

fn sent(url: &str, fault: Fault) -> SendError {
    SendError {
        method: Method::GET,
        url: url.to_owned(),
        attempts: 1,
        elapsed: Duration::ZERO,
        outcome_unknown: false,
        refused: None,
        given_up: None,
        fault,
    }
}

/// What is told of a creation that was answered so, by a provider at this host.
fn created(host: &str, status: u16, body: &str) -> Failure {
    let url = format!("https://{host}/scim/v2/Users");
    translate("Creating ada@example.com", sent(&url, answered(status, body)).into())
}

/// What is told of a failed read of users.
fn told(status: u16, location: Option<&'static str>, refused: Option<Refused>, body: &str) -> String {
    let mut error = SendError { refused, ..sent(USERS, answered(status, body)) };
    if let (Fault::Status(failed), Some(location)) = (&mut error.fault, location) {
        failed.headers.insert(LOCATION, HeaderValue::from_static(location));
    }
    translate("Listing accounts", error.into()).message
}

#[test]
fn a_fault_in_json_is_shown_where_it_is() {
    let error = scim::Error::Unreadable {
        url: USERS.to_owned(),
        expected: "a SCIM list response",
        reason: "lone leading surrogate in hex escape at line 1 column 812".to_owned(),
        content_type: Some("application/scim+json".to_owned()),
        excerpt: "{\"totalResults\":1".to_owned(),
    };
    insta::assert_snapshot!(translate("Listing accounts", error).message, @"Listing accounts failed: scim.example answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (application/scim+json: lone leading surrogate in hex escape at line 1 column 812) [NOT_SCIM]");
}

#[test]
fn an_error_with_a_good_status_is_told_by_its_code() {
    let error = scim::Error::Unreadable {
        url: "https://slack.com/scim/v2/Users".to_owned(),
        expected: "a SCIM list response",
        reason: "missing field `Resources`".to_owned(),
        content_type: Some("application/json".to_owned()),
        excerpt: r#"{"ok":false,"error":"token_revoked"}"#.to_owned(),
    };
    insta::assert_snapshot!(translate("Listing accounts", error).message, @"Listing accounts failed: the provider does not accept the token of the source. It may have expired, or been withdrawn: have a new one made at the provider and set it in the source. (The provider says: token_revoked) [TOKEN_REFUSED]");
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
        resource: "Users".into(),
        reason: Gap::NoId,
        expected: Some(4),
        received: 2,
        distinct: 2,
        at: "startIndex 4".to_owned(),
    };
    insta::assert_snapshot!(translate("Listing accounts", incomplete.into()).message, @"Listing accounts failed: the provider lists something without an id, which cannot be told from others: the list of Users is incomplete: a resource has no id (expected 4, received 2, distinct 2; at startIndex 4). Look at that resource at the provider and have it mended or removed there, or ask the provider's support: SCIM wants an id on each. [RESOURCE_WITHOUT_ID]");
}

/// A 404 for one resource in SCIM's words: the resource went. Any other may be a wrong address.
#[test]
fn what_went_is_told_from_a_wrong_address() {
    let scim =
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Group 7 not found","status":"404"}"#;
    let doing = "Updating u1, group 7";
    let tell = |url, body| translate(doing, sent(url, answered(404, body)).into()).message;
    insta::assert_snapshot!(tell("https://scim.example/v2/Groups/7", scim), @"Updating u1, group 7 failed: the provider does not have this object any more. Aggregate the accounts and the entitlements to see what there is, and try again if it is still needed. (The provider says: Group 7 not found; HTTP 404) [GONE]");
    insta::assert_snapshot!(tell("https://scim.example/v2/Groups", scim), @"Updating u1, group 7 failed: scim.example has no such SCIM endpoint. Check baseUrl: below it must be /Users and /Groups. If the provider has no groups, set groupMembership to user. (The provider says: Group 7 not found; HTTP 404) [WRONG_ADDRESS]");
    insta::assert_snapshot!(tell("https://scim.example/v2/Groups/7", "<html><title>404</title>"), @"Updating u1, group 7 failed: scim.example answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (The provider says: 404; HTTP 404) [NOT_SCIM]");
}

#[test]
fn what_never_reached_an_answer_is_told_apart() {
    let cause = || Cause::from("refused");
    let failed = FailedStatus { status: StatusCode::TOO_MANY_REQUESTS, headers: HeaderMap::new(), body: Bytes::new() };
    let faults = [
        Fault::Resolve(cause()),
        Fault::Connect(cause()),
        Fault::Tls(cause()),
        Fault::Timeout { phase: Phase::Answer, after: Duration::from_secs(30) },
        Fault::Broken(cause()),
        Fault::TooLarge { limit: 7 },
        Fault::Forbidden("10.0.0.1 is a private address".to_owned()),
        Fault::Invalid("no host".to_owned()),
        Fault::WaitTooLong(
            Box::new(Wait { asked: Duration::from_hours(1), most: Duration::from_mins(1) }),
            Box::new(failed),
        ),
    ];
    let lines: Vec<String> =
        faults.into_iter().map(|fault| translate("Listing accounts", sent(USERS, fault).into()).message).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    Listing accounts failed: the host scim.example is not known. Check the spelling of baseUrl and tokenUrl, and that this service can resolve names. [HOST_NOT_FOUND]
    Listing accounts failed: no connection to scim.example could be made. Check that the address and the port are right, that the provider is up, and that no firewall stands between. [UNREACHABLE]
    Listing accounts failed: no trusted connection to scim.example could be made. Check that it is an https address, the provider's certificate, and that a proxy in between does not break the connection. [TLS_UNTRUSTED]
    Listing accounts failed: scim.example did not answer in time. Try again later; if it stays so, raise timeoutSeconds or lower pageSize. (there was no whole answer within 30 s) [TIMEOUT]
    Listing accounts failed: the connection to scim.example broke before the answer was complete. Try again; if it stays so, look for a proxy or firewall that cuts long answers, or lower pageSize. [CONNECTION_BROKEN]
    Listing accounts failed: an answer of scim.example is larger than this service reads. Lower pageSize. [ANSWER_TOO_LARGE]
    Listing accounts failed: this service does not connect there. Use the provider's public https address, or have the service's operator allow private addresses. (10.0.0.1 is a private address) [ADDRESS_NOT_ALLOWED]
    Listing accounts failed: the request could not be built from these settings. Check customHeaders, baseUrl and tokenUrl. (no host) [INVALID_REQUEST_BUILT]
    Listing accounts failed: the provider asks to send fewer requests. Try again in 60 minutes; set requestsPerSecond or lower concurrency if it comes back. The provider asks to wait 3600 s, which is longer than the 60 s that this command can wait. (The provider says: HTTP 429) [RATE_LIMIT]
    ");
    let lost = SendError { outcome_unknown: true, ..sent(USERS, Fault::Broken(cause())) };
    insta::assert_snapshot!(translate("Creating ada@example.com", lost.into()).message, @"Creating ada@example.com failed: the connection ended before the provider answered, so that it may or may not have been done. Send the command again after a while: what was done is found, and not done twice. [OUTCOME_UNKNOWN]");
}

#[test]
fn the_log_gets_the_exchange_without_secrets() {
    let failure = created("scim.example", 400, r#"{"detail":"no","password":"hunter22","sent":"Bearer abc"}"#);
    let exchange = failure.exchange.unwrap();
    assert_eq!((exchange.attempts, exchange.status), (Some(1), Some(400)));
    insta::assert_snapshot!(exchange.body.unwrap(), @r#"{"detail":"no","password":"[redacted]","sent":"Bearer [redacted]"}"#);
}

#[test]
fn the_log_gets_what_came_instead_of_an_answer() {
    let error = scim::Error::Unreadable {
        url: USERS.to_owned(),
        expected: "a SCIM resource",
        reason: "it is no JSON".to_owned(),
        content_type: None,
        excerpt: "<title>Sign in</title> token=hunter22".to_owned(),
    };
    let exchange = translate("Listing accounts", error).exchange.unwrap();
    insta::assert_snapshot!(exchange.body.unwrap(), @"<title>Sign in</title> token=[redacted]");
    let refused = AuthError::Refused { status: 502, error: None, description: None, body_excerpt: "down".to_owned() };
    let exchange = translate_auth("Listing accounts", refused, None).exchange.unwrap();
    assert_eq!((exchange.status, exchange.body.as_deref()), (Some(502), Some("down")));
}

/// What is told of a request to which no good answer came.
fn given_up(fault: Fault, given_up: Option<GivenUp>) -> String {
    translate("Listing accounts", SendError { given_up, ..sent(USERS, fault) }.into()).message
}

#[test]
fn why_it_was_not_sent_again_is_told_with_the_figures() {
    let timeout = |phase| Fault::Timeout { phase, after: Duration::from_secs(15) };
    insta::assert_snapshot!(given_up(timeout(Phase::Read), Some(GivenUp::RetriesUsedUp(12))), @"Listing accounts failed: scim.example did not answer in time. Try again later; if it stays so, raise timeoutSeconds or lower pageSize. The command's retries are used up after 12. (the answer began, and then nothing came within 15 s) [TIMEOUT]");
    insta::assert_snapshot!(given_up(timeout(Phase::Connect), Some(GivenUp::NoTimeLeft)), @"Listing accounts failed: no connection to scim.example could be made. Check that the address and the port are right, that the provider is up, and that no firewall stands between. No time is left for another attempt. (there was no connection within 15 s) [UNREACHABLE]");
    let wait = Wait { asked: Duration::from_secs(90), most: Duration::from_secs(55) };
    insta::assert_snapshot!(given_up(Fault::Paused(Box::new(wait)), None), @"Listing accounts failed: the provider asks to send fewer requests. Try again in 90 seconds; set requestsPerSecond or lower concurrency if it comes back. The provider asks to wait 90 s, which is longer than the 55 s that this command can wait. [RATE_LIMIT]");
}
