//! Faults that only a real connection shows: it is reset, or ends in the middle of a body.

use super::running::{get, rest, send, start, token};
use crate::sandbox::{Dialect, Effect, Fault, Options, Sandbox};
use http::Method;
use serde_json::Value;
use std::io::ErrorKind;
use tokio::io::AsyncReadExt as _;

/// How a connection ended that gave no answer.
async fn end(sandbox: &Sandbox, request: &str) -> (String, Option<ErrorKind>) {
    let mut stream = send(sandbox, request).await;
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).await.err();
    (String::from_utf8(bytes).unwrap(), error.map(|error| error.kind()))
}

fn create(name: &str, token: &str) -> String {
    let body = format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}"}}"#);
    format!(
        "POST /scim/v2/Users HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_connection_is_reset_before_or_after_the_work_is_done() {
    let sandbox = start(Options { users: 0, ..Options::new(Dialect::Rfc) }).await;
    let token = token(&sandbox).await;
    let once = |effect| Fault { method: Some(Method::POST), times: Some(1), ..Fault::new("/Users", effect) };
    sandbox.fail(once(Effect::Close));
    sandbox.fail(once(Effect::LoseAnswer));
    for name in ["before", "after"] {
        assert_eq!(end(&sandbox, &create(name, &token)).await, (String::new(), Some(ErrorKind::ConnectionReset)));
    }
    assert!(rest(send(&sandbox, &create("then", &token)).await).await.starts_with("HTTP/1.1 201 Created"));
    let list = get("Users?attributes=userName", &token).replace("/services", "");
    let answer = rest(send(&sandbox, &list).await).await;
    let list: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let names: Vec<&Value> = list["Resources"].as_array().unwrap().iter().map(|user| &user["userName"]).collect();
    assert_eq!(names, ["after", "then"]);
    assert_eq!(sandbox.fired(), [("faults[0]".to_owned(), 1), ("faults[1]".to_owned(), 1)]);
}

#[rstest::rstest]
#[case::in_the_middle(100, 100)]
#[case::before_the_first_byte(0, 0)]
#[case::before_the_last_byte(usize::MAX, usize::MAX)]
#[tokio::test]
async fn a_body_ends_before_its_announced_length(#[case] bytes: usize, #[case] expected: usize) {
    let sandbox = start(Options::default()).await;
    let token = token(&sandbox).await;
    let whole = rest(send(&sandbox, &get("Users", &token)).await).await;
    let whole = whole.split_once("\r\n\r\n").unwrap().1;
    sandbox.fail(Fault::new("/Users", Effect::Truncate { bytes, chunked: false }));
    let (answer, _) = end(&sandbox, &get("Users", &token)).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(body.as_bytes(), &whole.as_bytes()[..expected.min(whole.len() - 1)]);
    assert_eq!(sandbox.fired()[0].1, 1);
}

#[tokio::test]
async fn a_body_in_chunks_ends_without_the_last() {
    let sandbox = start(Options::default()).await;
    let token = token(&sandbox).await;
    sandbox.fail(Fault::new("/Users", Effect::Truncate { bytes: 26, chunked: true }));
    let (answer, _) = end(&sandbox, &get("Users", &token)).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("transfer-encoding: chunked") && !head.contains("content-length"), "{head}");
    assert_eq!(body, "1A\r\n{\"schemas\":[\"urn:ietf:para\r\n");
    assert_eq!(sandbox.fired()[0].1, 1);
}

#[tokio::test]
async fn other_connections_are_served_on() {
    let sandbox = start(Options::default()).await;
    sandbox.fail(Fault { times: Some(1), ..Fault::new("/Users", Effect::Close) });
    assert_eq!(rest(send(&sandbox, &get("Users", "")).await).await, "");
    assert!(rest(send(&sandbox, &get("Users", "")).await).await.starts_with("HTTP/1.1 401"));
}
