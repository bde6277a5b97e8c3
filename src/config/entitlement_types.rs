//! Entitlement types of a source's own, and those that its provider's profile brings.
//!
//! Which account attributes there are besides is for those to say who know them.

use super::reader::Reader;
use crate::scim::provider::{EntitlementType, Profile, clashes};
use serde_json::{Map, Value};

/// The setting that has the cards.
pub const ENTITLEMENT_TYPES: &str = "entitlementTypes";

/// The profile's types with the setting's: a card of the same type takes the place of the profile's.
pub(super) fn read(reader: &mut Reader<'_>, profile: &Profile) -> Vec<EntitlementType> {
    let mut types = profile.entitlement_types.clone();
    let own = cards(reader);
    types.retain(|of_profile| own.iter().all(|card| card.name != of_profile.name));
    types.extend(own);
    for says in clashes(&types) {
        reader.problem(ENTITLEMENT_TYPES, says);
    }
    types
}

fn cards(reader: &mut Reader<'_>) -> Vec<EntitlementType> {
    let cards = match reader.value(ENTITLEMENT_TYPES) {
        None => return Vec::new(),
        Some(Value::Array(cards)) => cards,
        Some(_) => {
            reader.problem(ENTITLEMENT_TYPES, "must be a list of cards {\"type\", \"path\", …}");
            return Vec::new();
        }
    };
    let nothing = Map::new();
    let mut types = Vec::new();
    for (at, card) in cards.iter().enumerate() {
        let card = card.as_object().unwrap_or(&nothing);
        let name = card.get("type").and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
        let called = name.map(|name| format!(" (\"{}\")", name.chars().take(40).collect::<String>()));
        match EntitlementType::read(card) {
            Ok(read) => types.push(read),
            Err(problems) => {
                for says in problems {
                    let called = called.as_deref().unwrap_or_default();
                    reader.problem(ENTITLEMENT_TYPES, format!("card {}{called} {says}", at + 1));
                }
            }
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::{GENERIC, Grants};
    use serde_json::json;

    fn types(setting: &Value) -> (Vec<EntitlementType>, String) {
        let settings = json!({"entitlementTypes": setting});
        let mut reader = Reader::new(settings.as_object().unwrap());
        let types = read(&mut reader, &GENERIC);
        (types, reader.finish(()).map_or_else(|invalid| invalid.to_string().replace("; ", "\n"), |()| String::new()))
    }

    #[test]
    fn a_card_says_where_users_hold_it_and_the_rest_follows() {
        let (types, problems) = types(&json!([
            {"type": "role", "path": "roles.value"},
            {"type": "license", "path": "urn:x:User:licenses", "attribute": " plan ", "resource": "/v2/Licenses/", "members": "users",
             "filter": "active eq true", "readOnly": "", "namePath": null},
            {"type": "seat", "path": "seats[type ne \"free\"].value", "readOnly": "true"},
        ]));
        assert_eq!(problems, "");
        let [role, license, seat] = types.as_slice() else { panic!("{types:?}") };
        assert_eq!((role.attribute.as_str(), &role.resource, &role.grants), ("roles", &None, &Grants::AtUser));
        assert_eq!((license.attribute.as_str(), &license.grants), ("plan", &Grants::AtMembers("users".into())));
        let endpoint = license.endpoint(&GENERIC).unwrap();
        assert_eq!((&*endpoint.path, endpoint.page_size), ("v2/Licenses", GENERIC.groups.page_size));
        assert_eq!((seat.attribute.as_str(), &seat.grants, seat.endpoint(&GENERIC)), ("seats", &Grants::Never, None));
    }

    #[test]
    fn everything_that_is_wrong_with_every_card_is_said() {
        let (_, problems) = types(&json!([
            {"type": "Group", "path": "roles", "resouce": "Roles"},
            {"type": "role", "path": "roles[", "resource": "../Roles", "filter": "type eq", "readOnly": "maybe"},
            {"path": "x.value", "members": "users"},
            {"type": "seat", "path": "seats[value sw \"p\"].value"},
            {"type": "license", "path": "a.value"}, {"type": "License", "path": "b.value"}, {"type": "plan", "path": "a.value"},
            "role", {},
        ]));
        insta::assert_snapshot!(problems, @r#"
        entitlementTypes card 1 ("Group") has "resouce", which is none of type, path, attribute, resource, filter, members, readOnly, namePath, descriptionPath, permissions, rights
        entitlementTypes card 1 ("Group") must not have the type "Group": that is another's name
        entitlementTypes card 1 ("Group") has the path roles, which leads to a whole complex attribute: it must go on with a sub-attribute, such as roles.value
        entitlementTypes card 2 ("role") has the resource "../Roles", which must be an endpoint below the base URL, such as Roles or v2/Roles
        entitlementTypes card 2 ("role") has the filter type eq, which is no SCIM filter: at column 8: expected more after eq, but found the end
        entitlementTypes card 2 ("role") has readOnly "maybe", which must be true or false
        entitlementTypes card 2 ("role") has the path roles[, which is no SCIM attribute path: at column 7: expected one of an attribute, not, (, but found the end
        entitlementTypes card 3 has no type: it must be what the platform calls the type, such as role
        entitlementTypes card 3 has members without resource, to which it belongs
        entitlementTypes card 4 ("seat") has the path seats[value sw "p"].value, which finds its value by that value, so that no other can be written there
        entitlementTypes card 8 has no type: it must be what the platform calls the type, such as role
        entitlementTypes card 8 has no path: it must be where a user holds the ids, such as roles.value
        entitlementTypes card 9 has no type: it must be what the platform calls the type, such as role
        entitlementTypes card 9 has no path: it must be where a user holds the ids, such as roles.value
        entitlementTypes has the type "License" twice
        entitlementTypes has the attribute "a" for "license" and "plan": each needs an attribute of its own
        "#);
    }

    #[test]
    fn one_that_is_no_list_is_a_problem() {
        assert_eq!(types(&json!("role")).1, "entitlementTypes must be a list of cards {\"type\", \"path\", …}");
        assert_eq!(types(&json!(" ")), (Vec::new(), String::new()));
    }

    #[test]
    fn a_card_of_the_profile_s_type_takes_its_place() {
        let of_profile = |card: &Value| EntitlementType::read(card.as_object().unwrap()).unwrap();
        let types = [json!({"type": "role", "path": "a.value"}), json!({"type": "seat", "path": "b.value"})];
        let profile = Profile { entitlement_types: types.iter().map(of_profile).collect(), ..Profile::clone(&GENERIC) };
        let settings = json!({"entitlementTypes": [{"type": "role", "path": "roles.value"}]});
        let types = read(&mut Reader::new(settings.as_object().unwrap()), &profile);
        let paths: Vec<String> = types.iter().map(|one| one.path.to_string()).collect();
        assert_eq!(paths, ["b.value", "roles.value"]);
    }
}
