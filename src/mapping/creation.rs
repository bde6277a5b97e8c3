//! A new account's attributes as the SCIM user that is sent.

use super::shown::{ShownValue, value_of};
use super::table::{self, Column, Table};
use super::update::agree;
use super::values;
use crate::protocol::{Action, Change};
use crate::scim::patch::{self, Assignment};
use crate::scim::provider::{PROFILE_KIND, Profile};
use crate::scim::resource;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const ENTITLEMENTS: &str = "entitlements";
const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What is to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct Creation {
    user: Value,
    /// What the user was made of.
    attributes: Vec<(Arc<Column>, Value)>,
    /// The profile that was asked for by name or id, besides those among the entitlements.
    pub profile: Option<String>,
    /// Ids of entitlements, as they were asked for.
    entitlements: Vec<String>,
    /// Ids of what is granted once the account is there, by attribute. Memberships are not part of a SCIM user that is sent
    /// (RFC 7643 §4.1.2).
    later: Vec<(String, Vec<String>)>,
}

impl Creation {
    /// Reads the attributes by the table. `null` and blank texts are left out.
    ///
    /// # Errors
    /// [`CreationError`] has every attribute that cannot be used.
    pub fn parse(attributes: &Map<String, Value>, table: &Table, provider: &Profile) -> Result<Self, CreationError> {
        let (user, later) = (Value::Null, Vec::new());
        let mut creation = Self { user, attributes: Vec::new(), profile: None, entitlements: Vec::new(), later };
        let (mut assigned, mut problems) = (Vec::new(), Vec::new());
        for (name, value) in attributes {
            if value.is_null() || values::is_blank(value) {
                continue;
            }
            match creation.take(name, value, table, provider) {
                Ok(None) => {}
                Ok(Some(value)) => assigned.push(value),
                Err(says) => problems.push((name.clone(), says)),
            }
        }
        creation.user = user_with(&assigned);
        problems.extend(assigned.iter().filter_map(|(column, value)| lost(column, value, &creation.user)));
        if let Some(user) = creation.user.as_object_mut() {
            user.entry("active").or_insert(Value::Bool(true));
        }
        creation.attributes = assigned;
        if problems.is_empty() { Ok(creation) } else { Err(CreationError { problems }) }
    }

    /// The user name that was asked for.
    pub fn user_name(&self) -> Option<&str> {
        resource::get(&self.user, "userName").and_then(Value::as_str)
    }

    /// The user's own attributes that were asked for.
    pub fn attributes(&self) -> &[(Arc<Column>, Value)] {
        &self.attributes
    }

    /// Whether a profile is among the entitlements.
    pub fn has_profile(&self, provider: &Profile) -> bool {
        self.entitlements.iter().any(|id| provider.entitlement_kind(id) == Some(PROFILE_KIND))
    }

    /// Takes out what is granted after the account was made: groups, further types, and permission sets besides the profile.
    pub fn split_grants(&mut self, provider: &Profile) -> Vec<Change> {
        let mut later = Vec::new();
        let mut grant = |attribute: &str, ids: Vec<String>| {
            if !ids.is_empty() {
                later.push(Change { attribute: attribute.to_owned(), action: Action::Add(json!(ids)) });
            }
        };
        if provider.has_profiles() {
            let is_profile = |id: &String| provider.entitlement_kind(id) == Some(PROFILE_KIND);
            let (profiles, others) = std::mem::take(&mut self.entitlements).into_iter().partition(is_profile);
            self.entitlements = profiles;
            grant(ENTITLEMENTS, others);
        }
        for (attribute, ids) in std::mem::take(&mut self.later) {
            grant(&attribute, ids);
        }
        later
    }

    /// The user to send. `profile_id` is the id of [`Creation::profile`].
    ///
    /// # Errors
    /// [`CreationError`] when there would be two profiles.
    pub fn into_user(mut self, profile_id: Option<String>, provider: &Profile) -> Result<Value, CreationError> {
        let mut ids = self.entitlements;
        if let Some(id) = profile_id.filter(|id| !ids.contains(id)) {
            ids.insert(0, id);
        }
        let profiles: Vec<&str> =
            ids.iter().map(String::as_str).filter(|id| provider.entitlement_kind(id) == Some(PROFILE_KIND)).collect();
        if profiles.len() > 1 {
            let says = format!(
                "would give the account {} profiles ({}); it must have one",
                profiles.len(),
                profiles.join(", ")
            );
            return Err(CreationError { problems: vec![(ENTITLEMENTS.to_owned(), says)] });
        }
        if !ids.is_empty() {
            let values: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
            if let Some(user) = self.user.as_object_mut() {
                user.insert(ENTITLEMENTS.to_owned(), values.into());
            }
        }
        Ok(self.user)
    }

    /// Takes what is granted; what is the user's own it gives back.
    fn take(
        &mut self,
        name: &str,
        value: &Value,
        table: &Table,
        provider: &Profile,
    ) -> Result<Option<(Arc<Column>, Value)>, String> {
        // The one create template of all providers sends a profile to those that have none, too.
        if table.column(name).is_some_and(|column| !column.is_at(provider)) {
            return Ok(None);
        }
        let column = table.known(name, provider)?;
        match column.entitlement.as_deref() {
            Some(table::ENTITLEMENT) => self.entitlements = values::texts(value)?,
            Some(_) => self.later.push((column.name.clone(), values::texts(value)?)),
            None if column.needs_profiles => self.profile = Some(values::text(value)?),
            None if column.write.is_none() => return Err(format!("cannot be set: {}", column.why_not_written)),
            None => return Ok(Some((Arc::clone(column), values::typed(column, value)?))),
        }
        Ok(None)
    }
}

/// A new user with these values.
fn user_with(assigned: &[(Arc<Column>, Value)]) -> Value {
    let assignments: Vec<Assignment<'_>> = assigned
        .iter()
        .filter_map(|(column, value)| {
            let (write, value) = (column.write.as_ref()?, Some(value.clone()));
            Some(Assignment { read: &column.read, write, value, others: &[] })
        })
        .collect();
    patch::assigned(&assignments, &json!({"schemas": [CORE_USER]}))
}

/// What became of a value whose place another one has taken.
fn lost(column: &Column, value: &Value, user: &Value) -> Option<(String, String)> {
    let is_there = |is: Option<ShownValue<'_>>| agree(column, is.map(Value::from).as_ref(), Some(value));
    let is_lost = column.is_shown() && !value_of(column, user).is_ok_and(is_there);
    let says = "cannot be set along with the others: one of them is written in the same place";
    is_lost.then(|| (column.name.clone(), says.to_owned()))
}

/// Attributes that cannot be used: each with a sentence part that goes on after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreationError {
    pub problems: Vec<(String, String)>,
}

impl std::fmt::Display for CreationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::joined(&self.problems))
    }
}

impl std::error::Error for CreationError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::AccountMapper;
    use crate::mapping::table::Kind;
    use crate::scim::provider::{GENERIC, SALESFORCE};

    fn parse(attributes: &Value) -> Result<Creation, CreationError> {
        Creation::parse(attributes.as_object().unwrap(), &Table::built_in(), &SALESFORCE)
    }

    #[test]
    fn attributes_go_where_the_table_says() {
        let creation = parse(&json!({
            "userName": "ada@example.com", "familyName": "Lovelace", "givenName": "Ada", "email": "ada@example.com",
            "department": "Engines", "managerId": "0051", "title": "", "locale": " ", "nickName": null, "profile": ["Standard User"],
            "entitlements": "0PS1", "groups": ["00G1", "00G2"], "password": "s3cret",
        }))
        .unwrap();
        assert_eq!(creation.profile.as_deref(), Some("Standard User"));
        assert_eq!(creation.later, [("groups".to_owned(), vec!["00G1".to_owned(), "00G2".to_owned()])]);
        let user = creation.into_user(Some("00e1".to_owned()), &SALESFORCE).unwrap();
        insta::assert_json_snapshot!(user, @r#"
        {
          "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
          ],
          "userName": "ada@example.com",
          "name": {
            "familyName": "Lovelace",
            "givenName": "Ada"
          },
          "emails": [
            {
              "type": "work",
              "primary": true,
              "value": "ada@example.com"
            }
          ],
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Engines",
            "manager": {
              "value": "0051"
            }
          },
          "password": "s3cret",
          "active": true,
          "entitlements": [
            {
              "value": "00e1"
            },
            {
              "value": "0PS1"
            }
          ]
        }
        "#);
    }

    #[test]
    fn what_is_sent_and_what_is_read_under_one_name_are_equal() {
        for column in Table::built_in().columns().iter().filter(|column| column.write.is_some()) {
            if column.needs_profiles || !column.is_shown() {
                continue;
            }
            let name = &column.name;
            let value = match column.kind {
                Kind::Text if column.is_multi => json!(["x"]),
                Kind::Text => json!("x"),
                Kind::Boolean => json!(false),
                Kind::Int | Kind::Plain => json!(1),
            };
            let user = parse(&json!({name: value})).unwrap().into_user(None, &SALESFORCE).unwrap();
            assert_eq!(
                AccountMapper::new(&Table::built_in(), &SALESFORCE, None).map("1", &user).attributes.get(name),
                Some(&value),
                "{name}"
            );
        }
    }

    #[test]
    fn every_attribute_that_cannot_be_used_is_named() {
        let error =
            parse(&json!({"shoeSize": 42, "id": "1", "email": {"value": "x"}, "active": "maybe", "groups": [{}]}))
                .unwrap_err();
        insta::assert_snapshot!(error.to_string().replace("; ", "\n"), @r#"
        shoeSize is no attribute of this source (those that can be set: userName, displayName, nickName, givenName, familyName, formattedName, email, phone, title, department, employeeNumber, organization, managerId, externalId, locale, timezone, preferredLanguage, userType, active, profile, groups, entitlements, password)
        id cannot be set: the provider sets it
        email must be one text, but is an object
        active must be true or false, but is "maybe"
        groups must be a list of texts, but is a list of something else
        "#);
    }

    #[test]
    fn two_profiles_are_an_error_that_names_both() {
        let creation = parse(&json!({"entitlements": ["00e1", "0PS1"]})).unwrap();
        let error = creation.clone().into_user(Some("00e2".to_owned()), &SALESFORCE).unwrap_err().to_string();
        assert!(error.contains("2 profiles (00e2, 00e1)"), "{error}");
        assert!(creation.into_user(Some("00e1".to_owned()), &SALESFORCE).is_ok());
    }

    #[test]
    fn a_provider_without_profiles_is_sent_none() {
        let attributes = json!({"userName": "ada", "profile": "Standard User"});
        let creation = Creation::parse(attributes.as_object().unwrap(), &Table::built_in(), &GENERIC).unwrap();
        assert_eq!(creation.profile, None);
        let user = creation.into_user(None, &GENERIC).unwrap();
        assert_eq!(user, json!({"schemas": [CORE_USER], "userName": "ada", "active": true}));
    }
}
