//! The Postman collection, run by newman: green against the demo, and green again, since its last folder gives back what
//! it took; green with the provider stopped, where it expects every command to say so; and against a connector on the
//! platform's own SDK red only where a difference is written down.

use super::connector::Connector;
use super::differences::Differences;
use super::newman::{Run, collection, read};
use super::process::{Process, free_port, product, repository};
use super::sdk::sdk_connector;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What one of the services asks for.
const TOKEN: &str = "sandbox-token";

#[tokio::test]
async fn the_collection_runs_green_any_number_of_times() {
    let (port, sandbox_port) = (free_port(), free_port());
    let mut command = product();
    command.args(["demo", "--port", &port.to_string(), "--sandbox-port", &sandbox_port.to_string()]);
    let url = format!("http://localhost:{port}");
    let demo = Process::start("demo", &mut command).answering(&format!("{url}/healthz")).await;
    // Until then it makes accounts of its own.
    demo.printing("Serving until Ctrl-C").await;

    let base_url = scim(sandbox_port);
    let demo = Connector::new(demo, url.clone(), settings(&base_url));
    let before = enabled(&demo).await;
    let variables = [("connectorUrl", url.as_str()), ("baseUrl", &base_url)];
    for times in [1, 2] {
        let run = Run::of("demo", &variables, times).await;
        run.is_green(&format!("{times} in a row\nthe demo:\n{}", demo.printed()));
        assert_eq!(enabled(&demo).await, before, "{times} in a row left something behind");
    }
}

#[tokio::test]
async fn with_the_provider_stopped_each_command_says_so() {
    let sandbox_port = free_port();
    let base_url = scim(sandbox_port);
    let sandbox = sandbox(sandbox_port).await;
    let (_service, url) = service_with_token().await;
    let variables = [("connectorUrl", url.as_str()), ("baseUrl", &base_url), ("connectorToken", TOKEN)];
    Run::of("sandbox", &variables, 1).await.is_green("with the sandbox");

    drop(sandbox);
    let (_other, other_url) = service_with_token().await;
    // One service that knows the provider, with a token of it, and one that never saw it.
    for url in [&url, &other_url] {
        let mut variables = variables.to_vec();
        variables.extend([("connectorUrl", url.as_str()), ("providerStopped", "true")]);
        let run = Run::of("sandbox", &variables, 1).await;
        run.is_green("without the sandbox");
        let unreachable = run.tests().iter().filter(|(test, _)| test.name == "its code is UNREACHABLE").count();
        assert!(unreachable > 50, "only {unreachable} requests met the provider that is stopped");
    }
}

#[tokio::test]
async fn the_sdk_fails_only_where_a_difference_is_written_down() {
    let sandbox_port = free_port();
    let base_url = scim(sandbox_port);
    let _sandbox = sandbox(sandbox_port).await;
    let sdk = sdk_connector(settings(&base_url)).await;
    let run = Run::of("demo", &[("connectorUrl", sdk.url()), ("baseUrl", &base_url)], 1).await;
    let failures = run.failures();

    let differences = Differences::read();
    differences.explain(&failures);
    let gone = differences.gone(&failures);
    assert!(gone.is_empty(), "these are written down as different, and do not fail:\n{gone:#?}");
    assert!(run.tests().iter().filter(|(_, has_failed)| !has_failed).count() > 200, "hardly anything was compared");
}

/// Nobody unlocks by SCIM, so that command has failures only.
#[test]
fn every_command_has_a_success_and_a_failure_and_every_request_a_test() {
    let specification = read(&repository("connector-spec.json"));
    let commands: BTreeSet<&str> =
        specification["commands"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let mut requests = BTreeMap::new();
    requests_of(&collection()["item"], &mut requests);
    let that = |calls: &[&str]| -> BTreeSet<&str> {
        let has = |script: &String| calls.iter().any(|call| script.contains(&format!("{call}(")));
        let command =
            |body: &String| commands.iter().find(|name| body.contains(&format!("\"type\": \"{name}\""))).copied();
        requests.values().filter(|(_, script)| has(script)).filter_map(|(body, _)| command(body)).collect()
    };
    let mut succeeding = that(&["succeeds", "succeedsAlone"]);
    succeeding.insert("std:account:unlock");
    assert_eq!(succeeding, commands);
    assert_eq!(that(&["fails", "failsAlone", "failsWriting"]), commands);
    for (name, (_, script)) in &requests {
        let tests = ["succeeds", "succeedsAlone", "fails", "failsAlone", "failsWriting", "pm.test"];
        assert!(tests.iter().any(|test| script.contains(&format!("{test}("))), "{name} has no test");
    }
}

/// Ids come from earlier answers: none stands in a request, but for those that nothing has.
#[test]
fn no_request_has_an_id_of_its_own() {
    let mut requests = BTreeMap::new();
    requests_of(&collection()["item"], &mut requests);
    for (name, (body, _)) in requests {
        let ids = body.split("\"id\": \"").skip(1).filter(|id| !id.starts_with("{{") && !id.starts_with("..\""));
        assert_eq!(ids.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
    }
}

/// By their names, which must differ: the body, and the script of its tests.
fn requests_of(items: &Value, found: &mut BTreeMap<String, (String, String)>) {
    for item in items.as_array().unwrap() {
        if item["item"].is_array() {
            requests_of(&item["item"], found);
            continue;
        }
        let name = item["name"].as_str().unwrap().to_owned();
        let body = item["request"]["body"]["raw"].as_str().unwrap_or_default().to_owned();
        let tests = item["event"].as_array().unwrap().iter().filter(|event| event["listen"] == "test");
        let lines =
            tests.flat_map(|event| event["script"]["exec"].as_array().unwrap()).map(|line| line.as_str().unwrap());
        let script = lines.collect::<Vec<_>>().join("\n");
        assert!(found.insert(name.clone(), (body, script)).is_none(), "two requests have the name {name}");
    }
}

/// The accounts that use a licence, with all that they have.
async fn enabled(connector: &Connector) -> Vec<Value> {
    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    accounts.into_iter().filter(|account| account["disabled"] == false).collect()
}

fn scim(sandbox_port: u16) -> String {
    format!("http://127.0.0.1:{sandbox_port}/services/scim/v2")
}

fn settings(base_url: &str) -> Value {
    json!({"provider": "salesforce", "baseUrl": base_url, "clientId": "sandbox", "clientSecret": "sandbox"})
}

async fn sandbox(port: u16) -> Process {
    let mut command = product();
    command.args(["sandbox", "--listen", &format!("127.0.0.1:{port}")]);
    Process::start("sandbox", &mut command).answering(&format!("{}/Schemas", scim(port))).await
}

/// A service that asks for [`TOKEN`], and where it is.
async fn service_with_token() -> (Process, String) {
    let url = format!("http://127.0.0.1:{}", free_port());
    let mut command = product();
    command.args(["serve", "--listen", url.trim_start_matches("http://")]).env("SCIM_CONNECTOR_TOKEN", TOKEN);
    (Process::start("serve", &mut command).answering(&format!("{url}/healthz")).await, url)
}
