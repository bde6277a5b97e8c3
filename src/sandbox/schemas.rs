//! The discovery documents: schemas (RFC 7643 §7), resource types (§6), and the service provider's configuration (§5).

use super::population::{CORE_GROUP, CORE_USER, ENTERPRISE_USER, ENTITLEMENT, ROLE};
use serde_json::{Value, json};

/// What the server can do. Salesforce answers one document at a path in the plural.
pub(super) fn service_provider_config(base_url: &str, max_results: u64) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": max_results },
        "changePassword": { "supported": true },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "Authentication scheme using the OAuth Bearer Token Standard",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfigs"),
        },
    })
}

pub(super) fn resource_types(base_url: &str) -> Vec<Value> {
    let resource_type = |name: &str, endpoint: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": format!("/{endpoint}"),
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": format!("{base_url}/ResourceTypes/{name}") },
        })
    };
    vec![
        resource_type("User", "Users", CORE_USER, json!([{ "schema": ENTERPRISE_USER, "required": false }])),
        resource_type("Group", "Groups", CORE_GROUP, json!([])),
        resource_type("Entitlement", "Entitlements", ENTITLEMENT, json!([])),
        resource_type("Role", "Roles", ROLE, json!([])),
    ]
}

pub(super) fn all(base_url: &str) -> Vec<Value> {
    let schema = |id: &str, name: &str, attributes: Vec<Value>| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "description": name,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base_url}/Schemas/{id}") },
        })
    };
    vec![
        schema(CORE_USER, "User", user()),
        schema(ENTERPRISE_USER, "EnterpriseUser", enterprise_user()),
        schema(CORE_GROUP, "Group", group()),
        schema(ENTITLEMENT, "Entitlement", vec![read_only(text("displayName")), read_only(text("type"))]),
        schema(ROLE, "Role", vec![read_only(text("displayName"))]),
    ]
}

fn user() -> Vec<Value> {
    let parts = ["formatted", "givenName", "middleName", "honorificPrefix", "honorificSuffix"];
    let mut name = vec![required(text("familyName"))];
    name.extend(parts.map(text));
    let plain = ["displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone"];
    let typed = || vec![text("value"), text("type"), attribute("primary", "boolean")];
    let granted =
        || vec![exact(text("value")), read_only(text("display")), text("type"), attribute("primary", "boolean")];
    let group = vec![read_only(exact(text("value"))), read_only(text("display"))];
    let mut user = vec![
        required(with(text("userName"), "uniqueness", json!("server"))),
        required(complex("name", name)),
        exact(text("externalId")),
        attribute("active", "boolean"),
    ];
    user.extend(plain.map(text));
    user.extend([
        required(multi(complex("emails", typed()))),
        multi(complex("phoneNumbers", typed())),
        required(multi(complex("entitlements", granted()))),
        multi(complex("roles", granted())),
        read_only(multi(complex("groups", group))),
    ]);
    user
}

fn enterprise_user() -> Vec<Value> {
    let plain = ["employeeNumber", "costCenter", "organization", "division", "department"];
    let mut attributes = plain.map(text).to_vec();
    attributes.push(complex("manager", vec![exact(text("value")), read_only(text("displayName"))]));
    attributes
}

fn group() -> Vec<Value> {
    let members = vec![exact(text("value")), read_only(text("display")), text("type")];
    vec![read_only(text("displayName")), multi(complex("members", members))]
}

fn text(name: &str) -> Value {
    let text = with(attribute(name, "string"), "caseExact", json!(false));
    with(text, "uniqueness", json!("none"))
}

fn complex(name: &str, parts: Vec<Value>) -> Value {
    with(attribute(name, "complex"), "subAttributes", Value::Array(parts))
}

/// An attribute's definition (RFC 7643 §7).
fn attribute(name: &str, kind: &str) -> Value {
    json!({
        "name": name,
        "type": kind,
        "multiValued": false,
        "description": name,
        "required": false,
        "mutability": "readWrite",
        "returned": "default",
    })
}

fn required(attribute: Value) -> Value {
    with(attribute, "required", json!(true))
}

fn multi(attribute: Value) -> Value {
    with(attribute, "multiValued", json!(true))
}

fn read_only(attribute: Value) -> Value {
    with(attribute, "mutability", json!("readOnly"))
}

fn exact(attribute: Value) -> Value {
    with(attribute, "caseExact", json!(true))
}

fn with(mut attribute: Value, characteristic: &str, value: Value) -> Value {
    if let Some(members) = attribute.as_object_mut() {
        members.insert(characteristic.to_owned(), value);
    }
    attribute
}
