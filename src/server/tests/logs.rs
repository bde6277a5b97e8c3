//! What the log says of a command.

use super::*;
use crate::{
    clock::Clock,
    telemetry::{Format, layer},
};
use chrono::DateTime;
use std::{io, sync::Mutex, time::Duration};
use tokio::time::sleep;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    /// Keeps what is logged on this thread, where a test's service runs as well.
    pub fn start(&self) -> DefaultGuard {
        let log = Arc::clone(&self.0);
        let clock = Clock::starting_at(DateTime::from_timestamp(1_767_225_600, 0).unwrap());
        let layer = layer(Format::Json, false, clock, move |line| log.lock().unwrap().push_str(line));
        tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
    }

    /// The lines so far, random ids blotted out.
    pub fn text(&self) -> String {
        let blot = |line: &str| match line.split_once(r#""invocationId":""#) {
            Some((before, after)) => {
                let (id, rest) = after.split_once('"').unwrap();
                assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
                format!(r#"{before}"invocationId":"…"{rest}"#)
            }
            None => line.to_owned(),
        };
        self.0.lock().unwrap().lines().map(|line| blot(line) + "\n").collect()
    }
}

fn with_id(body: &str) -> String {
    client::post_with(&["X-Request-Id: r-1"], body)
}

#[tokio::test(start_paused = true)]
async fn a_command_has_its_context_on_each_line_and_an_outcome() {
    let log = Log::default();
    let _guard = log.start();
    let server = start(Options::default(), |_| {
        stream::once(async {
            tracing::debug!("not asked for");
            sleep(Duration::from_millis(1500)).await;
            tracing::info!(page = 1, "a page came");
            output(1)
        })
        .boxed()
    })
    .await;
    let body = r#"{"connectorRef":"c-1","version":3,"type":"std:account:list","config":{}}"#;
    Client::connect(&server).await.ask(&with_id(body)).await;
    insta::assert_snapshot!(log.text(), @r#"
    {"level":"INFO","timestamp":"2026-01-01T00:00:01.500Z","id":"c-1","version":3,"invocationId":"…","requestId":"r-1","commandType":"std:account:list","message":"a page came","page":1}
    {"level":"INFO","timestamp":"2026-01-01T00:00:01.500Z","id":"c-1","version":3,"invocationId":"…","requestId":"r-1","commandType":"std:account:list","message":"command completed","completed":true,"elapsed":1500}
    "#);
}

#[tokio::test(start_paused = true)]
async fn debug_lines_appear_for_the_command_that_asks_for_them() {
    let log = Log::default();
    let _guard = log.start();
    let server = start(Options::default(), |_| {
        stream::once(async {
            tracing::debug!(step = "read", "asked for");
            output(1)
        })
        .boxed()
    })
    .await;
    for setting in ["true", r#""true""#, "false", "null"] {
        let body = format!(
            r#"{{"version":"7","type":"t","config":{{"spConnectorInstanceId":"s-1","spConnDebugLoggingEnabled":{setting}}}}}"#
        );
        Client::connect(&server).await.ask(&with_id(&body)).await;
    }
    insta::assert_snapshot!(log.text(), @r#"
    {"level":"DEBUG","timestamp":"2026-01-01T00:00:00.000Z","id":"s-1","version":"7","invocationId":"…","requestId":"r-1","commandType":"t","message":"asked for","step":"read"}
    {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","id":"s-1","version":"7","invocationId":"…","requestId":"r-1","commandType":"t","message":"command completed","completed":true,"elapsed":0}
    {"level":"DEBUG","timestamp":"2026-01-01T00:00:00.000Z","id":"s-1","version":"7","invocationId":"…","requestId":"r-1","commandType":"t","message":"asked for","step":"read"}
    {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","id":"s-1","version":"7","invocationId":"…","requestId":"r-1","commandType":"t","message":"command completed","completed":true,"elapsed":0}
    {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","id":"s-1","version":"7","invocationId":"…","requestId":"r-1","commandType":"t","message":"command completed","completed":true,"elapsed":0}
    {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","id":"s-1","version":"7","invocationId":"…","requestId":"r-1","commandType":"t","message":"command completed","completed":true,"elapsed":0}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_logged_with_its_causes_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("the token endpoint did not answer")]
    struct NoAnswer(#[source] io::Error);

    let log = Log::default();
    let _guard = log.start();
    let server = start(Options::default(), |_| {
        let cause = NoAnswer(io::Error::other(io::Error::other("connection refused")));
        let failure = Failure::new(Kind::InvalidConfiguration, "UNREACHABLE", "The source cannot be reached.");
        events(vec![Err(failure.caused_by(cause))])
    })
    .await;
    Client::connect(&server).await.ask(&with_id(r#"{"type":"std:test-connection"}"#)).await;
    insta::assert_snapshot!(log.text(), @r#"{"level":"ERROR","timestamp":"2026-01-01T00:00:00.000Z","invocationId":"…","requestId":"r-1","commandType":"std:test-connection","message":"command failed","completed":true,"elapsed":0,"error":"The source cannot be reached.","code":"UNREACHABLE","cause":"the token endpoint did not answer: connection refused"}"#);
}

#[tokio::test]
async fn a_cancelled_command_is_logged_as_such() {
    let log = Log::default();
    let _guard = log.start();
    let (tell, mut started) = tokio::sync::mpsc::unbounded_channel();
    let server = start(Options::default(), move |_| {
        let (events, dropped) = then_silence(stream::iter([output(1)]));
        tell.send(dropped).unwrap();
        events
    })
    .await;
    let mut client = Client::connect(&server).await;
    client.send(&invocation()).await;
    client.head().await;
    drop(client);
    started.recv().await.unwrap().await.unwrap_err();
    let text = log.text();
    assert!(text.contains(r#""completed":false"#) && text.contains("command cancelled"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_logged_without_the_token() {
    let log = Log::default();
    let _guard = log.start();
    let server = start(Options { token: Some("s3cret".into()), ..Options::default() }, |_| events(vec![])).await;
    let request = client::post_with(&["X-Request-Id: r-1", "Authorization: Bearer canary"], "{}");
    Client::connect(&server).await.ask(&request).await;
    insta::assert_snapshot!(log.text(), @r#"{"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","message":"request refused","requestId":"r-1","status":401,"code":"UNAUTHORIZED"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_command_s_name_is_logged_no_longer_than_it_can_be() {
    let log = Log::default();
    let _guard = log.start();
    let server = start(Options::default(), |_| stream::empty().boxed()).await;
    let body = format!(r#"{{"type":"{}"}}"#, "é".repeat(100_000));
    Client::connect(&server).await.ask(&with_id(&body)).await;
    let (logged, shown) = (log.text(), format!(r#""commandType":"{}""#, "é".repeat(100)));
    assert!(logged.contains(&shown), "{} bytes are logged", logged.len());
}
