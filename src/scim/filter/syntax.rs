//! Where a text stops being a filter, in a person's words: the parser's own name its tokens.

use super::MAX_TEXT_BYTES;
use scim_v2::filter::{FilterActionError, ParseError};

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at column {column}: expected {expected}, but found {found}")]
pub struct SyntaxError {
    /// In characters from 1; one past the last where more should have come.
    pub column: usize,
    pub expected: String,
    pub found: String,
}

impl SyntaxError {
    pub(in crate::scim) fn too_long(text: &str) -> Self {
        let (expected, found) = (format!("at most {MAX_TEXT_BYTES} bytes"), "more".to_owned());
        Self { column: text.chars().count(), expected, found }
    }

    pub(in crate::scim) fn of(error: ParseError, text: &str) -> Self {
        // The parser leaves out white space at both ends, and counts bytes.
        let before = text.len() - text.trim_start().len();
        let column = |at: usize| text.get(..before + at).unwrap_or(text).chars().count() + 1;
        let parsed = text.trim();
        let from = |at: usize| parsed.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default().to_string();
        match error {
            ParseError::InvalidToken { location } => Self {
                column: column(location),
                expected: "an attribute, an operator such as eq, or a value (texts stand in double quotes)".to_owned(),
                found: from(location),
            },
            ParseError::UnrecognizedEof { location, expected } => {
                Self { column: column(location), expected: listed(&expected), found: "the end".to_owned() }
            }
            ParseError::UnrecognizedToken { token: (location, found, end), expected } => {
                let is_expected = expected.iter().any(|expected| named(expected).eq_ignore_ascii_case(&found));
                // Operators are words only with white space at both sides.
                if is_expected && end == parsed.len() {
                    let (expected, found) = (format!("more after {found}"), "the end".to_owned());
                    return Self { column: column(end), expected, found };
                }
                Self { column: column(location), expected: listed(&expected), found: found.trim().to_owned() }
            }
            ParseError::ExtraToken { token: (location, found, _) } => {
                Self { column: column(location), expected: "the end".to_owned(), found }
            }
            ParseError::User { error } => {
                let (found, expected) = match &error {
                    FilterActionError::InvalidAttrPath(path) | FilterActionError::InvalidAttrName(path) => {
                        (path.as_str(), "an attribute such as userName or name.familyName")
                    }
                    FilterActionError::InvalidCompValue(_) => ("\\", "a value as in JSON"),
                    _ => ("", "a filter that is smaller"),
                };
                let at = parsed.find(found).unwrap_or_default();
                let found = if found.is_empty() { error.to_string() } else { found.to_owned() };
                Self { column: column(at), expected: expected.to_owned(), found }
            }
        }
    }
}

/// A token of the grammar as a person writes it.
fn named(token: &str) -> &str {
    match token {
        "AttrNameTok" | "AttrPathTok" => "an attribute",
        "StringLit" => "a text in double quotes",
        "NumberLit" => "a number",
        literal => literal.trim_matches('"'),
    }
}

fn listed(expected: &[String]) -> String {
    let mut names: Vec<&str> = expected.iter().map(|token| named(token)).collect();
    names.dedup();
    match names.as_slice() {
        [] => "the end".to_owned(),
        [one] => (*one).to_owned(),
        several => format!("one of {}", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[rstest::rstest]
    #[case("", "at column 1: expected one of an attribute, not, (, but found the end")]
    #[case("userName", "at column 9: expected one of co, eq, ew, ge, gt, le, lt, ne, pr, sw, [, but found the end")]
    #[case("userName eq ", "at column 12: expected more after eq, but found the end")]
    #[case("title pr and", "at column 13: expected more after and, but found the end")]
    #[case(
        "  title eq ada",
        "at column 12: expected one of a text in double quotes, a number, false, null, true, but found ada"
    )]
    #[case(
        "title eq \"é\" && x pr",
        "at column 14: expected an attribute, an operator such as eq, or a value (texts stand in double quotes), but found &"
    )]
    #[case(
        "title eq 'é'",
        "at column 10: expected an attribute, an operator such as eq, or a value (texts stand in double quotes), but found '"
    )]
    #[case("(title pr", "at column 10: expected one of or, ), but found the end")]
    #[case("title pr)", "at column 9: expected or, but found )")]
    #[case("not title pr", "at column 5: expected (, but found title")]
    #[case(
        "title pr or a.b.c pr",
        "at column 13: expected an attribute such as userName or name.familyName, but found a.b.c"
    )]
    #[case(r#"title eq "\q""#, r"at column 11: expected a value as in JSON, but found \")]
    fn an_error_points_at_the_column(#[case] text: &str, #[case] says: &str) {
        assert_eq!(parse(text).unwrap_err().to_string(), says);
    }

    #[test]
    fn what_is_too_much_is_an_error_too() {
        let deep = parse(&"(".repeat(100)).unwrap_err();
        assert_eq!(deep.expected, "a filter that is smaller");
        assert!(deep.found.contains("nesting depth"), "{deep}");
        assert!(parse(&vec!["a pr"; 2_000].join(" or ")).unwrap_err().found.contains("too many terms"));
    }
}
