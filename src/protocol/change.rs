//! The changes of `std:account:update`.

use super::input::InputError;
use serde_json::{Map, Value};

/// One change of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub attribute: String,
    pub action: Action,
}

/// What a change does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The value takes the place of whatever is there.
    Set(Value),
    /// The values join those of a multi-valued attribute.
    Add(Value),
    /// The values leave a multi-valued attribute.
    Remove(Value),
    /// The attribute loses its value.
    Clear,
}

impl Change {
    /// The member `changes` of an input.
    ///
    /// # Errors
    /// [`InputError`] names the change by its position, from 0, and what would be right.
    pub(super) fn parse_all(input: &Map<String, Value>) -> Result<Vec<Self>, InputError> {
        const EXPECTED: &str = "an array of changes {\"op\":\"Add|Set|Remove\",\"attribute\":\"…\",\"value\":…}";
        match input.get("changes") {
            Some(Value::Array(changes)) if !changes.is_empty() => {
                changes.iter().enumerate().map(|(position, change)| Self::parse(position, change)).collect()
            }
            Some(Value::Array(_)) => Err(InputError::of("input.changes", EXPECTED, "empty")),
            other => Err(InputError::new("input.changes", EXPECTED, other)),
        }
    }

    fn parse(position: usize, change: &Value) -> Result<Self, InputError> {
        let member = |name: &str| format!("input.changes[{position}].{name}");
        let attribute = match change.get("attribute") {
            Some(Value::String(name)) if !name.is_empty() => name.clone(),
            other => return Err(InputError::new(member("attribute"), "the name of an attribute", other)),
        };
        let value = change.get("value").filter(|value| !value.is_null()).cloned();
        let needs = |value: Option<Value>| {
            value.ok_or_else(|| InputError::of(member("value"), "the value to set or add", "missing"))
        };
        let action = match change.get("op").and_then(Value::as_str) {
            Some("Set") if change.get("value").is_some_and(Value::is_null) => Action::Clear,
            Some("Set") => Action::Set(needs(value)?),
            Some("Add") => Action::Add(needs(value)?),
            Some("Remove") => value.map_or(Action::Clear, Action::Remove),
            Some(other) => {
                let got = format!("\"{}\"", other.chars().take(40).collect::<String>());
                return Err(InputError::of(member("op"), "one of Add, Set, Remove (in just this case)", got));
            }
            None => return Err(InputError::new(member("op"), "one of Add, Set, Remove", change.get("op"))),
        };
        Ok(Self { attribute, action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(changes: &Value) -> Result<Vec<Change>, String> {
        let input = json!({"changes": changes});
        Change::parse_all(input.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_operation_is_told() {
        let changes = json!([
            {"op": "Set", "attribute": "title", "value": "Countess"},
            {"op": "Add", "attribute": "groups", "value": ["1", "2"]},
            {"op": "Remove", "attribute": "groups", "value": "3"},
            {"op": "Remove", "attribute": "title"},
            {"op": "Set", "attribute": "title", "value": null},
        ]);
        let actions: Vec<Action> = parse(&changes).unwrap().into_iter().map(|change| change.action).collect();
        assert_eq!(
            actions,
            [
                Action::Set(json!("Countess")),
                Action::Add(json!(["1", "2"])),
                Action::Remove(json!("3")),
                Action::Clear,
                Action::Clear
            ]
        );
    }

    #[rstest::rstest]
    #[case(json!(null), "input.changes must be an array of changes")]
    #[case(json!([]), "input.changes must be an array of changes {\"op\":\"Add|Set|Remove\",\"attribute\":\"…\",\"value\":…}, but is empty")]
    #[case(json!([{"op": "Set", "value": 1}]), "input.changes[0].attribute must be the name of an attribute, but is missing")]
    #[case(json!([{"op": "set", "attribute": "title", "value": 1}]), "input.changes[0].op must be one of Add, Set, Remove (in just this case), but is \"set\"")]
    #[case(json!([{"op": "Add", "attribute": "groups"}]), "input.changes[0].value must be the value to set or add, but is missing")]
    fn a_wrong_change_is_named(#[case] changes: Value, #[case] says: &str) {
        let error = parse(&changes).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}
