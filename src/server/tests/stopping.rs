//! How the service stops: running commands finish, new ones are told so, and in the end everything is closed.

use super::*;
use client::request;
use futures::future::{BoxFuture, FutureExt as _};
use std::time::Duration;
use tokio::{sync::Notify, time::Instant};
use tokio_util::task::TaskTracker;

fn ready() -> String {
    request("GET /readyz", &["Host: localhost"], "")
}

/// A client whose command has sent its first line.
async fn under_way(server: &Server) -> Client {
    let mut client = Client::connect(server).await;
    client.send(&invocation()).await;
    client.head().await;
    client.chunk().await.unwrap();
    client
}

#[tokio::test]
async fn running_commands_finish_while_new_ones_are_refused() {
    let go_on = Arc::new(Notify::new());
    let waits = Arc::clone(&go_on);
    let server = start(Options::default(), move |_| {
        let waits = Arc::clone(&waits);
        let last = stream::once(async move {
            waits.notified().await;
            output(2)
        });
        stream::iter([output(1)]).chain(last).boxed()
    })
    .await;
    let mut idle = Client::connect(&server).await;
    assert_eq!(idle.ask(&ready()).await.status, 200);
    let mut running = under_way(&server).await;
    let client = async {
        let refused = Client::connect(&server).await.ask(&invocation()).await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "STOPPING"));
        assert!(refused.header("retry-after").is_some());
        let unready = idle.ask(&ready()).await;
        assert_eq!((unready.status, unready.body.as_str()), (503, r#"{"status":"stopping"}"#));
        go_on.notify_one();
        assert_eq!(running.chunk().await.unwrap(), b"{\"type\":\"output\",\"data\":{\"n\":2}}\n");
        assert_eq!(running.chunk().await.unwrap(), b"", "the final chunk");
    };
    tokio::join!(server.shut_down(), client);
    server.wait().await;
    assert!(idle.is_closed().await && running.is_closed().await);
    assert!(Client::connect_to(server.address()).await.is_err(), "the listener is closed");
}

#[tokio::test(start_paused = true)]
async fn commands_beyond_the_grace_fail() {
    let options = Options { shutdown_grace: Duration::from_secs(10), ..Options::default() };
    let started = Arc::new(Notify::new());
    let tell = Arc::clone(&started);
    let server = start(options, move |invocation| match invocation.command.as_str() {
        "silent" => {
            tell.notify_one();
            stream::pending().boxed()
        }
        _ => then_silence(stream::iter([output(1)])).0,
    })
    .await;
    let mut late = under_way(&server).await;
    let mut early = Client::connect(&server).await;
    early.send(&client::post(r#"{"type":"silent"}"#)).await;
    started.notified().await;
    let before = Instant::now();
    let clients = async {
        let answer = early.answer().await;
        assert_eq!((answer.status, answer.code().as_str()), (500, "STOPPING"));
        let line = String::from_utf8(late.chunk().await.unwrap()).unwrap();
        assert!(line.starts_with("{\"type\":\"error\"") && line.contains("STOPPING"), "{line}");
        assert_eq!(late.chunk().await, None, "the body is broken off");
        assert_eq!(before.elapsed().as_secs(), 10);
        drop((early, late));
    };
    tokio::join!(server.shut_down(), clients);
    assert_eq!(before.elapsed().as_secs(), 10);
}

/// A handler whose commands leave something behind that goes on for a while.
struct Leaving(TaskTracker, Duration);

impl Handler for Leaving {
    fn handle(&self, _: Invocation) -> Events {
        self.0.spawn(tokio::time::sleep(self.1));
        events(vec![output(1)])
    }

    fn finished(&self) -> BoxFuture<'_, ()> {
        self.0.close();
        self.0.wait().boxed()
    }
}

#[rstest::rstest]
#[case::that_ends(7, 7)]
#[case::that_does_not(700, 10)]
#[tokio::test(start_paused = true)]
async fn what_goes_on_of_a_command_is_waited_for(#[case] takes: u64, #[case] waited: u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { shutdown_grace: Duration::from_secs(10), ..Options::default() };
    let handler = Leaving(TaskTracker::new(), Duration::from_secs(takes));
    let server = Server::start(listener, options, Arc::new(handler)).unwrap();
    assert!(Client::connect(&server).await.ask(&invocation()).await.complete);
    let before = Instant::now();
    server.shut_down().await;
    assert_eq!(before.elapsed().as_secs(), waited);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_does_not_hold_up_the_end() {
    let options = Options { shutdown_grace: Duration::from_secs(10), ..Options::default() };
    let server = start(options, |_| {
        let text = "x".repeat(200 * 1024);
        stream::repeat_with(move || Ok(Event::output(&text).unwrap())).boxed()
    })
    .await;
    let mut stuck = Client::connect(&server).await;
    stuck.send(&invocation()).await;
    stuck.head().await;
    let before = Instant::now();
    server.shut_down().await;
    assert_eq!(before.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_service_at_rest_stops_at_once() {
    let server = start(Options::default(), |_| events(vec![])).await;
    let (mut idle, mut fresh) = (Client::connect(&server).await, Client::connect(&server).await);
    idle.ask(&ready()).await;
    let before = Instant::now();
    tokio::join!(server.wait(), server.shut_down());
    assert!(before.elapsed() < Duration::from_secs(1));
    assert!(idle.is_closed().await && fresh.is_closed().await);
}

#[tokio::test]
async fn a_dropped_service_closes_everything() {
    let (tell, mut started) = tokio::sync::mpsc::unbounded_channel();
    let server = start(Options::default(), move |_| {
        let (events, dropped) = then_silence(stream::iter([output(1)]));
        tell.send(dropped).unwrap();
        events
    })
    .await;
    let mut running = under_way(&server).await;
    drop(server);
    assert_eq!(running.chunk().await, None);
    started.recv().await.unwrap().await.unwrap_err();
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_is_heard_from_the_call_on() {
    let signal = crate::server::shutdown_signal().unwrap();
    let kill = format!("kill -TERM {}", std::process::id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    tokio::time::timeout(Duration::from_secs(10), signal).await.unwrap();
}
