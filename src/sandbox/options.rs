//! What a sandbox is started with.

use super::dialect::Dialect;
use super::quirks::Quirks;
use std::time::Duration;

/// The population, and how the server answers. The defaults are a small organization that answers at once.
#[derive(Debug, Clone)]
pub struct Options {
    pub dialect: Dialect,
    /// Another seed makes other people in the same groups and numbers.
    pub seed: u64,
    pub users: u64,
    pub groups: u64,
    /// Beside the six profiles; Salesforce alone has either.
    pub permission_sets: u64,
    /// How many users may be active. By default in Salesforce the larger of 10 and two more than there are users, elsewhere
    /// as many as there are.
    pub license_limit: Option<u64>,
    /// Resources in a page when none are asked for.
    pub page_size: u64,
    /// Resources in a page at most, and entitlements in an unfiltered list altogether.
    pub max_page_size: u64,
    /// How long an access token is good for.
    pub token_lifetime: Duration,
    /// How long each answer of the SCIM endpoints waits.
    pub latency: Duration,
    /// Not Salesforce, which has them anyway: users have roles, and `/Roles` lists them.
    pub roles: bool,
    /// In what it differs from its dialect.
    pub quirks: Quirks,
    /// A refresh token is good once and brings the next, and a second use withdraws them all (RFC 9700 §4.14.2).
    pub rotates_refresh_tokens: bool,
    /// The public key of the client that signs assertions, as DER (X.509's or PKCS #1's). Without one none is taken.
    pub assertion_key: Option<Vec<u8>>,
    /// Not Salesforce: the user may sign in with Basic authentication.
    pub takes_passwords: bool,
    /// Not Salesforce: a header, and the value with which it lets in.
    pub api_key: Option<(String, String)>,
}

impl Options {
    /// The defaults of a dialect.
    pub fn new(dialect: Dialect) -> Self {
        let (page_size, max_page_size) = match dialect {
            Dialect::Salesforce => (20, 200),
            Dialect::Rfc => (100, 1_000),
        };
        Self {
            dialect,
            seed: 1,
            users: 8,
            groups: 5,
            permission_sets: 12,
            license_limit: None,
            page_size,
            max_page_size,
            token_lifetime: Duration::from_hours(2),
            latency: Duration::ZERO,
            roles: false,
            quirks: Quirks::default(),
            rotates_refresh_tokens: false,
            assertion_key: None,
            takes_passwords: false,
            api_key: None,
        }
    }

    /// The options that the quirks leave.
    pub(super) fn settled(mut self) -> Self {
        let quirks = self.quirks.clone();
        quirks.settle(&mut self);
        self
    }

    /// How many users may be active; without a limit `None`.
    pub fn licenses(&self) -> Option<u64> {
        let default = match self.dialect {
            Dialect::Salesforce => Some(self.users.saturating_add(2).max(10)),
            Dialect::Rfc => None,
        };
        self.license_limit.or(default)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Dialect::Salesforce)
    }
}
