//! What fails behind a bundle is told to the platform, and is never an end of a list.

use super::super::connector::{Connector, key};
use super::super::process::Process;
use super::{Bundle, Way, sandbox, serve};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn failures_keep_their_type_and_their_words(#[case] way: Way) {
    let (_sandbox, config) = sandbox(0, &Value::Null).await;
    let service = Connector::serve(config.clone()).await;
    let bundle = Bundle::run(way, config).await;
    for (command, input, error_type) in [
        ("std:account:read", key("005000000000000AAA"), "notFound"),
        ("std:account:read", json!({}), "generic"),
        ("std:account:unlock", key("005000000000000AAA"), "generic"),
        ("std:account:create", json!({"attributes": {}}), "generic"),
        ("std:entitlement:list", json!({"type": "no-such-type"}), "generic"),
    ] {
        println!("{command} {input}");
        let failure = service.invoke(command, input.clone()).await.failure();
        assert_eq!(failure["type"], error_type);
        let through = bundle.connector.invoke(command, input).await;
        assert_eq!(through.status, 500, "{}", through.body);
        let wanted = format!("{error_type} error: \n + ConnectorError: {}\n", failure["message"].as_str().unwrap());
        assert!(through.body.starts_with(&wanted), "{wanted}\n{}", through.body);
    }
}

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn a_failure_in_the_middle_is_an_error(#[case] way: Way) {
    let faults = json!({"faults": [{"route": "/Users", "nth": 3, "effect": {"type": "close"}}]});
    let (_sandbox, config) = sandbox(0, &faults).await;
    let bundle = Bundle::run(way, config).await;
    let settings = json!({"pageSize": 50, "concurrency": 1, "maxRetries": 0});
    let answer = bundle.connector.invoke_with("std:account:list", json!({}), &settings).await;
    assert!(answer.body.contains("\"type\":\"output\"") && answer.body.contains("generic error:"), "{}", answer.body);
    assert_eq!(bundle.connector.invoke("std:account:list", json!({})).await.outputs().len(), 250);
}

/// Long enough to be interrupted: an answer each 50 ms, of two accounts.
async fn slow() -> (Process, Value, Value) {
    let (sandbox, config) = sandbox(50, &Value::Null).await;
    (sandbox, config, json!({"pageSize": 2, "concurrency": 1}))
}

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn a_kill_in_the_middle_is_an_error_and_the_next_command_works(#[case] way: Way) {
    let (_sandbox, config, slowly) = slow().await;
    let mut bundle = Bundle::run(way, config).await;
    let answer = bundle.connector.open("std:account:list", json!({}), &slowly).await;
    bundle.kill();
    let body = answer.text().await.unwrap();
    assert!(body.starts_with('{') && body.contains("\ngeneric error:"), "{body}");
    assert!(body.contains("The command got no complete answer from "), "{body}");
    if let Way::Relay = way {
        bundle.service = Some(serve(bundle.service_port).await);
    }
    assert_eq!(bundle.connector.invoke("std:test-connection", json!({})).await.outputs(), [json!({})]);
}

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn a_caller_that_goes_away_cancels(#[case] way: Way) {
    let (_sandbox, config, slowly) = slow().await;
    let bundle = Bundle::run(way, config).await;
    drop(bundle.connector.open("std:account:list", json!({}), &slowly).await);
    match &bundle.service {
        Some(service) => service.printing("command cancelled").await,
        None => bundle.connector.printing("command cancelled").await,
    }
}

#[rstest]
#[case::no_address(json!({"serviceUrl": null}), "serviceUrl is missing: where the service runs, as in https://connector.example.com")]
#[case::no_url(json!({"serviceUrl": "connector"}), "serviceUrl is no URL: it must be as in https://connector.example.com")]
#[case::unprotected(json!({"serviceUrl": "http://connector.example.com"}), "serviceUrl must begin with https://, as in https://connector.example.com")]
#[case::credentials(json!({"serviceUrl": "https://me:secret@connector.example.com"}), "serviceUrl must hold no user name: use serviceToken")]
#[case::no_token(json!({"serviceToken": null}), "The service wants its own token: set serviceToken to it.")]
#[case::another_token(json!({"serviceToken": "another"}), "The service wants its own token: set serviceToken to it.")]
#[case::half_a_token(json!({"serviceToken": "the token"}), "serviceToken must be visible ASCII characters without spaces, as the service was given it")]
#[case::nobody(json!({"serviceUrl": "http://127.0.0.1:9"}), "There is no connection to the service at serviceUrl: connect ECONNREFUSED 127.0.0.1:9. Nothing was done.")]
#[tokio::test]
async fn a_service_that_is_not_reached(#[case] settings: Value, #[case] words: &str) {
    let bundle = Bundle::run(Way::Relay, json!({})).await;
    let answer = bundle.connector.invoke_with("std:test-connection", json!({}), &settings).await;
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert!(answer.body.starts_with(&format!("generic error: \n + ConnectorError: {words}\n")), "{}", answer.body);
}

/// Servers that are none of this connector: nothing that they say is a list, an empty answer least of all.
#[rstest]
#[case::empty("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "it is no stream of lines")]
#[case::a_page(
    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<p>\n",
    "it is no stream of lines"
)]
#[case::no_json(
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 3\r\n\r\nno\n",
    "a line is not JSON"
)]
#[case::no_type(
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 3\r\n\r\n{}\n",
    "a line is of no known type"
)]
#[case::half_a_line(
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 2\r\n\r\n{}",
    "the last line has no end"
)]
#[case::broken_off(
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 9\r\n\r\n",
    "got no complete answer"
)]
#[case::a_gateway(
    "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 11\r\n\r\n<p>down</p>",
    "Something between the platform and the service answered 502, not the service itself. down"
)]
#[tokio::test]
async fn an_answer_that_is_no_services(#[case] bytes: &'static str, #[case] words: &str) {
    let port = answering_so(bytes);
    let bundle = Bundle::run(Way::Relay, json!({})).await;
    let settings = json!({"serviceUrl": format!("http://127.0.0.1:{port}")});
    let answer = bundle.connector.invoke_with("std:account:list", json!({}), &settings).await;
    assert!(answer.body.contains("generic error:") && answer.body.contains(words), "{}", answer.body);
}

/// A server that answers the first request with these bytes, and closes.
fn answering_so(bytes: &'static str) -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        // The whole request, since closing on what is not read would reset the connection.
        while !read.ends_with(b"}") {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).unwrap();
            read.extend(&piece[..length]);
        }
        stream.write_all(bytes.as_bytes()).unwrap();
    });
    port
}
