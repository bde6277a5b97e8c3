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

/// What is known when a list is asked for.
pub struct Begun {
    /// The accounts that were told otherwise since the list that left the state; `None`: it is not known which.
    pub since: Option<Vec<Box<str>>>,
    at: u64,
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

    /// A list of accounts is asked for. `mark` is that of its state, where it has one.
    pub fn since(&self, mark: Option<&str>) -> Begun {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A process of one command has no memory of lists, and nothing was told besides.
        let is_alone = self.name.is_empty();
        let left = mark.and_then(Left::read).filter(|left| left.name == self.name);
        let left = left.map(|left| if is_alone { Left { asked: log.now, began: log.now, ..left } } else { left });
        let left = left.filter(|left| log.last_list <= left.began && log.forgotten <= left.asked);
        let told = |left: Left<'_>| {
            log.accounts.iter().filter(|(_, at)| **at > left.asked).map(|(account, _)| account.clone()).collect()
        };
        Begun { since: left.map(told), at: log.now }
    }

    /// The list begins to tell. Gives the mark for the state that it leaves.
    pub fn list_begins(&self, begun: &Begun) -> String {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.now += 1;
        log.last_list = log.now;
        format!("{}:{}:{}", self.name, begun.at, log.now)
    }
}

/// What a state says of the list that left it.
struct Left<'a> {
    name: &'a str,
    /// When it was asked for.
    asked: u64,
    /// When it began to tell.
    began: u64,
}

impl<'a> Left<'a> {
    fn read(mark: &'a str) -> Option<Self> {
        let (rest, began) = mark.rsplit_once(':')?;
        let (name, asked) = rest.rsplit_once(':')?;
        Some(Self { name, asked: asked.parse().ok()?, began: began.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(told: &Told) -> String {
        told.list_begins(&told.since(None))
    }

    fn since(told: &Told, mark: &str) -> Option<Vec<Box<str>>> {
        told.since(Some(mark)).since
    }

    #[test]
    fn what_was_told_after_a_list_was_asked_for_is_known_to_the_next() {
        let told = Told::new("a".into());
        told.tell("before");
        let asked = told.since(None);
        told.tell("meanwhile");
        let mark = told.list_begins(&asked);
        assert_eq!(since(&told, &mark), Some(vec!["meanwhile".into()]));
        // Another list has told who knows what.
        list(&told);
        assert_eq!(since(&told, &mark), None);
    }

    #[test]
    fn another_memory_knows_nothing() {
        let mark = list(&Told::new("a".into()));
        assert_eq!(since(&Told::new("b".into()), &mark), None);
        assert_eq!(since(&Told::new("a".into()), "nonsense"), None);
        // Each command of its own process.
        let mark = list(&Told::default());
        assert_eq!(since(&Told::default(), &mark), Some(Vec::new()));
    }

    #[test]
    fn it_forgets_rather_than_grows() {
        let told = Told::new("a".into());
        let mark = list(&told);
        (0..=MOST).for_each(|number| told.tell(&number.to_string()));
        assert_eq!(since(&told, &mark), None);
    }
}
