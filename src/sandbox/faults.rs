//! Faults that a test asks for: some requests are answered badly, or not at all. Set in process only, never over HTTP.

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What goes wrong with which requests.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Any, if `None`.
    pub method: Option<Method>,
    /// A part of the path and the decoded query: `/Groups`, `startIndex=201`, `filter=id gt`.
    pub target: String,
    /// How many matching requests are answered rightly first.
    pub after: u32,
    /// How many matching requests then fail; all, if `None`.
    pub times: Option<u32>,
    pub effect: Effect,
}

/// How a request fails.
#[derive(Debug, Clone)]
pub enum Effect {
    /// It is answered with this; the content type follows the body's first character.
    Answer { status: StatusCode, body: String },
    /// The connection is closed without an answer, and nothing is done.
    Close,
    /// What it asks is done, and the connection is closed without an answer.
    LoseAnswer,
    /// What it asks is done, and the answer waits so long.
    Stall(Duration),
}

impl Fault {
    /// Every request with `target` in its path and query fails so.
    pub fn new(target: impl Into<String>, effect: Effect) -> Self {
        Self { method: None, target: target.into(), after: 0, times: None, effect }
    }
}

/// Marks an answer that is never sent: the connection is closed instead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closed;

/// The faults that are left.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// What goes wrong with a request, if a fault meets it. Each fault counts the requests that match it.
    pub(super) fn meet(&self, method: &Method, target: &str) -> Option<Effect> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for fault in faults.iter_mut() {
            if fault.method.as_ref().is_some_and(|wanted| wanted != method) || !target.contains(&fault.target) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            match &mut fault.times {
                Some(0) => continue,
                Some(times) => *times -= 1,
                None => {}
            }
            return Some(fault.effect.clone());
        }
        None
    }
}

impl Effect {
    /// The request's fate, where `answer` carries it out.
    pub(super) async fn befall(self, answer: impl Future<Output = Response>) -> Response {
        match self {
            Self::Answer { status, body } => {
                let content_type = match body.chars().next() {
                    Some('{' | '[') => super::answer::JSON,
                    Some('<') => "text/html;charset=UTF-8",
                    _ => "text/plain;charset=UTF-8",
                };
                super::answer::text(status, content_type, body)
            }
            Self::Close => closed(),
            Self::LoseAnswer => {
                answer.await;
                closed()
            }
            Self::Stall(time) => {
                let answer = answer.await;
                tokio::time::sleep(time).await;
                answer
            }
        }
    }
}

fn closed() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Closed);
    response
}
