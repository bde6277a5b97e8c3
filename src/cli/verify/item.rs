//! One account or entitlement in the form in which it is compared: what means the same to the platform is the same here.

use crate::cli::CliError;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What names an object, and so is compared only where objects are told by their identity.
const NAMING: [&str; 3] = ["identity", "key", "uuid"];
/// Where an object's name for a person may stand, the best first.
const NAMES: [&str; 3] = ["userName", "displayName", "name"];

/// What is compared, and what tells which belong together.
#[derive(Debug, Default)]
pub struct Terms {
    /// The attribute that tells; `None`: the identity.
    pub key: Option<String>,
    pub ignored: BTreeSet<String>,
}

/// The values of one object by their names. Those without a value are not there.
pub type Fields = BTreeMap<String, Value>;

/// An object and what it is told by.
#[derive(Debug, PartialEq)]
pub struct Item {
    pub key: String,
    pub fields: Fields,
}

/// One value that is not the same.
#[derive(Debug, PartialEq, Serialize)]
pub struct Difference {
    pub attribute: String,
    pub before: Value,
    pub after: Value,
}

impl Item {
    /// # Errors
    /// What it lacks, as a sentence.
    pub fn new(result: Value, terms: &Terms) -> Result<Self, String> {
        let Value::Object(mut members) = result else { return Err(format!("{result} is no object")) };
        let identity = match members.get("identity") {
            Some(Value::String(identity)) => identity.clone(),
            _ => return Err(format!("{} has no \"identity\"", Value::Object(members))),
        };
        let Some(Value::Object(attributes)) = members.remove("attributes") else {
            return Err(format!("\"{identity}\" has no \"attributes\""));
        };
        let key = match &terms.key {
            None => identity,
            Some(name) => match attributes.get(name).map(alone) {
                Some(Value::String(key)) if !key.is_empty() => key.clone(),
                Some(Value::Number(key)) => key.to_string(),
                _ => return Err(format!("\"{identity}\" has no single {name} by which it could be found")),
            },
        };
        Ok(Self { key, fields: fields(members, attributes, terms) })
    }

    /// What [`Item::packed`] gave, as it was.
    ///
    /// # Errors
    /// For other bytes.
    pub fn unpacked(key: &str, packed: &[u8]) -> Result<Self, CliError> {
        let fields = serde_json::from_slice(packed).map_err(|error| CliError::Failed(error.to_string()))?;
        Ok(Self { key: key.to_owned(), fields })
    }

    /// The values as few bytes: the same bytes are the same values.
    ///
    /// # Errors
    /// None that JSON could have.
    pub fn packed(&self) -> Result<Box<[u8]>, CliError> {
        let packed = serde_json::to_vec(&self.fields).map_err(|error| CliError::Failed(error.to_string()))?;
        Ok(packed.into_boxed_slice())
    }

    /// What a person knows it by, where that is not the key.
    pub fn name(&self) -> Option<&str> {
        let name = NAMES.iter().find_map(|name| self.fields.get(*name)?.as_str())?;
        (name != self.key).then_some(name)
    }

    /// In what another state of the same object differs.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let names: BTreeSet<&String> = self.fields.keys().chain(after.fields.keys()).collect();
        let differing = names.into_iter().filter(|name| self.fields.get(*name) != after.fields.get(*name));
        let value = |fields: &Fields, name: &String| fields.get(name).cloned().unwrap_or_default();
        let difference = |name: &String| Difference {
            attribute: name.clone(),
            before: value(&self.fields, name),
            after: value(&after.fields, name),
        };
        differing.map(difference).collect()
    }
}

/// The attributes, and what the object says of itself beside them: `disabled`, `locked`, `permissions`. One of these under
/// the name of an attribute leaves that name to the attribute.
fn fields(members: Map<String, Value>, attributes: Map<String, Value>, terms: &Terms) -> Fields {
    let are_told_by_identity = terms.key.is_none();
    let is_compared = |name: &str| are_told_by_identity || !NAMING.contains(&name);
    // What is not said is not so.
    let beside = members.into_iter().filter(|(name, value)| is_compared(name) && *value != Value::Bool(false));
    let beside = beside
        .map(|(name, value)| if attributes.contains_key(&name) { (format!("/{name}"), value) } else { (name, value) });
    let beside: Vec<(String, Value)> = beside.collect();
    let all = beside.into_iter().chain(attributes);
    let all = all.filter(|(name, _)| !terms.ignored.contains(name));
    all.filter_map(|(name, value)| Some((name, plain(value)?))).collect()
}

/// A value as the platform understands it; `None` where it is none.
fn plain(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(mut values) => match values.len() {
            0 => None,
            1 => values.pop().and_then(plain),
            _ => {
                values.sort_by_cached_key(Value::to_string);
                Some(Value::Array(values))
            }
        },
        value => Some(value),
    }
}

/// The only value of a list of one.
fn alone(value: &Value) -> &Value {
    match value {
        Value::Array(values) => match values.as_slice() {
            [value] => value,
            _ => value,
        },
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(attributes: &Value, terms: &Terms) -> Item {
        Item::new(json!({"identity": "1", "key": {"simple": {"id": "1"}}, "attributes": attributes}), terms).unwrap()
    }

    fn told_by(name: &str) -> Terms {
        Terms { key: Some(name.to_owned()), ..Terms::default() }
    }

    #[rstest::rstest]
    #[case::order(json!({"groups": ["b", "a"]}), json!({"groups": ["a", "b"]}), true)]
    #[case::one_value(json!({"groups": "a"}), json!({"groups": ["a"]}), true)]
    #[case::no_value(json!({"groups": [], "title": null}), json!({}), true)]
    #[case::as_often(json!({"groups": ["a", "b"]}), json!({"groups": ["a", "b", "b"]}), false)]
    #[case::case(json!({"title": "a"}), json!({"title": "A"}), false)]
    #[case::nothing_in_it(json!({"title": ""}), json!({}), false)]
    #[case::false_is_a_value(json!({"active": false}), json!({}), false)]
    #[case::another_type(json!({"n": 1}), json!({"n": "1"}), false)]
    fn what_means_the_same_is_the_same(#[case] before: Value, #[case] after: Value, #[case] are_equal: bool) {
        let (before, after) = (item(&before, &Terms::default()), item(&after, &Terms::default()));
        assert_eq!(before.differences(&after).is_empty(), are_equal);
        assert_eq!(before.packed().unwrap() == after.packed().unwrap(), are_equal);
    }

    #[test]
    fn every_difference_is_told_with_both_values() {
        let terms = Terms { ignored: ["seen".to_owned()].into(), ..Terms::default() };
        let before = item(&json!({"a": 1, "b": ["x", "y"], "seen": 1}), &terms);
        let after = item(&json!({"b": ["x"], "c": true, "seen": 2}), &terms);
        let unpacked = Item::unpacked("1", &before.packed().unwrap()).unwrap();
        let told = serde_json::to_string(&unpacked.differences(&after)).unwrap();
        insta::assert_snapshot!(told, @r#"[{"attribute":"a","before":1,"after":null},{"attribute":"b","before":["x","y"],"after":"x"},{"attribute":"c","before":null,"after":true}]"#);
    }

    #[test]
    fn what_stands_beside_the_attributes_counts_and_names_only_where_they_tell() {
        let one = json!({"identity": "1", "key": {"simple": {"id": "1"}}, "disabled": true, "locked": false,
            "attributes": {"userName": "ada", "locked": "no"}});
        let other = json!({"identity": "2", "key": {"simple": {"id": "2"}}, "disabled": false, "locked": true,
            "attributes": {"userName": ["ada"], "locked": "no"}});
        let terms = told_by("userName");
        let (one, other) = (Item::new(one, &terms).unwrap(), Item::new(other, &terms).unwrap());
        let names: Vec<String> = one.differences(&other).into_iter().map(|it| it.attribute).collect();
        assert_eq!((one.key.as_str(), names), ("ada", vec!["/locked".to_owned(), "disabled".to_owned()]));
    }

    #[rstest::rstest]
    #[case(json!(7), "7 is no object")]
    #[case(json!({"id": 1}), r#"{"id":1} has no "identity""#)]
    #[case(json!({"identity": "1"}), r#""1" has no "attributes""#)]
    #[case(json!({"identity": "1", "attributes": {"mail": ["a", "b"]}}), r#""1" has no single mail by which it could be found"#)]
    #[case(json!({"identity": "1", "attributes": {"mail": ""}}), r#""1" has no single mail by which it could be found"#)]
    fn what_cannot_be_compared_is_named(#[case] result: Value, #[case] says: &str) {
        assert_eq!(Item::new(result, &told_by("mail")).unwrap_err(), says);
    }
}
