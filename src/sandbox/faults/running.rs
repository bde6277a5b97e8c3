//! The faults at work: which request meets which, and how often each fired.

use super::load::{Places, Rate};
use super::{Asked, Effect, Fault, ListEffect, Schedule, writing};
use crate::sandbox::population::chance;
use http::{Extensions, HeaderMap};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedSemaphorePermit;

/// The faults that are asked for.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Faults(Mutex<Active>);

#[derive(Debug, Default)]
struct Active {
    seed: u64,
    rate: Option<Arc<Rate>>,
    places: Option<Arc<Places>>,
    faults: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// The fault's own, or its place among the others.
    name: String,
    /// How many requests it means came to it.
    matched: u64,
    met: u32,
    fired: Counter,
}

/// Counts how often a fault changed an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(super) fn fire(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A fault that a request has met.
#[derive(Debug)]
pub(in crate::sandbox) struct Met {
    pub(super) effect: Effect,
    pub(super) headers: HeaderMap,
    pub(super) fired: Counter,
}

/// Goes with a request for a list whose answer is to be wrong.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Bent {
    pub(in crate::sandbox) effect: ListEffect,
    fired: Counter,
}

impl Bent {
    /// To be called when the answer became another by the effect.
    pub(in crate::sandbox) fn fire(&self) {
        self.fired.fire();
    }
}

impl Met {
    /// What goes with the request to where lists are made.
    pub(in crate::sandbox) fn accompany(&self, extensions: &mut Extensions) {
        if let Effect::List(effect) = self.effect {
            extensions.insert(Bent { effect, fired: self.fired.clone() });
        }
    }

    pub(in crate::sandbox) fn revokes_tokens(&self) -> bool {
        self.effect == Effect::RevokeTokens
    }
}

impl Faults {
    pub(in crate::sandbox) fn add(&self, fault: Fault) {
        self.with(|active| active.add(fault));
    }

    /// Begins anew with this schedule, and with all counts at 0.
    pub(in crate::sandbox) fn replace(&self, schedule: Schedule) {
        let mut fresh = Active {
            seed: schedule.seed,
            rate: schedule.rate_limit.map(|limit| Arc::new(Rate::new(limit))),
            places: schedule.capacity.map(|capacity| Arc::new(Places::new(capacity))),
            faults: Vec::new(),
        };
        for fault in schedule.faults {
            fresh.add(fault);
        }
        self.with(|active| *active = fresh);
    }

    /// The fault that a request meets.
    pub(in crate::sandbox) fn meet(&self, asked: &Asked<'_>) -> Option<Met> {
        self.with(|active| {
            let seed = active.seed;
            let armed = active.faults.iter_mut().find_map(|armed| armed.is_due(asked, seed).then_some(armed))?;
            armed.met = armed.met.saturating_add(1);
            let Fault { effect, headers, .. } = &armed.fault;
            Some(Met { effect: effect.clone(), headers: headers.clone(), fired: armed.fired.clone() })
        })
    }

    /// Whether the rate limit lets a request through; if not, the seconds that a refusal names, if it names any.
    pub(in crate::sandbox) fn admit(&self) -> Result<(), Option<u32>> {
        match self.with(|active| active.rate.clone()) {
            Some(rate) if !rate.admits() => Err(rate.limit.retry_after),
            _ => Ok(()),
        }
    }

    /// Waits for a place where these are limited, and as long as the limit says. It is held until it is dropped.
    pub(in crate::sandbox) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let places = self.with(|active| active.places.clone())?;
        places.take().await
    }

    /// How often each fired, in the order of the schedule, then the limits under `rateLimit` and `capacity`.
    pub(in crate::sandbox) fn fired(&self) -> Vec<(String, u64)> {
        self.with(|active| {
            let faults = active.faults.iter().map(|armed| (armed.name.clone(), armed.fired.count()));
            let rate = active.rate.iter().map(|rate| ("rateLimit".to_owned(), rate.refused.load(Ordering::Relaxed)));
            let places =
                active.places.iter().map(|places| ("capacity".to_owned(), places.waited.load(Ordering::Relaxed)));
            faults.chain(rate).chain(places).collect()
        })
    }

    /// The schedule as JSON, with `fired` in each fault and limit.
    pub(in crate::sandbox) fn report(&self) -> Value {
        self.with(|active| {
            let schedule = Schedule {
                seed: active.seed,
                rate_limit: active.rate.as_ref().map(|rate| rate.limit),
                capacity: active.places.as_ref().map(|places| places.capacity),
                faults: Vec::new(),
            };
            let faults = active.faults.iter().map(|armed| {
                let mut fault = Fault { name: Some(armed.name.clone()), ..armed.fault.clone() }.to_json();
                writing::count(&mut fault, armed.fired.count());
                fault
            });
            let mut report = writing::schedule(&schedule, faults);
            if let Some((limit, rate)) = report.get_mut("rateLimit").zip(active.rate.as_ref()) {
                writing::count(limit, rate.refused.load(Ordering::Relaxed));
            }
            if let Some((limit, places)) = report.get_mut("capacity").zip(active.places.as_ref()) {
                writing::count(limit, places.waited.load(Ordering::Relaxed));
            }
            report
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Active) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Active {
    fn add(&mut self, fault: Fault) {
        let name = fault.name.clone().unwrap_or_else(|| format!("faults[{}]", self.faults.len()));
        self.faults.push(Armed { fault, name, matched: 0, met: 0, fired: Counter::default() });
    }
}

impl Armed {
    /// Counts a request that the fault means, and says whether it is one that fails.
    fn is_due(&mut self, asked: &Asked<'_>, seed: u64) -> bool {
        if !asked.is_meant_by(&self.fault) {
            return false;
        }
        self.matched += 1;
        self.matched > u64::from(self.fault.after)
            && self.fault.times.is_none_or(|times| self.met < times)
            && is_drawn(self.fault.probability, chance(seed, self.matched, &self.name))
    }
}

/// Whether a number that may be any is among the share of them that the probability is.
fn is_drawn(probability: f64, number: u64) -> bool {
    let high = u32::try_from(number >> 32).unwrap_or(u32::MAX);
    f64::from(high) < probability * 2_f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    /// Which of 1,000 requests a fault meets.
    fn met(seed: u64, name: &str) -> Vec<u32> {
        let fault = Fault { probability: 0.1, ..Fault::new("/Users", Effect::Close) };
        let faults = Faults::default();
        faults.replace(Schedule { seed, faults: vec![fault.named(name)], ..Schedule::default() });
        let (request, ()) = Request::get("/scim/v2/Users").body(()).unwrap().into_parts();
        (0..1_000).filter(|_| faults.meet(&Asked::new(&request, "/scim/v2")).is_some()).collect()
    }

    #[test]
    fn the_seed_decides_what_is_probable() {
        let once = met(1, "a");
        assert!((70..130).contains(&once.len()), "{}", once.len());
        assert_eq!(once, met(1, "a"));
        assert_ne!(once, met(2, "a"));
        assert_ne!(once, met(1, "b"), "two faults do not meet the same requests");
    }

    #[test]
    fn what_is_sure_always_happens_and_what_is_hardly_probable_does_not() {
        assert!(is_drawn(1.0, u64::MAX) && is_drawn(1.0, 0));
        assert!(!is_drawn(0.5, u64::MAX) && is_drawn(0.5, u64::MAX / 2 - u64::from(u32::MAX)));
    }
}
