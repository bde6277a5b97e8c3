//! How a provider wants what is sent to be spelt, where it understands no other form of the same.

use super::provider::{BooleanForm, OperationCase, Writing};
use serde_json::Value;

/// The operations of a PATCH as the provider wants them.
pub(super) fn operations(operations: &[Value], writing: &Writing) -> Value {
    let mut spelt: Vec<Value> = operations.to_vec();
    if writing.operations == OperationCase::Capitalised {
        for operation in &mut spelt {
            if let Some(Value::String(name)) = operation.get_mut("op") {
                *name =
                    name.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(name.chars().skip(1)).collect();
            }
        }
    }
    resource(&Value::Array(spelt), writing)
}

/// A resource as the provider wants it.
pub(super) fn resource(resource: &Value, writing: &Writing) -> Value {
    let mut spelt = resource.clone();
    if writing.booleans == BooleanForm::Text {
        as_texts(&mut spelt);
    }
    spelt
}

fn as_texts(value: &mut Value) {
    match value {
        Value::Bool(flag) => *value = Value::from(if *flag { "True" } else { "False" }),
        Value::Array(elements) => elements.iter_mut().for_each(as_texts),
        Value::Object(members) => members.values_mut().for_each(as_texts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::GENERIC;
    use serde_json::json;

    #[test]
    fn operations_and_booleans_are_spelt_as_the_provider_wants() {
        let sent = [
            json!({"op": "replace", "path": "active", "value": false}),
            json!({"op": "add", "value": {"emails": [{"value": "true", "primary": true}]}}),
        ];
        assert_eq!(operations(&sent, &GENERIC.writing), json!(sent));
        let (operation_case, booleans) = (OperationCase::Capitalised, BooleanForm::Text);
        let writing = Writing { operations: operation_case, booleans, ..GENERIC.writing.clone() };
        insta::assert_snapshot!(operations(&sent, &writing), @r#"[{"op":"Replace","path":"active","value":"False"},{"op":"Add","value":{"emails":[{"value":"true","primary":"True"}]}}]"#);
        assert_eq!(resource(&json!({"active": true, "op": "add"}), &writing), json!({"active": "True", "op": "add"}));
    }
}
