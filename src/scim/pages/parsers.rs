//! Threads of their own for reading pages, off the reactor.
//!
//! There are few: a resource takes more room while it is looked at than before, and what each thread has freed the allocator
//! keeps for that thread. The runtime's own threads for what blocks are as many as there is to do.

use super::done;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;
use tokio_util::task::AbortOnDropHandle;

/// No more than this read at once in the whole process, and no more than there are processors.
const MOST: usize = 4;

/// A runtime that has no other part than its threads for what blocks.
static PARSERS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let threads = std::thread::available_parallelism().map_or(MOST, |processors| processors.get().min(MOST));
    let built = Builder::new_current_thread().max_blocking_threads(threads).thread_name("page-parser").build();
    built.inspect_err(|error| tracing::warn!(%error, "no threads of their own for reading pages")).ok()
});

/// Does it there, when its turn comes. What nobody waits for any more is not begun.
pub(super) async fn run<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let task = match &*PARSERS {
        Some(parsers) => parsers.spawn_blocking(work),
        None => spawn_blocking(work),
    };
    done(AbortOnDropHandle::new(task).await).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_begun() {
        let (end, ends) = channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        let wait = || {
            let ends = Arc::clone(&ends);
            run(move || drop(ends.lock().map(|ends| ends.recv())))
        };
        let mut busy = futures::future::join_all((0..MOST).map(|_| wait()));
        assert!((&mut busy).now_or_never().is_none());
        let is_done = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_done);
        assert!(run(move || noted.store(true, Ordering::SeqCst)).now_or_never().is_none());
        drop(end);
        busy.await;
        assert_eq!(run(|| 7).await, 7);
        assert!(!is_done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn one_that_panics_leaves_its_thread_to_others() {
        for _ in 0..2 * MOST {
            let panicked = tokio::spawn(run(|| panic!("on purpose"))).await;
            assert!(panicked.unwrap_err().is_panic());
        }
        assert_eq!(run(|| 7).await, 7);
    }
}
