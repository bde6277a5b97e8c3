//! A JSON object whose members are asked for by name, so that in the end those that nobody asked for are known.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::ops::RangeInclusive;

/// An object that is being read; `null` counts as absent.
#[derive(Debug)]
pub(super) struct Members<'a> {
    /// Where it stands: `faults[2].effect`; the whole is at an empty place.
    at: String,
    object: &'a Map<String, Value>,
    asked: Vec<&'a str>,
    problems: &'a RefCell<Vec<String>>,
}

impl<'a> Members<'a> {
    pub(super) fn new(at: String, value: &'a Value, problems: &'a RefCell<Vec<String>>) -> Option<Self> {
        let Value::Object(object) = value else {
            let place = if at.is_empty() { "the schedule" } else { &at };
            problems.borrow_mut().push(format!("{place}: must be a JSON object"));
            return None;
        };
        Some(Self { at, object, asked: Vec::new(), problems })
    }

    pub(super) fn problem(&self, name: &str, what: &str) {
        self.problems.borrow_mut().push(format!("{}: {what}", self.place(name)));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| !value.is_null())
    }

    pub(super) fn names(&self) -> Vec<&'a str> {
        self.object.keys().map(String::as_str).collect()
    }

    pub(super) fn value(&mut self, name: &'a str) -> Option<&'a Value> {
        self.asked.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &'a str) -> Option<&'a str> {
        let text = self.value(name)?.as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.problem(name, "must be text, and not empty");
        }
        text
    }

    pub(super) fn flag(&mut self, name: &'a str) -> Option<bool> {
        let flag = self.value(name)?.as_bool();
        if flag.is_none() {
            self.problem(name, "must be true or false");
        }
        flag
    }

    pub(super) fn whole<T: TryFrom<u64>>(&mut self, name: &'a str, range: RangeInclusive<u64>) -> Option<T> {
        let number = self.value(name)?.as_u64().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.problem(name, &format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    pub(super) fn required_whole<T: TryFrom<u64>>(&mut self, name: &'a str, range: RangeInclusive<u64>) -> Option<T> {
        if !self.has(name) {
            self.asked.push(name);
            let (from, to) = range.into_inner();
            self.problem(name, &format!("is missing; a whole number from {from} to {to}"));
            return None;
        }
        self.whole(name, range)
    }

    /// A number that is not 0, of either sign and up to a limit.
    pub(super) fn required_step(&mut self, name: &'a str, limit: i64) -> Option<i64> {
        let step = self.value(name).and_then(Value::as_i64);
        let step = step.filter(|step| *step != 0 && (-limit..=limit).contains(step));
        if step.is_none() {
            self.problem(name, &format!("must be a whole number from -{limit} to {limit}, and not 0"));
        }
        step
    }

    pub(super) fn object(&mut self, name: &'a str) -> Option<Self> {
        let value = self.value(name)?;
        Self::new(self.place(name), value, self.problems)
    }

    pub(super) fn objects(&mut self, name: &'a str) -> impl Iterator<Item = Self> + use<'a> {
        let values = match self.value(name) {
            None => &[],
            Some(Value::Array(values)) => values.as_slice(),
            Some(_) => {
                self.problem(name, "must be an array of objects");
                &[]
            }
        };
        let (place, problems) = (self.place(name), self.problems);
        let element = move |(index, value)| Self::new(format!("{place}[{index}]"), value, problems);
        values.iter().enumerate().filter_map(element)
    }

    /// What nobody asked for has no meaning.
    pub(super) fn finish(self) {
        for name in self.names().into_iter().filter(|name| !self.asked.contains(name)) {
            self.problem(name, &format!("is not known here; one of {}", self.asked.join(", ")));
        }
    }

    fn place(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }
}
