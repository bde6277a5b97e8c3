//! Credentials: renewed once, sent to their origin alone, shown nowhere.

use super::*;
use ::http::HeaderMap;
use wiremock::matchers::header;

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

#[test]
fn headers_alone_are_not_shown_either() {
    let mut request = Request::get("https://scim.example.com/?q=ada".parse().unwrap());
    request.headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(CANARY))]);
    insta::assert_snapshot!(format!("{request:?}"), @r#"Request { method: GET, url: "https://scim.example.com/", bytes: None, repeat: Safe, .. }"#);
}

/// Remembers for whom it was asked.
#[derive(Default)]
struct Asked(std::sync::Mutex<Vec<Call>>);

impl Credentials for Asked {
    fn authorize(&self, call: Call) -> BoxFuture<'_, Result<Authorization, AuthorizationError>> {
        self.0.lock().unwrap().push(call);
        std::future::ready(Ok(Authorization::default())).boxed()
    }

    fn refused(&self, _used: &Authorization) -> bool {
        false
    }
}

#[tokio::test]
async fn credentials_are_fetched_within_the_command_s_deadline_and_retries() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200), 1).await;
    let asked = Arc::new(Asked::default());
    let call = Call::urgent(Some(Instant::now() + Duration::from_mins(1)));
    let transport = transport(&url).with_credentials(Arc::clone(&asked) as Arc<dyn Credentials>).for_call(call.clone());
    transport.send(get(&url)).await.unwrap();
    let seen = asked.0.lock().unwrap();
    assert!(seen[0].deadline == call.deadline && Arc::ptr_eq(&seen[0].retries, &call.retries));
}
