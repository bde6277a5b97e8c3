//! Input that is wrong in every way: a clear answer each time, and the service lives on.

use super::harness::{Service, entitlement, invocation, key};
use super::upstream::{Reply, Upstream};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::nothing("")]
#[case::no_json("type=std:account:list")]
#[case::half_a_json(r#"{"type":"std:account:list","input":{"#)]
#[case::an_array("[]")]
#[case::no_type(r#"{"input":{},"config":{}}"#)]
#[case::a_number_as_type(r#"{"type":7}"#)]
#[case::a_text_as_input(r#"{"type":"std:account:list","input":"all"}"#)]
#[case::a_list_as_config(r#"{"type":"std:account:list","config":[]}"#)]
#[case::nested_too_deep(&format!("{}{}", r#"{"type":"a","input":"#, "[".repeat(100_000)))]
#[tokio::test]
async fn what_is_no_invocation_is_refused(#[case] body: &str) {
    let service = Service::start().await;
    let refusal = service.post(body.to_owned()).await.refusal(400);
    assert_eq!((refusal.code.as_str(), refusal.kind.as_str()), ("INVALID_INVOCATION", "invalidRequest"));
    service.assert_lives().await;
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused() {
    let service = Service::start().await;
    let body = invocation("std:spec:read", json!({"padding": "x".repeat(10 << 20)}), &json!({}));
    let refusal = service.post(body).await.refusal(413);
    insta::assert_snapshot!(refusal.shown(), @"generic/invalidRequest: The body is larger than 8 MiB, the most that an invocation may have. Send less at once. [PAYLOAD_TOO_LARGE]");
    service.assert_lives().await;
}

#[tokio::test]
async fn an_unsupported_command_is_answered_with_the_supported_ones() {
    let service = Service::start().await;
    let failure = service.invoke("std:agent:list", key("1"), &json!({})).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidRequest: unsupported command: std:agent:list. This connector supports std:test-connection, std:spec:read, std:account:list, std:account:read, std:account:create, std:account:update, std:account:enable, std:account:disable, std:account:unlock, std:account:delete, std:account:discover-schema, std:entitlement:list, std:entitlement:read, std:change-password, std:authenticate, std:source-data:discover, std:source-data:read, std:config-options:read. [UNSUPPORTED_COMMAND]");
    let failure = service.invoke("\u{1b}[2J\n", json!({}), &json!({})).await.failure();
    assert_eq!(failure.code, "UNSUPPORTED_COMMAND");
}

#[tokio::test]
async fn all_that_is_wrong_with_the_settings_is_named_at_once() {
    let service = Service::start().await;
    let config = json!({
        "baseUrl": "acme", "authType": "bearerToken", "pageSize": "many", "concurrency": 0, "paging": "page",
        "groupMembership": ["user"], "customHeaders": [{"key": "Authorization", "value": "Bearer x"}, {"key": "a b", "value": "c"}],
    });
    let failure = service.invoke("std:account:list", json!({}), &config).await.failure();
    insta::assert_snapshot!(failure.shown().replace("; ", ";\n"), @r#"
    generic/invalidConfiguration: The source's settings cannot be used: baseUrl is no URL (relative URL without a base): it must be the SCIM base URL, such as https://acme.my.salesforce.com/services/scim/v2;
    token is missing: it must be the token that the provider's administrator made;
    customHeaders must not have Authorization unless authType is none: authType sets it;
    customHeaders has "a…", which is no header name;
    pageSize must be a whole number from 1 to 10000, but is "many";
    concurrency must be a whole number from 1 to 64, but is 0;
    paging must be one of auto, index, cursor, key, but is "page";
    groupMembership must be one of auto, user, group, but is an array. Correct them in the source's configuration. [INVALID_CONFIGURATION]
    "#);
    service.assert_lives().await;
}

#[rstest]
#[case::no_url("acme")]
#[case::another_scheme("ftp://scim.example/v2")]
#[case::a_password_inside("https://user:pass@scim.example/v2")]
#[case::a_query("https://scim.example/v2?tenant=1")]
#[case::no_host("https://")]
#[case::a_number(7)]
#[tokio::test]
async fn a_base_url_that_cannot_be_one(#[case] base_url: impl Into<Value>) {
    let service = Service::start().await;
    let config = json!({"baseUrl": base_url.into(), "authType": "none"});
    let failure = service.invoke("std:account:list", json!({}), &config).await.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("INVALID_CONFIGURATION", "invalidConfiguration"));
    failure.assert_says("baseUrl ");
    assert!(!failure.message.contains("pass@"), "{}", failure.message);
}

#[rstest]
#[case("std:account:read", json!({}), "input.key must be")]
#[case("std:account:read", json!({"key": {"simple": {"id": ""}}}), "but is empty")]
#[case("std:account:create", json!({}), "input.attributes must be")]
#[case("std:account:create", json!({"attributes": {}}), "input.attributes.userName is missing")]
#[case("std:account:create", json!({"attributes": []}), "but is an array")]
#[case("std:entitlement:list", json!({}), "input.type must be")]
#[case("std:entitlement:read", json!({"type": "group"}), "input.key must be")]
#[case("std:account:list", json!({"schema": ["id"]}), "input.schema must be")]
#[case("std:source-data:discover", json!({"queryInput": "all"}), "input.queryInput must be an object")]
#[case("std:source-data:read", json!({}), "input.sourceDataKey must be the key of a data set")]
#[case("std:source-data:read", json!({"sourceDataKey": "colours"}), "but must be one of groups, users, locales")]
#[case("std:source-data:read", json!({"sourceDataKey": "users", "queryInput": {"limit": 0}}), "input.queryInput.limit must be a whole number from 1 to 10000, but is 0")]
#[case("std:config-options:read", json!({}), "input.key must be the name of a setting")]
#[case("std:config-options:read", json!({"key": "clientId"}), "input.key is \"clientId\", but must be one of adoptMatch, authType")]
#[case("std:authenticate", json!({"password": "s3cret"}), "input.username must be the name of the user who signs in, but is missing")]
#[case("std:authenticate", json!({"username": "ada", "password": {"is": "s3cret"}}), "input.password must be that user's password, but is an object")]
#[case("std:authenticate", json!({"username": "ada", "password": "s3cret", "schema": 1}), "input.schema must be")]
#[tokio::test]
async fn an_input_that_its_command_cannot_use(#[case] command: &str, #[case] input: Value, #[case] says: &str) {
    let upstream = Upstream::start(|_| Reply::users(0, [""; 0])).await;
    let service = Service::start().await;
    let failure = service.invoke(command, input, &upstream.config(json!({}))).await.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("INVALID_INPUT", "invalidRequest"));
    failure.assert_says(says);
    assert_eq!(upstream.seen().len(), 0);
    service.assert_lives().await;
}

/// An id is one segment of a path, whatever it holds.
#[rstest]
#[case("std:account:read", "..", "INVALID_ID")]
#[case("std:account:read", ".", "INVALID_ID")]
#[case("std:entitlement:read", "..", "INVALID_ID")]
#[case("std:entitlement:read", "a\r\nHost: b", "INVALID_ID")]
#[case("std:account:read", "../../admin", "NOT_FOUND")]
#[case("std:entitlement:read", "g1?filter=x#y", "NOT_FOUND")]
#[tokio::test]
async fn an_id_leads_nowhere_else(#[case] command: &str, #[case] id: &str, #[case] code: &str) {
    let upstream = Upstream::start(|asked| match asked.path.as_str() {
        "/scim/v2/Users" | "/scim/v2/Groups" => Reply::users(0, [""; 0]),
        _ => Reply::error(404, "not here"),
    })
    .await;
    let service = Service::start().await;
    let failure = service.invoke(command, entitlement("group", id), &upstream.config(json!({}))).await.failure();
    assert_eq!(failure.code, code);
    for asked in upstream.seen() {
        let segments: Vec<&str> = asked.path.split('/').collect();
        assert!(
            segments.starts_with(&["", "scim", "v2"]) && segments.len() <= 5 && !segments.contains(&".."),
            "{asked:?}"
        );
    }
    service.assert_lives().await;
}

fn nested() -> Reply {
    let body = format!(r#"{{"totalResults":1,"Resources":[{{"id":"u1","x":{}"#, "[".repeat(100_000));
    Reply { status: 200, content_type: "application/scim+json", body: body + &"]".repeat(100_000) + "}]}" }
}

#[rstest]
#[case::a_page(Reply::html(200), "NOT_SCIM")]
#[case::a_page_as_an_error(Reply::html(404), "NOT_SCIM")]
#[case::nothing(Reply { status: 200, content_type: "text/plain", body: String::new() }, "NOT_SCIM")]
#[case::another_json(Reply::json(200, &json!({"value": []})), "NOT_SCIM")]
#[case::a_text(Reply::json(200, &json!("ok")), "NOT_SCIM")]
#[case::nested_too_deep(nested(), "NOT_SCIM")]
#[case::no_content(Reply { status: 204, content_type: "text/plain", body: String::new() }, "NOT_SCIM")]
#[case::a_redirect(Reply { status: 302, content_type: "text/plain", body: String::new() }, "REDIRECTED")]
#[case::a_teapot(Reply { status: 418, content_type: "text/plain", body: "\u{1b}[31m<b>short</b>".to_owned() }, "INVALID_REQUEST")]
#[tokio::test]
async fn an_answer_that_is_no_scim(#[case] reply: Reply, #[case] code: &str) {
    let upstream = Upstream::start(move |_| Reply { body: reply.body.clone(), ..reply }).await;
    let (service, config) = (Service::start().await, upstream.config(json!({})));
    for (command, input) in [
        ("std:account:list", json!({})),
        ("std:account:read", key("u1")),
        ("std:entitlement:list", json!({"type": "group"})),
    ] {
        let failure = service.invoke(command, input, &config).await.failure();
        // An object that is no list may yet be a resource, though not the one that was asked for.
        assert!(
            failure.code == code || (command == "std:account:read" && failure.code == "OTHER_RESOURCE"),
            "{failure:?}"
        );
        assert_eq!(failure.error_type, "generic");
    }
    service.assert_lives().await;
}
