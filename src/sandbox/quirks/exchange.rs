//! A request and its answer as quirks see them: the query as pairs, the body as JSON.

use crate::sandbox::errors::Refusal;
use crate::sandbox::store::Collection;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, request, response};
use serde_json::{Map, Value};

/// A request below the SCIM base URL.
#[derive(Debug)]
pub(in crate::sandbox) struct Asked {
    /// As the client sent it; what quirks make of it is `method`.
    pub(super) came_as: Method,
    pub(super) method: Method,
    /// The segments, percent-encoded as they came.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
}

impl Asked {
    pub(in crate::sandbox) fn read(request: &request::Parts, body: Bytes) -> Self {
        let path = request.uri.path().trim_matches('/').split('/').map(str::to_owned).collect();
        let query = url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes());
        Self {
            came_as: request.method.clone(),
            method: request.method.clone(),
            path,
            query: query.into_owned().collect(),
            headers: request.headers.clone(),
            content: Content::read(body),
        }
    }

    /// The request for the endpoints, with what else came along.
    pub(in crate::sandbox) fn to_request(&self, mut parts: request::Parts) -> Result<Request<Body>, Refusal> {
        let mut target = format!("/{}", self.path.join("/"));
        if !self.query.is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
            target = format!("{target}?{query}");
        }
        parts.uri = target.parse().map_err(|_| Refusal::internal())?;
        parts.method = self.method.clone();
        // The body's length may be another.
        parts.headers.remove(CONTENT_LENGTH);
        Ok(Request::from_parts(parts, self.content.bytes().into()))
    }

    /// The collection that it is about.
    pub(super) fn collection(&self) -> Option<Collection> {
        let endpoint = self.path.first()?;
        Collection::ALL.into_iter().find(|collection| collection.endpoint() == endpoint)
    }

    pub(super) fn is_list(&self) -> bool {
        self.came_as == Method::GET && self.path.len() == 1 && self.collection().is_some()
    }

    /// Whether it asks what the server can do.
    pub(super) fn is_config(&self) -> bool {
        self.path.first().is_some_and(|endpoint| endpoint.starts_with("ServiceProviderConfig"))
    }

    /// Whether it asks for any document of discovery (RFC 7644 §4).
    pub(super) fn is_discovery(&self) -> bool {
        let others = ["ResourceTypes", "Schemas"];
        self.is_config() || self.path.first().is_some_and(|endpoint| others.contains(&endpoint.as_str()))
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn drop_parameter(&mut self, name: &str) {
        self.query.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    pub(super) fn set_parameter(&mut self, name: &str, value: impl Into<String>) {
        self.drop_parameter(name);
        self.query.push((name.to_owned(), value.into()));
    }

    /// The operations of a PATCH.
    pub(super) fn operations(&self) -> impl Iterator<Item = &Map<String, Value>> {
        let body = self.content.json().filter(|_| self.came_as == Method::PATCH);
        let operations = body.and_then(|body| body.get("Operations")).and_then(Value::as_array);
        operations.into_iter().flatten().filter_map(Value::as_object)
    }
}

/// A successful answer.
#[derive(Debug)]
pub(in crate::sandbox) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
}

impl Answer {
    pub(in crate::sandbox) fn read(parts: &response::Parts, body: Bytes) -> Self {
        Self { status: parts.status, headers: parts.headers.clone(), content: Content::read(body) }
    }

    pub(in crate::sandbox) fn into_response(mut self, mut parts: response::Parts) -> Response {
        let body = self.content.bytes();
        self.headers.remove(CONTENT_LENGTH);
        if body.is_empty() {
            self.headers.remove(CONTENT_TYPE);
        }
        (parts.status, parts.headers) = (self.status, self.headers);
        Response::from_parts(parts, body.into())
    }

    pub(super) fn empty(&mut self, status: StatusCode) {
        (self.status, self.content) = (status, Content::Other(Bytes::new()));
    }

    pub(super) fn set_content_type(&mut self, content_type: &'static str) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }

    /// The members of the answer itself: of a list's head, or of a single resource.
    pub(super) fn members_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.content.json_mut()?.as_object_mut()
    }

    /// The resources in it, one or a list of them.
    pub(super) fn resources_mut(&mut self) -> Vec<&mut Map<String, Value>> {
        let Some(body) = self.content.json_mut() else { return Vec::new() };
        if body.get("Resources").is_none() {
            return body.as_object_mut().into_iter().collect();
        }
        let resources = body.get_mut("Resources").and_then(Value::as_array_mut);
        resources.into_iter().flatten().filter_map(Value::as_object_mut).collect()
    }
}

/// A body.
#[derive(Debug)]
pub(super) enum Content {
    Json(Value),
    /// None, or none that is JSON.
    Other(Bytes),
}

impl Content {
    fn read(body: Bytes) -> Self {
        serde_json::from_slice(&body).map_or(Self::Other(body), Self::Json)
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Json(json) => json.to_string().into(),
            Self::Other(bytes) => bytes.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Other(bytes) if bytes.is_empty())
    }

    pub(super) fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(json) => Some(json),
            Self::Other(_) => None,
        }
    }

    pub(super) fn json_mut(&mut self) -> Option<&mut Value> {
        match self {
            Self::Json(json) => Some(json),
            Self::Other(_) => None,
        }
    }
}
