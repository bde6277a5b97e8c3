//! The made-up organization: every record a pure function of the seed and its index, so that a million users take no
//! memory and no time to set up. Knows nothing of what was written since (`store`).

mod links;
mod membership;
mod names;
mod user;
mod words;

pub(super) use membership::{groups_of, members_of};
pub(super) use names::Person;
pub(super) use user::entitlement_of_user;

use super::dialect::Dialect;
use super::ids::{self, Kind};
use super::options::Options;
use serde_json::{Value, json};

pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const ENTITLEMENT: &str = "urn:salesforce:schemas:extension:1.0:Entitlement";
pub(super) const ROLE: &str = "urn:salesforce:schemas:extension:1.0:Role";
/// As WSO2 names it; the RFC has no such resource.
pub(super) const RFC_ROLE: &str = "urn:ietf:params:scim:schemas:extension:2.0:Role";

/// How many profiles there are.
pub(super) const PROFILES: u64 = words::PROFILES.len() as u64;
/// How many roles there are.
pub(super) const ROLES: u64 = words::ROLES.len() as u64;

/// The organization. Indices count from 0 within each kind of record.
#[derive(Debug)]
pub(super) struct Population {
    dialect: Dialect,
    seed: u64,
    users: u64,
    groups: u64,
    permission_sets: u64,
    /// Whether the RFC's users have roles.
    roles: bool,
    base_url: String,
}

impl Population {
    pub(super) fn new(options: &Options, base_url: String) -> Self {
        Self {
            dialect: options.dialect,
            seed: options.seed,
            users: options.users,
            groups: options.groups,
            permission_sets: options.permission_sets,
            roles: options.roles,
            base_url,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The id of a record, in the dialect's form.
    pub(super) fn id(&self, kind: Kind, index: u64) -> String {
        match self.dialect {
            Dialect::Salesforce => ids::id(kind, index),
            Dialect::Rfc => {
                let chance = |index| self.chance(index, kind.prefix());
                ids::uuid(index, (chance(index), chance(!index)))
            }
        }
    }

    pub(super) fn users(&self) -> u64 {
        self.users
    }

    pub(super) fn groups(&self) -> u64 {
        self.groups
    }

    /// Profiles first, then permission sets: so their ids ascend.
    pub(super) fn entitlements(&self) -> u64 {
        self.permission_sets.saturating_add(PROFILES)
    }

    pub(super) fn person(&self, index: u64) -> Person {
        names::person(self.seed, index)
    }

    /// The user with that user name, in small letters.
    pub(super) fn user_named(&self, user_name: &str) -> Option<u64> {
        names::index_of(self.seed, user_name).filter(|index| *index < self.users)
    }

    /// One user in each nine is inactive, and never the first of them.
    pub(super) fn is_active(&self, index: u64) -> bool {
        self.inactive_in_block(index / BLOCK) != Some(index % BLOCK)
    }

    /// How many users are active, without looking at each.
    pub(super) fn active_users(&self) -> u64 {
        let last_block = self.users / BLOCK;
        let in_last = self.inactive_in_block(last_block).is_some_and(|place| place < self.users % BLOCK);
        self.users - last_block - u64::from(in_last)
    }

    /// The inactive user's place in a block of nine. A first block that is not full has one too.
    fn inactive_in_block(&self, block: u64) -> Option<u64> {
        let places = if block == 0 { self.users.min(BLOCK) } else { BLOCK };
        (places > 1).then(|| 1 + self.chance(block, "inactive") % (places - 1))
    }

    /// A group without its members.
    pub(super) fn group(&self, index: u64) -> Value {
        let id = self.id(Kind::Group, index);
        let group = json!({ "schemas": [CORE_GROUP], "id": id, "displayName": group_name(index) });
        self.with_meta(group, "Group", "Groups", &id, index)
    }

    /// A profile or a permission set.
    pub(super) fn entitlement(&self, index: u64) -> Value {
        let id = entitlement_id(index);
        let entitlement = json!({
            "schemas": [ENTITLEMENT],
            "id": id,
            "displayName": entitlement_name(index),
            "type": if index < PROFILES { "Profile" } else { "PermissionSet" },
        });
        self.with_meta(entitlement, "Entitlement", "Entitlements", &id, index)
    }

    pub(super) fn role(&self, index: u64) -> Value {
        let id = self.id(Kind::Role, index);
        let schema = match self.dialect {
            Dialect::Salesforce => ROLE,
            Dialect::Rfc => RFC_ROLE,
        };
        let role = json!({ "schemas": [schema], "id": id, "displayName": role_name(index) });
        self.with_meta(role, "Role", "Roles", &id, index)
    }

    fn with_meta(&self, mut resource: Value, kind: &str, endpoint: &str, id: &str, index: u64) -> Value {
        if let Some(resource) = resource.as_object_mut() {
            let created = user::FOUNDED + i64::try_from(index % 10_000).unwrap_or_default();
            resource.insert("meta".to_owned(), self.meta(kind, endpoint, id, created, created, index));
        }
        resource
    }

    /// `created` and `modified` in seconds of the Unix epoch.
    fn meta(&self, kind: &str, endpoint: &str, id: &str, created: i64, modified: i64, index: u64) -> Value {
        json!({
            "resourceType": kind,
            "created": date(created),
            "lastModified": date(modified),
            "location": self.location(endpoint, id),
            "version": self.version(kind, index),
        })
    }

    pub(super) fn location(&self, endpoint: &str, id: &str) -> String {
        format!("{}/{endpoint}/{id}", self.base_url)
    }

    /// A new word for each `turn`, as a record's `meta.version`; by the RFC an entity tag.
    pub(super) fn version(&self, kind: &str, turn: u64) -> String {
        let (first, second) = (self.chance(turn, kind), self.chance(!turn, kind));
        match self.dialect {
            Dialect::Salesforce => format!("{first:016x}{second:016x}"),
            Dialect::Rfc => format!("W/\"{first:016x}\""),
        }
    }

    fn chance(&self, index: u64, what: &str) -> u64 {
        chance(self.seed, index, what)
    }
}

pub(super) fn group_name(index: u64) -> String {
    let topics = words::GROUPS.len() as u64;
    let regions = words::REGIONS.len() as u64;
    let (topic, round) = (index % topics, index / topics);
    // Every other topic starts with a region, so that few groups show both sorts of names.
    let region = pick(&words::REGIONS, (round + (topic + 1) % 2) % regions);
    numbered(format!("{} {region}", pick(&words::GROUPS, topic)).trim_end(), round / regions)
}

pub(super) fn entitlement_id(index: u64) -> String {
    match index.checked_sub(PROFILES) {
        Some(permission_set) => ids::id(Kind::PermissionSet, permission_set),
        None => ids::id(Kind::Profile, index),
    }
}

pub(super) fn entitlement_name(index: u64) -> String {
    match index.checked_sub(PROFILES) {
        Some(set) => {
            let names = words::PERMISSION_SETS.len() as u64;
            numbered(pick(&words::PERMISSION_SETS, set), set / names)
        }
        None => pick(&words::PROFILES, index).to_owned(),
    }
}

pub(super) fn role_name(index: u64) -> &'static str {
    pick(&words::ROLES, index)
}

/// A number that looks like chance and is always the same for the same arguments (FNV-1a, then `SplitMix64`'s finish).
pub(super) fn chance(seed: u64, index: u64, what: &str) -> u64 {
    let named = what
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ named;
    mixed = mixed.wrapping_add(index.wrapping_mul(0xd1b5_4a32_d192_ed03));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The word at that number, counted round and round.
fn pick(words: &'static [&'static str], number: u64) -> &'static str {
    let place = usize::try_from(number % words.len().max(1) as u64).unwrap_or_default();
    words.get(place).copied().unwrap_or_default()
}

/// The name, from its second use on with a number.
fn numbered(name: &str, repeats: u64) -> String {
    if repeats == 0 { name.to_owned() } else { format!("{name} {}", repeats + 1) }
}

/// As Salesforce writes dates: in UTC, to the second.
pub(super) fn date(seconds: i64) -> String {
    let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    date.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

const BLOCK: u64 = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    pub(super) fn population(users: u64, groups: u64) -> Population {
        let options = Options { users, groups, permission_sets: 12, ..Options::default() };
        Population::new(&options, "http://127.0.0.1:8080/services/scim/v2".to_owned())
    }

    #[test]
    fn active_users_are_counted_without_looking() {
        for users in (0..60).chain([1_000]) {
            let population = population(users, 5);
            let active = (0..users).filter(|index| population.is_active(*index)).count() as u64;
            assert_eq!(population.active_users(), active, "of {users}");
            assert!(users == 0 || population.is_active(0));
            assert!(users < 2 || active < users, "one of {users} is inactive");
        }
    }

    #[test]
    fn names_of_groups_and_permission_sets_are_distinct() {
        let groups: HashSet<String> = (0..500).map(group_name).collect();
        let sets: HashSet<String> = (0..500).map(entitlement_name).collect();
        assert_eq!((groups.len(), sets.len()), (500, 500));
        let first: Vec<String> = (0..5).map(group_name).collect();
        insta::assert_debug_snapshot!(first, @r#"
        [
            "Sales West",
            "Engineering",
            "Support West",
            "Marketing",
            "Finance West",
        ]
        "#);
    }

    #[test]
    fn a_group_a_profile_and_a_role_look_like_salesforce() {
        let population = population(8, 5);
        insta::assert_snapshot!(population.group(0), @r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"00GRM000002FD0b2AG","displayName":"Sales West","meta":{"resourceType":"Group","created":"2014-03-03T09:00:00Z","lastModified":"2014-03-03T09:00:00Z","location":"http://127.0.0.1:8080/services/scim/v2/Groups/00GRM000002FD0b2AG","version":"09a8d34455597fd23ead134bd0595d56"}}"#);
        insta::assert_snapshot!(population.entitlement(1), @r#"{"schemas":["urn:salesforce:schemas:extension:1.0:Entitlement"],"id":"00eRM000002FD0cYAG","displayName":"Standard User","type":"Profile","meta":{"resourceType":"Entitlement","created":"2014-03-03T09:00:01Z","lastModified":"2014-03-03T09:00:01Z","location":"http://127.0.0.1:8080/services/scim/v2/Entitlements/00eRM000002FD0cYAG","version":"b12588a09f36970538e97788f537ca3d"}}"#);
        insta::assert_snapshot!(population.entitlement(6), @r#"{"schemas":["urn:salesforce:schemas:extension:1.0:Entitlement"],"id":"0PSRM000002FD0b4AG","displayName":"Reports and Dashboards","type":"PermissionSet","meta":{"resourceType":"Entitlement","created":"2014-03-03T09:00:06Z","lastModified":"2014-03-03T09:00:06Z","location":"http://127.0.0.1:8080/services/scim/v2/Entitlements/0PSRM000002FD0b4AG","version":"93a388fd448ff8b9e5a572887ddca071"}}"#);
        insta::assert_snapshot!(population.role(0), @r#"{"schemas":["urn:salesforce:schemas:extension:1.0:Role"],"id":"00ERM000002FD0b2AG","displayName":"CEO","meta":{"resourceType":"Role","created":"2014-03-03T09:00:00Z","lastModified":"2014-03-03T09:00:00Z","location":"http://127.0.0.1:8080/services/scim/v2/Roles/00ERM000002FD0b2AG","version":"7e8182a416a970abd2104a7831ad576c"}}"#);
    }
}
