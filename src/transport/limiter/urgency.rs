//! Whether there is a command that somebody waits for: then a slot is kept free of long lists.
//!
//! It knows commands, not their requests: between two requests of a command none may be waiting.

use std::time::Duration;
use tokio::time::Instant;

/// Such commands come in bursts: after the last one the slot is kept for so long.
const LINGERS: Duration = Duration::from_secs(5);

/// The commands that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Urgency {
    commands: usize,
    last_ended: Option<Instant>,
}

impl Urgency {
    pub(super) fn begin(&mut self) {
        self.commands += 1;
    }

    pub(super) fn end(&mut self, now: Instant) {
        self.commands = self.commands.saturating_sub(1);
        self.last_ended = Some(now);
    }

    /// Whether there is one, or was a moment ago.
    pub(super) fn is_there(&self, now: Instant) -> bool {
        self.commands > 0 || self.last_ended.is_some_and(|ended| now.saturating_duration_since(ended) < LINGERS)
    }
}
