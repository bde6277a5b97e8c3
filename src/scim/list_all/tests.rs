//! Lists from servers that say too little or the wrong thing of themselves.

use super::*;
use crate::clock::Clock;
use crate::scim::Options;
use crate::scim::error::Gap;
use crate::scim::provider::{GENERIC, Profile, SALESFORCE};
use crate::scim::{Plan, resource};
use crate::transport::{self, Limiter, NetworkPolicy, Transport};
use serde_json::{Value, json};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Lists the users, two a page, of a server that answers so to a `startIndex`: the ids, or why there are none.
async fn list(answer: impl Fn(usize) -> ResponseTemplate + Send + Sync + 'static) -> Result<Vec<String>, Gap> {
    let answer = move |request: &Request| answer(parameter(request, "startIndex").unwrap().parse().unwrap());
    list_of(&GENERIC, 2, answer).await.map_err(|incomplete| incomplete.reason)
}

fn parameter(request: &Request, wanted: &str) -> Option<String> {
    request.url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

async fn list_of(
    profile: &Arc<Profile>,
    page_size: u32,
    answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
) -> Result<Vec<String>, Incomplete> {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    match read_all(&server, profile, page_size).await {
        Ok(ids) => Ok(ids),
        Err(Error::Incomplete(incomplete)) => Err(incomplete),
        Err(error) => panic!("{error}"),
    }
}

async fn read_all(server: &MockServer, profile: &Arc<Profile>, page_size: u32) -> Result<Vec<String>, Error> {
    read_by(server, profile, page_size, None).await
}

async fn read_by(
    server: &MockServer,
    profile: &Arc<Profile>,
    page_size: u32,
    paging: Option<Paging>,
) -> Result<Vec<String>, Error> {
    let read: Read<String> = Read::new(Plan::id(), |user| resource::id(user).unwrap_or_default().into_owned());
    client(server, profile, page_size, paging).list_whole(&profile.users, Query::default(), read).await
}

fn client(server: &MockServer, profile: &Arc<Profile>, page_size: u32, paging: Option<Paging>) -> Client {
    let base: Url = server.uri().parse().unwrap();
    let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
    let limiter = Arc::new(Limiter::new(2, None));
    let options = transport::Options::new(base.origin(), policy, limiter, Clock::system());
    let options_of_client = Options {
        profile: Arc::clone(profile),
        page_size: NonZeroU32::new(page_size),
        concurrency: NonZeroUsize::MIN,
        paging,
        partitions: false,
        discovery: None,
        openings: None,
        headers: http::HeaderMap::new(),
    };
    Client::new(Transport::new(options, None).unwrap(), base, options_of_client)
}

fn json(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// A page of users 1, 2 … `last`, from `start` on, two at most.
fn page(total: &Value, start: usize, last: usize) -> ResponseTemplate {
    let users: Vec<Value> = (start..=last).take(2).map(|id| json!({"id": id})).collect();
    json(&json!({"totalResults": total, "Resources": users}))
}

#[rstest::rstest]
#[case::no_total_and_no_users(|_| json(&json!({"Resources": []})), Err(Gap::NothingStated))]
#[case::nothing_at_all(|_| json(&json!({"totalResults": null, "Resources": null})), Err(Gap::NothingStated))]
#[case::a_total_of_none(|_| json(&json!({"totalResults": 0})), Ok(vec![]))]
#[case::no_total_but_users(|start| page(&json!(null), start, 3), Ok(vec!["1", "2", "3"]))]
#[case::no_total_and_the_last_page_again_and_again(
    |start: usize| page(&json!(null), start.min(3), 4),
    Err(Gap::Duplicates)
)]
#[case::the_page_s_size_for_the_total(
    |start| page(&json!(2), start, 4),
    Err(Gap::WrongCount)
)]
#[case::the_size_of_a_page_that_is_not_full(
    |start| json(&json!({"totalResults": 1, "Resources": if start <= 3 { json!([{"id": start}]) } else { json!([]) }})),
    Err(Gap::WrongCount)
)]
#[case::one_page_that_is_not_full(|start| page(&json!(1), start, 1), Ok(vec!["1"]))]
#[case::one_page_in_any_order(
    |start| json(&json!({"totalResults": 2, "Resources": if start == 1 { json!([{"id": 1}, {"id": 2}]) } else { json!([{"id": 2}, {"id": 1}]) }})),
    Ok(vec!["1", "2"])
)]
#[case::no_total_but_on_the_empty_page(
    |start| if start < 3 { page(&json!(null), start, 2) } else { page(&json!(4), start, 2) },
    Err(Gap::EmptyPage)
)]
#[case::one_full_page(|start| page(&json!(2), start, 2), Ok(vec!["1", "2"]))]
#[case::one_full_page_whatever_is_asked(|_| page(&json!(2), 1, 2), Ok(vec!["1", "2"]))]
#[case::one_full_page_and_no_start_beyond(
    |start| if start == 1 { page(&json!(2), 1, 2) } else { ResponseTemplate::new(400) },
    Ok(vec!["1", "2"])
)]
#[tokio::test]
async fn a_list_is_what_it_can_prove(
    #[case] answer: fn(usize) -> ResponseTemplate,
    #[case] expected: Result<Vec<&str>, Gap>,
) {
    let expected = expected.map(|ids| ids.into_iter().map(str::to_owned).collect());
    assert_eq!(list(answer).await, expected);
}

#[tokio::test]
async fn too_many_requests_are_no_end() {
    let answer = |request: &Request| match parameter(request, "startIndex").as_deref() {
        Some("1") => page(&json!(2), 1, 2),
        _ => ResponseTemplate::new(429).insert_header("retry-after", "86400"),
    };
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let listed = read_all(&server, &GENERIC, 2).await;
    assert!(matches!(listed, Err(Error::Send(_))), "{listed:?}");
}

#[tokio::test]
async fn a_total_that_promises_too_much_is_not_followed_for_long() {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        let start: usize = parameter(request, "startIndex").unwrap().parse().unwrap();
        page(&json!(1_000_000), start.min(3), 4)
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let listed = read_all(&server, &GENERIC, 2).await;
    assert!(matches!(listed, Err(Error::Incomplete(Incomplete { reason: Gap::Duplicates, .. }))), "{listed:?}");
    assert!(server.received_requests().await.unwrap().len() < 20);
}

#[tokio::test]
async fn an_answer_that_is_only_a_part_is_no_page() {
    let server = MockServer::start().await;
    let answer =
        |_: &Request| ResponseTemplate::new(206).set_body_json(json!({"totalResults": 1, "Resources": [{"id": 1}]}));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let listed = read_all(&server, &GENERIC, 2).await;
    assert!(matches!(listed, Err(Error::Unreadable { .. })), "{listed:?}");
}

#[tokio::test]
async fn without_a_total_one_empty_page_is_not_the_end() {
    let asked = AtomicU32::new(0);
    let listed = list(move |start| match (start, asked.fetch_add(1, Ordering::Relaxed)) {
        (3, 1) => page(&json!(null), 3, 0),
        _ => page(&json!(null), start, 5),
    });
    assert_eq!(listed.await.unwrap(), ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_provider_that_always_states_totals_must() {
    let answer = |_: &Request| json(&json!({"Resources": [{"id": "1"}]}));
    assert_eq!(list_of(&SALESFORCE, 2, answer).await.unwrap_err().reason, Gap::NoTotal);
}

#[tokio::test]
async fn something_new_at_the_front_leads_to_another_reading() {
    let asked = AtomicU32::new(0);
    let listed = list_of(&GENERIC, 1, move |request| {
        let start: usize = parameter(request, "startIndex").unwrap().parse().unwrap();
        let users: &[&str] = if asked.fetch_add(1, Ordering::Relaxed) == 0 { &["b", "c"] } else { &["a", "b"] };
        let users: Vec<Value> = users.iter().skip(start - 1).take(1).map(|id| json!({"id": id})).collect();
        json(&json!({"totalResults": 2, "Resources": users}))
    });
    assert_eq!(listed.await.unwrap(), ["b", "a"]);
}

#[tokio::test]
async fn a_resource_without_an_id_is_pointed_at() {
    let answer = |request: &Request| match parameter(request, "startIndex").as_deref() {
        Some("1") => page(&json!(4), 1, 4),
        _ => json(&json!({"totalResults": 4, "Resources": [{"id": "3"}, {"userName": "ada"}]})),
    };
    let incomplete = list_of(&GENERIC, 2, answer).await.unwrap_err();
    assert_eq!((incomplete.reason, &*incomplete.at), (Gap::NoId, "startIndex 4"));
}

/// A provider that refuses a `startIndex` past 2,000, and whose last page before that comes short.
#[tokio::test]
async fn a_short_page_before_the_last_start_goes_on_by_key() {
    const TOTAL: usize = 2_500;
    let answer = |request: &Request| {
        let start = parameter(request, "startIndex").map(|start| start.parse::<usize>().unwrap());
        let key =
            parameter(request, "filter").map(|filter| filter.split('"').nth(1).unwrap().parse::<usize>().unwrap());
        let (first, count, total) = match (start, key) {
            (Some(2_001..), _) => return ResponseTemplate::new(400),
            (Some(start), _) => (start, if start == 1_991 { 150 } else { 199 }, TOTAL),
            (None, key) => (key.unwrap() + 1, 199, TOTAL - key.unwrap()),
        };
        let users: Vec<Value> = (first..=TOTAL).take(count).map(|id| json!({"id": format!("{id:04}")})).collect();
        json(&json!({"totalResults": total, "Resources": users}))
    };
    let ids = list_of(&SALESFORCE, 199, answer).await.unwrap();
    assert_eq!((ids.len(), &*ids[0], &*ids[TOTAL - 1]), (TOTAL, "0001", "2500"));
}

/// By cursor, of a provider whose third page is the last, where five should come. A user is deleted meanwhile.
#[rstest::rstest]
#[case::deleted_and_cut_off(10, 9, Err(Gap::WrongCount))]
#[case::deleted(6, 5, Ok(6))]
#[case::created(5, 6, Ok(6))]
#[tokio::test]
async fn a_chain_of_cursors_holds_what_was_there_all_the_time(
    #[case] first_total: u64,
    #[case] total: u64,
    #[case] expected: Result<usize, Gap>,
) {
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        let number: u64 = parameter(request, "cursor").unwrap().parse().unwrap_or(0);
        let users = [json!({"id": 2 * number}), json!({"id": 2 * number + 1})];
        let total = if number == 0 { first_total } else { total };
        let next = (number < 2).then(|| (number + 1).to_string());
        json(&json!({"totalResults": total, "nextCursor": next, "Resources": users}))
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let listed = match read_by(&server, &GENERIC, 2, Some(Paging::Cursor)).await {
        Ok(ids) => Ok(ids.len()),
        Err(Error::Incomplete(incomplete)) => Err(incomplete.reason),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(listed, expected);
}

/// Users of more than 3 KiB each, from `start` to `end`.
fn long_users(start: usize, end: usize) -> Vec<Value> {
    let padding = "é".repeat(1_600);
    (start..end).map(|number| json!({"padding": padding, "id": format!("u{number:05}")})).collect()
}

#[tokio::test]
async fn a_large_page_is_read_in_parts() {
    let server = MockServer::start().await;
    let users = json!({"totalResults": 3_000, "Resources": long_users(0, 3_000)});
    Mock::given(any())
        .respond_with(move |request: &Request| {
            if parameter(request, "startIndex").as_deref() == Some("1") {
                json(&users)
            } else {
                json(&json!({"totalResults": 3_000, "Resources": []}))
            }
        })
        .mount(&server)
        .await;
    let client = client(&server, &GENERIC, 200, None);
    let read: Read<String> = Read::new(Plan::id(), |user| resource::id(user).unwrap_or_default().into_owned());
    let mut pages = pin!(client.list(&GENERIC.users, Query::default(), read));
    let rows = pages.next().await.unwrap().unwrap().rows;
    let (mut seen, mut parts, mut ids) = (0, 0, Vec::new());
    rows.visit(|_| seen += 1).await.unwrap();
    for part in rows.into_parts() {
        parts += 1;
        ids.extend(part.read().await.unwrap());
    }
    assert!(parts > 3 && seen == 3_000 && pages.next().await.is_none());
    let expected: Vec<String> = (0..3_000).map(|number| format!("u{number:05}")).collect();
    assert!(ids == expected);
}

#[tokio::test]
async fn what_shifted_between_large_pages_comes_once() {
    let reading = AtomicU32::new(0);
    let listed = list_of(&GENERIC, 2_000, move |request: &Request| {
        let users = match parameter(request, "startIndex").unwrap().as_str() {
            "1" => {
                reading.fetch_add(1, Ordering::SeqCst);
                long_users(0, 2_000)
            }
            // In the first reading the second page begins with the end of the first one.
            "2001" if reading.load(Ordering::SeqCst) == 1 => long_users(1_500, 3_500),
            "2001" => long_users(2_000, 4_000),
            _ => Vec::new(),
        };
        json(&json!({"totalResults": 4_000, "Resources": users}))
    });
    let mut ids = listed.await.unwrap();
    assert!(ids.len() == 4_000);
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() == 4_000);
}
