//! One invocation's view of a source: the settings that came with it, and a client made by them. What outlives the
//! invocation is the [`Source`].

use super::source::Source;
use crate::config::Config;
use crate::protocol::Failure;
use crate::scim::{self, Client};
use crate::secret;
use crate::transport::{Call, Lane};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// What a command works with.
pub struct Session {
    pub config: Config,
    pub client: Client,
    pub source: Arc<Source>,
}

impl Session {
    /// `lane`: whether somebody waits for the answer, or a long list is read, which takes as long as it takes.
    pub fn new(config: Config, source: Arc<Source>, lane: Lane) -> Self {
        let call = match lane {
            Lane::Urgent => Call::urgent(Instant::now().checked_add(time_limit(&config))),
            Lane::Bulk => Call::bulk(),
        };
        let options = scim::Options {
            profile: config.profile,
            page_size: config.page_size,
            concurrency: config.concurrency,
            paging: config.paging,
            headers: headers(&config),
        };
        let client = Client::new(source.transport.for_call(call), config.base_url.clone(), options);
        Self { config, client, source }
    }

    /// How long a command has whose answer somebody waits for.
    pub fn time_limit(&self) -> Duration {
        time_limit(&self.config)
    }

    /// Where tokens are fetched, if they are.
    pub fn token_url(&self) -> Option<&Url> {
        self.config.auth.token_url()
    }

    /// The failure without any secret of this source or of the command.
    pub fn redact(&self, mut failure: Failure, of_command: &[SecretString]) -> Failure {
        let mut secrets = of_command.to_vec();
        secrets.extend(self.config.custom_headers.iter().map(|(_, value)| value.clone()));
        secrets.extend(self.config.auth.secrets());
        failure.message = secret::redact(&failure.message, &secrets).into_owned();
        failure
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
