//! Room for the large pages that lists hold until they are given out, in the whole process.

use crate::transport::{Budget, Room};
use futures::FutureExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;

/// The process's own: 192 MiB of answers, and the pages of one list more.
static LARGE_PAGES: Budget = Budget::of_bytes(192 * 1024 * 1024);

/// What one list holds. A list has its room as a whole, and until its end: it never waits for a page of its own, so lists
/// never all wait for each other.
pub(super) struct Held {
    room: Mutex<Room>,
    bytes: AtomicUsize,
}

/// The weight of one page, until it is dropped.
pub(super) struct Weight {
    of: Arc<Held>,
    bytes: usize,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.of.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Held {
    pub fn of_a_list() -> Arc<Self> {
        Self::within(&LARGE_PAGES)
    }

    fn within(budget: &'static Budget) -> Arc<Self> {
        Arc::new(Self { room: Mutex::new(budget.room()), bytes: AtomicUsize::new(0) })
    }

    /// Room for a page of so many bytes, if there is as much.
    pub fn try_hold(self: &Arc<Self>, bytes: usize) -> Option<Weight> {
        // Room is taken in many small steps, at which a task would make way for others.
        tokio::task::unconstrained(self.hold(bytes)).now_or_never()
    }

    /// Room for a page of so many bytes, once there is as much.
    pub async fn hold(self: &Arc<Self>, bytes: usize) -> Weight {
        let weight = Weight { of: Arc::clone(self), bytes };
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.room.lock().await.grow_to(all).await;
        weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[tokio::test]
    async fn lists_wait_for_each_other_and_one_of_them_always_goes_on() {
        static BUDGET: Budget = Budget::of_bytes(4 * MIB);
        let (one, two, three) = (Held::within(&BUDGET), Held::within(&BUDGET), Held::within(&BUDGET));
        let first = one.try_hold(2 * MIB).unwrap();
        let second = two.try_hold(2 * MIB).unwrap();
        // No room is left: one list goes beyond it, as far as it needs, and the others wait until it ends.
        let more = one.try_hold(8 * MIB).unwrap();
        let still_more = one.try_hold(8 * MIB).unwrap();
        assert!(two.try_hold(MIB).is_none() && three.try_hold(MIB).is_none());
        drop((first, more, still_more, one));
        assert!(three.try_hold(MIB).is_some() && two.try_hold(MIB).is_some());
        drop(second);
    }

    #[tokio::test]
    async fn a_list_that_gives_out_one_page_after_the_other_has_room_for_one() {
        static BUDGET: Budget = Budget::of_bytes(4 * MIB);
        let list = Held::within(&BUDGET);
        for _ in 0..100 {
            drop(list.try_hold(2 * MIB).unwrap());
        }
        assert!(Held::within(&BUDGET).try_hold(2 * MIB).is_some());
    }
}
