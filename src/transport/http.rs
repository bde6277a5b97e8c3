//! The HTTP client: connections, TLS, proxies, names. The only file that names reqwest.
//!
//! It sends once. Retries, pacing and credentials are `send`'s.

use super::address::NetworkPolicy;
use super::body;
use super::budget::Budget;
use super::error::{Cause, FailedStatus, Fault, Phase};
use super::guard::{Guard, ResolveError};
use super::proxy::{ByProxy, Proxies};
use super::request::{Request, Response};
use super::tls::{Tls, is_about_client};
use crate::{product, secret};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use secrecy::ExposeSecret as _;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// An answer that has begun may be silent for so long, and for no more than half the time of the whole.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// Connections that idle longer are closed here, before the provider closes them under a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of a failed answer is kept.
const FAILED_BODY: usize = 64 * 1024;

/// A pool of connections with its guard.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    guard: Arc<Guard>,
    proxies: Arc<Proxies>,
    connect_timeout: Duration,
}

impl Http {
    /// # Errors
    /// When the system's authorities cannot be read, or `tls` is of no use.
    pub(super) fn new(policy: NetworkPolicy, tls: &Tls, timeout: Duration) -> Result<Self, Cause> {
        let guard = Arc::new(Guard::new(policy));
        // A whole request takes longer than its connection, so that the two kinds of timeout can be told apart.
        let connect_timeout = CONNECT_TIMEOUT.min(timeout / 2);
        let proxies = Arc::new(Proxies::of_environment());
        let asked = Arc::clone(&proxies);
        #[expect(clippy::disallowed_methods, reason = "this is the one client")]
        let mut builder = reqwest::Client::builder()
            .user_agent(product::get().user_agent())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .gzip(true)
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .dns_resolver(Names(Arc::clone(&guard)))
            .proxy(reqwest::Proxy::custom(move |url| asked.of(url)));
        if let Some(pem) = &tls.ca_certificates {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem.as_bytes())?);
        }
        if let Some(pem) = &tls.identity {
            builder = builder.identity(reqwest::Identity::from_pem(pem.expose_secret().as_bytes())?);
        }
        Ok(Self { client: builder.build()?, guard, proxies, connect_timeout })
    }

    /// Sends once and reads the whole answer, of at most `limit` bytes, within `timeout`, as far as `budget` has room.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        authorization: Option<&(HeaderName, HeaderValue)>,
        timeout: Duration,
        limit: usize,
        budget: &'static Budget,
    ) -> Result<Response, Fault> {
        let mut room = budget.room();
        let deadline = tokio::time::Instant::now() + timeout;
        let too_long = |_| Fault::Timeout { phase: Phase::Answer, after: timeout };
        let silence = READ_TIMEOUT.min(timeout / 2);
        let start = self.start(request, authorization);
        let mut answer = tokio::time::timeout_at(deadline, start).await.map_err(too_long)??;
        if answer.status.is_success() {
            let read = tokio::time::timeout_at(deadline, body::whole(&mut answer, silence, &mut room, limit));
            let body = read.await.map_err(too_long)??;
            return Ok(Response { status: answer.status, headers: answer.headers, body, _room: Arc::new(room) });
        }
        // The status says more than that its body broke off or did not come in time.
        let mut body = Vec::new();
        let read = body::beginning(&mut answer, silence, &mut room, &mut body, FAILED_BODY);
        let _ = tokio::time::timeout_at(deadline, read).await;
        let body = body::without_mark(body.into());
        Err(Fault::Status(Box::new(FailedStatus { status: answer.status, headers: answer.headers, body })))
    }

    /// Sends once and returns when the answer's head has come.
    pub(super) async fn start(
        &self,
        request: &Request,
        authorization: Option<&(HeaderName, HeaderValue)>,
    ) -> Result<Answer, Fault> {
        self.guard.admit(&request.url).map_err(Fault::Forbidden)?;
        let mut headers = request.headers.clone();
        if let Some((name, value)) = authorization {
            headers.insert(name.clone(), value.clone());
        }
        let mut builder = self.client.request(request.method.clone(), request.url.clone()).headers(headers);
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        #[expect(clippy::disallowed_methods, reason = "this is where the transport sends")]
        let sent = builder.send().await;
        let mut response = sent.map_err(|error| self.by_proxy(&request.url, fault(error, self.connect_timeout)))?;
        let status = response.status();
        let headers = hide_secrets(std::mem::take(response.headers_mut()));
        // The library tells what is left to be read: all, up to here.
        let length = response.content_length().and_then(|length| usize::try_from(length).ok());
        Ok(Answer { status, headers, length, body: response })
    }

    /// The fault with the proxy in it, where one was on the way: the host may have no part in what went wrong.
    fn by_proxy(&self, url: &Url, fault: Fault) -> Fault {
        let Some(proxy) = self.proxies.of(url) else { return fault };
        let by = |cause| Box::new(ByProxy::new(&proxy, cause));
        match fault {
            Fault::Connect(cause) => Fault::Connect(by(cause)),
            Fault::Resolve(cause) => Fault::Resolve(by(cause)),
            other => other,
        }
    }
}

/// An answer whose body is still to be read.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// How long it says that its body is; a compressed one does not.
    pub(super) length: Option<usize>,
    body: reqwest::Response,
}

impl Answer {
    /// The body's next piece, decompressed; `None` at its end.
    pub(super) async fn next(&mut self, within: Duration) -> Result<Option<Bytes>, Fault> {
        let read = tokio::time::timeout(within, self.body.chunk());
        let silent = |_| Fault::Timeout { phase: Phase::Read, after: within };
        read.await.map_err(silent)?.map_err(|error| fault(error, Duration::ZERO))
    }
}

/// Marks the values that `Debug` must not show.
fn hide_secrets(mut headers: HeaderMap) -> HeaderMap {
    for (name, value) in &mut headers {
        value.set_sensitive(secret::is_secret_name(name.as_str()));
    }
    headers
}

/// What happened, in the transport's own terms. The URL is taken out of the error: its query may hold personal data.
fn fault(error: reqwest::Error, connect_timeout: Duration) -> Fault {
    let error = error.without_url();
    let resolution = causes(&error).find_map(|cause| cause.downcast_ref::<ResolveError>());
    match resolution {
        Some(ResolveError::Forbidden(reason)) => return Fault::Forbidden(reason.clone()),
        Some(ResolveError::Lookup(_) | ResolveError::NoAddress) => return Fault::Resolve(Box::new(error)),
        None => {}
    }
    if error.is_builder() {
        return Fault::Invalid(error.to_string());
    }
    let tls = causes(&error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    // Once there is a connection, what is wrong with its records says nothing of what became of the request.
    if tls.is_some_and(|tls| error.is_connect() || is_about_client(tls)) {
        return Fault::Tls(Box::new(error));
    }
    if error.is_connect() {
        if error.is_timeout() {
            return Fault::Timeout { phase: Phase::Connect, after: connect_timeout };
        }
        return Fault::Connect(Box::new(error));
    }
    let turned_away = causes(&error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(is_turned_away);
    if turned_away { Fault::TurnedAway(Box::new(error)) } else { Fault::Broken(Box::new(error)) }
}

/// Whether the provider says over HTTP/2 that it did nothing with the request: `REFUSED_STREAM`, or a connection that it
/// closes in an orderly way and whose last request came before this one (RFC 9113 §8.7, §6.8).
fn is_turned_away(error: &h2::Error) -> bool {
    let reason = error.reason();
    error.is_remote()
        && (reason == Some(h2::Reason::REFUSED_STREAM) || (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)))
}

/// The error and all that lies beneath it; also what an [`io::Error`] carries, which is not its source.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(carried) => Some(carried),
        None => error.source(),
    })
}

/// Lets reqwest ask the guard.
struct Names(Arc<Guard>);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let addresses = guard.resolve(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// What becomes of a request that an HTTP/2 server answers with this frame.
    async fn answered_by_frame(frame: &'static [u8]) -> Fault {
        static NONE: Budget = Budget::of_bytes(0);
        const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(SETTINGS).await.unwrap();
            // Until the frame of headers (type 1) of the first request (stream 1) has come.
            let mut came = Vec::new();
            while !came.windows(6).any(|bytes| bytes[0] == 1 && bytes[2..] == [0, 0, 0, 1]) {
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).await.unwrap();
                came.extend_from_slice(&buffer[..length]);
            }
            stream.write_all(frame).await.unwrap();
            std::future::pending::<()>().await;
        });
        #[expect(clippy::disallowed_methods, reason = "HTTP/2 without TLS is for this test alone")]
        let client = reqwest::Client::builder()
            .http2_prior_knowledge()
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()
            .unwrap();
        let guard = Arc::new(Guard::new(NetworkPolicy { allow_loopback: true, allow_private: false }));
        let proxies = Arc::new(Proxies::of_environment());
        let http = Http { client, guard, proxies, connect_timeout: Duration::from_secs(5) };
        let timeout = Duration::from_secs(10);
        http.exchange(&Request::get(url), None, timeout, usize::MAX, &NONE).await.unwrap_err()
    }

    /// RFC 9113 §6.4, §6.8, §7.
    #[tokio::test]
    async fn http_2_tells_what_was_not_processed() {
        const REFUSED_STREAM: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7];
        const INTERNAL_ERROR: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        const GOAWAY_BEFORE_IT: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for (frame, is_turned_away) in [(REFUSED_STREAM, true), (GOAWAY_BEFORE_IT, true), (INTERNAL_ERROR, false)] {
            let fault = answered_by_frame(frame).await;
            assert_eq!(matches!(fault, Fault::TurnedAway(_)), is_turned_away, "{fault:?}");
            assert_eq!(matches!(fault, Fault::Broken(_)), !is_turned_away, "{fault:?}");
        }
    }
}
