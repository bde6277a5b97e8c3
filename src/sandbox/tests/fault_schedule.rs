//! `/faults` of a running sandbox: set, shown, ended, and out of reach of web pages.

use super::{Answer, Bench};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

/// A request as a person's own client sends it, with these headers besides.
async fn ask(bench: &Bench, method: Method, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri("/faults");
    let has = |name: &str| headers.iter().any(|(key, _)| *key == name);
    if !has("host") {
        request = request.header("host", "127.0.0.1:8080");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    bench.send(request.body(body.to_owned().into()).unwrap()).await
}

async fn post(bench: &Bench, schedule: &Value) -> Answer {
    ask(bench, Method::POST, &[("content-type", "application/json")], &schedule.to_string()).await
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_set_shown_and_ended() {
    let bench = Bench::with_users(3).await;
    let schedule = json!({
        "seed": 3, "rateLimit": {"perSecond": 100}, "capacity": {"atOnce": 9, "latencyMs": 5},
        "faults": [
            {"name": "busy", "method": "GET", "route": "/Users", "nth": 1,
             "effect": {"type": "answer", "status": 503}, "headers": {"Retry-After": "2"}},
            {"query": "count=2", "probability": 0.5, "effect": {"type": "dropRows", "rows": 1}},
        ],
    });
    let set = post(&bench, &schedule).await;
    assert_eq!(bench.get("Users").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(bench.get("Users").await.status, StatusCode::OK);
    let shown = ask(&bench, Method::GET, &[], "").await;
    insta::assert_snapshot!(shown.shown(), @r#"
    200 application/json;charset=UTF-8
    {"seed":3,"rateLimit":{"perSecond":100,"retryAfter":null,"fired":0},"capacity":{"atOnce":9,"latencyMs":5,"fired":0},"faults":[{"name":"busy","method":"GET","route":"/Users","times":1,"effect":{"type":"answer","status":503,"body":""},"headers":{"retry-after":"2"},"fired":1},{"name":"faults[1]","query":"count=2","probability":0.5,"effect":{"type":"dropRows","rows":1},"fired":0}]}
    "#);
    assert_eq!(set.json(), {
        let mut before = shown.json();
        before["faults"][0]["fired"] = json!(0);
        before
    });

    let ended = ask(&bench, Method::DELETE, &[], "").await;
    assert_eq!((ended.status, ended.json()), (StatusCode::OK, shown.json()));
    insta::assert_snapshot!(ask(&bench, Method::GET, &[], "").await.body, @r#"{"seed":0,"faults":[]}"#);
    assert_eq!(bench.app.log.seen().len(), 3, "none of these requests is one of the provider's");
}

#[tokio::test(start_paused = true)]
async fn a_new_schedule_takes_the_place_of_the_old_and_a_wrong_one_does_not() {
    let bench = Bench::with_users(3).await;
    let everything = json!({"faults": [{"name": "all", "effect": {"type": "answer", "status": 500}}]});
    post(&bench, &everything).await;
    assert_eq!(bench.get("Users").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let wrong =
        json!({"faults": [{"nth": 0, "effect": {"type": "explode"}}, {"effect": {"type": "close", "when": 1}}]});
    insta::assert_snapshot!(post(&bench, &wrong).await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"problems":["faults[0].nth: must be a whole number from 1 to 4294967295","faults[0].effect.type: is \"explode\"; one of answer, htmlPage, close, loseAnswer, stall, truncate, drip, enlarge, deepen, revokeTokens, repeatRows, dropRows, shiftPage, changeTotal, emptyPage, loseView, ignoreFilter, ignoreStartIndex","faults[1].effect.when: is not known here; one of type"]}
    "#);
    let report = ask(&bench, Method::GET, &[], "").await.json();
    assert_eq!(report["faults"][0]["fired"], 1, "faults do not meet the requests that ask about them");
    assert_eq!(post(&bench, &everything).await.json()["faults"][0]["fired"], 0);
}

#[rstest::rstest]
#[case::a_web_page(&[("content-type", "application/json"), ("origin", "http://localhost:8080")], 403)]
#[case::another_name(&[("content-type", "application/json"), ("host", "rebound.example:8080")], 403)]
#[case::a_name_in_front(&[("content-type", "application/json"), ("host", "rebound.example@127.0.0.1")], 403)]
#[case::a_form(&[("content-type", "text/plain")], 415)]
#[case::no_type(&[], 415)]
#[case::by_name(&[("content-type", "application/json; charset=utf-8"), ("host", "localhost:8080")], 200)]
#[case::by_the_newer_address(&[("content-type", "application/json"), ("host", "[::1]:8080")], 200)]
#[tokio::test(start_paused = true)]
async fn who_may_set_faults(#[case] headers: &[(&str, &str)], #[case] expected: u16) {
    let bench = Bench::with_users(3).await;
    let schedule = r#"{"faults":[{"effect":{"type":"close"}}]}"#;
    let answer = ask(&bench, Method::POST, headers, schedule).await;
    assert_eq!((answer.status.as_u16(), bench.app.faults.fired().len()), (expected, usize::from(expected == 200)));
    if expected == 403 {
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(ask(&bench, method, headers, "").await.status, StatusCode::FORBIDDEN);
        }
    }
}

#[rstest::rstest]
#[case::no_json("{", StatusCode::BAD_REQUEST, "the schedule: is not JSON")]
#[case::too_large(&" ".repeat(2_000_000), StatusCode::PAYLOAD_TOO_LARGE, "the schedule is too large")]
#[tokio::test(start_paused = true)]
async fn what_is_no_schedule_is_refused(#[case] body: &str, #[case] status: StatusCode, #[case] says: &str) {
    let bench = Bench::with_users(3).await;
    let answer = ask(&bench, Method::POST, &[("content-type", "application/json")], body).await;
    assert_eq!(answer.status, status);
    assert!(answer.json()["problems"][0].as_str().unwrap().starts_with(says), "{}", answer.body);
}
