//! Access tokens: issued, checked, expired by the clock, revoked. The grant's rules are in `routes::oauth`.

use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The tokens that are good.
#[derive(Debug)]
pub(super) struct Tokens {
    lifetime: chrono::Duration,
    issued: Mutex<Issued>,
}

#[derive(Debug, Default)]
struct Issued {
    count: u64,
    expiry: HashMap<String, DateTime<Utc>>,
}

impl Tokens {
    pub(super) fn new(lifetime: Duration) -> Self {
        let lifetime = chrono::Duration::from_std(lifetime).unwrap_or(chrono::Duration::MAX);
        Self { lifetime, issued: Mutex::default() }
    }

    /// A new token, and with it those that have expired are forgotten.
    ///
    /// # Errors
    /// The machine gave no random bytes.
    pub(super) fn issue(&self, now: DateTime<Utc>) -> Result<String, getrandom::Error> {
        let token = format!("{ORGANIZATION}!AQ{}", random_text(88)?);
        let expiry = now.checked_add_signed(self.lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.with(|issued| {
            issued.expiry.retain(|_, expiry| now < *expiry);
            issued.count += 1;
            issued.expiry.insert(token.clone(), expiry);
        });
        Ok(token)
    }

    pub(super) fn is_good(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.with(|issued| issued.expiry.get(token).is_some_and(|expiry| now < *expiry))
    }

    /// Whether there was such a token.
    pub(super) fn revoke(&self, token: &str) -> bool {
        self.with(|issued| issued.expiry.remove(token).is_some())
    }

    pub(super) fn revoke_all(&self) {
        self.with(|issued| issued.expiry.clear());
    }

    /// How many were issued in all.
    pub(super) fn count(&self) -> u64 {
        self.with(|issued| issued.count)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Issued) -> T) -> T {
        act(&mut self.issued.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// That many random letters and digits.
pub(super) fn random_text(length: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes)?;
    let letters = bytes.into_iter().map(|byte| match byte % 62 {
        digit @ 0..=9 => b'0' + digit,
        letter @ 10..=35 => b'A' + letter - 10,
        letter => b'a' + letter - 36,
    });
    Ok(letters.map(char::from).collect())
}

/// The organization's id, with which Salesforce's tokens begin.
pub(super) const ORGANIZATION: &str = "00DRM000000TfZ1";
