//! The words of a filter string, each with its column.

use super::SyntaxError;
use std::iter::{Enumerate, Peekable};
use std::str::Chars;

/// A word, and where it begins, in characters from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// An attribute's name, `true`, `false`, `null`, or a name with a method after its last dot.
    Word(String),
    /// What stands in double quotes.
    Text(String),
    Number(f64),
    Comparison(Operator),
    And,
    Or,
    Not,
    Open,
    Close,
    Comma,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    /// `===`: of the same type, too.
    Same,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Equal),
    ("===", Operator::Same),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
];

impl Kind {
    /// The word as a person is shown it.
    pub fn shown(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::Number(number) => number.to_string(),
            Self::Comparison(operator) => {
                let sign = OPERATORS.iter().find(|(_, other)| other == operator).map(|(sign, _)| *sign);
                sign.unwrap_or_default().to_owned()
            }
            Self::And => "&&".to_owned(),
            Self::Or => "||".to_owned(),
            Self::Not => "!".to_owned(),
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::Comma => ",".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

type Characters<'a> = Peekable<Enumerate<Chars<'a>>>;

/// The words of the text, an [`Kind::End`] last.
pub(super) fn read(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut characters = text.chars().enumerate().peekable();
    let mut tokens = Vec::new();
    while let Some((at, first)) = characters.next_if(|_| true) {
        let kind = match first {
            white if white.is_whitespace() => continue,
            '(' => Kind::Open,
            ')' => Kind::Close,
            ',' => Kind::Comma,
            '"' => Kind::Text(quoted(&mut characters, at)?),
            '&' | '|' | '=' | '!' | '<' | '>' => sign(first, &mut characters, at)?,
            digit if digit.is_ascii_digit() || digit == '-' => number(digit, &mut characters, at)?,
            letter if begins_word(letter) => Kind::Word(run(letter, &mut characters, continues_word)),
            other => return Err(wrong(at, "a name, a value, or an operator", other.to_string())),
        };
        tokens.push(Token { kind, column: at + 1 });
    }
    tokens.push(Token { kind: Kind::End, column: text.chars().count() + 1 });
    Ok(tokens)
}

fn begins_word(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '$')
}

/// Attributes may be named by SCIM paths and URNs: dots, dashes and colons do not end a name.
fn continues_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '.' | '-' | ':')
}

fn run(first: char, characters: &mut Characters<'_>, goes_on: impl Fn(char) -> bool) -> String {
    let mut run = first.to_string();
    while let Some((_, next)) = characters.next_if(|(_, next)| goes_on(*next)) {
        run.push(next);
    }
    run
}

fn sign(first: char, characters: &mut Characters<'_>, at: usize) -> Result<Kind, SyntaxError> {
    // `!` may stand before another `!`, and never at the end of a longer sign.
    let goes_on = |next| if matches!(first, '&' | '|') { next == first } else { next == '=' };
    let sign = run(first, characters, goes_on);
    match sign.as_str() {
        "&&" => Ok(Kind::And),
        "||" => Ok(Kind::Or),
        "!" => Ok(Kind::Not),
        other => {
            let known = OPERATORS.iter().find(|(sign, _)| *sign == other).map(|(_, operator)| *operator);
            let right = match other {
                "&" => "&&",
                "|" => "||",
                "!==" => "!=",
                "=" => "== or ===",
                _ => "one of == === != < <= > >= && ||",
            };
            known.map(Kind::Comparison).ok_or_else(|| wrong(at, right, sign))
        }
    }
}

fn number(first: char, characters: &mut Characters<'_>, at: usize) -> Result<Kind, SyntaxError> {
    let mut text = run(first, characters, |next| next.is_ascii_alphanumeric() || next == '.');
    if text.ends_with(['e', 'E'])
        && let Some((_, sign)) = characters.next_if(|(_, next)| matches!(next, '+' | '-'))
    {
        text.push_str(&run(sign, characters, |next| next.is_ascii_digit()));
    }
    // What else Rust takes for a number, such as "-inf", is none here.
    let is_number = text.chars().all(|character| character.is_ascii_digit() || "-+.eE".contains(character));
    let parsed = text.parse().ok().filter(|number: &f64| is_number && number.is_finite());
    parsed.map(Kind::Number).ok_or_else(|| wrong(at, "a number, such as 18 or -2.5", text))
}

/// What stands in double quotes, up to the one that ends it.
fn quoted(characters: &mut Characters<'_>, start: usize) -> Result<String, SyntaxError> {
    let mut text = String::new();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok(text),
            '\\' => {
                let escaped = characters.next().map(|(_, escaped)| escaped);
                text.push(match escaped {
                    Some(same @ ('"' | '\\' | '/')) => same,
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    other => {
                        let found = other.map_or_else(|| "the end".to_owned(), |other| format!("\\{other}"));
                        return Err(wrong(at, "\\\\ for a backslash, or one of \\\" \\/ \\n \\r \\t", found));
                    }
                });
            }
            other => text.push(other),
        }
    }
    Err(wrong(start, "a text in double quotes", "no second \"".to_owned()))
}

fn wrong(at: usize, expected: &str, found: String) -> SyntaxError {
    SyntaxError { column: at + 1, expected: expected.to_owned(), found }
}
