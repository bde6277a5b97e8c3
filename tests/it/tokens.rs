//! Tokens: fetched once, shared by what has the same settings, renewed when they are refused or run out.

use super::harness::{Bench, Service, pass, with};
use futures::future::join_all;
use scim_connector::clock::Clock;
use scim_connector::sandbox::{CLIENT_SECRET, Options};
use serde_json::json;
use std::time::Duration;

const LIST: &str = "std:entitlement:list";

fn groups() -> serde_json::Value {
    json!({"type": "group"})
}

#[tokio::test]
async fn two_commands_in_a_row_fetch_one_token() {
    let bench = Bench::with_users(3).await;
    for _ in 0..2 {
        bench.run("std:account:list", json!({})).await.outputs();
    }
    assert_eq!(bench.sandbox.tokens_issued(), 1);
}

#[tokio::test]
async fn ten_commands_at_once_with_nothing_cached_fetch_one_token() {
    let bench = Bench::with_users(3).await;
    let answers = join_all((0..10).map(|_| bench.run("std:account:list", json!({})))).await;
    assert!(answers.iter().all(|answer| answer.outputs().len() == 3));
    assert_eq!(bench.sandbox.tokens_issued(), 1);
}

#[tokio::test]
async fn a_revoked_token_costs_one_renewal_and_no_command() {
    let bench = Bench::with_users(3).await;
    bench.run(LIST, groups()).await.outputs();
    bench.sandbox.revoke_tokens();
    let answers = join_all((0..10).map(|_| bench.run(LIST, groups()))).await;
    assert!(answers.iter().all(|answer| answer.outputs().len() == 5));
    assert_eq!(bench.sandbox.tokens_issued(), 2);
}

#[tokio::test]
async fn a_token_that_is_revoked_in_the_middle_of_a_list_is_renewed() {
    let bench = Bench::start(Options { users: 3_000, latency: Duration::from_millis(2), ..Options::default() }).await;
    let list = super::harness::invocation("std:account:list", json!({}), &bench.config(json!({"concurrency": 1})));
    let mut answer = bench.service.open(list).await;
    answer.line().await;
    bench.sandbox.revoke_tokens();
    assert_eq!(answer.rest().await.outputs().len(), 3_000);
    assert_eq!(bench.sandbox.tokens_issued(), 2);
}

#[tokio::test]
async fn a_token_that_has_run_out_is_not_sent() {
    let bench = at_a_time_of_its_own(Duration::from_mins(10)).await;
    let settings = json!({"tokenLifetimeSeconds": 600});
    bench.run_with(LIST, groups(), settings.clone()).await.outputs();
    pass(Duration::from_mins(11)).await;
    bench.run_with(LIST, groups(), settings).await.outputs();
    assert_eq!((bench.sandbox.tokens_issued(), bench.requests_to("/Groups")), (2, 2));
}

#[tokio::test]
async fn a_token_that_runs_out_sooner_than_the_settings_say_is_renewed() {
    let bench = at_a_time_of_its_own(Duration::from_mins(10)).await;
    bench.run(LIST, groups()).await.outputs();
    pass(Duration::from_mins(11)).await;
    bench.run(LIST, groups()).await.outputs();
    assert_eq!((bench.sandbox.tokens_issued(), bench.requests_to("/Groups")), (2, 3), "one request was refused");
}

async fn at_a_time_of_its_own(token_lifetime: Duration) -> Bench {
    let clock = Clock::starting_at("2026-05-04T03:02:01Z".parse().unwrap());
    Bench::with_clock(Options { token_lifetime, ..Options::default() }, clock).await
}

#[tokio::test]
async fn sources_with_other_settings_do_not_share_a_token() {
    let bench = Bench::with_users(3).await;
    bench.run(LIST, groups()).await.outputs();
    bench.run_with(LIST, groups(), json!({"spConnectorInstanceId": "another", "unknown": 1})).await.outputs();
    assert_eq!(bench.sandbox.tokens_issued(), 1, "what is no setting makes no other source");
    bench.run_with(LIST, groups(), json!({"clientAuthentication": "header"})).await.outputs();
    assert_eq!(bench.sandbox.tokens_issued(), 2);
    bench.run_with(LIST, groups(), json!({"customHeaders": [{"key": "X-Tenant", "value": "a"}]})).await.outputs();
    bench.run_with(LIST, groups(), json!({"customHeaders": [{"key": "X-Tenant", "value": "b"}]})).await.outputs();
    assert_eq!(bench.sandbox.tokens_issued(), 4);
}

/// The worst that a shared token could do: let in somebody with a wrong secret.
#[tokio::test]
async fn a_cached_token_lets_nobody_in_who_has_another_secret() {
    let bench = Bench::with_users(3).await;
    bench.run(LIST, groups()).await.outputs();
    let wrong = json!({"clientSecret": format!("{CLIENT_SECRET} ")});
    let failure = bench.run_with(LIST, groups(), wrong).await.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("BAD_CREDENTIALS", "invalidConfiguration"));
    bench.run(LIST, groups()).await.outputs();
    assert_eq!(bench.sandbox.tokens_issued(), 1);
}

/// More sources than are kept at once: each works, and one that was put away starts again.
#[tokio::test]
async fn more_sources_than_are_kept() {
    let bench = Bench::with_users(3).await;
    for number in (0..70).chain([0]) {
        let settings = json!({"customHeaders": {"X-Tenant": number.to_string()}});
        bench.run_with(LIST, groups(), settings).await.outputs();
    }
    assert_eq!(bench.sandbox.tokens_issued(), 71);
}

#[tokio::test]
async fn services_do_not_share_tokens() {
    let bench = Bench::with_users(3).await;
    bench.run(LIST, groups()).await.outputs();
    Service::start().await.invoke(LIST, groups(), &with(&bench.config(json!({})), json!({}))).await.outputs();
    assert_eq!(bench.sandbox.tokens_issued(), 2);
}
