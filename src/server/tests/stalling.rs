//! Clients that stop reading: their command ends, and makes room for others.

use super::{logs::Log, *};
use tokio::time::Instant;

/// Lines without end, and what hears when they are dropped.
pub fn endless() -> (Events, oneshot::Receiver<()>) {
    let (guard, dropped) = oneshot::channel::<()>();
    let text = "x".repeat(200 * 1024);
    let lines = stream::repeat_with(move || {
        let _ = &guard;
        Ok(Event::output(&text).unwrap())
    });
    (lines.boxed(), dropped)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_reading_loses_its_command() {
    let log = Log::default();
    let _guard = log.start();
    let options = Options { max_invocations: 1, ..Options::default() };
    let (tell, mut started) = tokio::sync::mpsc::unbounded_channel();
    let server = start(options, move |invocation| match invocation.command.as_str() {
        "endless" => {
            let (events, dropped) = endless();
            tell.send(dropped).unwrap();
            events
        }
        _ => events(vec![output(1)]),
    })
    .await;
    let mut stuck = Client::connect(&server).await;
    stuck.send(&client::post_with(&["X-Request-Id: r-1"], r#"{"type":"endless"}"#)).await;
    stuck.head().await;
    let before = Instant::now();
    let busy = Client::connect(&server).await.ask(&invocation()).await;
    assert_eq!((busy.status, busy.code().as_str()), (503, "BUSY"));
    started.recv().await.unwrap().await.unwrap_err();
    assert_eq!(before.elapsed().as_secs(), 180);
    assert!(Client::connect(&server).await.ask(&invocation()).await.complete);
    let text = log.text();
    let outcome = text.lines().find(|line| line.contains("cancelled")).unwrap();
    insta::assert_snapshot!(outcome, @r#"{"level":"WARN","timestamp":"2026-01-01T00:03:00.000Z","invocationId":"…","requestId":"r-1","commandType":"endless","message":"command cancelled","completed":false,"elapsed":180000,"cause":"the client took nothing of the answer for 180 s"}"#);
}
