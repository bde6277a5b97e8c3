//! Lists of servers that page badly: complete, or an error with the figures; never a silent hole.

use super::harness::{Answer, Service, with};
use super::upstream::{Asked, Reply, Upstream, ids, page, user};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The accounts of a server that answers so.
async fn list(settings: Value, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Answer {
    let upstream = Upstream::start(answer).await;
    Service::start().await.invoke("std:account:list", json!({}), &upstream.config(settings)).await
}

fn assert_complete(answer: &Answer, population: &[String]) {
    let mut identities = answer.identities();
    assert_eq!(identities.len(), population.len(), "each once");
    identities.sort_unstable();
    assert!(identities == population, "others than those that are there");
}

fn assert_incomplete(answer: &Answer) -> String {
    let failure = answer.error();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("LIST_INCOMPLETE", "invalidResponse"), "{failure:?}");
    assert!(answer.status == 500 || answer.broken);
    let given_out: BTreeSet<String> =
        answer.given_out().iter().map(|account| account["identity"].to_string()).collect();
    assert_eq!(given_out.len(), answer.given_out().len(), "an account came twice");
    let (_, figures) = failure.message.split_once("mass deletion: ").unwrap();
    figures.split_once(". Run it again").unwrap().0.to_owned()
}

#[tokio::test]
async fn a_server_that_ignores_start_index() {
    let all = ids(250);
    let answer = list(json!({}), move |asked| Reply::users(250, &all[..asked.count()])).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: the provider repeats its first page whatever startIndex is asked for (expected 250, received 100, distinct 100; at startIndex 101)");
    assert_eq!(answer.given_out().len(), 100);
}

#[tokio::test]
async fn an_empty_page_before_the_total() {
    let all = ids(250);
    let answer =
        list(json!({}), move |asked| Reply::users(250, if asked.start() > 200 { &[] } else { page(&all, asked, 100) }))
            .await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: an empty page came before the total was reached (expected 250, received 200, distinct 200; at startIndex 201)");
    assert_eq!(answer.given_out().len(), 200);
}

/// The total is looked behind where the last page is full; what came before is then no more.
#[tokio::test]
async fn a_server_that_repeats_its_last_page_behind_the_end() {
    let all = ids(200);
    let expected = all.clone();
    let answer = list(json!({}), move |asked| {
        Reply::users(200, if asked.start() > 200 { &all[100..] } else { page(&all, asked, 100) })
    })
    .await;
    assert_complete(&answer, &expected);
}

#[tokio::test]
async fn a_total_without_any_resource() {
    let answer = list(json!({}), |_| Reply::users(3, [""; 0])).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: an empty page came before the total was reached (expected 3, received 0, distinct 0; at startIndex 1)");
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn a_total_that_changes_and_then_stays() {
    let (all, grown) = (ids(250), ids(251));
    let (settings, expected) = (json!({"concurrency": 1}), grown.clone());
    let answer = list(settings, move |asked| {
        let population = if asked.number < 2 { &all } else { &grown };
        Reply::users(population.len(), page(population, asked, 100))
    })
    .await;
    assert_complete(&answer, &expected);
}

/// Somebody is deleted while the list is read: who moves up a page is found by the second reading.
#[tokio::test]
async fn a_deletion_in_the_middle_is_noticed_and_mended() {
    let all = ids(250);
    let mut left = all.clone();
    left.remove(3);
    let answer = list(json!({"concurrency": 1}), move |asked| {
        let population = if asked.number < 1 { &all } else { &left };
        Reply::users(population.len(), page(population, asked, 100))
    })
    .await;
    assert_eq!(answer.identities().iter().collect::<BTreeSet<_>>().len(), 250, "the deleted one was given out before");
}

#[tokio::test]
async fn a_total_that_never_stays() {
    let all = ids(1_000);
    let answer = list(json!({"concurrency": 1}), move |asked| {
        Reply::users(250 + asked.number, page(&all[..250 + asked.number], asked, 100))
    })
    .await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: the total changed from 252 to 253 while the list was read (expected 252, received 100, distinct 100; at startIndex 101)");
}

#[tokio::test]
async fn resources_that_come_twice_hide_others() {
    let mut all = ids(250);
    all[240] = all[10].clone();
    let answer = list(json!({}), move |asked| Reply::users(250, page(&all, asked, 100))).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: some resources came twice, so others are missing (expected 250, received 250, distinct 249; at startIndex 201)");
}

/// The page on which the first reading ends was given out: the second one gives out what is missing of it, and no more.
#[tokio::test]
async fn a_page_with_a_resource_that_comes_twice_once() {
    let all = ids(250);
    let mut twice = all.clone();
    twice[110] = twice[111].clone();
    let expected = all.clone();
    let answer = list(json!({}), move |asked| {
        Reply::users(Value::Null, page(if asked.number == 1 { &twice } else { &all }, asked, 100))
    })
    .await;
    assert_complete(&answer, &expected);
}

#[tokio::test]
async fn more_resources_than_the_total() {
    let all = ids(60);
    let answer = list(json!({}), move |_| Reply::users(50, &all)).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @"the list of Users is incomplete: the number of resources is not the total (expected 50, received 60, distinct 60; at startIndex 1)");
}

/// Later pages are longer than asked for, so that each ends in the next.
#[tokio::test]
async fn pages_that_are_longer_than_asked_for() {
    let all = ids(500);
    let answer = list(json!({}), move |asked| {
        let from = asked.start() - 1;
        let length = if asked.start() == 1 { 100 } else { 130 };
        Reply::users(500, &all[from..(from + length).min(500)])
    })
    .await;
    assert_incomplete(&answer);

    let (all, expected) = (ids(500), ids(500));
    let answer = list(json!({}), move |asked| {
        let from = asked.start() - 1;
        Reply::users(500, &all[from..(from + 130).min(500)])
    })
    .await;
    assert_complete(&answer, &expected);
}

#[rstest]
#[case(json!(0))]
#[case(json!(7))]
#[case(json!("all"))]
#[case(Value::Null)]
#[tokio::test]
async fn the_number_of_items_that_a_page_claims_says_nothing(#[case] claimed: Value) {
    let (all, expected) = (ids(250), ids(250));
    let answer = list(json!({}), move |asked| {
        let reply = Reply::users(250, page(&all, asked, 100));
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        Reply::json(200, &with(&body, json!({"itemsPerPage": claimed, "startIndex": claimed})))
    })
    .await;
    assert_complete(&answer, &expected);
}

#[tokio::test]
async fn ids_that_differ_only_by_case_are_two() {
    let answer = list(json!({}), |_| Reply::users(3, ["ab", "Ab", "AB"])).await;
    assert_eq!(answer.identities(), ["ab", "Ab", "AB"]);
}

#[tokio::test]
async fn a_resource_without_an_id() {
    let answer = list(json!({}), |_| {
        Reply::json(200, &json!({"totalResults": 2, "Resources": [user("u1"), {"userName": "nameless"}]}))
    })
    .await;
    let failure = answer.failure();
    assert_eq!(failure.code, "RESOURCE_WITHOUT_ID");
    failure.assert_says("expected 2, received 2, distinct 1; at startIndex 2");
}

#[rstest]
#[case::whatever_is_asked(json!({"pageSize": 500}))]
#[case::one_at_once(json!({"pageSize": 500, "concurrency": 1}))]
#[case::less_is_asked(json!({"pageSize": 70}))]
#[tokio::test]
async fn a_server_that_sends_a_hundred_at_most(#[case] settings: Value) {
    let all = ids(730);
    let expected = all.clone();
    let answer = list(settings, move |asked| Reply::users(730, page(&all, asked, 100))).await;
    assert_complete(&answer, &expected);
}

#[tokio::test]
async fn pages_that_are_shorter_than_the_first() {
    let all = ids(730);
    let expected = all.clone();
    let answer = list(json!({}), move |asked| Reply::users(730, page(&all, asked, 1 + asked.start() * 37 % 100))).await;
    assert_complete(&answer, &expected);
}

#[rstest]
#[case::a_text(json!("250"))]
#[case::a_fraction(json!(250.0))]
#[case::absent(Value::Null)]
#[case::no_number(json!("many"))]
#[tokio::test]
async fn a_total_that_is_no_number(#[case] total: Value) {
    let all = ids(250);
    let expected = all.clone();
    let answer = list(json!({}), move |asked| Reply::users(total.clone(), page(&all, asked, 100))).await;
    assert_complete(&answer, &expected);
}

/// Without a total the list ends at an empty page; these servers never send one.
#[rstest]
#[case::its_first_page(1)]
#[case::its_last_page(151)]
#[tokio::test]
async fn a_server_without_a_total_that_repeats_a_page_for_ever(#[case] repeated: usize) {
    let all = ids(250);
    let answer = list(json!({}), move |asked| {
        let start = if asked.start() > 250 || repeated == 1 { repeated } else { asked.start() };
        Reply::users(Value::Null, &all[start - 1..(start + 99).min(250)])
    })
    .await;
    assert_incomplete(&answer);
}

#[tokio::test]
async fn nobody_at_all_is_a_complete_list() {
    let answer = list(json!({}), |_| Reply::json(200, &json!({"totalResults": 0}))).await;
    assert_eq!((answer.status, answer.lines.len(), answer.broken), (200, 0, false));
}

/// Past the index limit the list goes on by key, which needs ids that ascend.
#[tokio::test]
async fn ids_that_do_not_ascend_past_the_index_limit() {
    let mut all = ids(2_100);
    all.reverse();
    let answer =
        list(json!({"provider": "salesforce"}), move |asked| Reply::users(2_100, page(&all, asked, 200))).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @r#"the list of Users is incomplete: ids do not ascend ("u02099" came after "u02100"), so that the list cannot be continued by id (expected 2100, received 200, distinct 200; at the beginning)"#);
    assert_eq!(answer.given_out().len(), 0);
}

/// What `startIndex` reaches needs no order.
#[tokio::test]
async fn ids_that_do_not_ascend_before_the_index_limit() {
    let mut all = ids(1_900);
    all[1_000..].reverse();
    let expected = ids(1_900);
    let answer =
        list(json!({"provider": "salesforce"}), move |asked| Reply::users(1_900, page(&all, asked, 200))).await;
    assert_complete(&answer, &expected);
}

/// A server that ignores the filter would send its first page again for ever.
#[tokio::test]
async fn a_filter_by_id_that_is_ignored() {
    let all = ids(2_500);
    let answer =
        list(json!({"provider": "salesforce"}), move |asked| Reply::users(2_500, page(&all, asked, 200))).await;
    insta::assert_snapshot!(assert_incomplete(&answer), @r#"the list of Users is incomplete: ids do not ascend ("u00001" came after "u02190"), so that the list cannot be continued by id (expected 4690, received 2390, distinct 2390; at id gt "u02190")"#);
}

#[tokio::test]
async fn a_filter_by_id_that_is_refused() {
    let all = ids(2_500);
    let answer = list(json!({"provider": "salesforce"}), move |asked| match asked.after() {
        Some(_) => {
            Reply::json(400, &json!({"scimType": "invalidFilter", "detail": "no such operator: gt", "status": "400"}))
        }
        None => Reply::users(2_500, page(&all, asked, 200)),
    })
    .await;
    assert_eq!((answer.late_failure().code.as_str(), answer.given_out().len()), ("UNSUPPORTED_FILTER", 2_190));
}
