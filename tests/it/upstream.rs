//! SCIM servers written for one test each, where the sandbox behaves too well.

use super::harness::{listener, with};
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A server that answers each request by a function. It ends with the test.
pub struct Upstream {
    address: SocketAddr,
    is_tls: bool,
    seen: Arc<Mutex<Vec<Asked>>>,
    _stop: DropGuard,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Counts from 0.
    pub number: usize,
    pub method: Method,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub body: String,
}

impl Asked {
    /// `startIndex`, 1 where it is not asked for.
    pub fn start(&self) -> usize {
        self.query.get("startIndex").map_or(1, |start| start.parse().unwrap())
    }

    pub fn count(&self) -> usize {
        self.query["count"].parse().unwrap()
    }

    /// The id after which the list is to go on: `filter=id gt "…"`.
    pub fn after(&self) -> Option<&str> {
        self.query.get("filter")?.strip_prefix("id gt \"")?.strip_suffix('"')
    }

    /// The range of ids that the list is to keep to: after the first, up to the second.
    pub fn range(&self) -> (Option<&str>, Option<&str>) {
        let bound = |operator: &str| {
            let (_, bound) = self.query.get("filter")?.split_once(operator)?;
            bound.split_once('"').map(|(id, _)| id)
        };
        (bound("id gt \""), bound("id le \""))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn is_write(&self) -> bool {
        self.method != Method::GET && !self.path.ends_with("/token")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What a server says.
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// What becomes of a request that came.
pub enum Turn {
    Answer(Reply),
    /// The answer is held back until this is notified.
    When(Arc<Notify>, Reply),
    /// 429, and to come back after so many seconds.
    TooFast(u64),
    /// The connection ends without an answer.
    Close,
    /// There is never an answer.
    Stall,
}

impl From<Reply> for Turn {
    fn from(reply: Reply) -> Self {
        Self::Answer(reply)
    }
}

impl Upstream {
    pub async fn start<T: Into<Turn>>(answer: impl Fn(&Asked) -> T + Send + Sync + 'static) -> Self {
        Self::taking(move |asked| std::future::ready(answer(&asked).into())).await
    }

    /// The same over TLS. Its certificate is for `localhost`, or should be.
    pub async fn over_tls(tls: TlsAcceptor, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(Some(tls), false, move |asked| std::future::ready(answer(&asked).into())).await
    }

    /// The same, where an answer takes its time.
    pub async fn taking<F: Future<Output = Turn> + Send + 'static>(
        answer: impl Fn(Asked) -> F + Send + Sync + 'static,
    ) -> Self {
        Self::serve(None, false, answer).await
    }

    /// The same, where the function also answers what asks for `ServiceProviderConfig`. Other servers have none, and their
    /// tests need not count those requests.
    pub async fn describing(answer: impl Fn(&Asked) -> Turn + Send + Sync + 'static) -> Self {
        Self::serve(None, true, move |asked| std::future::ready(answer(&asked))).await
    }

    async fn serve<F: Future<Output = Turn> + Send + 'static>(
        tls: Option<TlsAcceptor>,
        describes: bool,
        answer: impl Fn(Asked) -> F + Send + Sync + 'static,
    ) -> Self {
        let is_tls = tls.is_some();
        let listener = listener().await;
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        let service = service_fn(move |request| {
            let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
            async move {
                if !describes && request.uri().path().ends_with("/ServiceProviderConfig") {
                    return respond(Reply::error(404, "There is no such document").into()).await;
                }
                let asked = read(request, &log).await;
                respond(answer(asked).await).await
            }
        });
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (service, tls) = (service.clone(), tls.clone());
                tokio::spawn(async move {
                    // A connection that is to be closed ends with an error, and so does one that TLS does not let in.
                    match tls {
                        None => drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await),
                        Some(tls) => {
                            match tls.accept(stream).into_fallible().await {
                                Ok(stream) => {
                                    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
                                }
                                // Closed with something unread, the connection would be reset before the alert is read.
                                Err((_, mut stream)) => {
                                    drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await);
                                }
                            }
                        }
                    }
                });
            }
        }));
        Self { address, is_tls, seen, _stop: stop.drop_guard() }
    }

    pub fn url(&self) -> String {
        if self.is_tls {
            format!("https://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests that write: method, path and body, a line each.
    pub fn writes(&self) -> String {
        let mut writes = String::new();
        for asked in self.seen().iter().filter(|asked| asked.is_write()) {
            writeln!(writes, "{} {} {}", asked.method, asked.path, asked.body).unwrap();
        }
        writes
    }

    /// How many requests of this method came to paths that end so.
    pub fn count(&self, method: &Method, path: &str) -> usize {
        self.seen().iter().filter(|asked| asked.method == *method && asked.path.ends_with(path)).count()
    }

    /// The settings of a source without authentication that reads no groups, with others on top.
    pub fn config(&self, settings: Value) -> Value {
        let base = format!("{}/scim/v2", self.url());
        let config = json!({"baseUrl": base, "authType": "none", "groupMembership": "user", "maxRetries": 0});
        with(&config, settings)
    }
}

/// An error makes hyper close the connection.
async fn respond(turn: Turn) -> io::Result<Response<Body>> {
    let reply = match turn {
        Turn::Answer(reply) => reply,
        Turn::TooFast(seconds) => {
            let refusal = Response::builder().status(429).header("retry-after", seconds);
            return Ok(refusal.body(Body::empty()).unwrap());
        }
        Turn::When(released, reply) => {
            released.notified().await;
            reply
        }
        Turn::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
        Turn::Stall => std::future::pending().await,
    };
    let response = Response::builder().status(reply.status).header("content-type", reply.content_type);
    Ok(response.body(Body::from(reply.body)).unwrap())
}

async fn read(request: Request<Incoming>, log: &Mutex<Vec<Asked>>) -> Asked {
    let (parts, body) = request.into_parts();
    let body = to_bytes(Body::new(body), 1 << 20).await.unwrap();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let mut log = log.lock().unwrap();
    let asked = Asked {
        number: log.len(),
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    log.push(asked.clone());
    asked
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, content_type: "application/scim+json", body: body.to_string() }
    }

    pub fn html(status: u16) -> Self {
        let body = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>";
        Self { status, content_type: "text/html", body: body.to_owned() }
    }

    /// A SCIM error (RFC 7644 §3.12).
    pub fn error(status: u16, detail: &str) -> Self {
        let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
        Self::json(status, &json!({"schemas": [schema], "detail": detail, "status": status.to_string()}))
    }

    /// A list response of these users.
    pub fn users(total: impl Into<Value>, ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let users: Vec<Value> = ids.into_iter().map(|id| user(id.as_ref())).collect();
        let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
        Self::json(200, &json!({"schemas": [schema], "totalResults": total.into(), "Resources": users}))
    }
}

pub fn user(id: &str) -> Value {
    json!({"id": id, "userName": format!("{id}@example.com"), "active": true})
}

/// Ids that ascend: `u00001`, `u00002`, …
pub fn ids(number: usize) -> Vec<String> {
    (1..=number).map(|number| format!("u{number:05}")).collect()
}

/// The part of a population that a request asks for by index, of at most `cap`.
pub fn page<'a>(population: &'a [String], asked: &Asked, cap: usize) -> &'a [String] {
    let from = (asked.start() - 1).min(population.len());
    &population[from..(from + asked.count().min(cap)).min(population.len())]
}
