//! A request's body, read within limits and parsed. Bodies are not decompressed.

use super::answer::Refusal;
use crate::connector::error::own;
use crate::protocol::Invocation;
use axum::body::Body;
use futures::TryStreamExt;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use std::time::Duration;
use tokio::time::timeout;

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// How long a body may take to arrive.
pub const BODY_TIME: Duration = Duration::from_secs(30);

/// Checks what the headers say of the body, before any of it is read: a client that waits for 100 Continue need not send
/// it in vain. Web pages cannot send this content type across origins without asking first.
pub fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::unsupported_media_type(own::NOT_JSON));
    }
    if headers.get_all(CONTENT_ENCODING).iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::unsupported_media_type(own::COMPRESSED));
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(Refusal::payload_too_large(MAX_BODY_BYTES));
    }
    Ok(())
}

/// Reads the invocation in a body.
pub async fn read(body: Body) -> Result<Invocation, Refusal> {
    let bytes = timeout(BODY_TIME, collect(body)).await.map_err(|_| Refusal::slow_body(BODY_TIME))??;
    Invocation::parse(&bytes).map_err(|reason| Refusal::invalid_invocation(&reason))
}

async fn collect(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.try_next().await.map_err(|_| Refusal::broken_body())? {
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(Refusal::payload_too_large(MAX_BODY_BYTES));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
