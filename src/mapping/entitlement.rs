//! SCIM groups, Salesforce's profiles and permission sets, and resources of further types, as entitlements.

use super::table::{ENTITLEMENT, GROUP};
use crate::protocol::Schema;
use crate::scim::provider::{EntitlementType, Listed, Profile};
use crate::scim::{Json, JsonKind, Plan, resource};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An entitlement as the platform gets it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entitlement {
    pub identity: String,
    key: Value,
    #[serde(rename = "type")]
    pub entitlement_type: Arc<str>,
    pub attributes: Map<String, Value>,
    /// What its holders may do, where its type says where that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<Permission>>,
}

/// Something that holders may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// What on.
    pub target: String,
    /// What, in the provider's word; several with commas between them.
    pub rights: String,
}

/// Makes entitlements of one type.
#[derive(Clone)]
pub struct EntitlementMapper {
    entitlement_type: Arc<str>,
    profile: Arc<Profile>,
    /// Where a further type has name, description and permissions.
    listed: Option<Listed>,
    schema: Option<Schema>,
}

impl EntitlementMapper {
    /// SCIM groups.
    pub fn groups(profile: &Arc<Profile>, schema: Option<Schema>) -> Self {
        Self { entitlement_type: GROUP.into(), profile: Arc::clone(profile), listed: None, schema }
    }

    /// What the provider grants besides groups.
    pub fn entitlements(profile: &Arc<Profile>, schema: Option<Schema>) -> Self {
        Self { entitlement_type: ENTITLEMENT.into(), profile: Arc::clone(profile), listed: None, schema }
    }

    /// A further type.
    pub fn further(of: &EntitlementType, profile: &Arc<Profile>, schema: Option<Schema>) -> Self {
        let listed = of.resource.clone();
        Self { entitlement_type: Arc::clone(&of.name), profile: Arc::clone(profile), listed, schema }
    }

    /// The names of the attributes that entitlements of this type may have.
    pub fn attributes(entitlement_type: &str) -> &'static [&'static str] {
        if entitlement_type == ENTITLEMENT { OF_ENTITLEMENTS } else { OF_GROUPS }
    }

    /// What is looked at in a resource.
    pub fn plan(&self) -> Plan {
        let members = ["displayName", "description", "type"];
        let plan = members.iter().fold(Plan::id(), |plan, member| plan.with_member(&[member]));
        let Some(Listed { name, description, permissions, .. }) = &self.listed else { return plan };
        let targets = permissions.iter().map(|permissions| &permissions.target);
        targets.fold(plan.with_path(name).with_path(description), Plan::with_attribute_of)
    }

    /// The entitlement of a resource whose `id` is `id`. A blank name falls back to the id.
    pub fn map<'v, J: Json<'v>>(&self, id: &str, found: J) -> Entitlement {
        let text = |value: Option<J>| {
            let text = value.and_then(resource::text)?;
            (!text.trim().is_empty()).then(|| text.into_owned())
        };
        let member = |name: &str| text(resource::get(found, name));
        let (name, description) = match &self.listed {
            Some(listed) => (text(listed.name.first(found)), text(listed.description.first(found))),
            None => (member("displayName"), member("description")),
        };
        let mut attributes = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value
                && self.schema.as_ref().is_none_or(|schema| schema.contains(name))
            {
                attributes.insert(name.to_owned(), Value::String(value));
            }
        };
        put("id", Some(id.to_owned()));
        put("displayName", name.or_else(|| Some(id.to_owned())));
        put("description", description);
        if &*self.entitlement_type == ENTITLEMENT {
            put("kind", self.profile.entitlement_kind(id).map(str::to_owned).or_else(|| member("type")));
        }
        let key = json!({"simple": {"id": id}});
        let entitlement_type = Arc::clone(&self.entitlement_type);
        let permissions = self.permissions(found);
        Entitlement { identity: id.to_owned(), key, entitlement_type, attributes, permissions }
    }

    /// The permissions in the provider's order, unless the source does not want them.
    fn permissions<'v, J: Json<'v>>(&self, found: J) -> Option<Vec<Permission>> {
        let at = self.listed.as_ref()?.permissions.as_ref()?;
        if self.schema.as_ref().is_some_and(|schema| !schema.includes_permissions()) {
            return None;
        }
        let permission = |(target, rights): (J, Option<J>)| {
            let rights: Vec<String> = match rights {
                Some(rights) if rights.kind() == JsonKind::Array => {
                    rights.elements().filter_map(resource::text).map(Into::into).collect()
                }
                one => one.and_then(resource::text).map(Into::into).into_iter().collect(),
            };
            Some(Permission { target: resource::text(target)?.into_owned(), rights: rights.join(",") })
        };
        Some(at.target.values_beside(&at.rights, found).into_iter().filter_map(permission).collect())
    }
}

const OF_GROUPS: &[&str] = &["id", "displayName", "description"];
const OF_ENTITLEMENTS: &[&str] = &["id", "displayName", "description", "kind"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product;
    use crate::scim::provider::SALESFORCE;

    #[test]
    fn a_permission_set_is_told_by_its_id() {
        let found = json!({"id": "0PS1", "displayName": " ", "type": "Something"});
        let entitlement = EntitlementMapper::entitlements(&SALESFORCE, None).map("0PS1", &found);
        insta::assert_snapshot!(json!(entitlement), @r#"{"identity":"0PS1","key":{"simple":{"id":"0PS1"}},"type":"entitlement","attributes":{"id":"0PS1","displayName":"0PS1","kind":"PermissionSet"}}"#);
    }

    #[test]
    fn a_group_has_what_the_schema_asks_for() {
        let found = json!({"id": "00G1", "displayName": "West", "description": "All of the West"});
        let schema = Schema::of(["id", "description"]);
        let entitlement = EntitlementMapper::groups(&SALESFORCE, Some(schema)).map("00G1", &found);
        assert_eq!(Value::Object(entitlement.attributes), json!({"id": "00G1", "description": "All of the West"}));
    }

    #[test]
    fn permissions_are_shown_where_the_type_says_where_they_are_unless_they_are_not_wanted() {
        let card = json!({"type": "role", "path": "roles.value", "resource": "Roles",
            "permissions": "permissions.target", "rights": "rights"});
        let card = EntitlementType::read(card.as_object().unwrap()).unwrap();
        let found = json!({"id": "r1", "permissions": [
            {"target": "invoices", "rights": ["read", "approve"]}, {"target": "payments", "rights": "read"},
            {"target": "reports"}, {"rights": "all"},
        ]});
        let shown = |schema: Value| {
            let schema = Schema::parse(json!({"schema": schema}).as_object().unwrap()).unwrap();
            json!(EntitlementMapper::further(&card, &SALESFORCE, schema).map("r1", &found))["permissions"].clone()
        };
        insta::assert_snapshot!(shown(json!(null)), @r#"[{"target":"invoices","rights":"read,approve"},{"target":"payments","rights":"read"},{"target":"reports","rights":""}]"#);
        let wants = |permissions: Value| json!({"attributes": [{"name": "id"}], "includePermissions": permissions});
        assert_eq!(shown(wants(json!(false))), Value::Null);
        assert_eq!(shown(wants(json!(true))).as_array().unwrap().len(), 3);
        assert_eq!(shown(wants(json!(null))).as_array().unwrap().len(), 3);
    }

    #[test]
    fn the_specification_shows_the_same_types_and_attributes() {
        let spec: Value = serde_json::from_str(product::SPEC).unwrap();
        let names = |schema: &Value| -> Vec<Value> {
            schema["attributes"].as_array().unwrap().iter().map(|attribute| attribute["name"].clone()).collect()
        };
        let shown: Vec<Value> =
            spec["entitlementSchemas"].as_array().unwrap().iter().map(|s| json!([s["type"], names(s)])).collect();
        assert_eq!(
            shown,
            [
                json!([GROUP, EntitlementMapper::attributes(GROUP)]),
                json!([ENTITLEMENT, EntitlementMapper::attributes(ENTITLEMENT)])
            ]
        );
    }
}
