//! What a list has lines of, and what makes them of resources.

use crate::mapping::{AccountMapper, Entitlement, EntitlementMapper, ShownAccount};
use crate::protocol::{LineTooLong, write_line};
use crate::scim::{Node, Plan};

/// What a list has lines of.
pub trait Listed {
    /// Writes it as a line at the end of `bytes`.
    ///
    /// # Errors
    /// As for [`write_line`].
    fn write(&self, bytes: &mut Vec<u8>) -> Result<(), LineTooLong>;

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

impl Listed for Entitlement {
    fn write(&self, bytes: &mut Vec<u8>) -> Result<(), LineTooLong> {
        write_line(bytes, |line| serde_json::to_writer(line, self))
    }
}

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

impl Listed for ShownAccount<'_> {
    fn write(&self, bytes: &mut Vec<u8>) -> Result<(), LineTooLong> {
        write_line(bytes, |line| self.write(line))
    }

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
