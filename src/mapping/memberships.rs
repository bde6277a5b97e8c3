//! Who is in which group, as the groups say: a compact index from user ids to group ids.

use crate::scim::resource;
use serde_json::Value;
use std::hash::{BuildHasher as _, RandomState};

/// 16 bytes a membership, and each group's id once. Users are kept as hashes of 8 bytes under a key of this process.
#[derive(Default)]
pub struct Memberships {
    groups: Vec<String>,
    /// Sorted once all are in.
    entries: Vec<(u64, u32)>,
    hasher: RandomState,
}

impl Memberships {
    /// Adds a group and the ids of its members.
    pub fn add<'a>(&mut self, group: &str, members: impl IntoIterator<Item = &'a str>) {
        let Ok(index) = u32::try_from(self.groups.len()) else { return };
        self.groups.push(group.to_owned());
        self.entries.extend(members.into_iter().map(|member| (self.hasher.hash_one(member), index)));
    }

    /// To be called once after the last [`Memberships::add`].
    pub fn seal(&mut self) {
        self.entries.sort_unstable();
        self.entries.shrink_to_fit();
    }

    /// The ids of the groups that have the user among their members.
    pub fn groups_of(&self, user: &str) -> impl Iterator<Item = &str> {
        let hash = self.hasher.hash_one(user);
        let start = self.entries.partition_point(|(entry, _)| *entry < hash);
        let entries = self.entries.get(start..).unwrap_or_default().iter().take_while(move |(entry, _)| *entry == hash);
        entries.filter_map(|(_, group)| self.groups.get(usize::try_from(*group).ok()?).map(String::as_str))
    }

    /// How many memberships there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The ids of a group's members. Members that are groups themselves are not accounts.
pub fn group_members(group: &Value) -> Vec<String> {
    // Some servers send a single member without its array.
    let members = match resource::get(group, "members") {
        Some(Value::Array(members)) => members.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    let is_group = |member: &Value| {
        resource::get(member, "type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("group"))
    };
    let id = |member: &Value| resource::text(resource::get(member, "value").unwrap_or(member)).map(String::from);
    members.iter().filter(|member| !is_group(member)).filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_user_finds_the_groups_that_name_it() {
        let mut memberships = Memberships::default();
        for group in 0..100 {
            let members: Vec<String> =
                (0..100).filter(|user| user % (group + 1) == 0).map(|user| user.to_string()).collect();
            memberships.add(&format!("g{group}"), members.iter().map(String::as_str));
        }
        memberships.seal();
        let mut of_six: Vec<&str> = memberships.groups_of("6").collect();
        of_six.sort_unstable();
        assert_eq!(of_six, ["g0", "g1", "g2", "g5"]);
        assert_eq!(memberships.groups_of("nobody").count(), 0);
    }

    #[test]
    fn members_that_are_groups_are_no_accounts() {
        let group =
            json!({"members": [{"value": "1", "type": "User"}, {"value": "2", "type": "Group"}, {"value": 3}, {}]});
        assert_eq!(group_members(&group), ["1", "3"]);
        assert_eq!(group_members(&json!({"members": {"value": "1"}})), ["1"]);
        assert_eq!(group_members(&json!({"members": null})), Vec::<String>::new());
    }
}
