//! How many requests at once: found by trying.
//!
//! What counts is the flow: requests at once divided by how long one takes (Little's law). A limit is measured for a
//! while; then a higher one is tried, and kept if the flow grows with it; now and then a lower one is, and kept if the
//! flow does not fall. Only neighbours in time are compared, so that pages of another size, or a slower hour, mislead one
//! trial at most. Signs of overload lower the limit at once. It knows no queue and reads no clock.

use crate::metrics;
use crate::transport::call::Lane;
use std::time::Duration;
use tokio::time::Instant;

/// Where it begins, unless fewer are allowed.
const START: usize = 4;
/// So fast an answer is no sign of a queue at the provider: differences are this machine's noise.
const FAST: Duration = Duration::from_millis(25);
/// A measurement takes so many answers, and so many for each slot; at the beginning, one for each slot.
const LEAST_ANSWERS: usize = 12;
const ANSWERS_A_SLOT: usize = 3;
/// Of the gain that a higher limit could bring, so much makes it worth while.
const WORTH_DOUBLING: f64 = 0.5;
const WORTH_RAISING: f64 = 0.3;
/// With so much of it, no lower limit needs to be tried for a while.
const PLAINLY_WORTH: f64 = 0.8;
/// A lower limit may cost so much of the flow.
const WORTH_LOWERING: f64 = 0.97;
/// Between two trials there are so many measurements at most.
const LONGEST_PATIENCE: u32 = 12;
/// What is left of the limit after a sign of overload, in tenths.
const LEFT_AFTER_OVERLOAD: usize = 7;

/// An answer, as far as it tells how much the provider can bear.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) lane: Lane,
    /// Which limit was in force when the request was sent.
    pub(super) epoch: u64,
    pub(super) sent: Instant,
    pub(super) took: Duration,
}

/// An answer to a request that was under way when the slots were full.
#[derive(Debug, Clone, Copy)]
struct Measured {
    lane: Lane,
    at_once: usize,
    took: Duration,
}

/// The limit, and what is known of it.
#[derive(Debug)]
pub(super) struct Concurrency {
    most: usize,
    limit: usize,
    /// Counts the limits.
    epoch: u64,
    /// When a lane last had as many requests under way as it may have, and how many there were in all.
    full: [Option<(Instant, usize)>; 2],
    samples: [Vec<Measured>; 2],
    phase: Phase,
    /// How many measurements lie between two trials: doubled when a higher limit does not pay.
    patience: u32,
    /// The same at the highest limit, where only lower ones can be tried: longer when they do not pay.
    patience_at_most: u32,
    /// At this limit there were signs of overload.
    doubted: Option<usize>,
    tries_lower: bool,
    shown: metrics::Limit,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// At the beginning: twice as many each time, as long as that pays.
    Doubling {
        before: Option<Flow>,
    },
    Holding {
        flow: Option<Flow>,
        measured: u32,
    },
    Trying {
        before: Flow,
    },
}

/// What a limit brings.
#[derive(Debug, Clone, Copy)]
struct Flow {
    lane: Lane,
    limit: usize,
    at_once: f64,
    /// Requests a second.
    rate: f64,
    /// How far off that may be, as a part of it (the standard error).
    doubt: f64,
}

impl Concurrency {
    /// `most`: never more than this, at least 1.
    pub(super) fn new(most: usize) -> Self {
        let limit = START.min(most);
        Self {
            most,
            limit,
            epoch: 0,
            full: [None; 2],
            samples: Default::default(),
            phase: Phase::Doubling { before: None },
            patience: 1,
            patience_at_most: 1,
            doubted: None,
            tries_lower: false,
            shown: metrics::Limit::new(limit),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A lane has as many requests under way as it may have, and `at_once` there are in all.
    pub(super) fn filled(&mut self, lane: Lane, now: Instant, at_once: usize) {
        if let Some(full) = self.full.get_mut(lane as usize) {
            *full = Some((now, at_once));
        }
    }

    /// Takes an answer. It counts where the slots were full when its request was sent, or have been since: requests that
    /// are answered at one moment also start at one, the last of them into the last slot.
    pub(super) fn answered(&mut self, sample: Sample) {
        // What was sent under another limit says nothing of this one.
        if sample.epoch != self.epoch {
            return;
        }
        let Sample { lane, sent, took, .. } = sample;
        let full = self.full.get(lane as usize).copied().flatten().filter(|(at, _)| *at >= sent);
        let (Some((_, at_once)), Some(samples)) = (full, self.samples.get_mut(lane as usize)) else { return };
        samples.push(Measured { lane, at_once, took });
        // The first ones still met what was sent before them.
        let settling = self.limit;
        let for_each_slot = if matches!(self.phase, Phase::Doubling { .. }) { 1 } else { ANSWERS_A_SLOT };
        if samples.len() < settling + LEAST_ANSWERS.max(for_each_slot * self.limit) {
            return;
        }
        let measured = samples.split_off(settling);
        self.samples = Default::default();
        let (mean, flow) = Flow::of(&measured, self.limit);
        self.decide(mean, flow);
    }

    /// Takes a sign of overload: refused for being too many, no answer in time, no connection.
    pub(super) fn overloaded(&mut self, epoch: u64) {
        // Requests that were under way together tell of the same overload.
        if epoch != self.epoch {
            return;
        }
        tracing::debug!(limit = self.limit, "too many requests at once, it seems");
        // Where one at a time was too many, it was not their number: the provider was down.
        let is_number = self.limit > 1;
        self.doubted = is_number.then_some(self.limit);
        self.patience = if is_number { (self.patience * 2).min(LONGEST_PATIENCE) } else { 1 };
        self.phase = Phase::Holding { flow: None, measured: 0 };
        let less = (self.limit * LEFT_AFTER_OVERLOAD).div_ceil(10).min(self.limit - 1);
        self.set(less);
        // Also where it stays at 1: the others of this moment have nothing to add.
        self.epoch += 1;
        self.samples = Default::default();
    }

    fn decide(&mut self, mean: Duration, flow: Flow) {
        if mean < FAST {
            self.phase = Phase::Doubling { before: Some(flow) };
            return self.set(self.limit.saturating_mul(2));
        }
        match self.phase {
            Phase::Doubling { before: Some(before) }
                if flow.lane == before.lane && !flow.grew(&before, WORTH_DOUBLING) =>
            {
                // The flow at twice the limit shows what the provider can bear.
                let gain = (flow.rate / before.rate).clamp(1.0, 2.0);
                self.hold(None);
                self.set(ceil(before.limit, gain).min(self.limit));
            }
            Phase::Doubling { .. } if self.limit < self.most => {
                self.phase = Phase::Doubling { before: Some(flow) };
                self.set(self.limit.saturating_mul(2));
            }
            Phase::Doubling { before } => {
                if before.is_some_and(|before| flow.grew(&before, PLAINLY_WORTH)) {
                    self.patience_at_most = LONGEST_PATIENCE;
                }
                self.hold(Some(flow));
            }
            Phase::Holding { flow: before, measured } => self.measure(flow.smoothed(before), measured + 1),
            Phase::Trying { before } => self.judge(&before, flow),
        }
    }

    /// One more measurement of the same limit.
    fn measure(&mut self, flow: Flow, measured: u32) {
        let is_doubtful = self.doubted.is_some_and(|doubted| self.higher() >= doubted);
        let patience = match self.patience {
            _ if self.limit == self.most => self.patience_at_most,
            _ if is_doubtful => LONGEST_PATIENCE,
            patience => patience,
        };
        if measured < patience {
            self.phase = Phase::Holding { flow: Some(flow), measured };
            return;
        }
        self.tries_lower = (!self.tries_lower && self.limit > 1) || self.limit == self.most;
        self.phase = Phase::Trying { before: flow };
        self.set(if self.tries_lower { self.lower() } else { self.higher() });
    }

    fn higher(&self) -> usize {
        self.limit.saturating_add((self.limit / 4).max(1)).min(self.most)
    }

    fn lower(&self) -> usize {
        self.limit.saturating_sub((self.limit / 8).max(1)).max(1)
    }

    fn judge(&mut self, before: &Flow, flow: Flow) {
        let is_better = if flow.lane != before.lane {
            false
        } else if flow.limit > before.limit {
            flow.grew(before, WORTH_RAISING)
        } else {
            flow.rate >= before.rate * (WORTH_LOWERING + flow.doubt_against(before))
        };
        if is_better {
            self.doubted = self.doubted.filter(|doubted| *doubted > flow.limit);
            (self.patience, self.patience_at_most) = (1, 1);
            // What paid once is tried again at once.
            self.tries_lower = !self.tries_lower;
            self.measure(flow, 1);
        } else {
            if flow.limit > before.limit {
                self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
            } else if before.limit == self.most {
                self.patience_at_most = (self.patience_at_most * 4).min(LONGEST_PATIENCE);
            }
            self.hold(None);
            self.set(before.limit);
        }
    }

    fn hold(&mut self, flow: Option<Flow>) {
        self.phase = Phase::Holding { flow, measured: 0 };
    }

    fn set(&mut self, limit: usize) {
        let limit = limit.clamp(1, self.most);
        if limit != self.limit {
            tracing::debug!(limit, before = self.limit, "another number of requests at once");
            self.limit = limit;
            self.shown.set(limit);
            self.epoch += 1;
        }
    }
}

impl Flow {
    /// The mean time, and the flow. The slowest tenth is left out: a hiccup is no trend.
    fn of(samples: &[Measured], limit: usize) -> (Duration, Self) {
        let mut times: Vec<Duration> = samples.iter().map(|sample| sample.took).collect();
        times.sort_unstable();
        times.truncate(times.len() - times.len() / 10);
        let mean = times.iter().sum::<Duration>() / count(times.len());
        let at_once = samples.iter().map(|sample| f64::from(count(sample.at_once))).sum::<f64>()
            / f64::from(count(samples.len()));
        let lane = samples.first().map_or(Lane::Urgent, |sample| sample.lane);
        let seconds = mean.as_secs_f64().max(1e-6);
        let variance = times.iter().map(|took| (took.as_secs_f64() / seconds - 1.0).powi(2)).sum::<f64>();
        let doubt = variance.sqrt() / f64::from(count(times.len()));
        (mean, Self { lane, limit, at_once, rate: at_once / seconds, doubt })
    }

    /// Whether the flow may well have grown by so much of what more requests at once could bring.
    fn grew(&self, before: &Self, worth: f64) -> bool {
        let could = self.at_once / before.at_once - 1.0;
        self.lane == before.lane && self.rate / before.rate - 1.0 + self.doubt_against(before) >= could * worth
    }

    fn doubt_against(&self, before: &Self) -> f64 {
        self.doubt.hypot(before.doubt)
    }

    fn smoothed(mut self, before: Option<Self>) -> Self {
        if let Some(before) = before.filter(|before| before.lane == self.lane) {
            self.rate = f64::midpoint(self.rate, before.rate);
        }
        self
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).max(1)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a factor from 1 to 2 of a small number")]
fn ceil(limit: usize, factor: f64) -> usize {
    (f64::from(count(limit)) * factor).ceil() as usize
}
