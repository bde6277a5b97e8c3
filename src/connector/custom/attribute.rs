//! An account attribute that a fork adds to the table.

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
