//! Quirks of query parameters: filters that are refused or ignored, headers that are wanted.

use super::exchange::{Answer, Asked};
use super::playing::Turn;
use crate::sandbox::errors::Refusal;
use crate::scim::filter;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use scim_v2::filter::{AttrExp, CompareOp, Filter};
use serde_json::Value;

pub(super) fn ignore_filter(asked: &mut Asked, _: &Turn<'_>) {
    asked.drop_parameter("filter");
}

pub(super) fn ignore_query(asked: &mut Asked, _: &Turn<'_>) {
    asked.query.clear();
}

pub(super) fn no_filter(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    match asked.parameter("filter") {
        Some(_) => Err(Refusal::bad_request("invalidFilter", "Filtering is not supported")),
        None => Ok(()),
    }
}

pub(super) fn say_no_filter(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.is_config()
        && let Some(supported) = answer.members_mut().and_then(|config| config.get_mut("filter")?.get_mut("supported"))
    {
        *supported = Value::Bool(false);
    }
}

pub(super) fn ignore_last_modified(asked: &mut Asked, _: &Turn<'_>) {
    let Some(Ok(filter)) = asked.parameter("filter").map(filter::parse) else { return };
    match without_last_modified(filter) {
        Some(filter) => asked.set_parameter("filter", filter::to_query(&filter)),
        None => asked.drop_parameter("filter"),
    }
}

/// What is left of a conjunction.
fn without_last_modified(filter: Filter) -> Option<Filter> {
    match filter {
        Filter::And(operands) => Filter::all(operands.into_iter().filter_map(without_last_modified)),
        other => (!names_last_modified(&other)).then_some(other),
    }
}

pub(super) fn no_last_modified(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    match asked.parameter("filter").map(filter::parse) {
        Some(Ok(filter)) if names_last_modified(&filter) => {
            Err(Refusal::bad_request("invalidFilter", "Filtering by meta.lastModified is not supported"))
        }
        _ => Ok(()),
    }
}

fn names_last_modified(filter: &Filter) -> bool {
    filter::to_query(filter).to_ascii_lowercase().contains("meta.lastmodified ")
}

pub(super) fn eq_only(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    only(asked, &[CompareOp::Eq])
}

pub(super) fn eq_sw_only(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    only(asked, &[CompareOp::Eq, CompareOp::Sw])
}

/// Takes comparisons by these operators, joined by `and`. What is no filter at all the endpoint refuses.
fn only(asked: &Asked, operators: &[CompareOp]) -> Result<(), Refusal> {
    fn is_taken(filter: &Filter, operators: &[CompareOp]) -> bool {
        match filter {
            Filter::Attr(AttrExp::Comparison(_, operator, _)) => operators.contains(operator),
            Filter::And(operands) => operands.iter().all(|operand| is_taken(operand, operators)),
            _ => false,
        }
    }
    match asked.parameter("filter").map(filter::parse) {
        Some(Ok(filter)) if !is_taken(&filter, operators) => {
            let names: Vec<String> = operators.iter().map(ToString::to_string).collect();
            let detail = format!("Supported in filters are {} and \"and\"", names.join(", "));
            Err(Refusal::bad_request("invalidFilter", detail))
        }
        _ => Ok(()),
    }
}

pub(super) fn user_agent_required(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    if asked.headers.get(USER_AGENT).is_some_and(|value| !value.is_empty()) {
        return Ok(());
    }
    let detail = "Request forbidden by administrative rules: it must have a User-Agent header";
    Err(Refusal::new(StatusCode::FORBIDDEN, None, detail))
}

pub(super) fn json_only(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    let header = |name| asked.headers.get(name).and_then(|value| value.to_str().ok());
    let essences = |text: &str| {
        let types = text.split(',').map(|one| one.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        types.collect::<Vec<String>>()
    };
    let takes_json = |accept: &str| {
        essences(accept).iter().any(|one| ["application/json", "application/*", "*/*"].contains(&one.as_str()))
    };
    if !header(ACCEPT).is_none_or(takes_json) {
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, None, "Answers are application/json"));
    }
    let is_json = header(CONTENT_TYPE).is_some_and(|sent| essences(sent) == ["application/json"]);
    if !asked.content.is_empty() && !is_json {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, None, "The body must be application/json"));
    }
    Ok(())
}

pub(super) fn say_json(answer: &mut Answer, _: &Asked, _: &Turn<'_>) {
    answer.set_content_type(crate::sandbox::answer::JSON);
}

pub(super) fn rate_limit_500(_: &mut Asked, turn: &Turn<'_>) -> Result<(), Refusal> {
    if turn.memory.admits(turn.number) {
        return Ok(());
    }
    let detail = "REQUEST_LIMIT_EXCEEDED: the token bucket limit has been exceeded";
    Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, None, detail))
}
