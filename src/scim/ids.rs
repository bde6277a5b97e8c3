//! A compact set of ids.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

/// A set of ids, as hashes of 8 bytes under a key of this process. Two ids of one hash would count as one; then the count
/// would not agree with the total, and the list would end in an error, not in a hole. Clones are the same set.
#[derive(Clone, Default)]
pub(super) struct Ids(Arc<Mutex<Hashes>>, RandomState);

/// Hashes in a table for as many as are expected: 10 bytes for each of them. Further ones stand in sorted runs: some 9 bytes
/// for each, where a hash table takes up to 27 while it grows.
#[derive(Default)]
struct Hashes {
    /// Each at the first free place from the one that its first bits tell; 0 where there is none.
    table: Vec<u64>,
    in_table: usize,
    /// By the first bits of a hash, each run in order. A power of two.
    runs: Vec<Vec<u64>>,
    in_runs: usize,
}

/// A list's total is believed up to this; the table takes no memory before hashes come.
const MAX_EXPECTED: usize = 4_000_000;

/// Runs become twice as many when they have so many hashes each.
const RUN: usize = 256;

impl Ids {
    /// Makes room for so many, unless there are some by now.
    pub fn expect(&self, number: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).expect(usize::try_from(number).unwrap_or(usize::MAX));
    }

    /// Whether the id is new.
    pub fn insert(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(self.1.hash_one(id))
    }

    /// Whether the id is among them.
    pub fn has(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).has(self.1.hash_one(id))
    }
}

impl Hashes {
    fn expect(&mut self, number: usize) {
        if self.table.is_empty() && self.in_runs == 0 {
            self.table = vec![0; number.min(MAX_EXPECTED).div_ceil(4) * 5];
        }
    }

    fn insert(&mut self, hash: u64) -> bool {
        // 0 marks a free place: the two hashes count as one.
        let hash = hash.max(1);
        let free = match self.place(hash) {
            Some((_, true)) => return false,
            Some((free, false)) if self.in_table < self.table.len() / 8 * 7 => self.table.get_mut(free),
            _ => None,
        };
        // What is in the runs came when the table was full, which it is since.
        let Some(free) = free else { return self.insert_in_runs(hash) };
        *free = hash;
        self.in_table += 1;
        true
    }

    fn has(&self, hash: u64) -> bool {
        let hash = hash.max(1);
        let is_in_runs = || self.runs.get(self.run(hash)).is_some_and(|run| run.binary_search(&hash).is_ok());
        self.place(hash).is_some_and(|(_, is_there)| is_there) || is_in_runs()
    }

    /// Where in the table the hash is, or where it would be. The table is never full.
    fn place(&self, hash: u64) -> Option<(usize, bool)> {
        let first = usize::try_from((u128::from(hash) * self.table.len() as u128) >> 64).ok()?;
        let places = (first..self.table.len()).chain(0..first);
        let mut seen = places.filter_map(|place| Some((place, *self.table.get(place)?)));
        let (place, found) = seen.find(|(_, found)| *found == 0 || *found == hash)?;
        Some((place, found == hash))
    }

    fn insert_in_runs(&mut self, hash: u64) -> bool {
        if self.in_runs >= self.runs.len() * RUN {
            self.split();
        }
        let at = self.run(hash);
        let Some(run) = self.runs.get_mut(at) else { return true };
        let Err(place) = run.binary_search(&hash) else { return false };
        if run.len() == run.capacity() {
            // Less than doubling: it would be what the runs save.
            run.reserve_exact(run.len() / 8 + 8);
        }
        run.insert(place, hash);
        self.in_runs += 1;
        true
    }

    fn run(&self, hash: u64) -> usize {
        // With one run there is nothing to tell, nor to shift.
        let bits = self.runs.len().max(1).trailing_zeros();
        usize::try_from(hash.checked_shr(u64::BITS - bits).unwrap_or(0)).unwrap_or(0)
    }

    /// Makes twice as many runs: each into its lower and its upper half.
    fn split(&mut self) {
        if self.runs.is_empty() {
            self.runs.push(Vec::new());
            return;
        }
        let bits = self.runs.len().trailing_zeros();
        let is_lower = |hash: &u64| hash << bits >> (u64::BITS - 1) == 0;
        let runs = std::mem::take(&mut self.runs);
        self.runs.reserve_exact(2 * runs.len());
        for mut run in runs {
            let upper = run.split_off(run.partition_point(is_lower));
            run.shrink_to_fit();
            self.runs.extend([run, upper]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::unexpected(0)]
    #[case::some(7_000)]
    #[case::as_expected(20_000)]
    #[case::more(1_000_000)]
    fn an_id_is_new_once(#[case] expected: u64) {
        let (ids, clone) = (Ids::default(), Ids::default());
        let same = ids.clone();
        assert!(!ids.has("7"));
        ids.expect(expected);
        for id in 0..20_000 {
            assert!(ids.insert(&id.to_string()), "{id}");
        }
        ids.expect(1_000_000);
        assert!((0..20_000).all(|id| same.has(&id.to_string()) && !same.insert(&id.to_string())));
        assert!((20_000..40_000).all(|id| !same.has(&id.to_string())));
        assert!(!clone.has("7"));
    }

    #[rstest::rstest]
    #[case::unexpected(0)]
    #[case::some(1_000)]
    #[case::all(15_000)]
    fn hashes_that_are_alike_stay_apart(#[case] expected: usize) {
        let mut hashes = Hashes::default();
        hashes.expect(expected);
        let all: Vec<u64> = (0..5_000).flat_map(|n| [n + 1, u64::MAX - n, n << 32]).collect();
        let new = all.iter().filter(|hash| hashes.insert(**hash)).count();
        assert_eq!((new, hashes.in_table + hashes.in_runs), (14_999, 14_999), "0 and 1 count as one");
        assert!(all.iter().all(|hash| hashes.has(*hash) && !hashes.insert(*hash)) && !hashes.has(5_001));
    }

    #[rstest::rstest]
    #[case::unexpected(0)]
    #[case::as_expected(300_000)]
    #[case::a_total_that_is_too_low(100_000)]
    fn each_takes_little_more_than_its_hash(#[case] expected: u64) {
        let ids = Ids::default();
        ids.expect(expected);
        for id in 0..300_000 {
            ids.insert(&id.to_string());
        }
        let hashes = ids.0.lock().unwrap();
        let room = hashes.runs.iter().map(|run| size_of::<Vec<u64>>() + 8 * run.capacity()).sum::<usize>();
        let room = room + 8 * hashes.table.capacity();
        assert!(room < 10 * 300_000 + 64, "{room} bytes");
    }
}
