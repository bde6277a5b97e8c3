//! Failures as people and logs get them: a customer's own words, several failures at once, one line in the log.

use super::harness::{Answer, Bench, Service, hurried, invocation, key, update};
use super::secrets::{listen, logged};
use super::upstream::{Reply, Upstream};
use scim_connector::sandbox::{Effect, Fault, Options};
use serde_json::{Value, json};

const ADA: &str = "005RM000002FD0bYAG";

fn forbidden(group: &str) -> Fault {
    let body = json!({"detail": format!("no access to {group}"), "status": 403}).to_string();
    let refusal = Effect::Answer { status: http::StatusCode::FORBIDDEN, body };
    Fault { method: Some(http::Method::PATCH), ..Fault::new(format!("/Groups/{group}"), refusal) }
}

fn groups() -> Vec<String> {
    ["b", "c", "d", "e", "f"].iter().map(|last| format!("00GRM000002FD0{last}2AG")).collect()
}

/// Asks for membership of all groups for an account that is in none; some refuse it.
async fn join_all(bench: &Bench, refusing: &[String]) -> Answer {
    let change = |op: &str, value: Value| json!([{"op": op, "attribute": "groups", "value": value}]);
    bench.run("std:account:update", update(ADA, change("Set", json!([])))).await.outputs();
    for group in refusing {
        bench.fail(forbidden(group));
    }
    bench.run("std:account:update", update(ADA, change("Add", json!(groups())))).await
}

#[tokio::test]
async fn of_five_groups_the_two_that_fail_are_both_named() {
    let bench = Bench::with_users(8).await;
    let account = join_all(&bench, &groups()[3..]).await.output();
    let results = account["results"].as_array().unwrap();
    let told: Vec<&str> = results.iter().map(|result| result["messages"][0]["message"].as_str().unwrap()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for (message, group) in told.iter().zip(groups().iter().skip(3)) {
        assert!(
            message.contains(group) && message.contains("no access to") && message.ends_with(" [FORBIDDEN]"),
            "{message}"
        );
    }
    assert_eq!(account["attributes"]["groups"], json!(groups()[..3]));
}

#[tokio::test]
async fn each_part_that_failed_is_a_line_in_the_log() {
    let bench = Bench::with_users(8).await;
    listen();
    join_all(&bench, &groups()[3..]).await.output();
    let log = logged();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<&Value> = lines.iter().filter(|line| line["message"] == "a part of the command failed").collect();
    assert_eq!(told.len(), 2, "{log}");
    for (line, group) in told.iter().zip(groups().iter().skip(3)) {
        assert_eq!((&line["code"], &line["upstreamStatus"]), (&json!("FORBIDDEN"), &json!(403)));
        assert!(line["upstreamBody"].as_str().unwrap().contains(group.as_str()), "{line}");
        assert!(line["cause"].as_str().unwrap().contains("answered 403"), "{line}");
        assert_eq!(line["commandType"], "std:account:update");
    }
}

#[tokio::test]
async fn where_all_fail_one_message_names_each() {
    let bench = Bench::with_users(8).await;
    let failure = join_all(&bench, &groups()).await.failure();
    assert_eq!(failure.code, "NOT_CHANGED");
    assert!(failure.message.chars().count() <= 1_000);
    for group in groups() {
        failure.assert_says(&group);
    }
    assert_eq!(failure.message.matches("[FORBIDDEN]").count(), 5, "{}", failure.message);
}

#[tokio::test]
async fn a_source_may_say_it_in_its_own_words() {
    // One of the eight accounts is disabled at the start, so that there are no licences left.
    let bench = Bench::start(Options { users: 8, license_limit: Some(7), ..Options::default() }).await;
    let attributes = json!({"userName": "grace@example.com", "email": "grace@example.com", "familyName": "Hopper",
        "profile": "Standard User"});
    for texts in [
        json!([{"key": "LICENSE_LIMIT", "value": "{user}: bitte eine Lizenz beantragen."}]),
        json!({"[license_limit]": "{user}: bitte eine Lizenz beantragen."}),
    ] {
        let (input, settings) = (json!({"attributes": attributes}), json!({"errorMessages": texts}));
        let failure = bench.run_with("std:account:create", input, settings).await.failure();
        insta::allow_duplicates! {
            insta::assert_snapshot!(failure.shown(), @"generic/generic: Creating grace@example.com failed: grace@example.com: bitte eine Lizenz beantragen. (The provider says: license limit exceeded: 7 of 7 user licenses are in use; LICENSE_LIMIT_EXCEEDED; HTTP 409) [LICENSE_LIMIT]");
        }
    }
}

#[tokio::test]
async fn words_for_what_does_not_exist_are_problems_beside_the_others() {
    let service = Service::start().await;
    let texts = json!([{"key": "LICENCE_LIMIT", "value": "x"}, {"key": "TIMEOUT", "value": "{when}"}, {"key": "GONE"}]);
    let config = json!({"baseUrl": "acme", "authType": "none", "errorMessages": texts});
    let failure = service.invoke("std:account:list", json!({}), &config).await.failure();
    insta::assert_snapshot!(failure.shown().replace("; ", ";\n"), @r#"
    generic/invalidConfiguration: The source's settings cannot be used: baseUrl is no URL (relative URL without a base): it must be the SCIM base URL, such as https://acme.my.salesforce.com/services/scim/v2;
    errorMessages must be a list of pairs {"key": name, "value": text};
    errorMessages has the code "LICENCE_LIMIT", which does not exist: did you mean LICENSE_LIMIT or LICENSE_MISMATCH or PROVIDER_LIMIT?;
    errorMessages has {when} in the text for TIMEOUT;
    there are {command} {user} {attribute} {limit} {wait} {host} {target} {status} {problem} {subject} {known}. Correct them in the source's configuration. [INVALID_CONFIGURATION]
    "#);
}

#[tokio::test]
async fn a_failure_is_one_line_in_the_log_with_all_that_led_to_it() {
    let upstream = Upstream::start(|_| {
        Reply::json(503, &json!({"detail": "UNDER_REPAIR:come back", "status": 503, "access_token": "hunter22"}))
    })
    .await;
    let config = upstream.config(json!({"maxRetries": 2}));
    listen();
    let service = Service::start().await;
    let body = invocation("std:account:read", key("u1"), &config);
    hurried(service.post(body)).await.failure();
    let log = logged();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<&Value> = lines.iter().filter(|line| line.to_string().contains("come back")).collect();
    assert_eq!(told.len(), 1, "said more than once: {log}");
    let line = told[0];
    assert_eq!((&line["message"], &line["code"]), (&json!("command failed"), &json!("PROVIDER_UNAVAILABLE")));
    assert_eq!((&line["attempts"], &line["upstreamStatus"]), (&json!(3), &json!(503)));
    assert!(line["upstreamElapsed"].is_u64() && line["elapsed"].is_u64(), "{line}");
    insta::assert_snapshot!(line["upstreamBody"].as_str().unwrap(), @r#"{"detail":"UNDER_REPAIR:come back","status":503,"access_token":"[redacted]"}"#);
    let cause = line["cause"].as_str().unwrap();
    assert!(cause.contains("failed after 3 attempt(s)") && cause.contains("the provider answered 503"), "{cause}");
}
