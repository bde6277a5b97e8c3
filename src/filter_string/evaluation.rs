//! What a filter string means on an object's flat attributes.
//!
//! Comparisons are JavaScript's, since the platform's own are: `==` compares values of different types as numbers, and a
//! list as its elements with commas between them. What has no value differs from everything but `null`, and is neither
//! smaller nor greater than anything.

use super::parser::{Expression, Operand, TextTest};
use super::token::Operator;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Whether the expression holds of an object.
pub(super) fn holds<'a>(expression: &'a Expression, attributes: &'a Map<String, Value>) -> bool {
    let read = |name: &str| attributes.get(name).map_or(Read::Nothing, Read::of);
    match expression {
        Expression::Any(operands) => operands.iter().any(|operand| holds(operand, attributes)),
        Expression::All(operands) => operands.iter().all(|operand| holds(operand, attributes)),
        Expression::Not(inner) => !holds(inner, attributes),
        Expression::Comparison { left, operator, right } => {
            let value = |operand: &'a Operand| match operand {
                Operand::Attribute(name) => read(name),
                Operand::Null => Read::Nothing,
                Operand::Boolean(boolean) => Read::Boolean(*boolean),
                Operand::Number(number) => Read::Number(*number),
                Operand::Text(text) => Read::Text(text.into()),
            };
            compares(&value(left), *operator, &value(right))
        }
        Expression::HasValue { name, expected } => {
            let has_value = match read(name) {
                Read::Nothing => false,
                Read::Text(text) => !text.is_empty(),
                _ => true,
            };
            has_value == *expected
        }
        Expression::Text { name, test, values, ignores_case } => {
            values.iter().all(|value| text_holds(&read(name), *test, value, *ignores_case))
        }
    }
}

/// An attribute's value, or one that it is compared with.
#[derive(Debug, Clone, PartialEq)]
enum Read<'a> {
    /// There is none: the attribute is missing, `null`, or a list without elements.
    Nothing,
    Boolean(bool),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
}

impl<'a> Read<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            // Attributes are flat: an object is none.
            Value::Null | Value::Object(_) => Self::Nothing,
            Value::Bool(boolean) => Self::Boolean(*boolean),
            Value::Number(number) => number.as_f64().map_or(Self::Nothing, Self::Number),
            Value::String(text) => Self::Text(text.into()),
            Value::Array(elements) if elements.is_empty() => Self::Nothing,
            Value::Array(elements) => Self::List(elements.iter().map(|element| Self::of(element).text()).collect()),
        }
    }

    /// A single value, a list as a text.
    fn single(&self) -> Cow<'_, Self> {
        match self {
            Self::List(_) => Cow::Owned(Self::Text(self.clone().text())),
            _ => Cow::Borrowed(self),
        }
    }

    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Nothing => "".into(),
            Self::Boolean(boolean) => boolean.to_string().into(),
            Self::Number(number) => number.to_string().into(),
            Self::Text(text) => text,
            Self::List(elements) => elements.join(",").into(),
        }
    }

    fn number(&self) -> f64 {
        match self {
            Self::Boolean(boolean) => f64::from(u8::from(*boolean)),
            Self::Number(number) => *number,
            Self::Text(text) if text.trim().is_empty() => 0.0,
            Self::Text(text) if text.contains(|character: char| character.is_ascii_digit()) => {
                text.trim().parse().unwrap_or(f64::NAN)
            }
            Self::Text(_) | Self::Nothing | Self::List(_) => f64::NAN,
        }
    }
}

fn compares(left: &Read<'_>, operator: Operator, right: &Read<'_>) -> bool {
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Same => left == right,
        Operator::Less => ordering(left, right).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => ordering(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => ordering(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => ordering(left, right).is_some_and(Ordering::is_ge),
    }
}

#[expect(clippy::float_cmp, reason = "equal numbers are meant, not nearly equal ones")]
fn equal(left: &Read<'_>, right: &Read<'_>) -> bool {
    match (left, right) {
        (Read::Nothing, other) | (other, Read::Nothing) => *other == Read::Nothing,
        (Read::List(left), Read::List(right)) => left == right,
        _ => match (&*left.single(), &*right.single()) {
            (Read::Text(left), Read::Text(right)) => left == right,
            (left, right) => left.number() == right.number(),
        },
    }
}

fn ordering(left: &Read<'_>, right: &Read<'_>) -> Option<Ordering> {
    match (&*left.single(), &*right.single()) {
        (Read::Nothing, _) | (_, Read::Nothing) => None,
        // As JavaScript compares texts, by their units in UTF-16.
        (Read::Text(left), Read::Text(right)) => Some(left.encode_utf16().cmp(right.encode_utf16())),
        (left, right) => left.number().partial_cmp(&right.number()),
    }
}

/// Of a list, an element must begin or end so, or be the text itself.
fn text_holds(read: &Read<'_>, test: TextTest, value: &str, ignores_case: bool) -> bool {
    let value = fold(value, ignores_case);
    match read {
        Read::Nothing => false,
        Read::List(elements) => elements.iter().map(|element| fold(element, ignores_case)).any(|element| match test {
            TextTest::StartsWith => element.starts_with(&*value),
            TextTest::EndsWith => element.ends_with(&*value),
            TextTest::Contains | TextTest::ContainsAll => element == value,
        }),
        single => {
            let written = single.clone().text();
            let written = fold(&written, ignores_case);
            match test {
                TextTest::StartsWith => written.starts_with(&*value),
                TextTest::EndsWith => written.ends_with(&*value),
                TextTest::Contains | TextTest::ContainsAll => written.contains(&*value),
            }
        }
    }
}

fn fold(text: &str, ignores_case: bool) -> Cow<'_, str> {
    if ignores_case { text.to_lowercase().into() } else { text.into() }
}
