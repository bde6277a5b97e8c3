//! What the platform was sent of each object: hashes, so that what has not changed is not sent again.
//!
//! An object has 5 bytes for its id and 4 for its line. A line that changed is taken for the one before only if both have the
//! same 4 bytes: once in four thousand million changes.

use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};

/// So many are kept: what fits into a state.
pub const MOST: usize = 21_000;

const ENTRY: usize = 9;

/// An object's hashes by its id's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    entries: HashMap<u64, Entry>,
    /// Whether none was left out.
    is_whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    line: u32,
    /// When it was changed, in seconds since 1970; for one from an earlier list the beginning of time.
    modified: i64,
}

impl Default for Seen {
    fn default() -> Self {
        Self { entries: HashMap::new(), is_whole: true }
    }
}

/// An object's id, as it is kept.
pub fn of_id(id: &str) -> u64 {
    beginning::<5>(id.as_bytes()).into_iter().fold(0, |number, byte| number << 8 | u64::from(byte))
}

/// An object's line, as it is kept.
pub fn of_line(line: &[u8]) -> u32 {
    u32::from_be_bytes(beginning(line))
}

fn beginning<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let digest = Sha256::digest(bytes);
    digest.first_chunk().copied().unwrap_or([0; N])
}

impl Seen {
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether this is what was sent of the object.
    pub fn has(&self, id: u64, line: u32) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.line == line)
    }

    pub fn put(&mut self, id: u64, line: u32, modified: i64) {
        self.entries.insert(id, Entry { line, modified });
        if self.entries.len() > 2 * MOST {
            self.is_whole = false;
            self.entries = newest(&self.entries, MOST).into_iter().collect();
        }
    }

    pub fn remove(&mut self, id: u64) {
        self.entries.remove(&id);
    }

    /// As bytes: all of them, if so many fit; else those that were changed from `start` on, the newest first. And whether
    /// it is all.
    pub fn pack(&self, start: i64, most: usize) -> (Vec<u8>, bool) {
        let is_whole = self.is_whole && self.entries.len() <= most.min(MOST);
        let mut packed: Vec<(u64, Entry)> = newest(&self.entries, most.min(MOST));
        packed.retain(|(_, entry)| is_whole || entry.modified >= start);
        packed.sort_unstable_by_key(|(id, _)| *id);
        let bytes = packed.iter().flat_map(|(id, entry)| {
            let id = id.to_be_bytes().into_iter().skip(3);
            id.chain(entry.line.to_be_bytes())
        });
        (bytes.collect(), is_whole)
    }

    /// The hashes of the lines of just these objects, in this order; `None` unless there is one for each and no other.
    pub fn lines(&self, ids: &BTreeSet<String>) -> Option<Vec<u8>> {
        if !self.is_whole || self.entries.len() != ids.len() {
            return None;
        }
        let lines: Option<Vec<[u8; 4]>> =
            ids.iter().map(|id| Some(self.entries.get(&of_id(id))?.line.to_be_bytes())).collect();
        lines.map(|lines| lines.concat())
    }

    /// `None` where these are not the lines of these objects.
    pub fn of_lines(ids: &BTreeSet<String>, packed: &[u8]) -> Option<Self> {
        let (lines, rest) = packed.as_chunks::<4>();
        if !rest.is_empty() || lines.len() != ids.len() {
            return None;
        }
        let entry = |(id, line): (&String, &[u8; 4])| {
            (of_id(id), Entry { line: u32::from_be_bytes(*line), modified: i64::MIN })
        };
        Some(Self { entries: ids.iter().zip(lines).map(entry).collect(), is_whole: true })
    }

    /// `None` where these bytes were not packed.
    pub fn unpack(packed: &[u8], is_whole: bool) -> Option<Self> {
        let (entries, rest) = packed.as_chunks::<ENTRY>();
        let entry = |bytes: &[u8; ENTRY]| {
            let (id, line) = bytes.split_at_checked(5)?;
            let id = id.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            let line = u32::from_be_bytes(*line.first_chunk()?);
            Some((id, Entry { line, modified: i64::MIN }))
        };
        let entries: Option<HashMap<u64, Entry>> = entries.iter().map(entry).collect();
        entries.filter(|_| rest.is_empty()).map(|entries| Self { entries, is_whole })
    }
}

fn newest(entries: &HashMap<u64, Entry>, most: usize) -> Vec<(u64, Entry)> {
    let mut all: Vec<(u64, Entry)> = entries.iter().map(|(id, entry)| (*id, *entry)).collect();
    all.sort_unstable_by_key(|(_, entry)| std::cmp::Reverse(entry.modified));
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ids: std::ops::Range<usize>) -> Seen {
        let mut seen = Seen::default();
        for id in ids {
            seen.put(of_id(&id.to_string()), of_line(format!("line {id}").as_bytes()), id.try_into().unwrap());
        }
        seen
    }

    fn has(seen: &Seen, id: usize) -> bool {
        seen.has(of_id(&id.to_string()), of_line(format!("line {id}").as_bytes()))
    }

    #[test]
    fn what_was_sent_is_known_again_and_nothing_else() {
        let (packed, is_whole) = of(0..100).pack(i64::MAX, 100);
        assert!(is_whole);
        let mut seen = Seen::unpack(&packed, is_whole).unwrap();
        assert!((0..100).all(|id| has(&seen, id)) && !has(&seen, 100));
        assert!(!seen.has(of_id("7"), of_line(b"line 8")));
        seen.put(of_id("7"), of_line(b"line 8"), 0);
        seen.remove(of_id("9"));
        assert!(!has(&seen, 7) && !has(&seen, 9));
    }

    #[test]
    fn where_not_all_fit_those_of_late_are_kept() {
        let (packed, is_whole) = of(0..100).pack(90, 50);
        let seen = Seen::unpack(&packed, is_whole).unwrap();
        assert!(!is_whole && (90..100).all(|id| has(&seen, id)) && !has(&seen, 89));
        let (packed, _) = of(0..100).pack(0, 5);
        assert!(has(&Seen::unpack(&packed, false).unwrap(), 95) && packed.len() == 5 * ENTRY);
        // What came with the state was changed before, whenever that was.
        let (packed, is_whole) = seen.pack(0, 50);
        assert!(packed.is_empty() && !is_whole);
    }

    #[test]
    fn a_long_list_takes_no_more_room_than_can_be_kept() {
        let seen = of(0..3 * MOST);
        assert!(seen.entries.len() <= 2 * MOST && !seen.is_whole());
        assert!(has(&seen, 3 * MOST - 1) && !has(&seen, 0));
    }

    #[test]
    fn bytes_that_were_not_packed_are_refused() {
        assert_eq!(Seen::unpack(&[0; 10], true), None);
    }
}
