//! The `refresh_token` grant ([RFC 6749, 6]), and the tokens that take another's place.
//!
//! # A refresh token is sent again when its answer was lost
//!
//! A provider that rotates refresh tokens may take a second use of one for theft and withdraw all that came of it
//! ([RFC 9700, 4.14.2]). Sending it again is right all the same. If the first request did not arrive, it is the only way
//! to a token. If it did, its answer held the only copy of the new refresh token: the old one is worth nothing any more,
//! and what the provider withdraws was lost already; many providers accept the old one for some seconds just for this
//! case. What must not happen is that an answer is lost here: `fetcher` reads it to its end whoever has gone away. Where
//! the old token is then refused, the error says what may have become of it.
//!
//! [RFC 6749, 6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
//! [RFC 9700, 4.14.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2

use super::error::AuthError;
use super::token_request::{Failed, Form};
use secrecy::{ExposeSecret as _, SecretString};

pub(super) fn form(token: SecretString) -> Form {
    Form::new("refresh_token").secret("refresh_token", token)
}

/// A refresh token that took the place of the one in the settings.
#[derive(Debug, Clone)]
pub struct Rotated {
    pub token: SecretString,
    /// Counts those that came, from 1.
    pub number: u64,
}

/// The refresh token that is in use, and what is known of it.
#[derive(Debug)]
pub(super) struct Current {
    token: SecretString,
    /// How many have taken the place of the one in the settings.
    rotations: u64,
    /// The latest that was reported.
    reported: u64,
    /// Whether an answer may have been lost in which this token was replaced.
    may_be_replaced: bool,
}

impl Current {
    pub(super) fn new(token: SecretString) -> Self {
        Self { token, rotations: 0, reported: 0, may_be_replaced: false }
    }

    pub(super) fn token(&self) -> SecretString {
        self.token.clone()
    }

    /// An answer came, perhaps with a token that replaces this one.
    pub(super) fn answered(&mut self, replacement: Option<&SecretString>) {
        self.may_be_replaced = false;
        if let Some(new) = replacement.filter(|new| new.expose_secret() != self.token.expose_secret()) {
            self.token = new.clone();
            self.rotations += 1;
        }
    }

    /// No token came. A refusal of this one says what may have become of it.
    pub(super) fn failed(&mut self, failed: Failed) -> AuthError {
        self.may_be_replaced |= failed.answer_lost;
        match failed.error {
            error @ AuthError::Refused { .. } if self.may_be_replaced && error.is("invalid_grant") => {
                AuthError::PerhapsReplaced(Box::new(error))
            }
            error => error,
        }
    }

    /// The token, unless it is the one in the settings or was reported.
    pub(super) fn unreported(&self) -> Option<Rotated> {
        (self.rotations > self.reported).then(|| Rotated { token: self.token.clone(), number: self.rotations })
    }

    pub(super) fn reported(&mut self, number: u64) {
        self.reported = self.reported.max(number);
    }
}
