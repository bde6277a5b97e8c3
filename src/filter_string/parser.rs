//! The grammar of filter strings:
//!
//! ```text
//! filter     = all *( "||" all )
//! all        = one *( "&&" one )
//! one        = "(" filter ")" / call / comparison / negation
//! negation   = "!" ( "(" filter ")" / call / negation )
//! comparison = operand ( "==" / "===" / "!=" / "<" / "<=" / ">" / ">=" ) operand
//! operand    = name / text / number / "true" / "false" / "null"     ; one of the two is a name
//! call       = name "." method "(" [ text *( "," text ) ] ")"
//! ```

use super::token::{Kind, Operator, Token};
use super::{Name, SyntaxError};
use std::vec::IntoIter;

/// So deep may parentheses and negations be nested.
const MAX_DEPTH: usize = 64;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Comparison { left: Operand, operator: Operator, right: Operand },
    HasValue { name: String, expected: bool },
    Text { name: String, test: TextTest, values: Vec<String>, ignores_case: bool },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Attribute(String),
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// What a method asks of an attribute's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
    /// The one that takes several texts, each of which must be there.
    ContainsAll,
}

#[derive(Clone, Copy)]
enum Method {
    HasValue(bool),
    Text { test: TextTest, ignores_case: bool },
}

const METHODS: [(&str, Method); 12] = {
    const fn text(test: TextTest, ignores_case: bool) -> Method {
        Method::Text { test, ignores_case }
    }
    [
        ("isNull", Method::HasValue(false)),
        ("notNull", Method::HasValue(true)),
        ("isEmpty", Method::HasValue(false)),
        ("notEmpty", Method::HasValue(true)),
        ("startsWith", text(TextTest::StartsWith, false)),
        ("endsWith", text(TextTest::EndsWith, false)),
        ("contains", text(TextTest::Contains, false)),
        ("containsAll", text(TextTest::ContainsAll, false)),
        ("startsWithIgnoreCase", text(TextTest::StartsWith, true)),
        ("endsWithIgnoreCase", text(TextTest::EndsWith, true)),
        ("containsIgnoreCase", text(TextTest::Contains, true)),
        ("containsAllIgnoreCase", text(TextTest::ContainsAll, true)),
    ]
};

fn method(name: &str) -> Option<Method> {
    METHODS.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
}

/// The expression that the words make, and the attributes that it names.
pub(super) fn parse(tokens: Vec<Token>) -> Result<(Expression, Vec<Name>), SyntaxError> {
    let mut tokens = tokens.into_iter();
    let next = tokens.next().unwrap_or(END);
    let mut parser = Parser { next, tokens, names: Vec::new(), depth: 0 };
    let expression = parser.any()?;
    if parser.next.kind != Kind::End {
        return Err(parser.expected("&&, || or the end"));
    }
    Ok((expression, parser.names))
}

const END: Token = Token { kind: Kind::End, column: 1 };

struct Parser {
    next: Token,
    tokens: IntoIter<Token>,
    names: Vec<Name>,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Expression, SyntaxError> {
        self.chain(&Kind::Or, Self::all, Expression::Any)
    }

    fn all(&mut self) -> Result<Expression, SyntaxError> {
        self.chain(&Kind::And, Self::one, Expression::All)
    }

    /// Operands with the same sign between them, however many: a long chain is not deep.
    fn chain(
        &mut self,
        between: &Kind,
        operand: fn(&mut Self) -> Result<Expression, SyntaxError>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Expression, SyntaxError> {
        let first = operand(self)?;
        if self.next.kind != *between {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.next.kind == *between {
            self.take();
            operands.push(operand(self)?);
        }
        Ok(join(operands))
    }

    fn one(&mut self) -> Result<Expression, SyntaxError> {
        match self.next.kind {
            Kind::Not => {
                let inner = self.deeper(Self::negated)?;
                Ok(Expression::Not(Box::new(inner)))
            }
            Kind::Open => self.deeper(|parser| {
                parser.take();
                let inner = parser.any()?;
                parser.require(&Kind::Close, "&&, || or )")?;
                Ok(inner)
            }),
            _ => self.call_or_comparison(),
        }
    }

    /// What stands after a `!`: in JavaScript `!a == b` is `(!a) == b`, so a comparison needs parentheses.
    fn negated(&mut self) -> Result<Expression, SyntaxError> {
        self.take();
        if matches!(self.next.kind, Kind::Open | Kind::Not) {
            return self.one();
        }
        let (column, found) = (self.next.column, self.next.kind.shown());
        match self.call_or_comparison()? {
            Expression::Comparison { .. } => Err(SyntaxError { column, expected: "( after !".to_owned(), found }),
            call => Ok(call),
        }
    }

    fn deeper(&mut self, inner: fn(&mut Self) -> Result<Expression, SyntaxError>) -> Result<Expression, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(self.expected(&format!("at most {MAX_DEPTH} parentheses and negations in one another")));
        }
        self.depth += 1;
        let inner = inner(self);
        self.depth -= 1;
        inner
    }

    fn call_or_comparison(&mut self) -> Result<Expression, SyntaxError> {
        let start = self.take();
        if let Kind::Word(word) = &start.kind
            && self.next.kind == Kind::Open
        {
            return self.call(word, start.column);
        }
        let left = self.operand(start)?;
        let Kind::Comparison(operator) = self.next.kind else {
            let is_method = matches!(&left, Operand::Attribute(name) if split(name).is_some_and(|(_, last)| method(last).is_some()));
            return Err(self.expected(if is_method { "( after a method" } else { COMPARISON }));
        };
        self.take();
        let column = self.next.column;
        let token = self.take();
        let found = token.kind.shown();
        let right = self.operand(token)?;
        if !matches!((&left, &right), (Operand::Attribute(_), _) | (_, Operand::Attribute(_))) {
            return Err(SyntaxError { column, expected: "the name of an attribute".to_owned(), found });
        }
        Ok(Expression::Comparison { left, operator, right })
    }

    fn operand(&mut self, token: Token) -> Result<Operand, SyntaxError> {
        let column = token.column;
        Ok(match token.kind {
            Kind::Text(text) => Operand::Text(text),
            Kind::Number(number) => Operand::Number(number),
            Kind::Word(word) => match word.as_str() {
                "null" => Operand::Null,
                "true" => Operand::Boolean(true),
                "false" => Operand::Boolean(false),
                _ => {
                    self.names.push(Name { name: word.clone(), column });
                    Operand::Attribute(word)
                }
            },
            other => {
                let expected = "the name of an attribute, or a value such as \"Sales\", 18, true or null".to_owned();
                return Err(SyntaxError { column, expected, found: other.shown() });
            }
        })
    }

    /// The `word` before a parenthesis.
    fn call(&mut self, word: &str, column: usize) -> Result<Expression, SyntaxError> {
        let Some((name, last)) = split(word) else {
            let expected = "an attribute and a method, such as email.isNull()".to_owned();
            return Err(SyntaxError { column, expected, found: format!("{word}(") });
        };
        let Some(method) = method(last) else {
            let known: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
            let column = column + name.chars().count() + 1;
            return Err(SyntaxError {
                column,
                expected: format!("one of {}", known.join(", ")),
                found: last.to_owned(),
            });
        };
        let name = name.to_owned();
        self.names.push(Name { name: name.clone(), column });
        self.take();
        let expression = match method {
            Method::HasValue(expected) => Expression::HasValue { name, expected },
            Method::Text { test, ignores_case } => {
                Expression::Text { name, test, values: self.values(test)?, ignores_case }
            }
        };
        let closes = if matches!(method, Method::Text { test: TextTest::ContainsAll, .. }) { ", or )" } else { ")" };
        self.require(&Kind::Close, closes)?;
        Ok(expression)
    }

    /// The texts between a method's parentheses: one, or for `containsAll` at least one.
    fn values(&mut self, test: TextTest) -> Result<Vec<String>, SyntaxError> {
        let mut values = vec![self.text()?];
        while test == TextTest::ContainsAll && self.next.kind == Kind::Comma {
            self.take();
            values.push(self.text()?);
        }
        Ok(values)
    }

    fn text(&mut self) -> Result<String, SyntaxError> {
        match &self.next.kind {
            Kind::Text(text) => {
                let text = text.clone();
                self.take();
                Ok(text)
            }
            _ => Err(self.expected("a text in double quotes")),
        }
    }

    fn require(&mut self, kind: &Kind, expected: &str) -> Result<(), SyntaxError> {
        if self.next.kind != *kind {
            return Err(self.expected(expected));
        }
        self.take();
        Ok(())
    }

    /// The next word; at the end it stays the end.
    fn take(&mut self) -> Token {
        let after = self.tokens.next().unwrap_or(Token { kind: Kind::End, column: self.next.column });
        std::mem::replace(&mut self.next, after)
    }

    fn expected(&self, expected: &str) -> SyntaxError {
        SyntaxError { column: self.next.column, expected: expected.to_owned(), found: self.next.kind.shown() }
    }
}

const COMPARISON: &str = "a comparison such as ==, or a method such as .isNull()";

/// What stands before a word's last dot, and after it.
fn split(word: &str) -> Option<(&str, &str)> {
    word.rsplit_once('.').filter(|(name, _)| !name.is_empty())
}
