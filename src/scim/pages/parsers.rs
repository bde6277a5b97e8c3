//! Threads of their own for reading pages, off the reactor.
//!
//! There are few: a resource takes more room while it is looked at than before, and what each thread has freed the allocator
//! keeps for that thread. The runtime's own threads for what blocks are as many as there is to do.

use super::done;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

/// No more than this read at once in the whole process, and no more than there are processors.
const MOST: usize = 4;

/// A runtime that has no other part than its threads for what blocks.
static PARSERS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let threads = std::thread::available_parallelism().map_or(MOST, |processors| processors.get().min(MOST));
    let built = Builder::new_current_thread().max_blocking_threads(threads).thread_name("page-parser").build();
    built.inspect_err(|error| tracing::warn!(%error, "no threads of their own for reading pages")).ok()
});

/// Does it there.
pub(super) async fn run<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let task = match &*PARSERS {
        Some(parsers) => parsers.spawn_blocking(work),
        None => spawn_blocking(work),
    };
    done(task.await).await
}
