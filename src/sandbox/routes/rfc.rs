//! The SCIM endpoints of RFC 7644 §3.2: users and groups, both created, changed and deleted.

use super::{App, discovery, records};
use crate::sandbox::errors::Refusal;
use crate::sandbox::rfc::{groups, users};
use crate::sandbox::store::Collection;
use axum::Router;
use axum::routing::{any, get};
use http::{StatusCode, Uri};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    let users = records::all(Collection::Users).merge(records::creating(users::create));
    let user = records::one(Collection::Users)
        .merge(records::patching(users::patch))
        .merge(records::replacing(users::replace))
        .merge(records::deleting(users::delete));
    let groups = records::all(Collection::Groups).merge(records::creating(groups::create));
    let group = records::one(Collection::Groups)
        .merge(records::patching(groups::patch))
        .merge(records::replacing(groups::replace))
        .merge(records::deleting(groups::delete));
    NOT_IMPLEMENTED
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, any(not_implemented)))
        .route("/.search", records::searching(&[Collection::Users, Collection::Groups]))
        .route("/Users/.search", records::searching(&[Collection::Users]))
        .route("/Groups/.search", records::searching(&[Collection::Groups]))
        .route("/Users", users)
        .route("/Users/{id}", user)
        .route("/Groups", groups)
        .route("/Groups/{id}", group)
        .route("/ServiceProviderConfig", get(discovery::service_provider_config))
        .merge(discovery::router())
}

/// "Service provider does not support the request operation" (RFC 7644 §3.12).
async fn not_implemented(uri: Uri) -> Refusal {
    Refusal::new(StatusCode::NOT_IMPLEMENTED, None, format!("{} is not supported", uri.path()))
}

/// What the RFC describes and lets a server leave out.
const NOT_IMPLEMENTED: [&str; 2] = ["/Bulk", "/Me"];
