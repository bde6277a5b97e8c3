//! The only reader of the wall clock.
//!
//! Durations and sleeps go through `tokio::time`, which a paused test controls; a [`Clock`] adds the date. A fixed clock
//! follows tokio's time, so one `tokio::time::advance` moves both.

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// Tells the date and time.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Fixed { start: DateTime<Utc>, since: Instant },
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that shows `start` now and moves with tokio's time. Needs a tokio runtime.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self(Kind::Fixed { start, since: Instant::now() })
    }

    /// The date and time now, in UTC.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one reader of the wall clock")]
            Kind::System => Utc::now(),
            Kind::Fixed { start, since } => {
                let elapsed = chrono::Duration::from_std(since.elapsed()).unwrap_or(chrono::Duration::MAX);
                start.checked_add_signed(elapsed).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
        }
    }
}
