//! What goes back: refusals and failed commands in the one shape of an error, and results as a stream of lines.

use super::{
    run::{Run, Step},
    writing::{Flush, Writing},
};
use crate::connector::error::{Entry, own, refuse};
use crate::metrics;
use crate::protocol::{Failure, InvalidInvocation};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use std::time::Duration;

/// The name under which a request goes through the logs, here and at the caller's.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// A request that starts no command.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    failure: Failure,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, entry: &'static Entry, values: &[(&'static str, &str)]) -> Self {
        Self { status, failure: refuse(entry, "", values), headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    pub fn invalid_invocation(reason: &InvalidInvocation) -> Self {
        Self::new(StatusCode::BAD_REQUEST, own::INVALID_INVOCATION, &[("problem", &reason.to_string())])
    }

    pub fn broken_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, own::BROKEN_BODY, &[]).with(CONNECTION, "close")
    }

    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, own::UNAUTHORIZED, &[]).with(WWW_AUTHENTICATE, "Bearer")
    }

    pub fn forbidden_origin(entry: &'static Entry) -> Self {
        Self::new(StatusCode::FORBIDDEN, entry, &[])
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, own::NO_SUCH_PATH, &[])
    }

    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, own::METHOD_NOT_ALLOWED, &[]).with(ALLOW, allow)
    }

    pub fn slow_body(limit: Duration) -> Self {
        let seconds = limit.as_secs().to_string();
        Self::new(StatusCode::REQUEST_TIMEOUT, own::SLOW_BODY, &[("limit", &seconds)]).with(CONNECTION, "close")
    }

    pub fn payload_too_large(limit: usize) -> Self {
        let mebibytes = (limit >> 20).to_string();
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, own::PAYLOAD_TOO_LARGE, &[("limit", &mebibytes)])
            .with(CONNECTION, "close")
    }

    pub fn unsupported_media_type(entry: &'static Entry) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, entry, &[])
    }

    pub fn old_http() -> Self {
        Self::new(StatusCode::HTTP_VERSION_NOT_SUPPORTED, own::OLD_HTTP, &[])
    }

    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, own::TOO_MANY_COMMANDS, &[]).with(RETRY_AFTER, "1")
    }

    pub fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, own::STOPPING, &[]).with(RETRY_AFTER, "5").with(CONNECTION, "close")
    }

    pub fn answer(self, request_id: &RequestId) -> Response {
        tracing::info!(
            requestId = request_id.0,
            status = self.status.as_u16(),
            code = self.failure.code,
            "request refused"
        );
        metrics::refused(self.status);
        let mut response = error(self.status, &self.failure, request_id);
        response.headers_mut().extend(self.headers);
        response
    }
}

fn error(status: StatusCode, failure: &Failure, request_id: &RequestId) -> Response {
    let body = failure.to_wire(&request_id.0).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// Runs a command up to its first line, and gives back its answer: the rest follows as the client reads.
pub async fn of_command(mut run: Run, writing: Writing, request_id: RequestId) -> Response {
    let body = match run.step().await {
        Step::Failed(failure) => return error(StatusCode::INTERNAL_SERVER_ERROR, &failure, &request_id),
        Step::End => Body::empty(),
        Step::Line(first) => lines(first, run, writing, request_id),
    };
    (StatusCode::OK, [(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// The lines of a command whose first has come. A failure is now a late one: its line, then a break, since clients take
/// an error line in a complete body for success.
fn lines(first: Bytes, run: Run, writing: Writing, request_id: RequestId) -> Body {
    enum Next {
        Line(Bytes, Run),
        Step(Run),
        Break(Flush),
        Nothing,
    }
    let tell = move |next| {
        let (writing, request_id) = (writing.clone(), request_id.clone());
        async move {
            match next {
                Next::Line(line, run) => Some((Ok(line), Next::Step(run))),
                Next::Step(mut run) => match run.step().await {
                    Step::Line(line) => Some((Ok(line), Next::Step(run))),
                    Step::End => None,
                    Step::Failed(failure) => {
                        let line = format!("{}\n", failure.to_wire(&request_id.0));
                        Some((Ok(line.into()), Next::Break(writing.next_flush())))
                    }
                },
                Next::Break(flush) => {
                    // Breaking off discards what is not flushed yet, and the error line must arrive.
                    flush.done().await;
                    Some((Err(BrokenOff), Next::Nothing))
                }
                Next::Nothing => None,
            }
        }
    };
    Body::from_stream(stream::unfold(Next::Line(first, run), tell))
}

/// Ends a body without its end.
#[derive(Debug, thiserror::Error)]
#[error("the command failed after its first line")]
struct BrokenOff;
