//! `docs/FAULTS.md`: the tables for people, made of those that the tests hold. With `UPDATE_DOCS=1` it is written anew.

use super::commands::Family;
use super::faults::Row;
use super::outcome::Outcome;
use super::provider::Provider;
use super::table::Table;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const INTRODUCTION: &str = "\
# What comes out when a provider fails

For operators: if the provider does this, the command ends so. The tables are held by tests, which let a sandbox fail in \
each of these ways and count what it is asked; this page is made of them.

Three things hold everywhere. A result is right and whole, or there is an error with a code: a list is never short and a \
success. A command that failed may be sent again: what was done is found and not done twice, and what was not is done. And \
a provider that fails is not hammered: how many requests there are at most is part of each cell.

How to read a cell:

| cell | meaning |
|---|---|
| `ok` | The result is the same as without the fault. |
| `ok +2` | The same, with up to 2 requests more than without the fault. |
| `RATE_LIMIT 6` | An error with this code, after up to 6 requests in all, those for a token among them. Of a command that writes, nothing is changed. |
| `RATE_LIMIT 6 late` | The same, after some results: the answer ends in an error line, and its body is broken off, so that nobody takes a part for the whole. |
| `OUTCOME_UNKNOWN 9 done` | There is an error, and what was to be changed is changed all the same. |
| `OUTCOME_UNKNOWN 9 begun` | There is an error, and some of it is changed: an account is there, and not yet in its group. |
| `-` | The command does not ask for what fails, or does not look at what is wrong. |

“Once” is the first request of the command. “In the middle” is a list's second page, of a command that writes the change \
itself, else the second request. Rows that no command of a table meets are left out of it. Where the provider lists \
wrongly, the source has read the list once before.

The settings are the defaults, but pages of 50 of 120 users and of 70 groups, and `concurrency` 1, so that requests can be \
counted; more at once changes no outcome. Time is that of the defaults, too: `timeoutSeconds` 30, `maxRetries` 4, \
`provisioningTimeout` 60.
";

/// What each code in the tables says, in one sentence. The error's own message says what to do.
const CODES: &[(&str, &str)] = &[
    ("ANSWER_TOO_LARGE", "An answer is larger than the service reads."),
    ("BAD_CREDENTIALS", "The token endpoint does not accept the client id or the client secret."),
    ("CONNECTION_BROKEN", "The connection broke before the answer was complete, each time."),
    ("LIST_INCOMPLETE", "The provider's own figures say that something is missing, or they contradict one another."),
    ("LIST_SHRUNK", "The provider shows far fewer than the last time."),
    ("NOT_CHANGED", "What was to be changed is not changed; the message says why."),
    ("NOT_SCIM", "The answer is no SCIM answer: a web page, or JSON that is none."),
    ("OUTCOME_UNKNOWN", "It may have been done or not: send the command again."),
    ("PROVIDER_UNAVAILABLE", "The provider has a fault of its own."),
    ("RATE_LIMIT", "The provider asks for fewer requests, or to wait longer than is waited."),
    ("REQUEST_LIMIT", "The provider's limit of requests for this period is used up."),
    ("SESSION_REFUSED", "The provider does not accept the token, not even a new one."),
    ("SIGN_IN_WITHOUT_ACCOUNT", "The password is right, and the provider shows no account of this user name."),
    ("TIMEOUT", "The provider did not answer in time, each time."),
    ("TOKEN_SERVICE_DOWN", "The token endpoint has a fault of its own."),
    ("TOKEN_UNAVAILABLE", "The token endpoint gives no token."),
    ("UNKNOWN_PROFILE", "The provider does not list the profile of the new account."),
];

fn document() -> String {
    let tables: Vec<Table> = Provider::ALL
        .iter()
        .flat_map(|&provider| Family::ALL.iter().map(move |&family| Table::read(family, provider)))
        .collect();
    let mut document = format!("{INTRODUCTION}\n## Codes\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in CODES {
        writeln!(document, "| `{code}` | {meaning} |").unwrap();
    }
    for provider in Provider::ALL {
        write!(document, "\n## {}\n", provider.title()).unwrap();
        for table in tables.iter().filter(|table| table.provider == provider) {
            write!(document, "\n### {}\n\n{}", table.family.title(), markdown(table)).unwrap();
        }
    }
    document
}

fn markdown(table: &Table) -> String {
    let titles: Vec<&str> = table.family.commands(table.provider).iter().map(|command| command.title()).collect();
    let mut text =
        format!("| the provider | when | {} |\n|---|---{}|\n", titles.join(" | "), "|---".repeat(titles.len()));
    let mut shown = "";
    for (row, cells) in Row::all().iter().zip(&table.cells) {
        if cells.iter().all(|cell| *cell == Outcome::NotMet) {
            continue;
        }
        let cells: Vec<String> = cells.iter().map(|cell| format!("`{cell}`").replace("`-`", "-")).collect();
        // Rows of one kind stand together, and only the first names it.
        let name = if shown == row.trouble.name { "" } else { row.trouble.name };
        shown = row.trouble.name;
        writeln!(text, "| {name} | {} | {} |", row.when.title(), cells.join(" | ")).unwrap();
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether files are to be written")]
fn the_page_for_operators_is_made_of_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FAULTS.md");
    let document = document();
    if std::env::var("UPDATE_DOCS").is_ok() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &document).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == document, "docs/FAULTS.md is not what the tables say: run this test with UPDATE_DOCS=1");
}

#[test]
fn every_code_in_a_table_is_explained() {
    let mut found = BTreeSet::new();
    for (provider, family) in Provider::ALL.iter().flat_map(|one| Family::ALL.iter().map(move |family| (*one, *family)))
    {
        for cell in Table::read(family, provider).cells.into_iter().flatten() {
            if let Outcome::Error { code, .. } = cell {
                found.insert(code);
            }
        }
    }
    let explained: BTreeSet<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(found, explained);
}
