//! How fast requests may start: the operator's ceiling, a rate learnt from refusals, the provider's own word on what is
//! left, and pauses that it asks for. The slowest of them counts.
//!
//! It knows no queue: whoever may start asks here.

use super::TokioClock;
use crate::transport::rate_headers::Allowance;
use crate::transport::retry::LONGEST_WAIT;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// A rate is learnt from what went through in so long a time, or in as long as the provider asks to wait.
const SHORTEST_HORIZON: Duration = Duration::from_secs(1);
/// Of the rate that was refused, so much is used.
const MARGIN: f64 = 0.95;
/// Requests a second that are always tried.
const SLOWEST: f64 = 1.0 / 60.0;
/// One refusal lowers a learnt rate to no less than this part of it.
const DEEPEST_CUT: f64 = 0.5;
/// The learnt rate grows by so much a second while it is made use of; near the rate that was refused, ten times slower.
const GROWTH: f64 = 0.02;
const GROWTH_NEAR_REFUSAL: f64 = 0.002;
/// And by so much where it was learnt from fewer than so many answers, until it is refused: it is a guess.
const GROWTH_OF_GUESS: f64 = 0.5;
const GUESS: u32 = 10;
/// Between two requests it grows for no longer than this, so that slow rates are not probed at every other request.
const LONGEST_GROWTH: Duration = Duration::from_millis(250);
/// A rate so many times higher than the one that was refused is no limit any more.
const FORGOTTEN: f64 = 10.0;
/// A start that comes late by no more than this is made up for: timers are no more exact.
const LATENESS: Duration = Duration::from_millis(20);
/// What went through is counted in steps of this length.
const STEP: Duration = Duration::from_millis(50);

type Ceiling = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// When the next request may start.
#[derive(Debug)]
pub(super) struct Rate {
    clock: TokioClock,
    ceiling: Option<Ceiling>,
    learnt: Option<Learnt>,
    /// What the provider says that is left, until it begins to count anew.
    spread: Option<Spread>,
    paused_until: Option<Instant>,
    /// When the last request started, or should have.
    last: Option<Instant>,
    went_through: VecDeque<(Duration, u32)>,
}

/// A rate that was found by being refused.
#[derive(Debug)]
struct Learnt {
    /// Requests a second.
    rate: f64,
    refused: f64,
    is_guess: bool,
    since: Instant,
    grown: Instant,
}

#[derive(Debug)]
struct Spread {
    interval: Duration,
    until: Instant,
}

impl Rate {
    /// `requests_per_second`: the operator's ceiling, evenly spread. What is no positive number is no ceiling.
    pub(super) fn new(clock: TokioClock, requests_per_second: Option<f64>) -> Self {
        let ceiling = requests_per_second
            .and_then(|rate| Duration::try_from_secs_f64(rate.recip()).ok())
            .and_then(Quota::with_period)
            .map(|quota| RateLimiter::direct_with_clock(quota, clock.clone()));
        Self {
            clock,
            ceiling,
            learnt: None,
            spread: None,
            paused_until: None,
            last: None,
            went_through: VecDeque::new(),
        }
    }

    /// Starts a request, or tells when to ask again.
    pub(super) fn start(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.paused(now) {
            return Err(until);
        }
        let interval = self.interval(now);
        if let Some(at) = self.last.map(|last| last + interval).filter(|at| *at > now) {
            return Err(at);
        }
        if let Some(ceiling) = &self.ceiling {
            ceiling.check().map_err(|early| now + early.wait_time_from(self.clock.now()))?;
        }
        let due = self.last.map(|last| last + interval).filter(|due| now - *due <= LATENESS);
        self.last = Some(due.unwrap_or(now));
        self.grow(now);
        Ok(())
    }

    /// Until when nothing may start, where the provider asks for a pause.
    pub(super) fn paused(&self, now: Instant) -> Option<Instant> {
        self.paused_until.filter(|until| *until > now)
    }

    /// An answer that was no refusal for being too fast.
    pub(super) fn went_through(&mut self) {
        let step = self.step();
        match self.went_through.back_mut() {
            Some((last, number)) if *last == step => *number += 1,
            _ => self.went_through.push_back((step, 1)),
        }
        let oldest = step.saturating_sub(LONGEST_WAIT);
        while self.went_through.front().is_some_and(|(step, _)| *step < oldest) {
            self.went_through.pop_front();
        }
    }

    /// The provider asks all requests to wait.
    pub(super) fn pause(&mut self, now: Instant, asked: Duration) {
        self.paused_until = self.paused_until.max(Some(now + asked.min(LONGEST_WAIT)));
    }

    /// A request that was sent at `sent` was refused for being too fast. All requests wait as long as the provider asks,
    /// or a second.
    pub(super) fn refused(&mut self, now: Instant, sent: Instant, asked: Option<Duration>) {
        self.pause(now, asked.unwrap_or(SHORTEST_HORIZON));
        // Requests that were under way together tell of the same rate.
        if self.learnt.as_ref().is_some_and(|learnt| sent <= learnt.since) {
            return;
        }
        let horizon = asked.unwrap_or_default().clamp(SHORTEST_HORIZON, LONGEST_WAIT);
        let answers = self.went_through_within(horizon).max(1);
        let seen = f64::from(answers) / horizon.as_secs_f64();
        let refused = match &self.learnt {
            // What was asked for in vain after a pause says little of what is possible.
            Some(learnt) => seen.clamp(learnt.rate * DEEPEST_CUT / MARGIN, learnt.rate),
            None => seen,
        };
        let rate = (refused * MARGIN).max(SLOWEST);
        tracing::debug!(requests_per_second = %format_args!("{rate:.2}"), "the provider asks to be slower");
        let is_guess = self.learnt.is_none() && answers < GUESS;
        self.learnt = Some(Learnt { rate, refused, is_guess, since: now, grown: now });
    }

    /// What the provider says that is left. While that is plenty it does not matter; then it is spread over the time. No
    /// request is held back for longer than a minute: then the provider is asked again.
    pub(super) fn left(&mut self, now: Instant, allowance: &Allowance) {
        let was_spread = self.spread.take().is_some();
        if allowance.is_plenty() {
            return;
        }
        if !was_spread {
            tracing::debug!(remaining = allowance.remaining, reset = ?allowance.reset, "few requests are left");
        }
        let Some(interval) = allowance.reset.checked_div(allowance.remaining) else {
            return self.pause(now, allowance.reset);
        };
        let interval = interval.min(LONGEST_WAIT);
        self.spread = Some(Spread { interval, until: now + allowance.reset.min(LONGEST_WAIT * 60) });
    }

    fn interval(&self, now: Instant) -> Duration {
        let learnt = self.learnt.as_ref().map(|learnt| Duration::from_secs_f64(learnt.rate.recip()));
        let spread = self.spread.as_ref().filter(|spread| now < spread.until).map(|spread| spread.interval);
        learnt.max(spread).unwrap_or_default()
    }

    fn grow(&mut self, now: Instant) {
        let Some(learnt) = &mut self.learnt else { return };
        let longest = if learnt.is_guess { SHORTEST_HORIZON } else { LONGEST_GROWTH };
        let time = (now - learnt.grown).min(longest).as_secs_f64();
        let is_near = learnt.rate > learnt.refused * MARGIN * 0.999 && learnt.rate < learnt.refused / MARGIN;
        learnt.rate *= match learnt {
            Learnt { is_guess: true, .. } => 1.0 + time * GROWTH_OF_GUESS,
            _ if is_near => 1.0 + time * GROWTH_NEAR_REFUSAL,
            _ => 1.0 + time * GROWTH,
        };
        learnt.grown = now;
        if !learnt.is_guess && learnt.rate > learnt.refused * FORGOTTEN {
            tracing::debug!("the provider is not known to want slower requests any more");
            self.learnt = None;
        }
    }

    fn went_through_within(&self, horizon: Duration) -> u32 {
        let oldest = self.step().saturating_sub(horizon);
        self.went_through.iter().filter(|(step, _)| *step >= oldest).map(|(_, number)| number).sum()
    }

    fn step(&self) -> Duration {
        let now = self.clock.now();
        now.saturating_sub(Duration::from_nanos(u64::try_from(now.as_nanos() % STEP.as_nanos()).unwrap_or_default()))
    }
}
