//! `explain`: errors that are pasted, and the catalogue.

use super::binary::run;

/// The lines that `explain` prints, the spaces between made one.
fn explained(arguments: &[&str], input: &str) -> String {
    let ran = run(&[&["explain"], arguments].concat(), input);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn an_error_is_explained_from_its_body() {
    let body = r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
    let told = explained(&["-", "--status", "403", "--command", "account-create", "--provider", "salesforce"], body);
    insta::assert_snapshot!(told, @"
    Creating the account failed: the provider's limit of requests for this period is used up. Wait until the period ends (Salesforce counts 24 hours), or ask the provider's administrator for a higher limit. (The provider says: TotalRequests Limit exceeded; REQUEST_LIMIT_EXCEEDED; HTTP 403) [REQUEST_LIMIT]

    Code REQUEST_LIMIT
    Kind generic
    Who can mend it nobody: try later
    Known from Salesforce, REST API Developer Guide: status codes and error responses
    Provider's code REQUEST_LIMIT_EXCEEDED
    HTTP status 403
    ");
    let token = r#"{"error":"invalid_grant","error_description":"no client credentials user enabled"}"#;
    insta::assert_snapshot!(explained(&[], token), @"
    The command failed: the app at the provider has no user that it runs as. In Salesforce, edit the app's policies: switch on the client credentials flow and choose the user to run as. (The provider says: no client credentials user enabled; invalid_grant; HTTP 400) [BAD_GRANT]

    Code BAD_GRANT
    Kind invalidConfiguration
    Who can mend it administrator
    Known from inferred
    Provider's code invalid_grant
    HTTP status 400 (assumed: say it with --status)
    ");
}

#[test]
fn an_error_is_explained_from_all_that_curl_prints() {
    let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/2 409 \r\ncontent-type: text/html\r\nx-request-id: r-7\r\n\r\n\
                  {\"detail\":\"REQUIRED_FIELD_MISSING:Required fields are missing: [LastName];\"}";
    insta::assert_snapshot!(explained(&["--command", "account-create"], answer), @"
    Creating the account failed: the provider needs a value for familyName. Add the attribute that the provider names to the create profile of the source. (The provider says: Required fields are missing: [LastName]; REQUIRED_FIELD_MISSING; HTTP 409; request r-7) [REQUIRED_FIELD_MISSING]

    Code REQUIRED_FIELD_MISSING
    Kind invalidRequest
    Who can mend it administrator
    Known from Salesforce, REST API Developer Guide: SCIM
    Provider's code REQUIRED_FIELD_MISSING
    Attribute familyName
    HTTP status 409
    ");
    insta::assert_snapshot!(explained(&[], "HTTP/1.1 200 OK\r\n\r\n<html><title>Sign in</title></html>"), @r#"
    The command failed: the provider answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (a page titled "Sign in") [NOT_SCIM]

    Code NOT_SCIM
    Kind invalidResponse
    Who can mend it administrator
    Known from the connector's own
    HTTP status 200
    "#);
}

#[test]
fn a_message_of_the_connector_is_explained_by_its_code() {
    let wire = r#"{"type":"error","data":{"type":"generic","kind":"generic","code":"BUSY","message":"All 64 sources that this service keeps are at work. Try again later. [BUSY]","requestId":"r"}}"#;
    insta::assert_snapshot!(explained(&[], wire), @"
    All 64 sources that this service keeps are at work. Try again later. [BUSY]

    Code BUSY
    Kind generic
    Who can mend it nobody: try later
    Known from the connector's own
    ");
}

#[test]
fn nothing_is_explained_from_nothing() {
    run(&["explain"], " \n").assert_fails(2, "there is nothing to explain");
    run(&["explain", "/nowhere/error.json"], "").assert_fails(2, "cannot be read");
    assert!(explained(&["--status", "429"], "").contains("[RATE_LIMIT]"));
}

#[test]
fn all_errors_are_listed() {
    let page = run(&["explain", "--list", "--markdown"], "");
    assert_eq!((page.code, page.out.as_str()), (0, include_str!("../../docs/ERRORS.md")));
    let list = run(&["explain", "--list"], "").out;
    for code in ["LICENSE_LIMIT", "DUPLICATE_USERNAME", "BUSY", "UNEXPECTED_ANSWER"] {
        assert!(list.contains(code), "{code}");
    }
}
