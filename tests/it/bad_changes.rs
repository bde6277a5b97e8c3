//! Input of the commands that write, wrong in every way: each is named with what would be right, and nothing is written.

use super::harness::{Service, add, key, set, update, with};
use super::standard::Standard;
use serde_json::{Value, json};
use std::fmt::Write as _;

const UPDATE: &str = "std:account:update";
const CREATE: &str = "std:account:create";

/// Each command with its input, and what the person is told.
async fn transcript(commands: Vec<(&str, Value)>) -> String {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let mut transcript = String::new();
    for (command, input) in commands {
        let failure = service.invoke(command, input.clone(), &standard.config(json!({}))).await.failure();
        assert_eq!((failure.error_type.as_str(), failure.kind.as_str()), ("generic", "invalidRequest"), "{input}");
        let input = input.get("changes").or(input.get("attributes")).unwrap_or(&input);
        writeln!(transcript, "{command} {input}\n  {}", failure.message).unwrap();
    }
    assert_eq!(standard.upstream.writes(), "");
    transcript
}

#[tokio::test]
async fn changes_of_attributes() {
    let changes = [
        json!([set("shoeSize", 42)]),
        json!([set("Title", "Dr")]),
        json!([set("profile", "Standard User")]),
        json!([set("title", json!({"a": 1}))]),
        json!([set("title", ["a", "b"])]),
        json!([set("active", "perhaps")]),
        json!([set("id", "u2")]),
        json!([set("created", "2020-01-01T00:00:00Z"), set("title", "Dr")]),
        json!([set("userRoles", "CEO")]),
        json!([add("title", "Dr")]),
        json!([add("groups", json!([{"value": "g1"}]))]),
        json!([{"op": "Remove", "attribute": "groups"}]),
        json!([add("groups", ["g8", "g9"]), set("title", "Dr")]),
    ];
    let shown = transcript(changes.into_iter().map(|changes| (UPDATE, update("u1", changes))).collect()).await;
    insta::assert_snapshot!(shown, @r#"
    std:account:update [{"op":"Set","attribute":"shoeSize","value":42}]
      The command's input cannot be used: shoeSize is no attribute of this source (those that can be set: userName, displayName, nickName, givenName, familyName, formattedName, email, phone, title, department, employeeNumber, organization, managerId, externalId, locale, timezone, preferredLanguage, userType, active, groups, entitlements, password). Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"Title","value":"Dr"}]
      The command's input cannot be used: Title is no attribute of this source (those that can be set: userName, displayName, nickName, givenName, familyName, formattedName, email, phone, title, department, employeeNumber, organization, managerId, externalId, locale, timezone, preferredLanguage, userType, active, groups, entitlements, password). Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"profile","value":"Standard User"}]
      The command's input cannot be used: profile is no attribute of this source (those that can be set: userName, displayName, nickName, givenName, familyName, formattedName, email, phone, title, department, employeeNumber, organization, managerId, externalId, locale, timezone, preferredLanguage, userType, active, groups, entitlements, password). Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"title","value":{"a":1}}]
      The command's input cannot be used: title must be one text, but is an object. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"title","value":["a","b"]}]
      The command's input cannot be used: title must be one text, but is a list of several. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"active","value":"perhaps"}]
      The command's input cannot be used: active must be true or false, but is "perhaps". Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"id","value":"u2"}]
      The command's input cannot be used: id cannot be changed: the provider sets it. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"created","value":"2020-01-01T00:00:00Z"},{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: created cannot be changed: the provider sets it. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"userRoles","value":"CEO"}]
      The command's input cannot be used: userRoles cannot be changed: the provider sets it. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Add","attribute":"title","value":"Dr"}]
      The command's input cannot be used: title has one value only, so nothing can be added: use Set. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Add","attribute":"groups","value":[{"value":"g1"}]}]
      The command's input cannot be used: groups must be a list of texts, but is a list of something else. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Remove","attribute":"groups"}]
      The command's input cannot be used: groups has several values: name those to remove. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Add","attribute":"groups","value":["g8","g9"]},{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: groups has "g8", which does not exist at the provider; groups has "g9", which does not exist at the provider. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    "#);
}

#[tokio::test]
async fn changes_that_are_none() {
    let inputs = [
        json!([]),
        Value::Null,
        json!({"op": "Set"}),
        json!([{"op": "set", "attribute": "title", "value": "Dr"}]),
        json!([{"op": "replace", "attribute": "title", "value": "Dr"}]),
        json!([{"attribute": "title", "value": "Dr"}]),
        json!([set("title", "Dr"), {"op": "Set", "value": "Dr"}]),
        json!([{"op": "Set", "attribute": "title"}]),
        json!([{"op": "Add", "attribute": "groups", "value": null}]),
        json!(["title"]),
    ];
    let mut commands: Vec<(&str, Value)> = inputs.into_iter().map(|changes| (UPDATE, update("u1", changes))).collect();
    commands.push((UPDATE, key("u1")));
    insta::assert_snapshot!(transcript(commands).await, @r#"
    std:account:update []
      The command's input cannot be used: input.changes must be an array of changes {"op":"Add|Set|Remove","attribute":"…","value":…}, but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update null
      The command's input cannot be used: input.changes must be an array of changes {"op":"Add|Set|Remove","attribute":"…","value":…}, but is null. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update {"op":"Set"}
      The command's input cannot be used: input.changes must be an array of changes {"op":"Add|Set|Remove","attribute":"…","value":…}, but is an object. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.changes[0].op must be one of Add, Set, Remove (in just this case), but is "set". Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"replace","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.changes[0].op must be one of Add, Set, Remove (in just this case), but is "replace". Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.changes[0].op must be one of Add, Set, Remove, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"title","value":"Dr"},{"op":"Set","value":"Dr"}]
      The command's input cannot be used: input.changes[1].attribute must be the name of an attribute, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"title"}]
      The command's input cannot be used: input.changes[0].value must be the value to set or add, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Add","attribute":"groups","value":null}]
      The command's input cannot be used: input.changes[0].value must be the value to set or add, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update ["title"]
      The command's input cannot be used: input.changes[0].attribute must be the name of an attribute, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update {"identity":"u1","key":{"simple":{"id":"u1"}}}
      The command's input cannot be used: input.changes must be an array of changes {"op":"Add|Set|Remove","attribute":"…","value":…}, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    "#);
}

#[tokio::test]
async fn no_key_and_no_attributes() {
    let mut commands = Vec::new();
    for command in [
        UPDATE,
        "std:account:enable",
        "std:account:disable",
        "std:account:unlock",
        "std:account:delete",
        "std:change-password",
    ] {
        let rest = json!({"changes": [set("title", "Dr")], "password": "s3cret!"});
        commands.push((command, rest.clone()));
        commands.push((command, with(&rest, json!({"key": {"simple": {}}, "identity": ""}))));
    }
    for attributes in
        [Value::Null, json!([]), json!({}), json!({"userName": ["a", "b"]}), json!({"email": "a@example.com"})]
    {
        commands.push((CREATE, json!({"attributes": attributes})));
    }
    commands.push((CREATE, json!({})));
    insta::assert_snapshot!(transcript(commands).await, @r#"
    std:account:update [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:update [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:enable [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:enable [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:disable [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:disable [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:unlock [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:unlock [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:delete [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:delete [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:change-password [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:change-password [{"op":"Set","attribute":"title","value":"Dr"}]
      The command's input cannot be used: input.key must be the object's id as {"simple":{"id":"…"}}, or a string in "identity", but is empty. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:create null
      The command's input cannot be used: input.attributes must be an object of attribute names and values, but is null. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:create []
      The command's input cannot be used: input.attributes must be an object of attribute names and values, but is an array. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:create {}
      The command's input cannot be used: input.attributes.userName is missing: it must be the new account's user name. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:create {"userName":["a","b"]}
      The command's input cannot be used: userName must be one text, but is a list of several. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:create {"email":"a@example.com"}
      The command's input cannot be used: input.attributes.userName is missing: it must be the new account's user name. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    std:account:create {}
      The command's input cannot be used: input.attributes must be an object of attribute names and values, but is missing. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]
    "#);
}
