//! The endpoints, and what every request goes through: it is noted, may meet a fault, and on the SCIM side keeps to the
//! limits, waits for the latency, needs a session and passes through the quirks. The faults' own endpoint stands apart from all that.

mod discovery;
mod faults;
mod grants;
mod oauth;
mod quirky;
mod records;
mod rfc;
mod salesforce;
mod session;

use super::dialect::Dialect;
use super::errors::{self, Refusal};
use super::faults::{Asked, Faults};
use super::log::{Log, SeenRequest};
use super::options::Options;
use super::quirks::Playing;
use super::store::Store;
use super::tokens::Tokens;
use crate::clock::Clock;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const TOKEN_PATH: &str = "/services/oauth2/token";

/// All that the endpoints share.
#[derive(Debug)]
pub(super) struct App {
    pub options: Options,
    pub clock: Clock,
    /// Scheme, host and port.
    pub origin: String,
    pub store: Store,
    pub tokens: Tokens,
    pub faults: Faults,
    pub quirks: Playing,
    pub log: Log,
    api_usage: AtomicU64,
}

impl App {
    pub(super) fn new(options: Options, clock: Clock, origin: String) -> Self {
        let options = options.settled();
        let quirks = Playing::new(options.quirks.clone(), options.dialect);
        let store = Store::new(&options, format!("{origin}{}", options.dialect.scim_path()));
        let tokens = Tokens::new(options.token_lifetime);
        let (faults, log, api_usage) = (Faults::default(), Log::default(), AtomicU64::new(0));
        Self { options, clock, origin, store, tokens, faults, quirks, log, api_usage }
    }

    pub(super) fn base_url(&self) -> String {
        format!("{}{}", self.origin, self.options.dialect.scim_path())
    }

    pub(super) fn token_url(&self) -> String {
        format!("{}{TOKEN_PATH}", self.origin)
    }
}

pub(super) fn router(app: Arc<App>) -> Router {
    let scim = match app.options.dialect {
        Dialect::Salesforce => salesforce::router(),
        Dialect::Rfc => rfc::router(&app.options),
    };
    let scim = scim.fallback(no_such_path).method_not_allowed_fallback(not_allowed);
    let scim = if app.quirks.is_idle() { scim } else { quirky::around(&app, scim) };
    let scim = scim.layer(middleware::from_fn_with_state(app.clone(), scim_request));
    Router::new()
        .route(TOKEN_PATH, post(oauth::token))
        .route("/services/oauth2/revoke", post(oauth::revoke))
        .nest(app.options.dialect.scim_path(), scim)
        .fallback(no_such_path)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(app.clone(), any_request))
        .merge(faults::router())
        .with_state(app)
}

async fn any_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    app.log.note(SeenRequest::new(&parts));
    let fault = app.faults.meet(&Asked::new(&parts, app.options.dialect.scim_path()));
    if let Some(fault) = &fault {
        fault.accompany(&mut parts.extensions);
        if fault.revokes_tokens() {
            app.tokens.revoke_all();
        }
    }
    let answer = async {
        dated(errors::spoken(next.run(Request::from_parts(parts, body)).await, app.options.dialect), &app.clock)
    };
    match fault {
        Some(fault) => fault.befall(answer).await,
        None => answer.await,
    }
}

/// The answer with the time of this server's own clock (RFC 9110 §6.6.1), by which its records are dated, too.
fn dated(mut response: Response, clock: &Clock) -> Response {
    let now = clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(now) = HeaderValue::try_from(now) {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}

async fn scim_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Err(retry_after) = app.faults.admit() {
        return too_many_requests(retry_after);
    }
    let _place = app.faults.place().await;
    if !app.options.latency.is_zero() {
        tokio::time::sleep(app.options.latency).await;
    }
    if !session::is_open(&app, &request) {
        return Refusal::NoSession.into_response();
    }
    let response = next.run(request).await;
    match app.options.dialect {
        Dialect::Salesforce => salesforce::with_usage(response, app.api_usage.fetch_add(1, Ordering::Relaxed) + 1),
        Dialect::Rfc => response,
    }
}

/// RFC 6585 §4; `retry_after` in seconds.
fn too_many_requests(retry_after: Option<u32>) -> Response {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, None, "Too many requests");
    let mut response = refusal.into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

async fn no_such_path(uri: Uri) -> Refusal {
    Refusal::not_found(uri.path())
}

async fn not_allowed(method: Method) -> Refusal {
    Refusal::not_allowed(&method)
}

/// An id in a path, which may be no text once it is decoded.
type IdInPath = Result<Path<String>, PathRejection>;

/// What cannot be decoded names nothing.
fn id_in(path: IdInPath) -> Result<String, Refusal> {
    path.map(|Path(id)| id).map_err(|_| Refusal::not_found("id"))
}

const BODY_LIMIT: usize = 1024 * 1024;
