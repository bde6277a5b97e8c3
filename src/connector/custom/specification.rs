//! The connector's specification as the platform gets it: the crate's own with what a fork adds, or the fork's own.

use crate::product;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A connector's specification (`connector-spec.json`).
pub struct Specification {
    members: Map<String, Value>,
    /// The crate's own text, where nothing was added to it.
    text: Option<&'static str>,
}

impl Default for Specification {
    fn default() -> Self {
        // A test reads the crate's own.
        Self { text: Some(product::SPEC), ..Self::parse(product::SPEC).unwrap_or_else(|_| Self::empty()) }
    }
}

impl Specification {
    fn empty() -> Self {
        Self { members: Map::new(), text: None }
    }

    /// A fork's own.
    ///
    /// # Errors
    /// A sentence that says why the text is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(Self { members, text: None }),
            Ok(_) => Err("the specification is JSON, but no object".to_owned()),
            Err(error) => Err(format!("the specification is not JSON: {error}")),
        }
    }

    pub fn json(&self) -> Value {
        Value::Object(self.members.clone())
    }

    /// The text of the file.
    pub fn text(&self) -> Cow<'_, str> {
        match self.text {
            Some(text) => Cow::Borrowed(text.trim_end()),
            None => Cow::Owned(format!("{:#}", self.json())),
        }
    }

    /// Gives it the product's name.
    pub(super) fn name(&mut self, name: &str) {
        self.members().insert("name".to_owned(), name.into());
    }

    /// Shows a command that is carried out.
    pub(super) fn add_command(&mut self, name: &str) {
        let commands = self.members.get("commands").and_then(Value::as_array);
        if !commands.is_some_and(|commands| commands.iter().any(|known| known == name)) {
            self.push("commands", name.into());
        }
    }

    /// Shows an attribute of accounts, in the place of one that has its name.
    pub(super) fn add_attribute(&mut self, shown: Value) {
        let schema = self.members().entry("accountSchema").or_insert_with(|| json!({}));
        let Some(members) = schema.as_object_mut() else { return };
        let Value::Array(attributes) = members.entry("attributes").or_insert_with(|| json!([])) else { return };
        match attributes.iter_mut().find(|other| other.get("name") == shown.get("name")) {
            Some(other) => *other = shown,
            None => attributes.push(shown),
        }
    }

    /// Shows settings in a menu of their own.
    pub(super) fn add_settings(&mut self, title: &str, items: &[Value]) {
        let section = json!({"type": "section", "sectionTitle": title, "items": items});
        self.push("sourceConfig", json!({"type": "menu", "label": title, "items": [section]}));
    }

    /// Offers one more choice of a setting of the form, before the last one, which is for all else.
    pub(super) fn add_choice(&mut self, key: &str, value: &str, label: &str) {
        let Some(options) = self.members().get_mut("sourceConfig").and_then(|form| options(form, key)) else { return };
        if !options.iter().any(|option| option.get("value").is_some_and(|known| known == value)) {
            options.insert(options.len().saturating_sub(1), json!({"label": label, "value": value}));
        }
    }

    /// What is changed is not the crate's own text any more.
    fn members(&mut self) -> &mut Map<String, Value> {
        self.text = None;
        &mut self.members
    }

    /// Adds to the list of that name, which a fork's own specification may lack.
    fn push(&mut self, name: &str, element: Value) {
        match self.members().entry(name).or_insert_with(|| json!([])) {
            Value::Array(list) => list.push(element),
            other => *other = json!([element]),
        }
    }
}

/// The choices of the form's item of that key, wherever it stands.
fn options<'a>(form: &'a mut Value, key: &str) -> Option<&'a mut Vec<Value>> {
    match form {
        Value::Array(elements) => elements.iter_mut().find_map(|element| options(element, key)),
        Value::Object(members) => {
            if members.get("key").is_some_and(|known| known == key) {
                members.get_mut("options")?.as_array_mut()
            } else {
                options(members.get_mut("items")?, key)
            }
        }
        _ => None,
    }
}
