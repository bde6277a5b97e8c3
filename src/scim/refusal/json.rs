//! Errors as JSON, in whatever shape: the members that hold a code or a sentence have few names, and stand in few places.

use super::Refusal;
use crate::scim::resource;
use serde_json::{Map, Value};

/// Members with the provider's code, the surest first.
pub(super) const CODES: &[&str] = &[
    "errorCode",
    "o:errorCode",
    "error_code",
    "errorcode",
    "exceptionCode",
    "__type",
    "code",
    "errorKey",
    "errorType",
    "error",
    ".tag",
];
/// Members with a sentence, the surest first.
pub(super) const SENTENCES: &[&str] = &[
    "detail",
    "error_description",
    "errorSummary",
    "message",
    "description",
    "errorMessage",
    "error_message",
    "errorDescription",
    "faultstring",
    "userMessage",
    "error_summary",
    "msg",
    "reason",
    "issue",
    "title",
];
/// Members that name the field that is wrong.
const FIELDS: &[&str] = &["field", "fields", "target", "attribute", "param", "propertyName", "loc"];
/// Members that name it only in errors inside of others: further out they name the error, or the request's path.
const INNER_FIELDS: &[&str] = &["name", "path"];
/// Members that hold errors of their own.
const INSIDE: &[&str] = &[
    "Errors",
    "error",
    "message",
    "fault",
    "detail",
    "errorCauses",
    "details",
    "errorMessages",
    "messages",
    "violations",
    "constraintViolations",
    "fieldErrors",
    "validationErrors",
    "invalid-params",
    "subErrors",
    "errorDetails",
    "o:errorDetails",
    "extensions",
    "innerError",
    "data",
    "result",
    "response",
    "context_info",
];
/// What stands in a field's place where the error is of no one field.
const NO_FIELDS: &[&str] = &["non_field_errors", "__all__", "_schema", "base", "general"];
/// Members with the id of the request.
const REQUEST_IDS: &[&str] = &[
    "requestId",
    "request_id",
    "request-id",
    "errorId",
    "exceptionRequestId",
    "traceId",
    "trace_id",
    "correlationId",
    "correlation_id",
];
/// How deep errors are looked for inside errors.
const DEPTH: usize = 4;
/// So many sentences of one answer are kept.
const MOST_SENTENCES: usize = 3;

pub(super) fn read(value: &Value) -> Refusal {
    let mut found = Found::default();
    found.take(value, DEPTH);
    if found.sentences.is_empty() {
        found.take_unnamed(value, DEPTH);
    }
    let sentences: Vec<&str> = found.sentences.iter().map(|sentence| sentence.trim_end_matches('.')).collect();
    let detail = sentences.join("; ");
    Refusal {
        code: found.code,
        scim_type: found.scim_type,
        detail: (!detail.is_empty()).then_some(detail),
        fields: found.fields,
        is_scim: is_scim(value),
        request_id: found.request_id,
        ..Refusal::default()
    }
    .with_code()
}

/// SCIM 2.0's error (RFC 7644 §3.12), also where its schema is left out; SCIM 1.1's.
fn is_scim(value: &Value) -> bool {
    let names_schema = resource::get(value, "schemas").is_some_and(|schemas| schemas.to_string().contains(":Error"));
    let has = |name| resource::get(value, name).is_some();
    names_schema
        || has("scimType")
        || (has("detail") && has("status"))
        || resource::get(value, "Errors")
            .is_some_and(|errors| errors.get(0).is_some_and(|first| resource::get(first, "description").is_some()))
}

/// What was found so far; the first code speaks for all.
#[derive(Default)]
struct Found {
    code: Option<String>,
    scim_type: Option<String>,
    sentences: Vec<String>,
    fields: Vec<String>,
    request_id: Option<String>,
}

impl Found {
    fn take(&mut self, value: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Array(values) => values.iter().take(MOST_SENTENCES).for_each(|value| self.take(value, depth)),
            Value::Object(members) => self.take_object(value, members, depth),
            Value::String(text) => self.say(text),
            _ => {}
        }
    }

    fn take_object(&mut self, value: &Value, members: &Map<String, Value>, depth: usize) {
        let text = |name: &str| resource::get(value, name).and_then(resource::text).map(|text| text.trim().to_owned());
        let code = CODES.iter().filter_map(|name| text(name)).find(|code| is_code(code));
        let code = code.or_else(|| text("status").filter(|status| is_code(status) && status.contains('_')));
        if self.code.is_none() {
            self.code = code.as_deref().map(|code| code.rsplit(['#', '.']).next().unwrap_or(code).to_owned());
        }
        self.scim_type = self.scim_type.take().or_else(|| text("scimType").filter(|name| !name.is_empty()));
        self.request_id = self.request_id.take().or_else(|| REQUEST_IDS.iter().find_map(|name| text(name)));
        let field = FIELDS.iter().find_map(|name| resource::get(value, name));
        let is_inside = depth + 1 < DEPTH;
        let inner = || INNER_FIELDS.iter().filter_map(|name| resource::get(value, name)).find(|name| is_field(name));
        let field = field.or_else(|| is_inside.then(inner).flatten());
        self.take_fields(field);
        let sentence = SENTENCES.iter().filter_map(|name| text(name)).find(|text| !text.is_empty());
        // `"error": "Not Found"`: no code, but words.
        let sentence = sentence
            .or_else(|| ["error", "value"].iter().filter_map(|name| text(name)).find(|text| text.contains(' ')));
        match (sentence, field.and_then(last_text), &code) {
            (Some(sentence), Some(field), _) => self.say_of(field, &sentence),
            (Some(sentence), ..) => self.say(&sentence),
            // GitHub: `{"resource": "User", "field": "login", "code": "already_exists"}`.
            (None, Some(field), Some(code)) => self.say(&format!("{field}: {code}")),
            _ => {}
        }
        for inside in INSIDE.iter().filter_map(|name| resource::get(value, name)) {
            self.take_inside(inside, depth);
        }
        // One member alone, whatever it is called, is the answer; or each is named after a field.
        if self.sentences.is_empty() {
            match members.values().next() {
                Some(only) if members.len() == 1 && !is_by_field(members) => self.take_inside(only, depth),
                _ if is_by_field(members) => self.take_by_field(members, depth),
                _ => {}
            }
        }
    }

    fn take_inside(&mut self, inside: &Value, depth: usize) {
        match inside {
            Value::Object(fields) if is_by_field(fields) => self.take_by_field(fields, depth),
            Value::Array(_) | Value::Object(_) => self.take(inside, depth),
            _ => {}
        }
    }

    fn take_fields(&mut self, fields: Option<&Value>) {
        let texts = match fields {
            // FastAPI's `loc` is a path: its last part is the field.
            Some(Value::Array(path)) if path.first().is_some_and(|first| first == "body") => {
                path.last().and_then(Value::as_str).map(str::to_owned).into_iter().collect()
            }
            Some(Value::Array(fields)) => fields.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(field)) => vec![field.clone()],
            _ => Vec::new(),
        };
        self.fields.extend(texts);
    }

    /// `{"userName": ["is required"]}`: what is wrong with each field.
    fn take_by_field(&mut self, fields: &Map<String, Value>, depth: usize) {
        for (field, says) in fields {
            let is_none = NO_FIELDS.contains(&field.as_str());
            if !is_none {
                self.fields.push(field.clone());
            }
            match says.get(0).unwrap_or(says) {
                Value::String(says) if is_none => self.say(says),
                Value::String(says) => self.say_of(field, says),
                inside => self.take(inside, depth),
            }
        }
    }

    /// Words under names that are not known, such as those in another language.
    fn take_unnamed(&mut self, value: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Array(values) => {
                values.iter().take(MOST_SENTENCES).for_each(|value| self.take_unnamed(value, depth));
            }
            Value::Object(members) => members.values().for_each(|value| self.take_unnamed(value, depth)),
            Value::String(text) if is_sentence(text) => self.say(text),
            _ => {}
        }
    }

    fn say_of(&mut self, field: &str, says: &str) {
        let names_it = says.to_lowercase().contains(&field.to_lowercase());
        self.say(&if names_it { says.to_owned() } else { format!("{field}: {says}") });
    }

    fn say(&mut self, sentence: &str) {
        let sentence = sentence.trim();
        // An error of another service, passed on as a text.
        if sentence.starts_with(['{', '['])
            && let Ok(inside) = serde_json::from_str(sentence)
        {
            let said = self.sentences.len();
            self.take(&inside, DEPTH);
            if self.sentences.len() > said {
                return;
            }
        }
        let is_said = self.sentences.iter().any(|said| said.contains(sentence.trim_end_matches(['.', ';'])));
        if !sentence.is_empty() && !is_said && self.sentences.len() < MOST_SENTENCES {
            self.sentences.push(sentence.to_owned());
        }
    }
}

/// A text, or the last of several: `["body", "userName"]`.
fn last_text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.as_array()?.last()?.as_str())
}

/// `login`, `name.familyName`; neither `/scim/v2/Users` nor `ValidationError`.
fn is_field(value: &Value) -> bool {
    value.as_str().is_some_and(|name| {
        !name.is_empty() && !name.contains([' ', '/']) && !name.ends_with("Error") && !name.ends_with("Exception")
    })
}

/// Several words, or the letters of a script that needs no spaces; no time, and no path.
fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    words > 1 || text.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count() > 3
}

/// A word by itself, and no number that repeats the status. `error` as a type says nothing.
fn is_code(text: &str) -> bool {
    let is_status = text.parse::<u16>().is_ok_and(|number| (100..=599).contains(&number));
    (2..=80).contains(&text.len())
        && !text.contains(char::is_whitespace)
        && !text.contains("://")
        && !is_status
        && !["error", "null", "true", "false"].contains(&text)
}

/// Whether all members are messages, or errors, for the field that they are named after.
fn is_by_field(members: &Map<String, Value>) -> bool {
    let is_message = |value: &Value| match value {
        Value::Array(errors) => !errors.is_empty() && errors.iter().all(|error| error.is_string() || error.is_object()),
        Value::String(text) => text.contains(' '),
        _ => false,
    };
    let names = [SENTENCES, CODES, INSIDE];
    let is_plain =
        |name: &String| !names.iter().any(|known| known.iter().any(|known| known.eq_ignore_ascii_case(name)));
    !members.is_empty() && members.iter().all(|(name, value)| is_plain(name) && is_message(value))
}
