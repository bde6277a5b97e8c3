//! An account attribute that a fork adds to the table, and the attributes in inputs and results.

use crate::connector::account_discover_schema::described;
use crate::mapping::table::{self, Column, Kind};
use serde_json::Value;

/// An account attribute: a name, and the SCIM path (RFC 7644 §3.10) where it is read and written. It is a single text unless
/// something else is said.
///
/// ```
/// use scim_connector::Attribute;
///
/// const BADGE: &str = "urn:acme:params:scim:schemas:extension:acme:2.0:User:badge";
/// let badge = Attribute::new("badgeNumber", format!("{BADGE}.number")).int().describe("The number on the badge.");
/// let skills = Attribute::new("skills", format!("{BADGE}.skills")).multi().read_only();
/// ```
#[derive(Debug, Clone)]
pub struct Attribute {
    name: String,
    path: String,
    kind: Kind,
    is_multi: bool,
    is_read_only: bool,
    is_writable: bool,
    description: Option<String>,
}

impl Attribute {
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            kind: Kind::Text,
            is_multi: false,
            is_read_only: false,
            is_writable: false,
            description: None,
        }
    }

    /// Its values are `true` or `false`.
    #[must_use]
    pub fn boolean(mut self) -> Self {
        self.kind = Kind::Boolean;
        self
    }

    /// Its values are whole numbers of 64 bits.
    #[must_use]
    pub fn int(mut self) -> Self {
        self.kind = Kind::Int;
        self
    }

    /// It has several values.
    #[must_use]
    pub fn multi(mut self) -> Self {
        self.is_multi = true;
        self
    }

    /// The provider alone sets it.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.is_read_only = true;
        self
    }

    /// The platform's checks may set it to any text (`writable` in the specification). It can be set without this, too.
    #[must_use]
    pub fn takes_any_text(mut self) -> Self {
        self.is_writable = true;
        self
    }

    /// What it is, for people.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Its column of the table, and what the specification shows of it.
    ///
    /// # Errors
    /// A sentence that names the attribute.
    pub(super) fn parse(&self) -> Result<(Column, Value), String> {
        if self.name.trim().is_empty() {
            return Err(format!("an attribute has no name (its path is \"{}\")", self.path));
        }
        let parsed = Column::parse(&table::Attribute {
            name: &self.name,
            kind: self.kind,
            is_multi: self.is_multi,
            read: &[&self.path],
            write: (!self.is_read_only).then_some(&self.path),
            entitlement: None,
            needs_profiles: false,
        });
        let mut column = parsed.map_err(|error| format!("the attribute {}: {error}", self.name))?;
        if let Some(description) = &self.description {
            column.description.clone_from(description);
        }
        let mut shown = described(&column);
        if let Some(members) = shown.as_object_mut().filter(|_| self.is_writable && !self.is_read_only) {
            members.insert("writable".to_owned(), true.into());
        }
        Ok((column, shown))
    }
}

/// An attribute of an account, or of the input that creates one; `None` where it has no value.
///
/// ```
/// use scim_connector::{attribute, serde_json::json};
///
/// let input = json!({"attributes": {"title": "Dr", "department": null}});
/// assert_eq!(attribute(&input, "title"), Some(&json!("Dr")));
/// assert_eq!(attribute(&input, "department"), None);
/// ```
pub fn attribute<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get("attributes")?.get(name).filter(|value| !value.is_null())
}

/// Gives an account, or the input that creates one, an attribute. What has no attributes (the answer to an update that
/// changed nothing, an input that is wrong) stays as it is.
///
/// ```
/// use scim_connector::{serde_json::json, set_attribute};
///
/// let mut input = json!({"attributes": {}});
/// set_attribute(&mut input, "title", "Dr");
/// assert_eq!(input, json!({"attributes": {"title": "Dr"}}));
/// ```
pub fn set_attribute(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(attributes) = object.get_mut("attributes").and_then(Value::as_object_mut) {
        attributes.insert(name.to_owned(), value.into());
    }
}
