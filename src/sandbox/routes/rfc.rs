//! The SCIM endpoints of RFC 7644 §3.2: users and groups, both created, changed and deleted; roles to read where the
//! options have them.

use super::{App, discovery, records};
use crate::sandbox::errors::Refusal;
use crate::sandbox::options::Options;
use crate::sandbox::rfc::groups::Groups;
use crate::sandbox::rfc::users::Users;
use crate::sandbox::rfc::writes;
use crate::sandbox::store::Collection;
use axum::Router;
use axum::routing::{any, get};
use http::{StatusCode, Uri};
use std::sync::Arc;

pub(super) fn router(options: &Options) -> Router<Arc<App>> {
    let users = records::all(Collection::Users).merge(records::creating(writes::create::<Users>));
    let user = records::one(Collection::Users)
        .merge(records::patching(writes::patch::<Users>))
        .merge(records::replacing(writes::replace::<Users>))
        .merge(records::deleting(writes::delete::<Users>));
    let groups = records::all(Collection::Groups).merge(records::creating(writes::create::<Groups>));
    let group = records::one(Collection::Groups)
        .merge(records::patching(writes::patch::<Groups>))
        .merge(records::replacing(writes::replace::<Groups>))
        .merge(records::deleting(writes::delete::<Groups>));
    let router = NOT_IMPLEMENTED
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
        .merge(discovery::router());
    if !options.roles {
        return router;
    }
    router.route("/Roles", records::all(Collection::Roles)).route("/Roles/{id}", records::one(Collection::Roles))
}

/// "Service provider does not support the request operation" (RFC 7644 §3.12).
async fn not_implemented(uri: Uri) -> Refusal {
    Refusal::new(StatusCode::NOT_IMPLEMENTED, None, format!("{} is not supported", uri.path()))
}

/// What the RFC describes and lets a server leave out.
const NOT_IMPLEMENTED: [&str; 2] = ["/Bulk", "/Me"];
