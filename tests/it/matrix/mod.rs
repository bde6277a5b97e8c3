//! Commands × faults: what comes out of each command when a provider fails in each way. The tables in `expected` say it for
//! both dialects of the sandbox, and `docs/FAULTS.md` is made of them.
//!
//! No cell is a short success: a result is right, whole and, where the command writes, found in the provider; or there is an
//! error with its code. A command that writes and fails is sent
//! once more, and then all is as it should be.

mod cell;
mod commands;
mod document;
mod faults;
mod killed;
mod outcome;
pub mod provider;
mod table;
pub mod time;

use cell::{Column, Reference};
use commands::{Command, Family};
use faults::Row;
use outcome::Outcome;
use provider::Provider;
use rstest::rstest;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use table::Table;
use time::in_a_runtime;

/// So many cells at once: most of them wait.
const THREADS: usize = 6;

/// Every cell of these rows and columns, in their order.
fn seen(rows: &[Row], columns: &[Column]) -> Vec<Vec<Outcome>> {
    let references: Vec<OnceLock<Reference>> = columns.iter().map(|_| OnceLock::new()).collect();
    let cells: Vec<Vec<OnceLock<Outcome>>> =
        rows.iter().map(|_| columns.iter().map(|_| OnceLock::new()).collect()).collect();
    let next = AtomicUsize::new(0);
    let work = || loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let (row, column) = (number / columns.len(), number % columns.len());
        let Some((&row, cells)) = rows.get(row).zip(cells.get(row)) else { return };
        let reference = references[column].get_or_init(|| in_a_runtime(columns[column].reference()));
        let _ = cells[column].set(in_a_runtime(columns[column].outcome(row, reference)));
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    cells.into_iter().map(|cells| cells.into_iter().map(|cell| cell.into_inner().unwrap()).collect()).collect()
}

fn columns(family: Family, provider: Provider, concurrency: Option<u32>) -> Vec<Column> {
    family.commands(provider).iter().map(|&command| Column { provider, command, concurrency }).collect()
}

/// One request at a time, so that they can be counted.
#[rstest]
#[case::lists_salesforce(Family::Lists, Provider::Salesforce)]
#[case::lists_generic(Family::Lists, Provider::Generic)]
#[case::reading_salesforce(Family::Reading, Provider::Salesforce)]
#[case::reading_generic(Family::Reading, Provider::Generic)]
#[case::writing_salesforce(Family::Writing, Provider::Salesforce)]
#[case::writing_generic(Family::Writing, Provider::Generic)]
fn every_command_meets_every_fault_as_the_table_says(#[case] family: Family, #[case] provider: Provider) {
    let table = Table::read(family, provider);
    table.compare(&seen(&Row::all(), &columns(family, provider, Some(1))));
}

/// Pages that are asked for together come out as those that are asked for one by one do.
#[rstest]
#[case::salesforce(Provider::Salesforce)]
#[case::generic(Provider::Generic)]
fn several_pages_at_once_change_no_outcome(#[case] provider: Provider) {
    let columns = [Column { provider, command: Command::Accounts, concurrency: None }];
    let (rows, wanted): (Vec<Row>, Vec<Outcome>) = Row::all()
        .into_iter()
        .zip(Table::read(Family::Lists, provider).cells)
        .filter(|(row, _)| row.when.is_in_the_middle())
        .map(|(row, mut cells)| (row, cells.remove(0)))
        .unzip();
    for ((row, wanted), seen) in rows.iter().zip(wanted).zip(seen(&rows, &columns)) {
        assert_eq!(seen[0].uncounted(), wanted.uncounted(), "{}", row.title());
    }
}
