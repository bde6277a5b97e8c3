//! An account or an entitlement as a command gave it.

use serde_json::{Map, Value, json};

/// A result with an identity, a key and attributes.
#[derive(Debug, Clone)]
pub struct Item {
    pub identity: String,
    /// All of it.
    pub whole: Value,
}

impl Item {
    /// # Errors
    /// What it lacks, as the end of a sentence.
    pub fn parse(whole: Value) -> Result<Self, &'static str> {
        let Some(identity) = whole.get("identity").and_then(Value::as_str) else { return Err("has no \"identity\"") };
        if !whole.get("key").is_some_and(Value::is_object) {
            return Err("has no \"key\"");
        }
        if !whole.get("attributes").is_some_and(Value::is_object) {
            return Err("has no \"attributes\"");
        }
        Ok(Self { identity: identity.to_owned(), whole })
    }

    /// What other objects refer to it by.
    pub fn id(&self) -> &str {
        let key = |path| self.whole.pointer(path).and_then(Value::as_str);
        key("/key/simple/id").or_else(|| key("/key/compound/lookupId")).unwrap_or(&self.identity)
    }

    /// The input of a command about it.
    pub fn input(&self) -> Value {
        json!({"identity": self.identity, "key": self.whole.get("key")})
    }

    pub fn attributes(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.whole.get("attributes").and_then(Value::as_object).into_iter().flat_map(Map::iter)
    }

    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.whole.get("attributes")?.get(name)
    }

    /// Whether a multi-valued attribute has a value.
    pub fn holds(&self, name: &str, value: &Value) -> bool {
        self.attribute(name).and_then(Value::as_array).is_some_and(|values| values.contains(value))
    }
}

/// An id that nobody has.
pub const NOBODY: &str = "__sailpoint__not__found__";

/// The input of a command about what does not exist.
pub fn nobody() -> Value {
    json!({"identity": NOBODY, "key": {"simple": {"id": NOBODY}}})
}
