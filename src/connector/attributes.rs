//! What accounts consist of in one invocation: the code's table, the cards of the source's `attributeMapping`, and what the
//! command names by SCIM path.

use crate::config::Problem;
use crate::mapping::table::Table;
use crate::mapping::with_cards;
use crate::protocol::{Schema, Wanted};
use serde_json::{Map, Value};
use std::sync::Arc;

const KEY: &str = "attributeMapping";

/// The table with the cards of the settings.
///
/// # Errors
/// All that is wrong with the cards.
pub fn of_source(table: &Arc<Table>, settings: &Map<String, Value>) -> Result<Arc<Table>, Vec<Problem>> {
    let Some(cards) = settings.get(KEY) else { return Ok(Arc::clone(table)) };
    let problems = |problems: Vec<String>| problems.into_iter().map(|says| Problem { key: KEY, says }).collect();
    with_cards(table, cards).map(Arc::new).map_err(problems)
}

/// The attributes of the table that the settings make read-only. What is wrong with the settings is not told here.
pub fn made_read_only(table: &Arc<Table>, settings: &Map<String, Value>) -> Vec<String> {
    let Ok(of_source) = of_source(table, settings) else { return Vec::new() };
    let written = table.columns().iter().filter(|column| column.write.is_some());
    let lost = written.filter(|column| of_source.column(&column.name).is_some_and(|now| now.write.is_none()));
    lost.map(|column| column.name.clone()).collect()
}

/// The attributes that an input names: those in its `schema`, and those to be written whose names can only be paths, since
/// they have more in them than a name has. A single word that nobody knows may be a slip.
pub fn named(input: &Map<String, Value>) -> Vec<Wanted> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let created = input.get("attributes").and_then(Value::as_object).into_iter().flatten();
    let created = created.map(|(name, value)| (name.clone(), value.is_array()));
    let changes = list(input.get("changes"));
    let updated = changes.iter().filter_map(|change| {
        let adds = change.get("op").is_some_and(|op| op == "Add") || change.get("value").is_some_and(Value::is_array);
        Some((change.get("attribute")?.as_str()?.to_owned(), adds))
    });
    let mut named: Vec<Wanted> = Vec::new();
    for (name, is_multi) in created.chain(updated).filter(|(name, _)| name.contains(['.', ':', '['])) {
        match named.iter_mut().find(|other| other.name == name) {
            Some(other) => other.is_multi |= is_multi,
            None => named.push(Wanted { name, is_multi, type_name: None }),
        }
    }
    // What the schema says of one counts.
    let schema = Schema::parse(input).ok().flatten();
    named.extend(schema.iter().flat_map(Schema::wanted).cloned());
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_attributes_and_words_only_where_the_schema_has_them() {
        let input = json!({
            "attributes": {"userName": "ada", "urn:x:User:badge": "7", "name.middleName": "King"},
            "changes": [{"op": "Set", "attribute": "urn:x:User:tags", "value": "a"}, {"op": "Add", "attribute": "urn:x:User:tags", "value": "b"},
                        {"op": "Set", "attribute": "shoeSize", "value": 42}, {"op": "Set", "attribute": "locker", "value": 1}],
            "schema": {"attributes": [{"name": "locker", "type": "int"}, {"name": "urn:x:User:badge", "type": "string", "multi": true}]},
        });
        let table = Table::built_in().with_named(&named(input.as_object().unwrap()));
        let shown = |name: &str| table.column(name).map(|column| (column.kind.type_name(), column.is_multi));
        assert_eq!(shown("name.middleName"), Some(("string", false)));
        assert_eq!(shown("urn:x:User:tags"), Some(("string", true)));
        assert_eq!(shown("urn:x:User:badge"), Some(("string", true)));
        assert_eq!(shown("locker"), Some(("int", false)));
        assert_eq!(shown("shoeSize"), None);
    }
}
