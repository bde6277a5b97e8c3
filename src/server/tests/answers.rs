//! What a command's answer looks like on the wire, good, bad and broken.

use super::*;
use crate::protocol::Lines;
use futures::FutureExt;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};

#[tokio::test]
async fn results_are_streamed_as_lines() {
    let answer = answer_of(|_| events(vec![output(1), output(2)])).await;
    assert_eq!((answer.status, answer.complete), (200, true));
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(answer.header("x-connector-version"), Some(crate::product::VERSION));
    insta::assert_snapshot!(answer.body, @r#"
    {"type":"output","data":{"n":1}}
    {"type":"output","data":{"n":2}}
    "#);
}

#[tokio::test]
async fn a_line_is_sent_before_the_next_is_there() {
    let server = start(Options::default(), |_| then_silence(stream::iter([output(1)])).0).await;
    let mut client = Client::connect(&server).await;
    client.send(&invocation()).await;
    client.head().await;
    assert_eq!(client.chunk().await.unwrap(), b"{\"type\":\"output\",\"data\":{\"n\":1}}\n");
}

#[tokio::test]
async fn a_command_without_results_has_an_empty_body() {
    let empty = || Ok(Event::Outputs(Lines::default()));
    for count in [0, 1] {
        let answer = answer_of(move |_| events((0..count).map(|_| empty()).collect())).await;
        assert_eq!((answer.status, answer.body.as_str(), answer.complete), (200, "", true));
    }
    let answer = answer_of(move |_| events(vec![empty(), failure()])).await;
    assert_eq!(answer.status, 500, "no byte had gone out");
}

#[tokio::test]
async fn an_early_failure_is_the_whole_answer() {
    let server = start(Options::default(), |_| events(vec![failure()])).await;
    let request = client::post_with(&["X-Request-Id: r-1"], r#"{"type":"std:account:read"}"#);
    let answer = Client::connect(&server).await.ask(&request).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-request-id"), Some("r-1"));
    insta::assert_snapshot!(answer.body, @r#"{"type":"error","data":{"type":"notFound","kind":"notFound","code":"ACCOUNT_NOT_FOUND","message":"No such account.","requestId":"r-1"}}"#);
}

#[tokio::test]
async fn a_late_failure_is_a_line_and_then_a_break() {
    let server = start(Options::default(), |_| events(vec![output(1), failure(), output(2)])).await;
    let request = client::post_with(&["X-Request-Id: r-1"], r#"{"type":"std:account:list"}"#);
    let answer = Client::connect(&server).await.ask(&request).await;
    assert_eq!((answer.status, answer.complete), (200, false));
    insta::assert_snapshot!(answer.body, @r#"
    {"type":"output","data":{"n":1}}
    {"type":"error","data":{"type":"notFound","kind":"notFound","code":"ACCOUNT_NOT_FOUND","message":"No such account.","requestId":"r-1"}}
    "#);
}

#[tokio::test]
async fn the_error_line_arrives_after_more_than_any_buffer_holds() {
    let lines = 200;
    let answer = answer_of(move |_| {
        let text = "x".repeat(200 * 1024);
        let outputs = stream::iter((0..lines).map(move |_| Ok(Event::output(&text).unwrap())));
        outputs.chain(stream::iter([failure()])).boxed()
    })
    .await;
    assert!(!answer.complete);
    assert_eq!(answer.body.lines().count(), lines + 1);
    assert!(answer.body.lines().last().unwrap().contains("ACCOUNT_NOT_FOUND") && answer.body.ends_with('\n'));
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_keep_alive() {
    let answer = answer_of(|_| {
        let slow = async {
            sleep(Duration::from_secs(95)).await;
            output(1)
        };
        stream::iter([output(0)]).chain(slow.into_stream()).boxed()
    })
    .await;
    assert!(answer.complete);
    insta::assert_snapshot!(answer.body, @r#"
    {"type":"output","data":{"n":0}}
    {"type":"keepAlive","data":{}}
    {"type":"keepAlive","data":{}}
    {"type":"keepAlive","data":{}}
    {"type":"output","data":{"n":1}}
    "#);
}

#[tokio::test(start_paused = true)]
async fn after_a_keep_alive_a_failure_is_late() {
    let answer = answer_of(|_| {
        let slow = async {
            sleep(Duration::from_secs(31)).await;
            failure()
        };
        slow.into_stream().boxed()
    })
    .await;
    assert_eq!((answer.status, answer.complete, answer.body.lines().count()), (200, false, 2));
    assert!(answer.body.starts_with("{\"type\":\"keepAlive\",\"data\":{}}\n{\"type\":\"error\""), "{}", answer.body);
}

#[tokio::test]
async fn a_panic_is_a_failure_of_its_command_alone() {
    let server = start(Options::default(), |invocation| match invocation.command.as_str() {
        "at once" => panic!("in handle"),
        "early" => stream::iter(0..1).map(|_| panic!("before the first line")).boxed(),
        "late" => stream::iter(0..2).map(|n| if n == 0 { output(n) } else { panic!("after it") }).boxed(),
        _ => events(vec![output(1)]),
    })
    .await;
    for command in ["at once", "early"] {
        let request = client::post(&format!(r#"{{"type":"{command}"}}"#));
        let answer = Client::connect(&server).await.ask(&request).await;
        assert_eq!((answer.status, answer.code().as_str()), (500, "INTERNAL"));
    }
    let late = Client::connect(&server).await.ask(&client::post(r#"{"type":"late"}"#)).await;
    assert!(late.status == 200 && !late.complete && late.body.contains("INTERNAL"), "{late:?}");
    assert_eq!(Client::connect(&server).await.ask(&invocation()).await.status, 200);
}

#[tokio::test]
async fn one_connection_serves_invocation_after_invocation() {
    let server = start(Options::default(), |invocation| {
        events(if invocation.command == "fail" { vec![failure()] } else { vec![output(1)] })
    })
    .await;
    let mut client = Client::connect(&server).await;
    for (command, status) in [("a", 200), ("fail", 500), ("b", 200)] {
        assert_eq!(client.ask(&client::post(&format!(r#"{{"type":"{command}"}}"#))).await.status, status);
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_pauses_the_command() {
    const LINES: usize = 1000;
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let server = start(Options::default(), move |_| {
        let (count, text) = (Arc::clone(&count), "x".repeat(64 * 1024));
        let line = move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Event::output(&text).unwrap())
        };
        stream::iter(0..LINES).map(line).boxed()
    })
    .await;
    let mut client = Client::connect(&server).await;
    client.send(&invocation()).await;
    client.head().await;
    for _ in 0..20_000 {
        yield_now().await;
    }
    assert!(made.load(Ordering::Relaxed) < LINES / 2, "{made:?} lines were made that nobody reads");
    while !client.chunk().await.unwrap().is_empty() {}
    assert_eq!(made.load(Ordering::Relaxed), LINES);
}

#[rstest::rstest]
#[case(r#"{"type":"t"}"#, r#"{"from":"file"}"#)]
#[case(r#"{"type":"t","config":{}}"#, "{}")]
#[case(r#"{"type":"t","config":{"own":1}}"#, r#"{"own":1}"#)]
#[tokio::test]
async fn default_settings_stand_in_for_none_and_never_mix(#[case] body: &str, #[case] used: &str) {
    let default_config = Some(json!({"from": "file"}).as_object().unwrap().clone());
    let echo = |invocation: Invocation| events(vec![Ok(Event::output(&invocation.config).unwrap())]);
    let server = start(Options { default_config, ..Options::default() }, echo).await;
    let answer = Client::connect(&server).await.ask(&client::post(body)).await;
    assert_eq!(answer.body, format!("{{\"type\":\"output\",\"data\":{used}}}\n"));
}

#[rstest::rstest]
#[case::before_the_first_byte(vec![])]
#[case::in_the_middle(vec![0, 1])]
#[tokio::test]
async fn a_client_that_goes_away_cancels_the_command(#[case] lines: Vec<usize>) {
    let (tell, mut started) = tokio::sync::mpsc::unbounded_channel();
    let expected = lines.len();
    let server = start(Options::default(), move |_| {
        let (events, dropped) = then_silence(stream::iter(lines.clone()).map(output));
        tell.send(dropped).unwrap();
        events
    })
    .await;
    let mut client = Client::connect(&server).await;
    client.send(&invocation()).await;
    let dropped = started.recv().await.unwrap();
    if expected > 0 {
        client.head().await;
    }
    for _ in 0..expected {
        client.chunk().await.unwrap();
    }
    drop(client);
    // The guard is dropped without a word.
    timeout(Duration::from_secs(10), dropped).await.expect("the command went on").unwrap_err();
}
