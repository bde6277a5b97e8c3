//! The inputs of the commands that fill in forms and sign people in, parsed into types in which a wrong state cannot be
//! written.

use super::input::{InputError, Schema};
use secrecy::SecretString;
use serde_json::{Map, Value};

/// So many rows are given where the input does not say how many.
pub const DEFAULT_LIMIT: usize = 250;
/// More rows than this are not asked for at once.
pub const MAX_LIMIT: usize = 10_000;

/// A longer text is no search, in characters.
const LONGEST_QUERY: usize = 200;
/// The platform's documentation has this word for a search that leaves nothing out.
const FETCH_ALL: &str = "fetchAll";

/// `queryInput`: which rows of a data set are wanted. It is the whole input of `std:source-data:discover`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryInput {
    /// What is searched for, without spaces at its ends; `None`: everything.
    pub query: Option<String>,
    /// At most so many rows, at least 1.
    pub limit: usize,
    /// The keys of rows that are not wanted.
    pub excluded: Vec<String>,
}

/// The input of `std:source-data:read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDataRead {
    /// Names the data set.
    pub key: String,
    pub query: QueryInput,
}

/// The input of `std:config-options:read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigOptionsRead {
    /// The setting's name.
    pub key: String,
}

/// The input of `std:authenticate`.
pub struct Authenticate {
    pub username: String,
    pub password: SecretString,
    pub schema: Option<Schema>,
}

impl QueryInput {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        let nothing = Map::new();
        let given = match input.get("queryInput") {
            None | Some(Value::Null) => &nothing,
            Some(Value::Object(given)) => given,
            other => {
                let expected = "an object that may have query, limit and excludeItems";
                return Err(InputError::new("input.queryInput", expected, other));
            }
        };
        Ok(Self {
            query: query(given.get("query"))?,
            limit: limit(given.get("limit"))?,
            excluded: excluded(given.get("excludeItems"))?,
        })
    }
}

impl SourceDataRead {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        let key = text(input, "sourceDataKey", "the key of a data set, such as \"groups\"")?;
        Ok(Self { key, query: QueryInput::parse(input)? })
    }
}

impl ConfigOptionsRead {
    /// # Errors
    /// [`InputError`] names the member and what would be right.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        Ok(Self { key: text(input, "key", "the name of a setting, such as \"provider\"")? })
    }
}

impl Authenticate {
    /// # Errors
    /// [`InputError`] names the member and what would be right; it never shows the password.
    pub fn parse(input: &Map<String, Value>) -> Result<Self, InputError> {
        let username = text(input, "username", "the name of the user who signs in")?;
        let password = text(input, "password", "that user's password")?;
        Ok(Self { username, password: password.into(), schema: Schema::parse(input)? })
    }
}

fn text(input: &Map<String, Value>, member: &str, expected: &'static str) -> Result<String, InputError> {
    match input.get(member) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
        Some(Value::String(_)) => Err(InputError::of(format!("input.{member}"), expected, "empty")),
        other => Err(InputError::new(format!("input.{member}"), expected, other)),
    }
}

fn query(given: Option<&Value>) -> Result<Option<String>, InputError> {
    const MEMBER: &str = "input.queryInput.query";
    const EXPECTED: &str = "a text of 200 characters at most";
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => match text.trim() {
            "" | FETCH_ALL => Ok(None),
            query if query.chars().count() > LONGEST_QUERY => {
                Err(InputError::of(MEMBER, EXPECTED, format!("one of {}", query.chars().count())))
            }
            query => Ok(Some(query.to_owned())),
        },
        other => Err(InputError::new(MEMBER, EXPECTED, other)),
    }
}

/// Forms send numbers as texts, too.
fn limit(given: Option<&Value>) -> Result<usize, InputError> {
    const MEMBER: &str = "input.queryInput.limit";
    const EXPECTED: &str = "a whole number from 1 to 10000";
    let number = match given {
        None | Some(Value::Null) => return Ok(DEFAULT_LIMIT),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        other => return Err(InputError::new(MEMBER, EXPECTED, other)),
    };
    let limit = number.and_then(|number| usize::try_from(number).ok());
    let got = || given.map(Value::to_string).unwrap_or_default().chars().take(30).collect::<String>();
    limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| InputError::of(MEMBER, EXPECTED, got()))
}

fn excluded(given: Option<&Value>) -> Result<Vec<String>, InputError> {
    const MEMBER: &str = "input.queryInput.excludeItems";
    const EXPECTED: &str = "a list of keys";
    match given {
        None | Some(Value::Null) => Ok(Vec::new()),
        // One value of several arrives alone.
        Some(Value::String(key)) => Ok(vec![key.clone()]),
        Some(Value::Array(keys)) => {
            let keys: Option<Vec<String>> = keys.iter().map(|key| key.as_str().map(str::to_owned)).collect();
            keys.ok_or_else(|| InputError::of(MEMBER, EXPECTED, "a list of something else"))
        }
        other => Err(InputError::new(MEMBER, EXPECTED, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(query_input: &Value) -> Result<QueryInput, String> {
        let input = json!({"queryInput": query_input});
        QueryInput::parse(input.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_is_everything_up_to_the_default() {
        let all = QueryInput { query: None, limit: DEFAULT_LIMIT, excluded: Vec::new() };
        for nothing in [json!(null), json!({}), json!({"query": " ", "limit": null}), json!({"query": "fetchAll"})] {
            assert_eq!(parse(&nothing), Ok(all.clone()));
        }
        let some = json!({"query": " Ada ", "limit": "7", "excludeItems": "1"});
        assert_eq!(parse(&some), Ok(QueryInput { query: Some("Ada".into()), limit: 7, excluded: vec!["1".into()] }));
    }

    #[rstest::rstest]
    #[case(json!([]), "input.queryInput must be an object that may have query, limit and excludeItems, but is an array.")]
    #[case(json!({"query": 7}), "input.queryInput.query must be a text of 200 characters at most, but is a number.")]
    #[case(json!({"query": "x".repeat(201)}), "input.queryInput.query must be a text of 200 characters at most, but is one of 201.")]
    #[case(json!({"limit": 0}), "input.queryInput.limit must be a whole number from 1 to 10000, but is 0.")]
    #[case(json!({"limit": 1.5}), "input.queryInput.limit must be a whole number from 1 to 10000, but is 1.5.")]
    #[case(json!({"limit": -1}), "input.queryInput.limit must be a whole number from 1 to 10000, but is -1.")]
    #[case(json!({"limit": "all"}), "input.queryInput.limit must be a whole number from 1 to 10000, but is \"all\".")]
    #[case(json!({"limit": []}), "input.queryInput.limit must be a whole number from 1 to 10000, but is an array.")]
    #[case(json!({"excludeItems": [1]}), "input.queryInput.excludeItems must be a list of keys, but is a list of something else.")]
    fn a_wrong_member_is_named(#[case] query_input: Value, #[case] says: &str) {
        assert_eq!(parse(&query_input), Err(says.to_owned()));
    }

    #[test]
    fn a_password_that_is_missing_is_named_and_never_shown() {
        let said = |input: Value| Authenticate::parse(input.as_object().unwrap()).err().unwrap().to_string();
        insta::assert_snapshot!(said(json!({"password": "s3cret"})), @"input.username must be the name of the user who signs in, but is missing.");
        insta::assert_snapshot!(said(json!({"username": "ada", "password": ["s3cret"]})), @"input.password must be that user's password, but is an array.");
        insta::assert_snapshot!(said(json!({"username": "ada", "password": ""})), @"input.password must be that user's password, but is empty.");
    }
}
