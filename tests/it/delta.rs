//! Lists of what changed since the last one: what they send, what they ask for it, and when everything is read instead.

use super::harness::{Answer, Bench, client, pass, with};
use http::{HeaderValue, Method, StatusCode};
use rstest::rstest;
use scim_connector::clock::Clock;
use scim_connector::sandbox::{CLIENT_ID, CLIENT_SECRET, Dialect, Effect, Fault, ListEffect, Options, Quirks};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const ACCOUNTS: &str = "std:account:list";
const ENTITLEMENTS: &str = "std:entitlement:list";

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A provider whose clock is at a known time, and a source at it.
pub struct World {
    pub bench: Bench,
    settings: Value,
}

impl World {
    pub async fn start(dialect: Dialect, users: u64, quirks: &str, settings: Value) -> Self {
        let quirks = Quirks::parse(quirks.split_whitespace()).unwrap();
        let clock = Clock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
        let license_limit = Some(users + 100);
        let options = Options { users, groups: 6, quirks, license_limit, ..Options::new(dialect) };
        let bench = Bench::with_clock(options, clock).await;
        let provider = if dialect == Dialect::Rfc { "generic" } else { "salesforce" };
        let own =
            json!({"provider": provider, "tokenUrl": bench.sandbox.token_url(), "spConnEnableStatefulCommands": true});
        Self { bench, settings: with(&own, settings) }
    }

    /// A list as the platform asks for it: with the state of the last one, if there is one.
    pub async fn list(&self, state: Option<&Value>) -> Answer {
        self.list_with(state, json!({})).await
    }

    pub async fn list_with(&self, state: Option<&Value>, settings: Value) -> Answer {
        let settings = with(&self.settings, settings);
        self.bench.run_with(ACCOUNTS, stateful(state), settings).await
    }

    async fn entitlements(&self, kind: &str, state: Option<&Value>) -> Answer {
        let input = with(&stateful(state), json!({"type": kind}));
        self.bench.run_with(ENTITLEMENTS, input, self.settings.clone()).await
    }

    /// The accounts as they are, without any state.
    pub async fn whole(&self) -> Vec<Value> {
        self.bench.run_with(ACCOUNTS, json!({}), self.settings.clone()).await.outputs()
    }

    /// What is done at the provider by somebody else.
    #[expect(
        clippy::disallowed_methods,
        reason = "the provider is changed without the service, which is what is tested"
    )]
    pub async fn write(&self, method: Method, path: &str, body: Value) -> Value {
        let form = [("grant_type", "client_credentials"), ("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        let token = client().post(self.bench.sandbox.token_url()).form(&form).send().await.unwrap();
        let token: Value = serde_json::from_str(&token.text().await.unwrap()).unwrap();
        let request = client().request(method, format!("{}/{path}", self.bench.sandbox.base_url()));
        let request = request.bearer_auth(token["access_token"].as_str().unwrap());
        let answer =
            request.header("content-type", "application/scim+json").body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    pub async fn change(&self, user: &str, title: &str) {
        let operations = json!([{"op": "replace", "value": {"title": title}}]);
        self.write(Method::PATCH, &format!("Users/{user}"), json!({"schemas": [PATCH], "Operations": operations}))
            .await;
    }

    pub async fn create(&self, name: &str) -> String {
        let name = format!("{name}@example.com");
        let mut user = json!({
            "schemas": [USER], "userName": name, "name": {"familyName": "New"}, "emails": [{"value": name, "primary": true, "type": "work"}],
        });
        if let Some(profile) = self.bench.sandbox.stored("Entitlements").first().filter(|_| self.is_salesforce()) {
            user["entitlements"] = json!([{"value": profile["id"]}]);
        }
        self.write(Method::POST, "Users", user).await["id"].as_str().unwrap().to_owned()
    }

    pub async fn delete(&self, user: &str) {
        self.write(Method::DELETE, &format!("Users/{user}"), json!({})).await;
    }

    /// Makes a user a member of a group, or ends that.
    pub async fn join(&self, op: &str, group: &str, user: &str) {
        let members = json!([{"value": user}]);
        let value = if self.is_salesforce() { json!({"members": members}) } else { members };
        let operation = match op {
            "remove" if !self.is_salesforce() => json!({"op": op, "path": format!("members[value eq \"{user}\"]")}),
            _ => json!({"op": op, "path": "members", "value": value}),
        };
        self.write(Method::PATCH, &format!("Groups/{group}"), json!({"schemas": [PATCH], "Operations": [operation]}))
            .await;
    }

    pub fn is_salesforce(&self) -> bool {
        self.settings["provider"] == "salesforce"
    }

    pub fn ids(&self, endpoint: &str) -> Vec<String> {
        self.bench.sandbox.stored(endpoint).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// How many requests a list takes, by endpoint.
    async fn counted<F: Future<Output = Answer>>(&self, list: F) -> (Answer, BTreeMap<String, usize>) {
        let before = self.bench.sandbox.requests().len();
        let answer = list.await;
        let mut counted = BTreeMap::new();
        let requests = self.bench.sandbox.requests();
        for request in requests[before..].iter().filter(|request| !request.path.ends_with("/token")) {
            *counted.entry(request.path.rsplit('/').next().unwrap().to_owned()).or_insert(0) += 1;
        }
        (answer, counted)
    }
}

fn stateful(state: Option<&Value>) -> Value {
    json!({"stateful": true, "state": state, "stateId": "s-1"})
}

/// The identities of what came, and those among them that are gone.
fn told(answer: &Answer) -> (BTreeSet<String>, BTreeSet<String>) {
    let outputs = answer.outputs();
    let (gone, there): (Vec<&Value>, Vec<&Value>) = outputs.iter().partition(|output| output["deleted"] == true);
    let ids = |outputs: Vec<&Value>| -> BTreeSet<String> {
        let ids: BTreeSet<String> = outputs.iter().map(|one| one["identity"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), outputs.len(), "each object once");
        ids
    };
    (ids(there), ids(gone))
}

fn set(ids: impl IntoIterator<Item = impl AsRef<str>>) -> BTreeSet<String> {
    ids.into_iter().map(|id| id.as_ref().to_owned()).collect()
}

fn count(requests: &[(&str, usize)]) -> BTreeMap<String, usize> {
    requests.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect()
}

const HOUR: Duration = Duration::from_secs(3_600);

/// 455 users are five pages of a hundred, three of two hundred. Whether a list is all is asked at its end, where a provider
/// may give the number on the page for the total.
#[rstest]
// The groups; whether filters are believed, at first twice; what changed.
#[case::the_standard(Dialect::Rfc, json!({}), false, &[("Groups", 2), ("Users", 4)], &[("Groups", 2), ("Users", 3)])]
// The same, and all ids.
#[case::with_deletions(Dialect::Rfc, json!({"deltaDeletions": true}), false, &[("Groups", 2), ("Users", 9)], &[("Groups", 2), ("Users", 8)])]
// Who is deleted leaves its groups: the time, and all users.
#[case::members_leave(Dialect::Rfc, json!({}), true, &[("Groups", 2), ("Users", 6)], &[("Groups", 2), ("Users", 4)])]
#[case::members_are_deleted(Dialect::Rfc, json!({"deltaDeletions": true}), true, &[("Groups", 2), ("Users", 6)], &[("Groups", 2), ("Users", 9)])]
// Permission sets may change unseen.
#[case::salesforce(Dialect::Salesforce, json!({}), true, &[("Users", 4)], &[("Users", 4)])]
// As an administrator may say who knows better.
#[case::salesforce_by_change(Dialect::Salesforce, json!({"providerSettings": {"lastModifiedMisses": []}}), true, &[("Users", 3)], &[("Users", 2)])]
#[tokio::test]
async fn a_list_of_changes_has_exactly_those(
    #[case] dialect: Dialect,
    #[case] settings: Value,
    #[case] members_go: bool,
    #[case] first: &[(&str, usize)],
    #[case] second: &[(&str, usize)],
) {
    let are_told = settings.get("deltaDeletions").is_some();
    let world = World::start(dialect, 450, "", settings).await;
    let active = |user: &&Value| user["active"] == true;
    let stored = world.bench.sandbox.stored("Users");
    let mut go = set(stored.iter().skip(100).filter(active).take(5).map(|user| user["id"].as_str().unwrap()));
    for number in 0..5 {
        let created = world.create(&format!("leaver{number}")).await;
        if !members_go {
            go.pop_first();
            go.insert(created);
        }
    }
    let users = world.ids("Users");
    let full = world.list(None).await;
    assert_eq!(told(&full), (set(&users), BTreeSet::new()));
    let state = full.state().unwrap();
    assert!(state.as_object().unwrap().values().all(Value::is_string));

    pass(HOUR).await;
    let mut expected = set(&users[40..70]);
    for user in &users[40..70] {
        world.change(user, "Changed").await;
    }
    for number in 0..5 {
        expected.insert(world.create(&format!("new{number}")).await);
    }
    for user in &go {
        world.delete(user).await;
    }
    // Salesforce deactivates.
    if world.is_salesforce() {
        expected.extend(go.clone());
    }
    let (delta, requests) = world.counted(world.list(Some(state))).await;
    assert_eq!(told(&delta), (expected, if are_told { go } else { BTreeSet::new() }));
    assert_eq!(requests, count(first));

    let (again, requests) = world.counted(world.list(delta.state())).await;
    assert_eq!(told(&again), (BTreeSet::new(), BTreeSet::new()));
    assert_eq!(requests, count(second));
    // Later it is the same: nothing has changed.
    pass(HOUR).await;
    assert_eq!(told(&world.list(again.state()).await), (BTreeSet::new(), BTreeSet::new()));
}

#[tokio::test]
async fn a_deletion_is_told_as_the_platform_wants_it() {
    let world = World::start(Dialect::Rfc, 20, "", json!({"deltaDeletions": "true"})).await;
    let users = world.ids("Users");
    let full = world.list(None).await;
    world.delete(&users[3]).await;
    let delta = world.list(full.state()).await;
    let id = &users[3];
    assert_eq!(
        delta.outputs(),
        [json!({"identity": id, "key": {"simple": {"id": id}}, "deleted": true, "attributes": {}})]
    );
    let group = world.ids("Groups")[0].clone();
    let full = world.entitlements("group", None).await;
    world.delete_group(&group).await;
    let delta = world.entitlements("group", full.state()).await;
    let gone = json!({"identity": group, "key": {"simple": {"id": group}}, "deleted": true, "attributes": {}, "type": "group"});
    assert_eq!(delta.outputs(), [gone]);
}

impl World {
    async fn delete_group(&self, group: &str) {
        self.write(Method::DELETE, &format!("Groups/{group}"), json!({})).await;
    }
}

#[tokio::test]
async fn entitlements_have_changes_too() {
    let world = World::start(Dialect::Rfc, 10, "", json!({})).await;
    let groups = world.ids("Groups");
    let full = world.entitlements("group", None).await;
    assert_eq!(told(&full).0, set(&groups));
    pass(HOUR).await;
    let rename = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"displayName": "Renamed"}}]});
    world.write(Method::PATCH, &format!("Groups/{}", groups[2]), rename).await;
    let (delta, requests) = world.counted(world.entitlements("group", full.state())).await;
    assert_eq!((told(&delta).0, requests), (set([&groups[2]]), count(&[("Groups", 4)])));
    assert_eq!(world.entitlements("group", delta.state()).await.outputs(), [Value::Null; 0]);
    // What is none of the provider's has a state all the same, and a state of another type is of no use.
    assert!(world.entitlements("entitlement", None).await.state().is_some());
    assert_eq!(world.entitlements("group", full.state()).await.outputs().len(), 1);
    let other = world.list(None).await;
    assert_eq!(told(&world.entitlements("group", other.state()).await).0, set(&groups));
}

/// Somebody, and a group that it is not in.
fn stranger(world: &World, outputs: &[Value]) -> (String, String) {
    let user = outputs.last().unwrap();
    let groups = user["attributes"]["groups"].as_array().unwrap();
    let other = world.ids("Groups").into_iter().find(|group| !groups.contains(&json!(group)));
    (user["identity"].as_str().unwrap().to_owned(), other.unwrap())
}

#[rstest]
#[case::read_from_the_groups(Dialect::Rfc, json!({"groupMembership": "group"}))]
#[case::read_from_both(Dialect::Rfc, json!({}))]
#[case::read_from_the_users(Dialect::Rfc, json!({"groupMembership": "user"}))]
#[case::salesforce(Dialect::Salesforce, json!({}))]
#[case::salesforce_from_the_groups(Dialect::Salesforce, json!({"groupMembership": "group"}))]
#[tokio::test]
async fn who_joins_or_leaves_a_group_is_told(#[case] dialect: Dialect, #[case] settings: Value) {
    let world = World::start(dialect, 40, "", settings).await;
    let full = world.list(None).await;
    let groups_of = |answer: &Answer, user: &str| {
        let outputs = answer.outputs();
        outputs.iter().find(|one| one["identity"] == user).unwrap()["attributes"]["groups"].as_array().unwrap().clone()
    };
    let outputs = full.outputs();
    let is_member = |one: &&Value| one["attributes"]["groups"] != json!([]);
    let leaves = outputs.iter().find(is_member).unwrap();
    let (leaves, left) = (leaves["identity"].as_str().unwrap(), leaves["attributes"]["groups"][0].as_str().unwrap());
    let (joins, joined) = stranger(&world, &outputs);
    pass(HOUR).await;
    world.join("add", &joined, &joins).await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0, set([&joins]));
    assert!(groups_of(&delta, &joins).contains(&json!(joined)));
    world.join("remove", left, leaves).await;
    let next = world.list(delta.state()).await;
    assert_eq!(told(&next).0, set([leaves]));
    assert!(!groups_of(&next, leaves).contains(&json!(left)));
    assert_eq!(told(&world.list(next.state()).await).0, BTreeSet::new());
}

#[tokio::test]
async fn users_that_show_groups_which_no_group_shows_are_compared() {
    let world = World::start(Dialect::Rfc, 40, "members-empty", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    let (joins, joined) = stranger(&world, &full.outputs());
    world.join("add", &joined, &joins).await;
    assert_eq!(told(&world.list(full.state()).await).0, set([&joins]));
}

#[tokio::test]
async fn permission_sets_are_told_at_salesforce() {
    let world = World::start(Dialect::Salesforce, 30, "", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    let user = world.ids("Users")[4].clone();
    let outputs = full.outputs();
    let held = &outputs.iter().find(|one| one["identity"] == user.as_str()).unwrap()["attributes"]["entitlements"];
    let is_other = |id: &String| id.starts_with("0PS") && !held.as_array().unwrap().contains(&json!(id));
    let set_id = world.ids("Entitlements").into_iter().find(is_other).unwrap();
    let operations = json!([{"op": "add", "value": {"entitlements": [{"value": set_id}]}}]);
    world.write(Method::PATCH, &format!("Users/{user}"), json!({"schemas": [PATCH], "Operations": operations})).await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0, set([&user]));
}

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

#[tokio::test]
async fn what_fails_midway_leaves_no_state() {
    let world = World::start(Dialect::Rfc, 250, "", json!({"maxRetries": 0})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    for user in world.ids("Users") {
        world.change(&user, "Changed").await;
    }
    let broken = Effect::Answer { status: StatusCode::INTERNAL_SERVER_ERROR, body: String::new() };
    for effect in [broken, Effect::Close] {
        for state in [None, full.state()] {
            world.bench.fail(Fault { times: Some(1), ..Fault::new("/Users?startIndex=101", effect.clone()) });
            let failed = world.list(state).await;
            assert!(failed.state().is_none() && failed.broken, "{:?}", failed.lines.last());
        }
    }
    // What was sent before the failure comes once more.
    assert_eq!(told(&world.list(full.state()).await).0.len(), 250);
}

#[tokio::test]
async fn the_filters_of_a_source_hold_for_changes() {
    let settings = json!({"userFilter": "userName pr and (active eq true)", "filterString": "title == \"Secret\"", "deltaDeletions": true});
    let world = World::start(Dialect::Rfc, 40, "", settings).await;
    let full = world.list(None).await;
    let known: Vec<String> = told(&full).0.into_iter().collect();
    assert!(known.len() < 40);
    pass(HOUR).await;
    // Changed; left out from now on; no longer asked for; and what never was.
    world.change(&known[0], "Changed").await;
    world.change(&known[1], "Secret").await;
    let deactivate = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": false}}]});
    world.write(Method::PATCH, &format!("Users/{}", known[2]), deactivate).await;
    let stranger = world.ids("Users").into_iter().find(|id| !known.contains(id)).unwrap();
    world.change(&stranger, "Changed").await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta), (set([&known[0]]), set([&known[1], &known[2]])));
    let asked = "filter=(userName pr) and (active eq true) and (meta.lastModified ge \"";
    assert!(world.bench.requests_to(asked) > 0, "{:?}", world.bench.sandbox.requests().last());
    // It comes back.
    world.change(&known[1], "Public").await;
    assert_eq!(told(&world.list(delta.state()).await), (set([&known[1]]), BTreeSet::new()));
}

#[tokio::test]
async fn a_list_of_changes_is_no_short_list() {
    let world = World::start(Dialect::Rfc, 100, "", json!({})).await;
    let full = world.list(None).await;
    pass(HOUR).await;
    world.change(&world.ids("Users")[0], "Changed").await;
    let delta = world.list(full.state()).await;
    assert_eq!(told(&delta).0.len(), 1);
    // What the platform keeps is of the list of everything.
    assert_eq!(delta.lines.last().unwrap()["data"][0]["value"]["accounts"]["count"], 100);
    // The next list of everything is still held against the last one.
    world.bench.fail(Fault::new("/Users", Effect::List(ListEffect::LoseView(50))));
    assert_eq!(world.list(None).await.failure().code, "LIST_SHRUNK");
}

#[tokio::test]
async fn ids_that_are_suddenly_gone_are_not_believed() {
    let settings = json!({"deltaDeletions": true});
    let mut world = World::start(Dialect::Rfc, 100, "", settings).await;
    let full = world.list(None).await;
    // A process that has seen nothing of this source: the state says how many there were.
    world.bench.service = super::harness::Service::start().await;
    world.bench.fail(Fault::new("/Users", Effect::List(ListEffect::LoseView(50))));
    let failed = world.list(full.state()).await;
    assert_eq!((failed.error().code.as_str(), failed.given_out().len(), failed.state()), ("LIST_SHRUNK", 0, None));
    let allowed = world.list_with(full.state(), json!({"shrinkLimitPercent": 0})).await;
    assert_eq!(told(&allowed).1.len(), 50);
}

#[tokio::test]
async fn deletions_that_are_switched_on_later_begin_with_everything() {
    let world = World::start(Dialect::Rfc, 20, "", json!({})).await;
    let full = world.list(None).await;
    let with_ids = world.list_with(full.state(), json!({"deltaDeletions": true})).await;
    assert_eq!(told(&with_ids).0.len(), 20);
    world.delete(&world.ids("Users")[0]).await;
    let delta = world.list_with(with_ids.state(), json!({"deltaDeletions": true})).await;
    assert_eq!((told(&delta).0.len(), told(&delta).1.len()), (0, 1));
    // Switched off, the ids go.
    let without = world.list(delta.state()).await;
    assert!(without.state().unwrap().get("ids").is_none());
}

/// A gateway whose clock is wrong, and a state of a time that has not come.
#[tokio::test]
async fn times_are_the_provider_s_and_the_smaller_of_two() {
    let world = World::start(Dialect::Rfc, 20, "", json!({})).await;
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

/// What was changed again and again within the overlap comes each time, and never twice as it is.
#[tokio::test]
async fn what_changes_to_and_fro_is_told_each_time() {
    let world = World::start(Dialect::Rfc, 20, "", json!({"attributeMapping": []})).await;
    let user = world.ids("Users")[3].clone();
    let only_title = json!({"schema": {"attributes": [{"name": "title"}]}});
    let list = async |state: Option<&Value>| {
        world.bench.run_with(ACCOUNTS, with(&stateful(state), only_title.clone()), world.settings.clone()).await
    };
    world.change(&user, "One").await;
    let mut last = list(None).await;
    for title in ["Two", "One", "Two", "Two", "One"] {
        world.change(&user, title).await;
        let is_other = last.outputs().iter().all(|one| one["attributes"]["title"] != title);
        let next = list(last.state()).await;
        let titles: Vec<String> =
            next.outputs().iter().map(|one| one["attributes"]["title"].as_str().unwrap().to_owned()).collect();
        let expected = if is_other || last.outputs().len() > 1 { vec![title.to_owned()] } else { Vec::new() };
        assert_eq!(titles, expected);
        if !titles.is_empty() {
            last = next;
        }
    }
}
