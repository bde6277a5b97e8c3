//! Where the specification and the code that is to do what it says differ: commands, settings and their choices,
//! attributes. What a setting may be, the settings' own parser is asked.

use super::form::Form;
use super::initial;
use super::node::{Findings, Node};
use super::outline::COMMANDS;
use super::schemas::{Attribute, Schemas};
use super::template::Field;
use crate::config::{Config, KEYS};
use crate::mapping::table::{ENTITLEMENT, GROUP, GROUPS, Table};
use crate::product;
use crate::protocol::Command;
use crate::scim::provider::Profiles;
use serde_json::{Map, Value};

/// The setting whose choices are [`Code::providers`].
const PROVIDER: &str = "provider";

/// What a connector's code does, as far as a specification says it too.
#[derive(Debug, Clone)]
pub struct Code {
    pub name: String,
    /// By their names on the wire.
    pub commands: Vec<String>,
    /// The keys of a source's settings.
    pub settings: Vec<String>,
    /// What `provider` may be.
    pub providers: Vec<String>,
    pub attributes: Vec<CodeAttribute>,
    /// Those that a specification may leave out: providers' profiles bring them.
    pub further_attributes: Vec<CodeAttribute>,
    pub entitlement_types: Vec<String>,
    /// Types that a specification may leave out: providers' profiles bring them.
    pub further_types: Vec<String>,
}

/// An attribute of accounts.
#[derive(Debug, Clone)]
pub struct CodeAttribute {
    pub name: String,
    /// The platform's word for the type of one value.
    pub type_name: String,
    pub is_multi: bool,
    /// The entitlement type whose identities it holds.
    pub entitlement: Option<String>,
    pub is_read: bool,
    pub is_written: bool,
}

impl Code {
    /// This crate's. One that is built upon it adds its own.
    pub fn own() -> Self {
        Self::of(product::NAME, &Table::built_in(), &Profiles::built_in())
    }

    /// This crate's with another name, other attributes and providers.
    pub fn of(name: &str, table: &Table, profiles: &Profiles) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let attributes = table.columns().iter().map(|column| CodeAttribute {
            name: column.name.clone(),
            type_name: column.kind.type_name().to_owned(),
            is_multi: column.is_multi,
            entitlement: column.entitlement.clone(),
            is_read: column.is_shown(),
            is_written: column.write.is_some(),
        });
        let attributes: Vec<CodeAttribute> = attributes.collect();
        let (further_attributes, further_types) = further(&attributes, profiles);
        Self {
            name: name.to_owned(),
            commands: Command::ALL.iter().map(|command| command.name().to_owned()).collect(),
            settings: owned(KEYS),
            providers: profiles.iter().map(|profile| profile.name.clone()).collect(),
            attributes,
            further_attributes,
            entitlement_types: owned(&[GROUP, ENTITLEMENT]),
            further_types,
        }
    }

    fn reads(&self) -> impl Iterator<Item = &CodeAttribute> {
        self.attributes.iter().chain(&self.further_attributes).filter(|attribute| attribute.is_read)
    }

    fn writes(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.name == name && attribute.is_written)
    }

    /// What the code says against this value, whatever else is set. That something else is missing is no fault of the value's.
    fn refusal(&self, key: &str, value: &Value) -> Option<String> {
        let says = if key == PROVIDER {
            let is_known = self.providers.iter().any(|known| value == known);
            (!is_known).then(|| format!("must be one of {}", self.providers.join(", ")))?
        } else {
            let settings = Map::from_iter([(key.to_owned(), value.clone())]);
            let problems = Config::parse(&settings, &Profiles::built_in()).err()?.problems;
            problems.into_iter().find(|problem| problem.key == key && !problem.says.starts_with("is missing"))?.says
        };
        Some(format!("is refused by the code: it {says}"))
    }
}

/// The attributes, and the types of entitlements, that providers' profiles bring.
fn further(own: &[CodeAttribute], profiles: &Profiles) -> (Vec<CodeAttribute>, Vec<String>) {
    let (mut attributes, mut types): (Vec<CodeAttribute>, _) = (Vec::new(), Vec::new());
    for further in profiles.iter().flat_map(|profile| &profile.entitlement_types) {
        types.push(further.name.to_string());
        if !own.iter().chain(&attributes).any(|known| known.name == further.attribute) {
            attributes.push(CodeAttribute {
                name: further.attribute.clone(),
                type_name: "string".to_owned(),
                is_multi: true,
                entitlement: Some(further.name.to_string()),
                is_read: true,
                is_written: true,
            });
        }
    }
    (attributes, types)
}

pub(super) fn check(
    spec: &Node<'_>,
    (form, schemas, fields): (&Form<'_>, &Schemas<'_>, &[Field<'_>]),
    code: &Code,
    found: &mut Findings,
) {
    outline(spec, code, found);
    settings(form, code, found);
    values(spec, form, code, found);
    attributes(spec, schemas, code, found);
    entitlements(schemas, code, found);
    for field in fields.iter().filter(|field| !code.writes(field.key)) {
        found.differs(&format!("{}/key", field.node.at), format!("is {}, which the code does not write", field.key));
    }
}

fn outline(spec: &Node<'_>, code: &Code, found: &mut Findings) {
    let text = |name: &str| spec.member(name).and_then(|member| member.as_text());
    if let Some(name) = text("name").filter(|name| *name != code.name) {
        found.differs("/name", format!("is {name}, but the code's name is {}", code.name));
    }
    if text("keyType") == Some("compound") {
        found.differs("/keyType", "is compound, but the code's keys are simple");
    }
    if spec.value.get("supportsStatefulCommands").is_none_or(|flag| flag != true) {
        found.differs("/supportsStatefulCommands", "is not true, but the code keeps the state of lists");
    }
    let Some(commands) = spec.value.get("commands").and_then(Value::as_array) else { return };
    for (index, name) in commands.iter().enumerate().filter_map(|(index, name)| Some((index, name.as_str()?))) {
        if COMMANDS.contains(&name) && !code.commands.iter().any(|command| command == name) {
            found.differs(&format!("/commands/{index}"), format!("is {name}, which the code does not carry out"));
        }
    }
    for command in code.commands.iter().filter(|command| !commands.iter().any(|name| name == *command)) {
        found.differs("/commands", format!("lacks {command}, which the code carries out"));
    }
}

fn settings(form: &Form<'_>, code: &Code, found: &mut Findings) {
    let is_read = |key: &str| code.settings.iter().any(|known| known == key);
    for item in form.0.iter().filter(|item| !is_read(item.key)) {
        found.differs(&format!("{}/key", item.node.at), format!("is {}, which the code does not read", item.key));
    }
    for key in code.settings.iter().filter(|key| form.item(key).is_none()) {
        found.differs("/sourceConfig", format!("lacks {key}, which the code reads"));
    }
    for item in &form.0 {
        for (index, choice) in item.choices.iter().enumerate() {
            if let Some(says) = code.refusal(item.key, &Value::from(*choice)) {
                found.differs(&format!("{}/options/{index}/value", item.node.at), says);
            }
        }
    }
    if let Some(item) = form.item(PROVIDER) {
        for provider in code.providers.iter().filter(|provider| !item.choices.contains(&provider.as_str())) {
            found.differs(&format!("{}/options", item.node.at), format!("lack the provider {provider}"));
        }
    }
}

fn values(spec: &Node<'_>, form: &Form<'_>, code: &Code, found: &mut Findings) {
    // What is wrong with their shape is said where they are checked.
    for (key, value) in initial::values(spec, &mut Findings::default()) {
        let is_choice = form.item(key).is_some_and(|item| !item.choices.is_empty());
        if !is_choice && let Some(says) = code.refusal(key, value.value) {
            found.differs(&value.at, says);
        }
    }
}

fn attributes(spec: &Node<'_>, schemas: &Schemas<'_>, code: &Code, found: &mut Findings) {
    for given in &schemas.account {
        if let Some(known) = code.reads().find(|known| known.name == given.name) {
            attribute(given, known, found);
        } else {
            let says = format!("is {}, which the code does not read", given.name);
            found.differs(&format!("{}/name", given.node.at), says);
        }
    }
    let has = |name: &str| schemas.account.iter().any(|attribute| attribute.name == name);
    for attribute in code.attributes.iter().filter(|attribute| attribute.is_read && !has(&attribute.name)) {
        found.differs("/accountSchema/attributes", format!("lack {}, which the code reads", attribute.name));
    }
    for (member, name) in [("identityAttribute", "id"), ("groupAttribute", GROUPS)] {
        let given = spec.member("accountSchema").and_then(|schema| schema.member(member));
        if let Some(given) = given.filter(|given| given.value.is_string() && given.value != name) {
            found.differs(&given.at, format!("must be {name}, by which the code goes"));
        }
    }
}

fn attribute(given: &Attribute<'_>, known: &CodeAttribute, found: &mut Findings) {
    let at = |member: &str| format!("{}/{member}", given.node.at);
    if !given.kind.is_empty() && given.kind != known.type_name {
        found.differs(&at("type"), format!("is {}, but the code sends {}", given.kind, known.type_name));
    }
    if given.multi != known.is_multi {
        let sends = if known.is_multi { "an array" } else { "one value" };
        found.differs(&given.node.at, format!("has \"multi\": {}, but the code sends {sends}", given.multi));
    }
    // An attribute that names no type holds groups.
    let of = given.entitlement.then(|| given.of.unwrap_or(GROUP));
    if of != known.entitlement.as_deref() {
        let named = |of: Option<&str>| of.map_or_else(|| "no entitlements".to_owned(), |of| format!("the type {of}"));
        let says = format!("holds {}, but in the code it holds {}", named(of), named(known.entitlement.as_deref()));
        found.differs(&given.node.at, says);
    }
    if given.writable && !known.is_written {
        found.differs(&at("writable"), "is true, but the code does not write this attribute");
    }
}

fn entitlements(schemas: &Schemas<'_>, code: &Code, found: &mut Findings) {
    let types = &code.entitlement_types;
    let is_known = |kind: &str| types.iter().chain(&code.further_types).any(|known| known == kind);
    for schema in schemas.entitlements.iter().filter(|schema| !is_known(schema.kind)) {
        let says = format!("is {}, of which the code lists no entitlements ({})", schema.kind, types.join(", "));
        found.differs(&format!("{}/type", schema.node.at), says);
    }
    for kind in types.iter().filter(|kind| !schemas.entitlements.iter().any(|schema| schema.kind == **kind)) {
        found.differs("/entitlementSchemas", format!("lacks the type {kind}, which the code lists"));
    }
}
