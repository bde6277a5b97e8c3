//! What a list has lines of, and what makes them of resources.

use crate::mapping::{Account, AccountMapper, Entitlement, EntitlementMapper, ShownAccount};
use crate::scim::{Node, Plan};
use serde::Serialize;

/// What a list has lines of.
pub trait Listed: Serialize {
    /// How many groups it shows that it is in; `None` where it shows none at all.
    fn groups(&self) -> Option<u64> {
        None
    }

    /// Whether it shows a group that the groups do not tell of.
    fn has_untold_groups(&self) -> bool {
        false
    }

    /// A value of it that is not of its attribute's type, in a sentence part.
    fn misfit(&self) -> Option<&str> {
        None
    }
}

impl Listed for Entitlement {}

/// Makes of a resource what is listed.
pub trait Mapper: Send + Sync + 'static {
    type Listed<'a>: Listed
    where
        Self: 'a;

    /// What it looks at in a resource.
    fn plan(&self) -> Plan;

    fn listed<'a>(&'a self, id: &'a str, found: Node<'a>) -> Self::Listed<'a>;
}

impl Mapper for AccountMapper {
    type Listed<'a> = ShownAccount<'a>;

    fn plan(&self) -> Plan {
        self.plan()
    }

    fn listed<'a>(&'a self, id: &'a str, found: Node<'a>) -> ShownAccount<'a> {
        self.show(id, found)
    }
}

impl Mapper for EntitlementMapper {
    type Listed<'a> = Entitlement;

    fn plan(&self) -> Plan {
        self.plan()
    }

    fn listed<'a>(&'a self, id: &'a str, found: Node<'a>) -> Entitlement {
        self.map(id, found)
    }
}

impl<I: Serialize, A: Serialize> Listed for Account<I, A> {
    fn groups(&self) -> Option<u64> {
        self.groups
    }

    fn has_untold_groups(&self) -> bool {
        self.has_untold_groups
    }

    fn misfit(&self) -> Option<&str> {
        self.misfit.as_deref()
    }
}
