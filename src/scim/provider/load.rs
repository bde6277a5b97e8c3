//! Reads profiles: JSON with what differs, over the whole of another profile. All problems are reported, each with its key.

use super::{Profile, check};
use serde::Deserialize as _;
use serde_json::{Map, Value};

/// A profile that cannot be used: every problem with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvalidProfile {
    pub problems: Vec<Problem>,
}

impl InvalidProfile {
    pub(super) fn push(&mut self, key: &str, says: impl Into<String>) {
        self.problems.push(Problem { key: key.to_owned(), says: says.into() });
    }

    pub(super) fn append(&mut self, other: &mut Self) {
        self.problems.append(&mut other.problems);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }
}

/// One key that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted: `users.pageSize`.
    pub key: String,
    /// What is wrong, and what would be right.
    pub says: String,
}

impl std::fmt::Display for InvalidProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let problems: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        f.write_str(&problems.join("; "))
    }
}

impl std::error::Error for InvalidProfile {}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.says)
    }
}

/// The profile that `changes` make of a whole one, and its JSON. `lineage` ends with its own name.
///
/// # Errors
/// [`InvalidProfile`] has every problem.
pub(super) fn over(
    base: &Map<String, Value>,
    lineage: Vec<String>,
    changes: &Map<String, Value>,
) -> Result<(Profile, Map<String, Value>), InvalidProfile> {
    let mut merged = base.clone();
    merge(&mut merged, changes);
    let mut profile = match Profile::deserialize(&Value::Object(merged.clone())) {
        Ok(profile) => profile,
        Err(error) => return Err(InvalidProfile { problems: diagnose(base, changes, &error) }),
    };
    profile.name = lineage.last().cloned().unwrap_or_default();
    profile.lineage = lineage;
    let problems = check::problems(&profile).into_iter();
    let problems: Vec<Problem> = problems.map(|(key, says)| Problem { key, says: says.to_owned() }).collect();
    if problems.is_empty() { Ok((profile, merged)) } else { Err(InvalidProfile { problems }) }
}

/// Objects are merged, everything else takes the place of what was there (RFC 7396, but for `null`: it is a value here).
fn merge(into: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (key, change) in changes {
        match (into.get_mut(key), change) {
            (Some(Value::Object(present)), Value::Object(change)) => merge(present, change),
            _ => {
                into.insert(key.clone(), change.clone());
            }
        }
    }
}

/// Every change is tried alone: serde tells of the first problem only, and not where it is.
fn diagnose(base: &Map<String, Value>, changes: &Map<String, Value>, whole: &serde_json::Error) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, value) in leaves(base, changes) {
        if let Err(error) = alone(base, &path, value) {
            problems.push(Problem { key: path.join("."), says: error.to_string() });
        }
    }
    if problems.is_empty() {
        // No built-in profile leads here: each change is right by itself.
        problems.push(Problem { key: "the whole".to_owned(), says: whole.to_string() });
    }
    problems
}

fn alone(base: &Map<String, Value>, path: &[&str], value: &Value) -> Result<Profile, serde_json::Error> {
    let change =
        path.iter().rev().fold(value.clone(), |inner, key| Value::Object(Map::from_iter([((*key).to_owned(), inner)])));
    let mut merged = base.clone();
    if let Value::Object(change) = change {
        merge(&mut merged, &change);
    }
    Profile::deserialize(&Value::Object(merged))
}

/// The changes that take the place of something, by where they stand.
fn leaves<'a>(base: &Map<String, Value>, changes: &'a Map<String, Value>) -> Vec<(Vec<&'a str>, &'a Value)> {
    let mut found = Vec::new();
    for (key, change) in changes {
        match (base.get(key), change) {
            (Some(Value::Object(base)), Value::Object(change)) => {
                found.extend(
                    leaves(base, change)
                        .into_iter()
                        .map(|(path, value)| ([&[key.as_str()], &path[..]].concat(), value)),
                );
            }
            _ => found.push((vec![key.as_str()], change)),
        }
    }
    found
}
