//! The walker and the JSON Schema on the same specifications.

use super::{changed, places, replacements, sound, told, wrong};
use crate::product;
use crate::spec::outline::COMMANDS;
use jsonschema::Validator;
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../connector-spec.schema.json")).unwrap()
}

fn validator() -> Validator {
    let schema = schema();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

/// A place, what it becomes, and whether the schema can know that this is wrong.
fn form() -> Vec<(&'static str, Option<Value>, bool)> {
    let form = |at: &str| -> &'static str { format!("/sourceConfig/0/items{at}").leak() };
    vec![
        ("/sourceConfig", Some(json!([])), true),
        ("/sourceConfig/0/type", Some(json!("section")), true),
        ("/sourceConfig/0/label", None, true),
        (form("/0/type"), Some(json!("menu")), true),
        (form("/0/sectionTitle"), None, true),
        (form("/0/docLink"), Some(json!("docs.example")), true),
        (form("/0/items/0/key"), Some(json!("a text")), true),
        (form("/0/items/0/key"), Some(json!("deltaAggregation")), true),
        (form("/0/items/0/key"), Some(json!("spConnInstance")), true),
        (form("/0/items/3/key"), Some(json!("anArea")), false),
        (form("/0/items/0/label"), None, true),
        (form("/0/items/0/type"), Some(json!("string")), true),
        (form("/0/items/1/required"), Some(json!("true")), true),
        (form("/0/items/8"), None, false),
        (form("/0/items/7/parentKey"), None, true),
        (form("/0/items/7/parentValue"), None, true),
        (form("/0/items/7/parentValue"), Some(json!(true)), true),
        (form("/0/items/7/parentValue"), Some(json!("yes")), false),
        (form("/0/items/7/parentKey"), Some(json!("nothing")), false),
        (form("/0/items/7/parentKey"), Some(json!("aText")), false),
        (form("/0/items/7/parentKey"), Some(json!("aToggle")), false),
        (form("/1/items/0/options"), None, true),
        (form("/1/items/0/options/1/value"), Some(json!("one")), false),
        (form("/1/items/0/options/0"), Some(json!("one")), true),
        (form("/1/items/3/keyValueKey"), None, true),
        (form("/1/items/3/keyValueKey/key"), Some(json!("name")), true),
        (form("/1/items/3/keyValueValue/maxlength"), Some(json!("many")), true),
        (form("/1/items/4/titleKey"), None, true),
        (form("/1/items/4/titleKey"), Some(json!("name")), false),
        (form("/1/items/4/subtitleKey"), Some(json!("aText")), false),
        (form("/1/items/4/addButton"), Some(json!("yes")), true),
        (form("/1/items/4/subMenus/0/items/0/type"), Some(json!("input")), true),
        (form("/1/items/4/subMenus/0/items/2/parentValue"), Some(json!("b")), false),
        (form("/1/items/4/subMenus/0/items/2/parentKey"), Some(json!("aRadio")), false),
    ]
}

fn outline() -> Vec<(&'static str, Option<Value>, bool)> {
    vec![
        ("/name", None, true),
        ("/name", Some(json!(" ")), true),
        ("/keyType", Some(json!("both")), true),
        ("/commands", Some(json!([])), true),
        ("/commands/1", Some(json!("std:account:lists")), true),
        ("/commands/2", Some(json!("std:account:create")), true),
        ("/showDebugLoggingOption", Some(json!("true")), true),
        ("/supportsStatefulCommands", Some(json!(false)), false),
        ("/sourceConfigInitialValues/nothing", Some(json!("x")), false),
        ("/sourceConfigInitialValues/aSecret", Some(json!("x")), false),
        ("/sourceConfigInitialValues/aNumber", Some(json!("x")), false),
        ("/sourceConfigInitialValues/aRadio", Some(json!("three")), false),
        ("/sourceConfigInitialValues/aPair", Some(json!([{"key": "x"}])), false),
        ("/sourceConfigInitialValues/aText", Some(json!(null)), true),
    ]
}

fn schemas() -> Vec<(&'static str, Option<Value>, bool)> {
    vec![
        ("/accountSchema", None, true),
        ("/accountSchema/identityAttribute", None, true),
        ("/accountSchema/identityAttribute", Some(json!("uid")), false),
        ("/accountSchema/displayAttribute", Some(json!("roles")), false),
        ("/accountSchema/groupAttribute", None, true),
        ("/accountSchema/groupAttribute", Some(json!("teams")), false),
        ("/accountSchema/groupAttribute", Some(json!("name")), false),
        ("/accountSchema/groupAttribute", Some(json!("roles")), false),
        ("/accountSchema/attributes/2/type", Some(json!("integer")), true),
        ("/accountSchema/attributes/2/description", None, true),
        ("/accountSchema/attributes/2/writable", Some(json!(true)), true),
        ("/accountSchema/attributes/2/name", Some(json!("Name")), false),
        ("/accountSchema/attributes/2/name", Some(json!("password")), true),
        ("/accountSchema/attributes/4/writable", Some(json!(true)), true),
        ("/accountSchema/attributes/4/type", Some(json!("int")), true),
        ("/accountSchema/attributes/5/schemaObjectType", Some(json!("team")), false),
        ("/accountSchema/attributes/5/entitlement", None, true),
        ("/entitlementSchemas/0/type", Some(json!("team")), true),
        ("/entitlementSchemas/1/type", Some(json!("group")), true),
        ("/entitlementSchemas/0/displayAttribute", Some(json!("title")), false),
        ("/entitlementSchemas/0/includePermissions", Some(json!("no")), true),
    ]
}

fn template() -> Vec<(&'static str, Option<Value>, bool)> {
    vec![
        ("/accountCreateTemplate", None, true),
        ("/accountCreateTemplate/fields/0/key", None, true),
        ("/accountCreateTemplate/fields/1/key", Some(json!("name")), false),
        ("/accountCreateTemplate/fields/1/type", Some(json!("secret")), true),
        ("/accountCreateTemplate/fields/1/initialValue/type", Some(json!("rule")), true),
        ("/accountCreateTemplate/fields/1/initialValue/attributes/name", Some(json!("Create a Password")), true),
        ("/accountCreateTemplate/fields/0/initialValue/attributes/template", None, true),
        ("/accountCreateTemplate/fields/0/initialValue/attributes/template", Some(json!("${firstname}")), true),
        ("/accountCreateTemplate/fields/0/initialValue/attributes/maxSize", Some(json!("0")), true),
        ("/accountCreateTemplate/fields/2/initialValue/attributes/value", None, true),
        ("/accountCreateTemplate/fields/3/initialValue/attributes/name", None, true),
    ]
}

#[test]
fn both_take_what_is_sound() {
    let validator = validator();
    assert!(validator.is_valid(&serde_json::from_str(product::SPEC).unwrap()));
    assert!(validator.is_valid(&sound()));
    assert_eq!(wrong(&sound()), []);
}

/// What the walker says of each, after seeing that the schema finds those that it can.
fn told_of(mistakes: Vec<(&'static str, Option<Value>, bool)>) -> String {
    let (validator, sound) = (validator(), sound());
    let told = mistakes.into_iter().map(|(at, to, by_schema)| {
        let spec = changed(&sound, at, to.clone());
        let findings = wrong(&spec);
        assert!(!findings.is_empty(), "{at} {to:?} is not found");
        assert_eq!(validator.is_valid(&spec), !by_schema, "{at} {to:?}");
        told(&findings)
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn mistakes_at_the_top_are_found() {
    insta::assert_snapshot!(told_of(outline()), @r#"
     lacks "name": it must have the connector's name, as people see it
    /name must be a text that is not empty, but is " "
    /keyType must be one of simple, compound, but is "both"
    /commands is empty: it must have the commands that the connector carries out
    /commands/1 is "std:account:lists", which is no command of the platform
    /commands/3 names std:account:create a second time
    /showDebugLoggingOption must be true or false, without quotes, but is "true"
    /sourceConfig/0/items/0/items/8/key switches state on, which needs "supportsStatefulCommands": true
    /sourceConfigInitialValues/nothing fills in no input of the form: there is none with this key
    /sourceConfigInitialValues/aSecret fills in a secret, which everybody could read in the specification
    /sourceConfigInitialValues/aNumber must be a number, but is "x"
    /sourceConfigInitialValues/aRadio must be one of one, two, but is "three"
    /sourceConfigInitialValues/aPair must be an array of {"key": …, "value": …}, but is an array
    /sourceConfigInitialValues/aText must be a text, but is null
    "#);
}

#[test]
fn mistakes_in_the_form_are_found() {
    insta::assert_snapshot!(told_of(form()), @r#"
    /sourceConfig is empty: it must have menus, each {"type": "menu", "label": …, "items": […]}
    /supportsStatefulCommands is true, but the form has no checkbox spConnEnableStatefulCommands: lists get no state without it
    /sourceConfig/0/type must be menu, but is "section"
    /sourceConfig/0 lacks "label": it must have the menu's title
    /sourceConfig/0/items/0/type must be section, but is "menu"
    /sourceConfig/0/items/0 lacks "sectionTitle": it must have the section's title
    /sourceConfig/0/items/0/docLink must be a URL, but is "docs.example"
    /sourceConfig/0/items/0/items/0/key must begin with a letter and hold letters, digits, ".", "_" and "-" only, but is "a text"
    /sourceConfigInitialValues/aText fills in no input of the form: there is none with this key
    /sourceConfig/0/items/0/items/0/key is deltaAggregation, which the platform sets itself: choose another name
    /sourceConfigInitialValues/aText fills in no input of the form: there is none with this key
    /sourceConfig/0/items/0/items/0/key is spConnInstance, which the platform sets itself: choose another name
    /sourceConfigInitialValues/aText fills in no input of the form: there is none with this key
    /sourceConfig/0/items/0/items/4/key is anArea, as that of another input
    /sourceConfig/0/items/0/items/0 lacks "label": it must have what people read beside the input
    /sourceConfig/0/items/0/items/0/type must be one of text, number, secret, textarea, secrettextarea, checkbox, url, toggle, radio, select, list, keyValue, cardList, but is "string"
    /sourceConfig/0/items/0/items/1/required must be true or false, without quotes, but is "true"
    /supportsStatefulCommands is true, but the form has no checkbox spConnEnableStatefulCommands: lists get no state without it
    /sourceConfig/0/items/0/items/7 has parentValue and lacks parentKey: an input is shown where both are met
    /sourceConfig/0/items/0/items/7 has parentKey and lacks parentValue: an input is shown where both are met
    /sourceConfig/0/items/0/items/7/parentValue must be a text that is not empty, but is true
    /sourceConfig/0/items/0/items/7/parentValue must be one value of aCheckbox (true, false), but is "yes"
    /sourceConfig/0/items/0/items/7/parentKey is nothing, which is no input of the form: this one is never shown
    /sourceConfig/0/items/0/items/7/parentKey is aText, a text: it must be a select, radio, toggle or checkbox
    /sourceConfig/0/items/0/items/7/parentKey leads back to this input: it is never shown
    /sourceConfig/0/items/1/items/0 lacks "options": it must have options, each {"label": …, "value": …}
    /sourceConfig/0/items/1/items/0/options/1 has the value "one" of another option
    /sourceConfig/0/items/1/items/1/parentValue must be one value of aRadio (one, one), but is "two"
    /sourceConfig/0/items/1/items/0/options/0 must be an object, but is "one"
    /sourceConfigInitialValues/aRadio must be one of two, but is "one"
    /sourceConfig/0/items/1/items/3 lacks "keyValueKey": it must have an input {"key", "label", "type"}
    /sourceConfig/0/items/1/items/3/keyValueKey/key must be key, but is "name"
    /sourceConfig/0/items/1/items/3/keyValueValue/maxlength must be a whole number above 0, but is "many"
    /sourceConfig/0/items/1/items/4 lacks "titleKey": it must have the key of an input of the card
    /sourceConfig/0/items/1/items/4/titleKey names no input of the card: it must be one of title, kind, more
    /sourceConfig/0/items/1/items/4/subtitleKey names no input of the card: it must be one of title, kind, more
    /sourceConfig/0/items/1/items/4/addButton must be true or false, without quotes, but is "yes"
    /sourceConfig/0/items/1/items/4/subMenus/0/items/0/type must be one of text, number, secret, textarea, secrettextarea, checkbox, url, toggle, radio, select, list, keyValue, cardList, but is "input"
    /sourceConfig/0/items/1/items/4/subMenus/0/items/2/parentValue must be one value of kind (a), but is "b"
    /sourceConfig/0/items/1/items/4/subMenus/0/items/2/parentKey is aRadio, which is no input of the card: this one is never shown
    "#);
}

#[test]
fn mistakes_in_schemas_and_template_are_found() {
    insta::assert_snapshot!(told_of(schemas().into_iter().chain(template()).collect()), @r#"
     lacks "accountSchema": it must have the schema of accounts
    /accountSchema lacks "identityAttribute": it must have the name of an attribute
    /accountSchema/identityAttribute is uid, which is none of the schema's attributes
    /accountSchema/displayAttribute is roles, which is no single string
    /accountSchema lacks "groupAttribute": groups holds entitlements
    /accountSchema/groupAttribute is teams, which is none of the schema's attributes
    /accountSchema/groupAttribute is name, which must have "entitlement": true and "multi": true
    /accountSchema/groupAttribute is roles, but groups stands before it: the platform's command line takes the first that holds entitlements
    /accountSchema/attributes/5/schemaObjectType must be group here, but is "role"
    /accountSchema/attributes/2/type must be one of string, boolean, int, long, but is "integer"
    /accountSchema/attributes/2 lacks "description": it must have a sentence for those who look at the schema
    /accountSchema/attributes/2/writable must not be true here: the platform's command line sets what is writable to any string, so it is for single strings that hold no entitlements
    /accountSchema/attributes/2/name is Name, as that of another attribute
    /accountSchema/attributes/2/name is password, which accounts must never show: it belongs into the create template only
    /accountSchema/attributes/4/writable must not be true here: the platform's command line sets what is writable to any string, so it is for single strings that hold no entitlements
    /accountSchema/attributes/4/type must be string, since it holds identities, but is int
    /accountSchema/attributes/5/schemaObjectType names no entitlement schema: it must be one of group, role, but is "team"
    /accountSchema/attributes/5/schemaObjectType needs "entitlement": true beside it
    /entitlementSchemas/0/type must be group, since the first type is the group, but is "team"
    /accountSchema/attributes/4/schemaObjectType names no entitlement schema: it must be one of team, role, but is "group"
    /entitlementSchemas/1/type is group, as that of another schema
    /accountSchema/attributes/5/schemaObjectType names no entitlement schema: it must be one of group, group, but is "role"
    /entitlementSchemas/0/displayAttribute is title, which is none of the schema's attributes
    /entitlementSchemas/0/includePermissions must be true or false, without quotes, but is "no"
     lacks "accountCreateTemplate", which std:account:create needs
    /accountCreateTemplate/fields/0 lacks "key": it must have the name of the attribute
    /accountCreateTemplate/fields/1/key is name, as that of another field
    /accountCreateTemplate/fields/1/type must be one of string, boolean, int, long, array, but is "secret"
    /accountCreateTemplate/fields/1/initialValue/type must be one of identityAttribute, generator, static, but is "rule"
    /accountCreateTemplate/fields/1/initialValue/attributes/name must be one of Create Password, Create Unique Account ID, but is "Create a Password"
    /accountCreateTemplate/fields/0/initialValue/attributes lacks "template": it must have a template such as "$(firstname).$(lastname)$(uniqueCounter)"
    /accountCreateTemplate/fields/0/initialValue/attributes/template must have its variables as $(name), but is "${firstname}"
    /accountCreateTemplate/fields/0/initialValue/attributes/maxSize must be a whole number above 0, but is "0"
    /accountCreateTemplate/fields/2/initialValue/attributes lacks "value": it must have the value
    /accountCreateTemplate/fields/3/initialValue/attributes lacks "name": it must have the name of an identity attribute
    "#);
}

/// Whatever becomes of any one value: where the schema sees a mistake, the walker does.
#[test]
fn the_walker_finds_what_the_schema_finds() {
    let (validator, sound) = (validator(), sound());
    let mut all = Vec::new();
    places(&sound, "", &mut all);
    let mut invalid = 0;
    for at in &all {
        for to in replacements() {
            let spec = changed(&sound, at, to.clone());
            if !validator.is_valid(&spec) {
                invalid += 1;
                assert!(!wrong(&spec).is_empty(), "{at} {to:?} is not found");
            }
        }
    }
    assert!(invalid > 900, "{invalid}");
}

#[test]
fn both_know_the_same_commands() {
    let mut schema: Vec<Value> = schema()["properties"]["commands"]["items"]["enum"].as_array().unwrap().clone();
    let mut walker: Vec<Value> = COMMANDS.iter().map(|name| json!(name)).collect();
    for names in [&mut schema, &mut walker] {
        names.sort_by_key(Value::to_string);
    }
    assert_eq!(schema, walker);
}
