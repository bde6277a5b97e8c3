//! The pool of sources: what lives longer than one invocation.

use super::error::{own, refuse};
use super::instance;
use super::session::{self, Session};
use super::settings;
use super::source::{self, Source, SourceKey};
use super::told::Told;
use crate::clock::Clock;
use crate::config::Config;
use crate::mapping::table::Table;
use crate::protocol::{ConfigChange, Failure};
use crate::transport::{Lane, Limiter, NetworkPolicy};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use tokio::time::Instant;
use uuid::Uuid;

/// So many sources are kept; the one that was not used for longest goes first, and none that is in use.
const MAX_SOURCES: usize = 64;

/// A source is found by so many settings at most; the ones that were not used for longest are forgotten.
const MAX_KEYS: usize = 8;

/// The process's own pool: tokens, connections and limiters outlive invocations here.
pub fn global_pool() -> Arc<SourcePool> {
    static POOL: LazyLock<Arc<SourcePool>> = LazyLock::new(|| Arc::new(SourcePool::new(Clock::system(), random_key())));
    Arc::clone(&POOL)
}

/// A pool for a process that runs one command and ends: nobody tells the platform anything besides.
pub fn pool_of_one_command() -> Arc<SourcePool> {
    Arc::new(SourcePool { has_one_command: true, ..SourcePool::new(Clock::system(), random_key()) })
}

fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    // Without randomness of the system's own there is no secret key, and no safe way to go on.
    #[expect(clippy::expect_used, reason = "no input leads here")]
    getrandom::fill(&mut key).expect("the operating system gives random bytes");
    key
}

/// Sources by their settings.
pub struct SourcePool {
    clock: Clock,
    /// The secret under which settings become keys.
    key: [u8; 32],
    has_one_command: bool,
    sources: Mutex<Vec<Entry>>,
    /// Shared by all sources of one host and client, so that a changed secret does not double what is sent.
    limiters: Mutex<HashMap<String, Weak<Limiter>>>,
}

struct Entry {
    /// By what settings it is found, the last used first. They are several once the provider has replaced the refresh token:
    /// an invocation may bring the new one or still the old one.
    keys: VecDeque<SourceKey>,
    source: Arc<Source>,
    used: Instant,
}

impl Entry {
    fn remember(&mut self, key: SourceKey) {
        self.keys.retain(|other| *other != key);
        self.keys.push_front(key);
        self.keys.truncate(MAX_KEYS);
    }
}

impl SourcePool {
    /// `key` is random, and never leaves the process.
    pub fn new(clock: Clock, key: [u8; 32]) -> Self {
        Self { clock, key, has_one_command: false, sources: Mutex::default(), limiters: Mutex::default() }
    }

    /// A session with these settings, at the source that is there, or at a new one.
    ///
    /// # Errors
    /// When every place is taken by a source in use, the settings make no HTTP client, or it is not known where the API is.
    pub(super) async fn open(
        &self,
        config: Config,
        table: Arc<Table>,
        policy: NetworkPolicy,
        lane: Lane,
    ) -> Result<Arc<Session>, Failure> {
        let source = self.source(&config, policy)?;
        let call = session::call(&config, lane);
        let base_url = instance::base_url(&config, &source, &call).await;
        let base_url = base_url.map_err(|failure| session::worded(failure, &config, &source, &[]))?;
        Ok(Arc::new(Session::new(config, table, base_url, source, call)))
    }

    /// From now on the source of this session is found by these settings, too.
    pub(super) fn also_find(&self, session: &Session, config: &Config, policy: NetworkPolicy) {
        let key = SourceKey::of(config, policy, &self.key);
        let mut sources = self.sources();
        sources.retain(|entry| Arc::ptr_eq(&entry.source, &session.source) || !entry.keys.contains(&key));
        if let Some(entry) = sources.iter_mut().find(|entry| Arc::ptr_eq(&entry.source, &session.source)) {
            entry.remember(key);
        }
    }

    /// The refresh tokens that no command has told of yet, as the changes that they are; each once.
    pub(super) fn take_untold(&self) -> Vec<ConfigChange> {
        let sources = self.sources();
        let auths = sources.iter().map(|entry| &entry.source.auth);
        auths
            .filter_map(|auth| auth.rotated().inspect(|rotated| auth.reported(rotated.number)))
            .map(|rotated| settings::refresh_token(&rotated))
            .collect()
    }

    fn source(&self, config: &Config, policy: NetworkPolicy) -> Result<Arc<Source>, Failure> {
        let key = SourceKey::of(config, policy, &self.key);
        let mut sources = self.sources();
        if let Some(entry) = sources.iter_mut().find(|entry| entry.keys.contains(&key)) {
            entry.used = Instant::now();
            entry.remember(key);
            return Ok(Arc::clone(&entry.source));
        }
        // A refresh token that rotates is good for one: a changed setting must not make two of it.
        let signed_in = sources.iter().find(|entry| entry.keys.iter().any(|other| other.shares_refresh_token(&key)));
        let signed_in = signed_in.map(|entry| Arc::clone(&entry.source.auth));
        if sources.len() >= MAX_SOURCES {
            let idle = sources.iter().enumerate().filter(|(_, entry)| Arc::strong_count(&entry.source) == 1);
            // One that alone has a new refresh token goes last: a busy service must not end for its sake.
            let oldest = idle.min_by_key(|(_, entry)| (entry.source.auth.holds_untold(), entry.used));
            let oldest = oldest.map(|(at, _)| at);
            let busy = || refuse(own::BUSY, "", &[("limit", &MAX_SOURCES.to_string())]);
            sources.swap_remove(oldest.ok_or_else(busy)?);
        }
        let limiter = self.limiter(config);
        let mut source = Source::new(config, policy, limiter, self.clock.clone(), signed_in.as_deref())?;
        if !self.has_one_command {
            source.told = Told::new(Uuid::new_v4().simple().to_string());
        }
        let source = Arc::new(source);
        sources.push(Entry { keys: VecDeque::from([key]), source: Arc::clone(&source), used: Instant::now() });
        Ok(source)
    }

    fn sources(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limiter(&self, config: &Config) -> Arc<Limiter> {
        let name = format!(
            "{} {} {} {:?}",
            source::origin(config).ascii_serialization(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::Profiles;
    use serde_json::json;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    const POLICY: NetworkPolicy = NetworkPolicy { allow_loopback: true, allow_private: false };

    #[tokio::test]
    async fn a_source_that_alone_has_a_new_refresh_token_is_kept_longest() {
        let server = MockServer::start().await;
        let answer = json!({"access_token": "t", "refresh_token": "new"});
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(answer)).mount(&server).await;
        let settings = json!({"baseUrl": server.uri(), "grantType": "refreshToken", "tokenUrl": server.uri(), "clientId": "c", "refreshToken": "old"});
        let rotating = Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap();
        let pool = SourcePool::new(Clock::system(), [0; 32]);
        let source = pool.source(&rotating, POLICY).unwrap();
        source.auth.fresh(crate::transport::Call::default()).await.unwrap();
        drop(source);
        for number in 0..MAX_SOURCES {
            let settings = json!({"baseUrl": format!("https://scim.example/{number}"), "authType": "none"});
            pool.source(&Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap(), POLICY).unwrap();
        }
        assert!(pool.source(&rotating, POLICY).unwrap().auth.rotated().is_some());
        assert_eq!(pool.sources().len(), MAX_SOURCES);
        // It is in nobody's way for ever.
        pool.sources().retain(|entry| entry.source.auth.holds_untold());
        assert_eq!(pool.take_untold().len(), 1);
        assert_eq!(pool.take_untold().len(), 0);
    }
}
