//! What accounts and entitlements look like (`accountSchema`, `entitlementSchemas`): each name meets an attribute.

use super::node::{Findings, Node};
use super::outline::has_command;
use std::collections::HashSet;

const TYPES: &[&str] = &["string", "boolean", "int", "long"];
const FLAGS: [&str; 5] = ["multi", "entitlement", "writable", "managed", "required"];

/// The schemas as far as they could be read.
pub struct Schemas<'a> {
    /// The attributes of accounts.
    pub account: Vec<Attribute<'a>>,
    pub entitlements: Vec<Entitlements<'a>>,
}

/// An attribute of an account or entitlement.
pub struct Attribute<'a> {
    pub node: Node<'a>,
    pub name: &'a str,
    /// One of the types; empty where it is none.
    pub kind: &'a str,
    pub multi: bool,
    pub entitlement: bool,
    pub writable: bool,
    /// The entitlement type whose identities it holds.
    pub of: Option<&'a str>,
}

/// The schema of one entitlement type.
pub struct Entitlements<'a> {
    pub node: Node<'a>,
    pub kind: &'a str,
}

pub(super) fn check<'a>(spec: &Node<'a>, found: &mut Findings) -> Schemas<'a> {
    let schemas = spec.required("entitlementSchemas", "the entitlement types, or [] where there are none", found);
    let nodes = schemas.map_or_else(Vec::new, |schemas| schemas.elements(found));
    let entitlements: Vec<_> = nodes.iter().filter_map(|node| entitlements(node, found)).collect();
    kinds(spec, &entitlements, found);
    let account = match spec.required("accountSchema", "the schema of accounts", found) {
        Some(schema) if schema.is_object(found) => account(&schema, &entitlements, found),
        _ => Vec::new(),
    };
    for kind in entitlements.iter().filter(|one| !account.iter().any(|attribute| holds(attribute, one.kind))) {
        let says = format!("is {}, whose identities no attribute of accounts holds", kind.kind);
        found.doubtful(&format!("{}/type", kind.node.at), says);
    }
    Schemas { account, entitlements }
}

/// Whether the attribute holds identities of that entitlement type. Where it names none, it is the group.
fn holds(attribute: &Attribute<'_>, kind: &str) -> bool {
    attribute.entitlement && attribute.of.unwrap_or("group") == kind
}

fn entitlements<'a>(node: &Node<'a>, found: &mut Findings) -> Option<Entitlements<'a>> {
    if !node.is_object(found) {
        return None;
    }
    let kind = node.required_text("type", "the name of the entitlement type", found);
    node.flag("includePermissions", found);
    let attributes = attributes(node, &["name", "type", "description", "multi", "required"], found);
    node.only(
        &[&[
            "type",
            "displayAttribute",
            "identityAttribute",
            "attributes",
            "includePermissions",
            "descriptionAttribute",
        ]],
        found,
    );
    names(
        node,
        &attributes,
        &[("identityAttribute", true), ("displayAttribute", true), ("descriptionAttribute", false)],
        found,
    );
    Some(Entitlements { node: node.clone(), kind: kind? })
}

fn kinds(spec: &Node<'_>, schemas: &[Entitlements<'_>], found: &mut Findings) {
    let mut seen = HashSet::new();
    for schema in schemas.iter().filter(|schema| !seen.insert(schema.kind)) {
        found.wrong(&format!("{}/type", schema.node.at), format!("is {}, as that of another schema", schema.kind));
    }
    match schemas.first() {
        Some(first) if first.kind != "group" => {
            let says = format!("must be group, since the first type is the group, but is \"{}\"", first.kind);
            found.wrong(&format!("{}/type", first.node.at), says);
        }
        None if has_command(spec, "std:entitlement:list") => {
            found.doubtful("/entitlementSchemas", "has no type, though std:entitlement:list is among the commands");
        }
        _ => {}
    }
}

fn account<'a>(schema: &Node<'a>, kinds: &[Entitlements<'_>], found: &mut Findings) -> Vec<Attribute<'a>> {
    schema.only(&[&["displayAttribute", "identityAttribute", "groupAttribute", "attributes"]], found);
    let attributes =
        attributes(schema, &[&["name", "type", "description", "schemaObjectType"][..], &FLAGS].concat(), found);
    names(schema, &attributes, &[("identityAttribute", true), ("displayAttribute", true)], found);
    for attribute in &attributes {
        self::attribute(attribute, kinds, found);
    }
    group(schema, &attributes, found);
    attributes
}

/// The attributes of a schema.
fn attributes<'a>(schema: &Node<'a>, members: &[&str], found: &mut Findings) -> Vec<Attribute<'a>> {
    let (mut attributes, mut seen) = (Vec::new(), HashSet::new());
    for node in schema.filled("attributes", "attributes, each {\"name\", \"type\", \"description\"}", found) {
        if !node.is_object(found) {
            continue;
        }
        node.only(&[members], found);
        let name = node.required_text("name", "the attribute's name", found);
        let kind = node.choice("type", TYPES, found).unwrap_or_default();
        node.required_text("description", "a sentence for those who look at the schema", found);
        if kind == "long" {
            let says = "is long, which the checks of the platform's command line refuse: take int";
            found.doubtful(&format!("{}/type", node.at), says);
        }
        let [multi, entitlement, writable, _, _] = FLAGS.map(|flag| node.flag(flag, found));
        let of = node.text("schemaObjectType", found);
        let Some(name) = name else { continue };
        if name.trim() != name {
            found.wrong(&format!("{}/name", node.at), "must not begin or end with a blank");
        }
        if !seen.insert(name.to_lowercase()) {
            found.wrong(&format!("{}/name", node.at), format!("is {name}, as that of another attribute"));
        }
        attributes.push(Attribute { node, name, kind, multi, entitlement, writable, of });
    }
    attributes
}

/// The members of a schema that name attributes, and whether they must be there.
fn names(schema: &Node<'_>, attributes: &[Attribute<'_>], members: &[(&str, bool)], found: &mut Findings) {
    for (member, is_required) in members {
        let name = if *is_required {
            schema.required_text(member, "the name of an attribute", found)
        } else {
            schema.text(member, found)
        };
        let at = format!("{}/{member}", schema.at);
        match name.map(|name| (name, attributes.iter().find(|attribute| attribute.name == name))) {
            Some((name, None)) => found.wrong(&at, format!("is {name}, which is none of the schema's attributes")),
            Some((name, Some(attribute))) if attribute.multi || !matches!(attribute.kind, "string" | "") => {
                found.wrong(&at, format!("is {name}, which is no single string"));
            }
            _ => {}
        }
    }
}

fn attribute(attribute: &Attribute<'_>, kinds: &[Entitlements<'_>], found: &mut Findings) {
    let at = |member: &str| format!("{}/{member}", attribute.node.at);
    let is_text = matches!(attribute.kind, "string" | "");
    if attribute.name == "password" {
        found.wrong(
            &at("name"),
            "is password, which accounts must never show: it belongs into the create template only",
        );
    }
    if attribute.writable && (attribute.multi || attribute.entitlement || !is_text) {
        let says = "must not be true here: the platform's command line sets what is writable to any string, \
                    so it is for single strings that hold no entitlements";
        found.wrong(&at("writable"), says);
    }
    if attribute.entitlement && !is_text {
        found.wrong(&at("type"), format!("must be string, since it holds identities, but is {}", attribute.kind));
    }
    match (attribute.of, attribute.entitlement) {
        (Some(_), false) => found.wrong(&at("schemaObjectType"), "needs \"entitlement\": true beside it"),
        (Some(kind), true) if !kinds.iter().any(|known| known.kind == kind) => {
            let known: Vec<&str> = kinds.iter().map(|known| known.kind).collect();
            let says =
                format!("names no entitlement schema: it must be one of {}, but is \"{kind}\"", known.join(", "));
            found.wrong(&at("schemaObjectType"), says);
        }
        (None, true) if kinds.len() > 1 => {
            let says = "lacks \"schemaObjectType\", without which it holds groups";
            found.doubtful(&attribute.node.at, says);
        }
        _ => {}
    }
    if !attribute.entitlement && attribute.node.value.get("managed").is_some_and(|managed| managed == true) {
        found.doubtful(&at("managed"), "says that entitlements can be changed, but this attribute holds none");
    }
}

/// The attribute that holds an account's groups.
fn group(schema: &Node<'_>, attributes: &[Attribute<'_>], found: &mut Findings) {
    let first = attributes.iter().find(|attribute| attribute.entitlement);
    let Some(name) = schema.text("groupAttribute", found) else {
        if let Some(first) = first
            && schema.member("groupAttribute").is_none()
        {
            found.wrong(&schema.at, format!("lacks \"groupAttribute\": {} holds entitlements", first.name));
        }
        return;
    };
    let at = format!("{}/groupAttribute", schema.at);
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) else {
        return found.wrong(&at, format!("is {name}, which is none of the schema's attributes"));
    };
    if !attribute.entitlement || !attribute.multi {
        found.wrong(&at, format!("is {name}, which must have \"entitlement\": true and \"multi\": true"));
    } else if let Some(first) = first
        && first.name != name
    {
        let says = format!(
            "is {name}, but {} stands before it: the platform's command line takes the first that holds entitlements",
            first.name
        );
        found.wrong(&at, says);
    }
    if let Some(kind) = attribute.of.filter(|kind| *kind != "group") {
        found.wrong(
            &format!("{}/schemaObjectType", attribute.node.at),
            format!("must be group here, but is \"{kind}\""),
        );
    }
}
