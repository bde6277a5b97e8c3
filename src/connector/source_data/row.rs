//! A row of a drop-down, and what it is found by.

use crate::protocol::{MAX_LINE_BYTES, QueryInput};
use crate::scim::resource;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// A longer label is shortened, in characters: nobody reads it in a drop-down.
const LONGEST_LABEL: usize = 500;

/// What the line has besides the rows, in bytes: more than enough.
const FRAME: usize = 64;

/// A row as the platform gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What is saved.
    pub key: String,
    /// What is shown.
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_label: Option<String>,
    /// Whether the key is shown since there is no name.
    #[serde(skip)]
    is_nameless: bool,
}

impl Row {
    /// Without a name the key is shown.
    pub fn new(key: &str, name: Option<String>, sub_label: Option<String>) -> Self {
        let not_blank = |text: &String| !text.trim().is_empty();
        let (name, sub_label) = (name.filter(not_blank), sub_label.filter(not_blank));
        let (is_nameless, label) = (name.is_none(), name.unwrap_or_else(|| key.to_owned()));
        Self { key: key.to_owned(), label, sub_label, is_nameless }
    }

    /// A value that users hold, with what one of them shows beside it.
    pub fn of_value(value: &str, shown: &Value) -> Self {
        let name = resource::get(shown, "displayName").and_then(resource::text).map(Cow::into_owned);
        // The value is its own name where it has no other.
        Self::new(value, name.filter(|name| !name.trim().is_empty()).or_else(|| Some(value.to_owned())), None)
    }

    /// Whether it is what is searched for: a part of a label in any case of letters, or the whole key.
    pub fn is_wanted(&self, query: &QueryInput, is_case_exact: bool) -> bool {
        if query.excluded.contains(&self.key) {
            return false;
        }
        let Some(wanted) = &query.query else { return true };
        let lower = wanted.to_lowercase();
        let name = (!self.is_nameless).then_some(&self.label);
        name.into_iter().chain(&self.sub_label).any(|text| text.to_lowercase().contains(&lower))
            || self.has_key(wanted, is_case_exact)
    }

    pub fn has_key(&self, key: &str, is_case_exact: bool) -> bool {
        self.key == key || (!is_case_exact && self.key.eq_ignore_ascii_case(key))
    }
}

/// The rows, from the first on, that fit in one line of the platform's. Labels are shortened; keys never are.
pub fn fitting(rows: Vec<Row>, set: &str) -> Vec<Row> {
    let (all, mut bytes) = (rows.len(), FRAME);
    let shortened =
        rows.into_iter().map(|row| Row { label: shortened(row.label), sub_label: row.sub_label.map(shortened), ..row });
    let fits = |row: &Row| {
        bytes += serde_json::to_vec(row).map_or(MAX_LINE_BYTES, |json| json.len() + 1);
        bytes <= MAX_LINE_BYTES
    };
    let fitting: Vec<Row> = shortened.take_while(fits).collect();
    if fitting.len() < all {
        tracing::warn!(set, rows = fitting.len(), of = all, "rows were left out: more do not fit in one line");
    }
    fitting
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST_LABEL) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[rstest::rstest]
    #[case("LOVE", true)]
    #[case("ada@", true)]
    #[case("müller", true)]
    #[case("005A", true)]
    #[case("005a", false)]
    #[case("005", false)]
    #[case("Charles", false)]
    fn a_row_is_found_by_parts_of_its_labels_and_by_its_whole_key(#[case] text: &str, #[case] expected: bool) {
        let row = Row::new("005A", Some("Ada Lovelace-Müller".into()), Some("ada@example.com".into()));
        let query = QueryInput { query: Some(text.into()), limit: 1, excluded: Vec::new() };
        assert_eq!(row.is_wanted(&query, true), expected);
        assert!(!row.is_wanted(&QueryInput { excluded: vec!["005A".into()], ..query }, true));
    }

    #[test]
    fn a_row_without_a_name_shows_its_key_and_is_found_by_all_of_it_only() {
        let row = Row::new("00G1", Some(" ".into()), None);
        assert_eq!(json!(row), json!({"key": "00G1", "label": "00G1"}));
        let wanted = |text: &str| QueryInput { query: Some(text.into()), limit: 1, excluded: Vec::new() };
        assert!(row.is_wanted(&wanted("00g1"), false) && !row.is_wanted(&wanted("0G"), false));
    }

    #[test]
    fn no_line_is_longer_than_the_platform_takes_and_no_row_is_broken() {
        let row = |number: usize| Row::new(&format!("{number}"), Some("ü\"".repeat(20_000)), None);
        let rows = fitting((0..1_000).map(row).collect(), "groups");
        let event = crate::protocol::Event::output(&rows).unwrap().into_bytes();
        assert!(event.len() > MAX_LINE_BYTES - 2_000 && rows.len() > 100, "{} {}", event.len(), rows.len());
        assert_eq!((rows[0].label.chars().count(), rows[3].key.as_str()), (501, "3"));
    }
}
