//! Who is in which group, as the groups say: a compact index from user ids to group ids.

use crate::scim::{Json, JsonKind, Plan, resource};
use percent_encoding::percent_decode_str;
use std::hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState};

/// 16 bytes a membership and up to 2 to find it by, and each group's id once. Users are kept as hashes of 8 bytes under a
/// key of this process.
#[derive(Default)]
pub struct Memberships {
    groups: Vec<String>,
    /// Sorted once all are in.
    entries: Vec<(u64, u32)>,
    /// By the first bits of a hash, where its entries begin; one more for the end of all.
    starts: Vec<usize>,
    hasher: RandomState,
    /// Of all of them, in whatever order.
    digest: u64,
}

impl Memberships {
    /// Adds a group and the ids of its members.
    pub fn add<'a>(&mut self, group: &str, members: impl IntoIterator<Item = &'a str>) {
        let Ok(index) = u32::try_from(self.groups.len()) else { return };
        self.groups.push(group.to_owned());
        for member in members {
            self.entries.push((self.hasher.hash_one(member), index));
            self.digest = self.digest.wrapping_add(pair(group, member));
        }
    }

    /// The same number for the same memberships, in this process and in others of this release.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// To be called once after the last [`Memberships::add`].
    pub fn seal(&mut self) {
        self.entries.sort_unstable();
        self.entries.shrink_to_fit();
        let buckets = (self.entries.len() / BUCKET).next_power_of_two();
        let mut entries = self.entries.iter().peekable();
        let mut passed = 0;
        self.starts = (0..=buckets)
            .map(|bucket| {
                while entries.next_if(|(hash, _)| bucket_of(*hash, buckets) < bucket).is_some() {
                    passed += 1;
                }
                passed
            })
            .collect();
    }

    /// The ids of the groups that have the user among their members.
    pub fn groups_of(&self, user: &str) -> impl Iterator<Item = &str> {
        let hash = self.hasher.hash_one(user);
        let bucket = bucket_of(hash, self.starts.len().saturating_sub(1));
        let place = |bucket: usize| self.starts.get(bucket).copied().unwrap_or(0);
        let entries = self.entries.get(place(bucket)..place(bucket + 1)).unwrap_or_default().iter();
        let of_user = entries.filter(move |(entry, _)| *entry == hash);
        of_user.filter_map(|(_, group)| self.groups.get(usize::try_from(*group).ok()?).map(String::as_str))
    }

    /// The ids of the groups.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// How many members the groups have that have the most, and which these are.
    pub fn fullest(&self) -> (usize, Vec<&str>) {
        let mut sizes = vec![0_usize; self.groups.len()];
        for (_, group) in &self.entries {
            if let Some(size) = usize::try_from(*group).ok().and_then(|group| sizes.get_mut(group)) {
                *size += 1;
            }
        }
        let most = sizes.iter().copied().max().unwrap_or(0);
        let fullest = self.groups.iter().zip(sizes).filter(|(_, size)| *size == most);
        (most, fullest.map(|(group, _)| group.as_str()).collect())
    }

    /// How many memberships there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// So many entries have the same first bits, about: they are looked through.
const BUCKET: usize = 8;

/// Which of so many buckets, a power of two, a hash is in.
fn bucket_of(hash: u64, buckets: usize) -> usize {
    let bits = buckets.max(1).trailing_zeros();
    usize::try_from(hash.checked_shr(u64::BITS - bits).unwrap_or(0)).unwrap_or(0)
}

/// The standard library promises no hash from one of its versions to the next: then all memberships look changed once.
fn pair(group: &str, member: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (group, member).hash(&mut hasher);
    hasher.finish()
}

/// The ids of a group's members. Members that are groups themselves are not accounts. Where a member has only a `$ref`,
/// the end of its path is the id.
pub fn group_members<'v>(group: impl Json<'v>) -> Vec<String> {
    members_in(group, MEMBERS)
}

/// The ids of the members that a resource has in this list.
pub fn members_in<'v>(resource: impl Json<'v>, list: &str) -> Vec<String> {
    let users = listed(resource, list).filter(|member| !is_group(*member));
    users.filter_map(member_id).filter(|id| !id.is_empty()).collect()
}

/// Whether some of a group's members are groups themselves.
pub fn has_groups_in_it<'v>(group: impl Json<'v>) -> bool {
    listed(group, MEMBERS).any(is_group)
}

const MEMBERS: &str = "members";

/// What is looked at in a group for its members.
pub fn members_plan() -> Plan {
    let parts = ["value", "type", "$ref"];
    parts.iter().fold(Plan::id(), |plan, part| plan.with_member(&[MEMBERS, part]))
}

/// Some servers send a single member without its array.
fn listed<'v, J: Json<'v>>(resource: J, list: &str) -> impl Iterator<Item = J> {
    let found = resource::get(resource, list);
    let single = found.filter(|found| found.kind() != JsonKind::Array);
    single.into_iter().chain(found.into_iter().flat_map(Json::elements))
}

fn is_group<'v>(member: impl Json<'v>) -> bool {
    let kind = text(member, "type").map(String::from);
    let kind = kind.or_else(|| reference(member).map(|(endpoint, _)| endpoint));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("group") || kind.eq_ignore_ascii_case("groups"))
}

fn member_id<'v>(member: impl Json<'v>) -> Option<String> {
    if member.is_object() {
        return text(member, "value").map(String::from).or_else(|| reference(member).map(|(_, id)| id));
    }
    resource::text(member).map(String::from)
}

fn text<'v>(member: impl Json<'v>, name: &str) -> Option<std::borrow::Cow<'v, str>> {
    resource::get(member, name).and_then(resource::text)
}

/// What a member refers to: the endpoint and the id.
fn reference<'v>(member: impl Json<'v>) -> Option<(String, String)> {
    text(member, "$ref").and_then(|reference| referenced(&reference))
}

/// The last two segments of a reference's path, decoded: the endpoint and the id. The reference, absolute or not, is read
/// as a text and never used as a URL.
fn referenced(reference: &str) -> Option<(String, String)> {
    let path = reference.split(['?', '#']).next()?.trim_end_matches('/');
    let mut segments = path.rsplit('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
    let id = segments.next()?;
    Some((segments.next().unwrap_or_default(), id))
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
    fn the_digest_tells_memberships_apart_and_not_their_order() {
        let digest = |groups: &[(&str, &[&str])]| {
            let mut memberships = Memberships::default();
            for (group, members) in groups {
                memberships.add(group, members.iter().copied());
            }
            memberships.digest()
        };
        let one = digest(&[("a", &["1", "2"]), ("b", &["1"])]);
        assert_eq!(one, digest(&[("b", &["1"]), ("a", &["2", "1"]), ("c", &[])]));
        assert_ne!(one, digest(&[("b", &["2"]), ("a", &["2", "1"])]));
        assert_ne!(one, digest(&[("a", &["1", "2"])]));
    }

    #[test]
    fn the_fullest_groups_are_those_with_the_most_members() {
        let mut memberships = Memberships::default();
        assert_eq!(memberships.fullest(), (0, Vec::new()));
        for (group, members) in [("a", &["1", "2"][..]), ("b", &["1"]), ("c", &["3", "4"])] {
            memberships.add(group, members.iter().copied());
        }
        memberships.seal();
        assert_eq!(memberships.fullest(), (2, vec!["a", "c"]));
    }

    #[test]
    fn members_that_are_groups_are_no_accounts() {
        let group =
            json!({"members": [{"value": "1", "type": "User"}, {"value": "2", "type": "Group"}, {"value": 3}, {}]});
        assert_eq!(group_members(&group), ["1", "3"]);
        assert!(has_groups_in_it(&group) && !has_groups_in_it(&json!({"members": ["1"]})));
        assert_eq!(group_members(&json!({"members": ["1", {"value": ""}]})), ["1"]);
        assert_eq!(group_members(&json!({"members": {"value": "1"}})), ["1"]);
        assert_eq!(group_members(&json!({"members": null})), Vec::<String>::new());
    }

    #[test]
    fn members_that_are_only_referred_to_are_found_by_the_end_of_their_path() {
        let group = json!({"members": [
            {"$ref": "https://scim.example/v2/Users/1"},
            {"$ref": "../Users/ada%40example.com/"},
            {"$ref": "/v2/Groups/7"},
            {"$ref": "https://scim.example/v2/Groups/8", "value": "8"},
            {"$ref": "https://scim.example/v2/Users/3", "value": "three"},
            {"$ref": "4", "value": null},
        ]});
        assert_eq!(group_members(&group), ["1", "ada@example.com", "three", "4"]);
    }
}
