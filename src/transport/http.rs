//! The HTTP client: connections, TLS, proxies, names. The only file that names reqwest.
//!
//! It sends once. Retries, pacing and credentials are `send`'s.

use super::address::NetworkPolicy;
use super::budget::{Budget, Room};
use super::error::{Cause, FailedStatus, Fault, Phase};
use super::guard::{Guard, ResolveError};
use super::proxy::{ByProxy, Proxies};
use super::request::{Request, Response};
use super::tls::{Tls, is_about_client};
use crate::{product, secret};
use bytes::{Buf as _, Bytes};
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
/// An answer that says how long it is gets so much memory at once, at most; more as it comes.
const BELIEVED: usize = 1024 * 1024;

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
            let read = tokio::time::timeout_at(deadline, read_whole(&mut answer, silence, &mut room, limit));
            let body = without_mark(read.await.map_err(too_long)??);
            return Ok(Response { status: answer.status, headers: answer.headers, body, _room: Arc::new(room) });
        }
        // The status says more than that its body broke off or did not come in time.
        let mut body = Vec::new();
        let read = read_beginning(&mut answer, silence, &mut room, &mut body, FAILED_BODY);
        let _ = tokio::time::timeout_at(deadline, read).await;
        let body = without_mark(body.into());
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
        Ok(Answer { status, headers, body: response })
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

/// The body without a byte order mark, which some servers put before their JSON and no reader wants (RFC 8259 §8.1).
fn without_mark(mut body: Bytes) -> Bytes {
    if body.starts_with("\u{feff}".as_bytes()) {
        body.advance(3);
    }
    body
}

async fn read_whole(answer: &mut Answer, within: Duration, room: &mut Room, limit: usize) -> Result<Bytes, Fault> {
    let mut body = Vec::new();
    read_beginning(answer, within, room, &mut body, limit.saturating_add(1)).await?;
    if body.len() > limit {
        return Err(Fault::TooLarge { limit });
    }
    body.shrink_to_fit();
    Ok(body.into())
}

/// Reads into `body` until the end or until there are `enough` bytes, whatever comes first. The room is for the memory that
/// `body` takes, which may be more than its length.
async fn read_beginning(
    answer: &mut Answer,
    within: Duration,
    room: &mut Room,
    body: &mut Vec<u8>,
    enough: usize,
) -> Result<(), Fault> {
    let said = answer.body.content_length().and_then(|said| usize::try_from(said).ok());
    while body.len() < enough {
        let Some(piece) = answer.next(within).await? else { break };
        let wanted = piece.len().min(enough - body.len());
        let needed = body.len() + wanted;
        if needed > body.capacity() {
            let capacity = grown(body.capacity(), needed, enough, said);
            room.grow_to(capacity).await;
            body.reserve_exact(capacity - body.len());
        }
        body.extend_from_slice(piece.get(..wanted).unwrap_or_default());
    }
    Ok(())
}

/// How much memory a body gets that needs more: twice as much as before, but no more than there can come. `said` is the
/// length that the answer claims to have, if it does; a compressed one does not.
fn grown(capacity: usize, needed: usize, enough: usize, said: Option<usize>) -> usize {
    let at_once = said.map_or(0, |said| said.min(BELIEVED));
    let most = said.map_or(enough, |said| said.min(enough));
    capacity.saturating_mul(2).max(at_once).min(most).max(needed)
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
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    /// Asks a server that answers with this body, within so many milliseconds.
    async fn exchange(body: Vec<u8>, within: u64, budget: &'static Budget) -> Result<Bytes, Fault> {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_bytes(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let (url, within): (Url, _) = (server.uri().parse().unwrap(), Duration::from_millis(within));
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let http = Http::new(policy, &Tls::default(), within).unwrap();
        http.exchange(&Request::get(url), None, within, usize::MAX, budget).await.map(|response| response.body)
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_no_part_of_an_answer() {
        static NONE: Budget = Budget::of_bytes(0);
        let budget = &NONE;
        assert_eq!(exchange(b"\xef\xbb\xbf{}".to_vec(), 10_000, budget).await.unwrap(), "{}");
        assert_eq!(exchange(b"\xef\xbb".to_vec(), 10_000, budget).await.unwrap(), b"\xef\xbb".as_slice());
    }

    #[tokio::test]
    async fn a_large_answer_waits_for_room_and_a_small_one_does_not() {
        static NONE: Budget = Budget::of_bytes(0);
        let budget = &NONE;
        let mut other = budget.room();
        other.grow_to(usize::MAX).await;
        let large = vec![b' '; 2 * 1024 * 1024];
        assert_eq!(exchange(vec![b' '; 1024], 10_000, budget).await.unwrap().len(), 1024);
        assert!(matches!(exchange(large.clone(), 200, budget).await, Err(Fault::Timeout { .. })));
        drop(other);
        assert_eq!(exchange(large.clone(), 10_000, budget).await.unwrap(), large);
        assert_eq!(exchange(large.clone(), 10_000, budget).await.unwrap(), large);
    }

    #[rstest::rstest]
    #[case::small(0, 300, Some(300), 300)]
    #[case::what_it_says(0, 8_000, Some(400_000), 400_000)]
    #[case::not_all_that_it_says(0, 8_000, Some(9_000_000), BELIEVED)]
    #[case::up_to_what_it_says(8 << 20, (8 << 20) + 1, Some(9_000_000), 9_000_000)]
    #[case::twice_as_much(16_000, 16_001, None, 32_000)]
    #[case::no_more_than_there_may_be(6_000_000, 6_000_001, None, 10_000_000)]
    #[case::whatever_it_says(6_000_000, 6_000_001, Some(usize::MAX), 10_000_000)]
    #[case::a_large_piece(16_000, 90_000, None, 90_000)]
    fn memory_for_a_body(
        #[case] capacity: usize,
        #[case] needed: usize,
        #[case] said: Option<usize>,
        #[case] expected: usize,
    ) {
        assert_eq!(grown(capacity, needed, 10_000_000, said), expected);
    }

    /// Without a length, memory is taken in doublings, and there must be room for all of it.
    #[tokio::test]
    async fn room_is_taken_for_the_memory_and_not_for_the_length() {
        static SOME: Budget = Budget::of_bytes(100 * 64 * 1024);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.unwrap();
            stream.write_all(&vec![b' '; 300_000]).await.unwrap();
        };
        let budget = &SOME;
        let mut room = budget.room();
        let within = Duration::from_secs(10);
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let http = Http::new(policy, &Tls::default(), within).unwrap();
        let client = async {
            let mut answer = http.start(&Request::get(url), None).await.unwrap();
            let mut body = Vec::new();
            read_beginning(&mut answer, within, &mut room, &mut body, usize::MAX).await.unwrap();
            body
        };
        let (body, ()) = tokio::join!(client, server);
        assert_eq!(body.len(), 300_000);
        assert!(room.bytes() >= body.capacity() && room.bytes() < body.capacity() + 65_536, "{}", body.capacity());
    }

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
