//! SCIM resources to accounts and entitlements, and back. Pure: no I/O.
//!
//! `table` is the place to change what an account looks like.

mod account;
mod creation;
mod entitlement;
mod memberships;
pub mod table;

pub use account::{Account, AccountMapper};
pub use creation::{Creation, CreationError};
pub use entitlement::{Entitlement, EntitlementMapper};
pub use memberships::{Memberships, group_members};
