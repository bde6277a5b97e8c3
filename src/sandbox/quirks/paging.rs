//! Quirks of lists: their pages, cursors and figures.

use super::exchange::{Answer, Asked};
use super::playing::Turn;
use crate::sandbox::errors::Refusal;
use crate::sandbox::options::Options;
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) fn page_cap(asked: &mut Asked, turn: &Turn<'_>) {
    let count: Option<u64> = asked.parameter("count").and_then(|count| count.trim().parse().ok());
    if asked.is_list() && count.is_none_or(|count| count > turn.number) {
        asked.set_parameter("count", turn.number.to_string());
    }
}

pub(super) fn pages_are_endless(options: &mut Options) {
    (options.page_size, options.max_page_size) = (crate::sandbox::MOST_RECORDS, crate::sandbox::MOST_RECORDS);
}

pub(super) fn no_paging(asked: &mut Asked, _: &Turn<'_>) {
    for name in ["startIndex", "count", "cursor"] {
        asked.drop_parameter(name);
    }
}

pub(super) fn say_no_paging(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if let Some(config) = answer.members_mut().filter(|_| asked.is_config()) {
        config.shift_remove("pagination");
    }
}

pub(super) fn count_500(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    if asked.parameter("count").is_some() { Err(Refusal::internal()) } else { Ok(()) }
}

pub(super) fn cursor_only(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    if asked.is_list() && asked.parameter("startIndex").is_some() {
        return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, None, "Lists have cursors and no startIndex"));
    }
    by_cursor(asked);
    Ok(())
}

pub(super) fn cursor_default(asked: &mut Asked, _: &Turn<'_>) {
    if asked.parameter("startIndex").is_none() {
        by_cursor(asked);
    }
}

/// A list without a word about paging is one by cursor (RFC 9865 §2.4).
fn by_cursor(asked: &mut Asked) {
    if asked.is_list() && asked.parameter("cursor").is_none() {
        asked.set_parameter("cursor", "");
    }
}

pub(super) fn say_cursor_only(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    say_of_pages(answer, asked, &json!({"index": false, "defaultPaginationMethod": "cursor"}));
}

pub(super) fn say_cursor_default(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    say_of_pages(answer, asked, &json!({"defaultPaginationMethod": "cursor"}));
}

fn say_of_pages(answer: &mut Answer, asked: &Asked, said: &Value) {
    let config = answer.members_mut().filter(|_| asked.is_config());
    let pages = config.and_then(|config| config.get_mut("pagination")).and_then(Value::as_object_mut);
    if let (Some(pages), Some(said)) = (pages, said.as_object()) {
        pages.extend(said.clone());
    }
}

pub(super) fn cursor_ignored(asked: &mut Asked, _: &Turn<'_>) {
    asked.drop_parameter("cursor");
}

/// Cursors have the number of the request that gave them out before them.
pub(super) fn cursor_of_age(asked: &mut Asked, turn: &Turn<'_>) -> Result<(), Refusal> {
    let Some(cursor) = asked.parameter("cursor").filter(|cursor| !cursor.is_empty()) else { return Ok(()) };
    let Some((born, cursor)) =
        cursor.split_once('.').and_then(|(born, cursor)| Some((born.parse::<u64>().ok()?, cursor)))
    else {
        return Err(Refusal::bad_request("invalidCursor", "The cursor is not one of this list"));
    };
    if turn.request.saturating_sub(born) > turn.number {
        return Err(Refusal::bad_request("expiredCursor", "The cursor has expired"));
    }
    let cursor = cursor.to_owned();
    asked.set_parameter("cursor", cursor);
    Ok(())
}

pub(super) fn date_cursor(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    if let Some(Value::String(cursor)) = head(answer, asked).and_then(|head| head.get_mut("nextCursor")) {
        *cursor = format!("{}.{cursor}", turn.request);
    }
}

pub(super) fn items_per_page_missing(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    head(answer, asked).map(|head| head.shift_remove("itemsPerPage"));
}

pub(super) fn start_index_missing(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    head(answer, asked).map(|head| head.shift_remove("startIndex"));
}

pub(super) fn total_missing(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    head(answer, asked).map(|head| head.shift_remove("totalResults"));
}

pub(super) fn total_string(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if let Some(total) = head(answer, asked).and_then(|head| head.get_mut("totalResults")) {
        *total = Value::String(total.to_string());
    }
}

/// So many too few, or without a number what stands on the page.
pub(super) fn total_wrong(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    let Some(head) = head(answer, asked) else { return };
    let rows = head.get("Resources").and_then(Value::as_array).map_or(0, Vec::len);
    if let Some(total) = head.get_mut("totalResults") {
        *total = match turn.number {
            0 => json!(rows),
            fewer => json!(total.as_u64().unwrap_or_default().saturating_sub(fewer)),
        };
    }
}

/// What a list of resources says of itself.
fn head<'a>(answer: &'a mut Answer, asked: &Asked) -> Option<&'a mut Map<String, Value>> {
    answer.members_mut().filter(|_| asked.is_list())
}
