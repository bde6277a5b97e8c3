//! One invocation's view of a source: the settings that came with it, and a client made by them. What outlives the
//! invocation is the [`Source`].

use super::error::{Wording, clean};
use super::kinds::Kinds;
use super::source::Source;
use crate::config::Config;
use crate::mapping::table::Table;
use crate::protocol::{ConfigChange, Failure};
use crate::scim::{self, Client};
use crate::secret;
use crate::transport::{Call, Lane};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// So much of an answer's body is logged, in characters.
const MAX_BODY: usize = 2_000;

/// What a command works with.
pub struct Session {
    pub config: Config,
    /// What accounts consist of.
    pub table: Arc<Table>,
    /// The SCIM base URL, without a slash at its end. It stays the same for this invocation, whatever a later token says.
    pub base_url: Url,
    pub client: Client,
    /// The entitlement types.
    pub kinds: Kinds,
    pub source: Arc<Source>,
    /// What the requests of this invocation have in common.
    pub call: Call,
    /// What the platform is to keep in the settings once the command has succeeded.
    told: Mutex<Vec<ConfigChange>>,
}

impl Session {
    pub fn new(config: Config, table: Arc<Table>, base_url: Url, source: Arc<Source>, call: Call) -> Self {
        let options = scim::Options {
            profile: Arc::clone(&config.profile),
            page_size: config.page_size,
            concurrency: config.concurrency,
            paging: config.paging,
            partitions: config.partitions,
            discovery: Some(Arc::clone(&source.discovery)),
            openings: Some(Arc::clone(&source.openings)),
            headers: headers(&config),
        };
        let client =
            Client::new(source.transport_to(base_url.origin()).for_call(call.clone()), base_url.clone(), options);
        let kinds = Kinds::of(&config);
        Self { config, table, base_url, client, kinds, source, call, told: Mutex::default() }
    }

    /// Leaves a change of the settings, which the platform is told if the command succeeds. The last one of a key counts.
    pub fn tell(&self, change: ConfigChange) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|other| other.key != change.key);
        told.push(change);
    }

    /// What was left to be told.
    pub fn take_told(&self) -> Vec<ConfigChange> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long a command has whose answer somebody waits for.
    pub fn time_limit(&self) -> Duration {
        time_limit(&self.config)
    }

    /// Where tokens are fetched, if they are.
    pub fn token_url(&self) -> Option<&Url> {
        self.config.auth.token_url()
    }

    /// The failure as it leaves: in the source's own words where it has some, and without any secret of this source or of
    /// the command.
    pub fn worded(&self, failure: Failure, of_command: &[SecretString]) -> Failure {
        worded(failure, &self.config, &self.source, of_command)
    }

    /// The message of a failure that does not end the command, for its results.
    pub fn message(&self, failure: Failure) -> String {
        let failure = self.worded(failure, &[]);
        let exchange = failure.exchange.as_deref();
        // The command's own line does not tell of it.
        tracing::warn!(
            error = failure.message,
            code = failure.code,
            cause = failure.causes(),
            attempts = exchange.and_then(|exchange| exchange.attempts),
            upstreamElapsed = exchange.and_then(|exchange| exchange.elapsed),
            upstreamStatus = exchange.and_then(|exchange| exchange.status),
            upstreamBody = exchange.and_then(|exchange| exchange.body.as_deref()),
            "a part of the command failed"
        );
        failure.message
    }
}

/// The same where there is no session yet.
pub fn worded(mut failure: Failure, config: &Config, source: &Source, of_command: &[SecretString]) -> Failure {
    Wording(&config.error_messages).apply(&mut failure);
    let mut secrets = of_command.to_vec();
    secrets.extend(config.secrets());
    secrets.extend(source.auth.secrets());
    failure.message = secret::redact(&failure.message, &secrets).into_owned();
    if let Some(body) = failure.exchange.as_mut().and_then(|exchange| exchange.body.as_mut()) {
        // Cut only now: half a secret would not be found.
        *body = clean(&secret::redact_body(body, &secrets), MAX_BODY);
    }
    failure
}

/// `lane`: whether somebody waits for the answer, or a long list is read, which takes as long as it takes.
pub fn call(config: &Config, lane: Lane) -> Call {
    match lane {
        Lane::Urgent => Call::urgent(Instant::now().checked_add(time_limit(config))),
        Lane::Bulk => Call::bulk(),
    }
}

/// The answer must be there before the platform gives up.
fn time_limit(config: &Config) -> Duration {
    let limit = config.provisioning.timeout;
    limit.saturating_sub((limit / 4).min(Duration::from_secs(5)))
}

/// The custom headers; `config` has checked that they are headers.
fn headers(config: &Config) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &config.custom_headers {
        if let (Ok(name), Ok(mut value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.expose_secret()))
        {
            value.set_sensitive(true);
            headers.append(name, value);
        }
    }
    headers
}
