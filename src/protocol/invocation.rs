//! One call of the platform: a command's type, its input, and the settings of the source it is for.

use serde_json::{Map, Value};

/// A call as it came, its members' types checked.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The command's name: `std:account:list`.
    pub command: String,
    /// The command's input; empty when none came.
    pub input: Map<String, Value>,
    /// The source's settings; `None` when the call brought none at all.
    pub config: Option<Map<String, Value>>,
    /// The platform's reference of this connector, for the log.
    pub connector_ref: Option<String>,
    /// The version of the uploaded connector, for the log.
    pub version: Option<Value>,
}

impl Invocation {
    /// Reads a request's body.
    ///
    /// # Errors
    /// [`InvalidInvocation`] names the member that is not as the protocol has it.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidInvocation> {
        let value: Value =
            serde_json::from_slice(body).map_err(|error| InvalidInvocation::NotJson(error.to_string()))?;
        let Value::Object(mut members) = value else {
            return Err(InvalidInvocation::NotAnObject(type_name(&value)));
        };
        let command = match members.remove("type") {
            Some(Value::String(command)) if !command.trim().is_empty() => command,
            None | Some(Value::Null) => return Err(InvalidInvocation::Missing { member: "type" }),
            Some(Value::String(_)) => return Err(InvalidInvocation::wrong("type", "the name of a command", "\"\"")),
            Some(other) => {
                return Err(InvalidInvocation::wrong("type", "the name of a command", type_name(&other)));
            }
        };
        Ok(Self {
            command,
            input: object(&mut members, "input")?.unwrap_or_default(),
            config: object(&mut members, "config")?,
            connector_ref: members.get("connectorRef").and_then(Value::as_str).map(str::to_owned),
            version: members.remove("version").filter(|version| version.is_number() || version.is_string()),
        })
    }
}

fn object(
    members: &mut Map<String, Value>,
    member: &'static str,
) -> Result<Option<Map<String, Value>>, InvalidInvocation> {
    match members.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(InvalidInvocation::wrong(member, "a JSON object", type_name(&other))),
    }
}

/// The JSON type of a value, as a person calls it.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A body that is no invocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInvocation {
    #[error(
        "The body is not JSON ({0}). Send an object such as {{\"type\":\"std:test-connection\",\"input\":{{}},\"config\":{{…}}}}."
    )]
    NotJson(String),
    #[error(
        "The body is {0}, not a JSON object. Send an object such as {{\"type\":\"std:test-connection\",\"input\":{{}},\"config\":{{…}}}}."
    )]
    NotAnObject(&'static str),
    #[error("The member \"{member}\" is missing: it names the command, for example \"std:account:list\".")]
    Missing { member: &'static str },
    #[error("The member \"{member}\" must be {expected}, but is {got}.")]
    Wrong { member: &'static str, expected: &'static str, got: &'static str },
}

impl InvalidInvocation {
    fn wrong(member: &'static str, expected: &'static str, got: &'static str) -> Self {
        Self::Wrong { member, expected, got }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_of_a_call_is_kept_and_unknown_members_are_ignored() {
        let body =
            br#"{"connectorRef":"c","version":3,"tag":"latest","type":"std:spec:read","input":{},"config":null}"#;
        let invocation = Invocation::parse(body).unwrap();
        assert_eq!(invocation.command, "std:spec:read");
        assert_eq!(invocation.connector_ref.as_deref(), Some("c"));
        assert_eq!(invocation.config, None);
    }

    #[rstest::rstest]
    #[case(r#"{"type":"#, "not JSON")]
    #[case("[]", "is an array, not a JSON object")]
    #[case(r#"{"input":{}}"#, "\"type\" is missing")]
    #[case(r#"{"type":7}"#, "\"type\" must be the name of a command, but is a number")]
    #[case(r#"{"type":" "}"#, "\"type\" must be the name of a command")]
    #[case(r#"{"type":"a","input":[]}"#, "\"input\" must be a JSON object, but is an array")]
    #[case(r#"{"type":"a","config":"x"}"#, "\"config\" must be a JSON object, but is a string")]
    fn what_is_no_invocation_is_named(#[case] body: &str, #[case] says: &str) {
        let error = Invocation::parse(body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
