//! A schedule as JSON, so that it can be read again.

use super::{Capacity, Effect, Fault, ListEffect, RateLimit, Schedule};
use http::HeaderMap;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The schedule with its faults already written.
pub(super) fn schedule(schedule: &Schedule, faults: impl Iterator<Item = Value>) -> Value {
    let mut members = Map::new();
    members.insert("seed".to_owned(), schedule.seed.into());
    put(&mut members, "rateLimit", schedule.rate_limit.as_ref().map(rate_limit));
    put(&mut members, "capacity", schedule.capacity.as_ref().map(capacity));
    members.insert("faults".to_owned(), faults.collect());
    members.into()
}

pub(super) fn fault(fault: &Fault) -> Value {
    let mut members = Map::new();
    put(&mut members, "name", fault.name.as_deref());
    put(&mut members, "method", fault.method.as_ref().map(http::Method::as_str));
    put(&mut members, "route", fault.route.as_deref());
    put(&mut members, "query", fault.query.as_deref());
    put(&mut members, "after", (fault.after > 0).then_some(fault.after));
    put(&mut members, "times", fault.times);
    put(&mut members, "probability", (fault.probability < 1.0).then_some(fault.probability));
    put(&mut members, "effect", effect(&fault.effect));
    put(&mut members, "headers", (!fault.headers.is_empty()).then(|| headers(&fault.headers)));
    members.into()
}

/// Adds how often it fired.
pub(super) fn count(object: &mut Value, fired: u64) {
    if let Some(members) = object.as_object_mut() {
        members.insert("fired".to_owned(), fired.into());
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value.into());
    }
}

fn rate_limit(limit: &RateLimit) -> Value {
    json!({"perSecond": limit.per_second, "retryAfter": limit.retry_after})
}

fn capacity(capacity: &Capacity) -> Value {
    json!({"atOnce": capacity.at_once, "latencyMs": milliseconds(capacity.latency)})
}

fn effect(effect: &Effect) -> Option<Value> {
    Some(match effect {
        Effect::HeadersOnly => return None,
        Effect::Answer { status, body } => json!({"type": "answer", "status": status.as_u16(), "body": body}),
        Effect::HtmlPage => json!({"type": "htmlPage"}),
        Effect::Close => json!({"type": "close"}),
        Effect::LoseAnswer => json!({"type": "loseAnswer"}),
        Effect::Stall(time) => json!({"type": "stall", "ms": milliseconds(*time)}),
        Effect::Truncate { bytes, chunked } => json!({"type": "truncate", "bytes": bytes, "chunked": chunked}),
        Effect::Drip { bytes, every } => json!({"type": "drip", "bytes": bytes, "everyMs": milliseconds(*every)}),
        Effect::Enlarge { bytes } => json!({"type": "enlarge", "bytes": bytes}),
        Effect::Deepen { depth } => json!({"type": "deepen", "depth": depth}),
        Effect::RevokeTokens => json!({"type": "revokeTokens"}),
        Effect::List(effect) => list_effect(*effect),
    })
}

fn list_effect(effect: ListEffect) -> Value {
    match effect {
        ListEffect::RepeatRows(rows) => json!({"type": "repeatRows", "rows": rows}),
        ListEffect::DropRows(rows) => json!({"type": "dropRows", "rows": rows}),
        ListEffect::ShiftPage(rows) => json!({"type": "shiftPage", "rows": rows}),
        ListEffect::ChangeTotal(by) => json!({"type": "changeTotal", "by": by}),
        ListEffect::EmptyPage => json!({"type": "emptyPage"}),
        ListEffect::LoseView(rows) => json!({"type": "loseView", "rows": rows}),
        ListEffect::IgnoreFilter => json!({"type": "ignoreFilter"}),
        ListEffect::IgnoreStartIndex => json!({"type": "ignoreStartIndex"}),
    }
}

fn headers(headers: &HeaderMap) -> Value {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes));
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
