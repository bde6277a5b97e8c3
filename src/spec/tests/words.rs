//! What is doubtful, and what several mistakes at once look like.

use super::{changed, sound, told};
use crate::spec::{Code, Finding, Sort, check};
use serde_json::{Value, json};

fn doubtful(spec: &Value) -> Vec<Finding> {
    check(&spec.to_string(), &Code::own()).into_iter().filter(|finding| finding.sort == Sort::Doubtful).collect()
}

#[test]
fn what_is_seldom_meant_is_doubtful_and_not_wrong() {
    let sound = sound();
    let changes = [
        ("/sourceConfig/0/items/0/items/0/helpText", Some(json!("x"))),
        ("/sourceConfig/0/items/0/items/0/placeHolder", Some(json!("x"))),
        ("/sourceConfig/0/items/0/items/0/requierd", Some(json!(true))),
        ("/sourceConfig/0/items/0/items/4/key", Some(json!("apiToken"))),
        ("/sourceConfig/0/items/0/items/0/options", Some(json!([]))),
        ("/sourceConfig/0/items/1/items/0/options/1/label", Some(json!("One"))),
        ("/commands/0", None),
        ("/commands/1", None),
        ("/accountSchema/attributes/2/type", Some(json!("long"))),
        ("/accountSchema/attributes/2/managed", Some(json!(true))),
        ("/accountSchema/attributes/5", None),
        ("/accountSchema/attributes/4/schemaObjectType", None),
        ("/accountCreateTemplate/fields/3/type", Some(json!("int"))),
        ("/accountCreateTemplate/fields/0/initialValue/attributes/template", Some(json!("$(firstname)"))),
    ];
    let lines = changes.map(|(at, to)| {
        let spec = changed(&sound, at, to);
        assert_eq!(super::wrong(&spec), [], "{at}");
        told(&doubtful(&spec))
    });
    insta::assert_snapshot!(lines.join("\n"), @r#"
    /sourceConfig/0/items/0/items/0/helpText is no member that the platform documents
    /sourceConfig/0/items/0/items/0/placeHolder is no member that the platform documents; is "placeholder" meant?
    /sourceConfig/0/items/0/items/0/requierd is no member that the platform documents; is "required" meant?
    /sourceConfig/0/items/0/items/4/key sounds like a secret, but its type shows it to everybody: secret and secrettextarea do not
    /sourceConfig/0/items/0/items/0/options is no member that the platform documents
    /sourceConfig/0/items/1/items/0/options/1 has the label "One" of another option
    /commands lacks std:test-connection: without it Test Connection does not work
    /commands lacks std:spec:read: without it the checks of the platform's command line cannot run
    /accountSchema/attributes/2/type is long, which the checks of the platform's command line refuse: take int
    /accountSchema/attributes/2/managed says that entitlements can be changed, but this attribute holds none
    /entitlementSchemas/1/type is role, whose identities no attribute of accounts holds
    /accountSchema/attributes/4 lacks "schemaObjectType", without which it holds groups
    /accountCreateTemplate/fields/3/type is int, for which the platform's command line makes no value when it checks creations
    /accountCreateTemplate/fields/0/initialValue/attributes/template has no $(uniqueCounter): the second person of the same name gets no account
    "#);
}

#[test]
fn what_is_required_below_a_hidden_input_is_doubtful() {
    let mut spec = changed(&sound(), "/sourceConfig/0/items/1/items/2/parentKey", Some(json!("aSelect")));
    spec = changed(&spec, "/sourceConfig/0/items/1/items/2/parentValue", Some(json!("three")));
    spec = changed(&spec, "/sourceConfig/0/items/1/items/2/required", Some(json!(true)));
    insta::assert_snapshot!(told(&doubtful(&spec)), @"/sourceConfig/0/items/1/items/2/required makes required what is hidden with aSelect, which keeps its value when it is hidden itself");
}

#[test]
fn inputs_that_wait_for_one_another_are_wrong() {
    let mut spec = changed(&sound(), "/sourceConfig/0/items/0/items/6/parentKey", Some(json!("aToggle")));
    spec = changed(&spec, "/sourceConfig/0/items/0/items/6/parentValue", Some(json!("true")));
    insta::assert_snapshot!(told(&super::wrong(&spec)), @"
    /sourceConfig/0/items/0/items/6/parentKey leads back to this input: it is never shown
    /sourceConfig/0/items/0/items/7/parentKey leads back to this input: it is never shown
    ");
}

#[test]
fn a_specification_that_is_too_long_for_a_line_is_wrong() {
    let spec = changed(&sound(), "/sourceConfig/0/items/0/items/0/helpKey", Some("x".repeat(256 * 1024).into()));
    insta::assert_snapshot!(told(&super::wrong(&spec)), @" makes a line of 266093 bytes: the platform takes 262144 at most");
}
