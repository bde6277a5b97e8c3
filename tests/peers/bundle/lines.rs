//! What comes through a bundle is what the service says.

use super::super::connector::{Answer, Connector, entitlement_key, key};
use super::{Bundle, Way, sandbox};
use rstest::rstest;
use serde_json::{Map, Value, json};

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn lines_are_those_of_the_service(#[case] way: Way) {
    let (_sandbox, config) = sandbox(0, &Value::Null).await;
    let service = Connector::serve(config.clone()).await;
    let bundle = Bundle::run(way, config).await;
    let group = first(&service, json!({"type": "group"})).await;
    let entitlement = first(&service, json!({"type": "entitlement"})).await;
    let account = service.invoke("std:account:list", json!({})).await.outputs()[0]["identity"].clone();
    let account = account.as_str().unwrap();
    for (command, input) in [
        ("std:test-connection", json!({})),
        ("std:account:discover-schema", json!({})),
        ("std:account:list", json!({})),
        ("std:account:list", json!({"schema": {"attributes": [{"name": "userName"}]}})),
        ("std:account:read", key(account)),
        ("std:entitlement:list", json!({"type": "group"})),
        ("std:entitlement:list", json!({"type": "entitlement"})),
        ("std:entitlement:read", entitlement_key("group", &group)),
        ("std:entitlement:read", entitlement_key("entitlement", &entitlement)),
    ] {
        println!("{command} {input}");
        let (direct, through) =
            (service.invoke(command, input.clone()).await, bundle.connector.invoke(command, input).await);
        assert_eq!(comparable(&through), comparable(&direct));
    }
}

/// The lines. What the platform is to keep of how long lists were has its times, and tells of this process's other lists.
fn comparable(answer: &Answer) -> Vec<Map<String, Value>> {
    let mut lines = answer.lines();
    for line in lines.iter_mut().filter(|line| line["type"] == "config") {
        assert!(line["data"][0]["value"].take()["accounts"]["count"].is_number());
    }
    lines
}

async fn first(service: &Connector, input: Value) -> String {
    service.invoke("std:entitlement:list", input).await.outputs()[0]["identity"].as_str().unwrap().to_owned()
}

#[rstest]
#[case(Way::Relay, 1)]
#[case(Way::Embed, 0)]
#[tokio::test]
async fn the_specification_is_the_uploaded_one(#[case] way: Way, #[case] further_menus: usize) {
    let bundle = Bundle::run(way, json!({})).await;
    let through = bundle.connector.invoke("std:spec:read", json!({})).await.output();
    let file = std::fs::read_to_string(bundle.folder.path().join("connector-spec.json")).unwrap();
    let mut specification: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(through, json!({"specification": specification}));
    specification["sourceConfig"].as_array_mut().unwrap().drain(..further_menus);
    let service = Connector::serve(json!({})).await;
    assert_eq!(service.invoke("std:spec:read", json!({})).await.output()["specification"], specification);
}

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn a_customizer_changes_inputs_and_outputs(#[case] way: Way) {
    const CUSTOMIZER: &str = "
        const { createConnectorCustomizer } = require.main.require('@sailpoint/connector-sdk')
        exports.connector = require('./index.js').connector
        exports.connectorCustomizer = createConnectorCustomizer()
          .beforeStdAccountRead(async (context, input) => ({ ...input, key: { simple: { id: input.key.simple.id.slice(2) } } }))
          .afterStdAccountRead(async (context, output) => ({ ...output, identity: `x-${output.identity}` }))";
    let (_sandbox, config) = sandbox(0, &Value::Null).await;
    let bundle = Bundle::run_file(way, config, "customized.js", CUSTOMIZER).await;
    let account = bundle.connector.invoke("std:account:list", json!({})).await.outputs().remove(0);
    let id = account["identity"].as_str().unwrap();
    let read: Answer =
        bundle.connector.invoke("std:account:read", json!({"key": {"simple": {"id": format!("x-{id}")}}})).await;
    let mut expected = account.clone();
    expected["identity"] = format!("x-{id}").into();
    assert_eq!(read.output(), expected);
}
