//! Time that passes quickly while a command waits, and not at all while it works: however slow the machine is, no timeout
//! ends what is under way.

use crate::harness::pass;
use std::time::Duration;
use tokio::runtime::Handle;

/// How often it is looked whether anything happens, in the time of machines.
const LOOK: Duration = Duration::from_millis(2);
/// When this runtime has done less since the last look, nothing happens.
const NOTHING: Duration = Duration::from_micros(300);
/// So many looks, one after the other, that see nothing.
const QUIET: u32 = 2;
/// Time passes in steps that double as long as nothing happens.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(2);

/// A runtime for [`quickly`]: one thread that waits, and one for work that is done aside, so that the end of that can be
/// waited for.
pub fn in_a_runtime<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().max_blocking_threads(1).build().unwrap().block_on(work)
}

/// Lets time pass for work that waits for it.
pub async fn quickly<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let metrics = Handle::current().metrics();
    let (mut quiet, mut step, mut busy) = (0, SHORTEST, Duration::ZERO);
    loop {
        let aside = async {
            tokio::time::sleep(LOOK).await;
            tokio::task::spawn_blocking(|| ()).await.unwrap();
            tokio::task::yield_now().await;
        };
        tokio::select! {
            result = &mut work => return result,
            () = aside => {}
        }
        let done = metrics.worker_total_busy_duration(0);
        let is_quiet = done.saturating_sub(busy) < NOTHING;
        busy = done;
        if !is_quiet {
            (quiet, step) = (0, SHORTEST);
            continue;
        }
        quiet += 1;
        if quiet >= QUIET {
            pass(step).await;
            step = (step * 2).min(LONGEST);
        }
    }
}
