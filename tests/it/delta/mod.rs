//! Lists of what changed since the last one. This file has the provider and the platform that they are between.

mod changes;
mod commands;
mod everything;
mod memberships;
mod model;

use crate::harness::{Answer, Bench, client, with};
use http::Method;
use scim_connector::clock::Clock;
use scim_connector::sandbox::{CLIENT_ID, CLIENT_SECRET, Dialect, Options, Quirks};
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

const HOUR: Duration = Duration::from_hours(1);

impl World {
    async fn delete_group(&self, group: &str) {
        self.write(Method::DELETE, &format!("Groups/{group}"), json!({})).await;
    }
}
