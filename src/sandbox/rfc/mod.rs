//! What RFC 7644 lets be written: users and groups, created, changed and deleted for good.

pub(super) mod groups;
pub(super) mod users;
