//! Who is leaving which group just now at this process's request: where several leave at once, one of them must not take
//! the group's other losses for harm. It holds nobody back.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The removals that are under way at one source.
#[derive(Default)]
pub struct Leaving(Mutex<HashMap<String, Group>>);

#[derive(Default)]
struct Group {
    removals: usize,
    /// Everybody who left since the first of the removals that are under way.
    users: HashSet<String>,
}

impl Leaving {
    /// Notes that a user is about to leave a group, or whatever else has members, until the removal is dropped. Its path tells
    /// it from others: `Groups/1`.
    pub fn begin(&self, group: String, user: &str) -> Removal<'_> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = groups.entry(group.clone()).or_default();
        noted.removals += 1;
        noted.users.insert(user.to_owned());
        Removal { leaving: self, group }
    }
}

/// One removal, while it is under way.
pub struct Removal<'a> {
    leaving: &'a Leaving,
    group: String,
}

impl Removal<'_> {
    /// Whether this process let the user leave the group since this removal began.
    pub fn explains(&self, user: &str) -> bool {
        let groups = self.leaving.0.lock().unwrap_or_else(PoisonError::into_inner);
        groups.get(&self.group).is_some_and(|group| group.users.contains(user))
    }
}

impl Drop for Removal<'_> {
    fn drop(&mut self) {
        let mut groups = self.leaving.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get_mut(&self.group) {
            group.removals -= 1;
            if group.removals == 0 {
                groups.remove(&self.group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_left_meanwhile_is_known_and_forgotten_with_the_last() {
        let leaving = Leaving::default();
        let one = leaving.begin("Groups/g".to_owned(), "ada");
        drop(leaving.begin("Groups/g".to_owned(), "bob"));
        assert!(one.explains("bob") && !one.explains("eve"));
        drop(one);
        assert!(!leaving.begin("Groups/g".to_owned(), "ada").explains("bob"));
    }
}
