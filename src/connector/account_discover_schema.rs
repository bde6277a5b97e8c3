//! `std:account:discover-schema`: the attribute table as far as the provider has the attributes, and what its own schemas
//! (RFC 7643 §7) have besides, named by SCIM path.

use super::error::translate;
use super::lookup::is_status;
use super::session::Session;
use crate::mapping::table::{Column, Table};
use crate::protocol::Failure;
use crate::scim::{self, resource};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::Arc;

const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What a provider answers that does not describe itself.
const REFUSALS: &[u16] = &[400, 403, 404, 405, 406, 501];

pub(super) async fn run(session: Arc<Session>) -> Result<Value, Failure> {
    let profile = &session.config.profile;
    let columns = session.table.columns().iter().filter(|column| column.is_shown() && column.is_at(profile));
    let mut attributes: Vec<Value> = columns.map(|column| described(column)).collect();
    match if profile.discovery { further(&session).await } else { Ok(Vec::new()) } {
        Ok(further) => attributes.extend(further),
        // Not every provider describes itself, and what is in the table is read all the same.
        Err(error) if is_status(&error, REFUSALS) => {
            tracing::info!(%error, "the provider's schemas could not be read: only the table's attributes are shown");
        }
        Err(error) => return Err(translate("Discovering the account schema", error)),
    }
    Ok(json!({
        "displayAttribute": "userName", "identityAttribute": "id", "groupAttribute": "groups", "attributes": attributes,
    }))
}

/// A column as the platform is shown it.
pub(super) fn described(column: &Column) -> Value {
    let mut described = Map::new();
    described.insert("name".to_owned(), column.name.as_str().into());
    described.insert("type".to_owned(), column.kind.type_name().into());
    described.insert("description".to_owned(), column.description.as_str().into());
    if column.is_multi {
        described.insert("multi".to_owned(), true.into());
    }
    if let Some(kind) = &column.entitlement {
        described.insert("entitlement".to_owned(), true.into());
        described.insert("managed".to_owned(), true.into());
        described.insert("schemaObjectType".to_owned(), kind.as_str().into());
    }
    Value::Object(described)
}

/// The plain attributes of a user's schemas that the table does not read.
async fn further(session: &Session) -> Result<Vec<Value>, scim::Error> {
    let schemas = session.client.documents("Schemas").await?;
    let types = session.client.documents("ResourceTypes").await;
    let of_users = types.map_or_else(|_| HashSet::new(), |types| user_schemas(&types));
    let known = known(&session.table);
    let mut further = Vec::new();
    for schema in &schemas {
        let Some(id) = resource::id(schema) else { continue };
        let is_of_users =
            if of_users.is_empty() { id.ends_with(":User") } else { of_users.contains(&id.to_lowercase()) };
        if is_of_users {
            let prefix = if id == CORE_USER { String::new() } else { format!("{id}:") };
            plain(&prefix, schema, &known, &mut further);
        }
    }
    Ok(further)
}

/// The paths that the table reads, in small letters.
fn known(table: &Table) -> HashSet<String> {
    table.columns().iter().flat_map(|column| &column.read).map(|path| path.to_string().to_lowercase()).collect()
}

/// The schemas of the resource type that is served at `/Users`, in small letters.
fn user_schemas(types: &[Value]) -> HashSet<String> {
    let text = |value: &Value, name: &str| resource::get(value, name).and_then(Value::as_str).map(str::to_lowercase);
    let users = types.iter().find(|kind| text(kind, "endpoint").is_some_and(|path| path.ends_with("/users")));
    let extensions = users.and_then(|users| resource::get(users, "schemaExtensions")).and_then(Value::as_array);
    let extensions = extensions.into_iter().flatten().filter_map(|extension| text(extension, "schema"));
    extensions.chain(users.and_then(|users| text(users, "schema"))).collect()
}

/// Adds the attributes of one schema or complex attribute. What is complex and multi-valued has no plain value.
fn plain(prefix: &str, parent: &Value, known: &HashSet<String>, found: &mut Vec<Value>) {
    let list = |name: &str| resource::get(parent, name).and_then(Value::as_array);
    for attribute in list("attributes").or_else(|| list("subAttributes")).into_iter().flatten() {
        let text = |name: &str| resource::get(attribute, name).and_then(Value::as_str);
        let Some(name) = text("name").filter(|name| !name.starts_with('$')) else { continue };
        let path = format!("{prefix}{name}");
        let is_multi = resource::get(attribute, "multiValued").and_then(resource::boolean) == Some(true);
        let kind = match text("type").unwrap_or("string") {
            "boolean" => "boolean",
            "integer" => "int",
            "complex" if !is_multi && !path.contains('.') => {
                plain(&format!("{path}."), attribute, known, found);
                continue;
            }
            "complex" => continue,
            _ => "string",
        };
        if text("returned") == Some("never") || known.contains(&path.to_lowercase()) {
            continue;
        }
        let mut described = json!({"name": path, "type": kind, "description": text("description").unwrap_or(name)});
        if is_multi && let Some(members) = described.as_object_mut() {
            members.insert("multi".to_owned(), true.into());
        }
        found.push(described);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_attributes_are_named_by_path() {
        let schema = json!({"id": "urn:x:User", "attributes": [
            {"name": "costCenter", "type": "string", "description": "Who pays."},
            {"name": "badge", "type": "complex", "subAttributes": [{"name": "number", "type": "integer"}]},
            {"name": "tags", "type": "string", "multiValued": true},
            {"name": "devices", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}]},
            {"name": "secret", "type": "string", "returned": "never"},
            {"name": "title", "type": "string"},
        ]});
        let (known, mut found) = (HashSet::from(["urn:x:user:title".to_owned()]), Vec::new());
        plain("urn:x:User:", &schema, &known, &mut found);
        insta::assert_snapshot!(Value::from(found), @r#"[{"name":"urn:x:User:costCenter","type":"string","description":"Who pays."},{"name":"urn:x:User:badge.number","type":"int","description":"number"},{"name":"urn:x:User:tags","type":"string","description":"tags","multi":true}]"#);
    }

    #[test]
    fn the_schemas_of_users_are_those_of_their_endpoint() {
        let types = [
            json!({"endpoint": "/Groups", "schema": "g"}),
            json!({"endpoint": "/Users", "schema": CORE_USER, "schemaExtensions": [{"schema": "URN:X"}]}),
        ];
        assert_eq!(user_schemas(&types), HashSet::from([CORE_USER.to_lowercase(), "urn:x".to_owned()]));
    }
}
