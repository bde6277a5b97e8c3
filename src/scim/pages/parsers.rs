//! Threads of their own for reading pages, off the reactor.
//!
//! There are few: a resource takes more room while it is looked at than before, and what each thread has freed the allocator
//! keeps for that thread. The runtime's own threads for what blocks are as many as there is to do.

use super::done;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// No more than this read at once in the whole process, and no more than there are processors.
const MOST: usize = 4;

static PARSERS: LazyLock<Parsers> = LazyLock::new(Parsers::new);

struct Parsers {
    /// A runtime that has no other part than its threads for what blocks.
    threads: Option<Runtime>,
    /// One for each thread. Who waits for it is not in the runtime's queue, which would do also what nobody waits for any more.
    free: Semaphore,
}

impl Parsers {
    fn new() -> Self {
        let number = std::thread::available_parallelism().map_or(MOST, |processors| processors.get().min(MOST));
        let built = Builder::new_current_thread().max_blocking_threads(number).thread_name("page-parser").build();
        let threads = built.inspect_err(|error| tracing::warn!(%error, "no threads of their own for reading pages"));
        Self { threads: threads.ok(), free: Semaphore::new(number) }
    }
}

/// Does it there, when a thread is free.
pub(super) async fn run<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let parsers = &*PARSERS;
    // The semaphore is never closed.
    let thread = parsers.free.acquire().await.ok();
    let work = move || {
        let result = work();
        drop(thread);
        result
    };
    let task = match &parsers.threads {
        Some(threads) => threads.spawn_blocking(work),
        None => spawn_blocking(work),
    };
    done(task.await).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[tokio::test]
    async fn who_gives_up_waiting_for_a_thread_has_nothing_done() {
        let (end, ends) = channel::<()>();
        let ends = Arc::new(std::sync::Mutex::new(ends));
        let busy: Vec<_> = (0..MOST)
            .map(|_| {
                let ends = Arc::clone(&ends);
                tokio::spawn(run(move || drop(ends.lock().map(|ends| ends.recv()))))
            })
            .collect();
        while PARSERS.free.available_permits() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let is_done = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_done);
        assert!(run(move || noted.store(true, Ordering::SeqCst)).now_or_never().is_none());
        drop(end);
        for one in busy {
            one.await.unwrap();
        }
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
