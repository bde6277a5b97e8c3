//! Filter strings, by which administrators leave objects out of a list: `department == "Sales" && email.notNull()`. Pure.
//!
//! The grammar and its meaning are the platform's (its TypeScript SDK's page "Filtering"), whose SDK reads such a string as a
//! JavaScript expression; where this differs on purpose, `docs/FILTERS.md` says so. `token` reads words, `parser` makes an
//! expression of them, `evaluation` gives it a meaning on the flat attributes of an object. Which attributes there are, and
//! which list a filter belongs to, is for those to say who know them. SCIM's own filters are `scim::filter`.

mod evaluation;
mod parser;
mod token;

use parser::Expression;
use serde_json::{Map, Value};

/// The longest filter string that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// A filter string that was understood.
#[derive(Debug, Clone)]
pub struct FilterString {
    expression: Expression,
    names: Vec<Name>,
}

/// An attribute that a filter string names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub name: String,
    /// Where it stands, in characters from 1.
    pub column: usize,
}

impl FilterString {
    /// Reads a filter string.
    ///
    /// # Errors
    /// [`SyntaxError`] says where it is wrong, and what would be right.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.len() > MAX_BYTES {
            let (expected, found) = (format!("at most {MAX_BYTES} bytes"), "more".to_owned());
            return Err(SyntaxError { column: text.chars().count(), expected, found });
        }
        let (expression, names) = parser::parse(token::read(text)?)?;
        Ok(Self { expression, names })
    }

    /// Whether an object with these attributes matches, and so is left out. An attribute that is missing, `null` or an empty
    /// list has no value.
    pub fn matches(&self, attributes: &Map<String, Value>) -> bool {
        evaluation::holds(&self.expression, attributes)
    }

    /// The attributes that it names, in their order; the same one may come several times.
    pub fn names(&self) -> &[Name] {
        &self.names
    }
}

/// They are equal whatever the white space between their words.
impl PartialEq for FilterString {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
    }
}

/// Why a text is no filter string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at column {column}: expected {expected}, but found {found}")]
pub struct SyntaxError {
    /// In characters from 1; one past the last where more should have come.
    pub column: usize,
    pub expected: String,
    pub found: String,
}

#[cfg(test)]
mod tests;
