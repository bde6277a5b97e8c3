//! What is asked: the routes, and the order in which an invocation is checked before it starts.

use super::{
    answer::{self, Refusal, RequestId},
    connection::Stages,
    guard::Guard,
    intake,
    run::{Run, Terms},
    writing::Writing,
};
use crate::protocol::Handler;
use crate::{metrics, product};
use axum::{
    Extension, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The release that carried a command out, so that an uploaded connector notices that it is another one's.
const CONNECTOR_VERSION: HeaderName = HeaderName::from_static("x-connector-version");
const MAX_REQUEST_ID_BYTES: usize = 128;
/// Where the platform's own API lists connectors, and the vendor's command line looks for them.
const CONNECTORS: &str = "/beta/platform-connectors";

/// What the routes share.
#[derive(Clone)]
pub struct Service {
    pub guard: Arc<Guard>,
    pub handler: Arc<dyn Handler>,
    /// One for each invocation that may run.
    pub slots: Arc<Semaphore>,
    pub stages: Stages,
    pub keep_alive_after: Duration,
    pub default_config: Option<Arc<Map<String, Value>>>,
}

/// Invocations come to any path, so the paths of health and metrics take them too.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(healthy).post(invoke).fallback(not_allowed))
        .route("/readyz", get(ready).post(invoke).fallback(not_allowed))
        .route("/metrics", get(measured).post(invoke).fallback(not_allowed))
        .route(CONNECTORS, get(described).post(invoke).fallback(not_allowed))
        .route(&format!("{CONNECTORS}/{{reference}}"), get(described).post(invoke).fallback(not_allowed))
        .fallback(anywhere)
        .layer(middleware::from_fn_with_state(service.clone(), admit))
        .with_state(service)
}

/// Gives each request its id, hears only those that may be heard, and puts the id on each answer.
async fn admit(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers());
    let mut response = match service.guard.admit(request.headers()) {
        Ok(()) => {
            request.extensions_mut().insert(request_id.clone());
            next.run(request).await
        }
        Err(refusal) => refusal.answer(&request_id),
    };
    if let Ok(value) = HeaderValue::from_str(&request_id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The caller's own id, when it is fit for logs; else a new one.
fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
    RequestId(given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned))
}

async fn healthy() -> Response {
    status(StatusCode::OK, r#"{"status":"ok"}"#)
}

async fn ready(State(service): State<Service>) -> Response {
    if service.stages.stopping.is_cancelled() {
        status(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"stopping"}"#)
    } else {
        status(StatusCode::OK, r#"{"status":"ok"}"#)
    }
}

async fn measured(service: State<Service>, request_id: Extension<RequestId>, headers: HeaderMap) -> Response {
    for_owner(&service, &request_id, &headers, || ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::text()))
}

/// The one connector there is, in a list or by any reference: commands reach it by any, too.
async fn described(
    service: State<Service>,
    request_id: Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    for_owner(&service, &request_id, &headers, || {
        let product::Product { name, version, .. } = product::get();
        let connector = json!({"id": name, "alias": name, "version": version});
        let is_list = uri.path() == CONNECTORS;
        let body = if is_list { json!([connector]) } else { connector };
        ([(CONTENT_TYPE, "application/json")], body.to_string())
    })
}

/// What is shown to those only who may start commands.
fn for_owner<R: IntoResponse>(
    service: &Service,
    request_id: &RequestId,
    headers: &HeaderMap,
    answer: impl FnOnce() -> R,
) -> Response {
    match service.guard.authorize(headers) {
        Ok(()) => answer().into_response(),
        Err(refusal) => refusal.answer(request_id),
    }
}

fn status(status: StatusCode, body: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn not_allowed(Extension(request_id): Extension<RequestId>) -> Response {
    Refusal::method_not_allowed("GET, HEAD, POST").answer(&request_id)
}

async fn anywhere(
    service: State<Service>,
    writing: Extension<Writing>,
    request_id: Extension<RequestId>,
    request: Request,
) -> Response {
    match *request.method() {
        Method::POST => invoke(service, writing, request_id, request).await,
        Method::GET | Method::HEAD => Refusal::not_found().answer(&request_id),
        _ => Refusal::method_not_allowed("POST").answer(&request_id),
    }
}

async fn invoke(
    State(service): State<Service>,
    Extension(writing): Extension<Writing>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    match start(&service, request, &request_id, &writing).await {
        Ok(run) => {
            let mut response = answer::of_command(run, writing, request_id).await;
            if let Ok(version) = HeaderValue::from_str(product::get().version) {
                response.headers_mut().insert(CONNECTOR_VERSION, version);
            }
            response
        }
        Err(refusal) => refusal.answer(&request_id),
    }
}

async fn start(service: &Service, request: Request, request_id: &RequestId, writing: &Writing) -> Result<Run, Refusal> {
    service.guard.authorize(request.headers())?;
    if request.version() < Version::HTTP_11 {
        return Err(Refusal::old_http());
    }
    intake::check_headers(request.headers())?;
    if service.stages.stopping.is_cancelled() {
        return Err(Refusal::stopping());
    }
    // Before the body is read, so that no more bodies are held than commands run.
    let slot = Arc::clone(&service.slots).try_acquire_owned().map_err(|_| Refusal::busy())?;
    let mut invocation = intake::read(request.into_body()).await?;
    if invocation.config.is_none() {
        invocation.config = service.default_config.as_deref().cloned();
    }
    let terms = Terms {
        slot,
        abort: service.stages.abort.clone(),
        keep_alive_after: service.keep_alive_after,
        writing: writing.clone(),
    };
    Ok(Run::start(service.handler.as_ref(), invocation, request_id, terms))
}
