//! Lists by cursor (RFC 9865): the sandbox's, and those of servers that get cursors wrong.

use super::harness::{Answer, Bench, Service, with};
use super::upstream::{self, Asked, Reply, Upstream, ids, user};
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Options};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The accounts of a server that answers so to a cursor, which is empty for the first page, and has no other pages.
async fn list(settings: Value, answer: impl Fn(&Asked, &str) -> Reply + Send + Sync + 'static) -> Answer {
    list_of(settings, move |asked| match asked.query.get("cursor") {
        Some(cursor) => answer(asked, cursor),
        None => Reply::error(501, "Lists have cursors and no startIndex"),
    })
    .await
}

async fn list_of(settings: Value, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Answer {
    let upstream = Upstream::start(answer).await;
    let settings = with(&json!({"paging": "cursor", "pageSize": 10}), settings);
    Service::start().await.invoke("std:account:list", json!({}), &upstream.config(settings)).await
}

/// A page of users, and the cursor of the next one.
fn page(total: impl Into<Value>, ids: &[String], next: impl Into<Value>) -> Reply {
    let users: Vec<Value> = ids.iter().map(|id| user(id)).collect();
    Reply::json(200, &json!({"totalResults": total.into(), "Resources": users, "nextCursor": next.into()}))
}

/// The page of ten that a cursor of this server stands for, and its number.
fn numbered(cursor: &str) -> usize {
    if cursor.is_empty() { 0 } else { cursor.strip_prefix("c/ä&=").unwrap().parse().unwrap() }
}

fn cursor(number: usize) -> String {
    format!("c/ä&={number}")
}

/// Thirty-five users, ten a page.
fn good(total: impl Into<Value>, asked: &str) -> Reply {
    let (all, number) = (ids(35), numbered(asked));
    let next = (number < 3).then(|| cursor(number + 1));
    page(total, &all[number * 10..(number * 10 + 10).min(35)], next)
}

fn assert_incomplete(answer: &Answer) -> String {
    let failure = answer.error();
    assert_eq!(failure.code, "LIST_INCOMPLETE", "{failure:?}");
    let (_, figures) = failure.message.split_once("mass deletion: ").unwrap();
    figures.split_once(". Run it again").unwrap().0.to_owned()
}

#[rstest]
#[case::a_total(json!(35))]
#[case::a_text(json!("35"))]
#[case::no_total(Value::Null)]
#[case::the_page_s_size_for_the_total(json!(10))]
#[tokio::test]
async fn a_chain_of_cursors_is_followed_to_its_end(#[case] total: Value) {
    let answer = list(json!({}), move |_, cursor| good(total.clone(), cursor)).await;
    assert_eq!(answer.identities(), ids(35));
}

#[rstest]
#[case(7, 57)]
#[case(100, 3)]
#[tokio::test]
async fn the_sandbox_lists_by_cursor_what_it_lists_by_index(#[case] page_size: u64, #[case] at_least: usize) {
    let bench = Bench::start(Options { users: 400, groups: 30, ..Options::new(Dialect::Rfc) }).await;
    let settings = |paging: &str| {
        let token_url = bench.sandbox.token_url();
        json!({"provider": "generic", "tokenUrl": token_url, "paging": paging, "pageSize": page_size})
    };
    let by_index = bench.run_with("std:account:list", json!({}), settings("index")).await.outputs();
    let by_cursor = bench.run_with("std:account:list", json!({}), settings("cursor")).await.outputs();
    assert!(by_index.len() == 400 && by_index == by_cursor);
    assert!(bench.requests_to("/Users?cursor=") > at_least);
    assert_eq!(bench.requests_to("/Users?cursor=&count="), 1, "only the first page has no cursor");
    let groups = bench.run_with("std:entitlement:list", json!({"type": "group"}), settings("cursor")).await;
    assert_eq!(groups.outputs().len(), 30);
}

#[tokio::test]
async fn empty_pages_on_the_way_are_no_end() {
    let answer = list(json!({}), |_, asked| match numbered(asked) {
        number @ 0..15 => page(12, &[], cursor(number + 1)),
        15 => page(12, &ids(10), cursor(16)),
        16 => page(12, &[], cursor(17)),
        _ => page(12, &ids(12)[10..], Value::Null),
    })
    .await;
    assert_eq!(answer.identities(), ids(12));
}

#[tokio::test]
async fn empty_pages_for_ever() {
    let answer = list(json!({}), |_, asked| page(12, &[], cursor(numbered(asked) + 1))).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: 21 empty pages came one after the other, each with a cursor for the next (expected 12, received 0, distinct 0; at page 21)");
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn a_cursor_that_comes_again() {
    let answer = list(json!({}), |_, asked| {
        let number = numbered(asked);
        page(Value::Null, &ids(1_000)[number * 10..number * 10 + 10], cursor([1, 2, 1][number.min(2)]))
    })
    .await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: the provider gave a cursor that it had given before, so that the list would never end (expected an unknown number, received 30, distinct 30; at page 3)");
    assert_eq!(answer.given_out().len(), 20);
}

/// The next pages are others; their users are not.
#[tokio::test]
async fn users_that_come_again() {
    let answer = list(json!({}), |_, asked| page(20, &ids(10), (numbered(asked) < 1).then(|| cursor(1)))).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: some resources came twice, so others are missing (expected 20, received 20, distinct 10; at page 2)");
}

#[tokio::test]
async fn a_chain_that_ends_before_the_total() {
    let answer = list(json!({}), |_, asked| {
        let number = numbered(asked);
        page(35, &ids(35)[number * 10..number * 10 + 10], (number < 2).then(|| cursor(number + 1)))
    })
    .await;
    let figures = assert_incomplete(&answer);
    assert!(figures.contains("(expected 35, received 30, distinct 30;"), "{figures}");
}

/// A server that takes no notice of cursors, and gives so many users at once: the list is read by index.
#[rstest]
#[case::a_total(35, 10, |_| json!(35))]
#[case::a_total_and_short_pages(35, 4, |_| json!(35))]
#[case::no_total(35, 10, |_| Value::Null)]
#[case::no_total_and_short_pages(35, 4, |_| Value::Null)]
#[case::one_full_page(10, 10, |_| Value::Null)]
#[case::one_page(7, 10, |_| json!(7))]
#[case::one_page_without_a_total(7, 10, |_| Value::Null)]
#[tokio::test]
async fn a_server_that_ignores_cursors(#[case] users: usize, #[case] cap: usize, #[case] total: fn(usize) -> Value) {
    let answer = list_of(json!({}), move |asked| {
        let all = ids(users);
        let page = upstream::page(&all, asked, cap);
        Reply::users(total(page.len()), page)
    })
    .await;
    assert_eq!(answer.identities(), ids(users));
}

/// Nothing shows what lies behind the first page, and more does.
#[rstest]
#[case::the_page_s_size_for_the_total(|rows| json!(rows), false)]
#[case::a_total_that_is_no_number(|_| json!("many"), true)]
#[tokio::test]
async fn a_server_that_ignores_cursors_and_says_too_little(
    #[case] total: fn(usize) -> Value,
    #[case] is_complete: bool,
) {
    let answer = list_of(json!({}), move |asked| {
        let all = ids(35);
        let page = upstream::page(&all, asked, 10);
        Reply::users(total(page.len()), page)
    })
    .await;
    if is_complete {
        assert_eq!(answer.identities(), ids(35));
    } else {
        assert_incomplete(&answer);
    }
}

/// Neither by cursor nor by index does it give more than these; where they fill the page, they are not taken for all.
#[rstest]
#[case::full(10, false)]
#[case::not_full(9, true)]
#[tokio::test]
async fn a_server_that_always_gives_the_same_page(#[case] users: usize, #[case] is_complete: bool) {
    let answer = list_of(json!({}), move |_| page(Value::Null, &ids(users), Value::Null)).await;
    if is_complete {
        assert_eq!(answer.identities(), ids(users));
    } else {
        assert!(assert_incomplete(&answer).contains("repeats its first page"));
    }
}

#[tokio::test]
async fn one_page_of_a_server_that_has_nothing_but_cursors() {
    for total in [json!(9), Value::Null] {
        let answer = list(json!({}), move |_, _| page(total.clone(), &ids(9), Value::Null)).await;
        assert_eq!(answer.identities(), ids(9));
    }
    // It may have ended for another reason.
    let answer = list(json!({}), |_, _| page(Value::Null, &ids(10), Value::Null)).await;
    assert_eq!(answer.status, 500);
    answer.error().assert_says("Lists have cursors and no startIndex");
}

/// A server that refuses the number that is asked for, and may say which one it takes.
#[rstest]
#[case::it_says_what_it_takes(Some(7), Some("7"))]
#[case::it_says_more_than_it_takes(Some(10), None)]
#[case::it_says_nothing(None, None)]
#[tokio::test]
async fn a_count_that_is_refused(#[case] says: Option<u64>, #[case] then: Option<&str>) {
    let upstream = Upstream::describing(move |asked| {
        let answer = match (asked.path.ends_with("Config"), says, asked.query.get("count").map(String::as_str)) {
            (true, Some(max), _) => Reply::json(200, &json!({"pagination": {"cursor": true, "maxPageSize": max}})),
            (true, None, _) => Reply::error(404, "No."),
            (false, _, Some("10")) => Reply::json(400, &json!({"scimType": "invalidCount", "status": "400"})),
            (false, ..) => good(35, &asked.query["cursor"]),
        };
        answer.into()
    })
    .await;
    let config = upstream.config(json!({"paging": "cursor", "pageSize": 10}));
    let answer = Service::start().await.invoke("std:account:list", json!({}), &config).await;
    assert_eq!(answer.identities(), ids(35));
    let pages = upstream.seen().into_iter().filter(|asked| asked.path.ends_with("Users")).skip(1);
    assert!(pages.map(|asked| asked.query.get("count").cloned()).all(|count| count.as_deref() == then));
}

/// A row that is lost once is found by the second reading.
#[tokio::test]
async fn a_row_that_is_missing_once() {
    let answer = list(json!({}), |asked, cursor| {
        let all = good(35, cursor);
        if asked.number == 1 { Reply { body: all.body.replace("u00013", "u00014"), ..all } } else { all }
    })
    .await;
    let mut found = answer.identities();
    found.sort_unstable();
    assert_eq!(found, ids(35));
}

/// Whoever comes or goes meanwhile changes the total, and not the chain.
#[tokio::test]
async fn a_total_that_changes_on_the_way() {
    let answer = list(json!({}), |asked, cursor| good(35 + asked.number, cursor)).await;
    assert_eq!(answer.identities(), ids(35));
}

#[rstest]
#[case::expired("expiredCursor", "CURSOR_EXPIRED")]
#[case::refused("invalidCursor", "CURSOR_REFUSED")]
#[tokio::test]
async fn a_cursor_that_is_not_taken(#[case] scim_type: &'static str, #[case] code: &str) {
    let answer = list(json!({}), move |_, asked| match numbered(asked) {
        0 => good(35, asked),
        _ => Reply::json(400, &json!({"scimType": scim_type, "detail": "No.", "status": "400"})),
    })
    .await;
    let failure = answer.late_failure();
    assert_eq!((failure.code.as_str(), answer.given_out().len()), (code, 10));
    failure.assert_says(&format!(
        "the list of Users is incomplete: the provider does not take the cursor any more that it gave for the next page \
         ({scim_type}) (expected 35, received 10, distinct 10; at page 1)"
    ));
}

/// The list is read once more: who was given out is not given out again, and who came meanwhile is there.
#[rstest]
#[case("expiredCursor")]
#[case("invalidCursor")]
#[tokio::test]
async fn a_cursor_that_is_not_taken_once(#[case] scim_type: &'static str) {
    let readings = AtomicUsize::new(0);
    let answer = list(json!({}), move |_, asked| {
        let reading = readings.fetch_add(usize::from(asked.is_empty()), Ordering::Relaxed);
        match (numbered(asked), reading) {
            (2, 1) => Reply::json(400, &json!({"scimType": scim_type, "detail": "No.", "status": "400"})),
            (0, 1) => page(36, &[vec!["new".to_owned()], ids(10)].concat(), cursor(1)),
            _ => good(35 + reading.min(1), asked),
        }
    })
    .await;
    let expected = [&ids(20)[..], &["new".to_owned()], &ids(35)[20..]].concat();
    assert_eq!(answer.identities(), expected);
}

#[tokio::test]
async fn nobody_at_all() {
    let answer = list(json!({}), |_, _| page(0, &[], Value::Null)).await;
    assert_eq!((answer.status, answer.lines.len(), answer.broken), (200, 0, false));
    let answer = list(json!({}), |_, _| page(Value::Null, &[], Value::Null)).await;
    assert!(assert_incomplete(&answer).contains("neither says how many there are nor shows any"));
}

/// The cursor goes back as it came, as one value; where it looks like a URL, nothing is sent there.
#[tokio::test]
async fn a_cursor_that_looks_like_an_address() {
    let upstream = Upstream::start(|asked: &Asked| match asked.query["cursor"].as_str() {
        "" => page(2, &ids(1), "https://127.0.0.1:1/steal?x=1&count=9#f"),
        "https://127.0.0.1:1/steal?x=1&count=9#f" => page(2, &ids(2)[1..], Value::Null),
        other => panic!("{other}"),
    })
    .await;
    let config = upstream.config(json!({"paging": "cursor"}));
    let answer = Service::start().await.invoke("std:account:list", json!({}), &config).await;
    assert_eq!(answer.identities(), ids(2));
    assert!(upstream.seen().iter().all(|asked| asked.path == "/scim/v2/Users" && asked.query["count"] == "100"));
}
