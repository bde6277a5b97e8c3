//! The specification equals the code: the commands, the settings and their choices, the defaults, the names. That it is what
//! the platform takes, `src/spec/tests` shows.

use scim_connector::config::{Config, KEYS};
use scim_connector::mapping::table::Table;
use scim_connector::product;
use scim_connector::protocol::Command;
use scim_connector::scim::provider::Profiles;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

fn spec() -> Value {
    serde_json::from_str(product::SPEC).unwrap()
}

/// The form's items: all that have a key.
pub fn items(spec: &Value) -> Vec<&Value> {
    let menus = spec["sourceConfig"].as_array().unwrap().iter();
    let sections = menus.flat_map(|menu| menu["items"].as_array().unwrap());
    sections.flat_map(|section| section["items"].as_array().unwrap()).collect()
}

fn texts<'a>(values: impl IntoIterator<Item = &'a Value>, name: &str) -> Vec<&'a str> {
    values.into_iter().map(|value| value[name].as_str().unwrap()).collect()
}

/// What the settings of the form's smallest source are.
fn smallest() -> Map<String, Value> {
    let settings = json!({"baseUrl": "https://scim.example/v2", "tokenUrl": "https://scim.example/token", "clientId": "c", "clientSecret": "s"});
    settings.as_object().unwrap().clone()
}

#[test]
fn the_commands_are_those_that_are_carried_out() {
    let names: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
    assert_eq!(spec()["commands"], json!(names));
    assert!(names.iter().all(|name| Command::from_name(name).unwrap().name() == *name));
}

#[test]
fn the_name_is_the_product_s() {
    assert_eq!(spec()["name"], product::NAME);
}

#[test]
fn the_form_has_every_setting_once_and_no_other() {
    let spec = spec();
    let keys = texts(items(&spec), "key");
    let distinct: BTreeSet<&str> = keys.iter().copied().collect();
    assert_eq!(distinct.len(), keys.len());
    assert_eq!(distinct, KEYS.iter().copied().collect());
}

/// Whether one of several values is chosen.
fn is_choice(item: &Value) -> bool {
    ["select", "radio"].contains(&item["type"].as_str().unwrap())
}

/// The message that refuses a wrong choice names those that are right.
#[test]
fn the_choices_of_the_form_are_those_that_are_taken() {
    let spec = spec();
    for item in items(&spec).into_iter().filter(|item| is_choice(item)) {
        let key = item["key"].as_str().unwrap();
        let mut settings = smallest();
        settings.insert(key.to_owned(), "no choice".into());
        let problems = Config::parse(&settings, &Profiles::built_in()).unwrap_err().problems;
        assert_eq!((problems.len(), problems[0].key), (1, key));
        let offered = texts(item["options"].as_array().unwrap(), "value").join(", ");
        assert_eq!(problems[0].says, format!("must be one of {offered}, but is \"no choice\""));
    }
}

/// What is needed in one place only can be required in the form: it is shown there alone. What the second level needs is
/// not, since the grant type keeps its value when another type of authentication is chosen; nor what two types need, since
/// `parentValue` holds one value. The token URL is known for Salesforce, and a token may tell the base URL.
const LEFT_TO_THE_CONNECTOR: &[&str] =
    &["baseUrl", "tokenUrl", "clientSecret", "username", "password", "refreshToken", "privateKey", "jwtSubject"];

#[test]
fn what_the_form_requires_is_what_is_required() {
    let spec = spec();
    let grants = ["clientCredentials", "password", "refreshToken", "jwtBearer"].map(|grant| ("oauth2", grant));
    let others = ["bearerToken", "basic", "apiKey", "none"].map(|auth_type| (auth_type, ""));
    for (auth_type, grant_type) in grants.into_iter().chain(others) {
        let settings = json!({"authType": auth_type, "grantType": grant_type});
        let problems =
            Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).map(drop).unwrap_err().problems;
        let missing: BTreeSet<&str> = problems
            .iter()
            .filter(|problem| problem.says.starts_with("is missing"))
            .map(|problem| problem.key)
            .chain(["authType"])
            .collect();
        let shown = items(&spec).into_iter().filter(|item| match item.get("parentKey").and_then(Value::as_str) {
            Some("authType") => item["parentValue"] == auth_type,
            Some("grantType") => item["parentValue"] == grant_type,
            // What else there is to choose, starts with its default.
            Some(other) => item["parentValue"] == spec["sourceConfigInitialValues"][other],
            None => true,
        });
        let (required, optional): (Vec<_>, Vec<_>) = shown.partition(|item| item["required"] == true);
        let required: BTreeSet<&str> = texts(required, "key").into_iter().collect();
        let left: BTreeSet<&str> = LEFT_TO_THE_CONNECTOR.iter().copied().collect();
        assert_eq!(required, &missing - &left, "{auth_type} {grant_type}");
        let optional: BTreeSet<&str> = texts(optional, "key").into_iter().collect();
        assert!(missing.is_subset(&(&required | &optional)), "{auth_type} {grant_type} needs what is not shown");
    }
}

#[test]
fn adopting_accounts_requires_what_must_agree() {
    let spec = spec();
    let item = items(&spec).into_iter().find(|item| item["key"] == "adoptMatch").unwrap();
    assert_eq!((&item["parentKey"], &item["required"]), (&json!("existingAccount"), &json!(true)));
    let mut settings = smallest();
    settings.insert("existingAccount".to_owned(), item["parentValue"].clone());
    let problems = Config::parse(&settings, &Profiles::built_in()).unwrap_err().problems;
    assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), ["adoptMatch"]);
    settings.insert("adoptMatch".to_owned(), spec["sourceConfigInitialValues"]["adoptMatch"].clone());
    Config::parse(&settings, &Profiles::built_in()).unwrap();
}

#[test]
fn initial_values_are_the_defaults() {
    let spec = spec();
    let plain = Config::parse(&smallest(), &Profiles::built_in()).unwrap();
    let mut settings = smallest();
    settings.extend(spec["sourceConfigInitialValues"].as_object().unwrap().clone());
    let initial = Config::parse(&settings, &Profiles::built_in()).unwrap();
    // Neither shows a secret, and both have the same one.
    assert_eq!(format!("{initial:?}"), format!("{plain:?}"));
    // As the platform's form may send them.
    for value in settings.values_mut().filter(|value| value.is_number()) {
        *value = value.to_string().into();
    }
    assert_eq!(format!("{:?}", Config::parse(&settings, &Profiles::built_in()).unwrap()), format!("{plain:?}"));
}

#[test]
fn placeholders_are_values_that_are_taken() {
    let spec = spec();
    for item in items(&spec).into_iter().filter(|item| item.get("placeholder").is_some()) {
        let mut settings = smallest();
        settings.insert(item["key"].as_str().unwrap().to_owned(), item["placeholder"].clone());
        Config::parse(&settings, &Profiles::built_in()).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn the_account_schema_is_the_table() {
    let spec = spec();
    let schema = &spec["accountSchema"];
    let declared = texts(schema["attributes"].as_array().unwrap(), "name");
    let table = Table::built_in();
    let read = table.columns().iter().filter(|column| column.is_shown());
    assert_eq!(declared, read.map(|column| column.name.as_str()).collect::<Vec<_>>());
    for (member, name) in [("identityAttribute", "id"), ("displayAttribute", "userName"), ("groupAttribute", "groups")]
    {
        assert_eq!(schema[member], name);
    }
    assert_eq!(texts(spec["entitlementSchemas"].as_array().unwrap(), "type"), ["group", "entitlement"]);
}
