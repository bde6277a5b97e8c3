//! The sandbox over real connections: start, crash, the end in good order.

use crate::clock::Clock;
use crate::sandbox::{Options, Sandbox, StartError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(super) async fn start(options: Options) -> Sandbox {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Sandbox::start(options, Clock::system(), listener).unwrap()
}

pub(super) async fn send(sandbox: &Sandbox, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

pub(super) async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has nothing more to say.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

pub(super) async fn token(sandbox: &Sandbox) -> String {
    let form = "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox";
    let request = format!(
        "POST /services/oauth2/token HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = rest(send(sandbox, &request).await).await;
    let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

pub(super) fn get(path: &str, token: &str) -> String {
    format!(
        "GET /services/scim/v2/{path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    )
}

#[tokio::test]
async fn it_serves_on_loopback() {
    let sandbox = start(Options::default()).await;
    assert_eq!(sandbox.base_url(), format!("http://{}/services/scim/v2", sandbox.address()));
    assert_eq!(sandbox.token_url(), format!("http://{}/services/oauth2/token", sandbox.address()));
    let token = token(&sandbox).await;
    let answer = rest(send(&sandbox, &get("Users?count=1", &token)).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(&format!("{}/Users/005RM000002FD0bYAG", sandbox.base_url())), "{answer}");
    assert_eq!(sandbox.tokens_issued(), 1);
    let seen: Vec<String> =
        sandbox.requests().iter().map(|seen| format!("{} {}", seen.method, seen.target())).collect();
    assert_eq!(seen, ["POST /services/oauth2/token", "GET /services/scim/v2/Users?count=1"]);
    sandbox.revoke_tokens();
    let answer = rest(send(&sandbox, &get("Users", &token)).await).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
}

#[tokio::test]
async fn another_address_or_too_many_records_are_refused() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Sandbox::start(Options::default(), Clock::system(), listener).unwrap_err();
    assert!(matches!(refused, StartError::NotLoopback(_)), "{refused}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { groups: u64::MAX, ..Options::default() };
    let refused = Sandbox::start(options, Clock::system(), listener).unwrap_err();
    assert_eq!(refused.to_string(), "the sandbox holds at most 100000000 groups");
}

#[tokio::test]
async fn stopping_ends_requests_in_the_middle_and_frees_the_port() {
    let sandbox = start(Options { latency: Duration::from_hours(1), ..Options::default() }).await;
    let token = token(&sandbox).await;
    let waiting = send(&sandbox, &get("Users", &token)).await;
    while sandbox.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    sandbox.stop().await;
    assert_eq!(rest(waiting).await, "");
    assert!(TcpStream::connect(sandbox.address()).await.is_err());
}

#[tokio::test]
async fn a_dropped_sandbox_answers_what_it_has_begun() {
    let sandbox = start(Options { latency: Duration::from_millis(50), ..Options::default() }).await;
    let (address, token) = (sandbox.address(), token(&sandbox).await);
    let waiting = send(&sandbox, &get("Users?count=1", &token)).await;
    while sandbox.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(sandbox);
    assert!(rest(waiting).await.starts_with("HTTP/1.1 200 OK"));
    assert!(TcpStream::connect(address).await.is_err());
}
