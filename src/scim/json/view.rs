//! How JSON is looked at, wherever it stands: a `serde_json::Value`, or a resource of a list in an answer's body.

use crate::scim::plan::Named;
use crate::scim::resource;
use serde_json::{Number, Value};

/// A JSON value that is looked at.
pub trait Json<'v>: Copy {
    fn kind(self) -> Kind<'v>;

    /// The elements of an array, in order; of anything else none.
    fn elements(self) -> impl Iterator<Item = Self>;

    /// The member of an object with that name, in any case of letters (RFC 7643 §2.1); one that is `null` is not there.
    fn member(self, name: impl Named) -> Option<Self>;

    /// Whether it is an array or an object with nothing in it.
    fn is_empty(self) -> bool;

    /// The same as a value of its own.
    fn to_value(self) -> Value;

    fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }
}

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind<'v> {
    Null,
    Boolean(bool),
    Number(&'v Number),
    Text(&'v str),
    Array,
    Object,
}

impl<'v> Json<'v> for &'v Value {
    fn kind(self) -> Kind<'v> {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(value) => Kind::Boolean(*value),
            Value::Number(number) => Kind::Number(number),
            Value::String(text) => Kind::Text(text),
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        self.as_array().map(Vec::as_slice).unwrap_or_default().iter()
    }

    fn member(self, name: impl Named) -> Option<Self> {
        resource::member(self.as_object()?, name.as_str())
    }

    fn is_empty(self) -> bool {
        match self {
            Value::Array(elements) => elements.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    fn to_value(self) -> Value {
        self.clone()
    }
}
