//! One cell: a command at a provider with quirks, compared with the same at one without.

use super::commands::{Command, World};
use crate::harness::{Answer, Bench, client};
use crate::matrix::provider::without_moments;
use crate::matrix::time::quickly;
use scim_connector::sandbox::{CLIENT_ID, CLIENT_SECRET, Dialect, Options, Quirks, Sandbox};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Three pages of users, two of groups, asked for or not.
const USERS: u64 = 36;
const GROUPS: u64 = 20;
const PAGE: u64 = 15;

/// What a command does without quirks.
#[derive(Debug)]
pub struct Reference {
    outputs: Outputs,
    before: Value,
    after: Value,
}

/// Attributes by identity.
type Outputs = BTreeMap<String, Map<String, Value>>;

async fn start(quirks: &str) -> Bench {
    let quirks = Quirks::parse(quirks.split_whitespace()).unwrap();
    let options = Options::new(Dialect::Rfc);
    Bench::start(Options { users: USERS, groups: GROUPS, page_size: PAGE, quirks, ..options }).await
}

async fn invoke(bench: &Bench, command: Command, settings: &Value) -> Answer {
    let world = world(bench).await;
    let (command, input) = command.invocation(&world);
    let defaults = json!({"provider": "generic", "tokenUrl": bench.sandbox.token_url(), "pageSize": PAGE});
    let settings = crate::harness::with(&defaults, settings.clone());
    quickly(bench.run_with(command, input, settings)).await
}

pub async fn reference(command: Command) -> Reference {
    let bench = start("").await;
    let before = stored(&bench.sandbox);
    let answer = invoke(&bench, command, &json!({})).await;
    let outputs = outputs(&answer.outputs(), &bench.sandbox);
    let after = stored(&bench.sandbox);
    assert_eq!(command.writes(), before != after, "{command:?}");
    assert!(answer.outputs().iter().all(|output| output.get("results").is_none()), "{command:?}");
    Reference { outputs, before, after }
}

pub async fn cell(quirks: &str, settings: &Value, command: Command, reference: &Reference) -> String {
    let bench = start(quirks).await;
    let answer = invoke(&bench, command, settings).await;
    let after = stored(&bench.sandbox);
    let change = match &after {
        after if *after == reference.after => Change::Done,
        after if *after == reference.before => Change::None,
        _ => Change::Begun,
    };
    if answer.lines.last().is_some_and(|line| line["type"] == "error") {
        let late = if answer.status == 200 { " late" } else { "" };
        let change = match change {
            Change::Done if command.writes() => " done",
            Change::Begun => " begun",
            _ => "",
        };
        return format!("{}{late}{change}", answer.error().code);
    }
    if command == Command::Delete && after["users"][0]["active"] == false {
        return "ok, deactivated".to_owned();
    }
    success(&answer, change, &outputs(&answer.outputs(), &bench.sandbox), &reference.outputs)
}

#[derive(Debug, PartialEq)]
enum Change {
    None,
    Begun,
    Done,
}

fn success(answer: &Answer, change: Change, outputs: &Outputs, wanted: &Outputs) -> String {
    if outputs.keys().ne(wanted.keys()) {
        return match answer.outputs().as_slice() {
            [output] if *output == json!({}) => "WRONG: nothing to do".to_owned(),
            outputs => format!("WRONG: {} of {}", outputs.len(), wanted.len()),
        };
    }
    let says_so = answer.outputs().iter().any(|output| output.get("results").is_some());
    let undone = match (says_so, change) {
        (_, Change::Done) => "",
        (true, Change::None) => " undone",
        (true, Change::Begun) => " begun",
        (false, Change::None) => return "WRONG: not done".to_owned(),
        (false, Change::Begun) => return "WRONG: not all done".to_owned(),
    };
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for (seen, wanted) in outputs.values().zip(wanted.values()) {
        let names = seen.keys().chain(wanted.keys()).map(String::as_str);
        others.extend(names.filter(|name| seen.get(*name) != wanted.get(*name)));
    }
    if others.contains("groups") && !says_so {
        return "WRONG: without groups".to_owned();
    }
    let others: Vec<&str> = others.into_iter().collect();
    let but = if others.is_empty() { String::new() } else { format!(" but {}", others.join(" ")) };
    format!("{}{undone}{but}", if says_so { "part" } else { "ok" })
}

fn outputs(outputs: &[Value], sandbox: &Sandbox) -> Outputs {
    let ids: Vec<Vec<String>> = ["Users", "Groups"].map(|endpoint| ids(&sandbox.stored(endpoint))).into();
    let own = |text: &str| own_id(text, &ids).unwrap_or_else(|| text.to_owned());
    let of = |output: &Value| {
        let mut attributes = output["attributes"].as_object().cloned().unwrap_or_default();
        attributes.insert("disabled".to_owned(), output["disabled"].clone());
        for name in ["created", "lastModified"] {
            attributes.remove(name);
        }
        for value in attributes.values_mut() {
            match value {
                Value::String(text) => *text = own(text),
                Value::Array(values) => {
                    let sorted: BTreeSet<String> =
                        values.iter().map(|one| own(one.as_str().unwrap_or_default())).collect();
                    *values = sorted.into_iter().map(Value::from).collect();
                }
                _ => {}
            }
        }
        (own(output["identity"].as_str().unwrap_or_default()), attributes)
    };
    outputs.iter().map(of).collect()
}

/// The sandbox's own id of one in another form: one that holds it, or a number that counts.
fn own_id(text: &str, ids: &[Vec<String>]) -> Option<String> {
    if let Some(number) = text.parse::<u64>().ok().and_then(|number| number.checked_sub(8_100_000_000_000_001)) {
        let place = |number: u64| usize::try_from(number).ok();
        return ids.get(place(number / 1_000_000_000_000)?)?.get(place(number % 1_000_000_000_000)?).cloned();
    }
    let parts = text.char_indices().filter_map(|(at, _)| text.get(at..at + 36));
    parts.map(str::to_owned).find(|part| uuid::Uuid::parse_str(part).is_ok())
}

fn ids(resources: &[Value]) -> Vec<String> {
    resources.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}

/// What the sandbox holds, but for moments.
fn stored(sandbox: &Sandbox) -> Value {
    let mut all = json!({"users": sandbox.stored("Users"), "groups": sandbox.stored("Groups")});
    without_moments(&mut all);
    // Those of a quirk; no command is about them.
    for user in all["users"].as_array_mut().unwrap() {
        user.as_object_mut().unwrap().remove("roles");
    }
    all
}

/// The first user, and groups with and without it, by the ids that are shown of them.
async fn world(bench: &Bench) -> World {
    let (users, groups) = (bench.sandbox.stored("Users"), bench.sandbox.stored("Groups"));
    let has =
        |group: &Value| group["members"].as_array().into_iter().flatten().any(|one| one["value"] == users[0]["id"]);
    let (own, other) = (groups.iter().find(|group| has(group)), groups.iter().find(|group| !has(group)));
    World {
        user: shown(bench, "Users", &users[0]).await,
        own_group: shown(bench, "Groups", own.unwrap()).await,
        other_group: shown(bench, "Groups", other.unwrap()).await,
    }
}

async fn shown(bench: &Bench, endpoint: &str, resource: &Value) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    let token = answer(client().post(bench.sandbox.token_url()).form(&form)).await;
    let url = format!("{}/{endpoint}/{}", bench.sandbox.base_url(), resource["id"].as_str().unwrap());
    let request = client().get(url).header("user-agent", "test").bearer_auth(token["access_token"].as_str().unwrap());
    let found = answer(request).await;
    match found.get("id").or(found.get("Id")).unwrap() {
        Value::String(id) => id.clone(),
        number => number.to_string(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox is asked without the service, which is what is tested")]
async fn answer(request: reqwest::RequestBuilder) -> Value {
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}
