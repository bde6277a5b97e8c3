//! Resources of a list, read without memory of their own: texts stay where they stand in the answer, and the values of one
//! resource follow each other in one list, which the next resource uses again.

use super::scan::{Scanner, Start};
use super::shape::Shape;
use super::view::{Json, Kind};
use crate::scim::plan::{Named, Plan};
use crate::scim::resource;
use serde_json::{Map, Number, Value};

const ALL: &Plan = &Plan::all();

/// For a value that is no member of an object that is read as a whole.
const NO_NAME: usize = usize::MAX;

/// The values of one resource, each before those inside it.
pub struct Tape<'a> {
    /// As far as resources are read.
    plan: &'a Plan,
    entries: Vec<Entry<'a>>,
    /// Of each object that is read in parts, its members in the plan.
    members: Vec<Slot>,
    /// Of each object that is read as a whole, its members' names.
    names: Vec<&'a str>,
    /// Texts that are written otherwise in the answer.
    texts: Vec<String>,
    /// How the resources before were.
    shape: Shape<'a>,
}

struct Entry<'a> {
    value: Held<'a>,
    /// Where what follows it and all inside it stands.
    end: usize,
    /// Of a member of an object that is read as a whole, where its name is.
    name: usize,
}

enum Held<'a> {
    Null,
    Boolean(bool),
    Number(Number),
    Text(&'a str),
    /// Where it is among the texts.
    Escaped(usize),
    /// Where its first element would be.
    Array(usize),
    /// An object that is read as a whole, and where its first member would be.
    Whole(usize),
    /// An object of which these members alone are read, and where their slots begin. Where anybody looks further, builds with
    /// debug assertions panic: it would look as if nothing were there.
    Parts(&'a Plan, usize),
}

/// Where a member's value stands, and where in the text its name begins; both 0 where the object has none. Each is less than
/// the text is long, and no answer has 4 GiB.
#[derive(Clone, Copy, Default)]
struct Slot {
    value: u32,
    name: u32,
}

/// A value on a tape.
#[derive(Clone, Copy)]
pub struct Node<'v> {
    tape: &'v Tape<'v>,
    of: &'v Entry<'v>,
}

impl<'a> Tape<'a> {
    /// For resources that are read as far as this plan goes.
    pub fn new(plan: &'a Plan) -> Self {
        let (entries, members, names, texts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { plan, entries, members, names, texts, shape: Shape::default() }
    }

    /// Reads the next value, as far as the plan goes, in the place of what was here before. `None` where it is not taken: for
    /// the scanner, or since a member that somebody looks at comes twice and spelt differently.
    pub fn read(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        self.entries.clear();
        self.members.clear();
        self.names.clear();
        self.texts.clear();
        let mut shape = std::mem::take(&mut self.shape);
        // A resource that is an array is none, and what is in it is not looked at.
        let is_read = self.value(scanner, self.plan, &mut shape, NO_NAME, true);
        self.shape = shape;
        is_read
    }

    /// Reads a text that is one value.
    pub fn read_all(&mut self, text: &'a str) -> Option<Node<'_>> {
        let mut scanner = Scanner::new(text);
        self.read(&mut scanner)?;
        scanner.end()?;
        self.node()
    }

    /// A value that was read otherwise, to be looked at in the same way.
    pub fn of(value: &'a Value) -> Self {
        let mut tape = Self::new(ALL);
        tape.add(NO_NAME, value);
        tape
    }

    /// The resource.
    pub fn node(&self) -> Option<Node<'_>> {
        self.node_at(0)
    }

    fn node_at(&self, at: usize) -> Option<Node<'_>> {
        Some(Node { tape: self, of: self.entries.get(at)? })
    }

    fn add(&mut self, name: usize, value: &'a Value) {
        let held = match value {
            Value::Null => Held::Null,
            Value::Bool(value) => Held::Boolean(*value),
            Value::Number(number) => Held::Number(number.clone()),
            Value::String(text) => Held::Text(text),
            Value::Array(_) => Held::Array(self.entries.len() + 1),
            Value::Object(_) => Held::Whole(self.entries.len() + 1),
        };
        let at = self.put(held, name);
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
    #[expect(clippy::inline_always, reason = "most values are short texts, for which a call would cost as much again")]
    #[inline(always)]
    fn value(
        &mut self,
        scanner: &mut Scanner<'a>,
        plan: &'a Plan,
        shape: &mut Shape<'a>,
        name: usize,
        is_element: bool,
    ) -> Option<()> {
        match scanner.plain_text() {
            // Most values are.
            Some(text) => drop(self.put(Held::Text(text), name)),
            None => self.other_value(scanner, plan, shape, name, is_element)?,
        }
        Some(())
    }

    fn other_value(
        &mut self,
        scanner: &mut Scanner<'a>,
        plan: &'a Plan,
        shape: &mut Shape<'a>,
        name: usize,
        is_element: bool,
    ) -> Option<()> {
        let held = match scanner.start()? {
            Start::Null => Held::Null,
            Start::Boolean(value) => Held::Boolean(value),
            Start::Number(number) => Held::Number(number),
            Start::Text(text) => Held::Text(text),
            // The library knows what escapes mean.
            Start::Escaped(text) => {
                self.texts.push(serde_json::from_str(text).ok()?);
                Held::Escaped(self.texts.len() - 1)
            }
            Start::Array => return self.array(scanner, if is_element { ALL } else { plan }, shape, name),
            Start::Object if plan.is_all() => return self.whole_object(scanner, name),
            Start::Object => return self.object(scanner, plan, shape),
        };
        self.put(held, name);
        Some(())
    }

    fn array(&mut self, scanner: &mut Scanner<'a>, plan: &'a Plan, shape: &mut Shape<'a>, name: usize) -> Option<()> {
        let at = self.put(Held::Array(self.entries.len() + 1), name);
        let mut is_first = true;
        while scanner.element(is_first)? {
            self.value(scanner, plan, shape, NO_NAME, true)?;
            is_first = false;
        }
        self.close(at);
        Some(())
    }

    /// An object that is read in parts.
    fn object(&mut self, scanner: &mut Scanner<'a>, plan: &'a Plan, shape: &mut Shape<'a>) -> Option<()> {
        let slots = self.members.len();
        self.members.resize(slots + plan.width(), Slot::default());
        let at = self.put(Held::Parts(plan, slots), NO_NAME);
        let (mut is_first, mut place) = (true, 0);
        while scanner.member(is_first)? {
            is_first = false;
            let slot = Slot { name: u32::try_from(scanner.at()).ok()?, value: u32::try_from(self.entries.len()).ok()? };
            let member = shape.next(&mut place, scanner, plan)?;
            let Some((plan, number)) = member.part else {
                scanner.skip()?;
                continue;
            };
            let before = std::mem::replace(self.members.get_mut(slots + number)?, slot);
            // Of two the last counts, as for the library; which one of two names, is its to tell.
            if before.value != 0 && !member.is_at(scanner.text_from(before.name as usize)) {
                return None;
            }
            self.value(scanner, plan, &mut member.inside, NO_NAME, false)?;
        }
        self.close(at);
        Some(())
    }

    fn whole_object(&mut self, scanner: &mut Scanner<'a>, name: usize) -> Option<()> {
        let at = self.put(Held::Whole(self.entries.len() + 1), name);
        let mut is_first = true;
        while scanner.member(is_first)? {
            is_first = false;
            let (name, _) = scanner.name()?;
            let name = self.name(name);
            self.value(scanner, ALL, &mut Shape::default(), name, false)?;
        }
        self.close(at);
        Some(())
    }

    #[inline]
    fn put(&mut self, value: Held<'a>, name: usize) -> usize {
        let at = self.entries.len();
        self.entries.push(Entry { value, end: at + 1, name });
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
}

impl<'v> Node<'v> {
    /// The member of that name of an object that was read as a whole; one that is spelt just so comes before others. Of two
    /// that are spelt the same the last counts.
    #[cold]
    fn named(self, name: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        for member in self.inside().filter(|member| member.name().eq_ignore_ascii_case(name)) {
            if found.is_none_or(|found| member.name() == found.name() || member.name() == name) {
                found = Some(member);
            }
        }
        found
    }

    /// Its name in an object that was read as a whole.
    fn name(self) -> &'v str {
        self.tape.names.get(self.of.name).copied().unwrap_or_default()
    }

    /// What stands directly inside of it.
    fn inside(self) -> impl Iterator<Item = Self> {
        let (mut at, end) = match self.of.value {
            Held::Array(first) | Held::Whole(first) => (first, self.of.end),
            _ => (0, 0),
        };
        std::iter::from_fn(move || {
            let node = self.tape.node_at(at).filter(|_| at < end)?;
            at = node.of.end;
            Some(node)
        })
    }

    fn check_whole(self) {
        let is_in_parts = matches!(self.of.value, Held::Parts(..));
        debug_assert!(!is_in_parts, "an object is looked at as a whole, and some of its members alone are in the plan");
    }
}

impl<'v> Json<'v> for Node<'v> {
    #[inline]
    fn kind(self) -> Kind<'v> {
        match &self.of.value {
            Held::Null => Kind::Null,
            Held::Boolean(value) => Kind::Boolean(*value),
            Held::Number(number) => Kind::Number(number),
            Held::Text(text) => Kind::Text(text),
            Held::Escaped(at) => Kind::Text(self.tape.texts.get(*at).map(String::as_str).unwrap_or_default()),
            Held::Array(_) => Kind::Array,
            Held::Whole(_) | Held::Parts(..) => Kind::Object,
        }
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        let is_array = matches!(self.of.value, Held::Array(_));
        is_array.then(|| self.inside()).into_iter().flatten()
    }

    #[inline]
    fn member(self, name: impl Named) -> Option<Self> {
        let found = match self.of.value {
            Held::Parts(plan, slots) => {
                let Some(number) = name.number_in(plan) else {
                    debug_assert!(false, "{} is looked at, and not in the plan", name.as_str());
                    return None;
                };
                let slot = self.tape.members.get(slots + number)?;
                self.tape.node_at(slot.value as usize).filter(|_| slot.value != 0)?
            }
            Held::Whole(_) => self.named(name.as_str())?,
            _ => return None,
        };
        (!matches!(found.of.value, Held::Null)).then_some(found)
    }

    fn is_empty(self) -> bool {
        self.check_whole();
        matches!(self.of.value, Held::Array(first) | Held::Whole(first) if first == self.of.end)
    }

    fn to_value(self) -> Value {
        self.check_whole();
        match &self.of.value {
            Held::Array(_) => self.inside().map(Self::to_value).collect(),
            Held::Whole(_) | Held::Parts(..) => {
                let members = self.inside().map(|member| (member.name().to_owned(), member.to_value()));
                Value::Object(members.collect::<Map<String, Value>>())
            }
            Held::Null => Value::Null,
            Held::Boolean(value) => Value::Bool(*value),
            Held::Number(number) => Value::Number(number.clone()),
            Held::Text(_) | Held::Escaped(_) => resource::text(self).unwrap_or_default().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::spelt_the_same(r#"{"title":1,"title":2}"#, Some(2))]
    #[case::the_last_is_none(r#"{"title":1,"unseen":3,"title":null}"#, None)]
    #[case::three(r#"{"Title":1,"Title" : 2, "Title":[3,4],"Title":4}"#, Some(4))]
    fn of_members_that_come_twice_the_last_counts(#[case] text: &str, #[case] title: Option<u64>) {
        for plan in [Plan::id().with_member(&["title"]), Plan::all()] {
            let mut tape = Tape::new(&plan);
            let found = tape.read_all(text).unwrap().member("title").map(|title| title.to_value().as_u64());
            assert_eq!(found.flatten(), title);
        }
    }

    #[test]
    fn which_of_two_spellings_counts_is_left_to_the_library() {
        let plan = Plan::id().with_member(&["title"]);
        assert!(Tape::new(&plan).read_all(r#"{"title":1,"Title":2}"#).is_none());
    }
}
