//! What the server takes altogether: so many requests a second, so many at once.

use super::{Capacity, RateLimit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Admits requests at a rate, after a pause those of one second together.
#[derive(Debug)]
pub(in crate::sandbox) struct Rate {
    pub limit: RateLimit,
    pub refused: AtomicU64,
    /// When all that was admitted is paid off at the rate.
    paid_off: Mutex<Instant>,
}

impl Rate {
    pub(in crate::sandbox) fn new(limit: RateLimit) -> Self {
        Self { limit, refused: AtomicU64::new(0), paid_off: Mutex::new(Instant::now()) }
    }

    pub(in crate::sandbox) fn admits(&self) -> bool {
        let (now, cost) = (Instant::now(), Duration::from_secs(1) / self.limit.per_second.max(1));
        let mut paid_off = self.paid_off.lock().unwrap_or_else(PoisonError::into_inner);
        let then = now.max(*paid_off) + cost;
        let is_admitted = then - now <= cost * self.limit.per_second.max(1);
        if is_admitted {
            *paid_off = then;
        } else {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        is_admitted
    }
}

/// Lets so many requests in at a time, the others in the order in which they came.
#[derive(Debug)]
pub(super) struct Places {
    pub capacity: Capacity,
    pub waited: AtomicU64,
    free: Arc<Semaphore>,
}

impl Places {
    pub(super) fn new(capacity: Capacity) -> Self {
        let places = usize::try_from(capacity.at_once).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        Self { capacity, waited: AtomicU64::new(0), free: Arc::new(Semaphore::new(places)) }
    }

    /// Takes a place and as long as each request takes.
    pub(super) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let place = if let Ok(place) = self.free.clone().try_acquire_owned() {
            Some(place)
        } else {
            self.waited.fetch_add(1, Ordering::Relaxed);
            // Nobody closes it.
            self.free.clone().acquire_owned().await.ok()
        };
        tokio::time::sleep(self.capacity.latency).await;
        place
    }
}
