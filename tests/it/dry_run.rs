//! Dry runs: the requests exactly as they would be sent, without secrets, and none that writes is sent.

use super::harness::{Bench, Service, add, key, remove, set, update, with, without_ports};
use super::standard::Standard;
use rstest::rstest;
use serde_json::{Value, json};
use std::fmt::Write as _;

const ADA: &str = "005RM000002FD0bYAG";

/// What each command would send, as a person is shown it.
fn commands(id: &str, permission_set: &str, group: &str) -> Vec<(&'static str, Value)> {
    let account = json!({
        "userName": "grace@example.com", "email": "grace@example.com", "familyName": "Hopper", "profile": "Standard User",
        "password": "pass-canary", "entitlements": permission_set, "groups": group,
    });
    let changes = json!([
        set("title", "Dr"),
        add("entitlements", permission_set),
        add("groups", group),
        set("password", "pass-canary")
    ]);
    vec![
        ("std:account:create", json!({"attributes": account})),
        ("std:account:update", update(id, changes)),
        ("std:account:disable", key(id)),
        ("std:account:delete", key(id)),
        ("std:change-password", with(&key(id), json!({"password": "pass-canary"}))),
    ]
}

fn dry(input: &Value) -> Value {
    with(input, json!({"dryRun": true}))
}

#[tokio::test]
async fn salesforce() {
    let bench = Bench::with_users(8).await;
    bench.run("std:account:update", update(ADA, json!([set("groups", json!([]))]))).await.outputs();
    let before = bench.writes();
    let mut transcript = String::new();
    for (command, input) in commands(ADA, "0PSRM000002FD0b4AG", "00GRM000002FD0c2AG") {
        writeln!(transcript, "{command}").unwrap();
        for shown in bench.run(command, dry(&input)).await.outputs() {
            writeln!(transcript, "  {}", without_ports(&shown.to_string())).unwrap();
        }
    }
    assert!(!transcript.contains("canary"), "{transcript}");
    assert_eq!(bench.writes(), before, "a dry run wrote");
    insta::assert_snapshot!(transcript, @r#"
    std:account:create
      {"method":"POST","url":"http://127.0.0.1:PORT/services/scim/v2/Users","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"grace@example.com","emails":[{"type":"work","primary":true,"value":"grace@example.com"}],"name":{"familyName":"Hopper"},"password":"[redacted]","active":true,"entitlements":[{"value":"00eRM000002FD0cYAG"}]}}
      {"after":"the creation","attribute":"entitlements","add":["0PSRM000002FD0b4AG"]}
      {"after":"the creation","attribute":"groups","add":["00GRM000002FD0c2AG"]}
    std:account:update
      {"method":"PATCH","url":"http://127.0.0.1:PORT/services/scim/v2/Users/005RM000002FD0bYAG","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"title":"Dr","password":"[redacted]"}},{"op":"add","value":{"entitlements":[{"value":"0PSRM000002FD0b4AG"}]}}]}}
      {"method":"PATCH","url":"http://127.0.0.1:PORT/services/scim/v2/Groups/00GRM000002FD0c2AG","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":{"members":[{"value":"005RM000002FD0bYAG"}]}}]}}
    std:account:disable
      {"method":"PATCH","url":"http://127.0.0.1:PORT/services/scim/v2/Users/005RM000002FD0bYAG","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}}
    std:account:delete
      {"method":"DELETE","url":"http://127.0.0.1:PORT/services/scim/v2/Users/005RM000002FD0bYAG"}
    std:change-password
      {"method":"PATCH","url":"http://127.0.0.1:PORT/services/scim/v2/Users/005RM000002FD0bYAG","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"password":"[redacted]"}}]}}
    "#);
}

#[tokio::test]
async fn a_standard_server() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let mut transcript = String::new();
    for (command, input) in commands("u1", "e1", "g2") {
        writeln!(transcript, "{command}").unwrap();
        for shown in service.invoke(command, dry(&input), &standard.config(json!({}))).await.outputs() {
            writeln!(transcript, "  {}", without_ports(&shown.to_string())).unwrap();
        }
    }
    assert!(!transcript.contains("canary"), "{transcript}");
    assert_eq!(standard.upstream.writes(), "", "a dry run wrote");
    insta::assert_snapshot!(transcript, @r#"
    std:account:create
      {"method":"POST","url":"http://127.0.0.1:PORT/scim/v2/Users","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"grace@example.com","emails":[{"type":"work","primary":true,"value":"grace@example.com"}],"name":{"familyName":"Hopper"},"password":"[redacted]","active":true,"entitlements":[{"value":"e1"}]}}
      {"after":"the creation","attribute":"groups","add":["g2"]}
    std:account:update
      {"method":"PATCH","url":"http://127.0.0.1:PORT/scim/v2/Users/u1","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Dr"},{"op":"replace","path":"password","value":"[redacted]"},{"op":"add","path":"entitlements","value":[{"value":"e1"}]}]}}
      {"method":"PATCH","url":"http://127.0.0.1:PORT/scim/v2/Groups/g2","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"u1"}]}]}}
    std:account:disable
      {"method":"PATCH","url":"http://127.0.0.1:PORT/scim/v2/Users/u1","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}}
    std:account:delete
      {"method":"DELETE","url":"http://127.0.0.1:PORT/scim/v2/Users/u1"}
    std:change-password
      {"method":"PATCH","url":"http://127.0.0.1:PORT/scim/v2/Users/u1","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"password","value":"[redacted]"}]}}
    "#);
}

/// What was shown is what is sent.
#[tokio::test]
async fn the_real_run_sends_what_the_dry_one_shows() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    let config = standard.config(json!({}));
    let changes =
        json!([set("title", "Dr"), set("department", "Engines"), add("groups", "g3"), remove("groups", "g1")]);
    let shown = service.invoke("std:account:update", dry(&update("u1", changes.clone())), &config).await.outputs();
    service.invoke("std:account:update", update("u1", changes), &config).await.output();
    let base = format!("{}/scim/v2", standard.upstream.url());
    let sent: Vec<Value> = standard
        .upstream
        .seen()
        .iter()
        .filter(|asked| asked.is_write())
        .map(|asked| {
            let url = format!("{base}{}", asked.path.trim_start_matches("/scim/v2"));
            json!({"method": asked.method.as_str(), "url": url, "body": asked.json()})
        })
        .collect();
    assert_eq!(shown, sent);
}

#[tokio::test]
async fn nothing_to_do_shows_nothing() {
    let standard = Standard::start().await;
    let service = Service::start().await;
    for (command, input) in
        [("std:account:update", update("u1", json!([set("title", "Ms")]))), ("std:account:enable", key("u1"))]
    {
        let outputs = service.invoke(command, dry(&input), &standard.config(json!({}))).await.outputs();
        assert!(outputs.iter().all(|output| output.get("method").is_none()), "{command}: {outputs:?}");
    }
    assert_eq!(standard.upstream.writes(), "");
}

#[rstest]
#[case(json!("true"))]
#[case(json!(1))]
#[tokio::test]
async fn what_is_no_boolean_is_refused_not_taken_for_a_real_run(#[case] value: Value) {
    let standard = Standard::start().await;
    let service = Service::start().await;
    for (command, input) in commands("u1", "e1", "g2") {
        let input = with(&input, json!({"dryRun": value}));
        let failure = service.invoke(command, input, &standard.config(json!({}))).await.failure();
        failure.assert_says("input.dryRun must be true or false");
    }
    assert_eq!(standard.upstream.writes(), "");
}
