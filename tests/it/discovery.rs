//! Lists from servers that describe themselves, rightly, wrongly, or not at all.

use super::harness::{Answer, Service, hurried};
use super::upstream::{Asked, Reply, Turn, Upstream, ids, page};
use http::Method;
use rstest::rstest;
use serde_json::{Value, json};

const CONFIG: &str = "/scim/v2/ServiceProviderConfig";

/// Thirty-five users by index, at most ten a page.
fn by_index(asked: &Asked) -> Reply {
    let all = ids(35);
    Reply::users(35, page(&all, asked, 10))
}

/// The same by cursor, and by nothing else.
fn by_cursor(asked: &Asked) -> Reply {
    let Some(cursor) = asked.query.get("cursor") else { return Reply::error(501, "Not by index") };
    let (all, start) = (ids(35), cursor.parse().unwrap_or(0_usize));
    let end = (start + asked.count().min(10)).min(35);
    let mut answer: Value = serde_json::from_str(&Reply::users(35, &all[start..end]).body).unwrap();
    answer["nextCursor"] = if end < 35 { json!(end.to_string()) } else { Value::Null };
    Reply::json(200, &answer)
}

/// A server that describes itself so, and lists so.
async fn server(description: impl Fn() -> Turn + Send + Sync + 'static, list: fn(&Asked) -> Reply) -> Upstream {
    Upstream::describing(move |asked| if asked.path == CONFIG { description() } else { list(asked).into() }).await
}

fn cursors_only() -> Turn {
    Reply::json(200, &json!({"pagination": {"cursor": true, "index": false, "maxPageSize": 8}})).into()
}

async fn list(service: &Service, upstream: &Upstream, settings: Value) -> Answer {
    hurried(service.invoke("std:account:list", json!({}), &upstream.config(settings))).await
}

#[tokio::test]
async fn a_server_that_has_nothing_but_cursors_is_asked_once_and_read_by_cursor() {
    let upstream = server(cursors_only, by_cursor).await;
    let service = Service::start().await;
    assert_eq!(list(&service, &upstream, json!({})).await.identities(), ids(35));
    let cold = upstream.seen();
    assert_eq!((cold.len(), cold[0].path.as_str()), (1 + 5, CONFIG));
    assert!(cold[1..].iter().all(|asked| asked.query["count"] == "8"), "no more than it says that it gives");
    assert_eq!(list(&service, &upstream, json!({})).await.identities(), ids(35));
    assert_eq!((upstream.seen().len(), upstream.count(&Method::GET, CONFIG)), (6 + 5, 1));
}

#[rstest]
#[case("index", by_index)]
#[case("cursor", by_cursor)]
#[tokio::test]
async fn what_the_settings_say_is_not_asked_for(#[case] paging: &str, #[case] answer: fn(&Asked) -> Reply) {
    let upstream = server(cursors_only, answer).await;
    let listed = list(&Service::start().await, &upstream, json!({"paging": paging})).await;
    assert_eq!((listed.identities(), upstream.count(&Method::GET, CONFIG)), (ids(35), 0));
}

/// It lists by index, whatever it says of cursors.
#[rstest]
#[case::it_takes_no_notice_of_them(by_index)]
#[case::it_refuses_them(|asked: &Asked| match asked.query.get("cursor") {
    Some(_) => Reply::error(400, "What is a cursor?"),
    None => by_index(asked),
})]
#[tokio::test]
async fn a_server_that_has_no_cursors_but_says_so(#[case] answer: fn(&Asked) -> Reply) {
    let upstream = server(cursors_only, answer).await;
    assert_eq!(list(&Service::start().await, &upstream, json!({})).await.identities(), ids(35));
}

#[rstest]
#[case::missing(|| Reply::error(404, "No such document").into())]
#[case::forbidden(|| Reply::error(403, "Not for you").into())]
#[case::nobody_may(|| Reply::error(401, "Who are you?").into())]
#[case::not_implemented(|| Reply::error(501, "Not implemented").into())]
#[case::broken(|| Reply::error(500, "Oops").into())]
#[case::too_fast(|| Turn::TooFast(3))]
#[case::a_page(|| Reply::html(200).into())]
#[case::null(|| Reply::json(200, &Value::Null).into())]
#[case::nothing_right(|| Reply::json(200, &json!([{"filter": {"supported": 0}, "pagination": []}, 7])).into())]
#[case::says_that_it_cannot(|| Reply::json(200, &json!({"filter": {"supported": false}, "pagination": {"index": false}})).into())]
#[case::never(|| Turn::Stall)]
#[case::closed(|| Turn::Close)]
#[tokio::test]
async fn no_document_stops_a_list(#[case] description: fn() -> Turn) {
    let upstream = server(description, by_index).await;
    let service = Service::start().await;
    for _ in 0..2 {
        assert_eq!(list(&service, &upstream, json!({"maxRetries": 4})).await.identities(), ids(35));
    }
    assert_eq!(upstream.count(&Method::GET, CONFIG), 1);
}
