//! Lists by key from servers that leave out, repeat or miscount: complete, or an error with the figures.

use super::harness::{Answer, Service, with};
use super::upstream::{Asked, Reply, Upstream, ids, user};
use rstest::rstest;
use serde_json::{Value, json};

/// The accounts of a server that answers so, ten a page.
async fn list(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Answer {
    let upstream = Upstream::start(answer).await;
    let settings = with(&json!({"paging": "key"}), json!({"pageSize": 10, "groupMembership": "user"}));
    Service::start().await.invoke("std:account:list", json!({}), &upstream.config(settings)).await
}

/// Those that come after the key, and how many they are.
fn after(all: &[String], asked: &Asked) -> Vec<String> {
    all.iter().filter(|id| asked.after().is_none_or(|after| id.as_str() > after)).cloned().collect()
}

fn good(all: &[String], asked: &Asked) -> Reply {
    let left = after(all, asked);
    Reply::users(left.len(), left.iter().take(asked.count()))
}

fn sorted(answer: &Answer) -> Vec<String> {
    let mut identities = answer.identities();
    identities.sort_unstable();
    identities
}

fn assert_incomplete(answer: &Answer) -> String {
    let failure = answer.error();
    assert_eq!(failure.code, "LIST_INCOMPLETE", "{failure:?}");
    let (_, figures) = failure.message.split_once("mass deletion: ").unwrap();
    figures.split_once(". Run it again").unwrap().0.to_owned()
}

/// The answer without one of its users.
fn without(reply: &Reply, id: &str) -> Reply {
    let mut body: Value = serde_json::from_str(&reply.body).unwrap();
    body["Resources"].as_array_mut().unwrap().retain(|user| user["id"] != id);
    Reply::json(200, &body)
}

#[rstest]
#[case::the_first(1)]
#[case::one_in_the_middle(15)]
#[case::the_last_of_a_page(20)]
#[case::one_on_the_last_page(31)]
#[case::the_last_of_all(35)]
#[tokio::test]
async fn a_row_that_is_left_out_once_is_found_by_reading_that_page_again(#[case] number: usize) {
    let (all, left_out) = (ids(35), ids(35)[number - 1].clone());
    let on_page = (number - 1) / 10;
    let answer = list(move |asked| {
        let reply = good(&all, asked);
        if asked.number == on_page { without(&reply, &left_out) } else { reply }
    })
    .await;
    assert_eq!(sorted(&answer), ids(35));
}

#[tokio::test]
async fn a_row_that_is_counted_and_never_shown() {
    let all = ids(35);
    let answer = list(move |asked| without(&good(&all, asked), "u00015")).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @r#"the list of Users is incomplete: the number of resources is not the total (expected 35, received 19, distinct 19; at id gt "u00010")"#);
}

/// A deletion leaves fewer too; the page before, read again, shows that nobody was left out.
#[tokio::test]
async fn deletions_on_the_way_cost_a_request_and_no_more() {
    let all = ids(60);
    let upstream = Upstream::start(move |asked| {
        let gone = if asked.number < 2 { 60 } else { 55 };
        good(&all[..gone], asked)
    })
    .await;
    let config = upstream.config(json!({"paging": "key", "pageSize": 10}));
    let answer = Service::start().await.invoke("std:account:list", json!({}), &config).await;
    assert_eq!(answer.identities(), ids(55));
    assert_eq!(upstream.seen().len(), 6 + 1 + 1, "six pages, an empty one, and one read again");
}

/// Some servers give the number of resources on the page for the total, and send fewer than were asked for.
#[tokio::test]
async fn a_total_that_is_the_page_s_is_no_end() {
    let all = ids(35);
    let answer = list(move |asked| {
        let left = after(&all, asked);
        Reply::users(left.len().min(7), left.iter().take(7))
    })
    .await;
    assert_eq!(answer.identities(), ids(35));
}

/// It sends whom it likes of those that come after the key, so that the ids ascend and most are never shown.
#[tokio::test]
async fn a_server_that_filters_by_id_and_does_not_sort_by_it() {
    let all = ids(40);
    let answer = list(move |asked| {
        let left = after(&all, asked);
        let total = left.len();
        Reply::users(total, left.into_iter().rev().take(1))
    })
    .await;
    assert_incomplete(&answer);
}

#[tokio::test]
async fn a_filter_that_is_ignored() {
    let all = ids(40);
    let answer = list(move |asked| Reply::users(40, &all[..asked.count()])).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @r#"the list of Users is incomplete: ids do not ascend ("u00001" came after "u00010"), so that the list cannot be continued by id (expected 50, received 20, distinct 20; at id gt "u00010")"#);
}

#[tokio::test]
async fn more_than_were_asked_for() {
    let all = ids(95);
    let answer = list(move |asked| {
        let left = after(&all, asked);
        Reply::users(left.len(), left.iter().take(25))
    })
    .await;
    assert_eq!(answer.identities(), ids(95));
}

/// Ids are compared byte by byte: a server for which upper and lower case are the same sorts them otherwise.
#[tokio::test]
async fn ids_that_differ_only_by_case() {
    let answer = list(|asked| good(&["AB".to_owned(), "Ab".to_owned(), "aB".to_owned(), "ab".to_owned()], asked)).await;
    assert_eq!(answer.identities(), ["AB", "Ab", "aB", "ab"]);
    let answer = list(|_| Reply::users(3, ["a", "B", "c"])).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @r#"the list of Users is incomplete: ids do not ascend ("B" came after "a"), so that the list cannot be continued by id (expected 3, received 3, distinct 3; at the beginning)"#);
}

#[tokio::test]
async fn a_resource_without_an_id() {
    let answer = list(|asked| match asked.after() {
        None => Reply::users(12, ids(10)),
        Some(_) => {
            Reply::json(200, &json!({"totalResults": 2, "Resources": [user("u00011"), {"userName": "nameless"}]}))
        }
    })
    .await;
    let failure = answer.late_failure();
    assert_eq!(failure.code, "RESOURCE_WITHOUT_ID");
    failure.assert_says("resource 2 after id gt \"u00010\"");
}
