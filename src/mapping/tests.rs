//! What a list shows of resources that are read only where somebody looks is what it shows of them as whole values.

use super::table::Table;
use super::{AccountMapper, EntitlementMapper, group_members, has_groups_in_it, members_plan, with_cards};
use crate::protocol::{Event, Lines, Schema};
use crate::scim::filter::{matches, parse, refutes};
use crate::scim::provider::{EntitlementType, GENERIC, SALESFORCE};
use crate::scim::{Json, Node, PageRead, Plan, Read, resource};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const NAMES: &[&str] = &[
    "id",
    "ID",
    "userName",
    "username",
    "active",
    "Active",
    "locked",
    "name",
    "givenName",
    "formatted",
    "emails",
    "Emails",
    "value",
    "Value",
    "type",
    "TYPE",
    "primary",
    "display",
    "displayName",
    "$ref",
    "groups",
    "entitlements",
    "roles",
    "members",
    "phoneNumbers",
    "meta",
    "created",
    "lastModified",
    "title",
    "description",
    "unseen",
    "näme",
    "x\\u0041",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "department",
    "manager",
    "urn:x:User",
    "badge",
    "lockers",
];

const PLAIN: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-7",
    "1.0",
    "1e3",
    "12345678901234567890",
    "-9223372036854775808",
    "1e400",
    "0.1",
    "\"\"",
    "\" \"",
    "\"true\"",
    "\"False\"",
    "\"7\"",
    "\" 9 \"",
    "\"work\"",
    "\"Work\"",
    "\"indirect\"",
    "\"Profile\"",
    "\"00e1\"",
    "\"00G1\"",
    "\"Group\"",
    "\"ada@example.com\"",
    "\"Ågot Ødegård\"",
    "\"李\"",
    "\"K\\u212Aelvin\"",
    "\"a\\\"b\\\\c\\n\\u0001\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"2024-05-06T07:08:09Z\"",
    "\"../Users/ada\"",
];

/// JSON as a text, so that names may come twice.
fn value() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(PLAIN).prop_map(str::to_owned);
    plain.prop_recursive(4, 48, 6, |inner| {
        let member =
            (prop::sample::select(NAMES), inner.clone()).prop_map(|(name, value)| format!("\"{name}\": {value}"));
        let object = prop::collection::vec(member, 0..8).prop_map(|members| format!("{{{}}}", members.join(",")));
        let array = prop::collection::vec(inner, 0..4).prop_map(|elements| format!("[{}]", elements.join(" ,")));
        prop_oneof![3 => object, 1 => array]
    })
}

/// A resource: most have an id, and members that are looked at.
fn resource() -> impl Strategy<Value = String> {
    let members = prop::collection::vec((prop::sample::select(NAMES), value()), 0..14);
    (members, prop::bool::weighted(0.9)).prop_map(|(members, has_id)| {
        let id = has_id.then(|| "\"id\":\"005\"".to_owned());
        let members = members.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", id.into_iter().chain(members).collect::<Vec<_>>().join(","))
    })
}

fn mappers() -> Vec<AccountMapper> {
    let cards = json!([{"name": "badge", "path": "urn:x:User:badge", "type": "int"},
                       {"name": "lockers", "path": "lockers.value", "type": "int", "multi": true},
                       {"name": "primary", "path": "emails[primary eq true and value pr].type"}]);
    let table = std::sync::Arc::new(with_cards(&Table::built_in(), &cards).unwrap());
    let named = json!({"schema": {"attributes": [{"name": "title"}, {"name": "emails[type eq \"work\"]"}, {"name": "USERNAME"}]}});
    let schema = Schema::parse(named.as_object().unwrap()).unwrap();
    let by_name = table.with_named(schema.as_ref().unwrap().wanted());
    vec![
        AccountMapper::new(&table, &GENERIC, None),
        AccountMapper::new(&Table::built_in(), &SALESFORCE, None),
        AccountMapper::new(&by_name, &GENERIC, schema.as_ref()),
    ]
}

const FILTERS: &[&str] = &[
    "active eq true",
    "title pr",
    "emails[type eq \"work\" and not (primary eq true)]",
    "name pr",
    "emails pr",
    "groups.value eq \"00G1\" or meta.created gt \"2024-01-01T00:00:00Z\"",
    "userName sw \"ada\"",
    "members[value pr]",
];

/// What the provider grants, and a type whose parts stand at paths.
fn entitlements() -> [EntitlementMapper; 2] {
    let card = json!({"type": "role", "path": "roles.value", "resource": "Roles", "namePath": "name.formatted",
        "descriptionPath": "emails[type eq \"work\"].display", "permissions": "roles[primary eq true].value", "rights": "type"});
    let card = EntitlementType::read(card.as_object().unwrap()).unwrap();
    [EntitlementMapper::entitlements(&GENERIC, None), EntitlementMapper::further(&card, &GENERIC, None)]
}

/// All that is made of a resource, as a text.
fn shown<'v>(mappers: &'v [AccountMapper], id: &'v str, found: impl Json<'v>) -> String {
    let mut said = Vec::new();
    for mapper in mappers {
        let account = mapper.map(id, found);
        said.push(format!("{account:?} {}", json!(account)));
    }
    said.extend(entitlements().map(|mapper| json!(mapper.map(id, found)).to_string()));
    said.push(format!("{:?} {}", group_members(found), has_groups_in_it(found)));
    for text in FILTERS {
        let filter = parse(text).unwrap();
        said.push(format!("{} {}", matches(&filter, found), refutes(&filter, found)));
    }
    said.join("\n")
}

fn plan(mappers: &[AccountMapper]) -> Plan {
    let plan = mappers.iter().fold(members_plan(), |plan, mapper| plan.with(&mapper.plan()));
    let plan = entitlements().iter().fold(plan, |plan, mapper| plan.with(&mapper.plan()));
    FILTERS.iter().fold(plan, |plan, text| plan.with_filter(&parse(text).unwrap()))
}

/// The page as it is read: what became of the resources, the ids, and the first that has none.
type Page = Result<(Vec<String>, Vec<String>, Option<usize>), Option<usize>>;

fn read(body: &str, plan: Plan) -> Page {
    let mappers = mappers();
    let read = Read::new(plan, move |found: Node<'_>| {
        let id = resource::id(found).unwrap_or_default();
        shown(&mappers, &id, found)
    });
    let page = PageRead::parse(body.as_bytes(), &read).map_err(|(position, _)| position)?;
    Ok((page.made.items, page.ids.iter().map(ToString::to_string).collect(), page.nameless))
}

/// The same by `serde_json::Value` alone.
fn reference(resources: &[&str]) -> Page {
    let (mut items, mut ids, mut nameless) = (Vec::new(), Vec::new(), None);
    for (position, text) in resources.iter().enumerate() {
        let value: Value = serde_json::from_str(text).map_err(|_| Some(position))?;
        let id = resource::id(&value).unwrap_or_default();
        items.push(shown(&mappers(), &id, &value));
        match &*id {
            "" => nameless = nameless.or(Some(position)),
            id => ids.push(id.to_owned()),
        }
    }
    Ok((items, ids, nameless))
}

proptest! {
    #[test]
    fn what_is_looked_at_is_what_whole_values_show(resources in prop::collection::vec(resource(), 1..4)) {
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        let body = format!("{{\"Resources\": [{}], \"totalResults\": 1}}", resources.join(","));
        let expected = reference(&resources);
        prop_assert_eq!(&read(&body, Plan::all()), &expected);
        let seen = read(&body, plan(&mappers()));
        // What nobody looks at may be a text or a number that no value can hold.
        prop_assert!(expected.is_err() || seen == expected, "{seen:?} is not {expected:?}");
    }

    /// Resources of a list are mostly alike: the same members in the same order, of which some may be missing.
    #[test]
    fn resources_that_are_alike_are_each_read_as_alone(
        of_one in prop::collection::vec((prop::sample::select(NAMES), value()), 0..14),
        masks in prop::collection::vec(any::<u16>(), 1..6),
    ) {
        let members = |mask: u16| -> Vec<String> {
            let kept = of_one.iter().enumerate().filter(|(place, _)| mask >> place & 1 == 1 || mask & 0x8000 == 0);
            kept.map(|(_, (name, value))| format!("\"{name}\":{value}")).collect()
        };
        let resources: Vec<String> = masks.iter().map(|mask| format!("{{{}}}", members(*mask).join(", "))).collect();
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        let body = format!("{{\"Resources\": [{}], \"totalResults\": 1}}", resources.join(","));
        let (expected, seen) = (reference(&resources), read(&body, plan(&mappers())));
        prop_assert!(expected.is_err() || seen == expected, "{seen:?} is not {expected:?}");
    }

    #[test]
    fn a_line_is_the_account(resource in resource()) {
        let parsed: Result<Value, _> = serde_json::from_str(&resource);
        prop_assume!(parsed.is_ok());
        let value = parsed.unwrap();
        for mapper in mappers() {
            let (mut lines, mut expected) = (Lines::default(), Lines::default());
            lines.push_written(|line| mapper.show("005", &value).write(line)).unwrap();
            expected.push(&mapper.map("005", &value)).unwrap();
            prop_assert_eq!(Event::Outputs(lines).into_bytes(), Event::Outputs(expected).into_bytes());
        }
    }
}

#[test]
fn what_nobody_looks_at_is_read_over() {
    let body = r#"{"totalResults":1,"Resources":[{"id":"1","unseen":"\ud83d","title":"Ms"}]}"#;
    let plan = Plan::id().with_member(&["title"]);
    let title = Read::new(plan, |found| found.member("TITLE").map(Json::to_value));
    let page = PageRead::parse(body.as_bytes(), &title).unwrap_or_else(|(_, reason)| panic!("{reason}"));
    assert_eq!(page.made.items, [Some(json!("Ms"))]);
    assert!(PageRead::parse(body.as_bytes(), &Read::new(Plan::all(), |_| ())).is_err());
}

#[cfg(debug_assertions)]
#[test]
#[should_panic(expected = "unseen is looked at, and not in the plan")]
fn who_looks_at_what_was_read_over_is_found_out() {
    let read = Read::new(Plan::id(), |found| found.member("unseen").is_some());
    drop(PageRead::parse(br#"{"Resources":[{"id":"1","unseen":true}]}"#, &read));
}

#[test]
fn the_last_of_two_counts_in_the_place_of_the_first() {
    let resource = r#"{"id":"1","title":"a","Title":"b","name":{"x":1,"y":2,"x":3},"title":"c"}"#;
    let raw: &RawValue = serde_json::from_str(resource).unwrap();
    let body = format!("{{\"Resources\":[{raw}]}}");
    let whole = PageRead::parse(body.as_bytes(), &Read::new(Plan::all(), |found| found.to_value().to_string()));
    let whole = whole.unwrap_or_else(|(_, reason)| panic!("{reason}"));
    assert_eq!(whole.made.items, [r#"{"id":"1","title":"c","Title":"b","name":{"x":3,"y":2}}"#]);
}
