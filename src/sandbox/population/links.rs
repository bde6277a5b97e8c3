//! How one record stands in another: a member in a group, a group in a user, a manager in a user. By the RFC each has a
//! `$ref` (RFC 7643 §2.4).

use super::Population;
use crate::sandbox::dialect::Dialect;
use serde_json::{Value, json};

impl Population {
    /// A user as it stands in a group; by the RFC one may be without a name.
    pub(in crate::sandbox) fn member(&self, id: &str, name: Option<&str>) -> Value {
        match name {
            Some(name) => self.link("Users", json!({ "value": id, "display": name, "type": "User" })),
            None => self.link("Users", json!({ "value": id, "type": "User" })),
        }
    }

    /// A group as it stands in a user.
    pub(in crate::sandbox) fn group_of_user(&self, id: &str, name: &str) -> Value {
        self.link(
            "Groups",
            match self.dialect {
                Dialect::Salesforce => json!({ "value": id, "display": name }),
                Dialect::Rfc => json!({ "value": id, "display": name, "type": "direct" }),
            },
        )
    }

    /// A user as it stands in those whom it manages.
    pub(in crate::sandbox) fn manager(&self, id: &str, name: Option<&str>) -> Value {
        match name {
            Some(name) => self.link("Users", json!({ "value": id, "displayName": name })),
            None => self.link("Users", json!({ "value": id })),
        }
    }

    fn link(&self, endpoint: &str, mut link: Value) -> Value {
        let id = link.get("value").and_then(Value::as_str).unwrap_or_default();
        let reference = self.location(endpoint, id);
        if let (Some(members), Dialect::Rfc) = (link.as_object_mut(), self.dialect) {
            members.shift_insert(1, "$ref".to_owned(), json!(reference));
        }
        link
    }
}
