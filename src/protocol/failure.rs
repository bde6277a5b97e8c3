//! How a failure is told to the platform and to the person behind it.

use serde::Serialize;
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;

/// The two error types that the platform's SDK knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorType {
    Generic,
    /// The platform answers this on account read or update by creating the account.
    NotFound,
}

/// What sort of failure it is, finer than the platform's type. Exists to be decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Generic,
    NotFound,
    InvalidConfiguration,
    InsufficientPermission,
    InvalidRequest,
    InvalidResponse,
    Timeout,
}

impl Kind {
    /// The platform's type for it.
    pub const fn error_type(self) -> ErrorType {
        match self {
            Self::NotFound => ErrorType::NotFound,
            Self::Generic
            | Self::InvalidConfiguration
            | Self::InsufficientPermission
            | Self::InvalidRequest
            | Self::InvalidResponse
            | Self::Timeout => ErrorType::Generic,
        }
    }
}

/// A failed command: a message for the person who asked, and the cause for the log.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    pub kind: Kind,
    /// A fixed word for the failure, which never varies with the wording of the message: `LICENSE_LIMIT`.
    pub code: &'static str,
    /// What happened and what to do, for a person.
    pub message: String,
    /// What led to it, for the log.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
    /// What the message was made of, so that it can be said in other words.
    pub parts: Option<Box<Parts>>,
    /// The exchange that failed, for the log.
    pub exchange: Option<Box<Exchange>>,
}

/// What a message is made of.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What was to be done: `Creating ada@example.com`. Empty where the sentences stand alone.
    pub doing: String,
    /// What happened, and what to do, with placeholders.
    pub happened: &'static str,
    pub to_do: &'static str,
    /// What placeholders are filled with.
    pub values: Vec<(&'static str, String)>,
    /// Sentences that follow what to do: what this connector does about it.
    pub notes: Vec<String>,
    /// What stands in brackets: the provider's words, the status, the request's id.
    pub said: Vec<String>,
    /// The words in brackets are this connector's, not the provider's.
    pub is_own: bool,
    /// What was found out besides, as a sentence.
    pub found: String,
}

/// The exchange with the provider that a command failed by, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exchange {
    /// How often it was tried.
    pub attempts: Option<u32>,
    /// From the first attempt to giving up, in milliseconds.
    pub elapsed: Option<u64>,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The beginning of the answer's body, without secrets.
    pub body: Option<String>,
}

impl Failure {
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), cause: None, parts: None, exchange: None }
    }

    /// The same failure with what led to it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What led to it, from the outermost cause inwards, without those whose words the one before them has said already.
    pub fn causes(&self) -> Option<String> {
        let mut said: Vec<String> = Vec::new();
        let mut source = self.source();
        while let Some(cause) = source {
            let words = cause.to_string();
            if !said.last().is_some_and(|before| before.contains(&words)) {
                said.push(words);
            }
            source = cause.source();
        }
        (!said.is_empty()).then(|| said.join(": "))
    }

    /// The failure on the wire: the body of an answer, or the last line of a stream.
    pub fn to_wire(&self, request_id: &str) -> Value {
        json!({"type": "error", "data": {
            "type": self.kind.error_type(),
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "requestId": request_id,
        }})
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_one_shape() {
        let failure = Failure::new(Kind::InvalidConfiguration, "INVALID_CONFIGURATION", "baseUrl is missing");
        insta::assert_snapshot!(failure.to_wire("r1"), @r#"{"type":"error","data":{"type":"generic","kind":"invalidConfiguration","code":"INVALID_CONFIGURATION","message":"baseUrl is missing","requestId":"r1"}}"#);
    }
}
