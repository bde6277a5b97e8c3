//! The fork in `examples/`: built as a person builds it, run against the sandbox; and `docs/CUSTOMIZING.md`, which shows it.

use super::binary::{Ran, run_other};
use super::harness::Bench;
use scim_connector::product::{NAME, VERSION};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The built example. `cargo test` has built it where it builds all targets, and then this takes no time.
static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| {
    // Tests are in `deps`, below the folder that this is in.
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().unwrap().parent().unwrap();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--offline", "--example", "acme-connector", "--target-dir"]).arg(folder.parent().unwrap());
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder.join("examples").join(format!("acme-connector{}", std::env::consts::EXE_SUFFIX))
});

async fn run(arguments: &[&str]) -> Ran {
    let program = tokio::task::spawn_blocking(|| EXAMPLE.clone()).await.unwrap();
    run_other(&program, arguments).await
}

async fn invoke(bench: &Bench, settings: Value, arguments: &[&str]) -> Ran {
    let config = bench.config(settings).to_string();
    run(&[&["invoke", "--config-json", &config], arguments].concat()).await
}

#[tokio::test]
async fn what_the_fork_adds_works() {
    let bench = Bench::with_users(8).await;
    let joiner = r#"{"userName": "ada@example.com", "email": "ada@example.com", "familyName": "Lovelace", "givenName": "Ada",
        "profile": "Standard User", "phone": "+1 200 555 0100"}"#;
    let refused = invoke(&bench, json!({}), &["account-create", "-a", joiner]).await;
    refused.assert_fails(
        1,
        "Creating the account failed: nobody is named who pays for the account. Name a cost centre, or set one for \
         newcomers in the source. [ACME_NO_COST_CENTER]",
    );
    let settings = json!({"defaultCostCenter": "4711"});
    let created = invoke(&bench, settings, &["account-create", "-a", joiner]).await.results().remove(0);
    assert_eq!(
        (&created["attributes"]["costCenter"], &created["attributes"]["phone"]),
        (&json!("4711"), &json!("+12005550100"))
    );
    let id = created["identity"].as_str().unwrap();
    assert_eq!(invoke(&bench, json!({}), &["account-read", id]).await.results().first(), Some(&created));
    let listed = invoke(&bench, json!({}), &["account-list"]).await.results();
    assert_eq!((listed.len(), listed.last()), (9, Some(&created)));

    let members = invoke(&bench, json!({}), &["raw", "-t", "acme:members:list"]).await.results();
    let plain = bench.run("std:entitlement:list", json!({"type": "group"})).await.outputs();
    assert_eq!(members.len(), plain.len());
    assert_eq!(members[0]["group"], plain[0]["attributes"]["displayName"]);
    assert!(members.iter().any(|group| group["members"].as_u64().unwrap() > 0), "{members:?}");
}

/// All of the command line is the fork's: its name, its version, its environment, its specification, its errors.
#[tokio::test]
async fn the_program_is_the_fork_s() {
    let version = run(&["--version"]).await.out;
    assert_eq!(version, format!("acme-connector 1.0.0 ({NAME} {VERSION})\n"));
    let help = run(&["serve", "--help"]).await.out;
    assert!(help.contains("Usage: acme-connector serve") && help.contains("ACME_CONNECTOR_LISTEN"), "{help}");

    let spec: Value = serde_json::from_str(&run(&["spec"]).await.out).unwrap();
    assert_eq!(spec["name"], "acme-connector");
    assert_eq!(spec["commands"].as_array().unwrap().last().unwrap(), "acme:members:list");
    assert_eq!(spec["accountSchema"]["attributes"].as_array().unwrap().last().unwrap()["name"], "costCenter");
    assert_eq!(spec["sourceConfig"].as_array().unwrap().last().unwrap()["label"], "ACME Connector");
    assert!(spec.to_string().contains(r#"{"label":"ACME Directory","value":"acme-directory"}"#));
    let errors = run(&["explain", "--list"]).await.out;
    assert!(errors.contains("ACME_NO_COST_CENTER"), "{errors}");
}

/// Blocks of this kind in the page, by the words that follow the kind: ` ```rust title="src/main.rs" `.
fn blocks(kind: &str) -> Vec<(String, String)> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CUSTOMIZING.md")).unwrap();
    let parts = page.split("\n```").skip(1).step_by(2);
    parts
        .filter_map(|part| part.strip_prefix(kind)?.split_once('\n'))
        .map(|(title, text)| (title.trim().to_owned(), format!("{text}\n")))
        .collect()
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_documentation_shows_the_fork_as_it_is() {
    for (kind, name) in [("rust", "src/main.rs"), ("toml", "Cargo.toml"), ("json", "src/acme-directory.json")] {
        let shown = blocks(kind).into_iter().find(|(title, _)| title.contains(name));
        let (_, shown) = shown.unwrap_or_else(|| panic!("docs/CUSTOMIZING.md does not show {name}"));
        let is = file(&format!("examples/acme-connector/{name}"));
        // Only the path to this repository is different for others.
        let shown = shown.replace("git = \"https://git.example/scim-connector\"", "path = \"../..\"");
        assert!(is.contains(shown.trim()), "docs/CUSTOMIZING.md shows another {name} than examples/acme-connector has");
    }
    for (title, json) in blocks("json") {
        serde_json::from_str::<Value>(&json).unwrap_or_else(|error| panic!("{title}: {error}: {json}"));
    }
}
