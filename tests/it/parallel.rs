//! Many changes at once: every one of them is there afterwards.

use super::harness::{Answer, Bench, add, attributes, remove, set, update};
use futures::future::join_all;
use scim_connector::sandbox::Options;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const UPDATE: &str = "std:account:update";
const GROUP: &str = "00GRM000002FD0b2AG";

async fn hundred() -> (Bench, Vec<String>) {
    let bench = Bench::start(Options { users: 100, license_limit: Some(200), ..Options::default() }).await;
    let ids = bench.run("std:account:list", json!({})).await.identities();
    (bench, ids)
}

/// Some more than the service takes at once are refused as full, and sent again, as the platform does.
async fn insisting(bench: &Bench, input: Value) -> Answer {
    loop {
        let answer = bench.run(UPDATE, input.clone()).await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn of_distinct_accounts() {
    let (bench, ids) = hundred().await;
    let title = |id: &str| format!("Title of {id}");
    let updates = ids.iter().map(|id| insisting(&bench, update(id, json!([set("title", title(id))]))));
    for (answer, id) in join_all(updates).await.iter().zip(&ids) {
        assert_eq!(attributes(&answer.output())["title"], title(id));
    }
    for account in bench.run("std:account:list", json!({})).await.outputs() {
        assert_eq!(account["attributes"]["title"], title(account["identity"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn of_one_groups_members() {
    let (bench, ids) = hundred().await;
    let members = async || -> BTreeSet<String> {
        // That everybody leaves is no accident here.
        let settings = json!({"shrinkLimitPercent": 0});
        let accounts = bench.run_with("std:account:list", json!({}), settings).await.outputs();
        let is_member = |account: &&Value| account["attributes"]["groups"].as_array().unwrap().contains(&json!(GROUP));
        accounts.iter().filter(is_member).map(|account| account["identity"].as_str().unwrap().to_owned()).collect()
    };
    let all = |change: fn(&str, &'static str) -> Value| {
        join_all(
            ids.iter()
                .map(move |id| (id, change))
                .map(|(id, change)| insisting(&bench, update(id, json!([change("groups", GROUP)])))),
        )
    };
    all(add).await.iter().for_each(|answer| drop(answer.outputs()));
    assert_eq!(members().await.len(), 100);
    all(remove).await.iter().for_each(|answer| drop(answer.outputs()));
    assert_eq!(members().await, BTreeSet::new());
}
