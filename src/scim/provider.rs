//! How providers differ, as data: one profile each. What a provider's documentation does not say stays as in `generic`.
//!
//! A new provider is a new constant here and a line in [`PROFILES`].

use crate::transport::{Meaning, Throttling};
use std::num::NonZeroU32;

/// What the client does differently for one provider.
#[derive(Debug, PartialEq)]
pub struct Profile {
    /// The value of the setting `provider`.
    pub name: &'static str,
    /// Hosts that are this provider, by the ending of their name.
    pub host_suffixes: &'static [&'static str],
    /// The path of the SCIM API at a base URL that has none.
    pub scim_path: &'static str,
    /// The path of the token endpoint at the base URL's origin, where the provider has a fixed one.
    pub token_path: Option<&'static str>,
    /// For whom a signed assertion is made out (`aud`, RFC 7523 §3), by the ending of the token endpoint's host: the first
    /// that fits. Where none does, it is made out for the token endpoint.
    pub assertion_audiences: &'static [(&'static str, &'static str)],
    pub users: Endpoint,
    pub groups: Endpoint,
    /// The list of what can be granted besides groups, where the provider has one.
    pub entitlements: Option<Endpoint>,
    /// Where an account's groups are read.
    pub memberships: Memberships,
    /// What a user's id looks like, to tell it from a user name without asking.
    pub user_id: IdShape,
    /// Whether ids that differ only in the case of letters are different ones.
    pub ids_are_case_exact: bool,
    /// What an id in `entitlements` grants, by its first characters.
    pub entitlement_kinds: &'static [EntitlementKind],
    /// How a user's attributes are changed.
    pub patch: PatchForm,
    /// What the server alone sets in a user, and so is left out of one that is put back (RFC 7644 §3.5.1).
    pub read_only: &'static [&'static str],
    /// How a group's members are changed.
    pub members: MemberForm,
    /// What DELETE does to a user.
    pub deletion: Deletion,
    /// How a refusal for being too fast, or for a quota that is used up, is told from others where the status misleads.
    pub throttling: &'static [Throttling],
}

/// How a user's attributes are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchForm {
    /// One operation an attribute, each with its path (RFC 7644 §3.5.2).
    Paths,
    /// All new values in one `replace` without a path, as Salesforce documents it.
    Values,
}

/// How a group's members are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberForm {
    /// `add` with a list, `remove` with `members[value eq "…"]` (RFC 7644 §3.5.2.1 and §3.5.2.2).
    Standard,
    /// Salesforce's own: the list wrapped in an object, for both. On other servers this `remove` may empty a group.
    Wrapped,
}

/// What DELETE does to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone.
    Removes,
    /// It stays readable, and is not active any more.
    Deactivates,
}

/// One resource endpoint.
#[derive(Debug, PartialEq)]
pub struct Endpoint {
    /// The path segment below the base URL.
    pub path: &'static str,
    pub paging: Paging,
    /// How many resources are asked for at once, unless the settings say otherwise.
    pub page_size: NonZeroU32,
    /// More than this the provider does not give at once; `None` where it is not known.
    pub max_page_size: Option<NonZeroU32>,
    pub totals: Totals,
}

/// How far a list's `totalResults` is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Totals {
    /// As it is. A list by index that states none is refused.
    Trusted,
    /// It may be missing, or be the number of resources on the page: before a list ends, what comes next is asked for.
    Checked,
}

/// How the pages of a list are addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// By `startIndex` (RFC 7644 §3.4.2.4), several pages at once.
    Index,
    /// By `startIndex` as far as the provider allows, then by `id gt "<last id>"`.
    IndexThenKey { last_start: u64 },
    /// By `id gt "<last id>"`, one page after the other.
    Key,
    /// By the `nextCursor` of the page before (RFC 9865), one page after the other.
    Cursor,
}

/// Where an account's groups are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memberships {
    /// From the user's own `groups`.
    User,
    /// From the `members` of all groups.
    Group,
    /// From both: a server may fill either.
    Both,
}

/// What an id looks like.
#[derive(Debug, PartialEq)]
pub enum IdShape {
    /// Any text may be an id.
    Any,
    /// This many letters and digits, after a fixed beginning.
    Alphanumeric { prefix: &'static str, lengths: &'static [usize] },
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
#[derive(Debug, PartialEq)]
pub struct EntitlementKind {
    pub id_prefix: &'static str,
    pub name: &'static str,
}

const fn size(size: u32) -> NonZeroU32 {
    match NonZeroU32::new(size) {
        Some(size) => size,
        None => NonZeroU32::MIN,
    }
}

/// RFC 7644 and nothing else. Groups are read from both sides, since many servers fill just one.
pub const GENERIC: Profile = Profile {
    name: "generic",
    host_suffixes: &[],
    scim_path: "",
    token_path: None,
    assertion_audiences: &[],
    users: Endpoint {
        path: "Users",
        paging: Paging::Index,
        page_size: size(100),
        max_page_size: None,
        totals: Totals::Checked,
    },
    groups: Endpoint {
        path: "Groups",
        paging: Paging::Index,
        page_size: size(100),
        max_page_size: None,
        totals: Totals::Checked,
    },
    entitlements: None,
    memberships: Memberships::Both,
    user_id: IdShape::Any,
    // RFC 7643 §3.1 says that they are; some servers find a UUID in either case all the same.
    ids_are_case_exact: false,
    entitlement_kinds: &[],
    patch: PatchForm::Paths,
    read_only: &["meta", "groups"],
    members: MemberForm::Standard,
    deletion: Deletion::Removes,
    throttling: &[
        // AWS IAM Identity Center answers so, besides 429; its other 409 are conflicts.
        Throttling { statuses: &[409], says: "ThrottlingException", meaning: Meaning::TooFast },
        Throttling { statuses: &[409], says: "too many requests", meaning: Meaning::TooFast },
        // Databricks.
        Throttling { statuses: &[500], says: "REQUEST_LIMIT_EXCEEDED", meaning: Meaning::TooFast },
    ],
};

/// Salesforce's SCIM 2.0 API: pages of 200 at most, `startIndex` up to 2,000, profiles and permission sets in one list
/// whose unfiltered answer stops at 200.
pub const SALESFORCE: Profile = Profile {
    name: "salesforce",
    host_suffixes: &[".salesforce.com", ".force.com"],
    scim_path: "/services/scim/v2",
    token_path: Some("/services/oauth2/token"),
    // A My Domain host takes what its login host takes: sandboxes have one of their own.
    assertion_audiences: &[
        (".sandbox.my.salesforce.com", "https://test.salesforce.com"),
        (".test.salesforce.com", "https://test.salesforce.com"),
        ("", "https://login.salesforce.com"),
    ],
    users: Endpoint {
        path: "Users",
        paging: Paging::IndexThenKey { last_start: 2_000 },
        page_size: size(200),
        max_page_size: Some(size(200)),
        totals: Totals::Trusted,
    },
    groups: Endpoint {
        path: "Groups",
        paging: Paging::IndexThenKey { last_start: 2_000 },
        page_size: size(200),
        max_page_size: Some(size(200)),
        totals: Totals::Trusted,
    },
    entitlements: Some(Endpoint {
        path: "Entitlements",
        paging: Paging::Key,
        page_size: size(200),
        max_page_size: Some(size(200)),
        totals: Totals::Trusted,
    }),
    memberships: Memberships::User,
    user_id: IdShape::Alphanumeric { prefix: "005", lengths: &[15, 18] },
    ids_are_case_exact: true,
    entitlement_kinds: &[
        EntitlementKind { id_prefix: "00e", name: "Profile" },
        EntitlementKind { id_prefix: "0PS", name: "PermissionSet" },
    ],
    patch: PatchForm::Values,
    read_only: &["meta", "groups", "roles"],
    members: MemberForm::Wrapped,
    deletion: Deletion::Deactivates,
    // The quota of 24 hours, which comes as "forbidden".
    throttling: &[Throttling { statuses: &[403, 429], says: "REQUEST_LIMIT_EXCEEDED", meaning: Meaning::QuotaUsedUp }],
};

/// Every profile; the order is the one in which people are shown them.
pub const PROFILES: &[&Profile] = &[&SALESFORCE, &GENERIC];

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.iter().copied().find(|profile| profile.name == name)
    }

    /// The profile that a host belongs to; [`GENERIC`] when none claims it.
    pub fn of_host(host: &str) -> &'static Self {
        PROFILES.iter().find(|profile| profile.owns(host)).copied().unwrap_or(&GENERIC)
    }

    /// Whether a host is this provider's own.
    pub fn owns(&self, host: &str) -> bool {
        self.host_suffixes.iter().any(|suffix| host.ends_with(suffix))
    }

    /// For whom an assertion is made out that goes to a token endpoint at this host.
    pub fn assertion_audience(&self, host: &str) -> Option<&'static str> {
        let host = format!(".{host}");
        self.assertion_audiences.iter().find(|(suffix, _)| host.ends_with(suffix)).map(|(_, audience)| *audience)
    }

    /// Whether accounts have exactly one profile among their entitlements.
    pub fn has_profiles(&self) -> bool {
        self.entitlement_kinds.iter().any(|kind| kind.name == PROFILE_KIND)
    }

    /// What an entitlement with that id grants.
    pub fn entitlement_kind(&self, id: &str) -> Option<&'static str> {
        self.entitlement_kinds.iter().find(|kind| id.starts_with(kind.id_prefix)).map(|kind| kind.name)
    }
}

/// The kind of entitlement of which each account has exactly one.
pub const PROFILE_KIND: &str = "Profile";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_tells_the_provider() {
        assert_eq!(Profile::of_host("acme.my.salesforce.com").name, "salesforce");
        assert_eq!(Profile::of_host("salesforce.com.example").name, "generic");
        assert_eq!(Profile::of_host("127.0.0.1").name, "generic");
    }

    #[test]
    fn a_salesforce_sandbox_has_an_audience_of_its_own() {
        let audience = |host| SALESFORCE.assertion_audience(host);
        assert_eq!(audience("acme--dev.sandbox.my.salesforce.com"), Some("https://test.salesforce.com"));
        assert_eq!(audience("test.salesforce.com"), Some("https://test.salesforce.com"));
        assert_eq!(audience("latest.salesforce.com"), Some("https://login.salesforce.com"));
        assert_eq!(audience("acme.my.salesforce.com"), Some("https://login.salesforce.com"));
        assert_eq!(GENERIC.assertion_audience("scim.example"), None);
    }

    #[test]
    fn a_salesforce_id_is_told_from_a_user_name() {
        assert!(SALESFORCE.user_id.fits("005RM000002FZAlYAO"));
        assert!(!SALESFORCE.user_id.fits("ada@example.com"));
        assert!(!SALESFORCE.user_id.fits("00eRM000002FZAlYAO"));
        assert!(GENERIC.user_id.fits("ada@example.com"));
    }
}
