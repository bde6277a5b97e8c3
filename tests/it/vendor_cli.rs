//! The vendor's command line as its public source has it: its paths, its body, its own `Authorization`, and what it reads of
//! the answers.

use super::binary::Serving;
use super::harness::{Bench, POLICY, client, listener};
use rstest::rstest;
use scim_connector::clock::Clock;
use scim_connector::connector::{Connector, SourcePool};
use scim_connector::product;
use scim_connector::server::{self, Server};
use serde_json::{Value, json};
use std::sync::Arc;

const CONNECTORS: &str = "/beta/platform-connectors";

/// An invocation as the command line writes it: the members in its order, a tag or a version, and no input but the command's.
fn body(command: &str, input: Value, config: &Value) -> String {
    let mut body = json!({"connectorRef": "salesforce-scim", "tag": "latest", "type": command, "config": config});
    body["input"] = input;
    body.to_string()
}

#[expect(clippy::disallowed_methods, reason = "tests ask as strangers do, not through transport")]
async fn send(request: reqwest::RequestBuilder) -> reqwest::Response {
    request.send().await.unwrap()
}

#[rstest]
#[case::all_commands("/beta/platform-connectors/salesforce-scim/invoke")]
#[case::source_data("/beta/platform-connectors/salesforce-scim/invoke-direct")]
#[case::the_endpoint_itself("/beta/platform-connectors")]
#[case::one_connector("/beta/platform-connectors/salesforce-scim")]
#[case::an_endpoint_without_a_path("/salesforce-scim/invoke")]
#[case::the_runtime("/sp-conn-runtime-exec/runtime-connector-invoke")]
#[tokio::test]
async fn its_paths_and_its_body_are_taken(#[case] path: &str) {
    let bench = Bench::with_users(3).await;
    let invoke = async |command: &str, input: Value| {
        let request = client()
            .post(bench.service.url() + path)
            .header("content-type", "application/json")
            // The tenant's, which means nothing here.
            .header("authorization", "Bearer token-of-the-tenant")
            .body(body(command, input, &bench.config(json!({}))));
        let answer = send(request).await;
        assert_eq!(answer.status(), 200);
        let lines = answer.text().await.unwrap();
        // It reads each line's `data`, and of an account these members.
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["data"].take()).collect::<Vec<_>>()
    };
    assert_eq!(invoke("std:test-connection", json!({})).await, [json!({})]);
    let accounts = invoke("std:account:list", json!({})).await;
    assert_eq!(accounts.len(), 3);
    let id = accounts[0]["key"]["simple"]["id"].as_str().unwrap();
    let read = invoke("std:account:read", json!({"identity": id, "key": {"simple": {"id": id}}})).await;
    assert!(read[0]["identity"] == id && read[0]["attributes"].is_object());
}

/// It decodes a list of these objects, or one.
#[test]
fn it_finds_this_connector_in_the_list_and_by_any_reference() {
    let serving = Serving::start(&[], &[]);
    let get = |path: &str| {
        let answer = serving.get(path, "Authorization: Bearer token-of-the-tenant\r\n");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        serde_json::from_str::<Value>(body).unwrap()
    };
    let this = json!({"id": product::NAME, "alias": product::NAME, "version": product::VERSION});
    assert_eq!(get(CONNECTORS), json!([this]));
    assert_eq!(get(&format!("{CONNECTORS}/{}", product::NAME)), this);
    assert_eq!(get(&format!("{CONNECTORS}/0b54c5a2-7d2f-4b0b-8f6a-000000000000")), this);
    for nothing in ["/versions", "/tags/latest"] {
        let answer = serving.get(&format!("{CONNECTORS}/any{nothing}"), "");
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    }
}

/// The same as for a command: with a token set, the token; without, this machine and no web page.
#[rstest]
#[case::no_token(Some("s3cret"), &[], 401)]
#[case::another_token(Some("s3cret"), &[("authorization", "Bearer s3cres")], 401)]
#[case::the_token(Some("s3cret"), &[("authorization", "Bearer s3cret"), ("host", "connector.example")], 200)]
#[case::this_machine(None, &[], 200)]
#[case::a_rebound_name(None, &[("host", "evil.example")], 403)]
#[case::a_web_page(None, &[("origin", "https://evil.example")], 403)]
#[tokio::test]
async fn who_may_not_start_a_command_is_told_nothing(
    #[case] token: Option<&str>,
    #[case] headers: &[(&str, &str)],
    #[case] status: u16,
) {
    let connector = Connector::new(Arc::new(SourcePool::new(Clock::system(), [7; 32])), POLICY);
    let options = server::Options { token: token.map(Into::into), ..server::Options::default() };
    let server = Server::start(listener().await, options, Arc::new(connector)).unwrap();
    for path in [CONNECTORS, "/beta/platform-connectors/any", "/metrics"] {
        let mut request = client().get(format!("http://{}{path}", server.address()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = send(request).await;
        assert_eq!(answer.status(), status, "{path}");
        if status != 200 {
            assert!(!answer.text().await.unwrap().contains(product::VERSION));
        }
    }
}
