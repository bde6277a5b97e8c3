//! A new account's attributes as the SCIM user that is sent.

use super::table::{self, Attribute, Column, Kind};
use crate::scim::provider::{PROFILE_KIND, Profile};
use crate::scim::resource;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, PatchPath, ValFilter};
use serde_json::{Map, Value, json};

const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What is to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct Creation {
    user: Map<String, Value>,
    /// The profile that was asked for by name or id, besides those among the entitlements.
    pub profile: Option<String>,
    /// Ids of entitlements, as they were asked for.
    pub entitlements: Vec<String>,
    /// Ids of groups: memberships are not part of a SCIM user that is sent (RFC 7643 §4.1.2).
    pub groups: Vec<String>,
}

impl Creation {
    /// Reads the attributes by the table. `null` and empty texts are left out.
    ///
    /// # Errors
    /// [`CreationError`] has every attribute that cannot be used.
    pub fn parse(attributes: &Map<String, Value>, provider: &Profile) -> Result<Self, CreationError> {
        let mut creation = Self { user: Map::new(), profile: None, entitlements: Vec::new(), groups: Vec::new() };
        let mut problems = Vec::new();
        creation.user.insert("schemas".to_owned(), json!([CORE_USER]));
        for (name, value) in attributes {
            if value.is_null() || value.as_str().is_some_and(str::is_empty) || is_foreign(name, provider) {
                continue;
            }
            if let Err(says) = creation.take(name, value, provider) {
                problems.push((name.clone(), says));
            }
        }
        creation.user.entry("active").or_insert(Value::Bool(true));
        if problems.is_empty() { Ok(creation) } else { Err(CreationError { problems }) }
    }

    /// The user name that was asked for.
    pub fn user_name(&self) -> Option<&str> {
        self.user.get("userName").and_then(Value::as_str)
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
            return Err(CreationError { problems: vec![("entitlements".to_owned(), says)] });
        }
        if !ids.is_empty() {
            let values: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
            self.user.insert("entitlements".to_owned(), values.into());
        }
        Ok(Value::Object(self.user))
    }

    fn take(&mut self, name: &str, value: &Value, provider: &Profile) -> Result<(), String> {
        let column = column(name, provider)?;
        match column.attribute {
            Attribute { entitlement: Some(table::GROUP), .. } => self.groups = texts(value)?,
            Attribute { entitlement: Some(_), .. } => self.entitlements = texts(value)?,
            Attribute { needs_profiles: true, .. } => self.profile = Some(text(value)?),
            attribute => {
                let Some(path) = &column.write else { return Err("cannot be set: the provider sets it".to_owned()) };
                let value = match attribute.kind {
                    Kind::Text => text(value)?.into(),
                    Kind::Texts => texts(value)?.into(),
                    Kind::Boolean => {
                        resource::boolean(value).ok_or_else(|| format!("must be true or false, but is {value}"))?.into()
                    }
                };
                write(&mut self.user, path.parsed(), value);
            }
        }
        Ok(())
    }
}

/// An attribute of other providers, which the one create template of all sends all the same.
fn is_foreign(name: &str, provider: &Profile) -> bool {
    let needs_profiles = table::columns().iter().any(|c| c.attribute.name == name && c.attribute.needs_profiles);
    needs_profiles && !provider.has_profiles()
}

fn column(name: &str, provider: &Profile) -> Result<&'static Column, String> {
    let known = |column: &&Column| provider.has_profiles() || !column.attribute.needs_profiles;
    table::columns().iter().filter(known).find(|column| column.attribute.name == name).ok_or_else(|| {
        let writable = table::columns()
            .iter()
            .filter(known)
            .filter(|column| column.write.is_some() || column.attribute.entitlement.is_some());
        let names: Vec<&str> = writable.map(|column| column.attribute.name).collect();
        format!("is no attribute of this source (those that can be set: {})", names.join(", "))
    })
}

/// One text; a list of one is taken as its element.
fn text(value: &Value) -> Result<String, String> {
    let single = match value {
        Value::Array(values) if values.len() == 1 => values.first(),
        other => Some(other),
    };
    let text = single.and_then(resource::text).map(String::from);
    text.ok_or_else(|| format!("must be one text, but is {}", kind_of(value)))
}

/// Several texts; a single one may stand for a list of one.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    let values = match value {
        Value::Array(values) => values.iter().collect(),
        single => vec![single],
    };
    let texts: Option<Vec<String>> = values.into_iter().map(|value| resource::text(value).map(String::from)).collect();
    texts.ok_or_else(|| format!("must be a list of texts, but is {}", kind_of(value)))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(values) if values.is_empty() => "an empty list",
        Value::Array(values) if values.iter().all(|value| resource::text(value).is_some()) => "a list of several",
        Value::Array(_) => "a list of something else",
        Value::Object(_) => "an object",
        _ => "something else",
    }
}

/// Puts a value where the path reads it: `name.familyName` into the member `name`, an extension's attribute under its URN,
/// `emails[type eq "work"].value` into a new element of `emails` for which the brackets hold.
fn write(user: &mut Map<String, Value>, path: &PatchPath, value: Value) {
    match path {
        PatchPath::Attr(path) => {
            let Some(parent) = container(user, path) else { return };
            match &path.sub_attr {
                None => {
                    parent.insert(path.name.clone(), value);
                }
                Some(sub) => {
                    if let Some(members) = object_at(parent, &path.name) {
                        members.insert(sub.clone(), value);
                    }
                }
            }
        }
        PatchPath::Value(path) => {
            let mut element = Map::new();
            conditions(&path.filter, &mut element);
            element.insert(path.sub_attr.clone().unwrap_or_else(|| "value".to_owned()), value);
            if let Some(parent) = container(user, &path.attr)
                && let Value::Array(elements) = parent.entry(path.attr.name.clone()).or_insert_with(|| json!([]))
            {
                elements.push(Value::Object(element));
            }
        }
    }
}

/// The user itself, or the member of the extension, whose URN then also stands in `schemas` (RFC 7643 §3).
fn container<'a>(user: &'a mut Map<String, Value>, path: &AttrPath) -> Option<&'a mut Map<String, Value>> {
    let Some(urn) = path.uri.as_deref().filter(|urn| *urn != CORE_USER) else { return Some(user) };
    if let Some(Value::Array(schemas)) = user.get_mut("schemas")
        && !schemas.iter().any(|schema| schema == urn)
    {
        schemas.push(urn.into());
    }
    object_at(user, urn)
}

fn object_at<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    parent.entry(name).or_insert_with(|| json!({})).as_object_mut()
}

/// The members that make `type eq "work" and primary eq true` hold.
fn conditions(filter: &ValFilter, element: &mut Map<String, Value>) {
    match filter {
        ValFilter::And(operands) => operands.iter().for_each(|operand| conditions(operand, element)),
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, value)) => {
            let value = match value {
                CompValue::Str(text) => json!(text),
                CompValue::Number(number) => json!(number),
                CompValue::True => json!(true),
                CompValue::False => json!(false),
                CompValue::Null => Value::Null,
            };
            element.insert(path.name.clone(), value);
        }
        // Nothing to write makes these hold for sure; the table's own paths are equalities.
        ValFilter::Attr(_) | ValFilter::Not(_) | ValFilter::Or(_) => {}
    }
}

/// Attributes that cannot be used: each with a sentence part that goes on after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreationError {
    pub problems: Vec<(String, String)>,
}

impl std::fmt::Display for CreationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let problems: Vec<String> = self.problems.iter().map(|(name, says)| format!("{name} {says}")).collect();
        f.write_str(&problems.join("; "))
    }
}

impl std::error::Error for CreationError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::AccountMapper;
    use crate::scim::provider::{GENERIC, SALESFORCE};

    fn parse(attributes: &Value) -> Result<Creation, CreationError> {
        Creation::parse(attributes.as_object().unwrap(), &SALESFORCE)
    }

    #[test]
    fn attributes_go_where_the_table_says() {
        let creation = parse(&json!({
            "userName": "ada@example.com", "familyName": "Lovelace", "givenName": "Ada", "email": "ada@example.com",
            "department": "Engines", "managerId": "0051", "title": "", "nickName": null, "profile": ["Standard User"],
            "entitlements": "0PS1", "groups": ["00G1", "00G2"], "password": "s3cret",
        }))
        .unwrap();
        assert_eq!(creation.profile.as_deref(), Some("Standard User"));
        assert_eq!(creation.groups, ["00G1", "00G2"]);
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
        for column in table::columns().iter().filter(|column| column.write.is_some()) {
            let (name, kind) = (column.attribute.name, column.attribute.kind);
            if column.attribute.needs_profiles || column.attribute.read.is_empty() {
                continue;
            }
            let value = match kind {
                Kind::Text => json!("x"),
                Kind::Boolean => json!(false),
                Kind::Texts => json!(["x"]),
            };
            let user = parse(&json!({name: value})).unwrap().into_user(None, &SALESFORCE).unwrap();
            assert_eq!(
                AccountMapper::new(&SALESFORCE, None).map("1", &user).attributes.get(name),
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
        let creation = Creation::parse(attributes.as_object().unwrap(), &GENERIC).unwrap();
        assert_eq!(creation.profile, None);
        let user = creation.into_user(None, &GENERIC).unwrap();
        assert_eq!(user, json!({"schemas": [CORE_USER], "userName": "ada", "active": true}));
    }
}
