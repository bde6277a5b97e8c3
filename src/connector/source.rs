//! One source of accounts: what is kept for it between invocations (token, connections, limiter, what was learnt).

use super::delta::Learnt;
use super::error;
use super::leaving::Leaving;
use super::shrink::Counts;
use super::source_data::SourceData;
use super::told::Told;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::Config;
use crate::protocol::Failure;
use crate::scim::{Discovery, Openings};
use crate::transport::{self, Credentials, Limiter, NetworkPolicy, Tls, Transport};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::sync::{Arc, OnceLock};
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
    /// Where memberships are shown, once they were found that the list of groups does not show.
    pub members_shown_elsewhere: OnceLock<ShownElsewhere>,
    /// Whether the provider finds objects by their last change.
    pub filters_changes: Learnt,
    /// Whether the provider is known to be the one that the settings name.
    pub provider_checked: Mutex<bool>,
    /// What the provider says of itself, once it was asked.
    pub discovery: Arc<Discovery>,
    /// How its lists began.
    pub openings: Arc<Openings>,
    /// Held while a resource is read, changed and put back.
    pub replacing: Mutex<()>,
    /// Who is leaving which group.
    pub leaving: Leaving,
    /// What was learnt and read for the data of forms.
    pub form_data: SourceData,
    /// Whether the token endpoint is known to refuse whom it does not know.
    pub refuses_strangers: Mutex<bool>,
    /// What the platform was told of accounts.
    pub told: Told,
    /// How long the lists were that were read last.
    pub counts: Counts,
}

/// Where a provider shows memberships whose list of groups shows none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownElsewhere {
    InGroupsWhenAskedFor,
    InUsers,
}

impl Source {
    /// The tokens are those of `other`, where there is one: it signs in with the same settings.
    ///
    /// # Errors
    /// When the settings make no HTTP client.
    pub fn new(
        config: &Config,
        policy: NetworkPolicy,
        limiter: Arc<Limiter>,
        clock: Clock,
        other: Option<&Authenticator>,
    ) -> Result<Self, Failure> {
        let mut options = transport::Options::new(origin(config), policy, limiter, clock.clone());
        options.timeout = config.timeout;
        options.max_retries = config.max_retries;
        options.throttling = config.profile.throttling.clone().into();
        options.tls = tls(config);
        let transport = Transport::new(options, None).map_err(|cause| {
            let problem = why_no_client(config, cause.is_key_mismatch());
            error::refuse(error::own::INVALID_CONFIGURATION, "", &[("problem", problem)]).caused_by(cause)
        })?;
        let auth = Arc::new(Authenticator::new(config.auth.clone(), &transport, clock.clone(), other));
        Ok(Self {
            transport,
            auth,
            clock,
            filters_members: Mutex::default(),
            filters_changes: Learnt::default(),
            members_shown_elsewhere: OnceLock::new(),
            provider_checked: Mutex::default(),
            discovery: Arc::default(),
            openings: Arc::default(),
            replacing: Mutex::default(),
            leaving: Leaving::default(),
            form_data: SourceData::default(),
            refuses_strangers: Mutex::default(),
            told: Told::default(),
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

/// Where it is not the pair, a guess by what there is besides the system's own.
fn why_no_client(config: &Config, is_key_mismatch: bool) -> &'static str {
    match (&config.tls.client_certificate, &config.tls.ca_certificates) {
        _ if is_key_mismatch => {
            "clientCertificate and clientCertificateKey do not go together: is it the key of that certificate?"
        }
        (Some(_), None) => "clientCertificate or clientCertificateKey cannot be read: is each of them whole?",
        (None, Some(_)) => "caCertificates cannot be read: are they certificates of authorities, each of them whole?",
        (Some(_), Some(_)) => {
            "caCertificates, clientCertificate or clientCertificateKey cannot be read: is each of them whole?"
        }
        (None, None) => "no HTTP client could be made: are this machine's CA certificates readable?",
    }
}

/// Tells sources apart by all that makes their connection, secrets included, without keeping or showing any of it.
/// Settings that say what to do with a connection (how to provision, what to list) make no other source: what was learnt
/// of the provider stays when they change.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SourceKey {
    all: [u8; 32],
    sign_in: Option<[u8; 32]>,
}

impl SourceKey {
    pub fn of(config: &Config, policy: NetworkPolicy, key: &[u8; 32]) -> Self {
        let Config { profile, base_url, auth, tls, timeout, max_retries, .. } = config;
        // Secrets show nothing in `Debug`, so they are added by themselves.
        let sign_in = format!("{auth:?} {tls:?} {policy:?}");
        let mut all = vec![format!("{} {base_url:?} {timeout:?} {max_retries} {sign_in}", profile.name)];
        // A source may have changed its profile: what its transport goes by, and what `provider_check` has made sure of.
        // What was learnt of a provider holds only for as long as it is asked in the same way.
        all.push(format!("{:?} {:?}", profile.throttling, profile.writing.members.form));
        all.push(format!("{:?} {:?} {:?}", profile.users, profile.groups, profile.members));
        // They share a limiter, which has these settings.
        all.push(format!("{} {:?}", config.concurrency, config.requests_per_second));
        all.extend(config.custom_headers.iter().map(|(name, _)| name.clone()));
        let sign_in = auth.refresh_token().map(|_| digest(key, &[sign_in], &config.sign_in_secrets()));
        Self { all: digest(key, &all, &config.secrets()), sign_in }
    }

    /// Whether both sign in with the same refresh token, whatever else is different.
    pub fn shares_refresh_token(&self, other: &Self) -> bool {
        self.sign_in.is_some() && self.sign_in == other.sign_in
    }
}

fn digest(key: &[u8; 32], texts: &[String], secrets: &[SecretString]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    let texts = texts.iter().map(String::as_str);
    for part in texts.chain(secrets.iter().map(ExposeSecret::expose_secret)) {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}
