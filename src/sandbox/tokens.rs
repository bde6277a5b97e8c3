//! Access tokens: issued, checked, expired by the clock, revoked; and the refresh token that brings them. The grants'
//! rules are in `routes::grants`.

use super::REFRESH_TOKEN;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The tokens that are good.
#[derive(Debug)]
pub(super) struct Tokens {
    lifetime: chrono::Duration,
    issued: Mutex<Issued>,
    refresh: Mutex<Refresh>,
}

#[derive(Debug, Default)]
struct Issued {
    count: u64,
    expiry: HashMap<String, DateTime<Utc>>,
}

/// The refresh tokens of the one authorization.
#[derive(Debug)]
struct Refresh {
    /// `None` once they were withdrawn.
    good: Option<String>,
    used: HashSet<String>,
}

/// What becomes of a refresh token that is used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// It stays good.
    Same,
    /// This one takes its place.
    Replaced(String),
    Refused,
}

impl Tokens {
    pub(super) fn new(lifetime: Duration) -> Self {
        let lifetime = chrono::Duration::from_std(lifetime).unwrap_or(chrono::Duration::MAX);
        let refresh = Refresh { good: Some(REFRESH_TOKEN.to_owned()), used: HashSet::new() };
        Self { lifetime, issued: Mutex::default(), refresh: Mutex::new(refresh) }
    }

    /// Uses a refresh token.
    ///
    /// # Errors
    /// The machine gave no random bytes.
    pub(super) fn refresh(&self, token: &str, rotates: bool) -> Result<Refreshed, getrandom::Error> {
        let mut refresh = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        if refresh.good.as_deref() == Some(token) {
            if !rotates {
                return Ok(Refreshed::Same);
            }
            let new = random_text(60)?;
            refresh.used.insert(token.to_owned());
            refresh.good = Some(new.clone());
            return Ok(Refreshed::Replaced(new));
        }
        if refresh.used.contains(token) {
            refresh.good = None;
        }
        Ok(Refreshed::Refused)
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
