//! One source of accounts: what is kept for it between invocations (token, connections, limiter, what was learnt).

use super::error;
use super::leaving::Leaving;
use super::shrink::Counts;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::Config;
use crate::protocol::Failure;
use crate::transport::{self, Credentials, Limiter, NetworkPolicy, Tls, Transport};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::{Origin, Url};

/// A source, ready to be asked.
pub struct Source {
    /// Without credentials.
    transport: Transport,
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
    /// How long the lists were that were read last.
    pub counts: Counts,
}

impl Source {
    pub fn new(config: &Config, policy: NetworkPolicy, limiter: Arc<Limiter>, clock: Clock) -> Result<Self, Failure> {
        let mut options = transport::Options::new(origin(config), policy, limiter, clock.clone());
        options.timeout = config.timeout;
        options.max_retries = config.max_retries;
        options.throttling = config.profile.throttling;
        options.tls = tls(config);
        let transport = Transport::new(options, None).map_err(|cause| {
            let problem = why_no_client(config);
            error::refuse(error::own::INVALID_CONFIGURATION, "", &[("problem", problem)]).caused_by(cause)
        })?;
        let auth = Arc::new(Authenticator::new(config.auth.clone(), &transport, clock.clone()));
        Ok(Self {
            transport,
            auth,
            clock,
            filters_members: Mutex::default(),
            provider_checked: Mutex::default(),
            replacing: Mutex::default(),
            leaving: Leaving::default(),
            counts: Counts::default(),
        })
    }

    /// The way to the API at this origin, which alone gets the credentials.
    pub fn transport_to(&self, origin: Origin) -> Transport {
        self.transport.to_origin(origin).with_credentials(Arc::clone(&self.auth) as Arc<dyn Credentials>)
    }
}

/// Where a source is, as far as its settings tell: at its API, or where its tokens come from.
pub fn origin(config: &Config) -> Origin {
    let url = config.base_url.as_ref().or(config.auth.token_url());
    url.map_or_else(Origin::new_opaque, Url::origin)
}

fn tls(config: &Config) -> Tls {
    let identity = config.tls.client_certificate.as_ref();
    Tls {
        ca_certificates: config.tls.ca_certificates.clone(),
        identity: identity.map(|own| format!("{}{}", own.chain, own.key.expose_secret()).into()),
    }
}

/// A guess by what there is besides the system's own.
fn why_no_client(config: &Config) -> &'static str {
    match (&config.tls.client_certificate, &config.tls.ca_certificates) {
        (Some(_), None) => {
            "clientCertificate and clientCertificateKey do not go together: is it the key of that certificate?"
        }
        (None, Some(_)) => "caCertificates cannot be read: are they certificates of authorities, each of them whole?",
        (Some(_), Some(_)) => {
            "caCertificates, clientCertificate or clientCertificateKey cannot be read: is each certificate \
             whole, and is it the key of clientCertificate?"
        }
        (None, None) => "no HTTP client could be made: are this machine's CA certificates readable?",
    }
}

/// Tells sources apart by all that makes their connection, secrets included, without keeping or showing any of it.
/// Settings that say what to do with a connection (how to provision, what to list) make no other source: what was learnt
/// of the provider stays when they change.
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
        let Config { profile, base_url, auth, tls, timeout, max_retries, .. } = config;
        // Secrets show nothing in `Debug`, so they are added by themselves.
        part(format!("{} {base_url:?} {auth:?} {tls:?} {timeout:?} {max_retries} {policy:?}", profile.name).as_bytes());
        // They share a limiter, which has these settings.
        part(format!("{} {:?}", config.concurrency, config.requests_per_second).as_bytes());
        for (name, _) in &config.custom_headers {
            part(name.as_bytes());
        }
        for secret in config.secrets() {
            part(secret.expose_secret().as_bytes());
        }
        Self(mac.finalize().into_bytes().into())
    }
}
