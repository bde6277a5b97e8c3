//! Filter strings against an evaluator written apart from the connector's (`filter-strings/evaluate.js`), on the platform's
//! own parser of them: what the service leaves out of an account list is what matches there.

use super::connector::Connector;
use super::process::{Process, free_port, peer, repository};
use axum::Router;
use fastrand::Rng;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::net::TcpListener;

const FILTERS: usize = 1_000;
const USERS: usize = 50;
const SEED: u64 = 7;

/// Values close to one another, so that comparisons come out both ways.
const TEXTS: [&str; 14] =
    ["Ada", "ada", "ADA", "A", "Sales", "sales", "10", "9", "010", "1e1", "-1", "É\"x", "a,b", "true"];
const SINGLE: [&str; 5] = ["department", "title", "nickName", "employeeNumber", "userType"];
const LISTS: [&str; 2] = ["groups", "entitlements"];

fn one<'a>(random: &mut Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}

fn users(random: &mut Rng) -> Vec<Value> {
    let user = |place| {
        let mut user = json!({"id": format!("u{place:03}"), "userName": format!("u{place}@example.com")});
        for name in SINGLE.iter().filter(|name| !["department", "employeeNumber"].contains(name)) {
            if random.u8(..4) > 0 {
                user[*name] = one(random, &TEXTS).into();
            }
        }
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        user[enterprise] = json!({"department": one(random, &TEXTS)});
        if random.bool() {
            user[enterprise]["employeeNumber"] = one(random, &TEXTS).into();
        }
        if random.u8(..4) > 0 {
            user["active"] = random.bool().into();
        }
        for name in LISTS {
            let values: Vec<Value> = (0..random.usize(..4)).map(|_| json!({"value": one(random, &TEXTS)})).collect();
            user[name] = values.into();
        }
        user
    };
    (0..USERS).map(user).collect()
}

fn quoted(random: &mut Rng) -> String {
    format!("\"{}\"", one(random, &TEXTS).replace('"', "\\\""))
}

fn value(random: &mut Rng) -> String {
    match random.u8(..8) {
        0 => "null".to_owned(),
        1 => random.bool().to_string(),
        2 => one(random, &["10", "9", "0", "1", "-1", "1.5", "1e1"]).to_owned(),
        _ => quoted(random),
    }
}

/// A comparison or a method's call.
fn leaf(random: &mut Rng) -> String {
    let name = match random.u8(..8) {
        0 => "active",
        1 | 2 => one(random, &LISTS),
        _ => one(random, &SINGLE),
    };
    let sign = one(random, &["==", "===", "!=", "<", "<=", ">", ">="]);
    match random.u8(..10) {
        0..=3 => format!("{name} {sign} {}", value(random)),
        4 => format!("{}{sign}{name}", value(random)),
        5 => format!("{}{sign}{}", one(random, &SINGLE), one(random, &SINGLE)),
        6 => format!("{name}.{}()", one(random, &["isNull", "notNull", "isEmpty", "notEmpty"])),
        7 => {
            let method = one(random, &["containsAll", "containsAllIgnoreCase"]);
            let values: Vec<String> = (0..random.usize(1..3)).map(|_| quoted(random)).collect();
            format!("{name}.{method}({})", values.join(", "))
        }
        _ => {
            let method = one(random, &["startsWith", "endsWith", "contains"]);
            let case = one(random, &["", "IgnoreCase"]);
            format!("{name}.{method}{case}( {} )", quoted(random))
        }
    }
}

fn filter(random: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return leaf(random);
    }
    match random.u8(..6) {
        0 => leaf(random),
        1 => format!("!({})", filter(random, depth - 1)),
        2 => format!("( {} )", filter(random, depth - 1)),
        3 => format!("{} && {}", filter(random, depth - 1), filter(random, depth - 1)),
        4 => format!("{}||{}", filter(random, depth - 1), filter(random, depth - 1)),
        _ => format!("{} && {} || {}", leaf(random), filter(random, depth - 1), leaf(random)),
    }
}

/// For each filter, the places of the accounts that match.
async fn evaluated(filters: &[String], accounts: &[Value]) -> Vec<BTreeSet<usize>> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("filters-{}.json", free_port()));
    let objects: Vec<&Value> = accounts.iter().map(|account| &account["attributes"]).collect();
    fs::write(&file, json!({"filters": filters, "objects": objects}).to_string()).unwrap();
    let mut command = Command::new("node");
    command.arg(repository("tests/peers/filter-strings/evaluate.js")).arg(peer("npm/node_modules")).arg(&file);
    let mut evaluator = Process::start("evaluate", &mut command);
    let status = evaluator.ended(Duration::from_mins(1)).await;
    fs::remove_file(file).unwrap();
    assert!(status.success(), "{}", evaluator.output());
    serde_json::from_str(&evaluator.output()).unwrap()
}

#[tokio::test]
async fn a_thousand_random_filter_strings_leave_out_what_another_evaluator_says() {
    let mut random = Rng::with_seed(SEED);
    let users = users(&mut random);
    let list = json!({"totalResults": users.len(), "Resources": users}).to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
    let router = Router::new().fallback(async move || ([(CONTENT_TYPE, "application/scim+json")], list));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
    let config = json!({"provider": "generic", "baseUrl": base_url, "authType": "none", "groupMembership": "user"});
    let connector = Connector::serve(config).await;

    let accounts = connector.invoke("std:account:list", json!({})).await.outputs();
    assert_eq!(accounts.len(), USERS);
    let filters: Vec<String> = (0..FILTERS).map(|_| filter(&mut random, 3)).collect();
    let expected = evaluated(&filters, &accounts).await;
    let (mut some, mut none, mut all) = (0, 0, 0);
    for (filter, matching) in filters.iter().zip(&expected) {
        let settings = json!({"filterString": filter});
        let kept = connector.invoke_with("std:account:list", json!({}), &settings).await.outputs();
        let left = accounts.iter().enumerate().filter(|(place, _)| !matching.contains(place));
        let left: Vec<&Value> = left.map(|(_, account)| account).collect();
        assert_eq!(kept.iter().collect::<Vec<_>>(), left, "{filter}");
        match matching.len() {
            0 => none += 1,
            USERS => all += 1,
            _ => some += 1,
        }
    }
    serving.abort();
    // Filters that match all or nobody tell little.
    assert!(some > FILTERS / 2, "{some} match some accounts, {none} none, {all} all");
}
