//! What the requests of one command have in common: how urgent they are, until when they may wait, how often they may
//! be sent again.
//!
//! It decides nothing: the limiter reads the lane, `retry` the deadline and the retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::time::Instant;

/// Which of two queues a request waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lane {
    /// Somebody waits for the answer: it goes first.
    #[default]
    Urgent,
    /// One of many requests of a long list.
    Bulk,
}

/// One command's share in a transport. Clones share the retries.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub lane: Lane,
    /// No wait is begun that would end later. `None`: the command takes as long as it takes.
    pub deadline: Option<Instant>,
    pub retries: Arc<Retries>,
}

impl Call {
    /// A command that somebody waits for, until `deadline` at most.
    pub fn urgent(deadline: Option<Instant>) -> Self {
        Self { lane: Lane::Urgent, deadline, retries: Arc::new(Retries::of_command()) }
    }

    /// A command that reads long lists.
    pub fn bulk() -> Self {
        Self { lane: Lane::Bulk, deadline: None, retries: Arc::new(Retries::of_command()) }
    }
}

/// The retries of one command, so that a provider that fails all the time is not asked several times for everything.
/// Refusals for being too fast do not count: the limiter slows them.
#[derive(Debug, Default)]
pub struct Retries {
    /// `None`: any number.
    first: Option<u32>,
    succeeded: AtomicU32,
    spent: AtomicU32,
}

impl Retries {
    const FIRST: u32 = 10;
    /// One retry more for so many requests that succeeded.
    const EARNED_BY: u32 = 10;

    fn of_command() -> Self {
        Self { first: Some(Self::FIRST), ..Self::default() }
    }

    pub(super) fn count_success(&self) {
        self.succeeded.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn spend(&self) {
        self.spent.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there have been, when there may be no more.
    pub(super) fn used_up(&self) -> Option<u32> {
        let earned = self.succeeded.load(Ordering::Relaxed) / Self::EARNED_BY;
        let spent = self.spent.load(Ordering::Relaxed);
        let most = self.first?.saturating_add(earned);
        (spent >= most).then_some(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_ten_retries_and_one_more_for_ten_successes() {
        let call = Call::bulk();
        let other = call.clone();
        (0..10).for_each(|_| call.retries.spend());
        assert_eq!(other.retries.used_up(), Some(10));
        (0..9).for_each(|_| call.retries.count_success());
        assert_eq!(other.retries.used_up(), Some(10));
        call.retries.count_success();
        assert_eq!(other.retries.used_up(), None);
        assert_eq!(Call::urgent(None).retries.used_up(), None, "another command has its own");
    }

    #[test]
    fn what_belongs_to_no_command_is_not_counted() {
        let call = Call::default();
        (0..1_000).for_each(|_| call.retries.spend());
        assert_eq!(call.retries.used_up(), None);
    }
}
