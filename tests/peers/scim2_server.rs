//! The service against scim2-server, a SCIM server from `PyPI`: memberships stand in its groups alone, its users carry no
//! `groups`; its pages are shorter than what is asked for.

use super::connector::{entitlement_key, key};
use super::servers::{self, ENTERPRISE, Server};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What was loaded: ids by user name, and the ids of each user's groups.
struct Loaded {
    users: BTreeMap<String, String>,
    memberships: BTreeMap<String, BTreeSet<String>>,
    groups: BTreeMap<String, String>,
}

/// Loads users and groups, one after the other: the server keeps few connections waiting, and one that it drops is
/// tried again only after a second.
///
/// Every user is in the group of its number modulo the number of groups; every seventh is in the first group too, so
/// that users have one group, or two, or the same one for both reasons.
async fn load(server: &Server, users: usize, groups: usize) -> Loaded {
    let mut ids = Vec::new();
    for number in 0..users {
        let user = servers::user(number);
        let name = user["userName"].as_str().unwrap().to_owned();
        ids.push((name, server.create("Users", user).await));
    }
    let mut loaded = Loaded { users: BTreeMap::new(), memberships: BTreeMap::new(), groups: BTreeMap::new() };
    for group in 0..groups {
        let is_member = |number: usize| number % groups == group || (group == 0 && number.is_multiple_of(7));
        let members: Vec<&String> =
            ids.iter().enumerate().filter(|(number, _)| is_member(*number)).map(|(_, (_, id))| id).collect();
        let name = format!("Group {group:02}");
        let values: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let id = server.create("Groups", servers::group(&name, &values)).await;
        for member in members {
            loaded.memberships.entry(member.clone()).or_default().insert(id.clone());
        }
        loaded.groups.insert(name, id);
    }
    loaded.users = ids.into_iter().collect();
    loaded
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_thousand_users_and_fifty_groups_come_whole() {
    let server = Server::empty_scim2_server().await;
    let loaded = load(&server, 1000, 50).await;
    let connector = server.connector().await;

    assert_eq!(connector.invoke("std:test-connection", json!({})).await.output(), json!({}));

    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    assert_eq!(accounts.len(), 1000);
    let by_name: BTreeMap<&str, &Value> =
        accounts.iter().map(|account| (account["attributes"]["userName"].as_str().unwrap(), account)).collect();
    assert_eq!(by_name.len(), 1000);
    for (number, (name, id)) in loaded.users.iter().enumerate() {
        let account = by_name[name.as_str()];
        let attributes = &account["attributes"];
        assert_eq!((&account["identity"], &account["key"]["simple"]["id"]), (&json!(id), &json!(id)));
        assert_eq!((&account["disabled"], &attributes["active"]), (&json!(number % 10 == 0), &json!(number % 10 != 0)));
        assert_eq!(attributes["email"], json!(name));
        assert_eq!(attributes["department"], json!(format!("Department {}", number % 5)));
        let groups: Vec<&str> = loaded.memberships[id].iter().map(String::as_str).collect();
        assert_eq!(strings(&attributes["groups"]), groups, "{name}");
    }

    let groups = connector.invoke("std:entitlement:list", json!({"type": "group"})).await.outputs();
    let listed: BTreeMap<String, String> = groups
        .iter()
        .map(|group| {
            (
                group["attributes"]["displayName"].as_str().unwrap().to_owned(),
                group["identity"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!((groups.len(), &listed), (50, &loaded.groups));

    for account in accounts.iter().step_by(125) {
        let read = connector.invoke("std:account:read", key(account["identity"].as_str().unwrap())).await;
        assert_eq!(&read.output(), account);
    }
    for group in groups.iter().step_by(10) {
        let input = entitlement_key("group", group["identity"].as_str().unwrap());
        assert_eq!(&connector.invoke("std:entitlement:read", input).await.output(), group);
    }
}

#[tokio::test]
async fn however_the_list_is_read_it_is_the_same() {
    let server = Server::empty_scim2_server().await;
    load(&server, 230, 7).await;
    let connector = server.connector().await;
    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    assert_eq!(accounts.len(), 230);
    for settings in [
        json!({"pageSize": 1, "concurrency": 2}),
        json!({"pageSize": 97, "concurrency": 1}),
        json!({"pageSize": 100, "concurrency": 32}),
        json!({"pageSize": 500}),
        json!({"paging": "key"}),
        json!({"paging": "auto"}),
        json!({"groupMembership": "group"}),
    ] {
        let again = connector.invoke_with("std:account:list", json!({}), &settings).await.outputs();
        assert!(again == accounts, "{settings}:\n{again:?}");
    }
}

/// Nothing but its own description says that it is read by cursor; its pages are shorter than what is asked for.
#[tokio::test]
async fn a_server_that_says_so_is_read_by_cursor() {
    let server = Server::empty_scim2_server_by_cursor().await;
    let loaded = load(&server, 120, 7).await;
    let connector = server.connector().await;
    let auto = json!({"paging": "auto"});
    for settings in [&auto, &json!({"paging": "cursor"}), &json!({"paging": "auto", "pageSize": 7})] {
        let accounts = connector.invoke_with("std:account:list", json!({}), settings).await.outputs();
        let ids: BTreeSet<&str> = accounts.iter().map(|account| account["identity"].as_str().unwrap()).collect();
        assert_eq!(ids, loaded.users.values().map(String::as_str).collect(), "{settings}");
        let groups = connector.invoke_with("std:entitlement:list", json!({"type": "group"}), settings).await.outputs();
        assert_eq!(groups.len(), 7);
    }
    assert_eq!(connector.invoke_with("std:test-connection", json!({}), &auto).await.output(), json!({}));
    let refused = connector.invoke_with("std:account:list", json!({}), &json!({"paging": "index"})).await.failure();
    assert!(refused["message"].as_str().unwrap().contains("[NOT_IMPLEMENTED]"), "{refused}");
}

#[tokio::test]
async fn a_created_account_reads_back_and_stands_on_the_server() {
    let server = Server::empty_scim2_server().await;
    let connector = server.connector().await;
    let attributes = json!({
        "userName": "ada@example.com", "email": "ada@example.com", "givenName": "Ada", "familyName": "Lovelace",
        "title": "Analyst", "department": "Engines",
    });

    let created = connector.invoke("std:account:create", json!({"attributes": attributes})).await.output();
    for (name, value) in attributes.as_object().unwrap() {
        assert_eq!(&created["attributes"][name], value, "{name}");
    }
    let id = created["identity"].as_str().unwrap();
    assert_eq!(connector.invoke("std:account:read", key(id)).await.output(), created);

    let user = server.read("Users", id).await;
    assert_eq!((&user["userName"], &user["name"]["familyName"]), (&json!("ada@example.com"), &json!("Lovelace")));
    assert_eq!(user[ENTERPRISE]["department"], "Engines");
}

#[tokio::test]
async fn what_the_server_refuses_is_said_and_what_it_does_not_have_is_not_found() {
    let server = Server::empty_scim2_server().await;
    load(&server, 3, 1).await;
    let connector = server.connector().await;

    let attributes = json!({"userName": "user.0001@example.com", "familyName": "Twice", "email": "twice@example.com"});
    let refused = connector.invoke("std:account:create", json!({"attributes": attributes})).await.failure();
    assert_eq!(refused["type"], "generic");
    assert!(refused["message"].as_str().unwrap().contains("user.0001@example.com"), "{refused}");

    let unknown = connector.invoke("std:account:read", key("00000000000000000000000000000000")).await.failure();
    assert_eq!(unknown["type"], "notFound");
    let unknown = connector.invoke("std:entitlement:read", entitlement_key("group", "0000")).await.failure();
    assert_eq!(unknown["type"], "notFound");
}
