//! Providers that fail in the middle: a list ends visibly broken, never as if it were whole.

use super::harness::{Bench, Service, invocation, with, without_ports};
use super::upstream::{Reply, Upstream, user};
use http::StatusCode;
use scim_connector::sandbox::{Effect, Fault, Options};
use serde_json::{Value, json};
use std::time::Duration;

/// A provider that dies between two pages.
#[tokio::test]
async fn a_provider_that_ends_in_the_middle_of_a_list_breaks_the_body() {
    let bench = Bench::start(Options { users: 2_000, latency: Duration::from_millis(5), ..Options::default() }).await;
    let settings = json!({"concurrency": 1, "pageSize": 20, "maxRetries": 0});
    let list = invocation("std:account:list", json!({}), &bench.config(settings));
    let mut answer = bench.service.open(list).await;
    answer.line().await;
    bench.sandbox.stop().await;
    let answer = answer.rest().await;
    let failure = answer.late_failure();
    assert!(["UNREACHABLE", "CONNECTION_BROKEN"].contains(&failure.code.as_str()), "{failure:?}");
    assert!((20..2_000).contains(&answer.given_out().len()));
    bench.service.assert_lives().await;
}

#[tokio::test]
async fn a_page_that_fails_ends_the_list_after_the_pages_before_it() {
    let bench = Bench::with_users(450).await;
    bench.fail(Fault::new("startIndex=399", answer(403, r#"[{"errorCode":"API_DISABLED_FOR_ORG"}]"#)));
    let answer = bench.run("std:account:list", json!({})).await;
    assert_eq!(answer.given_out().len(), 399);
    insta::assert_snapshot!(answer.late_failure().shown(), @"generic/insufficientPermission: Listing accounts failed: the provider's API is switched off for this org. Ask the provider's administrator to switch the API on; Professional Edition has it only as an extra. (The provider says: API_DISABLED_FOR_ORG; HTTP 403) [API_DISABLED]");
}

#[tokio::test]
async fn a_connection_that_is_closed_once_costs_nothing() {
    let bench = Bench::with_users(450).await;
    bench.fail(Fault { times: Some(1), ..Fault::new("startIndex=200", Effect::Close) });
    assert_eq!(bench.run("std:account:list", json!({})).await.outputs().len(), 450);
}

/// Accounts without the groups that could not be read would look like revoked access.
#[tokio::test]
async fn a_sweep_over_groups_that_fails_fails_the_account_list_before_its_first_line() {
    let bench = Bench::start(Options { users: 300, groups: 250, ..Options::default() }).await;
    let settings = json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url(), "groupMembership": "auto"});
    let whole = bench.run_with("std:account:list", json!({}), settings.clone()).await;
    assert_eq!(whole.outputs().len(), 300);

    bench.fail(Fault { after: 1, ..Fault::new("/Groups", answer(500, "boom")) });
    let answer = bench.run_with("std:account:list", json!({}), settings.clone()).await;
    insta::assert_snapshot!(answer.failure().shown(), @"generic/generic: Listing accounts (reading the members of all groups) failed: the provider has a fault of its own. Try again later; if it stays so, give the provider's support the time and the request id. (The provider says: boom; HTTP 500) [PROVIDER_UNAVAILABLE]");
    assert_eq!(answer.given_out().len(), 0);

    let without_groups = json!({"schema": {"attributes": [{"name": "userName"}]}});
    let answer = bench.run_with("std:account:list", without_groups, settings).await;
    assert_eq!(answer.outputs().len(), 300, "no groups are wanted, so none are read");
}

#[tokio::test]
async fn a_list_without_access_fails_before_its_first_line() {
    let bench = Bench::with_users(3).await;
    bench.fail(Fault::new("/Users", answer(403, r#"{"detail":"no"}"#)));
    for (command, input) in [
        ("std:account:list", json!({})),
        ("std:account:read", super::harness::key("005RM000002FD0bYAG")),
        ("std:account:read", super::harness::key("ada@example.com")),
    ] {
        let failure = bench.run(command, input).await.failure();
        assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("FORBIDDEN", "generic"), "{command}");
    }
}

/// Who does not read on is not waited for, and the provider is not asked any more.
#[tokio::test]
async fn a_list_that_nobody_reads_any_more_is_given_up() {
    let bench = Bench::start(Options { users: 2_000, latency: Duration::from_millis(5), ..Options::default() }).await;
    let list = invocation("std:account:list", json!({}), &bench.config(json!({"concurrency": 1, "pageSize": 20})));
    let mut answer = bench.service.open(list).await;
    answer.line().await;
    drop(answer);
    // It ends when no command runs any more.
    bench.service.shut_down().await;
    assert!((1..100).contains(&bench.requests_to("/Users")), "all pages were read");
}

/// The platform takes no longer lines, so an account that needs one cannot be told; cutting it would revoke access.
#[tokio::test]
async fn an_account_that_fits_in_no_line_fails_the_list() {
    let groups: Vec<Value> = (0..20_000).map(|number| json!({"value": format!("00G{number:015}")})).collect();
    let users = json!({"totalResults": 2, "Resources": [user("u1"), with(&user("u2"), json!({"groups": groups}))]});
    let upstream = Upstream::start(move |_| Reply::json(200, &users)).await;
    let answer = Service::start().await.invoke("std:account:list", json!({}), &upstream.config(json!({}))).await;
    insta::assert_snapshot!(answer.failure().shown(), @r#"generic/invalidResponse: Listing accounts: the object "u2" is too large for the platform: a line of 420215 bytes is longer than the platform's limit of 262144. Ask for fewer attributes in the source's schema. [LINE_TOO_LONG]"#);
}

/// Nobody reads JSON of any depth: the one resource is named, and no account is left out.
#[tokio::test]
async fn an_account_that_is_nested_too_deep_fails_the_list() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let body = format!(r#"{{"totalResults":2,"Resources":[{},{{"id":"u2","x":{deep}}}]}}"#, user("u1"));
    let upstream =
        Upstream::start(move |_| Reply { status: 200, content_type: "application/scim+json", body: body.clone() })
            .await;
    let answer = Service::start().await.invoke("std:account:list", json!({}), &upstream.config(json!({}))).await;
    insta::assert_snapshot!(answer.failure().shown(), @"generic/invalidResponse: Listing accounts failed: 127.0.0.1:PORT answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (application/scim+json: the resource at startIndex 2: it is nested deeper than 128 levels (line 1, column 142)) [NOT_SCIM]");
}

/// A daily quota that is used up is no reason to wait, nor to send the same again.
#[tokio::test]
async fn a_used_up_quota_is_said_at_once() {
    let bench = Bench::with_users(3).await;
    let body = r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
    bench.fail(Fault::new("/Users", answer(403, body)));
    let failure = bench.run("std:account:list", json!({})).await.failure();
    insta::assert_snapshot!(without_ports(&failure.message), @"Listing accounts failed: the provider's limit of requests for this period is used up. Wait until the period ends (Salesforce counts 24 hours), or ask the provider's administrator for a higher limit. (The provider says: TotalRequests Limit exceeded; REQUEST_LIMIT_EXCEEDED; HTTP 403) [REQUEST_LIMIT]");
    assert_eq!(bench.requests_to("/Users"), 1);
}

fn answer(status: u16, body: &str) -> Effect {
    Effect::Answer { status: StatusCode::from_u16(status).unwrap(), body: body.to_owned() }
}
