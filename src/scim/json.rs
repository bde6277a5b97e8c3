//! JSON of others, read within limits: a short text can make a value that takes many times its room.

mod plain;
mod scan;
mod shape;
mod tape;
mod view;

pub use plain::write_text;
pub use scan::{Scanner, Start};
use serde_json::Value;
use serde_json::error::Category;
pub use tape::{Node, Tape};
pub use view::{Json, Kind};

/// So many values may one resource have: a group of half a million members, each with a name.
const MAX_VALUES: usize = 2_000_000;
/// The parser's own limit.
const MAX_DEPTH: usize = 128;

/// Reads a resource or a document.
///
/// # Errors
/// What is wrong with it, to go on after its name.
pub fn parse(text: &[u8]) -> Result<Value, String> {
    check_size(text)?;
    serde_json::from_slice(text).map_err(|error| reason(&error))
}

/// Whether a resource or a document has no more values than are taken.
///
/// # Errors
/// What is wrong with it, to go on after its name.
pub fn check_size(text: &[u8]) -> Result<(), String> {
    // Each value but the first stands behind one of these. Those inside of texts are counted too: they are few.
    let values = text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).take(MAX_VALUES + 1);
    // A text that is no longer than that need not be counted.
    if text.len() > MAX_VALUES && values.count() > MAX_VALUES {
        return Err(format!("it has more than {MAX_VALUES} values"));
    }
    Ok(())
}

/// What the parser found, without its words: they quote the body, and nobody knows what stands in it.
pub fn reason(error: &serde_json::Error) -> String {
    let found = match error.classify() {
        Category::Eof => "it ends too early".to_owned(),
        Category::Data => "it is JSON of another shape".to_owned(),
        // The parser has no other sign of it.
        Category::Syntax if error.to_string().starts_with("recursion limit exceeded") => {
            format!("it is nested deeper than {MAX_DEPTH} levels")
        }
        Category::Syntax | Category::Io => "it is no JSON".to_owned(),
    };
    format!("{found} (line {}, column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::deep("[".repeat(200), "it is nested deeper than 128 levels (line 1, column 128)")]
    #[case::many(format!("[{}0]", "0,".repeat(MAX_VALUES)), "it has more than 2000000 values")]
    #[case::short("{\"id\":".to_owned(), "it ends too early (line 1, column 6)")]
    #[case::none("<html>".to_owned(), "it is no JSON (line 1, column 1)")]
    fn what_cannot_be_read_says_why(#[case] text: String, #[case] says: &str) {
        assert_eq!(parse(text.as_bytes()).unwrap_err(), says);
    }

    #[test]
    fn what_is_just_within_the_limits_is_read() {
        assert!(parse(format!("{}{}", "[".repeat(127), "]".repeat(127)).as_bytes()).is_ok());
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES - 1));
        assert_eq!(parse(many.as_bytes()).unwrap().as_array().map(Vec::len), Some(MAX_VALUES));
    }
}
