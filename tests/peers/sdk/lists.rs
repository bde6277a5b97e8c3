//! What only lists send: a state, signs of life, and failures behind what was sent already.

use super::{Pair, alike_heads, equal, sandbox, sdk_connector, shape};
use crate::connector::{Answer, Connector, key};
use crate::process::http_client;
use scim_connector::clock::Clock;
use scim_connector::connector::SourcePool;
use scim_connector::server::{Options, Server};
use scim_connector::transport::NetworkPolicy;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

type Lines = Vec<Map<String, Value>>;

/// What a state holds is each connector's own business; that it is an object of texts, one line of it, and where it
/// comes, is not.
#[tokio::test]
async fn lists_with_a_state_tell_the_same_changes() {
    let pair = Pair::start().await;
    let keeping = json!({"spConnEnableStatefulCommands": true});
    // Asked for before: after a list without a state the service tells everything again.
    let someone = pair.first("std:account:list", json!({})).await;
    for (command, input) in [("std:account:list", json!({})), ("std:entitlement:list", json!({"type": "group"}))] {
        let mut states = [Value::Null, Value::Null];
        for changed in [0, 0, 1] {
            if changed > 0 {
                if command != "std:account:list" {
                    continue;
                }
                let mut change = key(&someone);
                change["changes"] = json!([{"op": "Set", "attribute": "title", "value": "Countess"}]);
                pair.service.invoke("std:account:update", change).await.output();
            }
            let with = |state: &Value| {
                let mut input = input.clone();
                input["stateful"] = true.into();
                if !state.is_null() {
                    input["state"] = state.clone();
                }
                input
            };
            let ours = pair.service.invoke_with(command, with(&states[0]), &keeping).await;
            let theirs = pair.sdk.invoke_with(command, with(&states[1]), &keeping).await;
            alike_heads(&ours, &theirs);
            let is_first = states[0].is_null();
            let ((ours, our_state), (theirs, their_state)) = (without_state(&ours), without_state(&theirs));
            assert_eq!(ours, theirs, "{command}");
            assert!(is_first || ours.len() == changed, "{command} {ours:?}");
            states = [our_state, their_state];
        }
    }
}

/// The lines of results, and the data of the line of state, which must be the first line behind them.
fn without_state(answer: &Answer) -> (Lines, Value) {
    let mut lines = answer.lines();
    lines.pop_if(|line| line["type"] == "config");
    let state = lines.pop().unwrap();
    assert_eq!(state["type"], "state");
    assert_eq!(state.len(), 2, "{state:?}");
    assert!(state["data"].as_object().unwrap().values().all(|value| shape(value) == "string"), "{state:?}");
    assert!(lines.iter().all(|line| line["type"] == "output"));
    (lines, state["data"].clone())
}

/// The service sends a sign of life after 30 seconds of silence, which nobody waits for here: this one runs in the
/// test's process and sends it earlier.
#[tokio::test]
async fn signs_of_life_are_the_same_line() {
    let (_sandbox, mut config) = sandbox(&["--latency-ms", "400"]).await;
    let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
    let pool = Arc::new(SourcePool::new(Clock::system(), [7; 32]));
    let options = Options { keep_alive_after: Duration::from_millis(50), ..Options::default() };
    let connector = scim_connector::connector::Connector::new(pool, policy);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(listener, options, Arc::new(connector)).unwrap();
    let service = Connector::at(format!("http://{}", server.address()), config.clone());
    config["keepAliveMs"] = 50.into();
    let sdk = sdk_connector(config).await;

    let mut answers = Vec::new();
    for connector in [&service, &sdk] {
        let mut answer = connector.invoke("std:account:list", json!({})).await;
        let (signs, others): (Vec<_>, Vec<_>) =
            answer.lines().into_iter().partition(|line| line["type"] == "keepAlive");
        assert!(!signs.is_empty(), "{}", answer.body);
        assert!(
            signs.iter().all(|sign| Value::from(sign.clone()) == json!({"type": "keepAlive", "data": {}})),
            "{signs:?}"
        );
        answer.body = String::new();
        for line in others {
            writeln!(answer.body, "{}", Value::from(line)).unwrap();
        }
        answers.push(answer);
    }
    let [ours, theirs] = <[Answer; 2]>::try_from(answers).unwrap();
    equal(&(ours, theirs));
}

/// A list whose second page fails, behind the lines of the first. Both have answered 200 by then, and sent those. What
/// differs, and why:
/// - The service sends an error line, with what it would have answered before the first byte; the SDK's development server
///   its text.
/// - The service breaks the body off, so that nobody takes a part for the whole. The SDK's server ends it as if all were
///   well.
#[tokio::test]
async fn late_failures_keep_the_lines_before_them() {
    let pair = Pair::start().await;
    let settings = json!({"maxRetries": 0, "concurrency": 1});
    pair.break_second_page().await;
    let ours = pair.service.invoke_with("std:account:list", json!({}), &settings).await;
    pair.break_second_page().await;
    let theirs = pair.sdk.invoke_with("std:account:list", json!({}), &settings).await;
    assert_eq!((ours.status, ours.is_chunked, ours.is_complete), (200, true, false), "{}", ours.body);
    assert_eq!((theirs.status, theirs.is_chunked, theirs.is_complete), (200, true, true), "{}", theirs.body);

    let [our_lines, their_lines] = [&ours, &theirs].map(outputs_before_the_failure);
    assert_eq!(our_lines, their_lines);
    assert_eq!(our_lines.len(), 200);

    let error: Value = serde_json::from_str(ours.body.lines().nth(200).unwrap()).unwrap();
    assert_eq!((&error["type"], &error["data"]["type"]), (&json!("error"), &json!("generic")));
    assert_eq!(ours.body.lines().count(), 201);
    let text = theirs.body.lines().nth(200).unwrap();
    assert!(text.starts_with("generic error:"), "{text}");
}

fn outputs_before_the_failure(answer: &Answer) -> Vec<Value> {
    let lines = answer.body.lines().map_while(|line| serde_json::from_str::<Value>(line).ok());
    lines.take_while(|line| line["type"] == "output").collect()
}

impl Pair {
    /// The sandbox refuses the second page of users from now on, once.
    #[expect(clippy::disallowed_methods, reason = "the test speaks to the sandbox itself, not through transport")]
    async fn break_second_page(&self) {
        let effect = json!({"type": "answer", "status": 500, "body": "out of order"});
        let faults = json!({"faults": [{"route": "/Users", "nth": 2, "effect": effect}]});
        let request = http_client().post(self.faults.clone()).body(faults.to_string());
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
}
