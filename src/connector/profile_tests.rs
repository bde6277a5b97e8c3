//! What each key of a profile changes, as a source's settings set it: at a provider that answers by its own rules.

use crate::clock::Clock;
use crate::connector::{Connector, SourcePool};
use crate::protocol::{Event, Handler as _, Invocation};
use crate::transport::NetworkPolicy;
use futures::StreamExt as _;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn parameter(request: &Request, wanted: &str) -> Option<String> {
    request.url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// Three users, and groups with these members.
fn users() -> Vec<Value> {
    ["1", "2", "3"].map(|id| json!({"id": id, "userName": format!("user{id}")})).to_vec()
}

fn members(group: &str) -> &'static [&'static str] {
    if group == "a" { &["1", "2"] } else { &["2"] }
}

fn group(id: &str, shows_members: bool) -> Value {
    let shown: Vec<Value> = members(id).iter().map(|member| json!({"value": member})).collect();
    json!({"id": id, "displayName": id, "members": if shows_members { shown } else { Vec::new() }})
}

fn list(resources: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"totalResults": resources.len(), "Resources": resources}))
}

/// A provider that answers each request so.
async fn provider(answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// A server without pages of its own: past the first resource there is nothing.
fn at_start(request: &Request, resources: Vec<Value>) -> ResponseTemplate {
    let start = parameter(request, "startIndex").map_or(1, |start| start.parse::<usize>().unwrap());
    let total = resources.len();
    let rest: Vec<Value> = resources.into_iter().skip(start - 1).collect();
    ResponseTemplate::new(200).set_body_json(json!({"totalResults": total, "Resources": rest}))
}

/// The results of a command for a source with these provider settings, or the code of the failure.
async fn invoke(server: &MockServer, command: &str, input: Value, settings: Value) -> Result<Vec<Value>, &'static str> {
    let pool = Arc::new(SourcePool::new(Clock::system(), [0; 32]));
    let connector = Connector::new(pool, NetworkPolicy { allow_loopback: true, allow_private: false });
    let mut config = json!({"baseUrl": server.uri(), "authType": "none", "maxRetries": 0});
    config.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let invocation = json!({"type": command, "input": input, "config": config});
    let mut stream = connector.handle(Invocation::parse(invocation.to_string().as_bytes()).unwrap());
    let mut results = Vec::new();
    while let Some(event) = stream.next().await {
        if let Event::Outputs(lines) = event.map_err(|failure| failure.code)? {
            results.extend(lines.results());
        }
    }
    Ok(results)
}

/// The groups of each account, as an aggregation tells them.
async fn groups_of_accounts(server: &MockServer, settings: Value) -> Result<Vec<Value>, &'static str> {
    let accounts = invoke(server, "std:account:list", json!({}), json!({"providerSettings": settings})).await?;
    Ok(accounts.into_iter().map(|account| account["attributes"]["groups"].clone()).collect())
}

fn as_they_are() -> Vec<Value> {
    vec![json!(["a"]), json!(["a", "b"]), json!([])]
}

#[tokio::test]
async fn members_that_only_a_single_group_shows_are_read_group_by_group() {
    let server = provider(|request| match request.url.path() {
        "/Users" => at_start(request, users()),
        "/Groups" => at_start(request, vec![group("a", false), group("b", false)]),
        path => ResponseTemplate::new(200).set_body_json(group(path.trim_start_matches("/Groups/"), true)),
    })
    .await;
    assert_eq!(groups_of_accounts(&server, json!({})).await, Err("MEMBERS_NOT_LISTED"));
    assert_eq!(groups_of_accounts(&server, json!({"members.shown": "inSingles"})).await, Ok(as_they_are()));
}

/// AWS IAM Identity Center answers so.
#[tokio::test]
async fn members_that_no_group_shows_are_asked_for_account_by_account() {
    let server = provider(|request| match (request.url.path(), parameter(request, "filter")) {
        ("/Users", None) => at_start(request, users()),
        ("/Users/2", _) => ResponseTemplate::new(200).set_body_json(&users()[1]),
        ("/Groups", Some(filter)) => {
            let has = |group: &&str| members(group).iter().any(|id| filter == format!("members.value eq \"{id}\""));
            let found: Vec<Value> = ["a", "b"].into_iter().filter(has).map(|id| group(id, false)).collect();
            at_start(request, found)
        }
        _ => list(&[]),
    })
    .await;
    let settings = json!({"members.shown": "byFilter", "memberships": "group"});
    assert_eq!(groups_of_accounts(&server, settings.clone()).await, Ok(as_they_are()));
    let key = json!({"key": {"simple": {"id": "2"}}});
    let read = invoke(&server, "std:account:read", key, json!({"providerSettings": settings})).await.unwrap();
    assert_eq!(read[0]["attributes"]["groups"], json!(["a", "b"]));
    let unfit = json!({"members.shown": "byFilter", "groups.filters.attributes": ["displayName"]});
    assert_eq!(groups_of_accounts(&server, unfit).await, Err("INVALID_CONFIGURATION"));
}

#[tokio::test]
async fn members_that_are_shown_nowhere_or_not_all_end_the_list() {
    let server = provider(|request| match request.url.path() {
        "/Users" => at_start(request, users()),
        _ => at_start(request, vec![group("a", true), group("b", true)]),
    })
    .await;
    assert_eq!(groups_of_accounts(&server, json!({})).await, Ok(as_they_are()));
    assert_eq!(groups_of_accounts(&server, json!({"members.shown": "nowhere"})).await, Err("MEMBERS_NOT_SHOWN"));
    assert_eq!(groups_of_accounts(&server, json!({"members.atMost": 2})).await, Err("MEMBERS_NOT_ALL_SHOWN"));
    assert_eq!(groups_of_accounts(&server, json!({"members.atMost": 3})).await, Ok(as_they_are()));
    let settings = json!({"groupMembership": "user", "providerSettings": {"members.shown": "nowhere"}});
    let accounts = invoke(&server, "std:account:list", json!({}), settings).await.unwrap();
    assert_eq!(accounts.len(), 3);
}

/// Google Cloud Identity has no pages, and WSO2 refused to page groups.
#[tokio::test]
async fn a_list_without_pages_is_asked_for_as_a_whole() {
    let server = provider(|request| {
        let pages = ["startIndex", "count", "cursor"].iter().any(|name| parameter(request, name).is_some());
        if pages { ResponseTemplate::new(501) } else { list(&users()) }
    })
    .await;
    let list = async |settings: Value| {
        let settings = json!({"groupMembership": "user", "providerSettings": settings});
        invoke(&server, "std:account:list", json!({}), settings).await.map(|accounts| accounts.len())
    };
    assert!(list(json!({})).await.is_err());
    assert_eq!(list(json!({"users.paging": "whole"})).await, Ok(3));
}

#[rstest::rstest]
#[case::fewer_than_stated(json!({"totalResults": 4, "Resources": [{"id": "1"}]}), "LIST_INCOMPLETE")]
#[case::a_cursor_for_more(json!({"totalResults": 1, "nextCursor": "x", "Resources": [{"id": "1"}]}), "LIST_INCOMPLETE")]
#[tokio::test]
async fn a_whole_that_is_none_is_no_list(#[case] body: Value, #[case] code: &str) {
    let server = provider(move |_| ResponseTemplate::new(200).set_body_json(&body)).await;
    let settings = json!({"groupMembership": "user", "providerSettings": {"users.paging": "whole"}});
    assert_eq!(invoke(&server, "std:account:list", json!({}), settings).await, Err(code));
}

/// WSO2 states how many are left from `startIndex` on.
#[tokio::test]
async fn totals_that_are_wrong_are_not_looked_at() {
    let server = provider(|request| {
        let start = parameter(request, "startIndex").unwrap().parse::<usize>().unwrap();
        let rest: Vec<Value> = users().into_iter().skip(start - 1).take(2).collect();
        let body = json!({"totalResults": 4 - start.min(4), "Resources": rest});
        ResponseTemplate::new(200).set_body_json(body)
    })
    .await;
    let list = async |totals: &str| {
        let settings = json!({"groupMembership": "user", "providerSettings": {"users.totals": totals}});
        invoke(&server, "std:account:list", json!({}), settings).await.map(|accounts| accounts.len())
    };
    assert_eq!(list("checked").await, Err("LIST_INCOMPLETE"));
    assert_eq!(list("ignored").await, Ok(3));
}

/// What the requests of a command have in common, and how many there are.
async fn sent(command: &str, input: Value, settings: Map<String, Value>) -> Vec<Request> {
    let server = provider(|request| match (request.url.path(), request.method.as_str()) {
        ("/Users/1", "GET") => {
            ResponseTemplate::new(200).set_body_json(json!({"id": "1", "userName": "user1", "title": "Ms"}))
        }
        ("/Users" | "/Groups", "GET") => list(&[]),
        _ => ResponseTemplate::new(204),
    })
    .await;
    let settings = json!({"groupMembership": "user", "providerSettings": settings});
    invoke(&server, command, input, settings).await.ok();
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn headers_and_methods_are_the_provider_s() {
    let input =
        json!({"key": {"simple": {"id": "1"}}, "changes": [{"op": "Set", "attribute": "title", "value": "Dr"}]});
    let written = async |settings: Value| {
        let requests = sent("std:account:update", input.clone(), settings.as_object().unwrap().clone()).await;
        let write = requests.into_iter().find(|request| request.method != "GET").unwrap();
        let header = |name: &str| write.headers[name].to_str().unwrap().to_owned();
        (write.method.to_string(), header("content-type"), header("accept"))
    };
    let accept = "application/scim+json, application/json;q=0.9".to_owned();
    assert_eq!(written(json!({})).await, ("PATCH".into(), "application/scim+json".into(), accept));
    let settings = json!({"writing.replacesUsers": "true", "writing.contentType": "application/json", "accept": "application/json"});
    assert_eq!(written(settings).await, ("PUT".into(), "application/json".into(), "application/json".into()));
}

#[tokio::test]
async fn documents_are_left_alone_where_they_cannot_be_trusted() {
    let asked = async |settings: Value| {
        let requests = sent("std:account:discover-schema", json!({}), settings.as_object().unwrap().clone()).await;
        requests.iter().map(|request| request.url.path().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(asked(json!({})).await, ["/Schemas"]);
    assert_eq!(asked(json!({"discovery": false})).await, [""; 0]);
}

/// Oracle shows members only where they are asked for by name.
#[tokio::test]
async fn attributes_are_asked_for_by_name_where_the_provider_needs_it() {
    let asked = async |settings: Value| {
        let input = json!({"type": "group"});
        let requests = sent("std:entitlement:list", input, settings.as_object().unwrap().clone()).await;
        let list = requests.iter().find(|request| request.url.path() == "/Groups").unwrap();
        list.url.query().unwrap_or_default().to_owned()
    };
    assert_eq!(asked(json!({})).await, "startIndex=1&count=100&excludedAttributes=members");
    assert_eq!(asked(json!({"groups.excludes": false})).await, "startIndex=1&count=100");
    let names = json!({"groups.attributes": "[\"id\", \"displayName\", \"members\"]"});
    assert_eq!(asked(names).await, "startIndex=1&count=100&attributes=id%2CdisplayName");
}

/// The operation by which a user joins or leaves a group.
async fn operation(change: Value, settings: Value) -> Value {
    let server = provider(|request| match (request.method.as_str(), request.url.path()) {
        ("GET", "/Users/1") => ResponseTemplate::new(200).set_body_json(&users()[0]),
        ("GET", "/Groups") => at_start(request, vec![group("a", true)]),
        ("GET", path) => ResponseTemplate::new(200).set_body_json(group(path.trim_start_matches("/Groups/"), true)),
        _ => ResponseTemplate::new(204),
    })
    .await;
    let input = json!({"key": {"simple": {"id": "1"}}, "changes": [change]});
    invoke(&server, "std:account:update", input, json!({"providerSettings": settings})).await.ok();
    let requests = server.received_requests().await.unwrap();
    let patch = requests.iter().find(|request| request.method == "PATCH").unwrap();
    patch.body_json::<Value>().unwrap()["Operations"][0].clone()
}

#[tokio::test]
async fn members_are_written_as_the_provider_wants_them() {
    let settings = json!({"writing.operations": "capitalised", "writing.members.removal": "value",
        "writing.members.withDisplay": true});
    let joins = json!({"op": "Add", "attribute": "groups", "value": "b"});
    insta::assert_snapshot!(operation(joins.clone(), json!({})).await, @r#"{"op":"add","path":"members","value":[{"value":"1"}]}"#);
    insta::assert_snapshot!(operation(joins, settings.clone()).await, @r#"{"op":"Add","path":"members","value":[{"value":"1","display":"user1"}]}"#);
    let leaves = json!({"op": "Remove", "attribute": "groups", "value": "a"});
    insta::assert_snapshot!(operation(leaves.clone(), json!({})).await, @r#"{"op":"remove","path":"members[value eq \"1\"]"}"#);
    insta::assert_snapshot!(operation(leaves, settings).await, @r#"{"op":"Remove","path":"members","value":[{"value":"1"}]}"#);
}

/// A group that seems to have lost its members is asked for by one of its users.
#[tokio::test]
async fn groups_that_only_a_filter_finds_end_the_list() {
    let server = provider(|request| match (request.url.path(), parameter(request, "filter")) {
        ("/Users", None) => at_start(request, users()),
        ("/Groups", Some(filter)) if filter == "members.value eq \"2\"" => at_start(request, vec![group("a", false)]),
        ("/Groups", Some(_)) => list(&[]),
        ("/Groups", None) => at_start(request, vec![group("a", false)]),
        _ => ResponseTemplate::new(404),
    })
    .await;
    assert_eq!(groups_of_accounts(&server, json!({})).await, Err("MEMBERS_NOT_SHOWN"));
}
