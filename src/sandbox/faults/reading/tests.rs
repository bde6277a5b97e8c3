//! Schedules as they are written: what is read from them, and all that can be wrong.

use super::effects::TYPES;
use crate::sandbox::faults::{Capacity, Effect, Fault, ListEffect, RateLimit, Schedule};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

fn problems(schedule: &Value) -> String {
    Schedule::read(schedule).unwrap_err().to_string()
}

/// The problems of a schedule whose one fault has this effect.
fn problems_of(effect: &Value) -> String {
    problems(&json!({"faults": [{"effect": effect}]}))
}

#[test]
fn a_schedule_is_read_with_all_that_it_says() {
    let schedule = Schedule::read(&json!({
        "seed": 7,
        "rateLimit": {"perSecond": 20, "retryAfter": 1},
        "capacity": {"atOnce": 6, "latencyMs": 50},
        "faults": [
            {"name": "lost page", "method": "GET", "route": "/Users", "query": "startIndex=201", "nth": 3,
             "effect": {"type": "loseAnswer"}},
            {"route": "/Groups/*", "after": 2, "times": 4, "probability": 0.1,
             "effect": {"type": "answer", "status": 503, "body": {"detail": "busy"}}, "headers": {"Retry-After": "2"}},
            {"headers": {"Content-Type": "text/plain"}},
        ],
    }));
    let text = |text: &str| Some(text.to_owned());
    let lost_page = Fault {
        name: text("lost page"),
        method: Some(Method::GET),
        route: text("/Users"),
        query: text("startIndex=201"),
        after: 2,
        times: Some(1),
        ..Fault::new("", Effect::LoseAnswer)
    };
    let busy = Fault {
        route: text("/Groups/*"),
        after: 2,
        times: Some(4),
        probability: 0.1,
        headers: HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("2"))]),
        ..Fault::new(
            "",
            Effect::Answer { status: StatusCode::SERVICE_UNAVAILABLE, body: r#"{"detail":"busy"}"#.to_owned() },
        )
    };
    let plain = Fault {
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]),
        ..Fault::new("", Effect::HeadersOnly)
    };
    let expected = Schedule {
        seed: 7,
        rate_limit: Some(RateLimit { per_second: 20, retry_after: Some(1) }),
        capacity: Some(Capacity { at_once: 6, latency: Duration::from_millis(50) }),
        faults: vec![lost_page, busy, plain],
    };
    assert_eq!(schedule, Ok(expected.clone()));
    assert_eq!(Schedule::read(&expected.to_json()), Ok(expected));
}

#[test]
fn a_schedule_may_be_empty() {
    assert_eq!(Schedule::read(&json!({"rateLimit": null})), Ok(Schedule::default()));
}

#[test]
fn every_effect_is_read_as_it_is_written() {
    let effects = [
        Effect::Answer { status: StatusCode::BAD_GATEWAY, body: "x".to_owned() },
        Effect::HtmlPage,
        Effect::Close,
        Effect::LoseAnswer,
        Effect::Stall(Duration::from_millis(5)),
        Effect::Truncate { bytes: 0, chunked: true },
        Effect::Drip { bytes: 3, every: Duration::from_secs(1) },
        Effect::Enlarge { bytes: 1 << 30 },
        Effect::Deepen { depth: 200 },
        Effect::RevokeTokens,
        Effect::List(ListEffect::RepeatRows(1)),
        Effect::List(ListEffect::DropRows(2)),
        Effect::List(ListEffect::ShiftPage(-1)),
        Effect::List(ListEffect::ChangeTotal(-3)),
        Effect::List(ListEffect::EmptyPage),
        Effect::List(ListEffect::LoseView(0)),
        Effect::List(ListEffect::IgnoreFilter),
        Effect::List(ListEffect::IgnoreStartIndex),
    ];
    let schedule = Schedule {
        seed: 1,
        faults: effects.into_iter().map(|effect| Fault::new("/Users", effect)).collect(),
        ..Schedule::default()
    };
    let json = schedule.to_json();
    let types: Vec<&str> =
        json["faults"].as_array().unwrap().iter().map(|fault| fault["effect"]["type"].as_str().unwrap()).collect();
    assert_eq!(types, TYPES);
    assert_eq!(Schedule::read(&json), Ok(schedule));
}

#[test]
fn all_problems_are_named_at_once() {
    let wrong = json!({
        "sed": 1,
        "rateLimit": {"perSecond": 0, "burst": 3},
        "capacity": 6,
        "faults": [
            {"name": "a", "method": "get", "route": "Users", "query": "=1", "nth": 0, "probability": 0,
             "effect": {"type": "explode"}},
            {"name": "a", "nth": 1, "times": 2, "headers": {"Content-Length": "3", "X-Y": 1, "X Y": "1"}},
            7,
            {"rout": "/Users"},
        ],
    });
    insta::assert_snapshot!(problems(&wrong), @r#"
    rateLimit.perSecond: must be a whole number from 1 to 1000000
    rateLimit.burst: is not known here; one of perSecond, retryAfter
    capacity: must be a JSON object
    faults[0].method: is "get"; one of GET, POST, PUT, PATCH, DELETE, HEAD
    faults[0].route: must be a path such as /Users, /Users/* or /Users/**, without a query
    faults[0].query: must be parameters such as startIndex=201, joined by &
    faults[0].nth: must be a whole number from 1 to 4294967295
    faults[0].probability: must be a number above 0 and not above 1, such as 0.1
    faults[0].effect.type: is "explode"; one of answer, htmlPage, close, loseAnswer, stall, truncate, drip, enlarge, deepen, revokeTokens, repeatRows, dropRows, shiftPage, changeTotal, emptyPage, loseView, ignoreFilter, ignoreStartIndex
    faults[1].name: is that of another fault; each must have its own
    faults[1].nth: says which one alone; leave out after and times, or nth
    faults[1].headers.Content-Length: belongs to the body's framing; truncate is an effect
    faults[1].headers.X-Y: must be text, and not empty
    faults[1].headers.X Y: is no header that can be sent, or its value none
    faults[2]: must be a JSON object
    faults[3].effect: is missing; there must be one, or headers
    faults[3].rout: is not known here; one of name, method, route, query, nth, after, times, probability, headers, effect
    sed: is not known here; one of seed, rateLimit, capacity, faults
    "#);
}

#[rstest::rstest]
#[case(json!({"type": "answer"}), "faults[0].effect.status: is missing; a whole number from 200 to 599")]
#[case(json!({"type": "answer", "status": 101}), "faults[0].effect.status: must be a whole number from 200 to 599")]
#[case(json!({"type": "close", "rows": 1}), "faults[0].effect.rows: is not known here; one of type")]
#[case(json!({"type": "stall", "ms": -1}), "faults[0].effect.ms: must be a whole number from 0 to 86400000")]
#[case(json!({"type": "truncate", "bytes": 1, "chunked": "yes"}), "faults[0].effect.chunked: must be true or false")]
#[case(json!({"type": "drip", "bytes": 0, "everyMs": 1}), "faults[0].effect.bytes: must be a whole number from 1 to 1073741824")]
#[case(json!({"type": "shiftPage", "rows": 0}), "faults[0].effect.rows: must be a whole number from -100000000 to 100000000, and not 0")]
#[case(json!({"type": "dropRows", "row": 1}), "faults[0].effect.rows: is missing; a whole number from 1 to 100000000\nfaults[0].effect.row: is not known here; one of type, rows")]
#[case(json!("close"), "faults[0].effect: must be a JSON object")]
fn a_problem_names_its_member(#[case] effect: Value, #[case] expected: &str) {
    assert_eq!(problems_of(&effect), expected);
}

#[rstest::rstest]
#[case(json!([]), "the schedule: must be a JSON object")]
#[case(json!({"faults": {}}), "faults: must be an array of objects")]
#[case(json!({"seed": -1}), "seed: must be a whole number from 0 to 18446744073709551615")]
#[case(json!({"capacity": {"atOnce": 1}}), "capacity.latencyMs: is missing; a whole number from 0 to 86400000")]
#[case(json!({"faults": [{}]}), "faults[0].effect: is missing; there must be one, or headers")]
#[case(json!({"faults": [{"route": "/a/**/b", "effect": {"type": "close"}}]}), "faults[0].route: must be a path such as /Users, /Users/* or /Users/**, without a query")]
#[case(json!({"faults": [{"route": "/Users?count=1", "effect": {"type": "close"}}]}), "faults[0].route: must be a path such as /Users, /Users/* or /Users/**, without a query")]
#[case(json!({"faults": [{"probability": 1.5, "effect": {"type": "close"}}]}), "faults[0].probability: must be a number above 0 and not above 1, such as 0.1")]
fn a_wrong_form_is_a_problem(#[case] schedule: Value, #[case] expected: &str) {
    assert_eq!(problems(&schedule), expected);
}
