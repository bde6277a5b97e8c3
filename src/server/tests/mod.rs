//! The service over real TCP on loopback: scripted commands behind it, and before it a client that looks at bytes.

mod answers;
mod client;
mod logs;
mod refusals;
mod stalling;
mod stopping;
mod tls;

use super::{Options, Server};
use crate::protocol::{Event, Events, Failure, Handler, Invocation, Kind};
use client::Client;
use futures::{Stream, StreamExt, stream};
use serde_json::json;
use std::sync::Arc;
use tokio::{net::TcpListener, sync::oneshot};

/// Carries out invocations as a closure says.
struct Script<F>(F);

impl<F: Fn(Invocation) -> Events + Send + Sync + 'static> Handler for Script<F> {
    fn handle(&self, invocation: Invocation) -> Events {
        (self.0)(invocation)
    }
}

async fn start(options: Options, script: impl Fn(Invocation) -> Events + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Server::start(listener, options, Arc::new(Script(script))).unwrap()
}

/// The answer to one invocation, by a service that carries it out as `script` says.
async fn answer_of(script: impl Fn(Invocation) -> Events + Send + Sync + 'static) -> client::Answer {
    let server = start(Options::default(), script).await;
    Client::connect(&server).await.ask(&invocation()).await
}

/// A request with an invocation that every service here takes.
fn invocation() -> String {
    client::post(r#"{"type":"std:account:list","input":{},"config":{}}"#)
}

fn output(number: usize) -> Result<Event, Failure> {
    Event::output(&json!({ "n": number })).map_err(|error| Failure::new(Kind::Generic, "TEST", error.to_string()))
}

fn failure() -> Result<Event, Failure> {
    Err(Failure::new(Kind::NotFound, "ACCOUNT_NOT_FOUND", "No such account."))
}

fn events(items: Vec<Result<Event, Failure>>) -> Events {
    stream::iter(items).boxed()
}

/// Those events, and then silence for ever; when it is dropped, `dropped` hears of it.
fn then_silence(items: impl Stream<Item = Result<Event, Failure>> + Send + 'static) -> (Events, oneshot::Receiver<()>) {
    let (guard, dropped) = oneshot::channel::<()>();
    let silent = stream::pending().map(move |event| {
        let _ = &guard;
        event
    });
    (items.chain(silent).boxed(), dropped)
}
