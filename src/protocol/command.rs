//! The commands that this connector carries out.

/// A command of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    TestConnection,
    SpecRead,
    AccountList,
    AccountRead,
    AccountCreate,
    AccountUpdate,
    AccountEnable,
    AccountDisable,
    AccountUnlock,
    AccountDelete,
    AccountDiscoverSchema,
    EntitlementList,
    EntitlementRead,
    ChangePassword,
    Authenticate,
    SourceDataDiscover,
    SourceDataRead,
    ConfigOptionsRead,
}

impl Command {
    /// Every command, in the order in which people are shown them.
    pub const ALL: &[Self] = &[
        Self::TestConnection,
        Self::SpecRead,
        Self::AccountList,
        Self::AccountRead,
        Self::AccountCreate,
        Self::AccountUpdate,
        Self::AccountEnable,
        Self::AccountDisable,
        Self::AccountUnlock,
        Self::AccountDelete,
        Self::AccountDiscoverSchema,
        Self::EntitlementList,
        Self::EntitlementRead,
        Self::ChangePassword,
        Self::Authenticate,
        Self::SourceDataDiscover,
        Self::SourceDataRead,
        Self::ConfigOptionsRead,
    ];

    /// Those whose results are accounts: what one of them shows, all must show alike.
    pub const OF_ACCOUNTS: &[Self] = &[
        Self::AccountList,
        Self::AccountRead,
        Self::AccountCreate,
        Self::AccountUpdate,
        Self::AccountEnable,
        Self::AccountDisable,
        Self::Authenticate,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TestConnection => "std:test-connection",
            Self::SpecRead => "std:spec:read",
            Self::AccountList => "std:account:list",
            Self::AccountRead => "std:account:read",
            Self::AccountCreate => "std:account:create",
            Self::AccountUpdate => "std:account:update",
            Self::AccountEnable => "std:account:enable",
            Self::AccountDisable => "std:account:disable",
            Self::AccountUnlock => "std:account:unlock",
            Self::AccountDelete => "std:account:delete",
            Self::AccountDiscoverSchema => "std:account:discover-schema",
            Self::EntitlementList => "std:entitlement:list",
            Self::EntitlementRead => "std:entitlement:read",
            Self::ChangePassword => "std:change-password",
            Self::Authenticate => "std:authenticate",
            Self::SourceDataDiscover => "std:source-data:discover",
            Self::SourceDataRead => "std:source-data:read",
            Self::ConfigOptionsRead => "std:config-options:read",
        }
    }

    /// The command with that name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.name() == name)
    }
}

impl AsRef<[Self]> for Command {
    fn as_ref(&self) -> &[Self] {
        std::slice::from_ref(self)
    }
}
