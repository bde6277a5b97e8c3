//! Requests that start no command: each is told what would be right, and the service lives on.

use super::*;
use client::{Answer, post, post_with, request};
use std::time::Duration;

const LIMIT: usize = 8 * 1024 * 1024;

fn works(_: Invocation) -> Events {
    events(vec![output(1)])
}

/// The answer to `request`; the service must still work after it.
async fn asked(options: Options, request: &str) -> Answer {
    let server = start(options, works).await;
    let answer = Client::connect(&server).await.ask(request).await;
    assert_eq!(Client::connect(&server).await.ask("GET /healthz HTTP/1.1\r\nHost: [::1]:1\r\n\r\n").await.status, 200);
    answer
}

fn with_token() -> Options {
    Options { token: Some("s3cret".into()), ..Options::default() }
}

#[rstest::rstest]
#[case::not_json(post("{"), 400, "INVALID_INVOCATION")]
#[case::no_body(post(""), 400, "INVALID_INVOCATION")]
#[case::no_type(post("{}"), 400, "INVALID_INVOCATION")]
#[case::no_content_type(request("POST /", &["Host: localhost", "Content-Length: 0"], ""), 415, "UNSUPPORTED_MEDIA_TYPE")]
#[case::text(
    request("POST /", &["Host: localhost", "Content-Type: text/plain", "Content-Length: 2"], "{}"),
    415,
    "UNSUPPORTED_MEDIA_TYPE"
)]
#[case::compressed(post_with(&["Content-Encoding: gzip"], "{}"), 415, "UNSUPPORTED_MEDIA_TYPE")]
#[case::nothing_there(request("GET /nothing", &["Host: localhost"], ""), 404, "NO_SUCH_PATH")]
#[case::origin(post_with(&["Origin: https://example.com"], "{}"), 403, "FORBIDDEN_ORIGIN")]
#[case::rebound_name(request("GET /healthz", &["Host: attacker.example"], ""), 403, "FORBIDDEN_ORIGIN")]
#[tokio::test]
async fn a_refusal_has_its_status_and_code(#[case] request: String, #[case] status: u16, #[case] code: &str) {
    let answer = asked(Options::default(), &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
}

#[rstest::rstest]
#[case("PUT /", "POST")]
#[case("DELETE /any/path", "POST")]
#[case("PUT /healthz", "GET, HEAD, POST")]
#[tokio::test]
async fn other_methods_are_told_which_are_known(#[case] line: &str, #[case] allow: &str) {
    let answer = asked(Options::default(), &request(line, &["Host: localhost"], "")).await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(answer.header("allow"), Some(allow));
}

#[tokio::test]
async fn an_answer_says_what_would_be_right() {
    let request = post_with(&["X-Request-Id: r-1"], r#"{"type":7}"#);
    insta::assert_snapshot!(asked(Options::default(), &request).await.body, @r#"{"type":"error","data":{"type":"generic","kind":"invalidRequest","code":"INVALID_INVOCATION","message":"The member \"type\" must be the name of a command, but is a number. README.md shows what an invocation looks like. [INVALID_INVOCATION]","requestId":"r-1"}}"#);
}

#[rstest::rstest]
#[case("POST /", "application/json")]
#[case("POST /connector/invoke-direct?x=1", "Application/JSON; charset=utf-8")]
#[case("POST /healthz", "application/json")]
#[tokio::test]
async fn every_path_takes_invocations(#[case] line: &str, #[case] content_type: &str) {
    let body = r#"{"type":"t"}"#;
    let headers = [&*format!("Content-Type: {content_type}"), "Host: localhost", "Content-Length: 12"];
    assert_eq!(asked(Options::default(), &request(line, &headers, body)).await.status, 200);
}

#[rstest::rstest]
#[case("localhost", 200)]
#[case("LOCALHOST:3000", 200)]
#[case("127.0.0.1:3000", 200)]
#[case("[::1]:3000", 200)]
#[case("127.0.0.1.example.com", 403)]
#[case("localhost@example.com", 403)]
#[case("user@localhost", 403)]
#[case("10.0.0.1", 403)]
#[case("", 403)]
#[case("localhost\r\nHost: localhost", 403)]
#[tokio::test]
async fn without_a_token_the_host_is_this_machine(#[case] host: &str, #[case] status: u16) {
    let request = request("GET /healthz", &[&format!("Host: {host}")], "");
    assert_eq!(asked(Options::default(), &request).await.status, status);
}

#[tokio::test]
async fn insecure_takes_any_host_but_no_web_page() {
    let insecure = || Options { insecure: true, ..Options::default() };
    let ask = |headers: &'static [&str]| async { asked(insecure(), &request("GET /readyz", headers, "")).await.status };
    assert_eq!(ask(&["Host: connector.internal"]).await, 200);
    assert_eq!(ask(&["Host: connector.internal", "Origin: null"]).await, 403);
}

#[rstest::rstest]
#[case("Authorization: Bearer s3cret", 200)]
#[case("Authorization: bearer  s3cret", 200)]
#[case("Authorization: Bearer s3cret2", 401)]
#[case("Authorization: Bearer ", 401)]
#[case("Authorization: Basic s3cret", 401)]
#[case("Authorization: s3cret", 401)]
#[case("Authorization: Bearer s3cret\r\nAuthorization: Bearer s3cret", 401)]
#[case("Cookie: s3cret", 401)]
#[tokio::test]
async fn with_a_token_invocations_need_it(#[case] header: &str, #[case] status: u16) {
    let answer = asked(with_token(), &post_with(&[header], r#"{"type":"t"}"#)).await;
    assert_eq!(answer.status, status);
    if status == 401 {
        assert_eq!((answer.code().as_str(), answer.header("www-authenticate")), ("UNAUTHORIZED", Some("Bearer")));
    }
}

#[tokio::test]
async fn with_a_token_health_needs_none_and_any_host_will_do() {
    let health = request("GET /healthz", &["Host: connector.example", "Origin: https://example.com"], "");
    let answer = asked(with_token(), &health).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
}

#[tokio::test]
async fn without_a_token_any_authorization_is_ignored() {
    let request = post_with(&["Authorization: Bearer of-the-platform"], r#"{"type":"t"}"#);
    assert_eq!(asked(Options::default(), &request).await.status, 200);
}

#[rstest::rstest]
#[case("X-Request-Id: abc/7", Some("abc/7"))]
#[case("X-Request-Id: has space", None)]
#[case("X-Request-Id: ", None)]
#[case(&format!("X-Request-Id: {}", "x".repeat(129)), None)]
#[tokio::test]
async fn a_request_keeps_its_id_or_gets_one(#[case] header: &str, #[case] kept: Option<&str>) {
    let answer = asked(Options::default(), &request("GET /healthz", &["Host: localhost", header], "")).await;
    let id = answer.header("x-request-id").unwrap();
    match kept {
        Some(kept) => assert_eq!(id, kept),
        None => assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}"),
    }
}

#[tokio::test]
async fn a_body_may_fill_the_limit_and_no_byte_more() {
    let start = r#"{"type":"t","pad":""#;
    let body = |length: usize| format!("{start}{}\"}}", "x".repeat(length - start.len() - 2));
    assert_eq!(asked(Options::default(), &post(&body(LIMIT))).await.status, 200);
    // The client sends all of it before it reads, and has its answer nevertheless.
    for length in [LIMIT + 1, 10_000_000, 40_000_000] {
        let answer = asked(Options::default(), &post(&body(length))).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
    }
}

#[tokio::test]
async fn chunks_beyond_the_limit_are_refused_too() {
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    let head = ["Host: localhost", "Content-Type: application/json", "Transfer-Encoding: chunked"];
    let request = request("POST /", &head, &format!("{}0\r\n\r\n", chunk.repeat(10)));
    let answer = asked(Options::default(), &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_large_body_that_waits_to_be_wanted_is_not_sent() {
    let head =
        ["Host: localhost", "Content-Type: application/json", "Content-Length: 10000000", "Expect: 100-continue"];
    assert_eq!(asked(Options::default(), &request("POST /", &head, "")).await.status, 413);
}

#[tokio::test]
async fn a_broken_body_is_refused() {
    let head = ["Host: localhost", "Content-Type: application/json", "Transfer-Encoding: chunked"];
    let answer = asked(Options::default(), &request("POST /", &head, "no size\r\n")).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "INVALID_INVOCATION"));
}

#[tokio::test]
async fn http_1_0_cannot_carry_a_broken_body() {
    let request = invocation().replace("HTTP/1.1", "HTTP/1.0");
    let answer = asked(Options::default(), &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (505, "HTTP_VERSION_NOT_SUPPORTED"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_is_cut_off() {
    let server = start(Options::default(), works).await;
    let mut client = Client::connect(&server).await;
    client.send("POST / HTTP/1.1\r\nHost: loc").await;
    let before = tokio::time::Instant::now();
    assert!(client.is_closed().await);
    assert_eq!(before.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_is_cut_off() {
    let server = start(Options::default(), works).await;
    let head = ["Host: localhost", "Content-Type: application/json", "Content-Length: 100"];
    let before = tokio::time::Instant::now();
    let answer = Client::connect(&server).await.ask(&request("POST /", &head, "{\"type\"")).await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "REQUEST_TIMEOUT"));
    assert_eq!(before.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn more_than_may_run_at_once_is_refused_until_a_slot_is_free() {
    let (release, released) = oneshot::channel::<()>();
    let released = std::sync::Mutex::new(Some(released));
    let server = start(Options { max_invocations: 1, ..Options::default() }, move |_| {
        let wait = released.lock().unwrap().take();
        stream::once(async move {
            if let Some(wait) = wait {
                wait.await.unwrap();
            }
            output(1)
        })
        .boxed()
    })
    .await;
    let (mut first, mut second) = (Client::connect(&server).await, Client::connect(&server).await);
    first.send(&invocation()).await;
    let refused = loop {
        // Which of two connections is served first is the system's choice.
        let answer = second.ask(&invocation()).await;
        if answer.status == 503 {
            break answer;
        }
    };
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("BUSY", Some("1")));
    release.send(()).unwrap();
    assert_eq!(first.answer().await.status, 200);
    let freed = async { while second.ask(&invocation()).await.status != 200 {} };
    tokio::time::timeout(Duration::from_secs(10), freed).await.unwrap();
}
