//! The providers of the matrix: what the sandbox holds, and what it holds after a command, asked of it directly.

use super::commands::Command;
use crate::harness::{Bench, client};
use scim_connector::sandbox::{CLIENT_ID, CLIENT_SECRET, Dialect, Options};
use serde_json::{Value, json};

/// How many there are.
pub const USERS: u64 = 120;
pub const GROUPS: u64 = 70;
/// Six of them are profiles. Salesforce lists 200 at most and takes those for all.
pub const ENTITLEMENTS: u64 = 256;
const PAGE: u64 = 50;
/// The largest that Salesforce gives.
pub const ENTITLEMENTS_PAGE: u64 = 200;

/// Which provider, by the setting's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    Salesforce,
    Generic,
}

/// Who is there, as far as the commands name it.
#[derive(Debug, Clone)]
pub struct World {
    pub user: String,
    pub user_name: String,
    /// The user is not in it.
    pub group: String,
}

impl World {
    /// Who is created.
    pub const JOINER: &str = "new.joiner@example.com";
}

impl Provider {
    pub const ALL: [Self; 2] = [Self::Salesforce, Self::Generic];

    pub fn name(self) -> &'static str {
        match self {
            Self::Salesforce => "salesforce",
            Self::Generic => "generic",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Salesforce => "Salesforce",
            Self::Generic => "Any other provider (RFC 7644)",
        }
    }

    /// The path of the SCIM API and everything below it.
    pub fn route(self) -> &'static str {
        match self {
            Self::Salesforce => "/services/scim/v2/**",
            Self::Generic => "/scim/v2/**",
        }
    }

    /// Three pages of users, two of groups and two of entitlements.
    fn options(self) -> Options {
        let dialect = if self == Self::Salesforce { Dialect::Salesforce } else { Dialect::Rfc };
        Options { users: USERS, groups: GROUPS, permission_sets: ENTITLEMENTS - 6, ..Options::new(dialect) }
    }

    pub async fn start(self) -> Bench {
        Bench::start(self.options()).await
    }

    /// The source's settings: the defaults, but small pages, and one request at a time where they are to be counted.
    pub fn config(self, bench: &Bench, concurrency: Option<u32>) -> Value {
        bench.config(json!({
            "provider": self.name(), "tokenUrl": bench.sandbox.token_url(), "pageSize": PAGE, "concurrency": concurrency,
        }))
    }
}

/// What the sandbox holds of the account and the group that a command is about. Nothing in it differs between two
/// sandboxes or two moments.
pub async fn state(bench: &Bench, command: Command, world: &World) -> Value {
    let named = format!("userName eq \"{}\"", command.user_name(world));
    let mut users = ask(bench, "Users", &[("filter", named.as_str())]).await["Resources"].clone();
    // A password cannot be read, but it counts as a change.
    let versions: Vec<Value> = users.as_array().unwrap().iter().map(|user| user["meta"]["version"].clone()).collect();
    let version = (command == Command::Password).then_some(versions);
    without_moments(&mut users);
    let all = ask(bench, "Users", &[("count", "1")]).await["totalResults"].clone();
    let mut members = ask(bench, &format!("Groups/{}", world.group), &[]).await["members"].clone();
    without_moments(&mut members);
    json!({"users": users, "version": version, "all": all, "members": members})
}

/// The world of a sandbox that nobody has changed.
pub async fn world(bench: &Bench) -> World {
    let users = ask(bench, "Users", &[("count", "1"), ("filter", "active eq true")]).await;
    let user = &users["Resources"][0];
    let groups = ask(bench, "Groups", &[("count", "100")]).await;
    let has = |group: &Value| group["members"].as_array().into_iter().flatten().any(|one| one["value"] == user["id"]);
    let group = groups["Resources"].as_array().unwrap().iter().find(|group| !has(group)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    World { user: text(&user["id"]), user_name: text(&user["userName"]), group: text(&group["id"]) }
}

async fn ask(bench: &Bench, path: &str, query: &[(&str, &str)]) -> Value {
    let form = [("grant_type", "client_credentials"), ("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    let token = answer(client().post(bench.sandbox.token_url()).form(&form)).await;
    let request = client().get(format!("{}/{path}", bench.sandbox.base_url())).query(query);
    answer(request.bearer_auth(token["access_token"].as_str().unwrap())).await
}

#[expect(clippy::disallowed_methods, reason = "the sandbox is asked without the service, which is what is tested")]
async fn answer(request: reqwest::RequestBuilder) -> Value {
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}

/// Takes out times, versions and addresses.
pub fn without_moments(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for name in ["meta", "$ref", "created", "lastModified"] {
                members.remove(name);
            }
            members.values_mut().for_each(without_moments);
        }
        Value::Array(values) => values.iter_mut().for_each(without_moments),
        _ => {}
    }
}
