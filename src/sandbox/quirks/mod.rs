//! Quirks: ways in which providers differ from the RFC for good, each under a name, to be combined. What goes wrong now and
//! then, by a schedule, is `faults`' matter.
//!
//! `table` lists them all with what they do and whose they are. Each is at most three small functions: one changes what the
//! sandbox is started with, one refuses or alters a request before the endpoints see it (`filters`, `paging`, `writes`), one
//! alters the answer before it is sent (`answers`, `resources`, `ids`). `exchange` is what they work on, `playing` runs
//! them. The endpoints know nothing of all this. A search by POST is answered as ever.

mod answers;
mod exchange;
mod filters;
mod ids;
mod paging;
mod playing;
mod resources;
mod table;
mod writes;

pub(super) use exchange::{Answer, Asked};
pub(super) use playing::Playing;

use super::dialect::Dialect;
use super::options::Options;
use std::fmt;
use table::{QUIRKS, Row};

/// The quirks that a sandbox has, in the order of the table.
#[derive(Clone, Default)]
pub struct Quirks(Vec<Quirk>);

/// One quirk, with its number if it takes one.
#[derive(Clone, Copy)]
struct Quirk {
    row: &'static Row,
    number: Option<u64>,
}

impl Quirks {
    /// Reads names, each `NAME` or `NAME=N`.
    ///
    /// # Errors
    /// A sentence for every name that there is not, number that is missing or cannot be, and pair that contradict each other.
    pub fn parse<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, UnusableQuirks> {
        let mut problems = Vec::new();
        let mut quirks = Vec::new();
        for name in names {
            match quirk(name.as_ref().trim()) {
                Ok(quirk) => quirks.push(quirk),
                Err(problem) => problems.push(problem),
            }
        }
        quirks.sort_by_key(|quirk| QUIRKS.iter().position(|row| row.name == quirk.row.name));
        problems.extend(contradictions(&quirks));
        if problems.is_empty() { Ok(Self(quirks)) } else { Err(UnusableQuirks(problems)) }
    }

    /// The names of all quirks, as in `members-truncated[=100]`, with what each does and where it is met, a line each.
    pub fn help() -> String {
        let width = QUIRKS.iter().map(|row| row.usage().len()).max().unwrap_or_default();
        let line = |row: &Row| format!("  {:width$}  {} ({})\n", row.usage(), row.does, row.met);
        QUIRKS.iter().map(line).collect()
    }

    /// Every name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        QUIRKS.iter().map(|row| row.name)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// A sentence for every quirk that means nothing in this dialect.
    pub(super) fn check(&self, dialect: Dialect) -> Result<(), UnusableQuirks> {
        let strange = self.0.iter().filter(|quirk| quirk.row.is_rfc_only && dialect != Dialect::Rfc);
        let problems: Vec<String> = strange
            .map(|quirk| format!("{}: belongs to the rfc dialect; Salesforce's has its own way there", quirk.row.name))
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(UnusableQuirks(problems)) }
    }

    /// Changes the options as far as a quirk is one of the server itself.
    pub(super) fn settle(&self, options: &mut Options) {
        for settle in self.0.iter().filter_map(|quirk| quirk.row.settle) {
            settle(options);
        }
    }
}

impl fmt::Display for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|quirk| match quirk.number {
            Some(number) => format!("{}={number}", quirk.row.name),
            None => quirk.row.name.to_owned(),
        });
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quirks({self})")
    }
}

/// What is wrong with the names of quirks, a sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableQuirks(pub Vec<String>);

impl fmt::Display for UnusableQuirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for UnusableQuirks {}

fn quirk(text: &str) -> Result<Quirk, String> {
    let (name, number) = match text.split_once('=') {
        Some((name, number)) => (name.trim_end(), Some(number.trim())),
        None => (text, None),
    };
    let row = QUIRKS.iter().find(|row| row.name == name);
    let row =
        row.ok_or_else(|| format!("there is no quirk {name:?}; the quirks are\n{}", Quirks::help().trim_end()))?;
    let number = match (row.number, number) {
        (None, None) => None,
        (None, Some(_)) => return Err(format!("{name}: takes no number")),
        (Some(wanted), None) if wanted.is_required => return Err(format!("{name}: needs a number, {}", row.usage())),
        (Some(wanted), None) => wanted.default,
        (Some(wanted), Some(number)) => {
            let number = number.parse().ok().filter(|number| (wanted.least..=wanted.most).contains(number));
            let (least, most) = (wanted.least, wanted.most);
            Some(number.ok_or_else(|| format!("{name}: the number must be a whole one from {least} to {most}"))?)
        }
    };
    Ok(Quirk { row, number })
}

fn contradictions(quirks: &[Quirk]) -> impl Iterator<Item = String> {
    let pairs =
        quirks.iter().enumerate().flat_map(|(place, one)| quirks.iter().skip(place + 1).map(move |two| (one, two)));
    pairs.filter_map(|(one, two)| {
        let (one, two) = (one.row, two.row);
        if one.name == two.name {
            return Some(format!("{}: is given twice", one.name));
        }
        let excludes = one.not_with.contains(&two.name) || two.not_with.contains(&one.name);
        excludes.then(|| format!("{} and {} contradict each other: leave out one of them", one.name, two.name))
    })
}

#[cfg(test)]
mod tests;
