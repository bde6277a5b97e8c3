//! Files of settings whose values stand elsewhere: in the environment or in other files.

use super::binary::{Serving, run_in};
use super::harness::{Bench, Service, with};
use super::upstream::{Reply, Upstream};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0", "--config"];

/// A folder with these settings, and two files besides.
fn folder(settings: &Value) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    fs::write(folder.path().join("secrets/header"), " from a file\r\n").unwrap();
    fs::write(folder.path().join("secrets/empty"), "\n").unwrap();
    let path = folder.path().join("settings.json");
    fs::write(&path, settings.to_string()).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_service_takes_values_from_the_environment_and_from_files() {
    let upstream = Upstream::start(|_| Reply::users(1, ["u1"])).await;
    let pairs = ["env:A_HEADER", "file:secrets/header", "literal:env:B", "literally"];
    let pairs: Vec<Value> =
        (0..).zip(pairs).map(|(at, value)| json!({"key": format!("x-{at}"), "value": value})).collect();
    let settings = upstream.config(json!({"baseUrl": "env:BASE", "customHeaders": pairs}));
    let (_folder, path) = folder(&settings);
    let base = format!("{}/scim/v2", upstream.url());
    let answer = tokio::task::spawn_blocking(move || {
        let serving = Serving::start(&["--config", &path], &[("A_HEADER", "from the environment"), ("BASE", &base)]);
        serving.invoke(r#"{"type":"std:account:list"}"#)
    });
    let answer = answer.await.unwrap();
    assert!(answer.contains(r#"{"type":"output""#), "{answer}");
    let seen = upstream.seen();
    let sent = ["x-0", "x-1", "x-2", "x-3"].map(|name| seen[0].header(name));
    assert_eq!(sent, ["from the environment", " from a file".trim(), "env:B", "literally"]);
}

/// Whoever sends an invocation would otherwise read what is the service's own.
#[tokio::test]
async fn settings_of_an_invocation_are_taken_as_they_are() {
    let upstream = Upstream::start(|_| Reply::users(1, ["u1"])).await;
    let config = upstream.config(json!({"authType": "bearerToken", "token": "env:PATH"}));
    Service::start().await.invoke("std:account:list", json!({}), &config).await.outputs();
    assert_eq!(upstream.seen()[0].header("authorization"), "Bearer env:PATH");
    let text = config.to_string();
    run_in(&[("PATH", "/bin")], &["invoke", "account-list", "--config-json", &text]).await.results();
    assert!(upstream.seen().iter().all(|asked| asked.header("authorization") == "Bearer env:PATH"));
}

#[tokio::test]
async fn all_that_is_missing_or_wrong_is_said_before_the_service_starts() {
    let (_folder, path) = folder(&json!({
        "baseUrl": "env:BASE", "clientId": "c", "clientSecret": "file:nowhere", "scope": "env:EMPTY", "pageSize": "many",
        "customHeaders": [{"key": "x-a", "value": "file:secrets/empty"}],
    }));
    let ran = run_in(&[("EMPTY", "")], &[SERVE, &[&path]].concat()).await;
    ran.assert_fails(2, "");
    insta::assert_snapshot!(ran.err.replace(&path, "settings.json"), @r#"
    error: the settings in settings.json cannot be used:
      baseUrl is to come from the environment variable BASE, which is not set
      clientSecret is to come from the file nowhere, which cannot be read: No such file or directory (os error 2)
      scope is to come from the environment variable EMPTY, which is empty
      customHeaders[0].value is to come from the file secrets/empty, which is empty
      tokenUrl is missing: it must be the URL of the OAuth 2 token endpoint
      pageSize must be a whole number from 1 to 10000, but is "many"
    "#);
}

#[tokio::test]
async fn settings_that_cannot_be_used_keep_the_service_from_starting() {
    let (_folder, path) = folder(&json!({"authType": "none"}));
    run_in(&[], &[SERVE, &[&path]].concat()).await.assert_fails(2, "baseUrl is missing");
}

#[tokio::test]
async fn a_command_takes_the_same_files() {
    let bench = Bench::with_users(2).await;
    let (_folder, path) = folder(&with(&bench.config(json!({})), json!({"clientSecret": "env:SECRET"})));
    let ran = run_in(&[("SECRET", "sandbox")], &["invoke", "account-list", "-p", &path]).await;
    assert_eq!(ran.results().len(), 2);
    run_in(&[], &["invoke", "account-list", "-p", &path])
        .await
        .assert_fails(2, "clientSecret is to come from the environment variable SECRET, which is not set");
}
