//! The part of a connector's specification that the checks go by. What it says besides is not looked at.

use super::subject::{Settings, Subject};
use crate::cli::CliError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What the connector says of itself.
///
/// A source may have other attributes: what its settings make read-only is not written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    #[serde(default)]
    commands: Vec<String>,
    account_schema: Schema,
    #[serde(default)]
    entitlement_schemas: Vec<Schema>,
    #[serde(default)]
    account_create_template: Template,
    #[serde(skip)]
    read_only: Vec<String>,
}

/// The attributes of accounts, or of entitlements of one type.
#[derive(Debug, Deserialize)]
pub struct Schema {
    /// Of entitlements only.
    #[serde(default, rename = "type")]
    kind: String,
    pub attributes: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub multi: bool,
    #[serde(default)]
    pub entitlement: bool,
    #[serde(default)]
    pub writable: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Template {
    #[serde(default)]
    fields: Vec<Field>,
}

/// What the platform fills in when it creates an account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    pub key: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub initial_value: InitialValue,
}

/// Where the value of a field comes from.
#[derive(Debug, Default, Deserialize)]
pub struct InitialValue {
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

impl Spec {
    /// Asks the connector for it.
    pub async fn read(subject: &dyn Subject) -> Result<Self, CliError> {
        let answer = subject.ask("std:spec:read", json!({}), Settings::Source).await?;
        let specification =
            answer.into_iter().next().and_then(|mut answer| Some(answer.get_mut("specification")?.take()));
        let specification = specification
            .ok_or_else(|| CliError::Failed("std:spec:read gave no \"specification\" to check against".to_owned()))?;
        Self::deserialize(specification)
            .map_err(|error| CliError::Failed(format!("the specification cannot be checked against: {error}")))
    }

    /// Leaves out of what is written the attributes that the source's settings make read-only. A field without which no
    /// account is created stays: the platform fills it in all the same.
    #[must_use]
    pub fn without_writing(mut self, names: &[String]) -> Self {
        let is_read_only = |name: &String| names.contains(name);
        for attribute in &mut self.account_schema.attributes {
            if attribute.writable && is_read_only(&attribute.name) {
                attribute.writable = false;
                self.read_only.push(attribute.name.clone());
            }
        }
        self.account_create_template.fields.retain(|field| field.required || !is_read_only(&field.key));
        self
    }

    /// What is worth knowing of a check that writes attributes: those that it leaves out.
    pub fn unwritten(&self) -> Option<String> {
        let names = self.read_only.join(", ");
        (!names.is_empty()).then(|| format!("{names}: left out, since attributeMapping does not make them writable"))
    }

    pub fn has(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }

    pub fn account_attributes(&self) -> &[Attribute] {
        &self.account_schema.attributes
    }

    /// The attributes of entitlements of that type.
    pub fn entitlement_attributes(&self, kind: &str) -> Option<&[Attribute]> {
        self.entitlement_schemas.iter().find(|schema| schema.kind == kind).map(|schema| schema.attributes.as_slice())
    }

    /// The account attribute that holds the groups: the first that holds entitlements at all.
    pub fn group_attribute(&self) -> Option<&Attribute> {
        self.account_attributes().iter().find(|attribute| attribute.entitlement)
    }

    pub fn fields(&self) -> &[Field] {
        &self.account_create_template.fields
    }
}
