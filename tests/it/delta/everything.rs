//! When everything is listed, though a state came; and when nothing is.

use super::{ACCOUNTS, HOUR, World, count, set, stateful, told};
use crate::harness::{Answer, pass, with};
use http::{HeaderValue, StatusCode};
use rstest::rstest;
use scim_connector::sandbox::{Dialect, Effect, Fault, ListEffect};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Providers by whose filters nobody can go: everything comes, and a state.
#[rstest]
#[case::ignored("ignore-filter")]
#[case::this_one_ignored("last-modified-ignored")]
#[case::refused("no-filter")]
#[case::this_one_refused("last-modified-refused")]
#[case::equality_only("filter-eq-only")]
#[case::nothing_is_dated("last-modified-missing")]
#[tokio::test]
async fn where_changes_cannot_be_asked_for_everything_comes(#[case] quirks: &str) {
    let world = World::start(Dialect::Rfc, 30, quirks, json!({})).await;
    let users = set(world.ids("Users"));
    let full = world.list(None).await;
    pass(HOUR).await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0, users);
    // Later nobody asks again whether the provider does.
    let (again, requests) = world.counted(world.list(delta.state())).await;
    assert_eq!((told(&again).0, again.state().is_some()), (users, true));
    assert_eq!(requests, count(&[("Groups", 2), ("Users", 3)]));
}

#[tokio::test]
async fn what_is_known_of_a_provider_is_not_asked() {
    let profile = json!({"providerSettings": {"users.filters.operators": ["eq", "and"]}});
    let world = World::start(Dialect::Rfc, 30, "no-filter", profile).await;
    let full = world.list(None).await;
    assert_eq!(told(&world.list(full.state()).await).0.len(), 30);
    let filters = world.bench.sandbox.requests().iter().filter(|one| one.target().contains("filter=meta")).count();
    assert_eq!(filters, 0);
}

/// Of a provider whose users change with their memberships, so that no memory of what was told is needed.
fn touched() -> Value {
    json!({"providerSettings": [{"key": "lastModifiedMisses", "value": "[]"}]})
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_now_is_not_one_that_knows_no_filter() {
    for status in [401, 403, 500, 503] {
        let world = World::start(Dialect::Rfc, 30, "", json!({"maxRetries": 0})).await;
        let full = world.list(None).await;
        let refusal = Effect::Answer { status: StatusCode::from_u16(status).unwrap(), body: String::new() };
        // Another token is tried, too.
        let times = Some(if status == 401 { 2 } else { 1 });
        world.bench.fail(Fault { times, ..Fault::new("/Users", refusal) });
        let failed = world.list(full.state()).await;
        assert!(failed.state().is_none() && failed.status == 500, "{status}");
        // The next one is as if nothing had been.
        assert_eq!(told(&world.list(full.state()).await).0, BTreeSet::new(), "{status}");
    }
}

#[rstest]
#[case::no_object(json!("text"))]
#[case::of_somebody_else(json!({"date": "1686341338871"}))]
#[case::an_array(json!([1]))]
#[case::a_number(json!(7))]
#[tokio::test]
async fn a_state_that_is_none_is_answered_with_everything(#[case] state: Value) {
    let world = World::start(Dialect::Rfc, 12, "", json!({"deltaDeletions": true})).await;
    let answer = world.list(Some(&state)).await;
    assert_eq!((told(&answer).0.len(), told(&answer).1.len()), (12, 0));
    assert!(answer.state().is_some());
}

#[tokio::test]
async fn a_state_that_was_made_with_something_else_or_damaged_is_answered_with_everything() {
    let world = World::start(Dialect::Rfc, 12, "", json!({})).await;
    let state = world.list(None).await.state().unwrap().clone();
    assert_eq!(told(&world.list(Some(&state)).await).0.len(), 0);
    for settings in [
        json!({"userFilter": "userName pr"}),
        json!({"filterString": "userName == \"x\""}),
        json!({"attributeMapping": [{"name": "shoe", "path": "shoeSize", "type": "string"}]}),
        json!({"groupMembership": "group"}),
        json!({"provider": "entra-style"}),
        json!({"baseUrl": format!("{}/", world.bench.sandbox.base_url().replace("127.0.0.1", "localhost"))}),
    ] {
        assert_eq!(told(&world.list_with(Some(&state), settings.clone()).await).0.len(), 12, "{settings}");
    }
    for name in state.as_object().unwrap().keys() {
        let mut cut = state.clone();
        cut.as_object_mut().unwrap().remove(name);
        assert_eq!(told(&world.list(Some(&cut)).await).0.len(), 12, "without {name}");
    }
    // What only says how the provider is asked changes nothing of it.
    let world = World::start(Dialect::Rfc, 12, "", touched()).await;
    let state = world.list(None).await.state().unwrap().clone();
    for settings in [json!({"pageSize": 5}), json!({"maxRetries": 1, "shrinkLimitPercent": 5})] {
        assert_eq!(told(&world.list_with(Some(&state), settings).await).0.len(), 0);
    }
    let input = with(&stateful(Some(&state)), json!({"schema": {"attributes": [{"name": "userName"}]}}));
    assert_eq!(world.bench.run_with(ACCOUNTS, input, world.settings.clone()).await.outputs().len(), 12);
}

#[rstest]
#[case::not_asked_for(json!({}), json!({}))]
#[case::not_wanted(json!({"stateful": false}), json!({}))]
#[case::switched_off(json!({"stateful": true}), json!({"spConnEnableStatefulCommands": false}))]
#[tokio::test]
async fn without_state_a_list_is_as_ever(#[case] input: Value, #[case] settings: Value) {
    let world = World::start(Dialect::Rfc, 12, "", json!({})).await;
    let state = world.list(None).await.state().unwrap().clone();
    let input = with(&input, json!({"state": state}));
    let answer = world.bench.run_with(ACCOUNTS, input, with(&world.settings, settings)).await;
    assert_eq!((answer.outputs().len(), answer.state()), (12, None));
}

#[tokio::test]
async fn stateful_is_true_or_false() {
    let world = World::start(Dialect::Rfc, 2, "", json!({})).await;
    let answer = world.bench.run_with(ACCOUNTS, json!({"stateful": "yes"}), world.settings.clone()).await;
    answer.failure().assert_says("input.stateful must be true or false, but is a string");
}

/// A gateway whose clock is wrong, and a state of a time that has not come.
#[tokio::test]
async fn times_are_the_provider_s_and_the_smaller_of_two() {
    let world = World::start(Dialect::Rfc, 20, "", touched()).await;
    let since = |answer: &Answer| answer.state().unwrap()["since"].as_str().unwrap().to_owned();
    let dated = |date: &'static str| {
        let headers = http::HeaderMap::from_iter([(http::header::DATE, HeaderValue::from_static(date))]);
        Fault { headers, times: Some(1), ..Fault::new("/Users", Effect::HeadersOnly) }
    };
    let last_change = since(&world.list(None).await);
    // The users were changed long ago; a gateway that is ahead of its time changes nothing of that.
    world.bench.fail(dated("Tue, 05 May 2037 08:00:00 GMT"));
    assert_eq!(since(&world.list(None).await), last_change);
    world.change(&world.ids("Users")[0], "Changed").await;
    let full = world.list(None).await;
    assert_eq!(since(&full), "2026-05-04T08:00:00Z");
    world.bench.fail(dated("Mon, 04 May 2026 07:50:00 GMT"));
    assert_eq!(since(&world.list(None).await), "2026-05-04T07:50:00Z");
    // Within what clocks may differ, and beyond.
    for (date, sent) in [("Mon, 04 May 2026 07:50:00 GMT", 0), ("Mon, 04 May 2026 07:49:59 GMT", 20)] {
        world.bench.fail(dated(date));
        assert_eq!(told(&world.list(full.state()).await).0.len(), sent, "{date}");
    }
}

/// A provider that filters as it should when it is tried, and then does not.
#[tokio::test]
async fn objects_that_have_not_changed_are_no_changes() {
    let world = World::start(Dialect::Rfc, 30, "", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    world.change(&world.ids("Users")[7], "Changed").await;
    let ignores = Fault {
        times: Some(1),
        ..Fault::new("/Users?filter=meta.lastModified ge \"20*", Effect::List(ListEffect::IgnoreFilter))
    };
    world.bench.fail(ignores);
    let answer = world.list(full.state()).await;
    let there: BTreeSet<String> = answer.identities().into_iter().collect();
    assert_eq!((there.len(), answer.state().is_some()), (30, true));
    let (again, requests) = world.counted(world.list(answer.state())).await;
    assert_eq!((told(&again).0.len(), requests), (30, count(&[("Groups", 2), ("Users", 3)])));
}
