//! What the platform sends when it creates an account (`accountCreateTemplate`).

use super::item::is_count;
use super::node::{Findings, Node};
use super::outline::has_command;
use std::collections::HashSet;

/// What documentation and command line name between them.
const TYPES: &[&str] = &["string", "boolean", "int", "long", "array"];
const ID_GENERATOR: &str = "Create Unique Account ID";
const GENERATORS: &[&str] = &["Create Password", ID_GENERATOR];

/// A field with its key.
pub struct Field<'a> {
    pub node: Node<'a>,
    pub key: &'a str,
}

pub(super) fn check<'a>(spec: &Node<'a>, found: &mut Findings) -> Vec<Field<'a>> {
    let Some(template) = spec.member("accountCreateTemplate") else {
        if has_command(spec, "std:account:create") {
            found.wrong("", "lacks \"accountCreateTemplate\", which std:account:create needs");
        }
        return Vec::new();
    };
    if !template.is_object(found) {
        return Vec::new();
    }
    template.only(&[&["fields"]], found);
    let mut seen = HashSet::new();
    let fields = template.filled("fields", "the attributes of a new account", found);
    let fields: Vec<Field<'a>> = fields.iter().filter_map(|node| field(node, found)).collect();
    for field in fields.iter().filter(|field| !seen.insert(field.key)) {
        found.wrong(&format!("{}/key", field.node.at), format!("is {}, as that of another field", field.key));
    }
    fields
}

fn field<'a>(node: &Node<'a>, found: &mut Findings) -> Option<Field<'a>> {
    if !node.is_object(found) {
        return None;
    }
    let key = node.required_text("key", "the name of the attribute", found);
    node.required_text("label", "what people read", found);
    if let Some(kind @ ("int" | "long")) = node.choice("type", TYPES, found) {
        let says = format!("is {kind}, for which the platform's command line makes no value when it checks creations");
        found.doubtful(&format!("{}/type", node.at), says);
    }
    node.flag("required", found);
    node.only(&[&["key", "label", "type", "required", "initialValue"]], found);
    if let Some(value) = node.member("initialValue")
        && value.is_object(found)
    {
        initial(&value, found);
    }
    Some(Field { node: node.clone(), key: key? })
}

fn initial(value: &Node<'_>, found: &mut Findings) {
    value.only(&[&["type", "attributes"]], found);
    let kind = value.choice("type", &["identityAttribute", "generator", "static"], found);
    let attributes = value.required("attributes", "what the type needs: a name, a value or a template", found);
    let Some(attributes) = attributes.filter(|attributes| attributes.is_object(found)) else { return };
    match kind {
        Some("identityAttribute") => {
            attributes.required_text("name", "the name of an identity attribute", found);
            attributes.only(&[&["name"]], found);
        }
        Some("static") => {
            if let Some(value) = attributes.required("value", "the value", found)
                && !(value.value.is_string() || value.value.is_boolean() || value.value.is_number())
            {
                value.must("be a text, a number, true or false", found);
            }
            attributes.only(&[&["value"]], found);
        }
        Some("generator") => {
            if attributes.choice("name", GENERATORS, found) == Some(ID_GENERATOR) {
                unique_id(&attributes, found);
            }
            attributes.only(&[&["name", "template", "maxSize", "maxUniqueChecks"]], found);
        }
        _ => {}
    }
}

fn unique_id(attributes: &Node<'_>, found: &mut Findings) {
    let at = format!("{}/template", attributes.at);
    let example = "a template such as \"$(firstname).$(lastname)$(uniqueCounter)\"";
    if let Some(template) = attributes.required_text("template", example, found) {
        let variables: Vec<&str> =
            template.split("$(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect();
        if template.matches('$').count() != variables.len() || variables.contains(&"") {
            found.wrong(&at, format!("must have its variables as $(name), but is \"{template}\""));
        } else if !variables.contains(&"uniqueCounter") {
            found.doubtful(&at, "has no $(uniqueCounter): the second person of the same name gets no account");
        }
    }
    for name in ["maxSize", "maxUniqueChecks"] {
        if let Some(number) = attributes.member(name)
            && !is_count(&number)
        {
            number.must("be a whole number above 0", found);
        }
    }
}
