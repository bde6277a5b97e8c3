//! The bytes beneath: connections accepted, served and closed so that the last words of an answer arrive.
//!
//! `axum::serve` would do but for three things: it limits no time for a request's head, it does not tell when an error
//! line has left before a body is broken off, and it closes on clients that still send (they lose the answer).
//!
//! A client that closes its sending side while it waits counts as gone, and its command is cancelled.

use super::{
    listener::{Connection, Listener},
    tls::Handshakes,
    writing::{Watched, Writing},
};
use axum::Router;
use futures::FutureExt;
use hyper::{server::conn::http1, service::Service as _, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{future::poll_fn, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a request's head may take to arrive, and how long a connection may wait for its next request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a client may go on sending after its answer was complete.
const LINGER: Duration = Duration::from_secs(5);
/// Waited when no connection can be accepted, for want of file descriptors as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The stages of stopping, in their order.
#[derive(Clone)]
pub struct Stages {
    /// New commands are refused.
    pub stopping: CancellationToken,
    /// Running commands fail.
    pub abort: CancellationToken,
    /// Connections close when their answer is complete, and no more are accepted.
    pub drain: CancellationToken,
    /// Whatever is still open is dropped. Implies `drain`.
    pub close: CancellationToken,
}

impl Default for Stages {
    fn default() -> Self {
        let close = CancellationToken::new();
        Self { stopping: CancellationToken::new(), abort: CancellationToken::new(), drain: close.child_token(), close }
    }
}

/// What connections are served with.
#[derive(Clone)]
pub struct Terms {
    pub router: Router,
    /// Without them, connections are plain.
    pub tls: Option<Handshakes>,
    pub stages: Stages,
    /// How long a client may take nothing of what is written for it.
    pub stall_limit: Duration,
}

/// Serves connections until they are to drain.
pub async fn accept(listener: Listener, terms: Terms, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = terms.stages.drain.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) => {
                let (terms, close) = (terms.clone(), terms.stages.close.clone());
                tasks.spawn(async move {
                    close.run_until_cancelled(Box::pin(begin(stream, terms))).await;
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Comes to terms with the client about encryption, and serves it.
async fn begin(stream: Box<dyn Connection>, terms: Terms) {
    let Terms { router, tls, stages: Stages { drain, .. }, stall_limit } = terms;
    let writing = Writing::default();
    // Beneath the encryption, which holds back some bytes: what has left it has left altogether.
    let stream = Watched::new(stream, writing.clone(), stall_limit);
    match tls {
        None => serve(stream, writing, router, drain).await,
        Some(tls) => {
            if let Some(Some(stream)) = drain.run_until_cancelled(tls.accept(stream)).await {
                serve(stream, writing, router, drain).await;
            }
        }
    }
}

/// Serves one connection until either side closes it.
async fn serve(stream: impl Connection, writing: Writing, router: Router, drain: CancellationToken) {
    let io = TokioIo::new(stream);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(writing.clone());
        router.call(request).boxed()
    });
    let mut connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).serve_connection(io, service);
    let result = tokio::select! {
        result = poll_fn(|context| connection.poll_without_shutdown(context)) => result,
        () = drain.cancelled() => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    if result.is_err() || !drain.is_cancelled() {
        linger(connection.into_parts().io.into_inner()).await;
    }
}

/// Closes for writing, and takes what the client still sends: closing on unread bytes would reset the connection, and a
/// client loses the answer that it has not read yet (RFC 9112, section 9.6).
async fn linger(mut stream: impl Connection) {
    let _ = timeout(LINGER, async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    })
    .await;
}
