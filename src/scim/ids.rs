//! A compact set of ids.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

/// A set of ids, as hashes of 8 bytes under a key of this process. Two ids of one hash would count as one; then the count
/// would not agree with the total, and the list would end in an error, not in a hole. Clones are the same set.
#[derive(Clone, Default)]
pub(super) struct Ids(Arc<Mutex<HashSet<u64, BuildHasherDefault<Hashed>>>>, RandomState);

/// What is kept is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

impl Ids {
    /// Whether the id is new.
    pub fn insert(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(self.1.hash_one(id))
    }

    /// Whether the id is among them.
    pub fn has(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.1.hash_one(id))
    }
}
