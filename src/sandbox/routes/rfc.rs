//! The SCIM endpoints of RFC 7644 §3.2: users and groups, both created, changed and deleted.

use super::{App, discovery, records};
use crate::sandbox::rfc::{groups, users};
use crate::sandbox::store::Collection;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    let user = records::one(Collection::Users).merge(records::deleting(users::delete));
    let group = records::one(Collection::Groups).merge(records::deleting(groups::delete));
    Router::new()
        .route("/Users", records::all(Collection::Users))
        .route("/Users/{id}", user)
        .route("/Groups", records::all(Collection::Groups))
        .route("/Groups/{id}", group)
        .route("/ServiceProviderConfig", get(discovery::service_provider_config))
        .merge(discovery::router())
}
