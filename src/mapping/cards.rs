//! The setting `attributeMapping`: cards that add attributes to the table, or take the place of some. It says what is wrong
//! with all of them at once; what a path means is the table's business.

use super::table::{Attribute, Column, Kind, Table};
use super::writable::why_not_writable;
use crate::scim::filter::SyntaxError;
use crate::scim::patch::why_no_value;
use crate::scim::path::Path;
use crate::scim::resource;
use serde_json::{Map, Value};

/// What a card may have.
const MEMBERS: &[&str] = &["name", "path", "type", "multi", "writable"];

/// These are not replaced: others depend on what they are.
const FIXED: &[(&str, &str)] = &[
    ("id", "it is the account's identity"),
    ("userName", "accounts are found by it"),
    ("active", "accounts are enabled and disabled by it"),
];

/// The table with the cards of a setting.
///
/// # Errors
/// What is wrong with the setting, all of it, each in a sentence part that goes on after its name.
pub fn with_cards(table: &Table, setting: &Value) -> Result<Table, Vec<String>> {
    let cards = match setting {
        Value::Null => return Ok(table.clone()),
        Value::String(text) if text.trim().is_empty() => return Ok(table.clone()),
        Value::Array(cards) => cards,
        _ => {
            return Err(vec![
                "must be a list of cards {\"name\", \"path\", \"type\", \"multi\", \"writable\"}".to_owned(),
            ]);
        }
    };
    let (mut columns, mut problems): (Vec<Column>, Vec<String>) = (Vec::new(), Vec::new());
    let mut names: Vec<String> = Vec::new();
    for (at, card) in cards.iter().enumerate() {
        let mut reader = Card { members: card.as_object(), problems: Vec::new() };
        let column = reader.column(table, &names);
        let name = reader.text("name").unwrap_or_default();
        let called = if name.is_empty() { String::new() } else { format!(" \"{}\"", shown(&name)) };
        problems.extend(reader.problems.into_iter().map(|says| format!("card {}{called} {says}", at + 1)));
        columns.extend(column);
        names.push(name);
    }
    if problems.is_empty() { Ok(table.with(columns)) } else { Err(problems) }
}

/// One card, with what is wrong with it.
struct Card<'a> {
    members: Option<&'a Map<String, Value>>,
    problems: Vec<String>,
}

impl Card<'_> {
    /// The column that the card describes; `None` if there was a problem. `names`: those of the cards before it.
    fn column(&mut self, table: &Table, names: &[String]) -> Option<Column> {
        let Some(members) = self.members else {
            self.problem("must be an object with a name and a path");
            return None;
        };
        if members.values().all(is_empty) {
            self.problem("is empty: it must have a name and a path, or go");
            return None;
        }
        for unknown in members.keys().filter(|key| !MEMBERS.contains(&key.as_str())) {
            self.problem(format!("has \"{}\", which is none of {}", shown(unknown), MEMBERS.join(", ")));
        }
        let name = self.required("name", "what the attribute is called in accounts");
        let path = self.required("path", "a SCIM attribute path, such as nickName or emails[type eq \"home\"].value");
        let kind = self.kind();
        let (is_multi, is_writable) = (self.flag("multi"), self.flag("writable"));
        if is_multi && kind == Kind::Boolean {
            self.problem("cannot be multi and of the type boolean: lists are of texts or whole numbers");
        }
        if let Some(name) = &name {
            self.check_name(name, table, names);
        }
        let read = path.as_deref().and_then(|path| self.read(path));
        let (name, read) = (name?, read?);
        let write = read.first().copied().filter(|_| is_writable);
        let row =
            Attribute { name: &name, kind, is_multi, read: &read, write, entitlement: None, needs_profiles: false };
        let mut column = Column::parse(&row).ok()?;
        if let Some((write, why)) =
            column.write.as_ref().and_then(|path| Some((path, why_not_writable(&column, path)?)))
        {
            self.problem(format!("must not be writable: {write} {why}"));
        }
        column.description = format!("The value of {} in the SCIM user.", read.join(" or "));
        column.why_not_written = "its card in attributeMapping is not writable".into();
        self.problems.is_empty().then_some(column)
    }

    /// The paths in a text, if all of them are such as lead to a value.
    fn read<'t>(&mut self, text: &'t str) -> Option<Vec<&'t str>> {
        let before = self.problems.len();
        let paths = alternatives(text);
        for (at, path) in &paths {
            self.check_path(text, *at, path);
        }
        (self.problems.len() == before).then(|| paths.into_iter().map(|(_, path)| path).collect())
    }

    fn check_name(&mut self, name: &str, table: &Table, names: &[String]) {
        if let Some(first) = names.iter().position(|other| other.eq_ignore_ascii_case(name)) {
            self.problem(format!("has the same name as card {}: each attribute has one card", first + 1));
        }
        let Some(other) = table.columns().iter().find(|column| column.name.eq_ignore_ascii_case(name)) else { return };
        let fixed = FIXED.iter().find(|(fixed, _)| *fixed == other.name).map(|(_, why)| *why);
        let why = match fixed {
            Some(why) => why,
            None if other.entitlement.is_some() => "it has entitlements, which are granted and revoked by it",
            None if other.needs_profiles => "it grants the profile, of which an account has just one",
            None if !other.is_shown() => "it is only written, and never shown",
            None if other.name != name => {
                self.problem(format!(
                    "differs from the attribute {} in capitals only: name it so to replace it",
                    other.name
                ));
                return;
            }
            None => return,
        };
        self.problem(format!("must not replace the attribute {}: {why}. Give the attribute another name", other.name));
    }

    /// Checks one of the paths in `text`. `at`: how many characters stand before it.
    fn check_path(&mut self, text: &str, at: usize, path: &str) {
        let parsed = match path.parse::<Path>() {
            Err(error) => {
                let syntax = SyntaxError { column: at + error.syntax.column, ..error.syntax };
                self.problem(format!("has the path {}, which is no SCIM attribute path: {syntax}", shown(text)));
                return;
            }
            Ok(parsed) => parsed,
        };
        if parsed.core_name().is_some_and(|name| name.eq_ignore_ascii_case("password")) {
            self.problem("must not read the password, which is never shown");
        } else if let Some(why) = why_no_value(&parsed) {
            self.problem(format!("has no value at its path: {path} {why}"));
        }
    }

    fn kind(&mut self) -> Kind {
        let kinds = [Kind::Text, Kind::Boolean, Kind::Int];
        let Some(given) = self.text("type") else { return Kind::Text };
        let kind = kinds.into_iter().find(|kind| kind.type_name() == given);
        if kind.is_none() {
            let names = kinds.map(Kind::type_name).join(", ");
            self.problem(format!("has the type \"{}\", which is none of {names}", shown(&given)));
        }
        kind.unwrap_or(Kind::Text)
    }

    fn flag(&mut self, member: &str) -> bool {
        let Some(value) = self.value(member) else { return false };
        let flag = resource::boolean(value);
        if flag.is_none() {
            self.problem(format!("has {member} {}, which must be true or false", shown(&value.to_string())));
        }
        flag.unwrap_or(false)
    }

    fn required(&mut self, member: &str, what: &str) -> Option<String> {
        let text = self.text(member);
        if text.is_none() {
            let found = if self.value(member).is_some() { "a" } else { "no" };
            self.problem(format!(
                "has {found} {member}{}: it must be {what}",
                if found == "a" { " that is no text" } else { "" }
            ));
        }
        text
    }

    /// The text of a member, unless it is missing, `null`, empty, or no text. Numbers and booleans are taken as texts.
    fn text(&self, member: &str) -> Option<String> {
        self.value(member).and_then(resource::text).map(|text| text.trim().to_owned())
    }

    fn value(&self, member: &str) -> Option<&Value> {
        self.members?.get(member).filter(|value| !is_empty(value))
    }

    fn problem(&mut self, says: impl Into<String>) {
        self.problems.push(says.into());
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// The paths between the bars of `a | b`, each with the number of characters before it. In a path a bar stands only between
/// double quotes, and is part of it there.
fn alternatives(text: &str) -> Vec<(usize, &str)> {
    let (mut is_quoted, mut is_escaped, mut from) = (false, false, 0);
    let mut paths = Vec::new();
    let mut take = |from: usize, to: usize| {
        let part = text.get(from..to).unwrap_or_default();
        let start = from + (part.len() - part.trim_start().len());
        paths.push((text.get(..start).unwrap_or_default().chars().count(), part.trim()));
    };
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            '|' if !is_quoted => {
                take(from, at);
                from = at + 1;
            }
            _ => {}
        }
    }
    take(from, text.len());
    paths
}

/// A setting's text as a person is shown it: short.
fn shown(text: &str) -> String {
    const MAX: usize = 120;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
