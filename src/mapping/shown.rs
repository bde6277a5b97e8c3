//! What an account shows of a user under one attribute, borrowed from the user where it can be.

use super::table::{Column, Kind};
use super::values::{is_blank, is_blank_text};
use crate::scim::{Json, JsonKind, resource, write_json_text};
use serde_json::{Number, Value};
use std::borrow::Cow;

/// What an account shows of a user under an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ShownValue<'a> {
    Text(Cow<'a, str>),
    Boolean(Flag),
    Integer(i64),
    Number(Number),
    Texts(Vec<Cow<'a, str>>),
    Integers(Vec<i64>),
}

/// A boolean in a word of its own: with one of a byte among them, values would be moved in pieces, which the processor waits
/// for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Flag {
    No,
    Yes,
}

impl From<bool> for Flag {
    fn from(flag: bool) -> Self {
        if flag { Self::Yes } else { Self::No }
    }
}

impl ShownValue<'_> {
    /// How many there are, where there may be several.
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Texts(texts) => Some(texts.len() as u64),
            Self::Integers(integers) => Some(integers.len() as u64),
            _ => None,
        }
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// As for [`write_json_text`].
    pub fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Text(text) => write_json_text(text, out),
            Self::Boolean(flag) => {
                out.extend_from_slice(boolean(*flag == Flag::Yes));
                Ok(())
            }
            Self::Integer(integer) => serde_json::to_writer(out, integer),
            Self::Number(number) => serde_json::to_writer(out, number),
            Self::Texts(texts) => write_array(texts, out, |text, out| write_json_text(text, out)),
            Self::Integers(integers) => write_array(integers, out, |integer, out| serde_json::to_writer(out, integer)),
        }
    }
}

/// A boolean as JSON.
pub(super) const fn boolean(flag: bool) -> &'static [u8] {
    if flag { b"true" } else { b"false" }
}

fn write_array<T>(
    elements: &[T],
    out: &mut Vec<u8>,
    write: impl Fn(&T, &mut Vec<u8>) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    out.push(b'[');
    for (number, element) in elements.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write(element, out)?;
    }
    out.push(b']');
    Ok(())
}

impl From<ShownValue<'_>> for Value {
    fn from(shown: ShownValue<'_>) -> Self {
        match shown {
            ShownValue::Text(text) => Self::String(text.into_owned()),
            ShownValue::Boolean(flag) => Self::Bool(flag == Flag::Yes),
            ShownValue::Integer(integer) => integer.into(),
            ShownValue::Number(number) => Self::Number(number),
            ShownValue::Texts(texts) => texts.into_iter().map(Cow::into_owned).collect(),
            ShownValue::Integers(integers) => integers.into(),
        }
    }
}

/// Gives what an account shows of a user under an attribute, if anything. It is not returned: there is one for each of some
/// twenty attributes of each user, and each move of it is felt.
///
/// # Errors
/// A sentence part that names a value that is not of the attribute's type.
pub(super) fn put_value<'a>(
    column: &'a Column,
    user: impl Json<'a>,
    put: &mut impl FnMut(ShownValue<'a>),
) -> Result<(), String> {
    match (column.kind, column.is_multi) {
        (Kind::Int, true) => {
            let mut integers = Vec::new();
            let misfit = find(column, user, &mut |value| {
                let found = (!is_blank(value)).then(|| integer(column, value))?;
                found.map(|found| integers.push(found)).err()
            });
            misfit.map_or(Ok(()), Err)?;
            put(ShownValue::Integers(set(integers)));
        }
        (_, true) => put(ShownValue::Texts(set(texts(column, user)))),
        (Kind::Int, false) => {
            let found = find(column, user, &mut |value| (!is_blank(value)).then(|| integer(column, value)));
            found.transpose()?.map(ShownValue::Integer).into_iter().for_each(put);
        }
        (Kind::Boolean, false) => {
            let flag = find(column, user, &mut resource::boolean).map(Flag::from);
            flag.map(ShownValue::Boolean).into_iter().for_each(put);
        }
        // An empty text is no value: a blank primary address must not hide the one for work.
        (Kind::Text, false) => {
            let mut text = |value| resource::text(value).filter(|text| !is_blank_text(text));
            if let Some(text) = find(column, user, &mut text) {
                put(ShownValue::Text(text));
            }
        }
        (Kind::Plain, false) => find(column, user, &mut plain).into_iter().for_each(put),
    }
    Ok(())
}

/// The same, returned.
///
/// # Errors
/// As for [`put_value`].
pub(super) fn value_of<'a>(column: &'a Column, user: impl Json<'a>) -> Result<Option<ShownValue<'a>>, String> {
    let mut found = None;
    put_value(column, user, &mut |value| found = Some(value))?;
    Ok(found)
}

/// Looks at the values under a column's paths, one after the other, until one gives a result.
fn find<'a, J: Json<'a>, R>(column: &Column, user: J, look: &mut impl FnMut(J) -> Option<R>) -> Option<R> {
    column.read.iter().find_map(|path| path.find(user, look))
}

/// A single value as it comes.
fn plain<'a>(value: impl Json<'a>) -> Option<ShownValue<'a>> {
    match value.kind() {
        JsonKind::Text(text) => Some(ShownValue::Text(text.into())),
        JsonKind::Boolean(boolean) => Some(ShownValue::Boolean(boolean.into())),
        JsonKind::Number(number) => Some(ShownValue::Number(number.clone())),
        // A path leads to no `null`.
        JsonKind::Null | JsonKind::Array | JsonKind::Object => None,
    }
}

/// The texts of all values under a column's paths, without empty ones.
pub(super) fn texts<'a>(column: &Column, user: impl Json<'a>) -> Vec<Cow<'a, str>> {
    let mut texts = Vec::new();
    let _: Option<()> = find(column, user, &mut |value| {
        texts.extend(resource::text(value).filter(|text| !text.is_empty()));
        None
    });
    texts
}

fn integer<'a>(column: &Column, value: impl Json<'a>) -> Result<i64, String> {
    let misfit = || format!("{} is {}, and no whole number that fits into 64 bits", column.name, value.to_value());
    resource::integer(value).ok_or_else(misfit)
}

/// The values sorted and each once.
pub(super) fn set<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}
