//! Reading: lists and single records of every collection.

use super::{App, IdInPath};
use crate::sandbox::answer;
use crate::sandbox::errors::Refusal;
use crate::sandbox::list::{self, Query};
use crate::sandbox::store::Collection;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    collection: Collection,
    request: Request,
) -> Result<Response, Refusal> {
    let query = Query::parse(request.uri().query(), &app.options)?;
    // A scan of a large population takes seconds: not on the threads that serve everybody.
    let page = tokio::task::spawn_blocking(move || list::page(&app.store, collection, &query, &app.options)).await;
    let page = page.map_err(|_| Refusal::internal())??;
    Ok(answer::text(StatusCode::OK, answer::SCIM_JSON, page))
}

pub(super) async fn read(
    State(app): State<Arc<App>>,
    collection: Collection,
    id: IdInPath,
    request: Request,
) -> Result<Response, Refusal> {
    let id = super::id_in(id)?;
    let query = Query::parse(request.uri().query(), &app.options)?;
    // The members of one group may be a large part of the population.
    let resource = tokio::task::spawn_blocking(move || {
        let view = app.store.view();
        let index = view.find(collection, &id).ok_or_else(|| Refusal::not_found(&id))?;
        Ok(query.projection.apply(view.resource(collection, index, &query.projection)))
    });
    let resource = resource.await.map_err(|_| Refusal::internal())??;
    Ok(answer::scim(StatusCode::OK, &resource))
}
