//! `/metrics` of a service in a process of its own: that every metric that is described is there, as it is described, and
//! what is counted; and that the page and the dashboard for operators agree with it.

use super::binary::Serving;
use super::harness::{Bench, invocation, key, with};
use scim_connector::metrics::{self, Kind, Metric};
use scim_connector::sandbox::{Effect, Fault};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may see them is `vendor_cli`'s, with the other things that only those see who may start a command.
const PATH: &str = "/metrics";

fn scrape(serving: &Serving) -> String {
    let answer = serving.get(PATH, "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains(&format!("content-type: {}", metrics::CONTENT_TYPE)), "{head}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    body.to_owned()
}

/// A life of all kinds of luck, from one process's start.
fn lived(bench: &Bench) -> String {
    let serving = Serving::start(&[], &[]);
    let config = bench.config(json!({"maxRetries": 1, "pageSize": 4}));
    let invoke = |command: &str, input: Value, config: &Value| serving.invoke(&invocation(command, input, config));
    invoke("std:test-connection", json!({}), &config);
    bench.fail(Fault {
        times: Some(1),
        ..Fault::new(
            "/Users?startIndex=4",
            Effect::Answer { status: http::StatusCode::SERVICE_UNAVAILABLE, body: String::new() },
        )
    });
    invoke("std:account:list", json!({}), &config);
    invoke("std:entitlement:list", json!({"type": "group"}), &config);
    invoke("std:entitlement:list", json!({"type": "entitlement"}), &config);
    invoke("std:account:read", key("nobody-canary"), &config);
    invoke("std:account:list", json!({}), &with(&config, json!({"clientSecret": "wrong-canary"})));
    invoke("std:canary:list", json!({}), &config);
    serving.get("/canary", "");
    scrape(&serving)
}

async fn scraped() -> String {
    let bench = Bench::with_users(10).await;
    tokio::task::spawn_blocking(move || lived(&bench)).await.unwrap()
}

/// The name of the metric, and its labels.
fn series(line: &str) -> (&str, BTreeMap<&str, &str>) {
    let (series, _) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
    (name, labels.map(|label| label.split_once("=\"").unwrap()).map(|(n, v)| (n, v.trim_end_matches('"'))).collect())
}

fn endings(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter => &["_total"],
        Kind::Gauge => &[""],
        Kind::Histogram => &["_bucket", "_sum", "_count"],
    }
}

fn kind(metric: &Metric) -> &'static str {
    match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

#[tokio::test]
async fn every_metric_that_is_described_is_there_and_no_other() {
    let text = scraped().await;
    let described: Vec<String> = text.lines().filter(|line| line.starts_with("# HELP")).map(str::to_owned).collect();
    let expected: Vec<String> = metrics::ALL.iter().map(|it| format!("# HELP {} {}.", it.name, it.help)).collect();
    assert_eq!(described, expected);
    for metric in metrics::ALL {
        assert!(text.contains(&format!("# TYPE {} {}\n", metric.name, kind(metric))), "{}", metric.name);
    }
    let mut met = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, mut labels) = series(line);
        let is_it = |it: &&Metric| {
            endings(it.kind).iter().any(|ending| name.strip_suffix(ending).is_some_and(|base| base == it.name))
        };
        let metric = metrics::ALL.iter().find(is_it).unwrap_or_else(|| panic!("{line} is described nowhere"));
        labels.remove("le");
        assert!(labels.keys().eq(metric.labels), "{line}");
        met.insert(metric.name);
    }
    assert_eq!(met.len(), metrics::ALL.len());
}

/// What is not time, in the order of the alphabet. The one 503 has made pacing careful.
#[tokio::test]
async fn what_happens_is_counted() {
    let text = scraped().await;
    let is_count = |line: &&str| !line.starts_with('#') && !line.contains("_seconds_") && !line.contains("build_info");
    let mut lines: Vec<&str> = text.lines().filter(is_count).collect();
    lines.sort_unstable();
    let shown = lines.join("\n").replace("scim_connector_", "");
    insta::assert_snapshot!(shown, @r#"
    command_failures_total{code="BAD_CREDENTIALS"} 1
    command_failures_total{code="NOT_FOUND"} 1
    command_failures_total{code="UNSUPPORTED_COMMAND"} 1
    commands_in_flight 0
    commands_total{command="std:account:list",outcome="cancelled"} 0
    commands_total{command="std:account:list",outcome="completed"} 1
    commands_total{command="std:account:list",outcome="failed"} 1
    commands_total{command="std:account:read",outcome="cancelled"} 0
    commands_total{command="std:account:read",outcome="completed"} 0
    commands_total{command="std:account:read",outcome="failed"} 1
    commands_total{command="std:entitlement:list",outcome="cancelled"} 0
    commands_total{command="std:entitlement:list",outcome="completed"} 2
    commands_total{command="std:entitlement:list",outcome="failed"} 0
    commands_total{command="std:test-connection",outcome="cancelled"} 0
    commands_total{command="std:test-connection",outcome="completed"} 1
    commands_total{command="std:test-connection",outcome="failed"} 0
    commands_total{command="unsupported",outcome="cancelled"} 0
    commands_total{command="unsupported",outcome="completed"} 0
    commands_total{command="unsupported",outcome="failed"} 1
    list_pages_total{route="entitlements"} 5
    list_pages_total{route="groups"} 2
    list_pages_total{route="users"} 3
    list_rows_total{route="entitlements"} 18
    list_rows_total{route="groups"} 5
    list_rows_total{route="users"} 10
    refusals_total{status="404"} 1
    token_fetches_total{outcome="failed"} 0
    token_fetches_total{outcome="fetched"} 1
    token_fetches_total{outcome="refused"} 1
    upstream_concurrency_limit 3
    upstream_requests_in_flight 0
    upstream_requests_total{route="discovery",status="200"} 3
    upstream_requests_total{route="discovery",status="404"} 1
    upstream_requests_total{route="entitlements",status="200"} 5
    upstream_requests_total{route="groups",status="200"} 2
    upstream_requests_total{route="token",status="200"} 1
    upstream_requests_total{route="token",status="400"} 1
    upstream_requests_total{route="users",status="200"} 5
    upstream_requests_total{route="users",status="503"} 1
    upstream_requests_waiting 0
    upstream_retries_total{route="users"} 1
    "#);
}

#[tokio::test]
async fn no_word_of_a_caller_a_source_or_a_provider_is_a_label() {
    let text = scraped().await;
    let mut values: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, labels) = series(line);
        values.extend(labels.into_iter().filter(|(label, _)| *label != "version").map(|(_, value)| value));
    }
    // What the commands, the settings and the sandbox had to say: names, ids, addresses.
    for word in ["canary", "127.0.0.1", "i-1", "c-1", "sandbox", "005RM", "example", "/"] {
        assert!(values.iter().all(|value| !value.contains(word)), "{word} in {values:?}");
    }
    assert!(text.contains(r#"scim_connector_commands_total{command="unsupported",outcome="failed"} 1"#), "{text}");
}

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file)
}

/// The table in the page is made of the code: with `UPDATE_DOCS=1` it is written anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether files are to be written")]
fn the_page_for_operators_has_every_metric() {
    const BEGINS: &str = "| metric | kind | labels | what it tells |\n|---|---|---|---|\n";
    let mut table = BEGINS.to_owned();
    for metric in metrics::ALL {
        let ending = if metric.kind == Kind::Counter { "_total" } else { "" };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        writeln!(table, "| `{}{ending}` | {} | {} | {}. |", metric.name, kind(metric), labels.join(" "), metric.help)
            .unwrap();
    }
    let page = fs::read_to_string(docs("METRICS.md")).unwrap();
    let (before, rest) = page.split_once(BEGINS).expect("the table has its heading");
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let expected = format!("{before}{table}\n{after}");
    if std::env::var("UPDATE_DOCS").is_ok() {
        fs::write(docs("METRICS.md"), &expected).unwrap();
    }
    let there = fs::read_to_string(docs("METRICS.md")).unwrap();
    assert!(
        there == expected,
        "the table in docs/METRICS.md is not what the code says: run this test with UPDATE_DOCS=1"
    );
}

/// Every word in a text that is the name of a metric, with the ending that stands there.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("scim_connector_")).collect()
}

#[test]
fn the_dashboard_and_the_page_ask_for_what_there_is() {
    let names: BTreeSet<String> = metrics::ALL
        .iter()
        .flat_map(|metric| endings(metric.kind).iter().map(|ending| format!("{}{ending}", metric.name)))
        .collect();
    let dashboard = fs::read_to_string(docs("dashboard.json")).unwrap();
    let parsed: Value = serde_json::from_str(&dashboard).unwrap();
    let panels = parsed["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.len() >= 10, "{}", queries.len());
    let asked: BTreeSet<&str> = queries.iter().flat_map(|query| named(query)).collect();
    for name in &asked {
        assert!(names.contains(*name), "the dashboard asks for {name}, which there is not");
    }
    // All of them are shown somewhere.
    for metric in metrics::ALL {
        assert!(asked.iter().any(|name| name.starts_with(metric.name)), "no panel shows {}", metric.name);
    }
    // `by (…)` and `{…=` name labels.
    let labels: BTreeSet<&str> = metrics::ALL.iter().flat_map(|metric| metric.labels).copied().chain(["le"]).collect();
    for query in queries {
        for grouped in query.split("by (").skip(1) {
            for label in grouped.split(')').next().unwrap().split(',') {
                assert!(labels.contains(label.trim()), "{query} groups by {label}");
            }
        }
    }
    let page = fs::read_to_string(docs("METRICS.md")).unwrap();
    for name in named(&page) {
        assert!(names.contains(name) || metrics::ALL.iter().any(|it| it.name == name), "the page names {name}");
    }
}
