//! How much is asked of a provider at once, and how fast.
//!
//! One limiter is shared by everything that speaks to one provider as one client. It knows nothing of what is sent.

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Holds back requests beyond a number at once, and beyond a rate.
#[derive(Debug)]
pub struct Limiter {
    at_once: Arc<Semaphore>,
    rate: Option<RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>>,
    clock: TokioClock,
}

impl Limiter {
    /// `concurrency`: how many requests at once, at least 1. `requests_per_second`: how many start in a second, evenly
    /// spread; fractions are fine, and what is no positive number means any number.
    pub fn new(concurrency: usize, requests_per_second: Option<f64>) -> Self {
        let clock = TokioClock { start: Instant::now() };
        let rate = requests_per_second
            .and_then(|rate| Duration::try_from_secs_f64(rate.recip()).ok())
            .and_then(Quota::with_period)
            .map(|quota| RateLimiter::direct_with_clock(quota, clock.clone()));
        Self { at_once: Arc::new(Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS))), rate, clock }
    }

    /// A limiter that holds nothing back.
    pub fn unlimited() -> Self {
        Self::new(Semaphore::MAX_PERMITS, None)
    }

    /// Waits for a turn. The slot counts as taken until it is dropped.
    pub(super) async fn turn(&self) -> Slot {
        // The semaphore is never closed, so there always is a permit.
        let permit = Arc::clone(&self.at_once).acquire_owned().await.ok();
        if let Some(rate) = &self.rate {
            while let Err(early) = rate.check() {
                tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
            }
        }
        Slot { _permit: permit }
    }
}

/// A place among the requests that are under way.
#[derive(Debug)]
pub(super) struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
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
mod tests {
    use super::*;
    use futures::future::join_all;
    use rstest::rstest;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_at_once() {
        let limiter = Limiter::new(3, None);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        join_all((0..10).map(|_| async {
            let _slot = limiter.turn().await;
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
            now.fetch_sub(1, Ordering::Relaxed);
        }))
        .await;
        assert_eq!(most.into_inner(), 3);
    }

    #[rstest]
    #[case::slow(0.5, 4, 6_000)]
    #[case::fast(10.0, 11, 1_000)]
    #[tokio::test(start_paused = true)]
    async fn no_faster_than_the_rate(#[case] rate: f64, #[case] turns: usize, #[case] at_least_ms: u64) {
        let limiter = Limiter::new(100, Some(rate));
        let start = Instant::now();
        join_all((0..turns).map(|_| limiter.turn())).await;
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(at_least_ms), "{took:?}");
        assert!(took <= Duration::from_millis(at_least_ms + 50), "{took:?}");
    }

    #[rstest]
    #[case(0.0)]
    #[case(-1.0)]
    #[case(f64::NAN)]
    #[case(f64::INFINITY)]
    #[tokio::test(start_paused = true)]
    async fn a_rate_that_is_none_holds_nothing_back(#[case] rate: f64) {
        let limiter = Limiter::new(100, Some(rate));
        let start = Instant::now();
        join_all((0..50).map(|_| limiter.turn())).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_leaves_no_place_taken() {
        let limiter = Limiter::new(1, None);
        let slot = limiter.turn().await;
        assert!(tokio::time::timeout(Duration::from_secs(1), limiter.turn()).await.is_err());
        drop(slot);
        assert!(tokio::time::timeout(Duration::from_secs(1), limiter.turn()).await.is_ok());
    }
}
