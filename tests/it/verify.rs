//! `verify`: what it says of two lists that are the same, that differ, and that cannot be compared.

use super::binary::{Ran, run, run_beside};
use super::harness::{Bench, Service};
use super::upstream::{Reply, Upstream, ids};
use rstest::rstest;
use scim_connector::sandbox;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// A file with these lines in a folder that lasts as long as the test.
fn file(folder: &TempDir, name: &str, lines: &[Value]) -> String {
    let path: PathBuf = folder.path().join(name);
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

fn account(id: &str, attributes: Value) -> Value {
    let mut account = json!({"identity": id, "key": {"simple": {"id": id}}, "disabled": false, "locked": false});
    account["attributes"] = attributes;
    account
}

fn compared(before: &[Value], after: &[Value], options: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (file(&folder, "before", before), file(&folder, "after", after));
    run(&[&["verify", &before, &after], options].concat(), "")
}

/// Two states of a source: one account is gone, one is new, two have changed.
fn states() -> (Vec<Value>, Vec<Value>) {
    let before = vec![
        account(
            "1",
            json!({"userName": "ada@example.com", "title": "Ms", "groups": ["g1", "g2"], "lastModified": "1"}),
        ),
        account("2", json!({"userName": "bob@example.com", "groups": ["g1"], "lastModified": "1"})),
        account("3", json!({"userName": "cy@example.com", "groups": [], "lastModified": "1"})),
        account("4", json!({"userName": "di@example.com", "lastModified": "1"})),
    ];
    let mut disabled = account("4", json!({"userName": "di@example.com", "lastModified": "2"}));
    disabled["disabled"] = json!(true);
    let after = vec![
        disabled,
        account(
            "1",
            json!({"userName": "ada@example.com", "title": "Dr", "groups": ["g2", "g3"], "lastModified": "2"}),
        ),
        account("2", json!({"userName": "bob@example.com", "groups": "g1", "lastModified": "1"})),
        account("5", json!({"userName": "ed@example.com", "groups": ["g1"], "lastModified": "1"})),
    ];
    (before, after)
}

#[test]
fn a_person_gets_a_table_and_the_figures() {
    let (before, after) = states();
    let ran = compared(&before, &after, &["--ignore", "lastModified"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.ends_with("error: the lists differ\n"), "{}", ran.err);
    insta::assert_snapshot!(ran.out.trim_end(), @r#"
 What     Key  Name             Attribute  Before  After
 changed  4    di@example.com   disabled           true
 changed  1    ada@example.com  groups     "g1"    "g3"
                                title      "Ms"    "Dr"
 added    5    ed@example.com
 missing  3    cy@example.com

Changed attributes: disabled 1, groups 1, title 1
4 accounts before, 4 after: 1 added, 1 missing, 2 changed
"#);
}

#[test]
fn a_program_gets_every_difference_as_a_line_and_the_figures_last() {
    let (before, after) = states();
    let ran = compared(&before, &after, &["--json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    insta::assert_snapshot!(ran.out.trim_end(), @r#"
    {"change":"changed","key":"4","name":"di@example.com","differences":[{"attribute":"disabled","before":null,"after":true},{"attribute":"lastModified","before":"1","after":"2"}]}
    {"change":"changed","key":"1","name":"ada@example.com","differences":[{"attribute":"groups","before":["g1","g2"],"after":["g2","g3"]},{"attribute":"lastModified","before":"1","after":"2"},{"attribute":"title","before":"Ms","after":"Dr"}]}
    {"change":"added","key":"5","name":"ed@example.com"}
    {"change":"missing","key":"3","name":"cy@example.com"}
    {"summary":{"before":4,"after":4,"equal":false,"added":1,"missing":1,"changed":2,"twice":0,"attributes":{"disabled":1,"groups":1,"lastModified":2,"title":1}}}
    "#);
}

#[test]
fn the_table_shows_as_much_as_is_asked_for_and_counts_the_rest() {
    let before: Vec<Value> = (0..30).map(|n| account(&n.to_string(), json!({"userName": "u"}))).collect();
    let ran = compared(&before, &[], &["--limit", "2"]);
    assert_eq!(ran.out.lines().filter(|line| line.trim_start().starts_with("missing")).count(), 2);
    assert!(ran.out.contains("… and 28 more missing; --limit shows more, --json all\n"), "{}", ran.out);
    assert!(ran.out.ends_with("30 accounts before, 0 after: 0 added, 30 missing, 0 changed\n"), "{}", ran.out);
}

#[test]
fn what_is_listed_twice_is_named() {
    let ada = || account("1", json!({"userName": "ada"}));
    let bob = || account("2", json!({"userName": "bob"}));
    let ran = compared(&[ada(), ada()], &[ada(), bob(), bob(), ada()], &["--json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    insta::assert_snapshot!(ran.out.trim_end(), @r#"
    {"change":"twice","key":"1","list":"before"}
    {"change":"added","key":"2","name":"bob"}
    {"change":"twice","key":"2","list":"after"}
    {"change":"twice","key":"1","list":"after"}
    {"summary":{"before":2,"after":4,"equal":false,"added":1,"missing":0,"changed":0,"twice":3,"attributes":{}}}
    "#);
}

#[test]
fn another_key_finds_accounts_whose_identities_differ() {
    let before = [account("1", json!({"userName": "ada", "id": "1", "mail": "a@x"}))];
    let after = [account("u-1", json!({"userName": ["ada"], "id": "u-1", "mail": "a@x"}))];
    let same = compared(&before, &after, &["--key", "userName", "--ignore", "id"]);
    assert_eq!((same.code, same.out.as_str()), (0, "1 accounts before, 1 after: 0 added, 0 missing, 0 changed\n"));
    assert_eq!(compared(&before, &after, &[]).code, 1);
    let nameless = compared(&before, &[account("9", json!({}))], &["--key", "userName"]);
    nameless.assert_fails(2, "in the list after: \"9\" has no single userName by which it could be found");
}

/// What people see must not move their terminal.
#[test]
fn values_stay_in_their_cell() {
    let ran = compared(&[account("1", json!({"t": "a"}))], &[account("1", json!({"t": "\u{1b}[2J\r\nb"}))], &[]);
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\r'), "{:?}", ran.out);
}

#[rstest]
#[case::no_json(&["{\"identity\":\"1\",\"attributes\":{}}", "generic error: boom"], "before, line 2: it is not JSON")]
#[case::cut_off(&["{\"identity\":\"1\",\"attri"], "before, line 1: it is not JSON")]
#[case::an_error(&["{\"type\":\"output\",\"data\":{\"identity\":\"1\",\"attributes\":{}}}",
    "{\"type\":\"error\",\"data\":{\"message\":\"The provider broke off.\"}}"],
    "before, line 2: the list ended in an error, and is not whole: The provider broke off.")]
#[case::something_else(&["{\"a\":1}"], "before, line 1: it is neither an account or entitlement nor a line of a service")]
#[case::no_attributes(&["{\"identity\":\"1\"}"], "in the list before: \"1\" has no \"attributes\"")]
fn a_recording_that_is_not_whole_is_compared_with_nothing(#[case] lines: &[&str], #[case] says: &str) {
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before");
    std::fs::write(&before, lines.join("\n")).unwrap();
    let after = file(&folder, "after", &[account("1", json!({}))]);
    for json in [&[][..], &["--json"]] {
        let ran = run(&[&["verify", before.to_str().unwrap(), &after], json].concat(), "");
        ran.assert_fails(2, says);
    }
}

#[rstest]
#[case::nothing(&["verify"], "what with?")]
#[case::one_recording(&["verify", "/dev/null"], "what is compared?")]
#[case::no_such_file(&["verify", "/nowhere", "/dev/null"], "/nowhere cannot be read")]
#[case::three(&["verify", "a", "b", "-p", "c"], "cannot be used with")]
#[case::two_befores(&["verify", "a", "--before-url", "http://127.0.0.1:1"], "cannot be used with")]
#[case::no_settings(&["verify", "/dev/null", "--config-json", "{}"], "baseUrl is missing")]
#[case::no_service(&["verify", "/dev/null", "--url", "http://127.0.0.1:1"], "nothing can be said of the lists: the service at")]
fn wrong_usage_exits_with_2(#[case] arguments: &[&str], #[case] says: &str) {
    run(arguments, "").assert_fails(2, says);
}

/// Recorded by `invoke`, and as a service sends it; read in process, and at a service.
#[tokio::test]
async fn a_recorded_list_is_compared_with_the_live_one() {
    let bench = Bench::with_users(9).await;
    let config = bench.config(json!({})).to_string();
    let folder = tempfile::tempdir().unwrap();
    for (kind, listed) in [(None, "account-list"), (Some("group"), "entitlement-list")] {
        let kind: Vec<&str> = kind.map(|kind| ["-t", kind]).into_iter().flatten().collect();
        let recorded = run_beside(&[&["invoke", listed, "--config-json", &config], &*kind].concat(), "").await;
        let plain = file(&folder, "plain", &recorded.results());
        let lines: Vec<Value> =
            recorded.results().into_iter().map(|it| json!({"type": "output", "data": it})).collect();
        let wire = file(&folder, "wire", &[&[json!({"type": "keepAlive", "data": {}})], &*lines].concat());
        for (before, at) in [(plain, None), (wire, Some(bench.service.url()))] {
            let at: Vec<&str> = at.as_deref().map(|url| ["--url", url]).into_iter().flatten().collect();
            let ran = run_beside(&[&["verify", &before, "--config-json", &config], &*at, &*kind].concat(), "").await;
            assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
            assert!(ran.out.contains(" after: 0 added, 0 missing, 0 changed\n"), "{}", ran.out);
        }
    }
}

/// Two in process, told by their user names; then the same source in process and at a service.
#[tokio::test]
async fn two_sources_are_compared() {
    let bench = Bench::with_users(6).await;
    let config = bench.config(json!({})).to_string();
    let other = Bench::start(sandbox::Options { users: 8, ..sandbox::Options::default() }).await;
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("config.json");
    std::fs::write(&before, other.config(json!({})).to_string()).unwrap();
    let both = ["verify", "--before-config", before.to_str().unwrap(), "--config-json", &config, "--key", "userName"];
    let ran = run_beside(&both, "").await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    // Which of the sandbox's users are inactive goes by how many there are.
    let end = "Changed attributes: active 2, disabled 2\n8 accounts before, 6 after: 0 added, 2 missing, 2 changed\n";
    assert!(ran.out.ends_with(end), "{}", ran.out);

    let url = Service::start().await;
    let at = ["verify", "--before-url", &url.url(), "--config-json", &config, "--json"];
    let ran = run_beside(&at, "").await;
    assert_eq!(ran.results()[0]["summary"]["equal"], true, "{}", ran.out);
}

/// The first page goes out, the second never comes.
#[tokio::test]
async fn a_live_list_that_breaks_off_is_compared_with_nothing() {
    let all = ids(150);
    let first = all.clone();
    let upstream = Upstream::start(move |asked| match asked.start() {
        1 => Reply::users(150, &first[..100]),
        _ => Reply::error(403, "no further"),
    })
    .await;
    let config = upstream.config(json!({})).to_string();
    let folder = tempfile::tempdir().unwrap();
    let recorded: Vec<Value> = all.iter().map(|id| account(id, json!({"id": id}))).collect();
    let before = file(&folder, "before", &recorded);
    let service = Service::start().await;
    for at in [&[][..], &["--url", &service.url()]] {
        let ran = run_beside(&[&["verify", &before, "--config-json", &config], at].concat(), "").await;
        ran.assert_fails(2, "nothing can be said of the lists: ");
        assert!(ran.err.contains("[FORBIDDEN]"), "{}", ran.err);
    }
    // Lines go out at once; the figures are what tells that they are all.
    let ran = run_beside(&["verify", &before, "--config-json", &config, "--json"], "").await;
    assert_eq!((ran.code, ran.out.lines().count()), (2, 100), "{}", ran.err);
    assert!(!ran.out.contains("summary"), "{}", ran.out);
}
