//! What is granted and revoked in a multi-valued attribute of a user, by value: others that are granted at the same time
//! stay as they are.

use super::assign::{Elements, put};
use super::element_path;
use super::list::element;
use crate::scim::attribute::sub_attribute;
use crate::scim::filter::value_matches;
use crate::scim::path::Path;
use crate::scim::provider::PatchForm;
use crate::scim::resource;
use scim_v2::filter::AttrPath;
use serde_json::{Map, Value, json};

/// The operations that add these values where the path leads to.
pub fn grant(form: PatchForm, path: &Path, values: &[String]) -> Vec<Value> {
    if values.is_empty() {
        return Vec::new();
    }
    match form {
        PatchForm::Paths => {
            vec![json!({"op": "add", "path": attribute(path).to_string(), "value": granted(path, values)})]
        }
        PatchForm::Values => vec![json!({"op": "add", "value": wrapped(path, values)})],
    }
}

/// The operations that remove these values from `resource`, and no others.
pub fn revoke(form: PatchForm, path: &Path, values: &[String], resource: &Value) -> Vec<Value> {
    match form {
        PatchForm::Paths => revoke_by_path(path, values, resource),
        PatchForm::Values if values.is_empty() => Vec::new(),
        PatchForm::Values => {
            vec![json!({"op": "remove", "path": attribute(path).to_string(), "value": wrapped(path, values)})]
        }
    }
}

/// The same, each value by a path of its own (RFC 7644 §3.5.2.2). That has the path's conditions only where it would lead to
/// more without them: not every server knows `and` there.
pub fn revoke_by_path(path: &Path, values: &[String], resource: &Value) -> Vec<Value> {
    let elements = Elements::of(path);
    let sub = elements.sub.unwrap_or("value");
    let all = Path::from(attribute(path));
    let others: Vec<&Value> = match elements.filter {
        Some(filter) => all.values(resource).filter(|element| !value_matches(filter, *element)).collect(),
        None => Vec::new(),
    };
    let has = |other: &&Value, value: &str| {
        sub_attribute(*other, sub).and_then(resource::text).is_some_and(|other| other.eq_ignore_ascii_case(value))
    };
    let path = |value: &String| {
        let conditions = elements.filter.filter(|_| others.iter().any(|other| has(other, value)));
        element_path(&attribute(path).to_string(), conditions, sub, value)
    };
    values.iter().map(|value| json!({"op": "remove", "path": path(value)})).collect()
}

/// The list itself, as the value of its attribute.
fn wrapped(path: &Path, values: &[String]) -> Value {
    let mut wrapped = Map::new();
    put(&mut wrapped, &attribute(path), Some(&granted(path, values)));
    Value::Object(wrapped)
}

fn granted(path: &Path, values: &[String]) -> Value {
    values.iter().map(|value| element(&Elements::of(path), &json!(value))).collect()
}

fn attribute(path: &Path) -> AttrPath {
    AttrPath { sub_attr: None, ..path.attribute().clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(form: PatchForm, path: &str) -> String {
        let path = path.parse().unwrap();
        let operations =
            [grant(form, &path, &["a".into()]), revoke(form, &path, &["b".into(), "c\"".into()], &json!({}))].concat();
        operations.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn values_are_granted_and_revoked_where_the_path_leads_to() {
        insta::assert_snapshot!(shown(PatchForm::Paths, "roles.value"), @r#"
        {"op":"add","path":"roles","value":[{"value":"a"}]}
        {"op":"remove","path":"roles[value eq \"b\"]"}
        {"op":"remove","path":"roles[value eq \"c\\\"\"]"}
        "#);
        insta::assert_snapshot!(shown(PatchForm::Paths, r#"entitlements[type eq "License"].value"#), @r#"
        {"op":"add","path":"entitlements","value":[{"type":"License","value":"a"}]}
        {"op":"remove","path":"entitlements[value eq \"b\"]"}
        {"op":"remove","path":"entitlements[value eq \"c\\\"\"]"}
        "#);
        insta::assert_snapshot!(shown(PatchForm::Paths, "urn:x:User:permissions"), @r#"
        {"op":"add","path":"urn:x:User:permissions","value":["a"]}
        {"op":"remove","path":"urn:x:User:permissions[value eq \"b\"]"}
        {"op":"remove","path":"urn:x:User:permissions[value eq \"c\\\"\"]"}
        "#);
        insta::assert_snapshot!(shown(PatchForm::Values, "urn:x:User:permissions.id"), @r#"
        {"op":"add","value":{"urn:x:User":{"permissions":[{"id":"a"}]}}}
        {"op":"remove","path":"urn:x:User:permissions","value":{"urn:x:User":{"permissions":[{"id":"b"},{"id":"c\""}]}}}
        "#);
    }

    #[test]
    fn what_has_the_same_value_and_is_of_another_type_stays() {
        let user = json!({"roles": [{"type": "License", "value": "1"}, {"type": "Seat", "value": "1"}, {"type": "License", "value": "2"}]});
        let revoked = |path: &str| -> Vec<Value> {
            let operations = revoke(PatchForm::Paths, &path.parse().unwrap(), &["1".into(), "2".into()], &user);
            operations.iter().map(|operation| operation["path"].clone()).collect()
        };
        let one_type = revoked(r#"roles[type eq "License"].value"#);
        assert_eq!(one_type, [r#"roles[type eq "License" and value eq "1"]"#, r#"roles[value eq "2"]"#]);
        let either = revoked(r#"roles[type eq "License" or type eq "Plan"].value"#);
        assert_eq!(either[0], r#"roles[(type eq "License" or type eq "Plan") and value eq "1"]"#);
        assert_eq!(revoked("roles.value"), [r#"roles[value eq "1"]"#, r#"roles[value eq "2"]"#]);
    }
}
