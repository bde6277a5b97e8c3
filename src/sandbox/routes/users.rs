//! Writing users: creation, and the deletion that only deactivates. Reading them is `records`'.

use super::{App, IdInPath};
use crate::sandbox::answer;
use crate::sandbox::create::Draft;
use crate::sandbox::errors::Refusal;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

pub(super) async fn create(
    State(app): State<Arc<App>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|_| Refusal::too_large())?;
    let user = app.store.create(Draft::parse(&body)?, app.clock.now())?;
    let mut response = answer::scim(StatusCode::CREATED, &user);
    let location = user.pointer("/meta/location").and_then(|location| HeaderValue::try_from(location.as_str()?).ok());
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

pub(super) async fn deactivate(State(app): State<Arc<App>>, id: IdInPath) -> Result<StatusCode, Refusal> {
    app.store.deactivate(&super::id_in(id)?, app.clock.now())?;
    Ok(StatusCode::NO_CONTENT)
}
