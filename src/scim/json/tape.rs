//! Resources of a list, read without memory of their own: texts stay where they stand in the answer, and the values of one
//! resource follow each other in one list, which the next resource uses again.

use super::view::{Json, Kind};
use crate::scim::plan::Plan;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::fmt;

/// In an object that is read as a whole, so many members are looked through for one of the same name.
const MAX_MEMBERS: usize = 256;

/// A value that nobody looks at and that is nested deeper is left to the reader that reads all: it tells what is too deep.
const MAX_DEPTH: usize = 64;

const ALL: &Plan = &Plan::all();

/// The values of one resource, each before those inside it.
#[derive(Default)]
pub struct Tape<'a>(Vec<Entry<'a>>);

struct Entry<'a> {
    /// As far as it was read. Where anybody looks further, builds with debug assertions panic: it would look as if nothing
    /// were there.
    plan: &'a Plan,
    /// Empty but for members.
    name: Cow<'a, str>,
    value: Held<'a>,
    /// Where what follows it and all inside it stands.
    end: usize,
}

enum Held<'a> {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Cow<'a, str>),
    Array,
    Object,
}

/// A value on a tape.
#[derive(Clone, Copy)]
pub struct Node<'v> {
    /// From the value on.
    tape: &'v [Entry<'v>],
    of: &'v Entry<'v>,
    /// Where the value stands on the whole tape.
    at: usize,
}

impl<'a> Tape<'a> {
    /// What reads, as far as the plan goes, a resource in the place of the one before. It fails also where all that is
    /// unusual is that a member comes twice.
    pub fn next(&mut self, plan: &'a Plan) -> Seed<'_, 'a> {
        self.0.clear();
        Seed { plan, tape: self, name: Cow::Borrowed(""), is_element: false }
    }

    /// A value that was read otherwise, to be looked at in the same way.
    pub fn of(value: &'a Value) -> Self {
        let mut tape = Self::default();
        tape.add("", value);
        tape
    }

    /// The resource.
    pub fn node(&self) -> Option<Node<'_>> {
        Some(Node { tape: &self.0, of: self.0.first()?, at: 0 })
    }

    fn add(&mut self, name: &'a str, value: &'a Value) {
        let held = match value {
            Value::Null => Held::Null,
            Value::Bool(value) => Held::Boolean(*value),
            Value::Number(number) => Held::Number(number.clone()),
            Value::String(text) => Held::Text(Cow::Borrowed(text)),
            Value::Array(_) => Held::Array,
            Value::Object(_) => Held::Object,
        };
        let at = self.put(ALL, Cow::Borrowed(name), held);
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| self.add("", element)),
            Value::Object(members) => members.iter().for_each(|(name, member)| self.add(name, member)),
            _ => return,
        }
        self.close(at);
    }

    fn put(&mut self, plan: &'a Plan, name: Cow<'a, str>, value: Held<'a>) -> usize {
        let at = self.0.len();
        self.0.push(Entry { plan, name, value, end: at + 1 });
        at
    }

    fn close(&mut self, at: usize) {
        let end = self.0.len();
        if let Some(entry) = self.0.get_mut(at) {
            entry.end = end;
        }
    }

    /// Whether the object at this place has a member of this name; where it has too many to tell, too.
    fn may_have(&self, object: usize, name: &str) -> bool {
        let (mut at, mut members) = (object + 1, 0);
        while let Some(entry) = self.0.get(at) {
            members += 1;
            if entry.name == name || members > MAX_MEMBERS {
                return true;
            }
            at = entry.end;
        }
        false
    }
}

impl Node<'_> {
    /// What stands directly inside of it.
    fn inside(self) -> impl Iterator<Item = Self> {
        let (mut at, end) = (self.at + 1, self.of.end);
        std::iter::from_fn(move || {
            let of = self.tape.get(at).filter(|_| at < end)?;
            let node = Self { tape: self.tape, of, at };
            at = of.end;
            Some(node)
        })
    }

    fn check_whole(self) {
        let is_whole = !matches!(self.of.value, Held::Object) || self.of.plan.is_all();
        debug_assert!(is_whole, "an object is looked at as a whole, and some of its members alone are in the plan");
    }
}

impl<'v> Json<'v> for Node<'v> {
    fn kind(self) -> Kind<'v> {
        match &self.of.value {
            Held::Null => Kind::Null,
            Held::Boolean(value) => Kind::Boolean(*value),
            Held::Number(number) => Kind::Number(number),
            Held::Text(text) => Kind::Text(text),
            Held::Array => Kind::Array,
            Held::Object => Kind::Object,
        }
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        let is_array = matches!(self.of.value, Held::Array);
        is_array.then(|| self.inside()).into_iter().flatten()
    }

    /// One that is spelt just so comes before others.
    fn member(self, name: &str) -> Option<Self> {
        if !matches!(self.of.value, Held::Object) {
            return None;
        }
        debug_assert!(self.of.plan.of_member(name).is_some(), "{name} is looked at, and not in the plan");
        let mut found: Option<Self> = None;
        for member in self.inside() {
            let known = &*member.of.name;
            if known.len() != name.len() {
                continue;
            }
            if known == name {
                found = Some(member);
                break;
            }
            if found.is_none() && known.eq_ignore_ascii_case(name) {
                found = Some(member);
            }
        }
        found.filter(|found| !matches!(found.of.value, Held::Null))
    }

    fn is_empty(self) -> bool {
        self.check_whole();
        matches!(self.of.value, Held::Array | Held::Object) && self.of.end == self.at + 1
    }

    fn to_value(self) -> Value {
        self.check_whole();
        match &self.of.value {
            Held::Null => Value::Null,
            Held::Boolean(value) => Value::Bool(*value),
            Held::Number(number) => Value::Number(number.clone()),
            Held::Text(text) => Value::String(text.clone().into_owned()),
            Held::Array => self.inside().map(Self::to_value).collect(),
            Held::Object => {
                let members = self.inside().map(|member| (member.of.name.clone().into_owned(), member.to_value()));
                Value::Object(members.collect::<Map<String, Value>>())
            }
        }
    }
}

/// Reads one value onto the tape.
pub struct Seed<'t, 'de> {
    plan: &'de Plan,
    tape: &'t mut Tape<'de>,
    name: Cow<'de, str>,
    /// Whether it stands in an array.
    is_element: bool,
}

impl<'de> DeserializeSeed<'de> for Seed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Seed<'_, 'de> {
    fn put(self, value: Held<'de>) {
        self.tape.put(self.plan, self.name, value);
    }
}

impl<'de> Visitor<'de> for Seed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Held::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(Held::Boolean(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(Held::Number(value.into()));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(Held::Number(value.into()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.put(Number::from_f64(value).map_or(Held::Null, Held::Number));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.put(Held::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(Held::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    /// What is looked at in an attribute is looked at in each of its elements. An array among them is a value like others.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { plan, tape, name, is_element } = self;
        let plan = if is_element { ALL } else { plan };
        let at = tape.put(plan, name, Held::Array);
        let name = Cow::Borrowed("");
        while elements
            .next_element_seed(Seed { plan, tape: &mut *tape, name: name.clone(), is_element: true })?
            .is_some()
        {}
        tape.close(at);
        Ok(())
    }

    /// A member that comes twice, be it in another case, is left to the reader that reads all.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { plan, tape, name, .. } = self;
        let at = tape.put(plan, name, Held::Object);
        let mut seen = 0_u128;
        while let Some(Name(name)) = members.next_key()? {
            let (inner, is_twice) = match plan.of_member(&name) {
                None => {
                    if is_deep(members.next_value::<&RawValue>()?.get()) {
                        return Err(A::Error::custom("a member is nested too deep"));
                    }
                    continue;
                }
                Some((plan, Some(bit))) => {
                    let is_twice = seen & bit != 0;
                    seen |= bit;
                    (plan, is_twice)
                }
                Some((plan, None)) => (plan, tape.may_have(at, &name)),
            };
            if is_twice {
                return Err(A::Error::custom("a member comes twice"));
            }
            members.next_value_seed(Seed { plan: inner, tape: &mut *tape, name, is_element: false })?;
        }
        tape.close(at);
        Ok(())
    }
}

/// Whether a value has more arrays and objects inside one another than [`MAX_DEPTH`].
fn is_deep(raw: &str) -> bool {
    if raw.len() <= 2 * MAX_DEPTH {
        return false;
    }
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in raw.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// A member's name, borrowed where it has no escapes.
pub struct Name<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}
