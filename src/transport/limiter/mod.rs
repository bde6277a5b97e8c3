//! How much is asked of a provider at once, and how fast.
//!
//! One limiter is shared by everything that speaks to one provider as one client, and keeps what it has learnt. Whoever
//! wants to send joins one of two queues (`gate`) and starts when there is a slot (`concurrency`) and it is time (`rate`).
//! While somebody waits for a command (`urgency`), long lists leave a slot free; else they may have all.
//! It knows nothing of what is sent.

mod concurrency;
mod gate;
mod rate;
mod urgency;

use super::call::Lane;
use super::rate_headers::Allowance;
use crate::metrics;
use concurrency::{Concurrency, Sample};
use gate::{Gate, Place, Slots};
use rate::Rate;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use urgency::Urgency;

/// Holds back requests beyond a number at once, and beyond a rate.
#[derive(Debug)]
pub struct Limiter(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared(Mutex<State>);

#[derive(Debug)]
struct State {
    gate: Gate,
    urgency: Urgency,
    concurrency: Concurrency,
    rate: Rate,
}

/// The provider asks all requests to wait, and for longer than this one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paused(pub(super) Duration);

impl Limiter {
    /// `concurrency`: never more requests at once, at least 1; how many there really are is found by trying.
    /// `requests_per_second`: how many start in a second, evenly spread; fractions are fine, and what is no positive
    /// number means any number.
    pub fn new(concurrency: usize, requests_per_second: Option<f64>) -> Self {
        let state = State {
            gate: Gate::default(),
            urgency: Urgency::default(),
            concurrency: Concurrency::new(concurrency.max(1)),
            rate: Rate::new(TokioClock { start: Instant::now() }, requests_per_second),
        };
        Self(Some(Arc::new(Shared(Mutex::new(state)))))
    }

    /// A limiter that holds nothing back.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Somebody waits for a command, until this is dropped.
    pub(super) fn attend(&self) -> Attended {
        if let Some(shared) = &self.0 {
            shared.lock().urgency.begin();
        }
        Attended(self.0.clone())
    }

    /// Takes a place in a queue: whoever joins first goes first.
    pub(super) fn join(&self, lane: Lane) -> Waiting {
        Waiting(self.0.as_ref().map(|shared| {
            let place = shared.lock().gate.join(lane);
            Joined { shared: Arc::clone(shared), lane, place }
        }))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn slots(&self, now: Instant) -> Slots {
        Slots::new(self.concurrency.limit(), self.urgency.is_there(now))
    }

    /// Tells the next one to look whether it may start. Nobody needs to be told when a slot is kept for urgent requests no
    /// longer: then a list has requests under way, and the end of one tells.
    fn ring(&self) {
        if let Some(next) = self.gate.next(self.slots(Instant::now())) {
            next.bell.notify_one();
        }
    }
}

/// Somebody waits for a command.
#[derive(Debug)]
pub(super) struct Attended(Option<Arc<Shared>>);

impl Drop for Attended {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.lock().urgency.end(Instant::now());
        }
    }
}

/// A place in a queue, left when it is dropped; `None` where nothing is held back.
#[derive(Debug)]
pub(super) struct Waiting(Option<Joined>);

#[derive(Debug)]
struct Joined {
    shared: Arc<Shared>,
    lane: Lane,
    place: Place,
}

impl Waiting {
    /// Waits for its turn. The slot counts as taken until it is dropped.
    ///
    /// # Errors
    /// [`Paused`] when the provider has asked for a pause that ends after `deadline`.
    pub(super) async fn turn(self, deadline: Option<Instant>) -> Result<Slot, Paused> {
        let Some(joined) = self.0 else { return Ok(Slot(None)) };
        let _waits = metrics::request_waits();
        loop {
            match joined.start(deadline)? {
                Start::Now(slot) => return Ok(slot),
                Start::At(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = joined.place.bell.notified() => {}
                },
                Start::WhenItRings => joined.place.bell.notified().await,
            }
        }
    }
}

enum Start {
    Now(Slot),
    At(Instant),
    WhenItRings,
}

impl Joined {
    fn start(&self, deadline: Option<Instant>) -> Result<Start, Paused> {
        let now = Instant::now();
        let mut state = self.shared.lock();
        let paused = state.rate.paused(now);
        if let (Some(until), Some(deadline)) = (paused, deadline)
            && until > deadline
        {
            return Err(Paused(until - now));
        }
        let slots = state.slots(now);
        if !state.gate.is_next(&self.place, slots) {
            return Ok(Start::WhenItRings);
        }
        if let Err(at) = state.rate.start(now) {
            return Ok(Start::At(at));
        }
        let (at_once, is_full) = state.gate.start(self.lane, &self.place, slots);
        if is_full {
            state.concurrency.filled(self.lane, now, at_once);
        }
        Ok(Start::Now(Slot(Some(Taken {
            shared: Arc::clone(&self.shared),
            lane: self.lane,
            since: now,
            epoch: state.concurrency.epoch(),
        }))))
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.gate.leave(self.lane, &self.place);
        state.ring();
    }
}

/// What an attempt showed of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answered, in so long a time.
    Answered(Duration),
    /// It was asked too fast.
    TooFast,
    /// It could not cope: no answer in time, no connection, unavailable.
    Overloaded,
    /// Nothing: the request was not sent, for example.
    Nothing,
}

/// What an attempt tells the limiter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    pub(super) sign: Sign,
    /// How long the provider asks to wait.
    pub(super) pause: Option<Duration>,
    pub(super) allowance: Option<Allowance>,
}

/// A place among the requests that are under way.
#[derive(Debug)]
pub(super) struct Slot(Option<Taken>);

#[derive(Debug)]
struct Taken {
    shared: Arc<Shared>,
    lane: Lane,
    since: Instant,
    epoch: u64,
}

impl Slot {
    /// Gives the place back, and tells what became of the request.
    pub(super) fn report(self, report: &Report) {
        let Some(taken) = &self.0 else { return };
        let now = Instant::now();
        let state = &mut *taken.shared.lock();
        match report.sign {
            Sign::Answered(took) => {
                state.rate.went_through();
                let Taken { lane, epoch, since: sent, .. } = *taken;
                state.concurrency.answered(Sample { lane, epoch, sent, took });
            }
            Sign::TooFast => {
                state.rate.refused(now, taken.since, report.pause);
                state.concurrency.overloaded(taken.epoch);
            }
            Sign::Overloaded => state.concurrency.overloaded(taken.epoch),
            Sign::Nothing => {}
        }
        if let Some(allowance) = &report.allowance {
            state.rate.left(now, allowance);
        }
        if let Some(pause) = report.pause {
            state.rate.pause(now, pause);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.gate.finish(self.lane);
        state.ring();
    }
}

/// Governor's time from tokio's, so that a paused test moves it.
#[derive(Debug, Clone)]
struct TokioClock {
    start: Instant,
}

impl governor::clock::Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests;
