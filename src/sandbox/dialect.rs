//! Which server the sandbox behaves as, and what of that is a plain fact. Whole rules have a room of their own:
//! `salesforce` and `rfc` for writes, a router each in `routes`, a schema list each in `schemas`.

use super::store::Collection;

/// A server that the sandbox can behave as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Salesforce's, as it is documented.
    Salesforce,
    /// Any server that does what RFC 7643 and RFC 7644 say, and no more.
    Rfc,
}

impl Dialect {
    /// Where the SCIM endpoints are.
    pub(super) const fn scim_path(self) -> &'static str {
        match self {
            Self::Salesforce => "/services/scim/v2",
            Self::Rfc => "/scim/v2",
        }
    }

    /// The last start index that a list takes; beyond it the provider wants a filter by id.
    pub(super) fn last_start_index(self, collection: Collection) -> Option<u64> {
        let is_limited = matches!(collection, Collection::Users | Collection::Groups);
        (self == Self::Salesforce && is_limited).then_some(2_000)
    }

    /// Salesforce's unfiltered list of entitlements ends after what one page can hold.
    pub(super) fn ends_after_one_page(self, collection: Collection) -> bool {
        self == Self::Salesforce && collection == Collection::Entitlements
    }
}
