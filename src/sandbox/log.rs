//! Which requests came, for tests to look at. The latest only, and never their headers or bodies.

use http::Method;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    pub method: Method,
    pub path: String,
    /// Decoded; empty where there was none.
    pub query: String,
}

impl SeenRequest {
    pub(super) fn new(request: &http::request::Parts) -> Self {
        let pairs = url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
        Self { method: request.method.clone(), path: request.uri.path().to_owned(), query: pairs.join("&") }
    }

    /// Path and query together.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

#[derive(Debug, Default)]
pub(super) struct Log(Mutex<VecDeque<SeenRequest>>);

impl Log {
    pub(super) fn note(&self, request: SeenRequest) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() == KEPT {
            seen.pop_front();
        }
        seen.push_back(request);
    }

    pub(super) fn seen(&self) -> Vec<SeenRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

const KEPT: usize = 10_000;
