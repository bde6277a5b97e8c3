//! What a person sees of the checks: a line for each, as soon as it is through.

use super::checks::Check;
use super::trial::Outcome;
use crate::cli::output::{self, BAD, FAINT, GOOD, TITLE, styled};
use anstyle::Style;
use indicatif::{ProgressBar, ProgressStyle};
use std::io;
use std::time::Duration;

/// The longest id has 27 characters.
const ID_WIDTH: usize = 28;
/// So many problems of one check are shown.
const MOST_PROBLEMS: usize = 10;

/// How many checks came out how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    passed: usize,
    pub failed: usize,
    skipped: usize,
}

impl Tally {
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed(_) => self.passed += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }

    pub fn show(self, ms: u128) -> io::Result<()> {
        let Self { passed, failed, skipped } = self;
        output::text("")?;
        output::text(&format!("{passed} passed, {failed} failed, {skipped} skipped in {ms} ms"))
    }
}

/// The checks there are, with what each asserts.
pub fn list(checks: &[&Check]) -> io::Result<()> {
    for check in checks {
        let mark = if check.mutates { "M" } else { " " };
        output::text(&format!("{:ID_WIDTH$}{mark}  {}", check.id, check.asserts))?;
    }
    output::text("")?;
    output::text(&styled(
        FAINT,
        "M: makes or changes accounts, and deletes what it made, or disables it where deleting does no more; --read-only leaves it out.",
    ))
}

pub fn heading() -> io::Result<()> {
    let heading = format!("{:ID_WIDTH$}{:9}{:>6}  What was wrong, or why it was skipped", "Check", "Result", "ms");
    output::text(&styled(TITLE, &heading))
}

/// Shows on standard error which check runs, where that is a terminal.
pub fn running(id: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(id);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// The lines of a check that is through.
pub fn lines(id: &str, outcome: &Outcome, ms: u128) -> Vec<String> {
    let (word, style, says): (&str, Style, Vec<&str>) = match outcome {
        Outcome::Passed(notes) => ("PASSED", GOOD, notes.iter().map(String::as_str).collect()),
        Outcome::Failed(problems) => ("FAILED", BAD, problems.iter().map(String::as_str).collect()),
        Outcome::Skipped(why) => ("SKIPPED", FAINT, vec![why.as_str()]),
    };
    let word = styled(style, &format!("{word:9}"));
    // It took no time worth telling where nothing was done.
    let ms = if matches!(outcome, Outcome::Skipped(_)) { String::new() } else { ms.to_string() };
    let first = says.first().copied().unwrap_or_default();
    let mut lines = vec![line(&format!("{id:ID_WIDTH$}{word}{ms:>6}"), first)];
    let indent = " ".repeat(ID_WIDTH + 9 + 6);
    lines.extend(says.iter().take(MOST_PROBLEMS).skip(1).map(|says| line(&indent, says)));
    if let Some(more) = says.len().checked_sub(MOST_PROBLEMS).filter(|more| *more > 0) {
        lines.push(line(&indent, &format!("… and {more} more")));
    }
    lines
}

/// Whatever a connector says stays on its line.
fn line(beginning: &str, says: &str) -> String {
    format!("{beginning}  {}", says.replace(char::is_control, " ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::validate::checks::CHECKS;

    fn shown(outcome: &Outcome) -> String {
        let lines = lines("account-create-list-delete", outcome, 12);
        anstream::adapter::strip_str(&lines.join("\n")).to_string()
    }

    #[test]
    fn a_check_is_a_line_and_one_more_for_each_further_problem() {
        let problems: Vec<String> = (1..=12).map(|number| format!("problem\u{1b}[2J {number}\nof many")).collect();
        let shown = [
            shown(&Outcome::Passed(Vec::new())),
            shown(&Outcome::Skipped("the specification lacks std:account:delete".to_owned())),
            shown(&Outcome::Failed(problems)),
        ];
        insta::assert_snapshot!(shown.join("\n"), @"
        account-create-list-delete  PASSED       12
        account-create-list-delete  SKIPPED          the specification lacks std:account:delete
        account-create-list-delete  FAILED       12  problem [2J 1 of many
                                                     problem [2J 2 of many
                                                     problem [2J 3 of many
                                                     problem [2J 4 of many
                                                     problem [2J 5 of many
                                                     problem [2J 6 of many
                                                     problem [2J 7 of many
                                                     problem [2J 8 of many
                                                     problem [2J 9 of many
                                                     problem [2J 10 of many
                                                     … and 2 more
        ");
    }

    #[test]
    fn every_id_fits_its_column_and_stands_once() {
        let mut ids: Vec<&str> = CHECKS.iter().map(|check| check.id).collect();
        assert!(ids.iter().all(|id| id.len() < ID_WIDTH), "{ids:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), CHECKS.len());
    }
}
