//! Quirks of ids: the sandbox's own are shown under another form, and requests may speak of them in that form.

use super::exchange::{Answer, Asked};
use super::playing::Turn;
use super::resources::of_any;
use crate::sandbox::store::{Collection, View};
use http::HeaderValue;
use http::header::LOCATION;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

pub(super) fn show_strange(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    show(answer, asked, &|id| is_plain(id).then(|| Value::String(strange(id))));
}

pub(super) fn read_strange(asked: &mut Asked, _: &Turn<'_>) {
    read(asked, &plain);
}

pub(super) fn show_numbers(answer: &mut Answer, asked: &Asked, turn: &Turn<'_>) {
    let view = turn.store.view();
    show(answer, asked, &|id| {
        let mut collections = Collection::ALL.into_iter().zip(0..);
        collections.find_map(|(one, place)| Some(json!(FIRST_NUMBER + place * RANGE + view.find(one, id)?)))
    });
}

pub(super) fn read_numbers(asked: &mut Asked, turn: &Turn<'_>) {
    let view = turn.store.view();
    read(asked, &|text| with_ids(text, &view));
}

/// Puts every id in an answer into the other form, where it has one.
fn show(answer: &mut Answer, asked: &Asked, form: &dyn Fn(&str) -> Option<Value>) {
    for resource in of_any(answer, asked) {
        if let Some(shown) = resource.get("id").and_then(Value::as_str).and_then(form) {
            resource.insert("id".to_owned(), shown);
        }
        show_references(resource, false, form);
    }
    let location = answer.headers.get(LOCATION).and_then(|url| with_last_segment(url.to_str().ok()?, form));
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        answer.headers.insert(LOCATION, location);
    }
}

fn show_references(members: &mut Map<String, Value>, are_reference: bool, form: &dyn Fn(&str) -> Option<Value>) {
    for (name, value) in members.iter_mut() {
        match value {
            Value::String(id) if are_reference && name == "value" => {
                if let Some(shown) = form(id) {
                    *value = shown;
                }
            }
            Value::String(url) if ["$ref", "location"].contains(&name.as_str()) => {
                *url = with_last_segment(url, form).unwrap_or_else(|| url.clone());
            }
            Value::Object(inner) => show_references(inner, name == "manager", form),
            Value::Array(elements) => {
                let are_reference = ["members", "groups", "roles", "entitlements"].contains(&name.as_str());
                let elements = elements.iter_mut().filter_map(Value::as_object_mut);
                elements.for_each(|element| show_references(element, are_reference, form));
            }
            _ => {}
        }
    }
}

fn with_last_segment(url: &str, form: &dyn Fn(&str) -> Option<Value>) -> Option<String> {
    let (before, id) = url.rsplit_once('/')?;
    let shown = form(id)?;
    let shown = shown.as_str().map_or_else(|| shown.to_string(), str::to_owned);
    Some(format!("{before}/{}", utf8_percent_encode(&shown, NON_ALPHANUMERIC)))
}

/// Puts the sandbox's own ids in the place of the others, wherever these stand in a request.
fn read(asked: &mut Asked, own: &dyn Fn(&str) -> String) {
    fn read_value(value: &mut Value, own: &dyn Fn(&str) -> String) {
        match value {
            Value::String(text) => *text = own(text),
            Value::Number(number) => {
                let text = number.to_string();
                let read = own(&text);
                if read != text {
                    *value = Value::String(read);
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| read_value(element, own)),
            Value::Object(members) => members.values_mut().for_each(|value| read_value(value, own)),
            Value::Null | Value::Bool(_) => {}
        }
    }
    for segment in &mut asked.path {
        let decoded = percent_decode_str(segment).decode_utf8().ok();
        let read = decoded.map(|text| (own(&text), text)).filter(|(read, text)| read != text);
        if let Some((read, _)) = read {
            *segment = utf8_percent_encode(&read, NON_ALPHANUMERIC).to_string();
        }
    }
    for (_, value) in &mut asked.query {
        *value = own(value);
    }
    if let Some(body) = asked.content.json_mut() {
        read_value(body, own);
    }
}

/// Blanks, slashes, quotes, percent signs, letters of other scripts, and great length, one for each sixth of the ids.
static FORMS: LazyLock<[(String, String); 6]> = LazyLock::new(|| {
    let form = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    [
        form("a b ", " c"),
        form("x/y/", "/.."),
        form("\"it's\" ", " \\"),
        form("100% ", "%2F"),
        form("Zoë 李 ", " ключ"),
        form(&"._~".repeat(100), "."),
    ]
});

fn form_of(id: &str) -> usize {
    id.bytes().map(usize::from).sum::<usize>() % FORMS.len()
}

fn strange(id: &str) -> String {
    FORMS.get(form_of(id)).map_or_else(|| id.to_owned(), |(before, after)| format!("{before}{id}{after}"))
}

fn is_plain(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The text with plain ids in it, also where strange ones stand as in a filter: escaped.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (number, (before, after)) in FORMS.iter().enumerate() {
        text = unwrapped(&text, before, after, number);
        let (escaped_before, escaped_after) = (escaped(before), escaped(after));
        if (&escaped_before, &escaped_after) != (before, after) {
            text = unwrapped(&text, &escaped_before, &escaped_after, number);
        }
    }
    text
}

fn unwrapped(text: &str, before: &str, after: &str, form: usize) -> String {
    let (mut read, mut rest) = (String::new(), text);
    while let Some((outside, inside)) = rest.split_once(before) {
        let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inside.len());
        let (id, following) = inside.split_at(end);
        read.push_str(outside);
        if let Some(following) = following.strip_prefix(after).filter(|_| !id.is_empty() && form_of(id) == form) {
            read.push_str(id);
            rest = following;
        } else {
            read.push_str(before);
            rest = inside;
        }
    }
    read + rest
}

/// As it stands within a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// The text with ids in the place of their numbers.
fn with_ids(text: &str, view: &View<'_>) -> String {
    let (mut read, mut digits) = (String::new(), String::new());
    // A last character ends the last number.
    for character in text.chars().map(Some).chain([None]) {
        match character {
            Some(digit) if digit.is_ascii_digit() => digits.push(digit),
            other => {
                read.push_str(&id_of_number(&digits, view).unwrap_or_else(|| digits.clone()));
                digits.clear();
                read.extend(other);
            }
        }
    }
    read
}

fn id_of_number(digits: &str, view: &View<'_>) -> Option<String> {
    let number = digits.parse::<u64>().ok()?.checked_sub(FIRST_NUMBER)?;
    let collection = Collection::ALL.into_iter().nth(usize::try_from(number / RANGE).ok()?)?;
    let index = number % RANGE;
    (index < view.slots(collection)).then(|| view.id(collection, index))
}

/// Of sixteen digits, nearly the greatest that JavaScript can tell from the next: nothing else in a request looks so.
const FIRST_NUMBER: u64 = 8_100_000_000_000_001;
const RANGE: u64 = 1_000_000_000_000;
