//! A token endpoint that fails is left in peace for longer and longer, and whoever asks meanwhile hears why.

use super::*;
use futures::future::join_all;

/// How often the endpoint was asked.
async fn asked(provider: &Provider) -> usize {
    provider.token_requests().await.len()
}

#[tokio::test]
async fn a_failed_fetch_fails_all_that_wait() {
    let provider = Provider::start(refusal("invalid_client")).await;
    let mut waiting = 0;
    for error in join_all((0..10).map(|_| provider.failure())).await {
        let cause = match &error {
            AuthError::Waiting { cause, .. } => {
                waiting += 1;
                cause
            }
            own => own,
        };
        assert!(cause.is("invalid_client"), "{error:?}");
    }
    assert_eq!((waiting, asked(&provider).await), (9, 1));
    assert_eq!(provider.get().await.unwrap_err().attempts, 0);
    assert_eq!(asked(&provider).await, 1);
}

/// A request every second for five minutes: few reach the endpoint, 1 s after the first, then 2, 4, 8 …
#[tokio::test]
async fn the_pauses_double_up_to_a_minute() {
    let provider = Provider::start(ResponseTemplate::new(503)).await;
    let mut at = Vec::new();
    for second in 0..300 {
        let before = asked(&provider).await;
        provider.failure().await;
        if asked(&provider).await > before {
            at.push(second);
        }
        pass(1).await;
    }
    // Each a pause after the one before, or a second later where the clock has gone on by itself.
    let pauses: Vec<i32> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let doubled = [1, 2, 4, 8, 16, 32, 60, 60, 60];
    assert_eq!(pauses.len(), doubled.len(), "{pauses:?}");
    for (pause, wanted) in pauses.iter().zip(doubled) {
        assert!((wanted - 1..=wanted).contains(pause), "{pauses:?}");
    }
}

#[tokio::test]
async fn the_kept_cause_says_when_the_endpoint_is_asked_again() {
    let provider = Provider::start(refusal("invalid_grant")).await;
    for _ in 0..3 {
        provider.authenticator.fresh(Call::default()).await.unwrap_err();
    }
    let AuthError::Waiting { again_in, cause } = provider.failure().await else { panic!("it was asked") };
    assert!((Duration::from_secs(3)..=Duration::from_secs(4)).contains(&again_in), "{again_in:?}");
    insta::assert_snapshot!(cause, @"the token endpoint refused with status 400: invalid_grant: no token for you");
    assert_eq!(asked(&provider).await, 3);
}

#[tokio::test]
async fn a_success_ends_the_pauses() {
    let answers = AtomicU32::new(0);
    let provider = Provider::start(move |_: &wiremock::Request| match answers.fetch_add(1, Ordering::Relaxed) {
        2 => ResponseTemplate::new(200).set_body_json(json!({"access_token": "t", "expires_in": 10})),
        _ => refusal("invalid_client"),
    })
    .await;
    for _ in 0..2 {
        provider.authenticator.fresh(Call::default()).await.unwrap_err();
    }
    // Not the person who mended things: a test of the connection asks at once.
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(provider.generation().await, 1);
    pass(10).await;
    assert!(provider.failure().await.is("invalid_client"));
    let AuthError::Waiting { again_in, .. } = provider.failure().await else { panic!("it was asked") };
    assert!(again_in <= Duration::from_secs(1), "the pauses begin anew: {again_in:?}");
}

/// The fetch itself does not wait for so long, nor does it ask before.
#[tokio::test]
async fn a_wait_that_the_endpoint_asks_for_is_kept_to() {
    let answers = AtomicU32::new(0);
    let busy = move |_: &wiremock::Request| match answers.fetch_add(1, Ordering::Relaxed) {
        0 => ResponseTemplate::new(429).insert_header("retry-after", "300"),
        _ => ResponseTemplate::new(200).set_body_json(json!({"access_token": "t"})),
    };
    let provider = Provider::start_retrying(settings(Grant::ClientCredentials), busy).await;
    assert!(matches!(provider.failure().await, AuthError::Unreachable(_)));
    pass(290).await;
    assert!(matches!(provider.failure().await, AuthError::Waiting { .. }));
    pass(10).await;
    assert_eq!(provider.generation().await, 1);
    assert_eq!(asked(&provider).await, 2);
}

/// Ten tests of the connection at once, while a list has the endpoint asked: one request more.
#[tokio::test]
async fn fresh_tokens_that_are_wanted_at_once_are_one() {
    let slow = |_: &wiremock::Request| {
        ResponseTemplate::new(200).set_body_json(json!({"access_token": "t"})).set_delay(Duration::from_millis(50))
    };
    let provider = Provider::start(slow).await;
    let mut list = provider.authenticator.authorize(Call::default());
    assert!(futures::poll!(&mut list).is_pending());
    tokio::task::yield_now().await;
    for fresh in join_all((0..10).map(|_| provider.authenticator.fresh(Call::default()))).await {
        fresh.unwrap();
    }
    list.await.unwrap();
    // What the list asked for had begun before they were called, so it was not fresh enough for them.
    assert_eq!(asked(&provider).await, 2);
}

/// Whoever tests the connection waits for an answer like others.
#[tokio::test]
async fn a_fresh_token_keeps_to_the_deadline() {
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "20");
    let provider = Provider::start_retrying(settings(Grant::ClientCredentials), busy).await;
    let soon = Call::urgent(Some(tokio::time::Instant::now() + Duration::from_secs(10)));
    let fresh = tokio::time::timeout(Duration::from_secs(9), provider.authenticator.fresh(soon)).await;
    let AuthError::Unreachable(error) = fresh.unwrap().unwrap_err() else { panic!("it was asked again") };
    assert!(matches!(error.fault, Fault::WaitTooLong(..)), "{error:?}");
}
