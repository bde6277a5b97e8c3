//! `/faults`: what goes wrong is asked for, looked at and ended while the sandbox runs. It needs no token, since it is there
//! for whoever started the sandbox; a web page that the same person has open must not reach it, so that a request from a
//! page, or under another name than this machine's, is refused.

use super::App;
use crate::sandbox::answer;
use crate::sandbox::faults::Schedule;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/faults", get(show).post(replace).delete(end))
        .layer(DefaultBodyLimit::max(super::BODY_LIMIT))
        .layer(middleware::from_fn(guard))
}

async fn show(State(app): State<Arc<App>>) -> Response {
    answer::json(StatusCode::OK, answer::JSON, &app.faults.report())
}

async fn replace(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    if !is_json(&headers) {
        return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json"));
    }
    let body = body.map_err(|_| refusal(StatusCode::PAYLOAD_TOO_LARGE, "the schedule is too large"))?;
    let json: Value = serde_json::from_slice(&body)
        .map_err(|error| refusal(StatusCode::BAD_REQUEST, &format!("the schedule: is not JSON: {error}")))?;
    let schedule = Schedule::read(&json).map_err(|problems| refusals(StatusCode::BAD_REQUEST, &problems.0))?;
    app.faults.replace(schedule);
    Ok(show(State(app)).await)
}

/// Ends all faults; the answer says what they were and how often they fired.
async fn end(State(app): State<Arc<App>>) -> Response {
    let response = show(State(app.clone())).await;
    app.faults.replace(Schedule::default());
    response
}

async fn guard(request: Request, next: Next) -> Result<Response, Response> {
    let headers = request.headers();
    if headers.contains_key(ORIGIN) {
        return Err(refusal(StatusCode::FORBIDDEN, "web pages have no access: leave out the header Origin"));
    }
    if !names_this_machine(headers) {
        return Err(refusal(StatusCode::FORBIDDEN, "address the sandbox as 127.0.0.1 or localhost"));
    }
    Ok(next.run(request).await)
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let host = authority.host();
    let address: Result<IpAddr, _> = host.trim_start_matches('[').trim_end_matches(']').parse();
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn refusal(status: StatusCode, problem: &str) -> Response {
    refusals(status, &[problem.to_owned()])
}

fn refusals(status: StatusCode, problems: &[String]) -> Response {
    answer::json(status, answer::JSON, &json!({ "problems": problems }))
}
