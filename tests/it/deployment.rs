//! What an operator deploys: TLS in the service, the health check, and the files of `deploy/`, which must say what the
//! program understands.

use super::binary::{Serving, run, run_in};
use super::tls::Authority;
use rstest::rstest;
use scim_connector::product;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PORT: &str = "3000";

/// An environment variable of the product.
fn variable(option: &str) -> String {
    format!("{}{option}", product::get().env_prefix())
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A folder with a certificate, its key, its authority and a token.
fn secrets() -> (tempfile::TempDir, [String; 4]) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let (certificate, key) = authority.issue(&["localhost"], 2999).pem();
    let files = [("tls.crt", certificate), ("tls.key", key), ("ca.crt", authority.pem()), ("token", "s3cret\n".into())];
    let paths = files.map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    (folder, paths)
}

#[tokio::test]
async fn a_service_with_a_certificate_is_asked_over_tls_with_the_token_of_a_file() {
    let (_folder, [certificate, key, authority, token]) = secrets();
    let in_environment = [(variable("TLS_CERT"), certificate), (variable("TLS_KEY"), key)];
    let environment: Vec<_> = in_environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let serving = Serving::start(&["--token-file", &token], &environment);
    let url = format!("https://localhost:{}", serving.address().port());
    let trusting = [("SSL_CERT_FILE", authority.as_str())];
    let spec = run_in(&trusting, &["invoke", "spec-read", "--url", &url, "--token", "s3cret"]).await.results();
    assert_eq!(spec[0]["specification"]["name"], product::NAME);
    run_in(&trusting, &["invoke", "spec-read", "--url", &url]).await.assert_fails(1, "This service needs its token");
    let untrusting = run_in(&[], &["invoke", "spec-read", "--url", &url, "--token", "s3cret"]).await;
    untrusting.assert_fails(1, "no trusted TLS connection could be made");

    let address = serving.address().to_string();
    assert_eq!(run_in(&environment[..1], &["health", "--listen", &address]).await.code, 0);
    run(&["health", "--listen", &address], "").assert_fails(1, "its answer is not HTTP; does one of the two use TLS");
}

#[test]
fn health_says_whether_the_service_lives() {
    let serving = Serving::start(&[], &[]);
    let address = serving.address().to_string();
    assert_eq!(run(&["health", "--listen", &address], "").code, 0);
    assert_eq!(serving.stop("-TERM").0, Some(0));
    run(&["health", "--listen", &address], "").assert_fails(1, &format!("the service at {address} is not alive"));
}

#[rstest]
#[case::half_a_pair(&["--tls-cert", "tls.crt"], "--tls-key")]
#[case::no_file(&["--tls-cert", "no/such.crt", "--tls-key", "no/such.key"], "no/such.crt cannot be read")]
#[case::no_token_file(&["--token-file", "no/such/token"], "no/such/token cannot be read")]
#[case::two_tokens(&["--token-file", "token", "--token", "s3cret"], "cannot be used with '--token")]
fn a_service_that_cannot_be_as_it_was_asked_for_does_not_start(#[case] options: &[&str], #[case] says: &str) {
    run(&[&["serve", "--listen", "127.0.0.1:0"], options].concat(), "").assert_fails(2, says);
}

/// Encryption keeps nobody out.
#[test]
fn a_certificate_is_no_token() {
    let (_folder, [certificate, key, ..]) = secrets();
    let options = ["serve", "--listen", "0.0.0.0:0", "--tls-cert", &certificate, "--tls-key", &key];
    run(&options, "").assert_fails(2, "no token protects it");
}

/// The variables that `--help` of a subcommand names.
fn variables_of(subcommand: &str) -> BTreeSet<String> {
    let help = run(&[subcommand, "--help"], "");
    assert_eq!(help.code, 0);
    named(&help.out)
}

/// The product's variables in a text.
fn named(text: &str) -> BTreeSet<String> {
    let prefix = product::get().env_prefix();
    let rest = |text: &str| text.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect::<String>();
    text.split(&prefix).skip(1).map(rest).filter(|name| !name.is_empty()).map(|name| prefix.clone() + &name).collect()
}

fn deployed() -> Vec<(PathBuf, String)> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/helm/scim-connector");
    let templates = fs::read_dir(chart.join("templates")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = templates.chain([chart.join("values.yaml")]).collect();
    paths.extend(["Dockerfile", "deploy/scim-connector.service"].map(PathBuf::from));
    paths.into_iter().map(|path| (path.clone(), file(path.to_str().unwrap()))).collect()
}

#[test]
fn what_is_deployed_names_options_that_there_are() {
    let serve = variables_of("serve");
    let mut used = BTreeSet::new();
    for (path, text) in deployed() {
        let names = named(&text);
        let unknown: Vec<_> = names.difference(&serve).collect();
        assert!(unknown.is_empty(), "{} sets what serve does not know: {unknown:?}", path.display());
        used.extend(names);
    }
    assert!(used.len() > 5, "the files name {used:?} only");
    let start = file("deploy/scim-connector.service");
    let start = start.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let help = run(&["serve", "--help"], "").out;
    for option in start.split(' ').filter(|word| word.starts_with("--")) {
        assert!(help.contains(&format!("{option} <")), "serve has no {option}");
    }
}

#[test]
fn the_page_names_options_that_there_are() {
    let mut known = BTreeSet::new();
    for subcommand in ["serve", "invoke", "health", "sandbox"] {
        known.extend(variables_of(subcommand));
    }
    let names = named(&file("docs/DEPLOYMENT.md"));
    assert!(names.len() > 3 && names.is_subset(&known), "{:?}", names.difference(&known));
}

/// The text behind `before` in the first line that has it, to the line's end.
fn after<'a>(text: &'a str, before: &str) -> &'a str {
    let line = text.lines().find_map(|line| Some(line.split_once(before)?.1));
    line.unwrap_or_else(|| panic!("nothing says {before:?}")).trim().trim_matches('"')
}

#[test]
fn ports_and_versions_agree() {
    let (image, unit) = (file("Dockerfile"), file("deploy/scim-connector.service"));
    let chart = |path: &str| file(&format!("deploy/helm/scim-connector/{path}"));
    assert!(run(&["serve", "--help"], "").out.contains(&format!("127.0.0.1:{PORT}")));
    assert_eq!(after(&image, "LISTEN="), format!("0.0.0.0:{PORT}"));
    assert_eq!(after(&image, "EXPOSE "), PORT);
    assert_eq!(after(&unit, "LISTEN="), format!("127.0.0.1:{PORT}"));
    let deployment = chart("templates/deployment.yaml");
    assert!(deployment.contains(&format!("value: 0.0.0.0:{PORT}\n")));
    assert_eq!(after(&deployment, "containerPort: "), PORT);
    assert_eq!(after(&chart("values.yaml"), "  port: "), PORT);

    assert_eq!(after(&chart("Chart.yaml"), "appVersion: "), product::VERSION);
    assert_eq!(after(&chart("Chart.yaml"), "name: "), product::NAME);
    let rust = env!("CARGO_PKG_RUST_VERSION");
    assert!(image.contains(&format!("FROM rust:{rust}-")), "the image is not built with Rust {rust}");
}

/// Who stops the service waits for longer than its grace and the five seconds for last bytes.
#[test]
fn who_stops_the_service_waits_long_enough() {
    let unit = file("deploy/scim-connector.service");
    let number = |before| after(&unit, before).parse::<u64>().unwrap();
    assert!(number("TimeoutStopSec=") > number("SHUTDOWN_GRACE=") + 5);
}

#[test]
fn the_chart_s_values_have_a_schema_that_takes_them() {
    let schema: Value = serde_json::from_str(&file("deploy/helm/scim-connector/values.schema.json")).unwrap();
    let known = schema["properties"].as_object().unwrap();
    let values = file("deploy/helm/scim-connector/values.yaml");
    for line in values.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())) {
        let name = line.split(':').next().unwrap();
        assert!(known.contains_key(name), "values.schema.json has no {name}");
    }
}
