//! Lists of any server of a kind that keeps to the RFCs, whatever page size and concurrency are, and whoever comes and goes
//! between its answers: a list that ends well has everybody who was there all the time, and nobody twice.

use super::harness::{Answer, Service, with};
use super::upstream::{Asked, Reply, Upstream, user};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What a server does between two requests.
#[derive(Debug, Clone)]
enum Step {
    Nothing,
    /// Removes some, each named by its place.
    Remove(Vec<prop::sample::Index>),
    /// Takes in some, with ids anywhere among the others.
    Add(Vec<u16>),
    /// Both at once: what a total may not show.
    Replace(Vec<prop::sample::Index>, Vec<u16>),
}

impl Step {
    /// A step that a total shows: none keeps the number.
    fn shown() -> impl Strategy<Value = Self> {
        let remove = prop::collection::vec(any::<prop::sample::Index>(), 1..3).prop_map(Self::Remove);
        let add = prop::collection::vec(any::<u16>(), 1..3).prop_map(Self::Add);
        prop_oneof![6 => Just(Self::Nothing), 1 => remove, 1 => add]
    }

    fn any() -> impl Strategy<Value = Self> {
        let removed = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
        let replace =
            (removed, prop::collection::vec(any::<u16>(), 0..4)).prop_map(|(gone, new)| Self::Replace(gone, new));
        prop_oneof![3 => Self::shown(), 1 => replace]
    }
}

/// The users of a server, in the order of their ids.
#[derive(Debug)]
struct Population {
    ids: BTreeSet<String>,
    /// Those who were there at the first request and have not left since.
    stayed: BTreeSet<String>,
}

impl Population {
    fn new(ids: &BTreeSet<u16>) -> Self {
        let ids: BTreeSet<String> = ids.iter().map(|number| format!("u{number:05}")).collect();
        Self { stayed: ids.clone(), ids }
    }

    fn take(&mut self, step: &Step) {
        let (gone, new): (&[_], &[_]) = match step {
            Step::Nothing => (&[], &[]),
            Step::Remove(gone) => (gone, &[]),
            Step::Add(new) => (&[], new),
            Step::Replace(gone, new) => (gone, new),
        };
        for place in gone.iter().filter(|_| !self.ids.is_empty()).collect::<Vec<_>>() {
            if let Some(id) = self.ids.iter().nth(place.index(self.ids.len().max(1))).cloned() {
                self.ids.remove(&id);
                self.stayed.remove(&id);
            }
        }
        // Nobody comes back under an id that was there.
        self.ids.extend(new.iter().map(|number| format!("u{number:05}n")));
    }
}

/// A server that answers by index, key and cursor.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// It sends so many at once at most.
    cap: usize,
    /// Pages are of any length up to the cap.
    is_irregular: bool,
    total: Total,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Total {
    Number,
    Text,
    Absent,
}

impl Kind {
    fn any() -> impl Strategy<Value = Self> {
        let total = prop_oneof![3 => Just(Total::Number), 1 => Just(Total::Text), 1 => Just(Total::Absent)];
        let cap = prop_oneof![1..12_usize, 1..80_usize];
        (cap, any::<bool>(), total).prop_map(|(cap, is_irregular, total)| Self { cap, is_irregular, total })
    }

    fn answer(self, population: &BTreeSet<String>, asked: &Asked) -> Reply {
        let cap = if self.is_irregular { 1 + (asked.number * 7_919) % self.cap } else { self.cap };
        let cursor = asked.query.get("cursor").map(String::as_str);
        let (after, end) = asked.range();
        let after = after.or(cursor).unwrap_or_default();
        let is_asked = |id: &&String| id.as_str() > after && end.is_none_or(|end| id.as_str() <= end);
        let left: Vec<&String> = population.iter().filter(is_asked).collect();
        if asked.start() > LAST_START && asked.header("x-last-start") == "yes" {
            return Reply::error(400, "Start index too big");
        }
        let total = if cursor.is_some() { population.len() } else { left.len() };
        let page: Vec<&String> = left.iter().copied().skip(asked.start() - 1).take(asked.count().min(cap)).collect();
        let next = page.last().filter(|last| cursor.is_some() && left.last() != Some(last));
        let total = match self.total {
            Total::Number => json!(total),
            Total::Text => json!(total.to_string()),
            Total::Absent => Value::Null,
        };
        let users: Vec<Value> = page.iter().map(|id| user(id)).collect();
        Reply::json(200, &json!({"totalResults": total, "Resources": users, "nextCursor": next}))
    }
}

/// Where `startIndex` ends, of servers where it does.
const LAST_START: usize = 25;

/// The settings of a way to read a list.
fn settings(way: &str) -> Value {
    let windows = json!({"indexThenKey": {"lastStart": LAST_START}}).to_string();
    match way {
        "windows" => json!({
            "providerSettings": [{"key": "users.paging", "value": windows}],
            "customHeaders": [{"key": "x-last-start", "value": "yes"}],
        }),
        "partitions" => json!({"paging": "key", "partitionAggregationEnabled": true}),
        "partitions by index" => json!({"paging": "index", "partitionAggregationEnabled": "true"}),
        paging => json!({"paging": paging}),
    }
}

/// One list: who stayed through all of it, and what the service answered.
struct Outcome {
    stayed: BTreeSet<String>,
    answer: Answer,
}

impl Outcome {
    /// Complete, or an error that says that it is not; `None` for the error.
    fn check(&self) -> Result<Option<usize>, TestCaseError> {
        let given_out = self.answer.given_out();
        let listed: BTreeSet<String> =
            given_out.iter().map(|account| account["identity"].as_str().unwrap().to_owned()).collect();
        prop_assert_eq!(listed.len(), given_out.len(), "somebody came twice");
        if self.answer.status != 200 || self.answer.broken {
            prop_assert_eq!(self.answer.error().code, "LIST_INCOMPLETE");
            return Ok(None);
        }
        let hidden: Vec<&String> = self.stayed.difference(&listed).collect();
        prop_assert!(hidden.is_empty(), "hidden: {:?}", hidden);
        Ok(Some(listed.len()))
    }
}

/// Runs a property over servers of any kind with settings of any size; a step is taken before each request but the first.
fn for_any_server(
    cases: u32,
    way: &'static str,
    steps: impl Strategy<Value = Vec<Step>>,
    property: impl Fn(Kind, &Outcome) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = runtime.block_on(Service::start());
    let users = prop::collection::btree_set(any::<u16>(), 0..60);
    let page_size = prop_oneof![1..12_usize, 1..80_usize];
    let inputs = (Kind::any(), users, page_size, 1..9_usize, steps);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&inputs, |(kind, users, page_size, concurrency, steps)| {
        let population = Arc::new(Mutex::new(Population::new(&users)));
        let seen = Arc::clone(&population);
        let answer = runtime.block_on(async {
            let upstream = Upstream::start(move |asked| {
                let mut population = seen.lock().unwrap();
                if let Some(step) = asked.number.checked_sub(1).and_then(|number| steps.get(number)) {
                    population.take(step);
                }
                kind.answer(&population.ids, asked)
            })
            .await;
            let sizes = json!({"pageSize": page_size, "concurrency": concurrency, "shrinkLimitPercent": 0});
            let settings = with(&settings(way), sizes);
            service.invoke("std:account:list", json!({}), &upstream.config(settings)).await
        });
        let stayed = population.lock().unwrap().stayed.clone();
        property(kind, &Outcome { stayed, answer })
    });
    outcome.unwrap();
}

/// Nothing and no total at all is no statement that there is nothing; and a full page alone, with neither a total nor a
/// cursor, none that it is all.
fn is_provable(kind: Kind, outcome: &Outcome, way: &str) -> bool {
    kind.total != Total::Absent || !(outcome.stayed.is_empty() || way == "cursor")
}

#[test]
fn any_population_is_listed_exactly_whatever_the_server_and_the_settings() {
    for way in ["index", "key", "cursor", "windows", "partitions", "partitions by index"] {
        for_any_server(24, way, Just(Vec::new()), |kind, outcome| {
            let listed = outcome.check()?;
            if is_provable(kind, outcome, way) {
                prop_assert_eq!(listed, Some(outcome.stayed.len()));
            }
            Ok(())
        });
    }
}

/// By key, in windows and partitions too, and by cursor, whoever comes and goes; more often than not the list is complete,
/// and no error.
#[test]
fn whoever_comes_and_goes_hides_nobody_by_key_or_cursor() {
    for paging in ["key", "cursor", "windows", "partitions"] {
        let (complete, all) = (Cell::new(0), Cell::new(0));
        for_any_server(64, paging, prop::collection::vec(Step::any(), 0..80), |_, outcome| {
            all.set(all.get() + 1);
            complete.set(complete.get() + usize::from(outcome.check()?.is_some()));
            Ok(())
        });
        assert!(complete.get() * 2 > all.get(), "{paging}: {} of {} were complete", complete.get(), all.get());
    }
}

/// By index, whatever changes the total that pages show. Without a total nothing shows that they have moved.
#[test]
fn what_changes_a_total_hides_nobody_by_index() {
    for_any_server(128, "index", prop::collection::vec(Step::shown(), 0..12), |kind, outcome| {
        prop_assume!(kind.total != Total::Absent);
        outcome.check().map(drop)
    });
}
