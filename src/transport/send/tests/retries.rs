//! Which requests are sent again, how often, and after how long.

use super::*;
use crate::transport::{GivenUp, Meaning};
use rstest::rstest;
use std::sync::LazyLock;

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
async fn a_creation_that_no_one_received_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = transport(&url).send(creation(&url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Connect(_)), "{error:?}");
    assert!(!error.outcome_unknown);
    assert_eq!(error.attempts, 3);
}

static WORDS: LazyLock<Vec<Throttling>> = LazyLock::new(|| {
    vec![
        Throttling { statuses: vec![500], says: "slow down".to_owned(), meaning: Meaning::TooFast },
        Throttling { statuses: vec![403], says: "quota".to_owned(), meaning: Meaning::QuotaUsedUp },
    ]
});

/// What the provider's words mean counts before the status.
#[rstest]
#[case::too_fast(500, "Please SLOW DOWN.", 3)]
#[case::another_fault(500, "boom", 1)]
#[case::quota(403, "The quota is used up.", 1)]
#[tokio::test]
async fn words_tell_what_is_sent_again(#[case] status: u16, #[case] body: &str, #[case] attempts: u32) {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(status).set_body_string(body), 10).await;
    let transport = Transport::new(Options { throttling: Arc::from(WORDS.as_slice()), ..options(&url) }, None).unwrap();
    let error = transport.send(creation(&url)).await.unwrap_err();
    assert_eq!((error.attempts, error.outcome_unknown), (attempts, false));
}

#[tokio::test]
async fn a_provider_that_fails_all_the_time_uses_up_the_command_s_retries() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(503), u64::MAX).await;
    let transport = transport(&url);
    let command = transport.for_call(Call::bulk());
    for _ in 0..5 {
        let error = command.send(get(&url)).await.unwrap_err();
        assert_eq!((error.attempts, error.given_up), (3, None));
    }
    let error = command.clone().send(get(&url)).await.unwrap_err();
    assert_eq!((error.attempts, error.given_up), (1, Some(GivenUp::RetriesUsedUp(10))));
    assert!(shown(&error).contains("the command's retries are used up after 10"), "{error}");
    assert_eq!(transport.for_call(Call::bulk()).send(get(&url)).await.unwrap_err().attempts, 3, "another command");
}

fn until(ms: u64) -> Call {
    Call::urgent(Some(Instant::now() + Duration::from_millis(ms)))
}

#[tokio::test]
async fn no_wait_is_begun_that_ends_after_the_deadline() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(429).insert_header("retry-after", "30"), 1).await;
    let error = transport(&url).for_call(until(20_000)).send(get(&url)).await.unwrap_err();
    let Fault::WaitTooLong(wait, _) = &error.fault else { panic!("{error:?}") };
    assert!(wait.asked == Duration::from_secs(30) && wait.most <= Duration::from_secs(20), "{wait:?}");
    assert_eq!(error.attempts, 1);

    answer(&server, ResponseTemplate::new(503), 1).await;
    let error = transport(&url).for_call(until(0)).send(get(&url)).await.unwrap_err();
    assert_eq!((error.attempts, error.given_up), (1, Some(GivenUp::NoTimeLeft)));
}

#[tokio::test]
async fn what_the_provider_asked_of_one_request_holds_for_the_next() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(429).insert_header("retry-after", "30"), 1).await;
    let limiter = Arc::new(Limiter::new(8, None));
    let transport = Transport::new(Options { limiter, max_retries: 0, ..options(&url) }, None).unwrap();
    assert!(transport.send(get(&url)).await.is_err());
    let error = transport.for_call(until(20_000)).send(creation(&url)).await.unwrap_err();
    let Fault::Paused(wait) = &error.fault else { panic!("{error:?}") };
    assert!(wait.asked > Duration::from_secs(29) && wait.most <= Duration::from_secs(20), "{wait:?}");
    assert_eq!((error.attempts, error.outcome_unknown, requests(&server).await), (0, false, 1));
}
