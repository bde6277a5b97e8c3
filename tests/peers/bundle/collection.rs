//! The requests of the Postman collection that succeed, through a bundle. Those that fail are left out: the SDK's
//! development server words failures in its own way, see `failures`.

use super::super::collection;
use super::super::process::{Process, free_port, product, repository};
use super::{Bundle, Way};
use rstest::rstest;
use serde_json::{Value, json};
use std::fs;

#[rstest]
#[case(Way::Relay)]
#[case(Way::Embed)]
#[tokio::test]
async fn the_collection_runs_through_a_bundle(#[case] way: Way) {
    let sandbox_port = free_port();
    let mut command = product();
    command.args(["sandbox", "--listen", &format!("127.0.0.1:{sandbox_port}")]);
    let base_url = format!("http://127.0.0.1:{sandbox_port}/services/scim/v2");
    let _sandbox = Process::start("sandbox", &mut command).answering(&format!("{base_url}/Schemas")).await;
    let bundle = Bundle::run(way, json!({})).await;
    let service =
        format!("serviceUrl: 'http://127.0.0.1:{}', serviceToken: \"{}\",", bundle.service_port, super::TOKEN);

    let text = fs::read_to_string(repository(collection::COLLECTION)).unwrap();
    let mut all: Value = serde_json::from_str(&text).unwrap();
    let before = requests(&all);
    keep_successes(&mut all);
    assert!(requests(&all) >= 25, "{} of {before} requests succeed", requests(&all));
    add_settings(&mut all, &service);
    let file = bundle.folder.path().join("collection.json");
    fs::write(&file, all.to_string()).unwrap();

    let mut newman = collection::newman(&file, bundle.connector.url(), sandbox_port);
    let mut newman = Process::start("newman", &mut newman);
    let status = newman.ended(collection::RUN).await;
    assert!(status.success(), "{status}\n{}\nthe bundle:\n{}", newman.output(), bundle.connector.printed());
}

fn requests(item: &Value) -> usize {
    item["item"].as_array().map_or(1, |items| items.iter().map(requests).sum())
}

/// Leaves out what is to be refused, what uses up all licences until it is refused, and what is no invocation.
fn keep_successes(item: &mut Value) {
    if let Some(items) = item["item"].as_array_mut() {
        items.retain(|item| {
            let text = if item["item"].is_array() { String::new() } else { item.to_string() };
            item["name"] != "Licences" && item["request"]["method"] != "GET" && !text.contains("it is refused")
        });
        items.iter_mut().for_each(keep_successes);
    }
}

/// Gives all requests the settings that name a relay's service.
fn add_settings(collection: &mut Value, settings: &str) {
    let script = collection["event"][0]["script"]["exec"].as_array_mut().unwrap();
    let provider = script.iter().position(|line| line.as_str().unwrap().trim() == "provider: 'salesforce',").unwrap();
    script.insert(provider, settings.into());
}
