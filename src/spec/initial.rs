//! What the form is filled in with (`sourceConfigInitialValues`): each value belongs to an item, and is one that it gives.

use super::form::Form;
use super::item::{Item, is_count};
use super::node::{Findings, Node};
use serde_json::Value;

/// Seconds that a command which writes may take. Like [`STATEFUL`] it needs no item ("Initial Value", reserved values).
const TIMEOUT: &str = "provisioningTimeout";
const STATEFUL: &str = "supportsStatefulCommands";

pub(super) fn check(spec: &Node<'_>, form: &Form<'_>, found: &mut Findings) {
    for (key, value) in values(spec, found) {
        match form.item(key) {
            Some(item) => fits(&value, item, found),
            None if key == TIMEOUT && !is_count(&value) => value.must("be a whole number of seconds", found),
            None if key == STATEFUL && !value.value.is_boolean() => value.must("be true or false", found),
            // Where there are no items, that is what is wrong.
            None if [TIMEOUT, STATEFUL].contains(&key) || form.0.is_empty() => {}
            None => found.wrong(&value.at, "fills in no input of the form: there is none with this key"),
        }
    }
}

/// The values with their keys.
pub(super) fn values<'a>(spec: &Node<'a>, found: &mut Findings) -> Vec<(&'a str, Node<'a>)> {
    let Some(values) = spec.member("sourceConfigInitialValues") else { return Vec::new() };
    if !values.is_object(found) {
        return Vec::new();
    }
    let keys = values.value.as_object().into_iter().flat_map(|members| members.keys());
    keys.filter_map(|key| Some((key.as_str(), values.member(key)?))).collect()
}

fn fits(value: &Node<'_>, item: &Item<'_>, found: &mut Findings) {
    let text = value.as_text();
    let all = |fits: fn(&Value) -> bool| value.value.as_array().is_some_and(|all| all.iter().all(fits));
    let (fits, what) = match item.kind {
        _ if item.is_secret() => {
            return found.wrong(&value.at, "fills in a secret, which everybody could read in the specification");
        }
        "number" => {
            let number = text.is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
            (number || value.value.is_number(), "be a number".to_owned())
        }
        "checkbox" | "toggle" => {
            (value.value.is_boolean() || matches!(text, Some("true" | "false")), "be true or false".to_owned())
        }
        "radio" | "select" if item.choices.is_empty() => return,
        "radio" | "select" => {
            (text.is_some_and(|text| item.choices.contains(&text)), format!("be one of {}", item.choices.join(", ")))
        }
        "list" => (all(Value::is_string), "be an array of texts".to_owned()),
        "keyValue" => {
            let pair = |pair: &Value| ["key", "value"].iter().all(|name| pair.get(name).is_some_and(Value::is_string));
            (all(pair), "be an array of {\"key\": …, \"value\": …}".to_owned())
        }
        "cardList" => (all(Value::is_object), "be an array of objects".to_owned()),
        _ => (text.is_some(), "be a text".to_owned()),
    };
    if !fits {
        value.must(&what, found);
    }
}
