//! What becomes of requests, over real HTTP on this machine.

use super::*;
use crate::telemetry::{self, Format};
use crate::transport::{AuthorizationError, FailedStatus, Lane};
use ::http::{HeaderMap, Method, header::AUTHORIZATION};
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use rstest::rstest;
use std::error::Error;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;
use url::Url;
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const LOOPBACK: NetworkPolicy = NetworkPolicy { allow_loopback: true, allow_private: false };
const CANARY: &str = "canary-token-0123456789";

fn options(origin: &Url) -> Options {
    let mut options = Options::new(origin.origin(), LOOPBACK, Arc::new(Limiter::new(8, None)), Clock::system());
    options.max_retries = 2;
    options.jitter = Arc::new(Jitter::seeded(1));
    options.backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
    options.timeout = Duration::from_secs(10);
    options
}

fn transport(origin: &Url) -> Transport {
    Transport::new(options(origin), None).unwrap()
}

fn get(base: &Url) -> Request {
    Request::get(base.join("/scim/v2/Users?filter=userName%20eq%20%22ada%22").unwrap())
}

fn creation(base: &Url) -> Request {
    Request {
        method: Method::POST,
        body: Some(Bytes::from_static(b"{}")),
        repeat: Repeat::OnlyIfNotReceived,
        ..get(base)
    }
}

async fn server() -> (MockServer, Url) {
    let server = MockServer::start().await;
    let url = server.uri().parse().unwrap();
    (server, url)
}

async fn answer(server: &MockServer, template: ResponseTemplate, times: u64) {
    Mock::given(any()).respond_with(template).up_to_n_times(times).mount(server).await;
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// A server that reads each request, writes `reply` and closes the connection. Counts the connections.
async fn closing_server(reply: &'static str) -> (Url, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let connections = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    (url, connections)
}

/// Tokens that count up from 1; a refused one is followed by the next.
struct Counting(AtomicU64);

impl Counting {
    fn shared() -> Arc<dyn Credentials> {
        Arc::new(Self(AtomicU64::new(1)))
    }
}

impl Credentials for Counting {
    fn authorize(&self, _call: Call) -> BoxFuture<'_, Result<Authorization, AuthorizationError>> {
        async {
            let generation = self.0.load(Ordering::Relaxed);
            let header = HeaderValue::try_from(format!("Bearer {CANARY}-{generation}"))?;
            Ok(Authorization { header: Some((AUTHORIZATION, header)), generation })
        }
        .boxed()
    }

    fn refused(&self, used: &Authorization) -> bool {
        let (old, new) = (used.generation, used.generation + 1);
        let _ = self.0.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
        true
    }
}

/// All that a person or a log could be shown of an error.
fn shown(error: &SendError) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    chain.flat_map(|error| [error.to_string(), format!("{error:?}\n")]).collect()
}

#[tokio::test]
async fn an_answer_comes_with_its_body_and_says_who_asked() {
    let (server, url) = server().await;
    Mock::given(method("GET"))
        .and(path("/scim/v2/Users"))
        .and(header("user-agent", crate::product::USER_AGENT))
        .and(header("accept-encoding", "gzip"))
        .respond_with(ResponseTemplate::new(200).set_body_string("found"))
        .mount(&server)
        .await;
    let response = transport(&url).send(get(&url)).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.body, "found");
}

#[rstest]
#[case::reading_again_after_unavailability(503, get, 3)]
#[case::creating_again_when_throttled(429, creation, 3)]
#[case::not_creating_again_after_unavailability(503, creation, 1)]
#[case::not_reading_again_after_an_error(500, get, 1)]
#[tokio::test]
async fn retries(#[case] status: u16, #[case] request: fn(&Url) -> Request, #[case] attempts: u32) {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(status), 10).await;
    let error = transport(&url).send(request(&url)).await.unwrap_err();
    assert_eq!(error.fault.status().unwrap().status, status);
    assert_eq!(error.attempts, attempts);
    assert_eq!(requests(&server).await, attempts as usize);
}

#[tokio::test]
async fn a_retry_that_is_answered_is_all_one_sees() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(503).insert_header("retry-after", "0"), 2).await;
    answer(&server, ResponseTemplate::new(200), 1).await;
    assert!(transport(&url).send(get(&url)).await.is_ok());
    assert_eq!(requests(&server).await, 3);
}

#[rstest]
#[case::seconds("3600")]
#[case::date("Tue, 31 Dec 2199 23:59:59 GMT")]
#[tokio::test]
async fn a_wait_that_is_too_long_is_told_and_not_waited_for(#[case] retry_after: &str) {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(429).insert_header("retry-after", retry_after), 10).await;
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    assert!(
        matches!(error.fault, Fault::WaitTooLong(ref wait, _) if wait.asked >= Duration::from_hours(1)),
        "{error:?}"
    );
    assert_eq!(error.attempts, 1);
}

#[tokio::test]
async fn refused_credentials_are_renewed_once_even_for_a_creation_and_without_retries() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(401), 1).await;
    let renewed = header(AUTHORIZATION, format!("Bearer {CANARY}-2"));
    Mock::given(renewed).respond_with(ResponseTemplate::new(201)).mount(&server).await;
    let transport = Transport::new(Options { max_retries: 0, ..options(&url) }, Some(Counting::shared())).unwrap();
    assert_eq!(transport.send(creation(&url)).await.unwrap().status, StatusCode::CREATED);
}

#[tokio::test]
async fn credentials_refused_twice_are_the_error() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(401), 10).await;
    let error = transport(&url).with_credentials(Counting::shared()).send(get(&url)).await.unwrap_err();
    assert!(matches!(&error.fault, Fault::Status(failed) if failed.status == StatusCode::UNAUTHORIZED));
    assert_eq!((error.attempts, requests(&server).await, error.refused), (2, 2, Some(Refused::Renewed)));
    assert_eq!(transport(&url).send(get(&url)).await.unwrap_err().refused, Some(Refused::Nothing));
}

#[tokio::test]
async fn credentials_go_to_their_origin_alone() {
    let (server, url) = server().await;
    let (elsewhere, _) = closing_server("").await;
    let error = transport(&elsewhere).with_credentials(Counting::shared()).send(get(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Invalid(_)), "{error:?}");
    assert_eq!((error.attempts, requests(&server).await), (0, 0));
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

#[rstest]
#[case::no_answer("")]
#[case::half_an_answer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")]
#[case::no_http("220 mail.example.com ESMTP\r\n")]
#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_not_sent_again(#[case] reply: &'static str) {
    let (url, connections) = closing_server(reply).await;
    let error = transport(&url).send(creation(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Broken(_)), "{error:?}");
    assert!(error.outcome_unknown);
    assert_eq!((error.attempts, connections.load(Ordering::Relaxed)), (1, 1));

    let error = transport(&url).send(get(&url)).await.unwrap_err();
    assert!(!error.outcome_unknown);
    assert_eq!((error.attempts, connections.load(Ordering::Relaxed)), (3, 4));
}

#[tokio::test]
async fn a_failed_answer_keeps_its_status_though_its_body_breaks_off() {
    let (url, _) = closing_server("HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\nhalf").await;
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    let failed: &FailedStatus = error.fault.status().unwrap();
    assert_eq!((failed.status, &failed.body[..]), (StatusCode::NOT_FOUND, &b"half"[..]));
}

#[tokio::test]
async fn a_creation_that_no_one_received_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = transport(&url).send(creation(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Connect(_)), "{error:?}");
    assert!(!error.outcome_unknown);
    assert_eq!(error.attempts, 3);
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

#[rstest]
#[case::metadata("https://169.254.169.254/latest", LOOPBACK)]
#[case::private("https://10.0.0.7/scim", LOOPBACK)]
#[case::plain_http("http://scim.example.com/Users", LOOPBACK)]
#[case::a_name_that_leads_to_this_machine("https://localhost:9/scim", NetworkPolicy::default())]
#[tokio::test]
async fn where_it_may_not_connect_it_does_not(#[case] url: Url, #[case] policy: NetworkPolicy) {
    let transport = Transport::new(Options { policy, ..options(&url) }, None).unwrap();
    let error = transport.send(Request::get(url.clone())).await.unwrap_err();
    assert!(matches!(&error.fault, Fault::Forbidden(reason) if reason.contains(url.host_str().unwrap())), "{error:?}");
    assert_eq!(error.attempts, 1);
}

#[tokio::test]
async fn a_name_without_address_is_told_from_a_host_that_does_not_listen() {
    // No label of a name may be empty, so no name server is asked.
    let url: Url = "http://scim..example/".parse().unwrap();
    let policy = NetworkPolicy { allow_private: true, ..LOOPBACK };
    let error =
        Transport::new(Options { policy, ..options(&url) }, None).unwrap().send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Resolve(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_does_not_listen() {
    let (mut url, connections) = closing_server("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    url.set_scheme("https").unwrap();
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Tls(_)), "{error:?}");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[rstest]
#[case::user_info("http://ada:secret@127.0.0.1/")]
#[case::another_scheme("file:///etc/passwd")]
#[tokio::test]
async fn a_url_that_must_not_be_asked_for(#[case] url: Url) {
    let error = transport(&url).send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Invalid(_)), "{error:?}");
    assert!(!shown(&error).contains("secret"), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_an_error() {
    let (server, url) = server().await;
    let elsewhere = format!("{}/elsewhere", server.uri());
    answer(&server, ResponseTemplate::new(302).insert_header("location", elsewhere), 10).await;
    let error = transport(&url).send(get(&url)).await.unwrap_err();
    assert_eq!(error.fault.status().unwrap().status, StatusCode::FOUND);
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn no_token_and_no_query_in_what_an_error_shows() {
    let (server, url) = server().await;
    let body = format!("you sent {CANARY}-1");
    let echo = ResponseTemplate::new(400).set_body_string(body).insert_header("set-cookie", CANARY);
    answer(&server, echo, 10).await;
    let mut request = creation(&url);
    request.body = Some(Bytes::from_static(CANARY.as_bytes()));
    let transport = transport(&url).with_credentials(Counting::shared());
    let error = transport.send(request.clone()).await.unwrap_err();
    let shown = format!("{}{request:?}{transport:?}", shown(&error));
    assert!(!shown.contains(CANARY) && !shown.contains("ada"), "{shown}");
    let failed = error.fault.status().unwrap();
    assert_eq!(failed.body, "you sent [redacted]");
    assert!(!format!("{:?}", failed.headers).contains(CANARY));
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
async fn a_place_is_taken_until_the_body_has_been_read() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200).set_body_string("slow reader"), 10).await;
    let limiter = Arc::new(Limiter::new(1, None));
    let transport = Transport::new(Options { limiter: Arc::clone(&limiter), ..options(&url) }, None).unwrap();
    let opened = transport.open(get(&url)).await.unwrap();
    assert!(limiter.turn(Lane::Urgent, None).now_or_never().is_none());
    drop(opened);
    assert!(limiter.turn(Lane::Urgent, None).now_or_never().is_some());
}

#[test]
fn headers_alone_are_not_shown_either() {
    let mut request = Request::get("https://scim.example.com/?q=ada".parse().unwrap());
    request.headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(CANARY))]);
    insta::assert_snapshot!(format!("{request:?}"), @r#"Request { method: GET, url: "https://scim.example.com/", bytes: None, repeat: Safe, .. }"#);
}

#[tokio::test]
async fn who_is_not_polled_keeps_no_place_from_others() {
    let (server, url) = server().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_millis(50));
    answer(&server, slow, u64::MAX).await;
    let limiter = Arc::new(Limiter::new(1, None));
    let transport = Transport::new(Options { limiter, ..options(&url) }, None).unwrap();
    let mut under_way = Box::pin(transport.send(get(&url)));
    let mut waiting = Box::pin(transport.send(get(&url)));
    // Both are begun, and then nobody asks for their answers: as in a list whose client stops reading.
    assert!(futures::poll!(under_way.as_mut()).is_pending());
    assert!(futures::poll!(waiting.as_mut()).is_pending());
    let other = tokio::time::timeout(Duration::from_secs(5), transport.send(get(&url)));
    assert!(other.await.expect("no place is left").is_ok());
    assert!(under_way.await.is_ok() && waiting.await.is_ok());
}

#[tokio::test]
async fn who_gives_up_ends_the_request() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200).set_delay(Duration::from_mins(1)), u64::MAX).await;
    let limiter = Arc::new(Limiter::new(1, None));
    let transport = Transport::new(Options { limiter: Arc::clone(&limiter), ..options(&url) }, None).unwrap();
    let gone = tokio::time::timeout(Duration::from_millis(50), transport.send(get(&url)));
    assert!(gone.await.is_err());
    assert!(tokio::time::timeout(Duration::from_secs(5), limiter.turn(Lane::Urgent, None)).await.is_ok());
}

#[tokio::test]
async fn how_long_an_answer_took_is_logged_as_a_number() {
    let (log, lines) = std::sync::mpsc::channel();
    let layer = telemetry::layer(Format::Json, true, Clock::system(), move |line| log.send(line.to_owned()).unwrap());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200), 1).await;
    transport(&url).send(get(&url)).await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&lines.recv().unwrap()).unwrap();
    assert!(line["message"] == "answered" && line["ms"].is_u64(), "{line}");
}
