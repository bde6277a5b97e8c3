//! The bytes beneath: connections accepted, served and closed so that the last words of an answer arrive.
//!
//! `axum::serve` would do but for three things: it limits no time for a request's head, it does not tell when an error
//! line has left before a body is broken off, and it closes on clients that still send (they lose the answer).
//!
//! A client that closes its sending side while it waits counts as gone, and its command is cancelled.

use axum::Router;
use futures::FutureExt;
use hyper::{server::conn::http1, service::Service as _, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
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

/// Serves connections until they are to drain.
pub async fn accept(listener: TcpListener, router: Router, stages: Stages, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stages.drain.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, stages) = (router.clone(), stages.clone());
                tasks.spawn(async move {
                    let served = serve(stream, router, stages.drain);
                    stages.close.run_until_cancelled(served).await;
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until either side closes it.
async fn serve(stream: TcpStream, router: Router, drain: CancellationToken) {
    // Lines go out as they come; a socket that refuses this is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let flushes = Flushes::default();
    let io = TokioIo::new(Watched { stream, flushes: flushes.clone() });
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(flushes.clone());
        router.call(request).boxed()
    });
    let mut connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).serve_connection(io, service);
    let result = tokio::select! {
        result = poll_fn(|context| connection.poll_without_shutdown(context)) => result,
        () = drain.cancelled() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    if result.is_err() || !drain.is_cancelled() {
        linger(connection.into_parts().io.into_inner().stream).await;
    }
}

/// Closes for writing, and takes what the client still sends: closing on unread bytes would reset the connection, and a
/// client loses the answer that it has not read yet (RFC 9112, section 9.6).
async fn linger(mut stream: TcpStream) {
    let _ = timeout(LINGER, async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    })
    .await;
}

/// Tells when everything written to a connection has been handed to the system.
#[derive(Clone)]
pub struct Flushes(Arc<watch::Sender<()>>);

/// One flush to come.
pub struct Flush(watch::Receiver<()>);

impl Default for Flushes {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Flushes {
    /// The first flush from now on.
    pub fn next(&self) -> Flush {
        Flush(self.0.subscribe())
    }
}

impl Flush {
    pub async fn done(mut self) {
        // An error means that the connection is gone, and with it whoever waits.
        let _ = self.0.changed().await;
    }
}

/// A connection whose flushes are told: hyper flushes it only when its own buffer is empty.
struct Watched {
    stream: TcpStream,
    flushes: Flushes,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.flushes.0.send_replace(());
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
