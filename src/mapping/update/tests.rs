//! What is planned for an account, and what is refused.

use super::*;
use crate::scim::provider::{GENERIC, SALESFORCE};
use serde_json::json;

fn account() -> Map<String, Value> {
    json!({
        "userName": "ada@example.com", "email": "Ada@example.com", "title": "Ms", "active": true, "profile": "Standard User",
        "groups": ["g1", "g2"], "entitlements": ["00e1", "0PS1", "0PS2"],
    })
    .as_object()
    .unwrap()
    .clone()
}

fn plan(provider: &Profile, changes: &Value) -> Result<Value, String> {
    let input = json!({"identity": "1", "changes": changes});
    let changes = crate::protocol::AccountUpdate::parse(input.as_object().unwrap()).unwrap().changes;
    let profiles = ProfileIds { set: Some("00e9".to_owned()), on_revoke: Some("00e7".to_owned()) };
    let update = Update::plan(&changes, &account(), &Table::built_in(), provider, &profiles)
        .map_err(|error| error.to_string())?;
    let delta = |name: &str| {
        let found = update.grants.iter().find(|grants| grants.column.name == name);
        found.map_or(json!([[], []]), |grants| json!([grants.delta.add, grants.delta.remove]))
    };
    let attributes: Vec<Value> = update.attributes.iter().map(|(column, value)| json!([column.name, value])).collect();
    Ok(json!({
        "attributes": attributes, "groups": delta("groups"), "entitlements": delta("entitlements"),
        "all": update.all_entitlements,
    }))
}

#[rstest::rstest]
#[case::set(json!([{"op": "Set", "attribute": "title", "value": "Dr"}]), json!({"attributes": [["title", "Dr"]]}))]
#[case::same(json!([{"op": "Set", "attribute": "title", "value": "Ms"}]), json!({}))]
#[case::name_in_another_case(json!([{"op": "Set", "attribute": "userName", "value": "ADA@example.com"}]), json!({}))]
#[case::address_in_another_case(json!([{"op": "Set", "attribute": "email", "value": "ADA@example.com"}]), json!({}))]
#[case::clear(json!([{"op": "Remove", "attribute": "title"}]), json!({"attributes": [["title", null]]}))]
#[case::clear_nothing(json!([{"op": "Remove", "attribute": "nickName"}]), json!({}))]
#[case::set_to_nothing(json!([{"op": "Set", "attribute": "title", "value": ""}]), json!({"attributes": [["title", null]]}))]
#[case::set_to_blanks(json!([{"op": "Set", "attribute": "title", "value": " "}]), json!({"attributes": [["title", null]]}))]
#[case::blanks_for_nothing(json!([{"op": "Set", "attribute": "nickName", "value": " "}]), json!({}))]
#[case::remove_another(json!([{"op": "Remove", "attribute": "title", "value": "Dr"}]), json!({}))]
#[case::boolean(json!([{"op": "Set", "attribute": "active", "value": "false"}]), json!({"attributes": [["active", false]]}))]
#[case::held_and_new(json!([{"op": "Add", "attribute": "groups", "value": ["g1", "g3"]}]), json!({"groups": [["g3"], []]}))]
#[case::not_held(json!([{"op": "Remove", "attribute": "groups", "value": "g9"}]), json!({}))]
#[case::set_groups(json!([{"op": "Set", "attribute": "groups", "value": ["g2", "g3"]}]), json!({"groups": [["g3"], ["g1"]]}))]
#[case::permission_set(json!([{"op": "Add", "attribute": "entitlements", "value": "0PS3"}]), json!({"entitlements": [["0PS3"], []]}))]
#[case::new_profile(json!([{"op": "Add", "attribute": "entitlements", "value": "00e2"}]),
    json!({"entitlements": [["00e2"], ["00e1"]], "all": ["00e2", "0PS1", "0PS2"]}))]
#[case::profile_by_name(json!([{"op": "Set", "attribute": "profile", "value": "Read Only"}]),
    json!({"entitlements": [["00e9"], ["00e1"]], "all": ["00e9", "0PS1", "0PS2"]}))]
#[case::profile_by_name_revoked(json!([{"op": "Remove", "attribute": "profile", "value": "standard user"}]),
    json!({"entitlements": [["00e7"], ["00e1"]], "all": ["00e7", "0PS1", "0PS2"]}))]
#[case::another_profile_revoked(json!([{"op": "Remove", "attribute": "profile", "value": "Read Only"}]), json!({}))]
#[case::a_permission_set_is_no_profile(json!([{"op": "Remove", "attribute": "profile", "value": "0PS1"}]), json!({}))]
#[case::revoked_profile(json!([{"op": "Remove", "attribute": "entitlements", "value": "00e1"}]),
    json!({"entitlements": [["00e7"], ["00e1"]], "all": ["00e7", "0PS1", "0PS2"]}))]
fn only_what_differs_is_sent(#[case] changes: Value, #[case] expected: Value) {
    let mut whole = json!({"attributes": [], "groups": [[], []], "entitlements": [[], []], "all": null});
    whole.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
    assert_eq!(plan(&SALESFORCE, &changes).unwrap(), whole);
}

#[rstest::rstest]
#[case(json!([{"op": "Set", "attribute": "shoeSize", "value": 42}]), "shoeSize is no attribute of this source (those that can be set:")]
#[case(json!([{"op": "Set", "attribute": "created", "value": "x"}]), "created cannot be changed: the provider sets it")]
#[case(json!([{"op": "Add", "attribute": "title", "value": "x"}]), "title has one value only, so nothing can be added: use Set")]
#[case(json!([{"op": "Set", "attribute": "title", "value": ["a", "b"]}]), "title must be one text, but is a list of several")]
#[case(json!([{"op": "Add", "attribute": "groups", "value": {}}]), "groups must be a list of texts, but is an object")]
#[case(json!([{"op": "Remove", "attribute": "groups"}]), "groups has several values: name those to remove")]
#[case(json!([{"op": "Add", "attribute": "entitlements", "value": ["00e2", "00e3"]}]), "several profiles (00e2, 00e3)")]
#[case(json!([{"op": "Add", "attribute": "entitlements", "value": "00e2"}, {"op": "Set", "attribute": "profile", "value": "x"}]),
    "several profiles (00e2, 00e9)")]
fn what_cannot_be_done_is_named(#[case] changes: Value, #[case] says: &str) {
    let error = plan(&SALESFORCE, &changes).unwrap_err();
    assert!(error.contains(says), "{error}");
}

#[rstest::rstest]
#[case::a_permission_set_goes("entitlements", Action::Remove(json!(["0PS1", "0PS2"])), false)]
#[case::the_profile_goes("entitlements", Action::Remove(json!(["0PS1", "00e1"])), true)]
#[case::all_but_a_profile("entitlements", Action::Set(json!("0PS1")), true)]
#[case::all_with_a_profile("entitlements", Action::Set(json!(["00e2", "0PS1"])), false)]
#[case::by_name("profile", Action::Remove(json!("Standard User")), true)]
#[case::cleared("profile", Action::Clear, true)]
#[case::another("profile", Action::Set(json!("Read Only")), false)]
#[case::something_else("title", Action::Clear, false)]
fn what_replaces_a_profile_is_needed_where_one_may_go(#[case] name: &str, #[case] action: Action, #[case] may: bool) {
    assert_eq!(may_lose_profile(&[Change { attribute: name.to_owned(), action }], &SALESFORCE), may);
}

#[test]
fn a_profile_is_lost_only_where_another_takes_its_place() {
    let changes = [Change { attribute: "entitlements".to_owned(), action: Action::Remove(json!("00e1")) }];
    let error = Update::plan(&changes, &account(), &Table::built_in(), &SALESFORCE, &ProfileIds::default())
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("Set profileOnRevoke"), "{error}");
    assert!(Update::plan(&changes, &account(), &Table::built_in(), &GENERIC, &ProfileIds::default()).is_ok());
    let itself = ProfileIds { on_revoke: Some("00e1".to_owned()), ..ProfileIds::default() };
    let error = Update::plan(&changes, &account(), &Table::built_in(), &SALESFORCE, &itself).err().unwrap().to_string();
    assert!(error.contains("profileOnRevoke is this very profile"), "{error}");
}

#[rstest::rstest]
#[case::add(json!([{"op": "Add", "attribute": "tags", "value": ["c", "a"]}]), json!([["tags", ["a", "b", "c"]]]))]
#[case::held(json!([{"op": "Add", "attribute": "tags", "value": "a"}, {"op": "Remove", "attribute": "tags", "value": ["x"]}]), json!([]))]
#[case::add_and_remove(json!([{"op": "Add", "attribute": "tags", "value": "c"}, {"op": "Remove", "attribute": "tags", "value": "a"}]),
    json!([["tags", ["b", "c"]]]))]
#[case::there_and_back(json!([{"op": "Add", "attribute": "tags", "value": "c"}, {"op": "Remove", "attribute": "tags", "value": "c"}]), json!([]))]
#[case::set(json!([{"op": "Set", "attribute": "tags", "value": ["b", " ", "b"]}]), json!([["tags", ["b"]]]))]
#[case::cleared(json!([{"op": "Remove", "attribute": "tags"}]), json!([["tags", []]]))]
#[case::numbers(json!([{"op": "Add", "attribute": "lockers", "value": ["10", 9, 9.0]}]), json!([["lockers", [2, 9, 10]]]))]
#[case::number(json!([{"op": "Set", "attribute": "badge", "value": ["7"]}]), json!([["badge", 7]]))]
#[case::no_number(json!([{"op": "Set", "attribute": "badge", "value": " "}]), json!([]))]
fn several_values_are_planned_as_all_that_there_are_to_be(#[case] changes: Value, #[case] expected: Value) {
    let cards = json!([
        {"name": "tags", "path": "tags", "multi": true, "writable": true}, {"name": "badge", "path": "badge", "type": "int", "writable": true},
        {"name": "lockers", "path": "lockers.value", "type": "int", "multi": true, "writable": true},
    ]);
    let table = crate::mapping::with_cards(&Table::built_in(), &cards).unwrap();
    let account = json!({"tags": ["a", "b"], "lockers": [2, 10]});
    let input = json!({"identity": "1", "changes": changes});
    let changes = crate::protocol::AccountUpdate::parse(input.as_object().unwrap()).unwrap().changes;
    let update =
        Update::plan(&changes, account.as_object().unwrap(), &table, &GENERIC, &ProfileIds::default()).unwrap();
    let planned: Vec<Value> = update.attributes.iter().map(|(column, value)| json!([column.name, value])).collect();
    assert_eq!(json!(planned), expected);
}

#[test]
fn a_card_that_is_not_writable_says_so() {
    let cards = json!([{"name": "badge", "path": "badge"}]);
    let table = crate::mapping::with_cards(&Table::built_in(), &cards).unwrap();
    let changes = [Change { attribute: "badge".to_owned(), action: Action::Clear }];
    let error = Update::plan(&changes, &account(), &table, &GENERIC, &ProfileIds::default()).err().unwrap().to_string();
    assert_eq!(error, "badge cannot be changed: its card in attributeMapping is not writable");
}
