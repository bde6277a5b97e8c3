//! The Postman collection, run by newman against the demo: green, and green again on the same demo, since its last
//! folder gives back what it took.

use super::connector::Connector;
use super::process::{Process, free_port, peer, product, repository};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub const COLLECTION: &str = "postman/scim-connector.postman_collection.json";
/// How long one run of the collection may take.
pub const RUN: Duration = Duration::from_mins(3);

#[tokio::test]
async fn the_collection_runs_green_any_number_of_times() {
    let (port, sandbox_port) = (free_port(), free_port());
    let mut command = product();
    command.args(["demo", "--port", &port.to_string(), "--sandbox-port", &sandbox_port.to_string()]);
    let connector = format!("http://localhost:{port}");
    let demo = Process::start("demo", &mut command).answering(&format!("{connector}/healthz")).await;
    // Until then it makes accounts of its own.
    demo.printing("Serving until Ctrl-C").await;

    let settings = json!({
        "provider": "salesforce", "baseUrl": format!("http://127.0.0.1:{sandbox_port}/services/scim/v2"),
        "clientId": "sandbox", "clientSecret": "sandbox",
    });
    let demo = Connector::new(demo, connector.clone(), settings);
    let before = enabled(&demo).await;
    for run in 1..=2 {
        let mut newman = Process::start("newman", &mut newman(&repository(COLLECTION), &connector, sandbox_port));
        let status = newman.ended(RUN).await;
        assert!(status.success(), "run {run}: {status}\n{}\nthe demo:\n{}", newman.output(), demo.printed());
        assert_eq!(enabled(&demo).await, before, "run {run} left something behind");
    }
}

/// The accounts that use a licence, with all that they have.
async fn enabled(connector: &Connector) -> Vec<Value> {
    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    accounts.into_iter().filter(|account| account["disabled"] == false).collect()
}

/// Runs a collection against the connector there, which is to ask the sandbox at that port.
pub fn newman(collection: &Path, connector: &str, sandbox_port: u16) -> Command {
    let mut command = Command::new("node");
    command.arg(peer("npm/node_modules/newman/bin/newman.js")).arg("run");
    command.arg(collection);
    command.arg("--environment").arg(repository("postman/demo.postman_environment.json"));
    command.arg("--env-var").arg(format!("connectorUrl={connector}"));
    command.arg("--env-var").arg(format!("baseUrl=http://127.0.0.1:{sandbox_port}/services/scim/v2"));
    command.args(["--color", "off", "--disable-unicode", "--timeout", &(RUN.as_millis() - 5_000).to_string()]);
    command
}
