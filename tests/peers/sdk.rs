//! The service beside a connector on the platform's own SDK (`sdk-connector/`), both on one sandbox: the same command
//! must come back in the same lines.
//!
//! Where the two answer differently on purpose, [`alike_failures`] and [`late_failures_keep_the_lines_before_them`] say so,
//! and nothing else does.

use super::connector::{Answer, Connector, entitlement_key, key};
use super::process::{Process, free_port, peer, product, repository};
use reqwest::Url;
use serde_json::{Map, Value, json};
use std::process::Command;

mod lists;

/// A sandbox, and two connectors to it.
struct Pair {
    service: Connector,
    sdk: Connector,
    /// Where the sandbox takes its faults.
    faults: Url,
    _sandbox: Process,
}

impl Pair {
    async fn start() -> Self {
        let (sandbox, config) = sandbox(&[]).await;
        let service = Connector::serve(config.clone()).await;
        let faults = Url::parse(config["baseUrl"].as_str().unwrap()).unwrap().join("/faults").unwrap();
        let sdk = sdk_connector(config).await;
        Self { service, sdk, faults, _sandbox: sandbox }
    }

    /// What both answer to one invocation: the service first.
    async fn invoke(&self, command: &str, input: Value) -> (Answer, Answer) {
        (self.service.invoke(command, input.clone()).await, self.sdk.invoke(command, input).await)
    }

    /// The identity of the first object that the service lists.
    async fn first(&self, command: &str, input: Value) -> String {
        self.service.invoke(command, input).await.outputs()[0]["identity"].as_str().unwrap().to_owned()
    }
}

/// A sandbox of 250 users, more than one page, started with further arguments; and the settings of a source of it.
async fn sandbox(more: &[&str]) -> (Process, Value) {
    let port = free_port();
    let mut command = product();
    command.args(["sandbox", "--users", "250", "--groups", "12", "--listen", &format!("127.0.0.1:{port}")]).args(more);
    let base_url = format!("http://127.0.0.1:{port}/services/scim/v2");
    let sandbox = Process::start("sandbox", &mut command).answering(&format!("{base_url}/Schemas")).await;
    let config = json!({
        "provider": "salesforce", "baseUrl": base_url, "pageSize": 200,
        "authType": "oauth2", "clientId": "sandbox", "clientSecret": "sandbox",
    });
    (sandbox, config)
}

/// The SDK's development server with the connector on it. It runs in the repository, since the SDK answers
/// `std:spec:read` with the `connector-spec.json` of its working directory.
pub async fn sdk_connector(config: Value) -> Connector {
    let port = free_port();
    let mut command = Command::new("node");
    command.current_dir(repository(""));
    command.arg("--require").arg(repository("tests/peers/sdk-connector/loopback.js"));
    command.arg(peer("npm/node_modules/@sailpoint/connector-sdk/dist/bin/spcx.js"));
    command.arg("run").arg(repository("tests/peers/sdk-connector/index.js")).arg(port.to_string());
    let process = Process::start("spcx", &mut command).answering(&format!("http://127.0.0.1:{port}/")).await;
    Connector::new(process, format!("http://127.0.0.1:{port}/connector"), config)
}

/// Successes: the head, and every line alike, value for value; but for the one in which the platform is to keep how long a
/// list was, where each has a name of its own for it.
fn equal((ours, theirs): &(Answer, Answer)) {
    alike_heads(ours, theirs);
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    let kept = [&mut ours, &mut theirs].map(|lines| lines.pop_if(|line| line["type"] == "config"));
    assert_eq!(ours, theirs);
    let [ours, theirs] = kept.map(|line| line.map(|line| patch(&line)));
    assert_eq!(ours, theirs);
}

/// A change of the source's settings, without what is changed to what.
fn patch(line: &Map<String, Value>) -> Value {
    assert_eq!(line.len(), 2, "{line:?}");
    let operation = |operation: &Value| {
        assert!(operation["path"].as_str().unwrap().starts_with('/'), "{operation}");
        json!({"op": operation["op"], "path": "/", "value": operation["value"].is_object()})
    };
    line["data"].as_array().unwrap().iter().map(operation).collect()
}

/// Successes whose values differ, since each made an object of its own: the same lines, members and JSON types.
fn alike((ours, theirs): &(Answer, Answer)) {
    alike_heads(ours, theirs);
    let shapes = |answer: &Answer| answer.lines().into_iter().map(|line| shape(&line.into())).collect::<Vec<_>>();
    assert_eq!(shapes(ours), shapes(theirs));
}

fn alike_heads(ours: &Answer, theirs: &Answer) {
    let media_type = |answer: &Answer| answer.content_type.split(';').next().unwrap().to_owned();
    let head = |answer: &Answer| (answer.status, media_type(answer), answer.is_chunked, answer.is_complete);
    assert_eq!(head(ours), head(theirs), "{}\n{}", ours.body, theirs.body);
}

/// Failures: the same status and the same error type. All that differs, and why:
/// - The body. The SDK's development server writes text for its developer, `TYPE error:`, a blank and the JavaScript
///   stack. The service writes one JSON object, which carries that type, a finer kind, a code, and a message that can
///   be shown to a person.
/// - The content type. The SDK's server calls its text `application/x-ndjson`, which it is not. The service says what
///   its body is, `application/json`.
fn alike_failures((ours, theirs): &(Answer, Answer)) {
    let failure = ours.failure();
    let error_type = failure["type"].as_str().unwrap();
    assert_eq!(theirs.status, 500, "{}", theirs.body);
    assert!(theirs.body.starts_with(&format!("{error_type} error:")), "{failure}\n{}", theirs.body);
    assert!(ours.content_type.starts_with("application/json"), "{}", ours.content_type);
    assert!(theirs.content_type.starts_with("application/x-ndjson"), "{}", theirs.content_type);
}

/// A value with its JSON types in the place of its scalars.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), shape(value))).collect::<Map<_, _>>().into()
        }
    }
}

#[tokio::test]
async fn the_same_commands_give_the_same_lines() {
    let pair = Pair::start().await;
    let group = pair.first("std:entitlement:list", json!({"type": "group"})).await;
    let entitlement = pair.first("std:entitlement:list", json!({"type": "entitlement"})).await;
    let account = pair.first("std:account:list", json!({})).await;
    for (command, input) in [
        ("std:test-connection", json!({})),
        ("std:spec:read", json!({})),
        ("std:account:list", json!({})),
        ("std:account:list", json!({"schema": {"attributes": [{"name": "userName"}, {"name": "groups"}]}})),
        ("std:account:read", key(&account)),
        ("std:entitlement:list", json!({"type": "group"})),
        ("std:entitlement:list", json!({"type": "entitlement"})),
        ("std:entitlement:read", entitlement_key("group", &group)),
        ("std:entitlement:read", entitlement_key("entitlement", &entitlement)),
        ("std:source-data:read", json!({"sourceDataKey": "profiles"})),
        ("std:source-data:read", json!({"sourceDataKey": "permissionSets", "queryInput": {"query": "reports"}})),
        ("std:source-data:read", json!({"sourceDataKey": "groups", "queryInput": {"limit": 3}})),
        ("std:source-data:read", json!({"sourceDataKey": "users", "queryInput": {"query": "zo"}})),
        ("std:config-options:read", json!({"key": "authType"})),
        ("std:config-options:read", json!({"key": "defaultProfile"})),
    ] {
        println!("{command} {input}");
        equal(&pair.invoke(command, input).await);
    }
}

/// Which data sets there are is each connector's own business: the rows are of one shape.
#[tokio::test]
async fn the_data_sets_are_told_in_rows_of_the_same_shape() {
    let pair = Pair::start().await;
    let (ours, theirs) = pair.invoke("std:source-data:discover", json!({})).await;
    alike_heads(&ours, &theirs);
    let row = json!({"key": "string", "label": "string", "subLabel": "string"});
    for answer in [ours, theirs] {
        let sets = answer.output();
        assert!(sets.as_array().unwrap().iter().all(|set| shape(set) == row), "{sets}");
        assert!(sets.as_array().unwrap().iter().any(|set| set["key"] == "groups"), "{sets}");
    }
}

/// The SDK's connector knows the attributes of the specification alone; the service asks the provider for more, which come
/// after those in the same form.
#[tokio::test]
async fn the_discovered_schema_begins_with_the_same_attributes() {
    let pair = Pair::start().await;
    let (ours, theirs) = pair.invoke("std:account:discover-schema", json!({})).await;
    alike_heads(&ours, &theirs);
    let (mut ours, theirs) = (ours.output(), theirs.output());
    let found = ours["attributes"].as_array_mut().unwrap();
    let further = found.split_off(theirs["attributes"].as_array().unwrap().len());
    assert_eq!(ours, theirs);
    for attribute in further {
        assert_eq!(shape(&attribute)["name"], "string", "{attribute}");
        assert_eq!((&attribute["type"], &shape(&attribute["description"])), (&json!("string"), &json!("string")));
    }
}

/// Each connector makes an account of its own and takes it through all that can be done to one: the same lines, whether
/// there was something to change or not.
#[tokio::test]
async fn the_life_of_an_account_gives_lines_of_the_same_shape() {
    let pair = Pair::start().await;
    let group = pair.first("std:entitlement:list", json!({"type": "group"})).await;
    let all = pair.service.invoke("std:entitlement:list", json!({"type": "entitlement"})).await.outputs();
    let set = all.iter().find(|one| one["attributes"]["kind"] == "PermissionSet").unwrap()["identity"].clone();
    let input = |user_name: &str| {
        json!({"attributes": {
            "userName": user_name, "email": user_name, "givenName": "Ada", "familyName": "Lovelace",
            "profile": "Standard User", "title": "Analyst", "department": "Engines",
        }})
    };
    let ours = pair.service.invoke("std:account:create", input("ada.one@example.com")).await;
    let theirs = pair.sdk.invoke("std:account:create", input("ada.two@example.com")).await;
    let keys = [&ours, &theirs].map(|answer| key(answer.output()["identity"].as_str().unwrap()));
    alike(&(ours, theirs));

    let update = |op: &str, attribute: &str, value: Value| {
        ("std:account:update", json!({"changes": [{"op": op, "attribute": attribute, "value": value}]}))
    };
    for (command, more) in [
        update("Set", "title", json!("Countess")),
        update("Set", "title", json!("Countess")),
        update("Set", "department", json!("Looms")),
        update("Add", "groups", json!(group)),
        update("Add", "groups", json!([group])),
        update("Add", "entitlements", set.clone()),
        update("Remove", "groups", json!(group)),
        update("Remove", "groups", json!(group)),
        update("Remove", "entitlements", json!([set])),
        ("std:account:disable", json!({})),
        ("std:account:disable", json!({})),
        ("std:account:enable", json!({})),
        ("std:change-password", json!({"password": "Correct-Horse-1"})),
        update("Remove", "title", json!(null)),
        ("std:account:delete", json!({})),
        ("std:account:read", json!({})),
    ] {
        println!("{command} {more}");
        let inputs = keys.clone().map(|mut input| {
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        });
        let [ours, theirs] = inputs;
        alike(&(pair.service.invoke(command, ours).await, pair.sdk.invoke(command, theirs).await));
    }
}

#[tokio::test]
async fn who_signs_in_is_the_same_account() {
    let pair = Pair::start().await;
    let all = pair.service.invoke("std:account:list", json!({})).await.outputs();
    let account = all.iter().find(|account| account["disabled"] == false).unwrap();
    let mut input = key(account["identity"].as_str().unwrap());
    input["password"] = "Correct-Horse-1".into();
    assert_eq!(pair.service.invoke("std:change-password", input).await.output(), json!({}));
    let with = |password: &str| json!({"username": account["attributes"]["userName"], "password": password});
    equal(&pair.invoke("std:authenticate", with("Correct-Horse-1")).await);
    alike_failures(&pair.invoke("std:authenticate", with("Wrong-Horse-1")).await);
}

#[tokio::test]
async fn failures_have_the_same_status_and_type() {
    let pair = Pair::start().await;
    let account = pair.first("std:account:list", json!({})).await;
    let with = |id: &str, name: &str, value: Value| {
        let mut input = key(id);
        input[name] = value;
        input
    };
    let nobody = "005000000000000AAA";
    let set = |name: &str| json!([{"op": "Set", "attribute": name, "value": "x"}]);
    for (command, input) in [
        ("std:no:such-command", json!({})),
        ("std:account:read", key(nobody)),
        ("std:account:update", with(nobody, "changes", set("title"))),
        ("std:account:update", with(&account, "changes", set("created"))),
        ("std:account:update", with(&account, "changes", set("no-such-attribute"))),
        ("std:account:enable", key(nobody)),
        ("std:account:disable", key(nobody)),
        ("std:account:unlock", key(&account)),
        ("std:account:delete", key(nobody)),
        ("std:change-password", with(nobody, "password", json!("Correct-Horse-1"))),
        ("std:entitlement:read", entitlement_key("group", "00G000000000000AAA")),
        ("std:entitlement:list", json!({"type": "no-such-type"})),
        ("std:account:create", json!({"attributes": {}})),
        ("std:source-data:read", json!({"sourceDataKey": "no-such-set"})),
        ("std:config-options:read", json!({"key": "no-such-setting"})),
    ] {
        println!("{command} {input}");
        alike_failures(&pair.invoke(command, input).await);
    }
}

/// Whatever the command, wrong credentials fail it before the first byte.
#[tokio::test]
async fn failures_of_the_source_have_the_same_status_and_type() {
    let pair = Pair::start().await;
    let account = pair.first("std:account:list", json!({})).await;
    let mut password = key(&account);
    password["password"] = "Correct-Horse-1".into();
    let mut change = key(&account);
    change["changes"] = json!([{"op": "Set", "attribute": "title", "value": "x"}]);
    let wrong = json!({"clientSecret": "not-the-secret"});
    for (command, input) in [
        ("std:test-connection", json!({})),
        ("std:account:list", json!({})),
        ("std:account:read", key(&account)),
        ("std:account:create", json!({"attributes": {"userName": "x@example.com", "profile": "Standard User"}})),
        ("std:account:update", change),
        ("std:account:enable", key(&account)),
        ("std:account:disable", key(&account)),
        ("std:account:delete", key(&account)),
        ("std:change-password", password),
        ("std:authenticate", json!({"username": "x@example.com", "password": "x"})),
        ("std:entitlement:list", json!({"type": "group"})),
        ("std:entitlement:read", entitlement_key("group", "00G000000000000AAA")),
        ("std:source-data:read", json!({"sourceDataKey": "groups"})),
        ("std:config-options:read", json!({"key": "defaultProfile"})),
    ] {
        println!("{command} {input}");
        let ours = pair.service.invoke_with(command, input.clone(), &wrong).await;
        let theirs = pair.sdk.invoke_with(command, input, &wrong).await;
        alike_failures(&(ours, theirs));
    }
}
