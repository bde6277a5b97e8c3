//! Answers: whole, too large, too late, cut off.

use super::*;
use crate::telemetry::{self, Format};
use crate::transport::FailedStatus;
use futures::TryStreamExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use wiremock::matchers::{header, method, path};

#[tokio::test]
async fn an_answer_comes_with_its_body_and_says_who_asked() {
    let (server, url) = server().await;
    Mock::given(method("GET"))
        .and(path("/scim/v2/Users"))
        .and(header("user-agent", crate::product::get().user_agent()))
        .and(header("accept-encoding", "gzip"))
        .respond_with(ResponseTemplate::new(200).set_body_string("found"))
        .mount(&server)
        .await;
    let response = transport(&url).send(get(&url)).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.body, "found");
}

#[tokio::test]
async fn an_answer_that_swells_is_not_read_to_its_end() {
    /// 64 KiB of zeros, compressed.
    const START: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x01\x01\x00\x00\x00\x80\x90\xfe\xaf\xee\x08\x0a";
    const END: &[u8] = b"\x6a\xeb\x8e\x97\xd7\x00\x00\x01\x00";
    let bomb = [START, &[0; 63], END].concat();
    let (server, url) = server().await;
    let bomb = ResponseTemplate::new(200).set_body_bytes(bomb).insert_header("content-encoding", "gzip");
    answer(&server, bomb, 10).await;
    let within = |max_answer_bytes| Transport::new(Options { max_answer_bytes, ..options(&url) }, None).unwrap();
    assert_eq!(within(65_536).send(get(&url)).await.unwrap().body.len(), 65_536);
    let error = within(65_535).send(get(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::TooLarge { limit: 65_535 }), "{error:?}");
    assert_eq!(error.attempts, 1);
}

#[tokio::test]
async fn a_failed_answer_keeps_its_status_though_its_body_breaks_off() {
    let (url, _) = closing_server("HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\nhalf").await;
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    let failed: &FailedStatus = error.fault.status().unwrap();
    assert_eq!((failed.status, &failed.body[..]), (StatusCode::NOT_FOUND, &b"half"[..]));
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_leaves_the_outcome_open() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200).set_delay(Duration::from_mins(1)), 10).await;
    let timeout = Duration::from_millis(100);
    let transport = Transport::new(Options { timeout, ..options(&url) }, None).unwrap();
    let error = transport.send(creation(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Timeout { phase: Phase::Answer, after } if after == timeout), "{error:?}");
    assert!(error.outcome_unknown);
}

#[tokio::test]
async fn an_opened_answer_streams_whatever_its_status() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(500).set_body_string("why"), 10).await;
    let opened = transport(&url).open(creation(&url)).await.unwrap();
    assert_eq!(opened.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(opened.headers.contains_key("content-length"));
    let body: Vec<Bytes> = opened.body.try_collect().await.unwrap();
    assert_eq!(body.concat(), b"why");
}

#[tokio::test]
async fn an_opened_answer_that_breaks_off_ends_with_an_error() {
    let (url, _) = closing_server("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    let opened = transport(&url).open(creation(&url)).await.unwrap();
    let pieces: Vec<_> = opened.body.collect().await;
    assert_eq!(pieces[0].as_ref().unwrap(), "half");
    assert!(matches!(pieces[1], Err(SendError { fault: Fault::Broken(_), outcome_unknown: true, .. })), "{pieces:?}");
    assert_eq!(pieces.len(), 2);
}

#[tokio::test]
async fn how_long_an_answer_took_is_logged_as_a_number() {
    let (log, lines) = std::sync::mpsc::channel();
    let layer = telemetry::layer(Format::Json, true, Clock::system(), move |line| log.send(line.to_owned()).unwrap());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200), 2).await;
    transport(&url).send(get(&url)).await.unwrap();
    // A test beside this one may have been the first to come by, and have found that nobody listens.
    tracing::callsite::rebuild_interest_cache();
    transport(&url).send(get(&url)).await.unwrap();
    let line = lines.recv_timeout(Duration::from_secs(5)).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(line["message"] == "answered" && line["ms"].is_u64(), "{line}");
}

/// The answer begins, and then nothing comes.
#[tokio::test]
async fn an_answer_that_stalls_is_told_from_one_that_does_not_come() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
        std::future::pending::<()>().await;
    });
    let timeout = Duration::from_millis(200);
    let transport = Transport::new(Options { timeout, ..options(&url) }, None).unwrap();
    let error = transport.send(creation(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Timeout { phase: Phase::Read, after } if after == timeout / 2), "{error:?}");
    assert!(error.outcome_unknown);
    assert_eq!(error.fault.to_string(), "the answer began, and then nothing came within 0.1 s");
}
