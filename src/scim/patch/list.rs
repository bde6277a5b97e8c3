//! Assignments into one multi-valued attribute, made together: each finds its element, none takes that of another, and what
//! has no element yet gets one.

use super::Assignment;
use super::assign::{Elements, known_name};
use crate::scim::attribute::sub_attribute;
use crate::scim::filter::value_matches;
use crate::scim::path::Path;
use crate::scim::resource;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, PatchPath, PatchValuePath, ValFilter};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// A list with all assignments to it made.
pub(super) struct List<'a> {
    attribute: &'a AttrPath,
    /// The elements that there were; `None` for those that are taken away.
    kept: Vec<Option<Value>>,
    created: Vec<Value>,
    /// The operations that change what was there; `None` where no path leads to just that on every server.
    changes: Option<Vec<Value>>,
    is_changed: bool,
}

/// The element in which a value stands.
struct Place<'a> {
    index: usize,
    sub: Option<&'a str>,
    /// The path that leads to just this element on every server.
    path: Option<&'a PatchValuePath>,
    /// How well the element fits: 0 where it is just the one that the assignment would make.
    rank: u8,
}

impl<'a> List<'a> {
    pub fn new<'b: 'a>(attribute: &'a AttrPath, assignments: &[&'a Assignment<'b>], resource: &Value) -> Self {
        let whole = Path::from(AttrPath { sub_attr: None, ..attribute.clone() });
        let elements: Vec<Value> = whole.values(resource).cloned().collect();
        let (several, single): (Vec<_>, Vec<_>) =
            assignments.iter().copied().partition(|assignment| matches!(assignment.value, Some(Value::Array(_))));
        let placed = placed(&single, &elements);
        let kept = elements.into_iter().map(Some).collect();
        let mut list = Self { attribute, kept, created: Vec::new(), changes: Some(Vec::new()), is_changed: false };
        let cleared = placed.iter().filter(|(assignment, _)| assignment.value.is_none());
        for place in cleared.filter_map(|(_, place)| place.as_ref()) {
            list.clear(place);
        }
        let mut set = HashSet::new();
        for (assignment, place) in &placed {
            let Some(value) = &assignment.value else { continue };
            if place.as_ref().is_none_or(|place| !list.set(place, value)) {
                list.create(&Elements::of(assignment.write), value, true);
            }
            set.extend(place.as_ref().map(|place| place.index));
        }
        for assignment in several {
            list.set_all(assignment, &set);
        }
        list.settle_primary();
        list
    }

    pub fn attribute(&self) -> &'a AttrPath {
        self.attribute
    }

    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// All elements as they are to be.
    pub fn changed(&self) -> Vec<Value> {
        self.kept.iter().flatten().chain(&self.created).cloned().collect()
    }

    /// The operations that make the list what it is to be: the whole list, where there is no other way.
    pub fn operations(&self) -> Vec<Value> {
        if !self.is_changed {
            return Vec::new();
        }
        let path = AttrPath { sub_attr: None, ..self.attribute.clone() }.to_string();
        match &self.changes {
            Some(changes) => {
                let mut operations = changes.clone();
                if !self.created.is_empty() {
                    operations.push(json!({"op": "add", "path": path, "value": self.created}));
                }
                operations
            }
            None if self.changed().is_empty() => vec![json!({"op": "remove", "path": path})],
            None => vec![json!({"op": "replace", "path": path, "value": self.changed()})],
        }
    }

    /// Notes a change of what was there.
    fn note(&mut self, operation: Option<Value>) {
        self.is_changed = true;
        self.changes = self.changes.take().zip(operation).map(|(mut changes, operation)| {
            changes.push(operation);
            changes
        });
    }

    fn clear(&mut self, place: &Place<'_>) {
        let Some(slot) = self.kept.get_mut(place.index).filter(|slot| slot.is_some()) else { return };
        let rest = without(slot.as_ref(), place.sub);
        let sub_attr = place.sub.filter(|_| rest.is_some()).map(str::to_owned);
        *slot = rest;
        let path = |path: &PatchValuePath| PatchPath::Value(PatchValuePath { sub_attr, ..path.clone() }).to_string();
        let operation = place.path.map(path).map(|path| json!({"op": "remove", "path": path}));
        self.note(operation);
    }

    /// Sets the value in its element; `false` if that is gone.
    fn set(&mut self, place: &Place<'_>, value: &Value) -> bool {
        let Some(Some(element)) = self.kept.get_mut(place.index) else { return false };
        let mut path = place.path;
        match (element, place.sub) {
            (Value::Object(members), Some(sub)) => drop(members.insert(known_name(members, sub), value.clone())),
            (plain, _) => {
                *plain = value.clone();
                path = None;
            }
        }
        let sub_attr = place.sub.map(str::to_owned);
        let path = path.map(|path| PatchPath::Value(PatchValuePath { sub_attr, ..path.clone() }).to_string());
        self.note(path.map(|path| json!({"op": "replace", "path": path, "value": value})));
        true
    }

    /// Puts the value into a new element: one that another assignment has just made, where it belongs there and may.
    fn create(&mut self, elements: &Elements<'_>, value: &Value, may_share: bool) {
        self.is_changed = true;
        let is_free = |element: &&mut Value| {
            let sub = elements.sub.unwrap_or_default();
            may_share
                && fits(elements.filter, element)
                && element.is_object()
                && resource::get(&**element, sub).is_none()
        };
        if let (Some(Value::Object(members)), Some(sub)) = (self.created.iter_mut().find(is_free), elements.sub) {
            members.insert(sub.to_owned(), value.clone());
            return;
        }
        let mut others = self.kept.iter().flatten().peekable();
        let is_plain = others.peek().is_some() && others.all(|element| !element.is_object());
        let sub = elements.sub.filter(|sub| !(is_plain && elements.filter.is_none() && is_value(sub)));
        self.created.push(element(&Elements { sub, ..*elements }, value));
    }

    /// Makes the values all that the assignment's paths lead to. `set`: the elements that single values were set in.
    fn set_all(&mut self, assignment: &Assignment<'_>, set: &HashSet<usize>) {
        let write = Elements::of(assignment.write);
        let reads = assignment.read.iter().map(Elements::of).filter(|read| is_same(read, &write));
        let reads: Vec<Elements<'_>> = reads.chain([write]).collect();
        let wanted: Vec<&Value> = assignment.value.iter().filter_map(Value::as_array).flatten().collect();
        let text = |value: &Value| resource::text(value).map(String::from);
        let mut missing: Vec<(Option<String>, &Value)> = wanted.into_iter().map(|value| (text(value), value)).collect();
        let there = |element: &Value| {
            let is_led_to = reads.iter().any(|read| fits(read.filter, element));
            at(element, write.sub).filter(|_| is_led_to).and_then(text)
        };
        self.created
            .iter()
            .filter_map(there)
            .for_each(|there| missing.retain(|(text, _)| text.as_ref() != Some(&there)));
        let wanted = missing.clone();
        for index in 0..self.kept.len() {
            let Some(slot) = self.kept.get_mut(index) else { continue };
            let Some(there) = slot.as_ref().and_then(there) else { continue };
            missing.retain(|(text, _)| text.as_ref() != Some(&there));
            if !set.contains(&index) && !wanted.iter().any(|(text, _)| text.as_ref() == Some(&there)) {
                *slot = without(slot.as_ref(), write.sub);
                self.note(None);
            }
        }
        for (_, value) in missing {
            self.create(&write, value, false);
        }
    }

    /// A list has one primary element at most (RFC 7643 §2.4): a new one takes that from the others.
    fn settle_primary(&mut self) {
        let is_primary = |element: &Value| resource::get(element, "primary").and_then(resource::boolean) == Some(true);
        let Some(last) = self.created.iter().rposition(is_primary) else { return };
        let created = self.created.iter_mut().take(last);
        for element in self.kept.iter_mut().flatten().chain(created).filter(|element| is_primary(element)) {
            if let Value::Object(members) = element {
                members.insert(known_name(members, "primary"), false.into());
            }
        }
    }
}

/// Finds for each assignment the element in which its value stands. Two never have the same value in one element: the one
/// that fits better has it, the other looks on.
fn placed<'a, 'b: 'a>(
    assignments: &[&'a Assignment<'b>],
    elements: &[Value],
) -> Vec<(&'a Assignment<'b>, Option<Place<'a>>)> {
    let mut order: Vec<_> = assignments
        .iter()
        .enumerate()
        .map(|(at, assignment)| (at, *assignment, places(assignment, elements)))
        .collect();
    order.sort_by_key(|(_, _, places)| places.first().map_or(u8::MAX, |place| place.rank));
    let mut taken = HashSet::new();
    let mut placed: Vec<_> = order
        .into_iter()
        .map(|(at, assignment, places)| {
            let key = |place: &Place<'_>| (place.index, place.sub.map(str::to_lowercase));
            let mut places = places.into_iter();
            (at, assignment, places.find(|place| taken.insert(key(place))))
        })
        .collect();
    placed.sort_by_key(|(at, ..)| *at);
    placed.into_iter().map(|(_, assignment, place)| (assignment, place)).collect()
}

/// The elements in which the value may stand, as it is read: the best first.
fn places<'a>(assignment: &'a Assignment<'_>, elements: &[Value]) -> Vec<Place<'a>> {
    let write = Elements::of(assignment.write);
    let others = assignment.others.iter().filter(|path| **path != assignment.write).map(|path| Elements::of(path));
    let others: Vec<_> = others.filter(|other| other.filter.is_some() && is_same(other, &write)).collect();
    let mut places = Vec::new();
    for path in assignment.read {
        let read = Elements::of(path);
        if !is_same(&read, &write) {
            continue;
        }
        let leads_to = |element: &Value| match read.filter {
            Some(filter) => value_matches(filter, element),
            None => at(element, read.sub).is_some() && !others.iter().any(|other| fits(other.filter, element)),
        };
        let led_to: Vec<(usize, &Value)> =
            elements.iter().enumerate().filter(|(_, element)| leads_to(element)).collect();
        for (index, element) in &led_to {
            let path = match path.parsed() {
                // A server that keeps booleans as strings may not find `primary eq true`.
                PatchPath::Value(path) if led_to.len() == 1 && !has_text_boolean(element) => Some(path),
                _ => None,
            };
            let is_its_own = write.filter.is_some_and(|filter| value_matches(filter, *element));
            let rank = if is_its_own { 0 } else { 1 + u8::from(read.filter.is_none()) };
            places.push(Place { index: *index, sub: write.sub, path, rank });
        }
    }
    places
}

/// Whether both lead to the same sub-attribute of the same list.
fn is_same(one: &Elements<'_>, other: &Elements<'_>) -> bool {
    let is_same_sub = match (one.sub, other.sub) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (one, other) => one == other,
    };
    one.is_same_list(other) && is_same_sub
}

fn fits(filter: Option<&ValFilter>, element: &Value) -> bool {
    filter.is_none_or(|filter| value_matches(filter, element))
}

/// The value in an element.
fn at<'a>(element: &'a Value, sub: Option<&str>) -> Option<&'a Value> {
    match sub {
        Some(sub) => sub_attribute(element, sub),
        None => Some(element),
    }
}

/// What is left of an element without a value: nothing without its `value`, which the rest tells of.
fn without(element: Option<&Value>, sub: Option<&str>) -> Option<Value> {
    let sub = sub.filter(|sub| !is_value(sub))?;
    let mut members = element?.as_object()?.clone();
    let name = known_name(&members, sub);
    members.shift_remove(&name);
    Some(Value::Object(members))
}

fn is_value(sub: &str) -> bool {
    sub.eq_ignore_ascii_case("value")
}

fn has_text_boolean(element: &Value) -> bool {
    element
        .as_object()
        .is_some_and(|members| members.values().any(|value| value.is_string() && resource::boolean(value).is_some()))
}

/// An element for which the conditions hold, with the value.
pub(super) fn element(elements: &Elements<'_>, value: &Value) -> Value {
    let Some(sub) = elements.sub else { return value.clone() };
    let mut members = Map::new();
    if let Some(filter) = elements.filter {
        conditions(filter, &mut members);
    }
    members.insert(known_name(&members, sub), value.clone());
    Value::Object(members)
}

/// Whether a condition is on this sub-attribute.
pub(super) fn names(filter: &ValFilter, sub: &str) -> bool {
    match filter {
        ValFilter::And(operands) | ValFilter::Or(operands) => operands.iter().any(|operand| names(operand, sub)),
        ValFilter::Not(inner) => names(inner, sub),
        ValFilter::Attr(AttrExp::Present(path) | AttrExp::Comparison(path, ..)) => path.name.eq_ignore_ascii_case(sub),
    }
}

/// The members that make `type eq "work" and primary eq true` hold.
fn conditions(filter: &ValFilter, element: &mut Map<String, Value>) {
    match filter {
        ValFilter::And(operands) => operands.iter().for_each(|operand| conditions(operand, element)),
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, value)) => {
            let value = match value {
                CompValue::Str(text) => json!(text),
                CompValue::Number(number) => json!(number),
                CompValue::True => json!(true),
                CompValue::False => json!(false),
                CompValue::Null => Value::Null,
            };
            element.insert(path.name.clone(), value);
        }
        // Nothing to write makes these hold for sure; where they must, a path is not taken for writing.
        ValFilter::Attr(_) | ValFilter::Not(_) | ValFilter::Or(_) => {}
    }
}
