//! The sandbox over HTTP: requests to the router, and a few over real connections (`running`).

mod connection_faults;
mod cursors;
mod fault_schedule;
mod faults;
mod grants;
mod group_changes;
mod hostile;
mod list_faults;
mod lists;
mod oauth;
mod quirks;
mod rfc;
mod rfc_patch;
mod rfc_records;
mod running;
mod signing_in;
mod user_changes;
mod users;
mod various;

use super::routes::{App, TOKEN_PATH, router};
use super::{Dialect, Options};
use crate::clock::Clock;
use axum::Router;
use axum::body::Body;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// A sandbox without connections, and a client that has a token.
struct Bench {
    app: Arc<App>,
    router: Router,
    token: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Status, content type and body, as snapshots show them.
    fn shown(&self) -> String {
        let content_type = self.headers.get(header::CONTENT_TYPE).map_or("-", |value| value.to_str().unwrap());
        format!("{} {content_type}\n{}", self.status.as_u16(), self.body)
    }
}

impl Bench {
    async fn new(options: Options) -> Self {
        let now: DateTime<Utc> = "2026-05-04T03:02:01.987Z".parse().unwrap();
        let app = Arc::new(App::new(options, Clock::starting_at(now), "http://127.0.0.1:8080".to_owned()));
        let router = router(app.clone());
        let mut bench = Self { app, router, token: String::new() };
        bench.token = bench.fresh_token().await;
        bench
    }

    async fn with_users(users: u64) -> Self {
        Self::new(Options { users, ..Options::default() }).await
    }

    /// The plain server of the RFC.
    async fn rfc() -> Self {
        Self::new(Options::new(Dialect::Rfc)).await
    }

    async fn fresh_token(&self) -> String {
        let form = "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox";
        let answer = self.send(Request::post(TOKEN_PATH).body(form.into()).unwrap()).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// A SCIM request with the token; `target` is path and query below the base URL, unescaped.
    async fn scim(&self, method: Method, target: &str, body: impl Into<Body>) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut url = url::Url::parse(&self.app.base_url()).unwrap();
        url.path_segments_mut().unwrap().extend(path.split('/'));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        url.query_pairs_mut().extend_pairs(pairs);
        let request = Request::builder().method(method).uri(url.as_str());
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn get(&self, target: &str) -> Answer {
        self.scim(Method::GET, target, Body::empty()).await
    }

    /// A PATCH with these operations.
    async fn patch(&self, target: &str, operations: Value) -> Answer {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        self.scim(Method::PATCH, target, body.to_string()).await
    }

    /// A PATCH that must succeed, and the resource after it.
    async fn patched(&self, target: &str, operations: Value) -> Value {
        let answer = self.patch(target, operations).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(self.get(target).await.json(), answer.json());
        answer.json()
    }

    /// What a PATCH that changes nothing is answered.
    async fn refused(&self, target: &str, operations: Value) -> String {
        let before = self.get(target).await.body;
        let answer = self.patch(target, operations).await;
        assert_eq!(self.get(target).await.body, before, "{}", answer.body);
        answer.shown()
    }

    /// A list that must succeed.
    async fn list(&self, target: &str) -> Value {
        let answer = self.get(target).await;
        assert_eq!(answer.status, StatusCode::OK, "{target}: {}", answer.body);
        let list = answer.json();
        assert_eq!(list["itemsPerPage"], list["Resources"].as_array().unwrap().len(), "{target}");
        list
    }
}

fn ids_of(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// The resource without what every write moves.
fn without_meta(mut resource: Value) -> Value {
    resource.as_object_mut().unwrap().remove("meta");
    resource
}

/// The `value` of each element.
fn values_of(elements: &Value) -> Vec<String> {
    let elements = elements.as_array().map_or(&[][..], Vec::as_slice);
    elements.iter().map(|one| one["value"].as_str().unwrap().to_owned()).collect()
}

/// Status, kind and detail of a SCIM error that was shown.
fn in_short(shown: &str) -> String {
    let (head, error) = shown.split_once('\n').unwrap();
    let error: Value = serde_json::from_str(error).unwrap();
    let (status, _) = head.split_once(' ').unwrap();
    format!("{status} {}: {}", error["scimType"].as_str().unwrap_or("-"), error["detail"].as_str().unwrap())
}
