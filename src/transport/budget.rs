//! How much memory answers take, in the whole process, so that many large ones do not fill it.
//!
//! It counts an answer until it is dropped. Others wait meanwhile, so who has one makes of it what is wanted at once, and
//! not when a caller who reads slowly comes to it. What was made of it is the reader's to weigh, in room of its own
//! (`scim::ahead` and `scim::pages` do).

use tokio::sync::{Semaphore, SemaphorePermit};

/// So much of each answer is free: single resources are smaller, so that only lists ever wait.
const FREE: usize = 64 * 1024;
/// Beyond that, room is taken in steps of so many bytes.
const STEP: usize = 64 * 1024;

/// The process's own budget: 192 MiB, and one answer more.
pub(super) static ANSWERS: Budget = Budget::of_bytes(192 * 1024 * 1024);

/// Room for what is large.
#[derive(Debug)]
pub struct Budget {
    steps: Semaphore,
    /// When no step is left, one answer at a time may grow to its own limit. It needs no step of another's to come to
    /// its end, so answers that grow side by side never all wait for each other.
    beyond: Semaphore,
}

impl Budget {
    pub const fn of_bytes(bytes: usize) -> Self {
        Self { steps: Semaphore::const_new(bytes / STEP), beyond: Semaphore::const_new(1) }
    }

    /// Room for one holder, to be dropped with what it holds.
    pub fn room(&'static self) -> Room {
        Room { budget: self, bytes: FREE, steps: None, beyond: None }
    }
}

/// The room that one holder has.
#[derive(Debug)]
pub struct Room {
    budget: &'static Budget,
    bytes: usize,
    steps: Option<SemaphorePermit<'static>>,
    beyond: Option<SemaphorePermit<'static>>,
}

impl Room {
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Waits until there is room for `bytes` in all.
    pub async fn grow_to(&mut self, bytes: usize) {
        while self.bytes < bytes && self.beyond.is_none() {
            tokio::select! {
                biased;
                Ok(step) = self.budget.steps.acquire() => {
                    match &mut self.steps {
                        Some(steps) => steps.merge(step),
                        None => self.steps = Some(step),
                    }
                    self.bytes += STEP;
                }
                Ok(beyond) = self.budget.beyond.acquire() => self.beyond = Some(beyond),
                // The semaphores are never closed.
                else => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn answers_that_wait_for_each_other_s_room_all_come_to_their_end() {
        static BUDGET: Budget = Budget::of_bytes(2 * STEP);
        let budget = &BUDGET;
        let (mut one, mut two, mut three) = (budget.room(), budget.room(), budget.room());
        assert!(one.grow_to(FREE).now_or_never().is_some());
        assert!(one.grow_to(FREE + 1).now_or_never().is_some());
        assert!(two.grow_to(FREE + STEP).now_or_never().is_some());
        // No step is left: one of them goes on to its end, and with its end another.
        assert!(one.grow_to(FREE + 60 * STEP).now_or_never().is_some());
        assert!(two.grow_to(FREE + 2 * STEP).now_or_never().is_none());
        assert!(three.grow_to(FREE).now_or_never().is_some());
        assert!(three.grow_to(FREE + 1).now_or_never().is_none());
        drop(one);
        assert!(two.grow_to(FREE + 2 * STEP).now_or_never().is_some());
        assert!(three.grow_to(FREE + 9 * STEP).now_or_never().is_some());
        assert!(two.grow_to(FREE + 3 * STEP).now_or_never().is_none());
        drop(three);
        assert!(two.grow_to(FREE + 3 * STEP).now_or_never().is_some());
    }
}
