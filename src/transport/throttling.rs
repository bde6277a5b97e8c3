//! What a refusal means for those that come after it, where the status does not say: a provider's words, as data.
//!
//! Which words a provider uses stands in its profile (`scim::provider`); this knows none.

use super::error::FailedStatus;
use serde::Deserialize;

/// Words by which a provider says more than by the status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Throttling {
    /// The statuses that the words count with.
    pub statuses: Vec<u16>,
    /// A part of the body, in any case of letters.
    pub says: String,
    pub meaning: Meaning,
}

/// What a refusal means for those that come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Meaning {
    /// It was too fast and was not carried out; more slowly it will go.
    TooFast,
    /// A quota is used up, which no short wait brings back.
    QuotaUsedUp,
}

/// The first of the words that the answer holds, else what its status says: 429 is [`Meaning::TooFast`] (RFC 6585 §4).
pub(super) fn meaning(failed: &FailedStatus, words: &[Throttling]) -> Option<Meaning> {
    let status = failed.status.as_u16();
    let said = |words: &&Throttling| words.statuses.contains(&status) && says(&failed.body, words.says.as_bytes());
    words.iter().find(said).map(|words| words.meaning).or_else(|| (status == 429).then_some(Meaning::TooFast))
}

fn says(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len().max(1)).any(|window| window.eq_ignore_ascii_case(part))
}
