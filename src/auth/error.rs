//! Why there is no token. No message here holds a secret.

use crate::transport::SendError;
use std::sync::Arc;

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
}

/// A token with line breaks or other characters that no header can carry, as a paste may leave them.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the token holds characters that no header can carry")]
pub struct UnusableToken;

fn said(error: Option<&str>, description: Option<&str>, excerpt: &str) -> String {
    let said: Vec<&str> =
        [error, description, Some(excerpt)].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    if said.is_empty() { String::new() } else { format!(": {}", said.join(": ")) }
}
