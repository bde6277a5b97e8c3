//! `std:account:discover-schema`: the attribute table, as far as the provider has the attributes.

use super::source::Source;
use crate::mapping::table::{self, ATTRIBUTES, Attribute};
use serde_json::{Map, Value, json};

pub(super) fn run(source: &Source) -> Value {
    let profile = source.config.profile;
    let has = |attribute: &&Attribute| profile.has_profiles() || !attribute.needs_profiles;
    let attributes: Vec<Value> = ATTRIBUTES.iter().filter(has).map(described).collect();
    json!({
        "displayAttribute": "userName", "identityAttribute": "id", "groupAttribute": "groups", "attributes": attributes,
    })
}

fn described(attribute: &Attribute) -> Value {
    let mut described = Map::new();
    described.insert("name".to_owned(), attribute.name.into());
    described.insert("type".to_owned(), attribute.kind.type_name().into());
    described.insert("description".to_owned(), table::description(attribute).into());
    if attribute.kind.is_multi() {
        described.insert("multi".to_owned(), true.into());
    }
    if let Some(kind) = attribute.entitlement {
        described.insert("entitlement".to_owned(), true.into());
        described.insert("managed".to_owned(), true.into());
        described.insert("schemaObjectType".to_owned(), kind.into());
    }
    Value::Object(described)
}
