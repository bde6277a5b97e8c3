//! Bad answers: made in place of the right one, or of it.

use super::Effect;
use super::running::{Counter, Met};
use crate::sandbox::answer;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, HeaderValue};
use std::io;
use std::time::Duration;

/// Marks an answer that is never sent: the connection is reset instead.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Closed;

impl Met {
    /// The request's fate, where `answer` carries it out.
    pub(in crate::sandbox) async fn befall(self, answer: impl Future<Output = Response>) -> Response {
        let Self { effect, headers, fired } = self;
        let mut response = fate(effect, answer, &fired).await;
        // One at a time, so that each takes the place of the answer's own.
        for (name, value) in &headers {
            response.headers_mut().insert(name, value.clone());
        }
        response
    }
}

async fn fate(effect: Effect, answer: impl Future<Output = Response>, fired: &Counter) -> Response {
    match effect {
        // It counts for itself, where it makes a difference.
        Effect::List(_) => answer.await,
        Effect::HeadersOnly | Effect::RevokeTokens => {
            fired.fire();
            answer.await
        }
        Effect::Answer { status, body } => {
            fired.fire();
            let content_type = match body.chars().next() {
                Some('{' | '[') => answer::JSON,
                Some('<') => HTML,
                _ => "text/plain;charset=UTF-8",
            };
            answer::text(status, content_type, body)
        }
        Effect::HtmlPage => {
            fired.fire();
            answer::text(StatusCode::OK, HTML, SIGN_IN_PAGE)
        }
        Effect::Close => {
            fired.fire();
            closed()
        }
        Effect::LoseAnswer => {
            answer.await;
            fired.fire();
            closed()
        }
        Effect::Stall(time) => {
            let answer = answer.await;
            fired.fire();
            tokio::time::sleep(time).await;
            answer
        }
        Effect::Truncate { bytes, chunked } => {
            with_body(answer.await, fired, !chunked, |body| truncated(&body, bytes)).await
        }
        Effect::Drip { bytes, every } => {
            with_body(answer.await, fired, true, |body| dripping(body, bytes, every)).await
        }
        Effect::Enlarge { bytes } => with_body(answer.await, fired, false, |body| enlarged(body, bytes)).await,
        Effect::Deepen { depth } => with_body(answer.await, fired, false, |body| deepened(&body, depth)).await,
    }
}

fn closed() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Closed);
    response
}

/// The response with another body, if the change makes one of it. It says how long the right one is, or nothing of that.
async fn with_body(
    response: Response,
    fired: &Counter,
    says_length: bool,
    change: impl FnOnce(Bytes) -> Option<Body>,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let length = body.len();
    let changed = if length == 0 { None } else { change(body.clone()) };
    let Some(changed) = changed else { return Response::from_parts(parts, body.into()) };
    fired.fire();
    parts.headers.remove(CONTENT_LENGTH);
    if says_length {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, changed)
}

/// At least one byte is missing.
fn truncated(body: &Bytes, bytes: usize) -> Option<Body> {
    let beginning = body.slice(..bytes.min(body.len().checked_sub(1)?));
    let end = stream::once(async {
        // What came before is sent meanwhile.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Some(Body::from_stream(stream::iter([Ok(beginning)]).chain(end)))
}

fn dripping(body: Bytes, bytes: usize, every: Duration) -> Option<Body> {
    let has_several = body.len() > bytes;
    let pieces = stream::unfold((body, Duration::ZERO), move |(mut left, pause)| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = left.split_to(bytes.min(left.len()));
        Some((Ok::<_, io::Error>(piece), (left, every)))
    });
    has_several.then(|| Body::from_stream(pieces))
}

fn enlarged(body: Bytes, bytes: usize) -> Option<Body> {
    let missing = bytes.checked_sub(body.len()).filter(|missing| *missing > 0)?;
    let blanks = stream::unfold(missing, |missing| async move {
        let piece = BLANKS.get(..missing.min(BLANKS.len())).filter(|piece| !piece.is_empty())?;
        Some((Ok::<_, io::Error>(Bytes::from_static(piece)), missing - piece.len()))
    });
    Some(Body::from_stream(stream::iter([Ok(body)]).chain(blanks)))
}

/// JSON objects only, and never empty ones: none of them is an answer.
fn deepened(body: &Bytes, depth: usize) -> Option<Body> {
    let first = body.windows(FIRST_RESOURCE.len()).position(|window| window == FIRST_RESOURCE);
    let place = match first {
        Some(place) => place + FIRST_RESOURCE.len(),
        None => body.starts_with(b"{").then_some(1)?,
    };
    let (before, after) = body.split_at_checked(place)?;
    let deep = format!("\"deep\":{}{},", "[".repeat(depth), "]".repeat(depth));
    Some([before, deep.as_bytes(), after].concat().into())
}

const HTML: &str = "text/html;charset=UTF-8";
const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1>\
                            <form method=\"post\"><input name=\"user\"><input name=\"password\"></form></body></html>\n";
const FIRST_RESOURCE: &[u8] = b"\"Resources\":[{";
static BLANKS: [u8; 65_536] = [b' '; 65_536];
