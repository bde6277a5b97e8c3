//! Pages read ahead of their turn, within the room that there is, and pages that cannot be read.

use super::*;
use crate::clock::Clock;
use crate::scim::provider::GENERIC;
use crate::scim::{Options, Plan};
use crate::transport::{self, Limiter, NetworkPolicy, Transport};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const USERS: usize = 40;
/// Two users a page, and one that shows that there are no more.
const REQUESTS: usize = USERS / 2 + 1;

fn parameter(request: &Request, wanted: &str) -> Option<String> {
    request.url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// The place in the whole list, of a list that goes on by key too.
fn start_of(request: &Request) -> usize {
    let after = parameter(request, "filter").map_or(0, |filter| filter.get(8..10).unwrap().parse().unwrap());
    after + parameter(request, "startIndex").map_or(1, |start| start.parse::<usize>().unwrap())
}

/// A server of users that takes two a page, and pads a page with so many bytes.
async fn server(padding: fn(usize) -> usize) -> MockServer {
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        let start = start_of(request);
        let users: Vec<Value> =
            (start..(start + 2).min(USERS + 1)).map(|number| json!({"id": format!("u{number:02}")})).collect();
        let padding = "x".repeat(padding(start));
        let total = USERS + parameter(request, "startIndex").map_or(1, |start| start.parse::<usize>().unwrap()) - start;
        ResponseTemplate::new(200).set_body_json(json!({"totalResults": total, "padding": padding, "Resources": users}))
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn pages(server: &MockServer, room: &'static ReadAhead) -> Pages<()> {
    pages_of(server, room, None)
}

fn pages_of(server: &MockServer, room: &'static ReadAhead, openings: Option<Arc<Openings>>) -> Pages<()> {
    let base: Url = server.uri().parse().unwrap();
    let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
    let options = transport::Options::new(base.origin(), policy, Arc::new(Limiter::new(8, None)), Clock::system());
    let options_of_client = Options {
        profile: Arc::clone(&GENERIC),
        page_size: NonZeroU32::new(2),
        concurrency: NonZeroUsize::new(8).unwrap(),
        paging: None,
        partitions: false,
        discovery: None,
        openings,
        headers: http::HeaderMap::new(),
    };
    let client = Client::new(Transport::new(options, None).unwrap(), base, options_of_client);
    Pages { room, ..Pages::new(client, Arc::clone(&GENERIC.users), Query::default(), Read::new(Plan::all(), |_| ())) }
}

/// Reads all pages, asserts that they came whole and in order, and gives back how often each was asked for.
async fn read(server: &MockServer, room: &'static ReadAhead) -> BTreeMap<usize, usize> {
    read_by(server, pages(server, room).by_index()).await
}

async fn read_by(server: &MockServer, pages: impl Stream<Item = Result<Page<()>, Error>>) -> BTreeMap<usize, usize> {
    let read: Vec<Page<()>> = pages.try_collect().await.unwrap();
    let ids: Vec<&str> = read.iter().flat_map(|page| page.ids.iter()).collect();
    assert!(ids.len() == USERS && ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let mut asked = BTreeMap::new();
    for request in server.received_requests().await.unwrap() {
        *asked.entry(start_of(&request)).or_default() += 1;
    }
    asked
}

#[tokio::test]
async fn pages_for_which_there_is_no_room_wait_for_their_turn() {
    static NONE: ReadAhead = ReadAhead::new(0, 0);
    let asked = read(&server(|_| 0).await, &NONE).await;
    assert_eq!((asked.len(), asked.values().max()), (REQUESTS, Some(&1)));
}

#[tokio::test]
async fn pages_that_are_larger_than_the_first_are_given_back_where_there_is_no_room() {
    static SMALL: ReadAhead = ReadAhead::new(64 * 1024, 0);
    let asked = read(&server(|start| if start > 20 { 40 * 1024 } else { 0 }).await, &SMALL).await;
    assert_eq!((asked.len(), asked.values().max()), (REQUESTS, Some(&2)));
    assert!(asked.range(..20).all(|(_, times)| *times == 1), "{asked:?}");
    assert!(SMALL.room(64 * 1024).is_some(), "the room is given back");
}

/// The caller looks at the first page only. What is read ahead meanwhile is no more than there is room for.
#[tokio::test]
async fn a_caller_who_does_not_go_on_holds_no_more_than_the_room() {
    static SMALL: ReadAhead = ReadAhead::new(64 * 1024, 0);
    let server = server(|_| 20 * 1024).await;
    let mut pages = pages(&server, &SMALL).by_index().boxed();
    for _ in 0..2 {
        pages.next().await.unwrap().unwrap();
    }
    // Three pages of some 21 KiB fit into the room; one is read in its turn.
    assert!(server.received_requests().await.unwrap().len() <= 1 + 3 + 1);
    assert_eq!(pages.count().await, USERS / 2 - 2);
}

/// Reads a list twice, with what is remembered of it, and gives back how often each page was asked for in all.
async fn read_twice(server: &MockServer, room: &'static ReadAhead) -> BTreeMap<usize, usize> {
    let openings = Arc::new(Openings::default());
    let mut asked = BTreeMap::new();
    for _ in 0..2 {
        let pages = pages_of(server, room, Some(Arc::clone(&openings)));
        asked = read_by(server, pages.clone().by_index()).await;
        pages.remember();
    }
    asked
}

#[tokio::test]
async fn nothing_is_asked_for_beside_the_first_page_where_there_is_no_room() {
    static NONE: ReadAhead = ReadAhead::new(0, 0);
    let asked = read_twice(&server(|_| 0).await, &NONE).await;
    assert_eq!((asked.len(), asked.values().min(), asked.values().max()), (REQUESTS, Some(&2), Some(&2)));
}

#[tokio::test]
async fn pages_beside_the_first_that_are_larger_than_it_wait_for_their_turn_where_there_is_no_room() {
    static SMALL: ReadAhead = ReadAhead::new(64 * 1024, 0);
    let asked = read_twice(&server(|start| if start > 4 { 40 * 1024 } else { 0 }).await, &SMALL).await;
    assert!(asked.len() == REQUESTS && asked.range(..4).all(|(_, times)| *times == 2), "{asked:?}");
    // In the first list, in its turn; in the second, beside the first page, ahead of its turn, and in its turn.
    assert!(asked.values().any(|times| *times > 3) && asked.values().all(|times| *times <= 5), "{asked:?}");
    assert!(SMALL.room(64 * 1024).is_some(), "the room is given back");
}

/// A window's last page that has no room does not tell where the next window begins: it begins when the page has been read.
#[tokio::test]
async fn windows_for_which_there_is_no_room_come_one_after_the_other() {
    static NONE: ReadAhead = ReadAhead::new(0, 0);
    let server = server(|_| 0).await;
    let asked = read_by(&server, pages(&server, &NONE).by_window(7)).await;
    // Each window has the pages at 1, 2 … 7, and ends with the eighth user.
    let expected: Vec<usize> = (1..=39).filter(|start| start % 8 != 0).chain([41]).collect();
    assert_eq!(asked.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(asked.values().max(), Some(&1));
}

#[tokio::test]
async fn a_caller_who_does_not_go_on_holds_no_more_of_windows_than_the_room() {
    static SMALL: ReadAhead = ReadAhead::new(64 * 1024, 0);
    let server = server(|_| 20 * 1024).await;
    let mut read = pages(&server, &SMALL).by_window(7).boxed();
    for _ in 0..2 {
        read.next().await.unwrap().unwrap();
    }
    assert!(server.received_requests().await.unwrap().len() <= 1 + 3 + 1);
    let rest: Vec<Page<()>> = read.try_collect().await.unwrap();
    assert_eq!(rest.iter().map(Page::received).sum::<u64>(), USERS as u64 - 3);
    assert!(SMALL.room(64 * 1024).is_some(), "the room is given back");
}

#[tokio::test]
async fn a_resource_that_is_too_deep_is_named() {
    let server = MockServer::start().await;
    let deep = format!("{{\"id\":\"u2\",\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let body = format!("{{\"totalResults\":2,\"Resources\":[{{\"id\":\"u1\"}},{deep}]}}");
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
    let error = pages(&server, &READ_AHEAD).by_index().boxed().next().await.unwrap().err().unwrap();
    let Error::Unreadable { reason, .. } = error else { panic!("{error}") };
    assert_eq!(reason, "the resource at startIndex 2: it is nested deeper than 128 levels (line 1, column 142)");
}
