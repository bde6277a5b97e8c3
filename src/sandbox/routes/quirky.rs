//! The endpoints with quirks around them. They stand before the router, since a quirk may make another request of one.

use super::{App, BODY_LIMIT};
use crate::sandbox::errors::Refusal;
use crate::sandbox::quirks::{Answer, Asked};
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;

type Endpoints = TowerToHyperService<Router>;

pub(super) fn around(app: &Arc<App>, endpoints: Router<Arc<App>>) -> Router<Arc<App>> {
    let (app, endpoints) = (app.clone(), TowerToHyperService::new(endpoints.with_state(app.clone())));
    Router::new().fallback(move |request: Request| {
        let (app, endpoints) = (app.clone(), endpoints.clone());
        async move { respond(&app, &endpoints, request).await }
    })
}

async fn respond(app: &App, endpoints: &Endpoints, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| Refusal::too_large())?;
    let mut asked = Asked::read(&parts, body);
    app.quirks.ask(&mut asked, &app.store)?;
    let response = endpoints.call(asked.to_request(parts)?).await.map_err(|_| Refusal::internal())?;
    if !response.status().is_success() {
        return Ok(response.into_response());
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Refusal::internal())?;
    let mut answer = Answer::read(&parts, body);
    app.quirks.answer(&mut answer, &asked, &app.store);
    Ok(answer.into_response(parts))
}
