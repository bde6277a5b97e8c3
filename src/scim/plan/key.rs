//! The names of members that are looked for.

use super::name::{Ends, Name};
use super::{Members, Part, Plan};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a member is looked for in an object.
pub trait Named: Copy {
    fn as_str(&self) -> &str;

    /// The number of the member with this name among those of an object that is read by this plan.
    fn number_in(self, plan: &Plan) -> Option<usize>;
}

impl Named for &str {
    fn as_str(&self) -> &str {
        self
    }

    fn number_in(self, plan: &Plan) -> Option<usize> {
        plan.of_member(self).map(|(_, number)| number)
    }
}

/// A name that is looked for in each resource of a list: it knows which number the member had in the last one.
#[derive(Debug)]
pub struct Key {
    name: Name,
    number: AtomicUsize,
}

impl Key {
    pub fn new(name: &str) -> Self {
        Self { name: Name::new(name), number: AtomicUsize::new(0) }
    }

    #[cold]
    fn find(&self, members: &Members) -> Option<usize> {
        let number = members.number(self.name.as_str(), Ends::of(self.name.as_str()))?;
        self.number.store(number, Ordering::Relaxed);
        Some(number)
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), number: AtomicUsize::new(self.number.load(Ordering::Relaxed)) }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Named for &Key {
    fn as_str(&self) -> &str {
        self.name.as_str()
    }

    #[inline]
    fn number_in(self, plan: &Plan) -> Option<usize> {
        let Part::Members(members) = &plan.0 else { return None };
        let known = self.number.load(Ordering::Relaxed);
        let is_there = members.list.get(known).is_some_and(|member| member.name.is_as(&self.name));
        if is_there { Some(known) } else { self.find(members) }
    }
}
