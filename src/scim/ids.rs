//! A compact set of ids.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

/// A set of ids, as hashes of 8 bytes under a key of this process. Two ids of one hash would count as one; then the count
/// would not agree with the total, and the list would end in an error, not in a hole. Clones are the same set.
#[derive(Clone, Default)]
pub(super) struct Ids(Arc<Mutex<Hashes>>, RandomState);

/// Hashes in sorted runs: some 9 bytes for each, where a hash table takes up to 27 while it grows.
#[derive(Default)]
struct Hashes {
    /// By the first bits of a hash, each run in order. A power of two.
    runs: Vec<Vec<u64>>,
    number: usize,
}

/// Runs become twice as many when they have so many hashes each.
const RUN: usize = 256;

impl Ids {
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
    fn insert(&mut self, hash: u64) -> bool {
        if self.number >= self.runs.len() * RUN {
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
        self.number += 1;
        true
    }

    fn has(&self, hash: u64) -> bool {
        self.runs.get(self.run(hash)).is_some_and(|run| run.binary_search(&hash).is_ok())
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

    #[test]
    fn an_id_is_new_once() {
        let (ids, clone) = (Ids::default(), Ids::default());
        let same = ids.clone();
        assert!(!ids.has("7"));
        for id in 0..20_000 {
            assert!(ids.insert(&id.to_string()), "{id}");
        }
        assert!((0..20_000).all(|id| same.has(&id.to_string()) && !same.insert(&id.to_string())));
        assert!((20_000..40_000).all(|id| !same.has(&id.to_string())));
        assert!(!clone.has("7"));
    }

    #[test]
    fn hashes_that_are_alike_stay_apart() {
        let mut hashes = Hashes::default();
        let all: Vec<u64> = (0..5_000).flat_map(|n| [n, u64::MAX - n, n << 32]).collect();
        let new = all.iter().filter(|hash| hashes.insert(**hash)).count();
        assert_eq!((new, hashes.number), (14_999, 14_999), "0 is twice in it");
        assert!(all.iter().all(|hash| hashes.has(*hash) && !hashes.insert(*hash)) && !hashes.has(5_000));
    }

    #[test]
    fn each_takes_little_more_than_its_hash() {
        let ids = Ids::default();
        for id in 0..300_000 {
            ids.insert(&id.to_string());
        }
        let hashes = ids.0.lock().unwrap();
        let room = hashes.runs.iter().map(|run| size_of::<Vec<u64>>() + 8 * run.capacity()).sum::<usize>();
        assert!(room < 10 * hashes.number, "{room} bytes for {}", hashes.number);
    }
}
