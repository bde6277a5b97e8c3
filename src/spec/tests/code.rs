//! Where a specification differs from the code.

use super::{changed, told};
use crate::product;
use crate::spec::{Code, CodeAttribute, Sort, check};
use serde_json::{Value, json};

fn own() -> Value {
    serde_json::from_str(product::SPEC).unwrap()
}

/// The pointer of an item of the form.
fn item(spec: &Value, key: &str) -> String {
    let mut places = Vec::new();
    super::places(spec, "", &mut places);
    let mut found = places.iter().filter_map(|at| at.strip_suffix("/key").filter(|_| spec.pointer(at).unwrap() == key));
    found.find(|at| at.starts_with("/sourceConfig/")).unwrap_or_else(|| panic!("{key}")).to_owned()
}

fn attribute(spec: &Value, name: &str) -> String {
    let at = spec["accountSchema"]["attributes"].as_array().unwrap().iter().position(|one| one["name"] == name);
    format!("/accountSchema/attributes/{}", at.unwrap())
}

#[test]
fn each_difference_is_found() {
    let own = own();
    let at = |key: &str, member: &str| format!("{}/{member}", item(&own, key));
    let of = |name: &str, member: &str| format!("{}/{member}", attribute(&own, name));
    let group = json!({"type": "role", "displayAttribute": "id", "identityAttribute": "id",
        "attributes": [{"name": "id", "type": "string", "description": "The id."}]});
    let changes = [
        ("/name".to_owned(), Some(json!("another"))),
        ("/keyType".to_owned(), Some(json!("compound"))),
        ("/commands/0".to_owned(), Some(json!("std:agent:list"))),
        (at("scope", "key"), Some(json!("scopes"))),
        (item(&own, "apiKey"), None),
        (at("paging", "options/0/value"), Some(json!("page"))),
        (at("provider", "options/0"), None),
        ("/sourceConfigInitialValues/pageSize".to_owned(), Some(json!(0))),
        ("/sourceConfigInitialValues/provisioningTimeout".to_owned(), Some(json!(5))),
        (of("title", "name"), Some(json!("jobTitle"))),
        (of("active", "type"), Some(json!("string"))),
        (of("userRoles", "multi"), None),
        (of("entitlements", "schemaObjectType"), Some(json!("group"))),
        (of("created", "writable"), Some(json!(true))),
        (attribute(&own, "locale"), None),
        ("/accountSchema/identityAttribute".to_owned(), Some(json!("userName"))),
        ("/entitlementSchemas/1".to_owned(), Some(group)),
        ("/accountCreateTemplate/fields/0/key".to_owned(), Some(json!("login"))),
    ];
    let lines = changes.map(|(at, to)| {
        let findings = check(&changed(&own, &at, to).to_string(), &Code::own());
        let differing: Vec<_> = findings.into_iter().filter(|finding| finding.sort == Sort::Differs).collect();
        assert!(!differing.is_empty(), "{at}");
        told(&differing)
    });
    insta::assert_snapshot!(lines.join("\n"), @r#"
    /name is another, but the code's name is scim-connector
    /keyType is compound, but the code's keys are simple
    /commands/0 is std:agent:list, which the code does not carry out
    /commands lacks std:test-connection, which the code carries out
    /sourceConfig/1/items/2/items/9/key is scopes, which the code does not read
    /sourceConfig lacks scope, which the code reads
    /sourceConfig lacks apiKey, which the code reads
    /sourceConfig/2/items/0/items/0/options/0/value is refused by the code: it must be one of auto, index, cursor, key, but is "page"
    /sourceConfig/0/items/0/items/1/options lack the provider salesforce
    /sourceConfigInitialValues/pageSize is refused by the code: it must be a whole number from 1 to 10000, but is 0
    /sourceConfigInitialValues/provisioningTimeout is refused by the code: it must be a whole number from 10 to 3600, but is 5
    /accountSchema/attributes/9/name is jobTitle, which the code does not read
    /accountSchema/attributes lack title, which the code reads
    /accountSchema/attributes/20/type is string, but the code sends boolean
    /accountSchema/attributes/24 has "multi": false, but the code sends an array
    /accountSchema/attributes/26 holds the type group, but in the code it holds the type entitlement
    /accountSchema/attributes/21/writable is true, but the code does not write this attribute
    /accountSchema/attributes lack locale, which the code reads
    /accountSchema/identityAttribute must be id, by which the code goes
    /entitlementSchemas/1/type is role, of which the code lists no entitlements (group, entitlement)
    /entitlementSchemas lacks the type entitlement, which the code lists
    /accountCreateTemplate/fields/0/key is login, which the code does not write
    "#);
}

/// A fork that is built upon this crate has its own specification, and checks it against its own code.
#[test]
fn what_a_fork_adds_is_no_difference() {
    let mut spec = own();
    spec["name"] = json!("acme");
    spec["commands"].as_array_mut().unwrap().push(json!("std:agent:list"));
    let options = format!("{}/options", item(&spec, "provider"));
    spec.pointer_mut(&options).unwrap().as_array_mut().unwrap().push(json!({"label": "ACME", "value": "acme"}));
    let badge = json!({"name": "badge", "type": "int", "description": "The number on the badge."});
    spec["accountSchema"]["attributes"].as_array_mut().unwrap().push(badge);
    assert_eq!(check(&spec.to_string(), &Code::own()).len(), 4);

    let mut code = Code::own();
    code.name = "acme".to_owned();
    code.commands.push("std:agent:list".to_owned());
    code.providers.push("acme".to_owned());
    let attribute = CodeAttribute {
        name: "badge".to_owned(),
        type_name: "int".to_owned(),
        is_multi: false,
        entitlement: None,
        is_read: true,
        is_written: false,
    };
    code.attributes.push(attribute);
    assert_eq!(check(&spec.to_string(), &code), []);
}
