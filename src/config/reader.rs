//! Reads settings leniently and keeps every problem, so that a person sees all of them at once.

use super::{InvalidConfig, Problem};
use crate::scim::resource;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use url::Url;

pub(super) struct Reader<'a> {
    settings: &'a Map<String, Value>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub fn new(settings: &'a Map<String, Value>) -> Self {
        Self { settings, problems: Vec::new() }
    }

    pub fn finish<T>(self, value: T) -> Result<T, InvalidConfig> {
        if self.problems.is_empty() { Ok(value) } else { Err(InvalidConfig { problems: self.problems }) }
    }

    pub fn problem(&mut self, key: &'static str, says: impl Into<String>) {
        self.problems.push(Problem { key, says: says.into() });
    }

    /// The setting, unless it is missing, `null` or empty.
    pub fn value(&self, key: &str) -> Option<&'a Value> {
        let value = self.settings.get(key)?;
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        (!empty).then_some(value)
    }

    pub fn text(&mut self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text.trim().to_owned()),
            other => {
                self.problem(key, format!("must be a text, but is {}", shown(other)));
                None
            }
        }
    }

    pub fn required_text(&mut self, key: &'static str, what: &str) -> Option<String> {
        self.required(key, what)?;
        self.text(key)
    }

    /// A secret that must be there.
    pub fn required_secret(&mut self, key: &'static str, what: &str) -> Option<SecretString> {
        self.required(key, what)?;
        self.secret(key)
    }

    /// A secret is taken as it is, and never shown.
    pub fn secret(&mut self, key: &'static str) -> Option<SecretString> {
        let secret = self.value(key)?.as_str();
        if secret.is_none() {
            self.problem(key, "must be a text");
        }
        secret.map(SecretString::from)
    }

    pub fn url(&mut self, key: &'static str, what: &str) -> Option<Url> {
        let text = self.required_text(key, what)?;
        let problem = match Url::parse(&text) {
            Ok(url) if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) => {
                "must be a URL that starts with https://".to_owned()
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                "must not hold a user name or password: they belong into the settings of the authentication".to_owned()
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                "must not hold a query (\"?…\") or a fragment (\"#…\")".to_owned()
            }
            Ok(url) => return Some(url),
            Err(error) => format!("is no URL ({error}): it must be {what}"),
        };
        self.problem(key, problem);
        None
    }

    /// A whole number in a range.
    pub fn whole(&mut self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.value(key)?;
        let number = resource::integer(value).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let (from, to) = (range.start(), range.end());
            self.problem(key, format!("must be a whole number from {from} to {to}, but is {}", shown(value)));
        }
        number
    }

    /// A number above zero, fractions allowed.
    pub fn rate(&mut self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        let number = number.filter(|number| (0.001..=10_000.0).contains(number));
        if number.is_none() {
            self.problem(key, format!("must be a number from 0.001 to 10000, but is {}", shown(value)));
        }
        number
    }

    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = resource::boolean(value);
        if flag.is_none() {
            self.problem(key, format!("must be true or false, but is {}", shown(value)));
        }
        flag
    }

    /// One of some words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.value(key)?;
        let text = value.as_str().map(str::trim);
        let chosen = choices.iter().find(|(word, _)| Some(*word) == text).map(|(_, choice)| *choice);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.problem(key, format!("must be one of {}, but is {}", words.join(", "), shown(value)));
        }
        chosen
    }

    /// Some of some words: a list, or one word.
    pub fn list(&mut self, key: &'static str, words: &[&'static str]) -> Vec<&'static str> {
        let given: Vec<&Value> = match self.value(key) {
            None => return Vec::new(),
            Some(Value::Array(given)) => given.iter().collect(),
            Some(single) => vec![single],
        };
        let known = |value: &&Value| words.iter().copied().find(|word| value.as_str().map(str::trim) == Some(word));
        if let Some(unknown) = given.iter().find(|value| known(value).is_none()) {
            self.problem(key, format!("must be some of {}, but has {}", words.join(", "), shown(unknown)));
        }
        given.iter().filter_map(known).collect()
    }

    /// `[{"key": …, "value": …}]`, or an object of names and values.
    pub fn pairs(&mut self, key: &'static str) -> Vec<(&'a str, &'a str)> {
        let pairs: Vec<(Option<&str>, Option<&str>)> = match self.value(key) {
            None => return Vec::new(),
            Some(Value::Array(pairs)) => pairs
                .iter()
                .filter(|pair| !pair.get("value").is_some_and(Value::is_null))
                .map(|pair| (pair.get("key").and_then(Value::as_str), pair.get("value").and_then(Value::as_str)))
                .collect(),
            Some(Value::Object(members)) => {
                let given = members.iter().filter(|(_, value)| !value.is_null());
                given.map(|(name, value)| (Some(name.as_str()), value.as_str())).collect()
            }
            Some(_) => vec![(None, None)],
        };
        let mut read = Vec::new();
        for (name, value) in pairs {
            match (name.map(str::trim).filter(|name| !name.is_empty()), value) {
                (Some(name), Some(value)) => read.push((name, value)),
                _ => self.problem(key, "must be a list of pairs {\"key\": name, \"value\": text}"),
            }
        }
        read
    }

    fn required(&mut self, key: &'static str, what: &str) -> Option<&'a Value> {
        let value = self.value(key);
        if value.is_none() {
            self.problem(key, format!("is missing: it must be {what}"));
        }
        value
    }
}

/// A value as a person is shown it: short, and nothing of an object.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > 40 => {
            format!("\"{}…\"", text.chars().take(40).collect::<String>())
        }
        other => other.to_string(),
    }
}
