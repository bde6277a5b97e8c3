//! Files of settings that an operator keeps: JSON in which a text may stand for what is elsewhere, so that the file holds
//! no secrets. `env:NAME` is the value of an environment variable, `file:PATH` what is in a file (relative to the folder
//! of the settings, without a line break at its end), and `literal:TEXT` is TEXT, whatever it begins with.
//!
//! Settings that come with an invocation are never read so: a source must not read the service's environment or files.

use super::{CliError, local};
use crate::config::Config;
use crate::scim::provider::Profiles;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The settings in a file (`-` is standard input), with what stands elsewhere put in.
///
/// # Errors
/// With all problems at once.
pub fn read(path: &Path) -> Result<Map<String, Value>, CliError> {
    let mut settings = local::read_object(path)?;
    let problems = put_in(&mut settings, path);
    if problems.is_empty() { Ok(settings) } else { Err(unusable(path, problems.into_iter().map(|(_, says)| says))) }
}

/// The same, where the settings must be those of a source: what is wrong with them is said, too.
///
/// # Errors
/// With all problems at once.
pub fn read_checked(path: &Path, profiles: &Profiles) -> Result<Map<String, Value>, CliError> {
    let mut settings = local::read_object(path)?;
    let problems = put_in(&mut settings, path);
    let invalid = Config::parse(&settings, profiles).err().map(|invalid| invalid.problems).unwrap_or_default();
    // A setting whose value is not had is not wrong on top of that.
    let other = invalid.iter().filter(|problem| problems.iter().all(|(key, _)| key != problem.key));
    let other: Vec<String> = other.map(|problem| format!("{} {}", problem.key, problem.says)).collect();
    let all: Vec<String> = problems.iter().map(|(_, says)| says.clone()).chain(other).collect();
    if all.is_empty() { Ok(settings) } else { Err(unusable(path, all)) }
}

fn unusable(path: &Path, problems: impl IntoIterator<Item = String>) -> CliError {
    let problems: Vec<String> = problems.into_iter().collect();
    CliError::Usage(format!("the settings in {} cannot be used:\n  {}", path.display(), problems.join("\n  ")))
}

/// Puts in what stands elsewhere. Gives back the problems: the setting, and a sentence that names the very place.
fn put_in(settings: &mut Map<String, Value>, path: &Path) -> Vec<(String, String)> {
    let elsewhere = Elsewhere { folder: path.parent().map(Path::to_owned).unwrap_or_default() };
    let mut problems = Vec::new();
    for (key, value) in settings {
        let mut of_setting = Vec::new();
        elsewhere.put_into(value, key, &mut of_setting);
        problems.extend(of_setting.into_iter().map(|says| (key.clone(), says)));
    }
    problems
}

struct Elsewhere {
    /// Where relative paths begin.
    folder: PathBuf,
}

impl Elsewhere {
    fn put_into(&self, value: &mut Value, place: &str, problems: &mut Vec<String>) {
        match value {
            Value::String(text) => match self.find(text) {
                Ok(Some(found)) => *text = found,
                Ok(None) => {}
                Err(says) => problems.push(format!("{place} {says}")),
            },
            Value::Array(values) => {
                for (at, value) in values.iter_mut().enumerate() {
                    self.put_into(value, &format!("{place}[{at}]"), problems);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    self.put_into(value, &format!("{place}.{name}"), problems);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// What a text stands for; `None` where it stands for itself.
    fn find(&self, text: &str) -> Result<Option<String>, String> {
        if let Some(name) = text.strip_prefix("env:") {
            return variable(name).map(Some);
        }
        if let Some(path) = text.strip_prefix("file:") {
            return self.content(path).map(Some);
        }
        Ok(text.strip_prefix("literal:").map(str::to_owned))
    }

    fn content(&self, path: &str) -> Result<String, String> {
        let content = std::fs::read_to_string(self.folder.join(path))
            .map_err(|error| format!("is to come from the file {path}, which cannot be read: {error}"))?;
        let content =
            content.strip_suffix('\n').map_or(content.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if content.trim().is_empty() {
            Err(format!("is to come from the file {path}, which is empty"))
        } else {
            Ok(content.to_owned())
        }
    }
}

fn variable(name: &str) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    let value = std::env::var(name);
    match value {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        Ok(_) => Err(format!("is to come from the environment variable {name}, which is empty")),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("is to come from the environment variable {name}, which is not set"))
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("is to come from the environment variable {name}, which is no UTF-8 text"))
        }
    }
}
