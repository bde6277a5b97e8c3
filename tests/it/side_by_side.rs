//! One list whose parts are read side by side: windows by index inside `id gt`, and partitions.

use super::harness::{Answer, Bench, Service, with};
use super::upstream::{Asked, Reply, Turn, Upstream, ids, page};
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Options};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Notify;

const LIST: &str = "std:account:list";

/// Salesforce's rules made small: ten a page, and no start after 30, so that a window has pages at 1, 10, 19 and 28.
fn windows(settings: Value) -> Value {
    let small = json!({
        "provider": "salesforce", "pageSize": 10, "concurrency": 4, "shrinkLimitPercent": 0,
        "providerSettings": [{"key": "users.paging", "value": "{\"indexThenKey\": {\"lastStart\": 30}}"}],
    });
    with(&small, settings)
}

fn place(asked: &Asked) -> (String, usize) {
    (asked.after().unwrap_or_default().to_owned(), asked.start())
}

/// What a server of these users answers that keeps to Salesforce's rules.
fn salesforce(all: &[String], asked: &Asked) -> Reply {
    if asked.start() > 30 {
        return Reply::json(400, &json!({"Errors": [{"description": "Start index too big.", "code": 400}]}));
    }
    let left: Vec<String> =
        all.iter().filter(|id| asked.after().is_none_or(|after| id.as_str() > after)).cloned().collect();
    Reply::users(left.len(), page(&left, asked, 10))
}

async fn list(upstream: &Upstream, settings: Value) -> Answer {
    Service::start().await.invoke(LIST, json!({}), &upstream.config(settings)).await
}

#[tokio::test]
async fn a_window_s_last_page_is_asked_for_first_and_all_come_in_order() {
    let all = ids(100);
    let upstream = Upstream::start(move |asked| salesforce(&all, asked)).await;
    assert_eq!(list(&upstream, windows(json!({}))).await.identities(), ids(100));
    let seen = upstream.seen();
    let places: BTreeSet<(String, usize)> = seen.iter().map(place).collect();
    let window = |key: &str, starts: &[usize]| starts.iter().map(|start| (key.to_owned(), *start)).collect::<Vec<_>>();
    let expected = [window("", &[1, 10, 19, 28]), window("u00037", &[1, 10, 19, 28]), window("u00074", &[1, 10, 19])];
    assert_eq!(places, expected.concat().into_iter().collect());
    assert_eq!(seen.len(), places.len(), "nothing is asked for twice");
    let when = |key: &str, start| seen.iter().position(|asked| place(asked) == (key.to_owned(), start)).unwrap();
    assert!(when("", 28) < when("", 10) && when("u00037", 28) < when("u00037", 1), "{seen:?}");
}

/// The next windows begin before the one before them has come whole, but no more wait for their turn than there may be
/// requests at once, twice as many where the first page took long, and the one that tells where the next window begins.
#[tokio::test]
async fn no_more_is_read_ahead_than_there_may_be_requests_at_once_or_twice_as_many() {
    let all = ids(400);
    let held = Arc::new(Notify::new());
    let gate = Arc::clone(&held);
    let upstream = Upstream::start(move |asked| match place(asked) {
        (key, 10) if key.is_empty() => Turn::When(Arc::clone(&gate), salesforce(&all, asked)),
        _ => salesforce(&all, asked).into(),
    })
    .await;
    let config = windows(json!({"concurrency": 6}));
    let listing = list(&upstream, config);
    let waiting = async {
        // The first page, the one that is held, five behind it in their turns, and the last one of the second window.
        while upstream.seen().len() < 8 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let asked = upstream.seen().len();
        held.notify_one();
        asked
    };
    let (answer, asked) = tokio::join!(listing, waiting);
    assert_eq!(answer.identities(), ids(400));
    assert!(asked == 8 || asked == 14, "{asked}");
}

/// Somebody comes or goes between the requests of one window: nobody is missed, and what was read ahead is not used.
#[rstest]
#[case::one_comes_before(&[], &["u00012x"])]
#[case::one_goes_before(&["u00012"], &[])]
#[case::one_goes_and_one_comes(&["u00012"], &["u00025x"])]
#[case::one_comes_and_one_goes(&["u00025"], &["u00012x"])]
#[case::the_next_window_s_key_goes(&["u00037"], &[])]
#[case::one_goes_behind(&["u00070"], &[])]
#[case::one_comes_behind(&[], &["u00070x"])]
#[tokio::test]
async fn whoever_comes_and_goes_in_a_window(#[case] gone: &'static [&str], #[case] new: &'static [&str]) {
    // Before each request but the first.
    for at in 1..12 {
        let upstream = Upstream::start(move |asked| {
            let mut all: BTreeSet<String> = ids(100).into_iter().collect();
            if asked.number >= at {
                all.retain(|id| !gone.contains(&id.as_str()));
                all.extend(new.iter().map(|id| (*id).to_owned()));
            }
            salesforce(&all.into_iter().collect::<Vec<_>>(), asked)
        })
        .await;
        let answer = list(&upstream, windows(json!({}))).await;
        let identities = answer.identities();
        let distinct: BTreeSet<&String> = identities.iter().collect();
        assert_eq!(distinct.len(), identities.len(), "before request {at}: somebody came twice");
        let missing: Vec<String> = ids(100).into_iter().filter(|id| !identities.contains(id)).collect();
        assert!(missing.iter().all(|id| gone.contains(&id.as_str())), "before request {at}: {missing:?}");
    }
}

/// A page of a window is wrong once: it is read by key instead.
#[rstest]
#[case::without_a_row(|all: &mut Vec<String>| { all.remove(3); })]
#[case::without_its_last(|all: &mut Vec<String>| { all.pop(); })]
#[case::without_its_first(|all: &mut Vec<String>| { all.remove(0); })]
#[case::empty(Vec::clear)]
#[case::with_a_row_twice(|all: &mut Vec<String>| { let again = all[4].clone(); all.insert(4, again); })]
#[case::in_another_order(|all: &mut Vec<String>| { all.swap(2, 5); })]
#[tokio::test]
async fn a_page_of_a_window_that_is_wrong_once(#[case] spoil: fn(&mut Vec<String>)) {
    for wrong in [("", 10), ("", 28), ("u00037", 1), ("u00037", 28), ("u00074", 19)] {
        let all = ids(100);
        let upstream = Upstream::start(move |asked| {
            let left: Vec<String> =
                all.iter().filter(|id| asked.after().is_none_or(|after| id.as_str() > after)).cloned().collect();
            let mut rows = page(&left, asked, 10).to_vec();
            let is_in_window = asked.query.contains_key("startIndex");
            if is_in_window && place(asked) == (wrong.0.to_owned(), wrong.1) {
                spoil(&mut rows);
            }
            Reply::users(left.len(), rows)
        })
        .await;
        let identities = list(&upstream, windows(json!({}))).await.identities();
        assert_eq!(identities, ids(100), "{wrong:?}");
        let by_key = upstream.seen().iter().filter(|asked| !asked.query.contains_key("startIndex")).count();
        assert!(by_key > 0, "{wrong:?}: nothing was read by key");
    }
}

/// `startIndex` ends earlier than the profile says.
#[tokio::test]
async fn a_start_that_is_refused_inside_a_window() {
    let all = ids(100);
    let upstream = Upstream::start(move |asked| {
        if asked.start() > 20 { Reply::error(400, "Start index too big") } else { salesforce(&all, asked) }
    })
    .await;
    assert_eq!(list(&upstream, windows(json!({}))).await.identities(), ids(100));
}

/// What a server of these users answers that filters by id.
fn standard(all: &[String], asked: &Asked) -> Reply {
    let (after, end) = asked.range();
    let is_asked =
        |id: &&String| after.is_none_or(|after| id.as_str() > after) && end.is_none_or(|end| id.as_str() <= end);
    let left: Vec<String> = all.iter().filter(is_asked).cloned().collect();
    Reply::users(left.len(), page(&left, asked, 10))
}

fn partitions(settings: Value) -> Value {
    let small = json!({"pageSize": 10, "concurrency": 4, "shrinkLimitPercent": 0, "partitionAggregationEnabled": true});
    with(&small, settings)
}

#[rstest]
#[case::by_index(json!({"paging": "index"}))]
#[case::by_key(json!({"paging": "key"}))]
#[tokio::test]
async fn partitions_are_ranges_of_ids_that_are_proven_each_by_itself(#[case] paging: Value) {
    let all = ids(100);
    let upstream = Upstream::start(move |asked| standard(&all, asked)).await;
    let mut identities = list(&upstream, partitions(paging)).await.identities();
    identities.sort_unstable();
    assert_eq!(identities, ids(100));
    let seen = upstream.seen();
    let looked_up: BTreeSet<usize> = seen.iter().filter(|asked| asked.count() == 1).map(Asked::start).collect();
    assert_eq!(looked_up, [1, 25, 50, 75].into());
    let ends: BTreeSet<Option<&str>> =
        seen.iter().filter(|asked| asked.count() == 10).map(|asked| asked.range().1).collect();
    assert_eq!(ends, [None, Some("u00025"), Some("u00050"), Some("u00075")].into());
}

/// Partitions need order and filters. Where there are none, the list is read as without the setting.
#[rstest]
#[case::without_order(|all: &[String], asked: &Asked| {
    let turned: Vec<String> = all.iter().rev().cloned().collect();
    Reply::users(turned.len(), page(&turned, asked, 10))
})]
#[case::a_filter_that_is_ignored(|all: &[String], asked: &Asked| Reply::users(all.len(), page(all, asked, 10)))]
#[case::a_range_without_its_end(|all: &[String], asked: &Asked| {
    let all: Vec<String> = all.iter().filter(|id| asked.range().1 != Some(id)).cloned().collect();
    standard(&all, asked)
})]
#[case::a_range_without_a_row_that_it_does_not_count(|all: &[String], asked: &Asked| {
    let all: Vec<String> = all.iter().filter(|id| asked.range().1.is_none() || *id != "u00033").cloned().collect();
    standard(&all, asked)
})]
#[tokio::test]
async fn what_cannot_be_split_is_read_as_ever(#[case] answer: fn(&[String], &Asked) -> Reply) {
    let all = ids(100);
    let upstream = Upstream::start(move |asked| answer(&all, asked)).await;
    let mut identities = list(&upstream, partitions(json!({"paging": "index"}))).await.identities();
    identities.sort_unstable();
    assert_eq!(identities, ids(100));
}

#[rstest]
#[case::one_comes(&[], &["u00012x"])]
#[case::one_goes(&["u00012"], &[])]
#[case::one_for_another(&["u00012"], &["u00060x"])]
#[case::the_end_of_a_range_goes(&["u00050"], &[])]
#[tokio::test]
async fn whoever_comes_and_goes_while_partitions_are_read(#[case] gone: &'static [&str], #[case] new: &'static [&str]) {
    for at in 1..18 {
        let upstream = Upstream::start(move |asked| {
            let mut all: BTreeSet<String> = ids(100).into_iter().collect();
            if asked.number >= at {
                all.retain(|id| !gone.contains(&id.as_str()));
                all.extend(new.iter().map(|id| (*id).to_owned()));
            }
            standard(&all.into_iter().collect::<Vec<_>>(), asked)
        })
        .await;
        let mut identities = list(&upstream, partitions(json!({"paging": "key"}))).await.identities();
        identities.sort_unstable();
        assert!(identities.is_sorted_by(|one, next| one < next), "before request {at}: somebody came twice");
        let missing: Vec<String> = ids(100).into_iter().filter(|id| !identities.contains(id)).collect();
        assert!(missing.iter().all(|id| gone.contains(&id.as_str())), "before request {at}: {missing:?}");
    }
}

/// The sandbox's lists come whole in partitions; Salesforce's in windows, as without the setting.
#[rstest]
#[case::rfc(Dialect::Rfc, "generic", "id%20le", 1)]
#[case::salesforce(Dialect::Salesforce, "salesforce", "startIndex=1991", 1)]
#[tokio::test]
async fn a_large_list_in_partitions(
    #[case] dialect: Dialect,
    #[case] provider: &str,
    #[case] asked_for: &str,
    #[case] least: usize,
) {
    let bench = Bench::start(Options { users: 2_300, ..Options::new(dialect) }).await;
    let settings = json!({
        "provider": provider, "tokenUrl": bench.sandbox.token_url(), "groupMembership": "user", "paging": "auto",
    });
    let plain = with(&settings, json!({"paging": if provider == "generic" { "index" } else { "auto" }}));
    let all: BTreeSet<String> = bench.run_with(LIST, json!({}), plain.clone()).await.identities().into_iter().collect();
    assert_eq!(all.len(), 2_300);
    let split = with(&plain, json!({"partitionAggregationEnabled": true}));
    let identities = bench.run_with(LIST, json!({}), split).await.identities();
    assert!(identities.len() == 2_300 && identities.into_iter().collect::<BTreeSet<_>>() == all);
    let asked_for = asked_for.replace("%20", " ");
    assert!(bench.requests_to(&asked_for) >= least, "{asked_for} was not asked for");
}
