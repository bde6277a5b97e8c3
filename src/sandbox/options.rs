//! What a sandbox is started with.

use std::time::Duration;

/// The population, and how the server answers. The defaults are a small organization that answers at once.
#[derive(Debug, Clone)]
pub struct Options {
    /// Another seed makes other people in the same groups and numbers.
    pub seed: u64,
    pub users: u64,
    pub groups: u64,
    /// Beside the six profiles.
    pub permission_sets: u64,
    /// How many users may be active. By default the larger of 10 and two more than there are users.
    pub license_limit: Option<u64>,
    /// Resources in a page when none are asked for.
    pub page_size: u64,
    /// Resources in a page at most, and entitlements in an unfiltered list altogether.
    pub max_page_size: u64,
    /// How long an access token is good for.
    pub token_lifetime: Duration,
    /// How long each answer of the SCIM endpoints waits.
    pub latency: Duration,
}

impl Options {
    /// How many users may be active.
    pub fn licenses(&self) -> u64 {
        self.license_limit.unwrap_or_else(|| self.users.saturating_add(2).max(10))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            users: 8,
            groups: 5,
            permission_sets: 12,
            license_limit: None,
            page_size: 20,
            max_page_size: 200,
            token_lifetime: Duration::from_hours(2),
            latency: Duration::ZERO,
        }
    }
}
