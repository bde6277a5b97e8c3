//! JSON text (RFC 8259), gone through once and copied nowhere.
//!
//! It takes nothing that is no JSON, and says of nothing what is wrong with it: whatever it does not take, be it only
//! unusual, is `None`, for a reader that reads all and can tell.

use super::plain::plain;
use serde::de::IgnoredAny;
use serde_json::Number;

/// What has more arrays and objects inside one another is not taken.
pub const MAX_DEPTH: usize = 64;

/// A text and how far it was read.
#[derive(Clone, Copy)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// How many arrays and objects are open.
    depth: usize,
}

/// A value that has no others inside of it, or the start of one that may have.
#[derive(Debug)]
pub enum Start<'a> {
    Null,
    Boolean(bool),
    Number(Number),
    Text(&'a str),
    /// A text as it stands there, with escapes and in its quotes.
    Escaped(&'a str),
    Array,
    Object,
}

impl<'a> Scanner<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The next value: whole, or, of an array or an object, its opening bracket.
    pub fn start(&mut self) -> Option<Start<'a>> {
        Some(match self.peek()? {
            b'"' => self.text()?,
            b'{' => self.open(Start::Object)?,
            b'[' => self.open(Start::Array)?,
            b't' => self.literal("true", Start::Boolean(true))?,
            b'f' => self.literal("false", Start::Boolean(false))?,
            b'n' => self.literal("null", Start::Null)?,
            _ => Start::Number(serde_json::from_str(self.number()).ok()?),
        })
    }

    /// The next value, if it is a text without escapes that begins right here; else nothing is read.
    #[inline]
    pub fn plain_text(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let (b'"', rest) = self.rest().split_first().map(|(first, rest)| (*first, rest))? else { return None };
        let length = plain(rest);
        let text = self.text.get(start..start + length).filter(|_| rest.get(length) == Some(&b'"'))?;
        self.at = start + length + 1;
        Some(text)
    }

    /// Whether an array has one more element; `is_first` before the first. Past the last, its bracket is closed.
    #[inline]
    pub fn element(&mut self, is_first: bool) -> Option<bool> {
        self.more(b']', is_first)
    }

    /// Whether an object has one more member, whose name is next; else as for [`Scanner::element`].
    #[inline]
    pub fn member(&mut self, is_first: bool) -> Option<bool> {
        let has_more = self.more(b'}', is_first)?;
        if has_more {
            self.peek()?;
        }
        Some(has_more)
    }

    /// The name of a member, read with its colon; with all that was read. One with escapes is not taken.
    pub fn name(&mut self) -> Option<(&'a str, &'a str)> {
        let before = self.at;
        let (start, is_plain) = self.quoted()?;
        let name = self.text.get(start..self.at).filter(|_| is_plain)?;
        self.at += 1;
        self.take(b':')?;
        Some((name, self.text.get(before..self.at)?))
    }

    /// Goes past so many bytes, which were looked at.
    #[inline]
    pub const fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// How many bytes were read.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The text from there on.
    pub fn text_from(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    /// What was read since then.
    pub fn read_since(&self, at: usize) -> &'a str {
        self.text.get(at..self.at).unwrap_or_default()
    }

    /// Goes past the next value.
    #[inline]
    pub fn skip(&mut self) -> Option<()> {
        // Most values are texts.
        if self.peek()? != b'"' {
            return self.skip_other();
        }
        self.at += 1;
        self.skip_text()
    }

    fn skip_other(&mut self) -> Option<()> {
        let depth = self.depth;
        // For each open array `true`, for each open object `false`, the innermost last.
        let mut are_arrays = 0_u64;
        loop {
            let mut is_first = false;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    self.skip_text()?;
                }
                bracket @ (b'[' | b'{') => {
                    self.open(())?;
                    are_arrays = are_arrays << 1 | u64::from(bracket == b'[');
                    is_first = true;
                }
                b't' => self.literal("true", ())?,
                b'f' => self.literal("false", ())?,
                b'n' => self.literal("null", ())?,
                _ => drop(serde_json::from_str::<IgnoredAny>(self.number()).ok()?),
            }
            // To the next value inside of it.
            loop {
                if self.depth == depth {
                    return Some(());
                }
                let is_array = are_arrays & 1 == 1;
                if self.more(if is_array { b']' } else { b'}' }, is_first)? {
                    if !is_array {
                        self.take(b'"')?;
                        self.skip_text()?;
                        self.take(b':')?;
                    }
                    break;
                }
                are_arrays >>= 1;
                is_first = false;
            }
        }
    }

    /// Nothing but white space may be left.
    pub fn end(mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// The first byte of what comes next.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn open<R>(&mut self, result: R) -> Option<R> {
        self.at += 1;
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(result)
    }

    #[inline]
    fn more(&mut self, close: u8, is_first: bool) -> Option<bool> {
        let byte = self.peek()?;
        if byte == close {
            self.at += 1;
            self.depth -= 1;
            return Some(false);
        }
        if !is_first {
            (byte == b',').then(|| self.at += 1)?;
        }
        Some(true)
    }

    fn literal<R>(&mut self, literal: &str, result: R) -> Option<R> {
        self.rest().starts_with(literal.as_bytes()).then(|| {
            self.at += literal.len();
            result
        })
    }

    /// What may be a number; empty where there is none.
    fn number(&mut self) -> &'a str {
        let is_of_number = |byte: &&u8| matches!(**byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let start = self.at;
        self.at += self.rest().iter().take_while(is_of_number).count();
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A text in its quotes.
    #[inline]
    fn text(&mut self) -> Option<Start<'a>> {
        let (start, is_plain) = self.quoted()?;
        if !is_plain {
            return self.escaped(start).map(Start::Escaped);
        }
        let text = self.text.get(start..self.at)?;
        self.at += 1;
        Some(Start::Text(text))
    }

    /// The rest of a text, behind its first quotation mark.
    fn skip_text(&mut self) -> Option<()> {
        let (start, is_plain) = self.in_quotes()?;
        if is_plain {
            self.at += 1;
            return Some(());
        }
        serde_json::from_str::<IgnoredAny>(self.escaped(start)?).ok().map(drop)
    }

    /// Goes to what is special in a text, and tells where the text starts, and whether it is its end.
    #[inline]
    fn quoted(&mut self) -> Option<(usize, bool)> {
        self.take(b'"')?;
        self.in_quotes()
    }

    #[inline]
    fn in_quotes(&mut self) -> Option<(usize, bool)> {
        let (start, rest) = (self.at, self.rest());
        let length = plain(rest);
        self.at += length;
        Some((start, *rest.get(length)? == b'"'))
    }

    /// A text with escapes, in its quotes: it starts at `start`, and there is none before here.
    #[cold]
    fn escaped(&mut self, start: usize) -> Option<&'a str> {
        while *self.rest().first()? == b'\\' {
            // What is escaped is no end, whatever it is.
            self.at += 2;
            self.at += plain(self.rest());
        }
        (*self.rest().first()? == b'"').then(|| self.at += 1)?;
        self.text.get(start - 1..self.at)
    }

    /// What was not read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::Plan;
    use crate::scim::json::{Json, Tape};
    use proptest::prelude::*;
    use serde_json::Value;

    fn whole(text: &str) -> Option<Value> {
        Tape::new(&Plan::all()).read_all(text).map(Json::to_value)
    }

    fn skipped(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.skip().is_some() && scanner.end().is_some()
    }

    #[rstest::rstest]
    #[case("\"\"")]
    #[case(" [ 1 , -0.5e+3 , \"a\" , true , false , null , [ ] , { } ] ")]
    #[case("{\"a\":{\"b\":[{\"c\":1},[[2]]]},\"d\":\"é ü 漢字 🙂\"}")]
    #[case("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude42 and 17 more bytes\"")]
    #[case("\t[\r\n\"eight by\", \"eight byt\", \"seven b\"]\n")]
    #[case("18446744073709551615")]
    fn what_is_json_is_read(#[case] text: &str) {
        assert_eq!(whole(text), serde_json::from_str(text).ok());
        assert!(whole(text).is_some() && skipped(text));
    }

    #[rstest::rstest]
    #[case("")]
    #[case("[1,]")]
    #[case("[,1]")]
    #[case("[1 2]")]
    #[case("[1}")]
    #[case("[[1]")]
    #[case("[1]]")]
    #[case("{,}")]
    #[case("{\"a\"}")]
    #[case("{\"a\":}")]
    #[case("{\"a\":1,}")]
    #[case("{\"a\" 1}")]
    #[case("{a:1}")]
    #[case("{\"a\":1]")]
    #[case("tru")]
    #[case("nullx")]
    #[case("01")]
    #[case("1.")]
    #[case("+1")]
    #[case("--1")]
    #[case("\"a")]
    #[case("\"a\\")]
    #[case("\"a\\\"")]
    #[case("\"\\x\"")]
    #[case("\"\\é\"")]
    #[case("\"\\u12\"")]
    #[case("\"a\nb\"")]
    #[case("\"more than eight\u{1f}\"")]
    #[case("\u{feff}1")]
    #[case("\u{b}1")]
    fn what_is_no_json_is_not_taken(#[case] text: &str) {
        assert!(serde_json::from_str::<Value>(text).is_err());
        assert!(whole(text).is_none() && !skipped(text));
    }

    #[test]
    fn what_is_nested_deeper_is_left_to_others() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(whole(&nested(MAX_DEPTH)).is_some() && skipped(&nested(MAX_DEPTH)));
        assert!(whole(&nested(MAX_DEPTH + 1)).is_none() && !skipped(&nested(MAX_DEPTH + 1)));
        let objects = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        assert!(skipped(&objects) && skipped(&format!("[{objects},{objects}]")));
    }

    proptest! {
        /// Texts that are nearly JSON.
        #[test]
        fn no_more_is_taken_than_the_library_takes(text in "([\\[\\]{},: \n0-9.eE+-]|\"a\"|\"b\":|\"\\\\[nu\"]?\"|true|null|\"[^\"]{0,12}\"){0,12}") {
            let expected: Option<Value> = serde_json::from_str(&text).ok();
            if let Some(read) = whole(&text) {
                prop_assert_eq!(Some(&read), expected.as_ref());
            }
            prop_assert!(!skipped(&text) || serde_json::from_str::<IgnoredAny>(&text).is_ok());
        }
    }
}
