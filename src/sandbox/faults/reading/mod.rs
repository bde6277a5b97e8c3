//! Reads a schedule from JSON: strictly, and with all problems at once.

mod effects;
mod members;

use super::{Capacity, Effect, Fault, RateLimit, Schedule};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use members::Members;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

/// All that is wrong with a schedule, a sentence each that names the member: `faults[2].nth: must be …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

pub(super) fn schedule(json: &Value) -> Result<Schedule, Problems> {
    let problems = RefCell::default();
    let schedule = Members::new(String::new(), json, &problems).map(read);
    let problems = problems.into_inner();
    match schedule {
        Some(schedule) if problems.is_empty() => Ok(schedule),
        _ => Err(Problems(problems)),
    }
}

fn read(mut members: Members<'_>) -> Schedule {
    let mut names = HashSet::new();
    let schedule = Schedule {
        seed: members.whole("seed", 0..=u64::MAX).unwrap_or_default(),
        rate_limit: members.object("rateLimit").and_then(rate_limit),
        capacity: members.object("capacity").and_then(capacity),
        faults: members.objects("faults").filter_map(|members| fault(members, &mut names)).collect(),
    };
    members.finish();
    schedule
}

fn rate_limit(mut members: Members<'_>) -> Option<RateLimit> {
    let per_second = members.required_whole("perSecond", 1..=1_000_000);
    let retry_after = members.whole("retryAfter", 0..=u32::MAX.into());
    members.finish();
    Some(RateLimit { per_second: per_second?, retry_after })
}

fn capacity(mut members: Members<'_>) -> Option<Capacity> {
    let at_once = members.required_whole("atOnce", 1..=1_000_000);
    let latency = members.required_whole("latencyMs", 0..=LONGEST_MS).map(Duration::from_millis);
    members.finish();
    Some(Capacity { at_once: at_once?, latency: latency? })
}

/// A fault is read as a whole even where it has problems: only then are all of them known.
fn fault<'a>(mut members: Members<'a>, names: &mut HashSet<&'a str>) -> Option<Fault> {
    let name = members.text("name");
    if name.is_some_and(|name| !names.insert(name)) {
        members.problem("name", "is that of another fault; each must have its own");
    }
    let method = members.text("method").and_then(|text| method(text, &members));
    let route = members.text("route").and_then(|text| route(text, &members));
    let query = members.text("query").and_then(|text| query(text, &members));
    let (after, times) = which(&mut members);
    let probability = probability(&mut members);
    let headers_there = members.object("headers");
    if !members.has("effect") && headers_there.as_ref().is_none_or(|headers| headers.names().is_empty()) {
        members.problem("effect", "is missing; there must be one, or headers");
    }
    let headers = headers_there.map(headers).unwrap_or_default();
    let effect = members.object("effect").map_or(Some(Effect::HeadersOnly), effects::effect);
    members.finish();
    let name = name.map(str::to_owned);
    Some(Fault { name, method, route, query, after, times, probability, effect: effect?, headers })
}

fn method(text: &str, members: &Members<'_>) -> Option<Method> {
    const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    if !METHODS.contains(&text) {
        members.problem("method", &format!("is {text:?}; one of {}", METHODS.join(", ")));
    }
    text.parse().ok()
}

fn route(text: &str, members: &Members<'_>) -> Option<String> {
    let ends_at_wildcard = text.trim_end_matches("/**").split('/').all(|segment| segment != "**");
    if !text.starts_with('/') || text.contains('?') || !ends_at_wildcard {
        members.problem("route", "must be a path such as /Users, /Users/* or /Users/**, without a query");
        return None;
    }
    Some(text.to_owned())
}

fn query(text: &str, members: &Members<'_>) -> Option<String> {
    if text.split('&').any(|pair| pair.split_once('=').map_or(pair, |(name, _)| name).is_empty()) {
        members.problem("query", "must be parameters such as startIndex=201, joined by &");
        return None;
    }
    Some(text.to_owned())
}

/// How many requests are left alone first, and how many are met then.
fn which(members: &mut Members<'_>) -> (u32, Option<u32>) {
    let nth: Option<u32> = members.whole("nth", 1..=u32::MAX.into());
    let after = members.whole("after", 0..=u32::MAX.into());
    let times = members.whole("times", 1..=u32::MAX.into());
    match nth {
        Some(nth) => {
            if after.is_some() || times.is_some() {
                members.problem("nth", "says which one alone; leave out after and times, or nth");
            }
            (nth - 1, Some(1))
        }
        None => (after.unwrap_or(0), times),
    }
}

fn probability(members: &mut Members<'_>) -> f64 {
    let Some(value) = members.value("probability") else { return 1.0 };
    match value.as_f64() {
        Some(probability) if probability > 0.0 && probability <= 1.0 => probability,
        _ => {
            members.problem("probability", "must be a number above 0 and not above 1, such as 0.1");
            1.0
        }
    }
}

fn headers(mut members: Members<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in members.names() {
        let value = members.text(name).map(HeaderValue::try_from);
        match (HeaderName::try_from(name), value) {
            (_, None) => {}
            (Ok(known), Some(Ok(value))) if !FRAMING.contains(&known.as_str()) => {
                headers.insert(known, value);
            }
            (Ok(_), Some(Ok(_))) => members.problem(name, "belongs to the body's framing; truncate is an effect"),
            _ => members.problem(name, "is no header that can be sent, or its value none"),
        }
    }
    headers
}

/// The body's end belongs to the effects.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];
/// A day.
const LONGEST_MS: u64 = 86_400_000;

#[cfg(test)]
mod tests;
