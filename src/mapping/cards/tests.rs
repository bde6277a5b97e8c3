//! What cards become, what is wrong with them, and that what is written by them is read again.

use super::*;
use crate::mapping::{AccountMapper, Creation};
use crate::scim::provider::GENERIC;
use proptest::prelude::*;
use serde_json::json;

fn table(cards: &Value) -> Result<Table, String> {
    with_cards(&Table::built_in(), cards).map_err(|problems| problems.join("\n"))
}

#[test]
fn cards_add_attributes_and_replace_some() {
    let cards = json!([
        {"name": "homeEmail", "path": "emails[type eq \"home\"].value", "writable": "true"},
        {"name": "badge", "path": "urn:acme:2.0:User:badge.number", "type": "int", "multi": false, "writable": true},
        {"name": "title", "path": " displayName | nickName ", "multi": "false", "type": "string"},
        {"name": "odd", "path": "tags[value eq \"a | b\\\"|\"].display", "type": null, "multi": "true", "writable": ""},
    ]);
    let table = table(&cards).unwrap();
    let shown = |name: &str| {
        let column = table.column(name).unwrap();
        let read: Vec<String> = column.read.iter().map(ToString::to_string).collect();
        json!([read, column.write.as_ref().map(ToString::to_string), column.kind.type_name(), column.is_multi])
    };
    assert_eq!(
        shown("homeEmail"),
        json!([["emails[type eq \"home\"].value"], "emails[type eq \"home\"].value", "string", false])
    );
    assert_eq!(
        shown("badge"),
        json!([["urn:acme:2.0:User:badge.number"], "urn:acme:2.0:User:badge.number", "int", false])
    );
    assert_eq!(shown("title"), json!([["displayName", "nickName"], null, "string", false]));
    assert_eq!(shown("odd"), json!([["tags[value eq \"a | b\\\"|\"].display"], null, "string", true]));
    assert_eq!(table.column("title").unwrap().description, "The value of displayName or nickName in the SCIM user.");
    let order = |table: &Table| table.columns().iter().position(|column| column.name == "title");
    assert_eq!(order(&table), order(&Table::built_in()), "a replaced attribute keeps its place");
}

#[test]
fn without_cards_the_table_stays() {
    for setting in [json!(null), json!(""), json!([])] {
        assert_eq!(table(&setting).unwrap(), *Table::built_in());
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let cards = json!([
        {"path": null}, {}, null, {"name": "", "path": null}, "title",
        {"name": "a", "path": "emails[type eq home].value"},
        {"name": "a", "path": "nickName | name.first.last", "type": "text", "multi": "many", "writable": 1, "pfad": "x", "label": null},
        {"name": "A", "path": ["x"]},
        {"name": "flags", "path": "flags", "type": "boolean", "multi": true},
        {"name": "id", "path": "externalId"}, {"name": "userName", "path": "emails.value"}, {"name": "active", "path": "enabled"},
        {"name": "groups", "path": "roles.value", "multi": true}, {"name": "Entitlements", "path": "x"},
        {"name": "profile", "path": "x"}, {"name": "password", "path": "x"}, {"name": "Email", "path": "emails.value"},
        {"name": "secret", "path": "password"},
        {"name": "created2", "path": "meta.created", "writable": true}, {"name": "teams", "path": "groups.display", "writable": true},
        {"name": "mail", "path": "emails", "writable": true}, {"name": "home", "path": "emails[type eq \"home\"]", "writable": true},
        {"name": "either", "path": "emails[type eq \"home\" or type eq \"work\"].value", "writable": true},
        {"name": "itself", "path": "emails[value eq \"x\"].value", "writable": true},
        {"name": "primaries", "path": "emails[primary eq true].value", "writable": true, "multi": true}, {"path": "emails["},
    ]);
    insta::assert_snapshot!(table(&cards).unwrap_err(), @r#"
    card 1 is empty: it must have a name and a path, or go
    card 2 is empty: it must have a name and a path, or go
    card 3 must be an object with a name and a path
    card 4 is empty: it must have a name and a path, or go
    card 5 must be an object with a name and a path
    card 6 "a" has the path emails[type eq home].value, which is no SCIM attribute path: at column 16: expected one of a text in double quotes, a number, false, null, true, but found home
    card 7 "a" has "pfad", which is none of name, path, type, multi, writable
    card 7 "a" has "label", which is none of name, path, type, multi, writable
    card 7 "a" has the type "text", which is none of string, boolean, int
    card 7 "a" has multi "many", which must be true or false
    card 7 "a" has writable 1, which must be true or false
    card 7 "a" has the same name as card 6: each attribute has one card
    card 7 "a" has the path nickName | name.first.last, which is no SCIM attribute path: at column 12: expected an attribute such as userName or name.familyName, but found name.first.last
    card 8 "A" has a path that is no text: it must be a SCIM attribute path, such as nickName or emails[type eq "home"].value
    card 8 "A" has the same name as card 6: each attribute has one card
    card 9 "flags" cannot be multi and of the type boolean: lists are of texts or whole numbers
    card 10 "id" must not replace the attribute id: it is the account's identity. Give the attribute another name
    card 11 "userName" must not replace the attribute userName: accounts are found by it. Give the attribute another name
    card 12 "active" must not replace the attribute active: accounts are enabled and disabled by it. Give the attribute another name
    card 13 "groups" must not replace the attribute groups: it has entitlements, which are granted and revoked by it. Give the attribute another name
    card 14 "Entitlements" must not replace the attribute entitlements: it has entitlements, which are granted and revoked by it. Give the attribute another name
    card 15 "profile" must not replace the attribute profile: it grants the profile, of which an account has just one. Give the attribute another name
    card 16 "password" must not replace the attribute password: it is only written, and never shown. Give the attribute another name
    card 17 "Email" differs from the attribute email in capitals only: name it so to replace it
    card 18 "secret" must not read the password, which is never shown
    card 19 "created2" must not be writable: meta.created is set by the provider
    card 20 "teams" must not be writable: groups.display has memberships, which are changed by the attribute groups
    card 21 "mail" has no value at its path: emails leads to a whole complex attribute: it must go on with a sub-attribute, such as emails.value
    card 22 "home" has no value at its path: emails[type eq "home"] leads to a whole complex attribute: it must go on with a sub-attribute, such as emails[type eq "home"].value
    card 23 "either" must not be writable: emails[type eq "home" or type eq "work"].value can be read, but what is written by it would not be read again: a new element must have what stands in the brackets, which must be conditions with eq, joined by and; and only one element can be primary
    card 24 "itself" must not be writable: emails[value eq "x"].value finds its value by that value, so that no other can be written there
    card 25 "primaries" must not be writable: emails[primary eq true].value can be read, but what is written by it would not be read again: a new element must have what stands in the brackets, which must be conditions with eq, joined by and; and only one element can be primary
    card 26 has no name: it must be what the attribute is called in accounts
    card 26 has the path emails[, which is no SCIM attribute path: at column 8: expected one of an attribute, not, (, but found the end
    "#);
    assert_eq!(
        table(&json!({"name": "x"})).unwrap_err(),
        "must be a list of cards {\"name\", \"path\", \"type\", \"multi\", \"writable\"}"
    );
}

/// A path of a small grammar, such as people write.
fn path() -> impl Strategy<Value = String> {
    let name = "[a-zA-Z][a-zA-Z0-9]{0,6}";
    let core = prop::sample::select(vec![
        "emails",
        "phoneNumbers",
        "addresses",
        "roles",
        "name",
        "nickName",
        "x509Certificates",
    ]);
    let attribute = prop_oneof![core.prop_map(str::to_owned), name.prop_map(|name| format!("x{name}"))];
    let urn = prop::sample::select(vec![
        "",
        "urn:acme:params:scim:schemas:extension:acme:2.0:User:",
        "urn:ietf:params:scim:schemas:core:2.0:User:",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:",
    ]);
    let operator = prop::sample::select(vec!["eq", "ne", "co", "sw", "gt"]);
    let text = prop_oneof!["\"[a-z |.\\]é]{0,5}\"", Just("true".to_owned()), "[0-9]{1,3}", Just("null".to_owned())];
    let condition = (
        prop_oneof![Just("type".to_owned()), Just("primary".to_owned()), Just("value".to_owned()), name.boxed()],
        operator,
        text,
    )
        .prop_map(|(name, operator, value)| format!("{name} {operator} {value}"));
    let filter =
        prop::collection::vec((condition, prop::sample::select(vec![" and ", " or "])), 0..3).prop_map(|parts| {
            let joined: String = parts.iter().flat_map(|(condition, joint)| [condition.as_str(), joint]).collect();
            joined.trim_end_matches(" and ").trim_end_matches(" or ").to_owned()
        });
    let sub = prop_oneof![Just(String::new()), Just(".value".to_owned()), name.prop_map(|name| format!(".{name}"))];
    (urn, attribute, filter, sub).prop_map(|(urn, attribute, filter, sub)| {
        let filter = if filter.is_empty() { filter } else { format!("[{filter}]") };
        format!("{urn}{attribute}{filter}{sub}")
    })
}

proptest! {
    // Cards that are refused do not count.
    #![proptest_config(ProptestConfig { cases: 600, max_global_rejects: 60_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_creation_writes_by_an_accepted_card_the_mapper_reads(
        path in path(), kind in prop::sample::select(vec!["string", "int", "boolean"]), multi: bool,
        texts in prop::collection::btree_set("[a-zà-ÿ\"|0-9]{1,5}", 1..4), numbers in prop::collection::btree_set(any::<i64>(), 1..4),
    ) {
        let cards = json!([{"name": "it", "path": path, "type": kind, "multi": multi, "writable": true}]);
        let table = table(&cards);
        prop_assume!(table.is_ok());
        let table = table.unwrap();
        let value = match (kind, multi) {
            ("int", true) => json!(numbers),
            ("int", false) => json!(numbers.first()),
            ("boolean", _) => json!(numbers.len() == 1),
            (_, true) => json!(texts),
            _ => json!(texts.first()),
        };
        for others in [json!({}), json!({"userName": "ada", "email": "ada@example.com", "phone": "1", "managerId": "7"})] {
            let mut attributes = others.as_object().unwrap().clone();
            attributes.insert("it".to_owned(), value.clone());
            let Ok(creation) = Creation::parse(&attributes, &table, &GENERIC) else {
                prop_assert!(others != json!({}), "{} alone cannot be created", path);
                continue;
            };
            let user = creation.into_user(None, &GENERIC).unwrap();
            let read = AccountMapper::new(&table, &GENERIC, None).map("1", &user).attributes;
            for (name, value) in &attributes {
                prop_assert_eq!(read.get(name), Some(value), "{} in {}", name, user);
            }
        }
    }
}
