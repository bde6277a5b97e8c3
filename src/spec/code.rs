//! Where the specification and this connector's code differ: commands, settings and their choices, attributes.
//!
//! What a setting may be, the settings' own parser is asked.

use super::form::Form;
use super::initial;
use super::item::STATEFUL;
use super::node::{Findings, Node};
use super::outline::COMMANDS;
use super::schemas::{Attribute, Schemas};
use super::template::Field;
use crate::config::{Config, KEYS};
use crate::mapping::table::{self, ATTRIBUTES, ENTITLEMENT, GROUP, GROUPS};
use crate::product;
use crate::protocol::Command;
use crate::scim::provider::PROFILES;
use serde_json::{Map, Value};

pub(super) fn check(
    spec: &Node<'_>,
    form: &Form<'_>,
    schemas: &Schemas<'_>,
    fields: &[Field<'_>],
    found: &mut Findings,
) {
    outline(spec, found);
    settings(form, found);
    values(spec, form, found);
    attributes(spec, schemas, found);
    for field in fields.iter().filter(|field| !is_written(field.key)) {
        let says = format!("is {}, which the code does not write (mapping/table.rs)", field.key);
        found.differs(&format!("{}/key", field.node.at), says);
    }
}

fn outline(spec: &Node<'_>, found: &mut Findings) {
    let text = |name: &str| spec.member(name).and_then(|member| member.as_text());
    if let Some(name) = text("name").filter(|name| *name != product::NAME) {
        found.differs("/name", format!("is {name}, but the code's name is {} (product.rs, Cargo.toml)", product::NAME));
    }
    if text("keyType") == Some("compound") {
        found.differs("/keyType", "is compound, but the code's keys are simple");
    }
    if spec.value.get("supportsStatefulCommands").is_some_and(|flag| flag == true) {
        found.differs("/supportsStatefulCommands", "is true, but the code keeps no state of lists");
    }
    let Some(commands) = spec.value.get("commands").and_then(Value::as_array) else { return };
    for (index, name) in commands.iter().enumerate().filter_map(|(index, name)| Some((index, name.as_str()?))) {
        if COMMANDS.contains(&name) && Command::from_name(name).is_none() {
            found.differs(&format!("/commands/{index}"), format!("is {name}, which the code does not carry out"));
        }
    }
    for command in Command::ALL.iter().filter(|command| !commands.iter().any(|name| name == command.name())) {
        found.differs("/commands", format!("lacks {}, which the code carries out", command.name()));
    }
}

fn settings(form: &Form<'_>, found: &mut Findings) {
    for item in form.0.iter().filter(|item| !KEYS.contains(&item.key) && item.key != STATEFUL) {
        let says = format!("is {}, which the code does not read (config::KEYS)", item.key);
        found.differs(&format!("{}/key", item.node.at), says);
    }
    for key in KEYS.iter().filter(|key| form.item(key).is_none()) {
        found.differs("/sourceConfig", format!("lacks {key}, which the code reads"));
    }
    for item in &form.0 {
        for (index, choice) in item.choices.iter().enumerate() {
            if let Some(says) = refusal(item.key, &Value::from(*choice)) {
                found.differs(&format!("{}/options/{index}/value", item.node.at), says);
            }
        }
    }
    if let Some(item) = form.item("provider") {
        for profile in PROFILES.iter().filter(|profile| !item.choices.contains(&profile.name)) {
            found.differs(&format!("{}/options", item.node.at), format!("lack the provider {}", profile.name));
        }
    }
}

fn values(spec: &Node<'_>, form: &Form<'_>, found: &mut Findings) {
    // What is wrong with their shape is said where they are checked.
    for (key, value) in initial::values(spec, &mut Findings::default()) {
        let is_choice = form.item(key).is_some_and(|item| !item.choices.is_empty());
        if !is_choice && let Some(says) = refusal(key, value.value) {
            found.differs(&value.at, says);
        }
    }
}

/// What the code says against this value, whatever else is set. That something else is missing is no fault of the value's.
fn refusal(key: &str, value: &Value) -> Option<String> {
    let settings = Map::from_iter([(key.to_owned(), value.clone())]);
    let problems = Config::parse(&settings).err()?.problems;
    let problem = problems.into_iter().find(|problem| problem.key == key && !problem.says.starts_with("is missing"))?;
    Some(format!("is refused by the code: it {}", problem.says))
}

fn attributes(spec: &Node<'_>, schemas: &Schemas<'_>, found: &mut Findings) {
    for attribute in &schemas.account {
        self::attribute(attribute, found);
    }
    let has = |name: &str| schemas.account.iter().any(|attribute| attribute.name == name);
    for attribute in ATTRIBUTES.iter().filter(|attribute| !has(attribute.name)) {
        let says = format!("lack {}, which the code reads (mapping/table.rs)", attribute.name);
        found.differs("/accountSchema/attributes", says);
    }
    for (member, name) in [("identityAttribute", "id"), ("groupAttribute", GROUPS)] {
        let given = spec.member("accountSchema").and_then(|schema| schema.member(member));
        if let Some(given) = given.filter(|given| given.value.is_string() && given.value != name) {
            found.differs(&given.at, format!("must be {name}, by which the code goes"));
        }
    }
    for schema in schemas.entitlements.iter().filter(|schema| ![GROUP, ENTITLEMENT].contains(&schema.kind)) {
        let says = format!("is {}, of which the code lists no entitlements ({GROUP}, {ENTITLEMENT})", schema.kind);
        found.differs(&format!("{}/type", schema.node.at), says);
    }
    for kind in [GROUP, ENTITLEMENT] {
        if !schemas.entitlements.iter().any(|schema| schema.kind == kind) {
            found.differs("/entitlementSchemas", format!("lacks the type {kind}, which the code lists"));
        }
    }
}

fn attribute(given: &Attribute<'_>, found: &mut Findings) {
    let at = |member: &str| format!("{}/{member}", given.node.at);
    let Some(known) = ATTRIBUTES.iter().find(|known| known.name == given.name) else {
        return found
            .differs(&at("name"), format!("is {}, which the code does not read (mapping/table.rs)", given.name));
    };
    if !given.kind.is_empty() && given.kind != known.kind.type_name() {
        found.differs(&at("type"), format!("is {}, but the code sends {}", given.kind, known.kind.type_name()));
    }
    if given.multi != known.kind.is_multi() {
        let sends = if known.kind.is_multi() { "an array" } else { "one value" };
        found.differs(&given.node.at, format!("has \"multi\": {}, but the code sends {sends}", given.multi));
    }
    // An attribute that names no type holds groups.
    let of = given.entitlement.then(|| given.of.unwrap_or(GROUP));
    if of != known.entitlement {
        let named = |of: Option<&str>| of.map_or_else(|| "no entitlements".to_owned(), |of| format!("the type {of}"));
        let says = format!("holds {}, but in the code it holds {}", named(of), named(known.entitlement));
        found.differs(&given.node.at, says);
    }
    if given.writable && !is_written(given.name) {
        found.differs(&at("writable"), "is true, but the code does not write this attribute (mapping/table.rs)");
    }
}

/// Whether the code writes the attribute.
fn is_written(name: &str) -> bool {
    table::column(name).is_some_and(|column| column.write.is_some())
}
