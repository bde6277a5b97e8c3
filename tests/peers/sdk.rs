//! The service beside a connector on the platform's own SDK (`sdk-connector/`), both on one sandbox: the same command
//! must come back in the same lines.
//!
//! Where the two answer differently on purpose, [`alike_failures`] says so, and nothing else does.

use super::connector::{Answer, Connector, entitlement_key, key};
use super::process::{Process, free_port, peer, product, repository};
use serde_json::{Map, Value, json};
use std::process::Command;

/// A sandbox, and two connectors to it.
struct Pair {
    service: Connector,
    sdk: Connector,
    _sandbox: Process,
}

impl Pair {
    async fn start() -> Self {
        let port = free_port();
        let mut command = product();
        command.args(["sandbox", "--users", "250", "--groups", "12", "--listen", &format!("127.0.0.1:{port}")]);
        let base_url = format!("http://127.0.0.1:{port}/services/scim/v2");
        let sandbox = Process::start("sandbox", &mut command).answering(&format!("{base_url}/Schemas")).await;
        let config = json!({
            "provider": "salesforce", "baseUrl": base_url,
            "authType": "oauth2", "clientId": "sandbox", "clientSecret": "sandbox",
        });
        let service = Connector::serve(config.clone()).await;
        let sdk = sdk_connector(config).await;
        Self { service, sdk, _sandbox: sandbox }
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

/// Successes: status, content type, and every line alike, value for value; but for the one in which the service has the
/// platform keep how long a list was, which the SDK's connector does not look at.
fn equal((ours, theirs): &(Answer, Answer)) {
    alike_heads(ours, theirs);
    let mut lines = ours.lines();
    lines.pop_if(|line| line["type"] == "config");
    assert_eq!(lines, theirs.lines());
}

/// Successes whose values differ, since each made an object of its own: the same lines, members and JSON types.
fn alike((ours, theirs): &(Answer, Answer)) {
    alike_heads(ours, theirs);
    let shapes = |answer: &Answer| answer.lines().into_iter().map(|line| shape(&line.into())).collect::<Vec<_>>();
    assert_eq!(shapes(ours), shapes(theirs));
}

fn alike_heads(ours: &Answer, theirs: &Answer) {
    let media_type = |answer: &Answer| answer.content_type.split(';').next().unwrap().to_owned();
    assert_eq!((ours.status, media_type(ours)), (theirs.status, media_type(theirs)), "{}\n{}", ours.body, theirs.body);
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
        ("std:account:read", key(&account)),
        ("std:entitlement:list", json!({"type": "group"})),
        ("std:entitlement:list", json!({"type": "entitlement"})),
        ("std:entitlement:read", entitlement_key("group", &group)),
        ("std:entitlement:read", entitlement_key("entitlement", &entitlement)),
    ] {
        println!("{command} {input}");
        equal(&pair.invoke(command, input).await);
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
    ] {
        println!("{command} {input}");
        alike_failures(&pair.invoke(command, input).await);
    }
}
