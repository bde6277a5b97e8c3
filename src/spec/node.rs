//! A value of the specification and its place, what can be asked of any, and the list of what was found. What a member
//! means is not known here.

use super::lines::Lines;
use super::{Finding, Sort};
use crate::config::shown;
use serde_json::Value;

/// What was found so far.
#[derive(Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    pub fn wrong(&mut self, at: &str, says: impl Into<String>) {
        self.add(Sort::Wrong, at, says.into());
    }

    pub fn differs(&mut self, at: &str, says: impl Into<String>) {
        self.add(Sort::Differs, at, says.into());
    }

    pub fn doubtful(&mut self, at: &str, says: impl Into<String>) {
        self.add(Sort::Doubtful, at, says.into());
    }

    fn add(&mut self, sort: Sort, at: &str, says: String) {
        self.0.push(Finding { sort, at: at.to_owned(), line: None, says });
    }

    /// With their lines, and in their order.
    pub fn placed(mut self, lines: &Lines) -> Vec<Finding> {
        for finding in &mut self.0 {
            finding.line = lines.line(&finding.at);
        }
        self.0.sort_by_key(|finding| (finding.sort, finding.line));
        self.0
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub struct Node<'a> {
    pub value: &'a Value,
    pub at: String,
}

impl<'a> Node<'a> {
    pub fn root(value: &'a Value) -> Self {
        Self { value, at: String::new() }
    }

    /// Whether it is an object, which is said if it is not.
    pub fn is_object(&self, found: &mut Findings) -> bool {
        let is_object = self.value.is_object();
        if !is_object {
            self.must("be an object", found);
        }
        is_object
    }

    /// The member, whatever it is.
    pub fn member(&self, name: &str) -> Option<Self> {
        Some(Self { value: self.value.get(name)?, at: pointer(&self.at, name) })
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A member that must be there; `what` says what it is.
    pub fn required(&self, name: &str, what: &str, found: &mut Findings) -> Option<Self> {
        let member = self.member(name);
        if member.is_none() {
            found.wrong(&self.at, format!("lacks \"{name}\": it must have {what}"));
        }
        member
    }

    /// A member that must be there, and be a text that is not blank.
    pub fn required_text(&self, name: &str, what: &str, found: &mut Findings) -> Option<&'a str> {
        self.required(name, what, found)?;
        self.text(name, found)
    }

    /// A member that, if it is there, must be a text that is not blank.
    pub fn text(&self, name: &str, found: &mut Findings) -> Option<&'a str> {
        let member = self.member(name)?;
        let text = member.as_text().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            member.must("be a text that is not empty", found);
        }
        text
    }

    /// A member that must be one of these words.
    pub fn choice(&self, name: &str, words: &[&str], found: &mut Findings) -> Option<&'a str> {
        let words_told = words.join(", ");
        let one_of = if words.len() == 1 { words_told } else { format!("one of {words_told}") };
        let member = self.required(name, &one_of, found)?;
        let word = member.as_text().filter(|word| words.contains(word));
        if word.is_none() {
            member.must(&format!("be {one_of}"), found);
        }
        word
    }

    /// A member that, if it is there, must be `true` or `false`.
    pub fn flag(&self, name: &str, found: &mut Findings) -> bool {
        let Some(member) = self.member(name) else { return false };
        if !member.value.is_boolean() {
            member.must("be true or false, without quotes", found);
        }
        member.value == true
    }

    /// The elements of a member that must be an array with at least one.
    pub fn filled(&self, name: &str, what: &str, found: &mut Findings) -> Vec<Self> {
        let Some(member) = self.required(name, what, found) else { return Vec::new() };
        let elements = member.elements(found);
        if member.value.as_array().is_some_and(Vec::is_empty) {
            found.wrong(&member.at, format!("is empty: it must have {what}"));
        }
        elements
    }

    /// The elements of what must be an array.
    pub fn elements(&self, found: &mut Findings) -> Vec<Self> {
        let Some(elements) = self.value.as_array() else {
            self.must("be an array", found);
            return Vec::new();
        };
        let place = |(index, value): (usize, &'a Value)| Self { value, at: format!("{}/{index}", self.at) };
        elements.iter().enumerate().map(place).collect()
    }

    /// Members that are not known are ignored by the platform, and often a slip of the pen.
    pub fn only(&self, known: &[&[&str]], found: &mut Findings) {
        let names = self.value.as_object().into_iter().flat_map(|members| members.keys());
        for name in names.filter(|name| !known.concat().contains(&name.as_str())) {
            let alike = known.concat().into_iter().find(|known| are_alike(known, name));
            let hint = alike.map_or_else(String::new, |known| format!("; is \"{known}\" meant?"));
            found.doubtful(&pointer(&self.at, name), format!("is no member that the platform documents{hint}"));
        }
    }

    /// Says what it must be, and what it is.
    pub fn must(&self, what: &str, found: &mut Findings) {
        found.wrong(&self.at, format!("must {what}, but is {}", shown(self.value)));
    }
}

/// The JSON Pointer (RFC 6901 §3) of a member.
pub fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Whether one was written for the other: but for capitals, an `s` at the end, or two letters that changed places.
fn are_alike(one: &str, other: &str) -> bool {
    let letters = |name: &str| {
        let mut letters: Vec<char> = name.to_lowercase().trim_end_matches('s').chars().collect();
        letters.sort_unstable();
        letters
    };
    letters(one) == letters(other)
}
