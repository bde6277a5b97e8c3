//! Resources of a list, read without memory of their own: texts stay where they stand in the answer, and the values of one
//! resource follow each other in one list, which the next resource uses again.

use super::scan::{Scanner, Start};
use super::view::{Json, Kind};
use crate::scim::plan::Plan;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// In an object that is read as a whole, so many members are looked through for one of the same name.
const MAX_MEMBERS: usize = 256;

const ALL: &Plan = &Plan::all();

/// For a value that is no member of an object that is read as a whole.
const NO_NAME: usize = usize::MAX;

/// The values of one resource, each before those inside it.
#[derive(Default)]
pub struct Tape<'a> {
    entries: Vec<Entry<'a>>,
    /// Of each object that is read in parts, where the members in its plan stand; 0 for those that it has not.
    members: Vec<usize>,
    /// Of each object that is read as a whole, its members' names.
    names: Vec<&'a str>,
}

struct Entry<'a> {
    /// As far as it was read. Where anybody looks further, builds with debug assertions panic: it would look as if nothing
    /// were there.
    plan: &'a Plan,
    value: Start<'a>,
    /// Where what follows it and all inside it stands.
    end: usize,
    /// Of a member of an object that is read as a whole, where its name is; of an object that is not, where its members are.
    further: usize,
}

/// A value on a tape.
#[derive(Clone, Copy)]
pub struct Node<'v> {
    tape: &'v Tape<'v>,
    of: &'v Entry<'v>,
    /// Where the value stands on the tape.
    at: usize,
}

impl<'a> Tape<'a> {
    /// Reads the next value, as far as the plan goes, in the place of what was here before. `None` where it is not taken: for
    /// the scanner, or since a member that somebody looks at comes twice.
    pub fn read(&mut self, scanner: &mut Scanner<'a>, plan: &'a Plan) -> Option<()> {
        self.entries.clear();
        self.members.clear();
        self.names.clear();
        // A resource that is an array is none, and what is in it is not looked at.
        self.value(scanner, plan, NO_NAME, true)
    }

    /// Reads a text that is one value.
    pub fn read_all(&mut self, text: &'a str, plan: &'a Plan) -> Option<Node<'_>> {
        let mut scanner = Scanner::new(text);
        self.read(&mut scanner, plan)?;
        scanner.end()?;
        self.node()
    }

    /// A value that was read otherwise, to be looked at in the same way.
    pub fn of(value: &'a Value) -> Self {
        let mut tape = Self::default();
        tape.add(NO_NAME, value);
        tape
    }

    /// The resource.
    pub fn node(&self) -> Option<Node<'_>> {
        self.node_at(0)
    }

    fn node_at(&self, at: usize) -> Option<Node<'_>> {
        Some(Node { tape: self, of: self.entries.get(at)?, at })
    }

    fn add(&mut self, name: usize, value: &'a Value) {
        let start = match value {
            Value::Null => Start::Null,
            Value::Bool(value) => Start::Boolean(*value),
            Value::Number(number) => Start::Number(number.clone()),
            Value::String(text) => Start::Text(Cow::Borrowed(text)),
            Value::Array(_) => Start::Array,
            Value::Object(_) => Start::Object,
        };
        let at = self.put(ALL, start, name);
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| self.add(NO_NAME, element)),
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                let name = self.name(name);
                self.add(name, member);
            }),
            _ => return,
        }
        self.close(at);
    }

    /// What is looked at in an attribute is looked at in each of its elements. An array among them is a value like others.
    fn value(&mut self, scanner: &mut Scanner<'a>, plan: &'a Plan, name: usize, is_element: bool) -> Option<()> {
        match scanner.start()? {
            Start::Array => {
                let plan = if is_element { ALL } else { plan };
                let at = self.put(plan, Start::Array, name);
                let mut is_first = true;
                while scanner.element(is_first)? {
                    self.value(scanner, plan, NO_NAME, true)?;
                    is_first = false;
                }
                self.close(at);
            }
            Start::Object if plan.is_all() => self.whole_object(scanner, name)?,
            Start::Object => self.object(scanner, plan)?,
            single => drop(self.put(plan, single, name)),
        }
        Some(())
    }

    /// An object that is read in parts.
    fn object(&mut self, scanner: &mut Scanner<'a>, plan: &'a Plan) -> Option<()> {
        let members = self.members.len();
        self.members.resize(members + plan.width(), 0);
        let at = self.put(plan, Start::Object, members);
        let mut is_first = true;
        while scanner.member(is_first)? {
            is_first = false;
            let name = scanner.name()?;
            let Some((plan, number)) = plan.of_member(name) else {
                scanner.skip()?;
                continue;
            };
            let next = self.entries.len();
            if std::mem::replace(self.members.get_mut(members + number)?, next) != 0 {
                return None;
            }
            self.value(scanner, plan, NO_NAME, false)?;
        }
        self.close(at);
        Some(())
    }

    fn whole_object(&mut self, scanner: &mut Scanner<'a>, name: usize) -> Option<()> {
        let at = self.put(ALL, Start::Object, name);
        let mut is_first = true;
        while scanner.member(is_first)? {
            is_first = false;
            let name = scanner.name()?;
            if self.may_have(at, name) {
                return None;
            }
            let name = self.name(name);
            self.value(scanner, ALL, name, false)?;
        }
        self.close(at);
        Some(())
    }

    fn put(&mut self, plan: &'a Plan, value: Start<'a>, further: usize) -> usize {
        let at = self.entries.len();
        self.entries.push(Entry { plan, value, end: at + 1, further });
        at
    }

    fn name(&mut self, name: &'a str) -> usize {
        self.names.push(name);
        self.names.len() - 1
    }

    fn close(&mut self, at: usize) {
        let end = self.entries.len();
        if let Some(entry) = self.entries.get_mut(at) {
            entry.end = end;
        }
    }

    /// Whether the object at this place, which is read as a whole, has a member of this name; where it has too many to tell,
    /// too.
    fn may_have(&self, object: usize, name: &str) -> bool {
        let (mut at, mut members) = (object + 1, 0);
        while let Some(entry) = self.entries.get(at) {
            members += 1;
            if self.names.get(entry.further).is_some_and(|known| *known == name) || members > MAX_MEMBERS {
                return true;
            }
            at = entry.end;
        }
        false
    }
}

impl<'v> Node<'v> {
    /// The member of that name of an object that was read as a whole; one that is spelt just so comes before others.
    fn named(self, name: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        for member in self.inside().filter(|member| member.name().len() == name.len()) {
            if member.name() == name {
                return Some(member);
            }
            if found.is_none() && member.name().eq_ignore_ascii_case(name) {
                found = Some(member);
            }
        }
        found
    }

    /// Its name in an object that was read as a whole.
    fn name(self) -> &'v str {
        self.tape.names.get(self.of.further).copied().unwrap_or_default()
    }

    /// What stands directly inside of it.
    fn inside(self) -> impl Iterator<Item = Self> {
        let (mut at, end) = (self.at + 1, self.of.end);
        std::iter::from_fn(move || {
            let node = self.tape.node_at(at).filter(|_| at < end)?;
            at = node.of.end;
            Some(node)
        })
    }

    fn check_whole(self) {
        let is_whole = !matches!(self.of.value, Start::Object) || self.of.plan.is_all();
        debug_assert!(is_whole, "an object is looked at as a whole, and some of its members alone are in the plan");
    }
}

impl<'v> Json<'v> for Node<'v> {
    fn kind(self) -> Kind<'v> {
        match &self.of.value {
            Start::Null => Kind::Null,
            Start::Boolean(value) => Kind::Boolean(*value),
            Start::Number(number) => Kind::Number(number),
            Start::Text(text) => Kind::Text(text),
            Start::Array => Kind::Array,
            Start::Object => Kind::Object,
        }
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        let is_array = matches!(self.of.value, Start::Array);
        is_array.then(|| self.inside()).into_iter().flatten()
    }

    fn member(self, name: &str) -> Option<Self> {
        if !matches!(self.of.value, Start::Object) {
            return None;
        }
        let found = match self.of.plan.of_member(name) {
            _ if self.of.plan.is_all() => self.named(name)?,
            Some((_, number)) => {
                let at = *self.tape.members.get(self.of.further + number)?;
                self.tape.node_at(at).filter(|_| at != 0)?
            }
            None => {
                debug_assert!(false, "{name} is looked at, and not in the plan");
                return None;
            }
        };
        (!matches!(found.of.value, Start::Null)).then_some(found)
    }

    fn is_empty(self) -> bool {
        self.check_whole();
        matches!(self.of.value, Start::Array | Start::Object) && self.of.end == self.at + 1
    }

    fn to_value(self) -> Value {
        self.check_whole();
        match &self.of.value {
            Start::Null => Value::Null,
            Start::Boolean(value) => Value::Bool(*value),
            Start::Number(number) => Value::Number(number.clone()),
            Start::Text(text) => Value::String(text.clone().into_owned()),
            Start::Array => self.inside().map(Self::to_value).collect(),
            Start::Object => {
                let members = self.inside().map(|member| (member.name().to_owned(), member.to_value()));
                Value::Object(members.collect::<Map<String, Value>>())
            }
        }
    }
}
