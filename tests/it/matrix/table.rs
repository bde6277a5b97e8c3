//! The tables of what must come out: a file for the commands of a family at a provider, a line a row.

use super::commands::Family;
use super::faults::Row;
use super::outcome::Outcome;
use super::provider::Provider;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What must come out.
#[derive(Debug)]
pub struct Table {
    pub family: Family,
    pub provider: Provider,
    /// In the order of [`Row::all`] and [`Family::commands`].
    pub cells: Vec<Vec<Outcome>>,
}

impl Table {
    /// # Panics
    /// Where the file has other rows or columns than the matrix, or a cell that means nothing.
    pub fn read(family: Family, provider: Provider) -> Self {
        let path = path(family, provider);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.is_empty());
        let mut lines = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let mut table = Self { family, provider, cells: Vec::new() };
        if is_to_be_written() {
            return table;
        }
        let titles: Vec<&str> = family.commands(provider).iter().map(|command| command.title()).collect();
        assert_eq!(lines.next().unwrap_or_default().split_first().unwrap().1, titles, "{}", path.display());
        for row in Row::all() {
            let line = lines.next().unwrap_or_default();
            let (title, cells) = line.split_first().unwrap_or((&"", &[]));
            assert_eq!(*title, row.title(), "{}", path.display());
            let cells = cells.iter().map(|cell| cell.parse().unwrap_or_else(|why| panic!("{}: {why}", row.title())));
            table.cells.push(cells.collect());
            assert_eq!(table.cells.last().unwrap().len(), titles.len(), "{}", row.title());
        }
        assert_eq!(lines.next(), None);
        table
    }

    /// Fails with all cells that were seen otherwise. With `UPDATE_MATRIX=1` what was seen becomes what must be, unless it
    /// can never be right.
    pub fn compare(&self, seen: &[Vec<Outcome>]) {
        if is_to_be_written() {
            let table = Self { cells: seen.to_vec(), ..*self };
            fs::write(path(self.family, self.provider), table.to_text()).unwrap();
        }
        let commands = self.family.commands(self.provider);
        let mut others = String::new();
        for (at, (row, seen)) in Row::all().iter().zip(seen).enumerate() {
            for (place, (command, seen)) in commands.iter().zip(seen).enumerate() {
                let wanted = self.cells.get(at).and_then(|cells| cells.get(place));
                let is_right = wanted.map_or(!matches!(seen, Outcome::Wrong(_)), |wanted| wanted.allows(seen));
                if !is_right {
                    let wanted = wanted.map(ToString::to_string).unwrap_or_default();
                    writeln!(others, "{}, {}: {wanted:?} became {seen}", command.title(), row.title()).unwrap();
                }
            }
        }
        assert!(others.is_empty(), "\n{others}");
    }

    fn to_text(&self) -> String {
        let titles = self.family.commands(self.provider).iter().map(|command| command.title().to_owned());
        let mut lines: Vec<Vec<String>> = vec![std::iter::once(String::new()).chain(titles).collect()];
        for (row, cells) in Row::all().iter().zip(&self.cells) {
            lines.push(std::iter::once(row.title()).chain(cells.iter().map(ToString::to_string)).collect());
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        let padded = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned() + "\n"
        };
        lines.iter().map(padded).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether files are to be written")]
fn is_to_be_written() -> bool {
    std::env::var("UPDATE_MATRIX").is_ok()
}

fn path(family: Family, provider: Provider) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/matrix/expected");
    folder.join(format!("{}-{}.txt", family.name(), provider.name()))
}
