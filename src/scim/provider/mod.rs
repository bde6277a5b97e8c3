//! How providers differ, as data: one profile each, a JSON file in `profiles/` with what differs from the profile that it
//! extends. What a provider's documentation does not say stays as in `generic`.
//!
//! This file says what a profile holds; `load` reads one, `set` has all of them.

mod check;
#[cfg(test)]
mod document;
mod entitlement_type;
mod filters;
mod hosts;
mod load;
mod set;

pub use entitlement_type::{EntitlementType, Grants, Listed, Permissions, clashes};
pub use filters::{Filters, Operator};
pub use hosts::HostPattern;
pub use load::{InvalidProfile, Problem};
pub use set::Profiles;
#[cfg(any(test, feature = "fuzzing"))]
pub use set::{GENERIC, SALESFORCE};

use crate::transport::Throttling;
use serde::Deserialize;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

/// What the client does differently for one provider.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// The value of the setting `provider`; the name of its file.
    #[serde(skip)]
    pub name: String,
    /// The profiles that it is made from, itself included, the furthest first.
    #[serde(skip)]
    pub lineage: Vec<String>,
    /// What people call the provider.
    pub title: String,
    /// The page of the provider's documentation that most of it is from.
    pub documentation: Option<String>,
    /// What is known, and where from.
    pub notes: Vec<String>,
    /// Hosts that are this provider.
    pub hosts: Vec<HostPattern>,
    /// The path of the SCIM API at a base URL that has none.
    pub scim_path: String,
    /// The path of the token endpoint at the base URL's origin, where the provider has a fixed one.
    pub token_path: Option<String>,
    /// For whom a signed assertion is made out (`aud`, RFC 7523 §3), by the token endpoint's host: the first that fits.
    /// Where none does, it is made out for the token endpoint.
    pub assertion_audiences: Vec<Audience>,
    /// The media types that are asked for.
    pub accept: String,
    pub users: Arc<Endpoint>,
    pub groups: Arc<Endpoint>,
    /// The list of what can be granted besides groups, where the provider has one.
    pub entitlements: Option<Arc<Endpoint>>,
    /// The list of its roles, where the provider has one.
    pub roles: Option<Arc<Endpoint>>,
    /// What it grants besides, unless the settings say otherwise.
    pub entitlement_types: Vec<EntitlementType>,
    /// Where an account's groups are read.
    pub memberships: Memberships,
    /// How groups show their members.
    pub members: Members,
    /// What may change in a user while its `meta.lastModified` stays as it is.
    pub last_modified_misses: Vec<String>,
    /// What a user's id looks like, to tell it from a user name without asking.
    pub user_id: IdShape,
    /// Whether ids that differ only in the case of letters are different ones.
    pub ids_are_case_exact: bool,
    /// What an id in `entitlements` grants, by its first characters.
    pub entitlement_kinds: Vec<EntitlementKind>,
    pub writing: Writing,
    /// What DELETE does to a user.
    pub deletion: Deletion,
    /// Whether the documents are asked for by which the provider describes itself (RFC 7644 §4).
    pub discovery: bool,
    /// How a refusal for being too fast, or for a quota that is used up, is told from others where the status misleads.
    pub throttling: Vec<Throttling>,
    /// Requests at once, unless the settings say otherwise.
    pub concurrency: NonZeroUsize,
    /// Requests a second at most, unless the settings say otherwise.
    pub requests_per_second: Option<f64>,
}

/// For whom an assertion is made out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audience {
    /// The hosts of token endpoints that it is for; `None`: all.
    pub host: Option<HostPattern>,
    pub audience: String,
}

/// How changes are written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Writing {
    /// The media type of what is sent.
    pub content_type: String,
    /// How a user's attributes are changed by PATCH.
    pub patch: PatchForm,
    /// Whether users are put back as a whole instead of patched.
    pub replaces_users: bool,
    /// How the names of PATCH operations are spelt.
    pub operations: OperationCase,
    /// How true and false are written.
    pub booleans: BooleanForm,
    /// What the server alone sets in a user, and so is left out of one that is put back (RFC 7644 §3.5.1).
    pub read_only: Vec<String>,
    pub members: MemberWriting,
}

/// How a group's members are changed, always by PATCH.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberWriting {
    pub form: MemberForm,
    /// How a member is named that is removed, in the standard form.
    pub removal: MemberRemoval,
    /// Whether a member that is added must bring its `display`.
    pub with_display: bool,
}

/// How a user's attributes are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum PatchForm {
    /// One operation an attribute, each with its path (RFC 7644 §3.5.2).
    Paths,
    /// All new values in one `replace` without a path, as Salesforce documents it.
    Values,
}

/// How the names of PATCH operations are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum OperationCase {
    /// `add`, `remove`, `replace` (RFC 7644 §3.5.2).
    Lower,
    /// `Add`, `Remove`, `Replace`, as Microsoft Entra sends them.
    Capitalised,
}

/// How true and false are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum BooleanForm {
    /// JSON's `true` and `false` (RFC 7643 §2.3.2).
    Json,
    /// The texts `"True"` and `"False"`, as Microsoft Entra sends them.
    Text,
}

/// How a group's members are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum MemberForm {
    /// `add` with a list, `remove` by [`MemberRemoval`].
    Standard,
    /// Salesforce's own: the list wrapped in an object, for both. On other servers this `remove` may empty a group.
    Wrapped,
}

/// How a member is named that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum MemberRemoval {
    /// By the path `members[value eq "…"]` (RFC 7644 §3.5.2.2).
    Path,
    /// By the path `members` and a list of values, as Microsoft Entra sends it. Where a server does not look at the values,
    /// this empties the group.
    Value,
}

/// What DELETE does to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Deletion {
    /// It is gone.
    Removes,
    /// It stays readable, and is not active any more.
    Deactivates,
}

/// How groups show their members.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Members {
    pub shown: MembersShown,
    /// A group shows so many at most, and nothing tells whether it has more; `None`: it shows all.
    pub at_most: Option<NonZeroUsize>,
}

/// Where groups show their members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum MembersShown {
    /// In the list of all groups, and in a group that is read by itself.
    InLists,
    /// Only in a group that is read by itself: each group is read.
    InSingles,
    /// Not at all, but groups are found by `members.value eq "…"`: they are asked for once an account.
    ByFilter,
    /// Nowhere: who is in a group can only be told by the users themselves.
    Nowhere,
}

/// One resource endpoint.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// The path segment below the base URL.
    pub path: Arc<str>,
    pub paging: Paging,
    /// How many resources are asked for at once, unless the settings say otherwise.
    pub page_size: NonZeroU32,
    /// More than this the provider does not give at once; `None` where it is not known.
    pub max_page_size: Option<NonZeroU32>,
    pub totals: Totals,
    /// Which filters the provider understands.
    pub filters: Filters,
    /// The attributes that are asked for by name (`attributes`, RFC 7644 §3.9), where the provider shows too little unasked;
    /// none: what it shows unasked.
    pub attributes: Vec<String>,
    /// Whether the provider takes `excludedAttributes` (RFC 7644 §3.9).
    pub excludes: bool,
}

/// How far a list's `totalResults` is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Totals {
    /// As it is. A list by index that states none is refused.
    Trusted,
    /// It may be missing, or be the number of resources on the page: before a list ends, what comes next is asked for.
    Checked,
    /// Not at all, as if it were not there: a list by index is read until nothing more comes.
    Ignored,
}

/// How the pages of a list are addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Paging {
    /// By `startIndex` (RFC 7644 §3.4.2.4), several pages at once.
    Index,
    /// By `startIndex` as far as the provider allows, then again inside `id gt "<last id>"`, several pages at once.
    IndexThenKey { last_start: u64 },
    /// By `id gt "<last id>"`, one page after the other.
    Key,
    /// By the `nextCursor` of the page before (RFC 9865), one page after the other.
    Cursor,
    /// Not at all: the list is one answer, and neither `startIndex` nor `count` is sent.
    Whole,
}

/// Where an account's groups are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Memberships {
    /// From the user's own `groups`.
    User,
    /// From the `members` of all groups.
    Group,
    /// From both: a server may fill either.
    Both,
}

/// What an id looks like.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum IdShape {
    /// Any text may be an id.
    Any,
    /// This many letters and digits, after a fixed beginning.
    Alphanumeric { prefix: String, lengths: Vec<usize> },
}

impl IdShape {
    /// Whether `text` may be an id.
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Self::Any => !text.is_empty(),
            Self::Alphanumeric { prefix, lengths } => {
                text.starts_with(prefix)
                    && lengths.contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
        }
    }
}

/// A sort of entitlement that shares one list with others.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntitlementKind {
    pub id_prefix: String,
    pub name: String,
}

impl Profile {
    /// Whether it is that profile, or made from it.
    pub fn is_kind_of(&self, other: &Self) -> bool {
        self.lineage.contains(&other.name)
    }

    /// Whether a host is this provider's own.
    pub fn owns(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| pattern.fits(host))
    }

    /// For whom an assertion is made out that goes to a token endpoint at this host.
    pub fn assertion_audience(&self, host: &str) -> Option<&str> {
        let fitting = self
            .assertion_audiences
            .iter()
            .find(|audience| audience.host.as_ref().is_none_or(|known| known.fits(host)));
        fitting.map(|audience| audience.audience.as_str())
    }

    /// Whether accounts have exactly one profile among their entitlements.
    pub fn has_profiles(&self) -> bool {
        self.entitlement_kinds.iter().any(|kind| kind.name == PROFILE_KIND)
    }

    /// What an entitlement with that id grants.
    pub fn entitlement_kind(&self, id: &str) -> Option<&str> {
        self.entitlement_kinds.iter().find(|kind| id.starts_with(&kind.id_prefix)).map(|kind| kind.name.as_str())
    }
}

/// The kind of entitlement of which each account has exactly one.
pub const PROFILE_KIND: &str = "Profile";

#[cfg(test)]
mod tests;
