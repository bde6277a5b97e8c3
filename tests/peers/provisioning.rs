//! Grants and changes against servers of four makes: the same commands must come to the same, whatever the server answers
//! to a PATCH and wherever it keeps memberships.

use super::connector::{Answer, Connector, key};
use super::servers::{ENTERPRISE, Server, user};
use rstest::rstest;
use serde_json::{Value, json};

/// What must come of each step of [`cycle`].
const CYCLE: [&str; 6] = [
    "Add: the account is told, and has it",
    "read: the account is told, and has it",
    "Add: nothing is told, and has it",
    "Remove: the account is told, and does not have it",
    "Remove: nothing is told, and does not have it",
    "Add: the account is told, and has it",
];

#[rstest]
#[case::salesforce(Server::salesforce())]
#[case::rfc(Server::rfc())]
#[case::scim2_server(Server::scim2_server())]
#[case::scimmy(Server::scimmy())]
#[tokio::test]
async fn granting_and_revoking_come_to_the_same(
    #[future(awt)]
    #[case]
    server: Server,
) {
    let connector = server.connector().await;
    let account = create(&connector, "grants").await;
    let mut groups = Vec::new();
    for group in connector.invoke("std:entitlement:list", json!({"type": "group"})).await.outputs() {
        let id = group["identity"].as_str().unwrap().to_owned();
        groups.push((server.members(&id).await, id));
    }
    groups.sort();
    groups.sort_by_key(|(members, _)| members.len());
    let (fullest, emptiest) = (groups.last().unwrap(), groups.first().unwrap());
    assert!(fullest.0.len() > 1, "{groups:?}");

    for (others, group) in [fullest, emptiest] {
        assert_eq!(cycle(&connector, &account, "groups", group).await, CYCLE, "{group}");
        let mut with_it = others.clone();
        with_it.push(account.clone());
        with_it.sort();
        assert_eq!(server.members(group).await, with_it);
        change(&connector, &account, json!([{"op": "Remove", "attribute": "groups", "value": group}])).await.output();
        assert_eq!(&server.members(group).await, others);
    }
    connector.invoke("std:account:delete", key(&account)).await.output();
}

#[tokio::test]
async fn so_do_permission_sets() {
    let server = Server::salesforce().await;
    let connector = server.connector().await;
    let account = create(&connector, "permissions").await;
    let all = connector.invoke("std:entitlement:list", json!({"type": "entitlement"})).await.outputs();
    let set = all.iter().find(|one| one["attributes"]["kind"] == "PermissionSet").unwrap();
    let set = set["identity"].as_str().unwrap();
    assert_eq!(cycle(&connector, &account, "entitlements", set).await, CYCLE);
}

/// Of several groups in one change, each is granted; of several members of a group, one leaves.
#[rstest]
#[case::salesforce(Server::salesforce())]
#[case::rfc(Server::rfc())]
#[case::scim2_server(Server::scim2_server())]
#[case::scimmy(Server::scimmy())]
#[tokio::test]
async fn one_of_three_members_leaves_and_two_remain(
    #[future(awt)]
    #[case]
    server: Server,
) {
    let connector = server.connector().await;
    let groups = connector.invoke("std:entitlement:list", json!({"type": "group"})).await.outputs();
    let mut groups: Vec<&str> = groups.iter().map(|group| group["identity"].as_str().unwrap()).collect();
    groups.sort_unstable();
    let before = server.members(groups[0]).await;
    let mut accounts = Vec::new();
    for name in ["one", "two", "three"] {
        let account = create(&connector, name).await;
        let granted =
            change(&connector, &account, json!([{"op": "Add", "attribute": "groups", "value": groups}])).await;
        assert_eq!(granted.output()["attributes"]["groups"], json!(groups));
        accounts.push(account);
    }
    let leaving = accounts.remove(1);
    change(&connector, &leaving, json!([{"op": "Remove", "attribute": "groups", "value": groups[0]}])).await.output();
    let mut expected: Vec<String> = before.into_iter().chain(accounts).collect();
    expected.sort();
    assert_eq!(server.members(groups[0]).await, expected);
    assert_eq!(read(&connector, &leaving).await["attributes"]["groups"], json!(groups[1..]));
}

/// Many join one group at the same moment, each by an invocation of its own: none is lost.
#[rstest]
#[case::salesforce(Server::salesforce())]
#[case::rfc(Server::rfc())]
#[case::scim2_server(Server::scim2_server())]
#[case::scimmy(Server::scimmy())]
#[tokio::test]
async fn many_join_one_group_at_once(
    #[future(awt)]
    #[case]
    server: Server,
) {
    let connector = server.connector().await;
    // Salesforce has licences for those only whom it has.
    for number in (100..140).filter(|_| server.settings["provider"] == "generic") {
        server.create("Users", user(number)).await;
    }
    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    let groups = connector.invoke("std:entitlement:list", json!({"type": "group"})).await.outputs();
    let group = groups.last().unwrap()["identity"].as_str().unwrap();
    let mut ids: Vec<&str> = accounts.iter().map(|account| account["identity"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let join = |id| change(&connector, id, json!([{"op": "Add", "attribute": "groups", "value": group}]));
    for answer in futures::future::join_all(ids.iter().map(|id| join(id))).await {
        assert_eq!((answer.status, answer.output().get("results")), (200, None), "{}", answer.body);
    }
    assert_eq!(server.members(group).await, ids);
}

/// A life of an account: each step is told as it reads back afterwards.
#[rstest]
#[case::salesforce(Server::salesforce())]
#[case::rfc(Server::rfc())]
#[case::scim2_server(Server::scim2_server())]
#[case::scimmy(Server::scimmy())]
#[tokio::test]
async fn an_account_is_changed_disabled_enabled_and_deleted(
    #[future(awt)]
    #[case]
    server: Server,
) {
    let connector = server.connector().await;
    let manager = create(&connector, "manager").await;
    let account = create(&connector, "life").await;

    let set = |(name, value): (&str, &str)| json!({"op": "Set", "attribute": name, "value": value});
    let wanted = [
        ("email", "new.life@example.com"),
        ("phone", "+44 1"),
        ("title", "Analyst"),
        ("familyName", "King"),
        ("department", "Engines"),
        ("managerId", manager.as_str()),
    ];
    let changed = change(&connector, &account, wanted.map(set).into()).await.output();
    for (name, value) in wanted {
        assert_eq!(changed["attributes"][name], value, "{name}");
    }
    assert_eq!((&changed["results"], &read(&connector, &account).await), (&Value::Null, &changed));
    let same = change(&connector, &account, wanted.map(set).into()).await;
    assert_eq!(same.output(), json!({}));

    let cleared = ["title", "department", "phone", "managerId"].map(|name| json!({"op": "Remove", "attribute": name}));
    let changed = change(&connector, &account, cleared.as_slice().into()).await.output();
    for name in ["title", "department", "phone", "managerId"] {
        assert!(changed["attributes"].get(name).is_none_or(Value::is_null), "{name}: {changed}");
    }
    assert_eq!(read(&connector, &account).await, changed);

    for (command, disabled) in [("std:account:disable", true), ("std:account:enable", false)] {
        for _ in 0..2 {
            let switched = connector.invoke(command, key(&account)).await.output();
            assert_eq!(
                (&switched["disabled"], &switched["attributes"]["active"]),
                (&json!(disabled), &json!(!disabled))
            );
            assert_eq!(read(&connector, &account).await, switched);
        }
    }
    let mut password = key(&account);
    password["password"] = "Correct-Horse-1".into();
    let answer = connector.invoke("std:change-password", password).await;
    assert!(!answer.body.contains("Correct-Horse-1"), "{}", answer.body);
    assert_eq!(answer.output(), json!({}));

    assert_eq!(connector.invoke("std:account:delete", key(&account)).await.output(), json!({}));
    let after = connector.invoke("std:account:read", key(&account)).await;
    if server.settings["provider"] == "salesforce" {
        assert_eq!(after.output()["disabled"], true);
    } else {
        assert_eq!(after.failure()["type"], "notFound");
        assert_eq!(connector.invoke("std:account:delete", key(&account)).await.failure()["type"], "notFound");
    }
}

/// The value of one element is changed where it stands: the others, and what else the element says, stay.
#[rstest]
#[case::rfc(Server::rfc())]
#[case::scim2_server(Server::scim2_server())]
#[case::scimmy(Server::scimmy())]
#[tokio::test]
async fn of_several_addresses_the_one_that_is_shown_is_changed(
    #[future(awt)]
    #[case]
    server: Server,
) {
    let connector = server.connector().await;
    let mut ada = user(77);
    ada["emails"] = json!([{"value": "home@example.com", "type": "home"}, {"value": "work@example.com", "type": "work", "primary": true}]);
    ada[ENTERPRISE]["costCenter"] = "4130".into();
    let id = server.create("Users", ada).await;
    let changes = json!([
        {"op": "Set", "attribute": "email", "value": "new@example.com"},
        {"op": "Set", "attribute": "department", "value": "Engines"},
    ]);
    let changed = change(&connector, &id, changes).await.output();
    assert_eq!((&changed["attributes"]["email"], &changed["results"]), (&json!("new@example.com"), &Value::Null));
    let now = server.read("Users", &id).await;
    let mut emails: Vec<(&str, &str, bool)> = now["emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|email| {
            let text = |name: &str| email[name].as_str().unwrap();
            (text("value"), text("type"), email["primary"] == true)
        })
        .collect();
    emails.sort_unstable();
    assert_eq!(emails, [("home@example.com", "home", false), ("new@example.com", "work", true)]);
    assert_eq!((&now[ENTERPRISE]["costCenter"], &now[ENTERPRISE]["department"]), (&json!("4130"), &json!("Engines")));
}

/// A creation that is sent again gives the account that it made, and makes no other.
#[rstest]
#[case::salesforce(Server::salesforce())]
#[case::rfc(Server::rfc())]
#[case::scim2_server(Server::scim2_server())]
#[case::scimmy(Server::scimmy())]
#[tokio::test]
async fn a_creation_that_is_sent_again_makes_no_second_user(
    #[future(awt)]
    #[case]
    server: Server,
) {
    let connector = server.connector().await;
    let first = connector.invoke("std:account:create", creation("again")).await.output();
    assert_eq!(server.connector().await.invoke("std:account:create", creation("again")).await.output(), first);
    let mut other = creation("again");
    other["attributes"]["familyName"] = "Another".into();
    let refused = connector.invoke("std:account:create", other).await.failure();
    assert_eq!((&refused["type"], &refused["code"]), (&json!("generic"), &json!("DUPLICATE_USER")));
    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    let named = accounts.iter().filter(|one| one["attributes"]["userName"] == "again@example.com").count();
    assert_eq!(named, 1);
}

/// Grants, looks, grants again, revokes, revokes again, grants; says what came of each.
async fn cycle(connector: &Connector, account: &str, attribute: &str, id: &str) -> Vec<String> {
    let mut transcript = Vec::new();
    for step in ["Add", "read", "Add", "Remove", "Remove", "Add"] {
        let output = if step == "read" {
            read(connector, account).await
        } else {
            let changes = json!([{"op": step, "attribute": attribute, "value": id}]);
            change(connector, account, changes).await.output()
        };
        let after = read(connector, account).await;
        let held = after["attributes"][attribute].as_array().unwrap().contains(&json!(id));
        let told = if output == after {
            "the account".to_owned()
        } else if output == json!({}) {
            "nothing".to_owned()
        } else {
            format!("{output}, unlike {after},")
        };
        let has = if held { "has it" } else { "does not have it" };
        transcript.push(format!("{step}: {told} is told, and {has}"));
    }
    transcript
}

fn creation(name: &str) -> Value {
    let address = format!("{name}@example.com");
    let attributes = json!({"userName": address, "email": address, "givenName": "Ada", "familyName": "Lovelace",
        "profile": "Standard User"});
    json!({"attributes": attributes})
}

/// The id of a new account.
async fn create(connector: &Connector, name: &str) -> String {
    let created = connector.invoke("std:account:create", creation(name)).await.output();
    created["identity"].as_str().unwrap().to_owned()
}

async fn change(connector: &Connector, account: &str, changes: Value) -> Answer {
    let mut input = key(account);
    input["changes"] = changes;
    connector.invoke("std:account:update", input).await
}

async fn read(connector: &Connector, account: &str) -> Value {
    connector.invoke("std:account:read", key(account)).await.output()
}
