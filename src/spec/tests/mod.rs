//! The walker's words, and that it and `connector-spec.schema.json` agree as far as a schema can say what is wrong.

mod agreement;
mod code;
mod words;

use super::{Code, Finding, Sort, check};
use serde_json::{Value, json};

/// Every input type, every sort of initial value, and nothing to complain of.
fn sound() -> Value {
    serde_json::from_str(include_str!("every_type.json")).unwrap()
}

/// What the platform does not take.
fn wrong(spec: &Value) -> Vec<Finding> {
    super::examine(spec, &Code::own())
        .placed(&super::Lines::of(""))
        .into_iter()
        .filter(|finding| finding.sort == Sort::Wrong)
        .collect()
}

/// The specification with another value in one place; `None` takes it away.
fn changed(spec: &Value, at: &str, to: Option<Value>) -> Value {
    let mut spec = spec.clone();
    let (parent, name) = at.rsplit_once('/').unwrap();
    match (spec.pointer_mut(parent).unwrap_or_else(|| panic!("{at}")), to) {
        (Value::Object(members), Some(to)) => drop(members.insert(name.to_owned(), to)),
        (Value::Object(members), None) => drop(members.shift_remove(name).unwrap_or_else(|| panic!("{at}"))),
        (Value::Array(elements), Some(to)) => elements[name.parse::<usize>().unwrap()] = to,
        (Value::Array(elements), None) => drop(elements.remove(name.parse().unwrap())),
        _ => panic!("{at}"),
    }
    spec
}

/// Findings as lines for a snapshot.
fn told(findings: &[Finding]) -> String {
    let lines: Vec<String> = findings.iter().map(|finding| format!("{} {}", finding.at, finding.says)).collect();
    lines.join("\n")
}

#[test]
fn the_specification_of_every_type_is_sound() {
    let findings = check(&sound().to_string(), &Code::own());
    let not_the_code: Vec<_> = findings.into_iter().filter(|finding| finding.sort != Sort::Differs).collect();
    assert_eq!(not_the_code, []);
}

#[test]
fn the_connectors_own_specification_is_sound() {
    assert_eq!(check(crate::product::SPEC, &Code::own()), []);
}

#[test]
fn findings_have_lines_and_stand_in_their_order() {
    let findings = check(
        "{\n \"name\": 7,\n \"commands\": [\n  \"std:x\"],\n \"keyType\": \"\", \"keyType\": \"simple\"\n}",
        &Code::own(),
    );
    let lines: Vec<_> = findings.iter().filter(|f| f.sort == Sort::Wrong).map(|f| (f.line, f.at.as_str())).collect();
    let at_the_top = [(Some(1), ""); 3];
    assert_eq!(
        lines,
        [&at_the_top[..], &[(Some(2), "/name"), (Some(4), "/commands/0"), (Some(5), "/keyType")]].concat()
    );
}

#[test]
fn what_is_no_json_or_no_object_is_said() {
    let told: Vec<String> = ["{\n \"a\": }", "", "[]", "7"]
        .map(|text| format!("{:?} {}", check(text, &Code::own())[0].line, check(text, &Code::own())[0].says))
        .into();
    insta::assert_snapshot!(told.join("\n"), @"
    Some(2) is not JSON: expected value at line 2 column 7
    Some(1) is not JSON: EOF while parsing a value at line 1 column 0
    Some(1) must be an object, but is an array
    Some(1) must be an object, but is 7
    ");
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "[\\[\\]{}:,\"a1]{0,30}") {
        check(&text, &Code::own());
    }
}

/// Every place of a specification.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    let name = |name: &str| super::node::pointer(at, name);
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| places(value, &name(key), found)),
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, value)| places(value, &name(&index.to_string()), found));
        }
        _ => {}
    }
}

/// Whatever one value becomes.
fn replacements() -> Vec<Option<Value>> {
    let values = [json!(null), json!(" "), json!(7), json!(true), json!([]), json!({})];
    values.into_iter().map(Some).chain([None]).collect()
}
