//! How long to wait before a retry where the provider does not say: any time up to a bound that doubles, so that those
//! who failed together do not come back together ("full jitter").
//!
//! Whether there is a retry is `retry`'s business.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The bounds of the waits.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// Before the first retry, at most.
    pub first: Duration,
    /// Never more than this.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// The wait before the retry that follows on so many.
    pub(super) fn delay(self, retries: u32, jitter: &Jitter) -> Duration {
        let bound = self.first.saturating_mul(2_u32.saturating_pow(retries)).min(self.longest);
        bound.mul_f64(jitter.next())
    }
}

/// Random numbers for waits. Nothing secret hangs on them.
#[derive(Debug)]
pub struct Jitter(Mutex<fastrand::Rng>);

impl Jitter {
    /// Begins somewhere else in each process.
    pub fn new() -> Self {
        Self(Mutex::new(fastrand::Rng::new()))
    }

    /// Always the same numbers, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// From 0 up to, and without, 1.
    fn next(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}

impl Default for Jitter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_from_none_to_a_bound_that_doubles() {
        let jitter = Jitter::seeded(7);
        for (retries, bound) in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000].into_iter().enumerate() {
            let retries = u32::try_from(retries).unwrap();
            let bound = Duration::from_millis(bound);
            let delays: Vec<_> = (0..200).map(|_| Backoff::default().delay(retries, &jitter)).collect();
            let (least, most) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
            assert!(*least < bound / 10 && *most > bound * 9 / 10 && *most <= bound, "{retries}: {least:?}, {most:?}");
        }
        assert!(Backoff::default().delay(u32::MAX, &jitter) <= Backoff::default().longest);
    }

    #[test]
    fn a_seed_gives_the_same_waits() {
        let delays = |seed| {
            let jitter = Jitter::seeded(seed);
            (0..4).map(|retries| Backoff::default().delay(retries, &jitter)).collect::<Vec<_>>()
        };
        assert_eq!(delays(1), delays(1));
        assert_ne!(delays(1), delays(2));
    }
}
