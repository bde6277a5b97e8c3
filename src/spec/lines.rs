//! The line on which each value of a JSON text stands, and members that an object has more than once. The text is known to
//! be JSON: a parser has read it.

use super::node::pointer;
use std::collections::HashMap;

/// The lines of all values, by their JSON Pointers.
pub struct Lines {
    by_pointer: HashMap<String, usize>,
    repeated: Vec<String>,
}

impl Lines {
    pub fn of(text: &str) -> Self {
        let lines = Self { by_pointer: HashMap::new(), repeated: Vec::new() };
        let mut scanner = Scanner { rest: text, line: 1, lines };
        scanner.value("");
        scanner.lines
    }

    /// The line of the value; where there is none, that of what it would stand in.
    pub fn line(&self, at: &str) -> Option<usize> {
        self.by_pointer.get(at).copied()
    }

    /// The members that stand more than once in their object.
    pub fn repeated(&self) -> &[String] {
        &self.repeated
    }
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    lines: Lines,
}

impl<'a> Scanner<'a> {
    fn value(&mut self, at: &str) {
        self.blanks();
        let before = self.lines.by_pointer.insert(at.to_owned(), self.line);
        if before.is_some() && !self.lines.repeated.iter().any(|repeated| repeated == at) {
            self.lines.repeated.push(at.to_owned());
        }
        match self.rest.chars().next() {
            Some('{') => self.members(at),
            Some('[') => self.elements(at),
            Some('"') => drop(self.text()),
            _ => drop(self.take(self.rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(self.rest.len()))),
        }
    }

    fn members(&mut self, at: &str) {
        while self.opens_another('}') {
            // The text of a name is JSON itself.
            let name: String = serde_json::from_str(self.text()).unwrap_or_default();
            self.blanks();
            self.take(1);
            self.value(&pointer(at, &name));
        }
    }

    fn elements(&mut self, at: &str) {
        let mut index = 0;
        while self.opens_another(']') {
            self.value(&format!("{at}/{index}"));
            index += 1;
        }
    }

    /// Passes the bracket or comma before the next member or element; at the end, the closing bracket.
    fn opens_another(&mut self, end: char) -> bool {
        self.blanks();
        let is_over = self.rest.is_empty() || self.rest.starts_with(end);
        self.take(1);
        self.blanks();
        if !is_over && self.rest.starts_with(end) {
            self.take(1);
            return false;
        }
        !is_over && !self.rest.is_empty()
    }

    /// A text with its quotes.
    fn text(&mut self) -> &'a str {
        let mut is_escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            ends
        });
        self.take(end.map_or(self.rest.len(), |(at, _)| at + 1))
    }

    fn blanks(&mut self) {
        let blanks = self.rest.len() - self.rest.trim_start().len();
        self.take(blanks);
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn every_value_has_its_line() {
        let text = "{\n \"a\": [1,\n  {\"b/~\": \"x\\\"}\"},\n []\n ],\n\n \"c\": {}, \"d\": -1.5e3\n}\n";
        let lines = Lines::of(text);
        let at = ["", "/a", "/a/0", "/a/1", "/a/1/b~1~0", "/a/2", "/c", "/d"].map(|at| lines.line(at).unwrap());
        assert_eq!(at, [1, 2, 2, 3, 3, 4, 7, 7]);
        assert_eq!((lines.by_pointer.len(), lines.repeated().len()), (8, 0));
    }

    #[test]
    fn a_member_that_stands_twice_is_found_once() {
        let lines = Lines::of("{\"a\": 1, \"\\u0061\": 2,\n \"a\": {\"b\": 1, \"b\": 2}, \"c\": []}");
        assert_eq!((lines.repeated(), lines.line("/a")), (&["/a".to_owned(), "/a/b".to_owned()][..], Some(2)));
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[\\[\\]{}:,\"\\\\a1 \n]{0,40}") {
            Lines::of(&text);
        }
    }
}
