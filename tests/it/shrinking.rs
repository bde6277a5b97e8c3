//! Lists that are complete in themselves, and much shorter than the last ones.

use super::harness::{Answer, Service, with};
use super::upstream::{Asked, Reply, Upstream, ids, page};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ACCOUNTS: &str = "std:account:list";
const ENTITLEMENTS: &str = "std:entitlement:list";

/// A server whose users become more and fewer, with groups that some of them are in.
struct Changing {
    upstream: Upstream,
    service: Service,
    users: Arc<AtomicUsize>,
    /// So many users are in the one group.
    members: Arc<AtomicUsize>,
}

impl Changing {
    async fn start(users: usize, members: usize) -> Self {
        let (users, members) = (Arc::new(AtomicUsize::new(users)), Arc::new(AtomicUsize::new(members)));
        let now = (Arc::clone(&users), Arc::clone(&members));
        let upstream = Upstream::start(move |asked| {
            let (users, members) = (now.0.load(Ordering::Relaxed), now.1.load(Ordering::Relaxed));
            if asked.path.ends_with("/Groups") { groups(asked, members) } else { listed(asked, users, members) }
        })
        .await;
        Self { upstream, service: Service::start().await, users, members }
    }

    fn become_users(&self, number: usize) {
        self.users.store(number, Ordering::Relaxed);
    }

    fn become_members(&self, number: usize) {
        self.members.store(number, Ordering::Relaxed);
    }

    async fn list(&self, settings: Value) -> Answer {
        self.service.invoke(ACCOUNTS, json!({}), &self.upstream.config(settings)).await
    }

    /// A process that has seen nothing of this source.
    async fn restart(&mut self) {
        self.service = Service::start().await;
    }
}

/// The users, the first ones of them in a group.
fn listed(asked: &Asked, users: usize, members: usize) -> Reply {
    let all = ids(users);
    let (all, total) = match asked.after() {
        Some(after) => {
            let left: Vec<String> = all.into_iter().filter(|id| id.as_str() > after).collect();
            let total = left.len();
            (left.into_iter().take(asked.count()).collect(), total)
        }
        None => (page(&all, asked, 500).to_vec(), users),
    };
    let is_member = |id: &str| id.trim_start_matches('u').parse::<usize>().unwrap() <= members;
    let user = |id: &String| {
        let groups = if is_member(id) { json!([{"value": "g1"}]) } else { json!([]) };
        json!({"id": id, "userName": id, "groups": groups})
    };
    Reply::json(200, &json!({"totalResults": total, "Resources": all.iter().map(user).collect::<Vec<_>>()}))
}

fn groups(asked: &Asked, members: usize) -> Reply {
    let members: Vec<Value> = ids(members).iter().map(|id| json!({"value": id})).collect();
    let group = json!({"id": "g1", "displayName": "One", "members": members});
    Reply::json(
        200,
        &json!({"totalResults": 1, "Resources": if asked.start() == 1 { json!([group]) } else { json!([]) }}),
    )
}

/// What the platform is told to keep, if it is told.
fn told(answer: &Answer) -> Option<Value> {
    let lines: Vec<&Value> = answer.lines.iter().filter(|line| line["type"] == "config").collect();
    assert!(lines.len() <= 1 && lines.iter().all(|line| *line == answer.lines.last().unwrap()), "{lines:?}");
    lines.first().map(|line| line["data"][0].clone())
}

/// The settings after the platform has kept what it was told.
fn kept(answer: &Answer) -> Value {
    json!({"lastCompleteCounts": told(answer).unwrap()["value"]})
}

fn assert_shrunk(answer: &Answer, figures: &str) {
    let failure = answer.error();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("LIST_SHRUNK", "invalidResponse"), "{failure:?}");
    failure.assert_says(figures);
}

#[rstest]
#[case::by_index(json!({"paging": "index"}))]
#[case::by_key(json!({"paging": "key"}))]
#[case::by_cursor(json!({"paging": "cursor", "pageSize": 10_000}))]
#[case::salesforce(json!({"provider": "salesforce", "tokenUrl": "http://127.0.0.1:1"}))]
#[tokio::test]
async fn one_user_where_there_were_five_thousand_is_a_failure_before_the_first_line(#[case] settings: Value) {
    let server = Changing::start(400, 0).await;
    assert_eq!(server.list(settings.clone()).await.outputs().len(), 400);
    server.become_users(1);
    let answer = server.list(settings).await;
    assert_eq!((answer.status, answer.given_out().len()), (500, 0));
    assert_shrunk(&answer, "of 400 accounts in the last complete list the provider shows 1 now");
}

#[tokio::test]
async fn the_message_has_both_figures_the_likely_cause_and_the_way_out() {
    let server = Changing::start(5_000, 0).await;
    let settings = json!({"pageSize": 500});
    assert_eq!(server.list(settings.clone()).await.outputs().len(), 5_000);
    server.become_users(1);
    let failure = server.list(settings.clone()).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidResponse: Listing accounts failed: of 5000 accounts in the last complete list the provider shows 1 now. A loss of more than 20 % is not believed, since the platform would take what is missing for deleted. Probably the service account has lost its view of them, a filter at the provider has changed, or the address leads to another org: look what that account sees. If they are really gone, set shrinkLimitPercent to 100, or to 0 to switch this check off, for one aggregation. [LIST_SHRUNK]");

    // It stays so until somebody says otherwise, once.
    assert_shrunk(&server.list(settings).await, "of 5000 accounts in the last complete list");
    assert_eq!(server.list(json!({"shrinkLimitPercent": "0"})).await.outputs().len(), 1);
    assert_eq!(server.list(json!({})).await.outputs().len(), 1);
}

#[rstest]
#[case::at_the_limit(json!({}), 80, true)]
#[case::beyond_it(json!({}), 79, false)]
#[case::a_wider_limit(json!({"shrinkLimitPercent": 50}), 50, true)]
#[case::a_narrower_limit(json!({"shrinkLimitPercent": "5"}), 90, false)]
#[case::fewer_than_ten_missing(json!({"shrinkLimitPercent": 5}), 91, true)]
#[case::the_platforms_threshold(json!({"deleteThresholdPercentage": "15"}), 84, false)]
#[case::the_platforms_threshold_kept(json!({"deleteThresholdPercentage": "15"}), 85, true)]
#[case::switched_off(json!({"shrinkLimitPercent": 0, "deleteThresholdPercentage": 10}), 0, true)]
#[case::nobody_left(json!({}), 0, false)]
#[case::more(json!({}), 500, true)]
#[tokio::test]
async fn a_list_of_a_hundred_that_becomes(#[case] settings: Value, #[case] users: usize, #[case] passes: bool) {
    let server = Changing::start(100, 0).await;
    assert_eq!(server.list(settings.clone()).await.outputs().len(), 100);
    server.become_users(users);
    let answer = server.list(settings).await;
    if passes {
        assert_eq!(answer.outputs().len(), users);
    } else {
        assert_shrunk(&answer, &format!("the provider shows {users} now"));
        assert_eq!(answer.status, 500);
    }
}

#[tokio::test]
async fn a_few_more_or_less_of_a_few_is_nothing() {
    let server = Changing::start(9, 9).await;
    for users in [9, 3, 2, 0, 5] {
        server.become_users(users);
        let answer = server.list(json!({})).await;
        assert_eq!((answer.outputs().len(), told(&answer)), (users, None));
    }
}

#[tokio::test]
async fn the_platform_keeps_the_figures_for_the_next_process() {
    let mut server = Changing::start(300, 40).await;
    let first = server.list(json!({})).await;
    let mut operation = told(&first).unwrap();
    for (name, value) in operation["value"].as_object_mut().unwrap() {
        assert_eq!(value["of"].as_str().unwrap().len(), 16, "{name}");
        value["of"] = "16 digits".into();
        value["at"] = "now".into();
    }
    insta::assert_snapshot!(operation, @r#"{"op":"add","path":"/lastCompleteCounts","value":{"accounts":{"count":300,"of":"16 digits","at":"now"},"groupsOfAccounts":{"count":40,"of":"16 digits","at":"now"}}}"#);

    server.restart().await;
    server.become_users(30);
    let as_object = kept(&first);
    let as_text = json!({"lastCompleteCounts": as_object["lastCompleteCounts"].to_string()});
    for settings in [&as_object, &as_text] {
        let answer = server.list(settings.clone()).await;
        assert_shrunk(&answer, "of 300 accounts in the last complete list the provider shows 30 now");
    }
    // What cannot be read is no obstacle.
    assert_eq!(server.list(json!({"lastCompleteCounts": "lost"})).await.outputs().len(), 30);
}

#[tokio::test]
async fn the_platform_is_told_only_what_matters() {
    let server = Changing::start(2_000, 0).await;
    let first = server.list(json!({"pageSize": 500})).await;
    let settings = with(&json!({"pageSize": 500}), kept(&first));
    for users in [2_000, 1_981] {
        server.become_users(users);
        assert_eq!(told(&server.list(settings.clone()).await), None, "{users}");
    }
    server.become_users(1_980);
    let operation = told(&server.list(settings).await).unwrap();
    assert_eq!((&operation["op"], &operation["value"]["accounts"]["count"]), (&json!("replace"), &json!(1_980)));
}

/// Of the process's figure and the platform's the newer one counts: another process may have been let pass.
#[tokio::test]
async fn another_process_s_newer_figure_counts() {
    let server = Changing::start(300, 0).await;
    let first = server.list(json!({})).await;
    server.become_users(30);
    assert_shrunk(&server.list(json!({})).await, "of 300 accounts in the last complete list");
    let mut newer = kept(&first);
    newer["lastCompleteCounts"]["accounts"]["count"] = 31.into();
    newer["lastCompleteCounts"]["accounts"]["at"] = "2099-01-01T00:00:00Z".into();
    assert_eq!(server.list(newer.clone()).await.outputs().len(), 30);
    newer["lastCompleteCounts"]["accounts"]["at"] = "2001-01-01T00:00:00Z".into();
    newer["lastCompleteCounts"]["accounts"]["count"] = 900.into();
    assert_eq!(server.list(newer).await.outputs().len(), 30, "the process knows better by now");
}

#[tokio::test]
async fn a_source_that_lists_something_else_now_is_not_measured_by_the_old() {
    let mut server = Changing::start(300, 0).await;
    let settings = kept(&server.list(json!({})).await);
    server.restart().await;
    server.become_users(30);
    let elsewhere = json!({"baseUrl": format!("{}/other/v2", server.upstream.url())});
    let answer = server.list(with(&settings, elsewhere)).await;
    assert_eq!(answer.outputs().len(), 30);
    let told = told(&answer).unwrap();
    assert_eq!((&told["op"], &told["value"]["accounts"]["count"]), (&json!("replace"), &json!(30)));
    assert_ne!(told["value"]["accounts"]["of"], settings["lastCompleteCounts"]["accounts"]["of"]);
}

/// Users without their groups would be revoked access; the groups are all known only at the end.
#[rstest]
#[case::on_one_page(json!({"pageSize": 500}), true)]
#[case::on_several(json!({"pageSize": 50}), false)]
#[tokio::test]
async fn memberships_that_the_users_no_longer_show(#[case] settings: Value, #[case] is_early: bool) {
    let server = Changing::start(200, 100).await;
    assert_eq!(server.list(settings.clone()).await.outputs().len(), 200);
    server.become_members(40);
    let answer = server.list(settings).await;
    assert_shrunk(&answer, "of 100 groups of accounts in the last complete list the provider shows 40 now");
    assert_eq!((answer.status == 500, answer.broken), (is_early, !is_early));
    let ids_only = json!({"schema": {"attributes": [{"name": "id"}]}});
    let config = server.upstream.config(json!({}));
    let answer = server.service.invoke(ACCOUNTS, ids_only, &config).await;
    assert_eq!(answer.outputs().len(), 200, "a list without groups says nothing of them");
    assert_shrunk(&server.list(json!({})).await, "of 100 groups of accounts in the last complete list");
}

#[tokio::test]
async fn memberships_that_the_groups_no_longer_show_fail_before_the_first_account() {
    let server = Changing::start(200, 100).await;
    let settings = json!({"groupMembership": "group", "pageSize": 50});
    assert_eq!(server.list(settings.clone()).await.outputs().len(), 200);
    server.become_members(40);
    let answer = server.list(settings).await;
    assert_shrunk(
        &answer,
        "(reading the members of all groups) failed: of 100 memberships in groups in the last complete list",
    );
    assert_eq!(answer.status, 500);
    assert_eq!(server.list(json!({"groupMembership": "user", "pageSize": 50})).await.outputs().len(), 200);
}

/// A view that is lost while a list is read.
#[rstest]
#[case::by_key(json!({"paging": "key", "provider": "salesforce", "tokenUrl": "http://127.0.0.1:1"}))]
#[case::by_index(json!({"paging": "index", "concurrency": 1}))]
#[tokio::test]
async fn a_list_that_began_with_many_and_ends_with_few(#[case] settings: Value) {
    let upstream = Upstream::start(|asked| listed(asked, if asked.number == 0 { 900 } else { 210 }, 0)).await;
    let answer = Service::start().await.invoke(ACCOUNTS, json!({}), &upstream.config(settings)).await;
    assert_shrunk(&answer, "of 900 accounts at the beginning of this list the provider shows");
    assert!(answer.broken);
}

/// Each type by itself: fewer permission sets, or fewer groups.
#[tokio::test]
async fn entitlements_of_each_type_that_shrink() {
    let number = Arc::new(AtomicUsize::new(450));
    let now = Arc::clone(&number);
    let upstream = Upstream::start(move |asked| {
        let number = now.load(Ordering::Relaxed);
        // Unfiltered, Salesforce shows 200 entitlements and says that those are all.
        match asked.after() {
            None if asked.path.ends_with("/Entitlements") => listed(asked, number.min(200), 0),
            _ => listed(asked, number, 0),
        }
    })
    .await;
    let service = Service::start().await;
    let config = upstream.config(json!({"provider": "salesforce"}));
    let list = async |kind: &str, settings: Value| {
        service.invoke(ENTITLEMENTS, json!({"type": kind}), &with(&config, settings)).await
    };
    for kind in ["group", "entitlement"] {
        for _ in 0..2 {
            assert_eq!(list(kind, json!({})).await.outputs().len(), 450, "{kind}");
        }
    }
    number.store(100, Ordering::Relaxed);
    for (kind, noun) in [("group", "groups"), ("entitlement", "entitlements")] {
        let answer = list(kind, json!({})).await;
        assert_shrunk(&answer, &format!("of 450 {noun} in the last complete list the provider shows 100 now"));
        assert_eq!(answer.status, 500);
    }
    assert_eq!(list("group", json!({"shrinkLimitPercent": 0})).await.outputs().len(), 100);
    assert_shrunk(&list("entitlement", json!({})).await, "of 450 entitlements in the last complete list");
}
