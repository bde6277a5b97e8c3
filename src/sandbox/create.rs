//! What a new user must have, and what becomes of it. Whether the name is taken and a licence left, `store` says.
//!
//! The order of the checks is: required attributes, formats, then (in `store`) the user name, the profile, the licence.

use super::errors::Refusal;
use super::ids::Kind;
use super::population::{self, ENTERPRISE_USER};
use super::projection::Projection;
use super::store::{Collection, View};
use crate::scim::resource;
use serde_json::{Map, Value, json};

/// A new user whose form is right.
#[derive(Debug)]
pub(super) struct Draft {
    /// In small letters, as it is stored.
    pub user_name: String,
    pub active: bool,
    attributes: Map<String, Value>,
    entitlements: Vec<String>,
    roles: Vec<String>,
    enterprise: Map<String, Value>,
    manager: Option<String>,
}

impl Draft {
    /// Reads the body of a creation. Attributes that a user does not have are ignored, as read-only ones are.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let syntax = |detail: String| Refusal::bad_request("invalidSyntax", detail);
        let body: Value = serde_json::from_slice(body).map_err(|error| syntax(format!("Invalid JSON: {error}")))?;
        if !body.is_object() {
            return Err(syntax("The body must be a JSON object".to_owned()));
        }
        let user_name = text(&body, "userName")?;
        let emails = elements(&body, "emails")?;
        let name = resource::get(&body, "name").cloned().unwrap_or_default();
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
        let enterprise = resource::get(&body, ENTERPRISE_USER).cloned().unwrap_or_default();
        Ok(Self {
            active: active(&body)?,
            attributes: attributes(&body, &name, family_name, &user_name, &emails)?,
            entitlements: elements(&body, "entitlements")?.into_iter().map(|(_, value)| value).collect(),
            roles: elements(&body, "roles")?.into_iter().map(|(_, value)| value).collect(),
            manager: resource::get(&enterprise, "manager").map(|manager| text(manager, "value")).transpose()?.flatten(),
            enterprise: texts(
                &enterprise,
                &["employeeNumber", "costCenter", "organization", "division", "department"],
            )?,
            user_name,
        })
    }

    /// The user's attributes, with what the records add to them; no id and no `meta` yet.
    pub(super) fn into_user(mut self, view: &View<'_>) -> Result<Value, Refusal> {
        let entitlements = granted(view, &self.entitlements)?;
        if let Some(manager) = &self.manager {
            let user = view.find(Collection::Users, manager);
            let user = user.map(|index| view.resource(Collection::Users, index, &Projection::All));
            let user = user.ok_or_else(|| unknown("manager", manager))?;
            let manager = json!({ "value": manager, "displayName": user.get("displayName") });
            self.enterprise.insert("manager".to_owned(), manager);
        }
        let mut user = self.attributes;
        user.insert("entitlements".to_owned(), Value::Array(entitlements));
        user.insert("groups".to_owned(), json!([]));
        user.insert("roles".to_owned(), roles(view, &self.roles)?);
        user.insert(ENTERPRISE_USER.to_owned(), Value::Object(self.enterprise));
        Ok(Value::Object(user))
    }
}

/// Exactly one profile, and permission sets that exist.
fn granted(view: &View<'_>, ids: &[String]) -> Result<Vec<Value>, Refusal> {
    if ids.iter().filter(|id| id.starts_with(Kind::Profile.prefix())).count() != 1 {
        let message = "user_must_have_one_entitlement_which_must_be_a_profileid";
        return Err(Refusal::validation("REQUIRED_FIELD_MISSING", message));
    }
    let mut granted: Vec<Value> = Vec::new();
    for id in ids {
        let (mut entitlement, is_profile) = view.entitlement_of_user(id).ok_or_else(|| unknown("entitlement", id))?;
        if let (Some(members), true) = (entitlement.as_object_mut(), is_profile) {
            // Salesforce answers this boolean as a string.
            members.insert("primary".to_owned(), json!("true"));
        }
        if !granted.contains(&entitlement) {
            granted.push(entitlement);
        }
    }
    granted.sort_by(|left, right| id_of(left).cmp(&id_of(right)));
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

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::validation("FIELD_INTEGRITY_EXCEPTION", &format!("{what} ID: id value of incorrect type: {id}"))
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::bad_request("invalidValue", format!("\"{name}\" must be {expected}"))
}
