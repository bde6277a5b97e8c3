//! What becomes of requests, over real HTTP on this machine.

mod answers;
mod connections;
mod credentials;
mod retries;
mod slots;

use super::*;
use crate::transport::{AuthorizationError, Lane};
use ::http::{HeaderValue, Method, header::AUTHORIZATION};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::error::Error;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

const LOOPBACK: NetworkPolicy = NetworkPolicy { allow_loopback: true, allow_private: false };
const CANARY: &str = "canary-token-0123456789";

fn options(origin: &Url) -> Options {
    let mut options = Options::new(origin.origin(), LOOPBACK, Arc::new(Limiter::unlimited()), Clock::system());
    options.max_retries = 2;
    options.jitter = Arc::new(Jitter::seeded(1));
    options.backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
    options.timeout = Duration::from_secs(10);
    options
}

fn transport(origin: &Url) -> Transport {
    Transport::new(options(origin), None).unwrap()
}

fn get(base: &Url) -> Request {
    Request::get(base.join("/scim/v2/Users?filter=userName%20eq%20%22ada%22").unwrap())
}

fn creation(base: &Url) -> Request {
    Request {
        method: Method::POST,
        body: Some(Bytes::from_static(b"{}")),
        repeat: Repeat::OnlyIfNotReceived,
        ..get(base)
    }
}

async fn server() -> (MockServer, Url) {
    let server = MockServer::start().await;
    let url = server.uri().parse().unwrap();
    (server, url)
}

async fn answer(server: &MockServer, template: ResponseTemplate, times: u64) {
    Mock::given(any()).respond_with(template).up_to_n_times(times).mount(server).await;
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// A server that reads each request, writes `reply` and closes the connection. Counts the connections.
async fn closing_server(reply: &'static str) -> (Url, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let connections = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    (url, connections)
}

/// Tokens that count up from 1; a refused one is followed by the next.
struct Counting(AtomicU64);

impl Counting {
    fn shared() -> Arc<dyn Credentials> {
        Arc::new(Self(AtomicU64::new(1)))
    }
}

impl Credentials for Counting {
    fn authorize(&self, _call: Call) -> BoxFuture<'_, Result<Authorization, AuthorizationError>> {
        async {
            let generation = self.0.load(Ordering::Relaxed);
            let header = HeaderValue::try_from(format!("Bearer {CANARY}-{generation}"))?;
            Ok(Authorization { header: Some((AUTHORIZATION, header)), generation })
        }
        .boxed()
    }

    fn refused(&self, used: &Authorization) -> bool {
        let (old, new) = (used.generation, used.generation + 1);
        let _ = self.0.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
        true
    }
}

/// All that a person or a log could be shown of an error.
fn shown(error: &SendError) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    chain.flat_map(|error| [error.to_string(), format!("{error:?}\n")]).collect()
}
