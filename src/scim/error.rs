//! What can go wrong between this client and a SCIM API.

use super::refusal::Refusal;
use crate::transport::SendError;
use std::sync::Arc;

/// A SCIM request that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No good answer came.
    #[error(transparent)]
    Send(#[from] SendError),
    /// A good status, and a body that is not what was asked for: a login page, a proxy's, another API's.
    #[error("{url} answered with what is not {expected}: {reason}")]
    Unreadable {
        url: String,
        expected: &'static str,
        reason: String,
        /// The answer's content type, if it had one.
        content_type: Option<String>,
        /// The beginning of the body, at most 2 KiB.
        excerpt: String,
    },
    /// The provider answered a request for one resource with another.
    #[error("asked for the {resource} \"{asked}\", the provider answered with \"{got}\"")]
    OtherResource { resource: Arc<str>, asked: String, got: String },
    /// An id that cannot stand in a URL's path.
    #[error("\"{0}\" cannot be an id")]
    InvalidId(String),
    /// A list that could not be proved complete.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
}

impl Error {
    /// The status with which the provider refuses, if it does.
    pub(super) fn status(&self) -> Option<u16> {
        let Self::Send(error) = self else { return None };
        error.fault.status().map(|failed| failed.status.as_u16())
    }

    /// The `scimType` with which it does.
    pub(super) fn scim_type(&self) -> Option<String> {
        let Self::Send(error) = self else { return None };
        error.fault.status().and_then(|failed| Refusal::parse(failed).scim_type)
    }
}

/// A list that could not be proved complete, with the figures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list of {resource} is incomplete: {reason} (expected {}, received {received}, distinct {distinct}; at {at})",
        .expected.map_or_else(|| "an unknown number".to_owned(), |total| total.to_string()))]
pub struct Incomplete {
    /// The endpoint: `Users`.
    pub resource: Arc<str>,
    pub reason: Gap,
    /// The total that the first answer claimed.
    pub expected: Option<u64>,
    pub received: u64,
    pub distinct: u64,
    /// Where in the list: `startIndex 401`, `id gt "…"`, `page 3`.
    pub at: String,
}

/// Why a list is not provably complete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    #[error("an empty page came before the total was reached")]
    EmptyPage,
    #[error("the provider repeats its first page whatever startIndex is asked for")]
    RepeatedPage,
    #[error("the total changed from {from} to {to} while the list was read")]
    TotalChanged { from: u64, to: u64 },
    #[error("some resources came twice, so others are missing")]
    Duplicates,
    #[error("the number of resources is not the total")]
    WrongCount,
    #[error("the first page does not hold the beginning of the list")]
    NotTheBeginning,
    #[error("ids do not ascend (\"{after}\" came after \"{before}\"), so that the list cannot be continued by id")]
    NotAscending { before: String, after: String },
    #[error("a range of ids does not end with the resource that it should end with")]
    OutOfRange,
    #[error("the provider gave a cursor that it had given before, so that the list would never end")]
    RepeatedCursor,
    #[error("{pages} empty pages came one after the other, each with a cursor for the next")]
    EmptyPages { pages: u32 },
    #[error("the provider does not take the cursor any more that it gave for the next page ({scim_type})")]
    CursorLost { scim_type: &'static str },
    #[error("of {of} resources on a page that was read again {gone} are gone")]
    Vanished { gone: u64, of: u64 },
    #[error("the answer neither says how many there are nor shows any")]
    NothingStated,
    #[error("the answer does not say how many there are, which this provider always does")]
    NoTotal,
    #[error("the answer has a cursor for a next page, though this provider is said to give everything at once")]
    NotWhole,
    #[error(
        "the only page that startIndex leads to has a cursor for a next one, so that the setting paging must be cursor"
    )]
    CursorLeft,
    #[error("a resource has no id")]
    NoId,
}
