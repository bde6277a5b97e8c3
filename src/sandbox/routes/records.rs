//! Records of every collection: listed, read, written. What a write does is the dialect's.

use super::{App, IdInPath};
use crate::sandbox::answer;
use crate::sandbox::errors::Refusal;
use crate::sandbox::faults::Bent;
use crate::sandbox::list::{self, Query};
use crate::sandbox::projection::Projection;
use crate::sandbox::rfc;
use crate::sandbox::store::{Collection, Record, Store};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use axum::routing::{self, MethodRouter, get};
use chrono::{DateTime, Utc};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// Creates a record from a body.
pub(super) type Create = for<'a> fn(&'a Store, &[u8], DateTime<Utc>) -> Result<Record<'a>, Refusal>;
/// Changes the record with an id as a body says.
pub(super) type Change = for<'a> fn(&'a Store, &str, &[u8], DateTime<Utc>) -> Result<Record<'a>, Refusal>;
/// Deletes the record with an id, or what the dialect does instead.
pub(super) type Delete = fn(&Store, &str, DateTime<Utc>) -> Result<(), Refusal>;

type Body = Result<Bytes, BytesRejection>;

/// The list of a collection.
pub(super) fn all(collection: Collection) -> MethodRouter<Arc<App>> {
    get(move |state, request| list(state, collection, request))
}

/// A record by its id.
pub(super) fn one(collection: Collection) -> MethodRouter<Arc<App>> {
    get(move |state, id, request| read(state, collection, id, request))
}

/// A list asked for by POST (RFC 7644 §3.4.3), of several collections or one.
pub(super) fn searching(collections: &'static [Collection]) -> MethodRouter<Arc<App>> {
    routing::post(move |state, fault, body| search(state, collections, fault, body))
}

pub(super) fn creating(rule: Create) -> MethodRouter<Arc<App>> {
    routing::post(move |state, query, body| create(state, rule, query, body))
}

pub(super) fn replacing(rule: Change) -> MethodRouter<Arc<App>> {
    routing::put(move |state, id, query, body| change(state, rule, id, query, body))
}

pub(super) fn patching(rule: Change) -> MethodRouter<Arc<App>> {
    routing::patch(move |state, id, query, body| change(state, rule, id, query, body))
}

pub(super) fn deleting(rule: Delete) -> MethodRouter<Arc<App>> {
    routing::delete(move |state, id| delete(state, rule, id))
}

async fn list(State(app): State<Arc<App>>, collection: Collection, request: Request) -> Result<Response, Refusal> {
    let query = Query::parse(request.uri().query(), &app.options)?;
    let fault: Option<Bent> = request.extensions().get().cloned();
    // A scan of a large population takes seconds.
    let page = blocking(move || list::page(&app.store, &[collection], &query, &app.options, fault.as_ref())).await?;
    Ok(answer::text(StatusCode::OK, answer::SCIM_JSON, page))
}

async fn read(
    State(app): State<Arc<App>>,
    collection: Collection,
    id: IdInPath,
    request: Request,
) -> Result<Response, Refusal> {
    let id = super::id_in(id)?;
    let query = Query::parse(request.uri().query(), &app.options)?;
    blocking(move || {
        let view = app.store.view();
        let index = view.find(collection, &id).ok_or_else(|| Refusal::not_found(&id))?;
        let resource = query.projection.apply(view.resource(collection, index, &query.projection));
        Ok(answer::scim(StatusCode::OK, &resource))
    })
    .await
}

async fn search(
    State(app): State<Arc<App>>,
    collections: &'static [Collection],
    fault: Option<Extension<Bent>>,
    body: Body,
) -> Result<Response, Refusal> {
    let body = rfc::search(&body.map_err(|_| Refusal::too_large())?)?;
    let query = Query::in_body(&body, &app.options)?;
    let fault = fault.map(|Extension(fault)| fault);
    let page = blocking(move || list::page(&app.store, collections, &query, &app.options, fault.as_ref())).await?;
    Ok(answer::text(StatusCode::OK, answer::SCIM_JSON, page))
}

async fn create(
    State(app): State<Arc<App>>,
    rule: Create,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, Refusal> {
    let (body, projection) = input(&app, query.as_deref(), body)?;
    blocking(move || {
        let record = rule(&app.store, &body, app.clock.now())?;
        let mut response = answer::scim(StatusCode::CREATED, &record.resource(&projection));
        if let Ok(location) = HeaderValue::try_from(record.location()) {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    })
    .await
}

async fn change(
    State(app): State<Arc<App>>,
    rule: Change,
    id: IdInPath,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, Refusal> {
    let id = super::id_in(id)?;
    let (body, projection) = input(&app, query.as_deref(), body)?;
    blocking(move || {
        let record = rule(&app.store, &id, &body, app.clock.now())?;
        Ok(answer::scim(StatusCode::OK, &record.resource(&projection)))
    })
    .await
}

async fn delete(State(app): State<Arc<App>>, rule: Delete, id: IdInPath) -> Result<StatusCode, Refusal> {
    let id = super::id_in(id)?;
    blocking(move || rule(&app.store, &id, app.clock.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What comes with a write: the body, and which part of the record is answered.
fn input(app: &App, query: Option<&str>, body: Body) -> Result<(Bytes, Projection), Refusal> {
    let body = body.map_err(|_| Refusal::too_large())?;
    Ok((body, Query::parse(query, &app.options)?.projection))
}

/// The members of one group may be a large part of the population: not on the threads that serve everybody.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(act).await.map_err(|_| Refusal::internal())?
}
