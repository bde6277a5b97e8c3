//! The service against servers that keep few attributes and refuse or forget the others: django-scim2 and
//! django-scim2-server from `PyPI`, Better Auth's plugin from npm. Nothing but settings makes it fit.

use super::checks::{outcomes, unlike_passed};
use super::connector::{Connector, entitlement_key, key};
use super::process::{Process, product};
use super::servers::{Server, USER, group};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// More than one page, and of groups more members than one page has resources.
const USERS: usize = 120;
const GROUPS: usize = 6;
/// How long all checks together may take.
const RUN: Duration = Duration::from_mins(3);

/// The groups of each account, by id.
type Memberships = BTreeMap<String, BTreeSet<String>>;

#[rstest]
#[case::django_scim2(Server::django_scim2(), &["account-update-single-attrs"])]
#[case::django_scim2_server(Server::django_scim2_server(), &["account-create-list-delete", "account-update-single-attrs"])]
#[case::better_auth(Server::better_auth(), &[])]
#[tokio::test]
async fn every_account_and_membership_comes_and_changes_are_kept(
    #[future(awt)]
    #[case]
    server: Server,
    #[case] skipped: &[&str],
) {
    let loaded = load(&server).await;
    let connector = server.connector().await;
    assert_eq!(connector.invoke("std:test-connection", json!({})).await.output(), json!({}));
    for settings in [json!({}), json!({"pageSize": 7}), json!({"groupMembership": "group"})] {
        assert_eq!(listed(&connector, &settings).await, loaded, "{settings}");
    }
    let groups = connector.invoke("std:entitlement:list", json!({"type": "group"})).await.outputs();
    assert_eq!(groups.len(), GROUPS);
    for one in &groups {
        let input = entitlement_key("group", one["identity"].as_str().unwrap());
        assert_eq!(&connector.invoke("std:entitlement:read", input).await.output(), one);
    }

    let ids: Vec<&str> = groups.iter().map(|one| one["identity"].as_str().unwrap()).collect();
    let account = life(&server, &connector, &ids).await;
    let after = listed(&connector, &json!({})).await;
    assert_eq!(after.into_iter().filter(|(id, _)| *id != account).collect::<Memberships>(), loaded);

    let mut command = product();
    command.args(["validate", "--config-json", &server.settings.to_string()]);
    let mut validate = Process::start("validate", &mut command);
    let status = validate.ended(RUN).await;
    let table = validate.output();
    assert!(status.success(), "{table}");
    assert_eq!(unlike_passed(&outcomes(&table, |first, second| (first, second))), skipped, "{table}");
}

/// Loads users and groups: all users are in the first group, none is in the last.
async fn load(server: &Server) -> Memberships {
    let mut loaded = Memberships::new();
    let mut users = Vec::new();
    for number in 0..USERS {
        let id = server.create("Users", user(number)).await;
        loaded.insert(id.clone(), BTreeSet::new());
        users.push(id);
    }
    for number in 0..GROUPS {
        let id = server.create("Groups", group(&format!("Group {number}"), &[])).await;
        let is_member = |user: usize| number == 0 || (number < GROUPS - 1 && user % (GROUPS - 1) == number);
        let members: Vec<&String> =
            users.iter().enumerate().filter(|(user, _)| is_member(*user)).map(|(_, id)| id).collect();
        for member in &members {
            loaded.get_mut(*member).unwrap().insert(id.clone());
        }
        let members: Vec<Value> = members.into_iter().map(|id| json!({"value": id})).collect();
        if !members.is_empty() {
            server.add_members(&id, &members).await;
        }
    }
    loaded
}

fn user(number: usize) -> Value {
    let address = format!("user.{number:04}@example.com");
    json!({
        "schemas": [USER], "userName": address, "active": !number.is_multiple_of(10),
        "name": {"givenName": format!("Given {number}"), "familyName": format!("Family {number}")},
        "emails": [{"value": address, "primary": true}],
    })
}

/// The accounts and their groups, each account as it was loaded.
async fn listed(connector: &Connector, settings: &Value) -> Memberships {
    let accounts = connector.invoke_with("std:account:list", json!({}), settings).await.outputs();
    let mut memberships = Memberships::new();
    for account in &accounts {
        let attributes = &account["attributes"];
        let name = attributes["userName"].as_str().unwrap();
        if let Some(number) = name.strip_prefix("user.").and_then(|rest| rest.strip_suffix("@example.com")) {
            let number: usize = number.parse().unwrap();
            assert_eq!((&account["disabled"], &attributes["email"]), (&json!(number.is_multiple_of(10)), &json!(name)));
            assert_eq!(attributes["familyName"], json!(format!("Family {number}")));
        }
        let groups = attributes["groups"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
        memberships.insert(account["identity"].as_str().unwrap().to_owned(), groups.collect());
    }
    assert_eq!(memberships.len(), accounts.len());
    memberships
}

/// A life of an account, each step told as it reads back; gives its id.
async fn life(server: &Server, connector: &Connector, groups: &[&str]) -> String {
    let attributes = json!({"userName": "ada@example.com", "email": "ada@example.com", "givenName": "Ada", "familyName": "Lovelace"});
    let created = connector.invoke("std:account:create", json!({"attributes": attributes})).await.output();
    for (name, value) in attributes.as_object().unwrap() {
        assert_eq!(&created["attributes"][name], value);
    }
    let id = created["identity"].as_str().unwrap();
    for (name, value) in [("familyName", "King"), ("email", "king@example.com")] {
        let changed = change(connector, id, json!({"op": "Set", "attribute": name, "value": value})).await;
        assert_eq!((&changed["attributes"][name], &changed), (&json!(value), &read(connector, id).await));
    }
    for (command, disabled) in [("std:account:disable", true), ("std:account:enable", false)] {
        assert_eq!(connector.invoke(command, key(id)).await.output()["disabled"], disabled);
        assert_eq!(read(connector, id).await["disabled"], disabled);
    }
    for group in groups {
        let others = server.members(group).await;
        let mut with_it = others.clone();
        with_it.push(id.to_owned());
        with_it.sort();
        for (op, expected) in [("Add", &with_it), ("Remove", &others)] {
            let changed = change(connector, id, json!({"op": op, "attribute": "groups", "value": group})).await;
            assert_eq!(changed["attributes"]["groups"].as_array().unwrap().contains(&json!(group)), op == "Add");
            assert_eq!(&server.members(group).await, expected, "{op}");
        }
    }
    assert_eq!(connector.invoke("std:account:delete", key(id)).await.output(), json!({}));
    id.to_owned()
}

async fn change(connector: &Connector, account: &str, change: Value) -> Value {
    let mut input = key(account);
    input["changes"] = json!([change]);
    connector.invoke("std:account:update", input).await.output()
}

async fn read(connector: &Connector, account: &str) -> Value {
    connector.invoke("std:account:read", key(account)).await.output()
}
