//! The quirks at work: requests pass through them from the last of the table to the first, answers from the first to the
//! last.

use super::exchange::{Answer, Asked};
use super::table::Ask;
use super::{Quirk, Quirks};
use crate::sandbox::dialect::Dialect;
use crate::sandbox::errors::Refusal;
use crate::sandbox::faults::{Rate, RateLimit};
use crate::sandbox::store::Store;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Quirks, and what they remember of earlier requests.
#[derive(Debug)]
pub(in crate::sandbox) struct Playing {
    quirks: Quirks,
    dialect: Dialect,
    memory: Memory,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    requests: AtomicU64,
    rate: OnceLock<Rate>,
}

impl Memory {
    /// Whether there were fewer requests than these a second.
    pub(super) fn admits(&self, per_second: u64) -> bool {
        let per_second = u32::try_from(per_second).unwrap_or(u32::MAX);
        self.rate.get_or_init(|| Rate::new(RateLimit { per_second, retry_after: None })).admits()
    }
}

/// What a quirk is told besides the request or the answer.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// The quirk's own, 0 if it has none.
    pub number: u64,
    /// Counts the requests since the start.
    pub request: u64,
    pub dialect: Dialect,
    pub store: &'a Store,
    pub memory: &'a Memory,
}

impl Playing {
    pub(in crate::sandbox) fn new(quirks: Quirks, dialect: Dialect) -> Self {
        Self { quirks, dialect, memory: Memory::default() }
    }

    /// Whether there are any.
    pub(in crate::sandbox) fn is_idle(&self) -> bool {
        self.quirks.is_empty()
    }

    /// Makes of a request what the endpoints are to answer, or refuses it.
    pub(in crate::sandbox) fn ask(&self, asked: &mut Asked, store: &Store) -> Result<(), Refusal> {
        self.memory.requests.fetch_add(1, Ordering::Relaxed);
        for quirk in self.quirks.0.iter().rev() {
            match quirk.row.ask {
                Some(Ask::Change(change)) => change(asked, &self.turn(quirk, store)),
                Some(Ask::Check(check)) => check(asked, &self.turn(quirk, store))?,
                None => {}
            }
        }
        Ok(())
    }

    /// Makes of the endpoints' answer the one that is sent.
    pub(in crate::sandbox) fn answer(&self, answer: &mut Answer, asked: &Asked, store: &Store) {
        for quirk in &self.quirks.0 {
            if let Some(alter) = quirk.row.answer {
                alter(answer, asked, &self.turn(quirk, store));
            }
        }
    }

    fn turn<'a>(&'a self, quirk: &Quirk, store: &'a Store) -> Turn<'a> {
        let request = self.memory.requests.load(Ordering::Relaxed);
        Turn { number: quirk.number.unwrap_or_default(), request, dialect: self.dialect, store, memory: &self.memory }
    }
}
