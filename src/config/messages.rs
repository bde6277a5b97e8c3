//! A customer's own words for failures.

use super::reader::Reader;
use serde_json::{Map, Value};

/// The pairs of `errorMessages`, as far as they can be read. Whether there are such codes is for those to say who know them.
pub fn error_messages(settings: &Map<String, Value>) -> Vec<(String, String)> {
    read(&mut Reader::new(settings))
}

/// Codes in capitals, also where they were copied with their brackets.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let pairs = reader.pairs("errorMessages");
    let code = |code: &str| code.trim_matches(['[', ']', ' ']).to_ascii_uppercase();
    pairs.into_iter().map(|(key, text)| (code(key), text.trim().to_owned())).collect()
}
