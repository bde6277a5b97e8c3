//! Refresh tokens that take another's place.

use super::*;
use secrecy::ExposeSecret as _;
use std::sync::Mutex;

fn refreshing() -> OAuth {
    settings(Grant::RefreshToken("refresh-0".into()))
}

/// A provider that takes each refresh token once and gives the next: `refresh-1`, `refresh-2` …
fn rotating() -> impl Respond {
    let count = Mutex::new(0);
    move |request: &wiremock::Request| {
        let mut count = count.lock().unwrap();
        if fields(request)["refresh_token"] != format!("refresh-{count}") {
            return refusal("invalid_grant");
        }
        *count += 1;
        let answer = json!({"access_token": format!("token-{count}"), "refresh_token": format!("refresh-{count}")});
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

fn reported(provider: &Provider) -> Option<(String, u64)> {
    let rotated = provider.authenticator.rotated()?;
    Some((rotated.token.expose_secret().to_owned(), rotated.number))
}

#[tokio::test]
async fn the_new_one_is_used_from_then_on_and_given_out_until_it_is_reported() {
    let provider = Provider::start_with(refreshing(), rotating()).await;
    assert_eq!(reported(&provider), None);
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(reported(&provider), Some(("refresh-1".to_owned(), 1)));
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(reported(&provider), Some(("refresh-2".to_owned(), 2)));
    // Whoever reported the first has not reported the second.
    provider.authenticator.reported(1);
    assert_eq!(reported(&provider), Some(("refresh-2".to_owned(), 2)));
    provider.authenticator.reported(2);
    provider.authenticator.reported(1);
    assert_eq!(reported(&provider), None);
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(reported(&provider), Some(("refresh-3".to_owned(), 3)));
    assert!(!format!("{:?}", provider.authenticator.rotated()).contains("refresh-3"));
}

#[tokio::test]
async fn the_same_one_again_is_no_other() {
    let answer = json!({"access_token": "t", "refresh_token": "refresh-0"});
    let provider = Provider::start_with(refreshing(), ResponseTemplate::new(200).set_body_json(answer)).await;
    provider.authenticator.fresh(Call::default()).await.unwrap();
    assert_eq!(reported(&provider), None);
}

/// Only a refresh token of the refresh grant takes a place: the password stays what the settings say.
#[tokio::test]
async fn other_grants_do_not_use_one_that_comes_along() {
    let answer = json!({"access_token": "t", "refresh_token": "refresh-1"});
    let provider = Provider::start(ResponseTemplate::new(200).set_body_json(answer)).await;
    for _ in 0..2 {
        provider.authenticator.fresh(Call::default()).await.unwrap();
    }
    assert_eq!(reported(&provider), None);
    assert!(
        provider.token_requests().await.iter().all(|request| fields(request)["grant_type"] == "client_credentials")
    );
}

/// The answer holds the only copy of the new token: whoever has gone away, it is read.
#[tokio::test]
async fn an_answer_that_nobody_waits_for_any_more_is_kept() {
    let rotate = rotating();
    let slow = move |request: &wiremock::Request| rotate.respond(request).set_delay(Duration::from_millis(50));
    let provider = Provider::start_with(refreshing(), slow).await;
    let mut given_up = provider.authenticator.authorize(Call::default());
    assert!(futures::poll!(&mut given_up).is_pending());
    drop(given_up);
    assert_eq!(provider.generation().await, 1);
    assert_eq!(reported(&provider), Some(("refresh-1".to_owned(), 1)));
    assert_eq!(provider.token_requests().await.len(), 1);
}

/// The provider carries out the first request, and its answer is lost: the old token is sent again, and refused.
#[tokio::test]
async fn a_refusal_after_a_lost_answer_says_what_may_have_become_of_the_token() {
    let rotate = rotating();
    let is_first = Mutex::new(true);
    let losing = move |request: &wiremock::Request| {
        let answer = rotate.respond(request);
        if std::mem::take(&mut *is_first.lock().unwrap()) { ResponseTemplate::new(502) } else { answer }
    };
    let provider = Provider::start_with(refreshing(), losing).await;
    let lost = provider.authenticator.fresh(Call::default()).await.unwrap_err();
    assert!(matches!(lost, AuthError::Refused { status: 502, .. }), "{lost:?}");
    let refused = provider.authenticator.fresh(Call::default()).await.unwrap_err();
    let AuthError::PerhapsReplaced(cause) = refused else { panic!("{refused:?}") };
    assert!(cause.is("invalid_grant"), "{cause:?}");
}

#[tokio::test]
async fn a_refusal_without_a_lost_answer_is_a_plain_one() {
    let provider = Provider::start_with(refreshing(), refusal("invalid_grant")).await;
    for _ in 0..2 {
        assert!(provider.authenticator.fresh(Call::default()).await.unwrap_err().is("invalid_grant"));
    }
}
