//! The Postman collection through a bundle: what fails are the SDK's development server's own ways alone.

use super::super::differences::Differences;
use super::super::newman::Run;
use super::super::process::{Process, free_port, product};
use super::{Bundle, Way};
use rstest::rstest;
use serde_json::json;

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
    let service = format!("http://127.0.0.1:{}", bundle.service_port);
    let service = json!({"serviceUrl": service, "serviceToken": super::TOKEN}).to_string();
    let url = bundle.connector.url();
    let run = Run::of("demo", &[("connectorUrl", url), ("baseUrl", &base_url), ("settings", &service)], 1).await;
    Differences::read().explain(&run.failures());
    let passed = run.tests().iter().filter(|(_, has_failed)| !has_failed).count();
    assert!(passed > 200, "only {passed} tests passed\nthe bundle:\n{}", bundle.connector.printed());
}
