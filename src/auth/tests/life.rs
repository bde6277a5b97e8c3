//! Tokens and their renewal: one fetch for all that wait, one renewal for all that were refused.

use super::*;
use futures::future::join_all;

#[tokio::test]
async fn ten_requests_at_once_fetch_one_token() {
    let provider = Provider::start(tokens(3600)).await.accepts("token-1").await;
    for status in join_all((0..10).map(|_| provider.get())).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.token_requests().await.len(), 1);
}

#[tokio::test]
async fn ten_refused_requests_cost_one_renewal() {
    let provider = Provider::start(tokens(3600)).await.accepts("token-2").await;
    let used = provider.authenticator.authorize(Call::default()).await.unwrap();
    join_all((0..10).map(|_| async {
        assert!(provider.authenticator.refused(&used));
        assert_eq!(provider.generation().await, 2);
    }))
    .await;
    // One whose 401 comes late does not take the new token away.
    assert!(provider.authenticator.refused(&used));
    assert_eq!(provider.generation().await, 2);
    for status in join_all((0..10).map(|_| provider.get())).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_on_the_way_is_renewed_and_nobody_notices() {
    let provider = Provider::start(tokens(3600)).await.accepts("token-2").await;
    for status in join_all((0..10).map(|_| provider.get())).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_error() {
    let provider = Provider::start(tokens(3600)).await.accepts("another").await;
    let error = provider.get().await.unwrap_err();
    assert!(matches!(&error.fault, Fault::Status(failed) if failed.status == StatusCode::UNAUTHORIZED), "{error:?}");
    assert_eq!((error.attempts, provider.token_requests().await.len()), (2, 2));
}

#[tokio::test]
async fn a_token_is_renewed_a_tenth_of_its_life_before_its_end() {
    let provider = Provider::start(tokens(100)).await;
    assert_eq!(provider.generation().await, 1);
    pass(88).await;
    assert_eq!(provider.generation().await, 1);
    pass(3).await;
    assert_eq!(provider.generation().await, 2);
}

#[tokio::test]
async fn one_that_gives_up_while_fetching_harms_no_other() {
    let delayed = |_: &wiremock::Request| {
        ResponseTemplate::new(200).set_body_json(json!({"access_token": "t"})).set_delay(Duration::from_millis(50))
    };
    let provider = Provider::start(delayed).await;
    let mut first = provider.authenticator.authorize(Call::default());
    let mut second = provider.authenticator.authorize(Call::default());
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(second.await.unwrap().generation, 1);
    assert_eq!(provider.generation().await, 1);
}

#[tokio::test]
async fn a_fresh_token_replaces_the_cached_one() {
    let provider = Provider::start(tokens(3600)).await;
    assert_eq!(provider.generation().await, 1);
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(provider.generation().await, 2);
    assert_eq!(provider.token_requests().await.len(), 2);
}

#[tokio::test]
async fn where_the_api_is_comes_with_the_token() {
    let answer =
        |url: &str| ResponseTemplate::new(200).set_body_json(json!({"access_token": "t", "instance_url": url}));
    let provider = Provider::start(answer("http://127.0.0.1:9/")).await;
    assert_eq!(provider.authenticator.instance_url(), None);
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(provider.authenticator.instance_url().as_deref(), Some("http://127.0.0.1:9/"));
}

/// Parsed, it would take many times its size.
#[tokio::test]
async fn an_answer_that_is_far_too_long_is_not_read() {
    let body = format!(r#"{{"access_token": "t", "more": [{}1]}}"#, "[],".repeat(400_000));
    let provider = Provider::start(ResponseTemplate::new(200).set_body_string(body)).await;
    let AuthError::Unreachable(error) = provider.failure().await else { panic!("it was read") };
    assert!(matches!(error.fault, Fault::TooLarge { .. }), "{error:?}");
}
