//! Answers that fail: each effect as it is seen, which requests it meets, and the limits of the whole server.

use super::{Bench, ids_of};
use crate::sandbox::{Capacity, Effect, Fault, Options, RateLimit, Schedule};
use axum::body::Body;
use futures::StreamExt as _;
use futures::future::join_all;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt as _;

fn with_header(name: HeaderName, value: &'static str, fault: Fault) -> Fault {
    Fault { headers: HeaderMap::from_iter([(name, HeaderValue::from_static(value))]), ..fault }
}

fn fired(bench: &Bench) -> u64 {
    bench.app.faults.fired()[0].1
}

#[tokio::test(start_paused = true)]
async fn another_answer_takes_the_place_of_the_right_one() {
    let bench = Bench::with_users(3).await;
    let busy = Effect::Answer { status: StatusCode::TOO_MANY_REQUESTS, body: r#"{"detail":"busy"}"#.to_owned() };
    bench.app.faults.add(with_header(RETRY_AFTER, "7", Fault::new("/Users", busy)));
    let answer = bench.get("Users").await;
    assert_eq!(answer.headers[RETRY_AFTER], "7");
    insta::assert_snapshot!(answer.shown(), @r#"
    429 application/json;charset=UTF-8
    {"detail":"busy"}
    "#);
    assert_eq!(fired(&bench), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_to_sign_in_on_comes_with_success() {
    let bench = Bench::with_users(3).await;
    bench.app.faults.add(Fault::new("/Users", Effect::HtmlPage));
    insta::assert_snapshot!(bench.get("Users").await.shown(), @r#"
    200 text/html;charset=UTF-8
    <!DOCTYPE html>
    <html><head><title>Sign in</title></head><body><h1>Sign in</h1><form method="post"><input name="user"><input name="password"></form></body></html>
    "#);
    assert_eq!(fired(&bench), 1);
}

#[tokio::test(start_paused = true)]
async fn a_right_answer_has_the_headers_of_its_fault() {
    let bench = Bench::with_users(3).await;
    let right = bench.get("Users").await;
    bench.app.faults.add(with_header(CONTENT_TYPE, "text/plain", Fault::new("/Users", Effect::HeadersOnly)));
    let answer = bench.get("Users").await;
    assert_eq!((&answer.body, answer.headers.get_all(CONTENT_TYPE).iter().count()), (&right.body, 1));
    assert_eq!(answer.headers[CONTENT_TYPE], "text/plain");
    assert_eq!(fired(&bench), 1);
}

#[tokio::test(start_paused = true)]
async fn a_large_body_is_the_right_one_and_blanks() {
    let bench = Bench::with_users(3).await;
    let right = bench.get("Users").await;
    bench.app.faults.add(Fault::new("/Users", Effect::Enlarge { bytes: 1_000_000 }));
    let answer = bench.get("Users").await;
    assert_eq!((answer.body.len(), answer.json()), (1_000_000, right.json()));
    assert_eq!(answer.headers.get(CONTENT_LENGTH), None, "nothing warns of the size");
    assert_eq!(fired(&bench), 1);
}

#[rstest::rstest]
#[case::in_a_list("Users", "/Resources/0/deep")]
#[case::in_a_resource("Users/005RM000002FD0bYAG", "/deep")]
#[tokio::test(start_paused = true)]
async fn a_deep_body_has_arrays_inside_one_another(#[case] target: &str, #[case] place: &str) {
    let bench = Bench::with_users(3).await;
    let right = bench.get(target).await.body;
    bench.app.faults.add(Fault { times: Some(1), ..Fault::new("/Users", Effect::Deepen { depth: 5_000 }) });
    let deep = bench.get(target).await.body;
    let member = format!("\"deep\":{}{},", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(deep.replace(&member, ""), right);
    assert_eq!(fired(&bench), 1);
    bench.app.faults.add(Fault::new("/Users", Effect::Deepen { depth: 3 }));
    assert_eq!(bench.get(target).await.json().pointer(place).unwrap().to_string(), "[[[]]]");
}

#[tokio::test(start_paused = true)]
async fn a_body_drips() {
    let bench = Bench::with_users(3).await;
    let length = bench.get("Users").await.body.len();
    bench.app.faults.add(Fault::new("/Users", Effect::Drip { bytes: 300, every: Duration::from_secs(2) }));
    let uri = format!("{}/Users", bench.app.base_url());
    let request = Request::get(uri).header("authorization", format!("Bearer {}", bench.token));
    let response = bench.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[CONTENT_LENGTH], length.to_string());
    let started = Instant::now();
    let pieces: Vec<usize> = response.into_body().into_data_stream().map(|piece| piece.unwrap().len()).collect().await;
    assert_eq!(pieces.iter().sum::<usize>(), length);
    assert!(pieces.len() > 3 && pieces[..pieces.len() - 1].iter().all(|piece| *piece == 300), "{pieces:?}");
    assert_eq!(started.elapsed().as_secs(), 2 * (pieces.len() as u64 - 1));
    assert_eq!(fired(&bench), 1);
}

#[rstest::rstest]
#[case(Effect::Truncate { bytes: 1, chunked: false })]
#[case(Effect::Drip { bytes: 1, every: Duration::from_secs(2) })]
#[case(Effect::Enlarge { bytes: 100 })]
#[case(Effect::Deepen { depth: 3 })]
#[tokio::test(start_paused = true)]
async fn what_has_no_body_cannot_have_a_wrong_one(#[case] effect: Effect) {
    let bench = Bench::rfc().await;
    bench.app.faults.add(Fault { method: Some(Method::DELETE), ..Fault::new("", effect) });
    let user = ids_of(&bench.list("Users").await)[0].clone();
    let answer = bench.scim(Method::DELETE, &format!("Users/{user}"), Body::empty()).await;
    assert_eq!((answer.status, answer.body.as_str(), fired(&bench)), (StatusCode::NO_CONTENT, "", 0));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_revoked_in_the_middle() {
    let mut bench = Bench::with_users(3).await;
    bench.app.faults.add(Fault { after: 1, times: Some(1), ..Fault::new("/Users", Effect::RevokeTokens) });
    let mut statuses = Vec::new();
    for target in ["Users", "Users", "Groups"] {
        statuses.push(bench.get(target).await.status.as_u16());
    }
    bench.token = bench.fresh_token().await;
    statuses.push(bench.get("Users").await.status.as_u16());
    assert_eq!(statuses, [200, 401, 401, 200]);
    assert_eq!(fired(&bench), 1);
}

#[tokio::test(start_paused = true)]
async fn faults_count_by_themselves_and_the_first_that_is_due_counts() {
    let bench = Bench::with_users(3).await;
    let answer = |status: u16| Effect::Answer { status: StatusCode::from_u16(status).unwrap(), body: String::new() };
    bench.app.faults.add(Fault { after: 1, times: Some(2), ..Fault::new("/Users", answer(500)).named("first") });
    bench.app.faults.add(Fault { after: 1, times: Some(1), ..Fault::new("/Users", answer(503)) });
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(bench.get("Users").await.status.as_u16());
    }
    assert_eq!(statuses, [200, 500, 500, 503, 200]);
    let named = |name: &str, times| (name.to_owned(), times);
    assert_eq!(bench.app.faults.fired(), [named("first", 2), named("faults[1]", 1)]);
}

#[tokio::test(start_paused = true)]
async fn beyond_the_rate_requests_are_refused() {
    let bench = Bench::with_users(3).await;
    let limit = |retry_after| Some(RateLimit { per_second: 4, retry_after });
    bench.app.faults.replace(Schedule { rate_limit: limit(Some(1)), ..Schedule::default() });
    let admitted = async || join_all((0..10).map(|_| bench.get("Users?count=0"))).await;
    let count = |answers: &[super::Answer]| answers.iter().filter(|answer| answer.status == StatusCode::OK).count();

    let answers = admitted().await;
    assert_eq!(count(&answers), 4, "after a pause a second's worth at once");
    insta::assert_snapshot!(answers[9].shown(), @r#"
    429 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Too many requests","status":429}
    "#);
    assert_eq!(answers[9].headers[RETRY_AFTER], "1");
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(count(&admitted().await), 2);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(count(&admitted().await), 4, "no more is saved up");
    assert_eq!(bench.fresh_token().await.len(), bench.token.len(), "tokens are not limited");
    assert_eq!(bench.app.faults.fired(), [("rateLimit".to_owned(), 20)]);

    bench.app.faults.replace(Schedule { rate_limit: limit(None), ..Schedule::default() });
    assert!(admitted().await[9].headers.get(RETRY_AFTER).is_none());
}

#[tokio::test(start_paused = true)]
async fn beyond_the_capacity_requests_wait_for_their_turn() {
    let bench = Bench::new(Options { users: 3, ..Options::default() }).await;
    let capacity = Some(Capacity { at_once: 2, latency: Duration::from_millis(100) });
    bench.app.faults.replace(Schedule { capacity, ..Schedule::default() });
    let started = Instant::now();
    let asked = (0..5).map(|_| async {
        assert_eq!(bench.get("Users?count=0").await.status, StatusCode::OK);
        started.elapsed().as_millis()
    });
    let times: Vec<u128> = join_all(asked).await.into_iter().map(|time| time / 10 * 10).collect();
    assert_eq!(times, [100, 100, 200, 200, 300]);
    assert_eq!(bench.app.faults.fired(), [("capacity".to_owned(), 3)]);
}
