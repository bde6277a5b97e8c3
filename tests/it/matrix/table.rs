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
        let cells = match cells(family, provider) {
            Ok(cells) => cells,
            Err(_) if is_to_be_written() => Vec::new(),
            Err(why) => panic!("{}: {why}", path(family, provider).display()),
        };
        Self { family, provider, cells }
    }

    /// Fails with all cells that were seen otherwise. With `UPDATE_MATRIX=1` what was seen becomes what must be, unless it
    /// can never be right.
    pub fn compare(&self, seen: &[Vec<Outcome>]) {
        let commands = self.family.commands(self.provider);
        let (mut updated, mut others) = (Vec::new(), String::new());
        for (at, (row, seen)) in Row::all().iter().zip(seen).enumerate() {
            updated.push(Vec::new());
            for (place, (command, seen)) in commands.iter().zip(seen).enumerate() {
                let wanted = self.cells.get(at).and_then(|cells| cells.get(place));
                if wanted.is_none_or(|wanted| !wanted.allows(seen)) {
                    let wanted = wanted.map(ToString::to_string).unwrap_or_default();
                    writeln!(others, "{}, {}: {wanted:?} became {seen}", command.title(), row.title()).unwrap();
                }
                updated[at].push(match (seen, wanted) {
                    (Outcome::Wrong(_), Some(wanted)) => wanted.clone(),
                    (seen, Some(wanted)) => seen.or_more(wanted),
                    (seen, None) => seen.clone(),
                });
            }
        }
        if is_to_be_written() {
            let table = Self { cells: updated, ..*self };
            fs::write(path(self.family, self.provider), table.to_text()).unwrap();
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

fn cells(family: Family, provider: Provider) -> Result<Vec<Vec<Outcome>>, String> {
    let text = fs::read_to_string(path(family, provider)).map_err(|error| error.to_string())?;
    let mut lines = text.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let titles = family.commands(provider).iter().map(|command| command.title());
    if lines.next() != Some(std::iter::once("").chain(titles).collect()) {
        return Err("other columns".to_owned());
    }
    let mut read = |row: &Row| {
        let line = lines.next().filter(|line| line[0] == row.title());
        let cells = line.ok_or_else(|| format!("no row {:?} at its place", row.title()))?;
        cells.iter().skip(1).map(|cell| cell.parse()).collect()
    };
    Row::all().iter().map(&mut read).collect()
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether files are to be written")]
fn is_to_be_written() -> bool {
    std::env::var("UPDATE_MATRIX").is_ok()
}

fn path(family: Family, provider: Provider) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/matrix/expected");
    folder.join(format!("{}-{}.txt", family.name(), provider.name()))
}
