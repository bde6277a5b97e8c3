//! Groups of an account: member by member, in the provider's form, with the same result however often it is asked for.

use super::harness::{Answer, Bench, Service, add, attributes, key, remove, set, update};
use super::relay::Relayed;
use super::standard::Standard;
use super::upstream::{Asked, Reply, Turn};
use http::Method;
use rstest::rstest;
use scim_connector::sandbox::{Effect, Fault, Options};
use serde_json::{Value, json};

const UPDATE: &str = "std:account:update";
const ADA: &str = "005RM000002FD0bYAG";
const GROUPS: [&str; 2] = ["00GRM000002FD0b2AG", "00GRM000002FD0c2AG"];

async fn changed(standard: &Standard, id: &str, change: Value) -> Answer {
    Service::start().await.invoke(UPDATE, update(id, json!([change])), &standard.config(json!({}))).await
}

async fn groups_of(standard: &Standard, id: &str) -> Value {
    let read = Service::start().await.invoke("std:account:read", key(id), &standard.config(json!({}))).await.output();
    attributes(&read)["groups"].clone()
}

#[tokio::test]
async fn granting_and_revoking_again_changes_nothing_at_a_standard_server() {
    let standard = Standard::start().await;
    for (change, groups, writes) in [
        (add("groups", "g3"), json!(["g1", "g3"]), 1),
        (add("groups", "g3"), json!(["g1", "g3"]), 1),
        (remove("groups", "g3"), json!(["g1"]), 2),
        (remove("groups", "g3"), json!(["g1"]), 2),
        (add("groups", ["g3"]), json!(["g1", "g3"]), 3),
    ] {
        let output = changed(&standard, "u1", change).await.output();
        assert!(output == json!({}) || attributes(&output)["groups"] == groups, "{output}");
        assert_eq!(groups_of(&standard, "u1").await, groups);
        assert_eq!(standard.upstream.writes().lines().count(), writes);
    }
    insta::assert_snapshot!(standard.upstream.writes(), @r#"
    PATCH /scim/v2/Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"u1"}]}]}
    PATCH /scim/v2/Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"u1\"]"}]}
    PATCH /scim/v2/Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"u1"}]}]}
    "#);
}

#[tokio::test]
async fn granting_and_revoking_again_changes_nothing_at_salesforce() {
    let relayed = Relayed::start().await;
    let held = relayed.bench.run("std:account:read", key(ADA)).await.output();
    let change = |change| relayed.run(UPDATE, update(ADA, json!([change])), json!({}));
    change(set("groups", json!([]))).await.output();
    let before = relayed.relay.writes().lines().count();
    for (change_of, groups, writes) in [
        (add("groups", GROUPS[0]), json!([GROUPS[0]]), 1),
        (add("groups", GROUPS[0]), json!([GROUPS[0]]), 1),
        (remove("groups", GROUPS[0]), json!([]), 2),
        (remove("groups", GROUPS[0]), json!([]), 2),
        (add("groups", GROUPS[0]), json!([GROUPS[0]]), 3),
    ] {
        let output = change(change_of).await.output();
        assert!(output == json!({}) || attributes(&output)["groups"] == groups, "{output}");
        let read = relayed.bench.run("std:account:read", key(ADA)).await.output();
        assert_eq!(attributes(&read)["groups"], groups);
        assert_eq!(read["attributes"]["entitlements"], held["attributes"]["entitlements"]);
        assert_eq!(relayed.relay.writes().lines().count() - before, writes);
    }
    let writes: Vec<String> = relayed.relay.writes().lines().skip(before).take(2).map(str::to_owned).collect();
    insta::assert_snapshot!(writes.join("\n"), @r#"
    PATCH /services/scim/v2/Groups/00GRM000002FD0b2AG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":{"members":[{"value":"005RM000002FD0bYAG"}]}}]}
    PATCH /services/scim/v2/Groups/00GRM000002FD0b2AG {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members","value":{"members":[{"value":"005RM000002FD0bYAG"}]}}]}
    "#);
}

#[tokio::test]
async fn of_a_group_of_three_exactly_the_other_two_remain() {
    let standard = Standard::start().await;
    let account = changed(&standard, "u2", remove("groups", "g1")).await.output();
    assert_eq!(attributes(&account)["groups"], json!(["g2"]));
    assert_eq!(standard.members("g1"), ["u1", "u3"]);
    assert_eq!(standard.members("g2"), ["u2"]);
}

#[tokio::test]
async fn all_groups_at_once() {
    let standard = Standard::start().await;
    let account = changed(&standard, "u2", set("groups", ["g2", "g3"])).await.output();
    assert_eq!(attributes(&account)["groups"], json!(["g2", "g3"]));
    assert_eq!((standard.members("g1").len(), standard.members("g3")), (2, vec!["u2".to_owned()]));
    let account = changed(&standard, "u2", set("groups", json!([]))).await.output();
    assert_eq!(attributes(&account)["groups"], json!([]));
    assert_eq!(standard.members("g1"), ["u1", "u3"]);
}

#[tokio::test]
async fn of_two_groups_the_one_that_fails_is_named() {
    let bench = Bench::with_users(8).await;
    bench.run(UPDATE, update(ADA, json!([set("groups", json!([]))]))).await.outputs();
    let refusal = Effect::Answer { status: http::StatusCode::FORBIDDEN, body: r#"{"detail":"no"}"#.to_owned() };
    bench.fail(Fault { method: Some(Method::PATCH), ..Fault::new(format!("/Groups/{}", GROUPS[1]), refusal) });
    let account = bench.run(UPDATE, update(ADA, json!([add("groups", GROUPS)]))).await.output();
    assert_eq!(attributes(&account)["groups"], json!([GROUPS[0]]));
    insta::assert_snapshot!(account["results"], @r#"[{"attribute":"groups","status":"error","messages":[{"level":"ERROR","message":"Updating 005RM000002FD0bYAG, group 00GRM000002FD0c2AG failed: the provider does not allow this to the user that the connector signs in as. Give that user the right to read and manage users (in Salesforce: API Enabled, Manage Users). (The provider says: no; HTTP 403) [FORBIDDEN]"}]}]"#);
}

#[rstest]
#[case(405)]
#[case(501)]
#[tokio::test]
async fn without_patch_a_group_is_left_as_it_is(#[case] status: u16) {
    let standard = Standard::stepping_in(move |asked, _| {
        (asked.method == Method::PATCH).then(|| Reply::error(status, "there is no PATCH").into())
    })
    .await;
    for (user, change) in [("u2", remove("groups", "g1")), ("u1", add("groups", "g2"))] {
        let failure = changed(&standard, user, change).await.failure();
        assert_eq!(failure.code, "NOT_SUPPORTED");
        failure.assert_says("it has no PATCH for that");
    }
    assert_eq!(
        (standard.members("g1"), standard.members("g2")),
        (vec!["u1".into(), "u2".into(), "u3".into()], vec!["u2".into()])
    );
    assert!(!standard.upstream.writes().contains("PUT"));
}

/// An attempt whose answer was lost is sent again, and some servers refuse what is done already.
#[rstest]
#[case::joining(add("groups", "g3"), json!(["g1", "g3"]))]
#[case::leaving(remove("groups", "g1"), json!([]))]
#[tokio::test]
async fn a_change_that_is_refused_since_it_is_done_already_is_done(#[case] change: Value, #[case] groups: Value) {
    for is_done in [true, false] {
        let standard = Standard::stepping_in(move |asked, store| {
            (asked.method == Method::PATCH).then(|| {
                if is_done {
                    store.answer(asked);
                }
                Reply::error(400, "noTarget").into()
            })
        })
        .await;
        let answer = changed(&standard, "u1", change.clone()).await;
        if is_done {
            let account = answer.output();
            assert_eq!((&attributes(&account)["groups"], account.get("results")), (&groups, None));
        } else {
            answer.failure().assert_says("noTarget");
        }
    }
}

#[tokio::test]
async fn a_removal_that_empties_the_group_is_said_loudly() {
    let standard = Standard::stepping_in(|asked, store| {
        (asked.method == Method::PATCH).then(|| {
            let mut harsh = asked.clone();
            harsh.body = json!({"Operations": [{"op": "remove", "path": "members"}]}).to_string();
            store.answer(&harsh).into()
        })
    })
    .await;
    let answer = changed(&standard, "u2", remove("groups", "g1")).await;
    insta::assert_snapshot!(answer.failure().shown(), @"generic/generic: Updating u2 failed: the group g1 had 2 other members and shows none now. Check it at the provider at once: the setting provider may be wrong. [GROUP_EMPTIED]");
}

#[tokio::test]
async fn a_membership_that_was_taken_and_not_made_is_a_failure() {
    let standard =
        Standard::stepping_in(|asked, _| (asked.method == Method::PATCH).then(|| Reply::json(200, &json!({})).into()))
            .await;
    let joins = changed(&standard, "u1", add("groups", "g2")).await.failure();
    insta::assert_snapshot!(joins.shown(), @"generic/generic: Updating u1 failed: the provider took the change, but the account is not a member of the group g2. Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED]");
    let leaves = changed(&standard, "u1", remove("groups", "g1")).await.failure();
    insta::assert_snapshot!(leaves.shown(), @"generic/generic: Updating u1 failed: the provider took the change, but the account is still a member of the group g1. Look at it at the provider: a rule or a job there may forbid the change or undo it. [NOT_CHANGED]");
}

#[rstest]
#[case::salesforce(true)]
#[case::standard(false)]
#[tokio::test]
async fn a_group_that_does_not_exist_is_named_and_nothing_is_written(#[case] salesforce: bool) {
    let failure = if salesforce {
        let bench = Bench::with_users(8).await;
        let failure = bench
            .run(UPDATE, update(ADA, json!([add("groups", "00GRM000009FD0b2AG"), set("title", "x")])))
            .await
            .failure();
        assert_eq!(bench.writes(), "");
        failure
    } else {
        let standard = Standard::start().await;
        let failure = changed(&standard, "u1", add("groups", ["g2", "g9"])).await.failure();
        assert_eq!(standard.upstream.writes(), "");
        failure
    };
    assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("INVALID_INPUT", "generic"));
    failure.assert_says("groups has \"");
    failure.assert_says("which does not exist at the provider");
}

fn asks_by_member(asked: &Asked) -> bool {
    asked.query.get("filter").is_some_and(|filter| filter.starts_with("members.value eq"))
}

/// How many times the groups were listed, without a filter and by a member.
fn listed(standard: &Standard) -> (usize, usize) {
    let seen = standard.upstream.seen();
    let (by_member, whole): (Vec<&Asked>, Vec<&Asked>) =
        seen.iter().filter(|asked| asked.path.ends_with("/Groups")).partition(|asked| asks_by_member(asked));
    (whole.len(), by_member.len())
}

/// With more groups than a page holds, so that a sweep is seen.
async fn with_many_groups(first: impl Fn(&Asked) -> Option<Turn> + Send + Sync + 'static) -> Standard {
    let standard = Standard::stepping_in(move |asked, _| first(asked)).await;
    for number in 0..300 {
        let group = json!({"id": format!("h{number}"), "displayName": "x", "members": [{"value": "u3"}]});
        standard.put(&format!("Groups/h{number}"), group);
    }
    standard
}

#[tokio::test]
async fn a_server_that_finds_groups_by_member_is_not_swept() {
    let standard = with_many_groups(|_| None).await;
    let service = Service::start().await;
    for round in 1..4 {
        let read = service.invoke("std:account:read", key("u2"), &standard.config(json!({}))).await.output();
        assert_eq!(attributes(&read)["groups"], json!(["g1", "g2"]));
        // For each account one, and one that makes sure that there are no more.
        assert_eq!(listed(&standard), (1, 1 + 2 * round), "one to try it with, then those for each account");
    }
}

#[rstest]
#[case::refused(|| Reply::error(400, "no such filter"))]
#[case::empty(|| Reply::json(200, &json!({"totalResults": 0, "Resources": []})))]
#[tokio::test]
async fn a_server_that_does_not_is_swept(#[case] answer: fn() -> Reply) {
    let standard = with_many_groups(move |asked| asks_by_member(asked).then(|| answer().into())).await;
    let service = Service::start().await;
    for _ in 0..2 {
        let read = service.invoke("std:account:read", key("u2"), &standard.config(json!({}))).await.output();
        assert_eq!(attributes(&read)["groups"], json!(["g1", "g2"]));
    }
    assert_eq!(listed(&standard).1, 1, "the filter is tried once");
}

/// It sends all groups, whatever the filter says.
#[tokio::test]
async fn a_server_that_ignores_the_filter_is_read_rightly() {
    let standard = Standard::stepping_in(|asked, store| {
        asks_by_member(asked).then(|| {
            let mut plain = asked.clone();
            plain.query.remove("filter");
            store.answer(&plain).into()
        })
    })
    .await;
    assert_eq!(groups_of(&standard, "u2").await, json!(["g1", "g2"]));
    assert_eq!(groups_of(&standard, "u1").await, json!(["g1"]));
    changed(&standard, "u1", add("groups", "g3")).await.output();
    assert_eq!(groups_of(&standard, "u1").await, json!(["g1", "g3"]));
}

#[tokio::test]
async fn the_groups_of_an_account_are_the_same_from_either_side() {
    let bench = Bench::start(Options { users: 8, groups: 250, ..Options::default() }).await;
    let from_user = bench.run("std:account:read", key(ADA)).await.output();
    let generic = json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url(), "groupMembership": "group"});
    let from_groups = bench.run_with("std:account:read", key(ADA), generic).await.output();
    assert_eq!(from_user["attributes"]["groups"], from_groups["attributes"]["groups"]);
}
