//! The pool of sources: what lives longer than one invocation.

use super::session::Session;
use super::source::{Source, SourceKey};
use crate::clock::Clock;
use crate::config::Config;
use crate::protocol::{Failure, Kind};
use crate::transport::{Lane, Limiter, NetworkPolicy};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use tokio::time::Instant;

/// So many sources are kept; the one that was not used for longest goes first, and none that is in use.
const MAX_SOURCES: usize = 64;

/// The process's own pool: tokens, connections and limiters outlive invocations here.
pub fn global_pool() -> Arc<SourcePool> {
    static POOL: LazyLock<Arc<SourcePool>> = LazyLock::new(|| {
        let mut key = [0; 32];
        // Without randomness of the system's own there is no secret key, and no safe way to go on.
        #[expect(clippy::expect_used, reason = "no input leads here")]
        getrandom::fill(&mut key).expect("the operating system gives random bytes");
        Arc::new(SourcePool::new(Clock::system(), key))
    });
    Arc::clone(&POOL)
}

/// Sources by their settings.
pub struct SourcePool {
    clock: Clock,
    /// The secret under which settings become keys.
    key: [u8; 32],
    sources: Mutex<HashMap<SourceKey, Entry>>,
    /// Shared by all sources of one host and client, so that a changed secret does not double what is sent.
    limiters: Mutex<HashMap<String, Weak<Limiter>>>,
}

struct Entry {
    source: Arc<Source>,
    used: Instant,
}

impl SourcePool {
    /// `key` is random, and never leaves the process.
    pub fn new(clock: Clock, key: [u8; 32]) -> Self {
        Self { clock, key, sources: Mutex::default(), limiters: Mutex::default() }
    }

    /// A session with these settings, at the source that is there, or at a new one.
    ///
    /// # Errors
    /// When every place is taken by a source in use, or the settings make no HTTP client.
    pub(super) fn open(&self, config: Config, policy: NetworkPolicy, lane: Lane) -> Result<Arc<Session>, Failure> {
        let source = self.source(&config, policy)?;
        Ok(Arc::new(Session::new(config, source, lane)))
    }

    fn source(&self, config: &Config, policy: NetworkPolicy) -> Result<Arc<Source>, Failure> {
        let key = SourceKey::of(config, policy, &self.key);
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = sources.get_mut(&key) {
            entry.used = Instant::now();
            return Ok(Arc::clone(&entry.source));
        }
        if sources.len() >= MAX_SOURCES {
            let idle = sources.iter().filter(|(_, entry)| Arc::strong_count(&entry.source) == 1);
            let oldest = idle.min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            let busy = || {
                let says =
                    format!("All {MAX_SOURCES} sources that this service keeps are at work. Try again later. [BUSY]");
                Failure::new(Kind::Generic, "BUSY", says)
            };
            sources.remove(&oldest.ok_or_else(busy)?);
        }
        let limiter = self.limiter(config);
        let source = Arc::new(Source::new(config, policy, limiter, self.clock.clone())?);
        sources.insert(key, Entry { source: Arc::clone(&source), used: Instant::now() });
        Ok(source)
    }

    fn limiter(&self, config: &Config) -> Arc<Limiter> {
        let name = format!(
            "{} {} {} {:?}",
            config.base_url.origin().ascii_serialization(),
            config.auth.client(),
            config.concurrency,
            config.requests_per_second
        );
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        limiters.retain(|_, limiter| limiter.strong_count() > 0);
        if let Some(limiter) = limiters.get(&name).and_then(Weak::upgrade) {
            return limiter;
        }
        let limiter = Arc::new(Limiter::new(config.concurrency.get(), config.requests_per_second));
        limiters.insert(name, Arc::downgrade(&limiter));
        limiter
    }
}
