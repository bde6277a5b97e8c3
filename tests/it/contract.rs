//! What people keep under the connector's names is safe from one release to the next: commands, settings, attributes, what
//! identifies accounts and entitlements, error codes.
//!
//! `contract.json` is what the last release had, and is written at a release by `UPDATE_CONTRACT=1 cargo test --test it
//! contract`. That drops nothing, unless the version says that something breaks: a new major version, or before 1.0 a new
//! minor one.

use super::harness::Bench;
use scim_connector::connector::error;
use scim_connector::mapping::table::Table;
use scim_connector::product;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/contract.json")
}

/// What each part of the contract is to people, should something of it go away or change.
const PARTS: &[(&str, &str)] = &[
    ("commands", "platforms send this command to sources that exist"),
    ("settings", "sources that exist have this setting saved, with a value of this shape"),
    ("accountSchema", "platforms keep, correlate and certify accounts under these names"),
    ("accountAttributes", "platforms keep accounts' values under this name, and map and certify them"),
    ("written", "create profiles, roles and attribute synchronization set this attribute"),
    (
        "entitlementTypes",
        "platforms keep entitlements, and the access that people have, under this type and these names",
    ),
    ("errorCodes", "rules and people match failures by this code, and sources have their own words for it"),
];

/// The contract as the code has it now.
fn current() -> Value {
    let spec: Value = serde_json::from_str(product::SPEC).unwrap();
    let members = |value: &Value, names: &[&str]| -> Value {
        names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())))
            .collect::<Map<_, _>>()
            .into()
    };
    let schema_names = ["identityAttribute", "displayAttribute", "groupAttribute"];
    let described = |attribute: &Value| {
        let shape = members(attribute, &["type", "multi", "entitlement", "managed", "schemaObjectType"]);
        (attribute["name"].as_str().unwrap().to_owned(), shape)
    };
    let attributes =
        |schema: &Value| schema["attributes"].as_array().unwrap().iter().map(described).collect::<Map<_, _>>();
    let types = spec["entitlementSchemas"].as_array().unwrap().iter().map(|schema| {
        let mut shape = members(schema, &schema_names);
        shape["attributes"] = attributes(schema).into();
        (schema["type"].as_str().unwrap().to_owned(), shape)
    });
    let table = Table::built_in();
    let written = table.columns().iter().filter(|column| column.write.is_some() || column.entitlement.is_some());
    let mut codes: Vec<String> = error::rows().into_iter().map(|[code, ..]| code).collect();
    codes.sort();
    codes.dedup();
    json!({
        "version": product::VERSION,
        "commands": names(spec["commands"].as_array().unwrap().iter().map(|name| name.as_str().unwrap())),
        "settings": super::spec::items(&spec).into_iter().map(setting).collect::<Map<_, _>>(),
        "accountSchema": members(&spec["accountSchema"], &schema_names),
        "accountAttributes": attributes(&spec["accountSchema"]),
        "written": names(written.map(|column| column.name.as_str())),
        "entitlementTypes": types.collect::<Map<_, _>>(),
        "errorCodes": names(codes.iter().map(String::as_str)),
    })
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Map<String, Value> {
    names.map(|name| (name.to_owned(), json!({}))).collect()
}

/// What is saved for an input of the form: its shape, and the values that can be chosen.
fn setting(item: &Value) -> (String, Value) {
    let shape = match item["type"].as_str().unwrap() {
        "text" | "url" | "textarea" | "secret" | "secrettextarea" => json!({"shape": "text"}),
        "radio" | "select" => {
            let values = item["options"].as_array().unwrap().iter().map(|option| option["value"].as_str().unwrap());
            json!({"shape": "choice", "choices": names(values)})
        }
        "checkbox" | "toggle" => json!({"shape": "boolean"}),
        other => json!({"shape": other}),
    };
    (item["key"].as_str().unwrap().to_owned(), shape)
}

/// What of the old is gone or different in the new: its path, and what became of it. What is new breaks nobody.
fn broken(at: &str, old: &Value, new: &Value, found: &mut Vec<(String, String)>) {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        if old != new {
            found.push((at.to_owned(), format!("was {old} and is {new}")));
        }
        return;
    };
    for (name, old) in old {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match new.get(name) {
            Some(new) => broken(&at, old, new, found),
            None => found.push((at, "is gone".to_owned())),
        }
    }
    // A flag that comes into an attribute changes what is kept: one value becomes many, a text becomes an entitlement.
    for name in ["multi", "entitlement", "schemaObjectType"] {
        if let (None, Some(new), true) = (old.get(name), new.get(name), old.contains_key("type")) {
            found.push((format!("{at}.{name}"), format!("was not there and is {new}")));
        }
    }
}

/// What breaks, and for whom, in sentences.
fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let sentence = |(part, whom): &(&str, &str)| {
        let mut found = Vec::new();
        broken(part, &old[part], &new[part], &mut found);
        found.into_iter().map(|(at, became)| format!("{at} {became}: {whom}")).collect::<Vec<_>>()
    };
    PARTS.iter().flat_map(sentence).collect()
}

/// Whether a version may break what an older one promised: its first number that is not 0 is larger.
fn may_break(old: &str, new: &str) -> bool {
    let parts = |version: &str| -> Vec<u64> {
        version.split(['.', '-', '+']).take(2).map(|part| part.parse().unwrap()).collect()
    };
    let (old, new) = (parts(old), parts(new));
    new[0] > old[0] || (old[0] == 0 && new > old)
}

fn text(contract: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(contract).unwrap())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether files are to be written")]
fn nothing_goes_away_that_a_release_had() {
    let released: Value = serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap();
    let breaks = breaks(&released, &current());
    let version = released["version"].as_str().unwrap();
    if std::env::var("UPDATE_CONTRACT").is_ok() {
        let is_allowed = breaks.is_empty() || may_break(version, product::VERSION);
        assert!(is_allowed, "{} must not break what {version} has:\n{}", product::VERSION, breaks.join("\n"));
        fs::write(path(), text(&current())).unwrap();
        return;
    }
    assert!(
        breaks.is_empty(),
        "this breaks what {version} has (a release that means to has a new major version, before 1.0 a new minor one, and \
         UPDATE_CONTRACT=1):\n{}",
        breaks.join("\n")
    );
}

/// A version that the changelog does not call unreleased has its contract written down.
#[test]
fn a_release_has_its_contract() {
    let changelog = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md")).unwrap();
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    let is_released = !newest.to_lowercase().contains("unreleased");
    let is_written = fs::read_to_string(path()).unwrap() == text(&current());
    assert!(!is_released || is_written, "run UPDATE_CONTRACT=1 cargo test --test it contract");
}

#[test]
fn what_breaks_is_told_with_whom_it_breaks() {
    let old = current();
    let mut new = current();
    for (at, name) in [
        ("/commands", "std:account:unlock"),
        ("/settings", "scope"),
        ("/settings/paging/choices", "cursor"),
        ("/accountAttributes", "title"),
        ("/written", "phone"),
        ("/entitlementTypes/group/attributes", "description"),
        ("/errorCodes", "RATE_LIMIT"),
    ] {
        new.pointer_mut(at).unwrap().as_object_mut().unwrap().shift_remove(name).unwrap();
    }
    new["settings"]["pageSize"]["shape"] = json!("text");
    new["accountSchema"]["identityAttribute"] = json!("userName");
    new["accountAttributes"]["department"]["multi"] = json!(true);
    new["accountAttributes"]["active"]["type"] = json!("string");
    insta::assert_snapshot!(breaks(&old, &new).join("\n"), @r#"
    commands.std:account:unlock is gone: platforms send this command to sources that exist
    settings.scope is gone: sources that exist have this setting saved, with a value of this shape
    settings.paging.choices.cursor is gone: sources that exist have this setting saved, with a value of this shape
    settings.pageSize.shape was "number" and is "text": sources that exist have this setting saved, with a value of this shape
    accountSchema.identityAttribute was "id" and is "userName": platforms keep, correlate and certify accounts under these names
    accountAttributes.title is gone: platforms keep accounts' values under this name, and map and certify them
    accountAttributes.department.multi was not there and is true: platforms keep accounts' values under this name, and map and certify them
    accountAttributes.active.type was "boolean" and is "string": platforms keep accounts' values under this name, and map and certify them
    written.phone is gone: create profiles, roles and attribute synchronization set this attribute
    entitlementTypes.group.attributes.description is gone: platforms keep entitlements, and the access that people have, under this type and these names
    errorCodes.RATE_LIMIT is gone: rules and people match failures by this code, and sources have their own words for it
    "#);
}

#[test]
fn what_is_new_breaks_nobody() {
    let old = current();
    let mut new = current();
    for (at, value) in [
        ("commands", json!({})),
        ("settings", json!({"shape": "text"})),
        ("accountAttributes", json!({"type": "string", "multi": true})),
        ("entitlementTypes", json!({"identityAttribute": "id", "attributes": {}})),
        ("errorCodes", json!({})),
    ] {
        new[at]["new"] = value;
    }
    new["settings"]["paging"]["choices"]["new"] = json!({});
    assert_eq!(breaks(&old, &new), Vec::<String>::new());
}

#[test]
fn only_a_version_that_says_so_may_break() {
    for (old, new, may) in [
        ("0.1.0", "0.1.1", false),
        ("0.1.0", "0.2.0", true),
        ("0.9.0", "1.0.0", true),
        ("1.1.0", "1.2.0", false),
        ("1.9.3", "2.0.0-rc.1", true),
        ("1.2.0", "1.1.0", false),
    ] {
        assert_eq!(may_break(old, new), may, "{old} {new}");
    }
}

/// The value that identifies an object never changes, whatever the attribute is called.
#[tokio::test]
async fn objects_are_identified_by_their_id() {
    let bench = Bench::with_users(3).await;
    for (command, input) in [
        ("std:account:list", json!({})),
        ("std:entitlement:list", json!({"type": "group"})),
        ("std:entitlement:list", json!({"type": "entitlement"})),
    ] {
        for object in bench.run(command, input).await.outputs() {
            let id = &object["attributes"]["id"];
            assert!(id.is_string());
            assert_eq!((&object["identity"], &object["key"]), (id, &json!({"simple": {"id": id}})), "{object}");
            assert_eq!(object.get("uuid"), None);
        }
    }
}
