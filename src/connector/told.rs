//! What the platform was told of accounts otherwise than by a list that keeps a state: answers of other commands, and lists
//! that keep none or failed. A list of changes must not take the platform to have what its state says of these.
//!
//! It is remembered as long as the source lives, and bounded. What another process told is not known here.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many accounts are remembered.
const MOST: usize = 10_000;

/// The memory of one source.
#[derive(Default)]
pub struct Told {
    /// Names this memory; empty where there is none besides, since the process runs one command only.
    name: String,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    /// Counts what was told.
    now: u64,
    /// When the last list began.
    last_list: u64,
    /// What was told until then is forgotten.
    forgotten: u64,
    accounts: HashMap<Box<str>, u64>,
}

/// What is known when a list begins.
pub struct Begun {
    /// The accounts that were told otherwise since the list that left the state; `None`: it is not known which.
    pub since: Option<Vec<Box<str>>>,
    /// For the state that this list leaves.
    pub mark: String,
}

impl Told {
    pub fn new(name: String) -> Self {
        Self { name, log: Mutex::default() }
    }

    /// The platform gets this account.
    pub fn tell(&self, account: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.now += 1;
        if log.accounts.len() >= MOST {
            log.accounts.clear();
            log.forgotten = log.now;
        }
        let now = log.now;
        log.accounts.insert(account.into(), now);
    }

    /// A list of accounts begins. `mark` is that of its state, where it has one.
    pub fn begin(&self, mark: Option<&str>) -> Begun {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let at = mark.and_then(|mark| mark.split_once(':')).filter(|(name, _)| *name == self.name);
        // A process of one command has no memory of lists, and no other commands either.
        let is_alone = self.name.is_empty();
        let at = at.and_then(|(_, at)| at.parse::<u64>().ok()).map(|at| if is_alone { log.now } else { at });
        let at = at.filter(|at| is_alone || (log.last_list == *at && log.forgotten <= *at));
        let since = at.map(|at| {
            log.accounts.iter().filter(|(_, told)| **told > at).map(|(account, _)| account.clone()).collect()
        });
        log.now += 1;
        log.last_list = log.now;
        Begun { since, mark: format!("{}:{}", self.name, log.now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(told: &Told, mark: &str) -> Option<Vec<Box<str>>> {
        told.begin(Some(mark)).since
    }

    #[test]
    fn what_was_told_after_a_list_is_known_to_the_next() {
        let told = Told::new("a".into());
        told.tell("before");
        let mark = told.begin(None).mark;
        told.tell("after");
        assert_eq!(since(&told, &mark), Some(vec!["after".into()]));
        // A list has begun since, and told who knows what.
        assert_eq!(since(&told, &mark), None);
    }

    #[test]
    fn another_memory_knows_nothing() {
        let mark = Told::new("a".into()).begin(None).mark;
        assert_eq!(since(&Told::new("b".into()), &mark), None);
        assert_eq!(since(&Told::new("a".into()), "nonsense"), None);
        // Each command of its own process.
        let mark = Told::default().begin(None).mark;
        assert_eq!(since(&Told::default(), &mark), Some(Vec::new()));
    }

    #[test]
    fn it_forgets_rather_than_grows() {
        let told = Told::new("a".into());
        let mark = told.begin(None).mark;
        (0..=MOST).for_each(|number| told.tell(&number.to_string()));
        assert_eq!(since(&told, &mark), None);
    }
}
