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
        "ignore-filter",
        "no-filter",
        "filter-eq-only",
        "filter-eq-sw-only",
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
        ("users-without-groups members-not-listed", json!({})),
        ("users-without-groups members-on-request", json!({})),
        ("users-without-groups members-truncated=1", json!({})),
        ("users-without-groups deep-groups", json!({})),
        ("users-without-groups page-cap=7 patch-204", json!({})),
        ("users-without-groups no-filter", json!({})),
        ("users-without-groups ignore-filter", json!({})),
        ("users-without-groups ignore-query", json!({})),
        ("nulls empty-arrays upper-case-names", json!({})),
        ("ids-strange users-without-groups", json!({})),
        ("numbers-as-ids users-without-groups", json!({})),
        ("cursor-only total-missing", json!({"paging": "cursor"})),
        ("cursor-default page-cap=7", json!({"paging": "cursor"})),
        ("cursor-ignored", json!({"paging": "cursor"})),
        ("cursor-expires-after=1", json!({"paging": "cursor"})),
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
    insta::assert_snapshot!(seen(), @"");
}
