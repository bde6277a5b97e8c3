//! A refresh token that the provider replaces goes back to the platform, once, and to nobody else.

use super::binary::run_beside;
use super::harness::{Answer, Service, with};
use super::upstream::{Reply, Upstream};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gives out a refresh token with each token, of which only the last is taken. The API answers as `users` says, to the
/// token's number.
pub async fn rotating(users: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Upstream {
    let number = AtomicUsize::new(1);
    Upstream::start(move |asked| match asked.path.as_str() {
        "/token" if !asked.body.contains(&format!("refresh-canary-{}-end", number.load(Ordering::SeqCst))) => {
            Reply::json(400, &json!({"error": "invalid_grant", "error_description": asked.body}))
        }
        "/token" => {
            let next = number.fetch_add(1, Ordering::SeqCst) + 1;
            Reply::json(
                200,
                &json!({"access_token": format!("t{next}"), "refresh_token": token(next), "expires_in": 3600}),
            )
        }
        _ => users(asked.header("authorization").trim_start_matches("Bearer t").parse().unwrap()),
    })
    .await
}

pub fn token(number: usize) -> String {
    format!("refresh-canary-{number}-end")
}

pub fn settings(upstream: &Upstream, refresh_token: &str) -> Value {
    upstream.config(json!({
        "authType": "oauth2", "grantType": "refreshToken", "tokenUrl": format!("{}/token", upstream.url()), "clientId": "c",
        "refreshToken": refresh_token, "provider": "salesforce",
    }))
}

pub async fn list(service: &Service, upstream: &Upstream, refresh_token: &str) -> Answer {
    service.invoke("std:account:list", json!({}), &settings(upstream, refresh_token)).await
}

fn lines(answer: &Answer) -> Vec<String> {
    answer.lines.iter().map(|line| format!("{} {}", line["type"].as_str().unwrap(), line["data"][0]["value"])).collect()
}

#[tokio::test]
async fn it_is_told_once_before_the_first_output() {
    let upstream = rotating(|_| Reply::users(1, ["u1"])).await;
    let service = Service::start().await;
    let answer = list(&service, &upstream, &token(1)).await;
    assert_eq!(lines(&answer), [r#"config "refresh-canary-2-end""#, "output null"]);
    assert_eq!(answer.lines[0]["data"], json!([{"op": "replace", "path": "/refreshToken", "value": token(2)}]));
    // Whoever brings the new one, or still the old one, is at the same source: no token is fetched.
    for brought in [token(2), token(1), token(2)] {
        assert_eq!(lines(&list(&service, &upstream, &brought).await), ["output null"]);
    }
    assert_eq!(upstream.count(&http::Method::POST, "/token"), 1);
}

#[tokio::test]
async fn a_list_without_results_tells_it() {
    let upstream = rotating(|_| Reply::users(0, [""; 0])).await;
    let answer = list(&Service::start().await, &upstream, &token(1)).await;
    assert_eq!(lines(&answer), [r#"config "refresh-canary-2-end""#]);
}

/// The failure stays an early one, and the token is not lost.
#[tokio::test]
async fn after_a_failure_it_goes_out_with_the_next_success() {
    let failing = AtomicUsize::new(1);
    let upstream =
        rotating(move |_| match failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Reply::error(403, "refresh-canary-2-end and refresh-canary-1-end are known here"),
            Err(_) => Reply::users(1, ["u1"]),
        })
        .await;
    let service = Service::start().await;
    let failure = list(&service, &upstream, &token(1)).await.failure();
    assert!(failure.code == "FORBIDDEN" && !failure.message.contains("canary"), "{}", failure.message);
    let answer = list(&service, &upstream, &token(1)).await;
    assert_eq!(lines(&answer), [r#"config "refresh-canary-2-end""#, "output null"]);
}

#[tokio::test]
async fn a_late_failure_comes_after_it() {
    // The second page finds the token refused; with the one after it the third fails.
    let ids = super::upstream::ids(2);
    let asked = AtomicUsize::new(0);
    let upstream = rotating(move |number| match (number, asked.fetch_add(1, Ordering::SeqCst)) {
        (2, 0) => Reply::users(2, &ids[..1]),
        (2, _) => Reply::error(401, "no more"),
        _ => Reply::error(403, "no further"),
    })
    .await;
    let answer = list(&Service::start().await, &upstream, &token(1)).await;
    answer.late_failure();
    let expected =
        [r#"config "refresh-canary-2-end""#, "output null", r#"config "refresh-canary-3-end""#, "error null"];
    assert_eq!(lines(&answer), expected);
}

/// Some invocations bring what was told last, and some still what there was at first, as from a file of the operator's.
#[tokio::test]
async fn a_source_is_found_after_many_rotations() {
    let last = AtomicUsize::new(0);
    let upstream = rotating(move |number| match last.swap(number, Ordering::SeqCst) {
        before if before == number => Reply::error(401, "used up"),
        _ => Reply::users(1, ["u1"]),
    })
    .await;
    let service = Service::start().await;
    let mut newest = token(1);
    for turn in 1..=12 {
        for brought in [newest.clone(), token(1)] {
            let answer = list(&service, &upstream, &brought).await;
            assert_eq!(answer.outputs().len(), 1, "turn {turn}");
            newest = answer.lines[0]["data"][0]["value"].as_str().unwrap().to_owned();
        }
    }
    assert_eq!(newest, token(25));
}

#[tokio::test]
async fn a_person_at_the_command_line_is_shown_what_to_keep() {
    let upstream = rotating(|_| Reply::users(1, ["u1"])).await;
    let config = settings(&upstream, &token(1)).to_string();
    let ran = run_beside(&["invoke", "account-list", "--config-json", &config], "").await;
    assert_eq!(ran.results().len(), 1);
    let shown = r#"put it into the source's settings: {"refreshToken":"refresh-canary-2-end"}"#;
    assert!(ran.err.contains(shown), "{}", ran.err);

    let (config, service) = (settings(&upstream, &token(2)).to_string(), Service::start().await);
    let ran = run_beside(&["invoke", "account-list", "--config-json", &config, "--url", &service.url()], "").await;
    assert_eq!(ran.results().len(), 1);
    assert!(ran.err.contains(r#"settings: {"refreshToken":"refresh-canary-3-end"}"#), "{}", ran.err);
}

/// The process ends with the failure, and the token would be lost with it.
#[tokio::test]
async fn a_person_whose_command_fails_is_shown_it_too() {
    let upstream = rotating(|_| Reply::error(403, "no")).await;
    let config = settings(&upstream, &token(1)).to_string();
    let ran = run_beside(&["invoke", "account-list", "--config-json", &config], "").await;
    ran.assert_fails(1, "FORBIDDEN");
    let shown = r#"put it into the source's settings: {"refreshToken":"refresh-canary-2-end"}"#;
    assert!(ran.err.contains(shown), "{}", ran.err);
}

/// While a list runs, say, somebody changes the concurrency: both go on with one refresh token.
#[tokio::test]
async fn another_setting_makes_no_second_use_of_it() {
    let upstream = rotating(|_| Reply::users(1, ["u1"])).await;
    let service = Service::start().await;
    list(&service, &upstream, &token(1)).await.outputs();
    for (number, changed) in
        [json!({"concurrency": 3}), json!({"maxRetries": 1}), json!({"customHeaders": {"X-A": "b"}})]
            .into_iter()
            .enumerate()
    {
        let config = with(&settings(&upstream, &token(1 + number % 2)), changed);
        service.invoke("std:account:list", json!({}), &config).await.output();
    }
    assert_eq!(upstream.count(&http::Method::POST, "/token"), 1);
}
