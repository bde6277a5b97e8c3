//! SCIM resources to accounts and entitlements, and back. Pure: no I/O.
//!
//! `table` is the place to change what an account looks like.

mod account;
mod cards;
mod creation;
mod entitlement;
mod memberships;
mod shown;
pub mod table;
mod update;
mod values;
mod writable;

pub use account::{Account, AccountMapper, ShownAccount};
pub use cards::with_cards;
pub use creation::{Creation, CreationError};
pub use entitlement::{Entitlement, EntitlementMapper};
pub use memberships::{Memberships, group_members, has_groups_in_it, members_in, members_plan};
pub use update::{Delta, Grants, ProfileIds, Update, UpdateError, agree, may_lose_profile, profile_named};
pub use values::{is_blank, typed};

/// Problems with attributes, as one text: each name with the sentence part that goes on after it.
fn joined(problems: &[(String, String)]) -> String {
    let problems: Vec<String> = problems.iter().map(|(name, says)| format!("{name} {says}")).collect();
    problems.join("; ")
}

#[cfg(test)]
mod tests;
