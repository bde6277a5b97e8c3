//! The commands' inputs, parsed into types in which a wrong state cannot be written.

use super::change::Change;
use super::invocation::type_name;
use secrecy::SecretString;
use serde_json::{Map, Value};

/// The input of `std:account:list` is only its [`Schema`] and whether it is [`Stateful`]; this is that of `std:account:read`.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRead {
    pub key: String,
    pub schema: Option<Schema>,
}

/// The input of `std:account:update`.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountUpdate {
    pub key: String,
    /// At least one.
    pub changes: Vec<Change>,
    pub schema: Option<Schema>,
}

/// The input of `std:change-password`.
pub struct ChangePassword {
    pub key: String,
    pub password: SecretString,
}

/// The input of `std:account:create`.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountCreate {
    /// What the platform calls the account to be; not needed to create it.
    pub identity: Option<String>,
    pub attributes: Map<String, Value>,
    pub schema: Option<Schema>,
}

/// The input of `std:entitlement:list`.
#[derive(Debug, Clone, PartialEq)]
pub struct EntitlementList {
    pub entitlement_type: String,
    pub schema: Option<Schema>,
    pub stateful: Stateful,
}

/// Whether a list is to end with a state, and the one that the last list ended with. `stateId`, which the platform may send
/// beside it, names the state on its side and says nothing to a connector.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stateful {
    pub is_stateful: bool,
    /// Whatever came under `state`: whether it is of any use, who reads it decides.
    pub state: Option<Value>,
}

/// The input of `std:entitlement:read`.
#[derive(Debug, Clone, PartialEq)]
pub struct EntitlementRead {
    pub key: String,
    pub entitlement_type: String,
    pub schema: Option<Schema>,
}

/// The attributes that the source wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    wanted: Vec<Wanted>,
    /// `includePermissions` is not false.
    includes_permissions: bool,
}

/// An attribute that the source wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub name: String,
    /// Several values, sent as an array.
    pub is_multi: bool,
    /// The platform's word for its type; `None` takes what comes.
    pub type_name: Option<String>,
}

impl AccountRead {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        Ok(Self { key: key(input)?, schema: Schema::parse(input)? })
    }
}

impl AccountUpdate {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        Ok(Self { key: key(input)?, changes: Change::parse_all(input)?, schema: Schema::parse(input)? })
    }
}

impl ChangePassword {
    /// # Errors
    /// [`InputError`] names the member and what would be right; it never shows the password.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        match input.get("password") {
            Some(Value::String(password)) if !password.is_empty() => {
                Ok(Self { key: key(input)?, password: password.as_str().into() })
            }
            other => Err(InputError::new("input.password", "the new password", other)),
        }
    }
}

/// Whether the requests are only to be shown: `{"dryRun": true}`.
///
/// # Errors
/// [`InputError`] when it is no boolean.
pub fn dry_run(input: &Map<String, Value>) -> Result<bool, InputError> {
    match input.get("dryRun") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(dry)) => Ok(*dry),
        other => Err(InputError::new("input.dryRun", "true or false", other)),
    }
}

impl AccountCreate {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        let attributes = match input.get("attributes") {
            Some(Value::Object(attributes)) => attributes.clone(),
            other => return Err(InputError::new("input.attributes", "an object of attribute names and values", other)),
        };
        let identity = input.get("identity").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { identity, attributes, schema: Schema::parse(input)? })
    }
}

impl EntitlementList {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        let stateful = Stateful::parse(input)?;
        Ok(Self { entitlement_type: entitlement_type(input)?, schema: Schema::parse(input)?, stateful })
    }
}

impl Stateful {
    /// An empty state is none.
    ///
    /// # Errors
    /// [`InputError`] when `stateful` is no boolean.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        let is_stateful = match input.get("stateful") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            other => return Err(InputError::new("input.stateful", "true or false", other)),
        };
        let is_empty = |state: &Value| state.is_null() || state.as_object().is_some_and(Map::is_empty);
        let state = input.get("state").filter(|state| !is_empty(state)).cloned();
        Ok(Self { is_stateful, state })
    }
}

impl EntitlementRead {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        Ok(Self { key: key(input)?, entitlement_type: entitlement_type(input)?, schema: Schema::parse(input)? })
    }
}

impl Schema {
    /// The `schema` of an input; `None` when it has none, or one without attributes: then everything is wanted.
    ///
    /// # Errors
    /// [`InputError`] when it is no schema.
    pub fn parse(input: &Map<String, Value>) -> Result<Option<Self>, InputError> {
        const EXPECTED: &str = "an object with \"attributes\", an array of objects with a \"name\"";
        let schema = match input.get("schema") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(schema)) => schema,
            other => return Err(InputError::new("input.schema", EXPECTED, other)),
        };
        let attributes = match schema.get("attributes") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(attributes)) => attributes,
            other => return Err(InputError::new("input.schema.attributes", EXPECTED, other)),
        };
        let wanted: Option<Vec<Wanted>> = attributes.iter().map(Wanted::parse).collect();
        match wanted {
            Some(wanted) if wanted.is_empty() => Ok(None),
            Some(wanted) => {
                let includes_permissions = schema.get("includePermissions") != Some(&Value::Bool(false));
                Ok(Some(Self { wanted, includes_permissions }))
            }
            None => Err(InputError::new("input.schema.attributes", EXPECTED, schema.get("attributes"))),
        }
    }

    /// A schema of just these names.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let wanted = |name: &str| Wanted { name: name.to_owned(), is_multi: false, type_name: None };
        Self { wanted: names.into_iter().map(wanted).collect(), includes_permissions: true }
    }

    pub fn wanted(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted.iter()
    }

    /// Whether it wants what holders of an entitlement may do, unless it says that it does not.
    pub fn includes_permissions(&self) -> bool {
        self.includes_permissions
    }

    pub fn contains(&self, name: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.name == name)
    }
}

impl Wanted {
    fn parse(attribute: &Value) -> Option<Self> {
        Some(Self {
            name: attribute.get("name")?.as_str()?.to_owned(),
            is_multi: attribute.get("multi").and_then(Value::as_bool).unwrap_or(false),
            type_name: attribute.get("type").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

/// `key.simple.id`, else `key.compound.uniqueId` or `lookupId`, else `identity`.
fn key(input: &Map<String, Value>) -> Result<String, InputError> {
    const EXPECTED: &str = "the object's id as {\"simple\":{\"id\":\"…\"}}, or a string in \"identity\"";
    let found = input.get("key").and_then(|key| {
        key.pointer("/simple/id")
            .or_else(|| key.pointer("/compound/uniqueId"))
            .or_else(|| key.pointer("/compound/lookupId"))
    });
    match found.or_else(|| input.get("identity")) {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        None => Err(InputError::new("input.key", EXPECTED, input.get("key"))),
        other => Err(InputError::new("input.key", EXPECTED, other)),
    }
}

fn entitlement_type(input: &Map<String, Value>) -> Result<String, InputError> {
    match input.get("type") {
        Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
        other => Err(InputError::new("input.type", "the name of an entitlement type, such as \"group\"", other)),
    }
}

/// An input that is not as its command needs it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} must be {expected}, but is {got}.")]
pub struct InputError {
    pub member: String,
    pub expected: &'static str,
    pub got: String,
}

impl InputError {
    pub(super) fn of(member: impl Into<String>, expected: &'static str, got: impl Into<String>) -> Self {
        Self { member: member.into(), expected, got: got.into() }
    }

    pub(super) fn new(member: impl Into<String>, expected: &'static str, got: Option<&Value>) -> Self {
        let got = match got {
            None => "missing",
            Some(Value::String(text)) if text.is_empty() => "empty",
            Some(value) => type_name(value),
        };
        Self::of(member, expected, got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn input(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[rstest::rstest]
    #[case(json!({"key": {"simple": {"id": "1"}}, "identity": "2"}), "1")]
    #[case(json!({"key": {"compound": {"lookupId": "l", "uniqueId": "u"}}}), "u")]
    #[case(json!({"identity": "2"}), "2")]
    fn the_key_goes_before_the_identity(#[case] value: Value, #[case] expected: &str) {
        assert_eq!(AccountRead::parse(&input(&value)).unwrap().key, expected);
    }

    #[rstest::rstest]
    #[case(json!({}), "input.key must be the object's id")]
    #[case(json!({"key": {"simple": {"id": ""}}}), "but is empty")]
    #[case(json!({"key": {"simple": {"id": 7}}}), "but is a number")]
    #[case(json!({"identity": "1", "schema": []}), "input.schema must be an object")]
    #[case(json!({"identity": "1", "schema": {"attributes": ["id"]}}), "input.schema.attributes must be")]
    fn a_wrong_member_is_named(#[case] value: Value, #[case] says: &str) {
        let error = AccountRead::parse(&input(&value)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn a_schema_without_attributes_wants_everything() {
        assert_eq!(Schema::parse(&input(&json!({"schema": {"attributes": []}}))), Ok(None));
        let some = input(&json!({"schema": {"attributes": [{"name": "id", "type": "string"}]}}));
        assert!(Schema::parse(&some).unwrap().is_some_and(|schema| schema.contains("id")));
    }
}
