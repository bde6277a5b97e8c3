//! The program in a bundle: started once, as its own user's alone, ended with the process that started it.

use super::super::connector::Answer;
use super::super::process::Process;
use super::{Bundle, Way, sandbox};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A bundle whose program runs.
async fn started() -> (Bundle, Value, Process) {
    let (sandbox, config) = sandbox(0, &Value::Null).await;
    let bundle = Bundle::run(Way::Embed, config.clone()).await;
    assert_eq!(test_connection(&bundle).await.outputs(), [json!({})]);
    (bundle, config, sandbox)
}

async fn test_connection(bundle: &Bundle) -> Answer {
    bundle.connector.invoke("std:test-connection", json!({})).await
}

#[tokio::test]
async fn one_program_serves_all_commands_until_its_parent_ends() {
    let (mut bundle, _, _sandbox) = started().await;
    let programs = bundle.programs();
    assert_eq!(programs.len(), 1);
    let many = futures::future::join_all((0..8).map(|_| test_connection(&bundle))).await;
    assert!(many.iter().all(|answer| answer.status == 200));
    assert_eq!(bundle.programs(), programs);
    bundle.connector.kill();
    ended(&bundle).await;
}

/// Waits until no program of the bundle runs.
async fn ended(bundle: &Bundle) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !bundle.programs().is_empty() {
        assert!(Instant::now() < deadline, "the program outlives its parent");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_is_unpacked_is_for_its_user_alone_and_checked_before_it_runs() {
    let (mut bundle, config, _sandbox) = started().await;
    let folder = bundle.of_program();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()) & 0o077, 0);
    }
    bundle.connector.kill();
    ended(&bundle).await;
    let program = folder.join("program");
    fs::remove_file(&program).unwrap();
    fs::write(&program, "#!/bin/sh\nexit 1\n").unwrap();
    bundle.again(config.clone()).await;
    assert_eq!(test_connection(&bundle).await.outputs(), [json!({})]);

    bundle.connector.kill();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    bundle.again(config).await;
    let body = test_connection(&bundle).await.body;
    assert!(body.contains("belongs to somebody else, or others may write there: remove it."), "{body}");
}

/// Runtimes that are not as the program needs them, played by what stands in the place of index.js.
#[rstest::rstest]
#[case::another_processor(
    "Object.defineProperty(process, 'arch', { value: 'riscv64' })",
    "this runtime is linux riscv64. Make the bundle with"
)]
#[case::no_programs(
    "const fs = require('node:fs'), { writeFileSync } = fs
     fs.writeFileSync = (path, content, options) => writeFileSync(path, content, { ...options, mode: 0o400 })",
    "This runtime does not let a program be started (EACCES). Make the bundle with"
)]
#[case::no_place(
    "require('node:os').tmpdir = () => '/no/such/folder'",
    "The program in this bundle cannot be kept: ENOENT"
)]
#[tokio::test]
async fn a_runtime_that_runs_no_program_is_told_of(#[case] runtime: &str, #[case] words: &str) {
    let runtime = format!("{runtime}\nmodule.exports = require('./index.js')");
    let bundle = Bundle::run_file(Way::Embed, json!({}), "runtime.js", &runtime).await;
    let body = test_connection(&bundle).await.body;
    assert!(body.starts_with("generic error:") && body.contains(words), "{body}");
}
