//! SCIM groups, Salesforce's profiles and permission sets, and resources of further types, as entitlements.

use super::table::{ENTITLEMENT, GROUP};
use crate::protocol::Schema;
use crate::scim::path::Path;
use crate::scim::provider::{EntitlementType, Profile};
use crate::scim::{Json, Plan, resource};
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
}

/// Makes entitlements of one type.
#[derive(Clone)]
pub struct EntitlementMapper {
    entitlement_type: Arc<str>,
    profile: Arc<Profile>,
    /// Where a further type has name and description.
    paths: Option<(Path, Path)>,
    schema: Option<Schema>,
}

impl EntitlementMapper {
    /// SCIM groups.
    pub fn groups(profile: &Arc<Profile>, schema: Option<Schema>) -> Self {
        Self { entitlement_type: GROUP.into(), profile: Arc::clone(profile), paths: None, schema }
    }

    /// What the provider grants besides groups.
    pub fn entitlements(profile: &Arc<Profile>, schema: Option<Schema>) -> Self {
        Self { entitlement_type: ENTITLEMENT.into(), profile: Arc::clone(profile), paths: None, schema }
    }

    /// A further type.
    pub fn further(of: &EntitlementType, profile: &Arc<Profile>, schema: Option<Schema>) -> Self {
        let paths = of.resource.as_ref().map(|listed| (listed.name.clone(), listed.description.clone()));
        Self { entitlement_type: Arc::clone(&of.name), profile: Arc::clone(profile), paths, schema }
    }

    /// The names of the attributes that entitlements of this type may have.
    pub fn attributes(entitlement_type: &str) -> &'static [&'static str] {
        if entitlement_type == ENTITLEMENT { OF_ENTITLEMENTS } else { OF_GROUPS }
    }

    /// What is looked at in a resource.
    pub fn plan(&self) -> Plan {
        let members = ["displayName", "description", "type"];
        let plan = members.iter().fold(Plan::id(), |plan, member| plan.with_member(&[member]));
        self.paths.iter().flat_map(|(name, description)| [name, description]).fold(plan, Plan::with_path)
    }

    /// The entitlement of a resource whose `id` is `id`. A blank name falls back to the id.
    pub fn map<'v, J: Json<'v>>(&self, id: &str, found: J) -> Entitlement {
        let text = |value: Option<J>| {
            let text = value.and_then(resource::text)?;
            (!text.trim().is_empty()).then(|| text.into_owned())
        };
        let member = |name: &str| text(resource::get(found, name));
        let (name, description) = match &self.paths {
            Some((name, description)) => (text(name.first(found)), text(description.first(found))),
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
        Entitlement { identity: id.to_owned(), key, entitlement_type: Arc::clone(&self.entitlement_type), attributes }
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
