//! The Postman collection through a bundle: on the SDK's development server it fails only where `sdk-differences.json` says
//! why, since that server words failures in its own way.

use super::super::collection::Explained;
use super::super::newman::{Run, collection};
use super::super::process::{Process, free_port, product};
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

    let mut all = collection();
    add_settings(&mut all, &format!("http://127.0.0.1:{}", bundle.service_port));
    let file = bundle.folder.path().join("collection.json");
    fs::write(&file, all.to_string()).unwrap();

    let url = bundle.connector.url().trim_end_matches("/connector");
    let run = Run::of_file(&file, "demo", &[("connectorUrl", url), ("baseUrl", &base_url)], 1).await;
    Explained::read().all(&run.failures());
    let green = run.tests().iter().filter(|(_, has_failed)| !has_failed).count();
    assert!(green > 200, "only {green} tests held\nthe bundle:\n{}", bundle.connector.printed());
}

/// Gives all requests the settings that name a relay's service.
fn add_settings(collection: &mut Value, service: &str) {
    let lines = collection["event"][0]["script"]["exec"].as_array_mut().unwrap();
    let given = lines.iter().position(|line| line.as_str().unwrap().trim() == "authType: 'oauth2',").unwrap();
    lines.insert(given, format!("serviceUrl: '{service}', serviceToken: '{}',", super::TOKEN).into());
}
