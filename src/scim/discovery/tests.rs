//! Asking for what a server says of itself: how often, how long, and which lists it decides.

use super::*;
use crate::clock::Clock;
use crate::scim::Options;
use crate::scim::provider::{GENERIC, Profile, SALESFORCE};
use crate::transport::{self, Limiter, NetworkPolicy, Transport};
use serde_json::json;
use std::num::NonZeroUsize;
use std::sync::Arc;
use url::Url;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(server: &MockServer, profile: &Arc<Profile>, paging: Option<Paging>) -> Client {
    let base: Url = server.uri().parse().unwrap();
    let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
    let mut options = transport::Options::new(base.origin(), policy, Arc::new(Limiter::new(2, None)), Clock::system());
    options.timeout = Duration::from_mins(10);
    let options_of_client = Options {
        profile: Arc::clone(profile),
        page_size: None,
        concurrency: NonZeroUsize::MIN,
        paging,
        partitions: false,
        discovery: Some(Arc::default()),
        openings: None,
        headers: http::HeaderMap::new(),
    };
    Client::new(Transport::new(options, None).unwrap(), base, options_of_client)
}

async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn way(client: &Client) -> Way {
    client.way(&GENERIC.users).await.unwrap()
}

fn cursors() -> ResponseTemplate {
    let pagination = json!({"cursor": true, "index": false, "maxPageSize": 50});
    ResponseTemplate::new(200).set_body_json(json!({"patch": {"supported": true}, "pagination": pagination}))
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_server_is_asked_once_however_many_lists_begin() {
    let server = server(cursors()).await;
    let client = client(&server, &GENERIC, None);
    let by_cursor = Way { paging: Paging::Cursor, is_found: true, max_page_size: Some(50) };
    let ways = futures::future::join_all((0..5).map(|_| way(&client))).await;
    assert!(ways.iter().all(|found| *found == by_cursor), "{ways:?}");
    assert_eq!(client.way(&GENERIC.groups).await.unwrap(), by_cursor);
    assert_eq!(asked(&server).await, 1);
}

#[rstest::rstest]
#[case::the_setting(&GENERIC, Some(Paging::Index), Paging::Index)]
#[case::the_setting_for_cursors(&GENERIC, Some(Paging::Cursor), Paging::Cursor)]
#[case::the_profile(&SALESFORCE, None, SALESFORCE.users.paging)]
#[tokio::test]
async fn what_is_set_is_not_asked_for(
    #[case] profile: &Arc<Profile>,
    #[case] set: Option<Paging>,
    #[case] paging: Paging,
) {
    let server = server(cursors()).await;
    let way = client(&server, profile, set).way(&profile.users).await.unwrap();
    assert_eq!((way.paging, way.is_found, asked(&server).await), (paging, false, 0));
}

#[rstest::rstest]
#[case::missing(ResponseTemplate::new(404))]
#[case::forbidden(ResponseTemplate::new(403))]
#[case::not_implemented(ResponseTemplate::new(501))]
#[case::unavailable(ResponseTemplate::new(503))]
#[case::too_fast(ResponseTemplate::new(429))]
#[case::a_page(ResponseTemplate::new(200).set_body_string("<html><body>Hello.</body></html>"))]
#[case::nothing(ResponseTemplate::new(200))]
#[case::no_content(ResponseTemplate::new(204))]
#[case::null(ResponseTemplate::new(200).set_body_json(json!(null)))]
#[case::an_error(ResponseTemplate::new(200).set_body_json(json!({"status": "501", "detail": "no"})))]
#[case::half(ResponseTemplate::new(200).set_body_string(r#"{"pagination":{"cursor":true,"ind"#))]
#[case::no_cursors(ResponseTemplate::new(200).set_body_json(json!({"pagination": {"cursor": 0, "index": 0}})))]
#[tokio::test]
async fn a_document_that_is_wrong_or_missing_changes_nothing(#[case] answer: ResponseTemplate) {
    let server = server(answer).await;
    let client = client(&server, &GENERIC, None);
    let usual = Way { paging: Paging::Index, is_found: false, max_page_size: None };
    for _ in 0..2 {
        assert_eq!(way(&client).await, usual);
    }
    assert_eq!(asked(&server).await, 1, "nothing is tried again");
}

#[tokio::test]
async fn a_server_that_said_nothing_is_asked_again_after_a_while() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(cursors()).mount(&server).await;
    let client = client(&server, &GENERIC, None);
    assert!(!way(&client).await.is_found);
    pass(AGAIN_AFTER).await;
    assert!(way(&client).await.is_found);
    pass(AGAIN_AFTER * 100).await;
    assert!(way(&client).await.is_found);
    assert_eq!(asked(&server).await, 2);
}

async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_nobody_up_for_long() {
    let server = server(cursors().set_delay(Duration::from_mins(9))).await;
    let client = client(&server, &GENERIC, None);
    let (first, ()) = tokio::join!(way(&client), async {
        while asked(&server).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        pass(PATIENCE).await;
    });
    assert!(!first.is_found);
    assert!(!way(&client).await.is_found, "it is not waited for twice");
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn a_survey_tells_what_is_there_and_why_the_rest_is_not() {
    let server = MockServer::start().await;
    let at = |place: &'static str, answer| Mock::given(path(place)).respond_with(answer).mount(&server);
    at("/ServiceProviderConfig", ResponseTemplate::new(404)).await;
    at("/ServiceProviderConfigs", cursors()).await;
    at("/ResourceTypes", ResponseTemplate::new(200).set_body_json(json!([{"endpoint": "/Users"}, {"name": "x"}])))
        .await;
    at("/Schemas", ResponseTemplate::new(200).set_body_string("<html>")).await;
    let client = client(&server, &GENERIC, None);
    let survey = client.survey().await;
    let (found_at, config) = survey.config.unwrap();
    assert_eq!((found_at, config.patch), ("ServiceProviderConfigs", Some(true)));
    assert_eq!(survey.endpoints.unwrap(), ["/Users"]);
    assert_eq!(survey.schemas.unwrap_err().to_string(), "no JSON");
    assert!(way(&client).await.is_found, "what was found is known");
    assert_eq!(asked(&server).await, 4);
}
