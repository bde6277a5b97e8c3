//! Salesforce's SCIM endpoints: the configuration's path in the plural, entitlements and roles to read, users whom a
//! deletion deactivates, groups that are neither created nor deleted.

use super::{App, discovery, records};
use crate::sandbox::salesforce::{groups, users};
use crate::sandbox::store::Collection;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderName, HeaderValue};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    let users = records::all(Collection::Users).merge(records::creating(users::create));
    let user = records::one(Collection::Users)
        .merge(records::patching(users::patch))
        .merge(records::replacing(users::replace))
        .merge(records::deleting(users::deactivate));
    let group = records::one(Collection::Groups)
        .merge(records::patching(groups::patch))
        .merge(records::replacing(groups::replace));
    Router::new()
        .route("/Users", users)
        .route("/Users/{id}", user)
        .route("/Groups", records::all(Collection::Groups))
        .route("/Groups/{id}", group)
        .route("/Entitlements", records::all(Collection::Entitlements))
        .route("/Entitlements/{id}", records::one(Collection::Entitlements))
        .route("/Roles", records::all(Collection::Roles))
        .route("/Roles/{id}", records::one(Collection::Roles))
        .route("/ServiceProviderConfigs", get(discovery::service_provider_config))
        .merge(discovery::router())
}

/// The answer with the header that says how many of the organization's API calls are used.
pub(super) fn with_usage(mut response: Response, used: u64) -> Response {
    if let Ok(usage) = HeaderValue::try_from(format!("api-usage={used}/{API_LIMIT}")) {
        response.headers_mut().insert(HeaderName::from_static("sforce-limit-info"), usage);
    }
    response
}

/// The organization's API calls in 24 hours: shown, not enforced.
const API_LIMIT: u64 = 100_000;
