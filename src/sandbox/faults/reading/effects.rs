//! Reads what goes wrong.

use super::LONGEST_MS;
use super::members::Members;
use crate::sandbox::faults::{Effect, ListEffect};
use http::StatusCode;
use serde_json::Value;
use std::time::Duration;

/// Every `type`, in the order in which people are told them.
pub(super) const TYPES: [&str; 18] = [
    "answer",
    "htmlPage",
    "close",
    "loseAnswer",
    "stall",
    "truncate",
    "drip",
    "enlarge",
    "deepen",
    "revokeTokens",
    "repeatRows",
    "dropRows",
    "shiftPage",
    "changeTotal",
    "emptyPage",
    "loseView",
    "ignoreFilter",
    "ignoreStartIndex",
];

pub(super) fn effect(mut members: Members<'_>) -> Option<Effect> {
    let kind = members.value("type").and_then(Value::as_str);
    let Some(kind) = kind.filter(|kind| TYPES.contains(kind)) else {
        let found = kind.map_or("is missing".to_owned(), |kind| format!("is {kind:?}"));
        members.problem("type", &format!("{found}; one of {}", TYPES.join(", ")));
        return None;
    };
    let effect = of_type(kind, &mut members);
    members.finish();
    effect
}

fn of_type(kind: &str, members: &mut Members<'_>) -> Option<Effect> {
    Some(match kind {
        "answer" => {
            let (status, body) = (status(members), body(members));
            Effect::Answer { status: status?, body }
        }
        "htmlPage" => Effect::HtmlPage,
        "close" => Effect::Close,
        "loseAnswer" => Effect::LoseAnswer,
        "stall" => Effect::Stall(milliseconds(members, "ms")?),
        "truncate" => {
            let (bytes, chunked) = (members.required_whole("bytes", 0..=LARGEST), members.flag("chunked"));
            Effect::Truncate { bytes: bytes?, chunked: chunked.unwrap_or(false) }
        }
        "drip" => {
            let (bytes, every) = (members.required_whole("bytes", 1..=LARGEST), milliseconds(members, "everyMs"));
            Effect::Drip { bytes: bytes?, every: every? }
        }
        "enlarge" => Effect::Enlarge { bytes: members.required_whole("bytes", 1..=LARGEST)? },
        "deepen" => Effect::Deepen { depth: members.required_whole("depth", 1..=DEEPEST)? },
        "revokeTokens" => Effect::RevokeTokens,
        _ => Effect::List(list_effect(kind, members)?),
    })
}

fn list_effect(kind: &str, members: &mut Members<'_>) -> Option<ListEffect> {
    Some(match kind {
        "repeatRows" => ListEffect::RepeatRows(members.required_whole("rows", 1..=MOST_ROWS)?),
        "dropRows" => ListEffect::DropRows(members.required_whole("rows", 1..=MOST_ROWS)?),
        "shiftPage" => ListEffect::ShiftPage(members.required_step("rows", MOST_STEPS)?),
        "changeTotal" => ListEffect::ChangeTotal(members.required_step("by", MOST_STEPS)?),
        "emptyPage" => ListEffect::EmptyPage,
        "loseView" => ListEffect::LoseView(members.required_whole("rows", 0..=MOST_ROWS)?),
        "ignoreFilter" => ListEffect::IgnoreFilter,
        "ignoreStartIndex" => ListEffect::IgnoreStartIndex,
        _ => return None,
    })
}

fn status(members: &mut Members<'_>) -> Option<StatusCode> {
    StatusCode::from_u16(members.required_whole("status", 200..=599)?).ok()
}

fn body(members: &mut Members<'_>) -> String {
    match members.value("body") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(json) => json.to_string(),
    }
}

fn milliseconds(members: &mut Members<'_>, name: &'static str) -> Option<Duration> {
    members.required_whole(name, 0..=LONGEST_MS).map(Duration::from_millis)
}

/// A gibibyte.
const LARGEST: u64 = 1 << 30;
const DEEPEST: u64 = 1_000_000;
const MOST_ROWS: u64 = 100_000_000;
const MOST_STEPS: i64 = 100_000_000;
