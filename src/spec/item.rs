//! One item of the form: what each input type needs. How items hang together is `form`'s.

use super::form;
use super::node::{Findings, Node};
use std::collections::HashSet;

/// The input types ("Connector Specification File").
const TYPES: &[&str] = &[
    "text",
    "number",
    "secret",
    "textarea",
    "secrettextarea",
    "checkbox",
    "url",
    "toggle",
    "radio",
    "select",
    "list",
    "keyValue",
    "cardList",
];

const MEMBERS: &[&str] = &["key", "label", "type", "required", "parentKey", "parentValue", "placeholder", "helpKey"];
const CARD_MEMBERS: &[&str] = &["titleKey", "subtitleKey", "subMenus", "buttonLabel", "indexKey"];
const CARD_FLAGS: &[&str] = &["addButton", "editButton", "deleteButton", "copyButton", "dragNDropEnabled"];

/// Settings that the platform itself puts among a source's.
const RESERVED: &[&str] = &["provisioningTimeout", "deleteThresholdPercentage", "deltaAggregation"];
/// The one of the platform's own that a form is to offer.
pub const STATEFUL: &str = "spConnEnableStatefulCommands";

/// An input of the form, as far as it could be read.
pub struct Item<'a> {
    pub node: Node<'a>,
    pub key: &'a str,
    /// One of the input types; empty where it is none.
    pub kind: &'a str,
    pub required: bool,
    /// The values of `radio` and `select`.
    pub choices: Vec<&'a str>,
}

impl<'a> Item<'a> {
    /// The values that its children can wait for; `None` where nothing can be chosen.
    pub fn values(&self) -> Option<Vec<&'a str>> {
        match self.kind {
            "radio" | "select" => Some(self.choices.clone()),
            "checkbox" | "toggle" => Some(vec!["true", "false"]),
            _ => None,
        }
    }

    pub fn is_secret(&self) -> bool {
        matches!(self.kind, "secret" | "secrettextarea")
    }
}

/// Reads an item; `None` where it has no key, by which all else goes.
pub(super) fn read<'a>(node: &Node<'a>, found: &mut Findings) -> Option<Item<'a>> {
    if !node.is_object(found) {
        return None;
    }
    let key = node.required_text("key", "the name of the setting", found);
    if let Some(key) = key {
        name(node, key, found);
    }
    node.required_text("label", "what people read beside the input", found);
    let kind = node.choice("type", TYPES, found).unwrap_or_default();
    let required = node.flag("required", found);
    for text in ["placeholder", "helpKey", "parentKey", "parentValue"] {
        node.text(text, found);
    }
    for (one, other) in [("parentKey", "parentValue"), ("parentValue", "parentKey")] {
        if node.member(one).is_some() && node.member(other).is_none() {
            found.wrong(&node.at, format!("has {one} and lacks {other}: an input is shown where both are met"));
        }
    }
    let choices = match kind {
        "radio" | "select" => options(node, found),
        "keyValue" => {
            pair(node, found);
            Vec::new()
        }
        "cardList" => {
            cards(node, found);
            Vec::new()
        }
        _ => Vec::new(),
    };
    let own: &[&[&str]] = match kind {
        "radio" | "select" => &[MEMBERS, &["options"]],
        "number" => &[MEMBERS, &["min", "max"]],
        "keyValue" => &[MEMBERS, &["keyValueKey", "keyValueValue"]],
        "cardList" => &[MEMBERS, CARD_MEMBERS, CARD_FLAGS],
        _ => &[MEMBERS, &["maxlength"]],
    };
    node.only(own, found);
    Some(Item { node: node.clone(), key: key?, kind, required, choices })
}

fn name(node: &Node<'_>, key: &str, found: &mut Findings) {
    let at = format!("{}/key", node.at);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !key.starts_with(|c: char| c.is_ascii_alphabetic()) || !key.chars().all(is_name) {
        let says = "must begin with a letter and hold letters, digits, \".\", \"_\" and \"-\" only, but is";
        found.wrong(&at, format!("{says} \"{key}\""));
    }
    if RESERVED.contains(&key) || (key.starts_with("spConn") && key != STATEFUL) {
        found.wrong(&at, format!("is {key}, which the platform sets itself: choose another name"));
    }
    let ends = ["password", "secret", "token", "apikey", "privatekey"];
    let shows = ["text", "textarea"].iter().any(|kind| node.value.get("type").is_some_and(|given| given == kind));
    if shows && ends.iter().any(|end| key.to_lowercase().ends_with(end)) {
        let says = "sounds like a secret, but its type shows it to everybody: secret and secrettextarea do not";
        found.doubtful(&at, says);
    }
}

/// The values of a `radio` or `select`.
fn options<'a>(node: &Node<'a>, found: &mut Findings) -> Vec<&'a str> {
    let (mut values, mut labels) = (Vec::new(), HashSet::new());
    for option in node.filled("options", "options, each {\"label\": …, \"value\": …}", found) {
        if !option.is_object(found) {
            continue;
        }
        option.only(&[&["label", "value"]], found);
        if let Some(label) = option.required_text("label", "what people read", found)
            && !labels.insert(label)
        {
            found.doubtful(&option.at, format!("has the label \"{label}\" of another option"));
        }
        if let Some(value) = option.required_text("value", "what the connector gets", found) {
            if values.contains(&value) {
                found.wrong(&option.at, format!("has the value \"{value}\" of another option"));
            }
            values.push(value);
        }
    }
    values
}

/// The two inputs of a `keyValue`.
fn pair(node: &Node<'_>, found: &mut Findings) {
    for (side, key) in [("keyValueKey", "key"), ("keyValueValue", "value")] {
        let Some(input) = node.required(side, "an input {\"key\", \"label\", \"type\"}", found) else { continue };
        if !input.is_object(found) {
            continue;
        }
        // What the connector gets are pairs of just these names.
        input.choice("key", &[key], found);
        input.required_text("label", "what people read above the column", found);
        input.choice("type", &["text", "textarea", "secret", "number", "url"], found);
        input.flag("required", found);
        if let Some(length) = input.member("maxlength")
            && !is_count(&length)
        {
            length.must("be a whole number above 0", found);
        }
        input.only(&[&["key", "label", "type", "required", "maxlength", "placeholder", "helpKey"]], found);
    }
}

/// A whole number above 0, with quotes or without.
pub fn is_count(node: &Node<'_>) -> bool {
    let digits = node.as_text().filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()));
    let text = digits.and_then(|digits| digits.parse::<u64>().ok());
    text.or_else(|| node.value.as_u64()).is_some_and(|count| count > 0)
}

/// What a `cardList` has besides: the inputs of a card, which are a form of their own.
fn cards(node: &Node<'_>, found: &mut Findings) {
    for flag in CARD_FLAGS {
        node.flag(flag, found);
    }
    for text in ["buttonLabel", "indexKey"] {
        node.text(text, found);
    }
    let mut inputs = Vec::new();
    for menu in node.filled("subMenus", "menus, each {\"label\": …, \"items\": […]}", found) {
        if menu.is_object(found) {
            menu.required_text("label", "the menu's title", found);
            menu.only(&[&["label", "items"]], found);
            inputs.extend(menu.filled("items", "inputs", found).iter().filter_map(|input| read(input, found)));
        }
    }
    form::relations(&inputs, "card", found);
    for name in ["titleKey", "subtitleKey"] {
        if let Some(key) = node.required_text(name, "the key of an input of the card", found)
            && !inputs.iter().any(|input| input.key == key)
        {
            let keys: Vec<&str> = inputs.iter().map(|input| input.key).collect();
            let at = format!("{}/{name}", node.at);
            found.wrong(&at, format!("names no input of the card: it must be one of {}", keys.join(", ")));
        }
    }
}
