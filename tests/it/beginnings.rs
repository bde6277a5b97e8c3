//! Lists that a source has read before: what came after the first page then is asked for beside it now. It is never more than
//! a guess, whatever has become of the list since.

use super::harness::{Answer, Service, invocation, with};
use super::upstream::{Asked, Reply, Turn, Upstream, ids, page};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};

const LIST: &str = "std:account:list";
/// Requests at once. A source that is new to its provider may send as many, too.
const AT_ONCE: usize = 4;
/// Nobody waits for longer: what is expected does not happen.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings(others: Value) -> Value {
    with(&json!({"pageSize": 2, "concurrency": AT_ONCE, "shrinkLimitPercent": 0, "authType": "none"}), others)
}

/// Two users a page by index.
fn by_index() -> Value {
    settings(json!({}))
}

/// Salesforce's rules made small: ten a page, and no start after 30.
fn by_window() -> Value {
    let small = json!({"pageSize": 10, "provider": "salesforce",
        "providerSettings": [{"key": "users.paging", "value": "{\"indexThenKey\": {\"lastStart\": 30}}"}]});
    settings(small)
}

fn left<'a>(all: &'a [String], asked: &Asked) -> &'a [String] {
    let gone = all.iter().filter(|id| asked.after().is_some_and(|after| id.as_str() <= after)).count();
    all.get(gone..).unwrap_or_default()
}

fn users(all: &[String], asked: &Asked, cap: usize) -> Reply {
    let left = left(all, asked);
    Reply::users(left.len(), page(left, asked, cap))
}

/// Answers only when as many requests have come as may be under way at once, or all that are expected.
async fn in_rounds(came: &watch::Sender<usize>, expected: usize) {
    came.send_modify(|number| *number += 1);
    let mut seen = came.subscribe();
    let number = *seen.borrow();
    let round = number.div_ceil(AT_ONCE) * AT_ONCE;
    seen.wait_for(|now| *now >= round.min(expected)).await.unwrap();
}

/// As often as `AT_ONCE` goes into the requests, and never fewer at once until the last of them. The lists are too short for
/// the limiter to try fewer.
#[rstest]
#[case::by_index(by_index(), 26, 14)]
#[case::by_index_with_a_last_page_that_is_not_full(by_index(), 25, 13)]
#[case::by_index_on_one_page(settings(json!({"pageSize": 100})), 60, 2)]
#[case::by_window(by_window(), 100, 11)]
#[tokio::test]
async fn a_list_that_was_read_before_leaves_no_place_empty(
    #[case] settings: Value,
    #[case] number: usize,
    #[case] requests: usize,
) {
    let (all, came) = (ids(number), watch::Sender::new(0));
    let is_read_again = Arc::new(AtomicUsize::new(0));
    let again = Arc::clone(&is_read_again);
    let upstream = Upstream::taking(move |asked| {
        let (reply, came, is_again) = (users(&all, &asked, 100), came.clone(), again.load(Ordering::SeqCst) == 1);
        async move {
            if is_again {
                in_rounds(&came, requests).await;
            }
            reply.into()
        }
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(settings));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(number));
    assert_eq!(upstream.seen().len(), requests);
    is_read_again.store(1, Ordering::SeqCst);
    let second = tokio::time::timeout(PATIENCE, service.invoke(LIST, json!({}), &config)).await;
    assert_eq!(second.expect("a place is empty").identities(), ids(number));
    assert_eq!(upstream.seen().len(), 2 * requests, "nothing is asked for twice");
}

/// What a server does, which changes while it runs.
#[derive(Clone)]
struct World {
    all: Vec<String>,
    /// The most users on a page.
    cap: usize,
    /// Whether it says how many users there are.
    counts: bool,
}

impl World {
    fn of(number: usize) -> Self {
        Self { all: ids(number), cap: 2, counts: true }
    }

    /// It refuses a `startIndex` past the end.
    fn answer(&self, asked: &Asked) -> Reply {
        if asked.start() > self.all.len() + 1 {
            return Reply::error(400, "startIndex is past the end");
        }
        let total = if self.counts { json!(self.all.len()) } else { Value::Null };
        Reply::users(total, page(&self.all, asked, self.cap))
    }
}

#[rstest]
#[case::as_long(World::of(21))]
#[case::longer(World::of(40))]
#[case::longer_by_one(World::of(22))]
#[case::shorter(World::of(9))]
#[case::shorter_by_one(World::of(20))]
#[case::on_one_page(World::of(2))]
#[case::of_one(World::of(1))]
#[case::of_none(World::of(0))]
#[case::on_smaller_pages(World { cap: 1, ..World::of(21) })]
#[case::without_a_total(World { counts: false, ..World::of(21) })]
#[tokio::test]
async fn a_list_that_has_changed_is_what_it_is_now(
    #[case] now: World,
    #[values("checked", "trusted", "ignored")] totals: &str,
) {
    let world = Arc::new(Mutex::new(World::of(21)));
    let shown = Arc::clone(&world);
    let upstream = Upstream::start(move |asked| shown.lock().unwrap().answer(asked)).await;
    let totals = settings(json!({"providerSettings": [{"key": "users.totals", "value": totals}]}));
    let (service, config) = (Service::start().await, upstream.config(totals));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(21));
    *world.lock().unwrap() = now;
    let expected = Service::start().await.invoke(LIST, json!({}), &config).await;
    for _ in 0..3 {
        let listed = service.invoke(LIST, json!({}), &config).await;
        assert_eq!(seen_of(&listed), seen_of(&expected));
    }
}

/// What came of a list, without the ids of its requests.
fn seen_of(answer: &Answer) -> (u16, bool, Vec<Value>, Option<String>) {
    let failure = (answer.status != 200 || answer.broken).then(|| answer.error().message);
    (answer.status, answer.broken, answer.given_out(), failure)
}

/// A page fails each time: it is what it is where nobody knows the list.
#[rstest]
#[tokio::test]
async fn a_page_that_fails_is_the_list_s_failure(
    #[values(1, 3, 9, 23)] start: usize,
    #[values(Some(503), Some(400), Some(429), None)] status: Option<u16>,
) {
    let world = World::of(22);
    let fails = Arc::new(AtomicUsize::new(0));
    let failing = Arc::clone(&fails);
    let upstream = Upstream::start(move |asked| {
        if asked.start() != failing.load(Ordering::SeqCst) {
            return Turn::from(world.answer(asked));
        }
        match status {
            Some(429) => Turn::TooFast(0),
            Some(status) => Reply::error(status, "Not now").into(),
            None => Reply { status: 200, content_type: "application/scim+json", body: "{".to_owned() }.into(),
        }
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(by_index()));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(22));
    fails.store(start, Ordering::SeqCst);
    let expected = Service::start().await.invoke(LIST, json!({}), &config).await;
    let listed = service.invoke(LIST, json!({}), &config).await;
    assert_eq!(seen_of(&listed), seen_of(&expected));
    // A refusal past the end is none.
    assert_eq!(listed.broken || listed.status != 200, (start, status) != (23, Some(400)));
    fails.store(0, Ordering::SeqCst);
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(22));
}

/// A page fails once, before the list has asked for it: the list never hears of it.
#[tokio::test]
async fn a_page_that_fails_ahead_of_its_turn_is_asked_for_in_its_turn() {
    let world = World::of(21);
    let is_read_again = Arc::new(AtomicUsize::new(0));
    let again = Arc::clone(&is_read_again);
    let upstream = Upstream::start(move |asked| {
        let is_next = asked.start() == 5 && again.compare_exchange(1, 2, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if is_next { Turn::Close } else { world.answer(asked).into() }
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(by_index()));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(21));
    let before = upstream.seen().len();
    is_read_again.store(1, Ordering::SeqCst);
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(21));
    assert_eq!((is_read_again.load(Ordering::SeqCst), upstream.seen().len()), (2, 2 * before + 1));
}

/// Somebody comes before the first page is answered, and after those that are asked for beside it.
#[rstest]
#[case::in_front("u00000")]
#[case::in_the_middle("u00004x")]
#[case::behind("u00099")]
#[tokio::test]
async fn whoever_comes_while_the_first_pages_are_read_is_not_missed(#[case] new: &'static str) {
    let (world, holds) = (Arc::new(Mutex::new(World::of(21))), Arc::new(AtomicUsize::new(0)));
    let (shown, held, released) = (Arc::clone(&world), Arc::clone(&holds), Arc::new(Notify::new()));
    let gate = Arc::clone(&released);
    let upstream = Upstream::taking(move |asked| {
        let (shown, gate) = (Arc::clone(&shown), Arc::clone(&gate));
        let is_held = asked.start() == 1 && held.compare_exchange(1, 2, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        async move {
            if is_held {
                gate.notified().await;
            }
            shown.lock().unwrap().answer(&asked).into()
        }
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(by_index()));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(21));
    let before = upstream.seen().len();
    holds.store(1, Ordering::SeqCst);
    let coming = async {
        // Others have been asked for beside the first page.
        while upstream.seen().len() < before + AT_ONCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut world = world.lock().unwrap();
        world.all.push(new.to_owned());
        world.all.sort();
        released.notify_one();
    };
    let (listed, _) = tokio::join!(service.invoke(LIST, json!({}), &config), tokio::time::timeout(PATIENCE, coming));
    let mut identities = listed.identities();
    identities.sort();
    assert_eq!(identities, world.lock().unwrap().all);
    assert_eq!(holds.load(Ordering::SeqCst), 2);
}

/// Somebody leaves after the pages beside the first one were answered, and before that one is, which alone says how many
/// there are.
#[tokio::test]
async fn who_takes_the_place_of_somebody_who_left_is_not_missed() {
    let (world, holds) = (Arc::new(Mutex::new(World::of(40))), Arc::new(AtomicUsize::new(0)));
    let (shown, held, released) = (Arc::clone(&world), Arc::clone(&holds), Arc::new(Notify::new()));
    let gate = Arc::clone(&released);
    let upstream = Upstream::taking(move |asked| {
        let (shown, gate) = (Arc::clone(&shown), Arc::clone(&gate));
        let (is_first, is_again) = (asked.start() == 1, held.load(Ordering::SeqCst) > 0);
        let is_held = is_first && held.compare_exchange(1, 2, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        async move {
            if is_held {
                gate.notified().await;
            }
            let world = shown.lock().unwrap().clone();
            World { counts: is_first || !is_again, ..world }.answer(&asked).into()
        }
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(by_index()));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(40));
    let before = upstream.seen().len();
    holds.store(1, Ordering::SeqCst);
    let leaving = async {
        while upstream.seen().len() < before + AT_ONCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Until they are answered, too.
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.lock().unwrap().all.remove(3);
        released.notify_one();
    };
    let (listed, _) = tokio::join!(service.invoke(LIST, json!({}), &config), tokio::time::timeout(PATIENCE, leaving));
    assert_eq!(listed.identities(), world.lock().unwrap().all);
    assert_eq!(holds.load(Ordering::SeqCst), 2);
}

/// What was asked for beside the first page ends with the list: it would keep all places, as nothing is ever answered.
#[tokio::test]
async fn a_caller_who_goes_leaves_nothing_behind() {
    let world = World::of(21);
    let stalls = Arc::new(AtomicUsize::new(0));
    let stalled = Arc::clone(&stalls);
    let upstream = Upstream::start(move |asked| match stalled.load(Ordering::SeqCst) {
        1 => Turn::Stall,
        _ => world.answer(asked).into(),
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(by_index()));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(21));
    let before = upstream.seen().len();
    stalls.store(1, Ordering::SeqCst);
    tokio::select! {
        _ = service.open(invocation(LIST, json!({}), &config)) => panic!("there is no answer"),
        () = async {
            while upstream.seen().len() < before + AT_ONCE {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    stalls.store(0, Ordering::SeqCst);
    let listed = tokio::time::timeout(PATIENCE, service.invoke(LIST, json!({}), &config)).await;
    assert_eq!(listed.expect("every place is taken").identities(), ids(21));
    assert_eq!(upstream.seen().len(), before + AT_ONCE + before, "nothing else was sent");
}

/// Another list of the same source begins by itself.
#[tokio::test]
async fn a_list_with_other_pages_is_another_list() {
    let world = World { cap: 100, ..World::of(21) };
    let upstream = Upstream::start(move |asked| world.answer(asked)).await;
    let (service, config) = (Service::start().await, upstream.config(by_index()));
    assert_eq!(service.invoke(LIST, json!({}), &config).await.identities(), ids(21));
    let before = upstream.seen().len();
    let larger = with(&config, json!({"pageSize": 7}));
    assert_eq!(service.invoke(LIST, json!({}), &larger).await.identities(), ids(21));
    let mut starts: Vec<usize> = upstream.seen().iter().skip(before).map(Asked::start).collect();
    starts.sort_unstable();
    assert_eq!(starts, [1, 8, 15, 22]);
}
