//! States that come back as they were sent, and others.

use super::super::seen::{of_id, of_line};
use super::*;
use serde_json::json;

fn state(objects: usize, ids: bool) -> State {
    let since: DateTime<Utc> = "2026-11-22T07:00:00.5Z".parse().unwrap();
    let mut state = State { since: Some(since), memberships: Some(7), ids: ids.then(Ids::default), ..State::default() };
    for number in 0..objects {
        let id = uuid::Uuid::from_u128((number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let id = id.to_string();
        state.seen.put(of_id(&id), of_line(id.as_bytes()), since.timestamp());
        if let Some(ids) = &mut state.ids {
            ids.insert(&id);
        }
    }
    state
}

fn read(value: &Map<String, Value>) -> Result<State, &'static str> {
    State::read(&Value::Object(value.clone()), "list")
}

#[test]
fn a_state_is_texts_and_comes_back() {
    let written = state(2, true).write("list");
    assert!(written.values().all(Value::is_string));
    let back = read(&written).unwrap();
    assert_eq!((back.since, back.memberships, &back.ids), (state(0, true).since, Some(7), &state(2, true).ids));
    assert!(back.seen.is_whole());
    assert_eq!(back.write("list"), written, "{written:?}");
    let bare = State::default().write("list");
    assert_eq!(read(&bare), Ok(State::default()));
}

#[test]
fn whatever_else_comes_is_refused_with_the_reason() {
    let good = state(20, true).write("list");
    let reason = |value: &Value| State::read(value, "list").unwrap_err();
    for value in [json!("text"), json!([]), json!(7), json!(true)] {
        assert_eq!(reason(&value), "it is no object");
    }
    assert_eq!(reason(&json!({"date": "1686341338871"})), "it is of another version");
    assert_eq!(reason(&json!({"version": "1"})), "it is damaged");
    assert!(State::read(&Value::Object(good.clone()), "other").unwrap_err().starts_with("it is of another address"));
    for name in ["since", "of", "lines", "ids", "memberships"] {
        let mut cut = good.clone();
        cut.remove(name);
        assert_eq!(read(&cut), Err("it is damaged"), "without {name}");
        let mut changed = good.clone();
        changed[name] = format!("{}A", changed[name].as_str().unwrap()).into();
        assert_eq!(read(&changed), Err("it is damaged"), "with another {name}");
        // One whose check is right all the same.
        changed[name] = "\u{1}not this".into();
        changed["check"] = check(&changed).into();
        assert!(read(&changed).is_err(), "{name}");
    }
}

#[rstest::rstest]
#[case::none(0, true, true)]
#[case::few(5_000, true, true)]
#[case::ten_thousand_with_all(10_000, true, true)]
#[case::ids_and_some_hashes(11_800, true, false)]
#[case::hashes_alone(12_700, false, true)]
#[case::neither(50_000, false, false)]
fn a_state_fits_into_a_line_whatever_it_is_of(#[case] objects: usize, #[case] has_ids: bool, #[case] has_all: bool) {
    let written = state(objects, true).write("list");
    assert!(state_bytes(&written) <= MAX_LINE_BYTES, "{objects}");
    let back = read(&written).unwrap();
    assert_eq!(back.seen.is_whole(), has_all);
    let kept = back.ids.unwrap().kept().map(std::collections::BTreeSet::len);
    assert_eq!(kept, has_ids.then_some(objects));
    // Without ids there is more room for the hashes.
    let without = state(objects, false).write("list");
    assert!(state_bytes(&without) <= MAX_LINE_BYTES);
    assert_eq!(read(&without).unwrap().seen.is_whole(), objects <= 12_700);
}
