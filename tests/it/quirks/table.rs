//! The table.

use super::cell::{Reference, cell, reference};
use super::commands::Command;
use crate::matrix::time::in_a_runtime;
use scim_connector::sandbox::Quirks;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Quirks, and the settings that a user would have there.
fn rows() -> Vec<(&'static str, Value)> {
    let alone = [
        "extra-roles",
        "deep-groups",
        "delete-deactivates",
        "unknown-attribute-dropped",
        "normalises-values",
        "members-empty",
        "members-not-listed",
        "members-on-request",
        "members-truncated=1",
        "users-without-groups",
        "no-emails",
        "string-booleans",
        "empty-arrays",
        "nulls",
        "relative-location",
        "last-modified-missing",
        "ignore-filter",
        "no-filter",
        "filter-eq-only",
        "filter-eq-sw-only",
        "last-modified-ignored",
        "last-modified-refused",
        "ignore-query",
        "page-cap=7",
        "no-paging",
        "count-500",
        "cursor-only",
        "cursor-default",
        "cursor-ignored",
        "cursor-expires-after=1",
        "items-per-page-missing",
        "start-index-missing",
        "total-wrong",
        "total-wrong=1",
        "total-missing",
        "total-string",
        "no-patch",
        "no-patch=501",
        "patch-204",
        "patch-200-empty",
        "put-empty-answer",
        "op-capitalised-only",
        "op-lower-only",
        "max-operations=1",
        "max-members=1",
        "members-need-display",
        "spc-404",
        "spc-html",
        "spc-wrong",
        "ids-strange",
        "numbers-as-ids",
        "upper-case-names",
        "accept-json-only",
        "user-agent-required",
        "rate-limit-500=5",
    ];
    let mut rows: Vec<_> = alone.into_iter().map(|quirk| (quirk, json!({}))).collect();
    rows.extend([
        ("users-without-groups members-empty", json!({})),
        ("users-without-groups members-empty", json!({"providerSettings": {"members.shown": "byFilter"}})),
        ("users-without-groups members-not-listed", json!({})),
        ("users-without-groups members-on-request", json!({})),
        ("users-without-groups members-truncated=1", json!({})),
        ("users-without-groups members-truncated=1", json!({"providerSettings": {"members.shown": "byFilter"}})),
        ("users-without-groups deep-groups", json!({})),
        ("users-without-groups page-cap=7 patch-204", json!({})),
        ("users-without-groups no-filter", json!({})),
        ("users-without-groups ignore-filter", json!({})),
        ("users-without-groups ignore-query", json!({})),
        ("string-booleans", json!({"providerSettings": {"writing.booleans": "text"}})),
        ("op-capitalised-only", json!({"providerSettings": {"writing.operations": "capitalised"}})),
        ("string-booleans op-capitalised-only", json!({"provider": "entra-style"})),
        ("members-need-display", json!({"providerSettings": {"writing.members.withDisplay": "true"}})),
        ("accept-json-only", json!({"providerSettings": {"writing.contentType": "application/json"}})),
        ("nulls empty-arrays upper-case-names", json!({})),
        ("ids-strange users-without-groups", json!({})),
        ("numbers-as-ids users-without-groups", json!({})),
        ("cursor-only total-missing", json!({"paging": "cursor"})),
        ("cursor-default page-cap=7", json!({"paging": "cursor"})),
        ("cursor-ignored", json!({"paging": "cursor"})),
        ("cursor-expires-after=1", json!({"paging": "cursor"})),
        ("cursor-expires-after=0", json!({"paging": "cursor"})),
        ("total-wrong", json!({"paging": "cursor"})),
        ("page-cap=7 total-missing", json!({})),
        ("page-cap=7 total-wrong", json!({})),
        ("ids-strange", json!({"paging": "key"})),
        ("filter-eq-only", json!({"paging": "key"})),
        ("ignore-filter", json!({"paging": "key"})),
    ]);
    rows
}

/// So many cells at once: most of them wait.
const THREADS: usize = 6;

fn seen() -> String {
    let rows = rows();
    let references: Vec<OnceLock<Reference>> = Command::ALL.map(|_| OnceLock::new()).into();
    let cells: Vec<OnceLock<String>> = (0..rows.len() * Command::ALL.len()).map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(place) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            let number = cells.iter().position(|other| std::ptr::eq(other, place)).unwrap();
            let (row, column) = (&rows[number / Command::ALL.len()], number % Command::ALL.len());
            let command = Command::ALL[column];
            let reference = references[column].get_or_init(|| in_a_runtime(reference(command)));
            place.set(in_a_runtime(cell(row.0, &row.1, command, reference))).unwrap();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let mut text = String::new();
    for ((quirks, settings), cells) in rows.iter().zip(cells.chunks(Command::ALL.len())) {
        let settings = if *settings == json!({}) { String::new() } else { format!(" {settings}") };
        writeln!(text, "{quirks}{settings}").unwrap();
        let mut outcomes: Vec<(String, Vec<&str>)> = Vec::new();
        for (command, cell) in Command::ALL.iter().zip(cells) {
            let cell = cell.get().unwrap();
            match outcomes.iter_mut().find(|(outcome, _)| outcome == cell) {
                Some((_, commands)) => commands.push(command.title()),
                None => outcomes.push((cell.clone(), vec![command.title()])),
            }
        }
        for (outcome, commands) in outcomes {
            let commands = if commands.len() == Command::ALL.len() { "all".to_owned() } else { commands.join(" ") };
            writeln!(text, "    {outcome}: {commands}").unwrap();
        }
    }
    text
}

#[test]
fn every_quirk_is_in_the_table() {
    let missing: Vec<&str> = Quirks::names()
        .filter(|name| !rows().iter().any(|(quirks, _)| quirks.split('=').next() == Some(name)))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_command_meets_every_quirk_as_the_table_says() {
    let seen = seen();
    // All of it, to be copied where it is right.
    assert!(seen == EXPECTED.trim_start(), "\n{seen}");
}

const EXPECTED: &str = r#"
extra-roles
    ok: test groups create delete
    ok but userRoles: accounts read update grant revoke disable
deep-groups
    ok: all
delete-deactivates
    ok: test accounts groups read create update grant revoke disable
    ok, deactivated: delete
unknown-attribute-dropped
    ok: test groups delete
    ok but department employeeNumber locale managerId managerName nickName organization phone preferredLanguage timezone title userType: accounts
    ok but department employeeNumber locale nickName organization preferredLanguage timezone title userType: read grant revoke disable
    part begun but locale title: create
    NOT_CHANGED: update
normalises-values
    ok: test accounts groups read update grant revoke disable delete
    part but locale: create
members-empty
    ok: all
members-not-listed
    ok: test groups delete
    MEMBERS_NOT_LISTED: accounts read update grant revoke disable
    part begun but groups: create
members-on-request
    ok: all
members-truncated=1
    ok: all
users-without-groups
    ok: all
no-emails
    ok: test groups delete
    ok but email: accounts read update grant revoke disable
    part but email: create
string-booleans
    ok: test accounts groups read update grant revoke delete
    INVALID_VALUE: create disable
empty-arrays
    ok: all
nulls
    ok: all
relative-location
    ok: all
last-modified-missing
    ok: all
ignore-filter
    ok: all
no-filter
    ok: all
filter-eq-only
    ok: all
filter-eq-sw-only
    ok: all
last-modified-ignored
    ok: all
last-modified-refused
    ok: all
ignore-query
    ok: test delete
    LIST_INCOMPLETE: accounts read update grant revoke disable
    LIST_INCOMPLETE late: groups
    part begun but groups: create
page-cap=7
    ok: all
no-paging
    ok: all
count-500
    PROVIDER_UNAVAILABLE: test accounts groups read create update grant revoke disable
    ok: delete
cursor-only
    ok: all
cursor-default
    ok: all
cursor-ignored
    ok: all
cursor-expires-after=1
    ok: all
items-per-page-missing
    ok: all
start-index-missing
    ok: all
total-wrong
    ok: test read create update grant revoke disable delete
    LIST_INCOMPLETE: accounts
    LIST_INCOMPLETE late: groups
total-wrong=1
    ok: test delete
    LIST_INCOMPLETE: accounts read update grant revoke disable
    LIST_INCOMPLETE late: groups
    part: create
total-missing
    ok: all
total-string
    ok: all
no-patch
    ok: test accounts groups read update disable delete
    part begun but groups: create
    NOT_SUPPORTED: grant revoke
no-patch=501
    ok: test accounts groups read update disable delete
    part begun but groups: create
    NOT_SUPPORTED: grant revoke
patch-204
    ok: all
patch-200-empty
    ok: all
put-empty-answer
    ok: all
op-capitalised-only
    ok: test accounts groups read delete
    part begun but groups: create
    INVALID_SYNTAX: update grant revoke disable
op-lower-only
    ok: all
max-operations=1
    ok: all
max-members=1
    ok: all
members-need-display
    ok: test accounts groups read update revoke disable delete
    part begun but groups: create
    INVALID_VALUE: grant
spc-404
    ok: all
spc-html
    ok: all
spc-wrong
    ok: all
ids-strange
    ok: all
numbers-as-ids
    ok: all
upper-case-names
    ok: all
accept-json-only
    ok: test accounts groups read delete
    NOT_ACCEPTABLE: create update grant revoke disable
user-agent-required
    ok: all
rate-limit-500=5
    ok: all
users-without-groups members-empty
    ok: test groups delete
    MEMBERS_NOT_SHOWN: accounts read update grant revoke disable
    part begun but groups: create
users-without-groups members-empty {"providerSettings":{"members.shown":"byFilter"}}
    ok: all
users-without-groups members-not-listed
    ok: test groups delete
    MEMBERS_NOT_LISTED: accounts read update grant revoke disable
    part begun but groups: create
users-without-groups members-on-request
    ok: all
users-without-groups members-truncated=1
    ok: test groups read create update grant revoke disable delete
    MEMBERS_NOT_ALL_SHOWN: accounts
users-without-groups members-truncated=1 {"providerSettings":{"members.shown":"byFilter"}}
    ok: all
users-without-groups deep-groups
    ok: all
users-without-groups page-cap=7 patch-204
    ok: all
users-without-groups no-filter
    ok: all
users-without-groups ignore-filter
    ok: all
users-without-groups ignore-query
    ok: test delete
    LIST_INCOMPLETE: accounts read update grant revoke disable
    LIST_INCOMPLETE late: groups
    part begun but groups: create
string-booleans {"providerSettings":{"writing.booleans":"text"}}
    ok: all
op-capitalised-only {"providerSettings":{"writing.operations":"capitalised"}}
    ok: all
string-booleans op-capitalised-only {"provider":"entra-style"}
    ok: all
members-need-display {"providerSettings":{"writing.members.withDisplay":"true"}}
    ok: all
accept-json-only {"providerSettings":{"writing.contentType":"application/json"}}
    ok: all
nulls empty-arrays upper-case-names
    ok: all
ids-strange users-without-groups
    ok: all
numbers-as-ids users-without-groups
    ok: all
cursor-only total-missing {"paging":"cursor"}
    ok: all
cursor-default page-cap=7 {"paging":"cursor"}
    ok: all
cursor-ignored {"paging":"cursor"}
    ok: all
cursor-expires-after=1 {"paging":"cursor"}
    ok: all
cursor-expires-after=0 {"paging":"cursor"}
    ok: test read create update grant revoke disable delete
    CURSOR_EXPIRED: accounts
    CURSOR_EXPIRED late: groups
total-wrong {"paging":"cursor"}
    ok: all
page-cap=7 total-missing
    ok: all
page-cap=7 total-wrong
    ok: test read create update grant revoke disable delete
    LIST_INCOMPLETE: accounts
    LIST_INCOMPLETE late: groups
ids-strange {"paging":"key"}
    ok: test read create update grant revoke disable delete
    LIST_INCOMPLETE: accounts groups
filter-eq-only {"paging":"key"}
    ok: test delete
    UNSUPPORTED_FILTER: accounts read update grant revoke disable
    UNSUPPORTED_FILTER late: groups
    part: create
ignore-filter {"paging":"key"}
    ok: test delete
    LIST_INCOMPLETE: accounts read update grant revoke disable
    LIST_INCOMPLETE late: groups
    part begun but groups: create
"#;
