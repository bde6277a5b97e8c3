//! Connections: accepted, served, closed. What is answered is the router's matter.

use super::faults::Closed;
use axum::Router;
use axum::body::Body;
use http::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks that serve a listener.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections {
    tasks: TaskTracker,
    /// No new requests; those that came are answered.
    draining: CancellationToken,
    /// Everything ends at once.
    aborted: CancellationToken,
}

impl Connections {
    /// Serves in a task of its own until [`Self::drain`] or [`Self::abort`].
    pub(super) fn serve(&self, listener: TcpListener, router: Router) {
        let connections = self.clone();
        self.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = connections.draining.cancelled() => return,
                };
                match accepted {
                    Ok((stream, _)) => connections.connect(stream, router.clone()),
                    // A connection that ended already, or no file handle left: others may still come.
                    Err(error) => {
                        tracing::warn!(%error, "the sandbox could not accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
    }

    pub(super) fn drain(&self) {
        self.draining.cancel();
    }

    /// Closes the listener and every connection, in the middle of an answer too, and waits until that is done.
    pub(super) async fn abort(&self) {
        self.draining.cancel();
        self.aborted.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn connect(&self, stream: TcpStream, router: Router) {
        // Small answers must not wait for an acknowledgement; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let (draining, aborted) = (self.draining.clone(), self.aborted.clone());
        self.tasks.spawn(async move {
            let router = TowerToHyperService::new(router);
            let is_reset = Arc::new(AtomicBool::new(false));
            let resets = is_reset.clone();
            let service = service_fn(move |request: http::Request<Incoming>| {
                let (answer, resets) = (router.call(request), resets.clone());
                async move { answer.await.map_err(io::Error::other).and_then(|answer| unless_closed(answer, &resets)) }
            });
            let mut connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // How a connection ended is its client's business.
            tokio::select! {
                () = aborted.cancelled() => {}
                _ = &mut connection => {}
                () = draining.cancelled() => {
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                    tokio::select! {
                        () = aborted.cancelled() => {}
                        _ = &mut connection => {}
                    }
                }
            }
            if is_reset.load(Ordering::Relaxed) {
                // Where it cannot be reset it is closed.
                let _ = connection.into_parts().io.into_inner().set_zero_linger();
            }
        });
    }
}

/// An error here makes hyper give up the connection without an answer.
fn unless_closed(response: Response<Body>, resets: &AtomicBool) -> io::Result<Response<Body>> {
    match response.extensions().get::<Closed>() {
        Some(Closed) => {
            resets.store(true, Ordering::Relaxed);
            Err(io::Error::from(io::ErrorKind::ConnectionAborted))
        }
        None => Ok(response),
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
