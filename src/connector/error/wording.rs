//! A customer's own words for failures (`errorMessages`): checked against the catalogue, and put in the place of its
//! sentences. The code, the provider's words and the status stay.

use super::catalogue::{PLACEHOLDERS, entries};
use super::message;
use crate::config::Problem;
use crate::protocol::Failure;

/// The texts of one source.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a>(pub &'a [(String, String)]);

impl Wording<'_> {
    /// The failure in the source's own words, where it has some for this code.
    pub fn apply(self, failure: &mut Failure) {
        // A row of the form that was left empty says nothing.
        let mut texts = self.0.iter().filter(|(_, text)| !text.trim().is_empty());
        let text = texts.find(|(code, _)| code == failure.code).map(|(_, text)| text.as_str());
        if let (Some(text), Some(parts)) = (text, &failure.parts) {
            failure.message = message::compose(parts, Some(text), failure.code);
        }
    }
}

/// What is wrong with these texts: codes that do not exist, placeholders that nothing fills.
pub fn problems(texts: &[(String, String)]) -> Vec<Problem> {
    let problem = |says: String| Problem { key: "errorMessages", says };
    let mut problems = Vec::new();
    for (code, text) in texts {
        if !codes().any(|known| known == code) {
            let near = near(code);
            let hint = if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(" or ")) };
            problems
                .push(problem(format!("has the code \"{}\", which does not exist{hint}", message::clean(code, 60))));
        }
        let unknown = placeholders(text).find(|name| !PLACEHOLDERS.iter().any(|(known, ..)| known == name));
        if let Some(name) = unknown {
            let known: Vec<String> = PLACEHOLDERS.iter().map(|(name, ..)| format!("{{{name}}}")).collect();
            let name = message::clean(name, 40);
            problems.push(problem(format!("has {{{name}}} in the text for {code}; there are {}", known.join(" "))));
        }
    }
    problems
}

/// All codes there are; those of several entries come several times.
pub fn codes() -> impl Iterator<Item = &'static str> {
    entries().map(|entry| entry.code)
}

/// The names in braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|after| after.split_once('}').map(|(name, _)| name))
}

/// Codes that share a word with this one, the most alike first: three at most.
fn near(code: &str) -> Vec<&'static str> {
    let words: Vec<String> = code.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_uppercase).collect();
    let shared = |known: &str| known.split('_').filter(|word| words.iter().any(|given| alike(given, word))).count();
    let mut known: Vec<&str> = codes().filter(|known| shared(known) > 0).collect();
    known.sort_unstable();
    known.dedup();
    known.sort_by_key(|known| std::cmp::Reverse(shared(known)));
    known.truncate(3);
    known
}

/// Whether two words differ in a few letters at most: two of seven (LICENCE, LICENSE), one of four.
fn alike(one: &str, other: &str) -> bool {
    let different = || one.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count();
    one.len() == other.len() && one.len() > 3 && different() <= one.len() / 3
}
