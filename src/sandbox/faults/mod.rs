//! Faults: some requests are answered badly, late, or not at all, and how often each fault fired is counted. What is asked
//! for is here, with the form that it has as JSON; `effect` is what can go wrong, `reading` reads the JSON and `writing`
//! writes it, `matching` says which requests are meant, `running` decides and counts, `answering` makes the bad answers,
//! `load` limits what the server takes. Nothing here knows how the connector copes.

mod answering;
mod effect;
mod load;
mod matching;
mod reading;
mod running;
mod writing;

pub use effect::{Effect, ListEffect};
pub use reading::Problems;

pub(super) use answering::Closed;
pub(super) use load::Rate;
pub(super) use matching::Asked;
pub(super) use running::{Bent, Faults};

use http::{HeaderMap, Method};
use serde_json::Value;
use std::time::Duration;

/// What goes wrong with which requests, and how much the server takes.
///
/// As JSON, in a file or at `/faults` of a running sandbox (`GET` shows it with `fired` in each fault and limit, `POST` replaces
/// it, `DELETE` ends it). Every member may be left out:
///
/// ```json
/// {
///   "seed": 1,
///   "rateLimit": {"perSecond": 20, "retryAfter": 1},
///   "capacity": {"atOnce": 6, "latencyMs": 50},
///   "faults": [
///     {"name": "lost page", "method": "GET", "route": "/Users", "query": "startIndex=201", "times": 1,
///      "effect": {"type": "loseAnswer"}},
///     {"name": "busy", "route": "/Groups/*", "after": 2, "probability": 0.1,
///      "effect": {"type": "answer", "status": 503, "body": {"detail": "busy"}}, "headers": {"Retry-After": "2"}},
///     {"name": "wrong content type", "route": "/Users", "nth": 3, "headers": {"Content-Type": "text/plain"}}
///   ]
/// }
/// ```
///
/// | member of a fault | meaning | if left out |
/// |---|---|---|
/// | `name` | under which it is counted, unlike any other's | its place: `faults[0]` |
/// | `method` | `GET`, `POST`, … | any |
/// | `route` | a path below the SCIM base URL, or from the server's root: `/Users`, `/services/oauth2/token`. `*` stands for one segment, `**` at the end for any number of them, or none | any |
/// | `query` | parameters that must all be there, decoded and joined by `&`: `startIndex=201`. A `*` at a value's end stands for any text: `filter=id gt*`; a name alone for any value | any |
/// | `nth` | only that one of the requests that match, counted from 1; instead of `after` and `times` | |
/// | `after` | how many requests that match are left alone first | 0 |
/// | `times` | how many it then meets | all |
/// | `probability` | which share of them, above 0 up to 1; which ones is decided by `seed`, by the name, and by how many matched before | 1 |
/// | `effect` | what happens: see [`Effect`] and [`ListEffect`] | right answers, with the `headers` |
/// | `headers` | are set on the answer, whatever it is | none |
///
/// A request meets one fault at most, the first that is due; those that stand behind do not count it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schedule {
    /// Another seed makes other requests meet the faults that have a probability.
    pub seed: u64,
    /// `{"perSecond": 20, "retryAfter": 1}`
    pub rate_limit: Option<RateLimit>,
    /// `{"atOnce": 6, "latencyMs": 50}`
    pub capacity: Option<Capacity>,
    pub faults: Vec<Fault>,
}

impl Schedule {
    /// Reads a schedule strictly: a member that means nothing is a problem too.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(json: &Value) -> Result<Self, Problems> {
        reading::schedule(json)
    }

    /// The schedule as it could be read again.
    pub fn to_json(&self) -> Value {
        writing::schedule(self, self.faults.iter().map(Fault::to_json))
    }
}

/// How many requests the SCIM endpoints answer in a second, and as many at once after a pause. Those beyond are refused with
/// 429 and counted as `rateLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// From 1.
    pub per_second: u32,
    /// Seconds that a refusal asks to wait with `Retry-After`; without it the header is missing.
    pub retry_after: Option<u32>,
}

/// A server that takes its time and does only so much at once: a SCIM request that finds all places taken waits for its turn,
/// so that answers come the later the more are asked for together. Those that waited are counted as `capacity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// From 1.
    pub at_once: u32,
    /// How long each request holds its place, besides what answering it takes.
    pub latency: Duration,
}

/// What goes wrong with which requests. Its members are those of the JSON: see [`Schedule`].
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub name: Option<String>,
    pub method: Option<Method>,
    pub route: Option<String>,
    pub query: Option<String>,
    pub after: u32,
    pub times: Option<u32>,
    pub probability: f64,
    pub effect: Effect,
    pub headers: HeaderMap,
}

impl Fault {
    /// Every request to a target fails so: to a route and all below it (`/Users`), with a query (`startIndex=201`), or both
    /// (`/Users?startIndex=201`); to any, if it is empty.
    pub fn new(target: impl AsRef<str>, effect: Effect) -> Self {
        let target = target.as_ref();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None if target.starts_with('/') => (target, None),
            None => ("", Some(target).filter(|query| !query.is_empty())),
        };
        Self {
            name: None,
            method: None,
            route: (!path.is_empty()).then(|| format!("{path}/**")),
            query: query.map(str::to_owned),
            after: 0,
            times: None,
            probability: 1.0,
            effect,
            headers: HeaderMap::new(),
        }
    }

    /// The same, counted under a name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    fn to_json(&self) -> Value {
        writing::fault(self)
    }
}
