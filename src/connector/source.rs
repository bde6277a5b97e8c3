//! One source of accounts: its settings, and what is kept for it between invocations (token, connections, limiter).

use super::error;
use super::leaving::Leaving;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::{AuthSettings, Config};
use crate::protocol::{Failure, Kind};
use crate::scim::{self, Client};
use crate::secret;
use crate::transport::{self, Credentials, Limiter, NetworkPolicy, Transport};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// A source, ready to be asked.
pub struct Source {
    pub config: Config,
    pub client: Client,
    pub auth: Arc<Authenticator>,
    pub clock: Clock,
    /// Whether the provider finds groups by a member, once that was tried.
    pub filters_members: Mutex<Option<bool>>,
    /// Whether the provider is known to be the one that the settings name.
    pub provider_checked: Mutex<bool>,
    /// Held while a resource is read, changed and put back.
    pub replacing: Mutex<()>,
    /// Who is leaving which group.
    pub leaving: Leaving,
}

impl Source {
    pub fn new(config: Config, policy: NetworkPolicy, limiter: Arc<Limiter>, clock: Clock) -> Result<Self, Failure> {
        let unusable = |sentence: &str, cause: Box<dyn std::error::Error + Send + Sync>| {
            error::invalid(Kind::InvalidConfiguration, "INVALID_CONFIGURATION", sentence).caused_by(cause)
        };
        let mut options = transport::Options::new(config.base_url.origin(), policy, limiter, clock.clone());
        options.timeout = config.timeout;
        options.max_retries = config.max_retries;
        let transport = Transport::new(options, None).map_err(|cause| {
            unusable("No HTTP client could be made: are this machine's CA certificates readable?", cause.into())
        })?;
        let auth = Authenticator::new(config.auth.clone(), &transport, clock.clone()).map_err(|cause| {
            unusable("The setting token holds characters that no HTTP header can have.", cause.into())
        })?;
        let auth = Arc::new(auth);
        let transport = transport.with_credentials(Arc::clone(&auth) as Arc<dyn Credentials>);
        let options = scim::Options {
            profile: config.profile,
            page_size: config.page_size,
            concurrency: config.concurrency,
            paging: config.paging,
            headers: headers(&config),
        };
        let client = Client::new(transport, config.base_url.clone(), options);
        Ok(Self {
            config,
            client,
            auth,
            clock,
            filters_members: Mutex::default(),
            provider_checked: Mutex::default(),
            replacing: Mutex::default(),
            leaving: Leaving::default(),
        })
    }

    /// Where tokens are fetched, if they are.
    pub fn token_url(&self) -> Option<&Url> {
        match &self.config.auth {
            AuthSettings::ClientCredentials(client) => Some(&client.token_url),
            AuthSettings::None | AuthSettings::Bearer { .. } => None,
        }
    }

    /// The failure without any secret of this source or of the command.
    pub fn redact(&self, mut failure: Failure, of_command: &[SecretString]) -> Failure {
        let mut secrets = of_command.to_vec();
        secrets.extend(self.config.custom_headers.iter().map(|(_, value)| value.clone()));
        secrets.extend(self.config.auth.secret().cloned());
        failure.message = secret::redact(&failure.message, &secrets).into_owned();
        failure
    }
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

/// Tells sources apart by all that makes their connection, secrets included, without keeping or showing any of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SourceKey([u8; 32]);

impl SourceKey {
    pub fn of(config: &Config, policy: NetworkPolicy, key: &[u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        let mut part = |bytes: &[u8]| {
            mac.update(&(bytes.len() as u64).to_le_bytes());
            mac.update(bytes);
        };
        // Secrets show nothing in `Debug`, so they are added by themselves.
        part(format!("{config:?} {policy:?}").as_bytes());
        for (name, value) in &config.custom_headers {
            part(name.as_bytes());
            part(value.expose_secret().as_bytes());
        }
        part(config.auth.secret().map(|secret| secret.expose_secret().as_bytes()).unwrap_or_default());
        Self(mac.finalize().into_bytes().into())
    }
}
