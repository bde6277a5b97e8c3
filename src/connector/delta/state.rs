//! A state as it is written, and read again if it is of the same list and whole.

use super::ids::Ids;
use super::seen::{MOST, Seen};
use crate::protocol::{MAX_LINE_BYTES, state_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

const VERSION: &str = "1";

/// So far behind its time a list of changes begins: the clocks of a provider's machines differ, what was changed may be
/// shown late, and a long transaction may be dated by its beginning.
pub const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// What one list leaves for the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// All that was changed before is told. `None`: nothing can be asked for by its change.
    pub since: Option<DateTime<Utc>>,
    /// Of the members that the groups showed; `None` where they do not tell all, or were not read.
    pub memberships: Option<u64>,
    pub seen: Seen,
    /// When the list began that left it, by the source's memory of what else it told.
    pub told: String,
    /// What the platform has; `None` where nobody wants to know.
    pub ids: Option<Ids>,
}

impl State {
    /// Reads what came back. `of` is the list that it must be of.
    ///
    /// # Errors
    /// Why it is of no use, in a sentence part: `it is …`.
    pub fn read(value: &Value, of: &str) -> Result<Self, &'static str> {
        let members = value.as_object().ok_or("it is no object")?;
        if state_bytes(members) > MAX_LINE_BYTES {
            return Err("it is longer than any that was given");
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if text("version") != Some(VERSION) {
            return Err("it is of another version");
        }
        if text("check") != Some(&check(members)) {
            return Err("it is damaged");
        }
        if text("of") != Some(of) {
            return Err("it is of another address, provider, filter, type or set of attributes");
        }
        Self::parse(text).ok_or("it is damaged")
    }

    fn parse<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let since = text("since").map(|since| since.parse().ok());
        let memberships = text("memberships").map(|digest| u64::from_str_radix(digest, 16).ok());
        let bytes = |name: &str| text(name).map(|packed| BASE64.decode(packed).ok());
        let ids = match text("idsLeftOut") {
            Some(_) => Some(Some(Ids::TooMany)),
            None => bytes("ids").map(|packed| Ids::unpack(&packed?)),
        };
        let ids = ids.map_or(Some(None), |ids| ids.map(Some))?;
        // Where there are ids and all lines, the lines are those of the ids.
        let seen = match (bytes("lines"), ids.as_ref().and_then(Ids::kept)) {
            (Some(lines), Some(ids)) => Seen::of_lines(ids, &lines?)?,
            _ => Seen::unpack(&bytes("seen")??, text("seenAll").is_some())?,
        };
        Some(Self {
            since: since.map_or(Some(None), |since| since.map(Some))?,
            memberships: memberships.map_or(Some(None), |digest| digest.map(Some))?,
            seen,
            told: text("told").unwrap_or_default().to_owned(),
            ids,
        })
    }

    /// As the platform is to keep it: texts only. What does not fit into a line is left out, the ids before the hashes: to
    /// send an object again does no harm.
    pub fn write(&self, of: &str) -> Map<String, Value> {
        let mut state = Map::new();
        let mut put = |name: &str, text: String| drop(state.insert(name.to_owned(), text.into()));
        put("version", VERSION.to_owned());
        put("of", of.to_owned());
        put("told", self.told.clone());
        if let Some(since) = self.since {
            put("since", since.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        }
        if let Some(memberships) = self.memberships {
            put("memberships", format!("{memberships:016x}"));
        }
        if let Some(ids) = &self.ids {
            let packed = ids.pack().map(|packed| BASE64.encode(packed)).filter(|packed| packed.len() < ROOM);
            match packed {
                Some(packed) => put("ids", packed),
                None => put("idsLeftOut", "true".to_owned()),
            }
        }
        let left = MAX_LINE_BYTES.saturating_sub(state_bytes(&state) + REST);
        let of_ids = self.ids.as_ref().and_then(Ids::kept).filter(|_| state.contains_key("ids"));
        let lines = of_ids.and_then(|ids| self.seen.lines(ids)).map(|lines| BASE64.encode(lines));
        if let Some(lines) = lines.filter(|lines| lines.len() <= left) {
            state.insert("lines".to_owned(), lines.into());
            return checked(state);
        }
        let start =
            self.since.and_then(|since| since.checked_sub_signed(OVERLAP)).map_or(i64::MIN, |start| start.timestamp());
        // Nine bytes are twelve characters.
        let (seen, is_all) = self.seen.pack(start, MOST.min(left / 12));
        state.insert("seen".to_owned(), BASE64.encode(seen).into());
        if is_all {
            state.insert("seenAll".to_owned(), "true".into());
        }
        checked(state)
    }
}

/// The mark in a state that may be none.
pub fn mark(state: Option<&Value>) -> Option<&str> {
    state?.get("told")?.as_str()
}

fn checked(mut state: Map<String, Value>) -> Map<String, Value> {
    let check = check(&state);
    state.insert("check".to_owned(), check.into());
    state
}

/// What the ids may take, in bytes: some is left for the hashes of what was changed last.
const ROOM: usize = MAX_LINE_BYTES - 8 * 1024;
/// What the names of the hashes and the check take, and more.
const REST: usize = 256;

/// A digest of all else in it, so that one that was cut or mixed up is no state.
fn check(state: &Map<String, Value>) -> String {
    let mut members: Vec<(&String, &Value)> = state.iter().filter(|(name, _)| *name != "check").collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    short(members.iter().map(|(name, value)| format!("{name}={value}")))
}

/// The first eight bytes of a digest of these texts, in hexadecimal digits.
pub fn short(texts: impl IntoIterator<Item = String>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    let digest = digest.finalize();
    format!("{:016x}", digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
}

#[cfg(test)]
mod tests;
