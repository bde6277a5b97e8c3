//! The form that an administrator fills in (`sourceConfig`): menus, their sections, and how the items hang together.

use super::item::{self, Item, STATEFUL};
use super::node::{Findings, Node};
use std::collections::HashSet;

/// The form's items, in their order, as far as they could be read.
pub struct Form<'a>(pub Vec<Item<'a>>);

impl<'a> Form<'a> {
    pub fn item(&self, key: &str) -> Option<&Item<'a>> {
        self.0.iter().find(|item| item.key == key)
    }
}

pub(super) fn check<'a>(spec: &Node<'a>, found: &mut Findings) -> Form<'a> {
    let mut items = Vec::new();
    for menu in spec.filled("sourceConfig", "menus, each {\"type\": \"menu\", \"label\": …, \"items\": […]}", found)
    {
        if !menu.is_object(found) {
            continue;
        }
        menu.choice("type", &["menu"], found);
        menu.required_text("label", "the menu's title", found);
        menu.only(&[&["type", "label", "items"]], found);
        for section in menu.filled("items", "sections", found) {
            items.extend(self::section(&section, found));
        }
    }
    relations(&items, "form", found);
    stateful(spec, &items, found);
    Form(items)
}

fn section<'a>(section: &Node<'a>, found: &mut Findings) -> Vec<Item<'a>> {
    if !section.is_object(found) {
        return Vec::new();
    }
    section.choice("type", &["section"], found);
    section.required_text("sectionTitle", "the section's title", found);
    for text in ["sectionHelpMessage", "docLinkLabel"] {
        section.text(text, found);
    }
    if let Some(link) = section.text("docLink", found)
        && !(link.starts_with("https://") || link.starts_with("http://"))
    {
        found.wrong(&format!("{}/docLink", section.at), format!("must be a URL, but is \"{link}\""));
    }
    section.only(&[&["type", "sectionTitle", "sectionHelpMessage", "docLinkLabel", "docLink", "items"]], found);
    section.filled("items", "inputs", found).iter().filter_map(|node| item::read(node, found)).collect()
}

/// The keys of one form or card, and what its items wait for.
pub(super) fn relations(items: &[Item<'_>], of: &str, found: &mut Findings) {
    let mut seen = HashSet::new();
    for item in items {
        if !seen.insert(item.key) {
            found.wrong(&format!("{}/key", item.node.at), format!("is {}, as that of another input", item.key));
        }
        let text = |name: &str| item.node.member(name).and_then(|member| member.as_text());
        if let (Some(parent), Some(value)) = (text("parentKey"), text("parentValue")) {
            self::parent(item, parent, value, items, of, found);
        }
    }
}

fn parent(item: &Item<'_>, key: &str, value: &str, items: &[Item<'_>], of: &str, found: &mut Findings) {
    let at = format!("{}/parentKey", item.node.at);
    let Some(parent) = items.iter().find(|other| other.key == key) else {
        return found.wrong(&at, format!("is {key}, which is no input of the {of}: this one is never shown"));
    };
    match parent.values() {
        // What is wrong with the parent is said there.
        None if parent.kind.is_empty() => {}
        Some(values) if values.is_empty() => {}
        None => {
            let says = format!("is {key}, a {}: it must be a select, radio, toggle or checkbox", parent.kind);
            found.wrong(&at, says);
        }
        Some(values) if values.contains(&value) => {}
        Some(values) => {
            let says = format!("must be one value of {key} ({}), but is \"{value}\"", values.join(", "));
            found.wrong(&format!("{}/parentValue", item.node.at), says);
        }
    }
    if waits_for_itself(item, items) {
        found.wrong(&at, "leads back to this input: it is never shown");
    } else if item.required && parent.node.member("parentKey").is_some() {
        let says = format!("makes required what is hidden with {key}, which keeps its value when it is hidden itself");
        found.doubtful(&format!("{}/required", item.node.at), says);
    }
}

fn waits_for_itself(item: &Item<'_>, items: &[Item<'_>]) -> bool {
    let parent_of = |item: &Item<'_>| {
        let key = item.node.member("parentKey")?.as_text()?;
        items.iter().find(|other| other.key == key)
    };
    let ancestors = std::iter::successors(parent_of(item), |ancestor| parent_of(ancestor));
    // No chain is longer than there are items, unless it is a ring.
    ancestors.take(items.len()).any(|ancestor| ancestor.key == item.key)
}

/// The platform sends state only if the form has the switch for it.
fn stateful(spec: &Node<'_>, items: &[Item<'_>], found: &mut Findings) {
    let supports = spec.value.get("supportsStatefulCommands").is_some_and(|flag| flag == true);
    let switch = items.iter().find(|item| item.key == STATEFUL);
    match switch {
        None if supports => {
            let says = format!("is true, but the form has no checkbox {STATEFUL}: lists get no state without it");
            found.wrong("/supportsStatefulCommands", says);
        }
        Some(item) if !supports => {
            let says = "switches state on, which needs \"supportsStatefulCommands\": true";
            found.wrong(&format!("{}/key", item.node.at), says);
        }
        _ => {}
    }
}
