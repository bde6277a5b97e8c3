//! Accounts whose groups are told by the groups, at providers that tell them badly.

use crate::clock::Clock;
use crate::connector::{Connector, SourcePool};
use crate::protocol::{Event, Handler as _, Invocation};
use crate::transport::NetworkPolicy;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// What a list of accounts gives, and the code of the failure that ends it.
async fn list_accounts(server: &MockServer, groups_from: &str) -> (usize, Option<&'static str>) {
    let pool = Arc::new(SourcePool::new(Clock::system(), [0; 32]));
    let connector = Connector::new(pool, NetworkPolicy { allow_loopback: true, allow_private: false });
    let settings = json!({"baseUrl": server.uri(), "authType": "none", "groupMembership": groups_from});
    let invocation = json!({"type": "std:account:list", "input": {}, "config": settings});
    let invocation = Invocation::parse(invocation.to_string().as_bytes()).unwrap();
    let (mut events, mut failed) = (0, None);
    let mut stream = connector.handle(invocation);
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events += usize::from(matches!(event, Event::Outputs(_))),
            Err(failure) => failed = Some(failure.code),
        }
    }
    (events, failed)
}

/// A server with the users `1` and `2`, these groups in its list, and the group `g` by itself.
async fn server(users: Value, groups: Value, group: Value) -> MockServer {
    let server = MockServer::start().await;
    let list = |resources: Value| json!({"totalResults": resources.as_array().unwrap().len(), "Resources": resources});
    for (at, body) in [("/Users", list(users)), ("/Groups", list(groups)), ("/Groups/g", group)] {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(path(at)).respond_with(answer).mount(&server).await;
    }
    server
}

#[rstest::rstest]
#[case::members_only_in_single_groups(json!([{"value": "1"}]), Some("MEMBERS_NOT_LISTED"))]
#[case::groups_without_members(json!([]), None)]
#[tokio::test]
async fn a_list_of_groups_without_members_is_not_believed_at_once(
    #[case] members: Value,
    #[case] failed: Option<&'static str>,
) {
    let users = json!([{"id": "1"}, {"id": "2"}]);
    let server = server(users, json!([{"id": "g", "members": []}]), json!({"id": "g", "members": members})).await;
    assert_eq!(list_accounts(&server, "auto").await, (usize::from(failed.is_none()), failed));
    assert_eq!(list_accounts(&server, "user").await, (1, None));
}

#[rstest::rstest]
#[case::by_user_name(json!([{"id": "1", "userName": "ada"}]), "ada", Some("MEMBERS_UNKNOWN"))]
#[case::by_user_name_with_the_users_own_groups(json!([{"id": "1", "groups": [{"value": "g"}]}]), "ada", None)]
#[case::by_id(json!([{"id": "1"}, {"id": "2"}]), "2", None)]
#[case::nobody_listed(json!([]), "2", None)]
#[tokio::test]
async fn members_that_are_no_users_fail_a_list_of_one_page_before_its_first_line(
    #[case] users: Value,
    #[case] member: &str,
    #[case] failed: Option<&'static str>,
) {
    let pages = usize::from(!users.as_array().unwrap().is_empty());
    let server = server(users, json!([{"id": "g", "members": [{"value": member}]}]), json!({})).await;
    assert_eq!(list_accounts(&server, "auto").await, (if failed.is_some() { 0 } else { pages }, failed));
    assert_eq!(list_accounts(&server, "user").await, (pages, None));
}

#[tokio::test]
async fn a_large_page_leaves_in_parts() {
    let user = |number: usize| json!({"id": number.to_string(), "title": "x".repeat(100_000)});
    let server = server((0..30).map(user).collect(), json!([]), json!({})).await;
    assert_eq!(list_accounts(&server, "user").await, (3, None));
}
