//! The built binary as a process: its output, its exit codes, its signals. Each runs without the environment of the tests,
//! on ports that were free.

use super::binary::{BINARY, Serving, json_of, run, run_beside};
use super::harness::{Bench, Service, key, without_ports};
use super::upstream::{Reply, Upstream};
use rstest::rstest;
use scim_connector::product;
use scim_connector::sandbox::Options;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

/// The environment variable of an option.
fn variable(option: &str) -> String {
    format!("{}{option}", product::get().env_prefix())
}

#[test]
fn the_demo_tells_its_story_to_the_end() {
    let demo = run(&["demo", "--once"], "");
    assert_eq!(demo.code, 0, "{}", demo.err);
    let lines = demo.out.lines().filter(|line| line.contains('✓') || line.contains('✗'));
    let told: Vec<&str> = lines.map(|line| line.split("  (").next().unwrap().trim()).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    ✓ Yes: a fresh token, and a first user could be read
    ✓ 5 groups
    ✓ 6 profiles and 12 permission sets
    ✓ 8 accounts, 1 of them disabled
    ✓ new.joiner1@example.com has the account 005RM000002FD0jYAG
    ✓ new.joiner2@example.com has the account 005RM000002FD0kYAG
    ✓ new.joiner3@example.com has the account 005RM000002FD0lYAG
    ✗ new.joiner4@example.com was refused: All 10 user licences are in use.
    ");
    assert!(demo.out.contains("The 3 accounts of this demo are taken back"), "{}", demo.out);
}

#[test]
fn the_specification_is_printed_as_it_is() {
    let spec = run(&["spec"], "");
    assert_eq!(spec.code, 0);
    assert_eq!(spec.out, product::SPEC);
}

#[test]
fn a_specification_is_checked() {
    let own = run(&["spec", "--check", "-"], product::SPEC);
    assert_eq!((own.code, own.out.as_str()), (0, "standard input is sound.\n"));

    let mut spec: Value = serde_json::from_str(product::SPEC).unwrap();
    spec["keyType"] = json!("both");
    spec["sourceConfigInitialValues"]["paging"] = json!("none");
    spec["accountSchema"]["attributes"][1]["type"] = json!("long");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(serde_json::to_string_pretty(&spec).unwrap().as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let wrong = run(&["spec", "--check", path], "");
    assert_eq!(wrong.code, 1);
    // Where the accounts' schema begins moves with each setting of the form.
    let text = std::fs::read_to_string(path).unwrap();
    let schema = text.lines().position(|line| line.contains("\"accountSchema\"")).unwrap() + 1;
    let shown = wrong.out.replace(path, "FILE");
    let shown = shown.replace(&format!("FILE:{}:", schema + 1), "FILE:S+1:");
    let shown = shown.replace(&format!("FILE:{}:", schema + 12), "FILE:S+12:");
    insta::assert_snapshot!(shown, @r#"
    Wrong: the platform does not take it, or does not do what it says

    FILE:3: /keyType must be one of simple, compound, but is "both"
    FILE:30: /sourceConfigInitialValues/paging must be one of auto, index, cursor, key, but is "none"
    FILE:S+1: /accountSchema/displayAttribute is userName, which is no single string

    Different from this connector's code

    FILE:S+12: /accountSchema/attributes/1/type is long, but the code sends string

    Doubtful: allowed, and seldom what is meant

    FILE:S+12: /accountSchema/attributes/1/type is long, which the checks of the platform's command line refuse: take int
    "#);
    insta::assert_snapshot!(wrong.err.replace(path, "FILE"), @"error: FILE: 3 wrong, 1 different from the code, 1 doubtful");

    // A doubt alone is no failure.
    let doubtful =
        run(&["spec", "--check", "-"], &product::SPEC.replace("\"helpKey\": \"Deleting", "\"helpText\": \"Deleting"));
    assert_eq!(doubtful.code, 0);
    assert!(doubtful.out.ends_with("standard input is sound, but for 1 doubtful.\n"), "{}", doubtful.out);
    assert_eq!(run(&["spec", "--check", "no/such/file"], "").code, 2);
}

#[tokio::test]
async fn a_command_takes_its_settings_from_a_file_or_from_the_command_line() {
    let bench = Bench::with_users(8).await;
    let config = bench.config(json!({})).to_string();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(config.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();

    let listed = bench.run("std:account:list", json!({})).await.outputs();
    assert_eq!(run_beside(&["invoke", "account-list", "-p", path], "").await.results(), listed);
    assert_eq!(run_beside(&["invoke", "account-list", "--config-json", &config], "").await.results(), listed);

    let id = listed[2]["identity"].as_str().unwrap();
    assert_eq!(run_beside(&["invoke", "account-read", id, "-p", path], "").await.results(), listed[2..3]);

    let groups = run_beside(&["invoke", "entitlement-list", "-p", path], "").await;
    assert_eq!(groups.results().len(), 5);
    assert!(groups.err.contains("\n5 results in "), "{}", groups.err);
    let told = "INFO list complete list=Groups pages=1 resources=5 distinct=5 readings=1 elapsed=";
    assert!(groups.err.contains(told), "{}", groups.err);
    let sets = run_beside(&["invoke", "entitlement-list", "-t", "entitlement", "-p", path], "").await.results();
    assert_eq!(sets.len(), 18);
}

#[tokio::test]
async fn a_command_takes_its_input_from_standard_input() {
    let bench = Bench::with_users(8).await;
    let config = bench.config(json!({})).to_string();
    let input = json!({"schema": {"attributes": [{"name": "id"}]}}).to_string();
    let accounts = run_beside(&["invoke", "account-list", "-f", "-", "--config-json", &config], &input).await.results();
    assert!(
        accounts.len() == 8 && accounts.iter().all(|account| account["attributes"].as_object().unwrap().len() == 1)
    );

    let raw = ["invoke", "raw", "-t", "std:account:read", "-f", "-", "--config-json", &config];
    let id = accounts[0]["identity"].as_str().unwrap();
    assert_eq!(run_beside(&raw, &key(id).to_string()).await.results()[0]["identity"], id);
}

#[tokio::test]
async fn an_account_is_created_from_the_command_line_until_licences_run_out() {
    let bench = Bench::start(Options { license_limit: Some(8), ..Options::default() }).await;
    let config = bench.config(json!({})).to_string();
    let create = async |name: &str| {
        let attributes =
            json!({"userName": name, "email": name, "familyName": "Lovelace", "profile": "Standard User"}).to_string();
        run_beside(&["invoke", "account-create", "-a", &attributes, "--config-json", &config], "").await
    };
    assert_eq!(create("ada@example.com").await.results()[0]["attributes"]["userName"], "ada@example.com");
    create("grace@example.com").await.assert_fails(1, "all 8 user licences are in use");
}

#[tokio::test]
async fn a_running_service_does_the_same() {
    let bench = Bench::with_users(8).await;
    let (config, url) = (bench.config(json!({})).to_string(), bench.service.url());
    let there = ["account-list", "--config-json", &config, "--url", &url];
    let listed = run_beside(&[&["invoke"], there.as_slice()].concat(), "").await.results();
    assert_eq!(listed, bench.run("std:account:list", json!({})).await.outputs());

    let absent = ["invoke", "account-read", "nobody", "--config-json", &config, "--url", &url];
    run_beside(&absent, "").await.assert_fails(
        1,
        "There is no account \"nobody\" at the provider. Aggregate the source to see what there is. [NOT_FOUND]",
    );
    bench.service.assert_lives().await;
}

/// Results that came before a failure are not all, and the exit code says so.
#[rstest]
#[case::in_process(false)]
#[case::at_a_service(true)]
#[tokio::test]
async fn a_list_that_breaks_fails_though_results_came(#[case] at_a_service: bool) {
    let all = super::upstream::ids(150);
    let upstream = Upstream::start(move |asked| match asked.start() {
        1 => Reply::users(150, &all[..100]),
        _ => Reply::error(403, "no further"),
    })
    .await;
    let service = Service::start().await;
    let (config, url) = (upstream.config(json!({})).to_string(), service.url());
    let mut arguments = vec!["invoke", "account-list", "--config-json", &config];
    if at_a_service {
        arguments.extend(["--url", &url]);
    }
    let ran = run_beside(&arguments, "").await;
    assert_eq!((ran.code, ran.out.lines().count()), (1, 100), "{}", ran.err);
    assert!(ran.err.contains("100 results came before the failure; they are not all"), "{}", ran.err);
    assert!(ran.err.contains("[FORBIDDEN]"), "{}", ran.err);
}

#[rstest]
#[case::no_subcommand(&[], "Usage:")]
#[case::an_unknown_command(&["invoke", "agent-list"], "invalid value 'agent-list'")]
#[case::no_id(&["invoke", "account-read"], "which one? Give its id")]
#[case::no_attributes(&["invoke", "account-create"], "what is to be created?")]
#[case::no_raw_command(&["invoke", "raw"], "which command?")]
#[case::no_such_file(&["invoke", "account-list", "-p", "/nowhere/config.json"], "/nowhere/config.json cannot be read")]
#[case::no_json(&["invoke", "account-list", "--config-json", "{"], "--config-json is not JSON")]
#[case::no_object(&["invoke", "account-list", "--config-json", "[]"], "--config-json must be a JSON object")]
#[case::two_configs(&["invoke", "account-list", "-p", "a", "--config-json", "{}"], "cannot be used with")]
#[case::no_standard_input(&["invoke", "account-list", "-f", "-"], "standard input is not JSON")]
#[case::everybody_s_address(&["serve", "--listen", "0.0.0.0:0"], "no token protects it")]
#[case::no_address(&["serve", "--listen", "localhost"], "invalid value 'localhost'")]
#[case::everybody_s_sandbox(&["sandbox", "--listen", "0.0.0.0:0"], "the sandbox listens on loopback only")]
#[case::no_such_quirk(&["sandbox", "--listen", "127.0.0.1:0", "--quirk", "members-emty"], "there is no quirk \"members-emty\"; the quirks are")]
#[case::quirks_of_two_minds(&["sandbox", "--listen", "127.0.0.1:0", "--dialect", "rfc", "--quirk", "no-patch,patch-204"], "no-patch and patch-204 contradict each other")]
#[case::a_quirk_of_the_other_dialect(&["sandbox", "--listen", "127.0.0.1:0", "--quirk", "extra-roles"], "extra-roles: belongs to the rfc dialect")]
#[case::no_faults(&["sandbox", "--faults", "/nowhere/faults.json"], "/nowhere/faults.json cannot be read")]
#[case::no_settings(&["invoke", "test-connection"], "baseUrl is missing")]
fn wrong_usage_exits_with_2(#[case] arguments: &[&str], #[case] says: &str) {
    run(arguments, "").assert_fails(2, says);
}

#[rstest]
#[case::an_unsupported_command(&["invoke", "raw", "-t", "std:agent:list"], "unsupported command: std:agent:list")]
#[case::an_unknown_type(&["invoke", "entitlement-list", "-t", "role", "--config-json", r#"{"baseUrl":"https://scim.invalid","authType":"none"}"#], "must be one of group, entitlement")]
#[case::an_unknown_host(&["invoke", "test-connection", "--config-json", r#"{"baseUrl":"https://scim.invalid","authType":"none","maxRetries":0}"#], "the host scim.invalid is not known")]
#[case::no_service(&["invoke", "spec-read", "--url", "http://127.0.0.1:1"], "the service at http://127.0.0.1:1/ cannot be asked")]
fn a_command_that_fails_exits_with_1(#[case] arguments: &[&str], #[case] says: &str) {
    run(arguments, "").assert_fails(1, says);
}

#[rstest]
#[case(&["sandbox", "--help"])]
#[case(&["sandbox", "--quirk", "help"])]
fn the_quirks_are_shown(#[case] arguments: &[&str]) {
    let ran = run(arguments, "");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for shown in ["  members-empty  ", "  page-cap=N  ", "  members-truncated[=100]  ", "(AWS IAM Identity Center"] {
        assert!(ran.out.contains(shown), "{}", ran.out);
    }
}

#[test]
fn all_that_is_wrong_with_faults_is_said() {
    let schedule = r#"{"faults": [{"nth": 0, "effect": {"type": "close"}}, {"effect": {"type": "close", "when": 1}}]}"#;
    let ran = run(&["sandbox", "--listen", "127.0.0.1:0", "--faults", "-"], schedule);
    ran.assert_fails(2, "the faults cannot be used:");
    ran.assert_fails(2, "\nfaults[0].nth: must be a whole number from 1");
    ran.assert_fails(2, "\nfaults[1].effect.when: is not known here");
}

/// The file comes from the environment as every option may; faults that are set while it runs count in the end as well.
#[test]
fn a_sandbox_has_faults_and_says_in_the_end_how_often_they_fired() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let schedule = r#"{"faults": [{"name": "no token", "route": "/services/oauth2/token", "times": 2, "effect": {"type": "close"}}, {"effect": {"type": "htmlPage"}}]}"#;
    file.write_all(schedule.as_bytes()).unwrap();
    let mut command = std::process::Command::new(BINARY);
    command.env_clear().env(variable("FAULTS"), file.path()).args(["sandbox", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map(Killed).unwrap();
    let mut out = BufReader::new(child.0.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("Token endpoint") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
    }
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let ask = |method: &str, path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        // A connection that is reset has nothing more to say.
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    let answers: Vec<String> = (0..3).map(|_| ask("POST", "/services/oauth2/token")).collect();
    assert_eq!(answers[..2], ["", ""]);
    assert!(answers[2].contains("<title>Sign in</title>"), "{}", answers[2]);
    assert!(ask("GET", "/faults").contains(r#""name":"no token","route":"/services/oauth2/token","times":2,"#));

    let id = child.0.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut end = String::new();
    out.read_to_string(&mut end).unwrap();
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
    assert!(end.ends_with("Faults that fired\n        2  no token\n        1  faults[1]\n"), "{end}");
}

/// A process that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[rstest]
#[case("-TERM")]
#[case("-INT")]
fn a_service_that_is_asked_to_stop_ends_with_0(#[case] signal: &str) {
    let serving = Serving::start(&[], &[]);
    let body = r#"{"type":"std:spec:read"}"#;
    assert!(serving.ask(&json_of(body), body).starts_with("HTTP/1.1 200 OK"));
    let (code, log) = serving.stop(signal);
    assert_eq!(code, Some(0), "{log}");
    let messages: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].clone()).collect();
    assert_eq!(
        messages,
        ["command completed", "stopping: running commands may finish, new ones are refused", "stopped"]
    );
}

#[test]
fn a_service_with_a_token_asks_for_it_and_shows_it_nowhere() {
    let serving = Serving::start(&["--debug"], &[(&variable("TOKEN"), "service-canary")]);
    let body = r#"{"type":"std:spec:read"}"#;
    assert!(serving.ask(&json_of(body), body).starts_with("HTTP/1.1 401 Unauthorized"));
    let wrong = format!("{}Authorization: Bearer service-canarx\r\n", json_of(body));
    assert!(serving.ask(&wrong, body).starts_with("HTTP/1.1 401 Unauthorized"));
    let right = format!("{}Authorization: Bearer service-canary\r\n", json_of(body));
    assert!(serving.ask(&right, body).starts_with("HTTP/1.1 200 OK"));
    assert!(!serving.stop("-TERM").1.contains("service-canar"));
}

/// What curl sends when it is told the wrong length, and then gives up.
#[test]
fn a_body_that_breaks_off_is_refused_and_the_service_lives_on() {
    let serving = Serving::start(&[], &[]);
    let mut stream = serving.connect();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    write!(stream, "{head}{{\"type\":").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");

    let form = "type=std:spec:read";
    let headers = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", form.len());
    assert!(serving.ask(&headers, form).starts_with("HTTP/1.1 415 "));
    let body = r#"{"type":"std:spec:read"}"#;
    assert!(serving.ask(&json_of(body), body).starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn settings_in_a_file_stand_in_where_an_invocation_has_none() {
    let bench = Bench::with_users(4).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bench.config(json!({})).to_string().as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let (without, with) = tokio::task::spawn_blocking(move || {
        let serving = Serving::start(&["--config", &path], &[]);
        let ask = |body: &str| serving.ask(&json_of(body), body);
        (ask(r#"{"type":"std:account:list"}"#), ask(r#"{"type":"std:account:list","config":{}}"#))
    })
    .await
    .unwrap();
    assert_eq!(without.matches(r#"{"type":"output""#).count(), 4);
    assert!(with.contains("baseUrl is missing"), "settings are never merged: {with}");
}

/// Everything at debug level, with a provider that repeats what it was sent.
#[tokio::test]
async fn a_command_shows_no_secret_on_either_output() {
    let upstream = Upstream::start(|asked| Reply::error(403, &format!("{:?}", asked.headers))).await;
    let config = upstream.config(json!({
        "authType": "bearerToken", "token": "token-canary", "customHeaders": [{"key": "X-Tenant", "value": "header-canary"}],
    }));
    let ran = run_beside(&["invoke", "account-list", "--debug", "--config-json", &config.to_string()], "").await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("DEBUG") && ran.err.contains("[redacted]"), "{}", without_ports(&ran.err));
    assert!(!ran.err.contains("canary") && !ran.out.contains("canary"), "{}", ran.err);
    assert!(upstream.seen()[0].header("authorization").ends_with("token-canary"));
}
