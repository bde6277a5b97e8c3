//! What is said of the differences: a table for a person, when all are known, or a line of JSON for each, at once.

use super::item::{Difference, Item};
use crate::cli::output::{self, FAINT, TITLE, styled};
use crate::cli::validate::shown;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;

/// The table is so wide, in characters, where nothing tells how wide the terminal is.
const TABLE_WIDTH: u16 = 150;

/// One of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Before,
    After,
}

impl Which {
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// One thing that is not the same.
pub enum Change {
    /// Only the second list has it.
    Added(Item),
    /// Only the first list has it.
    Missing(Item),
    /// As it is in the second list.
    Changed(Item, Vec<Difference>),
    /// A list has this key again. It was compared as it came first.
    Twice(String, Which),
}

/// How many there are of what.
#[derive(Debug, Default)]
pub struct Tally {
    pub before: u64,
    pub after: u64,
    added: u64,
    missing: u64,
    changed: u64,
    twice: u64,
    /// How often each attribute differs.
    attributes: BTreeMap<String, u64>,
}

impl Tally {
    pub fn count(&mut self, change: &Change) {
        match change {
            Change::Added(_) => self.added += 1,
            Change::Missing(_) => self.missing += 1,
            Change::Changed(_, differences) => {
                self.changed += 1;
                for difference in differences {
                    *self.attributes.entry(difference.attribute.clone()).or_default() += 1;
                }
            }
            Change::Twice(..) => self.twice += 1,
        }
    }

    pub fn are_equal(&self) -> bool {
        self.added + self.missing + self.changed + self.twice == 0
    }

    fn sentence(&self, things: &str) -> String {
        let Self { before, after, added, missing, changed, twice, .. } = self;
        let twice = if *twice == 0 { String::new() } else { format!(", {twice} listed twice") };
        format!("{before} {things} before, {after} after: {added} added, {missing} missing, {changed} changed{twice}")
    }

    fn json(&self) -> Value {
        let Self { before, after, added, missing, changed, twice, attributes } = self;
        json!({"summary": {
            "before": before, "after": after, "equal": self.are_equal(), "added": added, "missing": missing,
            "changed": changed, "twice": twice, "attributes": attributes,
        }})
    }
}

/// Where differences go.
pub enum Report {
    Lines,
    Table {
        table: Box<Table>,
        limit: usize,
        /// How many of each sort have come.
        sorts: BTreeMap<&'static str, usize>,
    },
}

impl Report {
    pub fn lines() -> Self {
        Self::Lines
    }

    /// A table with so many of each sort at most.
    pub fn table(limit: usize) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if table.width().is_none() {
            table.set_width(TABLE_WIDTH);
        }
        table.set_header(["What", "Key", "Name", "Attribute", "Before", "After"]);
        Self::Table { table: Box::new(table), limit, sorts: BTreeMap::new() }
    }

    /// # Errors
    /// When standard output is closed.
    pub fn take(&mut self, change: Change) -> io::Result<()> {
        match self {
            Self::Lines => output::json(&change.json()),
            Self::Table { table, limit, sorts } => {
                let count = sorts.entry(change.sort()).or_default();
                *count += 1;
                if *count <= *limit {
                    change.rows().into_iter().for_each(|row| {
                        table.add_row(row.map(|cell| cell.replace(char::is_control, " ")));
                    });
                }
                Ok(())
            }
        }
    }

    /// # Errors
    /// When standard output is closed.
    pub fn end(self, tally: &Tally, things: &str) -> io::Result<()> {
        let Self::Table { table, limit, sorts } = self else { return output::json(&tally.json()) };
        if !tally.are_equal() {
            for (at, line) in table.to_string().lines().map(str::trim_end).enumerate() {
                output::text(&if at == 0 { styled(TITLE, line) } else { line.to_owned() })?;
            }
            for (sort, count) in sorts {
                if let Some(more) = count.checked_sub(limit).filter(|more| *more > 0) {
                    output::text(&styled(FAINT, &format!("… and {more} more {sort}; --limit shows more, --json all")))?;
                }
            }
            output::text("")?;
        }
        if !tally.attributes.is_empty() {
            let counts: Vec<String> = tally.attributes.iter().map(|(name, count)| format!("{name} {count}")).collect();
            output::text(&format!("Changed attributes: {}", counts.join(", ").replace(char::is_control, " ")))?;
        }
        output::text(&tally.sentence(things))
    }
}

impl Change {
    fn sort(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Missing(_) => "missing",
            Self::Changed(..) => "changed",
            Self::Twice(..) => "twice",
        }
    }

    fn json(self) -> Value {
        let sort = self.sort();
        match self {
            Self::Added(item) | Self::Missing(item) => json!({"change": sort, "key": item.key, "name": item.name()}),
            Self::Changed(item, differences) => {
                json!({"change": sort, "key": item.key, "name": item.name(), "differences": differences})
            }
            Self::Twice(key, which) => json!({"change": sort, "key": key, "list": which.word()}),
        }
    }

    /// What, key, name, attribute, before, after: a row for each attribute, the first with the name.
    fn rows(self) -> Vec<[String; 6]> {
        let sort = self.sort().to_owned();
        let none = String::new;
        match self {
            Self::Added(item) | Self::Missing(item) => {
                let name = item.name().unwrap_or_default().to_owned();
                vec![[sort, item.key, name, none(), none(), none()]]
            }
            Self::Changed(item, differences) => {
                let mut first = Some([sort, item.name().unwrap_or_default().to_owned()]);
                let row = |Difference { attribute, before, after }: Difference| {
                    let [what, name] = first.take().unwrap_or_default();
                    let key = if what.is_empty() { none() } else { item.key.clone() };
                    [what, key, name, attribute, without(&before, &after), without(&after, &before)]
                };
                differences.into_iter().map(row).collect()
            }
            Self::Twice(key, which) => {
                vec![[sort, key, none(), format!("in the list {}", which.word()), none(), none()]]
            }
        }
    }
}

/// A value for a person. Of several, those that the other side does not have.
fn without(value: &Value, other: &Value) -> String {
    let values = |value: &Value| match value {
        Value::Array(values) => values.clone(),
        Value::Null => Vec::new(),
        value => vec![value.clone()],
    };
    match (value, other) {
        (Value::Array(_), _) | (_, Value::Array(_)) => {
            let others = values(other);
            let own: Vec<String> = values(value).iter().filter(|one| !others.contains(one)).map(shown).collect();
            own.join(", ")
        }
        (Value::Null, _) => String::new(),
        (value, _) => shown(value),
    }
}
