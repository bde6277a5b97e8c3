//! The columns of the matrix: commands as the platform sends them, to a sandbox of either dialect.

use super::provider::{ENTITLEMENTS_PAGE, Provider, World};
use crate::harness::{add, key, set, update, with};
use scim_connector::sandbox::{PASSWORD, SeenRequest};
use serde_json::{Value, json};

/// A command with its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    TestConnection,
    Read,
    Schema,
    /// A search among the users.
    SourceData,
    SignIn,
    Accounts,
    /// Where the setting `paging` says so, or Salesforce allows no more pages by index.
    AccountsByKey,
    Groups,
    Entitlements,
    Create,
    Update,
    Grant,
    Disable,
    Delete,
    Password,
}

/// Commands that are shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Reading,
    Lists,
    Writing,
}

impl Family {
    pub const ALL: [Self; 3] = [Self::Lists, Self::Reading, Self::Writing];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Lists => "lists",
            Self::Writing => "writing",
        }
    }

    /// As a heading says it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Reading => "Commands that read one thing",
            Self::Lists => "Lists",
            Self::Writing => "Commands that write",
        }
    }

    pub fn commands(self, provider: Provider) -> &'static [Command] {
        match (self, provider) {
            (Self::Reading, _) => {
                &[Command::TestConnection, Command::Read, Command::Schema, Command::SourceData, Command::SignIn]
            }
            (Self::Lists, Provider::Salesforce) => {
                &[Command::Accounts, Command::AccountsByKey, Command::Groups, Command::Entitlements]
            }
            (Self::Lists, Provider::Generic) => &[Command::Accounts, Command::Groups],
            (Self::Writing, _) => &[
                Command::Create,
                Command::Update,
                Command::Grant,
                Command::Disable,
                Command::Delete,
                Command::Password,
            ],
        }
    }
}

impl Command {
    /// As the tables head it.
    pub fn title(self) -> &'static str {
        match self {
            Self::TestConnection => "test-connection",
            Self::Read => "account read",
            Self::Schema => "discover-schema",
            Self::SourceData => "source-data read: users",
            Self::SignIn => "authenticate",
            Self::Accounts => "account list",
            Self::AccountsByKey => "account list, by key",
            Self::Groups => "entitlement list: group",
            Self::Entitlements => "entitlement list: entitlement",
            Self::Create => "account create",
            Self::Update => "account update: attribute",
            Self::Grant => "account update: add group",
            Self::Disable => "account disable",
            Self::Delete => "account delete",
            Self::Password => "change-password",
        }
    }

    pub fn family(self) -> Family {
        match self {
            Self::TestConnection | Self::Read | Self::Schema | Self::SourceData | Self::SignIn => Family::Reading,
            Self::Accounts | Self::AccountsByKey | Self::Groups | Self::Entitlements => Family::Lists,
            _ => Family::Writing,
        }
    }

    /// The command's name and input.
    pub fn invocation(self, provider: Provider, world: &World) -> (&'static str, Value) {
        let user = key(&world.user);
        match self {
            Self::TestConnection => ("std:test-connection", json!({})),
            Self::Read => ("std:account:read", user),
            Self::Schema => ("std:account:discover-schema", json!({})),
            Self::SourceData => {
                let query = json!({"query": "AN", "limit": 10_000});
                ("std:source-data:read", json!({"sourceDataKey": "users", "queryInput": query}))
            }
            Self::SignIn => ("std:authenticate", json!({"username": world.user_name, "password": PASSWORD})),
            Self::Accounts | Self::AccountsByKey => ("std:account:list", json!({})),
            Self::Groups => ("std:entitlement:list", json!({"type": "group"})),
            Self::Entitlements => ("std:entitlement:list", json!({"type": "entitlement"})),
            Self::Create => {
                let mut attributes = json!({
                    "userName": World::JOINER, "email": World::JOINER, "familyName": "Joiner", "groups": [world.group],
                });
                if provider == Provider::Salesforce {
                    attributes["profile"] = json!("Standard User");
                }
                ("std:account:create", json!({"attributes": attributes}))
            }
            Self::Update => ("std:account:update", update(&world.user, json!([set("title", "Chief of Tests")]))),
            Self::Grant => ("std:account:update", update(&world.user, json!([add("groups", world.group.as_str())]))),
            Self::Disable => ("std:account:disable", user),
            Self::Delete => ("std:account:delete", user),
            Self::Password => ("std:change-password", with(&user, json!({"password": "correct-horse-1"}))),
        }
    }

    /// Settings of the source that are not the defaults.
    pub fn settings(self) -> Value {
        match self {
            Self::AccountsByKey => json!({"paging": "key"}),
            Self::Entitlements => json!({"pageSize": ENTITLEMENTS_PAGE}),
            _ => json!({}),
        }
    }

    /// The account that it changes.
    pub fn user_name(self, world: &World) -> &str {
        if self == Self::Create { World::JOINER } else { &world.user_name }
    }

    /// How many requests to the SCIM API come before the middle: a list's second page, a change itself, else the second
    /// request. The second number counts only requests for lists.
    pub fn middle(self, requests: &[SeenRequest]) -> (u32, u32) {
        let is_list = |request: &&SeenRequest| {
            let lists = ["/Users", "/Groups", "/Entitlements", "/Roles"];
            request.method == http::Method::GET && lists.iter().any(|list| request.path.ends_with(list))
        };
        let listed = match self {
            Self::Accounts | Self::AccountsByKey => Some("/Users"),
            Self::Groups => Some("/Groups"),
            Self::Entitlements => Some("/Entitlements"),
            _ => None,
        };
        let middle = match (listed, self.family()) {
            (Some(listed), _) => {
                let mut pages = requests.iter().enumerate().filter(|(_, request)| request.path.ends_with(listed));
                pages.nth(1).expect("a second page").0
            }
            (None, Family::Writing) => {
                requests.iter().position(|request| request.method != http::Method::GET).expect("a change")
            }
            _ => 1,
        };
        let lists = requests.iter().take(middle).filter(is_list).count();
        (u32::try_from(middle).unwrap(), u32::try_from(lists).unwrap())
    }
}
