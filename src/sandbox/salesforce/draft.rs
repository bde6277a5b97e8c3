//! What a user must have, and what becomes of it: from the body of a creation or replacement, or from a user after the
//! edits of a PATCH.
//!
//! The order of the checks is: required attributes, formats, then (in `users`) the user name, the profile, the licence.

use super::{REQUIRED_PROFILE, unknown};
use crate::sandbox::errors::Refusal;
use crate::sandbox::ids::Kind;
use crate::sandbox::population::{self, ENTERPRISE_USER};
use crate::sandbox::store::{Collection, View};
use crate::scim::resource;
use serde_json::{Map, Value, json};

/// A user whose form is right.
#[derive(Debug)]
pub(super) struct Draft {
    /// In small letters, as it is stored.
    pub user_name: String,
    pub active: bool,
    pub password: Option<String>,
    attributes: Map<String, Value>,
    entitlements: Vec<String>,
    roles: Vec<String>,
    enterprise: Map<String, Value>,
    manager: Option<String>,
}

impl Draft {
    /// Reads a whole user. Attributes that a user does not have are ignored, as read-only ones are.
    pub(super) fn parse(body: &Value) -> Result<Self, Refusal> {
        let user_name = text(body, "userName")?;
        let emails = elements(body, "emails")?;
        let name = resource::get(body, "name").cloned().unwrap_or_default();
        let family_name = text(&name, "familyName")?;
        let (Some(user_name), Some(family_name), false) = (&user_name, &family_name, emails.is_empty()) else {
            let given = [
                ("userName", user_name.is_some()),
                ("emails", !emails.is_empty()),
                ("name.familyName", family_name.is_some()),
            ];
            let missing: Vec<&str> = given.iter().filter(|(_, given)| !given).map(|(name, _)| *name).collect();
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            return Err(Refusal::validation("REQUIRED_FIELD_MISSING", &message));
        };
        let user_name = user_name.to_lowercase();
        for (field, address) in emails.iter().map(|(_, value)| ("Email", value)).chain([("Username", &user_name)]) {
            if !is_address(address) {
                let message = format!("{field}: invalid email address: {address}");
                return Err(Refusal::validation("INVALID_EMAIL_ADDRESS", &message));
            }
        }
        let enterprise = resource::get(body, ENTERPRISE_USER).cloned().unwrap_or_default();
        Ok(Self {
            active: active(body)?,
            password: text(body, "password")?,
            attributes: attributes(body, &name, family_name, &user_name, &emails)?,
            entitlements: elements(body, "entitlements")?.into_iter().map(|(_, value)| value).collect(),
            roles: elements(body, "roles")?.into_iter().map(|(_, value)| value).collect(),
            manager: resource::get(&enterprise, "manager").map(|manager| text(manager, "value")).transpose()?.flatten(),
            enterprise: texts(
                &enterprise,
                &["employeeNumber", "costCenter", "organization", "division", "department"],
            )?,
            user_name,
        })
    }

    /// The user's attributes, with what the records add to them. Entitlements that it has in `current` stay as they are.
    pub(super) fn into_attributes(
        mut self,
        view: &View<'_>,
        current: Option<&Value>,
    ) -> Result<Map<String, Value>, Refusal> {
        let entitlements = granted(view, &self.entitlements, current)?;
        if let Some(manager) = &self.manager {
            let manager = view.manager(manager).ok_or_else(|| unknown("manager", manager))?;
            self.enterprise.insert("manager".to_owned(), manager);
        }
        let mut user = self.attributes;
        user.insert("entitlements".to_owned(), Value::Array(entitlements));
        user.insert("groups".to_owned(), json!([]));
        user.insert("roles".to_owned(), roles(view, &self.roles)?);
        user.insert(ENTERPRISE_USER.to_owned(), Value::Object(self.enterprise));
        Ok(user)
    }
}

/// Exactly one profile, and permission sets that exist.
fn granted(view: &View<'_>, ids: &[String], current: Option<&Value>) -> Result<Vec<Value>, Refusal> {
    if ids.iter().filter(|id| id.starts_with(Kind::Profile.prefix())).count() != 1 {
        return Err(Refusal::validation("REQUIRED_FIELD_MISSING", REQUIRED_PROFILE));
    }
    let current = current.and_then(|user| user.get("entitlements")?.as_array()).map_or(&[][..], Vec::as_slice);
    let mut granted: Vec<Value> = Vec::new();
    for id in ids {
        if let Some(held) = current.iter().find(|held| id_of(held) == Some(id)) {
            granted.push(held.clone());
            continue;
        }
        let (mut entitlement, is_profile) = view.entitlement_of_user(id).ok_or_else(|| unknown("entitlement", id))?;
        if let (Some(members), true) = (entitlement.as_object_mut(), is_profile) {
            // Salesforce answers this boolean as a string.
            members.insert("primary".to_owned(), json!("true"));
        }
        granted.push(entitlement);
    }
    granted.sort_by(|left, right| id_of(left).cmp(&id_of(right)));
    granted.dedup();
    Ok(granted)
}

fn id_of(element: &Value) -> Option<&str> {
    element.get("value").and_then(Value::as_str)
}

fn roles(view: &View<'_>, ids: &[String]) -> Result<Value, Refusal> {
    if ids.len() > 1 {
        return Err(Refusal::validation("FIELD_INTEGRITY_EXCEPTION", "a user can have only one role"));
    }
    let role = |id: &String| {
        let index = view.find(Collection::Roles, id).ok_or_else(|| unknown("role", id))?;
        Ok(json!({ "value": id, "display": population::role_name(index) }))
    };
    ids.iter().map(role).collect()
}

fn attributes(
    body: &Value,
    name: &Value,
    family_name: &str,
    user_name: &str,
    emails: &[(String, String)],
) -> Result<Map<String, Value>, Refusal> {
    let mut user = Map::new();
    user.insert("userName".to_owned(), json!(user_name));
    user.extend(texts(body, &["externalId"])?);
    user.insert("active".to_owned(), json!(active(body)?));
    let mut full_name = texts(name, &["familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"])?;
    let formatted = match text(name, "givenName")? {
        Some(given_name) => format!("{given_name} {family_name}"),
        None => family_name.to_owned(),
    };
    full_name.insert("formatted".to_owned(), json!(formatted));
    user.insert("name".to_owned(), Value::Object(full_name));
    let or = |name: &str, default: &str| Ok(json!(text(body, name)?.unwrap_or_else(|| default.to_owned())));
    user.insert("displayName".to_owned(), or("displayName", &formatted)?);
    user.insert("nickName".to_owned(), or("nickName", user_name.split('@').next().unwrap_or_default())?);
    user.extend(texts(body, &["title"])?);
    let emails = emails.iter().enumerate();
    let emails = emails.map(|(place, (kind, value))| json!({ "type": kind, "primary": place == 0, "value": value }));
    user.insert("emails".to_owned(), emails.collect());
    let phones = elements(body, "phoneNumbers")?;
    if phones.len() > 1 {
        return Err(Refusal::validation("FIELD_INTEGRITY_EXCEPTION", "a user can have only one phone number"));
    }
    let phones = phones.into_iter().map(|(kind, value)| json!({ "type": kind, "value": value }));
    user.insert("phoneNumbers".to_owned(), phones.collect());
    user.insert("locale".to_owned(), or("locale", "en_US")?);
    user.insert("preferredLanguage".to_owned(), or("preferredLanguage", "en_US")?);
    user.insert("timezone".to_owned(), or("timezone", "America/Los_Angeles")?);
    user.insert("userType".to_owned(), or("userType", "Standard")?);
    Ok(user)
}

fn active(body: &Value) -> Result<bool, Refusal> {
    match resource::get(body, "active") {
        None => Ok(true),
        Some(active) => resource::boolean(active).ok_or_else(|| wrong_type("active", "a boolean")),
    }
}

/// The texts with these names, as far as they are given.
fn texts(object: &Value, names: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let mut texts = Map::new();
    for name in names {
        if let Some(text) = text(object, name)? {
            texts.insert((*name).to_owned(), json!(text));
        }
    }
    Ok(texts)
}

/// A text that is not blank.
fn text(object: &Value, name: &str) -> Result<Option<String>, Refusal> {
    match resource::get(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong_type(name, "a string")),
    }
}

/// Type and value of each element of a multi-valued attribute; elements without a value do not count.
fn elements(body: &Value, name: &str) -> Result<Vec<(String, String)>, Refusal> {
    let elements = match resource::get(body, name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(elements)) => elements,
        Some(_) => return Err(wrong_type(name, "an array")),
    };
    let element = |element: &Value| {
        if !element.is_object() {
            return Err(wrong_type(name, "an array of objects"));
        }
        let kind = text(element, "type")?.unwrap_or_else(|| "work".to_owned());
        Ok(text(element, "value")?.map(|value| (kind, value)))
    };
    elements.iter().filter_map(|one| element(one).transpose()).collect()
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|sign: char| sign == '@' || sign.is_whitespace());
    plain(local) && plain(domain) && domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty())
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::bad_request("invalidValue", format!("\"{name}\" must be {expected}"))
}
