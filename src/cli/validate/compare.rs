//! In what two answers differ, in words.

use super::item::Item;
use serde_json::{Map, Value};

/// Whether the order of values matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Any,
    Exact,
}

/// One of two answers that should be equal: what was done to get it, and what came.
pub type Answer<'a> = (&'a str, &'a Value);

/// Every member in which two answers differ.
pub fn differences(left: Answer<'_>, right: Answer<'_>, order: Order) -> Vec<String> {
    let mut found = Vec::new();
    collect("", left, right, order, &mut found);
    found
}

fn collect(path: &str, left: Answer<'_>, right: Answer<'_>, order: Order, found: &mut Vec<String>) {
    let (Value::Object(lefts), Value::Object(rights)) = (left.1, right.1) else {
        if !equal(left.1, right.1, order) {
            found.push(format!("{path} is {} when {}, {} when {}", shown(left.1), left.0, shown(right.1), right.0));
        }
        return;
    };
    let new = rights.keys().filter(|name| !lefts.contains_key(*name));
    for name in lefts.keys().chain(new) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (lefts.get(name), rights.get(name)) {
            (Some(one), Some(other)) => collect(&path, (left.0, one), (right.0, other), order, found),
            (one, other) => {
                let word = |side: Option<&Value>| side.map_or("absent".to_owned(), shown);
                found.push(format!("{path} is {} when {}, {} when {}", word(one), left.0, word(other), right.0));
            }
        }
    }
}

/// The fields that were sent and came back as something else; what did not come back at all is not counted.
pub fn shared(sent: &Map<String, Value>, account: &Item) -> Vec<String> {
    let back = |name: &String| account.attribute(name);
    sent.iter()
        .filter_map(|(name, sent)| Some((name, sent, back(name)?)))
        .filter(|(_, sent, back)| !is_kept(sent, back))
        .map(|(name, sent, back)| format!("{name} was sent as {}, but is {}", shown(sent), shown(back)))
        .collect()
}

/// A bare value is how the platform sends a list of one.
fn is_kept(sent: &Value, back: &Value) -> bool {
    match (sent, back) {
        (Value::Array(_), _) => equal(sent, back, Order::Any),
        (_, Value::Array(values)) => values.as_slice() == std::slice::from_ref(sent),
        _ => sent == back,
    }
}

fn equal(left: &Value, right: &Value, order: Order) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) if order == Order::Any => sorted(left) == sorted(right),
        _ => left == right,
    }
}

fn sorted(values: &[Value]) -> Vec<String> {
    let mut values: Vec<String> = values.iter().map(Value::to_string).collect();
    values.sort_unstable();
    values
}

/// A value as JSON, the beginning of it where it is long.
pub fn shown(value: &Value) -> String {
    const ENOUGH: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_difference_is_named_with_both_sides() {
        let left =
            json!({"identity": "1", "attributes": {"title": "x", "groups": ["a", "b"], "old": 1, "tags": [1, 2]}});
        let right =
            json!({"identity": "1", "attributes": {"title": "y", "groups": ["b", "a"], "tags": [1], "new": null}});
        let words = differences(("listed", &left), ("read", &right), Order::Any).join("\n");
        insta::assert_snapshot!(words, @r#"
        attributes.title is "x" when listed, "y" when read
        attributes.old is 1 when listed, absent when read
        attributes.tags is [1,2] when listed, [1] when read
        attributes.new is absent when listed, null when read
        "#);
        let exact = differences(("listed", &left), ("read", &right), Order::Exact);
        assert!(exact.iter().any(|difference| difference.contains("attributes.groups")), "{exact:?}");
    }

    #[test]
    fn what_was_sent_is_compared_where_it_came_back() {
        let sent = json!({"title": "x", "phone": "1", "groups": "a", "tags": ["p", "q"], "password": "p"});
        let back = json!({"identity": "1", "key": {}, "attributes": {"title": "y", "phone": "1", "groups": ["a"], "tags": ["q", "p"]}});
        let words = shared(sent.as_object().unwrap(), &Item::parse(back).unwrap());
        assert_eq!(words, ["title was sent as \"x\", but is \"y\""]);
    }

    #[test]
    fn a_list_of_two_is_not_the_one_that_was_sent() {
        let sent = json!({"groups": "a"});
        let back = Item::parse(json!({"identity": "1", "key": {}, "attributes": {"groups": ["a", "b"]}})).unwrap();
        assert_eq!(shared(sent.as_object().unwrap(), &back).len(), 1);
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let text = shown(&Value::from("ü".repeat(200)));
        assert_eq!(text.chars().count(), 81);
    }
}
