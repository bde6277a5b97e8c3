//! Places at the limiter: taken no longer than needed.

use super::*;

#[tokio::test]
async fn a_place_is_taken_until_the_body_has_been_read() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200).set_body_string("slow reader"), 10).await;
    let limiter = Arc::new(Limiter::new(1, None));
    let transport = Transport::new(Options { limiter: Arc::clone(&limiter), ..options(&url) }, None).unwrap();
    let opened = transport.open(get(&url)).await.unwrap();
    assert!(limiter.join(Lane::Urgent).turn(None).now_or_never().is_none());
    drop(opened);
    assert!(limiter.join(Lane::Urgent).turn(None).now_or_never().is_some());
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
    assert!(tokio::time::timeout(Duration::from_secs(5), limiter.join(Lane::Urgent).turn(None)).await.is_ok());
}

/// The command is at an end when all that sends for it is gone.
#[tokio::test]
async fn a_command_that_somebody_waits_for_keeps_a_slot_free_of_lists_as_long_as_it_runs() {
    let (server, url) = server().await;
    answer(&server, ResponseTemplate::new(200).set_body_string("{}"), u64::MAX).await;
    let limiter = Arc::new(Limiter::new(2, None));
    let transport = Transport::new(Options { limiter: Arc::clone(&limiter), ..options(&url) }, None).unwrap();
    let both = || {
        let slots =
            [limiter.join(Lane::Bulk).turn(None).now_or_never(), limiter.join(Lane::Bulk).turn(None).now_or_never()];
        slots.iter().flatten().count()
    };
    let list = transport.for_call(Call::bulk());
    assert_eq!(both(), 2);
    let command = transport.for_call(Call::urgent(None));
    assert!(command.send(get(&url)).await.is_ok());
    let clone = command.to_origin(url.origin());
    drop((command, list));
    // Between two requests of the command.
    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(both(), 1);
    drop(clone);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(both(), 2);
}
