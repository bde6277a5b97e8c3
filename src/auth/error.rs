//! Why there is no token. No message here holds a secret.

use crate::transport::{Fault, SendError};
use std::sync::Arc;
use std::time::Duration;

/// Why there are no credentials. One failed fetch fails all that waited for it, so this can be cloned.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    /// The token endpoint answered that it gives no token.
    #[error("the token endpoint refused with status {status}{}", said(error.as_deref(), description.as_deref(), body_excerpt))]
    Refused {
        status: u16,
        /// OAuth's code, `invalid_client` for example.
        error: Option<String>,
        /// The provider's own words.
        description: Option<String>,
        /// The beginning of a body that is no OAuth error.
        body_excerpt: String,
    },
    /// There was no answer from the token endpoint.
    #[error("the token endpoint could not be asked")]
    Unreachable(#[source] Arc<SendError>),
    /// An answer that holds no usable token; the text says what is wrong with it.
    #[error("the token endpoint's answer is of no use: {0}")]
    Malformed(String),
    /// The assertion was not signed.
    #[error("the assertion could not be signed")]
    NotSigned(#[source] Arc<jsonwebtoken::errors::Error>),
    /// The refresh token was refused after an answer had been lost in which it may have been replaced.
    #[error("the refresh token may have been replaced in an answer that was lost")]
    PerhapsReplaced(#[source] Box<AuthError>),
    /// The last fetch failed, and the token endpoint is left in peace for a while.
    #[error("the token endpoint is not asked again for {} s", .again_in.as_secs_f32().ceil())]
    Waiting {
        again_in: Duration,
        /// Why the last fetch failed.
        #[source]
        cause: Box<AuthError>,
    },
}

impl AuthError {
    /// Whether the token endpoint refused with this code of OAuth's.
    pub(super) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused { error: Some(error), .. } if error == code)
    }

    /// How long the token endpoint asked to wait, where that was too long to wait for.
    pub(super) fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::Unreachable(error) => match &error.fault {
                Fault::WaitTooLong(wait, _) => Some(wait.asked),
                _ => None,
            },
            _ => None,
        }
    }
}

fn said(error: Option<&str>, description: Option<&str>, excerpt: &str) -> String {
    let said: Vec<&str> =
        [error, description, Some(excerpt)].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    if said.is_empty() { String::new() } else { format!(": {}", said.join(": ")) }
}
