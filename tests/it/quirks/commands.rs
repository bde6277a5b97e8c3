//! The columns: commands as the platform sends them.

use crate::harness::{add, key, remove, set, update};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Test,
    Accounts,
    Groups,
    Read,
    Create,
    Update,
    Grant,
    Revoke,
    Disable,
    Delete,
}

/// Whom and what the commands name, in the ids that the provider shows.
#[derive(Debug, Clone)]
pub struct World {
    pub user: String,
    /// The user is not in it.
    pub other_group: String,
    /// The user is in it.
    pub own_group: String,
}

impl Command {
    pub const ALL: [Self; 10] = [
        Self::Test,
        Self::Accounts,
        Self::Groups,
        Self::Read,
        Self::Create,
        Self::Update,
        Self::Grant,
        Self::Revoke,
        Self::Disable,
        Self::Delete,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Accounts => "accounts",
            Self::Groups => "groups",
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }

    pub fn writes(self) -> bool {
        !matches!(self, Self::Test | Self::Accounts | Self::Groups | Self::Read)
    }

    /// The command's name and input.
    pub fn invocation(self, world: &World) -> (&'static str, Value) {
        let change = |change: Value| ("std:account:update", update(&world.user, json!([change])));
        match self {
            Self::Test => ("std:test-connection", json!({})),
            Self::Accounts => ("std:account:list", json!({})),
            Self::Groups => ("std:entitlement:list", json!({"type": "group"})),
            Self::Read => ("std:account:read", key(&world.user)),
            Self::Create => {
                let attributes = json!({
                    "userName": "new.joiner@example.com", "email": "new.joiner@example.com", "familyName": "Joiner",
                    "title": "Tester", "locale": "en-GB", "groups": [world.other_group],
                });
                ("std:account:create", json!({"attributes": attributes}))
            }
            Self::Update => change(set("title", "Chief of Tests")),
            Self::Grant => change(add("groups", world.other_group.as_str())),
            Self::Revoke => change(remove("groups", world.own_group.as_str())),
            Self::Disable => ("std:account:disable", key(&world.user)),
            Self::Delete => ("std:account:delete", key(&world.user)),
        }
    }
}
